//! Shared code tables from the embedded data: waste codes by edition, exemptions, methods, small lists,
//! calendars. They carry no tenant and are read once; a code is never added by a request.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kit::data;

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Bilingual {
    /// Chinese.
    #[serde(rename(deserialize = "zh-CN"))]
    pub zh: String,
    /// English.
    pub en: String,
}

/// One code of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WasteEntry {
    /// `NNN-NNN-NN`.
    pub code: String,
    /// `HWnn`.
    pub category: String,
    /// Name of the category.
    pub category_name: String,
    /// Industry that it comes from.
    pub industry: String,
    /// Description, the catalogue's own words.
    pub description: String,
    /// Hazard letters.
    pub traits: Vec<String>,
    /// Hazard letters as the catalogue prints them: `,` joins those that all hold, `/` alternatives.
    pub traits_text: String,
    /// Edition.
    pub edition: String,
    /// First day in force.
    pub valid_from: String,
    /// Last day in force.
    pub valid_to: Option<String>,
}

/// State of an edition of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Edition {
    /// Edition.
    pub edition: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// First day in force.
    pub valid_from: String,
    /// Last day in force.
    pub valid_to: Option<String>,
    /// Whether its codes are in the program.
    pub imported: bool,
    /// Number of codes, when imported.
    pub entries: Option<i64>,
}

/// What an exemption applies to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Matcher {
    /// Eight-digit codes.
    pub codes: Vec<String>,
    /// Categories `HWnn`.
    pub categories: Vec<String>,
    /// A fact that no code expresses.
    pub note: Option<String>,
    /// Any code.
    pub all_codes: bool,
}

/// One rule of the exemption list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Exemption {
    /// Id of the rule.
    pub id: String,
    /// Number in the official list.
    pub no: i64,
    /// What it applies to.
    pub matcher: Matcher,
    /// Stage: all, collect, transport, use, dispose.
    pub stage: String,
    /// `landfill` or `cement_kiln` where only that way of disposal is exempt.
    pub disposal_scope: Option<String>,
    /// The waste in words.
    pub waste: Bilingual,
    /// Condition.
    pub condition: Bilingual,
    /// Effect.
    pub effect: Bilingual,
}

/// A code of use or disposal.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Method {
    /// Code.
    pub code: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// `use` or `disposal`.
    pub kind: String,
}

/// A word of a small list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Choice {
    /// Stored word.
    pub code: String,
    /// Chinese.
    #[serde(rename(deserialize = "zh-CN"))]
    pub zh: String,
    /// English.
    pub en: String,
    /// Facility types: kinds of facility that they fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Facility types: prefix of their code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Licence kinds: longest term in years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_years: Option<i64>,
    /// Code number in JT/T 808.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
}

/// A day off or a make-up working day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalendarDay {
    /// Day.
    pub date: String,
    /// Chinese name.
    #[serde(rename(deserialize = "zh-CN"))]
    pub zh: String,
    /// English name.
    pub en: String,
}

/// Working days of a year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalendarYear {
    /// Year.
    pub year: i64,
    /// Where the days come from.
    pub source: String,
    /// Certainty.
    pub certainty: String,
    /// What to check before use.
    pub note: Bilingual,
    /// Holidays.
    pub days_off: Vec<CalendarDay>,
    /// Weekend days that are worked.
    pub make_up_days: Vec<CalendarDay>,
    /// Number of working days.
    pub working_days: i64,
}

/// All tables.
pub struct Catalogue {
    /// Codes in order of the catalogue.
    pub wastes: Vec<WasteEntry>,
    by_code: BTreeMap<String, Vec<usize>>,
    /// Editions, oldest first.
    pub editions: Vec<Edition>,
    /// Exemption rules.
    pub exemptions: Vec<Exemption>,
    /// Methods.
    pub methods: Vec<Method>,
    /// Small lists by name.
    pub options: BTreeMap<String, Vec<Choice>>,
    /// Calendars by country and year.
    pub calendars: BTreeMap<(String, i64), CalendarYear>,
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::load);

/// The embedded tables.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

#[derive(Deserialize)]
struct CsvWaste {
    edition: String,
    valid_from: String,
    valid_to: String,
    category_no: String,
    category_name: String,
    industry: String,
    code: String,
    description: String,
    traits: String,
}

#[derive(Deserialize)]
struct EditionFile {
    editions: Vec<RawEdition>,
}

#[derive(Deserialize)]
struct RawEdition {
    edition: String,
    #[serde(rename = "zh-CN")]
    zh: String,
    en: String,
    valid_from: String,
    valid_to: Option<String>,
    imported: bool,
    file: Option<String>,
    exemptions_file: Option<String>,
    codes: Option<i64>,
}

#[derive(Deserialize)]
struct ExemptionFile {
    rules: Vec<Exemption>,
}

#[derive(Deserialize)]
struct MethodFile {
    methods: Vec<RawMethod>,
}

#[derive(Deserialize)]
struct RawMethod {
    code: String,
    #[serde(rename = "zh-CN")]
    zh: String,
    en: String,
    kind: String,
}

#[derive(Deserialize)]
struct OptionFile {
    lists: BTreeMap<String, OptionList>,
}

#[derive(Deserialize)]
struct OptionList {
    items: Vec<Choice>,
}

impl Catalogue {
    fn load() -> Self {
        let raw: EditionFile = data::json("codes/editions.json");
        let (mut wastes, mut exemptions, mut editions) = (Vec::new(), Vec::new(), Vec::new());
        for e in raw.editions {
            if let Some(file) = &e.file {
                wastes.extend(read_wastes(&format!("codes/{file}")));
            }
            if let Some(file) = &e.exemptions_file {
                exemptions.extend(data::json::<ExemptionFile>(&format!("codes/{file}")).rules);
            }
            editions.push(Edition {
                edition: e.edition,
                name_zh: e.zh,
                name_en: e.en,
                valid_from: e.valid_from,
                valid_to: e.valid_to,
                imported: e.imported,
                entries: e.codes.filter(|_| e.imported),
            });
        }
        let mut by_code: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, entry) in wastes.iter().enumerate() {
            by_code.entry(entry.code.clone()).or_default().push(index);
        }
        let methods = data::json::<MethodFile>("codes/methods.json")
            .methods
            .into_iter()
            .map(|m| Method { code: m.code, zh: m.zh, en: m.en, kind: m.kind })
            .collect();
        let options = data::json::<OptionFile>("codes/options.json")
            .lists
            .into_iter()
            .map(|(name, list)| (name, list.items))
            .collect();
        let calendars = data::list("calendar/")
            .iter()
            .map(|path| {
                let country = path.split('/').nth(1).unwrap_or_default().to_owned();
                let year: CalendarYear = data::json(path);
                ((country, year.year), year)
            })
            .collect();
        Self { wastes, by_code, editions, exemptions, methods, options, calendars }
    }

    /// The newest imported entry of a code.
    pub fn waste(&self, code: &str) -> Option<&WasteEntry> {
        self.by_code.get(code).and_then(|all| all.last()).map(|i| &self.wastes[*i])
    }

    /// Whether the edition in force on this day has been imported.
    pub fn in_force_is_imported(&self, on: &str) -> bool {
        self.edition_on(on).is_some_and(|e| e.imported)
    }

    /// The edition in force on this day.
    pub fn edition_on(&self, on: &str) -> Option<&Edition> {
        self.editions
            .iter()
            .rev()
            .find(|e| e.valid_from.as_str() <= on && e.valid_to.as_deref().is_none_or(|to| on <= to))
    }

    /// Whether a category has any code.
    pub fn has_category(&self, category: &str) -> bool {
        self.wastes.iter().any(|w| w.category == category)
    }

    /// A method by its code.
    pub fn method(&self, code: &str) -> Option<&Method> {
        self.methods.iter().find(|m| m.code == code)
    }

    /// A small list; empty when there is none of that name.
    pub fn list(&self, name: &str) -> &[Choice] {
        self.options.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// A word of a small list.
    pub fn choice(&self, list: &str, code: &str) -> Option<&Choice> {
        self.list(list).iter().find(|c| c.code == code)
    }

    /// Exemption rules that may apply to a code at a stage (`None`: any stage).
    pub fn exemptions_for<'a>(
        &'a self,
        code: &'a str,
        stage: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Exemption> {
        let category = code.get(8..10).map(|c| format!("HW{c}")).unwrap_or_default();
        self.exemptions.iter().filter(move |x| {
            let m = &x.matcher;
            (m.all_codes || m.codes.iter().any(|c| c == code) || m.categories.contains(&category))
                && stage.is_none_or(|s| x.stage == s || x.stage == "all")
        })
    }

    /// Hazard letters of an entry, as printed: `T/C/I/R` and `T,I` both give the letters.
    fn letters(printed: &str) -> Vec<String> {
        printed.split([',', '/']).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect()
    }
}

#[expect(clippy::panic, reason = "embedded data is part of the build, like kit::data::json")]
fn read_wastes(path: &str) -> Vec<WasteEntry> {
    let Some(bytes) = data::file(path) else { panic!("embedded data file {path} is missing") };
    let sheet = match documents::table::read_csv(&bytes, &documents::table::Limits::default()) {
        Ok(sheet) => sheet,
        Err(error) => panic!("embedded data file {path}: {error}"),
    };
    let rows = sheet.rows.into_iter().map(|row| {
        let object: serde_json::Map<String, serde_json::Value> =
            sheet.header.iter().cloned().zip(row.cells.into_iter().map(Into::into)).collect();
        match serde_json::from_value::<CsvWaste>(object.into()) {
            Ok(r) => r,
            Err(error) => panic!("embedded data file {path}, line {}: {error}", row.number),
        }
    });
    rows.map(|r| WasteEntry {
        code: r.code,
        category: r.category_no,
        category_name: r.category_name,
        industry: r.industry,
        description: r.description,
        traits: Catalogue::letters(&r.traits),
        traits_text: r.traits,
        edition: r.edition,
        valid_from: r.valid_from,
        valid_to: Some(r.valid_to).filter(|v| !v.is_empty()),
    })
    .collect()
}
