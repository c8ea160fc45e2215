//! Two firms with facilities, a small catalogue, and the ledger in memory.

use std::collections::BTreeMap;

use jiff::civil::date;

use crate::catalogue::{Catalogue, Edition, WasteEntry};
use crate::codes::{ContainerKind, MethodKind, StorageKind, Traits, WasteCode, WasteForm};
use crate::ledger::*;
use crate::problem::Violation;
use crate::time::{Zone, parse_instant};

pub(super) const OILY: &str = "900-041-49";
pub(super) const ACID: &str = "900-300-34";
pub(super) const CYANIDE: &str = "900-027-33";
pub(super) const SLUDGE: &str = "772-006-49";
pub(super) const MEDICAL: &str = "841-001-01";
/// A code whose national name is as long as the longest of the catalogue.
pub(super) const WORDY: &str = "900-047-49";
pub(super) const MINUTE: i64 = 60_000_000;

pub(super) fn code(text: &str) -> WasteCode {
    text.parse().expect("valid code")
}

pub(super) fn method(text: &str) -> Method {
    let code: crate::codes::MethodCode = text.parse().expect("valid method");
    Method { code, kind: code.kind_by_letter().unwrap_or(MethodKind::Use) }
}

pub(super) struct Bench {
    pub state: State,
    pub now: i64,
    pub settings: Settings,
    pub events: Vec<LedgerEvent>,
    parties: BTreeMap<&'static str, Party>,
    pub facilities: BTreeMap<String, Facility>,
    catalogue: Catalogue,
    incompatibility: Incompatibility,
    ids: u64,
}

type Outcome = Result<Vec<Violation>, Vec<Violation>>;

impl Bench {
    pub(super) fn new() -> Self {
        let zone = Zone::named("Asia/Shanghai").expect("bundled");
        let party = |id: &str, credit: &str, licensed| Party {
            id: id.to_owned(),
            credit_code: credit.parse().expect("valid"),
            licensed,
        };
        let entry = |text: &str, traits: &str| WasteEntry {
            code: code(text),
            category_name: String::new(),
            industry: String::new(),
            description: format!("national name of {text}"),
            traits: traits.parse().expect("valid"),
            traits_text: traits.to_owned(),
            edition: "2021".into(),
            valid_from: date(2021, 1, 1),
            valid_to: None,
        };
        let edition =
            Edition { edition: "2021".into(), valid_from: date(2021, 1, 1), valid_to: None, imported: true };
        let entries = [
            entry(OILY, "T/In"),
            entry(ACID, "C,T"),
            entry(CYANIDE, "T"),
            entry(SLUDGE, "T/In"),
            entry(MEDICAL, "In"),
            WasteEntry { description: "废".repeat(210), ..entry(WORDY, "T") },
        ];
        let group = |id: &str, category: &str| WasteGroup {
            id: id.to_owned(),
            categories: vec![category.parse().expect("valid")],
            codes: Vec::new(),
        };
        let mut bench = Self {
            state: State::default(),
            now: parse_instant("2026-11-02T00:00:00Z").expect("valid"),
            settings: Settings::new(zone),
            events: Vec::new(),
            parties: BTreeMap::from([
                ("G", party("G", "91320281MA1NQWAN0A", false)),
                ("R", party("R", "91320281142243508K", true)),
            ]),
            facilities: BTreeMap::new(),
            catalogue: Catalogue::new(vec![edition], entries, Vec::new()),
            incompatibility: Incompatibility {
                groups: vec![group("acid", "HW34"), group("cyanide", "HW33")],
                pairs: vec![IncompatiblePair {
                    a: "acid".into(),
                    b: "cyanide".into(),
                    severity: "error".into(),
                    reason: Default::default(),
                }],
            },
            ids: 0,
        };
        bench.facility("G", "g-make", FacilityUse::Generating, None);
        bench.facility("G", "g-store", FacilityUse::Storage, Some(StorageKind::Warehouse));
        bench.facility("G", "g-point", FacilityUse::Storage, Some(StorageKind::Point));
        bench.facility("G", "g-use", FacilityUse::SelfUse, None);
        bench.facility("G", "g-burn", FacilityUse::SelfDisposal, None);
        bench.facility("R", "r-store", FacilityUse::Storage, Some(StorageKind::Warehouse));
        bench.facility("R", "r-plant", FacilityUse::Treatment, None);
        bench
    }

    fn facility(&mut self, org: &str, id: &str, purpose: FacilityUse, storage_kind: Option<StorageKind>) {
        let facility = Facility {
            id: id.to_owned(),
            code: id.to_uppercase(),
            org: org.to_owned(),
            site: format!("{org}-site"),
            purpose,
            storage_kind,
            capacity_g: None,
            accepts: AcceptList::default(),
            limit_days: None,
            active: true,
            stock_g: 0,
            contents: Default::default(),
        };
        self.facilities.insert(id.to_owned(), facility);
    }

    /// Runs a decision as a firm and applies it; gives the warnings.
    pub(super) fn run(
        &mut self,
        org: &str,
        decide: impl FnOnce(World<'_>, &mut dyn FnMut() -> String) -> Result<Decision, Vec<Violation>>,
    ) -> Outcome {
        let party = self.parties.get(org).expect("known firm").clone();
        let facilities = self.facilities.iter().map(|(id, f)| (id.clone(), self.state.fill(f))).collect();
        let counters = self.state.counters(org, &party.credit_code);
        let world = World {
            now: self.now,
            party: &party,
            lots: &self.state.lots,
            facilities: &facilities,
            counters: &counters,
            catalogue: &self.catalogue,
            incompatibility: &self.incompatibility,
            settings: &self.settings,
        };
        let mut next = self.ids;
        let decision = decide(world, &mut || {
            next += 1;
            format!("lot-{next:032}")
        })?;
        self.ids = next;
        let json = serde_json::to_string(&decision.event).expect("serialises");
        assert!(
            json.len() < 900_000,
            "the journal takes at most a mebibyte an event, and ids grow longer than here"
        );
        assert_eq!(serde_json::from_str::<LedgerEvent>(&json).expect("reads back"), decision.event);
        self.state.evolve(&decision.event);
        self.events.push(decision.event);
        Ok(decision.warnings)
    }

    pub(super) fn generate(&mut self, waste: &str, masses: &[i64], store: Option<&str>) -> Outcome {
        let command = self.generation(waste, masses, store);
        self.run("G", |world, ids| decide_generate(world, ids, &command))
    }

    pub(super) fn generation(&self, waste: &str, masses: &[i64], store: Option<&str>) -> Generate {
        Generate {
            site: "G-site".into(),
            generating_facility: Some("g-make".into()),
            waste_code: code(waste),
            internal_name: "drum waste".into(),
            form: WasteForm::Solid,
            traits: Traits::NONE,
            components: String::new(),
            packaging: ContainerKind::Drum,
            capacity_ml: Some(200_000),
            containers: masses
                .iter()
                .map(|g| ContainerMass { mass_g: *g, gross_g: None, tare_g: None })
                .collect(),
            occurred_at: self.now,
            store_in: store.map(str::to_owned),
            note: None,
        }
    }

    pub(super) fn stage(
        &mut self,
        org: &str,
        lots: &[&str],
        purpose: Purpose,
        manifest: Option<&str>,
    ) -> Outcome {
        let command = Stage {
            lots: lots.iter().map(|l| (*l).to_owned()).collect(),
            purpose,
            manifest: manifest.map(str::to_owned),
            occurred_at: self.now,
        };
        self.run(org, |world, ids| decide_stage(world, ids, &command))
    }

    /// Stages and sends lots of G with a manifest.
    pub(super) fn send(&mut self, lots: &[&str], manifest: &str) -> Outcome {
        self.stage("G", lots, Purpose::Transfer, Some(manifest))?;
        let command = Send {
            manifest: manifest.to_owned(),
            lines: vec![SendLine {
                lots: lots.iter().map(|l| (*l).to_owned()).collect(),
                method: method("D10"),
            }],
            receiver: Receiver {
                kind: ReceiverKind::Licensed,
                name: "R".into(),
                licence: "JS0281OOI001".into(),
            },
            occurred_at: self.now,
        };
        self.run("G", |world, ids| decide_send(world, ids, &command))
    }

    pub(super) fn receive(&mut self, lots: &[(&str, i64)], manifest: &str) -> Outcome {
        let command = Receive {
            manifest: manifest.to_owned(),
            site: "R-site".into(),
            facility: "r-store".into(),
            lots: lots
                .iter()
                .map(|(lot, g)| ReceivedLot { lot: (*lot).to_owned(), received_g: *g })
                .collect(),
            occurred_at: self.now,
        };
        self.run("R", |world, ids| decide_receive(world, ids, &command))
    }

    pub(super) fn lot(&self, id: &str) -> &Lot {
        self.state.lots.get(id).expect("lot")
    }

    /// Ids of the lots of the last event, end nodes left out.
    pub(super) fn made(&self) -> Vec<String> {
        let lots = self.events.last().expect("event").lots.iter();
        lots.filter(|l| l.kind == LotKind::Waste).map(|l| l.id.clone()).collect()
    }

    /// No gram lost, no stock below zero, entries explain the stock.
    pub(super) fn check(&self) {
        assert_eq!(self.state.unbalanced(), Vec::<String>::new());
        let mut stock: BTreeMap<(String, String, WasteCode), i64> = BTreeMap::new();
        for lot in self.state.lots.values() {
            assert!(lot.state.remaining_g >= 0);
            let consumed = matches!(lot.state.status, LotStatus::Consumed | LotStatus::Received);
            assert_eq!(
                consumed && lot.kind == LotKind::Waste,
                lot.state.remaining_g == 0 && lot.kind == LotKind::Waste
            );
            if let Some(code) = lot.waste_code.filter(|_| lot.in_stock()) {
                *stock.entry((lot.holder.clone(), lot.site.clone(), code)).or_default() +=
                    lot.state.remaining_g;
            }
        }
        let mut sums: BTreeMap<(String, String, WasteCode), i64> = BTreeMap::new();
        for entry in &self.state.entries {
            *sums.entry((entry.org.clone(), entry.site.clone(), entry.waste_code)).or_default() +=
                entry.mass_g;
        }
        sums.retain(|_, g| *g != 0);
        assert_eq!(sums, stock, "entries against stock");
    }
}

/// The rules of an outcome.
pub(super) fn rules_of(outcome: &Outcome) -> Vec<&'static str> {
    match outcome {
        Ok(warnings) => warnings.iter().map(|v| v.rule).collect(),
        Err(violations) => violations.iter().map(|v| v.rule).collect(),
    }
}

/// Asserts that the outcome is blocked by exactly these rules.
pub(super) fn blocked(outcome: Outcome, rules: &[&str]) {
    assert!(outcome.is_err(), "was not blocked: {outcome:?}");
    let errors: Vec<&str> =
        outcome.err().unwrap_or_default().iter().filter(|v| v.is_error()).map(|v| v.rule).collect();
    assert_eq!(errors, rules);
}
