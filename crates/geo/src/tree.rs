//! A packed tree of boxes (sort-tile-recursive), built once and asked often: which boxes meet this one. It must
//! never change after it is built; whoever changes the things builds a new one.

use crate::bounds::Bounds;

/// Children of a node.
const FAN: usize = 8;

/// The tree. Level 0 holds the boxes themselves in packed order; each box of a higher level covers `FAN` below.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    order: Vec<u32>,
    levels: Vec<Vec<Bounds>>,
}

impl Tree {
    /// Packs boxes. What is found later is their place in this slice.
    pub(crate) fn build(boxes: &[Bounds]) -> Self {
        let mut order: Vec<u32> = (0..u32::try_from(boxes.len()).unwrap_or(u32::MAX)).collect();
        let middle = |a: i32, b: i32| i64::from(a) + i64::from(b);
        order.sort_by_key(|&i| (middle(boxes[i as usize].west, boxes[i as usize].east), i));
        let leaves = boxes.len().div_ceil(FAN);
        let strip = ((leaves as f64).sqrt().ceil() as usize * FAN).max(1);
        for part in order.chunks_mut(strip) {
            part.sort_by_key(|&i| (middle(boxes[i as usize].south, boxes[i as usize].north), i));
        }
        let mut levels = vec![order.iter().map(|&i| boxes[i as usize]).collect::<Vec<_>>()];
        while let Some(last) = levels.last().filter(|l| l.len() > FAN) {
            let up = last.chunks(FAN).filter_map(|c| c.iter().copied().reduce(Bounds::union)).collect();
            levels.push(up);
        }
        Self { order, levels }
    }

    /// Calls `found` with every box that meets `window`.
    pub(crate) fn visit(&self, window: &Bounds, found: &mut impl FnMut(usize)) {
        let top = self.levels.len().saturating_sub(1);
        self.descend(top, 0, usize::MAX, window, found);
    }

    fn descend(&self, level: usize, from: usize, to: usize, window: &Bounds, found: &mut impl FnMut(usize)) {
        let Some(boxes) = self.levels.get(level) else { return };
        let to = to.min(boxes.len());
        for (i, b) in boxes.iter().enumerate().take(to).skip(from) {
            if !b.meets(window) {
                continue;
            }
            match level.checked_sub(1) {
                Some(below) => self.descend(below, i * FAN, (i + 1) * FAN, window, found),
                None => found(self.order[i] as usize),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn any_box()(south in -900..900i32, west in -900..900i32, h in 0..200i32, w in 0..200i32) -> Bounds {
            Bounds { south, west, north: south + h, east: west + w }
        }
    }

    proptest! {
        #[test]
        fn it_finds_what_a_scan_finds(boxes in prop::collection::vec(any_box(), 0..200), window in any_box()) {
            let mut found = Vec::new();
            Tree::build(&boxes).visit(&window, &mut |i| found.push(i));
            found.sort_unstable();
            let scan: Vec<usize> = (0..boxes.len()).filter(|&i| boxes[i].meets(&window)).collect();
            prop_assert_eq!(found, scan);
        }
    }
}
