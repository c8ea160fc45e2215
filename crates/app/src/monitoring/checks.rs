//! Roadside checks: an inspector looks a truck, a paper or a container up, says why, and gets an answer with a number of
//! its own, also when nothing is found. The look-up itself is an event, because it reads what belongs to others; it
//! keeps ids and their state then, never what could be read from them. It must never stop a truck or change a document.

mod look;
mod paper;
mod show;
pub(in crate::monitoring) mod store;

use std::sync::Arc;

use db::{DbError, Sql, Tx, params};
use domain::access::Permission;
use domain::problem::Violation;
use domain::time::format_compact_date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::place::Place;
use super::rules;
use crate::kit::work::Fact;
use crate::kit::{Kit, OpContext, Problem, audit};
use crate::transfer::config::config;

pub use paper::paper;
pub use show::{
    CheckListQuery, CheckedCode, CheckedLot, CheckedPaper, CheckedVehicle, RoadsideCheckRow,
    RoadsideCheckView, get, list,
};

/// A check was made.
pub const MADE: &str = "check.made";
/// Subject of the event.
pub const SUBJECT: &str = "roadside_check";
/// Tables that it fills.
pub const TABLES: &[&str] = &["roadside_check", "check_counter"];

/// What can be looked up.
pub const KINDS: &[&str] = &["code", "plate", "number"];
/// Shortest purpose in characters.
pub const PURPOSE_MIN: usize = 8;
/// Longest purpose in characters.
pub const PURPOSE_MAX: usize = 200;

/// A look-up.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RoadsideCheckBody {
    /// `code` (text of a QR code or a container's code), `plate`, `number` (of a manifest).
    pub kind: String,
    /// What was scanned or typed.
    pub value: String,
    /// Why, in 8 to 200 characters: kept with the check.
    #[serde(default)]
    pub purpose: String,
    /// Where.
    #[serde(default)]
    pub place: Option<Place>,
}

/// Makes a check.
///
/// # Errors
/// 403 for whoever is no inspector; 422 for what is wrong with the look-up or its purpose.
pub async fn make(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    body: RoadsideCheckBody,
) -> Result<RoadsideCheckView, Problem> {
    ctx.require(Permission::RoadsideCheck)?;
    let asked = check(&body)?;
    // A signature is verified before the writer's queue.
    let attested = match &asked {
        look::Asked::Attested(code) => Some(look::attested(kit, ctx, code).await?),
        _ => None,
    };
    let input = json!({"check": body});
    let id = kit
        .command(ctx, "check.make", &input, move |mut work| {
            Box::pin(async move {
                let caller = Arc::clone(&work.ctx);
                let zone = &config(&work.kit)?.zone;
                let today = zone.date_of(work.now);
                let outcome = look::up(work.tx, &caller, &asked, attested, &today.to_string()).await?;
                let checked_no = next_number(work.tx, &format_compact_date(today)).await?;
                let (id, found) = (work.id(), outcome.found());
                let purpose = body.purpose.trim().to_owned();
                let payload = json!({
                    "checked_no": checked_no, "kind": body.kind, "purpose": purpose, "place": body.place,
                    "found": found, "outcome": outcome, "account_id": caller.account_id,
                });
                let mut fact =
                    Fact::new(MADE, SUBJECT, id.clone(), work.now, payload).of_org(caller.acting_org());
                fact.personal = vec![("value".to_owned(), shown(&body.value))];
                let event = work.append(fact).await?;
                super::project::project(work.tx, &event).await?;
                let detail = json!({
                    "checked_no": checked_no, "kind": body.kind, "purpose": purpose, "found": found,
                });
                let entry = audit::Entry::new("audit.roadside_check", SUBJECT, id.clone());
                audit::record(&mut work, entry.of_org(caller.acting_org()).with(detail)).await?;
                Ok(id)
            })
        })
        .await?;
    get(kit, ctx, &id).await
}

/// What is kept of a typed or scanned text.
fn shown(value: &str) -> String {
    value.trim().chars().filter(|c| !c.is_control()).take(look::LONGEST).collect()
}

fn check(body: &RoadsideCheckBody) -> Result<look::Asked, Problem> {
    let mut found = Vec::new();
    let length = body.purpose.trim().chars().count();
    if !(PURPOSE_MIN..=PURPOSE_MAX).contains(&length) || body.purpose.trim().chars().any(char::is_control) {
        found.push(Violation::error(rules::PURPOSE, "/purpose"));
    }
    found.extend(body.place.as_ref().and_then(|p| p.check("/place")));
    let asked = match look::read(&body.kind, &body.value) {
        Ok(asked) => Some(asked),
        Err(violation) => {
            found.push(violation);
            None
        }
    };
    asked.filter(|_| found.is_empty()).ok_or_else(|| Problem::violations(found))
}

/// The next number of a day: `C-20261124-0003`.
async fn next_number(tx: &mut Tx, day: &str) -> Result<String, DbError> {
    let (tenant, series) = (tx.tenant().to_owned(), format!("C-{day}"));
    let row = tx
        .query_opt(
            "select last from check_counter where tenant_id = $1 and day = $2",
            &params![tenant, series.as_str()],
        )
        .await?;
    let last: i64 = row.map(|r| r.get("last")).transpose()?.unwrap_or(0);
    Ok(format!("{series}-{:04}", last + 1))
}
