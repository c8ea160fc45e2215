//! The shipped pack loads and says what it should; broken packs are refused with the place.

use super::*;

const SHIPPED: &str = include_str!("../../../../../data/warnings/rules.json");

/// The pack in `data/`.
pub(in crate::monitoring) fn shipped() -> RulePack {
    RulePack::load(SHIPPED).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(|e| e.0.to_string()).collect::<Vec<_>>().join("\n"))
    })
}

#[test]
fn the_shipped_pack_loads() {
    let pack = shipped();
    let ids: Vec<&str> = pack.rules().iter().map(Rule::id).collect();
    assert_eq!(
        ids,
        [
            "MON-WEIGHT",
            "MON-PLACE",
            "MON-STOP",
            "MON-ZONE",
            "MON-SIGNAL",
            "MON-NODOC",
            "MON-NOTRIP",
            "MON-STORAGE",
            "MON-CAPACITY",
            "MON-CONFIRM",
            "MON-ROUTE",
            "MON-VIDEO",
        ]
    );
    assert!(
        !pack.watched(SubjectKind::Transit).any(|rule| rule.id() == "MON-ROUTE"),
        "off until routes are there"
    );
    assert_eq!(pack.watched(SubjectKind::Transit).count(), 5);
}

#[test]
fn every_citation_exists_and_every_number_says_what_it_is() {
    let citations: serde_json::Value =
        serde_json::from_str(include_str!("../../../../../data/citations.json")).unwrap();
    let pack = shipped();
    for id in pack.citations() {
        assert!(citations.get(id).is_some(), "{id}");
    }
    let confirmed: Vec<_> = pack
        .rules()
        .iter()
        .flat_map(|rule| rule.source().params.iter())
        .filter(|(_, param)| param.certainty == Certainty::Confirmed)
        .map(|(name, param)| (name.as_str(), param.value))
        .collect();
    assert_eq!(confirmed, [("point_limit_g", 3_000_000), ("confirm_working_days", 5)], "only these are law");
}

/// One case of a rule: the facts, and whether it holds (`None`: not computable).
fn case(rule: &str, facts: &[(&str, Value)]) -> Option<bool> {
    let mut known = Facts::new();
    for (name, value) in facts {
        known.set(name, value.clone());
    }
    shipped().rule(rule).unwrap().holds(&known).ok()
}

fn on(names: &[&'static str]) -> Vec<(&'static str, Value)> {
    names.iter().map(|name| (*name, Value::Bool(true))).collect()
}

fn off(names: &[&'static str]) -> Vec<(&'static str, Value)> {
    names.iter().map(|name| (*name, Value::Bool(false))).collect()
}

fn n(name: &'static str, value: i64) -> (&'static str, Value) {
    (name, Value::Int(value))
}

#[test]
fn weights() {
    let weighed = |sent, received| {
        case(
            "MON-WEIGHT",
            &[
                n("sent_g", sent),
                n("difference_g", received - sent),
                n("tolerance_g", 5_000),
                n("tolerance_permille", 30),
            ],
        )
    };
    assert_eq!(weighed(1_000_000, 970_000), Some(false), "exactly 30 permille");
    assert_eq!(weighed(1_000_000, 969_999), Some(true));
    assert_eq!(weighed(1_000_000, 1_030_001), Some(true), "too much is as strange as too little");
    assert_eq!(weighed(100_000, 95_000), Some(false), "within the floor");
    assert_eq!(case("MON-WEIGHT", &[n("sent_g", 1), n("difference_g", 1)]), None, "no tolerance configured");
}

#[test]
fn places() {
    let base = on(&["departed"]);
    let with = |more: Vec<(&'static str, Value)>| case("MON-PLACE", &[base.clone(), more].concat());
    let calm =
        || [off(&["arrived", "at_other_site", "unloading_signal"]), vec![n("stopped_minutes", 0)]].concat();
    assert_eq!(with(calm()), Some(false));
    assert_eq!(
        with([calm(), on(&["unloading_signal"]), vec![n("distance_to_receiver_m", 301)]].concat()),
        Some(true)
    );
    assert_eq!(
        with([calm(), on(&["unloading_signal"]), vec![n("distance_to_receiver_m", 300)]].concat()),
        Some(false)
    );
    assert_eq!(with([calm(), on(&["at_other_site"]), vec![n("stopped_minutes", 10)]].concat()), Some(true));
    assert_eq!(with([calm(), on(&["arrived"]), vec![n("arrival_distance_m", 5_000)]].concat()), Some(true));
    assert_eq!(with([calm(), on(&["arrived"])].concat()), None, "where it was at arrival is not known");
}

#[test]
fn stops_zones_and_silence() {
    let moving = [on(&["departed"]), off(&["arrived"])].concat();
    let stop = |minutes, place: &'static str| {
        let places = off(&["at_receiver_site", "at_consignor_site", "at_other_site", "permitted_stop"]);
        let facts = [moving.clone(), places, on(&[place]), vec![n("stopped_minutes", minutes)]].concat();
        case("MON-STOP", &facts)
    };
    assert_eq!(stop(29, "departed"), Some(false));
    assert_eq!(stop(30, "departed"), Some(true));
    assert_eq!(stop(300, "permitted_stop"), Some(false));
    assert_eq!(stop(300, "at_receiver_site"), Some(false));
    let zone = |more| case("MON-ZONE", &[moving.clone(), on(&["in_restricted_zone"]), more].concat());
    assert_eq!(zone(vec![]), Some(true), "nothing registered is no approval");
    assert_eq!(zone(on(&["zone_approved"])), Some(false));
    let signal = |more| case("MON-SIGNAL", &[moving.clone(), more].concat());
    assert_eq!(signal([on(&["position_known"]), vec![n("silent_minutes", 15)]].concat()), Some(true));
    assert_eq!(
        signal(off(&["position_known"])),
        Some(false),
        "no position at all is a manifest without a trip"
    );
    let trip = |minutes, more| {
        case("MON-NOTRIP", &[moving.clone(), vec![n("minutes_since_departure", minutes)], more].concat())
    };
    assert_eq!(trip(60, off(&["position_known"])), Some(true));
    assert_eq!(trip(59, off(&["position_known"])), Some(false));
    assert_eq!(trip(90, [on(&["position_known"]), vec![n("moved_m", 499)]].concat()), Some(true));
    assert_eq!(trip(90, [on(&["position_known"]), vec![n("moved_m", 500)]].concat()), Some(false));
}

#[test]
fn documents_storage_and_confirmation() {
    let trip = |open: bool, minutes| {
        let facts =
            vec![n("site_minutes", minutes), n("moved_m", 2_000), ("has_open_manifest", Value::Bool(open))];
        case("MON-NODOC", &[on(&["left_generator_site"]), facts].concat())
    };
    assert_eq!(trip(false, 10), Some(true));
    assert_eq!(trip(true, 10), Some(false));
    assert_eq!(trip(false, 9), Some(false), "it only passed by");
    let lot = |licensed: bool, over: bool, more: Vec<(&'static str, Value)>| {
        let facts = vec![
            ("licensed_operator", Value::Bool(licensed)),
            ("over_one_year", Value::Bool(over)),
            n("stored_days", 400),
        ];
        case("MON-STORAGE", &[facts, more].concat())
    };
    assert_eq!(lot(true, true, vec![]), Some(true), "Art. 81 binds licensed operators");
    assert_eq!(lot(true, true, on(&["extension_approved"])), Some(false));
    assert_eq!(lot(false, true, vec![]), Some(false), "a generator without a configured limit");
    assert_eq!(lot(false, true, vec![n("limit_days", 365)]), Some(true));
    assert_eq!(lot(false, false, vec![n("limit_days", 400)]), Some(false), "the last day is within");
    let full = |permille, point: bool, stock| {
        case(
            "MON-CAPACITY",
            &[n("stock_permille", permille), n("stock_g", stock), ("storage_point", Value::Bool(point))],
        )
    };
    assert_eq!(full(1_000, false, 9_000_000), Some(false));
    assert_eq!(full(1_001, false, 1), Some(true));
    assert_eq!(full(500, true, 3_000_001), Some(true), "a storage point holds three tonnes");
    let confirm = |days: i64| {
        let facts =
            [on(&["arrived"]), off(&["confirmed"]), vec![n("working_days_since_arrival", days)]].concat();
        case("MON-CONFIRM", &facts)
    };
    assert_eq!((confirm(5), confirm(6)), (Some(false), Some(true)), "Art. 18: five working days");
    assert_eq!(case("MON-CONFIRM", &[on(&["arrived"]), off(&["confirmed"])].concat()), None, "no calendar");
}

#[test]
fn a_snapshot_keeps_what_was_read_and_shown() {
    let pack = shipped();
    let facts = Facts::new()
        .with("stopped_minutes", 31_i64)
        .with("distance_to_receiver_m", 5_i64)
        .with("moved_m", 9_i64);
    let kept = pack.rule("MON-STOP").unwrap().snapshot(&facts);
    let names: Vec<&str> = kept.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["distance_to_receiver_m", "stopped_minutes"]);
}

/// The shipped pack with one replacement, and the ids and places of what is then wrong.
fn broken(from: &str, to: &str) -> Vec<(&'static str, String)> {
    assert!(SHIPPED.contains(from), "{from}");
    let errors = RulePack::load(&SHIPPED.replacen(from, to, 1)).unwrap_err();
    errors.into_iter().map(|PackError(violation)| (violation.rule, violation.path)).collect()
}

#[test]
fn a_broken_pack_says_where() {
    for (from, to, rule, path) in [
        ("abs(difference_g) > tolerance_g", "abs(diference_g) > tolerance_g", "MON-C-002", "/rules/0/when"),
        (
            "\"verified\"], \"when\": \"verified\"",
            "\"verified\"], \"when\": \"1 + 1\"",
            "MON-C-004",
            "/rules/11/when",
        ),
        ("MON-PLACE", "MON-WEIGHT", "MON-P-002", "/rules/1/id"),
        ("MON-PLACE", "mon-place", "MON-P-002", "/rules/1/id"),
        ("\"departed\", ", "", "MON-P-004", "/rules/1/facts"),
        ("\"dwell_s\": 30,", "\"dwell_s\": -1,", "MON-P-007", "/rules/3/dwell_s"),
        ("相差 {difference_g}", "相差 {diference_g}", "MON-P-006", "/rules/0/texts/zh-CN/explanation"),
        ("Long stop on the way", " ", "MON-P-005", "/rules/2/texts/en/title"),
        (
            "\"certainty\": \"configuration\"",
            "\"certainty\": \"confirmed\"",
            "MON-P-003",
            "/rules/1/params/place_tolerance_m",
        ),
    ] {
        let found = broken(from, to);
        assert!(
            found.iter().any(|(r, p)| *r == rule && p == path),
            "{from}: {found:?} lacks {rule} at {path}"
        );
    }
    let errors = RulePack::load("{").unwrap_err();
    assert_eq!(errors.first().map(|e| e.0.rule), Some(ids::JSON));
}

#[test]
fn a_parameter_never_hides_a_fact() {
    let found = broken("\"stop_minutes\": {", "\"stopped_minutes\": {");
    assert!(
        found.iter().any(|(rule, path)| *rule == ids::PARAMETER && path == "/rules/2/params/stopped_minutes")
    );
}

#[test]
fn the_year_of_storage_ends_after_its_anniversary() {
    use crate::monitoring::subjects::storage_year_over;
    use crate::time::Date;
    let day = |y, m, d| Date::new(y, m, d).unwrap();
    assert!(!storage_year_over(day(2025, 11, 24), day(2026, 11, 24)));
    assert!(storage_year_over(day(2025, 11, 24), day(2026, 11, 25)));
    assert!(storage_year_over(day(2024, 2, 29), day(2025, 3, 1)));
    assert!(!storage_year_over(day(2024, 2, 29), day(2025, 2, 28)));
}
