//! The clients' own record: what they asked for and what was acknowledged, forced to the disk before the next
//! step, so that it can be held against the server's.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::sh::Result;

/// A signature that a client asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Manifest.
    pub manifest: String,
    /// Step of the signature, or `void`.
    pub step: String,
    /// Key that makes a repetition harmless.
    pub key: String,
    /// Path of the request.
    pub path: String,
    /// Body of the request.
    pub body: Value,
    /// Which client, and so whose session.
    pub client: usize,
    /// Who of the client's three parties.
    pub party: usize,
    /// Version asked to be signed, for `If-Match`.
    pub version: i64,
    /// Whether the server said yes.
    pub acknowledged: bool,
}

/// The record of all clients.
pub struct Acks {
    file: Mutex<File>,
    asks: Mutex<Vec<Ask>>,
}

impl Acks {
    /// A new record.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
        Ok(Self { file: Mutex::new(file), asks: Mutex::new(Vec::new()) })
    }

    fn line(&self, what: &str, ask: &Ask) -> Result<()> {
        let line = json!({"what": what, "manifest": ask.manifest, "step": ask.step, "key": ask.key, "client": ask.client});
        let mut f = self.file.lock().map_err(|_| "a client died")?;
        writeln!(f, "{line}").and_then(|()| f.sync_data()).map_err(|e| format!("acknowledgement log: {e}"))
    }

    /// Notes that a request goes out. Not forced to the disk: only an acknowledgement is a promise.
    pub fn asked(&self, ask: &Ask) -> Result<()> {
        self.asks.lock().map_err(|_| "a client died")?.push(ask.clone());
        Ok(())
    }

    /// Notes an acknowledgement, on the disk.
    pub fn acknowledged(&self, ask: &Ask) -> Result<()> {
        self.line("ack", ask)?;
        self.settle(&ask.key, true)
    }

    /// Notes that the server said no: nothing may be there.
    pub fn refused(&self, ask: &Ask) -> Result<()> {
        self.asks.lock().map_err(|_| "a client died")?.retain(|a| a.key != ask.key);
        Ok(())
    }

    /// Marks an ask.
    pub fn settle(&self, key: &str, acknowledged: bool) -> Result<()> {
        let mut asks = self.asks.lock().map_err(|_| "a client died")?;
        asks.iter_mut().filter(|a| a.key == key).for_each(|a| a.acknowledged = acknowledged);
        Ok(())
    }

    /// Everything asked so far, from the `from`th on.
    pub fn since(&self, from: usize) -> Vec<Ask> {
        self.asks.lock().map(|a| a.get(from..).unwrap_or_default().to_vec()).unwrap_or_default()
    }

    /// How many were acknowledged.
    pub fn count(&self) -> usize {
        self.asks.lock().map(|a| a.iter().filter(|a| a.acknowledged).count()).unwrap_or(0)
    }

    /// How many were acknowledged of each step.
    pub fn by_step(&self) -> String {
        let mut steps: BTreeMap<String, usize> = BTreeMap::new();
        for ask in self.since(0).into_iter().filter(|a| a.acknowledged) {
            *steps.entry(ask.step).or_default() += 1;
        }
        steps.iter().map(|(step, n)| format!("{step} {n}")).collect::<Vec<_>>().join(", ")
    }

    /// How many were asked.
    pub fn len(&self) -> usize {
        self.asks.lock().map(|a| a.len()).unwrap_or(0)
    }
}
