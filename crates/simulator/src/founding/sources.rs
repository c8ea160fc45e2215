//! What a large city is made of, as read from `data/trades` and the city's own file. Nothing here chooses.

use std::collections::BTreeMap;

use app::kit::data;
use app::registry::demo::Hint;
use app::registry::profile::Profile;
use geo::Point;
use serde::Deserialize;

/// A waste of a trade.
#[derive(Clone, Debug, Deserialize)]
pub struct Waste {
    /// Waste code.
    pub code: String,
    /// The site's own name.
    pub name: String,
    /// Form.
    pub form: String,
    /// Hazard letters.
    pub traits: Vec<String>,
    /// Packaging.
    pub packaging: String,
    /// Capacity of a container.
    pub capacity_ml: Option<i64>,
    /// Mass of a full one.
    pub container_g: i64,
    /// Least and most mass a month.
    #[serde(default)]
    pub monthly_g: (i64, i64),
    /// Harmful components.
    pub components: String,
    /// Where it goes.
    pub way: String,
}

/// What a trade is, for its place in the city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A works or a shop.
    Plant,
    /// A laboratory.
    Laboratory,
    /// A hospital or clinic.
    Hospital,
}

/// A trade.
#[derive(Clone, Debug, Deserialize)]
pub struct Trade {
    /// Key.
    pub key: String,
    /// What such a firm is called.
    pub noun: Hint,
    /// GB/T 4754.
    pub industry_code: Option<String>,
    /// Kind.
    pub kind: Kind,
    /// Management tier.
    pub tier: String,
    /// Days after which a small load goes.
    pub wait_days: i64,
    /// Factors of the months, permille.
    pub season_permille: Vec<i64>,
    /// On days of rest, too.
    pub daily: bool,
    /// What makes the waste.
    pub facility: String,
    /// Wastes.
    pub streams: Vec<Waste>,
}

/// Where waste goes.
#[derive(Clone, Debug, Deserialize)]
pub struct Way {
    /// Key.
    pub key: String,
    /// Method there.
    pub method: String,
}

/// A kind of receiver.
#[derive(Clone, Debug, Deserialize)]
pub struct Receiver {
    /// Key of the organisation.
    pub key: String,
    /// What it is called.
    pub noun: Hint,
    /// What it takes.
    pub ways: Vec<String>,
    /// Facility type and name of its plants.
    pub plants: Vec<(String, String)>,
    /// Mode of its licence.
    pub licence: String,
    /// What its plants leave.
    pub residue: Option<Waste>,
    /// What it sends on as it came.
    #[serde(default)]
    pub onward: Vec<Waste>,
}

/// Names of places in a firm.
#[derive(Clone, Debug, Deserialize)]
pub struct Stores {
    /// Storage.
    pub general: String,
    /// A storage point.
    pub point: String,
    /// For medical waste.
    pub medical: String,
    /// Of a receiver.
    pub received: String,
    /// Of what its plants leave.
    pub residue: String,
    /// A site.
    pub site: String,
    /// A receiver's site.
    pub plant: String,
    /// Pattern of a site's name.
    pub pattern: String,
}

/// What numbers of certificates begin with.
#[derive(Clone, Debug, Deserialize)]
pub struct Numbers {
    /// A crew member's.
    pub crew: String,
    /// A vehicle's.
    pub vehicle: String,
    /// A carrier's.
    pub carrier: String,
    /// A receiver's licence.
    pub licence: String,
}

/// Parts of names.
#[derive(Clone, Debug, Deserialize)]
pub struct Names {
    /// Before every firm's name.
    pub prefix: Hint,
    /// Brands.
    pub brands: Vec<Hint>,
    /// Surnames.
    pub surnames: Vec<String>,
    /// Given names.
    pub given: Vec<String>,
    /// What a carrier is called.
    pub carrier: Hint,
    /// Streets.
    pub roads: Vec<String>,
    /// Names of places in a firm.
    pub stores: Stores,
    /// Pattern of an address.
    pub address: String,
    /// Numbers of certificates.
    pub numbers: Numbers,
    /// Who issues licences.
    pub issuer: String,
    /// What a receiver writes when the weights differ.
    pub discrepancy_reason: String,
}

/// How the small city's firms go on in the large one.
#[derive(Clone, Debug, Deserialize)]
pub struct Base {
    /// Share of their masses.
    pub masses_permille: i64,
    /// Receivers that take from the new firms as well, by way.
    pub also: BTreeMap<String, Vec<String>>,
    /// Residues that now have a destination.
    pub residues: Vec<Onward>,
}

/// A residue and where it goes.
#[derive(Clone, Debug, Deserialize)]
pub struct Onward {
    /// Organisation.
    pub org: String,
    /// Waste code.
    pub code: String,
    /// Way.
    pub way: String,
}

/// How many carriers.
#[derive(Clone, Debug, Deserialize)]
pub struct Carriers {
    /// Carriers.
    pub count: usize,
    /// Their trucks.
    pub trucks: usize,
    /// Carriers of medical waste among them.
    pub medical: usize,
}

/// A town.
#[derive(Clone, Debug, Deserialize)]
pub struct Town {
    /// Division code.
    pub code: String,
    /// Its name without its rank.
    pub place: String,
    /// The same in English.
    #[serde(rename = "place_en")]
    pub en: String,
    /// Share of the firms.
    pub weight: i64,
    /// On the river bank.
    #[serde(default)]
    pub river: bool,
}

/// The city's own numbers.
#[derive(Clone, Debug, Deserialize)]
pub struct Living {
    /// First letters of plates.
    pub plate_prefix: String,
    /// First digits of terminal numbers.
    pub terminal_prefix: String,
    /// First digits of telephones that do not exist.
    pub phone_prefix: String,
    /// The small city's firms.
    pub base: Base,
    /// Share of the trades' masses, permille.
    pub masses_permille: i64,
    /// Firms by trade.
    pub plants: BTreeMap<String, usize>,
    /// Carriers.
    pub carriers: Carriers,
    /// Towns.
    pub towns: Vec<Town>,
}

#[derive(Deserialize)]
struct TradeFile {
    trades: Vec<Trade>,
}

#[derive(Deserialize)]
struct ReceiverFile {
    ways: Vec<Way>,
    receivers: Vec<Receiver>,
}

#[derive(Deserialize)]
struct SeatFile {
    points: Vec<Seat>,
}

#[derive(Deserialize)]
struct Seat {
    code: String,
    longitude: f64,
    latitude: f64,
}

/// Everything that a large city is made of.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Six-digit code of the city.
    pub county: String,
    /// The city's numbers.
    pub living: Living,
    /// Trades.
    pub trades: Vec<Trade>,
    /// Ways.
    pub ways: Vec<Way>,
    /// Kinds of receivers.
    pub receivers: Vec<Receiver>,
    /// Names.
    pub names: Names,
    /// Seats of towns by code.
    pub seats: BTreeMap<String, Point>,
}

impl Sources {
    /// What the profile's large city is made of; `None` when it has none.
    pub fn of(profile: &Profile) -> Option<Self> {
        let living: Living = data::json(profile.living.as_deref()?);
        let ReceiverFile { ways, receivers } = data::json("trades/receivers.json");
        let seats: SeatFile = data::json(&format!("cities/{}/town_points.json", profile.key));
        let seats = seats
            .points
            .into_iter()
            .filter_map(|s| Point::from_degrees(s.latitude, s.longitude).ok().map(|point| (s.code, point)));
        Some(Self {
            county: profile.county_code.clone(),
            living,
            trades: data::json::<TradeFile>("trades/trades.json").trades,
            ways,
            receivers,
            names: data::json("trades/names.json"),
            seats: seats.collect(),
        })
    }
}
