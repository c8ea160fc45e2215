//! Figures of what was recorded: ledger, documents, warnings. Everything is counted as it was known at the time that
//! the report names, by when a record arrived and not by when it is said to have happened.

use std::collections::BTreeMap;

use db::{Sql, Value as Sv, params};
use documents::pdf::mass::tonnes;

use super::{Figure, Figures, Origin, Question, Series};
use crate::kit::{Filter, Problem};

/// Kinds of waste in the chart of the largest.
const LARGEST: usize = 8;

impl Question<'_> {
    fn filter(&self, tenant: &str, town: &str) -> Filter {
        let mut filter = Filter::tenant(tenant, &self.ctx.tenant);
        filter.maybe(&format!("{town} = ?"), self.unit.town.as_deref());
        filter
    }

    fn link(&self, path: &str, query: &str) -> String {
        let town = self.unit.town.as_ref().map_or_else(String::new, |code| format!("&town={code}"));
        format!("{path}?{query}{town}")
    }
}

fn count(value: i64, unit: &'static str, origin: &Origin) -> Figure {
    Figure { value: Some(value.to_string()), unit, reason: None, origin: origin.clone() }
}

/// Without rows behind it a mass is missing, and no zero.
fn mass(grams: i64, rows: i64, reason: &'static str, origin: &Origin) -> Figure {
    let known = rows > 0;
    Figure {
        value: known.then(|| tonnes(grams)),
        unit: "t",
        reason: (!known).then_some(reason),
        origin: Origin { rows, ..origin.clone() },
    }
}

fn missing(unit: &'static str, reason: &'static str, origin: &Origin) -> Figure {
    Figure { value: None, unit, reason: Some(reason), origin: origin.clone() }
}

/// Whether the platform knew anything of the year at that time; a count before its first record is no zero.
async fn before_records(sql: &mut dyn Sql, q: &Question<'_>) -> Result<bool, Problem> {
    let row = sql
        .query_one(
            "select cast(coalesce(min(at), 0) as bigint) as first from ledger_entry where tenant_id = $1",
            &params![q.ctx.tenant.as_str()],
        )
        .await?;
    let first: i64 = row.get("first")?;
    Ok(first == 0 || first >= q.span.ends || first > q.span.as_of)
}

/// Why a unit has no rows of its own.
fn reason(q: &Question<'_>, early: bool) -> &'static str {
    match (early, q.unit.overlay) {
        (true, _) => "before_records",
        (false, true) => "overlay",
        (false, false) => "no_rows",
    }
}

const LEDGER: &str = "from ledger_entry e join site s on s.tenant_id = e.tenant_id and s.id = e.site_id";

#[derive(Default)]
struct Sum {
    grams: i64,
    rows: i64,
}

/// Masses of the ledger.
pub(super) async fn ledger(sql: &mut dyn Sql, q: &Question<'_>, out: &mut Figures) -> Result<(), Problem> {
    let why = reason(q, before_records(sql, q).await?);
    let (first, last) = q.span.months();
    let query = format!("from={first}&to={last}");
    let origin = Origin {
        kind: "ledger",
        rows: 0,
        version: None,
        state: None,
        link: q.link("/ledger/balance", &query),
    };
    let mut filter = q.filter("e.tenant_id", "s.town_code");
    filter.and("e.recorded_at <= ?", [Sv::Int(q.span.as_of)]);
    let mut stock = q.filter("e.tenant_id", "s.town_code");
    stock.and("e.recorded_at <= ? and e.month <= ?", [Sv::Int(q.span.as_of), Sv::from(last.as_str())]);
    filter.and("e.month >= ? and e.month <= ?", [Sv::from(first.as_str()), Sv::from(last.as_str())]);

    let row = sql
        .query_one(
            &format!(
                "select count(*) as n, count(distinct e.org_id) as units, count(distinct e.waste_code) as codes {LEDGER} {}",
                filter.conditions()
            ),
            filter.params(),
        )
        .await?;
    let all = Origin { rows: row.get("n")?, ..origin.clone() };
    for (name, column, unit) in [("ledger.units", "units", "firms"), ("ledger.codes", "codes", "kinds")] {
        let n: i64 = row.get(column)?;
        let figure = if all.rows > 0 { count(n, unit, &all) } else { missing(unit, why, &all) };
        out.figures.insert(name, figure);
    }

    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    let mut months: BTreeMap<String, Sum> = BTreeMap::new();
    let mut codes: BTreeMap<String, Sum> = BTreeMap::new();
    let rows = sql
        .query(
            &format!(
                "select e.kind, e.month, e.waste_code, count(*) as n, cast(coalesce(sum(e.mass_g), 0) as bigint) as mass \
                 {LEDGER} {} group by e.kind, e.month, e.waste_code",
                filter.conditions()
            ),
            filter.params(),
        )
        .await?;
    for row in &rows {
        let kind: String = row.get("kind")?;
        let (grams, n): (i64, i64) = (row.get::<i64>("mass")?.saturating_abs(), row.get("n")?);
        let add = |sum: &mut Sum| {
            sum.grams = sum.grams.saturating_add(grams);
            sum.rows += n;
        };
        if kind == "generated" {
            add(months.entry(row.get("month")?).or_default());
            add(codes.entry(row.get("waste_code")?).or_default());
        }
        add(sums.entry(kind).or_default());
    }
    for (name, kind) in
        [("ledger.generated", "generated"), ("ledger.used", "used"), ("ledger.disposed", "disposed")]
    {
        let sum = sums.remove(kind).unwrap_or_default();
        out.figures.insert(name, mass(sum.grams, sum.rows, why, &origin));
    }
    let row = sql
        .query_one(
            &format!(
                "select count(*) as n, cast(coalesce(sum(e.mass_g), 0) as bigint) as mass {LEDGER} {}",
                stock.conditions()
            ),
            stock.params(),
        )
        .await?;
    out.figures.insert("ledger.stock", mass(row.get("mass")?, row.get("n")?, why, &origin));
    series(q, out, &months, &codes, why, &origin);
    Ok(())
}

fn series(
    q: &Question<'_>,
    out: &mut Figures,
    months: &BTreeMap<String, Sum>,
    codes: &BTreeMap<String, Sum>,
    why: &'static str,
    origin: &Origin,
) {
    let rows: i64 = months.values().map(|sum| sum.rows).sum();
    let origin = Origin { rows, ..origin.clone() };
    let reason = (rows == 0).then_some(why);
    let points = (1..=q.span.until.month())
        .map(|month| {
            let sum = months.get(&format!("{:04}-{month:02}", q.span.year));
            (format!("{month}"), sum.map(|sum| tonnes(sum.grams)))
        })
        .collect();
    out.series
        .insert("ledger.generated_by_month", Series { points, unit: "t", reason, origin: origin.clone() });
    let mut largest: Vec<(&String, &Sum)> = codes.iter().collect();
    largest.sort_by(|a, b| b.1.grams.cmp(&a.1.grams).then_with(|| a.0.cmp(b.0)));
    let points = largest
        .into_iter()
        .take(LARGEST)
        .map(|(code, sum)| (code.clone(), Some(tonnes(sum.grams))))
        .collect();
    out.series.insert("ledger.generated_by_code", Series { points, unit: "t", reason, origin });
}

/// Documents that set out in the year.
pub(super) async fn transfer(sql: &mut dyn Sql, q: &Question<'_>, out: &mut Figures) -> Result<(), Problem> {
    let early = before_records(sql, q).await?;
    let mut filter = q.filter("m.tenant_id", "m.consignor_town");
    let span = [Sv::Int(q.span.starts), Sv::Int(q.span.ends), Sv::Int(q.span.as_of)];
    filter.and(
        "m.departed_at >= ? and m.departed_at < ? and exists (select 1 from journal_event j where \
         j.tenant_id = m.tenant_id and j.subject_type = 'manifest' and j.subject_id = m.id \
         and j.occurred_at = m.departed_at and j.recorded_at <= ?)",
        span,
    );
    let counting = |filter: &Filter| {
        format!(
            "select count(*) as n, cast(coalesce(sum(m.mass_g), 0) as bigint) as mass from manifest m {}",
            filter.conditions()
        )
    };
    let row = sql.query_one(&counting(&filter), filter.params()).await?;
    let (departed, grams): (i64, i64) = (row.get("n")?, row.get("mass")?);
    filter.and("m.confirmed_at <= ?", [Sv::Int(q.span.as_of)]);
    let confirmed: i64 = sql.query_one(&counting(&filter), filter.params()).await?.get("n")?;
    let query = format!("from={}&to={}", q.span.from, q.span.until);
    let origin = Origin {
        kind: "transfer",
        rows: departed,
        version: None,
        state: None,
        link: q.link("/manifests", &query),
    };
    let why = reason(q, early);
    let known = !(early || q.unit.overlay && origin.rows == 0);
    for (name, n) in [("transfer.departed", departed), ("transfer.confirmed", confirmed)] {
        let figure = if known { count(n, "sheets", &origin) } else { missing("sheets", why, &origin) };
        out.figures.insert(name, figure);
    }
    out.figures.insert("transfer.mass", mass(grams, departed, why, &origin));
    Ok(())
}

/// Warnings that were first seen in the year.
pub(super) async fn warnings(sql: &mut dyn Sql, q: &Question<'_>, out: &mut Figures) -> Result<(), Problem> {
    let early = before_records(sql, q).await?;
    let mut filter = q.filter("w.tenant_id", "w.town");
    let happened = |kind: &str| {
        format!(
            "exists (select 1 from journal_event j where j.tenant_id = w.tenant_id and j.subject_type = 'warning' \
             and j.subject_id = w.id and j.kind = '{kind}' and j.recorded_at <= ?)"
        )
    };
    filter.and("w.raised_at >= ? and w.raised_at < ?", [Sv::Int(q.span.starts), Sv::Int(q.span.ends)]);
    filter.and(&happened("warning.raised"), [Sv::Int(q.span.as_of)]);
    let counting = |filter: &Filter| format!("select count(*) as n from warning w {}", filter.conditions());
    let raised: i64 = sql.query_one(&counting(&filter), filter.params()).await?.get("n")?;
    filter.and(&happened("warning.closed"), [Sv::Int(q.span.as_of)]);
    let closed: i64 = sql.query_one(&counting(&filter), filter.params()).await?.get("n")?;
    let query = format!("from={}&to={}&status=", q.span.from, q.span.until);
    let origin = Origin {
        kind: "warnings",
        rows: raised,
        version: None,
        state: None,
        link: q.link("/warnings", &query),
    };
    let why = reason(q, early);
    let known = !(early || q.unit.overlay && raised == 0);
    for (name, n) in [("warnings.raised", raised), ("warnings.closed", closed)] {
        let figure = if known { count(n, "warnings", &origin) } else { missing("warnings", why, &origin) };
        out.figures.insert(name, figure);
    }
    Ok(())
}
