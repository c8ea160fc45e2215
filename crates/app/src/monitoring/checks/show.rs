//! Checks for their reader: what was found then, with names and documents as they are now. People are masked as
//! everywhere for officials without a stated purpose of reading personal data; a check alone is none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use db::{DbError, Row, Sql, Value as Sv};
use domain::access::Permission;
use domain::time::format_instant;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::live::{Live, LiveVehicle};
use super::super::place::Place;
use super::super::warnings::{self, WarningSummary};
use super::store::{FoundPaper, Outcome};
use crate::kit::{Filter, Key, Kit, OpContext, Page, PageQuery, Problem, Reach, Total, like};
use crate::registry::load;
use crate::registry::personal::mask;
use crate::transfer::list::by_ids;
use crate::transfer::view::ManifestSummary;

/// A truck.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckedVehicle {
    /// Row of the register.
    pub vehicle_id: String,
    /// Plate.
    pub plate: String,
    /// Its colour.
    pub plate_colour: String,
    /// Carrier.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// The carrier's licence for dangerous goods.
    pub licence: Option<String>,
    /// Whether the truck is in use.
    pub active: bool,
}

/// A container.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckedLot {
    /// Lot of the ledger.
    pub lot_id: String,
    /// 37 digits.
    pub container_code: Option<String>,
    /// Waste code.
    pub waste_code: Option<String>,
    /// Name of the waste.
    pub name: String,
    /// Where it stands in its life, now.
    pub status: String,
    /// What is in it now, grams.
    pub mass_g: i64,
    /// Whose it is.
    pub holder_name: String,
}

/// A licence or certificate as it was on the day of the check.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckedPaper {
    /// `carrier_licence`, `transport_certificate`, `driver`, `escort`.
    pub kind: String,
    /// Firm, plate, or the masked name of a person.
    pub holder: String,
    /// Number; masked for a person.
    pub number: Option<String>,
    /// Last day.
    pub valid_to: Option<String>,
    /// Whether it was in force; unknown when the register holds no day.
    pub valid: Option<bool>,
}

/// What the code of a paper proved.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckedCode {
    /// This platform signed it.
    pub valid: bool,
    /// Version that it states.
    pub version: i64,
    /// The stated hash is that of the stated version.
    pub stated_hash_matches: bool,
    /// That version was the last one at the time of the check.
    pub current: bool,
}

/// A row of the history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoadsideCheckRow {
    /// Id.
    pub id: String,
    /// Number for people.
    pub checked_no: String,
    /// When.
    pub at: String,
    /// `code`, `plate`, `number`.
    pub kind: String,
    /// What was scanned or typed; empty once erased.
    pub value: String,
    /// Why.
    pub purpose: String,
    /// Where.
    pub place: Option<Place>,
    /// Who.
    pub by_name: String,
    /// Whether a document was found.
    pub found: bool,
    /// The truck.
    pub vehicle: Option<CheckedVehicle>,
    /// The documents, as they are now.
    pub manifests: Vec<ManifestSummary>,
}

/// A check with everything that it found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoadsideCheckView {
    /// The row of the history.
    #[serde(flatten)]
    pub row: RoadsideCheckRow,
    /// Status of the documents at the time of the check, by id.
    pub statuses: BTreeMap<String, String>,
    /// The container, for its code.
    pub lot: Option<CheckedLot>,
    /// Licences and certificates.
    pub papers: Vec<CheckedPaper>,
    /// The code, for a printed document.
    pub code: Option<CheckedCode>,
    /// Where the truck is now, if it reports.
    pub live: Option<LiveVehicle>,
    /// What is open about the truck now, the gravest first.
    pub open_warnings: Vec<WarningSummary>,
    /// Place of the check in the journal.
    pub position: i64,
}

/// Filter of the history.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
pub struct CheckListQuery {
    /// Rows a page.
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// `at`, by default the newest first.
    pub sort: Option<String>,
    /// Words of number, purpose or what was looked up.
    pub q: Option<String>,
    /// Only with, or only without, a document.
    pub found: Option<bool>,
}

const SELECT: &str = "select c.id, c.checked_no, c.at, c.kind, c.value, c.purpose, c.place, c.found, c.vehicle_id, \
     c.outcome, c.position, coalesce(a.name, '') as by_name, v.plate, v.plate_colour, v.status as vehicle_status, \
     v.org_id as carrier_id, o.name as carrier_name, o.dangerous_goods_licence_no as licence from roadside_check c \
     left join account a on a.tenant_id = c.tenant_id and a.id = c.account_id \
     left join vehicle v on v.tenant_id = c.tenant_id and v.id = c.vehicle_id \
     left join org o on o.tenant_id = v.tenant_id and o.id = v.org_id";

/// The caller's own checks only: what an inspector looked up is nobody else's list to read.
fn own(ctx: &OpContext) -> Filter {
    let mut filter = Filter::tenant("c.tenant_id", &ctx.tenant);
    filter.and("c.account_id = ?", [Sv::from(ctx.account_id.as_str())]);
    filter
}

fn line(row: &Row) -> Result<(RoadsideCheckRow, Outcome), DbError> {
    let outcome = Outcome::read(row)?;
    let place: Option<String> = row.get("place")?;
    let plate: Option<String> = row.get("plate")?;
    let vehicle = match (row.get::<Option<String>>("vehicle_id")?, plate) {
        (Some(vehicle_id), Some(plate)) => Some(CheckedVehicle {
            vehicle_id,
            plate,
            plate_colour: row.get("plate_colour")?,
            org_id: row.get("carrier_id")?,
            org_name: row.get::<Option<String>>("carrier_name")?.unwrap_or_default(),
            licence: row.get("licence")?,
            active: row.get::<String>("vehicle_status")? == "active",
        }),
        _ => None,
    };
    let line = RoadsideCheckRow {
        id: row.get("id")?,
        checked_no: row.get("checked_no")?,
        at: format_instant(row.get("at")?),
        kind: row.get("kind")?,
        value: row.get::<Option<String>>("value")?.unwrap_or_default(),
        purpose: row.get("purpose")?,
        place: place
            .map(|p| serde_json::from_str(&p))
            .transpose()
            .map_err(|e| DbError::Inconsistent(format!("roadside_check.place: {e}")))?,
        by_name: row.get("by_name")?,
        found: row.get("found")?,
        vehicle,
        manifests: Vec::new(),
    };
    Ok((line, outcome))
}

/// A page of the caller's own checks.
///
/// # Errors
/// 403; 422 for an order that is not offered.
pub async fn list(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    query: CheckListQuery,
) -> Result<Page<RoadsideCheckRow>, Problem> {
    ctx.require(Permission::RoadsideCheck)?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor, sort: query.sort, q: query.q };
    let limit = page.limit()?;
    let (column, descending) = page.sort(&[("at", "c.at")], true)?;
    let mut filter = own(ctx);
    filter.maybe("c.found = ?", query.found);
    if let Some(words) = page.words() {
        let pattern = || Sv::Text(like(&words.to_lowercase()));
        filter.and(
            "(lower(c.checked_no) like ? escape '\\' or lower(coalesce(c.value, '')) like ? escape '\\' \
             or lower(c.purpose) like ? escape '\\')",
            (0..3).map(|_| pattern()).collect::<Vec<_>>(),
        );
    }
    let (counting, count_params) = filter.count("from roadside_check c", "c.id");
    filter.after(column, "c.id", descending, page.after()?);
    let (text, values) = filter.finish(SELECT, column, "c.id", descending, limit);
    let (caller, now) = (Arc::clone(ctx), kit.clock.now());
    let (rows, total) = kit
        .db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                let rows = sql.query(&text, &values).await?;
                let mut lines = Vec::new();
                for row in &rows {
                    let (line, outcome) = line(row)?;
                    lines.push((line, outcome, row.get::<i64>("at")?));
                }
                let ids: BTreeSet<String> =
                    lines.iter().flat_map(|(_, o, _)| &o.manifests).map(|m| m.id.clone()).collect();
                let ids: Vec<String> = ids.into_iter().collect();
                let known: BTreeMap<String, ManifestSummary> =
                    by_ids(sql, &caller, &ids, now).await?.into_iter().map(|m| (m.id.clone(), m)).collect();
                for (line, outcome, _) in &mut lines {
                    line.manifests =
                        outcome.manifests.iter().filter_map(|m| known.get(&m.id).cloned()).collect();
                }
                let total = Total::counted(&sql.query_one(&counting, &count_params).await?)?;
                Ok((lines, total))
            })
        })
        .await?;
    let page = Page::cut(rows, limit, total, |(line, _, at)| (Key::Int(*at), line.id.clone()));
    Ok(page.map(|(line, _, _)| line))
}

/// One of the caller's own checks.
///
/// # Errors
/// 403; 404 for an unknown one and for somebody else's.
pub async fn get(kit: &Arc<Kit>, ctx: &Arc<OpContext>, id: &str) -> Result<RoadsideCheckView, Problem> {
    let reach = ctx.require(Permission::RoadsideCheck)?;
    let (house, caller, id) = (Arc::clone(kit), Arc::clone(ctx), id.to_owned());
    kit.db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                let mut filter = own(&caller);
                filter.and("c.id = ?", [Sv::from(id.as_str())]);
                let text = format!("{SELECT} {}", filter.conditions());
                let row = sql.query_opt(&text, filter.params()).await?.ok_or_else(Problem::not_found)?;
                let (mut line, outcome) = line(&row)?;
                let ids: Vec<String> = outcome.manifests.iter().map(|m| m.id.clone()).collect();
                line.manifests = by_ids(sql, &caller, &ids, house.clock.now()).await?;
                let papers = papers(sql, &caller, &outcome.papers).await?;
                let lot = match &outcome.lot_id {
                    Some(lot) => lot_of(sql, &caller.tenant, lot).await?,
                    None => None,
                };
                let open_warnings = match &outcome.vehicle_id {
                    Some(truck) => warnings::of_vehicle(sql, &house, &caller, &reach, truck).await?,
                    None => Vec::new(),
                };
                let live = outcome.vehicle_id.as_deref().and_then(|v| house.parts.get::<Live>().vehicle(v));
                Ok(RoadsideCheckView {
                    row: line,
                    statuses: outcome.manifests.into_iter().map(|m| (m.id, m.status)).collect(),
                    lot,
                    papers,
                    code: outcome.code.map(|c| CheckedCode {
                        valid: c.valid,
                        version: c.version,
                        stated_hash_matches: c.stated_hash_matches,
                        current: c.current,
                    }),
                    live: live.as_ref().map(|now| LiveVehicle::seen(now, &Reach::City)),
                    open_warnings,
                    position: row.get("position")?,
                })
            })
        })
        .await
}

async fn lot_of(sql: &mut dyn Sql, tenant: &str, id: &str) -> Result<Option<CheckedLot>, DbError> {
    let row = sql
        .query_opt(
            "select l.id, l.container_code, l.waste_code, l.name, l.status, l.remaining_g, o.name as holder from lot l \
             left join org o on o.tenant_id = l.tenant_id and o.id = l.holder_id \
             where l.tenant_id = $1 and l.id = $2",
            &db::params![tenant, id],
        )
        .await?;
    row.map(|row| {
        Ok(CheckedLot {
            lot_id: row.get("id")?,
            container_code: row.get("container_code")?,
            waste_code: row.get("waste_code")?,
            name: row.get("name")?,
            status: row.get("status")?,
            mass_g: row.get("remaining_g")?,
            holder_name: row.get::<Option<String>>("holder")?.unwrap_or_default(),
        })
    })
    .transpose()
}

async fn papers(
    sql: &mut dyn Sql,
    ctx: &OpContext,
    found: &[FoundPaper],
) -> Result<Vec<CheckedPaper>, Problem> {
    let tenant = ctx.tenant.as_str();
    let mut out = Vec::new();
    for paper in found {
        let (holder, number) = match paper.kind.as_str() {
            "carrier_licence" => match load::org(sql, tenant, &paper.id).await? {
                Some(org) => (org.name, org.dangerous_goods_licence_no),
                None => Default::default(),
            },
            "transport_certificate" => match load::vehicle(sql, tenant, &paper.id).await? {
                Some(vehicle) => (vehicle.plate, Some(vehicle.transport_cert_no)),
                None => Default::default(),
            },
            _ => match load::crew(sql, tenant, &paper.id).await? {
                Some(person) => (
                    person.name.map(|name| mask("name", &name)).unwrap_or_default(),
                    person.cert_no.map(|number| mask("cert_no", &number)),
                ),
                None => Default::default(),
            },
        };
        out.push(CheckedPaper {
            kind: paper.kind.clone(),
            holder,
            number,
            valid_to: paper.valid_to.clone(),
            valid: paper.valid,
        });
    }
    Ok(out)
}
