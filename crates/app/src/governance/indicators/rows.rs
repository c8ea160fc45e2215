//! The rows behind a measure: entries of the ledger or manifests, page by page, each with the way to its record.

use std::sync::Arc;

use domain::access::Permission;
use domain::indicator::rules;
use domain::problem::Violation;
use domain::time::{Period, format_instant};
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::MeasureRow;
use super::tally::entries_of;
use super::{ask, catalogue};
use crate::kit::{Key, Kit, OpContext, Page, PageQuery, Problem};
use crate::ledger::figures as ledger;
use crate::transfer::{config::config, figures as transfer};

/// Which rows.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RowsQuery {
    /// Measure; the only one of the indicator when left out.
    pub measure: Option<String>,
    /// Year or month; the present year when left out.
    pub period: Option<String>,
    /// Town.
    pub town: Option<String>,
    /// Day or instant.
    pub as_of: Option<String>,
    /// Rows a page, 1 to 200; 50 when left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One page of rows, newest first.
///
/// # Errors
/// 403; 404 for an unknown key or a town out of reach; 422 for a measure on which the indicator does not rest.
pub async fn rows(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    key: &str,
    query: &RowsQuery,
) -> Result<Page<MeasureRow>, Problem> {
    let reach = ctx.require(Permission::IndicatorRead)?;
    let mut asked = ask::Asked::read(kit, &reach, query.town.as_deref(), query.as_of.as_deref())?;
    // Sums of the city are for everybody, its rows are not.
    asked.town = ask::own_town(&reach).or(asked.town);
    let span = ask::span(kit, query.period.as_deref(), "/period")?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor.clone(), ..PageQuery::default() };
    let (limit, after) = (page.limit()?, page.after()?);
    if after.as_ref().is_some_and(|(key, _)| !matches!(key, Key::Int(_))) {
        return Err(Problem::field("/cursor", "REQ-CURSOR", []));
    }
    let shipped = catalogue::catalogue(&kit.settings.profile);
    shipped.get(key).ok_or_else(Problem::not_found)?;
    let snapshot = ask::snapshot(kit, ctx, asked.as_of).await?;
    let rests_on: Vec<String> = snapshot
        .book
        .graph(span)?
        .leaves(key)
        .into_iter()
        .filter(|name| super::tally::is_measure(name))
        .collect();
    let measure = match (&query.measure, rests_on.as_slice()) {
        (Some(name), _) if rests_on.contains(name) => name.clone(),
        (None, [only]) => only.clone(),
        (asked, _) => {
            let value: String = asked.clone().unwrap_or_default().chars().take(40).collect();
            let wrong = Violation::error(rules::WORD, "/measure").with("value", value);
            return Err(Problem::violations(vec![wrong.with("allowed", rests_on.join(", "))]));
        }
    };
    let (from, to) = span.months();
    let between = ask::zone(kit)?
        .bounds(Period::new(from, to).map_err(|e| Problem::violations(vec![e.at("/period")]))?);
    let level = shipped.measure(&measure).is_some_and(|m| m.kind == "level");
    let (house, tenant) = (Arc::clone(kit), ctx.tenant.clone());
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let rows = match entries_of(&measure) {
                    Some(filter) => {
                        let filter = ledger::FlowFilter {
                            from: (!level).then(|| from.to_string()),
                            to: to.to_string(),
                            between,
                            town: asked.town,
                            as_of: asked.as_of,
                            ..filter
                        };
                        ledger::rows(sql, &tenant, &filter, after, limit)
                            .await?
                            .into_iter()
                            .map(entry)
                            .collect()
                    }
                    None => {
                        let config = config(&house)?;
                        let town = asked.town.as_deref();
                        transfer::rows(
                            sql,
                            &tenant,
                            &config,
                            &measure,
                            between,
                            town,
                            asked.as_of,
                            after,
                            limit,
                        )
                        .await?
                        .into_iter()
                        .map(manifest)
                        .collect::<Vec<_>>()
                    }
                };
                let page = Page::cut(rows, limit, None, |(at, row)| (Key::Int(*at), row.id.clone()));
                Ok::<_, Problem>(page.map(|(_, row)| row))
            })
        })
        .await
}

fn entry(row: ledger::FlowRow) -> (i64, MeasureRow) {
    let view = MeasureRow {
        kind: "entry".to_owned(),
        at: format_instant(row.at),
        recorded_at: Some(format_instant(row.recorded_at)),
        position: Some(row.position),
        title: row.container_code.unwrap_or_else(|| row.waste_code.clone()),
        status: row.kind,
        org_name: row.org_name,
        place_name: row.site_name,
        waste_code: Some(row.waste_code),
        mass_g: row.mass_g,
        town: row.town,
        link: format!("/lots/{}", row.lot_id),
        id: row.id,
    };
    (row.at, view)
}

fn manifest(row: transfer::ManifestRow) -> (i64, MeasureRow) {
    let view = MeasureRow {
        kind: "manifest".to_owned(),
        at: format_instant(row.departed_at),
        recorded_at: row.confirmed_at.map(format_instant),
        position: None,
        title: row.number,
        status: row.status,
        org_name: row.consignor,
        place_name: row.receiver,
        waste_code: None,
        mass_g: row.mass_g,
        town: Some(row.town),
        link: format!("/manifests/{}", row.id),
        id: row.id,
    };
    (row.departed_at, view)
}
