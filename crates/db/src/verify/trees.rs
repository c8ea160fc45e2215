//! Which trees the stored records make, and what checkpoints say about them. Three trees are kept, because an
//! altered record can be lost sight of in one and be shown by another: from the canonical bytes, from the stored
//! leaf hashes, and from the stored block hashes. A checkpoint that any of them satisfies was satisfied when it
//! was made; which records then deviate is known, or known to a block of 256, or to the interval between two
//! checkpoints.

use std::collections::{BTreeMap, VecDeque};

use super::report::{Finding, Findings};
use crate::journal::{Hash, Head};

/// A checkpoint to be held against the trees.
pub(super) struct Mark {
    pub size: i64,
    pub root: Hash,
    pub external: bool,
}

/// Complete blocks and the leaves after them.
#[derive(Default)]
struct Tree {
    blocks: Head,
    tail: Head,
}

impl Tree {
    fn push(&mut self, leaf: Hash) -> Option<Hash> {
        let (_, block) = self.tail.push(leaf)?;
        self.tail = Head::default();
        self.blocks.push(block);
        Some(block)
    }

    fn root(&self) -> Hash {
        self.blocks.root_with(&self.tail)
    }
}

/// Follows the journal and judges it.
#[derive(Default)]
pub(super) struct Judge {
    /// From the canonical bytes.
    computed: Tree,
    /// From the stored leaf hashes.
    stored: Tree,
    /// From the stored block hashes.
    blocks: Head,
    size: i64,
    /// Positions after a gap have no place in the trees.
    broken: bool,
    /// Missing positions, first and last.
    missing: Vec<(i64, i64)>,
    marks: VecDeque<Mark>,
    /// Blocks whose events fit neither way to their stored hash: first position, named below or not at all.
    suspects: Vec<i64>,
    /// Size of the last satisfied checkpoint.
    good: i64,
    /// Sizes of checkpoints not satisfied since.
    bad: Vec<i64>,
    /// An interval was reported; everything after it deviates too.
    lost: bool,
    external_matched: bool,
}

impl Judge {
    /// Checkpoints in order of size.
    pub fn expect(&mut self, marks: Vec<Mark>) {
        self.marks = marks.into();
    }

    pub fn external_matched(&self) -> bool {
        self.external_matched
    }

    /// Root from the canonical bytes.
    pub fn root(&self) -> Hash {
        self.computed.root()
    }

    /// Whether this position was reported as missing.
    pub fn is_missing(&self, position: i64) -> bool {
        self.missing.iter().any(|(from, to)| (*from..=*to).contains(&position))
    }

    fn miss(&mut self, from: i64, to: i64, findings: &mut Findings) {
        self.missing.push((from, to));
        findings.add(Finding::EventsMissing { from, to });
    }

    /// Notices positions that are left out before `position`.
    pub fn gap(&mut self, position: i64, findings: &mut Findings) {
        if position > self.size {
            self.miss(self.size, position - 1, findings);
            self.broken = true;
        } else if position < self.size {
            let detail = "the position cannot be".to_owned();
            findings.add(Finding::EventAltered { position, detail });
            self.broken = true;
        }
        self.size = self.size.max(position);
    }

    /// The next event's leaf, from its canonical bytes and as stored.
    pub fn leaf(
        &mut self,
        position: i64,
        computed: Hash,
        stored: Hash,
        blocks: &BTreeMap<i64, Hash>,
        findings: &mut Findings,
    ) {
        self.size = position.saturating_add(1).max(self.size);
        if self.broken {
            return;
        }
        let (by_bytes, by_hash) = (self.computed.push(computed), self.stored.push(stored));
        if let (Some(by_bytes), Some(by_hash)) = (by_bytes, by_hash) {
            let block = position / 256;
            let kept = blocks.get(&block).copied();
            if kept.is_none_or(|kept| kept != by_bytes && kept != by_hash) {
                self.suspects.push(block * 256);
            }
            self.blocks.push(kept.unwrap_or(by_bytes));
        }
        self.reach(self.size, findings);
    }

    /// Holds the checkpoints of this size against the trees.
    pub fn reach(&mut self, size: i64, findings: &mut Findings) {
        while self.marks.front().is_some_and(|m| m.size <= size) {
            let Some(mark) = self.marks.pop_front() else { break };
            if mark.size < size {
                let detail = "the size cannot be".to_owned();
                findings.add(Finding::CheckpointBroken { size: mark.size, detail });
                continue;
            }
            let by_leaves = mark.root == self.computed.root() || mark.root == self.stored.root();
            let by_blocks =
                [&self.computed, &self.stored].iter().any(|t| mark.root == self.blocks.root_with(&t.tail));
            match (by_leaves || by_blocks, mark.external) {
                (true, external) => {
                    self.external_matched |= external;
                    self.satisfied(size, by_leaves, findings);
                }
                (false, true) => self.interval(size, "and the given checkpoint", findings),
                (false, false) => self.bad.push(size),
            }
        }
    }

    /// A satisfied checkpoint clears what lies before it.
    fn satisfied(&mut self, size: i64, by_leaves: bool, findings: &mut Findings) {
        for size in self.bad.drain(..) {
            let detail = "its root is not of this journal, while a later checkpoint's is".to_owned();
            findings.add(Finding::CheckpointBroken { size, detail });
        }
        for from in self.suspects.drain(..) {
            if by_leaves {
                let detail = "the stored hash is missing or not that of its events, which are unaltered";
                findings.add(Finding::BlockBroken { from, detail: detail.to_owned() });
            } else {
                let to = (from + 255).min(size - 1);
                let detail = format!(
                    "the stored hash of this block fits to the checkpoint of size {size}, its events do not"
                );
                findings.add(Finding::IntervalAltered { from: from.max(self.good), to, detail });
            }
        }
        self.good = size;
    }

    fn interval(&mut self, size: i64, upper: &str, findings: &mut Findings) {
        if self.lost || size <= self.good {
            if size <= self.good {
                let detail = "the given checkpoint is not of this journal".to_owned();
                findings.add(Finding::CheckpointBroken { size, detail });
            }
            return;
        }
        self.lost = true;
        let lower = match self.good {
            0 => "between the beginning".to_owned(),
            good => format!("between the checkpoint of size {good}"),
        };
        let detail = format!("{lower} {upper} of size {size}");
        findings.add(Finding::IntervalAltered { from: self.good, to: size - 1, detail });
    }

    /// After the last event: checkpoints beyond it, checkpoints not satisfied, the stored head.
    pub fn end(&mut self, head: Result<Head, String>, findings: &mut Findings) {
        let head_size = head.as_ref().map_or(0, Head::size);
        let beyond = self.marks.drain(..).map(|m| m.size).max().unwrap_or(0).max(head_size);
        if beyond > self.size {
            self.miss(self.size, beyond - 1, findings);
        }
        if let Some(first) = self.bad.first().copied() {
            self.interval(first, "and the checkpoint", findings);
        }
        match head {
            Err(detail) if self.size > 0 => findings.add(Finding::HeadBroken { detail }),
            Err(_) => {}
            Ok(_) if self.broken || self.lost => {}
            Ok(head) if head.size() > self.size => {}
            Ok(head) if head.size() < self.size => {
                let detail = format!("it counts {} events, {} are stored", head.size(), self.size);
                findings.add(Finding::HeadBroken { detail });
            }
            Ok(head) => self.compare_head(&head, findings),
        }
        for from in std::mem::take(&mut self.suspects) {
            if !self.lost {
                let detail = "the stored hash is missing or not that of its events".to_owned();
                findings.add(Finding::BlockBroken { from, detail });
            }
        }
    }

    /// The head's frontier has the hash of each complete subtree, which narrows down what no checkpoint covers.
    fn compare_head(&mut self, head: &Head, findings: &mut Findings) {
        if head.root() == self.computed.root() || head.root() == self.stored.root() {
            return;
        }
        if self.good == self.size {
            let detail = "it is not the root of the events, which the last checkpoint confirms".to_owned();
            findings.add(Finding::HeadBroken { detail });
            return;
        }
        if [&self.computed, &self.stored].iter().any(|t| head.root() == self.blocks.root_with(&t.tail)) {
            for from in self.suspects.drain(..) {
                let detail =
                    "the stored hash of this block fits to the stored head, its events do not".to_owned();
                findings.add(Finding::IntervalAltered { from: from.max(self.good), to: from + 255, detail });
            }
            return;
        }
        let ours = self.computed.blocks.frontier().iter().chain(self.computed.tail.frontier());
        let mut from = 0;
        for (i, (ours, theirs)) in ours.zip(head.frontier()).enumerate() {
            let next = from + nth_one(self.size, i);
            if ours != theirs && next > self.good {
                let detail = "after the last checkpoint, against the stored head".to_owned();
                findings.add(Finding::IntervalAltered { from: from.max(self.good), to: next - 1, detail });
                self.lost = true;
            }
            from = next;
        }
        if !self.lost {
            let detail = "its hashes contradict a checkpoint that the events satisfy".to_owned();
            findings.add(Finding::HeadBroken { detail });
        }
    }
}

/// The value of the `i`-th one of `n`, from the highest.
fn nth_one(n: i64, i: usize) -> i64 {
    (0..i64::BITS - 1).rev().map(|bit| 1_i64 << bit).filter(|one| n & one != 0).nth(i).unwrap_or(0)
}
