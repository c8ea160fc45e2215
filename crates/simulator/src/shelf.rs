//! What everybody has in store, by stream, as the script knows it from the answers of its own commands: nobody walks
//! through a store to see what was put there an hour ago. The ledger remains the truth; a command over a container
//! that is not there is refused and ends the story.

use std::collections::{BTreeMap, VecDeque};

use app::ledger::model::LotView;
use app::registry::demo::DemoStream;

/// A container in store.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub id: String,
    pub mass_g: i64,
}

impl From<LotView> for Held {
    fn from(lot: LotView) -> Self {
        Self { id: lot.id, mass_g: lot.remaining_g }
    }
}

/// Containers by stream, oldest first.
#[derive(Default)]
pub(crate) struct Shelf {
    places: BTreeMap<(String, String), usize>,
    lots: Vec<VecDeque<Held>>,
}

impl Shelf {
    /// Empty places for the streams.
    pub fn of(streams: &[DemoStream]) -> Self {
        let place = |(index, s): (usize, &DemoStream)| ((s.org.clone(), s.waste_code.clone()), index);
        Self {
            places: streams.iter().enumerate().map(place).collect(),
            lots: streams.iter().map(|_| VecDeque::new()).collect(),
        }
    }

    /// The stream of an organisation and a code.
    pub fn place(&self, org: &str, code: &str) -> Option<usize> {
        self.places.get(&(org.to_owned(), code.to_owned())).copied()
    }

    /// Puts containers behind those that are there.
    pub fn put(&mut self, stream: usize, lots: impl IntoIterator<Item = Held>) {
        if let Some(place) = self.lots.get_mut(stream) {
            place.extend(lots);
        }
    }

    /// Takes everything off.
    pub fn clear(&mut self, stream: usize) {
        if let Some(place) = self.lots.get_mut(stream) {
            place.clear();
        }
    }

    /// What is there.
    pub fn look(&self, stream: usize) -> impl Iterator<Item = &Held> {
        self.lots.get(stream).into_iter().flatten()
    }

    /// Takes the oldest containers, at most so many.
    pub fn take(&mut self, stream: usize, count: usize) -> Vec<Held> {
        let Some(place) = self.lots.get_mut(stream) else { return Vec::new() };
        place.drain(..count.min(place.len())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Shelf};

    #[test]
    fn the_oldest_leave_first_and_no_more_than_there_are() {
        let mut shelf = Shelf { lots: vec![std::collections::VecDeque::new()], ..Shelf::default() };
        shelf.put(0, ["a", "b", "c"].map(|id| Held { id: id.to_owned(), mass_g: 1 }));
        let ids = |lots: Vec<Held>| lots.into_iter().map(|l| l.id).collect::<Vec<_>>();
        assert_eq!(ids(shelf.take(0, 2)), ["a", "b"]);
        assert_eq!(ids(shelf.take(0, 5)), ["c"]);
        assert!(shelf.take(7, 1).is_empty());
    }
}
