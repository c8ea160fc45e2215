//! Receivers of a large city: their sites and plants first, because plants choose among them; what their own plants
//! leave, and the licences that cover what comes, when everybody has chosen.

use domain::access::Role;
use serde_json::{Value, json};

use super::sources::Receiver;
use super::{Founding, Store, plan_line, stream};

/// Capacities of storage, grams.
const RECEIVED_G: i64 = 3_000_000_000;
const RESIDUE_G: i64 = 900_000_000;
/// Terms of storage, days.
const TERM: i64 = 365;
const MEDICAL_TERM: i64 = 2;
/// What a licence allows, of what is expected, permille, and at least.
const LICENSED: i64 = 1_700;
const LEAST_G: i64 = 500_000_000;
/// Residues of what comes in, permille, with room for a good year.
const RESIDUES: i64 = 120;

impl Founding<'_> {
    /// Receivers with sites, stores, plants and people.
    pub(super) fn receivers(&mut self) -> Option<()> {
        let sources = self.sources;
        for receiver in &sources.receivers {
            let key = receiver.key.as_str();
            let firm = self.mint.firm(&receiver.noun.zh, &receiver.noun.en, "91")?;
            let names = self.sources.names.stores.clone();
            let extra = json!({"kinds": ["receiver", "enterprise"], "industry_code": "7724"});
            let site = self.organisation(key, &firm, extra, Some((names.plant.as_str(), "key")));
            let medical = receiver.ways.iter().any(|w| w == "medical");
            let store = Store {
                kind: "warehouse",
                capacity_g: RECEIVED_G,
                accepts: Vec::new(),
                limit_days: if medical { MEDICAL_TERM } else { TERM },
            };
            self.store(&site, "TS001", &names.received, store);
            if let Some(residue) = &receiver.residue {
                let accepts = vec![residue.code.clone()];
                let store = Store { kind: "warehouse", capacity_g: RESIDUE_G, accepts, limit_days: TERM };
                self.store(&site, "TS002", &names.residue, store);
            }
            for (n, (kind, name)) in receiver.plants.iter().enumerate() {
                self.facility(&site, &format!("TS{:03}", n + 3), name, ("treatment", kind));
            }
            for way in &receiver.ways {
                self.takers.entry(way.clone()).or_default().push(key.to_owned());
            }
            for (word, roles) in [
                ("scale", &[Role::Scale][..]),
                ("receiver", &[Role::ReceiverManager][..]),
                ("manager", &[Role::Clerk, Role::Manager][..]),
            ] {
                self.account(format!("{key}-{word}"), key, roles, None, None);
            }
        }
        Some(())
    }

    fn taken(&self, receiver: &str) -> i64 {
        self.intake.iter().filter(|((key, _), _)| key == receiver).map(|(_, g)| g).sum()
    }

    /// What receivers send on: residues of their plants, and what they only collected.
    pub(super) fn onward(&mut self) -> Option<()> {
        let sources = self.sources;
        // Collectors first: what they send on is intake of others.
        let mut all: Vec<&Receiver> = sources.receivers.iter().collect();
        all.sort_by_key(|r| (r.onward.is_empty(), r.key.clone()));
        for receiver in all {
            let (key, site) = (receiver.key.as_str(), format!("{}-1", receiver.key));
            let (store, residues) = (format!("{site}-TS001"), format!("{site}-TS002"));
            let mut lines = Vec::new();
            for waste in &receiver.onward {
                let yearly = self.taken(key);
                let mut made = stream(waste, (key, &site), (&store, &store), "collected");
                let (to, carrier) = self.destination(key, &waste.way, yearly)?;
                (made.receiver, made.carrier) = (Some(to), Some(carrier));
                made.method_code = self.method(&waste.way);
                self.data.streams.push(made);
                lines.push(plan_line(waste, yearly.max(LEAST_G), &store));
            }
            if let Some(waste) = &receiver.residue {
                let yearly = self.taken(key) * RESIDUES / 1_000;
                let mut made =
                    stream(waste, (key, &site), (&format!("{site}-TS003"), &residues), "treatment");
                let (to, carrier) = self.destination(key, &waste.way, yearly)?;
                (made.receiver, made.carrier) = (Some(to), Some(carrier));
                made.method_code = self.method(&waste.way);
                self.data.streams.push(made);
                lines.push(plan_line(waste, yearly.max(LEAST_G), &residues));
            }
            if !lines.is_empty() {
                self.data.plans.push(json!({"key": format!("{key}-plan"), "site": site, "lines": lines}));
            }
        }
        for onward in self.sources.living.base.residues.clone() {
            let yearly = LEAST_G;
            let (to, carrier) = self.destination(&onward.org, &onward.way, yearly)?;
            let method = self.method(&onward.way);
            let of =
                self.data.streams.iter_mut().find(|s| s.org == onward.org && s.waste_code == onward.code);
            let stream = of?;
            (stream.receiver, stream.carrier, stream.method_code) = (Some(to), Some(carrier), method);
        }
        Some(())
    }

    /// Licences over what comes.
    pub(super) fn licences(&mut self) -> Option<()> {
        let sources = self.sources;
        for (n, receiver) in sources.receivers.iter().enumerate() {
            let mut lines = Vec::new();
            for way in &receiver.ways {
                let expected = self.intake.get(&(receiver.key.clone(), way.clone())).copied().unwrap_or(0);
                let yearly_g = (expected * LICENSED / 1_000).max(LEAST_G);
                let methods: Vec<String> =
                    if receiver.licence == "comprehensive" { vec![self.method(way)?] } else { Vec::new() };
                let codes: Vec<Value> = self.codes.get(way)?.iter().map(|c| c.as_str().into()).collect();
                lines.push(json!({"codes": codes, "yearly_quantity_g": yearly_g, "methods": methods}));
            }
            let (from, to) =
                if receiver.licence == "collection" { ("-30m", "+6m") } else { ("-34m", "+26m") };
            let names = &sources.names;
            self.data.licences.push(json!({
                "key": format!("{}-l", receiver.key), "org": receiver.key,
                "number": format!("{}-{:02}", names.numbers.licence, 20 + n), "kind": receiver.licence,
                "issued_on": from, "valid_from": from, "valid_to": to, "issuer": names.issuer, "lines": lines,
            }));
        }
        Some(())
    }
}
