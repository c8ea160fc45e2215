//! The state behind the store's lock: what waits, which files are open, how far the log was followed, and
//! whether a write or sync has failed.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use super::block::{self, BlockInfo};
use super::column::Encoder;
use super::day::Key;
use super::file::BlockFile;
use super::fix::{Buffer, Fix};
use super::{BlockConfig, BlockError, BlockStats};
use crate::disk::{Disk, DiskFile};
use crate::log::Offset;

/// So many buffers are written before the lock is given up for a moment.
const AT_ONCE: usize = 64;

/// Which buffers are to be written.
#[derive(Clone, Copy)]
pub(super) enum Due {
    /// Those whose first fix arrived at that time or before.
    Since(i64),
    /// All.
    All,
}

/// What a flush has to sync.
pub(super) struct Unsynced {
    pub files: Vec<(Key, Arc<dyn DiskFile>, u64)>,
    pub names: bool,
}

#[derive(Default)]
pub(super) struct State {
    /// The day files; `None` while closed.
    files: BTreeMap<Key, Option<BlockFile>>,
    buffers: BTreeMap<(Key, u64), Buffer>,
    /// Memory that the buffers take.
    pub bytes: usize,
    /// Offset of the fix pushed last.
    last: Option<Offset>,
    failed: Option<BlockError>,
    /// A file was created since the directory was synced.
    new_names: bool,
    uses: u64,
    damaged: u64,
    encoder: Encoder,
}

impl State {
    pub(super) fn new(keys: impl Iterator<Item = Key>) -> Self {
        Self { files: keys.map(|k| (k, None)).collect(), ..Self::default() }
    }

    pub(super) fn check(&self) -> Result<(), BlockError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// Stops the store, for good.
    pub(super) fn fail(&mut self, doing: String, error: io::Error) -> BlockError {
        let error = BlockError::io(doing, error).poison();
        tracing::error!(%error, "the block store takes no more fixes");
        self.failed.get_or_insert(error).clone()
    }

    pub(super) fn is_closed(&self, key: Key) -> bool {
        matches!(self.files.get(&key), Some(None))
    }

    pub(super) fn knows(&self, key: Key) -> bool {
        self.files.contains_key(&key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.files.keys().copied()
    }

    /// Keys of files and of buffers.
    pub(super) fn all_keys(&self) -> BTreeSet<Key> {
        let mut keys: BTreeSet<Key> = self.keys().collect();
        let mut next = self.buffers.keys().next();
        while let Some(&(key, _)) = next {
            keys.insert(key);
            next =
                self.buffers.range((Bound::Excluded((key, u64::MAX)), Bound::Unbounded)).next().map(|b| b.0);
        }
        keys
    }

    pub(super) fn file(&self, key: Key) -> Option<&BlockFile> {
        self.files.get(&key)?.as_ref()
    }

    pub(super) fn insert(&mut self, key: Key, file: BlockFile) {
        self.damaged += file.damaged;
        self.files.insert(key, Some(file));
    }

    pub(super) fn use_file(&mut self, key: Key) {
        self.uses += 1;
        if let Some(Some(file)) = self.files.get_mut(&key) {
            file.used = self.uses;
        }
    }

    /// Closes the files used longest ago, except those with something to write or sync: nothing is ever written
    /// to a file that somebody else may be opening.
    pub(super) fn close_idle(&mut self, keep: usize) {
        let mut open: Vec<(u64, Key)> =
            self.files.iter().filter_map(|(k, f)| Some((f.as_ref()?.used, *k))).collect();
        if open.len() <= keep {
            return;
        }
        open.sort_unstable();
        open.truncate(open.len() - keep);
        for (_, key) in open {
            let waiting = self.buffered(key).next().is_some();
            if let Some(file) = self.files.get_mut(&key)
                && !waiting
                && file.as_ref().is_some_and(|f| f.synced == f.len)
            {
                *file = None;
            }
        }
    }

    pub(super) fn forget(&mut self, key: Key) {
        self.files.remove(&key);
        let bytes = &mut self.bytes;
        self.buffers.retain(|(k, _), buffer| {
            if *k == key {
                *bytes -= buffer.weight();
            }
            *k != key
        });
    }

    /// Refuses a fix from before the one pushed last.
    pub(super) fn accept(&self, offset: Offset) -> Result<(), BlockError> {
        match self.last {
            Some(last) if offset < last => Err(BlockError::Order { offset, last }),
            _ => Ok(()),
        }
    }

    pub(super) fn is_new_record(&self, offset: Offset) -> bool {
        self.last != Some(offset)
    }

    pub(super) fn stored(&self, key: Key, device: u64) -> Option<Offset> {
        self.file(key)?.stored(device)
    }

    pub(super) fn buffered(&self, key: Key) -> impl Iterator<Item = &u64> {
        self.buffers.range((key, 0)..=(key, u64::MAX)).map(|((_, device), _)| device)
    }

    pub(super) fn buffer(&self, key: Key, device: u64) -> Option<&Buffer> {
        self.buffers.get(&(key, device))
    }

    pub(super) fn stats(&self) -> BlockStats {
        BlockStats {
            waiting: self.buffers.values().map(|b| b.rows().len()).sum(),
            waiting_bytes: self.bytes,
            files: self.files.len(),
            open_files: self.files.values().flatten().count(),
            damaged: self.damaged,
        }
    }

    pub(super) fn push(
        &mut self,
        disk: &dyn Disk,
        dir: &Path,
        config: &BlockConfig,
        id: (Key, u64),
        fix: &Fix,
    ) -> Result<(), BlockError> {
        let full = |buffer: &Buffer| {
            // A record's fixes stay together, or a replay would take the second half for stored.
            let done = buffer.rows().last().is_some_and(|r| r.offset < fix.offset);
            done && (buffer.rows().len() >= config.block_fixes || !buffer.has_room())
        };
        if self.buffers.get(&id).is_some_and(full) {
            self.write(disk, dir, &[id])?;
        }
        self.last = Some(fix.offset);
        let buffer = self.buffers.entry(id).or_default();
        let before = if buffer.rows().is_empty() { 0 } else { buffer.weight() };
        buffer.push(fix);
        self.bytes += buffer.weight() - before;
        Ok(())
    }

    /// Writes the largest buffers, if all together take too much memory.
    pub(super) fn make_room(
        &mut self,
        disk: &dyn Disk,
        dir: &Path,
        config: &BlockConfig,
    ) -> Result<(), BlockError> {
        if self.bytes <= config.buffer_bytes {
            return Ok(());
        }
        let mut by_size: Vec<_> = self.buffers.iter().map(|(id, b)| (b.weight(), *id)).collect();
        by_size.sort_unstable_by(|a, b| b.cmp(a));
        // Enough of them that this is rare.
        let aim = config.buffer_bytes / 4 * 3;
        let mut left = self.bytes;
        let chosen = by_size.iter().take_while(|(weight, _)| {
            let go_on = left > aim;
            left = left.saturating_sub(*weight);
            go_on
        });
        let mut ids: Vec<_> = chosen.map(|(_, id)| *id).collect();
        ids.sort_unstable();
        self.write(disk, dir, &ids)
    }

    /// Writes some of the buffers that are due; false if there are none left.
    pub(super) fn write_due(&mut self, disk: &dyn Disk, dir: &Path, due: Due) -> Result<bool, BlockError> {
        self.check()?;
        let is_due = |b: &Buffer| match due {
            Due::All => true,
            Due::Since(time) => b.rows().first().is_some_and(|r| r.received_at <= time),
        };
        let ids: Vec<_> =
            self.buffers.iter().filter(|(_, b)| is_due(b)).map(|(id, _)| *id).take(AT_ONCE).collect();
        self.write(disk, dir, &ids)?;
        Ok(!ids.is_empty())
    }

    /// Writes buffers as blocks, not yet durable. The ids are sorted, so those of a file come together.
    fn write(&mut self, disk: &dyn Disk, dir: &Path, ids: &[(Key, u64)]) -> Result<(), BlockError> {
        for of_file in ids.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(key, _)) = of_file.first() else { continue };
            self.write_to(disk, dir, key, of_file)
                .map_err(|e| self.fail(format!("write {}", key.name()), e))?;
        }
        Ok(())
    }

    fn write_to(&mut self, disk: &dyn Disk, dir: &Path, key: Key, ids: &[(Key, u64)]) -> io::Result<()> {
        let file = match self.files.entry(key) {
            Entry::Vacant(vacant) => {
                let file = BlockFile::create(disk, dir, key)?;
                self.new_names = true;
                vacant.insert(None).insert(file)
            }
            Entry::Occupied(open) => {
                open.into_mut().as_mut().ok_or_else(|| io::Error::other("closed while fixes wait for it"))?
            }
        };
        let mut bytes = Vec::new();
        let mut blocks: Vec<BlockInfo> = Vec::new();
        for id in ids {
            let Some(buffer) = self.buffers.remove(id) else { continue };
            self.bytes -= buffer.weight();
            let position = file.len + bytes.len() as u64;
            if let Some((info, block)) =
                block::encode(&mut self.encoder, &buffer, id.1, position, file.synced)
            {
                metrics::counter!("wufei_telemetry_blocks_fixes_total").increment(u64::from(info.count));
                metrics::counter!("wufei_telemetry_blocks_bytes_total").increment(u64::from(info.size));
                bytes.extend_from_slice(&block);
                blocks.push(info);
            }
        }
        file.append(&blocks, &bytes)
    }

    /// The offset from which the log is needed once everything that is written is synced.
    pub(super) fn needed(&self, upto: Offset) -> Offset {
        let waiting = self.buffers.values().filter_map(|b| b.rows().first()).map(|r| r.offset).min();
        waiting.unwrap_or(upto).min(upto)
    }

    /// What is to be synced.
    pub(super) fn unsynced(&mut self) -> Unsynced {
        let open = self.files.iter().filter_map(|(k, f)| Some((*k, f.as_ref()?)));
        let files = open.filter(|(_, f)| f.synced < f.len).map(|(k, f)| (k, f.file.clone(), f.len)).collect();
        let names = std::mem::take(&mut self.new_names);
        Unsynced { files, names }
    }

    pub(super) fn note_synced(&mut self, unsynced: &Unsynced) {
        for (key, _, len) in &unsynced.files {
            if let Some(Some(file)) = self.files.get_mut(key) {
                file.synced = file.synced.max(*len);
            }
        }
    }
}
