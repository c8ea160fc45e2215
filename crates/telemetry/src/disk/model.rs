//! What a disk promises, as data: per file the durable bytes and the writes since, per name the durable entry
//! and the changes since. A power cut keeps the durable part and any part of the rest. It models the promises
//! of POSIX, not the habits of one file system, which are kinder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::sample::Lcg;

/// A disk tears a write at any multiple of this many bytes, and sometimes in between.
const SECTOR: usize = 512;

/// One operation, as recorded.
#[derive(Clone)]
pub(super) enum Op {
    Create {
        file: usize,
        path: PathBuf,
    },
    Write {
        file: usize,
        at: u64,
        bytes: Arc<[u8]>,
    },
    Truncate {
        file: usize,
        len: u64,
    },
    Sync {
        file: usize,
    },
    /// A sync that failed: the kernel marks the pages clean and the disk never gets them.
    SyncFailed {
        file: usize,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Remove {
        path: PathBuf,
    },
    SyncDir {
        dir: PathBuf,
    },
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Arc<[u8]> },
    Truncate { len: usize },
}

#[derive(Clone, Default)]
struct Inode {
    current: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

/// A change of names; both halves of a rename go together.
#[derive(Clone)]
struct Naming {
    unlink: Option<PathBuf>,
    link: Option<(PathBuf, usize)>,
}

/// The state of the simulated disk.
#[derive(Clone, Default)]
pub(super) struct Model {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    pending_names: Vec<Naming>,
}

impl Model {
    pub(super) fn file(&self, path: &Path) -> Option<usize> {
        self.names.get(path).copied()
    }

    pub(super) fn next_file(&self) -> usize {
        self.inodes.len()
    }

    pub(super) fn bytes(&self, file: usize) -> &[u8] {
        self.inodes.get(file).map_or(&[], |i| &i.current)
    }

    pub(super) fn files_in<'a>(&'a self, dir: &'a Path) -> impl Iterator<Item = &'a Path> {
        self.names.keys().map(PathBuf::as_path).filter(move |p| p.parent() == Some(dir))
    }

    pub(super) fn apply(&mut self, op: &Op) {
        match op {
            Op::Create { file, path } => {
                self.inodes.resize_with(self.inodes.len().max(file + 1), Inode::default);
                self.rename(Naming { unlink: None, link: Some((path.clone(), *file)) });
            }
            Op::Write { file, at, bytes } => {
                self.change(*file, Change::Write { at: *at as usize, bytes: bytes.clone() });
            }
            Op::Truncate { file, len } => self.change(*file, Change::Truncate { len: *len as usize }),
            Op::Sync { file } => {
                if let Some(inode) = self.inodes.get_mut(*file) {
                    for change in std::mem::take(&mut inode.pending) {
                        change.apply(&mut inode.durable);
                    }
                }
            }
            Op::SyncFailed { file } => {
                if let Some(inode) = self.inodes.get_mut(*file) {
                    inode.pending.clear();
                }
            }
            Op::Rename { from, to } => {
                if let Some(file) = self.file(from) {
                    self.rename(Naming { unlink: Some(from.clone()), link: Some((to.clone(), file)) });
                }
            }
            Op::Remove { path } => self.rename(Naming { unlink: Some(path.clone()), link: None }),
            Op::SyncDir { dir } => {
                let here = |p: &PathBuf| p.parent() == Some(dir);
                let (now, later) = std::mem::take(&mut self.pending_names).into_iter().partition(|n| {
                    n.unlink.as_ref().is_some_and(here) || n.link.as_ref().is_some_and(|(p, _)| here(p))
                });
                self.pending_names = later;
                let now: Vec<Naming> = now;
                now.iter().for_each(|n| n.apply(&mut self.durable_names));
            }
        }
    }

    fn rename(&mut self, naming: Naming) {
        naming.apply(&mut self.names);
        self.pending_names.push(naming);
    }

    fn change(&mut self, file: usize, change: Change) {
        if let Some(inode) = self.inodes.get_mut(file) {
            change.apply(&mut inode.current);
            inode.pending.push(change);
        }
    }

    /// What is found after the power came back.
    pub(super) fn power_cut(&self, seed: u64) -> Self {
        let mut chance = Lcg::new(seed);
        let mut names = self.durable_names.clone();
        for naming in &self.pending_names {
            if chance.below(2) == 0 {
                naming.apply(&mut names);
            }
        }
        let mut inodes = Vec::with_capacity(self.inodes.len());
        for inode in &self.inodes {
            let mut bytes = inode.durable.clone();
            // Whole cuts that keep or drop everything are the common case on real disks.
            let mood = chance.below(4);
            for change in &inode.pending {
                match mood {
                    0 => {}
                    1 => change.apply(&mut bytes),
                    _ => change.tear(&mut bytes, &mut chance),
                }
            }
            inodes.push(Inode { current: bytes.clone(), durable: bytes, pending: Vec::new() });
        }
        Self { inodes, durable_names: names.clone(), names, pending_names: Vec::new() }
    }
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        if let Some(path) = &self.unlink {
            names.remove(path);
        }
        if let Some((path, file)) = &self.link {
            names.insert(path.clone(), *file);
        }
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes: new } => put(bytes, *at, new),
            Self::Truncate { len } => bytes.resize(*len, 0),
        }
    }

    /// Applies what a power cut leaves of it: nothing, all, a prefix that ends at any byte, or any of its
    /// sectors; lost sectors of a file that had grown read as zeros or as rubbish.
    fn tear(&self, bytes: &mut Vec<u8>, chance: &mut Lcg) {
        let Self::Write { at, bytes: new } = self else {
            if chance.below(2) == 0 {
                self.apply(bytes);
            }
            return;
        };
        match chance.below(4) {
            0 => {}
            1 => self.apply(bytes),
            2 => put(bytes, *at, &new[..chance.below(new.len() as u64 + 1) as usize]),
            _ => {
                let grown = bytes.len();
                let rubbish = chance.below(2) == 0;
                let mut from = 0;
                while from < new.len() {
                    let to = ((*at + from) / SECTOR * SECTOR + SECTOR - *at).min(new.len());
                    if chance.below(2) == 0 {
                        put(bytes, *at + from, &new[from..to]);
                    } else if rubbish && *at + from >= grown {
                        let junk: Vec<u8> = (from..to).map(|_| chance.below(256) as u8).collect();
                        put(bytes, *at + from, &junk);
                    }
                    from = to;
                }
            }
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    let end = at + new.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(new);
}
