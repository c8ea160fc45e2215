//! Documents by number, for the search: the beginning of either number, or the serial alone. Each is a range of an index,
//! short enough that a caller who may see none of it waits no longer than one who may.

use std::collections::BTreeSet;

use db::{Sql, Value as Sv};

use super::list::within;
use crate::kit::{Filter, Problem, Reach};

/// A document that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Status.
    pub status: String,
    /// Consignor.
    pub consignor: String,
    /// Receiver.
    pub receiver: String,
}

/// Fewer characters of a number would be a tenth of all documents.
const INTERNAL_FROM: usize = 9;
const NUMBER_FROM: usize = 10;
/// Years whose serials are looked up.
const YEARS: i16 = 4;

/// Documents whose number begins with the words, or whose serial they are.
///
/// # Errors
/// 500 when the database refuses.
pub async fn by_number(
    sql: &mut dyn Sql,
    tenant: &str,
    reach: &Reach,
    words: &str,
    this_year: i16,
    limit: i64,
) -> Result<Vec<Found>, Problem> {
    let typed: String = words.to_uppercase().chars().filter(|c| !c.is_whitespace()).collect();
    let digits = typed.bytes().all(|b| b.is_ascii_digit());
    let mut asked: Vec<(&str, String, Option<Vec<Sv>>)> = Vec::new();
    if typed.starts_with("WF") && typed.len() >= INTERNAL_FROM {
        asked.push(("m.internal_number", typed.clone(), None));
    }
    if digits && typed.len() >= NUMBER_FROM {
        asked.push(("m.number", typed.clone(), None));
    }
    if digits && (1..=6).contains(&typed.len()) {
        let serial: i64 = typed.parse().unwrap_or_default();
        let numbers = (0..YEARS)
            .map(|back| Sv::Text(domain::manifest::internal_number(this_year - back, serial)))
            .collect();
        asked.push(("m.internal_number", String::new(), Some(numbers)));
    }
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (column, prefix, exact) in asked {
        let mut filter = Filter::tenant("m.tenant_id", tenant);
        within(reach, &mut filter);
        match exact {
            Some(numbers) => {
                let places = vec!["?"; numbers.len()].join(", ");
                filter.and(&format!("{column} in ({places})"), numbers);
            }
            None => {
                let end = format!("{prefix}\u{10FFFF}");
                filter.and(&format!("{column} >= ? and {column} < ?"), [Sv::Text(prefix), Sv::Text(end)]);
            }
        }
        let select = "select m.id, coalesce(m.number, m.internal_number) as shown, m.status, m.consignor_name, \
             m.receiver_name from manifest m";
        let (text, params) = filter.finish(select, column, "m.id", true, limit - 1);
        for row in sql.query(&text, &params).await? {
            let one = Found {
                id: row.get("id")?,
                number: row.get("shown")?,
                status: row.get("status")?,
                consignor: row.get("consignor_name")?,
                receiver: row.get("receiver_name")?,
            };
            if seen.insert(one.id.clone()) {
                found.push(one);
            }
        }
    }
    found.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(found)
}
