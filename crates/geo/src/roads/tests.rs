use proptest::prelude::*;

use super::*;
use crate::point::Point;
use crate::point::tests::p;
use crate::zone::Shape;
use crate::zone::tests::{county, seats};

/// A ladder: nodes 0 1 2 in the south, 3 4 5 in the north, 0.01° apart; the northern rail is an expressway.
fn ladder() -> RoadGraph {
    let nodes = vec![p(0.0, 0.0), p(0.0, 0.01), p(0.0, 0.02), p(0.01, 0.0), p(0.01, 0.01), p(0.01, 0.02)];
    use RoadClass::{Expressway, Local};
    let edges = [
        (0, 1, Local),
        (1, 2, Local),
        (3, 4, Expressway),
        (4, 5, Expressway),
        (0, 3, Local),
        (1, 4, Local),
        (2, 5, Local),
    ];
    RoadGraph::new(nodes, edges.iter().map(|(a, b, c)| Edge::straight(*a, *b, *c)).collect()).unwrap()
}

/// One step of the ladder, metres.
const STEP: f64 = 1111.95;

#[test]
fn look_ups_by_hand() {
    let graph = ladder();
    assert_eq!(graph.edges()[0].length_dm, 11_120);
    assert_eq!(graph.links(1).map(|l| l.0).collect::<Vec<_>>(), [0, 2, 4]);
    assert_eq!(graph.links(99).count(), 0);
    let (node, away) = graph.nearest_node(p(0.0105, 0.02)).unwrap();
    assert_eq!(node, 5);
    assert!((away - 55.6).abs() < 0.1);
    let snap = graph.snap(p(0.001, 0.0025)).unwrap();
    assert_eq!((snap.edge, snap.point), (0, p(0.0, 0.0025)));
    assert!((snap.share - 0.25).abs() < 1e-6 && (snap.distance_m - 111.195).abs() < 0.01);
    // Far from everything the scan answers.
    assert_eq!(graph.nearest_node(p(-50.0, 0.0)).unwrap().0, 0);
    assert!(RoadGraph::default().snap(p(0.0, 0.0)).is_none());
    assert!(RoadGraph::default().route(p(0.0, 0.0), p(0.0, 1.0), &[]).is_none());
}

#[test]
fn ways_by_hand() {
    let graph = ladder();
    // From corner to corner: two steps of expressway and one of street.
    let way = graph.route(p(0.0, 0.0), p(0.01, 0.02), &[]).unwrap();
    assert_eq!(way.points(), [p(0.0, 0.0), p(0.01, 0.0), p(0.01, 0.01), p(0.01, 0.02)]);
    assert!((way.length_m() - 3.0 * STEP).abs() < 0.2);
    assert!((way.seconds() - STEP * 3.6 * (1.0 / 35.0 + 2.0 / 90.0)).abs() < 0.1);
    // Along one stretch, starting and ending beside the road.
    let way = graph.route(p(0.0002, 0.002), p(0.0002, 0.006), &[]).unwrap();
    assert_eq!(way.points(), [p(0.0002, 0.002), p(0.0, 0.002), p(0.0, 0.006), p(0.0002, 0.006)]);
    assert!((way.length_m() - 444.8 - 2.0 * 22.2).abs() < 0.3);
    // A zone on the first expressway stretch sends it by the middle rung; one on the middle node blocks that,
    // too, and both rails; then there is no way.
    let first = Shape::circle(p(0.01, 0.005), 100.0).unwrap();
    let way = graph.route(p(0.0, 0.0), p(0.01, 0.02), &[&first]).unwrap();
    assert_eq!(way.points(), [p(0.0, 0.0), p(0.0, 0.01), p(0.01, 0.01), p(0.01, 0.02)]);
    let wall = Shape::polygon(vec![vec![
        p(-0.01, 0.008),
        p(-0.01, 0.012),
        p(0.02, 0.012),
        p(0.02, 0.008),
        p(-0.01, 0.008),
    ]])
    .unwrap();
    assert!(graph.route(p(0.0, 0.0), p(0.01, 0.02), &[&wall]).is_none());
    assert!(graph.route(p(0.0, 0.0), p(1.0, 1.0), &[]).is_none(), "111 km from every road");
}

#[test]
fn a_place_along_a_way() {
    let way = ladder().route(p(0.0, 0.0), p(0.01, 0.02), &[]).unwrap();
    let at = way.at(STEP / 2.0);
    assert!(at.point.distance_m(p(0.005, 0.0)) < 0.2);
    assert_eq!((at.heading_deg, at.speed_kmh), (0.0, 35));
    let at = way.at(1.5 * STEP);
    assert!(at.point.distance_m(p(0.01, 0.005)) < 0.2);
    assert!((at.heading_deg - 90.0).abs() < 0.01 && at.speed_kmh == 90);
    assert_eq!(way.at(-5.0).point, p(0.0, 0.0));
    assert_eq!(way.at(f64::NAN).point, p(0.0, 0.0));
    assert_eq!(way.at(f64::INFINITY).point, p(0.01, 0.02));
    let nowhere = ladder().route(p(0.0, 0.0), p(0.0, 0.0), &[]).unwrap();
    assert_eq!((nowhere.length_m(), nowhere.seconds()), (0.0, 0.0));
    assert_eq!(nowhere.at(3.0).point, p(0.0, 0.0));
    let own = Route::along(&[p(0.0, 0.0), p(0.0, 0.01)], 36).unwrap();
    assert!((own.seconds() - 111.2).abs() < 0.01);
    assert!(Route::along(&[p(0.0, 0.0)], 36).is_none() && Route::along(&[], 36).is_none());
}

#[test]
fn stored_forms() {
    let graph = ladder();
    let text = serde_json::to_string(&graph).unwrap();
    assert!(text.starts_with(r#"{"nodes":[0,0,0,10000,0,10000,10000,-20000"#), "{text}");
    assert_eq!(serde_json::from_str::<RoadGraph>(&text).unwrap(), graph);
    let way = graph.route(p(0.0, 0.0), p(0.01, 0.02), &[]).unwrap();
    let text = serde_json::to_string(&way).unwrap();
    assert_eq!(serde_json::from_str::<Route>(&text).unwrap(), way);
    for bad in [
        r#"{"nodes":[0],"edges":[]}"#,
        r#"{"nodes":[0,0],"edges":[[0,1,5,2,40]]}"#,
        r#"{"nodes":[0,0],"edges":[[0,0,5,9,40]]}"#,
        r#"{"nodes":[0,0],"edges":[[0,0,5,2,0]]}"#,
        r#"{"nodes":[91000000,0],"edges":[]}"#,
        r#"{"nodes":[9223372036854775807,0,9223372036854775807,0],"edges":[]}"#,
    ] {
        assert!(serde_json::from_str::<RoadGraph>(bad).is_err(), "{bad}");
    }
    for bad in [
        r#"{"points":[],"marks_dm":[],"speeds_kmh":[]}"#,
        r#"{"points":[[0,0],[0,1]],"marks_dm":[0,5],"speeds_kmh":[]}"#,
        r#"{"points":[[0,0],[0,1]],"marks_dm":[5,0],"speeds_kmh":[3]}"#,
        r#"{"points":[[0,0],[0,1]],"marks_dm":[0,5],"speeds_kmh":[0]}"#,
    ] {
        assert!(serde_json::from_str::<Route>(bad).is_err(), "{bad}");
    }
}

#[test]
fn roads_are_joined_for_the_map() {
    let map = ladder().to_geojson();
    let lines = map["features"].as_array().unwrap();
    // The southern rail, three rungs, the expressway; the expressway last.
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[4]["properties"]["class"], "expressway");
    assert_eq!(lines[4]["geometry"]["coordinates"].as_array().unwrap().len(), 3);
    assert_eq!(
        serde_json::to_string(&lines[4]["geometry"]["coordinates"]).unwrap(),
        "[[0.0,0.01],[0.01,0.01],[0.02,0.01]]"
    );
}

/// Nodes that can be reached from the first.
fn reachable(graph: &RoadGraph) -> usize {
    let mut seen = vec![false; graph.nodes().len()];
    let mut open: Vec<usize> = (0..seen.len().min(1)).collect();
    while let Some(node) = open.pop() {
        if !std::mem::replace(&mut seen[node], true) {
            open.extend(graph.links(node).map(|l| l.0).filter(|n| !seen[*n]));
        }
    }
    seen.into_iter().filter(|s| *s).count()
}

#[test]
fn a_sketch_of_the_county() {
    let (county, seats) = (county(), seats());
    for seed in 0..12 {
        let graph = synthetic(&county, &seats, seed);
        let nodes = graph.nodes().len();
        assert!((1500..=4000).contains(&nodes), "{nodes} nodes of seed {seed}");
        assert_eq!(reachable(&graph), nodes, "seed {seed}");
        assert!(graph.nodes().iter().all(|n| county.contains(*n)));
        let Shape::Polygon(outline) = &county else { panic!() };
        let ends = |e: &Edge| (graph.nodes()[e.from as usize], graph.nodes()[e.to as usize]);
        assert!(graph.edges().iter().map(ends).all(|(a, b)| !outline.crosses(a, b)));
        for seat in &seats {
            assert_eq!(graph.nearest_node(*seat).unwrap().1, 0.0, "a seat off the network of seed {seed}");
        }
        for class in RoadClass::ALL {
            let metres: f64 = graph.edges().iter().filter(|e| e.class == class).map(Edge::length_m).sum();
            assert!(metres > 25_000.0, "{metres} m of {class:?}, seed {seed}");
        }
        assert!(serde_json::to_vec(&graph.to_geojson()).unwrap().len() <= 400_000);
    }
}

#[test]
fn a_seed_gives_one_sketch() {
    let (county, seats) = (county(), seats());
    let bytes = |seed| serde_json::to_vec(&synthetic(&county, &seats, seed)).unwrap();
    assert_eq!(bytes(7), bytes(7));
    assert_ne!(bytes(7), bytes(8));
    let stored: RoadGraph = serde_json::from_slice(&bytes(7)).unwrap();
    assert_eq!(stored, synthetic(&county, &seats, 7));
    assert!(bytes(7).len() < 300_000, "{}", bytes(7).len());
}

#[test]
fn a_sketch_of_other_areas() {
    // A disc without seats; a crumb; a sliver 70 km long.
    let disc = Shape::circle(p(45.0, 100.0), 12_000.0).unwrap();
    let graph = synthetic(&disc, &[], 1);
    assert!(graph.nodes().len() > 100);
    assert_eq!(reachable(&graph), graph.nodes().len());
    synthetic(&Shape::circle(p(45.0, 100.0), 0.5).unwrap(), &[p(45.0, 100.0), p(0.0, 0.0)], 1);
    let sliver = vec![p(0.0, 0.0), p(0.0, 0.6), p(0.002, 0.6), p(0.0, 0.0)];
    let graph = synthetic(&Shape::polygon(vec![sliver]).unwrap(), &[p(0.001, 0.5)], 1);
    assert_eq!(reachable(&graph), graph.nodes().len());
}

#[test]
fn ways_across_the_sketch() {
    let graph = synthetic(&county(), &seats(), 1);
    let seats = seats();
    for from in &seats {
        for to in &seats {
            let way = graph.route(*from, *to, &[]).unwrap();
            let straight = from.distance_m(*to);
            assert!(way.length_m() >= straight * 0.999 && way.length_m() <= straight * 2.5 + 3000.0);
            assert_eq!((way.at(0.0).point, way.at(way.length_m()).point), (*from, *to));
        }
    }
}

/// Least milliseconds between nodes, the slow and obvious way.
fn least(graph: &RoadGraph, from: usize, to: usize) -> u64 {
    let mut cost = vec![u64::MAX; graph.nodes().len()];
    cost[from] = 0;
    loop {
        let mut changed = false;
        for e in graph.edges() {
            for (a, b) in [(e.from as usize, e.to as usize), (e.to as usize, e.from as usize)] {
                let through = cost[a].saturating_add(e.millis());
                if through < cost[b] {
                    cost[b] = through;
                    changed = true;
                }
            }
        }
        if !changed {
            return cost[to];
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_way_is_the_quickest(
        nodes in prop::collection::vec((31_800_000..31_900_000i32, 120_100_000..120_200_000i32), 2..25),
        pairs in prop::collection::vec((0..25u32, 0..25u32, 0..3usize), 1..60),
    ) {
        let nodes: Vec<Point> = nodes.iter().map(|(a, b)| Point::from_e6(*a, *b).unwrap()).collect();
        let n = nodes.len() as u32;
        let edges: Vec<Edge> = pairs.iter()
            .map(|(a, b, c)| Edge::straight(a % n, b % n, RoadClass::ALL[*c])).collect();
        let (from, to) = (edges[0].from as usize, edges[edges.len() - 1].to as usize);
        let graph = RoadGraph::new(nodes, edges).unwrap();
        let best = least(&graph, from, to);
        match graph.route(graph.nodes()[from], graph.nodes()[to], &[]) {
            // Crossing roads may meet in a point of their lines only, so a place can snap to another road; the
            // nodes asked for are ends of roads, where the distance is zero.
            None => prop_assert_eq!(best, u64::MAX),
            Some(way) => prop_assert!((way.seconds() - best as f64 / 1000.0).abs() < 0.1 + best as f64 * 1e-6),
        }
    }

    #[test]
    fn a_place_moves_on_with_the_distance(a in 0..16usize, b in 0..16usize, share in 0.0..1.0f64) {
        let graph = synthetic(&county(), &seats(), 3);
        let way = graph.route(seats()[a], seats()[b], &[]).unwrap();
        let metres = way.length_m() * share;
        let here = way.at(metres);
        prop_assert!(here.point.distance_m(way.at(metres + 10.0).point) <= 10.5);
        prop_assert!(crate::deviation::deviation_m(here.point, way.points()).unwrap() < 0.3);
    }
}
