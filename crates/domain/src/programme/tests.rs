//! The rules of the programme by example.

use jiff::civil::date;

use super::*;
use crate::problem::Violation;

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("decimal")
}

fn known() -> Known {
    let set = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect::<BTreeSet<_>>();
    Known {
        clauses: set(&["2.1"]),
        orgs: set(&["a", "b"]),
        towns: set(&["x", "y"]),
        indicators: Some(set(&["n01"])),
        measures: BTreeMap::from([
            ("percent".to_owned(), Measure { adds_up: false, max: Some(Decimal::ONE_HUNDRED) }),
            ("tonne".to_owned(), Measure { adds_up: true, max: None }),
        ]),
        taken: set(&["T-09"]),
        first_year: 2022,
    }
}

fn item() -> Item {
    Item {
        list: List::Task,
        code: "T-01".to_owned(),
        clause: "2.1".to_owned(),
        title: Words { zh: "事".to_owned(), en: "Thing".to_owned() },
        detail: Words::default(),
        lead: Some("a".to_owned()),
        joint: vec!["b".to_owned()],
        all_towns: true,
        towns: Vec::new(),
        starts_on: Some(date(2023, 1, 1)),
        due_on: Some(date(2025, 12, 31)),
        due_named: true,
        rhythm: Rhythm::Once,
        indicator: None,
        unit: None,
        bound: None,
        total: None,
        shares: Vec::new(),
        horizon: 2025,
        withdrawn: None,
    }
}

fn ids(found: &[Violation]) -> Vec<(&str, &str)> {
    found.iter().map(|v| (v.rule, v.path.as_str())).collect()
}

fn share(year: Option<i16>, town: Option<&str>, value: &str) -> Share {
    Share { year, town: town.map(str::to_owned), value: decimal(value) }
}

#[test]
fn a_sound_item_is_sound() {
    assert_eq!(ids(&check(&item(), &known())), []);
}

#[test]
fn everything_wrong_is_told_at_once() {
    let wrong = Item {
        code: "G-01".to_owned(),
        clause: "9".to_owned(),
        title: Words::default(),
        lead: Some("c".to_owned()),
        joint: vec!["b".to_owned(), "b".to_owned()],
        towns: vec!["z".to_owned()],
        starts_on: Some(date(2025, 6, 1)),
        due_on: Some(date(2024, 6, 1)),
        indicator: Some("n99".to_owned()),
        unit: Some("barrel".to_owned()),
        ..item()
    };
    let found = check(&wrong, &known());
    let expected = [
        (rules::TITLE, "/title/zh-CN"),
        (rules::CODE, "/code"),
        (rules::CLAUSE, "/clause"),
        (rules::INDICATOR, "/indicator"),
        (rules::UNIT_UNKNOWN, "/lead"),
        (rules::UNIT_TWICE, "/joint/1"),
        (rules::TOWN, "/towns/0"),
        (rules::TOWNS_TWICE, "/towns"),
        (rules::DATES, "/starts_on"),
        (rules::MEASURE, "/unit"),
    ];
    assert_eq!(ids(&found), expected);
}

#[test]
fn dates_and_values_stay_within_the_programme() {
    let late = Item { due_on: Some(date(2026, 3, 1)), ..item() };
    assert_eq!(ids(&check(&late, &known())), [(rules::HORIZON, "/due_on")]);
    let value = Item {
        unit: Some("percent".to_owned()),
        shares: vec![share(Some(2026), None, "40"), share(Some(2025), None, "101")],
        ..item()
    };
    let found = check(&value, &known());
    assert_eq!(ids(&found), [(rules::HORIZON, "/shares/0/year"), (rules::RANGE, "/shares/1/value")]);
    let bare = Item { shares: vec![share(Some(2025), None, "1")], ..item() };
    assert_eq!(ids(&check(&bare, &known())), [(rules::NO_MEASURE, "/unit")]);
    let project = Item { list: List::Project, code: "P-01".to_owned(), due_on: None, ..item() };
    assert_eq!(ids(&check(&project, &known())), [(rules::NO_DUE, "/due_on")]);
}

#[test]
fn shares_add_up_where_the_unit_does() {
    let shares = vec![
        share(Some(2024), None, "10"),
        share(Some(2025), None, "20"),
        share(Some(2025), Some("x"), "12.5"),
        share(Some(2025), Some("y"), "7"),
    ];
    let tonnes =
        Item { unit: Some("tonne".to_owned()), total: Some(decimal("31")), shares: shares.clone(), ..item() };
    let found = check(&tonnes, &known());
    assert_eq!(ids(&found), [(rules::TOWNS_SUM, "/shares"), (rules::YEARS_SUM, "/total")]);
    assert!(found[0].params.contains(&("sum", "19.5".to_owned())));
    let percent = Item { unit: Some("percent".to_owned()), total: None, shares, ..item() };
    assert_eq!(ids(&check(&percent, &known())), [], "percentages are not added");
    let twice = Item {
        unit: Some("percent".to_owned()),
        shares: vec![share(Some(2025), None, "1"), share(Some(2025), None, "1")],
        ..item()
    };
    assert_eq!(ids(&check(&twice, &known())), [(rules::SHARE_TWICE, "/shares/1/year")]);
}

fn report(percent: i64, state: State) -> Progress {
    Progress {
        day: date(2025, 6, 1),
        town: None,
        percent,
        state,
        note: "已完成".to_owned(),
        obstacle: String::new(),
        evidence: Vec::new(),
    }
}

#[test]
fn a_report_agrees_with_itself() {
    let facts = ProgressFacts { today: date(2025, 6, 2), before: None };
    let of = |r: &Progress, f: &ProgressFacts| {
        check_progress(&item(), r, f).iter().map(|v| v.rule).collect::<Vec<_>>()
    };
    assert_eq!(of(&report(40, State::Running), &facts), Vec::<&str>::new());
    assert_eq!(of(&report(100, State::Running), &facts), [rules::STATE]);
    assert_eq!(of(&report(100, State::Done), &facts), [rules::NO_EVIDENCE]);
    assert_eq!(of(&report(101, State::Running), &facts), [rules::PERCENT, rules::STATE]);
    assert_eq!(of(&report(40, State::Blocked), &facts), [rules::NO_OBSTACLE]);
    let early = ProgressFacts { today: date(2025, 5, 31), before: None };
    assert_eq!(of(&report(40, State::Running), &early), [rules::DAY]);
    let after = ProgressFacts { before: Some(60), ..facts.clone() };
    assert_eq!(of(&report(40, State::Running), &after), [rules::BACKWARD]);
    let silent = Progress { note: " ".to_owned(), ..report(40, State::Running) };
    assert_eq!(of(&silent, &facts), [rules::NOTE]);
    let gone = Item { withdrawn: Some("改".to_owned()), ..item() };
    let found = check_progress(&gone, &report(40, State::Running), &facts);
    assert_eq!(ids(&found), [(rules::WITHDRAWN, "")]);
}

const LIMITS: Limits = Limits { amber_lag: 10, red_lag: 30, stale_days: 180, blocked_red_days: 90 };

fn matter() -> Matter {
    Matter {
        list: List::Task,
        rhythm: Rhythm::Once,
        starts_on: Some(date(2023, 1, 1)),
        due_on: Some(date(2024, 12, 31)),
        horizon: 2025,
        known_since: date(2023, 1, 1),
        withdrawn: false,
        report: None,
        indicator: None,
    }
}

/// What each light means, as a table: report, today, light.
#[test]
fn lights_by_rule() {
    use Light as L;
    use Reason as R;
    use State as S;
    let half = date(2024, 1, 1);
    let reported = |percent, state| Some((date(2023, 12, 1), percent, state));
    let table = [
        (reported(50, S::Running), half, L::Green, R::OnTrack),
        (reported(39, S::Running), half, L::Amber, R::Behind),
        (reported(10, S::Running), half, L::Red, R::Behind),
        (reported(49, S::Blocked), half, L::Amber, R::Blocked),
        (reported(90, S::Blocked), date(2024, 11, 1), L::Red, R::Blocked),
        (reported(95, S::Running), date(2024, 10, 1), L::Amber, R::Stale),
        (reported(99, S::Running), date(2025, 1, 1), L::Red, R::Overdue),
        (reported(100, S::Done), date(2026, 1, 1), L::Green, R::Done),
        (Some((date(2025, 2, 1), 100, S::Done)), date(2026, 1, 1), L::Green, R::DoneLate),
        (None, date(2022, 12, 31), L::None, R::NotBegun),
        (None, half, L::None, R::NoReport),
        (None, date(2025, 1, 1), L::Red, R::Overdue),
    ];
    for (row, (report, today, colour, reason)) in table.into_iter().enumerate() {
        let m = Matter { report, ..matter() };
        assert_eq!(light(&m, 2024, today, &LIMITS), Shown { light: colour, reason }, "row {row}");
    }
}

#[test]
fn what_ended_before_the_platform_waits_for_its_final_result() {
    let m = Matter { known_since: date(2026, 3, 1), ..matter() };
    let found = light(&m, 2025, date(2026, 3, 2), &LIMITS);
    assert_eq!(found, Shown { light: Light::None, reason: Reason::AwaitingFinal });
}

#[test]
fn a_target_shows_its_indicators_light_and_later_years_are_not_set() {
    let m = Matter { list: List::Target, indicator: Some(Some(Light::Red)), ..matter() };
    let today = date(2026, 6, 1);
    assert_eq!(light(&m, 2025, today, &LIMITS), Shown { light: Light::Red, reason: Reason::Indicator });
    assert_eq!(light(&m, 2026, today, &LIMITS), Shown { light: Light::None, reason: Reason::NotSet });
    let missing = Matter { indicator: Some(None), ..m };
    let found = light(&missing, 2025, today, &LIMITS);
    assert_eq!(found, Shown { light: Light::None, reason: Reason::NoFigure }, "missing is not zero");
    assert_eq!(phase(2025, 2025, today), Phase::Final);
    assert_eq!(phase(2025, 2025, date(2025, 6, 1)), Phase::Running);
}

#[test]
fn something_yearly_is_due_every_year_and_a_report_counts_for_its_year() {
    let yearly = Matter { rhythm: Rhythm::Yearly, due_on: Some(date(2025, 12, 31)), ..matter() };
    assert_eq!(due_in(Rhythm::Yearly, yearly.due_on, 2024), Some(date(2024, 12, 31)));
    assert_eq!(due_in(Rhythm::Yearly, Some(date(2025, 2, 28)), 2024), Some(date(2024, 2, 29)));
    let done = Matter { report: Some((date(2023, 12, 20), 100, State::Done)), ..yearly };
    let in_2024 = date(2024, 5, 1);
    assert_eq!(light(&done, 2023, in_2024, &LIMITS).reason, Reason::Done);
    assert_eq!(light(&done, 2024, in_2024, &LIMITS).reason, Reason::NoReport);
}

#[test]
fn values_keep_their_digits_in_json() {
    let with = Item {
        unit: Some("tonne".to_owned()),
        total: Some(decimal("0.10")),
        shares: vec![share(Some(2025), None, "0.10")],
        ..item()
    };
    let text = serde_json::to_string(&with).expect("json");
    assert!(text.contains(r#""total":"0.1""#) && text.contains(r#""value":"0.1""#), "{text}");
    assert_eq!(serde_json::from_str::<Item>(&text).expect("item"), with);
}
