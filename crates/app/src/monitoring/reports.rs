//! Reports from the road: what a driver or somebody at the gate has to say about a manifest, with photos and place.
//! A report changes no document; it is evidence beside the signatures.

use std::sync::Arc;

use db::{DbError, Row, Sql, params};
use domain::access::Permission;
use domain::problem::Violation;
use domain::time::{format_instant, parse_instant};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::place::Place;
use super::{photos, rules};
use crate::kit::work::Fact;
use crate::kit::{Kit, OpContext, Problem};
use crate::transfer::read::load_for;

/// Something was reported about a trip.
pub const REPORTED: &str = "trip.reported";

/// What can be reported.
pub const KINDS: &[&str] =
    &["take_over", "hand_over", "accident", "breakdown", "delay", "leak", "refused", "other"];

/// Longest note in characters.
pub const NOTE: usize = 1_000;

/// A report to file.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TripReportBody {
    /// `take_over`, `hand_over`, `accident`, `breakdown`, `delay`, `leak`, `refused`, `other`.
    pub kind: String,
    /// In words; needed for everything but photos of the hand-over.
    #[serde(default)]
    pub note: String,
    /// Pictures uploaded before.
    #[serde(default)]
    pub photos: Vec<String>,
    /// Where.
    #[serde(default)]
    pub place: Option<Place>,
    /// When, RFC 3339; not in the future.
    pub occurred_at: String,
}

/// A report.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TripReport {
    /// Id.
    pub id: String,
    /// Document.
    pub manifest_id: String,
    /// What.
    pub kind: String,
    /// In words.
    pub note: String,
    /// Pictures.
    pub photos: Vec<String>,
    /// Where.
    pub place: Option<Place>,
    /// When it happened.
    pub occurred_at: String,
    /// When it reached the platform.
    pub recorded_at: String,
    /// Who reported.
    pub by_name: String,
}

fn check(body: &TripReportBody, now: i64) -> Result<i64, Problem> {
    let mut found = Vec::new();
    if !KINDS.contains(&body.kind.as_str()) {
        let shown: String = body.kind.chars().take(40).collect();
        found.push(
            Violation::error(rules::WORD, "/kind").with("value", shown).with("allowed", KINDS.join(", ")),
        );
    }
    if body.note.chars().count() > NOTE || body.note.chars().any(|c| c.is_control() && c != '\n') {
        found.push(Violation::error(rules::NOTE, "/note").with("max", NOTE));
    }
    let with_words = !matches!(body.kind.as_str(), "take_over" | "hand_over");
    if with_words && body.note.trim().is_empty() {
        found.push(Violation::error(rules::NOTE_NEEDED, "/note"));
    }
    found.extend(body.place.as_ref().and_then(|p| p.check("/place")));
    let at = match parse_instant(&body.occurred_at) {
        Ok(at) if at > now.saturating_add(300_000_000) => {
            found.push(Violation::error(rules::FUTURE, "/occurred_at"));
            at
        }
        Ok(at) => at.min(now),
        Err(error) => {
            found.push(error.at("/occurred_at"));
            0
        }
    };
    if found.is_empty() { Ok(at) } else { Err(Problem::violations(found)) }
}

/// Files a report about a manifest that the caller takes part in.
///
/// # Errors
/// 403, 404; 422 for what is wrong with it.
pub async fn file(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    manifest_id: &str,
    body: TripReportBody,
) -> Result<TripReport, Problem> {
    let id = manifest_id.to_owned();
    let input = json!({"manifest": id, "body": body});
    kit.command(ctx, "trip.report", &input, move |mut work| {
        Box::pin(async move {
            let caller = Arc::clone(&work.ctx);
            let (m, _) = load_for(work.tx, &caller, Permission::TripReport, &id).await?;
            let occurred_at = check(&body, work.now)?;
            photos::check(work.tx, &caller, &body.photos, "/photos").await?;
            let payload = json!({
                "manifest_id": m.id, "kind": body.kind, "note": body.note.trim(), "photos": body.photos,
                "place": body.place, "account_id": caller.account_id,
            });
            let report_id = work.id();
            let mut fact = Fact::new(REPORTED, "trip_report", report_id.clone(), work.now, payload)
                .of_org(caller.acting_org());
            fact.occurred_at = occurred_at;
            let event = work.append(fact).await?;
            super::project::project(work.tx, &event).await?;
            let row = work
                .tx
                .query_one(
                    &format!("{SELECT} and r.id = $2"),
                    &params![caller.tenant.as_str(), report_id.as_str()],
                )
                .await?;
            Ok(view(&row)?)
        })
    })
    .await
}

const SELECT: &str = "select r.id, r.manifest_id, r.kind, r.note, r.photos, r.place, r.occurred_at, r.recorded_at, \
     coalesce(a.name, '') as by_name from trip_report r \
     left join account a on a.tenant_id = r.tenant_id and a.id = r.account_id where r.tenant_id = $1";

fn view(row: &Row) -> Result<TripReport, DbError> {
    let place: Option<String> = row.get("place")?;
    let broken = |e: serde_json::Error| DbError::Inconsistent(format!("trip_report: {e}"));
    Ok(TripReport {
        id: row.get("id")?,
        manifest_id: row.get("manifest_id")?,
        kind: row.get("kind")?,
        note: row.get("note")?,
        photos: serde_json::from_str(&row.get::<String>("photos")?).map_err(broken)?,
        place: place.map(|p| serde_json::from_str(&p)).transpose().map_err(broken)?,
        occurred_at: format_instant(row.get("occurred_at")?),
        recorded_at: format_instant(row.get("recorded_at")?),
        by_name: row.get("by_name")?,
    })
}

/// The reports about a manifest, oldest first.
///
/// # Errors
/// 403, 404.
pub async fn list(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    manifest_id: &str,
) -> Result<Vec<TripReport>, Problem> {
    let (caller, id) = (Arc::clone(ctx), manifest_id.to_owned());
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                load_for(sql, &caller, Permission::ManifestRead, &id).await?;
                let rows = sql
                    .query(
                        &format!("{SELECT} and r.manifest_id = $2 order by r.occurred_at, r.id"),
                        &params![caller.tenant.as_str(), id.as_str()],
                    )
                    .await?;
                rows.iter().map(view).collect::<Result<Vec<_>, DbError>>().map_err(Problem::from)
            })
        })
        .await
}
