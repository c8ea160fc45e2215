//! Reading what an inspector typed or scanned, and looking it up inside the check's own transaction.

use std::sync::Arc;

use db::{DbError, Sql, params};
use domain::access::Permission;
use domain::codes::{ContainerId, ManifestNumber, PlateNumber};
use domain::manifest::{Crew, Leg, Manifest};
use domain::problem::Violation;

use super::super::rules;
use super::KINDS;
use super::store::{FoundCode, FoundManifest, FoundPaper, Outcome};
use crate::kit::{Kit, OpContext, Problem};
use crate::registry::load;
use crate::transfer::read::load_for;
use crate::transfer::{attest, project};

/// Longest text that is looked at, in characters.
pub(super) const LONGEST: usize = 600;
/// Documents on one truck that are shown.
const MOST: usize = 20;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The code of a printed document.
    Attested(String),
    /// A container.
    Container(String),
    /// A truck.
    Plate(String),
    /// A document by its number.
    Number(String),
}

/// Reads a look-up.
pub(super) fn read(kind: &str, value: &str) -> Result<Asked, Violation> {
    let text = value.trim();
    let asked = match kind {
        "code" => code(text),
        "plate" => text.parse::<PlateNumber>().ok().map(|p| Asked::Plate(p.to_string())),
        "number" => number(text).map(Asked::Number),
        _ => {
            let shown: String = kind.chars().take(40).collect();
            return Err(Violation::error(rules::WORD, "/kind")
                .with("value", shown)
                .with("allowed", KINDS.join(", ")));
        }
    };
    asked.filter(|_| text.chars().count() <= LONGEST).ok_or_else(|| wrong(kind, value))
}

fn wrong(kind: &str, value: &str) -> Violation {
    let shown: String = value.trim().chars().take(40).collect();
    Violation::error(rules::LOOK_UP, "/value").with("value", shown).with("kind", kind)
}

/// The code in the text of a QR code, which may be an address that ends in it.
fn code(text: &str) -> Option<Asked> {
    if let Ok(id) = text.parse::<ContainerId>() {
        return Some(Asked::Container(id.to_string()));
    }
    let pieces = text.split(|c: char| matches!(c, '/' | '?' | '#' | '&' | '=') || c.is_whitespace());
    pieces.filter(|piece| !piece.is_empty()).find_map(|piece| {
        if piece.starts_with("WF1.") {
            return Some(Asked::Attested(piece.to_owned()));
        }
        piece.parse::<ContainerId>().ok().map(|id| Asked::Container(id.to_string()))
    })
}

/// Fourteen digits, or the platform's own number.
fn number(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    if plain.parse::<ManifestNumber>().is_ok() {
        return Some(plain);
    }
    let (year, serial) = plain.strip_prefix("WF")?.split_once('-')?;
    let digits = |part: &str, n: std::ops::RangeInclusive<usize>| {
        n.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    (digits(year, 4..=4) && digits(serial, 6..=12)).then_some(plain)
}

/// A verified code: the document that it names, and what it proves.
#[derive(Clone, Debug)]
pub(super) struct Attested {
    manifest_id: String,
    code: FoundCode,
}

/// Verifies the code of a paper, and compares its hash with the journal's for the version that it states.
///
/// # Errors
/// `LIVE-112` for a text that is no such code.
pub(super) async fn attested(kit: &Arc<Kit>, ctx: &Arc<OpContext>, code: &str) -> Result<Attested, Problem> {
    let seen = attest::verify(kit, code).await.map_err(|problem| {
        let malformed = problem.errors.iter().any(|e| e.rule == crate::transfer::rules::BAD_ATTESTATION);
        if malformed { Problem::violations(vec![wrong("code", code)]) } else { problem }
    })?;
    let mut matches = false;
    if seen.valid {
        for event in kit.db.by_subject(&ctx.tenant, project::SUBJECT, &seen.manifest_id).await? {
            let recorded = project::read(&event)?;
            if recorded.version == seen.version {
                matches = recorded.content_hash == seen.content_hash;
            }
        }
    }
    let current = seen.live.as_ref().is_some_and(|live| live.current);
    Ok(Attested {
        manifest_id: seen.manifest_id,
        code: FoundCode { valid: seen.valid, version: seen.version, stated_hash_matches: matches, current },
    })
}

/// Looks up what is asked for. `today` is the civil day by which papers are judged.
///
/// # Errors
/// 500 when the database refuses.
pub(super) async fn up(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    asked: &Asked,
    attested: Option<Attested>,
    today: &str,
) -> Result<Outcome, Problem> {
    let mut outcome = Outcome::default();
    let tenant = ctx.tenant.as_str();
    let ids: Vec<String> = match asked {
        Asked::Attested(_) => {
            let Some(attested) = attested else { return Err(Problem::internal()) };
            let id = attested.code.valid.then_some(attested.manifest_id);
            outcome.code = Some(attested.code);
            // A code that this platform did not sign says nothing about any document.
            id.into_iter().collect()
        }
        Asked::Container(code) => {
            let (lot, manifest) = container(sql, tenant, code).await?;
            outcome.lot_id = lot;
            manifest.into_iter().collect()
        }
        Asked::Plate(plate) => {
            outcome.vehicle_id = vehicle(sql, tenant, plate).await?;
            match &outcome.vehicle_id {
                Some(id) => aboard(sql, tenant, id).await?,
                None => Vec::new(),
            }
        }
        Asked::Number(number) => by_number(sql, tenant, number).await?,
    };
    let mut crew: Vec<(&'static str, Crew)> = Vec::new();
    for id in ids.into_iter().take(MOST) {
        let m = match load_for(sql, ctx, Permission::RoadsideCheck, &id).await {
            Ok((m, _)) => m,
            // A draft is its consignor's alone: for everybody else there is no such document.
            Err(problem) if problem.code == crate::kit::Code::NotFound => continue,
            Err(problem) => return Err(problem),
        };
        if let Some(leg) = present_leg(&m) {
            if outcome.vehicle_id.is_none() {
                outcome.vehicle_id = leg.vehicle.as_ref().map(|v| v.id.clone());
            }
            for (duty, person) in [("driver", &leg.driver), ("escort", &leg.escort)] {
                if let Some(person) = person.as_ref().filter(|p| crew.iter().all(|(_, c)| c.id != p.id)) {
                    crew.push((duty, person.clone()));
                }
            }
        }
        outcome.manifests.push(FoundManifest {
            id: m.id.clone(),
            version: m.version,
            status: m.status.as_str().to_owned(),
        });
    }
    outcome.papers = papers(sql, tenant, outcome.vehicle_id.as_deref(), &crew, today).await?;
    Ok(outcome)
}

/// The leg that the truck drives, or drove last.
fn present_leg(m: &Manifest) -> Option<&Leg> {
    m.legs.iter().rev().find(|leg| leg.vehicle.is_some())
}

async fn vehicle(sql: &mut dyn Sql, tenant: &str, plate: &str) -> Result<Option<String>, DbError> {
    let row = sql
        .query_opt(
            "select id from vehicle where tenant_id = $1 and plate = $2 \
             order by case when status = 'active' then 0 else 1 end, id limit 1",
            &params![tenant, plate],
        )
        .await?;
    row.map(|row| row.get("id")).transpose()
}

/// Documents on a truck: taken over and not handed on.
async fn aboard(sql: &mut dyn Sql, tenant: &str, vehicle_id: &str) -> Result<Vec<String>, DbError> {
    let rows = sql
        .query(
            "select distinct m.id, m.departed_at from manifest_leg l \
             join manifest m on m.tenant_id = l.tenant_id and m.id = l.manifest_id \
             where l.tenant_id = $1 and l.vehicle_id = $2 and l.taken and l.arrived_at is null \
             and m.status = 'in_transit' order by m.departed_at, m.id",
            &params![tenant, vehicle_id],
        )
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

async fn by_number(sql: &mut dyn Sql, tenant: &str, number: &str) -> Result<Vec<String>, DbError> {
    let rows = sql
        .query(
            "select id from manifest where tenant_id = $1 and released and (number = $2 or internal_number = $2) \
             order by id",
            &params![tenant, number],
        )
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// The container of a code, and its document while it is on the road.
async fn container(
    sql: &mut dyn Sql,
    tenant: &str,
    code: &str,
) -> Result<(Option<String>, Option<String>), DbError> {
    let row = sql
        .query_opt(
            "select id, status, manifest_id from lot where tenant_id = $1 and container_code = $2 \
             order by case when live_code is null then 1 else 0 end, created_at desc, id limit 1",
            &params![tenant, code],
        )
        .await?;
    let Some(row) = row else { return Ok((None, None)) };
    let on_the_road = row.get::<String>("status")? == "in_transit";
    let manifest: Option<String> = row.get("manifest_id")?;
    Ok((Some(row.get("id")?), manifest.filter(|_| on_the_road)))
}

/// The licence of the carrier and the certificates of truck and crew, judged by the register of today.
async fn papers(
    sql: &mut dyn Sql,
    tenant: &str,
    vehicle_id: Option<&str>,
    crew: &[(&'static str, Crew)],
    today: &str,
) -> Result<Vec<FoundPaper>, Problem> {
    let paper = |kind: &str, id: &str, active: bool, valid_to: Option<String>| FoundPaper {
        kind: kind.to_owned(),
        id: id.to_owned(),
        valid: valid_to.as_deref().map(|last| active && today <= last),
        valid_to,
    };
    let mut out = Vec::new();
    if let Some(id) = vehicle_id
        && let Some(vehicle) = load::vehicle(sql, tenant, id).await?
    {
        if let Some(org) = load::org(sql, tenant, &vehicle.org_id).await? {
            out.push(paper("carrier_licence", &org.id, org.active, org.dangerous_goods_valid_to));
        }
        out.push(paper("transport_certificate", id, vehicle.active, Some(vehicle.valid_to)));
    }
    for (duty, person) in crew {
        if let Some(found) = load::crew(sql, tenant, &person.id).await? {
            out.push(paper(duty, &person.id, found.active, Some(found.valid_to)));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_inside_addresses() {
        let container = "91320281MA1NQWAN0A9002490820261124001";
        for text in [
            container.to_owned(),
            format!("https://wufei.example.gov.cn/label/{container}"),
            format!("https://x/label?code={container}&a=1"),
        ] {
            assert_eq!(read("code", &text).ok(), Some(Asked::Container(container.to_owned())), "{text}");
        }
        for text in
            ["WF1.a.1.b.2.c", "https://x/v/WF1.a.1.b.2.c", " WF1.a.1.b.2.c\n", "http://x/#/v?c=WF1.a.1.b.2.c"]
        {
            assert_eq!(read("code", text).ok(), Some(Asked::Attested("WF1.a.1.b.2.c".into())), "{text}");
        }
        for text in ["", "WF2.a", "https://x/label/", "苏B12345"] {
            assert_eq!(read("code", text).map_err(|v| v.rule).err(), Some(rules::LOOK_UP), "{text}");
        }
    }

    #[test]
    fn plates_and_numbers_are_normalised() {
        assert_eq!(read("plate", "苏b·12345").ok(), Some(Asked::Plate("苏B12345".into())));
        assert_eq!(read("number", " wf2026-000123 ").ok(), Some(Asked::Number("WF2026-000123".into())));
        assert_eq!(read("number", "2026 3202 000123").ok(), Some(Asked::Number("20263202000123".into())));
        for (kind, text) in [("plate", "12345"), ("number", "WF26-1"), ("number", "x"), ("plate", "")] {
            assert_eq!(read(kind, text).map_err(|v| v.rule).err(), Some(rules::LOOK_UP), "{kind} {text}");
        }
        assert_eq!(
            read("name", "x").map_err(|v| (v.rule, v.path)).err(),
            Some((rules::WORD, "/kind".into()))
        );
        assert!(read("code", &format!("WF1.{}", "a".repeat(LONGEST))).is_err(), "too long");
    }
}
