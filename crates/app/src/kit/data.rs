//! The embedded `data/` folder: code tables, texts, city profiles. Read-only; a broken file is a
//! defect of the build and is found by the tests of whoever reads it.

use rust_embed::RustEmbed;
use serde::de::DeserializeOwned;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../data"]
struct Files;

/// Bytes of an embedded file, by its path under `data/`.
pub fn file(path: &str) -> Option<Vec<u8>> {
    Files::get(path).map(|f| f.data.into_owned())
}

/// Paths under a prefix, sorted.
pub fn list(prefix: &str) -> Vec<String> {
    let mut all: Vec<String> =
        Files::iter().filter(|p| p.starts_with(prefix)).map(|p| p.to_string()).collect();
    all.sort();
    all
}

/// An embedded JSON file as a value of `T`.
///
/// # Panics
/// When the embedded file is missing or does not fit `T`: the build shipped broken data, which no
/// input can cause, and running on without a code table would be worse.
#[expect(clippy::panic, reason = "embedded data is part of the build; see the doc comment")]
pub fn json<T: DeserializeOwned>(path: &str) -> T {
    let Some(bytes) = file(path) else { panic!("embedded data file {path} is missing") };
    match serde_json::from_slice(&bytes) {
        Ok(value) => value,
        Err(error) => panic!("embedded data file {path}: {error}"),
    }
}
