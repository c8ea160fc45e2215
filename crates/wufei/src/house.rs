//! From settings to a house: opens the database, brings it to this binary's schema, takes the signing key and the
//! city's profile.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::kit::{Clock, IdSource, Kit, Settings, data};
use db::{CheckpointSigner, Db, DbConfig};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::Failure;
use crate::cli::Database;

/// Name of the embedded database in a data directory.
pub const DATABASE_FILE: &str = "wufei.db";
/// Name of the signing key in a data directory.
pub const KEY_FILE: &str = "checkpoint.key";

/// What the server needs to know of a city's profile.
#[derive(Clone, Debug, Deserialize)]
pub struct Profile {
    /// City id.
    pub tenant_id: String,
    /// IANA zone.
    pub zone: String,
    /// Name of the log in checkpoints, with the tenant as its last part.
    pub checkpoint_origin: String,
    /// Code of the province, two digits.
    pub province_code: String,
    /// Code of the prefecture, two digits.
    pub city_code: String,
    /// Numbers for demonstrations.
    pub number_authority: Numbers,
}

/// A range of manifest numbers.
#[derive(Clone, Debug, Deserialize)]
pub struct Numbers {
    /// First serial.
    pub first_serial: i64,
    /// Last serial.
    pub last_serial: i64,
}

impl Profile {
    /// The profile of a city.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn named(name: &str) -> Result<Self, Failure> {
        let known = || {
            let mut all: Vec<String> =
                data::list("cities/").iter().filter_map(|p| p.split('/').nth(1).map(str::to_owned)).collect();
            all.dedup();
            all.join(", ")
        };
        let bytes = data::file(&format!("cities/{name}/profile.json"))
            .ok_or_else(|| Failure::new(format!("there is no city profile {name:?}; known: {}", known())))?;
        serde_json::from_slice(&bytes).map_err(|e| Failure::new(format!("city profile {name:?}: {e}")))
    }

    /// Name under which this house signs checkpoints; the tenant is added by the signer.
    pub fn log_name(&self) -> String {
        let suffix = format!("/{}", self.tenant_id);
        self.checkpoint_origin.strip_suffix(&suffix).unwrap_or(&self.checkpoint_origin).to_owned()
    }
}

impl Database {
    /// The database's address.
    ///
    /// # Errors
    /// When neither a directory nor an address is given.
    pub fn url(&self) -> Result<String, Failure> {
        match (&self.database, &self.data_dir) {
            (Some(url), _) => Ok(url.clone()),
            (None, Some(dir)) => Ok(sqlite_url(dir)),
            (None, None) => Err(Failure::new("say where the database is: --data-dir DIR or --database URL")),
        }
    }
}

/// Address of the embedded database of a data directory.
pub fn sqlite_url(dir: &Path) -> String {
    format!("sqlite:{}", dir.join(DATABASE_FILE).display())
}

/// What a house is made of.
pub struct Plan {
    /// Database address.
    pub url: String,
    /// Directory of the signing key; made when missing.
    pub data_dir: PathBuf,
    /// City.
    pub profile: Profile,
    /// Settings; tenant, zone and profile are filled in from the profile.
    pub settings: Settings,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Fills a demonstration's past: salts follow from this seed, and commits are not synced.
    pub past: Option<u64>,
}

/// Opens the database of a plan and brings it to this binary's schema.
///
/// # Errors
/// When directory, database or key cannot be used.
pub async fn open(plan: Plan) -> Result<Arc<Kit>, Failure> {
    std::fs::create_dir_all(&plan.data_dir)
        .map_err(|e| Failure::new(format!("data directory {}: {e}", plan.data_dir.display())))?;
    let signer = CheckpointSigner::open_or_create(&plan.profile.log_name(), &plan.data_dir.join(KEY_FILE))?;
    let salt_seed = plan.past.map(|seed| Sha256::digest(seed.to_be_bytes()).into());
    let config = DbConfig { salt_seed, unsynced: plan.past.is_some(), ..DbConfig::new(plan.url) };
    let db = Db::open(&config).await?;
    db.migrate(app::migrations()).await?;
    let settings =
        Settings { tenant: plan.profile.tenant_id.clone(), zone: plan.profile.zone.clone(), ..plan.settings };
    Ok(Kit::new(db, plan.clock, plan.ids, Arc::new(signer), settings))
}
