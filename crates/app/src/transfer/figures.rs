//! Counts of manifests for the city's figures, and the documents behind them. A manifest counts in the month in which it
//! departed and in the town of the site that it left. It only reads.

use std::collections::{BTreeMap, BTreeSet};

use db::{DbError, Row, Sql, Value, params};
use domain::manifest::RulePack;
use domain::time::{Date, Month, Period};

use super::config::Config;
use crate::kit::{Filter, Key};

/// What is counted, in the order of [`Counts`].
pub const NAMES: [&str; 6] = [
    "manifests_departed",
    "manifests_confirmed",
    "manifests_on_time",
    "manifests_closed",
    "manifests_differing",
    "manifests_refused",
];

/// Counts by the order of [`NAMES`].
pub type Counts = [i64; 6];

/// A document behind a count.
#[derive(Clone, Debug)]
pub struct ManifestRow {
    /// Id.
    pub id: String,
    /// Official number, or the internal one.
    pub number: String,
    /// Where it stands.
    pub status: String,
    /// When it departed.
    pub departed_at: i64,
    /// When the receiver confirmed.
    pub confirmed_at: Option<i64>,
    /// Consignor.
    pub consignor: String,
    /// Receiver.
    pub receiver: String,
    /// Grams sent.
    pub mass_g: i64,
    /// Town that it counts in.
    pub town: String,
}

// A weight differs when the larger of the two tolerances of the city does not cover it, for any line.
const DIFFERS: &str = "exists (select 1 from manifest_line n where n.tenant_id = m.tenant_id and n.manifest_id = m.id \
     and n.accepted_g is not null and n.accepted_g > 0 and abs(n.accepted_g - n.mass_g) > ? \
     and abs(n.accepted_g - n.mass_g) * 1000 > n.mass_g * ?)";
// As of a day, a signature counts when it was recorded by then: the second is the first carrier's, the last is the receiver's.
const DEPARTED_BY: &str = "(select count(*) from journal_event j where j.tenant_id = m.tenant_id and j.subject_type = 'manifest' \
     and j.subject_id = m.id and j.kind = 'manifest.signed' and j.recorded_at <= ?) > 1";
const CONFIRMED_BY: &str = "not exists (select 1 from journal_event j where j.tenant_id = m.tenant_id \
     and j.subject_type = 'manifest' and j.subject_id = m.id and j.kind = 'manifest.signed' and j.recorded_at > ?)";

/// The last change of any manifest.
///
/// # Errors
/// When the database refuses.
pub async fn last_position(sql: &mut dyn Sql, tenant: &str) -> Result<i64, DbError> {
    let row = sql
        .query_opt("select max(position) as last from manifest where tenant_id = $1", &params![tenant])
        .await?;
    Ok(row.map(|r| r.get::<Option<i64>>("last")).transpose()?.flatten().unwrap_or(-1))
}

/// Months of departure of the manifests that changed after a position.
///
/// # Errors
/// When the database refuses.
pub async fn months(
    sql: &mut dyn Sql,
    tenant: &str,
    config: &Config,
    after: i64,
) -> Result<BTreeSet<Month>, DbError> {
    if after < 0 {
        let row = sql
            .query_opt(
                "select min(departed_at) as first, max(departed_at) as last from manifest \
                 where tenant_id = $1 and departed_at is not null",
                &params![tenant],
            )
            .await?;
        let Some(row) = row else { return Ok(BTreeSet::new()) };
        let (first, last): (Option<i64>, Option<i64>) = (row.get("first")?, row.get("last")?);
        let (Some(first), Some(last)) = (first, last) else { return Ok(BTreeSet::new()) };
        let (mut month, last) = (config.zone.month_of(first), config.zone.month_of(last));
        let mut all = BTreeSet::new();
        while month <= last {
            all.insert(month);
            month = month.next();
        }
        return Ok(all);
    }
    let rows = sql
        .query(
            "select departed_at from manifest where tenant_id = $1 and position > $2 and departed_at is not null",
            &params![tenant, after],
        )
        .await?;
    rows.iter().map(|r| r.get::<i64>("departed_at").map(|at| config.zone.month_of(at))).collect()
}

/// Counts of one month by town.
///
/// # Errors
/// When the database refuses.
pub async fn counts(
    sql: &mut dyn Sql,
    tenant: &str,
    config: &Config,
    month: Month,
    as_of: Option<i64>,
) -> Result<BTreeMap<String, Counts>, DbError> {
    let Ok(period) = Period::new(month, month) else { return Ok(BTreeMap::new()) };
    let (from, until) = config.zone.bounds(period);
    let mut values = params![tenant, from, until].to_vec();
    let differs = numbered(DIFFERS, &tolerance(config), &mut values);
    let (mut departed, mut confirmed) = ("1 = 1".to_owned(), "m.confirmed_at is not null".to_owned());
    if let Some(at) = as_of {
        departed = numbered(DEPARTED_BY, &[Value::from(at)], &mut values);
        confirmed = format!("{confirmed} and {}", numbered(CONFIRMED_BY, &[Value::from(at)], &mut values));
    }
    let yes = |what: &str| format!("cast(case when {what} then 1 else 0 end as bigint)");
    let text = format!(
        "select m.consignor_town as town, m.status, m.arrived_at, m.confirmed_at, {} as confirmed, {} as differs \
         from manifest m where m.tenant_id = $1 and m.departed_at >= $2 and m.departed_at < $3 and {departed}",
        yes(&confirmed),
        yes(&differs)
    );
    let pack = RulePack::current().confirm_working_days;
    let mut due: BTreeMap<Date, Option<i64>> = BTreeMap::new();
    let mut out: BTreeMap<String, Counts> = BTreeMap::new();
    for row in sql.query(&text, &values).await? {
        let sum = out.entry(row.get("town")?).or_default();
        let status: String = row.get("status")?;
        let was_confirmed = row.get::<i64>("confirmed")? == 1;
        let on_time = was_confirmed
            && match (row.get::<Option<i64>>("arrived_at")?, row.get::<Option<i64>>("confirmed_at")?) {
                (Some(arrived), Some(confirmed)) => {
                    let day = config.zone.date_of(arrived);
                    let end = *due.entry(day).or_insert_with(|| last_moment(config, day, pack));
                    end.is_some_and(|end| confirmed < end)
                }
                _ => false,
            };
        let refused = matches!(status.as_str(), "refused" | "partially_refused" | "returned");
        let closed = matches!(status.as_str(), "accepted" | "returned");
        let is = [
            true,
            was_confirmed,
            on_time,
            was_confirmed && closed,
            was_confirmed && row.get::<i64>("differs")? == 1,
            was_confirmed && refused,
        ];
        for (count, yes) in sum.iter_mut().zip(is) {
            *count += i64::from(yes);
        }
    }
    Ok(out)
}

/// The end of the last working day on which a confirmation is in time; `None` where the calendar has no data.
fn last_moment(config: &Config, arrived: Date, working_days: u32) -> Option<i64> {
    let last = config.calendar.add_working_days(arrived, working_days).ok()?;
    Some(config.zone.start_of(last.tomorrow().ok()?))
}

fn tolerance(config: &Config) -> [Value; 2] {
    [Value::from(config.settings.tolerance_g), Value::from(config.settings.tolerance_permille)]
}

/// A fragment with its marks numbered after the values so far.
fn numbered(fragment: &str, more: &[Value], values: &mut Vec<Value>) -> String {
    let mut out = String::with_capacity(fragment.len() + 8);
    let mut more = more.iter();
    for c in fragment.chars() {
        if c == '?' {
            values.push(more.next().cloned().unwrap_or(Value::Null));
            out.push_str(&format!("${}", values.len()));
        } else {
            out.push(c);
        }
    }
    out
}

/// Documents behind a count, newest first; one more than `limit` when there are more. What was confirmed in time follows
/// from the working-day calendar and is told by its count; here all confirmed ones are listed.
///
/// # Errors
/// When the database refuses.
pub async fn rows(
    sql: &mut dyn Sql,
    tenant: &str,
    config: &Config,
    name: &str,
    between: (i64, i64),
    town: Option<&str>,
    as_of: Option<i64>,
    after: Option<(Key, String)>,
    limit: i64,
) -> Result<Vec<ManifestRow>, DbError> {
    let mut f = Filter::tenant("m.tenant_id", tenant);
    f.and("m.departed_at >= ?", [Value::from(between.0)])
        .and("m.departed_at < ?", [Value::from(between.1)])
        .maybe("m.consignor_town = ?", town)
        .maybe(DEPARTED_BY, as_of);
    if name != "manifests_departed" {
        f.and("m.confirmed_at is not null", []).maybe(CONFIRMED_BY, as_of);
    }
    match name {
        "manifests_closed" => {
            f.and("m.status in ('accepted', 'returned')", []);
        }
        "manifests_refused" => {
            f.and("m.status in ('refused', 'partially_refused', 'returned')", []);
        }
        "manifests_differing" => {
            f.and(DIFFERS, tolerance(config));
        }
        _ => {}
    }
    f.after("m.departed_at", "m.id", true, after);
    let select = "select m.id, coalesce(m.number, m.internal_number) as number, m.status, m.departed_at, m.confirmed_at, \
         m.consignor_name, m.receiver_name, m.mass_g, m.consignor_town from manifest m";
    let (text, values) = f.finish(select, "m.departed_at", "m.id", true, limit);
    sql.query(&text, &values).await?.iter().map(row).collect()
}

fn row(row: &Row) -> Result<ManifestRow, DbError> {
    Ok(ManifestRow {
        id: row.get("id")?,
        number: row.get("number")?,
        status: row.get("status")?,
        departed_at: row.get("departed_at")?,
        confirmed_at: row.get("confirmed_at")?,
        consignor: row.get("consignor_name")?,
        receiver: row.get("receiver_name")?,
        mass_g: row.get("mass_g")?,
        town: row.get("consignor_town")?,
    })
}
