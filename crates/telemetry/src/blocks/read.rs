//! Reading a device's positions back, from blocks and from what still waits in memory, in the order of time.

use std::sync::Arc;

use super::block::{self, BlockInfo, HEADER, Header};
use super::day::{Day, Key, LATE_DAYS};
use super::fix::Fix;
use super::{BlockError, BlockStore};
use crate::disk::DiskFile;

/// Positions of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track {
    /// In the order of their own times; equal times in the order of the log.
    pub fixes: Vec<Fix>,
    /// There were more than the caller wanted.
    pub more: bool,
    /// So many blocks could not be read, because the disk has damaged them. They are logged and counted.
    pub damaged: u32,
}

/// A block to be read.
struct Candidate {
    file: Arc<dyn DiskFile>,
    key: Key,
    info: BlockInfo,
}

impl BlockStore {
    /// The device's positions with `from <= at < to` (UTC microseconds), the first `max` of them.
    ///
    /// # Errors
    /// [`BlockError::Io`] if a file cannot be opened or read, which may be tried again.
    pub fn read(&self, device: u64, from: i64, to: i64, max: usize) -> Result<Track, BlockError> {
        let mut track = Track::default();
        if from >= to {
            return Ok(track);
        }
        let mut blocks: Vec<Candidate> = Vec::new();
        for key in self.keys_for(from, to) {
            let state = self.with_file(key, true)?;
            if let Some(file) = state.file(key) {
                let of_device = file.devices.get(&device).into_iter().flatten();
                let fitting = of_device.filter(|b| b.at.0 < to && b.at.1 >= from);
                blocks.extend(fitting.map(|info| Candidate { file: file.file.clone(), key, info: *info }));
            }
            if let Some(buffer) = state.buffer(key, device) {
                let rows = buffer.rows().iter().enumerate();
                let fitting = rows.filter(|(_, r)| (from..to).contains(&r.at));
                track.fixes.extend(fitting.filter_map(|(i, _)| buffer.fix(i)));
            }
        }
        blocks.sort_by_key(|b| b.info.at.0);
        for candidate in blocks {
            // Once enough lies before the next block's first, that block and all later ones only add more.
            if track.fixes.len() > max {
                track.sort();
                if track.fixes.get(max).is_some_and(|f| f.at < candidate.info.at.0) {
                    break;
                }
            }
            match candidate.read()? {
                Some(fixes) => {
                    track.fixes.extend(fixes.into_iter().filter(|f| (from..to).contains(&f.at)));
                }
                None => track.damaged += 1,
            }
        }
        track.sort();
        track.more = track.fixes.len() > max;
        track.fixes.truncate(max);
        Ok(track)
    }

    /// The files in which positions of the time span may be.
    fn keys_for(&self, from: i64, to: i64) -> Vec<Key> {
        let (first, last) = (Day::of(from), Day::of(to.saturating_sub(1)));
        let keys = self.state().all_keys().into_iter().filter(|key| match key {
            Key::Fixes(day) => (first..=last).contains(day),
            // A stray's time lies outside of the days before its arrival, that one included.
            Key::Strays(day) => first <= Day(day.0.saturating_sub(LATE_DAYS as i32)) || last > *day,
        });
        keys.collect()
    }
}

impl Track {
    fn sort(&mut self) {
        // Stable: fixes of one record keep the order in which they were reported.
        self.fixes.sort_by_key(|f| (f.at, f.offset));
    }
}

impl Candidate {
    /// The block's fixes; `None` if it is damaged.
    fn read(&self) -> Result<Option<Vec<Fix>>, BlockError> {
        let mut bytes = vec![0; self.info.size as usize];
        let n = self.file.read_at(self.info.position, &mut bytes);
        let n = n.map_err(|e| BlockError::io(format!("read {}", self.key.name()), e))?;
        let body = bytes.get(HEADER..n).unwrap_or(&[]);
        let sound =
            Header::decode(&bytes, self.info.position).is_some_and(|h| h.info == self.info && h.holds(body));
        let fixes = if sound { block::decode(&self.info, body) } else { None };
        if fixes.is_none() {
            tracing::error!(file = self.key.name(), block = ?self.info, "a block is damaged");
            metrics::counter!("wufei_telemetry_blocks_damaged_total").increment(1);
        }
        Ok(fixes)
    }
}
