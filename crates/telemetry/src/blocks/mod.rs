//! Positions of devices, kept for good: blocks of columns per device, in a file per day.
//!
//! Fixes wait in memory until a device has a block's worth, or has waited long enough, or memory is short. Many
//! small blocks would cost several times the space, so what waits is *not* on disk; it need not be, because the
//! ingest log still has it. [`BlockStore::tick`] and [`BlockStore::flush`] sync what was written and tell the
//! log offset before which the log is no longer needed. After a crash the consumer replays the log from there,
//! and a fix that is already in a block is recognised by its offset and not stored twice.
//!
//! The contract of the consumer: push in the order of the log, all fixes of a record without a `tick` or
//! `flush` between them, and give `upto` as the offset up to which every record has been pushed. The store must
//! never forget a fix whose record the log may retire, and never alter one.

mod bits;
mod block;
mod buffers;
mod column;
mod day;
mod error;
mod extras;
mod file;
mod fix;
mod read;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use block::BlockInfo;
pub use day::{Day, LATE_DAYS};
pub use error::BlockError;
pub use fix::{Fix, MAX_EXTRAS};
pub use read::Track;

use crate::disk::{Disk, DiskLock};
use crate::log::Offset;
use buffers::{Due, State};
use day::Key;
use file::BlockFile;

/// Settings of the block store.
#[derive(Clone, Debug)]
pub struct BlockConfig {
    /// A block is written once it has so many fixes (a little more if one record brings many).
    pub block_fixes: usize,
    /// A device's fixes wait at most so long for company, microseconds. The log must keep at least as much, and
    /// a restart replays up to as much. Measured at a fix per 15 seconds: 9.4 bytes a fix with half an hour,
    /// 8.2 with an hour, 7.7 with full blocks, of which 2.5 are the microseconds of the arrival.
    pub max_wait: i64,
    /// Waiting fixes of all devices take at most about so many bytes; the largest buffers are written first.
    pub buffer_bytes: usize,
    /// So many day files stay open with their index in memory.
    pub open_files: usize,
}

impl Default for BlockConfig {
    fn default() -> Self {
        Self { block_fixes: 512, max_wait: 3_600_000_000, buffer_bytes: 128 << 20, open_files: 40 }
    }
}

/// What the store holds and has to do, for the operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockStats {
    /// Fixes that wait in memory.
    pub waiting: usize,
    /// Memory they take, bytes.
    pub waiting_bytes: usize,
    /// Day files.
    pub files: usize,
    /// Of these, open ones.
    pub open_files: usize,
    /// Places found damaged when files were opened; what stood there is in no index.
    pub damaged: u64,
}

/// The store. All methods may be called from any thread; those that touch files block it.
pub struct BlockStore {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    config: BlockConfig,
    state: Mutex<State>,
    /// Held while a file is opened or removed, before `state`.
    opening: Mutex<()>,
    /// Held during a flush, before `state`.
    flushing: Mutex<()>,
    _lock: DiskLock,
}

impl BlockStore {
    /// Opens the store in the directory, creating it where it is missing. Files are repaired and indexed when
    /// they are first needed.
    ///
    /// # Errors
    /// [`BlockError::Io`] if the disk refuses, or (`WouldBlock`) if another process has the store open.
    pub fn open(
        disk: Arc<dyn Disk>,
        dir: impl Into<PathBuf>,
        config: BlockConfig,
    ) -> Result<Self, BlockError> {
        let dir = dir.into();
        let doing = |what: &str| format!("{what} {}", dir.display());
        disk.create_dir(&dir).map_err(|e| BlockError::io(doing("create"), e))?;
        let lock = disk.lock(&dir.join("lock")).map_err(|e| BlockError::io(doing("lock"), e))?;
        let names = disk.list(&dir).map_err(|e| BlockError::io(doing("list"), e))?;
        let state = State::new(names.iter().filter_map(|n| Key::of_name(n)));
        Ok(Self {
            disk,
            dir,
            config,
            state: Mutex::new(state),
            opening: Mutex::default(),
            flushing: Mutex::default(),
            _lock: lock,
        })
    }

    /// Takes a fix. Returns false if it is already in a block, as happens when the log is replayed. Durable only
    /// after a [`BlockStore::tick`] or [`BlockStore::flush`] whose result lies above the fix's offset.
    ///
    /// # Errors
    /// [`BlockError::Order`] and [`BlockError::TooLarge`] if the fix cannot be taken; [`BlockError::Io`] if its
    /// file cannot be opened, which may be tried again; [`BlockError::Poisoned`] after a failed write or sync.
    pub fn push(&self, device: u64, fix: &Fix) -> Result<bool, BlockError> {
        if fix.extras.len() > MAX_EXTRAS {
            return Err(BlockError::TooLarge(fix.extras.len()));
        }
        let key = Key::of(fix);
        let mut state = self.with_file(key, false)?;
        state.accept(fix.offset)?;
        if state.is_new_record(fix.offset) {
            // Only between records is every buffer whole, so that its last offset says what it holds.
            state.make_room(&*self.disk, &self.dir, &self.config)?;
        }
        if state.stored(key, device).is_some_and(|stored| stored >= fix.offset) {
            return Ok(false);
        }
        state.push(&*self.disk, &self.dir, &self.config, (key, device), fix)?;
        Ok(true)
    }

    /// Writes the buffers that have waited long enough at `now` (UTC microseconds), syncs, and returns the
    /// offset before which the log is no longer needed. Call it every second or so.
    ///
    /// # Errors
    /// [`BlockError::Poisoned`] if a write or sync failed, now or before; nothing may be retired then.
    pub fn tick(&self, now: i64, upto: Offset) -> Result<Offset, BlockError> {
        let needed = self.write_due(now, upto)?;
        self.sync()?;
        Ok(needed)
    }

    /// The first half of [`BlockStore::tick`]: writes what is due, and returns the offset before which the log is no
    /// longer needed *once a [`BlockStore::sync`] that began afterwards has returned*. Between the two, fixes may be
    /// pushed: a sync takes as long as the disk likes.
    ///
    /// # Errors
    /// As [`BlockStore::tick`].
    pub fn write_due(&self, now: i64, upto: Offset) -> Result<Offset, BlockError> {
        self.write(Due::Since(now.saturating_sub(self.config.max_wait)), upto)
    }

    /// Writes everything, syncs, and returns `upto`. For an orderly end, and before a file is copied.
    ///
    /// # Errors
    /// As [`BlockStore::tick`].
    pub fn flush(&self, upto: Offset) -> Result<Offset, BlockError> {
        let needed = self.write(Due::All, upto)?;
        self.sync()?;
        Ok(needed)
    }

    fn write(&self, due: Due, upto: Offset) -> Result<Offset, BlockError> {
        let _one = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        // A few at a time, so that nobody waits long for the lock.
        loop {
            let mut state = self.state();
            if !state.write_due(&*self.disk, &self.dir, due)? {
                return Ok(state.needed(upto));
            }
        }
    }

    /// Makes durable what was written.
    ///
    /// # Errors
    /// As [`BlockStore::tick`].
    pub fn sync(&self) -> Result<(), BlockError> {
        let _one = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        let unsynced = {
            let mut state = self.state();
            state.check()?;
            state.unsynced()
        };
        for (key, file, _) in &unsynced.files {
            file.sync().map_err(|e| self.state().fail(format!("sync {}", key.name()), e))?;
        }
        if unsynced.names {
            let synced = self.disk.sync_dir(&self.dir);
            synced.map_err(|e| self.state().fail("sync the directory of the blocks".to_owned(), e))?;
        }
        let mut state = self.state();
        state.note_synced(&unsynced);
        state.close_idle(self.config.open_files);
        metrics::gauge!("wufei_telemetry_blocks_waiting_bytes").set(state.bytes as f64);
        Ok(())
    }

    /// Devices with positions on the day, strays that arrived on it included, in ascending order.
    ///
    /// # Errors
    /// [`BlockError::Io`] if a file cannot be opened.
    pub fn devices_in(&self, day: Day) -> Result<Vec<u64>, BlockError> {
        let mut devices = BTreeSet::new();
        for key in [Key::Fixes(day), Key::Strays(day)] {
            let state = self.with_file(key, true)?;
            devices.extend(state.file(key).into_iter().flat_map(|f| f.devices.keys()));
            devices.extend(state.buffered(key));
        }
        Ok(devices.into_iter().collect())
    }

    /// What the headers of the day's blocks tell, strays that arrived on it included, by device and in the order
    /// of the log. Waiting fixes are in no block yet.
    ///
    /// # Errors
    /// [`BlockError::Io`] if a file cannot be opened.
    pub fn blocks_in(&self, day: Day) -> Result<Vec<BlockInfo>, BlockError> {
        let mut blocks: Vec<BlockInfo> = Vec::new();
        for key in [Key::Fixes(day), Key::Strays(day)] {
            let state = self.with_file(key, true)?;
            blocks.extend(state.file(key).into_iter().flat_map(|f| f.devices.values()).flatten());
        }
        blocks.sort_by_key(|b| (b.device, b.offsets.0));
        Ok(blocks)
    }

    /// Days that have a file.
    pub fn days(&self) -> Vec<Day> {
        let days: BTreeSet<Day> = self.state().keys().map(Key::day).collect();
        days.into_iter().collect()
    }

    /// Removes the day's positions, strays that arrived on it included, from disk and memory. Returns whether
    /// there was a file. A replay of the log may bring some back.
    ///
    /// # Errors
    /// [`BlockError::Io`] if the disk refuses.
    pub fn drop_day(&self, day: Day) -> Result<bool, BlockError> {
        let _flushing = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        let mut found = false;
        for key in [Key::Fixes(day), Key::Strays(day)] {
            if state.knows(key) {
                let removed = self.disk.remove(&self.dir.join(key.name()));
                removed.map_err(|e| BlockError::io(format!("remove {}", key.name()), e))?;
                found = true;
            }
            state.forget(key);
        }
        if found {
            let synced = self.disk.sync_dir(&self.dir);
            synced.map_err(|e| BlockError::io("sync the directory of the blocks", e))?;
        }
        Ok(found)
    }

    /// What the store holds at this moment.
    pub fn stats(&self) -> BlockStats {
        self.state().stats()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, with the key's file open if it exists (`reading`: a store that has stopped may still be read).
    fn with_file(&self, key: Key, reading: bool) -> Result<MutexGuard<'_, State>, BlockError> {
        let mut state = self.state();
        loop {
            if !reading {
                state.check()?;
            }
            if !state.is_closed(key) {
                state.use_file(key);
                return Ok(state);
            }
            // Building an index takes a while, so it happens without the state's lock. Nothing is written to a
            // file that is not open.
            drop(state);
            let opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
            if self.state().is_closed(key) {
                let file = BlockFile::open(&*self.disk, &self.dir, key);
                let file = file.map_err(|e| BlockError::io(format!("open {}", key.name()), e))?;
                let mut state = self.state();
                state.insert(key, file);
                state.use_file(key);
                state.close_idle(self.config.open_files.max(1));
            }
            drop(opening);
            state = self.state();
        }
    }
}
