//! What the words of a search mean: firms, trucks and waste codes that they name. A list of a million rows cannot be
//! read for a few letters, but the registers can; what they answer is then looked up by index.

use db::{DbError, Sql, Value, params};

use super::catalogue::catalogue;
use crate::kit::like;

/// More than this many names, and the words name nothing in particular.
const FEW: usize = 8;

/// What words name; `None` where they name too many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Organisations by name, short name or English name.
    pub orgs: Option<Vec<String>>,
    /// Vehicles by plate.
    pub vehicles: Option<Vec<String>>,
}

/// Looks words up in the registers.
///
/// # Errors
/// When the database refuses.
pub async fn named(sql: &mut dyn Sql, tenant: &str, words: &str) -> Result<Named, DbError> {
    let pattern = like(&words.to_lowercase());
    let orgs = "select id from org where tenant_id = $1 and (lower(name) like $2 escape '\\' \
                or lower(coalesce(short_name, '')) like $2 escape '\\' \
                or lower(coalesce(name_en, '')) like $2 escape '\\') limit $3";
    let vehicles =
        "select id from vehicle where tenant_id = $1 and lower(plate) like $2 escape '\\' limit $3";
    Ok(Named {
        orgs: few(sql, orgs, tenant, &pattern).await?,
        vehicles: few(sql, vehicles, tenant, &pattern).await?,
    })
}

async fn few(
    sql: &mut dyn Sql,
    text: &str,
    tenant: &str,
    pattern: &str,
) -> Result<Option<Vec<String>>, DbError> {
    let most = i64::try_from(FEW + 1).unwrap_or(i64::MAX);
    let rows = sql.query(text, &params![tenant, pattern, most]).await?;
    let ids = rows.iter().map(|row| row.get("id")).collect::<Result<Vec<String>, _>>()?;
    Ok((ids.len() <= FEW).then_some(ids))
}

/// The sites of a town, when they are few enough for a list to be put together from theirs.
///
/// # Errors
/// When the database refuses.
pub async fn sites_of(sql: &mut dyn Sql, tenant: &str, town: &str) -> Result<Option<Vec<String>>, DbError> {
    let text = "select id from site where tenant_id = $1 and town_code = $2 limit $3";
    let most = i64::try_from(SITES + 1).unwrap_or(i64::MAX);
    let rows = sql.query(text, &params![tenant, town, most]).await?;
    let ids = rows.iter().map(|row| row.get("id")).collect::<Result<Vec<String>, _>>()?;
    Ok((ids.len() <= SITES).then_some(ids))
}

/// A town with more sites has so many rows that any walk through the list meets them soon.
const SITES: usize = 24;

/// The waste codes that digits are a part of; `None` when they are too many.
pub fn codes_like(words: &str) -> Option<Vec<String>> {
    if words.is_empty() || !words.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return Some(Vec::new());
    }
    let mut codes: Vec<String> =
        catalogue().wastes.iter().filter(|w| w.code.contains(words)).map(|w| w.code.clone()).collect();
    if words.parse::<domain::codes::WasteCode>().is_ok() {
        codes.push(words.to_owned());
    }
    codes.sort_unstable();
    codes.dedup();
    (codes.len() <= FEW).then_some(codes)
}

/// Whether the words can be the beginning of a number or code: letters and digits, no shorter than `least`.
pub fn is_number(words: &str, least: usize) -> bool {
    words.len() >= least && words.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// From the beginning of a number to the end of all that begin so, for `column >= ? and column < ?`.
pub fn beginning(words: &str) -> [Value; 2] {
    [Value::from(words), Value::Text(format!("{words}\u{10ffff}"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_names() {
        assert!(is_number("2026320281", 6) && is_number("900-041-49", 6));
        assert_eq!(codes_like("900-041-49"), Some(vec!["900-041-49".to_owned()]));
        assert_eq!((codes_like("900"), codes_like("HW49")), (None, Some(Vec::new())));
        assert!(!is_number("2026", 6) && !is_number("江阴电镀厂", 2) && !is_number("plating works", 2));
    }
}
