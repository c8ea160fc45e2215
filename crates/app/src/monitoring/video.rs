//! Video: which cameras a site lacks, and what video systems say they saw. Such a hint is no fact: a person must look
//! at it and decide, once; only what a person confirmed is found by the scan of the rules and warned of. No stream is
//! taken or kept here.

mod list;
mod points;

use std::sync::Arc;

use db::{Sql, Value as Sv, params};
use domain::access::Permission;
use domain::condition::{Facts, Value};
use domain::monitoring::rules::RulePack;
use domain::monitoring::subjects::{SubjectKind, names as n};
use domain::monitoring::watch::{Observation, Outcome, RuleState, evaluate};
use domain::problem::Violation;
use domain::time::parse_instant;
use geo::Point;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::judge::Finding;
use super::{photos, rules, warnings};
use crate::kit::work::Fact;
use crate::kit::{Code, Filter, Kit, OpContext, Problem, Work};

pub use list::{VideoEventView, VideoQuery, list, one, readable};
pub use points::{CompletenessQuery, SiteCompleteness, completeness};

/// A video system reported something.
pub const REPORTED: &str = "video.reported";
/// A person decided about it.
pub const DECIDED: &str = "video.decided";
/// Subject of the events.
pub const SUBJECT: &str = "video_event";
/// Tables that they fill.
pub const TABLES: &[&str] = &["video_event"];
/// Rule that a confirmed event is warned of by.
pub const RULE: &str = "MON-VIDEO";

/// What video systems report.
pub const KINDS: &[&str] = &["no_helmet", "smoke", "fire", "leak", "intrusion", "unloading", "other"];
/// Longest id of another system.
const EXTERNAL: usize = 100;
/// Longest note in characters.
const NOTE: usize = 1_000;
/// How far a camera's clock may be ahead, microseconds.
const AHEAD_US: i64 = 300_000_000;

/// Something that a video system saw.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VideoEventBody {
    /// Row of the register; or `gb28181_id`.
    #[serde(default)]
    pub camera_id: Option<String>,
    /// GB/T 28181 identity of the camera.
    #[serde(default)]
    pub gb28181_id: Option<String>,
    /// `no_helmet`, `smoke`, `fire`, `leak`, `intrusion`, `unloading`, `other`.
    pub kind: String,
    /// When, RFC 3339; not in the future.
    pub at: String,
    /// How sure the system is, 0 to 1000.
    pub confidence_permille: i64,
    /// A picture that the caller uploaded before.
    #[serde(default)]
    pub snapshot: Option<String>,
    /// The system's own id: the same camera and id again answers what is there.
    pub external_id: String,
}

/// A decision.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VideoDecisionBody {
    /// Whether it is true.
    pub confirmed: bool,
    /// In words.
    #[serde(default)]
    pub note: String,
}

fn check(body: &VideoEventBody, now: i64) -> Result<i64, Problem> {
    let mut found = Vec::new();
    if !KINDS.contains(&body.kind.as_str()) {
        let shown: String = body.kind.chars().take(40).collect();
        found.push(
            Violation::error(rules::WORD, "/kind").with("value", shown).with("allowed", KINDS.join(", ")),
        );
    }
    if !(0..=1_000).contains(&body.confidence_permille) {
        found.push(Violation::error(rules::CONFIDENCE, "/confidence_permille").with("max", 1_000));
    }
    let external = body.external_id.trim();
    if external.is_empty() || external.chars().count() > EXTERNAL || external.chars().any(char::is_control) {
        found.push(Violation::error(rules::EXTERNAL_ID, "/external_id").with("max", EXTERNAL));
    }
    if body.camera_id.is_some() == body.gb28181_id.is_some() {
        found.push(Violation::error(rules::CAMERA, "/camera_id"));
    }
    let at = match parse_instant(&body.at) {
        Ok(at) if at > now.saturating_add(AHEAD_US) => {
            found.push(Violation::error(rules::FUTURE, "/at"));
            at
        }
        Ok(at) => at.min(now),
        Err(error) => {
            found.push(error.at("/at"));
            0
        }
    };
    if found.is_empty() { Ok(at) } else { Err(Problem::violations(found)) }
}

/// A camera with whose it is.
struct Camera {
    id: String,
    site_id: String,
    org_id: String,
    town: String,
}

/// The camera within reach: whose others are, nobody is told.
async fn camera(work: &mut Work<'_>, body: &VideoEventBody) -> Result<Camera, Problem> {
    let reach = work.ctx.require(Permission::VideoEventWrite)?;
    let mut filter = Filter::tenant("c.tenant_id", work.tenant());
    filter.and("c.status = 'active'", []);
    filter.maybe("c.id = ?", body.camera_id.as_deref());
    filter.maybe("c.gb28181_id = ?", body.gb28181_id.as_deref().map(str::trim));
    reach.filter(&mut filter, "s.org_id", "s.town_code");
    let text = format!(
        "select c.id, c.site_id, s.org_id, s.town_code from camera c \
         join site s on s.tenant_id = c.tenant_id and s.id = c.site_id {}",
        filter.conditions()
    );
    let path = if body.camera_id.is_some() { "/camera_id" } else { "/gb28181_id" };
    let row = work.tx.query_opt(&text, filter.params()).await?;
    let row = row.ok_or_else(|| Problem::field(path, rules::CAMERA, []))?;
    Ok(Camera {
        id: row.get("id")?,
        site_id: row.get("site_id")?,
        org_id: row.get("org_id")?,
        town: row.get("town_code")?,
    })
}

/// Takes what a video system saw.
///
/// # Errors
/// 403; 422 for what is wrong with it, or a camera out of reach.
pub async fn report(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    body: VideoEventBody,
) -> Result<VideoEventView, Problem> {
    ctx.require(Permission::VideoEventWrite)?;
    let at = check(&body, kit.clock.now())?;
    let input = json!({"video_event": body});
    let id = kit
        .command(ctx, "video.report", &input, move |mut work| {
            Box::pin(async move {
                let caller = Arc::clone(&work.ctx);
                let camera = camera(&mut work, &body).await?;
                let external = body.external_id.trim();
                let known = work
                    .tx
                    .query_opt(
                        "select id from video_event where tenant_id = $1 and camera_id = $2 and external_id = $3",
                        &params![caller.tenant.as_str(), camera.id.as_str(), external],
                    )
                    .await?;
                if let Some(row) = known {
                    return Ok(row.get::<String>("id")?);
                }
                if let Some(name) = &body.snapshot {
                    let names = std::slice::from_ref(name);
                    photos::check(work.tx, &caller, names, "/snapshot").await.map_err(at_the_field)?;
                }
                let payload = json!({
                    "camera_id": camera.id, "site_id": camera.site_id, "town": camera.town, "kind": body.kind,
                    "confidence_permille": body.confidence_permille, "snapshot": body.snapshot,
                    "external_id": external, "account_id": caller.account_id,
                });
                let id = work.id();
                let mut fact = Fact::new(REPORTED, SUBJECT, id.clone(), work.now, payload).of_org(camera.org_id);
                fact.occurred_at = at;
                let event = work.append(fact).await?;
                super::project::project(work.tx, &event).await?;
                Ok(id)
            })
        })
        .await?;
    one(kit, ctx, &id).await
}

/// There is one picture here, not a list of them.
fn at_the_field(mut problem: Problem) -> Problem {
    for error in &mut problem.errors {
        error.path = "/snapshot".to_owned();
    }
    problem
}

/// Decides about an event.
///
/// # Errors
/// 403; 404 out of reach; 409 `LIVE-122` when it is decided already; 422 for the note.
pub async fn decide(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    body: VideoDecisionBody,
) -> Result<VideoEventView, Problem> {
    let reach = ctx.require(Permission::VideoVerify)?;
    if body.note.chars().count() > NOTE || body.note.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Problem::field("/note", rules::NOTE, [("max", NOTE.to_string())]));
    }
    let input = json!({"video_event": id, "decision": body});
    let asked = id.to_owned();
    kit.command(ctx, "video.decide", &input, move |mut work| {
        Box::pin(async move {
            let caller = Arc::clone(&work.ctx);
            let mut filter = Filter::tenant("v.tenant_id", &caller.tenant);
            reach.filter(&mut filter, "v.org_id", "v.town");
            filter.and("v.id = ?", [Sv::from(asked.as_str())]);
            let text = format!("select v.status, v.org_id from video_event v {}", filter.conditions());
            let row = work.tx.query_opt(&text, filter.params()).await?.ok_or_else(Problem::not_found)?;
            if row.get::<String>("status")? != "pending" {
                return Err(Problem::rule(Code::Conflict, rules::DECIDED, []));
            }
            let payload = json!({
                "confirmed": body.confirmed, "note": body.note.trim(), "account_id": caller.account_id,
            });
            let org: String = row.get("org_id")?;
            let event =
                work.append(Fact::new(DECIDED, SUBJECT, asked, work.now, payload).of_org(org)).await?;
            super::project::project(work.tx, &event).await?;
            Ok(())
        })
    })
    .await?;
    one(kit, ctx, id).await
}

/// Confirmed events that nothing warns of yet. Asked on every scan. Each event is a cause of its own, because people
/// decide in any order: so neither a crash between decision and warning nor a late decision loses one.
///
/// # Errors
/// 500 when the database refuses.
pub async fn unwarned(sql: &mut dyn Sql, tenant: &str, pack: &RulePack) -> Result<Vec<Finding>, Problem> {
    let mut out = Vec::new();
    for rule in pack.watched(SubjectKind::Camera) {
        let rows = sql
            .query(
                "select v.id, v.org_id, v.kind, v.at, v.confidence_permille, s.latitude_e6, s.longitude_e6 \
                 from video_event v left join site s on s.tenant_id = v.tenant_id and s.id = v.site_id \
                 where v.tenant_id = $1 and v.status = 'confirmed' and not exists (select 1 from warning w \
                 where w.tenant_id = v.tenant_id and w.cause = $2 || v.id) order by v.position limit 200",
                &params![tenant, warnings::cause(rule.id(), "")],
            )
            .await?;
        for row in rows {
            let (id, at): (String, i64) = (row.get("id")?, row.get("at")?);
            let facts = Facts::new()
                .with(n::VERIFIED, true)
                .with(n::EVENT, Value::Text(row.get("kind")?))
                .with(n::CONFIDENCE_PERMILLE, row.get::<i64>("confidence_permille")?);
            // An event happens once, so there is no state to keep between looks.
            let look = Observation { subject: &id, at, facts: &facts };
            let Outcome::Firing { episode, start, .. } = evaluate(rule, &look, &mut RuleState::default())
            else {
                continue;
            };
            let place = (row.get::<Option<i64>>("latitude_e6")?, row.get::<Option<i64>>("longitude_e6")?);
            out.push(Finding {
                rule: rule.id().to_owned(),
                subject: SubjectKind::Camera,
                subject_id: id.clone(),
                episode,
                start,
                at,
                facts: rule.snapshot(&facts),
                vehicle_id: None,
                manifest_id: None,
                place: point(place),
                orgs: vec![row.get("org_id")?],
            });
        }
    }
    Ok(out)
}

fn point((lat, lon): (Option<i64>, Option<i64>)) -> Option<Point> {
    Point::from_e6(i32::try_from(lat?).ok()?, i32::try_from(lon?).ok()?).ok()
}
