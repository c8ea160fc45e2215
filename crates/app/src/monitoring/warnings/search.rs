//! How warnings are found by organisation and by words: each way by an index.

use db::{DbError, Sql, Value as Sv};

use super::list::WarningQuery;
use crate::kit::{Filter, PageQuery, Way, like};
use crate::registry::words;

/// Warnings that concern an organisation.
pub(super) fn concerns(org: &str, alias: &str) -> Way {
    let table = format!("warning_org {alias}");
    let link = format!("{alias}.tenant_id = w.tenant_id and {alias}.warning_id = w.id");
    Way::through((&table, &link), &format!("{alias}.org_id = ?"), [Sv::from(org)], &[])
}

/// Shortest beginning of a number that is looked for.
const DIGITS: usize = 6;
/// Documents whose number begins with the words; more say nothing in particular.
const DOCUMENTS: i64 = 8;

/// Adds words: a number by its beginning, the organisation, the truck, the document.
pub(super) async fn search(
    sql: &mut dyn Sql,
    tenant: &str,
    text: &str,
    filter: &mut Filter,
) -> Result<(), DbError> {
    let named = words::named(sql, tenant, text).await?;
    let (Some(orgs), Some(vehicles)) = (named.orgs, named.vehicles) else {
        let pattern = || Sv::Text(like(&text.to_lowercase()));
        filter.and(
            "(lower(w.number) like ? escape '\\' \
             or coalesce(w.vehicle_id, '') in (select id from vehicle where tenant_id = w.tenant_id and lower(plate) like ? escape '\\') \
             or coalesce(w.org_id, '') in (select id from org where tenant_id = w.tenant_id and lower(name) like ? escape '\\'))",
            (0..3).map(|_| pattern()).collect::<Vec<_>>(),
        );
        return Ok(());
    };
    let mut ways = Vec::new();
    if words::is_number(text, DIGITS) {
        let range = words::beginning(&text.to_uppercase());
        ways.push(Way::gather("w.number >= ? and w.number < ?", range.clone()));
        let [from, to] = range;
        for column in ["number", "internal_number"] {
            let rows = sql
                .query(
                    &format!(
                        "select id from manifest where tenant_id = $1 and {column} >= $2 and {column} < $3 limit $4"
                    ),
                    &[Sv::from(tenant), from.clone(), to.clone(), Sv::Int(DOCUMENTS)],
                )
                .await?;
            for row in &rows {
                ways.push(Way::gather("w.manifest_id = ?", [Sv::Text(row.get("id")?)]));
            }
        }
    }
    ways.extend(orgs.into_iter().map(|id| Way::on("w.org_id = ?", [Sv::Text(id)])));
    ways.extend(vehicles.into_iter().map(|id| Way::on("w.vehicle_id = ?", [Sv::Text(id)])));
    filter.any(ways);
    Ok(())
}

/// The words of a query.
pub(super) fn words_of(query: &WarningQuery) -> Option<String> {
    PageQuery { q: query.q.clone(), ..PageQuery::default() }.words()
}
