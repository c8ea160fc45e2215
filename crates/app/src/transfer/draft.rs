//! Making a manifest and changing the consignor's part of a draft. What the registers and the ledger know is
//! taken from there; whether it may be signed is not decided here.

use std::sync::Arc;

use db::Sql;
use domain::access::Permission;
use domain::codes::{Traits, WasteCode};
use domain::ledger::Lot;
use domain::manifest::{
    Command, ConsignorPart, Container, DangerousGoods, DraftInput, LegCarrier, Line, Party, Site, WasteClass,
    decide,
};
use domain::problem::Violation;
use domain::time::parse_instant;
use serde_json::json;

use super::config::config;
use super::facts::{Signer, about_actor};
use super::model::{DraftBody, LineBody, Written};
use super::{lots, numbers, project, read, rules};
use crate::kit::{Kit, OpContext, Problem};
use crate::registry::load;

/// Makes a manifest.
///
/// # Errors
/// 403; 422 for what does not exist or is malformed.
pub async fn create(kit: &Arc<Kit>, ctx: &Arc<OpContext>, body: DraftBody) -> Result<Written, Problem> {
    let reach = ctx.require(Permission::ManifestDraft)?;
    let config = config(kit)?;
    let input = json!({"new": body});
    kit.command(ctx, "manifest.create", &input, move |mut work| {
        Box::pin(async move {
            let caller = Arc::clone(&work.ctx);
            let signer = Signer {
                ctx: &caller,
                reach: &reach,
                permission: Permission::ManifestDraft,
                person_name: String::new(),
            };
            let input = resolve(work.tx, &caller, &body).await?;
            let year = config.zone.date_of(work.now).year();
            let command = Command::Draft {
                id: work.id(),
                internal_number: numbers::next_internal(work.tx, year).await?,
                class: WasteClass::Hazardous,
                input: Box::new(input),
            };
            let facts = about_actor(work.tx, &config, &signer, work.now).await?;
            let decision = decide(None, &command, &facts)?;
            project::emit(&mut work, &decision).await?;
            Ok(Written { id: decision.after.id, version: decision.after.version })
        })
    })
    .await
}

/// Changes the consignor's part of a draft.
///
/// # Errors
/// 403, 404, 412; 422 for what does not exist or is malformed.
pub async fn edit(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    version: i64,
    body: DraftBody,
) -> Result<Written, Problem> {
    let config = config(kit)?;
    let id = id.to_owned();
    let input = json!({"id": id, "version": version, "draft": body});
    kit.command(ctx, "manifest.edit", &input, move |mut work| {
        Box::pin(async move {
            let caller = Arc::clone(&work.ctx);
            let (m, reach) = read::load_for(work.tx, &caller, Permission::ManifestDraft, &id).await?;
            if m.version != version {
                return Err(Problem::stale(m.version));
            }
            let signer = Signer {
                ctx: &caller,
                reach: &reach,
                permission: Permission::ManifestDraft,
                person_name: String::new(),
            };
            let command = Command::EditConsignor(Box::new(resolve(work.tx, &caller, &body).await?));
            let facts = about_actor(work.tx, &config, &signer, work.now).await?;
            let decision = decide(Some(&m), &command, &facts)?;
            project::emit(&mut work, &decision).await?;
            Ok(Written { id: decision.after.id, version: decision.after.version })
        })
    })
    .await
}

/// HW-TR-801: what the request names does not exist, or is not the caller's to name.
pub(super) fn unknown(path: impl Into<String>, id: &str) -> Violation {
    let shown: String = id.chars().take(60).collect();
    Violation::error(rules::UNKNOWN_REF, path).with("id", shown)
}

/// An instant of the request.
pub(super) fn instant(path: &str, text: Option<&str>, found: &mut Vec<Violation>) -> Option<i64> {
    let text = text.map(str::trim).filter(|t| !t.is_empty())?;
    match parse_instant(text) {
        Ok(at) => Some(at),
        Err(error) => {
            found.push(error.at(path));
            None
        }
    }
}

async fn resolve(sql: &mut dyn Sql, ctx: &OpContext, body: &DraftBody) -> Result<DraftInput, Problem> {
    let tenant = ctx.tenant.as_str();
    let mut found = Vec::new();
    let consignor = party(sql, tenant, ctx.acting_org(), "", &mut found).await?;
    let receiver = party(sql, tenant, &body.receiver_org_id, "/receiver_org_id", &mut found).await?;
    let (carrier, carrier_licence_no) =
        carrier(sql, tenant, &body.carrier_org_id, "/carrier_org_id", &mut found).await?;
    let part = &body.consignor_part;
    let site = match load::site(sql, tenant, &part.site_id).await?.filter(|s| s.org_id == consignor.id) {
        Some(site) => self::site(site, &consignor.address),
        None => {
            found.push(unknown("/consignor_part/site_id", &part.site_id));
            Site::default()
        }
    };
    let (handler_name, handler_phone) =
        read::handler(sql, ctx, part.handler_name.as_deref(), part.handler_phone.as_deref()).await?;
    let emergency_phone = match part.emergency_phone.as_deref().map(str::trim).filter(|p| !p.is_empty()) {
        Some(phone) => phone.to_owned(),
        None => handler_phone.clone(),
    };
    let planned_at = instant("/consignor_part/planned_at", part.planned_at.as_deref(), &mut found);
    let lines = lines(sql, tenant, &consignor.id, &part.lines, &mut found).await?;
    if !found.is_empty() {
        return Err(Problem::violations(found));
    }
    Ok(DraftInput {
        consignor,
        receiver,
        carrier,
        carrier_licence_no,
        part: ConsignorPart {
            site,
            emergency_phone,
            handler_name,
            handler_phone,
            planned_at,
            note: part.note.trim().to_owned(),
            lines,
        },
    })
}

async fn party(
    sql: &mut dyn Sql,
    tenant: &str,
    id: &str,
    path: &str,
    found: &mut Vec<Violation>,
) -> Result<Party, Problem> {
    let Some(org) = load::org(sql, tenant, id).await? else {
        found.push(unknown(path, id));
        return Ok(Party::default());
    };
    Ok(Party {
        id: org.id,
        name: org.name,
        credit_code: org.credit_code.unwrap_or_default(),
        address: org.address.unwrap_or_default(),
        division_code: org.division_code,
    })
}

/// A carrier as a leg names it, with its licence.
pub(super) async fn carrier(
    sql: &mut dyn Sql,
    tenant: &str,
    id: &str,
    path: &str,
    found: &mut Vec<Violation>,
) -> Result<(LegCarrier, String), Problem> {
    let Some(org) = load::org(sql, tenant, id).await? else {
        found.push(unknown(path, id));
        return Ok(Default::default());
    };
    let carrier = LegCarrier {
        id: org.id,
        name: org.name,
        address: org.address.unwrap_or_default(),
        phone: org.contact_phone.unwrap_or_default(),
    };
    Ok((carrier, org.dangerous_goods_licence_no.unwrap_or_default()))
}

/// A site as a document names it. A site without an address of its own has its organisation's.
pub(super) fn site(site: crate::registry::model::Site, org_address: &str) -> Site {
    let address = site.address.filter(|a| !a.trim().is_empty()).unwrap_or_else(|| org_address.to_owned());
    Site { id: site.id, name: site.name, address, division_code: site.division_code }
}

async fn lines(
    sql: &mut dyn Sql,
    tenant: &str,
    consignor_id: &str,
    bodies: &[LineBody],
    found: &mut Vec<Violation>,
) -> Result<Vec<Line>, Problem> {
    let ids: Vec<String> = bodies.iter().flat_map(|line| line.lot_ids.iter().cloned()).collect();
    if ids.len() > 1_000 {
        let rule = domain::manifest::rules::TOO_LARGE;
        found.push(Violation::error(rule, "/consignor_part/lines").with("limit", 200));
        return Ok(Vec::new());
    }
    let known = lots::load(sql, tenant, &ids).await?;
    let mut lines = Vec::new();
    for (index, body) in bodies.iter().enumerate() {
        let mut own = Vec::new();
        for (position, id) in body.lot_ids.iter().enumerate() {
            match known.get(id).filter(|lot| lot.holder == consignor_id) {
                Some(lot) => own.push(lot),
                None => found.push(unknown(format!("/consignor_part/lines/{index}/lot_ids/{position}"), id)),
            }
        }
        lines.push(line(i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1), body, &own));
    }
    Ok(lines)
}

/// A line as its lots say.
fn line(no: i64, body: &LineBody, lots: &[&Lot]) -> Line {
    let first = lots.first();
    let given = |text: Option<&String>| text.map(|t| t.trim()).filter(|t| !t.is_empty()).map(str::to_owned);
    let traits = lots.iter().fold(Traits::default(), |all, lot| all.union(lot.traits));
    Line {
        no,
        name: given(body.name.as_ref()).or_else(|| first.map(|lot| lot.name.clone())).unwrap_or_default(),
        waste_code: first
            .and_then(|lot| lot.waste_code)
            .map(|code: WasteCode| code.to_string())
            .unwrap_or_default(),
        traits: traits.iter().map(|letter| letter.letter().to_owned()).collect(),
        form: first.map(|lot| lot.form.to_string()).unwrap_or_default(),
        components: given(body.components.as_ref())
            .or_else(|| lots.iter().map(|lot| lot.components.clone()).find(|c| !c.trim().is_empty()))
            .unwrap_or_default(),
        packaging: first.map(|lot| lot.packaging.to_string()).unwrap_or_default(),
        containers: i64::try_from(lots.len()).unwrap_or(i64::MAX),
        mass_g: lots.iter().fold(0_i64, |sum, lot| sum.saturating_add(lot.state.remaining_g)),
        method_code: body.method_code.trim().to_owned(),
        dangerous_goods: body.dangerous_goods.as_ref().map(|goods| DangerousGoods {
            un_number: goods.un_number.trim().to_owned(),
            name: goods.name.trim().to_owned(),
            class: goods.class.trim().to_owned(),
            packing_group: goods.packing_group.trim().to_owned(),
        }),
        exemption_id: given(body.exemption_id.as_ref()),
        lots: lots
            .iter()
            .map(|lot| Container {
                lot_id: lot.id.clone(),
                container_code: lot.container.as_ref().map(|code| code.to_string()),
                mass_g: lot.state.remaining_g,
            })
            .collect(),
    }
}
