//! Where a consumer of the log stands, with whatever state it needs to go on from there. A checkpoint is a file
//! of its own, written aside, synced and renamed; the one before it is kept too, so that a bad newest file
//! costs a longer replay and not the state. A store must never return a state that was not saved whole.
//!
//! A file `<name>-<generation, 20 digits>.ckp` is: magic `WCP1`, CRC-32C of all that follows, generation and log
//! offset (8 bytes each, little-endian), then the state.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::Disk;
use crate::log::Offset;

const MAGIC: &[u8; 4] = b"WCP1";
const HEADER: usize = 24;
/// So many are kept.
const KEPT: usize = 2;

/// A saved place and state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Records before this offset are in the state.
    pub offset: Offset,
    /// The consumer's own bytes.
    pub state: Vec<u8>,
}

/// An error of a checkpoint store.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// An operation on a file failed. The checkpoints saved before still count.
    #[error("{doing}: {error}")]
    Io {
        /// What was being done, with the file's name.
        doing: String,
        /// The system's error.
        error: Arc<io::Error>,
    },
    /// There are checkpoints and all of them are damaged. To start from nothing is a decision for people.
    #[error("no checkpoint of {name} can be read: {files:?}")]
    Damaged {
        /// The store's name.
        name: String,
        /// The files.
        files: Vec<String>,
    },
}

/// The checkpoints of one consumer.
pub struct CheckpointStore {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    name: String,
    /// Sound generations with their offsets, oldest first.
    kept: Vec<(u64, Offset)>,
    next: u64,
}

impl CheckpointStore {
    /// Opens the store with this name (part of the files' names) in the directory, creating it where it is
    /// missing, and returns the newest sound checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] if the disk refuses, [`CheckpointError::Damaged`] if there are only bad ones.
    pub fn open(
        disk: Arc<dyn Disk>,
        dir: impl Into<PathBuf>,
        name: &str,
    ) -> Result<(Self, Option<Checkpoint>), CheckpointError> {
        let dir = dir.into();
        let fail = |e| io_error(format!("open the checkpoints of {name}"), e);
        disk.create_dir(&dir).map_err(fail)?;
        let names = disk.list(&dir).map_err(fail)?;
        let mut found: Vec<u64> = names.iter().filter_map(|n| generation(n, name)).collect();
        found.sort_unstable();
        let mut store = Self { disk, dir, name: name.to_owned(), kept: Vec::new(), next: 0 };
        store.next = found.last().map_or(0, |g| g + 1);
        let (mut newest, mut bad) = (None, Vec::new());
        for &generation in found.iter().rev() {
            match store.load(generation).map_err(fail)? {
                Some(checkpoint) => {
                    store.kept.insert(0, (generation, checkpoint.offset));
                    newest.get_or_insert(checkpoint);
                }
                None => bad.push(file_name(name, generation)),
            }
        }
        if !bad.is_empty() {
            tracing::error!(files = ?bad, "checkpoints are damaged");
            metrics::counter!("wufei_telemetry_checkpoints_damaged_total").increment(bad.len() as u64);
            if newest.is_none() {
                return Err(CheckpointError::Damaged { name: name.to_owned(), files: bad });
            }
        }
        Ok((store, newest))
    }

    /// Saves a checkpoint; it is durable when this returns. Returns the offset from which the log is still
    /// needed: that of the *older* checkpoint kept, in case the newer one turns out bad.
    ///
    /// # Errors
    /// [`CheckpointError::Io`] if the disk refuses; the checkpoints saved before still count.
    pub fn save(&mut self, offset: Offset, state: &[u8]) -> Result<Offset, CheckpointError> {
        let generation = self.next;
        let fail = |e| io_error(format!("save {}", file_name(&self.name, generation)), e);
        self.write(generation, offset, state).map_err(fail)?;
        self.next += 1;
        self.kept.push((generation, offset));
        while self.kept.len() > KEPT {
            let (old, _) = self.kept.remove(0);
            match self.disk.remove(&self.dir.join(file_name(&self.name, old))) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(fail(e)),
                _ => {}
            }
        }
        Ok(self.needed_from())
    }

    /// The offset from which the log is needed: that of the older checkpoint kept, zero without any.
    pub fn needed_from(&self) -> Offset {
        self.kept.iter().map(|k| k.1).min().unwrap_or(0)
    }

    fn write(&self, generation: u64, offset: Offset, state: &[u8]) -> io::Result<()> {
        let aside = self.dir.join(format!("{}.tmp", self.name));
        match self.disk.remove(&aside) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut bytes = Vec::with_capacity(HEADER + state.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&generation.to_le_bytes());
        bytes.extend_from_slice(&offset.to_le_bytes());
        bytes.extend_from_slice(state);
        let crc = crc32c::crc32c(&bytes[8..]);
        bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        let file = self.disk.create(&aside)?;
        file.write_at(0, &bytes)?;
        file.sync()?;
        self.disk.rename(&aside, &self.dir.join(file_name(&self.name, generation)))?;
        self.disk.sync_dir(&self.dir)
    }

    /// The checkpoint of a generation; `None` if its file is bad.
    fn load(&self, generation: u64) -> io::Result<Option<Checkpoint>> {
        let bytes = read_all(&*self.disk, &self.dir.join(file_name(&self.name, generation)))?;
        Ok(parse(&bytes, generation))
    }
}

fn read_all(disk: &dyn Disk, path: &Path) -> io::Result<Vec<u8>> {
    let file = disk.open(path)?;
    let mut bytes = vec![0; usize::try_from(file.len()?).map_err(io::Error::other)?];
    let n = file.read_at(0, &mut bytes)?;
    bytes.truncate(n);
    Ok(bytes)
}

fn parse(bytes: &[u8], generation: u64) -> Option<Checkpoint> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (crc, body) = rest.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*crc) != crc32c::crc32c(body) {
        return None;
    }
    let (stated, body) = body.split_first_chunk::<8>()?;
    let (offset, state) = body.split_first_chunk::<8>()?;
    let sound = u64::from_le_bytes(*stated) == generation;
    sound.then(|| Checkpoint { offset: u64::from_le_bytes(*offset), state: state.to_vec() })
}

fn file_name(name: &str, generation: u64) -> String {
    format!("{name}-{generation:020}.ckp")
}

fn generation(file: &str, name: &str) -> Option<u64> {
    let digits = file.strip_prefix(name)?.strip_prefix('-')?.strip_suffix(".ckp")?;
    if digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
}

fn io_error(doing: String, error: io::Error) -> CheckpointError {
    CheckpointError::Io { doing, error: Arc::new(error) }
}

#[cfg(test)]
mod tests;
