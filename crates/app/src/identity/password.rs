//! Passwords: what is accepted, and argon2id with bounded concurrency on blocking threads. Nothing here
//! stores or logs a password; hashing never happens on an async thread or inside a transaction.

use std::sync::{Arc, OnceLock};

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use domain::Violation;
use tokio::sync::Semaphore;

use super::rules;
use crate::kit::{Kit, Problem};

/// Fewest characters.
pub const MIN_CHARS: usize = 8;
/// Most bytes; longer input is only a way to make the server work.
pub const MAX_BYTES: usize = 256;

/// Checks a new password: at least [`MIN_CHARS`] characters, three of the four classes (lower case, upper
/// case, digit, other), not the login in it (GB/T 22239-2019, usual parameters of level 3).
pub fn check(password: &str, login: &str, path: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let classes = [
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_uppercase),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_lowercase() && !c.is_uppercase() && !c.is_ascii_digit()),
    ];
    if password.chars().count() < MIN_CHARS || password.len() > MAX_BYTES {
        found.push(
            Violation::error(rules::PASSWORD_LENGTH, path).with("min", MIN_CHARS).with("max", MAX_BYTES),
        );
    }
    if classes.into_iter().filter(|c| *c).count() < 3 {
        found.push(Violation::error(rules::PASSWORD_CLASSES, path));
    }
    if !login.is_empty() && password.to_lowercase().contains(&login.to_lowercase()) {
        found.push(Violation::error(rules::PASSWORD_LOGIN, path));
    }
    found
}

/// A one-time password that passes [`check`]: 4 groups of 4 characters without look-alikes.
pub fn one_time(kit: &Kit) -> String {
    const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
    const LOWER: &[u8] = b"abcdefghijkmnpqrstuvwxyz";
    const DIGIT: &[u8] = b"23456789";
    let mut random = [0u8; 32];
    kit.ids.fill(&mut random);
    let mut out = String::new();
    for (i, pair) in random.chunks_exact(2).enumerate() {
        if i > 0 && i % 4 == 0 {
            out.push('-');
        }
        let set = match i % 4 {
            0 => UPPER,
            3 => DIGIT,
            _ => LOWER,
        };
        let number = usize::from(pair[0]) << 8 | usize::from(pair[1]);
        out.push(char::from(set[number % set.len()]));
    }
    out
}

/// The gate before argon2: as many at a time as there are processors, the others wait.
struct Gate(Arc<Semaphore>);

impl Default for Gate {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }
}

async fn blocking<T: Send + 'static>(
    kit: &Kit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let gate = kit.parts.get::<Gate>();
    let permit = gate.0.clone().acquire_owned().await.map_err(|_| Problem::internal())?;
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    })
    .await
    .map_err(|error| {
        tracing::error!(%error, "password hashing");
        Problem::internal()
    })
}

/// The PHC string of a password (argon2id, 19 MiB, 2 passes).
///
/// # Errors
/// 500 when hashing fails.
pub async fn hash(kit: &Kit, password: &str) -> Result<String, Problem> {
    let mut salt = [0u8; 16];
    kit.ids.fill(&mut salt);
    let password = password.to_owned();
    blocking(kit, move || hash_now(&password, &salt)).await?.ok_or_else(Problem::internal)
}

fn hash_now(password: &str, salt: &[u8]) -> Option<String> {
    let made: Result<PasswordHash, _> = Argon2::default().hash_password_with_salt(password.as_bytes(), salt);
    made.map(|hash| hash.to_string()).ok()
}

/// Whether the password fits the stored hash. Without a hash (unknown login) the same work is done against
/// a fixed one, so that the time tells nothing.
///
/// # Errors
/// 500 when hashing cannot run.
pub async fn verify(kit: &Kit, password: &str, stored: Option<String>) -> Result<bool, Problem> {
    if password.len() > MAX_BYTES {
        return Ok(false);
    }
    let password = password.to_owned();
    blocking(kit, move || {
        let known = stored.is_some();
        let phc = stored.or_else(decoy);
        let fits = phc.as_deref().and_then(|text| PasswordHash::new(text).ok()).is_some_and(|hash| {
            PasswordVerifier::<PasswordHash>::verify_password(&Argon2::default(), password.as_bytes(), &hash)
                .is_ok()
        });
        known && fits
    })
    .await
}

fn decoy() -> Option<String> {
    static DECOY: OnceLock<Option<String>> = OnceLock::new();
    DECOY.get_or_init(|| hash_now("no account has this password", b"sixteen fixed bytes")).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_password_001_length() {
        assert_eq!(check("Ab1!", "x", "/new")[0].rule, rules::PASSWORD_LENGTH);
    }

    #[test]
    fn id_password_002_three_classes() {
        assert_eq!(check("abcdefgh1", "x", "/new")[0].rule, rules::PASSWORD_CLASSES);
        assert!(check("Abcdefgh1", "x", "/new").is_empty());
        assert!(check("无废城市平台口令Aa", "x", "/new").is_empty());
    }

    #[test]
    fn id_password_003_not_the_login() {
        assert_eq!(check("Zhang.San-2026", "zhang.san", "/new")[0].rule, rules::PASSWORD_LOGIN);
    }

    #[test]
    fn a_hash_fits_only_its_password() {
        let stored = hash_now("Abcdefgh1", b"0123456789abcdef").expect("hash");
        assert!(stored.starts_with("$argon2id$"));
        let parsed = PasswordHash::new(&stored).expect("PHC");
        let fits = |p: &str| {
            PasswordVerifier::<PasswordHash>::verify_password(&Argon2::default(), p.as_bytes(), &parsed)
                .is_ok()
        };
        assert!(fits("Abcdefgh1"));
        assert!(!fits("Abcdefgh2"));
    }
}
