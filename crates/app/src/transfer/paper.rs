//! The manifest and the waybill as PDF. The paper shows the version at issue and carries its attestation; it
//! must never say what the document is now.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use documents::pdf::{self, DocumentTexts};
use domain::manifest::{Line, Manifest, NumberStatus, Waybill};
use domain::time::Zone;

use super::config::config;
use super::{attest, read, show};
use crate::kit::{Kit, Lang, OpContext, Problem, data, render};
use crate::registry::catalogue::catalogue;

/// A finished file.
pub struct Paper {
    /// PDF.
    pub bytes: Vec<u8>,
    /// Name to save it under.
    pub file_name: String,
}

static TEXTS: LazyLock<BTreeMap<&'static str, DocumentTexts>> = LazyLock::new(|| {
    Lang::ALL
        .iter()
        .map(|lang| (lang.tag(), data::json(&format!("texts/documents.{}.json", lang.tag()))))
        .collect()
});

fn texts(lang: Lang) -> Result<&'static DocumentTexts, Problem> {
    TEXTS.get(lang.tag()).ok_or_else(Problem::internal)
}

/// The manifest as PDF.
///
/// # Errors
/// 403, 404; 500 when the layout fails.
pub async fn manifest(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<Paper, Problem> {
    let (mut m, masked) = read::document(kit, ctx, id).await?;
    if masked {
        show::mask_people(&mut m);
    }
    let last = kit.db.by_subject(&ctx.tenant, super::project::SUBJECT, id).await?.last().map(|e| e.position);
    let issued_at = kit.clock.now();
    let attestation = attestation(kit, ctx, &m, issued_at, last)?;
    let zone = &config(kit)?.zone;
    let sheet = sheet(&m, zone, ctx.lang, attestation);
    let file_name = format!("{}.pdf", number(&m));
    let words = texts(ctx.lang)?;
    let pdf = render::paper(kit, move || pdf::manifest(&sheet, &words.manifest, issued_at)).await?;
    Ok(Paper { bytes: pdf.bytes, file_name })
}

/// The waybill of a leg as PDF.
///
/// # Errors
/// 403, 404, 422 for an unknown leg; 500 when the layout fails.
pub async fn waybill(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: &str,
    leg: Option<i64>,
) -> Result<Paper, Problem> {
    let (m, bill) = read::waybill_of(kit, ctx, id, leg).await?;
    let issued_at = kit.clock.now();
    let attestation = attestation(kit, ctx, &m, issued_at, None)?;
    let zone = &config(kit)?.zone;
    let file_name = format!("{}.pdf", bill.number);
    let sheet = bill_sheet(&bill, m.number_status() == NumberStatus::Official, zone, ctx.lang, attestation);
    let words = texts(ctx.lang)?;
    let pdf = render::paper(kit, move || pdf::waybill(&sheet, &words.waybill, issued_at)).await?;
    Ok(Paper { bytes: pdf.bytes, file_name })
}

/// The number that people call the document by.
fn number(m: &Manifest) -> &str {
    m.number.as_ref().map_or(&m.internal_number, |number| &number.value)
}

fn attestation(
    kit: &Kit,
    ctx: &OpContext,
    m: &Manifest,
    issued_at: i64,
    position: Option<i64>,
) -> Result<pdf::Attestation, Problem> {
    Ok(pdf::Attestation {
        qr_payload: attest::issue(kit, m, issued_at),
        version: m.version,
        content_hash: m.content_hash.clone(),
        issued_at: config(kit)?.zone.wall_clock(issued_at),
        rule_pack: m.rule_pack.clone(),
        journal_position: position,
        key_name: Some(kit.signer.verifier(&ctx.tenant).name().to_owned()),
    })
}

fn text(value: &str) -> Option<String> {
    Some(value.trim()).filter(|v| !v.is_empty()).map(str::to_owned)
}

/// A word of a small list in the paper's language; the stored word when the list lacks it.
fn word(list: &str, code: &str, lang: Lang) -> String {
    match catalogue().choice(list, code) {
        Some(choice) if lang == Lang::Zh => choice.zh.clone(),
        Some(choice) => choice.en.clone(),
        None => code.to_owned(),
    }
}

fn sheet(m: &Manifest, zone: &Zone, lang: Lang, attestation: pdf::Attestation) -> pdf::ManifestData {
    let at = |time: Option<i64>| time.map(|us| zone.wall_clock(us));
    let part = &m.consignor_part;
    let handed_over = m.signatures.iter().find(|s| s.step == domain::manifest::Step::Carrier).map(|s| s.at);
    pdf::ManifestData {
        number: match &m.number {
            Some(number) if number.status == NumberStatus::Official => {
                pdf::ManifestNumber::Official(number.value.clone())
            }
            Some(number) if number.status == NumberStatus::Demo => {
                pdf::ManifestNumber::Demo(number.value.clone())
            }
            _ => pdf::ManifestNumber::Internal(m.internal_number.clone()),
        },
        status: m.status.as_str().to_owned(),
        consignor: pdf::ConsignorPart {
            name: m.consignor.name.clone(),
            credit_code: text(&m.consignor.credit_code),
            emergency_phone: text(&part.emergency_phone),
            address: text(&part.site.address),
            handler: text(&part.handler_name),
            phone: text(&part.handler_phone),
            handed_over_at: at(handed_over.or(part.planned_at)),
            receiver_name: text(&m.receiver.name),
        },
        lines: part.lines.iter().map(|line| sheet_line(line, lang)).collect(),
        legs: m.legs.iter().map(|leg| sheet_leg(leg, zone, lang)).collect(),
        receiver: m.receiver_part.as_ref().map(|part| sheet_receiver(m, part, zone)),
        containers: containers(m),
        signatures: m
            .signatures
            .iter()
            .map(|s| pdf::SignatureLine {
                step: s.step.as_str().to_owned(),
                organisation: s.org_name.clone(),
                agent: s.agent_org_name.clone(),
                person: s.person_name.clone(),
                method: s.method.clone(),
                signed_at: zone.wall_clock(s.at),
                version: s.version,
                content_hash: s.content_hash.clone(),
            })
            .collect(),
        remarks: text(&part.note),
        attestation,
    }
}

fn sheet_line(line: &Line, lang: Lang) -> pdf::ManifestLine {
    pdf::ManifestLine {
        waste_name: line.name.clone(),
        waste_code: line.waste_code.clone(),
        traits: line.traits.join(","),
        form: word("forms", &line.form, lang),
        components: line.components.clone(),
        packaging: word("packagings", &line.packaging, lang),
        container_count: line.containers,
        mass_g: line.mass_g,
        method_code: text(&line.method_code),
    }
}

fn sheet_leg(leg: &domain::manifest::Leg, zone: &Zone, lang: Lang) -> pdf::LegPart {
    let at = |time: Option<i64>| time.map(|us| zone.wall_clock(us));
    pdf::LegPart {
        carrier: leg.carrier.name.clone(),
        licence: text(&leg.licence_no),
        address: text(&leg.carrier.address),
        phone: text(&leg.carrier.phone),
        driver: leg.driver.as_ref().and_then(|d| text(&d.person_name)),
        driver_phone: leg.driver.as_ref().and_then(|d| text(&d.phone)),
        escort: leg.escort.as_ref().and_then(|e| text(&e.person_name)),
        vehicle_kind: Some(word("transport_modes", &leg.mode, lang)),
        plate: leg.vehicle.as_ref().and_then(|v| text(&v.plate)),
        origin: text(&leg.from),
        departed_at: at(leg.departed_at),
        via: text(&leg.via),
        destination: text(&leg.to),
        arrived_at: at(leg.arrived_at),
    }
}

fn sheet_receiver(m: &Manifest, part: &domain::manifest::ReceiverPart, zone: &Zone) -> pdf::ReceiverPart {
    let lines = part
        .lines
        .iter()
        .map(|received| {
            let line = m.consignor_part.lines.iter().find(|line| line.no == received.no);
            pdf::ReceiptLine {
                waste_name: line.map(|l| l.name.clone()).unwrap_or_default(),
                waste_code: line.map(|l| l.waste_code.clone()).unwrap_or_default(),
                discrepancy: Some(received.discrepancy),
                opinion: Some(received.opinion.as_str().to_owned()),
                method_code: text(&received.method_code),
                mass_g: Some(received.lots.iter().fold(0_i64, |sum, lot| sum.saturating_add(lot.received_g))),
                remark: text(&received.reason),
            }
        })
        .collect();
    pdf::ReceiverPart {
        name: m.receiver.name.clone(),
        licence: text(&part.licence_no),
        address: text(&part.site.address),
        handler: text(&part.handler_name),
        phone: text(&part.handler_phone),
        accepted_at: part.received_at.map(|us| zone.wall_clock(us)),
        lines,
    }
}

fn containers(m: &Manifest) -> Vec<pdf::ContainerLine> {
    let decided: BTreeMap<&str, (bool, i64)> = m
        .receiver_part
        .iter()
        .flat_map(|part| &part.lines)
        .flat_map(|line| &line.lots)
        .map(|lot| (lot.lot_id.as_str(), (lot.accepted, lot.received_g)))
        .collect();
    m.containers()
        .map(|(line, lot)| {
            let decision = decided.get(lot.lot_id.as_str());
            pdf::ContainerLine {
                line,
                container_id: lot.container_code.clone().unwrap_or_default(),
                mass_g: lot.mass_g,
                received_g: decision.filter(|(accepted, _)| *accepted).map(|(_, mass)| *mass),
                decision: decision
                    .map(|(accepted, _)| if *accepted { "accept" } else { "refuse" }.to_owned()),
            }
        })
        .collect()
}

fn bill_sheet(
    bill: &Waybill,
    official: bool,
    zone: &Zone,
    lang: Lang,
    attestation: pdf::Attestation,
) -> pdf::WaybillData {
    let party = |name: &str, phone: &str, licence: Option<String>| pdf::Party {
        name: name.to_owned(),
        phone: text(phone),
        licence,
    };
    let person = |p: &domain::manifest::WaybillPerson| pdf::WaybillPerson {
        name: p.name.clone(),
        certificate: text(&p.cert_no),
        phone: text(&p.phone),
    };
    let colour = word("plate_colours", &bill.plate_colour, lang);
    let plate = if bill.plate.is_empty() { String::new() } else { format!("{} ({colour})", bill.plate) };
    pdf::WaybillData {
        number: bill.number.clone(),
        manifest_number: bill.manifest_number.clone(),
        manifest_official: official,
        consignor: party(&bill.consignor, &bill.consignor_phone, None),
        receiver: party(&bill.consignee, &bill.consignee_phone, None),
        loader: party(&bill.loader, &bill.loader_phone, None),
        carrier: party(&bill.carrier, &bill.carrier_phone, text(&bill.carrier_licence_no)),
        departs_on: bill.departed_at.map(|us| zone.date_of(us).to_string()),
        origin: text(&bill.from),
        destination: text(&bill.to),
        urban_delivery: Some(bill.urban),
        vehicle: pdf::WaybillVehicle { plate, certificate: text(&bill.transport_cert_no) },
        trailer: None,
        tank_number: None,
        tank_volume: None,
        driver: bill.driver.as_ref().map(person).unwrap_or_default(),
        escort: bill.escort.as_ref().map(person),
        goods: bill
            .goods
            .iter()
            .map(|line| pdf::GoodsLine {
                un_number: text(&line.un_number)
                    .map(|n| if n.starts_with("UN") { n } else { format!("UN {n}") }),
                name: line.name.clone(),
                class: text(&line.class),
                packing_group: text(&line.packing_group),
                waste_code: text(&line.waste_code),
                exempt: line.exempt,
                packaging: Some(word("packagings", &line.packaging, lang)),
                count: line.packages,
                mass_g: line.mass_g,
            })
            .collect(),
        remarks: text(&bill.note),
        dispatcher: None,
        dispatched_on: None,
        attestation,
    }
}
