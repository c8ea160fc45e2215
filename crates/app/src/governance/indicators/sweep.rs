//! Every figure that the ledger alone gives, for the city, every town and a row of months: for measurements, and for
//! whoever wants them all. One snapshot, nothing kept.

use std::sync::Arc;

use domain::indicator::Span;
use domain::time::Month;

use super::snapshot::Snapshot;
use super::tally::{self, Place};
use crate::kit::{Kit, Problem};

/// How many figures there are, and how many of them have a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Figures asked for.
    pub figures: usize,
    /// Figures with a value.
    pub values: usize,
}

/// Computes them all for `months` months up to `last`.
///
/// # Errors
/// 500 when the database refuses.
pub async fn sweep(kit: &Arc<Kit>, tenant: &str, last: Month, months: usize) -> Result<Sweep, Problem> {
    let (house, tenant) = (Arc::clone(kit), tenant.to_owned());
    let snapshot = kit
        .db
        .read(move |sql| Box::pin(async move { Snapshot::load(&house, sql, &tenant, None).await }))
        .await?;
    let mut spans = vec![Span::Month(last)];
    while spans.len() < months {
        let Some(earliest) = spans.last().map(|span| span.months().0) else { break };
        let before = if earliest.month() == 1 {
            Month::new(earliest.year() - 1, 12)
        } else {
            Month::new(earliest.year(), earliest.month() - 1)
        };
        let Some(before) = before else { break };
        spans.push(Span::Month(before));
    }
    let mut places: Vec<Place<'_>> = snapshot.towns.iter().map(|t| Place::Town(&t.code)).collect();
    places.extend([Place::City, Place::Elsewhere]);
    let mut out = Sweep::default();
    for span in spans {
        let graph = snapshot.book.graph(span)?;
        let keys = snapshot.catalogue().shipped.iter().filter(|s| {
            s.formula.is_some() && graph.leaves(&s.key).iter().all(|name| tally::is_measure(name))
        });
        for shipped in keys {
            for place in &places {
                let figure = snapshot.by(&graph, &shipped.key, 1, span, *place);
                out.figures += 1;
                out.values += usize::from(figure.value.is_some());
            }
        }
    }
    Ok(out)
}
