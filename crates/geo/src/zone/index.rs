//! All zones of a city at once: which of them hold this place. Built when zones change, asked for every fix.

use crate::bounds::Bounds;
use crate::point::Point;
use crate::tree::Tree;
use crate::zone::Shape;

/// Zones by id, with a tree over their boxes. An id that was given twice keeps its last shape.
#[derive(Clone, Debug)]
pub struct ZoneIndex<Id> {
    zones: Vec<(Id, Shape)>,
    tree: Tree,
}

impl<Id: Copy + Ord> ZoneIndex<Id> {
    /// Builds the index.
    pub fn new(zones: impl IntoIterator<Item = (Id, Shape)>) -> Self {
        let mut zones: Vec<(Id, Shape)> = zones.into_iter().collect();
        // Reversed first, so that the stable sort puts the last of an id in front, where dedup keeps it.
        zones.reverse();
        zones.sort_by_key(|z| z.0);
        zones.dedup_by(|later, kept| later.0 == kept.0);
        let boxes: Vec<Bounds> = zones.iter().map(|z| z.1.bounds()).collect();
        Self { zones, tree: Tree::build(&boxes) }
    }

    /// Ids of the zones that hold the place, ascending.
    pub fn zones_at(&self, point: Point) -> Vec<Id> {
        let mut found = Vec::new();
        self.zones_at_into(point, &mut found);
        found
    }

    /// The same into a list that is emptied first, for callers who ask often.
    pub fn zones_at_into(&self, point: Point, found: &mut Vec<Id>) {
        found.clear();
        self.tree.visit(&Bounds::of(point), &mut |i| {
            let (id, shape) = &self.zones[i];
            if shape.contains(point) {
                found.push(*id);
            }
        });
        found.sort_unstable();
    }

    /// The shape of a zone; `None` when there is no such zone (any more).
    pub fn shape(&self, id: Id) -> Option<&Shape> {
        self.zones.binary_search_by_key(&id, |z| z.0).ok().map(|i| &self.zones[i].1)
    }

    /// All zones, by id.
    pub fn iter(&self) -> impl Iterator<Item = (Id, &Shape)> {
        self.zones.iter().map(|(id, shape)| (*id, shape))
    }

    /// Number of zones.
    pub fn len(&self) -> usize {
        self.zones.len()
    }

    /// Whether there is no zone.
    pub fn is_empty(&self) -> bool {
        self.zones.is_empty()
    }
}
