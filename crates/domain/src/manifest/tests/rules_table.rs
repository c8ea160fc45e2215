//! Runs `rules.md`: each situation by its name, and what a signature meets. The table is for lawyers, the
//! changes are here.

use std::collections::BTreeSet;

use jiff::civil::date;

use super::super::*;
use super::world::*;
use crate::problem::Severity;

/// Tomorrow as seen from the world's present.
const DAY_MINUTES: i64 = 24 * 60;

/// Settings and facts that a situation breaks beside the document.
struct Case<'a> {
    m: Manifest,
    facts: Facts<'a>,
}

#[test]
fn every_row_of_the_table() {
    let mut failures = Vec::new();
    let mut rows = 0;
    let mut shown: BTreeSet<String> = BTreeSet::new();
    for row in include_str!("rules.md").lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [situation, signature, expected] = cells[..] else { panic!("three cells: {row}") };
        if situation == "situation" {
            continue;
        }
        rows += 1;
        let step = Step::parse(signature).unwrap_or_else(|| panic!("unknown signature: {row}"));
        let expected: BTreeSet<String> =
            expected.split_whitespace().filter(|w| *w != "–").map(str::to_owned).collect();
        let found = run(situation, step);
        shown.extend(found.iter().map(|rule| rule.trim_matches('*').to_owned()));
        if found != expected {
            failures.push(format!("{situation} ({signature}): expected {expected:?}, found {found:?}"));
        }
    }
    assert!(rows > 70, "only {rows} rows were read");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    // Business rules (three digits from 101) must each stand in the table; the procedure has its own tests.
    let procedure = [rules::METHOD_UNKNOWN, rules::LINE_NUMBERS, rules::DUE_UNKNOWN];
    for rule in rules::ALL.iter().filter(|r| **r > "HW-TR-100" && **r < "HW-TR-700" && !procedure.contains(r))
    {
        assert!(shown.contains(*rule), "no row shows {rule}");
    }
}

fn run(situation: &str, step: Step) -> BTreeSet<String> {
    let mut world = World::new();
    settings(situation, &mut world);
    let status = match step {
        Step::Consignor => Status::Draft,
        Step::Carrier => Status::AwaitingCarrier,
        _ => Status::Arrived,
    };
    let mut m = at_status(&mut world, status);
    world.later(10);
    match step {
        Step::Carrier => {
            let input = Command::EditCarrier(Box::new(leg_input()));
            m = decide(Some(&m), &input, &world.facts("haulier")).expect("filled").after;
        }
        Step::Receiver => {
            let part = receiver_part(&[("lot-1", Some(200_000)), ("lot-2", Some(180_500))]);
            let input = Command::EditReceiver(Box::new(part));
            m = decide(Some(&m), &input, &world.facts("disposer")).expect("filled").after;
        }
        _ => {}
    }
    if situation == "confirmed on the sixth working day" {
        world.later(8 * DAY_MINUTES);
    }
    let actor = match step {
        Step::Consignor => "plant",
        Step::Carrier => "haulier",
        _ => "disposer",
    };
    let mut case = Case { m, facts: world.facts(actor) };
    change(situation, &mut case);
    check(&case.m, step, &case.facts)
        .into_iter()
        .map(|v| if v.severity == Severity::Error { v.rule.to_owned() } else { format!("*{}*", v.rule) })
        .collect()
}

fn settings(situation: &str, world: &mut World) {
    match situation {
        "no escort where the city demands one" => world.settings.escort_required = true,
        "acid and alkali where the city only warns" => world.settings.incompatible[0].blocks = false,
        _ => {}
    }
}

fn change(situation: &str, case: &mut Case<'_>) {
    let known = consignor(situation, case)
        || licence(situation, case)
        || containers(situation, case)
        || carriers(situation, case)
        || exemptions(situation, case)
        || provinces(situation, case)
        || receivers(situation, case);
    assert!(known, "no such situation: {situation}");
}

/// Adds a second line with its lot.
fn add_line(case: &mut Case<'_>, code: &str, mass: i64) {
    let id = format!("lot of {code}");
    let no = i64::try_from(case.m.consignor_part.lines.len()).expect("few") + 1;
    case.m.consignor_part.lines.push(line(no, code, &[(&id, mass)]));
    let lot = LotFacts { waste_code: code.into(), remaining_g: mass, ..case.facts.lots["lot-1"].clone() };
    case.facts.lots.insert(id, lot);
}

/// Turns the document into one about batteries.
fn batteries(case: &mut Case<'_>, exemption: Option<&str>) {
    let lots = [("lot-1", 200_000), ("lot-2", 180_500)];
    case.m.consignor_part.lines =
        vec![Line { exemption_id: exemption.map(str::to_owned), ..line(1, BATTERIES, &lots) }];
    for lot in case.facts.lots.values_mut() {
        lot.waste_code = BATTERIES.into();
    }
}

fn ordinary_carrier(case: &mut Case<'_>) {
    let carrier = case.facts.parties.get_mut("haulier").expect("there");
    carrier.dangerous_goods_licence_no = None;
    carrier.dangerous_goods_valid_to = None;
}

fn consignor(situation: &str, case: &mut Case<'_>) -> bool {
    let plan = case.facts.plan.as_mut().expect("there");
    match situation {
        "everything in order" => {}
        "no management plan" => case.facts.plan = None,
        "plan not filed" => plan.filed = false,
        "plan without the code" => plan.lines.retain(|l| l.waste_code != CODE),
        "plan quota exactly used up" => plan.lines[0].used_g = 5_000_000 - 380_500,
        "plan quota exceeded by one gram" => plan.lines[0].used_g = 5_000_000 - 380_499,
        "two lines together exceed the plan quota" => {
            plan.lines[0].used_g = 5_000_000 - 380_500;
            add_line(case, CODE, 1);
        }
        "code not in force" => case.facts.codes.get_mut(CODE).expect("there").in_force = false,
        "unknown method" => case.m.consignor_part.lines[0].method_code = "X99".into(),
        "receiver is the consignor" => case.m.receiver = case.m.consignor.clone(),
        "receiver is no receiver" => case.facts.parties.get_mut("disposer").expect("there").kinds.clear(),
        "receiver inactive" => case.facts.parties.get_mut("disposer").expect("there").active = false,
        "dangerous goods not determined" => case.m.consignor_part.lines[0].dangerous_goods = None,
        "no handler named" => case.m.consignor_part.handler_name.clear(),
        "no lines" => case.m.consignor_part.lines.clear(),
        _ => return false,
    }
    true
}

fn licence(situation: &str, case: &mut Case<'_>) -> bool {
    let licence = &mut case.facts.licences[0];
    let line = &mut licence.lines[0];
    match situation {
        "no licence" => case.facts.licences.clear(),
        "licence expired yesterday" => licence.valid_to = date(2026, 11, 17),
        "licence ends today" => licence.valid_to = date(2026, 11, 18),
        "licence for another category" => line.codes = vec!["HW09".into()],
        "licence for the code itself" => line.codes = vec![CODE.into()],
        "licence for another method" => line.methods = vec!["D10".into()],
        "yearly quantity exactly reached" => line.used_g = 100_000_000 - 380_500,
        "yearly quantity exceeded by one gram" => line.used_g = 100_000_000 - 380_499,
        "120 % of the yearly quantity reached" => line.used_g = 120_000_000 - 380_500,
        "120 % exceeded by one gram" => line.used_g = 120_000_000 - 380_499,
        _ => return false,
    }
    true
}

fn containers(situation: &str, case: &mut Case<'_>) -> bool {
    let lot = case.facts.lots.get_mut("lot-1").expect("there");
    let line = &mut case.m.consignor_part.lines[0];
    match situation {
        "container of another firm" => lot.holder_org_id = "other".into(),
        "unknown container" => line.lots[0].lot_id = "nowhere".into(),
        "container taken out for treatment" => lot.ready = false,
        "container on another document" => lot.held_by = Some("WF2026-000009".into()),
        "container with another waste" => lot.waste_code = BATTERIES.into(),
        "container weighed again since" => lot.remaining_g += 1,
        "container listed twice" => {
            line.lots[1] = line.lots[0].clone();
            line.mass_g = 400_000;
        }
        "line says one gram more than its containers" => line.mass_g += 1,
        "line says one container more" => line.containers += 1,
        "container at another site" => lot.site_id = "plant-site-2".into(),
        _ => return false,
    }
    true
}

fn carriers(situation: &str, case: &mut Case<'_>) -> bool {
    let expired = Some(date(2026, 11, 17));
    let leg = &mut case.m.legs[0];
    let carrier = case.facts.parties.get_mut("haulier").expect("there");
    let vehicle = case.facts.vehicles.get_mut("truck").expect("there");
    match situation {
        "carrier without dangerous-goods licence" => carrier.dangerous_goods_licence_no = Some(" ".into()),
        "carrier's dangerous-goods licence expired" => carrier.dangerous_goods_valid_to = expired,
        "carrier deactivated after the consignor signed" => carrier.active = false,
        "no vehicle" => leg.vehicle = None,
        "vehicle of another carrier" => vehicle.org_id = "barge".into(),
        "vehicle certificate expired" => vehicle.valid_to = expired,
        "vehicle certificate ends today" => vehicle.valid_to = Some(date(2026, 11, 18)),
        "driver of another carrier" => {
            case.facts.crew.get_mut("driver").expect("there").org_id = "barge".into()
        }
        "escort drives" => leg.driver = leg.escort.clone(),
        "driver's qualification expired" => {
            case.facts.crew.get_mut("driver").expect("there").valid_to = expired
        }
        "escort's qualification expired" => {
            case.facts.crew.get_mut("escort").expect("there").valid_to = expired
        }
        "no escort" | "no escort where the city demands one" => leg.escort = None,
        "load beyond the vehicle" => vehicle.load_g = Some(380_499),
        "load beyond the vehicle with another document" => {
            vehicle.load_g = Some(380_500);
            let other =
                Aboard { internal_number: "WF2026-000008".into(), waste_codes: vec![CODE.into()], mass_g: 1 };
            case.facts.aboard.push(other);
        }
        "acid and alkali on one document" | "acid and alkali where the city only warns" => {
            add_line(case, "900-300-34", 1_000);
            add_line(case, "900-352-35", 1_000);
        }
        "acid on board and alkali to load" => {
            add_line(case, "900-352-35", 1_000);
            case.facts.aboard.push(Aboard {
                internal_number: "WF2026-000008".into(),
                waste_codes: vec!["900-300-34".into()],
                mass_g: 1_000,
            });
        }
        "departure before the consignor signed" => {
            leg.departed_at = Some(case.m.signatures[0].at - 61_000_000)
        }
        "departure tomorrow" => leg.departed_at = Some(case.facts.now + DAY_MINUTES * 60_000_000),
        _ => return false,
    }
    true
}

fn exemptions(situation: &str, case: &mut Case<'_>) -> bool {
    const ITEM: &str = "2021-18-transport";
    match situation {
        "batteries under the transport exemption, ordinary carrier" => {
            batteries(case, Some(ITEM));
            ordinary_carrier(case);
        }
        "batteries under the transport exemption, ordinary vehicle and driver" => {
            batteries(case, Some(ITEM));
            ordinary_carrier(case);
            case.facts.vehicles.get_mut("truck").expect("there").valid_to = None;
            case.facts.crew.get_mut("driver").expect("there").valid_to = None;
            case.m.legs[0].escort = None;
        }
        "batteries without claiming the exemption, ordinary carrier" => {
            batteries(case, None);
            ordinary_carrier(case);
        }
        "exemption claimed for another code" => {
            case.m.consignor_part.lines[0].exemption_id = Some(ITEM.into())
        }
        "exemption of another stage claimed" => {
            batteries(case, Some(ITEM));
            ordinary_carrier(case);
            case.facts.codes.get_mut(BATTERIES).expect("there").exemptions[0].transport = false;
        }
        "batteries and oil together, ordinary carrier" => {
            batteries(case, Some(ITEM));
            add_line(case, CODE, 1_000);
            ordinary_carrier(case);
        }
        _ => return false,
    }
    true
}

fn provinces(situation: &str, case: &mut Case<'_>) -> bool {
    let Some(what) = situation.strip_prefix("to another province") else { return false };
    case.facts.parties.get_mut("disposer").expect("there").division_code = "330100".into();
    let mut approval = ApprovalFacts {
        id: "approval".into(),
        number: "苏环跨移〔2026〕1号".into(),
        active: true,
        consignor_id: "plant".into(),
        receiver_id: "disposer".into(),
        valid_from: date(2026, 1, 1),
        valid_to: date(2026, 12, 31),
        lines: vec![ApprovalLine {
            waste_code: CODE.into(),
            quantity_g: 1_000_000,
            used_g: 1_000_000 - 380_500,
        }],
    };
    match what {
        " without approval" => return true,
        ", approval for another receiver" => approval.receiver_id = "other".into(),
        ", approval for another code" => approval.lines[0].waste_code = BATTERIES.into(),
        ", approval expired" => approval.valid_to = date(2026, 11, 17),
        ", approved quantity exactly used" => {}
        ", approved quantity exceeded by one gram" => approval.lines[0].used_g += 1,
        _ => return false,
    }
    case.facts.approvals.push(approval);
    true
}

fn receivers(situation: &str, case: &mut Case<'_>) -> bool {
    let mut part = case.m.receiver_part.clone().unwrap_or_default();
    let both = |a: Option<i64>, b: Option<i64>| receiver_part(&[("lot-1", a), ("lot-2", b)]);
    match situation {
        "receiver's part not filled" => {
            case.m.receiver_part = None;
            return true;
        }
        "a container forgotten" => part.lines[0].lots.truncate(1),
        "a container too many" => {
            let extra = ReceivedContainer { lot_id: "lot-9".into(), accepted: true, received_g: 1 };
            part.lines[0].lots.push(extra);
        }
        "accepted with a refused container" => {
            part = both(Some(200_000), None);
            part.lines[0].opinion = Opinion::Accept;
        }
        "refused without reason" => {
            part = both(None, None);
            part.lines[0].reason.clear();
        }
        "partially refused" => part = both(Some(200_000), None),
        "accepted without weight" => part.lines[0].lots[0].received_g = 0,
        "refused with weight" => {
            part = both(Some(200_000), None);
            part.lines[0].lots[1].received_g = 1;
        }
        "weight within the tolerance" => part = both(Some(201_000), Some(179_500)),
        "weight beyond the tolerance" => part = both(Some(201_001), Some(180_500)),
        "major discrepancy" | "major discrepancy without reason" => {
            part.lines[0].discrepancy = true;
            if situation == "major discrepancy" {
                part.lines[0].reason = "形态不符".into();
            }
        }
        "confirmed on the sixth working day" => {}
        "facility of another firm" => case.facts.facility.as_mut().expect("there").org_id = "other".into(),
        "licence expired in transit, accepted" => case.facts.licences[0].valid_to = date(2026, 11, 17),
        "licence expired in transit, refused" => {
            part = both(None, None);
            case.facts.licences[0].valid_to = date(2026, 11, 17);
        }
        "received weight beyond 120 % of the year" => {
            case.facts.licences[0].lines[0].used_g = 120_000_000 - 380_500;
            part = both(Some(202_000), Some(180_500));
        }
        "received before arrival" => {
            part.received_at = Some(case.m.times.arrived_at.unwrap_or(0) - 61_000_000)
        }
        _ => return false,
    }
    case.m.receiver_part = Some(part);
    true
}
