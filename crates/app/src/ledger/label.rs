//! The label of a container (HJ 1276-2022) as PDF; its QR code leads back to the container.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use db::{Sql, params};
use documents::pdf::{self, DocumentTexts, HazardTrait, LabelData, LabelSize};
use domain::access::Permission;
use serde::Deserialize;
use utoipa::IntoParams;

use super::list::{self, choice};
use super::model::LotView;
use super::rules;
use crate::kit::{Kit, Lang, OpContext, Problem, data, render, texts};
use crate::registry::load;
use crate::registry::personal::mask;

/// Which size.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LabelQuery {
    /// Side in millimetres: 100, 150, 200; by default what the container's volume asks for.
    pub size: Option<String>,
}

static WORDS: LazyLock<BTreeMap<&'static str, DocumentTexts>> = LazyLock::new(|| {
    Lang::ALL.iter().map(|l| (l.tag(), data::json(&format!("texts/documents.{}.json", l.tag())))).collect()
});

/// Precautions by hazard letter and language: our own words.
static PRECAUTIONS: LazyLock<BTreeMap<String, BTreeMap<String, String>>> =
    LazyLock::new(|| data::json("texts/precautions.json"));

/// A finished label.
pub struct Label {
    /// PDF.
    pub bytes: Vec<u8>,
    /// Name to save it under.
    pub file_name: String,
}

/// The label of a lot.
///
/// # Errors
/// 404 when there is none within reach; 422 for a lot without container or an unknown size.
pub async fn label(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    id: String,
    query: &LabelQuery,
) -> Result<Label, Problem> {
    let reach = ctx.require(Permission::StockRead)?;
    let size = match query.size.as_deref() {
        None => None,
        Some("100") => Some(LabelSize::S100),
        Some("150") => Some(LabelSize::S150),
        Some("200") => Some(LabelSize::S200),
        Some(other) => return Err(choice("/size", other, "100, 150, 200")),
    };
    let (reader, now) = (Arc::clone(ctx), kit.clock.now());
    let (lot, unit) = kit
        .db
        .read(move |s| {
            Box::pin(async move {
                let lot = list::one(s, &reader, &reach, &id, now).await?;
                let unit = unit(s, &reader, &lot).await?;
                Ok::<_, Problem>((lot, unit))
            })
        })
        .await?;
    let code = lot.container_code.clone().filter(|_| lot.kind == "waste");
    let code = code.ok_or_else(|| Problem::field("", rules::NO_LABEL, []))?;
    let size = size.unwrap_or_else(|| LabelSize::for_capacity(lot.capacity_ml.unwrap_or(0)));
    let sheet = sheet(kit, ctx.lang, &lot, &code, unit);
    let words = WORDS.get(ctx.lang.tag()).ok_or_else(Problem::internal)?;
    let pdf = render::paper(kit, move || pdf::container_label(&sheet, &words.label, size, now)).await?;
    Ok(Label { bytes: pdf.bytes, file_name: format!("{code}.pdf") })
}

/// Name, contact and telephone of the unit in the container's code.
struct Unit {
    name: String,
    contact: String,
    phone: String,
}

async fn unit(s: &mut dyn Sql, ctx: &OpContext, lot: &LotView) -> Result<Unit, Problem> {
    let credit = lot.container_code.as_deref().and_then(|c| c.get(..18)).unwrap_or_default();
    let row = s
        .query_opt(
            "select id from org where tenant_id = $1 and credit_code = $2",
            &params![&ctx.tenant, credit],
        )
        .await?;
    let id = match row {
        Some(row) => row.get("id")?,
        None => lot.holder.id.clone(),
    };
    let org = load::org(s, &ctx.tenant, &id).await?.ok_or_else(Problem::not_found)?;
    let own = ctx.acting_for.is_none() && ctx.org_id == org.id;
    let personal = |key: &str, value: Option<String>| {
        let value = value.unwrap_or_default();
        if own || value.is_empty() { value } else { mask(key, &value) }
    };
    Ok(Unit {
        contact: personal("contact_name", org.contact_name),
        phone: personal("contact_phone", org.contact_phone),
        name: org.name,
    })
}

fn sheet(kit: &Kit, lang: Lang, lot: &LotView, code: &str, unit: Unit) -> LabelData {
    let precautions: Vec<&str> = lot
        .traits
        .iter()
        .filter_map(|letter| PRECAUTIONS.get(*letter).and_then(|t| t.get(lang.tag())).map(String::as_str))
        .collect();
    let address = kit.settings.public_url.trim_end_matches('/');
    LabelData {
        name: lot.name.clone(),
        category: lot.category.clone().unwrap_or_default(),
        code: lot.waste_code.clone().unwrap_or_default(),
        form: texts().word(lot.form, lang).to_owned(),
        traits: HazardTrait::parse_list(&lot.traits.join(",")),
        main_components: String::new(),
        hazardous_components: lot.components.clone(),
        precautions: precautions.join(if lang == Lang::Zh { "" } else { " " }),
        container_id: code.to_owned(),
        producer: unit.name,
        contact: unit.contact,
        phone: unit.phone,
        generated_on: lot.generated_on.clone(),
        mass_g: Some(lot.remaining_g),
        remarks: String::new(),
        // Without a public address a scanner still finds the code itself.
        qr_payload: if address.is_empty() { code.to_owned() } else { format!("{address}/label/{code}") },
    }
}
