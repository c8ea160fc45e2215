//! What goes on around the documents: warnings, the audit log, the journal, video events, roadside checks.

use std::collections::BTreeSet;

use db::Value;
use domain::monitoring::rules::Level;
use domain::monitoring::subjects::SubjectKind;
use domain::monitoring::warning::{Cause, Episode, Raise, Status, Warning};

use super::fill::{DAY, Patterns, doc};
use super::firms::{Firms, id};
use super::pattern::Dice;
use super::sink::Sink;
use crate::Failure;

const RULES: [(&str, &str); 4] =
    [("MON-SIGNAL", "medium"), ("MON-STOP", "low"), ("MON-ZONE", "high"), ("MON-NOTRIP", "notice")];

fn warning(
    p: &Patterns,
    firms: &Firms,
    n: usize,
    count: usize,
    rows: usize,
    tenant: &str,
) -> Result<Vec<Value>, Failure> {
    let d = doc(firms, n * (rows / count.max(1)).max(1), rows);
    let mut dice = Dice(n as u64 + 77);
    let (rule, severity) = RULES[dice.below(RULES.len())];
    let open = n * 100 / count >= 97 || dice.permille(4);
    let status = if open {
        [Status::Raised, Status::Assigned, Status::Verified][dice.below(3)]
    } else {
        Status::Closed
    };
    let (vehicle, _, _) = &d.carrier.trucks[d.truck];
    let episode = Episode { key: format!("e{n}"), start: d.at };
    let raised = Raise {
        id: id(18, n),
        cause: Cause {
            rule: rule.to_owned(),
            subject_kind: SubjectKind::Vehicle,
            subject_id: vehicle.clone(),
        },
        rule_version: 1,
        severity: Level::parse(severity).unwrap_or(Level::Low),
        episode: episode.clone(),
        orgs: vec![d.carrier.id.clone(), d.consignor.id.clone()],
        vehicle_id: Some(vehicle.clone()),
        manifest_id: Some(id(16, d.n)),
        facts: domain::condition::Facts::default(),
        place: None,
        at: d.at,
    };
    let document = Warning {
        raised,
        version: 1,
        status,
        last_episode: episode,
        last_at: d.at,
        count: 1,
        assignment: None,
        finding: None,
        closing: None,
        before_appeal: None,
        appealed_by: BTreeSet::new(),
    };
    let document = serde_json::to_string(&document).map_err(|e| Failure::new(e.to_string()))?;
    let rank = match severity {
        "notice" => 0,
        "low" => 1,
        "medium" => 2,
        _ => 3,
    };
    let cause = format!("{rule}:vehicle:{n}");
    let assigned = if status == Status::Assigned { Value::Text(id(6, dice.below(12))) } else { Value::Null };
    Ok(p.warning.make(
        0,
        [
            ("tenant_id", Value::from(tenant)),
            ("id", Value::Text(id(18, n))),
            ("number", Value::Text(format!("W{n:08}"))),
            ("version", Value::Int(1)),
            ("status", Value::from(status.as_str())),
            ("open", Value::Bool(open)),
            ("rule", Value::from(rule)),
            ("severity", Value::from(severity)),
            ("severity_rank", Value::Int(rank)),
            ("cause", Value::from(cause.as_str())),
            ("open_cause", if open { Value::from(cause.as_str()) } else { Value::Null }),
            ("subject_kind", Value::from("vehicle")),
            ("subject_id", Value::from(vehicle.as_str())),
            ("org_id", Value::from(d.carrier.id.as_str())),
            ("town", Value::from(d.consignor.town.as_str())),
            ("vehicle_id", Value::from(vehicle.as_str())),
            ("manifest_id", Value::Text(id(16, d.n))),
            ("raised_at", Value::Int(d.at)),
            ("last_at", Value::Int(d.at + (n as i64 * 7_919_000) % DAY)),
            ("count", Value::Int(1)),
            ("assigned_to", assigned),
            ("position", Value::Int(9_000_000 + n as i64)),
            ("document", Value::Text(document)),
        ],
    ))
}

/// Fills them.
pub(super) async fn around(
    sink: &mut Sink,
    p: &Patterns,
    firms: &Firms,
    rows: usize,
    tenant: &str,
) -> Result<(), Failure> {
    let count = (rows / 10).max(10);
    let warnings: Vec<_> =
        (0..count).map(|n| warning(p, firms, n, count, rows, tenant)).collect::<Result<_, _>>()?;
    sink.put("warning", &p.warning.columns, warnings.into_iter()).await?;
    let orgs = (0..2 * count).map(|i| {
        let d = doc(firms, i / 2 * (rows / count).max(1), rows);
        let org = if i % 2 == 0 { d.carrier } else { d.consignor };
        p.warning_org.make(
            0,
            [
                ("tenant_id", Value::from(tenant)),
                ("warning_id", Value::Text(id(18, i / 2))),
                ("org_id", Value::from(org.id.as_str())),
            ],
        )
    });
    sink.put("warning_org", &p.warning_org.columns, orgs).await?;
    let kinds =
        ["audit.signed_in", "audit.signed_out", "audit.sign_in_failed", "audit.exported", "audit.erased"];
    let audit = (0..rows).map(|n| {
        let d = doc(firms, n, rows);
        let mut dice = Dice(n as u64 + 99);
        p.audit.make(
            n,
            [
                ("position", Value::Int(20_000_000 + n as i64)),
                ("at", Value::Int(d.at)),
                ("kind", Value::from(kinds[dice.skewed(kinds.len())])),
                ("actor_id", Value::from(d.carrier.trucks[d.truck].2.as_str())),
                ("org_id", Value::from(d.carrier.id.as_str())),
            ],
        )
    });
    sink.put("audit_entry", &p.audit.columns, audit).await?;
    let journal = (0..rows).map(|n| {
        let d = doc(firms, n, rows);
        p.journal.make(
            n,
            [
                ("position", Value::Int(20_000_000 + n as i64)),
                ("id", Value::Text(id(19, n))),
                ("subject_id", Value::Text(id(16, n))),
                ("org_id", Value::from(d.consignor.id.as_str())),
                ("occurred_at", Value::Int(d.at)),
                ("recorded_at", Value::Int(d.at)),
            ],
        )
    });
    sink.put("journal_event", &p.journal.columns, journal).await?;
    let videos = (0..rows / 20).map(|n| {
        let d = doc(firms, n * 20, rows);
        let mut dice = Dice(n as u64 + 5);
        p.video.make(
            0,
            [
                ("tenant_id", Value::from(tenant)),
                ("id", Value::Text(id(20, n))),
                ("camera_id", Value::Text(id(21, n % 200))),
                ("site_id", Value::from(d.receiver.site.as_str())),
                ("org_id", Value::from(d.receiver.id.as_str())),
                ("town", Value::from(d.receiver.town.as_str())),
                ("external_id", Value::Text(format!("x{n}"))),
                ("kind", Value::from(["no_helmet", "intrusion"][dice.below(2)])),
                ("at", Value::Int(d.at)),
                ("confidence_permille", Value::Int(900)),
                ("status", Value::from(["confirmed", "rejected", "pending"][dice.below(3)])),
                ("reported_at", Value::Int(d.at)),
                ("account_id", Value::from("system")),
                ("note", Value::from("")),
                ("position", Value::Int(30_000_000 + n as i64)),
            ],
        )
    });
    sink.put("video_event", &p.video.columns, videos).await?;
    let checks = (0..rows / 20).map(|n| {
        let d = doc(firms, n * 20, rows);
        p.check.make(
            0,
            [
                ("tenant_id", Value::from(tenant)),
                ("id", Value::Text(id(22, n))),
                ("checked_no", Value::Text(format!("C{n:08}"))),
                ("at", Value::Int(d.at)),
                ("account_id", Value::Text(id(6, n % 3))),
                ("org_id", Value::from(d.consignor.id.as_str())),
                ("kind", Value::from("plate")),
                ("value", Value::from(d.carrier.trucks[d.truck].1.as_str())),
                ("purpose", Value::from("patrol")),
                ("found", Value::Bool(n % 3 == 0)),
                ("outcome", Value::Text(format!("{{\"vehicle_id\":\"{}\"}}", d.carrier.trucks[d.truck].0))),
                ("position", Value::Int(31_000_000 + n as i64)),
            ],
        )
    });
    sink.put("roadside_check", &p.check.columns, checks).await?;
    Ok(())
}
