//! What the indicators say about targets, in the words of the programme.

use std::collections::{BTreeMap, BTreeSet};

use db::Sql;
use domain::programme::Light;

use crate::governance::indicators;
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
    kit: &Kit,
    sql: &mut dyn Sql,
    tenant: &str,
    keys: &[String],
    year: i16,
) -> Result<BTreeMap<String, Figure>, Problem> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let all = indicators::standing(kit, sql, tenant, keys, year, None).await?;
    let figure = |s: indicators::Standing| Figure {
        value: s.value.map(|v| v.normalize().to_string()),
        state: s.state.as_str().to_owned(),
        light: Light::parse(s.light.as_str()).filter(|light| *light != Light::None),
    };
    Ok(all.into_iter().map(|(key, standing)| (key, figure(standing))).collect())
}

/// Keys of all indicators; `None` where the city has no definitions to check against.
///
/// # Errors
/// None today; a city whose folder is missing has the national ones.
pub fn keys(kit: &Kit) -> Result<Option<BTreeSet<String>>, Problem> {
    let all = indicators::catalogue::catalogue(&kit.settings.profile);
    Ok(Some(all.shipped.iter().map(|s| s.key.clone()).collect()))
}
