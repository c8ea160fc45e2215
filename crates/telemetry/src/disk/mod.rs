//! The few file operations that the log, the blocks and the checkpoints stand on, as a trait with two
//! implementations: the machine's disk, and a simulated one whose power can be cut. Nothing in this crate
//! touches a file in any other way, or the power-cut tests would prove nothing about it.

mod model;
mod real;
mod sim;

use std::io;
use std::path::Path;
use std::sync::Arc;

pub use real::RealDisk;
pub use sim::{Fault, SimDisk};

/// A disk: names and whole files. Calls block the thread; errors are those of the operating system.
pub trait Disk: Send + Sync {
    /// Creates the directory and its parents where they are missing.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;

    /// Creates an empty file and opens it for reading and writing; `AlreadyExists` if the name is taken.
    /// The name lasts only after [`Disk::sync_dir`].
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens an existing file for reading and writing.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;

    /// Names of the files in the directory, in no particular order.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// Renames within one directory, replacing what had the new name. Lasts only after [`Disk::sync_dir`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file. Open handles stay readable. Lasts only after [`Disk::sync_dir`].
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in the directory durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;

    /// Takes an exclusive lock on the file, creating it, until the guard is dropped; `WouldBlock` if another
    /// process or store holds it.
    fn lock(&self, path: &Path) -> io::Result<DiskLock>;
}

/// An open file. Positions and lengths are in bytes.
pub trait DiskFile: Send + Sync {
    /// Writes all bytes at the position. After an error any part of them may have been written.
    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Fills the buffer from the position; returns fewer bytes only at the end of the file.
    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Length of the file.
    fn len(&self) -> io::Result<u64>;

    /// True if the file has no bytes.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Cuts the file to the length. Lasts only after [`DiskFile::sync`].
    fn truncate(&self, len: u64) -> io::Result<()>;

    /// Makes bytes and length durable. After an error nothing is known about what was written since the last
    /// success, and a second call proves nothing: the kernel may have dropped the dirty pages.
    fn sync(&self) -> io::Result<()>;
}

/// An exclusive lock, held until it is dropped.
pub struct DiskLock {
    _guard: Option<Box<dyn Send + Sync>>,
}

impl DiskLock {
    /// A lock that ends with the guard.
    pub fn new(guard: impl Send + Sync + 'static) -> Self {
        Self { _guard: Some(Box::new(guard)) }
    }
}

/// Writes the bytes from `from` to `to` over themselves and syncs. What an earlier process wrote but failed to
/// sync may be in the page cache, clean, and not on the platter; only writing it again makes a sync mean
/// something. A power cut in the middle harms nothing, since the bytes are the same.
pub(crate) fn rewrite(file: &dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    let mut buf = vec![0; 1 << 20];
    let mut at = from;
    while at < to {
        let want = usize::try_from(to - at).unwrap_or(usize::MAX).min(buf.len());
        let n = file.read_at(at, &mut buf[..want])?;
        if n == 0 {
            break;
        }
        file.write_at(at, &buf[..n])?;
        at += n as u64;
    }
    file.sync()
}
