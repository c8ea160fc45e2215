//! What the registers look like, for forms and lists that draw themselves: fields, types, words, and what
//! the caller may do.

use domain::access::Permission;
use serde::Serialize;
use utoipa::ToSchema;

use super::catalogue::{Bilingual, Choice, catalogue};
use super::entities::ENTITIES;
use super::entity::{Entity, Field, Kind};
use super::table;
use super::{filing, personal, service};
use crate::kit::OpContext;

/// What the caller may do with a register.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Flags {
    /// Read rows.
    pub read: bool,
    /// Create and change rows.
    pub write: bool,
    /// Import a table.
    pub import: bool,
    /// Export a table.
    pub export: bool,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FieldDescription {
    /// Name in the API.
    pub key: String,
    /// Title.
    pub title: Bilingual,
    /// text, integer, `mass_t` (grams in the API), date, enum, ref, bool, list, coordinates.
    #[serde(rename = "type")]
    pub type_name: &'static str,
    /// Must be given.
    pub required: bool,
    /// Words that an enum, or a list of words, takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "enum")]
    pub words: Option<Vec<Choice>>,
    /// Register that a reference points to.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub target: Option<&'static str>,
    /// Personal data.
    pub personal: bool,
    /// No two rows share it.
    pub unique: bool,
    /// Cannot change once the row exists.
    pub fixed: bool,
    /// Not for the caller to set: the city profile's, the authority's or the house's own; it comes back as it was.
    pub read_only: bool,
    /// Most characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// What a list holds: `waste_codes`, `methods`, `words`, `lines`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<&'static str>,
    /// What a coded text is: `credit`, `division`, `facility`, `plate`, `waste`, `industry`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// Fields of a line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub list_fields: Vec<FieldDescription>,
}

/// A register.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct EntityDescription {
    /// Name in the API.
    pub entity: &'static str,
    /// Title.
    pub title: Bilingual,
    /// What the caller may do.
    pub permissions: Flags,
    /// Fields in order.
    pub fields: Vec<FieldDescription>,
}

/// All registers as the caller sees them.
pub fn entities(ctx: &OpContext) -> Vec<EntityDescription> {
    ENTITIES
        .iter()
        .map(|entity| {
            let write = service::authorise_write(ctx, entity).is_ok();
            let full = ctx.may(Permission::RegistryRead);
            EntityDescription {
                entity: entity.key,
                title: bilingual(table::texts().get(entity.key).map(|t| &t.title), entity.key),
                permissions: Flags {
                    read: personal::view(ctx, entity).is_ok(),
                    write,
                    import: write && ctx.may(Permission::ImportRun),
                    export: full && ctx.may(Permission::ExportRun),
                },
                fields: entity.fields.iter().map(|f| described(ctx, entity, f)).collect(),
            }
        })
        .collect()
}

fn bilingual(words: Option<&table::Words>, key: &str) -> Bilingual {
    words.map_or_else(
        || Bilingual { zh: key.to_owned(), en: key.to_owned() },
        |w| Bilingual { zh: w.zh.clone(), en: w.en.clone() },
    )
}

/// A field as this caller meets it: what only the authority says is for others to read.
fn described(ctx: &OpContext, entity: &Entity, f: &Field) -> FieldDescription {
    let plain = field(entity, f);
    FieldDescription { read_only: plain.read_only || (f.authority && !filing::is_authority(ctx)), ..plain }
}

fn field(entity: &Entity, f: &Field) -> FieldDescription {
    use super::entity::CodeKind as C;
    let title = table::texts().get(entity.key).and_then(|t| t.fields.get(f.key));
    let words = match f.kind {
        Kind::Choice(list) | Kind::Choices(list) => Some(catalogue().list(list).to_vec()),
        _ => None,
    };
    FieldDescription {
        key: f.key.to_owned(),
        title: bilingual(title, f.key),
        type_name: f.type_name(),
        required: f.required,
        words,
        target: if let Kind::Ref(target) = f.kind { Some(target) } else { None },
        personal: f.personal,
        unique: f.unique,
        fixed: f.fixed,
        read_only: f.internal,
        max_length: if let Kind::Text(max) = f.kind { Some(max) } else { None },
        items: match f.kind {
            Kind::WasteCodes(_) => Some("waste_codes"),
            Kind::Methods => Some("methods"),
            Kind::Choices(_) => Some("words"),
            Kind::Lines(_) => Some("lines"),
            _ => None,
        },
        code: match f.kind {
            Kind::Code(C::Credit) => Some("credit"),
            Kind::Code(C::Division) => Some("division"),
            Kind::Code(C::Facility) => Some("facility"),
            Kind::Code(C::Plate) => Some("plate"),
            Kind::Code(C::Waste) => Some("waste"),
            Kind::Code(C::Industry) => Some("industry"),
            Kind::Code(C::Terminal) => Some("terminal"),
            Kind::Code(C::Gb28181) => Some("gb28181"),
            _ => None,
        },
        list_fields: match f.kind {
            Kind::Lines(inner) => inner.iter().map(|l| field(entity, l)).collect(),
            _ => Vec::new(),
        },
    }
}
