//! Who usually sends what to whom by whom, and what each carrier has: read once from the data of the demonstration.

use std::collections::BTreeMap;

use app::kit::Problem;
use serde_json::Value;

use crate::City;

/// A consignor's way to a receiver.
pub(crate) struct Route<'a> {
    pub consignor: &'a str,
    pub site: &'a str,
    pub receiver: &'a str,
    pub carrier: &'a str,
    /// Streams that go there.
    pub streams: Vec<usize>,
    /// Days after which a small load goes.
    pub wait_days: Option<i64>,
    /// On days of rest, too.
    pub daily: bool,
    /// Medical waste may lie two days at most.
    pub urgent: bool,
}

/// What a carrier has, by ids.
#[derive(Default)]
pub(crate) struct Fleet<'a> {
    pub vehicles: Vec<&'a str>,
    pub drivers: Vec<&'a str>,
    pub escorts: Vec<&'a str>,
    /// Load of the smallest truck.
    pub truck_g: i64,
}

/// A truck and its crew.
pub(crate) struct Team {
    pub vehicle: String,
    pub driver: String,
    pub escort: String,
}

impl Fleet<'_> {
    /// The team of a turn.
    pub fn team(&self, carrier: &str, turn: usize) -> Result<Team, Problem> {
        let of = |list: &[&str]| list.get(turn % list.len().max(1)).map(|id| (*id).to_owned());
        let team = of(&self.vehicles).zip(of(&self.drivers)).zip(of(&self.escorts));
        let team = team.map(|((vehicle, driver), escort)| Team { vehicle, driver, escort });
        team.ok_or_else(|| crate::city::lost("vehicle or crew of", carrier))
    }
}

/// All of them.
pub(crate) struct Routes<'a> {
    pub all: Vec<Route<'a>>,
    pub fleets: BTreeMap<&'a str, Fleet<'a>>,
}

impl<'a> Routes<'a> {
    /// Reads them from the data.
    pub fn of(city: &'a City) -> Self {
        let mut routes: BTreeMap<(&str, &str, &str, &str), Route<'a>> = BTreeMap::new();
        for (index, stream) in city.data.streams.iter().enumerate() {
            let (Some(receiver), Some(carrier)) = (&stream.receiver, &stream.carrier) else { continue };
            let route =
                routes.entry((&stream.org, &stream.site, receiver, carrier)).or_insert_with(|| Route {
                    consignor: &stream.org,
                    site: &stream.site,
                    receiver,
                    carrier,
                    streams: Vec::new(),
                    wait_days: None,
                    daily: false,
                    urgent: false,
                });
            route.streams.push(index);
            route.daily |= stream.daily;
            route.urgent |= stream.waste_code.ends_with("-01");
            route.wait_days = match (route.wait_days, stream.wait_days) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        Self { all: routes.into_values().collect(), fleets: fleets(city) }
    }

    /// What a carrier has.
    pub fn fleet(&self, carrier: &str) -> Result<&Fleet<'a>, Problem> {
        self.fleets.get(carrier).ok_or_else(|| crate::city::lost("fleet of", carrier))
    }
}

fn fleets(city: &City) -> BTreeMap<&str, Fleet<'_>> {
    let mut fleets: BTreeMap<&str, Fleet<'_>> = BTreeMap::new();
    let text = |row: &'_ Value, key: &str| row[key].as_str().map(str::to_owned);
    for row in &city.data.vehicles {
        let (Some(org), Some(key)) = (row["org"].as_str(), text(row, "key")) else { continue };
        let Some(id) = city.keys.vehicles.get(&key) else { continue };
        let fleet = fleets.entry(org).or_default();
        let load = row["load_g"].as_i64().unwrap_or(0);
        fleet.truck_g = if fleet.vehicles.is_empty() { load } else { fleet.truck_g.min(load) };
        fleet.vehicles.push(id);
    }
    for row in &city.data.crew {
        let (Some(org), Some(key)) = (row["org"].as_str(), text(row, "key")) else { continue };
        let Some(id) = city.keys.crew.get(&key) else { continue };
        let fleet = fleets.entry(org).or_default();
        let of = if row["duty"] == "driver" { &mut fleet.drivers } else { &mut fleet.escorts };
        of.push(id);
    }
    fleets
}
