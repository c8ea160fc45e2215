//! The firms of a large city: 300 out of the story's twenty, with a site, a store and, where they drive, trucks and
//! drivers. Only as real as the lists need.

use std::sync::Arc;

use app::kit::Kit;
use db::{DbError, Sql, Value};

use super::pattern::{Dice, Pattern};
use super::sink::Sink;
use crate::Failure;

/// A firm.
#[derive(Clone, Debug)]
pub(super) struct Firm {
    pub id: String,
    pub name: String,
    pub town: String,
    pub site: String,
    pub facility: String,
    /// Vehicle, plate and the driver's account.
    pub trucks: Vec<(String, String, String)>,
}

impl Firm {
    fn new(n: usize, name: String, town: String) -> Self {
        let trucks = if kind(n) == 1 { TRUCKS } else { 0 };
        let truck = |t: usize| {
            let number = n * 10 + t;
            (id(4, number), format!("A{number:05}"), id(5, number))
        };
        Self {
            id: id(1, n),
            site: id(2, n),
            facility: id(3, n),
            trucks: (0..trucks).map(truck).collect(),
            name,
            town,
        }
    }
}

/// 0 consignors, 1 carriers, 2 receivers.
fn kind(n: usize) -> usize {
    usize::from(n >= CONSIGNORS) + usize::from(n >= CONSIGNORS + CARRIERS)
}

/// Who is who, the busiest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Firms {
    pub consignors: Vec<Firm>,
    pub carriers: Vec<Firm>,
    pub receivers: Vec<Firm>,
    pub towns: Vec<String>,
}

impl Firms {
    /// The firms that an earlier filling made.
    pub async fn known(kit: &Arc<Kit>) -> Result<Self, Failure> {
        let rows = kit
            .db
            .read::<_, DbError, _>(|s| {
                Box::pin(async move { s.query("select id, name, town_code from org order by id", &[]).await })
            })
            .await?;
        let mut firms = Self::default();
        for row in &rows {
            let town: String = row.get("town_code")?;
            if town.len() == 9 {
                firms.towns.push(town);
            }
        }
        firms.towns.sort_unstable();
        firms.towns.dedup();
        let made = rows.iter().filter(|r| r.text("id").is_ok_and(|id| id.starts_with("01900000-0001-")));
        for (n, row) in made.enumerate() {
            let firm = Firm::new(n, row.get("name")?, row.get("town_code")?);
            firms.of(n).push(firm);
        }
        Ok(firms)
    }

    fn of(&mut self, n: usize) -> &mut Vec<Firm> {
        match kind(n) {
            0 => &mut self.consignors,
            1 => &mut self.carriers,
            _ => &mut self.receivers,
        }
    }
}

/// An id that sorts by `n` inside its kind, as ids of the house do by time.
pub(super) fn id(kind: u16, n: usize) -> String {
    format!("01900000-{kind:04x}-7000-8000-{n:012x}")
}

const CONSIGNORS: usize = 240;
const CARRIERS: usize = 40;
const RECEIVERS: usize = 15;
const TRUCKS: usize = 3;

/// Registers of the story.
pub(super) struct Registers {
    pub org: Pattern,
    pub site: Pattern,
    pub facility: Pattern,
    pub vehicle: Pattern,
    pub account: Pattern,
}

impl Registers {
    /// Makes the firms and puts their registers into the database.
    pub async fn fill(&self, sink: &mut Sink, parties: [&[String]; 3]) -> Result<Firms, Failure> {
        let mut dice = Dice(11);
        let mut towns: Vec<String> = self.org.rows.iter().map(|r| self.org.text(r, "town_code")).collect();
        towns.retain(|t| t.len() == 9);
        towns.sort_unstable();
        towns.dedup();
        let mut firms = Firms { towns, ..Firms::default() };
        let (mut orgs, mut sites, mut stores, mut trucks, mut drivers) =
            (vec![], vec![], vec![], vec![], vec![]);
        let drivers_of = self.account.of("roles", "[\"driver\"]");
        for n in 0..CONSIGNORS + CARRIERS + RECEIVERS {
            let like = parties[kind(n)];
            let like = like.get(n % like.len().max(1)).cloned().unwrap_or_default();
            let pattern = self.org.of("id", &like).first().copied().unwrap_or(0);
            let name = format!("{} {n:03}", self.org.text(&self.org.rows[pattern], "name"));
            let town = firms.towns[dice.skewed(firms.towns.len())].clone();
            let firm = Firm::new(n, name, town);
            let set = |text: &str| Value::from(text);
            orgs.push(self.org.make(
                pattern,
                [
                    ("id", set(&firm.id)),
                    ("name", set(&firm.name)),
                    ("town_code", set(&firm.town)),
                    ("credit_code", Value::Null),
                    ("profile_key", Value::Null),
                ],
            ));
            sites.push(self.site.make(
                n,
                [("id", set(&firm.site)), ("org_id", set(&firm.id)), ("town_code", set(&firm.town))],
            ));
            stores.push(self.facility.make(n, [("id", set(&firm.facility)), ("site_id", set(&firm.site))]));
            for (t, (vehicle, plate, account)) in firm.trucks.iter().enumerate() {
                trucks.push(self.vehicle.make(
                    n * 10 + t,
                    [("id", set(vehicle)), ("org_id", set(&firm.id)), ("plate", set(plate))],
                ));
                drivers.push(self.account.make(
                    drivers_of.first().copied().unwrap_or(0),
                    [
                        ("id", set(account)),
                        ("org_id", set(&firm.id)),
                        ("login", Value::Text(format!("driver{:05}", n * 10 + t))),
                    ],
                ));
            }
            firms.of(n).push(firm);
        }
        for (table, rows) in [
            (&self.org, orgs),
            (&self.site, sites),
            (&self.facility, stores),
            (&self.vehicle, trucks),
            (&self.account, drivers),
        ] {
            sink.put(table.name, &table.columns, rows.into_iter()).await?;
        }
        Ok(firms)
    }
}
