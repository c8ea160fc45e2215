//! The quickest way (A*). Costs are whole milliseconds and ties go to the lower node, so the same question has
//! the same answer everywhere.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::bounds::Bounds;
use crate::point::Point;
use crate::roads::{RoadGraph, Route, Snap};
use crate::zone::Shape;

/// Speed between a place and the road nearest to it, km/h.
const YARD_KMH: u8 = 15;
/// A place further than this from every road is not on the network, metres.
const MAX_OFF_ROAD_M: f64 = 10_000.0;
const UNREACHED: u64 = u64::MAX;
const NOBODY: u32 = u32::MAX;

/// Which edges touch a zone to avoid; found out when asked, since a search sees few.
struct Avoid<'a> {
    zones: Vec<(Bounds, &'a Shape)>,
    known: Vec<Option<bool>>,
}

impl Avoid<'_> {
    fn blocks(&mut self, graph: &RoadGraph, edge: usize) -> bool {
        if self.zones.is_empty() {
            return false;
        }
        if let Some(known) = self.known[edge] {
            return known;
        }
        let (a, b) = graph.ends(edge);
        let way = Bounds::of(a).union(Bounds::of(b));
        let blocked =
            self.zones.iter().any(|(bounds, zone)| bounds.meets(&way) && zone.touches_segment(a, b));
        self.known[edge] = Some(blocked);
        blocked
    }
}

impl RoadGraph {
    /// The quickest way by road that touches none of the zones; `None` when there is none, or a place is over
    /// 10 km from every allowed road. It begins and ends at the places themselves: the pieces to and from the
    /// road are straight, slow, and not held against the zones.
    pub fn route(&self, from: Point, to: Point, avoid: &[&Shape]) -> Option<Route> {
        let zones = avoid.iter().map(|s| (s.bounds(), *s)).collect();
        let known = if avoid.is_empty() { Vec::new() } else { vec![None; self.edges().len()] };
        let mut avoid = Avoid { zones, known };
        let start = self.snap_where(from, |e| !avoid.blocks(self, e))?;
        let end = self.snap_where(to, |e| !avoid.blocks(self, e))?;
        if start.distance_m.max(end.distance_m) > MAX_OFF_ROAD_M {
            return None;
        }
        let nodes = self.search(&start, &end, &mut avoid)?;
        let mut route = Route::starting_at(from);
        route.straight_to(start.point, YARD_KMH);
        let (first, last) = (self.edges()[start.edge], self.edges()[end.edge]);
        if nodes.is_empty() {
            let share = (end.share - start.share).abs();
            route.leg_to(end.point, part(first.length_dm, share), first.speed_kmh);
        } else {
            let mut at: Option<usize> = None;
            for (node, edge) in nodes {
                let (length, speed) = match (at, edge) {
                    (Some(_), Some(edge)) => (self.edges()[edge].length_dm, self.edges()[edge].speed_kmh),
                    _ => (part(first.length_dm, share_to(&start, first.from, node)), first.speed_kmh),
                };
                route.leg_to(self.nodes()[node], length, speed);
                at = Some(node);
            }
            let share = at.map_or(0.0, |node| share_to(&end, last.from, node));
            route.leg_to(end.point, part(last.length_dm, share), last.speed_kmh);
        }
        route.straight_to(to, YARD_KMH);
        Some(route.finished())
    }

    /// Nodes of the quickest way, each with the edge that led to it; none when both ends are on one edge.
    fn search(&self, start: &Snap, end: &Snap, avoid: &mut Avoid<'_>) -> Option<Vec<(usize, Option<usize>)>> {
        let ends = |snap: &Snap| {
            let e = self.edges()[snap.edge];
            [e.from, e.to].map(|n| {
                let share = share_to(snap, e.from, n as usize);
                (n as usize, (e.millis() as f64 * share).round() as u64)
            })
        };
        let goals = ends(end);
        // The best complete way so far and the node where it leaves the network.
        let mut best: (u64, Option<usize>) = (UNREACHED, None);
        if start.edge == end.edge {
            let millis = self.edges()[start.edge].millis() as f64;
            best.0 = (millis * (end.share - start.share).abs()).round() as u64;
        }
        // Nothing is quicker than flying at the greatest speed; the haircut keeps rounding on the safe side.
        let per_metre = 3590.0 / f64::from(self.fastest_kmh());
        let hope = |node: usize| (self.nodes()[node].near_distance_m(end.point) * per_metre) as u64;
        let mut cost = vec![UNREACHED; self.nodes().len()];
        let mut came = vec![(NOBODY, NOBODY); self.nodes().len()];
        let mut open = BinaryHeap::new();
        for (node, millis) in ends(start) {
            if millis < cost[node] {
                cost[node] = millis;
                open.push(Reverse((millis.saturating_add(hope(node)), node, millis)));
            }
        }
        while let Some(Reverse((estimate, node, millis))) = open.pop() {
            if estimate >= best.0 {
                break;
            }
            if millis > cost[node] {
                continue;
            }
            for (goal, rest) in goals {
                if goal == node && millis + rest < best.0 {
                    best = (millis + rest, Some(node));
                }
            }
            for (next, edge) in self.links(node) {
                let total = millis + self.edges()[edge].millis();
                if total < cost[next] && !avoid.blocks(self, edge) {
                    cost[next] = total;
                    came[next] = (node as u32, edge as u32);
                    open.push(Reverse((total.saturating_add(hope(next)), next, total)));
                }
            }
        }
        if best.0 == UNREACHED {
            return None;
        }
        let mut nodes = Vec::new();
        let mut at = best.1;
        while let Some(node) = at {
            let (before, edge) = came[node];
            at = (before != NOBODY).then_some(before as usize);
            nodes.push((node, at.map(|_| edge as usize)));
        }
        nodes.reverse();
        Some(nodes)
    }
}

/// Share of a snapped edge between the snapped place and one of its ends.
fn share_to(snap: &Snap, from: u32, node: usize) -> f64 {
    if from as usize == node { snap.share } else { 1.0 - snap.share }
}

fn part(length_dm: u32, share: f64) -> u32 {
    (f64::from(length_dm) * share).round() as u32
}
