//! One file of blocks with its index in memory: the repair when it is first opened, and the appending.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::block::{BlockInfo, HEADER, Header};
use super::day::Key;
use crate::disk::{self, Disk, DiskFile};
use crate::log::Offset;

/// How much is read at once when a file is opened.
const WINDOW: usize = 1 << 18;

/// An open file and what is in it.
pub(super) struct BlockFile {
    pub file: Arc<dyn DiskFile>,
    /// Where the next block goes.
    pub len: u64,
    /// So much of it is durable.
    pub synced: u64,
    /// Blocks of each device, in the order of the log.
    pub devices: HashMap<u64, Vec<BlockInfo>>,
    /// When it was last used, in uses.
    pub used: u64,
    /// How many places could not be read although they had been durable.
    pub damaged: u64,
}

impl BlockFile {
    pub(super) fn create(disk: &dyn Disk, dir: &Path, key: Key) -> io::Result<Self> {
        let file = disk.create(&dir.join(key.name()))?;
        Ok(Self { file, len: 0, synced: 0, devices: HashMap::new(), used: 0, damaged: 0 })
    }

    /// Opens the file and builds its index from the headers. What follows the part that is known to be durable
    /// is checked in full, cut where an interrupted write left it bad, and made durable.
    pub(super) fn open(disk: &dyn Disk, dir: &Path, key: Key) -> io::Result<Self> {
        let file = disk.open(&dir.join(key.name()))?;
        let len = file.len()?;
        let (headers, bad) = scan(&*file, len)?;
        let synced = headers.iter().map(|h| h.synced).max().unwrap_or(0);
        // Before that point anything bad is damage; after it, the end of what was written.
        let mut end = bad.iter().copied().find(|&b| b >= synced).unwrap_or(len);
        for header in headers.iter().filter(|h| h.end() > synced) {
            if header.end() > end {
                end = end.min(header.info.position);
                break;
            }
            let mut body = vec![0; header.info.size as usize - HEADER];
            let n = file.read_at(header.info.position + HEADER as u64, &mut body)?;
            if !header.holds(&body[..n]) {
                end = header.info.position;
                break;
            }
        }
        if len > end {
            tracing::warn!(
                file = key.name(),
                bytes = len - end,
                "cut an interrupted write off a file of blocks"
            );
            file.truncate(end)?;
        }
        if len > synced {
            disk::rewrite(&*file, synced, end)?;
            disk.sync_dir(dir)?;
        }
        let mut devices: HashMap<u64, Vec<BlockInfo>> = HashMap::new();
        for header in headers.iter().filter(|h| h.end() <= end) {
            devices.entry(header.info.device).or_default().push(header.info);
        }
        let damaged = bad.iter().filter(|&&b| b < synced).count() as u64;
        if damaged > 0 {
            tracing::error!(file = key.name(), places = ?bad, "a file of blocks is damaged");
            metrics::counter!("wufei_telemetry_blocks_damaged_total").increment(damaged);
        }
        Ok(Self { file, len: end, synced: end, devices, used: 0, damaged })
    }

    /// Greatest log offset of the device in this file.
    pub(super) fn stored(&self, device: u64) -> Option<Offset> {
        self.devices.get(&device)?.last().map(|b| b.offsets.1)
    }

    /// Adds blocks that were made to stand at the end.
    pub(super) fn append(&mut self, blocks: &[BlockInfo], bytes: &[u8]) -> io::Result<()> {
        self.file.write_at(self.len, bytes)?;
        self.len += bytes.len() as u64;
        for block in blocks {
            self.devices.entry(block.device).or_default().push(*block);
        }
        Ok(())
    }
}

/// All sound headers, and the places where something else stands.
fn scan(file: &dyn DiskFile, len: u64) -> io::Result<(Vec<Header>, Vec<u64>)> {
    let (mut headers, mut bad) = (Vec::new(), Vec::new());
    let mut window = vec![0; WINDOW];
    let (mut base, mut filled) = (0, 0);
    let (mut at, mut lost) = (0_u64, false);
    while at < len {
        if at < base || at + HEADER as u64 > base + filled as u64 {
            filled = file.read_at(at, &mut window)?;
            base = at;
        }
        let view = window.get((at - base) as usize..filled).unwrap_or(&[]);
        match Header::decode(view, at).filter(|h| h.end() <= len) {
            Some(header) => {
                at = header.end();
                headers.push(header);
                lost = false;
            }
            None => {
                if !lost {
                    bad.push(at);
                }
                lost = true;
                // Look on for the next place where a header may start.
                let next = view.iter().skip(1).position(|&b| b == b'W').map_or(view.len(), |i| i + 1);
                at += next.max(1) as u64;
            }
        }
    }
    Ok((headers, bad))
}
