//! Where a lot came from and what became of it, to the gram. A compact graph (CSR both ways) is walked
//! backward to every origin and forward to every end. Mass mixes in proportion: of what left a lot, each part
//! has the lot's own composition. Shares are whole grams by largest remainder in topological order, so that
//! they add up exactly and come out the same on every machine; nothing here may lose or invent a gram.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use crate::quantity::allocate;

/// A node of the genealogy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Lot id.
    pub id: String,
    /// All mass that ever came in, in grams.
    pub initial_g: i64,
    /// Mass that is still in it, in grams.
    pub remaining_g: i64,
}

/// A flow between two lots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// From.
    pub src: String,
    /// Into.
    pub dst: String,
    /// Grams.
    pub mass_g: i64,
}

/// Which way to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the origins.
    Backward,
    /// To the ends.
    Forward,
}

/// The record contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceError {
    /// No such lot.
    Unknown(String),
    /// A flow names a lot that is not here.
    Dangling(String),
    /// A lot flows into itself, directly or around.
    Cycle(String),
    /// More mass flows than the lot has.
    Unbalanced(String),
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "no lot {id}"),
            Self::Dangling(id) => write!(f, "a flow names the missing lot {id}"),
            Self::Cycle(id) => write!(f, "lot {id} flows into itself"),
            Self::Unbalanced(id) => write!(f, "the flows of lot {id} do not add up"),
        }
    }
}

impl std::error::Error for TraceError {}

/// Share of the root's mass that a node has to do with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Lot id.
    pub id: String,
    /// Grams of the root's mass that passed through the node.
    pub through_g: i64,
    /// Grams of the root's mass that began (backward) or stay (forward) in the node.
    pub own_g: i64,
}

/// A flow with the part of it that belongs to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributedFlow {
    /// From.
    pub src: String,
    /// Into.
    pub dst: String,
    /// Grams that flowed.
    pub mass_g: i64,
    /// Grams of them that ended in the root (backward) or came from it (forward).
    pub attributed_g: i64,
}

/// Everything on one side of a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The lot.
    pub root: String,
    /// Its initial mass in grams: the sum of all `own_g`.
    pub root_g: i64,
    /// Nodes from the root outward, the root first.
    pub nodes: Vec<Share>,
    /// Flows.
    pub flows: Vec<AttributedFlow>,
}

impl Trace {
    /// The nodes where the root's mass began or stays.
    pub fn terminals(&self) -> impl Iterator<Item = &Share> {
        self.nodes.iter().filter(|n| n.own_g > 0)
    }
}

/// The genealogy of many lots, compact and frozen.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    ids: Vec<String>,
    index: BTreeMap<String, u32>,
    initial: Vec<i64>,
    remaining: Vec<i64>,
    /// Flow numbers by source, and by destination.
    out: Csr,
    into: Csr,
    flows: Vec<(u32, u32, i64)>,
}

/// Compressed adjacency: the flows of node `n` are `edges[offsets[n]..offsets[n + 1]]`.
#[derive(Clone, Debug, Default)]
struct Csr {
    offsets: Vec<u32>,
    edges: Vec<u32>,
}

impl Csr {
    fn build(nodes: usize, ends: impl Iterator<Item = u32> + Clone) -> Self {
        let mut offsets = vec![0_u32; nodes + 1];
        for node in ends.clone() {
            if let Some(slot) = offsets.get_mut(node as usize + 1) {
                *slot += 1;
            }
        }
        let mut total = 0;
        for slot in &mut offsets {
            total += *slot;
            *slot = total;
        }
        let mut next = offsets.clone();
        let mut edges = vec![0_u32; total as usize];
        for (flow, node) in (0_u32..).zip(ends) {
            if let Some(slot) = next.get_mut(node as usize) {
                if let Some(place) = edges.get_mut(*slot as usize) {
                    *place = flow;
                }
                *slot += 1;
            }
        }
        Self { offsets, edges }
    }

    fn of(&self, node: u32) -> &[u32] {
        let at = |n: usize| self.offsets.get(n).map_or(0, |o| *o as usize);
        self.edges.get(at(node as usize)..at(node as usize + 1)).unwrap_or_default()
    }
}

impl Graph {
    /// Builds the graph. The order of the flows decides ties of rounding, so give them in a stable order.
    ///
    /// # Errors
    /// [`TraceError::Dangling`] when a flow names a node that is not given.
    pub fn build(
        nodes: impl IntoIterator<Item = Node>,
        flows: impl IntoIterator<Item = Flow>,
    ) -> Result<Self, TraceError> {
        let mut graph = Self::default();
        for node in nodes {
            let number = u32::try_from(graph.ids.len()).unwrap_or(u32::MAX);
            if graph.index.insert(node.id.clone(), number).is_none() {
                graph.ids.push(node.id);
                graph.initial.push(node.initial_g);
                graph.remaining.push(node.remaining_g);
            }
        }
        for flow in flows {
            let number =
                |id: &str| graph.index.get(id).copied().ok_or_else(|| TraceError::Dangling(id.to_owned()));
            let ends = (number(&flow.src)?, number(&flow.dst)?, flow.mass_g);
            graph.flows.push(ends);
        }
        graph.out = Csr::build(graph.ids.len(), graph.flows.iter().map(|f| f.0));
        graph.into = Csr::build(graph.ids.len(), graph.flows.iter().map(|f| f.1));
        Ok(graph)
    }

    /// Follows a lot to its origins or its ends.
    ///
    /// # Errors
    /// When the lot is unknown or the record contradicts itself.
    pub fn trace(&self, root: &str, direction: Direction) -> Result<Trace, TraceError> {
        let start = self.index.get(root).copied().ok_or_else(|| TraceError::Unknown(root.to_owned()))?;
        let order = self.order(start, direction)?;
        let root_g = self.initial_of(start);
        let mut through: BTreeMap<u32, i64> = BTreeMap::from([(start, root_g)]);
        let mut trace = Trace { root: root.to_owned(), root_g, nodes: Vec::new(), flows: Vec::new() };
        for node in order {
            let share = through.get(&node).copied().unwrap_or(0);
            let flows = self.next(node, direction);
            let mut weights: Vec<i64> = flows.iter().map(|f| self.flow(*f).2).collect();
            let flowing = weights.iter().fold(0_i64, |sum, w| sum.saturating_add(*w));
            // What is no flow began here (backward) or stays here (forward).
            let own = self.initial_of(node).checked_sub(flowing).filter(|own| *own >= 0);
            let own = own.ok_or_else(|| self.unbalanced(node))?;
            weights.push(own);
            let mut shares = allocate(share, &weights).ok_or_else(|| self.unbalanced(node))?;
            let own_g = shares.pop().unwrap_or(0);
            for (flow, attributed_g) in flows.iter().zip(shares) {
                let (src, dst, mass_g) = self.flow(*flow);
                let far = if direction == Direction::Backward { src } else { dst };
                *through.entry(far).or_default() += attributed_g;
                trace.flows.push(AttributedFlow {
                    src: self.id(src),
                    dst: self.id(dst),
                    mass_g,
                    attributed_g,
                });
            }
            trace.nodes.push(Share { id: self.id(node), through_g: share, own_g });
        }
        Ok(trace)
    }

    /// Mass that is still in a lot.
    pub fn remaining(&self, id: &str) -> Option<i64> {
        let number = self.index.get(id)?;
        self.remaining.get(*number as usize).copied()
    }

    /// The closure of a node, each node after all that lead to it from the root's side.
    fn order(&self, start: u32, direction: Direction) -> Result<Vec<u32>, TraceError> {
        let mut waiting: BTreeMap<u32, u32> = BTreeMap::from([(start, 0)]);
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for flow in self.next(node, direction) {
                let far = self.far(*flow, direction);
                match waiting.get_mut(&far) {
                    Some(count) => *count += 1,
                    None => {
                        waiting.insert(far, 1);
                        queue.push_back(far);
                    }
                }
            }
        }
        let total = waiting.len();
        let mut order = Vec::with_capacity(total);
        // A flow back into the root is a cycle and leaves its count above zero.
        if waiting.get(&start) == Some(&0) {
            queue.push_back(start);
        }
        while let Some(node) = queue.pop_front() {
            order.push(node);
            for flow in self.next(node, direction) {
                let far = self.far(*flow, direction);
                if let Some(count) = waiting.get_mut(&far) {
                    *count -= 1;
                    if *count == 0 {
                        queue.push_back(far);
                    }
                }
            }
        }
        if order.len() == total { Ok(order) } else { Err(TraceError::Cycle(self.id(start))) }
    }

    fn next(&self, node: u32, direction: Direction) -> &[u32] {
        match direction {
            Direction::Backward => self.into.of(node),
            Direction::Forward => self.out.of(node),
        }
    }

    fn far(&self, flow: u32, direction: Direction) -> u32 {
        let (src, dst, _) = self.flow(flow);
        if direction == Direction::Backward { src } else { dst }
    }

    fn flow(&self, flow: u32) -> (u32, u32, i64) {
        self.flows.get(flow as usize).copied().unwrap_or((0, 0, 0))
    }

    fn initial_of(&self, node: u32) -> i64 {
        self.initial.get(node as usize).copied().unwrap_or(0)
    }

    fn id(&self, node: u32) -> String {
        self.ids.get(node as usize).cloned().unwrap_or_default()
    }

    fn unbalanced(&self, node: u32) -> TraceError {
        TraceError::Unbalanced(self.id(node))
    }
}

#[cfg(test)]
mod tests;
