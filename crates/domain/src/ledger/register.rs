//! Rows of the hazardous-waste register (台账) as HJ 1259-2022 appendix B lays them out: one row per
//! container and step, columns in the standard's order. Names of people are not in the rows, because rows
//! travel in events; they are personal data of the event and join at reading.

use serde::{Deserialize, Serialize};

use super::Lot;
use crate::codes::{BatchCode, ContainerId, ContainerKind, MethodCode, StorageKind, WasteCode, word_list};
use crate::time::Month;

word_list! {
    /// Table of appendix B.
    Table {
        /// B.1 产生环节.
        B1 = "b1",
        /// B.2 入库环节.
        B2 = "b2",
        /// B.3 出库环节.
        B3 = "b3",
        /// B.4 自行利用/处置环节.
        B4 = "b4",
        /// B.5 委外利用/处置.
        B5 = "b5",
    }
}

word_list! {
    /// Where the waste goes next (去向).
    Destination {
        /// Into storage.
        Storage = "storage",
        /// Own use.
        SelfUse = "self_use",
        /// Own disposal.
        SelfDisposal = "self_disposal",
        /// Treatment in the licensed plant.
        Treatment = "treatment",
        /// Out to another unit.
        Entrusted = "entrusted",
        /// Into other containers.
        Repack = "repack",
        /// Not decided yet.
        Open = "open",
    }
}

word_list! {
    /// Kind of the receiving unit (接收单位类型).
    ReceiverKind {
        /// Holder of a licence (许可证持有单位).
        Licensed = "licensed",
        /// Exempt unit (豁免管理单位).
        Exempt = "exempt",
        /// Unit abroad (境外单位).
        Abroad = "abroad",
    }
}

/// The receiving unit of table B.5.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// Its kind.
    pub kind: ReceiverKind,
    /// Its name.
    pub name: String,
    /// Licence number, or number of the export notice.
    pub licence: String,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterRow {
    /// Table.
    pub table: Table,
    /// Organisation whose register it is.
    pub org: String,
    /// Site.
    pub site: String,
    /// Month in the city's zone.
    pub month: Month,
    /// Time of the step (µs UTC).
    pub at: i64,
    /// Batch code of the step.
    pub batch: BatchCode,
    /// Lot.
    pub lot: String,
    /// Container code.
    pub container: Option<ContainerId>,
    /// Container or packaging.
    pub packaging: ContainerKind,
    /// Name inside the firm.
    pub internal_name: String,
    /// Name in the national catalogue.
    pub catalogue_name: String,
    /// Waste code; the category follows from it.
    pub code: WasteCode,
    /// Grams.
    pub mass_g: i64,
    /// Code of the generating, storing or treating facility.
    pub facility: Option<String>,
    /// Kind of storage facility.
    pub storage_kind: Option<StorageKind>,
    /// Batches of the step before.
    pub source_batches: Vec<BatchCode>,
    /// Where to.
    pub destination: Option<Destination>,
    /// Method of use or disposal.
    pub method: Option<MethodCode>,
    /// When treatment was finished (µs UTC).
    pub finished_at: Option<i64>,
    /// Receiving unit.
    pub receiver: Option<Receiver>,
}

word_list! {
    /// A column of the register.
    Column {
        /// Batch code.
        Batch = "batch",
        /// Time of the step.
        At = "at",
        /// Name inside the firm.
        InternalName = "internal_name",
        /// National name.
        CatalogueName = "catalogue_name",
        /// Category.
        Category = "category",
        /// Code.
        Code = "code",
        /// Quantity.
        Mass = "mass",
        /// Unit of the quantity.
        Unit = "unit",
        /// Container code.
        Container = "container",
        /// Container type.
        Packaging = "packaging",
        /// Number of containers.
        Count = "count",
        /// Generating facility.
        GeneratingFacility = "generating_facility",
        /// Storage facility.
        StorageFacility = "storage_facility",
        /// Kind of storage facility.
        StorageKind = "storage_kind",
        /// Facility of own use or disposal.
        TreatmentFacility = "treatment_facility",
        /// Method.
        Method = "method",
        /// When treatment was finished.
        FinishedAt = "finished_at",
        /// Handler of the department.
        Handler = "handler",
        /// Handler of the transport inside the firm.
        TransportHandler = "transport_handler",
        /// Where to.
        Destination = "destination",
        /// Batch of the step before.
        SourceBatch = "source_batch",
        /// Kind of receiving unit.
        ReceiverKind = "receiver_kind",
        /// Name of a licensed receiver.
        LicensedName = "licensed_name",
        /// Licence number.
        LicenceNumber = "licence_number",
        /// Name of an exempt receiver.
        ExemptName = "exempt_name",
        /// Name of a receiver abroad.
        AbroadName = "abroad_name",
        /// Number of the export notice.
        ExportNotice = "export_notice",
    }
}

/// Content of a cell, before it is put into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text as it is.
    Text(String),
    /// A word of a list, to be looked up in the reader's language.
    Word(&'static str),
    /// Grams, to be written in tonnes.
    Tonnes(i64),
    /// A number.
    Count(i64),
    /// A time (µs UTC).
    Instant(i64),
    /// A person's name, from the event's personal data.
    Person(Column),
}

impl Table {
    /// The columns in the standard's order.
    pub fn columns(self) -> &'static [Column] {
        use Column as C;
        match self {
            Self::B1 => &[
                C::Batch,
                C::At,
                C::InternalName,
                C::CatalogueName,
                C::Category,
                C::Code,
                C::Mass,
                C::Unit,
                C::Container,
                C::Packaging,
                C::Count,
                C::GeneratingFacility,
                C::Handler,
                C::Destination,
            ],
            Self::B2 => &[
                C::Batch,
                C::At,
                C::Container,
                C::Packaging,
                C::Count,
                C::InternalName,
                C::CatalogueName,
                C::Category,
                C::Code,
                C::Mass,
                C::Unit,
                C::StorageFacility,
                C::StorageKind,
                C::TransportHandler,
                C::Handler,
                C::SourceBatch,
            ],
            Self::B3 => &[
                C::Batch,
                C::At,
                C::Container,
                C::Packaging,
                C::Count,
                C::InternalName,
                C::CatalogueName,
                C::Category,
                C::Code,
                C::Mass,
                C::Unit,
                C::StorageFacility,
                C::StorageKind,
                C::Handler,
                C::TransportHandler,
                C::SourceBatch,
                C::Destination,
            ],
            Self::B4 => &[
                C::Batch,
                C::At,
                C::Container,
                C::Packaging,
                C::Count,
                C::InternalName,
                C::CatalogueName,
                C::Category,
                C::Code,
                C::Mass,
                C::Unit,
                C::TreatmentFacility,
                C::Method,
                C::FinishedAt,
                C::Handler,
                C::SourceBatch,
            ],
            Self::B5 => &[
                C::Batch,
                C::At,
                C::Container,
                C::Packaging,
                C::Count,
                C::InternalName,
                C::CatalogueName,
                C::Category,
                C::Code,
                C::Mass,
                C::Unit,
                C::Method,
                C::ReceiverKind,
                C::LicensedName,
                C::LicenceNumber,
                C::ExemptName,
                C::AbroadName,
                C::ExportNotice,
                C::SourceBatch,
            ],
        }
    }
}

impl RegisterRow {
    /// A row about a lot; the caller adds what the table needs besides.
    pub(super) fn about(
        table: Table,
        batch: BatchCode,
        lot: &Lot,
        code: WasteCode,
        catalogue_name: String,
        mass_g: i64,
        (at, month): (i64, Month),
    ) -> Self {
        Self {
            table,
            org: lot.holder.clone(),
            site: lot.site.clone(),
            month,
            at,
            batch,
            lot: lot.id.clone(),
            container: lot.container.clone(),
            packaging: lot.packaging,
            internal_name: lot.name.clone(),
            catalogue_name,
            code,
            mass_g,
            facility: None,
            storage_kind: None,
            source_batches: Vec::new(),
            destination: None,
            method: None,
            finished_at: None,
            receiver: None,
        }
    }

    /// The content of a column.
    pub fn cell(&self, column: Column) -> Cell {
        let text = |value: &Option<String>| value.clone().map_or(Cell::Empty, Cell::Text);
        let receiver = |kind: ReceiverKind, pick: fn(&Receiver) -> &String| {
            self.receiver
                .as_ref()
                .filter(|r| r.kind == kind)
                .map_or(Cell::Empty, |r| Cell::Text(pick(r).clone()))
        };
        match column {
            Column::Batch => Cell::Text(self.batch.to_string()),
            Column::At => Cell::Instant(self.at),
            Column::InternalName => Cell::Text(self.internal_name.clone()),
            Column::CatalogueName => Cell::Text(self.catalogue_name.clone()),
            Column::Category => Cell::Text(self.code.category().to_string()),
            Column::Code => Cell::Text(self.code.to_string()),
            Column::Mass => Cell::Tonnes(self.mass_g),
            Column::Unit => Cell::Word("tonne"),
            Column::Container => self.container.as_ref().map_or(Cell::Empty, |c| Cell::Text(c.to_string())),
            Column::Packaging => Cell::Word(self.packaging.as_str()),
            Column::Count => Cell::Count(i64::from(self.container.is_some())),
            Column::GeneratingFacility | Column::StorageFacility | Column::TreatmentFacility => {
                text(&self.facility)
            }
            Column::StorageKind => self.storage_kind.map_or(Cell::Empty, |k| Cell::Word(k.as_str())),
            Column::Method => self.method.map_or(Cell::Empty, |m| Cell::Text(m.to_string())),
            Column::FinishedAt => self.finished_at.map_or(Cell::Empty, Cell::Instant),
            Column::Handler | Column::TransportHandler => Cell::Person(column),
            Column::Destination => self.destination.map_or(Cell::Empty, |d| Cell::Word(d.as_str())),
            Column::SourceBatch if self.source_batches.is_empty() => Cell::Empty,
            Column::SourceBatch => {
                Cell::Text(self.source_batches.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"))
            }
            Column::ReceiverKind => {
                self.receiver.as_ref().map_or(Cell::Empty, |r| Cell::Word(r.kind.as_str()))
            }
            Column::LicensedName => receiver(ReceiverKind::Licensed, |r| &r.name),
            Column::LicenceNumber => receiver(ReceiverKind::Licensed, |r| &r.licence),
            Column::ExemptName => receiver(ReceiverKind::Exempt, |r| &r.name),
            Column::AbroadName => receiver(ReceiverKind::Abroad, |r| &r.name),
            Column::ExportNotice => receiver(ReceiverKind::Abroad, |r| &r.licence),
        }
    }
}
