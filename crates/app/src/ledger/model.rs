//! What the ledger takes in and hands out. Nothing here reads or writes.

use db::{DbError, Row};
use domain::ledger::Lot;
use domain::time::format_instant;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{store, tables};
use crate::kit::FieldProblemBody;
use crate::registry::model::Named;

/// A facility as a lot shows it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FacilityRef {
    /// Id.
    pub id: String,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A manifest as a lot shows it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ManifestRef {
    /// Id.
    pub id: String,
}

/// A lot: the content of one container.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LotView {
    /// Id.
    pub id: String,
    /// Version.
    pub version: i64,
    /// waste, product, treated, difference.
    pub kind: &'static str,
    /// 37-digit code; none for bulk.
    pub container_code: Option<String>,
    /// Waste code.
    pub waste_code: Option<String>,
    /// Category.
    pub category: Option<String>,
    /// Name in the national catalogue.
    pub national_name: String,
    /// Name inside the firm.
    pub name: String,
    /// Physical form.
    pub form: &'static str,
    /// Hazard letters.
    pub traits: Vec<&'static str>,
    /// Harmful components.
    pub components: String,
    /// Packaging.
    pub packaging: &'static str,
    /// Volume in millilitres.
    pub capacity_ml: Option<i64>,
    /// All mass that came in, grams.
    pub mass_g: i64,
    /// Mass that is left, grams.
    pub remaining_g: i64,
    /// Status.
    pub status: &'static str,
    /// Why it was taken out.
    pub purpose: Option<&'static str>,
    /// Holder.
    pub holder: Named,
    /// Site.
    pub site: Named,
    /// Storage facility.
    pub facility: Option<FacilityRef>,
    /// Day of generation.
    pub generated_on: String,
    /// When it was stored here.
    pub stored_at: Option<String>,
    /// When its storage term ends.
    pub deadline_at: Option<String>,
    /// Whether the term has passed.
    pub late: bool,
    /// Manifest that it is on, or by which it left.
    pub manifest: Option<ManifestRef>,
    /// Manifest by which it came.
    pub source_manifest_id: Option<String>,
    /// generated, repacked, treated, received, weighed.
    pub origin: &'static str,
    /// Generation batch.
    pub generation_batch: Option<String>,
    /// Storage-in batch.
    pub store_in_batch: Option<String>,
    /// Storage-out batch.
    pub store_out_batch: Option<String>,
    /// When the lot came to be.
    pub created_at: String,
    /// Time of its last event.
    pub last_at: String,
}

/// Tables that a lot is shown from.
pub(super) const LOT_FROM: &str = "from lot l \
     join org o on o.tenant_id = l.tenant_id and o.id = l.holder_id \
     join site s on s.tenant_id = l.tenant_id and s.id = l.site_id \
     left join facility f on f.tenant_id = l.tenant_id and f.id = l.facility_id";

/// The same tables for a list, whose order is the lots' own.
pub(super) const LOT_JOINS: &str = "left join org o on o.tenant_id = l.tenant_id and o.id = l.holder_id \
     left join site s on s.tenant_id = l.tenant_id and s.id = l.site_id \
     left join facility f on f.tenant_id = l.tenant_id and f.id = l.facility_id";

/// The columns that lots are shown with.
pub(super) fn lot_columns() -> String {
    format!(
        "select {}, o.name as holder_name, s.name as site_name, s.town_code as town, f.code as facility_code, \
         f.name as facility_name",
        store::LOT_COLUMNS
    )
}

/// The statement that lots are shown with, up to `where`.
pub(super) fn select_lots() -> String {
    format!("{} {LOT_FROM}", lot_columns())
}

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|v| v.to_string())
}

impl LotView {
    /// Reads a row of [`select_lots`].
    ///
    /// # Errors
    /// When stored data is not what it should be.
    pub(super) fn read(row: &Row, now: i64) -> Result<Self, DbError> {
        let lot = store::lot_of(row)?;
        let facility = match (row.get("facility_code")?, row.get("facility_name")?) {
            (Some(code), Some(name)) => lot.state.facility.clone().map(|id| FacilityRef { id, code, name }),
            _ => None,
        };
        Ok(Self::of(&lot, now, row.get("holder_name")?, row.get("site_name")?, facility))
    }

    fn of(lot: &Lot, now: i64, holder: String, site: String, facility: Option<FacilityRef>) -> Self {
        let state = &lot.state;
        let code = text(lot.waste_code);
        Self {
            id: lot.id.clone(),
            version: state.version,
            kind: lot.kind.as_str(),
            container_code: text(lot.container.as_ref()),
            category: lot.waste_code.map(|c| c.category().to_string()),
            national_name: code.as_deref().map(tables::waste_name).unwrap_or_default(),
            waste_code: code,
            name: lot.name.clone(),
            form: lot.form.as_str(),
            traits: lot.traits.iter().map(|t| t.letter()).collect(),
            components: lot.components.clone(),
            packaging: lot.packaging.as_str(),
            capacity_ml: lot.capacity_ml,
            mass_g: state.initial_g,
            remaining_g: state.remaining_g,
            status: state.status.as_str(),
            purpose: state.purpose.map(|p| p.as_str()),
            holder: Named { id: lot.holder.clone(), name: holder },
            site: Named { id: lot.site.clone(), name: site },
            facility,
            generated_on: lot.generated_on.to_string(),
            stored_at: state.stored_at.map(format_instant),
            deadline_at: state.deadline_at.map(format_instant),
            late: lot.is_late(now),
            manifest: state.manifest.clone().map(|id| ManifestRef { id }),
            source_manifest_id: lot.source_manifest.clone(),
            origin: lot.origin.as_str(),
            generation_batch: text(lot.generation_batch),
            store_in_batch: text(state.store_in_batch),
            store_out_batch: text(state.store_out_batch),
            created_at: format_instant(lot.created_at),
            last_at: format_instant(state.last_at),
        }
    }
}

/// Weighing of one container.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContainerInput {
    /// Net mass in grams.
    pub mass_g: i64,
    /// Gross mass in grams.
    pub gross_g: Option<i64>,
    /// Tare in grams.
    pub tare_g: Option<i64>,
}

/// Waste came to be; with `storage_facility_id` it is stored in one go.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerationInput {
    /// Site.
    pub site_id: String,
    /// Facility that made it.
    pub generating_facility_id: Option<String>,
    /// `NNN-NNN-NN`.
    pub waste_code: String,
    /// Name inside the firm.
    pub internal_name: String,
    /// Physical form.
    pub form: String,
    /// Hazard letters; empty takes the catalogue's.
    #[serde(default)]
    pub traits: Vec<String>,
    /// Harmful components.
    #[serde(default)]
    pub components: String,
    /// Packaging; `none` for bulk.
    pub packaging: String,
    /// Volume of a container in millilitres.
    pub capacity_ml: Option<i64>,
    /// One entry a container.
    pub containers: Vec<ContainerInput>,
    /// RFC 3339.
    pub occurred_at: String,
    /// Storage facility.
    pub storage_facility_id: Option<String>,
    /// Note.
    pub note: Option<String>,
}

/// Lots into storage.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StorageInInput {
    /// Lots.
    pub lot_ids: Vec<String>,
    /// Storage facility.
    pub facility_id: String,
    /// RFC 3339.
    pub occurred_at: String,
}

/// Lots out of storage.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StorageOutInput {
    /// Lots.
    pub lot_ids: Vec<String>,
    /// transfer, self_use, self_disposal, treatment, repack.
    pub purpose: String,
    /// RFC 3339.
    pub occurred_at: String,
}

/// Taking out is undone.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoInput {
    /// Lots.
    pub lot_ids: Vec<String>,
}

/// Mass taken from a lot.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeInput {
    /// Lot.
    pub lot_id: String,
    /// Grams.
    pub mass_g: i64,
}

/// A new container.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputInput {
    /// Packaging.
    pub packaging: String,
    /// Volume in millilitres.
    pub capacity_ml: Option<i64>,
    /// Grams.
    pub mass_g: i64,
}

/// Waste into other containers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RepackInput {
    /// From.
    pub inputs: Vec<TakeInput>,
    /// Into.
    pub outputs: Vec<OutputInput>,
    /// Storage facility of the new containers.
    pub facility_id: Option<String>,
    /// RFC 3339.
    pub occurred_at: String,
}

/// Waste that a treatment left.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResidueInput {
    /// `NNN-NNN-NN`.
    pub waste_code: String,
    /// Name inside the firm.
    pub name: String,
    /// Physical form.
    pub form: String,
    /// Hazard letters; empty takes the catalogue's.
    #[serde(default)]
    pub traits: Vec<String>,
    /// Packaging.
    pub packaging: String,
    /// Volume in millilitres.
    pub capacity_ml: Option<i64>,
    /// Grams.
    pub mass_g: i64,
}

/// A product of a treatment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductInput {
    /// Name.
    pub name: String,
    /// Grams.
    pub mass_g: i64,
}

/// Waste is used or disposed of. Inputs equal residues, products and destroyed mass, to the gram.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TreatmentInput {
    /// Facility.
    pub facility_id: String,
    /// R9, D10, …
    pub method_code: String,
    /// What goes in.
    pub inputs: Vec<TakeInput>,
    /// Waste that comes out.
    #[serde(default)]
    pub residues: Vec<ResidueInput>,
    /// Products that come out.
    #[serde(default)]
    pub products: Vec<ProductInput>,
    /// Mass destroyed or disposed of, grams.
    pub destroyed_g: i64,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339.
    pub finished_at: String,
    /// Note.
    pub note: Option<String>,
}

/// A lot is weighed again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentInput {
    /// Lot.
    pub lot_id: String,
    /// What the scale shows now, grams: the mass that is left.
    pub mass_g: i64,
    /// Why.
    pub reason: String,
    /// RFC 3339.
    pub occurred_at: String,
}

/// What a command of the ledger answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommandAnswer {
    /// Journal position of the event.
    pub position: i64,
    /// Batch code of the step, where it has one.
    pub batch_code: Option<String>,
    /// Storage-in batch of a generation that was stored in one go.
    pub storage_batch_code: Option<String>,
    /// Lots that were made or changed.
    pub lots: Vec<LotView>,
    /// What is odd, but not forbidden.
    pub warnings: Vec<FieldProblemBody>,
}
