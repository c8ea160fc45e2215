//! Which points of a site should be seen by a camera, and which are not. What is required is data, because no law
//! lists it; a camera that is registered counts, whether it runs is the video system's business.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use db::{Sql, Value as Sv};
use domain::access::Permission;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::kit::{Filter, Key, Kit, OpContext, Page, PageQuery, Problem, data, like};

/// Points that a role requires.
#[derive(Deserialize)]
struct RolePoints {
    role: String,
    points: Vec<String>,
}

#[derive(Deserialize)]
struct PointData {
    roles: Vec<RolePoints>,
}

static POINTS: LazyLock<PointData> = LazyLock::new(|| data::json("warnings/camera_points.json"));

/// Roles of a site with the condition that tells them, each site having one at most.
const ROLES: [(&str, &str); 3] = [
    ("receiver", "o.kinds like '%\"receiver\"%'"),
    (
        "key_enterprise",
        "o.kinds not like '%\"receiver\"%' and o.kinds like '%\"enterprise\"%' and coalesce(s.management_tier, '') = 'key'",
    ),
    (
        "other_enterprise",
        "o.kinds not like '%\"receiver\"%' and o.kinds like '%\"enterprise\"%' and coalesce(s.management_tier, '') <> 'key'",
    ),
];

const JOINS: &str = "from site s join org o on o.tenant_id = s.tenant_id and o.id = s.org_id";

/// What a role requires.
fn required(role: &str) -> &'static [String] {
    POINTS.roles.iter().find(|r| r.role == role).map_or(&[], |r| r.points.as_slice())
}

/// The cameras of a site.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SiteCompleteness {
    /// Site.
    pub site_id: String,
    /// Its name.
    pub site_name: String,
    /// Firm.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// `receiver`, `key_enterprise`, `other_enterprise`: decides what is required.
    pub role: String,
    /// Points that are required.
    pub required: Vec<String>,
    /// Points that have a camera, required or not.
    pub present: Vec<String>,
    /// Required points without one.
    pub missing: Vec<String>,
}

/// Filter of the list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
pub struct CompletenessQuery {
    /// Rows a page.
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// `site_name`.
    pub sort: Option<String>,
    /// Words of site or firm.
    pub q: Option<String>,
    /// Only sites that lack something.
    pub missing: Option<bool>,
}

/// Which required points have no camera, for the sites within reach.
///
/// # Errors
/// 403; 422 for an order that is not offered.
pub async fn completeness(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: CompletenessQuery,
) -> Result<Page<SiteCompleteness>, Problem> {
    let reach = ctx.require(Permission::RegistryRead)?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor, sort: query.sort, q: query.q };
    let limit = page.limit()?;
    let (column, descending) = page.sort(&[("site_name", "s.name")], false)?;
    let mut filter = Filter::tenant("s.tenant_id", &ctx.tenant);
    filter.and("s.status = 'active' and o.status = 'active'", []);
    reach.filter(&mut filter, "s.org_id", "s.town_code");
    wanted(&mut filter, query.missing == Some(true));
    if let Some(words) = page.words() {
        let pattern = || Sv::Text(like(&words.to_lowercase()));
        filter.and(
            "(lower(s.name) like ? escape '\\' or lower(o.name) like ? escape '\\')",
            [pattern(), pattern()],
        );
    }
    let counting = format!("select count(*) as total {JOINS} {}", filter.conditions());
    let count_params = filter.params().to_vec();
    filter.after(column, "s.id", descending, page.after()?);
    let cases: Vec<String> = ROLES.iter().map(|(role, when)| format!("when {when} then '{role}'")).collect();
    let select = format!(
        "select s.id, s.name, s.org_id, o.name as org_name, case {} else '' end as role {JOINS}",
        cases.join(" ")
    );
    let (text, values) = filter.finish(&select, column, "s.id", descending, limit);
    let tenant = ctx.tenant.clone();
    let (rows, total) = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                let rows = sql.query(&text, &values).await?;
                let mut sites = Vec::new();
                for row in &rows {
                    sites.push(SiteCompleteness {
                        site_id: row.get("id")?,
                        site_name: row.get("name")?,
                        org_id: row.get("org_id")?,
                        org_name: row.get("org_name")?,
                        role: row.get("role")?,
                        required: Vec::new(),
                        present: Vec::new(),
                        missing: Vec::new(),
                    });
                }
                let ids: Vec<&str> = sites.iter().map(|s| s.site_id.as_str()).collect();
                let mut present = present(sql, &tenant, &ids).await?;
                for site in &mut sites {
                    let seen = present.remove(&site.site_id).unwrap_or_default();
                    site.required = required(&site.role).to_vec();
                    site.missing = site.required.iter().filter(|p| !seen.contains(*p)).cloned().collect();
                    site.present = seen.into_iter().collect();
                }
                let total: i64 = sql.query_one(&counting, &count_params).await?.get("total")?;
                Ok((sites, total))
            })
        })
        .await?;
    Ok(Page::cut(rows, limit, Some(total), |row| (Key::Text(row.site_name.clone()), row.site_id.clone())))
}

/// Only sites of which something is required; or only those that lack some of it.
fn wanted(filter: &mut Filter, lacking: bool) {
    let (mut parts, mut values) = (Vec::new(), Vec::new());
    for (role, when) in ROLES {
        let points = required(role);
        if points.is_empty() {
            continue;
        }
        if lacking {
            let places = vec!["?"; points.len()].join(", ");
            parts.push(format!(
                "({when} and (select count(distinct c.point) from camera c where c.tenant_id = s.tenant_id \
                 and c.site_id = s.id and c.status = 'active' and c.point in ({places})) < ?)"
            ));
            values.extend(points.iter().map(|p| Sv::from(p.as_str())));
            values.push(Sv::Int(i64::try_from(points.len()).unwrap_or(i64::MAX)));
        } else {
            parts.push(format!("({when})"));
        }
    }
    if parts.is_empty() {
        parts.push("1 = 0".to_owned());
    }
    filter.and(&format!("({})", parts.join(" or ")), values);
}

/// Points with an active camera, by site.
async fn present(
    sql: &mut dyn Sql,
    tenant: &str,
    sites: &[&str],
) -> Result<BTreeMap<String, BTreeSet<String>>, Problem> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    if sites.is_empty() {
        return Ok(out);
    }
    let mut filter = Filter::tenant("c.tenant_id", tenant);
    let places = vec!["?"; sites.len()].join(", ");
    filter.and(
        &format!("c.status = 'active' and c.site_id in ({places})"),
        sites.iter().map(|s| Sv::from(*s)).collect::<Vec<_>>(),
    );
    let text = format!("select distinct c.site_id, c.point from camera c {}", filter.conditions());
    for row in sql.query(&text, filter.params()).await? {
        out.entry(row.get("site_id")?).or_default().insert(row.get("point")?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::catalogue::catalogue;

    #[test]
    fn every_role_requires_known_points() {
        for (role, _) in ROLES {
            let points = required(role);
            assert!(!points.is_empty(), "{role} requires nothing");
            for point in points {
                assert!(catalogue().choice("camera_points", point).is_some(), "{point} is no point");
            }
        }
        assert_eq!(POINTS.roles.len(), ROLES.len(), "a role of the data is not used");
    }
}
