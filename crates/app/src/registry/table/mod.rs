//! Registers as tables: what columns a register has, and how a value stands in a cell. One row of a table is
//! one row of the register, or one line of it where a register has lines (a licence with three lines takes
//! three table rows with the same number). Masses are tonnes here, because that is how people count.

pub mod export;
pub mod import;
pub mod read;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use documents::table::Kind as ColumnKind;
use serde::Deserialize;

use super::entity::{Entity, Field, Kind};
use crate::kit::{Lang, data};

/// Words of a register.
#[derive(Debug, Deserialize)]
pub struct EntityTexts {
    /// Name of the register.
    pub title: Words,
    /// Titles of fields and columns.
    pub fields: BTreeMap<String, Words>,
}

/// A word in both languages.
#[derive(Debug, Deserialize)]
pub struct Words {
    /// Chinese.
    #[serde(rename = "zh-CN")]
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// The word in a language.
    pub fn get(&self, lang: Lang) -> &str {
        if lang == Lang::Zh { &self.zh } else { &self.en }
    }
}

static TEXTS: LazyLock<BTreeMap<String, EntityTexts>> = LazyLock::new(|| data::json("texts/registry.json"));

/// Words of all registers, by API name.
pub fn texts() -> &'static BTreeMap<String, EntityTexts> {
    &TEXTS
}

/// Column with the code of a line's facility.
pub const FACILITY_CODE: &str = "facility_code";

/// Where a column's value comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// A field of the row.
    Field(&'static Field),
    /// A field of a line of the row.
    Line(&'static Field),
    /// Code of the facility of the site that a line refers to.
    LineFacility(&'static Field),
    /// Social credit code of the organisation that owns the row or its site.
    OwnerCode,
    /// Name of that organisation; export only.
    OwnerName,
    /// Social credit code of the organisation that a field refers to.
    OrgCode(&'static Field),
    /// Plate of the vehicle that a field refers to.
    VehiclePlate(&'static Field),
    /// Name of the site.
    SiteName,
    /// Status of the row; export only.
    Status,
}

/// A column of a register's table.
#[derive(Clone, Debug)]
pub struct TableColumn {
    /// Stable name.
    pub key: String,
    /// What it holds.
    pub source: Source,
    /// Must be filled.
    pub required: bool,
    /// Read by the import; the others are for people.
    pub import: bool,
}

impl TableColumn {
    fn new(key: impl Into<String>, source: Source, required: bool) -> Self {
        Self { key: key.into(), source, required, import: true }
    }

    /// Title in a language; the key where there is no word.
    pub fn title(&self, entity: &Entity, lang: Lang) -> String {
        texts()
            .get(entity.key)
            .and_then(|t| t.fields.get(&self.key))
            .map_or_else(|| self.key.clone(), |w| w.get(lang).to_owned())
    }

    /// All titles under which the column is recognised.
    pub fn names(&self, entity: &Entity) -> [String; 3] {
        [self.key.clone(), self.title(entity, Lang::Zh), self.title(entity, Lang::En)]
    }

    /// Kind of the cells.
    pub fn kind(&self) -> ColumnKind {
        let (Source::Field(field) | Source::Line(field)) = self.source else { return ColumnKind::Text };
        match field.kind {
            Kind::Mass => ColumnKind::Decimal,
            Kind::Integer(..) | Kind::Degrees(..) => ColumnKind::Integer,
            Kind::Date => ColumnKind::Date,
            _ => ColumnKind::Text,
        }
    }
}

/// Key of a field in a table: masses are tonnes there.
fn table_key(field: &Field) -> String {
    match field.key.strip_suffix("_g") {
        Some(stem) if field.kind == Kind::Mass => format!("{stem}_t"),
        _ => field.key.to_owned(),
    }
}

/// Column with the plate of a vehicle that a row refers to.
pub const PLATE: &str = "plate";

/// Columns of a register, in order.
pub fn columns(entity: &Entity) -> Vec<TableColumn> {
    let mut out = Vec::new();
    for field in entity.fields.iter().filter(|f| !f.internal && f.key != "account_id") {
        match field.kind {
            Kind::Ref("sites") => {
                out.push(TableColumn::new("owner_credit_code", Source::OwnerCode, true));
                out.push(TableColumn {
                    import: false,
                    ..TableColumn::new("owner_name", Source::OwnerName, false)
                });
                out.push(TableColumn::new("site_name", Source::SiteName, true));
            }
            Kind::Ref("orgs") if field.key == "org_id" || field.key == "consignor_org_id" => {
                out.push(TableColumn::new("owner_credit_code", Source::OwnerCode, true));
                out.push(TableColumn {
                    import: false,
                    ..TableColumn::new("owner_name", Source::OwnerName, false)
                });
            }
            Kind::Ref("vehicles") => {
                out.push(TableColumn::new(PLATE, Source::VehiclePlate(field), field.required));
            }
            Kind::Ref(_) => {
                let key = format!("{}_credit_code", field.key.trim_end_matches("_org_id"));
                out.push(TableColumn::new(key, Source::OrgCode(field), field.required));
            }
            Kind::Lines(inner) => {
                for part in inner.iter().filter(|part| !part.internal) {
                    out.push(match part.kind {
                        Kind::Ref(_) => {
                            TableColumn::new(FACILITY_CODE, Source::LineFacility(part), part.required)
                        }
                        _ => TableColumn::new(table_key(part), Source::Line(part), part.required),
                    });
                }
            }
            _ => out.push(TableColumn::new(table_key(field), Source::Field(field), field.required)),
        }
    }
    out.push(TableColumn { import: false, ..TableColumn::new("record_status", Source::Status, false) });
    out
}
