//! Random commands of two firms. After each, accepted or refused, the ledger must be exact.

use proptest::prelude::*;

use super::bench::*;
use super::transfers::graph;
use crate::codes::{ContainerKind, Traits, WasteForm};
use crate::ledger::*;
use crate::time::{DAY_US, Month, Period};
use crate::trace::Direction;

#[derive(Clone, Debug)]
enum Step {
    Generate { waste: usize, masses: Vec<i64>, store: usize },
    Store { lot: usize, facility: usize },
    Stage { lot: usize, purpose: usize, manifest: bool },
    Unstage { lot: usize },
    Repack { lots: Vec<(usize, u8)>, cut: u8 },
    Treat { lots: Vec<(usize, u8)>, facility: usize, residue: u8, product: u8, wrong: bool },
    Adjust { lot: usize, mass: i64 },
    Send { lots: Vec<usize> },
    Receive { percent: i64 },
    Refuse,
    Return,
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let lot = 0_usize..1000;
    let part = (0_usize..1000, 1_u8..=110);
    let masses = proptest::collection::vec(1_i64..200_000, 1..4);
    prop_oneof![
        4 => (0_usize..5, masses, 0_usize..4).prop_map(|(waste, masses, store)| Step::Generate { waste, masses, store }),
        2 => (lot.clone(), 0_usize..3).prop_map(|(lot, facility)| Step::Store { lot, facility }),
        2 => (lot.clone(), 0_usize..5, any::<bool>())
            .prop_map(|(lot, purpose, manifest)| Step::Stage { lot, purpose, manifest }),
        1 => lot.clone().prop_map(|lot| Step::Unstage { lot }),
        3 => (proptest::collection::vec(part.clone(), 1..4), 0_u8..=100).prop_map(|(lots, cut)| Step::Repack { lots, cut }),
        3 => (proptest::collection::vec(part, 1..4), 0_usize..3, 0_u8..=50, 0_u8..=50, proptest::bool::weighted(0.1))
            .prop_map(|(lots, facility, residue, product, wrong)| Step::Treat { lots, facility, residue, product, wrong }),
        1 => (lot.clone(), -5_i64..300_000).prop_map(|(lot, mass)| Step::Adjust { lot, mass }),
        3 => proptest::collection::vec(lot, 1..4).prop_map(|lots| Step::Send { lots }),
        3 => (90_i64..=110).prop_map(|percent| Step::Receive { percent }),
        1 => Just(Step::Refuse),
        1 => Just(Step::Return),
        1 => (0_i64..40).prop_map(Step::Wait),
    ]
}

struct Walk {
    bench: Bench,
    accepted: usize,
    manifests: usize,
}

impl Walk {
    fn pick(&self, index: usize) -> String {
        let live: Vec<&Lot> = self.bench.state.lots.values().filter(|l| l.in_stock()).collect();
        live.get(index % live.len().max(1)).map_or_else(|| "none".into(), |l| l.id.clone())
    }

    fn holder(&self, lot: &str) -> String {
        self.bench.state.lots.get(lot).map_or_else(|| "G".into(), |l| l.holder.clone())
    }

    fn takes(&self, lots: &[(usize, u8)]) -> Vec<Take> {
        lots.iter()
            .map(|(index, percent)| {
                let lot = self.pick(*index);
                let has = self.bench.state.lots.get(&lot).map_or(1, |l| l.state.remaining_g);
                Take { lot, mass_g: has * i64::from(*percent) / 100 }
            })
            .collect()
    }

    fn on_road(&self, status: LotStatus) -> Vec<(String, String, i64)> {
        let lots = self.bench.state.lots.values().filter(|l| l.state.status == status);
        let found: Vec<_> = lots
            .map(|l| (l.id.clone(), l.state.manifest.clone().unwrap_or_default(), l.state.remaining_g))
            .collect();
        let first = found.first().map(|f| f.1.clone());
        found.into_iter().filter(|f| Some(&f.1) == first.as_ref()).collect()
    }

    fn apply(&mut self, step: &Step) {
        let now = self.bench.now;
        let outcome = match step {
            Step::Generate { waste, masses, store } => {
                let waste = [OILY, ACID, CYANIDE, SLUDGE, MEDICAL][*waste];
                let store = [None, Some("g-store"), Some("g-point"), Some("g-store")][*store];
                self.bench.generate(waste, masses, store)
            }
            Step::Store { lot, facility } => {
                let lot = self.pick(*lot);
                let facility = ["g-store", "g-point", "r-store"][*facility].to_owned();
                let command = StoreIn { lots: vec![lot.clone()], facility, occurred_at: now };
                let org = self.holder(&lot);
                self.bench.run(&org, |w, i| decide_store_in(w, i, &command))
            }
            Step::Stage { lot, purpose, manifest } => {
                let lot = self.pick(*lot);
                let org = self.holder(&lot);
                self.bench.stage(&org, &[&lot], Purpose::ALL[*purpose], manifest.then_some("m0"))
            }
            Step::Unstage { lot } => {
                let lot = self.pick(*lot);
                let org = self.holder(&lot);
                let manifest = self.bench.state.lots.get(&lot).and_then(|l| l.state.manifest.clone());
                let command = Unstage { lots: vec![lot], manifest, occurred_at: now };
                self.bench.run(&org, |w, i| decide_unstage(w, i, &command))
            }
            Step::Repack { lots, cut } => {
                let inputs = self.takes(lots);
                let org = self.holder(&inputs[0].lot);
                let total: i64 = inputs.iter().map(|t| t.mass_g).sum();
                let first = total * i64::from(*cut) / 100;
                let outputs = [first, total - first]
                    .into_iter()
                    .filter(|g| *g > 0)
                    .map(|mass_g| NewContainer { packaging: ContainerKind::Drum, capacity_ml: None, mass_g })
                    .collect();
                let facility = Some(format!("{}-store", org.to_lowercase()));
                let command = Repack { inputs, outputs, facility, occurred_at: now };
                self.bench.run(&org, |w, i| decide_repack(w, i, &command))
            }
            Step::Treat { lots, facility, residue, product, wrong } => {
                let inputs = self.takes(lots);
                let org = self.holder(&inputs[0].lot);
                let total: i64 = inputs.iter().map(|t| t.mass_g).sum();
                let (residue_g, product_g) =
                    (total * i64::from(*residue) / 100, total * i64::from(*product) / 100);
                let (facility, way) = [("g-burn", "D10"), ("g-use", "R1"), ("r-plant", "R9")][*facility];
                let command = Treat {
                    facility: facility.into(),
                    method: method(way),
                    inputs,
                    residues: (residue_g > 0)
                        .then(|| Residue {
                            waste_code: code(SLUDGE),
                            name: "ash".into(),
                            form: WasteForm::Solid,
                            traits: Traits::NONE,
                            packaging: ContainerKind::BulkBag,
                            capacity_ml: None,
                            mass_g: residue_g,
                        })
                        .into_iter()
                        .collect(),
                    products: (product_g > 0)
                        .then(|| Product { name: "oil".into(), mass_g: product_g })
                        .into_iter()
                        .collect(),
                    destroyed_g: total - residue_g - product_g + i64::from(*wrong),
                    started_at: now,
                    finished_at: now,
                    note: None,
                };
                let outcome = self.bench.run(&org, |w, i| decide_treat(w, i, &command));
                assert!(!wrong || outcome.is_err(), "a gram too much went through");
                outcome
            }
            Step::Adjust { lot, mass } => {
                let lot = self.pick(*lot);
                let org = self.holder(&lot);
                let command = Adjust { lot, mass_g: *mass, reason: "weighed".into(), occurred_at: now };
                self.bench.run(&org, |w, i| decide_adjust(w, i, &command))
            }
            Step::Send { lots } => {
                let lots: Vec<String> = lots.iter().map(|l| self.pick(*l)).collect();
                let lots: Vec<&str> = lots.iter().map(String::as_str).collect();
                self.manifests += 1;
                let manifest = format!("m{}", self.manifests);
                self.bench.send(&lots, &manifest)
            }
            Step::Receive { percent } => {
                let lots = self.on_road(LotStatus::InTransit);
                let manifest = lots.first().map(|l| l.1.clone()).unwrap_or_default();
                let lots: Vec<(&str, i64)> =
                    lots.iter().map(|(id, _, g)| (id.as_str(), (g * percent / 100).max(1))).collect();
                self.bench.receive(&lots, &manifest)
            }
            Step::Refuse => {
                let lots = self.on_road(LotStatus::InTransit);
                let manifest = lots.first().map(|l| l.1.clone()).unwrap_or_default();
                let lots = lots.into_iter().map(|l| l.0).collect();
                let command = Refuse { manifest, lots, occurred_at: now };
                self.bench.run("R", |w, i| decide_refuse(w, i, &command))
            }
            Step::Return => {
                let lots = self.on_road(LotStatus::Refused);
                let manifest = lots.first().map(|l| l.1.clone()).unwrap_or_default();
                let lots = lots.into_iter().map(|l| l.0).collect();
                let command = Return { manifest, lots, occurred_at: now };
                self.bench.run("G", |w, i| decide_return(w, i, &command))
            }
            Step::Wait(days) => {
                self.bench.now += days * DAY_US;
                return;
            }
        };
        self.accepted += usize::from(outcome.is_ok());
    }

    fn check_balance(&self) {
        let month = |at| self.bench.settings.zone.month_of(at);
        let last = month(self.bench.now);
        for from in [month(0), last, Month::new(2026, 12).expect("valid")] {
            let Ok(period) = Period::new(from, last) else { continue };
            for org in ["G", "R"] {
                let rows = balance(self.bench.state.entries.iter().filter(|e| e.org == org), period);
                for (code, row) in rows {
                    assert!(row.adds_up(), "{code} {row:?}");
                    let stock: i64 = self
                        .bench
                        .state
                        .lots
                        .values()
                        .filter(|l| l.in_stock() && l.holder == org && l.waste_code == Some(code))
                        .map(|l| l.state.remaining_g)
                        .sum();
                    assert_eq!(row.closing_g, stock, "{code} closes with its stock");
                }
            }
        }
    }

    fn check_trace(&self) {
        let g = graph(&self.bench.state);
        for lot in self.bench.state.lots.values() {
            for direction in [Direction::Backward, Direction::Forward] {
                let trace = g.trace(&lot.id, direction).expect("sound");
                assert_eq!(trace.nodes.iter().map(|n| n.own_g).sum::<i64>(), lot.state.initial_g);
            }
        }
    }
}

/// The state by replaying the events must be the state.
fn check_replay(bench: &Bench) {
    let mut again = State::default();
    for event in &bench.events {
        again.evolve(event);
    }
    assert_eq!(again, bench.state);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_gram_is_lost(steps in proptest::collection::vec(step(), 1..60)) {
        let mut walk = Walk { bench: Bench::new(), accepted: 0, manifests: 0 };
        for step in &steps {
            walk.apply(step);
            walk.bench.check();
        }
        walk.check_balance();
        walk.check_trace();
        check_replay(&walk.bench);
    }
}

/// Guards the model itself: a long fixed walk must accept many commands of each kind.
#[test]
fn the_model_reaches_every_kind_of_event() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let mut walk = Walk { bench: Bench::new(), accepted: 0, manifests: 0 };
    for _ in 0..600 {
        let step = step().new_tree(&mut runner).expect("a step").current();
        walk.apply(&step);
    }
    walk.bench.check();
    let mut missing: Vec<EventKind> = EventKind::ALL.to_vec();
    missing.retain(|kind| !walk.bench.events.iter().any(|e| e.kind == *kind));
    assert_eq!(missing, []);
    assert!(walk.accepted > 100, "{} accepted", walk.accepted);
}
