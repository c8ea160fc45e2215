//! The result sheet of a check as PDF: what was found at the time of the check, also that nothing was.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use documents::pdf::{self, DocumentTexts};
use domain::time::parse_instant;

use super::show::{CheckedCode, RoadsideCheckView, get};
use crate::kit::{Kit, Lang, OpContext, Problem, data};
use crate::registry::catalogue::catalogue;
use crate::registry::load;
use crate::transfer::config::config;
use crate::transfer::paper::Paper;

static TEXTS: LazyLock<BTreeMap<&'static str, DocumentTexts>> = LazyLock::new(|| {
    Lang::ALL
        .iter()
        .map(|lang| (lang.tag(), data::json(&format!("texts/documents.{}.json", lang.tag()))))
        .collect()
});

/// The result sheet of one of the caller's own checks.
///
/// # Errors
/// 403, 404; 500 when the layout fails.
pub async fn paper(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<Paper, Problem> {
    let view = get(kit, ctx, id).await?;
    let (tenant, org) = (ctx.tenant.clone(), ctx.org_id.clone());
    let organisation = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move { Ok(load::org(sql, &tenant, &org).await?.map(|o| o.name)) })
        })
        .await?
        .unwrap_or_default();
    let issued_at = kit.clock.now();
    let words = TEXTS.get(ctx.lang.tag()).ok_or_else(Problem::internal)?;
    let sheet = sheet(kit, &view, words, ctx.lang, organisation, issued_at)?;
    let made = tokio::task::spawn_blocking(move || pdf::check(&sheet, &words.check, issued_at)).await;
    let made = made
        .map_err(|error| tracing::error!(%error, "the layout of a result sheet stopped"))
        .and_then(|made| made.map_err(|error| tracing::error!(%error, "a result sheet cannot be laid out")))
        .map_err(|()| Problem::internal())?;
    Ok(Paper { bytes: made.bytes, file_name: format!("{}.pdf", view.row.checked_no) })
}

fn sheet(
    kit: &Kit,
    view: &RoadsideCheckView,
    words: &DocumentTexts,
    lang: Lang,
    organisation: String,
    issued_at: i64,
) -> Result<pdf::CheckData, Problem> {
    let zone = &config(kit)?.zone;
    let row = &view.row;
    let checked_at = parse_instant(&row.at).map_err(|_| Problem::internal())?;
    let colour = |code: &str| match catalogue().choice("plate_colours", code) {
        Some(choice) if lang == Lang::Zh => choice.zh.clone(),
        Some(choice) => choice.en.clone(),
        None => code.to_owned(),
    };
    Ok(pdf::CheckData {
        number: row.checked_no.clone(),
        checked_at: zone.wall_clock(checked_at),
        issued_at: zone.wall_clock(issued_at),
        inspector: row.by_name.clone(),
        organisation,
        place: row.place.map(|p| {
            let degrees = |e6: i32| f64::from(e6) / 1e6;
            format!("{:.6}, {:.6} (±{} m)", degrees(p.lat_e6), degrees(p.lon_e6), p.accuracy_m)
        }),
        kind: row.kind.clone(),
        value: row.value.clone(),
        purpose: row.purpose.clone(),
        found: row.found,
        vehicle: row.vehicle.as_ref().map(|v| pdf::CheckVehicle {
            plate: format!("{} ({})", v.plate, colour(&v.plate_colour)),
            carrier: v.org_name.clone(),
        }),
        manifests: row
            .manifests
            .iter()
            .map(|m| {
                let status = view.statuses.get(&m.id).unwrap_or(&m.status);
                pdf::CheckManifest {
                    number: m.number.clone().unwrap_or_else(|| m.internal_number.clone()),
                    official: m.number_status == domain::manifest::NumberStatus::Official.as_str(),
                    status: words.manifest.statuses.get(status).unwrap_or(status).clone(),
                    consignor: m.consignor.name.clone(),
                    receiver: m.receiver.name.clone(),
                    waste: m.waste_codes.join(" "),
                    containers: m.containers,
                    mass_g: m.mass_g,
                }
            })
            .collect(),
        container: view.lot.as_ref().map(|lot| pdf::CheckContainer {
            id: lot.container_code.clone().unwrap_or_default(),
            waste: format!("{} {}", lot.waste_code.as_deref().unwrap_or_default(), lot.name),
            holder: lot.holder_name.clone(),
        }),
        papers: view
            .papers
            .iter()
            .map(|p| pdf::CheckPaper {
                kind: p.kind.clone(),
                holder: p.holder.clone(),
                number: p.number.clone(),
                valid_to: p.valid_to.clone(),
                validity: p.valid.map_or("unknown", |valid| if valid { "yes" } else { "no" }).to_owned(),
            })
            .collect(),
        code: view.code.as_ref().map(|code| proved(code).to_owned()),
        journal_position: view.position,
    })
}

/// What a code proved, in one word of the texts.
fn proved(code: &CheckedCode) -> &'static str {
    match (code.valid, code.stated_hash_matches, code.current) {
        (false, _, _) => "invalid",
        (true, false, _) => "altered",
        (true, true, false) => "superseded",
        (true, true, true) => "valid",
    }
}
