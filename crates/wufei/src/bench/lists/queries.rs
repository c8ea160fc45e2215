//! What is asked: every list with each filter and order alone and with pairs that people use, by everyone whose reach
//! shapes the statement, the first page and one deep inside.

use std::sync::Arc;

use app::kit::OpContext;
use domain::access::Role;

use super::fill::{code, doc};
use super::firms::{Firm, Firms, id};

/// One question: who asks what, in several wordings so that no answer is ready.
pub(super) struct Query {
    pub name: String,
    pub who: Arc<OpContext>,
    pub paths: Vec<String>,
    /// How to go deep into the list: value of the order and id, for the cursor.
    pub deep: Option<(serde_json::Value, String)>,
}

/// Somebody who asks.
struct Who {
    name: &'static str,
    ctx: Arc<OpContext>,
}

fn who(tenant: &str, name: &'static str, role: Role, org: &Firm, town: Option<&str>, account: &str) -> Who {
    let ctx = OpContext {
        account_id: account.to_owned(),
        person_id: account.to_owned(),
        org_id: org.id.clone(),
        town_code: town.map(str::to_owned),
        roles: vec![role],
        second_factor: true,
        ..OpContext::nobody(tenant)
    };
    Who { name, ctx: Arc::new(ctx) }
}

/// A list: its path, who may read it, its filters, its orders with the middle value of each.
struct List {
    name: &'static str,
    path: String,
    by: Vec<usize>,
    filters: Vec<(&'static str, Vec<String>)>,
    sorts: Vec<(&'static str, serde_json::Value)>,
}

fn one(name: &'static str, text: impl Into<String>) -> (&'static str, Vec<String>) {
    (name, vec![text.into()])
}

/// All questions for a city of `rows` documents.
pub(super) fn queries(tenant: &str, firms: &Firms, rows: usize) -> Vec<Query> {
    let (big, small) = (&firms.consignors[0], &firms.consignors[firms.consignors.len() - 1]);
    let (carrier, receiver) = (&firms.carriers[0], &firms.receivers[0]);
    let (town, quiet) = (firms.towns[0].as_str(), firms.towns[firms.towns.len() - 1].as_str());
    let (_, plate, driver) = &carrier.trucks[0];
    let inspector = id(6, 1);
    let all = [
        who(tenant, "city", Role::Department, big, None, &inspector),
        who(tenant, "town", Role::Town, big, Some(town), &inspector),
        who(tenant, "town-small", Role::Town, big, Some(quiet), &inspector),
        who(tenant, "plant", Role::Manager, big, None, "m"),
        who(tenant, "plant-small", Role::Manager, small, None, "m"),
        who(tenant, "receiver", Role::ReceiverManager, receiver, None, "m"),
        who(tenant, "carrier", Role::Dispatcher, carrier, None, "m"),
        who(tenant, "driver", Role::Driver, carrier, None, driver),
        who(tenant, "inspector", Role::Inspector, big, None, &inspector),
        who(tenant, "audit", Role::AuditAdmin, big, None, "m"),
        who(tenant, "security", Role::SecurityAdmin, big, None, "m"),
    ];
    let middle = doc(firms, rows / 2, rows);
    let at = serde_json::json!(middle.at);
    let both = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    let some = both(&format!("consignor_id={}", big.id), &format!("consignor_id={}", small.id));
    let position = |base: usize| serde_json::json!(base + rows / 2);
    let mut lists = vec![
        List {
            name: "manifests",
            path: "/manifests".to_owned(),
            by: vec![0, 1, 2, 3, 4, 5, 6, 7],
            filters: vec![
                ("status", both("status=accepted", "status=refused")),
                one("status=open", "status=awaiting_carrier,in_transit,arrived"),
                one("status=many", "status=accepted,voided,refused"),
                ("consignor", some),
                (
                    "carrier",
                    both(
                        &format!("carrier_id={}", carrier.id),
                        &format!("carrier_id={}", firms.carriers[39].id),
                    ),
                ),
                (
                    "receiver",
                    both(
                        &format!("receiver_id={}", receiver.id),
                        &format!("receiver_id={}", firms.receivers[14].id),
                    ),
                ),
                ("code", both(&format!("waste_code={}", code(0)), &format!("waste_code={}", code(59)))),
                one("month", "from=2025-03-01&to=2025-03-31"),
                one("waiting", "waiting=true"),
                one("late", "late=true"),
                one("q=number", format!("q=2026990000{:08}", rows / 3)),
                one("q=digits", format!("q={:06}", rows / 3)),
                (
                    "q=firm",
                    both(
                        &format!("q={}", small.name.replace(' ', "%20")),
                        &format!("q={}", big.name.replace(' ', "%20")),
                    ),
                ),
                ("q=plate", both(&format!("q={plate}"), "q=%E8%8B%8FB03")),
                one("q=code", format!("q={}", code(40))),
                one("q=nothing", "q=zzzzzz"),
                one("status+receiver", format!("status=refused&receiver_id={}", receiver.id)),
                one("consignor+code", format!("consignor_id={}&waste_code={}", big.id, code(50))),
                one("consignor+month", format!("consignor_id={}&from=2025-03-01&to=2025-03-31", big.id)),
                one("status+month", "status=voided&from=2025-03-01&to=2025-03-31"),
                one("q+status", format!("status=refused&q={}", big.name.replace(' ', "%20"))),
                one(
                    "carrier+receiver",
                    format!("carrier_id={}&receiver_id={}", carrier.id, firms.receivers[14].id),
                ),
            ],
            sorts: vec![
                ("-created_at", at.clone()),
                ("created_at", at.clone()),
                ("-updated_at", at.clone()),
                ("-mass_g", serde_json::json!(10_000_000)),
                ("due_at", serde_json::json!(i64::MAX)),
            ],
        },
        List {
            name: "lots",
            path: "/ledger/lots".to_owned(),
            by: vec![0, 1, 2, 3, 4, 5],
            filters: vec![
                one("kind=all", "kind=all"),
                ("org", both(&format!("org_id={}", big.id), &format!("org_id={}", receiver.id))),
                one("site", format!("site_id={}", big.site)),
                one("facility", format!("facility_id={}", receiver.facility)),
                ("code", both(&format!("waste_code={}", code(0)), &format!("waste_code={}", code(59)))),
                one("category", "waste_code=HW27"),
                ("status", both("status=stored", "status=consumed")),
                one("status=many", "status=stored,staged,ended"),
                one("late", "late=true"),
                one("manifest", format!("manifest_id={}", id(16, rows / 2))),
                one("q=container", "q=91990000000000012"),
                one("q=firm", format!("q={}", small.name.replace(' ', "%20"))),
                one("q=code", format!("q={}", code(40))),
                one("q=nothing", "q=zzzzzz"),
                one("org+status", format!("org_id={}&status=stored", receiver.id)),
                one("code+status", format!("waste_code={}&status=stored", code(30))),
            ],
            sorts: vec![
                ("-created_at", at.clone()),
                ("-remaining_g", serde_json::json!(0)),
                ("deadline_at", serde_json::json!(i64::MAX)),
                ("generated_on", serde_json::json!("2025-02-01")),
            ],
        },
        List {
            name: "entries",
            path: "/ledger/entries".to_owned(),
            by: vec![0, 1, 2, 3, 4, 5],
            filters: vec![
                ("org", both(&format!("org_id={}", big.id), &format!("org_id={}", small.id))),
                one("site", format!("site_id={}", receiver.site)),
                ("code", both(&format!("waste_code={}", code(0)), &format!("waste_code={}", code(59)))),
                one("category", "waste_code=HW27"),
                ("kind", both("kind=generated", "kind=adjusted")),
                one("kind=many", "kind=used,disposed"),
                one("month", "from=2025-03&to=2025-03"),
                one("batch", "batch_code=CS202503010001"),
                one("lot", format!("lot_id={}", id(17, rows))),
                one("org+kind", format!("org_id={}&kind=disposed", receiver.id)),
                one("org+code", format!("org_id={}&waste_code={}", receiver.id, code(55))),
                one("code+month", format!("waste_code={}&from=2025-03&to=2025-03", code(40))),
            ],
            sorts: vec![("-at", at.clone()), ("at", at.clone())],
        },
        List {
            name: "warnings",
            path: "/warnings".to_owned(),
            by: vec![0, 1, 2, 3, 5, 6, 8],
            filters: vec![
                ("status", both("status=open", "status=closed")),
                one("status=many", "status=raised,assigned"),
                one("rule", "rule=MON-ZONE"),
                one("severity", "severity=high"),
                one("vehicle", format!("vehicle_id={}", carrier.trucks[0].0)),
                one("org", format!("org_id={}", big.id)),
                ("town", both(&format!("town={town}"), &format!("town={quiet}"))),
                one("manifest", format!("manifest_id={}", id(16, rows / 2))),
                ("assigned", both("assigned_to=me", "assigned_to=none")),
                one("month", "from=2025-03-01&to=2025-03-31"),
                one("q=number", format!("q=W{:08}", rows / 30)),
                one("q=firm", format!("q={}", firms.carriers[39].name.replace(' ', "%20"))),
                one("q=plate", format!("q={plate}")),
                one("q=nothing", "q=zzzzzz"),
                one("status+town", format!("status=open&town={town}")),
                one("status+rule", "status=open&rule=MON-STOP"),
            ],
            sorts: vec![
                ("-last_at", at.clone()),
                ("-raised_at", at.clone()),
                ("-severity", serde_json::json!(2)),
            ],
        },
        List {
            name: "warnings/summary",
            path: "/warnings/summary".to_owned(),
            by: vec![0, 1, 2, 3, 6],
            filters: vec![one("open", "status=open"), one("month", "from=2025-03-01&to=2025-03-31")],
            sorts: vec![],
        },
        List {
            name: "audit",
            path: "/audit".to_owned(),
            by: vec![9],
            filters: vec![
                ("kind", both("kind=audit.signed_in", "kind=audit.erased")),
                one("kind=none", "kind=audit.imported"),
                one("account", format!("account_id={driver}")),
                one("month", "from=2025-03-01&to=2025-03-31"),
                one("q=login", "q=driver02400"),
                one("q=nothing", "q=zzzzzz"),
                one("kind+month", "kind=audit.exported&from=2025-03-01&to=2025-03-31"),
            ],
            sorts: vec![("-position", position(20_000_000)), ("position", position(20_000_000))],
        },
        List {
            name: "events",
            path: "/events".to_owned(),
            by: vec![0, 3, 4, 9],
            filters: vec![
                one("type", "subject_type=manifest"),
                one("subject", format!("subject_type=manifest&subject_id={}", id(16, 5))),
                ("kind", both("kind=manifest.drafted", "kind=delegation.granted")),
                one("from", format!("from_position={}", 20_000_000 + rows / 2)),
            ],
            sorts: vec![("-position", position(20_000_000)), ("position", position(20_000_000))],
        },
        List {
            name: "video-events",
            path: "/video-events".to_owned(),
            by: vec![0, 1, 2, 5],
            filters: vec![
                ("status", both("status=pending", "status=confirmed")),
                one("kind", "kind=smoke"),
                one("org", format!("org_id={}", receiver.id)),
                one("camera", format!("camera_id={}", id(21, 7))),
                one("q=nothing", "q=zzzzzz"),
            ],
            sorts: vec![("-at", at.clone())],
        },
        List {
            name: "checks",
            path: "/checks".to_owned(),
            by: vec![8],
            filters: vec![
                one("found", "found=true"),
                one("q=plate", format!("q={plate}")),
                one("q=nothing", "q=zzzzzz"),
            ],
            sorts: vec![("-at", at.clone())],
        },
        List {
            name: "accounts",
            path: "/accounts".to_owned(),
            by: vec![3, 10],
            filters: vec![one("role", "role=driver"), one("q", "q=driver02400")],
            sorts: vec![("login", serde_json::json!("d")), ("name", serde_json::json!(""))],
        },
        List {
            name: "stock",
            path: "/ledger/stock".to_owned(),
            by: vec![0, 1, 3, 5],
            filters: vec![one("code", format!("waste_code={}", code(3)))],
            sorts: vec![],
        },
        List {
            name: "balance",
            path: "/ledger/balance".to_owned(),
            by: vec![0, 1, 3, 5],
            filters: vec![],
            sorts: vec![],
        },
        List {
            name: "workbench",
            path: "/workbench".to_owned(),
            by: vec![0, 1, 2, 3, 4, 5, 6, 7, 8],
            filters: vec![],
            sorts: vec![],
        },
    ];
    lists.last_mut().into_iter().for_each(|l| l.filters.clear());
    for sheet in ["b1", "b5"] {
        let month = "from=2025-03&to=2025-03";
        lists.push(List {
            name: if sheet == "b1" { "registers/b1" } else { "registers/b5" },
            path: format!("/ledger/registers/{sheet}?from=2024-01&to=2026-03"),
            by: vec![0, 1, 2, 3, 4],
            filters: vec![
                one("month", month),
                one("org", format!("org_id={}", big.id)),
                one("site", format!("site_id={}", big.site)),
                one("code", format!("waste_code={}", code(59))),
                one("category", "waste_code=HW27"),
                one("org+month", format!("org_id={}&{month}", big.id)),
            ],
            sorts: vec![("", at.clone())],
        });
    }
    for (name, path) in [
        ("orgs", "/registry/orgs"),
        ("sites", "/registry/sites"),
        ("vehicles", "/registry/vehicles"),
        ("licences", "/registry/licences"),
    ] {
        lists.push(List {
            name,
            path: path.to_owned(),
            by: vec![0, 1, 3],
            filters: vec![
                one("town", format!("town={town}")),
                one("q", "q=00"),
                one("q=nothing", "q=zzzzzz"),
            ],
            sorts: vec![("title", serde_json::json!("a")), ("-updated_at", serde_json::json!(0))],
        });
    }
    lists.iter().flat_map(|list| list.by.iter().flat_map(|by| of(list, &all[*by]))).collect()
}

/// The questions of one person to one list.
fn of(list: &List, who: &Who) -> Vec<Query> {
    let glue = if list.path.contains('?') { '&' } else { '?' };
    let make = |what: String, paths: Vec<String>, deep| Query {
        name: format!("{} by {}: {what}", list.name, who.name),
        who: Arc::clone(&who.ctx),
        paths,
        deep,
    };
    let mut out = vec![make("all".to_owned(), vec![list.path.clone()], None)];
    let key = |v: &serde_json::Value| Some((v.clone(), String::new()));
    for (sort, middle) in &list.sorts {
        let path =
            if sort.is_empty() { list.path.clone() } else { format!("{}{glue}sort={sort}", list.path) };
        out.push(make(format!("sort {sort}"), vec![path.clone()], None));
        out.push(make(format!("sort {sort}, deep"), vec![path], key(middle)));
    }
    for (name, texts) in &list.filters {
        let paths: Vec<String> = texts
            .iter()
            .map(|t| {
                // A filter that the path has already is replaced by the later one.
                let base = if t.starts_with("from=") || t.contains("&from=") {
                    list.path.split('?').next().unwrap_or_default()
                } else {
                    &list.path
                };
                format!("{base}{}{t}", if base.contains('?') { '&' } else { '?' })
            })
            .collect();
        out.push(make((*name).to_owned(), paths.clone(), None));
        if let Some((_, middle)) = list.sorts.first() {
            out.push(make(format!("{name}, deep"), paths.clone(), key(middle)));
        }
        for (sort, _) in list.sorts.iter().skip(2) {
            let paths = paths.iter().map(|p| format!("{p}&sort={sort}")).collect();
            out.push(make(format!("{name}, sort {sort}"), paths, None));
        }
    }
    out
}
