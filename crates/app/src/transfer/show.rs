//! Documents for readers. Pure: a document and the caller's rights in, a view out. Personal data is masked here
//! for readers who are no party and stated no purpose.

use std::collections::BTreeMap;

use domain::access::Permission;
use domain::manifest::{
    Crew, Leg, LegCarrier, Line, Manifest, Opinion, ReceivedLine, ReceiverPart, Signature, Status, Step,
    rule_pack,
};
use domain::problem::Severity;
use domain::time::format_instant;

use super::model::DangerousGoodsBody;
use super::read;
use super::view::{
    ConsignorView, ContainerView, CrewView, FieldState, LegView, LineView, ManifestPermissions,
    ManifestSummary, ManifestView, Next, ReceivedLineView, ReceivedLotView, ReceiverView, SignatureView,
    TreatmentView, VehicleView,
};
use crate::kit::{FieldProblem, FieldProblemBody, Lang, OpContext};
use crate::registry::model::Named;
use crate::registry::personal::mask;

/// Name of the action that a step is.
pub fn action(step: Step) -> &'static str {
    match step {
        Step::Consignor => "sign_consignor",
        Step::Carrier => "sign_carrier",
        Step::Handover => "handover",
        Step::Arrival => "arrive",
        Step::Receiver => "sign_receiver",
        Step::Return => "confirm_return",
        Step::Void => "void",
    }
}

/// What is expected in a status.
pub fn next(step: Option<Step>) -> Next {
    let party = step.map(|step| match step {
        Step::Consignor | Step::Return | Step::Void => "consignor",
        Step::Carrier | Step::Handover | Step::Arrival => "carrier",
        Step::Receiver => "receiver",
    });
    Next { party, action: step.map(action) }
}

/// The document for a caller.
pub fn manifest(
    m: &Manifest,
    ctx: &OpContext,
    now: i64,
    masked: bool,
    treatment: TreatmentView,
) -> ManifestView {
    let warnings = m.signatures.last().map(|s| warnings(s, ctx.lang)).unwrap_or_default();
    let hide = |key: &str, value: &str| if masked { mask(key, value) } else { value.to_owned() };
    ManifestView {
        summary: summary(m, ctx, now),
        rule_pack: m.rule_pack.clone(),
        content_hash: m.content_hash.clone(),
        consignor_part: ConsignorView {
            site_id: m.consignor_part.site.id.clone(),
            site_name: m.consignor_part.site.name.clone(),
            address: m.consignor_part.site.address.clone(),
            emergency_phone: hide("phone", &m.consignor_part.emergency_phone),
            handler_name: hide("name", &m.consignor_part.handler_name),
            handler_phone: hide("phone", &m.consignor_part.handler_phone),
            planned_at: m.consignor_part.planned_at.map(format_instant),
            note: m.consignor_part.note.clone(),
            lines: m.consignor_part.lines.iter().map(line).collect(),
        },
        receiver_org: Named { id: m.receiver.id.clone(), name: m.receiver.name.clone() },
        legs: m.legs.iter().enumerate().map(|(i, l)| leg(m, i, l, masked)).collect(),
        receiver_part: m.receiver_part.as_ref().map(|part| receiver(part, masked)),
        signatures: m.signatures.iter().map(|s| signature(s, ctx.lang, masked)).collect(),
        warnings,
        fields: fields(m),
        permissions: permissions(m, ctx),
        treatment,
        void_reason: m.void_reason.clone(),
        confirmed_at: m.times.confirmed_at.map(format_instant),
        returned_at: m.times.returned_at.map(format_instant),
        masked,
    }
}

fn summary(m: &Manifest, ctx: &OpContext, now: i64) -> ManifestSummary {
    let mut codes: Vec<String> = m.consignor_part.lines.iter().map(|line| line.waste_code.clone()).collect();
    codes.sort_unstable();
    codes.dedup();
    let last = m.legs.last();
    ManifestSummary {
        id: m.id.clone(),
        version: m.version,
        status: m.status.as_str().to_owned(),
        number: m.number.as_ref().map(|number| number.value.clone()),
        internal_number: m.internal_number.clone(),
        number_status: m.number_status().as_str().to_owned(),
        class: m.class.as_str().to_owned(),
        consignor: Named { id: m.consignor.id.clone(), name: m.consignor.name.clone() },
        carrier: last.map(|leg| Named { id: leg.carrier.id.clone(), name: leg.carrier.name.clone() }),
        receiver: Named { id: m.receiver.id.clone(), name: m.receiver.name.clone() },
        waste_codes: codes,
        containers: i64::try_from(m.containers().count()).unwrap_or(i64::MAX),
        mass_g: m.mass_g(),
        plate: last.and_then(|leg| leg.vehicle.as_ref()).map(|vehicle| vehicle.plate.clone()),
        created_at: format_instant(m.times.created_at),
        departed_at: m.times.departed_at.map(format_instant),
        arrived_at: m.times.arrived_at.map(format_instant),
        due_at: m.due_at().map(format_instant),
        late: m.due_at().is_some_and(|due| due < now),
        next: next(m.next_step()),
        mine: m.next_org() == Some(ctx.acting_org()),
    }
}

fn line(line: &Line) -> LineView {
    LineView {
        no: line.no,
        waste_code: line.waste_code.clone(),
        name: line.name.clone(),
        traits: line.traits.clone(),
        form: line.form.clone(),
        components: line.components.clone(),
        packaging: line.packaging.clone(),
        containers: line.containers,
        mass_g: line.mass_g,
        method_code: line.method_code.clone(),
        dangerous_goods: line.dangerous_goods.as_ref().map(|goods| DangerousGoodsBody {
            un_number: goods.un_number.clone(),
            name: goods.name.clone(),
            class: goods.class.clone(),
            packing_group: goods.packing_group.clone(),
        }),
        exemption_id: line.exemption_id.clone(),
        lots: line
            .lots
            .iter()
            .map(|lot| ContainerView {
                lot_id: lot.lot_id.clone(),
                container_code: lot.container_code.clone(),
                mass_g: lot.mass_g,
            })
            .collect(),
    }
}

fn leg(m: &Manifest, index: usize, leg: &Leg, masked: bool) -> LegView {
    let LegCarrier { id, name, address, phone } = leg.carrier.clone();
    let crew = |person: &Crew| CrewView {
        id: person.id.clone(),
        name: if masked { mask("name", &person.person_name) } else { person.person_name.clone() },
        phone: if masked { mask("phone", &person.phone) } else { person.phone.clone() },
        cert_no: if masked { mask("cert_no", &person.cert_no) } else { person.cert_no.clone() },
    };
    LegView {
        no: leg.no,
        carrier: Named { id, name },
        carrier_address: address,
        carrier_phone: if masked { mask("phone", &phone) } else { phone },
        licence_no: leg.licence_no.clone(),
        mode: leg.mode.clone(),
        vehicle: leg.vehicle.as_ref().map(|vehicle| VehicleView {
            id: vehicle.id.clone(),
            plate: vehicle.plate.clone(),
            plate_colour: vehicle.plate_colour.clone(),
            transport_cert_no: vehicle.transport_cert_no.clone(),
        }),
        driver: leg.driver.as_ref().map(crew),
        escort: leg.escort.as_ref().map(crew),
        from: leg.from.clone(),
        to: leg.to.clone(),
        via: leg.via.clone(),
        departed_at: leg.departed_at.map(format_instant),
        arrived_at: leg.arrived_at.map(format_instant),
        handover_place: leg.handover_place.clone(),
        handover_at: leg.handover_at.map(format_instant),
        taken: m.signatures.iter().any(|s| s.step == Step::Carrier && s.leg == Some(index)),
    }
}

fn receiver(part: &ReceiverPart, masked: bool) -> ReceiverView {
    ReceiverView {
        site_id: part.site.id.clone(),
        site_name: part.site.name.clone(),
        address: part.site.address.clone(),
        facility_id: part.facility_id.clone(),
        licence_no: part.licence_no.clone(),
        handler_name: if masked { mask("name", &part.handler_name) } else { part.handler_name.clone() },
        handler_phone: if masked { mask("phone", &part.handler_phone) } else { part.handler_phone.clone() },
        received_at: part.received_at.map(format_instant),
        lines: part.lines.iter().map(received_line).collect(),
    }
}

fn received_line(line: &ReceivedLine) -> ReceivedLineView {
    ReceivedLineView {
        no: line.no,
        discrepancy: line.discrepancy,
        opinion: line.opinion.as_str(),
        reason: line.reason.clone(),
        method_code: line.method_code.clone(),
        accepted_g: line.lots.iter().fold(0_i64, |sum, lot| sum.saturating_add(lot.received_g)),
        lots: line
            .lots
            .iter()
            .map(|lot| ReceivedLotView {
                lot_id: lot.lot_id.clone(),
                decision: if lot.accepted { Opinion::Accept.as_str() } else { Opinion::Refuse.as_str() },
                received_g: lot.received_g,
            })
            .collect(),
    }
}

fn signature(s: &Signature, lang: Lang, masked: bool) -> SignatureView {
    SignatureView {
        step: s.step.as_str(),
        leg: s.leg,
        person_name: if masked { mask("name", &s.person_name) } else { s.person_name.clone() },
        org: Named { id: s.org_id.clone(), name: s.org_name.clone() },
        agent: s
            .agent_org_id
            .clone()
            .map(|id| Named { id, name: s.agent_org_name.clone().unwrap_or_default() }),
        role: s.role.clone(),
        method: s.method.clone(),
        at: format_instant(s.at),
        version: s.version,
        content_hash: s.content_hash.clone(),
        warnings: warnings(s, lang),
    }
}

fn warnings(s: &Signature, lang: Lang) -> Vec<FieldProblemBody> {
    s.warnings
        .iter()
        .map(|warning| {
            FieldProblem {
                path: warning.path.clone(),
                rule: warning.rule.clone(),
                severity: Severity::Warning,
                params: warning.params.clone().into_iter().collect(),
            }
            .body(lang)
        })
        .collect()
}

fn fields(m: &Manifest) -> BTreeMap<&'static str, FieldState> {
    let states = rule_pack(&m.rule_pack).map(|pack| pack.states(m)).unwrap_or_default();
    states
        .into_iter()
        .map(|(path, (sealed, step))| (path, FieldState { sealed, required_for: step.map(Step::as_str) }))
        .collect()
}

/// What the caller may do now, by permission, party and status. A signature still meets every rule.
fn permissions(m: &Manifest, ctx: &OpContext) -> ManifestPermissions {
    let org = ctx.acting_org();
    let may = |permission| ctx.require(permission).is_ok_and(|reach| read::covers(&reach, m));
    let pending = m.pending_leg().and_then(|leg| m.legs.get(leg));
    let current = m.current_leg().and_then(|leg| m.legs.get(leg));
    let carries = |leg: Option<&Leg>| leg.is_some_and(|leg| leg.carrier.id == org);
    let (consignor, receiver) = (m.consignor.id == org, m.receiver.id == org);
    let open_leg = matches!(m.status, Status::AwaitingCarrier | Status::InTransit) && carries(pending);
    let on_the_road = m.status == Status::InTransit && pending.is_none();
    let refused = matches!(m.status, Status::PartiallyRefused | Status::Refused);
    let voidable = matches!(m.status, Status::Draft | Status::AwaitingCarrier);
    let offers: [(Step, bool, Permission); 7] = [
        (Step::Consignor, m.status == Status::Draft && consignor, Permission::ManifestSignConsignor),
        (Step::Carrier, open_leg, Permission::ManifestSignCarrier),
        (Step::Handover, on_the_road && carries(current), Permission::ManifestSignCarrier),
        (Step::Arrival, on_the_road && (carries(current) || receiver), Permission::ManifestArrive),
        (Step::Receiver, m.status == Status::Arrived && receiver, Permission::ManifestSignReceiver),
        (Step::Return, refused && consignor, Permission::ManifestReturn),
        (Step::Void, voidable && consignor, read::void_permission(m)),
    ];
    let parts: [(&'static str, bool, Permission); 3] = [
        ("consignor", m.status == Status::Draft && consignor, Permission::ManifestDraft),
        ("carrier", open_leg, Permission::ManifestCarrierWrite),
        ("receiver", m.status == Status::Arrived && receiver, Permission::ManifestReceiverWrite),
    ];
    ManifestPermissions {
        edit_parts: parts
            .into_iter()
            .filter(|(_, now, p)| *now && may(*p))
            .map(|(name, _, _)| name)
            .collect(),
        actions: offers
            .into_iter()
            .filter(|(_, now, p)| *now && may(*p))
            .map(|(step, _, _)| action(step))
            .collect(),
    }
}

/// Masks the personal data of a document in place, for papers.
pub fn mask_people(m: &mut Manifest) {
    let hide = |key: &str, text: &mut String| *text = mask(key, text);
    let part = &mut m.consignor_part;
    hide("phone", &mut part.emergency_phone);
    hide("name", &mut part.handler_name);
    hide("phone", &mut part.handler_phone);
    for leg in &mut m.legs {
        hide("phone", &mut leg.carrier.phone);
        for person in leg.driver.iter_mut().chain(leg.escort.iter_mut()) {
            hide("name", &mut person.person_name);
            hide("phone", &mut person.phone);
            hide("cert_no", &mut person.cert_no);
        }
    }
    if let Some(part) = &mut m.receiver_part {
        hide("name", &mut part.handler_name);
        hide("phone", &mut part.handler_phone);
    }
    for signature in &mut m.signatures {
        hide("name", &mut signature.person_name);
    }
}
