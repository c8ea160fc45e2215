//! A small world in which everything is in order; each test breaks one thing.

use jiff::civil::date;

use super::super::*;
use crate::access::OrgKind;
use crate::problem::Violation;
use crate::time::{CalendarYear, WorkCalendar, Zone, parse_instant};

pub(super) const CODE: &str = "900-214-08";
pub(super) const BATTERIES: &str = "900-052-31";

/// Owns what [`Facts`] borrows, and the facts that tests change.
pub(super) struct World {
    pub(super) zone: Zone,
    pub(super) calendar: WorkCalendar,
    pub(super) settings: TransferSettings,
    pub(super) now: i64,
    pub(super) number: Option<OfficialNumber>,
}

fn party(kinds: &[OrgKind]) -> PartyFacts {
    PartyFacts {
        active: true,
        kinds: kinds.to_vec(),
        division_code: "320281".into(),
        ..PartyFacts::default()
    }
}

fn carrier() -> PartyFacts {
    PartyFacts {
        dangerous_goods_licence_no: Some("320281000001".into()),
        dangerous_goods_valid_to: Some(date(2027, 6, 30)),
        ..party(&[OrgKind::Carrier])
    }
}

fn certificate(org: &str, duty: &str) -> CertificateFacts {
    CertificateFacts {
        org_id: org.into(),
        active: true,
        valid_to: Some(date(2027, 1, 31)),
        duty: duty.into(),
        load_g: duty.is_empty().then_some(10_000_000),
    }
}

fn lot(mass: i64) -> LotFacts {
    LotFacts {
        holder_org_id: "plant".into(),
        site_id: "plant-site".into(),
        waste_code: CODE.into(),
        remaining_g: mass,
        ready: true,
        held_by: None,
    }
}

impl World {
    pub(super) fn new() -> Self {
        let mut calendar = WorkCalendar::default();
        calendar.insert(2026, CalendarYear { source: "test".into(), ..CalendarYear::default() });
        Self {
            zone: Zone::named("Asia/Shanghai").expect("bundled"),
            calendar,
            settings: TransferSettings {
                tolerance_permille: 5,
                tolerance_g: 1_000,
                incompatible: vec![IncompatiblePair { a: "HW34".into(), b: "HW35".into(), blocks: true }],
                escort_required: false,
            },
            // Wednesday, 10:00 in the city.
            now: parse_instant("2026-11-18T02:00:00Z").expect("valid"),
            number: Some(OfficialNumber { value: "20263202900001".into(), status: NumberStatus::Demo }),
        }
    }

    /// Facts of the orderly world, seen by `actor` ("org" or "org/account").
    pub(super) fn facts(&self, actor: &str) -> Facts<'_> {
        let (org, account) = actor.split_once('/').unwrap_or((actor, "boss"));
        Facts {
            now: self.now,
            zone: &self.zone,
            calendar: &self.calendar,
            settings: &self.settings,
            actor: Actor {
                account_id: account.into(),
                person_id: format!("person of {account}"),
                person_name: "王五".into(),
                org_id: org.into(),
                org_name: org.into(),
                agent_org_id: None,
                agent_org_name: None,
                role: "manager".into(),
                only_as_driver: account.starts_with("driver"),
            },
            parties: [
                ("plant".to_owned(), party(&[OrgKind::Enterprise])),
                ("disposer".to_owned(), party(&[OrgKind::Receiver, OrgKind::Enterprise])),
                ("haulier".to_owned(), carrier()),
                ("barge".to_owned(), carrier()),
            ]
            .into(),
            lots: [("lot-1".to_owned(), lot(200_000)), ("lot-2".to_owned(), lot(180_500))].into(),
            plan: Some(PlanFacts {
                id: "plan".into(),
                year: 2026,
                filed: true,
                lines: vec![
                    PlanLine { waste_code: CODE.into(), quota_g: 5_000_000, used_g: 1_000_000 },
                    PlanLine { waste_code: BATTERIES.into(), quota_g: 5_000_000, used_g: 0 },
                    PlanLine { waste_code: "900-300-34".into(), quota_g: 5_000_000, used_g: 0 },
                    PlanLine { waste_code: "900-352-35".into(), quota_g: 5_000_000, used_g: 0 },
                ],
            }),
            licences: vec![LicenceFacts {
                id: "licence".into(),
                number: "JS0281OOI001".into(),
                active: true,
                valid_from: date(2024, 1, 1),
                valid_to: date(2028, 12, 31),
                lines: vec![LicenceLine {
                    no: 0,
                    codes: vec!["HW08".into(), "HW31".into(), "HW34".into(), "HW35".into()],
                    methods: vec!["R9".into(), "D10".into()],
                    yearly_g: 100_000_000,
                    used_g: 10_000_000,
                }],
            }],
            approvals: vec![],
            vehicles: [
                ("truck".to_owned(), certificate("haulier", "")),
                ("boat".to_owned(), certificate("barge", "")),
            ]
            .into(),
            crew: [
                ("driver".to_owned(), certificate("haulier", "driver")),
                ("escort".to_owned(), certificate("haulier", "escort")),
                ("skipper".to_owned(), certificate("barge", "driver")),
            ]
            .into(),
            codes: [CODE, BATTERIES, "900-300-34", "900-352-35"]
                .into_iter()
                .map(|code| {
                    let exemptions = if code == BATTERIES {
                        vec![ExemptionFacts { id: "2021-18-transport".into(), transport: true }]
                    } else {
                        vec![]
                    };
                    (code.to_owned(), CodeFacts { in_force: true, exemptions })
                })
                .collect(),
            methods: ["R9".to_owned(), "D10".to_owned()].into(),
            aboard: vec![],
            facility: Some(FacilityFacts {
                org_id: "disposer".into(),
                site_id: "disposer-site".into(),
                usable: true,
            }),
            number: self.number.clone(),
        }
    }

    pub(super) fn later(&mut self, minutes: i64) {
        self.now += minutes * crate::time::MINUTE_US;
    }
}

pub(super) fn site(id: &str) -> Site {
    Site { id: id.into(), name: id.into(), address: "江阴市".into(), division_code: "320281107".into() }
}

pub(super) fn line(no: i64, code: &str, lots: &[(&str, i64)]) -> Line {
    Line {
        no,
        name: "废矿物油".into(),
        waste_code: code.into(),
        traits: vec!["T".into(), "I".into()],
        form: "liquid".into(),
        components: "矿物油".into(),
        packaging: "steel_drum".into(),
        containers: i64::try_from(lots.len()).expect("few"),
        mass_g: lots.iter().map(|(_, mass)| mass).sum(),
        method_code: "R9".into(),
        dangerous_goods: Some(DangerousGoods {
            un_number: "3082".into(),
            name: "对环境有害的液态物质".into(),
            class: "9".into(),
            packing_group: "III".into(),
        }),
        exemption_id: None,
        lots: lots
            .iter()
            .map(|(id, mass)| Container {
                lot_id: (*id).into(),
                container_code: Some(format!("code of {id}")),
                mass_g: *mass,
            })
            .collect(),
    }
}

pub(super) fn draft_input() -> DraftInput {
    let org = |id: &str| Party {
        id: id.into(),
        name: id.into(),
        credit_code: format!("credit of {id}"),
        address: "江阴市".into(),
        division_code: "320281".into(),
    };
    DraftInput {
        consignor: org("plant"),
        receiver: org("disposer"),
        carrier: LegCarrier {
            id: "haulier".into(),
            name: "haulier".into(),
            address: "江阴市".into(),
            phone: "8600".into(),
        },
        carrier_licence_no: "320281000001".into(),
        part: ConsignorPart {
            site: site("plant-site"),
            emergency_phone: "13800000001".into(),
            handler_name: "张三".into(),
            handler_phone: "13800000002".into(),
            planned_at: None,
            note: "吸附棉,灭火器".into(),
            lines: vec![line(1, CODE, &[("lot-1", 200_000), ("lot-2", 180_500)])],
        },
    }
}

pub(super) fn leg_input() -> LegInput {
    LegInput {
        licence_no: "320281000001".into(),
        mode: "road".into(),
        vehicle: Some(Vehicle {
            id: "truck".into(),
            plate: "苏B12345".into(),
            plate_colour: "yellow".into(),
            transport_cert_no: "320281000002".into(),
        }),
        driver: Some(Crew {
            id: "driver".into(),
            account_id: Some("driver-account".into()),
            person_name: "李四".into(),
            phone: "13800000003".into(),
            cert_no: "320200197001010000".into(),
        }),
        escort: Some(Crew { id: "escort".into(), person_name: "赵六".into(), ..Crew::default() }),
        from: "江阴市华士镇".into(),
        to: "江阴市临港".into(),
        via: "G346".into(),
        departed_at: None,
    }
}

/// The receiver's part with a decision for each container: weight, or `None` for refused.
pub(super) fn receiver_part(lots: &[(&str, Option<i64>)]) -> ReceiverPart {
    let accepted = lots.iter().filter(|(_, mass)| mass.is_some()).count();
    let opinion = match accepted {
        0 => Opinion::Refuse,
        n if n == lots.len() => Opinion::Accept,
        _ => Opinion::Partial,
    };
    ReceiverPart {
        site: site("disposer-site"),
        facility_id: "tank".into(),
        licence_no: "JS0281OOI001".into(),
        handler_name: "钱七".into(),
        handler_phone: "13800000004".into(),
        received_at: None,
        lines: vec![ReceivedLine {
            no: 1,
            discrepancy: false,
            opinion,
            reason: if opinion == Opinion::Accept { String::new() } else { "桶破损".into() },
            method_code: "R9".into(),
            lots: lots
                .iter()
                .map(|(id, mass)| ReceivedContainer {
                    lot_id: (*id).into(),
                    accepted: mass.is_some(),
                    received_g: mass.unwrap_or(0),
                })
                .collect(),
        }],
    }
}

pub(super) fn draft_command() -> Command {
    Command::Draft {
        id: "m".into(),
        internal_number: internal_number(2026, 1),
        class: WasteClass::Hazardous,
        input: Box::new(draft_input()),
    }
}

pub(super) fn sign(m: &Manifest, step: Step) -> Command {
    sign_with(m, step, StepData::Nothing)
}

pub(super) fn sign_with(m: &Manifest, step: Step, data: StepData) -> Command {
    Command::Sign {
        step,
        version: m.version,
        content_hash: m.content_hash.clone(),
        method: "password".into(),
        data,
        key: None,
    }
}

pub(super) fn rules_of(found: &[Violation]) -> Vec<&'static str> {
    found.iter().map(|violation| violation.rule).collect()
}

/// A document brought to a status by the orderly flow.
pub(super) fn at_status(world: &mut World, status: Status) -> Manifest {
    let mut m = decide(None, &draft_command(), &world.facts("plant")).expect("draft").after;
    let go = |m: &Manifest, actor: &str, command: Command, world: &mut World| {
        world.later(10);
        decide(Some(m), &command, &world.facts(actor)).unwrap_or_else(|e| panic!("{e:?}")).after
    };
    if status == Status::Draft {
        return m;
    }
    m = go(&m, "plant", sign(&m, Step::Consignor), world);
    if status == Status::AwaitingCarrier {
        return m;
    }
    m = go(&m, "haulier", Command::EditCarrier(Box::new(leg_input())), world);
    m = go(&m, "haulier/driver-account", sign(&m, Step::Carrier), world);
    if status == Status::InTransit {
        return m;
    }
    m = go(&m, "haulier", sign(&m, Step::Arrival), world);
    if status == Status::Arrived {
        return m;
    }
    let lots: &[(&str, Option<i64>)] = match status {
        Status::PartiallyRefused | Status::Returned => &[("lot-1", Some(200_000)), ("lot-2", None)],
        Status::Refused => &[("lot-1", None), ("lot-2", None)],
        _ => &[("lot-1", Some(200_000)), ("lot-2", Some(180_500))],
    };
    m = go(&m, "disposer", Command::EditReceiver(Box::new(receiver_part(lots))), world);
    m = go(&m, "disposer", sign(&m, Step::Receiver), world);
    if status == Status::Returned {
        m = go(&m, "plant", sign(&m, Step::Return), world);
    }
    m
}
