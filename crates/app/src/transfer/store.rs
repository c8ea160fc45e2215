//! SQL of the transfer context: documents, sums of quotas, what is on a vehicle. Reads only; rows are written
//! by [`super::project`].

use db::{DbError, Row, Sql, params};
use domain::manifest::{Aboard, Manifest, QuotaKind};

/// The document of an id.
pub async fn document(sql: &mut dyn Sql, tenant: &str, id: &str) -> Result<Option<Manifest>, DbError> {
    let row = sql
        .query_opt("select document from manifest where tenant_id = $1 and id = $2", &params![tenant, id])
        .await?;
    row.map(|row| parse(&row, id)).transpose()
}

fn parse(row: &Row, id: &str) -> Result<Manifest, DbError> {
    let text: String = row.get("document")?;
    serde_json::from_str(&text)
        .map_err(|error| DbError::Inconsistent(format!("manifest.document of {id}: {error}")))
}

/// Internal numbers of documents by id.
pub async fn internal_number(sql: &mut dyn Sql, tenant: &str, id: &str) -> Result<Option<String>, DbError> {
    let row = sql
        .query_opt(
            "select internal_number from manifest where tenant_id = $1 and id = $2",
            &params![tenant, id],
        )
        .await?;
    row.map(|row| row.get("internal_number")).transpose()
}

/// What other documents draw from a quota, grams: of a plan by code, of a licence by line and year, of an
/// approval by code.
pub async fn used(
    sql: &mut dyn Sql,
    tenant: &str,
    kind: QuotaKind,
    ref_id: &str,
    place: Place<'_>,
    except: &str,
) -> Result<i64, DbError> {
    let base = "select cast(coalesce(sum(mass_g), 0) as bigint) as used from quota_use \
                where tenant_id = $1 and kind = $2 and ref_id = $3 and manifest_id <> $4";
    let row = match place {
        Place::Line { line, year } => {
            let sql_text = format!("{base} and line = $5 and year = $6");
            sql.query_one(&sql_text, &params![tenant, kind.as_str(), ref_id, except, line, year]).await?
        }
        Place::Code(code) => {
            let sql_text = format!("{base} and waste_code = $5");
            sql.query_one(&sql_text, &params![tenant, kind.as_str(), ref_id, except, code]).await?
        }
    };
    row.get("used")
}

/// Which part of a quota.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// A line of a licence in a year.
    Line {
        /// Number of the line.
        line: i64,
        /// Calendar year.
        year: i64,
    },
    /// A waste code.
    Code(&'a str),
}

/// Other documents that are on a vehicle: taken over, not arrived.
pub async fn aboard(
    sql: &mut dyn Sql,
    tenant: &str,
    vehicle_id: &str,
    except: &str,
) -> Result<Vec<Aboard>, DbError> {
    let rows = sql
        .query(
            "select m.internal_number, m.waste_codes, m.mass_g from manifest_leg l \
             join manifest m on m.tenant_id = l.tenant_id and m.id = l.manifest_id \
             where l.tenant_id = $1 and l.vehicle_id = $2 and l.taken and l.arrived_at is null \
             and m.status = 'in_transit' and m.id <> $3 order by m.internal_number",
            &params![tenant, vehicle_id, except],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let codes: String = row.get("waste_codes")?;
            Ok(Aboard {
                internal_number: row.get("internal_number")?,
                waste_codes: serde_json::from_str(&codes)
                    .map_err(|error| DbError::Inconsistent(format!("manifest.waste_codes: {error}")))?,
                mass_g: row.get("mass_g")?,
            })
        })
        .collect()
}
