//! One document, its history, its waybill: who may see it, and what is masked for whom. A document out of reach
//! does not exist for the caller.

use std::sync::Arc;

use db::Sql;
use domain::access::Permission;
use domain::codes::town_of;
use domain::manifest::{Manifest, Status, Step, check, waybill};
use domain::time::format_instant;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::config::config;
use super::facts::{Signer, about_step};
use super::view::{ManifestView, TreatmentView};
use super::{lots, project, rules, show, store};
use crate::kit::{FieldProblemBody, Kit, OpContext, Problem, Reach, audit};
use crate::registry::load;

/// Whether a document lies within reach. A draft is its consignor's alone, also after it was given up unsigned.
pub fn covers(reach: &Reach, m: &Manifest) -> bool {
    let released = m.signatures.iter().any(|s| s.step == Step::Consignor);
    let carries = |org: &str| m.legs.iter().any(|leg| leg.carrier.id == org);
    match reach {
        Reach::City => released,
        Reach::Town(code) => {
            let receiver =
                m.receiver_part.as_ref().map_or(&m.receiver.division_code, |part| &part.site.division_code);
            released && (town_of(&m.consignor_part.site.division_code) == code || town_of(receiver) == code)
        }
        Reach::Org(org) | Reach::Party(org) => {
            m.consignor.id == *org || (released && (m.receiver.id == *org || carries(org)))
        }
        Reach::Assigned { org_id, account_id } => {
            let driver = |leg: &domain::manifest::Leg| {
                leg.carrier.id == *org_id
                    && leg.driver.as_ref().and_then(|d| d.account_id.as_deref()) == Some(account_id)
            };
            released && m.legs.iter().any(driver)
        }
    }
}

/// The permission that voiding needs: giving up one's own unsigned draft is part of drafting.
pub fn void_permission(m: &Manifest) -> Permission {
    if m.status == Status::Draft { Permission::ManifestDraft } else { Permission::ManifestVoid }
}

/// The document within reach of a permission.
///
/// # Errors
/// 403 without the permission, 404 out of reach.
pub async fn load_for(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    permission: Permission,
    id: &str,
) -> Result<(Manifest, Reach), Problem> {
    let reach = ctx.require(permission)?;
    let found = store::document(sql, &ctx.tenant, id).await?;
    found.filter(|m| covers(&reach, m)).map(|m| (m, reach)).ok_or_else(Problem::not_found)
}

async fn visible(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<(Manifest, Reach), Problem> {
    let (ctx, id) = (Arc::clone(ctx), id.to_owned());
    kit.db
        .read(move |sql| Box::pin(async move { load_for(sql, &ctx, Permission::ManifestRead, &id).await }))
        .await
}

/// Whether personal data of a document is masked for this reader. Parties see whom they deal with; officials
/// need the permission and a stated purpose, and then the reading is recorded.
async fn masked(kit: &Arc<Kit>, ctx: &Arc<OpContext>, m: &Manifest, reach: &Reach) -> Result<bool, Problem> {
    if !matches!(reach, Reach::City | Reach::Town(_)) {
        return Ok(false);
    }
    let purpose = ctx.purpose.as_deref().is_some_and(|p| !p.trim().is_empty());
    if !purpose || !ctx.require(Permission::PersonalRead).is_ok_and(|reach| reach == Reach::City) {
        return Ok(true);
    }
    let plain = Arc::new(OpContext { idempotency_key: None, ..(**ctx).clone() });
    let (id, org) = (m.id.clone(), m.consignor.id.clone());
    kit.command(&plain, "manifest.personal_read", &(), move |mut work| {
        Box::pin(async move { audit::personal_read(&mut work, project::SUBJECT, &id, &org).await })
    })
    .await?;
    Ok(false)
}

/// A document as the caller may see it.
///
/// # Errors
/// 403 or 404.
pub async fn get(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<ManifestView, Problem> {
    let (m, reach) = visible(kit, ctx, id).await?;
    let masked = masked(kit, ctx, &m, &reach).await?;
    let treatment = treatment(kit, ctx, &m).await?;
    Ok(show::manifest(&m, ctx, kit.clock.now(), masked, treatment))
}

/// The document itself for the papers, with whether its personal data is masked.
///
/// # Errors
/// 403 or 404.
pub async fn document(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<(Manifest, bool), Problem> {
    let (m, reach) = visible(kit, ctx, id).await?;
    let masked = masked(kit, ctx, &m, &reach).await?;
    Ok((m, masked))
}

async fn treatment(kit: &Arc<Kit>, ctx: &Arc<OpContext>, m: &Manifest) -> Result<TreatmentView, Problem> {
    if !matches!(m.status, Status::Accepted | Status::PartiallyRefused | Status::Returned) {
        return Ok(TreatmentView::default());
    }
    let (tenant, id) = (ctx.tenant.clone(), m.id.clone());
    kit.db.read(move |sql| Box::pin(async move { lots::treatment(sql, &tenant, &id).await })).await
}

/// What a signature would meet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckView {
    /// Step that was checked.
    pub step: &'static str,
    /// What blocks.
    pub errors: Vec<FieldProblemBody>,
    /// What is odd, but does not block.
    pub warnings: Vec<FieldProblemBody>,
}

/// Checks a step without signing: everybody who sees the document may.
///
/// # Errors
/// 403, 404; HW-TR-802 for an unknown step.
pub async fn check_step(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    step: Option<&str>,
) -> Result<CheckView, Problem> {
    let asked = step.map(|word| parse_step(word, "/step")).transpose()?;
    let config = config(kit)?;
    let now = kit.clock.now();
    let (caller, id) = (Arc::clone(ctx), id.to_owned());
    let (step, found) = kit
        .db
        .read(move |sql| {
            Box::pin(async move {
                let (m, reach) = load_for(sql, &caller, Permission::ManifestRead, &id).await?;
                let Some(step) = asked.or(m.next_step()) else { return Ok((Step::Void, Vec::new())) };
                let signer = Signer {
                    ctx: &caller,
                    reach: &reach,
                    permission: Permission::ManifestRead,
                    person_name: String::new(),
                };
                let facts = about_step(sql, &config, &signer, now, &m, step, &[]).await?;
                Ok::<_, Problem>((step, check(&m, step, &facts)))
            })
        })
        .await?;
    let (errors, warnings): (Vec<_>, Vec<_>) = found.into_iter().partition(domain::Violation::is_error);
    let bodies = |list: Vec<domain::Violation>| {
        list.into_iter().map(|v| crate::kit::FieldProblem::from(v).body(ctx.lang)).collect()
    };
    Ok(CheckView { step: step.as_str(), errors: bodies(errors), warnings: bodies(warnings) })
}

/// A step by its word.
///
/// # Errors
/// HW-TR-802.
pub fn parse_step(word: &str, path: &str) -> Result<Step, Problem> {
    Step::parse(word).ok_or_else(|| {
        let shown: String = word.chars().take(40).collect();
        let all = Step::ALL.iter().map(|step| step.as_str()).collect::<Vec<_>>().join(", ");
        Problem::field(path, rules::UNKNOWN_STEP, [("value", shown), ("allowed", all)])
    })
}

/// An entry of the history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistoryEntry {
    /// Position in the journal.
    pub position: i64,
    /// Kind of event.
    pub kind: String,
    /// Version after it.
    pub version: i64,
    /// When it happened.
    pub at: String,
    /// When it was recorded.
    pub recorded_at: String,
    /// Account that did it.
    pub actor_id: String,
    /// Name of the signer, for signatures.
    pub actor: Option<String>,
    /// Organisation that acted, for signatures.
    pub org: Option<crate::registry::model::Named>,
    /// The event's own word: `consignor_signed`, `carrier_edited`, …
    pub event: String,
    /// What it wrote.
    #[schema(value_type = Object)]
    pub changes: Value,
    /// Content hash after it.
    pub content_hash: String,
    /// Leaf hash in the journal.
    pub leaf_hash: String,
}

/// Everything that happened to a document, oldest first. Personal data is not in it.
///
/// # Errors
/// 403 or 404.
pub async fn history(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<Vec<HistoryEntry>, Problem> {
    let (m, reach) = visible(kit, ctx, id).await?;
    let hide_names = matches!(reach, Reach::City | Reach::Town(_));
    let events = kit.db.by_subject(&ctx.tenant, project::SUBJECT, &m.id).await?;
    events
        .iter()
        .map(|event| {
            let recorded = project::read(event)?;
            let signature = recorded.event.signature();
            let mut changes = event.payload["event"].clone();
            let word = changes["type"].as_str().unwrap_or_default().to_owned();
            if let Some(map) = changes.as_object_mut() {
                map.remove("type");
            }
            Ok(HistoryEntry {
                position: event.position,
                kind: event.kind.clone(),
                version: recorded.version,
                at: format_instant(event.occurred_at),
                recorded_at: format_instant(event.recorded_at),
                actor_id: event.actor_id.clone(),
                actor: signature.map(|s| s.person_name.clone()).filter(|_| !hide_names),
                org: signature.map(|s| crate::registry::model::Named {
                    id: s.org_id.clone(),
                    name: s.org_name.clone(),
                }),
                event: word,
                changes,
                content_hash: recorded.content_hash,
                leaf_hash: crate::kit::hex(&event.leaf_hash),
            })
        })
        .collect()
}

/// The waybill of a leg, by default the last one that a carrier has filled.
///
/// # Errors
/// 403, 404; HW-TR-805 when there is no such leg.
pub async fn waybill_of(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    leg: Option<i64>,
) -> Result<(Manifest, domain::manifest::Waybill), Problem> {
    let (mut m, masked) = document(kit, ctx, id).await?;
    if masked {
        show::mask_people(&mut m);
    }
    let index = match leg {
        Some(no) => usize::try_from(no.saturating_sub(1)).ok(),
        None => m.legs.iter().rposition(|leg| leg.vehicle.is_some()).or(Some(0)),
    };
    let bill = index.and_then(|index| waybill(&m, index)).ok_or_else(|| {
        Problem::field("/leg", rules::UNKNOWN_LEG, [("value", leg.unwrap_or_default().to_string())])
    })?;
    Ok((m, bill))
}

/// Name and telephone that stand for the caller on a document: what the request says, else the account's
/// name and the organisation's contact.
pub async fn handler(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    name: Option<&str>,
    phone: Option<&str>,
) -> Result<(String, String), Problem> {
    let given = |text: Option<&str>| text.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    let (name, phone) = (given(name), given(phone));
    if let (Some(name), Some(phone)) = (&name, &phone) {
        return Ok((name.clone(), phone.clone()));
    }
    let account = crate::identity::person_name(sql, &ctx.tenant, &ctx.account_id).await?;
    let org = load::org(sql, &ctx.tenant, ctx.acting_org()).await?;
    let contact = org.and_then(|org| org.contact_phone).unwrap_or_default();
    Ok((name.or(account).unwrap_or_default(), phone.unwrap_or(contact)))
}
