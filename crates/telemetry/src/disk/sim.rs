//! A disk in memory that remembers every operation, can return the state after a power cut at any of them, and
//! fails on demand. It is public because the torture command uses it too; it must never serve real data.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::model::{Model, Op};
use super::{Disk, DiskFile, DiskLock};

/// Which operation an injected fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A write: half of the bytes arrive, as when the disk is full.
    Write,
    /// A sync of a file: nothing since the last sync becomes durable, and later syncs lie (fsyncgate).
    Sync,
    /// A sync of a directory.
    SyncDir,
    /// A read.
    Read,
}

/// The simulated disk. Clones share one state.
#[derive(Clone, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
    locks: Arc<Mutex<BTreeSet<PathBuf>>>,
}

#[derive(Default)]
struct State {
    model: Model,
    /// The disk before the first recorded operation.
    start: Model,
    history: Vec<Op>,
    ignore_sync: bool,
    fault: Option<(Fault, u64, io::ErrorKind)>,
}

impl SimDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// The control build: with `true`, syncs of files and directories return success and do nothing, so that a
    /// test of durability must fail. If it passes, it proves nothing.
    pub fn ignore_sync(&self, ignore: bool) {
        self.state().ignore_sync = ignore;
    }

    /// Makes the operation after `after` further ones of its sort fail once with the kind of error.
    pub fn fail(&self, fault: Fault, after: u64, kind: io::ErrorKind) {
        self.state().fault = Some((fault, after, kind));
    }

    /// How many operations were recorded. What a caller was promised when this was `n` must be found in every
    /// `power_cut_at(k, …)` with `k >= n`.
    pub fn operations(&self) -> usize {
        self.state().history.len()
    }

    /// The disk as found after the power failed right after the first `operations` operations. Everything not
    /// synced by then is kept, dropped or torn, as the seed has it.
    pub fn power_cut_at(&self, operations: usize, seed: u64) -> Self {
        let state = self.state();
        let mut model = state.start.clone();
        state.history.iter().take(operations).for_each(|op| model.apply(op));
        drop(state);
        Self::with(model.power_cut(seed))
    }

    /// The disk as found after the power failed now.
    pub fn power_cut(&self, seed: u64) -> Self {
        Self::with(self.state().model.power_cut(seed))
    }

    /// Bytes of a file as a reader sees them, for tests that look at or damage them.
    pub fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state();
        state.model.file(path).map(|f| state.model.bytes(f).to_vec())
    }

    fn with(model: Model) -> Self {
        let state = State { start: model.clone(), model, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), locks: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn run(&mut self, op: Op) {
        self.model.apply(&op);
        self.history.push(op);
    }

    /// The injected error, if its turn has come.
    fn faulty(&mut self, here: Fault) -> Option<io::Error> {
        let (fault, after, kind) = self.fault.as_mut()?;
        if *fault != here {
            return None;
        }
        if *after > 0 {
            *after -= 1;
            return None;
        }
        let kind = *kind;
        self.fault = None;
        Some(io::Error::new(kind, "injected fault"))
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        self.model.file(path).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Disk for SimDisk {
    /// Directories are not modelled; only the names of files in them are.
    fn create_dir(&self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        if state.model.file(path).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = state.model.next_file();
        state.run(Op::Create { file, path: path.to_owned() });
        Ok(Arc::new(SimFile { disk: self.clone(), file }))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let file = self.state().find(path)?;
        Ok(Arc::new(SimFile { disk: self.clone(), file }))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let names = state.model.files_in(dir).filter_map(|p| p.file_name()?.to_str().map(str::to_owned));
        Ok(names.collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.find(from)?;
        state.run(Op::Rename { from: from.to_owned(), to: to.to_owned() });
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.find(path)?;
        state.run(Op::Remove { path: path.to_owned() });
        Ok(())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.state();
        if let Some(error) = state.faulty(Fault::SyncDir) {
            return Err(error);
        }
        if !state.ignore_sync {
            state.run(Op::SyncDir { dir: dir.to_owned() });
        }
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<DiskLock> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if !locks.insert(path.to_owned()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(DiskLock::new(SimLock { locks: self.locks.clone(), path: path.to_owned() }))
    }
}

struct SimLock {
    locks: Arc<Mutex<BTreeSet<PathBuf>>>,
    path: PathBuf,
}

impl Drop for SimLock {
    fn drop(&mut self) {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.path);
    }
}

struct SimFile {
    disk: SimDisk,
    file: usize,
}

impl DiskFile for SimFile {
    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.state();
        let error = state.faulty(Fault::Write);
        let bytes = if error.is_some() { &bytes[..bytes.len() / 2] } else { bytes };
        state.run(Op::Write { file: self.file, at, bytes: bytes.into() });
        error.map_or(Ok(()), Err)
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        if let Some(error) = state.faulty(Fault::Read) {
            return Err(error);
        }
        let bytes = state.model.bytes(self.file);
        let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or(&[]);
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.state().model.bytes(self.file).len() as u64)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.disk.state().run(Op::Truncate { file: self.file, len });
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        if let Some(error) = state.faulty(Fault::Sync) {
            state.run(Op::SyncFailed { file: self.file });
            return Err(error);
        }
        if !state.ignore_sync {
            state.run(Op::Sync { file: self.file });
        }
        Ok(())
    }
}
