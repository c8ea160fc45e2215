//! The SQL that the ledger's decisions read: lots, what lies in facilities, last serials. Lists and views have
//! their own files.

use std::collections::{BTreeMap, BTreeSet};

use db::{DbError, Row, Sql, Value, params};
use domain::codes::{BatchKind, WasteCode};
use domain::ledger::{Counters, Lot, LotState};
use domain::time::{Date, parse_date};

use crate::kit::Problem;

/// Columns of a lot, for every query that reads one as `l`.
pub(super) const LOT_COLUMNS: &str = "l.id, l.version, l.kind, l.origin, l.container_code, l.waste_code, l.name, l.form, \
     l.traits, l.components, l.packaging, l.capacity_ml, l.holder_id, l.site_id, l.generated_on, l.generation_batch, \
     l.source_manifest, l.created_at, l.initial_g, l.remaining_g, l.status, l.facility_id, l.stored_at, \
     l.deadline_at, l.purpose, l.manifest_id, l.staged_g, l.store_in_batch, l.store_out_batch, l.sent_batch, l.last_at";

/// A stored word as its type; another word is a defect of the stored data and is said as such.
fn word<T: std::str::FromStr>(row: &Row, column: &str) -> Result<T, DbError> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| DbError::Inconsistent(format!("lot.{column}: {text} does not fit")))
}

fn optional<T: std::str::FromStr>(row: &Row, column: &str) -> Result<Option<T>, DbError> {
    let text: Option<String> = row.get(column)?;
    text.map(|t| t.parse().map_err(|_| DbError::Inconsistent(format!("lot.{column}: {t} does not fit"))))
        .transpose()
}

/// Reads a lot out of a row with [`LOT_COLUMNS`].
///
/// # Errors
/// When stored data is not what it should be.
pub(super) fn lot_of(row: &Row) -> Result<Lot, DbError> {
    let generated_on: String = row.get("generated_on")?;
    Ok(Lot {
        id: row.get("id")?,
        kind: word(row, "kind")?,
        origin: word(row, "origin")?,
        container: optional(row, "container_code")?,
        waste_code: optional(row, "waste_code")?,
        name: row.get("name")?,
        form: word(row, "form")?,
        traits: word(row, "traits")?,
        components: row.get("components")?,
        packaging: word(row, "packaging")?,
        capacity_ml: row.get("capacity_ml")?,
        holder: row.get("holder_id")?,
        site: row.get("site_id")?,
        generated_on: parse_date(&generated_on)
            .map_err(|_| DbError::Inconsistent(format!("lot.generated_on: {generated_on} does not fit")))?,
        generation_batch: optional(row, "generation_batch")?,
        source_manifest: row.get("source_manifest")?,
        created_at: row.get("created_at")?,
        state: LotState {
            initial_g: row.get("initial_g")?,
            remaining_g: row.get("remaining_g")?,
            status: word(row, "status")?,
            facility: row.get("facility_id")?,
            stored_at: row.get("stored_at")?,
            deadline_at: row.get("deadline_at")?,
            purpose: optional(row, "purpose")?,
            manifest: row.get("manifest_id")?,
            staged_g: row.get("staged_g")?,
            store_in_batch: optional(row, "store_in_batch")?,
            store_out_batch: optional(row, "store_out_batch")?,
            sent_batch: optional(row, "sent_batch")?,
            last_at: row.get("last_at")?,
            version: row.get("version")?,
        },
    })
}

/// A list of placeholders from `$first` and the ids bound to them, padded to a power of two by repeating the
/// last, so that few different statements are prepared.
pub(super) fn in_list<'a>(first: usize, ids: impl IntoIterator<Item = &'a str>) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = ids.into_iter().map(Value::from).collect();
    let size = values.len().max(1).next_power_of_two();
    let last = values.last().cloned().unwrap_or(Value::Null);
    values.resize(size, last);
    let text: Vec<String> = (first..first + size).map(|n| format!("${n}")).collect();
    (text.join(", "), values)
}

/// Lots by id; unknown ids are left out.
///
/// # Errors
/// When the database cannot answer.
pub(super) async fn lots(
    s: &mut dyn Sql,
    tenant: &str,
    ids: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Lot>, Problem> {
    let mut found = BTreeMap::new();
    for chunk in ids.iter().copied().collect::<Vec<_>>().chunks(256) {
        let (list, values) = in_list(2, chunk.iter().copied());
        let sql = format!("select {LOT_COLUMNS} from lot l where l.tenant_id = $1 and l.id in ({list})");
        let mut values_all = params![tenant];
        values_all.extend(values);
        for row in s.query(&sql, &values_all).await? {
            let lot = lot_of(&row)?;
            found.insert(lot.id.clone(), lot);
        }
    }
    Ok(found)
}

/// Mass and codes of what lies in a facility.
///
/// # Errors
/// When the database cannot answer.
pub(super) async fn contents(
    s: &mut dyn Sql,
    tenant: &str,
    facility_id: &str,
) -> Result<(i64, BTreeSet<WasteCode>), Problem> {
    let rows = s
        .query(
            "select waste_code, cast(coalesce(sum(remaining_g), 0) as bigint) as mass_g from lot \
             where tenant_id = $1 and facility_id = $2 and in_stock = true group by waste_code",
            &params![tenant, facility_id],
        )
        .await?;
    let mut stock = 0_i64;
    let mut codes = BTreeSet::new();
    for row in rows {
        stock = stock.saturating_add(row.get::<i64>("mass_g")?);
        codes.extend(optional::<WasteCode>(&row, "waste_code")?);
    }
    Ok((stock, codes))
}

/// Last serials of a day.
///
/// # Errors
/// When the database cannot answer.
pub(super) async fn counters(
    s: &mut dyn Sql,
    tenant: &str,
    org_id: &str,
    unit: &str,
    day: Date,
) -> Result<Counters, Problem> {
    let mut counters = Counters::default();
    let serial = |row: &Row| -> Result<u16, DbError> {
        u16::try_from(row.get::<i64>("last")?)
            .map_err(|_| DbError::Inconsistent("a serial does not fit".into()))
    };
    let rows = s
        .query(
            "select kind, last from batch_counter where tenant_id = $1 and org_id = $2 and day = $3",
            &params![tenant, org_id, day.to_string()],
        )
        .await?;
    for row in rows {
        counters.batches.insert((word::<BatchKind>(&row, "kind")?, day), serial(&row)?);
    }
    let rows = s
        .query(
            "select waste_code, last from container_counter where tenant_id = $1 and unit = $2 and day = $3",
            &params![tenant, unit, day.to_string()],
        )
        .await?;
    for row in rows {
        counters.containers.insert((word::<WasteCode>(&row, "waste_code")?, day), serial(&row)?);
    }
    Ok(counters)
}
