//! What a terminal still has to say: positions wait until they are acknowledged, and those that waited for a connection
//! go out together as re-sent ones. A position must never be lost because a connection was.

use std::collections::VecDeque;

use wire::jt808::{Batch, BatchItem, BatchKind, Body, Location, Outcome};

/// Positions of one batch: a frame holds 23 of ours.
const BATCH: usize = 20;
/// Messages that wait for an acknowledgement at once.
const OPEN: usize = 8;
/// Positions that a terminal keeps; the oldest make room.
const MOST: usize = 20_000;

/// A message to be sent.
pub type Message = Body;

/// The positions of a terminal.
#[derive(Clone, Debug, Default)]
pub struct Post {
    /// Taken while nothing may be heard; they wait until that is over.
    hidden: Vec<Location>,
    waiting: VecDeque<Location>,
    sent: VecDeque<(u16, Vec<Location>)>,
    /// Positions acknowledged.
    pub acknowledged: u64,
    /// Positions that the platform could not read.
    pub refused: u64,
}

impl Post {
    /// Keeps a position.
    pub fn add(&mut self, location: Location) {
        if self.waiting.len() >= MOST {
            self.waiting.pop_front();
        }
        self.waiting.push_back(location);
    }

    /// Keeps a position that is not to be sent before [`Post::reveal`].
    pub fn hide(&mut self, location: Location) {
        self.hidden.push(location);
    }

    /// What was hidden may be sent.
    pub fn reveal(&mut self) {
        for location in std::mem::take(&mut self.hidden) {
            self.add(location);
        }
    }

    /// Positions acknowledged and refused since the last call.
    pub fn take_counts(&mut self) -> (u64, u64) {
        (std::mem::take(&mut self.acknowledged), std::mem::take(&mut self.refused))
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.sent.is_empty()
    }

    /// The next message to be sent under this serial number, if any.
    pub fn next(&mut self, serial: u16) -> Option<Message> {
        if self.sent.len() >= OPEN || self.waiting.is_empty() {
            return None;
        }
        let count = self.waiting.len().min(BATCH);
        let some: Vec<Location> = self.waiting.drain(..count).collect();
        let body = match some.as_slice() {
            [one] => Body::Location(one.clone()),
            all => {
                let items = all.iter().cloned().map(BatchItem::Location).collect();
                Body::Batch(Batch { kind: BatchKind::RESENT, items })
            }
        };
        self.sent.push_back((serial, some));
        Some(body)
    }

    /// The platform has answered.
    pub fn answered(&mut self, serial: u16, outcome: Outcome) {
        let Some(at) = self.sent.iter().position(|(s, _)| *s == serial) else { return };
        let Some((_, positions)) = self.sent.remove(at) else { return };
        match outcome {
            Outcome::DONE => self.acknowledged += positions.len() as u64,
            Outcome::FAILED => self.back(positions),
            _ => self.refused += positions.len() as u64,
        }
    }

    /// The connection is gone: what was not acknowledged is sent again.
    pub fn disconnected(&mut self) {
        while let Some((_, positions)) = self.sent.pop_back() {
            self.back(positions);
        }
    }

    fn back(&mut self, positions: Vec<Location>) {
        positions.into_iter().rev().for_each(|p| self.waiting.push_front(p));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time_us: i64) -> Location {
        Location {
            alarm: 0,
            status: 3,
            lat_e6: 31_900_000,
            lon_e6: 120_200_000,
            altitude_m: 0,
            speed_kmh_tenths: 0,
            heading_deg: 0,
            time_us,
            extras: Vec::new(),
        }
    }

    fn times(body: &Message) -> Vec<i64> {
        match body {
            Body::Location(l) => vec![l.time_us],
            Body::Batch(b) => b
                .items
                .iter()
                .map(|i| match i {
                    BatchItem::Location(l) => l.time_us,
                    BatchItem::Damaged { .. } => -1,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn what_was_not_acknowledged_is_sent_again_in_its_order() {
        let mut post = Post::default();
        (0..45).for_each(|n| post.add(at(n)));
        let first = post.next(1).expect("a batch");
        assert_eq!(times(&first), (0..20).collect::<Vec<_>>());
        post.next(2);
        post.answered(1, Outcome::DONE);
        post.disconnected();
        let again = post.next(3).expect("a batch");
        assert_eq!(times(&again), (20..40).collect::<Vec<_>>());
        post.answered(3, Outcome::FAILED);
        assert_eq!(times(&post.next(4).expect("a batch")), (20..40).collect::<Vec<_>>());
        post.answered(4, Outcome::DONE);
        post.next(5);
        post.answered(5, Outcome::MALFORMED);
        assert!(post.is_empty());
        assert_eq!((post.acknowledged, post.refused), (40, 5));
        post.add(at(99));
        assert!(matches!(post.next(6), Some(Body::Location(_))));
    }

    #[test]
    fn it_holds_no_more_than_its_bounds() {
        let mut post = Post::default();
        (0..30_000).for_each(|n| post.add(at(n)));
        assert_eq!(post.waiting.len(), MOST);
        (0..100).for_each(|serial| drop(post.next(serial)));
        assert_eq!(post.sent.len(), OPEN);
    }
}
