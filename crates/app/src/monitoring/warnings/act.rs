//! What people do with a warning: assign, verify, close, appeal, decide. One use case, because all of them load the
//! warning as it stands, decide by the rules of the procedure and append one event.

use std::collections::BTreeSet;
use std::sync::Arc;

use db::{Sql, params};
use domain::access::Permission;
use domain::monitoring::warning::{
    Actor, Command, Facts, Finding, Outcome, Place as DomainPlace, Settings, decide,
};
use domain::problem::Violation;
use domain::time::parse_instant;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::super::live::Live;
use super::super::place::Place;
use super::super::{photos, rules};
use super::list::may_verify;
use super::project::{self, Recorded};
use super::raise::Tell;
use super::show::{self, WarningView};
use crate::kit::{Kit, OpContext, Problem, Work};

/// Gives a warning to somebody.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AssignBody {
    /// Account of the assignee.
    pub account_id: String,
    /// Until when, RFC 3339.
    #[serde(default)]
    pub due_at: Option<String>,
    /// Note; needed when it is taken from somebody.
    #[serde(default)]
    pub note: String,
}

/// Says what was found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VerifyBody {
    /// `confirmed`, `not_confirmed`, `unclear`.
    pub finding: String,
    /// In words.
    pub note: String,
    /// Pictures uploaded before.
    #[serde(default)]
    pub photos: Vec<String>,
    /// Where the person stood.
    #[serde(default)]
    pub place: Option<Place>,
    /// When the person looked, RFC 3339; now when left out.
    #[serde(default)]
    pub occurred_at: Option<String>,
}

/// Ends a warning.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CloseBody {
    /// `resolved`, `false_alarm`, `excused`, `case`.
    pub outcome: String,
    /// Why.
    pub note: String,
}

/// Objects on behalf of a firm concerned.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AppealBody {
    /// Why.
    pub note: String,
    /// Pictures uploaded before.
    #[serde(default)]
    pub photos: Vec<String>,
}

/// Decides an objection.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DecideBody {
    /// Whether the firm is right.
    pub upheld: bool,
    /// Why.
    pub note: String,
}

/// One of the acts.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Give it to somebody.
    Assign(AssignBody),
    /// Say what was found.
    Verify(VerifyBody),
    /// End it.
    Close(CloseBody),
    /// Object.
    Appeal(AppealBody),
    /// Decide an objection.
    Decide(DecideBody),
}

impl Act {
    /// The permission that it needs.
    pub const fn permission(&self) -> Permission {
        match self {
            Act::Assign(_) => Permission::WarningAssign,
            Act::Verify(_) => Permission::WarningVerify,
            Act::Close(_) | Act::Decide(_) => Permission::WarningClose,
            Act::Appeal(_) => Permission::WarningAppeal,
        }
    }

    const fn operation(&self) -> &'static str {
        match self {
            Act::Assign(_) => "warning.assign",
            Act::Verify(_) => "warning.verify",
            Act::Close(_) => "warning.close",
            Act::Appeal(_) => "warning.appeal",
            Act::Decide(_) => "warning.decide",
        }
    }

    /// What onlookers hear.
    const fn word(&self) -> &'static str {
        match self {
            Act::Assign(_) => "assigned",
            Act::Verify(_) => "verified",
            Act::Close(_) => "closed",
            Act::Appeal(_) => "appealed",
            Act::Decide(_) => "decided",
        }
    }

    fn photos(&self) -> &[String] {
        match self {
            Act::Verify(body) => &body.photos,
            Act::Appeal(body) => &body.photos,
            _ => &[],
        }
    }

    fn command(&self) -> Result<Command, Problem> {
        let mut found = Vec::new();
        let command = match self {
            Act::Assign(body) => Command::Assign {
                account_id: body.account_id.clone(),
                due_at: instant(body.due_at.as_deref(), "/due_at", &mut found),
                note: body.note.clone(),
            },
            Act::Verify(body) => Command::Verify {
                finding: Finding::parse(&body.finding).unwrap_or_else(|| {
                    found.push(unknown("/finding", &body.finding, Finding::ALL.iter().map(|f| f.as_str())));
                    Finding::Unclear
                }),
                note: body.note.clone(),
                photos: body.photos.clone(),
                place: body.place.map(|p| DomainPlace {
                    lat_e6: p.lat_e6.into(),
                    lon_e6: p.lon_e6.into(),
                    accuracy_m: Some(p.accuracy_m.into()),
                }),
                occurred_at: instant(body.occurred_at.as_deref(), "/occurred_at", &mut found),
            },
            Act::Close(body) => Command::Close {
                outcome: Outcome::parse(&body.outcome).unwrap_or_else(|| {
                    found.push(unknown("/outcome", &body.outcome, Outcome::ALL.iter().map(|o| o.as_str())));
                    Outcome::Resolved
                }),
                note: body.note.clone(),
            },
            Act::Appeal(body) => Command::Appeal { note: body.note.clone(), photos: body.photos.clone() },
            Act::Decide(body) => Command::Decide { upheld: body.upheld, note: body.note.clone() },
        };
        if found.is_empty() { Ok(command) } else { Err(Problem::violations(found)) }
    }
}

fn instant(text: Option<&str>, path: &str, found: &mut Vec<Violation>) -> Option<i64> {
    match text.filter(|t| !t.is_empty()).map(parse_instant)? {
        Ok(at) => Some(at),
        Err(error) => {
            found.push(error.at(path));
            None
        }
    }
}

fn unknown<'a>(path: &str, value: &str, all: impl Iterator<Item = &'a str>) -> Violation {
    let shown: String = value.chars().take(40).collect();
    let allowed = all.collect::<Vec<_>>().join(", ");
    Violation::error(rules::WORD, path).with("value", shown).with("allowed", allowed)
}

/// Carries out an act on the version that the caller saw.
///
/// # Errors
/// 403, 404; 412 when another version stands; 422 with every rule that is not kept.
pub async fn act(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    version: i64,
    act: Act,
) -> Result<WarningView, Problem> {
    ctx.require(act.permission())?;
    let command = act.command()?;
    let (id, operation) = (id.to_owned(), act.operation());
    let input = json!({"id": id, "version": version, "act": act});
    let name = id.clone();
    let tell = kit
        .command(ctx, operation, &input, move |mut work| {
            Box::pin(async move { decide_in(&mut work, &name, version, &act, &command).await })
        })
        .await?;
    kit.parts.get::<Live>().tell(tell.into());
    super::count_open(kit).await?;
    show::get(kit, ctx, &id).await
}

async fn decide_in(
    work: &mut Work<'_>,
    id: &str,
    version: i64,
    act: &Act,
    command: &Command,
) -> Result<Tell, Problem> {
    let caller = Arc::clone(&work.ctx);
    let reach = caller.require(act.permission())?;
    let stored = project::load(work.tx, &caller.tenant, id).await?.ok_or_else(Problem::not_found)?;
    if !show::covers(&reach, &caller, &stored) {
        return Err(Problem::not_found());
    }
    if stored.warning.version != version {
        return Err(Problem::stale(stored.warning.version));
    }
    photos::check(work.tx, &caller, act.photos(), "/photos").await?;
    let held: BTreeSet<String> = act.photos().iter().cloned().collect();
    let assignee_fits = match command {
        Command::Assign { account_id, .. } => fits(work, account_id).await?,
        _ => false,
    };
    let actor = Actor { account_id: caller.account_id.clone(), org_id: caller.acting_org().to_owned() };
    let facts = Facts {
        now: work.now,
        actor: Some(&actor),
        assignee_fits,
        photos: &held,
        settings: Settings::default(),
    };
    let Some(event) = decide(Some(&stored.warning), command, &facts)? else {
        return Err(Problem::internal());
    };
    let org = stored.warning.raised.orgs.first().cloned().unwrap_or_default();
    project::emit(work, id, &Recorded { event, number: None, town: None }, &org).await?;
    let mut tell = Tell::of(id, &stored, act.word());
    if let Command::Assign { account_id, .. } = command {
        tell.assigned_to = Some(account_id.clone());
    }
    Ok(tell)
}

/// Whether an account is active and may verify.
async fn fits(work: &mut Work<'_>, account_id: &str) -> Result<bool, Problem> {
    let row = work
        .tx
        .query_opt(
            "select roles from account where tenant_id = $1 and id = $2 and status = 'active'",
            &params![work.ctx.tenant.as_str(), account_id],
        )
        .await?;
    Ok(row.map(|r| r.get::<String>("roles")).transpose()?.is_some_and(|roles| may_verify(&roles)))
}
