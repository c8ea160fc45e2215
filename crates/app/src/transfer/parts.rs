//! Filling the carrier's and the receiver's part.

use std::sync::Arc;

use db::Sql;
use domain::access::Permission;
use domain::manifest::{
    Command, Crew, LegInput, Manifest, Opinion, ReceivedContainer, ReceivedLine, ReceiverPart, Site, Vehicle,
    decide, licence_line,
};
use domain::problem::Violation;
use serde::Serialize;
use serde_json::json;

use super::config::config;
use super::draft::{instant, site, unknown};
use super::facts::{Signer, about_actor, about_step};
use super::model::{CarrierBody, ReceivedLineBody, ReceiverBody, Written};
use super::{project, read, rules};
use crate::kit::{Code, Kit, OpContext, Problem};
use crate::registry::catalogue::catalogue;
use crate::registry::load;

/// Fills the open leg.
///
/// # Errors
/// 403, 404, 412; 422 for what does not exist or is malformed.
pub async fn edit_carrier(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    version: i64,
    body: CarrierBody,
) -> Result<Written, Problem> {
    edit(kit, ctx, Edit { id: id.to_owned(), version, part: Part::Carrier(body) }).await
}

/// Fills the receiver's part.
///
/// # Errors
/// 403, 404, 412; 422 for what does not exist or is malformed.
pub async fn edit_receiver(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    version: i64,
    body: ReceiverBody,
) -> Result<Written, Problem> {
    edit(kit, ctx, Edit { id: id.to_owned(), version, part: Part::Receiver(body) }).await
}

#[derive(Serialize)]
struct Edit {
    id: String,
    version: i64,
    part: Part,
}

#[derive(Serialize)]
enum Part {
    Carrier(CarrierBody),
    Receiver(ReceiverBody),
}

async fn edit(kit: &Arc<Kit>, ctx: &Arc<OpContext>, edit: Edit) -> Result<Written, Problem> {
    let config = config(kit)?;
    let input = json!(edit);
    kit.command(ctx, "manifest.edit_part", &input, move |mut work| {
        Box::pin(async move {
            let caller = Arc::clone(&work.ctx);
            let permission = match edit.part {
                Part::Carrier(_) => Permission::ManifestCarrierWrite,
                Part::Receiver(_) => Permission::ManifestReceiverWrite,
            };
            let (m, reach) = read::load_for(work.tx, &caller, permission, &edit.id).await?;
            if m.version != edit.version {
                return Err(Problem::stale(m.version));
            }
            let signer = Signer { ctx: &caller, reach: &reach, permission, person_name: String::new() };
            let facts = about_actor(work.tx, &config, &signer, work.now).await?;
            let command = match &edit.part {
                Part::Carrier(body) => Command::EditCarrier(Box::new(leg(work.tx, &caller, &m, body).await?)),
                Part::Receiver(body) => {
                    let seen = about_step(
                        work.tx,
                        &config,
                        &signer,
                        work.now,
                        &m,
                        domain::manifest::Step::Receiver,
                        &[],
                    )
                    .await?;
                    let licence_no = licence(&m, &seen);
                    Command::EditReceiver(Box::new(received(work.tx, &caller, &m, body, licence_no).await?))
                }
            };
            let decision = decide(Some(&m), &command, &facts)?;
            project::emit(&mut work, &decision).await?;
            Ok(Written { id: decision.after.id, version: decision.after.version })
        })
    })
    .await
}

/// A driver sees a document once they are named on it, and may not hand it on by naming another.
fn keeps_driver(ctx: &OpContext, m: &Manifest, body: &CarrierBody) -> bool {
    let only_drives = ctx.roles.iter().all(|role| *role == domain::access::Role::Driver);
    let named = m.pending_leg().and_then(|leg| m.legs.get(leg)).and_then(|leg| leg.driver.as_ref());
    !only_drives || named.is_none_or(|driver| Some(driver.id.as_str()) == body.driver_id.as_deref())
}

async fn leg(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    m: &Manifest,
    body: &CarrierBody,
) -> Result<LegInput, Problem> {
    if !keeps_driver(ctx, m, body) {
        return Err(Problem::rule(Code::RuleViolated, domain::manifest::rules::NOT_THE_DRIVER, []));
    }
    let tenant = ctx.tenant.as_str();
    let open = m.pending_leg().and_then(|leg| m.legs.get(leg));
    let first = open.is_none_or(|leg| leg.no == 1);
    let mut found = Vec::new();
    let mode = body.mode.as_deref().map(str::trim).filter(|mode| !mode.is_empty()).unwrap_or("road");
    if catalogue().choice("transport_modes", mode).is_none() {
        found.push(word("/mode", mode, catalogue().list("transport_modes").iter().map(|c| c.code.as_str())));
    }
    let vehicle = match wanted(body.vehicle_id.as_ref()) {
        None => None,
        Some(id) => match load::vehicle(sql, tenant, id).await?.filter(|v| v.org_id == ctx.acting_org()) {
            Some(vehicle) => Some(Vehicle {
                id: vehicle.id,
                plate: vehicle.plate,
                plate_colour: vehicle.plate_colour,
                transport_cert_no: vehicle.transport_cert_no,
            }),
            None => {
                found.push(unknown("/vehicle_id", id));
                None
            }
        },
    };
    let driver = crew(sql, ctx, body.driver_id.as_ref(), "/driver_id", &mut found).await?;
    let escort = crew(sql, ctx, body.escort_id.as_ref(), "/escort_id", &mut found).await?;
    let departed_at = instant("/departed_at", body.departed_at.as_deref(), &mut found);
    if !found.is_empty() {
        return Err(Problem::violations(found));
    }
    let text =
        |given: Option<&String>, otherwise: &str| match given.map(|t| t.trim()).filter(|t| !t.is_empty()) {
            Some(text) => text.to_owned(),
            None => otherwise.to_owned(),
        };
    let start =
        if first { m.consignor_part.site.address.as_str() } else { open.map_or("", |leg| leg.from.as_str()) };
    Ok(LegInput {
        licence_no: open.map(|leg| leg.licence_no.clone()).unwrap_or_default(),
        mode: mode.to_owned(),
        vehicle,
        driver,
        escort,
        from: text(body.from.as_ref(), start),
        to: text(body.to.as_ref(), &m.receiver.address),
        via: text(body.via.as_ref(), ""),
        departed_at,
    })
}

fn wanted(id: Option<&String>) -> Option<&String> {
    id.filter(|id| !id.trim().is_empty())
}

fn word<'a>(path: &str, value: &str, allowed: impl Iterator<Item = &'a str>) -> Violation {
    Violation::error(rules::UNKNOWN_WORD, path)
        .with("value", value.chars().take(40).collect::<String>())
        .with("allowed", allowed.collect::<Vec<_>>().join(", "))
}

/// A member of the caller's crew as a leg names them.
pub(super) async fn crew(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    id: Option<&String>,
    path: &str,
    found: &mut Vec<Violation>,
) -> Result<Option<Crew>, Problem> {
    let Some(id) = wanted(id) else { return Ok(None) };
    let person = load::crew(sql, &ctx.tenant, id).await?.filter(|p| p.org_id == ctx.acting_org());
    if person.is_none() {
        found.push(unknown(path, id));
    }
    Ok(person.map(|person| Crew {
        id: person.id,
        account_id: person.account_id,
        person_name: person.name.unwrap_or_default(),
        phone: person.phone.unwrap_or_default(),
        cert_no: person.cert_no.unwrap_or_default(),
    }))
}

/// Number of the licence that covers the document's first line; any valid one when none does.
fn licence(m: &Manifest, facts: &domain::manifest::Facts<'_>) -> String {
    let today = facts.today();
    let covering = m
        .consignor_part
        .lines
        .iter()
        .find_map(|line| licence_line(&facts.licences, &line.waste_code, &line.method_code, today).ok());
    let chosen = match covering {
        Some((licence, _)) => facts.licences.get(licence),
        None => facts.licences.iter().find(|l| l.active && l.valid_from <= today && today <= l.valid_to),
    };
    chosen.map(|licence| licence.number.clone()).unwrap_or_default()
}

async fn received(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    m: &Manifest,
    body: &ReceiverBody,
    licence_no: String,
) -> Result<ReceiverPart, Problem> {
    let tenant = ctx.tenant.as_str();
    let mut found = Vec::new();
    let mut facility_id = String::new();
    let mut place = None;
    if let Some(id) = wanted(body.facility_id.as_ref()) {
        match load::facility_with_site(sql, tenant, id).await?.filter(|(_, s)| s.org_id == ctx.acting_org()) {
            Some((facility, at)) => {
                facility_id = facility.id;
                place = Some(at);
            }
            None => found.push(unknown("/facility_id", id)),
        }
    } else if let Some(id) = wanted(body.site_id.as_ref()) {
        place = load::site(sql, tenant, id).await?.filter(|s| s.org_id == ctx.acting_org());
        if place.is_none() {
            found.push(unknown("/site_id", id));
        }
    } else {
        place = load::sites_of(sql, tenant, ctx.acting_org()).await?.into_iter().next();
    }
    let (handler_name, handler_phone) =
        read::handler(sql, ctx, body.handler_name.as_deref(), body.handler_phone.as_deref()).await?;
    let received_at = instant("/received_at", body.received_at.as_deref(), &mut found);
    let lines =
        body.lines.iter().enumerate().map(|(i, line)| received_line(m, i, line, &mut found)).collect();
    if !found.is_empty() {
        return Err(Problem::violations(found));
    }
    Ok(ReceiverPart {
        site: place.map_or_else(Site::default, |s| site(s, &m.receiver.address)),
        facility_id,
        licence_no,
        handler_name,
        handler_phone,
        received_at,
        lines,
    })
}

fn received_line(
    m: &Manifest,
    index: usize,
    body: &ReceivedLineBody,
    found: &mut Vec<Violation>,
) -> ReceivedLine {
    let mut lots = Vec::new();
    for (position, lot) in body.lots.iter().enumerate() {
        let accepted = match lot.decision.as_str() {
            "accept" => true,
            "refuse" => false,
            other => {
                let path = format!("/lines/{index}/lots/{position}/decision");
                found.push(word(&path, other, ["accept", "refuse"].into_iter()));
                continue;
            }
        };
        lots.push(ReceivedContainer { lot_id: lot.lot_id.clone(), accepted, received_g: lot.received_g });
    }
    let accepted = lots.iter().filter(|lot| lot.accepted).count();
    let follows = match accepted {
        0 => Opinion::Refuse,
        n if n == lots.len() => Opinion::Accept,
        _ => Opinion::Partial,
    };
    let opinion = match body.opinion.as_deref().filter(|o| !o.is_empty()) {
        None => follows,
        Some(text) => Opinion::parse(text).unwrap_or_else(|| {
            let path = format!("/lines/{index}/opinion");
            found.push(word(&path, text, Opinion::ALL.iter().map(|o| o.as_str())));
            follows
        }),
    };
    let sent = m.consignor_part.lines.iter().find(|line| line.no == body.no);
    let method = body.method_code.as_deref().map(str::trim).filter(|code| !code.is_empty());
    ReceivedLine {
        no: body.no,
        discrepancy: body.discrepancy,
        opinion,
        reason: body.reason.trim().to_owned(),
        method_code: method
            .map_or_else(|| sent.map(|l| l.method_code.clone()).unwrap_or_default(), str::to_owned),
        lots,
    }
}
