use proptest::prelude::*;

use super::*;

fn graph(nodes: &[(&str, i64, i64)], flows: &[(&str, &str, i64)]) -> Graph {
    let nodes = nodes.iter().map(|(id, initial_g, remaining_g)| Node {
        id: (*id).to_owned(),
        initial_g: *initial_g,
        remaining_g: *remaining_g,
    });
    let flows = flows.iter().map(|(src, dst, mass_g)| Flow {
        src: (*src).to_owned(),
        dst: (*dst).to_owned(),
        mass_g: *mass_g,
    });
    Graph::build(nodes, flows).expect("complete")
}

fn own(trace: &Trace) -> Vec<(&str, i64)> {
    trace.terminals().map(|n| (n.id.as_str(), n.own_g)).collect()
}

#[test]
fn a_diamond_adds_up() {
    // a(100) and b(50) merge into m(150); m splits into x(60) and y(90); both end in z(150).
    let g = graph(
        &[("a", 100, 0), ("b", 50, 0), ("m", 150, 0), ("x", 60, 0), ("y", 90, 0), ("z", 150, 150)],
        &[("a", "m", 100), ("b", "m", 50), ("m", "x", 60), ("m", "y", 90), ("x", "z", 60), ("y", "z", 90)],
    );
    let back = g.trace("z", Direction::Backward).expect("sound");
    assert_eq!(own(&back), [("a", 100), ("b", 50)]);
    let x = g.trace("x", Direction::Backward).expect("sound");
    assert_eq!(own(&x), [("a", 40), ("b", 20)]);
    let forward = g.trace("b", Direction::Forward).expect("sound");
    assert_eq!(own(&forward), [("z", 50)]);
    let edge = |src: &str| forward.flows.iter().find(|f| f.src == src).map(|f| f.attributed_g);
    assert_eq!((edge("m"), edge("x"), edge("y")), (Some(20), Some(20), Some(30)));
}

#[test]
fn a_part_that_stays_is_an_end() {
    let g = graph(&[("a", 100, 40), ("t", 60, 60)], &[("a", "t", 60)]);
    assert_eq!(own(&g.trace("a", Direction::Forward).expect("sound")), [("a", 40), ("t", 60)]);
    assert_eq!(own(&g.trace("a", Direction::Backward).expect("sound")), [("a", 100)]);
    assert_eq!(g.remaining("a"), Some(40));
}

#[test]
fn rounding_is_by_largest_remainder_and_exact() {
    let g = graph(
        &[("a", 1, 0), ("b", 1, 0), ("c", 1, 0), ("m", 3, 0), ("x", 1, 1), ("y", 2, 2)],
        &[("a", "m", 1), ("b", "m", 1), ("c", "m", 1), ("m", "x", 1), ("m", "y", 2)],
    );
    assert_eq!(own(&g.trace("x", Direction::Backward).expect("sound")), [("a", 1)]);
    assert_eq!(own(&g.trace("y", Direction::Backward).expect("sound")), [("a", 1), ("b", 1)]);
}

#[test]
fn contradictions_are_said() {
    let g = graph(&[("a", 10, 0), ("b", 10, 0)], &[("a", "b", 10), ("b", "a", 10)]);
    assert_eq!(g.trace("a", Direction::Forward), Err(TraceError::Cycle("a".into())));
    let g = graph(&[("a", 10, 0), ("b", 20, 20)], &[("a", "b", 20)]);
    assert_eq!(g.trace("a", Direction::Forward), Err(TraceError::Unbalanced("a".into())));
    assert_eq!(g.trace("q", Direction::Forward), Err(TraceError::Unknown("q".into())));
    let dangling = Graph::build([], [Flow { src: "a".into(), dst: "b".into(), mass_g: 1 }]);
    assert_eq!(dangling.err(), Some(TraceError::Dangling("a".into())));
}

/// A random genealogy: sources, then lots that each take parts of earlier ones.
#[derive(Clone, Debug)]
struct Random {
    initial: Vec<i64>,
    remaining: Vec<i64>,
    flows: Vec<(usize, usize, i64)>,
}

impl Random {
    fn graph(&self) -> Graph {
        let nodes = self.initial.iter().zip(&self.remaining).enumerate();
        let nodes = nodes.map(|(n, (i, r))| Node { id: n.to_string(), initial_g: *i, remaining_g: *r });
        let flows =
            self.flows.iter().map(|(s, d, m)| Flow { src: s.to_string(), dst: d.to_string(), mass_g: *m });
        Graph::build(nodes, flows).expect("complete")
    }

    /// Composition of every node by its origins in exact fractions; `None` when they outgrow 128 bits.
    fn composition(&self) -> Option<Vec<Vec<Ratio>>> {
        let n = self.initial.len();
        let mut mix = vec![vec![Ratio(0, 1); n]; n];
        for node in 0..n {
            let inflow: i64 = self.flows.iter().filter(|f| f.1 == node).map(|f| f.2).sum();
            mix[node][node] = Ratio(i128::from(self.initial[node] - inflow), 1);
            for (src, _, mass) in self.flows.iter().filter(|f| f.1 == node) {
                let fraction = Ratio(i128::from(*mass), i128::from(self.initial[*src]));
                let source = mix[*src].clone();
                for (part, from) in mix[node].iter_mut().zip(source) {
                    *part = part.plus(from.times(fraction)?)?;
                }
            }
        }
        Some(mix)
    }
}

/// A fraction in lowest terms.
#[derive(Clone, Copy, Debug)]
struct Ratio(i128, i128);

impl Ratio {
    fn lowest(n: i128, d: i128) -> Self {
        let (mut a, mut b) = (n.abs(), d);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Self(n / a.max(1), d / a.max(1))
    }

    fn plus(self, other: Self) -> Option<Self> {
        let n = self.0.checked_mul(other.1)?.checked_add(other.0.checked_mul(self.1)?)?;
        Some(Self::lowest(n, self.1.checked_mul(other.1)?))
    }

    fn times(self, other: Self) -> Option<Self> {
        let (a, b) = (Self::lowest(self.0, other.1), Self::lowest(other.0, self.1));
        Some(Self::lowest(a.0.checked_mul(b.0)?, a.1.checked_mul(b.1)?))
    }

    /// Whether a whole number lies within `slack` of it.
    fn near(self, whole: i64, slack: usize) -> Option<bool> {
        let off = i128::from(whole).checked_mul(self.1)?.checked_sub(self.0)?;
        Some(off.abs() <= self.1.checked_mul(slack as i128)?)
    }
}

fn random() -> impl Strategy<Value = Random> {
    let sources = proptest::collection::vec(1_i64..300, 1..5);
    let steps =
        proptest::collection::vec(proptest::collection::vec((0_usize..100, 1_i64..=100), 1..4), 0..10);
    (sources, steps).prop_map(|(initial, steps)| {
        let mut r = Random { remaining: initial.clone(), initial, flows: Vec::new() };
        for takes in steps {
            let node = r.initial.len();
            let mut total = 0;
            for (pick, percent) in takes {
                let src = pick % node;
                let mass = (r.remaining[src] * percent / 100).max(i64::from(r.remaining[src] > 0));
                if mass > 0 && !r.flows.iter().any(|f| (f.0, f.1) == (src, node)) {
                    r.remaining[src] -= mass;
                    r.flows.push((src, node, mass));
                    total += mass;
                }
            }
            if total > 0 {
                r.initial.push(total);
                r.remaining.push(total);
            }
        }
        r
    })
}

proptest! {
    #[test]
    fn both_ways_add_up_and_follow_the_oracle(r in random(), pick in 0_usize..100) {
        let (g, n) = (r.graph(), r.initial.len());
        let root = pick % n;
        let Some(mix) = r.composition() else { return Err(TestCaseError::reject("fractions too long")) };
        let back = g.trace(&root.to_string(), Direction::Backward).expect("sound");
        prop_assert_eq!(back.nodes.iter().map(|s| s.own_g).sum::<i64>(), r.initial[root]);
        for share in &back.nodes {
            let origin: usize = share.id.parse().expect("number");
            prop_assert_eq!(mix[root][origin].near(share.own_g, n), Some(true), "origin {}", origin);
        }
        let forward = g.trace(&root.to_string(), Direction::Forward).expect("sound");
        prop_assert_eq!(forward.nodes.iter().map(|s| s.own_g).sum::<i64>(), r.initial[root]);
        for share in &forward.nodes {
            let node: usize = share.id.parse().expect("number");
            prop_assert!(share.own_g <= r.remaining[node]);
        }
        for flow in back.flows.iter().chain(&forward.flows) {
            prop_assert!(0 <= flow.attributed_g && flow.attributed_g <= flow.mass_g);
        }
        // What passes through a node is what its flows on the root's side bring.
        for share in forward.nodes.iter().skip(1) {
            let brought: i64 = forward.flows.iter().filter(|f| f.dst == share.id).map(|f| f.attributed_g).sum();
            prop_assert_eq!(brought, share.through_g);
        }
        prop_assert_eq!(g.trace(&root.to_string(), Direction::Forward).expect("sound"), forward);
    }
}
