//! Examples that a regulator would write, what is refused and where, and properties: nothing panics, the answer
//! is the library's own wherever that has one, and an unknown fact never turns into false.

use proptest::prelude::*;

use super::*;

fn schema() -> Schema {
    Schema::new(vec![
        FactDef::new("stopped_minutes", FactType::Int, "min"),
        FactDef::new("sent_g", FactType::Int, "g"),
        FactDef::new("received_g", FactType::Int, "g"),
        FactDef::new("speed_kmh", FactType::Decimal, "km/h"),
        FactDef::new("departed", FactType::Bool, ""),
        FactDef::new("permitted_stop", FactType::Bool, ""),
        FactDef::new("kind", FactType::Text, ""),
    ])
    .with_constant("stop_minutes", Value::Int(30))
}

fn facts() -> Facts {
    Facts::new()
        .with("stopped_minutes", 45_i64)
        .with("sent_g", 1_000_000_i64)
        .with("received_g", 980_000_i64)
        .with("speed_kmh", Value::decimal(805, 1))
        .with("departed", true)
        .with("permitted_stop", false)
        .with("kind", "smoke")
}

fn holds(text: &str) -> Result<bool, NotComputable> {
    Condition::parse(text, &schema()).unwrap().eval(&facts())
}

fn refused(text: &str) -> (Reason, usize) {
    let error = Condition::parse(text, &schema()).unwrap_err();
    (error.reason, error.position)
}

#[test]
fn conditions_as_a_regulator_writes_them() {
    for (text, expected) in [
        ("departed and not permitted_stop and stopped_minutes > stop_minutes", true),
        ("stopped_minutes > 45", false),
        ("stopped_minutes >= 45 and stopped_minutes <= 45", true),
        ("abs(sent_g - received_g) * 1000 > sent_g * 20", false),
        ("abs(sent_g - received_g) * 1000 >= sent_g * 20", true),
        ("speed_kmh > 80.4 and speed_kmh < 80.6", true),
        ("speed_kmh == 80.5", true),
        ("kind in ['smoke', 'fire']", true),
        ("kind not in ['smoke', 'fire']", false),
        (
            "kind != \"leak\" and startsWith(kind, 'smo') and contains(kind, 'mok') and endsWith(kind, 'e')",
            true,
        ),
        ("stopped_minutes in [45..60)", true),
        ("stopped_minutes in (45..60]", false),
        ("(departed ? stopped_minutes : 0) == 45", true),
        ("max([stopped_minutes, 50]) - min([3, 2.5]) == 47.5", true),
        ("sent_g / 3 * 3 != sent_g or 7 % 4 == 3", true),
        ("round(speed_kmh) == 81 and floor(speed_kmh) == 80 and ceil(speed_kmh) == 81", true),
        ("round(1.005, 2) == 1.01", true),
        ("-stopped_minutes < 0 and 0.1 + 0.2 == 0.3", true),
        ("not (departed and permitted_stop)", true),
    ] {
        assert_eq!(holds(text), Ok(expected), "{text}");
    }
}

#[test]
fn refusals_name_the_place() {
    for (text, reason, position) in [
        ("stoped_minutes > 3", Reason::UnknownName, 0),
        ("departed and speed > 3", Reason::UnknownName, 13),
        ("departed > 3", Reason::WrongType, 0),
        ("departed and stopped_minutes", Reason::WrongType, 13),
        ("kind > 'a'", Reason::WrongType, 0),
        ("kind == 3", Reason::WrongType, 8),
        ("stopped_minutes + 1", Reason::NotBool, 0),
        ("departed and", Reason::Syntax, 12),
        ("departed departed", Reason::Syntax, 17),
        ("(departed", Reason::Syntax, 9),
        ("'open", Reason::Syntax, 0),
        ("", Reason::Syntax, 0),
        ("stopped_minutes > rand(5)", Reason::Function, 18),
        ("d('now') > d('2020-01-01')", Reason::Function, 0),
        ("date('now') > 3", Reason::Function, 0),
        ("foo(3) > 1", Reason::Function, 0),
        ("matches(kind, 'a+')", Reason::Function, 0),
        ("some([1, 2], # > 1)", Reason::Function, 0),
        ("speed_kmh ^ 2 > 3", Reason::Unsupported, 0),
        ("kind.length > 3", Reason::Unsupported, 0),
        ("$root == 3", Reason::Unsupported, 0),
        ("null == kind", Reason::Unsupported, 0),
        ("min(3, 4) > 1", Reason::Unsupported, 0),
        ("departed and 1 in stopped_minutes", Reason::Unsupported, 18),
    ] {
        assert_eq!(refused(text), (reason, position), "{text}");
    }
}

#[test]
fn an_unknown_name_suggests_the_nearest() {
    let error = Condition::parse("stoped_minutes > 3", &schema()).unwrap_err();
    assert_eq!(
        error.params,
        [("name", "stoped_minutes".to_owned()), ("nearest", "stopped_minutes".to_owned())]
    );
    let violation = error.violation("/rules/0/when");
    assert_eq!(violation.rule, rules::UNKNOWN_NAME);
    assert_eq!(violation.params.first(), Some(&("position", "1".to_owned())));
    let far = Condition::parse("xyzzy > 3", &schema()).unwrap_err();
    assert_eq!(far.params.last(), Some(&("nearest", String::new())));
}

#[test]
fn length_and_depth_are_bounded() {
    let long = format!("departed and {}", "departed and ".repeat(200));
    assert_eq!(refused(&long), (Reason::TooLong, MAX_CHARS));
    for deep in [
        format!("{}departed{}", "(".repeat(900), ")".repeat(900)),
        format!("{}departed", "not ".repeat(400)),
        format!("{}stopped_minutes > 1", "-".repeat(900)),
        "departed ? true : ".repeat(100) + "false",
        "[".repeat(1_900),
    ] {
        assert_eq!(refused(&deep).0, Reason::TooDeep, "{deep:.40}");
    }
    let chain = "departed or ".repeat(150) + "departed";
    assert_eq!(holds(&chain), Ok(true));
}

#[test]
fn a_missing_fact_is_never_false() {
    let mut known = facts();
    known.forget("speed_kmh");
    let eval = |text: &str| Condition::parse(text, &schema()).unwrap().eval(&known);
    let missing = || Err(NotComputable::Missing { fact: "speed_kmh".to_owned() });
    assert_eq!(eval("speed_kmh > 80"), missing());
    assert_eq!(eval("not (speed_kmh > 80)"), missing());
    assert_eq!(eval("speed_kmh == speed_kmh"), missing());
    assert_eq!(eval("departed and speed_kmh > 80"), missing());
    assert_eq!(eval("permitted_stop and speed_kmh > 80"), Ok(false), "decided by the other side");
    assert_eq!(eval("speed_kmh > 80 and permitted_stop"), Ok(false), "on whichever side it stands");
    assert_eq!(eval("speed_kmh > 80 or departed"), Ok(true));
    assert_eq!(eval("(speed_kmh ?? 0) > 80"), Ok(false), "the author said what to take instead");
    assert_eq!(eval("stopped_minutes in [speed_kmh, 45]"), Ok(true));
    assert_eq!(eval("stopped_minutes in [speed_kmh, 46]"), missing());
    assert_eq!(eval("(speed_kmh > 1 ? 1 : 1) == 1"), missing());
}

#[test]
fn a_division_by_zero_says_so() {
    assert_eq!(holds("sent_g / (stopped_minutes - 45) == 3"), Err(NotComputable::DivisionByZero));
    assert_eq!(holds("sent_g % 0 == 3"), Err(NotComputable::DivisionByZero));
    assert_eq!(holds("(sent_g / 0 ?? 1) == 1"), Err(NotComputable::DivisionByZero), "not a missing fact");
    assert_eq!(holds("departed or sent_g / 0 > 1"), Ok(true));
    let huge = "sent_g * 1000000000000000 * 1000000000000000 > 1";
    assert_eq!(holds(huge), Err(NotComputable::Overflow));
}

#[test]
fn a_fact_of_another_type_is_a_defect_that_shows() {
    let wrong = Facts::new().with("stopped_minutes", "many");
    let answer = Condition::parse("stopped_minutes > 3", &schema()).unwrap().eval(&wrong);
    assert_eq!(answer, Err(NotComputable::WrongType { fact: "stopped_minutes".to_owned() }));
}

#[test]
fn formulas_keep_their_type() {
    let value =
        |text: &str| Expression::parse(text, &schema()).map(|e| (e.result_type(), e.eval(&facts()).unwrap()));
    assert_eq!(value("sent_g - received_g"), Ok((FactType::Int, Value::Int(20_000))));
    let share = value("(sent_g - received_g) * 1000 / sent_g").unwrap();
    assert_eq!(share.0, FactType::Decimal);
    assert_eq!(share.1.to_string(), "20");
    assert_eq!(value("departed ? 'a' : 'b'"), Ok((FactType::Text, Value::from("a"))));
    let names = Expression::parse("sent_g + stop_minutes + sent_g", &schema()).unwrap();
    assert_eq!(names.names(), ["sent_g"], "a constant is no fact");
}

#[test]
fn facts_survive_json_exactly() {
    let before = facts();
    let json = serde_json::to_string(&before).unwrap();
    assert_eq!(serde_json::from_str::<Facts>(&json).unwrap(), before, "{json}");
    assert!(json.contains(r#""speed_kmh":{"decimal":"80.5"}"#), "{json}");
}

fn any_number() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("stopped_minutes".to_owned()),
        Just("sent_g".to_owned()),
        Just("speed_kmh".to_owned()),
        Just("stop_minutes".to_owned()),
        (0_i64..1_000).prop_map(|n| n.to_string()),
        (0_i64..1_000).prop_map(|n| format!("{}.{:02}", n / 100, n % 100)),
    ]
    .prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["+", "-", "*", "/", "%"]), inner.clone())
                .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            inner.clone().prop_map(|a| format!("abs({a})")),
            inner.clone().prop_map(|a| format!("round({a}, 1)")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("max([{a}, {b}])")),
        ]
    })
}

fn any_condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("departed".to_owned()),
        Just("permitted_stop".to_owned()),
        (any_number(), prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]), any_number())
            .prop_map(|(a, op, b)| format!("{a} {op} {b}")),
        (any_number(), any_number()).prop_map(|(a, b)| format!("{a} in [{b}, 45]")),
        Just("kind in ['smoke']".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["and", "or"]), inner.clone())
                .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,80}") {
        let _ = Condition::parse(&text, &schema());
    }

    #[test]
    fn any_pile_of_tokens_is_answered(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "departed", "speed_kmh", "(", ")", "[", "]", "{", "}", "and", "or", "not", "-", "+", "??", "?", ":",
                "..", ".", ",", "'a'", "`", "${", "#", "$", "$root", "null", "true", "1", "2.5", "in", "not in",
                "min", "d", "some", "as", "=", ";", "==", "<", "%", "^",
            ]),
            0..24,
        )
    ) {
        if let Ok(condition) = Condition::parse(&tokens.join(" "), &schema()) {
            let _ = condition.eval(&facts());
        }
    }

    /// The library's own machine is the oracle: where it gives true or false without a null on the way, so do we.
    #[test]
    fn the_answer_is_that_of_the_library(text in any_condition()) {
        let ours = Condition::parse(&text, &schema()).unwrap().eval(&facts());
        let context = serde_json::json!({
            "stopped_minutes": 45, "sent_g": 1_000_000, "received_g": 980_000, "speed_kmh": 80.5,
            "departed": true, "permitted_stop": false, "kind": "smoke", "stop_minutes": 30,
        });
        let theirs = zen_expression::evaluate_expression(&text, context.into());
        if let (Ok(ours), Ok(zen_expression::Variable::Bool(theirs))) = (&ours, &theirs) {
            prop_assert_eq!(ours, theirs, "{}", text);
        }
        if theirs.is_err() {
            prop_assert!(ours.is_err() || text.contains("and") || text.contains("or") || text.contains(" in "), "{}", text);
        }
    }

    /// Forgetting a fact turns an answer into "not computable" or leaves it, and never into the other answer.
    #[test]
    fn an_unknown_fact_never_flips_an_answer(
        text in any_condition(),
        forgotten in prop::sample::select(vec!["stopped_minutes", "sent_g", "speed_kmh", "departed", "permitted_stop", "kind"])
    ) {
        let condition = Condition::parse(&text, &schema()).unwrap();
        let mut known = facts();
        let full = condition.eval(&known);
        known.forget(forgotten);
        match (full, condition.eval(&known)) {
            (Ok(full), Ok(partial)) => prop_assert_eq!(full, partial),
            (Err(_), Ok(_)) => prop_assert!(false, "knowing less cannot make it computable: {}", text),
            (_, Err(_)) => {}
        }
    }
}
