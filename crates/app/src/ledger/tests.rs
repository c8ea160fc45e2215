//! The ledger through its use cases, on both engines: the chain of a drum's life, who sees what, figures that
//! open to their rows, many clients at one container, and the rebuild of the read tables.

mod chain;
mod crowd;
mod http;
mod reads;

use std::sync::Arc;

use db::BoxFuture;
use domain::access::{OrgKind, Role};
use domain::ledger::{Receive, ReceivedLot, Receiver, ReceiverKind, Send, SendLine};
use domain::time::format_instant;
use jiff::civil::date;

use super::commands;
use super::model::{CommandAnswer, ContainerInput, GenerationInput, StorageOutInput};
use super::{tables, transfers};
use crate::kit::clock::SimClock;
use crate::kit::testing::{caller, kit_on};
use crate::kit::{Clock, Kit, OpContext, Problem, Work};
use crate::registry::seed::{self, DemoKeys};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A plating works, an office that looks on, and a licensed receiver.
struct House {
    kit: Arc<Kit>,
    clock: Arc<SimClock>,
    keys: DemoKeys,
    plating: Arc<OpContext>,
    receiver: Arc<OpContext>,
    office: Arc<OpContext>,
}

const NICKEL: &str = "336-054-17";
const SLUDGE: &str = "772-006-49";

impl House {
    async fn new(db: &db::Db) -> Outcome<Self> {
        let (kit, clock) = kit_on(db.clone());
        let keys = seed::demo(&kit, date(2026, 3, 2), &[2026])
            .await?
            .ok_or("the demonstration was there already")?;
        let firm = |key: &str, kind, roles: &[Role]| caller(&keys.orgs[key], &[kind], roles);
        Ok(Self {
            plating: firm("plating", OrgKind::Enterprise, &[Role::Manager]),
            receiver: firm("phychem", OrgKind::Receiver, &[Role::ReceiverManager]),
            office: caller("office", &[OrgKind::Office], &[Role::Office]),
            kit,
            clock,
            keys,
        })
    }

    fn now(&self) -> String {
        format_instant(self.clock.now())
    }

    fn facility(&self, key: &str) -> String {
        self.keys.facilities[key].clone()
    }

    fn site(&self, key: &str) -> String {
        self.keys.sites[key].clone()
    }

    fn generation(&self, masses: &[i64]) -> GenerationInput {
        GenerationInput {
            site_id: self.site("plating-1"),
            generating_facility_id: Some(self.facility("plating-1-MF0001")),
            waste_code: NICKEL.into(),
            internal_name: "镀镍槽渣".into(),
            form: "semi_solid".into(),
            traits: vec!["T".into()],
            components: "镍".into(),
            packaging: "bulk_bag".into(),
            capacity_ml: Some(1_000_000),
            containers: masses
                .iter()
                .map(|g| ContainerInput { mass_g: *g, gross_g: None, tare_g: None })
                .collect(),
            occurred_at: self.now(),
            storage_facility_id: Some(self.facility("plating-1-TS001")),
            note: None,
        }
    }

    async fn generate(&self, masses: &[i64]) -> Result<CommandAnswer, Problem> {
        commands::generate(&self.kit, &self.plating, self.generation(masses)).await
    }

    async fn stage(&self, lots: &[&str], purpose: &str) -> Result<CommandAnswer, Problem> {
        let input = StorageOutInput {
            lot_ids: lots.iter().map(|l| (*l).to_owned()).collect(),
            purpose: purpose.into(),
            occurred_at: self.now(),
        };
        commands::store_out(&self.kit, &self.plating, input).await
    }

    /// What the transfer context does inside its own command.
    async fn work<F>(&self, ctx: &Arc<OpContext>, run: F) -> Result<(), Problem>
    where
        F: for<'a> FnOnce(Work<'a>) -> BoxFuture<'a, Result<(), Problem>> + std::marker::Send + 'static,
    {
        self.kit.command(ctx, "test.transfer", &(), run).await
    }

    /// Binds and sends lots of the plating works with a manifest.
    async fn send(&self, lots: &[&str], manifest: &str) -> Result<(), Problem> {
        let (org, manifest) = (self.plating.org_id.clone(), manifest.to_owned());
        let lots: Vec<String> = lots.iter().map(|l| (*l).to_owned()).collect();
        let method = tables::method("R4", "")?;
        self.work(&self.plating, move |mut work| {
            Box::pin(async move {
                let at = work.now;
                transfers::bind(&mut work, &org, &manifest, &lots, at).await?;
                let command = Send {
                    manifest,
                    lines: vec![SendLine { lots, method }],
                    receiver: Receiver {
                        kind: ReceiverKind::Licensed,
                        name: "演示接受单位".into(),
                        licence: "JS-1".into(),
                    },
                    occurred_at: at,
                };
                transfers::send(&mut work, &org, &command).await.map(drop)
            })
        })
        .await
    }

    async fn receive(&self, lots: &[(&str, i64)], manifest: &str) -> Result<(), Problem> {
        let command = Receive {
            manifest: manifest.to_owned(),
            site: self.site("phychem-1"),
            facility: self.facility("phychem-1-TS001"),
            lots: lots.iter().map(|(l, g)| ReceivedLot { lot: (*l).to_owned(), received_g: *g }).collect(),
            occurred_at: self.clock.now(),
        };
        let org = self.receiver.org_id.clone();
        self.work(&self.receiver, move |mut work| {
            Box::pin(async move { transfers::receive(&mut work, &org, &command).await.map(drop) })
        })
        .await
    }
}

fn ids(answer: &CommandAnswer) -> Vec<&str> {
    answer.lots.iter().map(|l| l.id.as_str()).collect()
}

fn rules_of(problem: &Problem) -> Vec<&str> {
    problem.errors.iter().map(|e| e.rule.as_str()).collect()
}

/// The problem of a refused command.
fn refused<T>(outcome: Result<T, Problem>) -> Problem {
    match outcome {
        Ok(_) => panic!("was accepted"),
        Err(problem) => problem,
    }
}
