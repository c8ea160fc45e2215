//! Where waste went: sums over the documents that set out in a period, by source, category, receiver and by what became
//! of it. Only reads. Each sum is told together with the number of documents behind it, and the list of manifests takes
//! the same conditions, so that a figure and the list that it opens can never differ.

use std::collections::BTreeMap;

use db::{Sql, Value as Sv};
use domain::time::Zone;

use super::list::within;
use crate::kit::{Filter, Problem, Reach};
use crate::ledger::sums::{self, Treatment};

/// By what the sources of waste are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Town of the consignor's site.
    Town,
    /// Division of trade of the consignor: the first two digits of its code.
    Trade,
}

impl Source {
    fn column(self) -> &'static str {
        match self {
            Source::Town => "m.consignor_town",
            Source::Trade => "substr(coalesce(o.industry_code, ''), 1, 2)",
        }
    }
}

/// What became of the waste of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Used at the receiver.
    Used,
    /// Disposed of at the receiver.
    Disposed,
    /// Taken over, and neither used nor disposed of so far.
    Held,
    /// On the road, or waiting at the gate.
    Moving,
    /// Refused.
    Refused,
}

impl Outcome {
    /// All, in the order in which they are shown.
    pub const ALL: [Outcome; 5] =
        [Outcome::Used, Outcome::Disposed, Outcome::Held, Outcome::Moving, Outcome::Refused];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Used => "used",
            Outcome::Disposed => "disposed",
            Outcome::Held => "held",
            Outcome::Moving => "moving",
            Outcome::Refused => "refused",
        }
    }

    /// The outcome of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// The condition on a document `m`: some of its waste came to this.
    pub(super) fn condition(self) -> String {
        match self {
            Outcome::Used => sums::treated(Treatment::Used),
            Outcome::Disposed => sums::treated(Treatment::Disposed),
            Outcome::Held => format!(
                "m.confirmed_at is not null and coalesce((select sum(n.accepted_g) from manifest_line n \
                 where n.tenant_id = m.tenant_id and n.manifest_id = m.id), 0) > {}",
                sums::TREATED_G
            ),
            Outcome::Moving => "m.status in ('in_transit', 'arrived')".to_owned(),
            Outcome::Refused => "m.status in ('partially_refused', 'refused', 'returned') and exists \
                 (select 1 from manifest_line n where n.tenant_id = m.tenant_id and n.manifest_id = m.id \
                 and n.mass_g > coalesce(n.accepted_g, 0))"
                .to_owned(),
        }
    }
}

/// Days on which the documents set out, the last one included.
#[derive(Clone, Copy, Debug)]
pub struct Days {
    /// First day.
    pub from: domain::time::Date,
    /// Last day.
    pub to: domain::time::Date,
}

impl Days {
    /// Adds the condition on `column`.
    pub(super) fn filter(self, filter: &mut Filter, column: &str, zone: &Zone) {
        filter.and(&format!("{column} >= ?"), [Sv::Int(zone.start_of(self.from))]);
        let end = self.to.tomorrow().map_or(i64::MAX, |next| zone.start_of(next));
        filter.and(&format!("{column} < ?"), [Sv::Int(end)]);
    }
}

/// From one source, of one category, to one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Town code, or division of trade.
    pub source: String,
    /// Category, `HWnn`.
    pub category: String,
    /// Receiver.
    pub receiver_id: String,
    /// Documents.
    pub manifests: i64,
    /// Grams: as weighed by the receiver, where it has confirmed, else as declared.
    pub mass_g: i64,
}

/// What a receiver made of what came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// Its name.
    pub name: String,
    /// Documents and grams by outcome.
    pub outcomes: BTreeMap<Outcome, (i64, i64)>,
}

/// The flow of a period. The grams of all streams are the grams of all outcomes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Streams.
    pub streams: Vec<Stream>,
    /// By receiver.
    pub fates: BTreeMap<String, Fate>,
    /// Documents of the period.
    pub manifests: i64,
    /// Documents that carry several categories, which are in several streams.
    pub mixed: Vec<Mixed>,
}

/// A document of several categories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mixed {
    /// Source.
    pub source: String,
    /// Receiver.
    pub receiver_id: String,
    /// Its categories.
    pub categories: Vec<String>,
}

fn base(tenant: &str, reach: &Reach, days: Days, zone: &Zone) -> Filter {
    let mut filter = Filter::tenant("m.tenant_id", tenant);
    within(reach, &mut filter);
    days.filter(&mut filter, "m.departed_at", zone);
    filter
}

/// The flow of the documents that set out on these days.
///
/// # Errors
/// 500 when the database refuses.
pub async fn flow(
    sql: &mut dyn Sql,
    tenant: &str,
    reach: &Reach,
    days: Days,
    zone: &Zone,
    by: Source,
) -> Result<Flow, Problem> {
    let filter = base(tenant, reach, days, zone);
    let (conditions, params) = (filter.conditions(), filter.params().to_vec());
    let mut flow = Flow::default();
    let text = format!(
        "select {source} as source, substr(n.waste_code, 9, 2) as category, m.receiver_id, \
         max(m.receiver_name) as receiver_name, count(distinct m.id) as manifests, \
         cast(coalesce(sum(case when m.confirmed_at is null then n.mass_g else 0 end), 0) as bigint) as moving_g, \
         cast(coalesce(sum(case when m.confirmed_at is not null then coalesce(n.accepted_g, 0) else 0 end), 0) as bigint) as accepted_g, \
         cast(coalesce(sum(case when m.status in ('partially_refused', 'refused', 'returned') and n.mass_g > coalesce(n.accepted_g, 0) \
         then n.mass_g - coalesce(n.accepted_g, 0) else 0 end), 0) as bigint) as refused_g \
         from manifest m join manifest_line n on n.tenant_id = m.tenant_id and n.manifest_id = m.id \
         left join org o on o.tenant_id = m.tenant_id and o.id = m.consignor_id {conditions} \
         group by {source}, substr(n.waste_code, 9, 2), m.receiver_id order by 1, 2, 3",
        source = by.column()
    );
    for row in sql.query(&text, &params).await? {
        let (moving, accepted, refused): (i64, i64, i64) =
            (row.get("moving_g")?, row.get("accepted_g")?, row.get("refused_g")?);
        let receiver_id: String = row.get("receiver_id")?;
        let fate = flow.fates.entry(receiver_id.clone()).or_default();
        fate.name = row.get("receiver_name")?;
        for (outcome, mass) in
            [(Outcome::Moving, moving), (Outcome::Held, accepted), (Outcome::Refused, refused)]
        {
            fate.outcomes.entry(outcome).or_default().1 += mass;
        }
        flow.streams.push(Stream {
            source: row.get("source")?,
            category: format!("HW{}", row.get::<String>("category")?),
            receiver_id,
            manifests: row.get("manifests")?,
            mass_g: moving + accepted + refused,
        });
    }
    let text = format!("{} {conditions} group by m.receiver_id, e.kind", sums::TREATED_BY_RECEIVER);
    for row in sql.query(&text, &params).await? {
        let outcome = if row.get::<String>("kind")? == "used" { Outcome::Used } else { Outcome::Disposed };
        let Some(fate) = flow.fates.get_mut(&row.get::<String>("receiver_id")?) else { continue };
        // A later correction of weight can make more of it than was taken over: the flow never invents mass.
        let held = fate.outcomes.entry(Outcome::Held).or_default();
        let treated = row.get::<i64>("mass_g")?.min(held.1);
        held.1 -= treated;
        fate.outcomes.entry(outcome).or_default().1 += treated;
    }
    let sums: Vec<String> = Outcome::ALL
        .iter()
        .map(|one| {
            format!(
                "cast(coalesce(sum(case when {} then 1 else 0 end), 0) as bigint) as {}",
                one.condition(),
                one.as_str()
            )
        })
        .collect();
    let text = format!(
        "select m.receiver_id, count(*) as manifests, {} from manifest m {conditions} group by m.receiver_id",
        sums.join(", ")
    );
    for row in sql.query(&text, &params).await? {
        flow.manifests += row.get::<i64>("manifests")?;
        let Some(fate) = flow.fates.get_mut(&row.get::<String>("receiver_id")?) else { continue };
        for outcome in Outcome::ALL {
            fate.outcomes.entry(outcome).or_default().0 = row.get(outcome.as_str())?;
        }
    }
    flow.mixed = mixed(sql, by, &conditions, &params).await?;
    for fate in flow.fates.values_mut() {
        fate.outcomes.retain(|_, (manifests, mass)| *manifests != 0 || *mass != 0);
    }
    Ok(flow)
}

async fn mixed(
    sql: &mut dyn Sql,
    by: Source,
    conditions: &str,
    params: &[Sv],
) -> Result<Vec<Mixed>, Problem> {
    let text = format!(
        "select distinct m.id, {} as source, m.receiver_id, substr(n.waste_code, 9, 2) as category from manifest m \
         join manifest_line n on n.tenant_id = m.tenant_id and n.manifest_id = m.id \
         left join org o on o.tenant_id = m.tenant_id and o.id = m.consignor_id {conditions} \
         and exists (select 1 from manifest_line k where k.tenant_id = m.tenant_id and k.manifest_id = m.id \
         and substr(k.waste_code, 9, 2) <> substr(n.waste_code, 9, 2)) order by m.id",
        by.column()
    );
    let mut found: BTreeMap<String, Mixed> = BTreeMap::new();
    for row in sql.query(&text, params).await? {
        let one = found.entry(row.get("id")?).or_default();
        one.source = row.get("source")?;
        one.receiver_id = row.get("receiver_id")?;
        one.categories.push(format!("HW{}", row.get::<String>("category")?));
    }
    Ok(found.into_values().collect())
}
