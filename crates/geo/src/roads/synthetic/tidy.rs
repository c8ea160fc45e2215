//! Making one network of the pieces that the outline left: join, prune, renumber. Nothing here is by chance.

use crate::point::Point;
use crate::roads::{Edge, RoadClass};

/// A piece of fewer nodes is dropped rather than joined, unless it holds a seat.
const CRUMB: usize = 4;
/// Rounds in which dead ends are shortened.
const ROUNDS: usize = 2;

/// Joins pieces to the largest one by the shortest link of at most `reach` metres that `holds`; drops the edges of
/// those that cannot be joined.
pub(super) fn connect(
    nodes: &[Point],
    edges: &mut Vec<Edge>,
    fixed: &[bool],
    reach: f64,
    holds: impl Fn(Point, Point) -> bool,
) {
    let mut pieces = pieces(nodes.len(), edges);
    // Largest first; of equal ones that with the lowest node.
    pieces.sort_by_key(|p| (std::cmp::Reverse(p.len()), p.first().copied()));
    let mut pieces = pieces.into_iter();
    let Some(mut main) = pieces.next() else { return };
    for piece in pieces {
        if piece.len() < CRUMB && !piece.iter().any(|n| fixed[*n as usize]) {
            continue;
        }
        let pairs = piece.iter().flat_map(|a| main.iter().map(move |b| (*a, *b)));
        let long = |(a, b): (u32, u32)| (nodes[a as usize].near_distance_m(nodes[b as usize]), a, b);
        let near = pairs.map(long).filter(|l| l.0 <= reach).min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, a, b)) = near.filter(|(_, a, b)| holds(nodes[*a as usize], nodes[*b as usize])) {
            edges.push(Edge::straight(a, b, RoadClass::Local));
            main.extend(piece);
        }
    }
    let mut kept = vec![false; nodes.len()];
    main.iter().for_each(|n| kept[*n as usize] = true);
    edges.retain(|e| kept[e.from as usize]);
}

/// The sets of nodes that hang together; nodes without an edge only where alone they are a piece of one.
fn pieces(count: usize, edges: &[Edge]) -> Vec<Vec<u32>> {
    let mut parent: Vec<u32> = (0..count as u32).collect();
    fn root(parent: &mut [u32], mut at: u32) -> u32 {
        while parent[at as usize] != at {
            parent[at as usize] = parent[parent[at as usize] as usize];
            at = parent[at as usize];
        }
        at
    }
    for e in edges {
        let (a, b) = (root(&mut parent, e.from), root(&mut parent, e.to));
        parent[a.max(b) as usize] = a.min(b);
    }
    let mut sets = vec![Vec::new(); count];
    for node in 0..count as u32 {
        sets[root(&mut parent, node) as usize].push(node);
    }
    sets.retain(|s| !s.is_empty());
    sets
}

/// Shortens dead ends of local roads that lead to no seat.
pub(super) fn prune(nodes: &[Point], edges: &mut Vec<Edge>, fixed: &[bool]) {
    for _ in 0..ROUNDS {
        let mut degree = vec![0; nodes.len()];
        for e in edges.iter() {
            degree[e.from as usize] += 1;
            degree[e.to as usize] += 1;
        }
        let dead = |n: u32| degree[n as usize] == 1 && !fixed[n as usize];
        // A road of two ends is no dead end.
        edges.retain(|e| e.class != RoadClass::Local || dead(e.from) == dead(e.to));
    }
}

/// Renumbers nodes so that none is without an edge.
pub(super) fn compact(nodes: Vec<Point>, mut edges: Vec<Edge>) -> (Vec<Point>, Vec<Edge>) {
    let mut used = vec![false; nodes.len()];
    for e in &edges {
        used[e.from as usize] = true;
        used[e.to as usize] = true;
    }
    let mut ids = vec![0; nodes.len()];
    let mut kept = Vec::new();
    for (i, point) in nodes.into_iter().enumerate().filter(|(i, _)| used[*i]) {
        ids[i] = kept.len() as u32;
        kept.push(point);
    }
    for e in &mut edges {
        (e.from, e.to) = (ids[e.from as usize], ids[e.to as usize]);
    }
    (kept, edges)
}
