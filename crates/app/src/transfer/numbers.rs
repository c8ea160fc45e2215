//! Numbers. Only the State's and province's systems may mint the fourteen digits of Art. 15; this port asks
//! whatever authority is configured. The platform's own (internal) number is given to every document at once.
//! Serials are allocated in the writing transaction from `manifest_counter`, which events fill, so that a
//! number is never given twice and a rebuild ends with the same counters.

use std::sync::Arc;

use db::{BoxFuture, Sql, Tx, params};
use domain::codes::ManifestNumber;
use domain::manifest::{NumberStatus, OfficialNumber, internal_number};
use domain::problem::Violation;

use crate::kit::settings::NumberAuthoritySetting;
use crate::kit::{Kit, Problem};

/// Series of internal numbers.
pub const INTERNAL: &str = "internal";
/// Series of demonstration numbers.
pub const DEMO: &str = "demo";

/// Who mints numbers. Asked inside the writing transaction, so an implementation must not wait for the
/// network: one that talks to the province takes numbers in stock beforehand.
pub trait NumberAuthority: Send + Sync {
    /// The next number for waste that leaves a prefecture (`3202`) in a year; `None` when the authority gives
    /// none, and the document keeps its internal number.
    ///
    /// # Errors
    /// HW-TR-704 when the authority's numbers are used up.
    fn next<'a>(
        &'a self,
        tx: &'a mut Tx,
        prefix: &'a str,
        year: i16,
    ) -> BoxFuture<'a, Result<Option<OfficialNumber>, Problem>>;
}

/// Nobody mints yet.
struct Nobody;

impl NumberAuthority for Nobody {
    fn next<'a>(
        &'a self,
        _: &'a mut Tx,
        _: &'a str,
        _: i16,
    ) -> BoxFuture<'a, Result<Option<OfficialNumber>, Problem>> {
        Box::pin(async { Ok(None) })
    }
}

/// A range for demonstration: never official.
struct DemoRange {
    prefix: String,
    from: i64,
    to: i64,
}

impl NumberAuthority for DemoRange {
    fn next<'a>(
        &'a self,
        tx: &'a mut Tx,
        _: &'a str,
        year: i16,
    ) -> BoxFuture<'a, Result<Option<OfficialNumber>, Problem>> {
        Box::pin(async move {
            let serial = last(tx, DEMO, year).await?.map_or(self.from, |last| (last + 1).max(self.from));
            let part = |at: usize| self.prefix.get(at..at + 2).and_then(|p| p.parse::<u8>().ok());
            let number = u32::try_from(serial)
                .ok()
                .filter(|_| serial <= self.to)
                .and_then(|serial| ManifestNumber::new(year, part(0)?, part(2)?, serial))
                .ok_or_else(|| {
                    Problem::violations(vec![Violation::error(domain::manifest::rules::NO_NUMBER, "")])
                })?;
            Ok(Some(OfficialNumber { value: number.to_string(), status: NumberStatus::Demo }))
        })
    }
}

/// The configured authority.
pub fn authority(kit: &Kit) -> Arc<dyn NumberAuthority> {
    match &kit.settings.numbers {
        NumberAuthoritySetting::None => Arc::new(Nobody),
        NumberAuthoritySetting::DemoRange { prefix, from, to } => {
            Arc::new(DemoRange { prefix: prefix.clone(), from: *from, to: *to })
        }
    }
}

/// The next internal number of a year.
///
/// # Errors
/// 500 when the database refuses.
pub async fn next_internal(tx: &mut Tx, year: i16) -> Result<String, Problem> {
    Ok(internal_number(year, last(tx, INTERNAL, year).await?.unwrap_or(0) + 1))
}

async fn last(tx: &mut Tx, series: &str, year: i16) -> Result<Option<i64>, Problem> {
    let tenant = tx.tenant().to_owned();
    let row = tx
        .query_opt(
            "select last from manifest_counter where tenant_id = $1 and series = $2 and year = $3",
            &params![tenant, series, i64::from(year)],
        )
        .await?;
    Ok(row.map(|row| row.get("last")).transpose()?)
}

/// Year and serial of a number, as its event tells them: of `WF2026-000123` or of fourteen digits.
pub(super) fn year_and_serial(number: &str) -> Option<(i64, i64)> {
    if let Some(rest) = number.strip_prefix("WF") {
        let (year, serial) = rest.split_once('-')?;
        return Some((year.parse().ok()?, serial.parse().ok()?));
    }
    let number: ManifestNumber = number.parse().ok()?;
    Some((i64::from(number.year()), i64::from(number.serial())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_tells_its_year_and_serial() {
        assert_eq!(year_and_serial("WF2026-000123"), Some((2026, 123)));
        assert_eq!(year_and_serial("20263202990001"), Some((2026, 990_001)));
        assert_eq!(year_and_serial("x"), None);
    }
}
