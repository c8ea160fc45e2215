//! A city as data: its folder under `data/cities`. Loaded once a process and city; code never names a city.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::catalogue::Bilingual;
use crate::kit::data;

/// A village or community.
#[derive(Clone, Debug, Deserialize)]
pub struct Village {
    /// Twelve digits.
    pub code: String,
    /// Name.
    pub name: String,
}

/// A town-level unit.
#[derive(Clone, Debug, Deserialize)]
pub struct Town {
    /// Nine digits.
    pub code: String,
    /// Name.
    pub name: String,
    /// subdistrict, town or park.
    pub kind: String,
    /// Villages and communities.
    pub villages: Vec<Village>,
}

/// An organisation of the profile.
#[derive(Clone, Debug, Deserialize)]
pub struct ProfileOrg {
    /// Stable key.
    pub key: String,
    /// Name.
    pub name: String,
    /// Short name.
    pub short_name: String,
    /// English name.
    pub name_en: String,
    /// Kinds.
    pub kinds: Vec<String>,
    /// Division.
    pub division_code: String,
    /// Key of the organisation above.
    pub parent_key: Option<String>,
    /// Key of the lead unit.
    #[serde(default)]
    pub lead_key: Option<String>,
    /// Where the plan lists it.
    pub listed: String,
    /// Number in the annex.
    pub annex_no: Option<i64>,
    /// A park that overlaps towns.
    pub overlay: bool,
    /// Note.
    pub note: Option<String>,
}

#[derive(Deserialize)]
struct DivisionFile {
    towns: Vec<Town>,
}

#[derive(Deserialize)]
struct OrgFile {
    organisations: Vec<ProfileOrg>,
}

#[derive(Deserialize)]
struct Files {
    organisations: String,
    #[serde(default)]
    divisions: Option<String>,
    #[serde(default)]
    demo: Option<String>,
    #[serde(default)]
    living: Option<String>,
    programme: Option<String>,
}

#[derive(Deserialize)]
struct RawProfile {
    tenant_id: String,
    key: String,
    name: Bilingual,
    platform_name: Bilingual,
    county_code: String,
    province_code: String,
    city_code: String,
    zone: String,
    calendar: String,
    checkpoint_origin: String,
    files: Files,
    configuration: serde_json::Value,
    number_authority: serde_json::Value,
}

/// A city.
#[derive(Debug)]
pub struct Profile {
    /// Folder name.
    pub key: String,
    /// Tenant id.
    pub tenant_id: String,
    /// Name.
    pub name: Bilingual,
    /// Name of the platform.
    pub platform_name: Bilingual,
    /// Six-digit code of the city.
    pub county_code: String,
    /// Province, two digits.
    pub province_code: String,
    /// Prefecture-level city, two digits.
    pub city_code: String,
    /// IANA zone.
    pub zone: String,
    /// Calendar folder.
    pub calendar: String,
    /// Name of the log in checkpoints.
    pub checkpoint_origin: String,
    /// Local configuration, never a national rule.
    pub configuration: serde_json::Value,
    /// Who mints numbers.
    pub number_authority: serde_json::Value,
    /// Organisations.
    pub organisations: Vec<ProfileOrg>,
    /// Towns.
    pub towns: Vec<Town>,
    /// Path of the demonstration's data, where there is one.
    pub demo: Option<String>,
    /// Path of what the large demonstration city is made by, where there is one.
    pub living: Option<String>,
    /// Path of the city's programme, where there is one.
    pub programme: Option<String>,
}

/// A division as it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Division {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// `town` or `village`.
    pub level: &'static str,
    /// subdistrict, town, park; villages have none.
    pub kind: Option<String>,
    /// Town of a village.
    pub town: Option<String>,
}

static LOADED: LazyLock<Mutex<BTreeMap<String, Arc<Profile>>>> = LazyLock::new(Mutex::default);

/// The profile of a folder; `None` when the build has no such city.
pub fn profile(key: &str) -> Option<Arc<Profile>> {
    let mut loaded = LOADED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(found) = loaded.get(key) {
        return Some(Arc::clone(found));
    }
    let path = format!("cities/{key}/profile.json");
    if key.is_empty() || key.contains(['/', '.']) || data::file(&path).is_none() {
        return None;
    }
    let profile = Arc::new(Profile::load(key, data::json(&path)));
    loaded.insert(key.to_owned(), Arc::clone(&profile));
    Some(profile)
}

/// Folders of all cities in the build.
pub fn cities() -> Vec<String> {
    data::list("cities/")
        .iter()
        .filter_map(|p| p.strip_prefix("cities/")?.strip_suffix("/profile.json").map(str::to_owned))
        .collect()
}

impl Profile {
    fn load(folder: &str, raw: RawProfile) -> Self {
        let path = |file: &str| format!("cities/{folder}/{file}");
        let organisations = data::json::<OrgFile>(&path(&raw.files.organisations)).organisations;
        let towns = match &raw.files.divisions {
            Some(file) => data::json::<DivisionFile>(&path(file)).towns,
            None => Vec::new(),
        };
        Self {
            key: raw.key,
            tenant_id: raw.tenant_id,
            name: raw.name,
            platform_name: raw.platform_name,
            county_code: raw.county_code,
            province_code: raw.province_code,
            city_code: raw.city_code,
            zone: raw.zone,
            calendar: raw.calendar,
            checkpoint_origin: raw.checkpoint_origin,
            configuration: raw.configuration,
            number_authority: raw.number_authority,
            organisations,
            towns,
            demo: raw.files.demo.map(|file| path(&file)),
            living: raw.files.living.map(|file| path(&file)),
            programme: raw.files.programme.map(|file| path(&file)),
        }
    }

    /// Whether a code is the city itself or one of its divisions.
    pub fn has_division(&self, code: &str) -> bool {
        code == self.county_code
            || self.towns.iter().any(|t| {
                t.code == code || (code.starts_with(&t.code) && t.villages.iter().any(|v| v.code == code))
            })
    }

    /// Towns, or villages (of one town).
    pub fn divisions(&self, level: &str, town: Option<&str>) -> Vec<Division> {
        let towns = self.towns.iter().filter(|t| town.is_none_or(|code| t.code == code));
        if level == "village" {
            towns
                .flat_map(|t| t.villages.iter().map(move |v| (t, v)))
                .map(|(t, v)| Division {
                    code: v.code.clone(),
                    name: v.name.clone(),
                    level: "village",
                    kind: None,
                    town: Some(t.code.clone()),
                })
                .collect()
        } else {
            towns
                .map(|t| Division {
                    code: t.code.clone(),
                    name: t.name.clone(),
                    level: "town",
                    kind: Some(t.kind.clone()),
                    town: None,
                })
                .collect()
        }
    }

    /// A number of the city's configuration, e.g. `/storage/storage_point_limit_g`.
    pub fn setting(&self, pointer: &str) -> Option<i64> {
        self.configuration.pointer(pointer).and_then(serde_json::Value::as_i64)
    }
}
