//! The network itself: crossings and the straight stretches between them, with look-ups by place.

use serde::{Deserialize, Serialize};

use crate::bounds::Bounds;
use crate::plane::{Plane, origin_to_segment};
use crate::point::Point;
use crate::roads::RoadClass;
use crate::tree::Tree;

/// Half sides of the windows in which the nearest thing is looked for, metres; after them everything is scanned.
const WINDOWS_M: [f64; 5] = [200.0, 600.0, 1_800.0, 5_400.0, 16_200.0];

/// A stretch of road between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// One end, a place in the list of nodes.
    pub from: u32,
    /// The other end.
    pub to: u32,
    /// Length in decimetres. [`RoadGraph::new`] raises it to the straight way between the ends.
    pub length_dm: u32,
    /// Kind of road.
    pub class: RoadClass,
    /// Speed, km/h.
    pub speed_kmh: u8,
}

impl Edge {
    /// A straight stretch at the usual speed of its class.
    pub const fn straight(from: u32, to: u32, class: RoadClass) -> Self {
        Self { from, to, length_dm: 0, class, speed_kmh: class.speed_kmh() }
    }

    /// Length in metres.
    pub fn length_m(&self) -> f64 {
        f64::from(self.length_dm) / 10.0
    }

    /// Milliseconds to drive it.
    pub(super) fn millis(&self) -> u64 {
        u64::from(self.length_dm) * 360 / u64::from(self.speed_kmh.max(1))
    }
}

/// Why nodes and edges are no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// An edge ends at a node that does not exist.
    #[error("edge {0} ends nowhere")]
    NoNode(usize),
    /// An edge on which nobody moves.
    #[error("edge {0} has no speed")]
    NoSpeed(usize),
    /// A stored form that does not add up.
    #[error("stored network is damaged")]
    Damaged,
}

/// The place on a road nearest to a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snap {
    /// The stretch, a place in the list of edges.
    pub edge: usize,
    /// Share of the stretch from its `from` end.
    pub share: f64,
    /// The place on the road.
    pub point: Point,
    /// Metres to it.
    pub distance_m: f64,
}

/// A road network. Its stored form is compact: node coordinates as differences, five numbers an edge.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct RoadGraph {
    nodes: Vec<Point>,
    edges: Vec<Edge>,
    /// Links of node `i`: `links[starts[i]..starts[i + 1]]`.
    starts: Vec<u32>,
    /// Neighbour and edge.
    links: Vec<(u32, u32)>,
    node_tree: Tree,
    edge_tree: Tree,
    fastest_kmh: u8,
}

impl PartialEq for RoadGraph {
    fn eq(&self, other: &Self) -> bool {
        self.nodes == other.nodes && self.edges == other.edges
    }
}

impl RoadGraph {
    /// Puts a network together.
    ///
    /// # Errors
    /// An edge without its nodes or without speed.
    pub fn new(nodes: Vec<Point>, edges: Vec<Edge>) -> Result<Self, GraphError> {
        for (i, edge) in edges.iter().enumerate() {
            if edge.from.max(edge.to) as usize >= nodes.len() {
                return Err(GraphError::NoNode(i));
            }
            if edge.speed_kmh == 0 {
                return Err(GraphError::NoSpeed(i));
            }
        }
        Ok(Self::assemble(nodes, edges))
    }

    /// The same for edges that are known to be sound.
    pub(super) fn assemble(nodes: Vec<Point>, mut edges: Vec<Edge>) -> Self {
        let ends = |e: &Edge| (nodes[e.from as usize], nodes[e.to as usize]);
        for edge in &mut edges {
            let (a, b) = ends(edge);
            edge.length_dm = edge.length_dm.max((a.near_distance_m(b) * 10.0).round() as u32);
        }
        let mut starts = vec![0u32; nodes.len() + 1];
        for edge in &edges {
            starts[edge.from as usize + 1] += 1;
            starts[edge.to as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut links = vec![(0, 0); edges.len() * 2];
        for (i, edge) in (0u32..).zip(&edges) {
            for (here, there) in [(edge.from, edge.to), (edge.to, edge.from)] {
                links[next[here as usize] as usize] = (there, i);
                next[here as usize] += 1;
            }
        }
        let node_boxes: Vec<Bounds> = nodes.iter().map(|p| Bounds::of(*p)).collect();
        let boxed = |e: &Edge| {
            let (a, b) = ends(e);
            Bounds::of(a).union(Bounds::of(b))
        };
        let edge_boxes: Vec<Bounds> = edges.iter().map(boxed).collect();
        let fastest_kmh = edges.iter().map(|e| e.speed_kmh).max().unwrap_or(1);
        let (node_tree, edge_tree) = (Tree::build(&node_boxes), Tree::build(&edge_boxes));
        Self { nodes, edges, starts, links, node_tree, edge_tree, fastest_kmh }
    }

    /// The nodes.
    pub fn nodes(&self) -> &[Point] {
        &self.nodes
    }

    /// The edges.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Greatest speed of any edge, km/h.
    pub(super) fn fastest_kmh(&self) -> u8 {
        self.fastest_kmh
    }

    /// Neighbours of a node, each with the edge to it.
    pub fn links(&self, node: usize) -> impl Iterator<Item = (usize, usize)> {
        let range = match (self.starts.get(node), self.starts.get(node + 1)) {
            (Some(from), Some(to)) => *from as usize..*to as usize,
            _ => 0..0,
        };
        self.links[range].iter().map(|(n, e)| (*n as usize, *e as usize))
    }

    /// The ends of an edge.
    pub(super) fn ends(&self, edge: usize) -> (Point, Point) {
        let e = &self.edges[edge];
        (self.nodes[e.from as usize], self.nodes[e.to as usize])
    }

    /// The nearest node and the metres to it; `None` for an empty network.
    pub fn nearest_node(&self, point: Point) -> Option<(usize, f64)> {
        nearest(&self.node_tree, self.nodes.len(), point, |i| Some(point.near_distance_m(self.nodes[i])))
    }

    /// The nearest place on a road; `None` for a network without edges.
    pub fn snap(&self, point: Point) -> Option<Snap> {
        self.snap_where(point, |_| true)
    }

    /// The nearest place on a road that pleases.
    pub(super) fn snap_where(&self, point: Point, mut pleases: impl FnMut(usize) -> bool) -> Option<Snap> {
        let sheet = Plane::at(point);
        let measure = |i: usize| {
            let (a, b) = self.ends(i);
            origin_to_segment(sheet.xy(a), sheet.xy(b))
        };
        let near = |i: usize| pleases(i).then(|| measure(i).0);
        let (edge, distance_m) = nearest(&self.edge_tree, self.edges.len(), point, near)?;
        let (share, (a, b)) = (measure(edge).1, self.ends(edge));
        Some(Snap { edge, share, point: a.interpolate(b, share), distance_m })
    }
}

/// The nearest of `count` things; of equally near ones the first.
fn nearest(
    tree: &Tree,
    count: usize,
    point: Point,
    mut distance: impl FnMut(usize) -> Option<f64>,
) -> Option<(usize, f64)> {
    let mut best: Option<(usize, f64)> = None;
    let mut weigh = |i: usize, best: &mut Option<(usize, f64)>| {
        if let Some(d) = distance(i)
            && best.is_none_or(|(j, b)| d < b || d == b && i < j)
        {
            *best = Some((i, d));
        }
    };
    for metres in WINDOWS_M {
        tree.visit(&Bounds::of_disc(point, metres), &mut |i| weigh(i, &mut best));
        // Something outside the window may be nearer than something in its corner.
        if best.is_some_and(|(_, d)| d <= metres) {
            return best;
        }
    }
    (0..count).for_each(|i| weigh(i, &mut best));
    best
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// Latitude and longitude by turns, micro-degrees, each less the one before.
    nodes: Vec<i64>,
    /// From, to, decimetres, class, km/h.
    edges: Vec<(u32, u32, u32, u8, u8)>,
}

impl From<RoadGraph> for Raw {
    fn from(graph: RoadGraph) -> Self {
        let (mut lat, mut lon) = (0, 0);
        let mut nodes = Vec::with_capacity(graph.nodes.len() * 2);
        for p in &graph.nodes {
            let here = (i64::from(p.lat_e6()), i64::from(p.lon_e6()));
            nodes.extend([here.0 - lat, here.1 - lon]);
            (lat, lon) = here;
        }
        let row = |e: &Edge| (e.from, e.to, e.length_dm, e.class as u8, e.speed_kmh);
        Self { nodes, edges: graph.edges.iter().map(row).collect() }
    }
}

impl TryFrom<Raw> for RoadGraph {
    type Error = GraphError;
    fn try_from(raw: Raw) -> Result<Self, GraphError> {
        if !raw.nodes.len().is_multiple_of(2) {
            return Err(GraphError::Damaged);
        }
        let (mut lat, mut lon) = (0i64, 0i64);
        let mut nodes = Vec::with_capacity(raw.nodes.len() / 2);
        for pair in raw.nodes.chunks_exact(2) {
            (lat, lon) = (lat.saturating_add(pair[0]), lon.saturating_add(pair[1]));
            let (Ok(lat), Ok(lon)) = (i32::try_from(lat), i32::try_from(lon)) else {
                return Err(GraphError::Damaged);
            };
            nodes.push(Point::from_e6(lat, lon).map_err(|_| GraphError::Damaged)?);
        }
        let edge = |&(from, to, length_dm, class, speed_kmh): &(u32, u32, u32, u8, u8)| {
            let class = RoadClass::ALL.get(usize::from(class)).copied().ok_or(GraphError::Damaged)?;
            Ok(Edge { from, to, length_dm, class, speed_kmh })
        };
        let edges = raw.edges.iter().map(edge).collect::<Result<_, GraphError>>()?;
        Self::new(nodes, edges)
    }
}
