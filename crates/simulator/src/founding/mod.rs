//! A large city out of compact data: firms by trade with their sites, plants, licences, trucks, people and streams of
//! waste, around the firms of the small city. It only makes data: everything goes into the registers through the same
//! services as a request. One seed gives one city.

mod firms;
mod mint;
mod receivers;
mod sources;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use app::registry::demo::{DemoAccount, DemoData, DemoStream};
use domain::access::Role;
use geo::Point;
use serde_json::{Value, json};

use self::mint::Mint;
use self::sources::Waste;
use crate::chance::Chance;

pub use self::sources::Sources;

/// The city in the making.
struct Founding<'a> {
    sources: &'a Sources,
    mint: Mint<'a>,
    data: DemoData,
    /// Receivers by way.
    takers: BTreeMap<String, Vec<String>>,
    /// Carriers of everything but medical waste, and of that.
    carriers: Vec<String>,
    medical: Vec<String>,
    /// Grams a year by receiver and way.
    intake: BTreeMap<(String, String), i64>,
    /// Codes by way.
    codes: BTreeMap<String, BTreeSet<String>>,
    /// Receiver by consignor and way.
    chosen: BTreeMap<(String, String), String>,
    /// Carrier by consignor and receiver: whoever came once comes again.
    usual: BTreeMap<(String, String), String>,
}

/// The firms of `base` and the large city's own. `inside` says whether a point lies in the city. `None` when the data
/// runs out of names or refers to something that it does not have.
pub fn found(
    base: DemoData,
    sources: &Sources,
    seed: u64,
    inside: &dyn Fn(Point) -> bool,
) -> Option<DemoData> {
    let mint = Mint::new(sources, inside, Chance::new(seed, "founding"));
    let mut founding = Founding {
        sources,
        mint,
        data: base,
        takers: sources.living.base.also.clone(),
        carriers: Vec::new(),
        medical: Vec::new(),
        intake: BTreeMap::new(),
        codes: BTreeMap::new(),
        chosen: BTreeMap::new(),
        usual: BTreeMap::new(),
    };
    founding.data.discrepancy_reason.clone_from(&sources.names.discrepancy_reason);
    founding.base();
    founding.way_codes();
    founding.carriers()?;
    founding.receivers()?;
    founding.plants()?;
    founding.onward()?;
    founding.licences()?;
    Some(founding.data)
}

impl Founding<'_> {
    /// The small city's firms in the large one: smaller, so that they do not weigh too much.
    fn base(&mut self) {
        let permille = self.sources.living.base.masses_permille;
        for stream in &mut self.data.streams {
            stream.monthly_g = (stream.monthly_g * permille / 1_000).max(1);
        }
    }

    /// Which codes go which way.
    fn way_codes(&mut self) {
        let trades = self.sources.trades.iter().flat_map(|t| &t.streams);
        let receivers = self.sources.receivers.iter().flat_map(|r| r.residue.iter().chain(&r.onward));
        for waste in trades.chain(receivers) {
            self.codes.entry(waste.way.clone()).or_default().insert(waste.code.clone());
        }
        for onward in &self.sources.living.base.residues {
            self.codes.entry(onward.way.clone()).or_default().insert(onward.code.clone());
        }
    }

    /// Method of a way.
    fn method(&self, way: &str) -> Option<String> {
        self.sources.ways.iter().find(|w| w.key == way).map(|w| w.method.clone())
    }

    /// Who takes a consignor's waste of a way, and who drives there.
    fn destination(&mut self, consignor: &str, way: &str, yearly_g: i64) -> Option<(String, String)> {
        let going = (consignor.to_owned(), way.to_owned());
        let receiver = match self.chosen.get(&going) {
            Some(receiver) => receiver.clone(),
            None => self.mint.pick(self.takers.get(way)?)?.clone(),
        };
        self.chosen.insert(going, receiver.clone());
        *self.intake.entry((receiver.clone(), way.to_owned())).or_default() += yearly_g;
        let between = (consignor.to_owned(), receiver.clone());
        if let Some(carrier) = self.usual.get(&between) {
            return Some((receiver, carrier.clone()));
        }
        let of = if way == "medical" { self.medical.clone() } else { self.carriers.clone() };
        let carrier = self.mint.pick(&of)?.clone();
        self.usual.insert(between, carrier.clone());
        Some((receiver, carrier))
    }

    fn account(
        &mut self,
        login: String,
        org: &str,
        roles: &[Role],
        person: Option<String>,
        crew: Option<String>,
    ) {
        let person = person.unwrap_or_else(|| self.mint.person());
        let phone = self.mint.phone();
        self.data.accounts.push(DemoAccount {
            login,
            org: org.to_owned(),
            roles: roles.to_vec(),
            person,
            phone,
            crew,
            show: false,
            hint: None,
        });
    }

    /// An organisation with one site; answers the key of the site.
    fn organisation(
        &mut self,
        key: &str,
        firm: &mint::Firm,
        extra: Value,
        site: Option<(&str, &str)>,
    ) -> String {
        let (contact, phone) = (self.mint.person(), self.mint.phone());
        let mut org = json!({
            "key": key, "name": firm.name, "short_name": firm.short_name, "name_en": firm.name_en,
            "credit_code": firm.credit_code, "division_code": firm.division_code, "address": firm.address,
            "contact_name": contact, "contact_phone": phone,
        });
        if let (Some(org), Value::Object(extra)) = (org.as_object_mut(), extra) {
            org.extend(extra);
        }
        self.data.organisations.push(org);
        let site_key = format!("{key}-1");
        if let Some((place, tier)) = site {
            let pattern = &self.sources.names.stores.pattern;
            let name = pattern.replace("{firm}", &firm.short_name).replace("{place}", place);
            self.data.sites.push(json!({
                "key": site_key, "org": key, "name": name,
                "division_code": firm.division_code, "address": firm.address,
                "longitude_e6": firm.point.lon_e6(), "latitude_e6": firm.point.lat_e6(),
                "management_tier": tier,
            }));
        }
        site_key
    }

    fn facility(&mut self, site: &str, code: &str, name: &str, kind: (&str, &str)) -> String {
        let key = format!("{site}-{code}");
        self.data.facilities.push(json!({
            "key": key, "site": site, "code": code, "name": name, "kind": kind.0, "facility_type": kind.1,
            "accepts": [],
        }));
        key
    }

    fn store(&mut self, site: &str, code: &str, name: &str, store: Store<'_>) -> String {
        let key = format!("{site}-{code}");
        self.data.facilities.push(json!({
            "key": key, "site": site, "code": code, "name": name, "kind": "storage", "facility_type": store.kind,
            "capacity_g": store.capacity_g, "accepts": store.accepts, "storage_limit_days": store.limit_days,
        }));
        key
    }
}

/// A storage facility.
struct Store<'a> {
    kind: &'a str,
    capacity_g: i64,
    accepts: Vec<String>,
    limit_days: i64,
}

/// A stream without its ends.
fn stream(waste: &Waste, (org, site): (&str, &str), (from, store): (&str, &str), origin: &str) -> DemoStream {
    DemoStream {
        org: org.to_owned(),
        site: site.to_owned(),
        generating_facility: from.to_owned(),
        storage_facility: store.to_owned(),
        waste_code: waste.code.clone(),
        internal_name: waste.name.clone(),
        form: waste.form.clone(),
        traits: waste.traits.clone(),
        packaging: waste.packaging.clone(),
        capacity_ml: waste.capacity_ml,
        monthly_g: 0,
        container_g: waste.container_g,
        components: waste.components.clone(),
        receiver: None,
        method_code: None,
        carrier: None,
        origin: origin.to_owned(),
        wait_days: None,
        season_permille: Vec::new(),
        daily: false,
    }
}

/// A line of a management plan.
fn plan_line(waste: &Waste, yearly_g: i64, store: &str) -> Value {
    json!({
        "waste_code": waste.code, "internal_name": waste.name, "expected_generation_g": yearly_g,
        "transfer_quota_g": yearly_g, "facility": store,
    })
}
