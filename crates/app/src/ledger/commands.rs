//! Use cases that change the ledger: authorise, read the request, decide and record in one transaction, show
//! what came of it.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use db::{BoxFuture, Sql};
use domain::access::Permission;
use domain::codes::{BatchKind, Traits};
use domain::ledger::{
    Adjust, ContainerMass, Generate, LotKind, NewContainer, Product, Purpose, Repack, Residue, Stage,
    StoreIn, Take, Treat, Unstage, decide_adjust, decide_generate, decide_repack, decide_stage,
    decide_store_in, decide_treat, decide_unstage,
};
use domain::problem::{ParseError, Violations};
use domain::time::parse_instant;
use serde::{Deserialize, Serialize};

use super::decide::{Named, Outcome, Said, decide};
use super::model::{
    AdjustmentInput, CommandAnswer, GenerationInput, LotView, RepackInput, StorageInInput, StorageOutInput,
    TakeInput, TreatmentInput, UndoInput, select_lots,
};
use super::{store, tables};
use crate::kit::{FieldProblem, Kit, OpContext, Problem, Reach, Work};

/// What a command leaves for its answer; stored for a repeated request.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Done {
    position: i64,
    lots: Vec<String>,
    batch: Option<String>,
    storage_batch: Option<String>,
    warnings: Vec<Said>,
}

impl Done {
    /// `kinds` are the batch kinds that count as the step's own.
    fn of(outcome: Outcome, kinds: &[BatchKind], new_only: bool) -> Self {
        let event = &outcome.event;
        let batch = event.batches.iter().find(|b| kinds.contains(&b.kind())).map(ToString::to_string);
        let storage = event.batches.iter().find(|b| b.kind() == BatchKind::StoreIn).map(ToString::to_string);
        let made = event.lots.iter().filter(|l| matches!(l.kind, LotKind::Waste | LotKind::Product));
        let mut lots: Vec<String> = made.map(|l| l.id.clone()).collect();
        if !new_only {
            lots.extend(event.updates.iter().map(|u| u.id.clone()));
        }
        Self {
            position: outcome.position,
            lots,
            batch,
            storage_batch: storage,
            warnings: Said::all(outcome.warnings),
        }
    }
}

/// The organisation in whose name the caller may do this.
fn acting(ctx: &OpContext, permission: Permission) -> Result<String, Problem> {
    match ctx.require(permission)? {
        Reach::Org(id) | Reach::Party(id) | Reach::Assigned { org_id: id, .. } => Ok(id),
        // Officials look; they never act in a firm's ledger.
        Reach::City | Reach::Town(_) => {
            Err(Problem::forbidden("ID-PERMISSION", [("permission", permission.as_str().to_owned())]))
        }
    }
}

/// Reads words of the request; what does not fit is said all at once.
#[derive(Default)]
struct Reader(Violations);

impl Reader {
    fn word<T: FromStr<Err = ParseError>>(&mut self, path: &str, text: &str) -> Option<T> {
        self.0.keep(path, text.parse())
    }

    fn at(&mut self, path: &str, text: &str) -> Option<i64> {
        self.0.keep(path, parse_instant(text))
    }

    fn traits(&mut self, path: &str, letters: &[String]) -> Option<Traits> {
        self.0.keep(path, letters.join(",").parse())
    }

    /// The parts, when all could be read.
    fn done<T>(self, parts: Option<T>) -> Result<T, Problem> {
        match (parts, self.0.finish()) {
            (Some(parts), Ok(_)) => Ok(parts),
            (_, Err(violations)) => Err(Problem::violations(violations)),
            (None, Ok(_)) => Err(Problem::internal()),
        }
    }
}

fn takes(inputs: &[TakeInput]) -> Vec<Take> {
    inputs.iter().map(|t| Take { lot: t.lot_id.clone(), mass_g: t.mass_g }).collect()
}

/// Runs a command and shows its lots.
async fn run<I, F>(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    operation: &'static str,
    input: &I,
    command: F,
) -> Result<CommandAnswer, Problem>
where
    I: Serialize,
    F: for<'a> FnOnce(Work<'a>) -> BoxFuture<'a, Result<Done, Problem>> + Send + 'static,
{
    let done: Done = kit.command(ctx, operation, input, command).await?;
    let (tenant, now, ids) = (ctx.tenant.clone(), kit.clock.now(), done.lots.clone());
    let lots = kit.db.read(move |s| Box::pin(async move { views(s, &tenant, &ids, now).await })).await?;
    let lang = ctx.lang;
    let warnings = done.warnings.into_iter().map(|w| FieldProblem::from(w).body(lang)).collect();
    Ok(CommandAnswer {
        position: done.position,
        batch_code: done.batch,
        storage_batch_code: done.storage_batch,
        lots,
        warnings,
    })
}

/// Lots in the order of `ids`; unknown ones are left out.
pub(super) async fn views(
    s: &mut dyn Sql,
    tenant: &str,
    ids: &[String],
    now: i64,
) -> Result<Vec<LotView>, Problem> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(256) {
        let (list, values) = store::in_list(2, chunk.iter().map(String::as_str));
        let sql = format!("{} where l.tenant_id = $1 and l.id in ({list})", select_lots());
        let mut all = db::params![tenant];
        all.extend(values);
        for row in s.query(&sql, &all).await? {
            let lot = LotView::read(&row, now)?;
            found.insert(lot.id.clone(), lot);
        }
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Generation, with storage in one go (五即一码).
///
/// # Errors
/// 403 without the right; 422 with every rule that is not kept.
pub async fn generate(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    input: GenerationInput,
) -> Result<CommandAnswer, Problem> {
    let org = acting(ctx, Permission::GenerationWrite)?;
    if input.storage_facility_id.is_some() {
        acting(ctx, Permission::StorageWrite)?;
    }
    let mut read = Reader::default();
    let parts = (
        read.word("/waste_code", &input.waste_code),
        read.word("/form", &input.form),
        read.traits("/traits", &input.traits),
        read.word("/packaging", &input.packaging),
        read.at("/occurred_at", &input.occurred_at),
    );
    let parts = match parts {
        (Some(a), Some(b), Some(c), Some(d), Some(e)) => Some((a, b, c, d, e)),
        _ => None,
    };
    let (waste_code, form, traits, packaging, at) = read.done(parts)?;
    let containers = input
        .containers
        .iter()
        .map(|c| ContainerMass { mass_g: c.mass_g, gross_g: c.gross_g, tare_g: c.tare_g })
        .collect();
    let command = Generate {
        site: input.site_id.clone(),
        generating_facility: input.generating_facility_id.clone(),
        waste_code,
        internal_name: input.internal_name.clone(),
        form,
        traits,
        components: input.components.clone(),
        packaging,
        capacity_ml: input.capacity_ml,
        containers,
        occurred_at: at,
        store_in: input.storage_facility_id.clone(),
        note: input.note.clone(),
    };
    run(kit, ctx, "ledger.generate", &input, move |mut work| {
        Box::pin(async move {
            let facilities = [&command.generating_facility, &command.store_in];
            let named = Named {
                facilities: facilities.into_iter().flatten().map(String::as_str).collect(),
                site: Some((&command.site, "/site_id")),
                lots: Vec::new(),
            };
            let outcome =
                decide(&mut work, &org, at, named, |world, ids| decide_generate(world, ids, &command))
                    .await?;
            Ok(Done::of(outcome, &[BatchKind::Generation], true))
        })
    })
    .await
}

/// Lots into storage.
///
/// # Errors
/// 403 without the right; 422 with every rule that is not kept.
pub async fn store_in(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    input: StorageInInput,
) -> Result<CommandAnswer, Problem> {
    let org = acting(ctx, Permission::StorageWrite)?;
    let mut read = Reader::default();
    let at = read.at("/occurred_at", &input.occurred_at);
    let at = read.done(at)?;
    let command =
        StoreIn { lots: input.lot_ids.clone(), facility: input.facility_id.clone(), occurred_at: at };
    run(kit, ctx, "ledger.store_in", &input, move |mut work| {
        Box::pin(async move {
            let named = Named {
                lots: command.lots.iter().map(String::as_str).collect(),
                facilities: vec![&command.facility],
                site: None,
            };
            let outcome =
                decide(&mut work, &org, at, named, |world, ids| decide_store_in(world, ids, &command))
                    .await?;
            Ok(Done::of(outcome, &[BatchKind::StoreIn], false))
        })
    })
    .await
}

/// Lots out of storage for a purpose.
///
/// # Errors
/// 403 without the right; 422 with every rule that is not kept.
pub async fn store_out(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    input: StorageOutInput,
) -> Result<CommandAnswer, Problem> {
    let org = acting(ctx, Permission::StorageWrite)?;
    let mut read = Reader::default();
    let parts =
        (read.word::<Purpose>("/purpose", &input.purpose), read.at("/occurred_at", &input.occurred_at));
    let parts = parts.0.zip(parts.1);
    let (purpose, at) = read.done(parts)?;
    let command = Stage { lots: input.lot_ids.clone(), purpose, manifest: None, occurred_at: at };
    run(kit, ctx, "ledger.store_out", &input, move |mut work| {
        Box::pin(async move {
            let named = Named { lots: command.lots.iter().map(String::as_str).collect(), ..Named::default() };
            let outcome =
                decide(&mut work, &org, at, named, |world, ids| decide_stage(world, ids, &command)).await?;
            Ok(Done::of(outcome, &[BatchKind::StoreOut], false))
        })
    })
    .await
}

/// Taking out is undone, now.
///
/// # Errors
/// 403 without the right; 422 with every rule that is not kept.
pub async fn undo_store_out(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    input: UndoInput,
) -> Result<CommandAnswer, Problem> {
    let org = acting(ctx, Permission::StorageWrite)?;
    let lots = input.lot_ids.clone();
    run(kit, ctx, "ledger.undo_store_out", &input, move |mut work| {
        Box::pin(async move {
            let at = work.now;
            let command = Unstage { lots, manifest: None, occurred_at: at };
            let named = Named { lots: command.lots.iter().map(String::as_str).collect(), ..Named::default() };
            let outcome =
                decide(&mut work, &org, at, named, |world, ids| decide_unstage(world, ids, &command)).await?;
            Ok(Done::of(outcome, &[], false))
        })
    })
    .await
}

/// Splits and merges.
///
/// # Errors
/// 403 without the right; 422 with every rule that is not kept.
pub async fn repack(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    input: RepackInput,
) -> Result<CommandAnswer, Problem> {
    let org = acting(ctx, Permission::StorageWrite)?;
    let mut read = Reader::default();
    let mut outputs = Vec::with_capacity(input.outputs.len());
    for (index, output) in input.outputs.iter().enumerate() {
        if let Some(packaging) = read.word(&format!("/outputs/{index}/packaging"), &output.packaging) {
            outputs.push(NewContainer { packaging, capacity_ml: output.capacity_ml, mass_g: output.mass_g });
        }
    }
    let at = read.at("/occurred_at", &input.occurred_at);
    let at = read.done(at)?;
    let command = Repack {
        inputs: takes(&input.inputs),
        outputs,
        facility: input.facility_id.clone(),
        occurred_at: at,
    };
    run(kit, ctx, "ledger.repack", &input, move |mut work| {
        Box::pin(async move {
            let named = Named {
                lots: command.inputs.iter().map(|t| t.lot.as_str()).collect(),
                facilities: command.facility.iter().map(String::as_str).collect(),
                site: None,
            };
            let outcome =
                decide(&mut work, &org, at, named, |world, ids| decide_repack(world, ids, &command)).await?;
            Ok(Done::of(outcome, &[BatchKind::StoreIn], true))
        })
    })
    .await
}

/// Use and disposal.
///
/// # Errors
/// 403 without the right; 422 with every rule that is not kept.
pub async fn treat(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    input: TreatmentInput,
) -> Result<CommandAnswer, Problem> {
    let org = acting(ctx, Permission::TreatmentWrite)?;
    let mut read = Reader::default();
    let mut residues = Vec::with_capacity(input.residues.len());
    for (index, residue) in input.residues.iter().enumerate() {
        let path = |field: &str| format!("/residues/{index}/{field}");
        let parts = (
            read.word(&path("waste_code"), &residue.waste_code),
            read.word(&path("form"), &residue.form),
            read.traits(&path("traits"), &residue.traits),
            read.word(&path("packaging"), &residue.packaging),
        );
        if let (Some(waste_code), Some(form), Some(traits), Some(packaging)) = parts {
            residues.push(Residue {
                waste_code,
                name: residue.name.clone(),
                form,
                traits,
                packaging,
                capacity_ml: residue.capacity_ml,
                mass_g: residue.mass_g,
            });
        }
    }
    let started = read.at("/started_at", &input.started_at);
    let finished = read.at("/finished_at", &input.finished_at);
    let (started_at, finished_at) = read.done(started.zip(finished))?;
    let command = Treat {
        facility: input.facility_id.clone(),
        method: tables::method(&input.method_code, "/method_code")?,
        inputs: takes(&input.inputs),
        residues,
        products: input.products.iter().map(|p| Product { name: p.name.clone(), mass_g: p.mass_g }).collect(),
        destroyed_g: input.destroyed_g,
        started_at,
        finished_at,
        note: input.note.clone(),
    };
    run(kit, ctx, "ledger.treat", &input, move |mut work| {
        Box::pin(async move {
            let named = Named {
                lots: command.inputs.iter().map(|t| t.lot.as_str()).collect(),
                facilities: vec![&command.facility],
                site: None,
            };
            let outcome =
                decide(&mut work, &org, finished_at, named, |world, ids| decide_treat(world, ids, &command))
                    .await?;
            Ok(Done::of(outcome, &[BatchKind::SelfUse, BatchKind::SelfDisposal], true))
        })
    })
    .await
}

/// A weight correction.
///
/// # Errors
/// 403 without the right; 422 with every rule that is not kept.
pub async fn adjust(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    input: AdjustmentInput,
) -> Result<CommandAnswer, Problem> {
    let org = acting(ctx, Permission::StorageWrite)?;
    let mut read = Reader::default();
    let at = read.at("/occurred_at", &input.occurred_at);
    let at = read.done(at)?;
    let command = Adjust {
        lot: input.lot_id.clone(),
        mass_g: input.mass_g,
        reason: input.reason.clone(),
        occurred_at: at,
    };
    run(kit, ctx, "ledger.adjust", &input, move |mut work| {
        Box::pin(async move {
            let named = Named { lots: vec![&command.lot], ..Named::default() };
            let outcome =
                decide(&mut work, &org, at, named, |world, ids| decide_adjust(world, ids, &command)).await?;
            Ok(Done::of(outcome, &[], false))
        })
    })
    .await
}
