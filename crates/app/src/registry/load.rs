//! Typed reads for the contexts above, inside their own transaction or snapshot. They apply no access
//! rule: the caller has authorised its operation and checks that what it loads belongs to it.

use db::{Row, Sql, Value as Sv, params};

use super::model::{Approval, Crew, Device, Facility, Licence, Org, Plan, Site, Vehicle, Zone};
use crate::kit::Problem;

async fn one(
    s: &mut dyn Sql,
    table: &str,
    columns: &[&str],
    tenant: &str,
    id: &str,
) -> Result<Option<Row>, Problem> {
    let sql = format!("select {} from {table} where tenant_id = $1 and id = $2", columns.join(", "));
    Ok(s.query_opt(&sql, &params![tenant, id]).await?)
}

async fn many(
    s: &mut dyn Sql,
    table: &str,
    columns: &[&str],
    condition: &str,
    values: &[Sv],
) -> Result<Vec<Row>, Problem> {
    let sql = format!(
        "select {} from {table} where tenant_id = $1 and {condition} order by id",
        columns.join(", ")
    );
    Ok(s.query(&sql, values).await?)
}

macro_rules! by_id {
    ($($(#[$meta:meta])* $name:ident: $ty:ident;)+) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// 500 when the database refuses.
        pub async fn $name(s: &mut dyn Sql, tenant: &str, id: &str) -> Result<Option<$ty>, Problem> {
            one(s, $ty::TABLE, $ty::COLUMNS, tenant, id).await?.map(|row| $ty::read(&row)).transpose()
        }
    )+};
}

by_id! {
    /// An organisation.
    org: Org;
    /// A site.
    site: Site;
    /// A facility.
    facility: Facility;
    /// A licence with its lines.
    licence: Licence;
    /// A vehicle.
    vehicle: Vehicle;
    /// A driver or escort.
    crew: Crew;
    /// A management plan with its lines.
    plan: Plan;
    /// A cross-province approval with its lines.
    approval: Approval;
    /// A vehicle's terminal.
    device: Device;
}

/// A facility with its site; `None` unless both exist.
///
/// # Errors
/// 500 when the database refuses.
pub async fn facility_with_site(
    s: &mut dyn Sql,
    tenant: &str,
    id: &str,
) -> Result<Option<(Facility, Site)>, Problem> {
    let Some(f) = facility(s, tenant, id).await? else { return Ok(None) };
    Ok(site(s, tenant, &f.site_id).await?.map(|site| (f, site)))
}

/// Active sites of an organisation.
///
/// # Errors
/// 500 when the database refuses.
pub async fn sites_of(s: &mut dyn Sql, tenant: &str, org_id: &str) -> Result<Vec<Site>, Problem> {
    let rows =
        many(s, Site::TABLE, Site::COLUMNS, "org_id = $2 and status = 'active'", &params![tenant, org_id])
            .await?;
    rows.iter().map(Site::read).collect()
}

/// Active facilities of a site.
///
/// # Errors
/// 500 when the database refuses.
pub async fn facilities_of(s: &mut dyn Sql, tenant: &str, site_id: &str) -> Result<Vec<Facility>, Problem> {
    let rows = many(
        s,
        Facility::TABLE,
        Facility::COLUMNS,
        "site_id = $2 and status = 'active'",
        &params![tenant, site_id],
    )
    .await?;
    rows.iter().map(Facility::read).collect()
}

/// Active licences of an organisation, whether in force or not.
///
/// # Errors
/// 500 when the database refuses.
pub async fn licences_of(s: &mut dyn Sql, tenant: &str, org_id: &str) -> Result<Vec<Licence>, Problem> {
    let rows = many(
        s,
        Licence::TABLE,
        Licence::COLUMNS,
        "org_id = $2 and status = 'active'",
        &params![tenant, org_id],
    )
    .await?;
    rows.iter().map(Licence::read).collect()
}

/// The plan of a site and year, filed or not.
///
/// # Errors
/// 500 when the database refuses.
pub async fn plan_of(
    s: &mut dyn Sql,
    tenant: &str,
    site_id: &str,
    year: i64,
) -> Result<Option<Plan>, Problem> {
    let rows =
        many(s, Plan::TABLE, Plan::COLUMNS, "site_id = $2 and year = $3", &params![tenant, site_id, year])
            .await?;
    rows.first().map(Plan::read).transpose()
}

/// Active vehicles of a carrier.
///
/// # Errors
/// 500 when the database refuses.
pub async fn vehicles_of(s: &mut dyn Sql, tenant: &str, org_id: &str) -> Result<Vec<Vehicle>, Problem> {
    let rows = many(
        s,
        Vehicle::TABLE,
        Vehicle::COLUMNS,
        "org_id = $2 and status = 'active'",
        &params![tenant, org_id],
    )
    .await?;
    rows.iter().map(Vehicle::read).collect()
}

/// Active crew of a carrier.
///
/// # Errors
/// 500 when the database refuses.
pub async fn crew_of(s: &mut dyn Sql, tenant: &str, org_id: &str) -> Result<Vec<Crew>, Problem> {
    let rows =
        many(s, Crew::TABLE, Crew::COLUMNS, "org_id = $2 and status = 'active'", &params![tenant, org_id])
            .await?;
    rows.iter().map(Crew::read).collect()
}

/// Active approvals between a consignor and a receiver.
///
/// # Errors
/// 500 when the database refuses.
pub async fn approvals_between(
    s: &mut dyn Sql,
    tenant: &str,
    consignor_org_id: &str,
    receiver_org_id: &str,
) -> Result<Vec<Approval>, Problem> {
    let rows = many(
        s,
        Approval::TABLE,
        Approval::COLUMNS,
        "consignor_org_id = $2 and receiver_org_id = $3 and status = 'active'",
        &params![tenant, consignor_org_id, receiver_org_id],
    )
    .await?;
    rows.iter().map(Approval::read).collect()
}

/// Active organisations of a kind (`enterprise`, `carrier`, `receiver`, …), by name.
///
/// # Errors
/// 500 when the database refuses.
pub async fn orgs_of_kind(
    s: &mut dyn Sql,
    tenant: &str,
    kind: domain::access::OrgKind,
) -> Result<Vec<Org>, Problem> {
    // `kinds` is a JSON list of words from a fixed set, none of which contains another.
    let pattern = format!("%\"{}\"%", kind.as_str());
    let sql = format!(
        "select {} from org where tenant_id = $1 and status = 'active' and kinds like $2 order by name, id",
        Org::COLUMNS.join(", ")
    );
    let rows = s.query(&sql, &params![tenant, pattern]).await?;
    rows.iter().map(Org::read).collect()
}

/// The organisation with this key of the city profile or the demonstration.
///
/// # Errors
/// 500 when the database refuses.
pub async fn org_by_key(s: &mut dyn Sql, tenant: &str, key: &str) -> Result<Option<Org>, Problem> {
    let rows = many(s, Org::TABLE, Org::COLUMNS, "profile_key = $2", &params![tenant, key]).await?;
    rows.first().map(Org::read).transpose()
}

/// Names of organisations by id.
///
/// # Errors
/// 500 when the database refuses.
pub async fn org_names(
    s: &mut dyn Sql,
    tenant: &str,
    ids: &[String],
) -> Result<std::collections::BTreeMap<String, String>, Problem> {
    let Some(entity) = super::entity::Entity::of("orgs") else { return Err(Problem::internal()) };
    super::store::titles(s, tenant, entity, ids).await
}

/// The crew member that signs with an account.
///
/// # Errors
/// 500 when the database refuses.
pub async fn crew_of_account(
    s: &mut dyn Sql,
    tenant: &str,
    account_id: &str,
) -> Result<Option<Crew>, Problem> {
    let rows = many(
        s,
        Crew::TABLE,
        Crew::COLUMNS,
        "account_id = $2 and status = 'active'",
        &params![tenant, account_id],
    )
    .await?;
    rows.first().map(Crew::read).transpose()
}

/// Every active terminal of the city.
///
/// # Errors
/// 500 when the database refuses.
pub async fn devices(s: &mut dyn Sql, tenant: &str) -> Result<Vec<Device>, Problem> {
    let rows = many(s, Device::TABLE, Device::COLUMNS, "status = 'active'", &params![tenant]).await?;
    rows.iter().map(Device::read).collect()
}

/// Every active zone of the city.
///
/// # Errors
/// 500 when the database refuses.
pub async fn zones(s: &mut dyn Sql, tenant: &str) -> Result<Vec<Zone>, Problem> {
    let rows = many(s, Zone::TABLE, Zone::COLUMNS, "status = 'active'", &params![tenant]).await?;
    rows.iter().map(Zone::read).collect()
}
