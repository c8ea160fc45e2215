//! Reading one segment file: group by group, past damage where there is any, and the repair of the last
//! segment when the log is opened.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::record::{HEADER, Header, find_header};
use super::{LogError, Offset};
use crate::disk::{self, Disk, DiskFile};

/// How much is read at once.
const WINDOW: usize = 1 << 18;

/// The file's name tells the offset of its first record.
pub(super) fn name(first: Offset) -> String {
    format!("ingest-{first:020}.log")
}

/// First offset from a file's name; names of other files are none of ours.
pub(super) fn first_of(name: &str) -> Option<Offset> {
    let digits = name.strip_prefix("ingest-")?.strip_suffix(".log")?;
    if digits.len() == 20 && digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
}

pub(super) fn path(dir: &Path, first: Offset) -> PathBuf {
    dir.join(name(first))
}

/// What stands at a place of the file.
pub(super) enum Found {
    /// A sound group.
    Group(Header),
    /// A sound header without its records: a write that was interrupted, or damage.
    Broken(Header),
    /// Nothing: the file ends here.
    End,
    /// Something else.
    Bad,
}

/// A file read forwards, with read-ahead.
pub(super) struct Segment {
    file: Arc<dyn DiskFile>,
    pub first: Offset,
    window: Vec<u8>,
    at: u64,
}

impl Segment {
    pub(super) fn new(file: Arc<dyn DiskFile>, first: Offset) -> Self {
        Self { file, first, window: Vec::new(), at: 0 }
    }

    pub(super) fn open(disk: &dyn Disk, dir: &Path, first: Offset) -> io::Result<Self> {
        Ok(Self::new(disk.open(&path(dir, first))?, first))
    }

    /// Bytes from the position, at most `len`, fewer at the end of the file.
    fn view(&mut self, at: u64, len: usize) -> io::Result<&[u8]> {
        let inside = at >= self.at && at + len as u64 <= self.at + self.window.len() as u64;
        if !inside {
            self.window.resize(len.max(WINDOW), 0);
            // If the read fails, the window must not pass for the file.
            self.at = u64::MAX - self.window.len() as u64;
            let n = self.file.read_at(at, &mut self.window)?;
            self.window.truncate(n);
            self.at = at;
        }
        let from = (at - self.at) as usize;
        let to = (from + len).min(self.window.len());
        Ok(&self.window[from..to])
    }

    /// What stands at the position.
    pub(super) fn look(&mut self, at: u64) -> io::Result<Found> {
        let segment = self.first;
        let head = self.view(at, HEADER)?;
        if head.is_empty() {
            return Ok(Found::End);
        }
        let Some(header) = Header::decode(head, segment, at) else { return Ok(Found::Bad) };
        let sound = header.holds(self.group(&header)?.get(HEADER..).unwrap_or(&[]));
        Ok(if sound { Found::Group(header) } else { Found::Broken(header) })
    }

    /// Forgets what was read ahead: a part of the file that was being written then may have been torn.
    pub(super) fn refresh(&mut self) {
        self.window.clear();
    }

    /// A group that was found, with its header.
    pub(super) fn group(&mut self, header: &Header) -> io::Result<&[u8]> {
        self.view(header.position, header.size() as usize)
    }

    /// Position of the next sound header after a bad place, if there is one.
    pub(super) fn next_header(&mut self, bad: u64) -> io::Result<Option<u64>> {
        let segment = self.first;
        let mut at = bad + 1;
        loop {
            let view = self.view(at, WINDOW)?;
            if let Some((i, _)) = find_header(view, 0, segment, at) {
                return Ok(Some(at + i as u64));
            }
            if view.len() < WINDOW {
                return Ok(None);
            }
            at += (WINDOW - HEADER + 1) as u64;
        }
    }
}

/// A part of the log that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// File name of the segment.
    pub file: String,
    /// Byte position where it becomes unreadable.
    pub position: u64,
    /// First offset that is missing.
    pub from: Offset,
    /// Offset after the last one missing.
    pub to: Offset,
}

/// The last segment after its repair.
pub(super) struct Recovered {
    pub file: Arc<dyn DiskFile>,
    /// Where the next group goes.
    pub position: u64,
    /// Offset of the next record.
    pub next: Offset,
    /// Bytes of an interrupted write that were cut off.
    pub cut: u64,
    /// Damage before the last sound group, which is kept for whoever can repair it.
    pub gaps: Vec<Gap>,
}

/// Finds the end of the last segment, cuts what an interrupted write left, and makes the rest durable: it may
/// stem from a process that died between write and sync.
pub(super) fn recover(disk: &dyn Disk, dir: &Path, first: Offset) -> Result<Recovered, LogError> {
    let doing = || format!("recover {}", name(first));
    let mut segment = Segment::open(disk, dir, first).map_err(|e| LogError::io(doing(), e))?;
    let mut gaps = Vec::new();
    let (mut position, mut next, mut last) = (0, first, 0);
    let mut bad_at = None;
    let mut scan = || -> io::Result<()> {
        loop {
            let found = segment.look(position)?;
            if let Found::Group(header) | Found::Broken(header) = found {
                let at = bad_at.take().unwrap_or(position);
                if header.first > next {
                    gaps.push(Gap { file: name(first), position: at, from: next, to: header.first });
                    next = header.first;
                }
            }
            match found {
                Found::Group(header) => {
                    (last, next) = (position, next.max(header.end()));
                    position += header.size();
                }
                Found::End => return Ok(()),
                Found::Broken(_) | Found::Bad => match segment.next_header(position)? {
                    Some(sound) => {
                        bad_at.get_or_insert(position);
                        position = sound;
                    }
                    // Nothing was written after it, so nobody was told that it is safe.
                    None => return Ok(()),
                },
            }
        }
    };
    scan().map_err(|e| LogError::io(doing(), e))?;
    let file = segment.file;
    let repair = || -> io::Result<u64> {
        let len = file.len()?;
        if len > position {
            file.truncate(position)?;
        }
        disk::rewrite(&*file, last, position)?;
        disk.sync_dir(dir)?;
        Ok(len.saturating_sub(position))
    };
    let cut = repair().map_err(|e| LogError::io(doing(), e))?;
    Ok(Recovered { file, position, next, cut, gaps })
}
