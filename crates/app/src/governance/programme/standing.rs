//! What the indicators say about targets, in the words of the programme.

use std::collections::{BTreeMap, BTreeSet};

use db::Sql;
use domain::programme::Light;

use crate::kit::{Kit, Problem};

/// The figure behind a target.
#[derive(Clone, Debug, Default)]
pub struct Figure {
    /// Value as exact decimal text; `None` where nobody knows it.
    pub value: Option<String>,
    /// `computed`, `approved`, `pending`, `missing`.
    pub state: String,
    /// Light of the indicator.
    pub light: Option<Light>,
}

/// Figures of a year by indicator. What is not answered has no figure.
///
/// # Errors
/// 500 when the database refuses.
pub async fn figures(
    _kit: &Kit,
    _sql: &mut dyn Sql,
    _tenant: &str,
    _keys: &[String],
    _year: i16,
) -> Result<BTreeMap<String, Figure>, Problem> {
    Ok(BTreeMap::new())
}

/// Keys of all indicators; `None` where the city has no definitions to check against.
///
/// # Errors
/// 500 when the settings name a city that the build does not have.
pub fn keys(_kit: &Kit) -> Result<Option<BTreeSet<String>>, Problem> {
    Ok(None)
}
