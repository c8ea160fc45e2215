//! A city of a million documents for `bench lists`: two years of them, skewed as in life (few firms ship most, nearly
//! everything is finished, a few documents are open or late), with the lots, entries, register rows, warnings, audit
//! and journal entries that belong to them. It stands in a database that is thrown away, and proves nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use app::kit::Kit;
use db::Value;

use super::around;
use super::firms::{Firm, Firms, Registers, id};
use super::pattern::{Dice, Pattern};
use super::sink::Sink;
use crate::Failure;
use crate::bench::{Engine, NOW};

pub(super) const DAY: i64 = 86_400_000_000;
/// Two years and two months.
const SPAN: i64 = 790 * DAY;
/// Entries a document, register rows a document.
const ENTRIES: usize = 5;
const SHEETS: [&str; 4] = ["b1", "b2", "b3", "b5"];
const CODES: usize = 60;

/// The waste code `n`.
pub(super) fn code(n: usize) -> String {
    format!("900-{:03}-{:02}", 1 + n * 7, 1 + (n * 13) % 49)
}

fn month(at: i64) -> String {
    let day = jiff::Timestamp::from_microsecond(at).map(|t| t.to_zoned(jiff::tz::TimeZone::UTC));
    day.map(|d| d.strftime("%Y-%m").to_string()).unwrap_or_default()
}

fn day(at: i64) -> String {
    let day = jiff::Timestamp::from_microsecond(at).map(|t| t.to_zoned(jiff::tz::TimeZone::UTC));
    day.map(|d| d.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}

/// A document of the city, in few words.
pub(super) struct Doc<'a> {
    pub n: usize,
    pub at: i64,
    pub status: &'static str,
    pub consignor: &'a Firm,
    pub carrier: &'a Firm,
    pub receiver: &'a Firm,
    pub truck: usize,
    pub code: usize,
    pub mass_g: i64,
}

/// The document `n` of `rows`.
pub(super) fn doc(firms: &Firms, n: usize, rows: usize) -> Doc<'_> {
    let mut dice = Dice(n as u64 * 7919 + 1);
    let at = NOW - SPAN + (SPAN / rows.max(1) as i64) * n as i64;
    let fresh = n * 1000 / rows.max(1) >= 994;
    let status = match (fresh, dice.below(1000)) {
        (true, 0..300) => "draft",
        (true, 300..500) => "awaiting_carrier",
        (true, 500..800) => "in_transit",
        (true, 800..900) => "arrived",
        (_, 0..6) => "refused",
        (_, 6..14) => "partially_refused",
        (_, 14..30) => "voided",
        (_, 30..36) => "returned",
        (_, 36..38) => "in_transit",
        _ => "accepted",
    };
    let carrier = &firms.carriers[dice.skewed(firms.carriers.len())];
    Doc {
        n,
        at,
        status,
        consignor: &firms.consignors[dice.skewed(firms.consignors.len())],
        carrier,
        receiver: &firms.receivers[dice.skewed(firms.receivers.len())],
        truck: dice.below(carrier.trucks.len()),
        code: dice.skewed(CODES),
        mass_g: 50_000 + dice.below(20_000_000) as i64,
    }
}

/// Patterns of the story.
pub(super) struct Patterns {
    pub manifest: Pattern,
    pub leg: Pattern,
    pub line: Pattern,
    pub lot: Pattern,
    pub entry: Pattern,
    pub register: Pattern,
    pub warning: Pattern,
    pub warning_org: Pattern,
    pub audit: Pattern,
    pub journal: Pattern,
    pub video: Pattern,
    pub check: Pattern,
}

impl Patterns {
    async fn read(kit: &Arc<Kit>) -> Result<Self, Failure> {
        let table = async |name, condition| Pattern::read(kit, name, condition).await;
        Ok(Self {
            manifest: table("manifest", "order by id limit 400").await?,
            leg: table("manifest_leg", "order by manifest_id limit 20").await?,
            line: table("manifest_line", "order by manifest_id limit 20").await?,
            lot: table("lot", "where kind = 'waste' order by id limit 400").await?,
            entry: table("ledger_entry", "order by position limit 400").await?,
            register: table("register_row", "order by position limit 2000").await?,
            warning: table("warning", "limit 1").await?,
            warning_org: table("warning_org", "limit 1").await?,
            audit: table("audit_entry", "order by position limit 200").await?,
            journal: table("journal_event", "where kind <> 'registry.saved' order by position limit 2000")
                .await?,
            video: table("video_event", "limit 1").await?,
            check: table("roadside_check", "limit 1").await?,
        })
    }
}

/// Fills the database with `rows` documents and what belongs to them.
pub(super) async fn fill(
    kit: &Arc<Kit>,
    engine: Engine,
    url: &str,
    rows: usize,
    say: &dyn Fn(&str),
) -> Result<(), Failure> {
    let patterns = Patterns::read(kit).await?;
    let registers = Registers {
        org: Pattern::read(kit, "org", "order by id").await?,
        site: Pattern::read(kit, "site", "order by id").await?,
        facility: Pattern::read(kit, "facility", "where kind = 'storage' order by id").await?,
        vehicle: Pattern::read(kit, "vehicle", "order by id").await?,
        account: Pattern::read(kit, "account", "order by id").await?,
    };
    let parties = ["consignor_id", "carrier_id", "receiver_id"].map(|column| {
        let all = patterns.manifest.rows.iter().map(|r| patterns.manifest.text(r, column));
        all.filter(|id| !id.is_empty()).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    });
    let mut sink = Sink::open(engine, url).await?;
    let indexes = sink.drop_indexes().await?;
    let firms = registers.fill(&mut sink, [&parties[0], &parties[1], &parties[2]]).await?;
    let tenant = kit.settings.tenant.clone();
    documents(&mut sink, &patterns, &firms, rows).await?;
    say("documents");
    waste(&mut sink, &patterns, &firms, rows).await?;
    say("lots, entries, registers");
    around::around(&mut sink, &patterns, &firms, rows, &tenant).await?;
    say("warnings, audit, journal");
    for sql in indexes {
        sink.run(&sql).await?;
    }
    say("indexes");
    sink.settle().await
}

async fn documents(sink: &mut Sink, p: &Patterns, firms: &Firms, rows: usize) -> Result<(), Failure> {
    let of = |status: &str| match p.manifest.of("status", status) {
        found if found.is_empty() => p.manifest.of("status", "accepted"),
        found => found,
    };
    let by_status: BTreeMap<&str, Vec<usize>> =
        ["draft", "awaiting_carrier", "in_transit", "arrived", "accepted"].map(|s| (s, of(s))).into();
    let accepted = of("accepted");
    let manifests = (0..rows).map(|n| {
        let d = doc(firms, n, rows);
        let like = by_status.get(d.status).unwrap_or(&accepted);
        let pattern = like.get(n % like.len().max(1)).copied().unwrap_or(n);
        let open = matches!(d.status, "awaiting_carrier" | "in_transit" | "arrived");
        let next = match d.status {
            "draft" => Value::from(d.consignor.id.as_str()),
            "awaiting_carrier" | "in_transit" => Value::from(d.carrier.id.as_str()),
            "arrived" => Value::from(d.receiver.id.as_str()),
            _ => Value::Null,
        };
        let numbered = d.status != "draft";
        let changes = [
            ("id", Value::Text(id(16, n))),
            ("status", Value::from(d.status)),
            ("internal_number", Value::Text(format!("N{n:010}"))),
            ("number", if numbered { Value::Text(format!("2026990000{n:08}")) } else { Value::Null }),
            ("consignor_id", Value::from(d.consignor.id.as_str())),
            ("consignor_name", Value::from(d.consignor.name.as_str())),
            ("consignor_site_id", Value::from(d.consignor.site.as_str())),
            ("consignor_town", Value::from(d.consignor.town.as_str())),
            ("carrier_id", Value::from(d.carrier.id.as_str())),
            ("carrier_name", Value::from(d.carrier.name.as_str())),
            ("receiver_id", Value::from(d.receiver.id.as_str())),
            ("receiver_name", Value::from(d.receiver.name.as_str())),
            ("receiver_town", Value::from(d.receiver.town.as_str())),
            ("plate", Value::from(d.carrier.trucks[d.truck].1.as_str())),
            ("waste_codes", Value::Text(format!("[\"{}\"]", code(d.code)))),
            ("mass_g", Value::Int(d.mass_g)),
            ("created_at", Value::Int(d.at)),
            ("updated_at", Value::Int(d.at + 3 * DAY + (n as i64 * 7_919_000) % DAY)),
            ("due_at", if open { Value::Int(d.at + 5 * DAY) } else { Value::Null }),
            ("next_org_id", next),
            ("released", Value::Bool(numbered)),
            ("position", Value::Int(1_000_000 + n as i64)),
        ];
        p.manifest.make(pattern, changes)
    });
    sink.put("manifest", &p.manifest.columns, manifests).await?;
    let legs = (0..rows).map(|n| {
        let d = doc(firms, n, rows);
        let (vehicle, plate, driver) = &d.carrier.trucks[d.truck];
        p.leg.make(
            n,
            [
                ("manifest_id", Value::Text(id(16, n))),
                ("leg", Value::Int(0)),
                ("carrier_id", Value::from(d.carrier.id.as_str())),
                ("vehicle_id", Value::from(vehicle.as_str())),
                ("plate", Value::from(plate.as_str())),
                ("driver_account_id", Value::from(driver.as_str())),
            ],
        )
    });
    sink.put("manifest_leg", &p.leg.columns, legs).await?;
    let lines = (0..rows).map(|n| {
        let d = doc(firms, n, rows);
        p.line.make(
            n,
            [
                ("manifest_id", Value::Text(id(16, n))),
                ("no", Value::Int(1)),
                ("waste_code", Value::Text(code(d.code))),
                ("mass_g", Value::Int(d.mass_g)),
            ],
        )
    });
    sink.put("manifest_line", &p.line.columns, lines).await?;
    Ok(())
}

async fn waste(sink: &mut Sink, p: &Patterns, firms: &Firms, rows: usize) -> Result<(), Failure> {
    let lots = (0..2 * rows).map(|i| {
        let d = doc(firms, i / 2, rows);
        let (holder, sender) = if i % 2 == 0 { (d.consignor, true) } else { (d.receiver, false) };
        let stocked = i / 2 % 60 == 0;
        let at = d.at + (i % 2) as i64 * 3 * DAY;
        let status = match (stocked, sender) {
            (true, _) => "stored",
            (false, true) => "ended",
            (false, false) => "consumed",
        };
        let text = |v: String| Value::Text(v);
        p.lot.make(
            i,
            [
                ("id", text(id(17, i))),
                (
                    "container_code",
                    text(format!(
                        "919900000000000{:03}{}{}{:03}",
                        i % 1000,
                        code(d.code).replace('-', ""),
                        day(at).replace('-', ""),
                        1 + i % 998
                    )),
                ),
                ("live_code", Value::Null),
                ("waste_code", text(code(d.code))),
                ("holder_id", Value::from(holder.id.as_str())),
                ("site_id", Value::from(holder.site.as_str())),
                ("facility_id", Value::from(holder.facility.as_str())),
                ("generated_on", text(day(at))),
                ("created_at", Value::Int(at)),
                ("remaining_g", Value::Int(if stocked { d.mass_g } else { 0 })),
                ("status", Value::from(status)),
                ("in_stock", Value::Bool(stocked)),
                ("stored_at", Value::Int(at)),
                ("deadline_at", if sender && stocked { Value::Int(at + 365 * DAY) } else { Value::Null }),
                ("manifest_id", if stocked { Value::Null } else { text(id(16, i / 2)) }),
                ("source_manifest", if sender { Value::Null } else { text(id(16, i / 2)) }),
            ],
        )
    });
    sink.put("lot", &p.lot.columns, lots).await?;
    let kinds = ["generated", "sent", "received", "used", "disposed"];
    let entries = (0..ENTRIES * rows).map(|i| {
        let (d, step) = (doc(firms, i / ENTRIES, rows), i % ENTRIES);
        let holder = if step < 2 { d.consignor } else { d.receiver };
        let (at, position) = (d.at + step as i64 * DAY, 1_000_000 + i as i64);
        let mass = if matches!(step, 0 | 2) { d.mass_g } else { -d.mass_g };
        p.entry.make(
            i,
            [
                ("position", Value::Int(position)),
                ("seq", Value::Int(0)),
                ("id", Value::Text(format!("{position:012}-0000"))),
                ("org_id", Value::from(holder.id.as_str())),
                ("site_id", Value::from(holder.site.as_str())),
                ("waste_code", Value::Text(code(d.code))),
                ("kind", Value::from(kinds[step])),
                ("month", Value::Text(month(at))),
                ("mass_g", Value::Int(mass)),
                ("lot_id", Value::Text(id(17, i / ENTRIES * 2 + usize::from(step > 1)))),
                ("batch_code", Value::Text(format!("CS{}{:04}", day(at).replace('-', ""), i % 10_000))),
                ("at", Value::Int(at)),
                ("recorded_at", Value::Int(at)),
            ],
        )
    });
    sink.put("ledger_entry", &p.entry.columns, entries).await?;
    let of: Vec<Vec<usize>> = SHEETS.iter().map(|sheet| p.register.of("sheet", sheet)).collect();
    let sheets = (0..SHEETS.len() * rows).map(|i| {
        let (d, step) = (doc(firms, i / SHEETS.len(), rows), i % SHEETS.len());
        let (at, position) = (d.at + step as i64 * DAY, 1_000_000 + i as i64);
        let pattern = of[step].get(i % of[step].len().max(1)).copied().unwrap_or(0);
        p.register.make(
            pattern,
            [
                ("position", Value::Int(position)),
                ("seq", Value::Int(0)),
                ("id", Value::Text(format!("{position:012}-0000"))),
                ("sheet", Value::from(SHEETS[step])),
                ("org_id", Value::from(d.consignor.id.as_str())),
                ("site_id", Value::from(d.consignor.site.as_str())),
                ("month", Value::Text(month(at))),
                ("at", Value::Int(at)),
                ("lot_id", Value::Text(id(17, i / SHEETS.len() * 2))),
                ("waste_code", Value::Text(code(d.code))),
                ("mass_g", Value::Int(d.mass_g)),
            ],
        )
    });
    sink.put("register_row", &p.register.columns, sheets).await?;
    Ok(())
}
