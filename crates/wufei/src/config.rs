//! The configuration of a city's server: a TOML file, overridden by environment variables. What would make a
//! production server unsafe is refused here, before anything is opened.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use app::kit::Settings;
use app::kit::settings::{FieldSettings, LimitSettings, NumberAuthoritySetting, SessionSettings};
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::Deserialize;

use crate::Failure;
use crate::gateway::Limits;
use crate::house;

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// City profile under `data/cities`; there is no default, because it decides whose data this is.
    pub profile: Option<String>,
    /// Public address, `https://…`: for QR codes, the cookie's Secure flag and the cross-site check.
    pub public_url: Option<String>,
    /// Address to listen on.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Address on which terminals of vehicles are heard (JT/T 808 over TCP), such as `0.0.0.0:8808`; none are without.
    pub gateway: Option<SocketAddr>,
    /// How many terminals the gateway takes.
    #[serde(default)]
    pub gateway_limits: Limits,
    /// Directory of the embedded database and the signing key.
    pub data_dir: Option<PathBuf>,
    /// Database address; without it the embedded one in `data_dir`.
    pub database: Option<String>,
    /// A reverse proxy in front sets `X-Forwarded-For`.
    #[serde(default)]
    pub trusted_proxy: bool,
    /// Who shows this token (`Authorization: Bearer …`) may read `/metrics`; without one only this machine may.
    pub metrics_token: Option<String>,
    /// `text` or `json`.
    #[serde(default)]
    pub log_format: LogFormat,
    /// Sessions and sign-in.
    #[serde(default)]
    pub session: SessionSettings,
    /// Requests a minute.
    #[serde(default)]
    pub limits: LimitSettings,
    /// Limits of the field.
    #[serde(default)]
    pub field: FieldSettings,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For eyes.
    #[default]
    Text,
    /// For machines.
    Json,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8320))
}

/// A configuration that a production server may run on.
pub struct Ready {
    /// The file.
    pub config: Config,
    /// City profile.
    pub profile: house::Profile,
    /// Settings of the contexts.
    pub settings: Settings,
    /// Database address.
    pub url: String,
    /// Directory of the signing key.
    pub data_dir: PathBuf,
}

/// Passwords that stand in every tutorial.
const KNOWN_PASSWORDS: [&str; 12] = [
    "",
    "postgres",
    "password",
    "passwd",
    "123456",
    "12345678",
    "admin",
    "root",
    "secret",
    "changeme",
    "wufei",
    app::identity::demo::PASSWORD,
];

/// Reads and checks a configuration file.
///
/// # Errors
/// With every reason why the server must not start with it.
pub fn load(file: &Path) -> Result<Ready, Failure> {
    if !file.is_file() {
        return Err(Failure::new(format!("configuration file {} cannot be read", file.display())));
    }
    let config: Config = Figment::new()
        .merge(Toml::file(file))
        .merge(Env::prefixed("WUFEI_").filter(|k| ours(k.as_str())).split("__"))
        .extract()?;
    check(config)
}

/// Environment variables that are settings; others that begin with WUFEI_ belong to tools.
fn ours(key: &str) -> bool {
    const NAMES: [&str; 9] = [
        "profile",
        "public_url",
        "listen",
        "gateway",
        "data_dir",
        "database",
        "trusted_proxy",
        "metrics_token",
        "log_format",
    ];
    const TABLES: [&str; 5] = ["gateway_limits__", "session__", "limits__", "field__", "live__"];
    let key = key.to_ascii_lowercase();
    NAMES.contains(&key.as_str()) || TABLES.iter().any(|t| key.starts_with(t))
}

fn check(config: Config) -> Result<Ready, Failure> {
    let mut wrong = Vec::new();
    let profile = match config.profile.as_deref() {
        None | Some("") => {
            wrong.push("profile is missing: name the city, a folder of data/cities".to_owned());
            None
        }
        Some(name) => house::Profile::named(name).map_err(|e| wrong.push(e.to_string())).ok(),
    };
    let public_url = config.public_url.clone().unwrap_or_default();
    let public_url = public_url.trim_end_matches('/').to_owned();
    if !public_url.starts_with("https://") && !is_local(&public_url) {
        wrong.push("public_url must be the https:// address under which people open the platform".to_owned());
    }
    let data_dir = config.data_dir.clone();
    if data_dir.is_none() {
        wrong.push("data_dir is missing: it keeps the key that signs checkpoints".to_owned());
    }
    let url =
        config.database.clone().or_else(|| data_dir.as_deref().map(house::sqlite_url)).unwrap_or_default();
    if let Some(text) = weak_password(&url) {
        wrong.push(text);
    }
    if let Some(text) = data_dir.as_deref().and_then(open_key) {
        wrong.push(text);
    }
    if config.metrics_token.as_ref().is_some_and(|t| t.len() < 16) {
        wrong.push("metrics_token must have at least 16 characters".to_owned());
    }
    if config.limits.idempotency_days < 1 {
        wrong.push("limits.idempotency_days must be at least 1".to_owned());
    }
    let session = &config.session;
    if !session.require_second_factor {
        wrong.push("session.require_second_factor = false is for demonstrations only".to_owned());
    }
    if !(1..=10).contains(&session.lock_after) || session.lock_minutes < 1 {
        wrong.push("session.lock_after must be 1 to 10 and session.lock_minutes at least 1".to_owned());
    }
    if session.idle_minutes < 1 || session.absolute_hours < 1 {
        wrong.push("session.idle_minutes and session.absolute_hours must be at least 1".to_owned());
    }
    match (profile, data_dir) {
        (Some(profile), Some(data_dir)) if wrong.is_empty() => Ok(Ready {
            settings: Settings {
                profile: config.profile.clone().unwrap_or_default(),
                public_url,
                demo: false,
                numbers: NumberAuthoritySetting::None,
                session: config.session.clone(),
                limits: config.limits.clone(),
                field: config.field.clone(),
                ..Settings::default()
            },
            config,
            profile,
            url,
            data_dir,
        }),
        _ => Err(Failure::new(format!("this configuration is refused:\n  - {}", wrong.join("\n  - ")))),
    }
}

/// For trying a production configuration on one's own machine.
fn is_local(url: &str) -> bool {
    ["http://127.0.0.1", "http://localhost"]
        .iter()
        .any(|p| url.strip_prefix(p).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}

/// Why the password in a database address is none; addresses without a server have none. The address is read as
/// the database driver reads it, so that no other way of writing it slips through.
fn weak_password(url: &str) -> Option<String> {
    use tokio_postgres::config::Host;
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return None;
    }
    let Ok(address) = url.parse::<tokio_postgres::Config>() else {
        return Some("the database address is none that PostgreSQL understands".to_owned());
    };
    // A socket may rely on the server's own rules for local users.
    let local = address.get_hosts().iter().all(|host| !matches!(host, Host::Tcp(_)))
        && address.get_hostaddrs().is_empty();
    let password = String::from_utf8_lossy(address.get_password().unwrap_or_default());
    let weak = KNOWN_PASSWORDS.contains(&password.as_ref())
        || address.get_user() == Some(password.as_ref())
        || password.chars().count() < 8;
    (weak && !local)
        .then(|| "the database password is a default, empty or shorter than 8 characters".to_owned())
}

/// Why an existing signing key is not safe: others can read it.
fn open_key(dir: &Path) -> Option<String> {
    let path = dir.join(house::KEY_FILE);
    let meta = std::fs::metadata(&path).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if meta.permissions().mode() & 0o077 != 0 {
            return Some(format!("the signing key {} can be read by others: chmod 600", path.display()));
        }
    }
    (meta.len() == 0).then(|| format!("the signing key {} is empty", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<Ready, Failure> {
        check(Figment::new().merge(Toml::string(text)).extract::<Config>()?)
    }

    #[test]
    fn a_complete_configuration_is_accepted() {
        let dir = tempfile::tempdir().expect("temp dir");
        let text = format!(
            "profile = \"jiangyin\"\npublic_url = \"https://wufei.example\"\ndata_dir = {:?}\n",
            dir.path()
        );
        let ready = config(&text).expect("accepted");
        assert_eq!(ready.profile.tenant_id, "320281");
        assert!(ready.url.starts_with("sqlite:"));
        assert!(!ready.settings.demo);
    }

    #[test]
    fn what_is_missing_or_weak_is_named() {
        let text = "metrics_token = \"short\"\npublic_url = \"http://wufei.example\"\ndatabase = \"postgres://wufei:wufei@db/wufei\"\n[session]\nrequire_second_factor = false\n[limits]\nidempotency_days = 0\n";
        let message = config(text).err().expect("refused").to_string();
        for part in [
            "profile",
            "https://",
            "data_dir",
            "database password",
            "require_second_factor",
            "metrics_token",
            "idempotency_days",
        ] {
            assert!(message.contains(part), "{part} in {message}");
        }
    }

    #[test]
    fn a_weak_password_is_found_however_the_address_is_written() {
        for url in [
            "postgres://wufei:wufei@db/wufei",
            "postgres://wufei@db/wufei?password=postgres",
            "postgresql://db/wufei?user=wufei&password=changeme",
            "postgres://wufei:p%6Fstgres@db/wufei",
            "postgres://wufei:%77ufei@db/wufei",
            "postgres://platform-user:platform-user@db/wufei",
            "postgres://wufei:long-enough-1@db/wufei?password=secret",
            "postgres://db/wufei",
            "postgres:///wufei?host=db&user=wufei&password=12345678",
            "postgres://wufei:long-enough-1@db:port/wufei",
        ] {
            assert!(weak_password(url).is_some(), "{url}");
        }
        for url in [
            "sqlite:/var/lib/wufei/wufei.db",
            "postgres://wufei:kC7-vb%40q81x@db/wufei",
            "postgres://db/wufei?user=wufei&password=kC7-vbq81x",
            "postgres://wufei@%2Frun%2Fpostgresql/wufei",
            "postgres:///wufei?host=/run/postgresql",
        ] {
            assert!(weak_password(url).is_none(), "{url}");
        }
    }

    #[test]
    fn an_unknown_setting_is_an_error() {
        assert!(config("profil = \"jiangyin\"").is_err());
        assert!(config("profile = \"nowhere\"").err().is_some_and(|e| e.to_string().contains("jiangyin")));
    }
}
