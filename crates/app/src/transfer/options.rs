//! What the forms offer: carriers and receivers of the city, the caller's own vehicles and crew.

use std::sync::Arc;

use domain::access::{OrgKind, Permission};
use serde::Serialize;
use utoipa::ToSchema;

use super::config::config;
use crate::kit::{Kit, OpContext, Problem};
use crate::registry::load;
use crate::registry::model::Named;

/// A carrier that may be named.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CarrierOption {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Dangerous-goods licence.
    pub licence_no: Option<String>,
    /// Its last day.
    pub licence_valid_to: Option<String>,
    /// Whether it is valid today.
    pub valid: bool,
}

/// A licence line, in words of the form.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LicenceOption {
    /// Number.
    pub number: String,
    /// Last day.
    pub valid_to: String,
    /// Codes and categories.
    pub codes: Vec<String>,
    /// Methods; none where the licence names none.
    pub methods: Vec<String>,
}

/// A receiver that may be named.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReceiverOption {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Licences in force today.
    pub licences: Vec<LicenceOption>,
    /// All codes and categories of these.
    pub codes: Vec<String>,
}

/// Parties for the consignor's form.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartyOptions {
    /// Carriers.
    pub carriers: Vec<CarrierOption>,
    /// Receivers.
    pub receivers: Vec<ReceiverOption>,
    /// The caller's own sites.
    pub sites: Vec<Named>,
}

/// A vehicle of the caller.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VehicleOption {
    /// Id.
    pub id: String,
    /// Plate.
    pub plate: String,
    /// Load in grams.
    pub load_g: i64,
    /// Last day of its certificate.
    pub valid_to: String,
    /// Whether it is valid today.
    pub valid: bool,
}

/// A member of the caller's crew.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CrewOption {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Last day of the qualification.
    pub valid_to: String,
    /// Whether it is valid today.
    pub valid: bool,
}

/// What the carrier's form offers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CarrierOptions {
    /// Vehicles.
    pub vehicles: Vec<VehicleOption>,
    /// Drivers.
    pub drivers: Vec<CrewOption>,
    /// Escorts.
    pub escorts: Vec<CrewOption>,
}

/// Carriers and receivers with what their licences allow.
///
/// # Errors
/// 403.
pub async fn parties(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<PartyOptions, Problem> {
    ctx.require(Permission::DirectoryRead)?;
    let today = config(kit)?.zone.date_of(kit.clock.now()).to_string();
    let ctx = Arc::clone(ctx);
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let tenant = ctx.tenant.as_str();
                let carriers = load::orgs_of_kind(sql, tenant, OrgKind::Carrier).await?;
                let mut receivers = Vec::new();
                for org in load::orgs_of_kind(sql, tenant, OrgKind::Receiver).await? {
                    let mut licences = Vec::new();
                    for licence in load::licences_of(sql, tenant, &org.id).await? {
                        if !licence.in_force(&today) {
                            continue;
                        }
                        licences.extend(licence.lines.iter().map(|line| LicenceOption {
                            number: licence.number.clone(),
                            valid_to: licence.valid_to.clone(),
                            codes: line.codes.clone(),
                            methods: line.methods.clone(),
                        }));
                    }
                    let mut codes: Vec<String> =
                        licences.iter().flat_map(|l| l.codes.iter().cloned()).collect();
                    codes.sort_unstable();
                    codes.dedup();
                    receivers.push(ReceiverOption { id: org.id, name: org.name, licences, codes });
                }
                let sites = load::sites_of(sql, tenant, ctx.acting_org()).await?;
                Ok(PartyOptions {
                    carriers: carriers
                        .into_iter()
                        .map(|org| CarrierOption {
                            valid: org.dangerous_goods_licence_no.is_some()
                                && org
                                    .dangerous_goods_valid_to
                                    .as_deref()
                                    .is_some_and(|last| today.as_str() <= last),
                            id: org.id,
                            name: org.name,
                            licence_no: org.dangerous_goods_licence_no,
                            licence_valid_to: org.dangerous_goods_valid_to,
                        })
                        .collect(),
                    receivers,
                    sites: sites.into_iter().map(|site| Named { id: site.id, name: site.name }).collect(),
                })
            })
        })
        .await
}

/// The caller's vehicles and crew.
///
/// # Errors
/// 403.
pub async fn carrier(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<CarrierOptions, Problem> {
    ctx.require(Permission::ManifestCarrierWrite)?;
    let today = config(kit)?.zone.date_of(kit.clock.now()).to_string();
    let ctx = Arc::clone(ctx);
    kit.db
        .read(move |sql| {
            Box::pin(async move {
                let (tenant, org) = (ctx.tenant.as_str(), ctx.acting_org());
                let vehicles = load::vehicles_of(sql, tenant, org).await?;
                let (drivers, escorts): (Vec<_>, Vec<_>) = load::crew_of(sql, tenant, org)
                    .await?
                    .into_iter()
                    .partition(|person| person.duty == "driver");
                let people = |list: Vec<crate::registry::model::Crew>| {
                    list.into_iter()
                        .map(|person| CrewOption {
                            valid: today <= person.valid_to,
                            id: person.id,
                            name: person.name.unwrap_or_default(),
                            valid_to: person.valid_to,
                        })
                        .collect()
                };
                Ok(CarrierOptions {
                    vehicles: vehicles
                        .into_iter()
                        .map(|vehicle| VehicleOption {
                            valid: today <= vehicle.valid_to,
                            id: vehicle.id,
                            plate: vehicle.plate,
                            load_g: vehicle.load_g,
                            valid_to: vehicle.valid_to,
                        })
                        .collect(),
                    drivers: people(drivers),
                    escorts: people(escorts),
                })
            })
        })
        .await
}
