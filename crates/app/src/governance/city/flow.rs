//! The flow of waste as knots and bands: the larger sources, categories and receivers by themselves, the smaller ones
//! together, and each with the filters of its list. Pure. No gram may be lost: what enters a knot leaves it.

use std::collections::{BTreeMap, BTreeSet};

use super::link::link;
use super::model::{CityFlow, CityLabel, FlowLink, FlowNode};
use crate::transfer::flow::{Flow, Outcome};

/// Most knots of a column, the one for the rest included.
const MOST: usize = 8;
const OTHER: &str = "other";

/// The name of a key, where data has one.
type Naming<'a> = &'a dyn Fn(&str) -> Option<CityLabel>;

/// What the knots of a flow are called, and the filters that every list has.
pub(super) struct Names<'a> {
    /// Names of sources.
    pub(super) source: Naming<'a>,
    /// Names of categories.
    pub(super) category: Naming<'a>,
    /// Filter of the list for sources: `town` or `trade`.
    pub(super) by: &'a str,
    /// First day.
    pub(super) from: &'a str,
    /// Last day.
    pub(super) to: &'a str,
    /// Time of the data.
    pub(super) at: &'a str,
}

/// A column before the outcomes: which knot each key belongs to.
struct Column {
    prefix: &'static str,
    knots: Vec<(String, Vec<String>, i64)>,
    of: BTreeMap<String, String>,
}

impl Column {
    fn new(prefix: &'static str, masses: BTreeMap<String, i64>) -> Self {
        let mut sorted: Vec<(String, i64)> = masses.into_iter().filter(|(_, mass)| *mass > 0).collect();
        sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let alone = if sorted.len() > MOST { MOST - 1 } else { sorted.len() };
        let rest = sorted.split_off(alone);
        let mut knots: Vec<(String, Vec<String>, i64)> =
            sorted.into_iter().map(|(key, mass)| (key.clone(), vec![key], mass)).collect();
        if !rest.is_empty() {
            let mass = rest.iter().map(|one| one.1).sum();
            knots.push((OTHER.to_owned(), rest.into_iter().map(|one| one.0).collect(), mass));
        }
        let of = knots
            .iter()
            .flat_map(|(key, members, _)| members.iter().map(move |member| (member.clone(), key.clone())))
            .collect();
        Self { prefix, knots, of }
    }

    fn knot(&self, key: &str) -> Option<&str> {
        self.of.get(key).map(String::as_str)
    }

    fn id(&self, knot: &str) -> String {
        format!("{}:{knot}", self.prefix)
    }

    /// The members of a knot as the value of a filter; an empty key has a word of its own.
    fn filter(&self, knot: &str) -> String {
        let members =
            self.knots.iter().find(|one| one.0 == knot).map(|one| one.1.as_slice()).unwrap_or_default();
        members.iter().map(|m| if m.is_empty() { "none" } else { m.as_str() }).collect::<Vec<_>>().join(",")
    }
}

/// Sums of a band.
type Bands = BTreeMap<(String, String), (i64, i64)>;

fn add(bands: &mut Bands, from: &str, to: &str, manifests: i64, mass: i64) {
    let band = bands.entry((from.to_owned(), to.to_owned())).or_default();
    band.0 += manifests;
    band.1 += mass;
}

/// Puts the flow together.
pub(super) fn build(flow: &Flow, names: &Names<'_>) -> CityFlow {
    let sums = |key: &dyn Fn(&crate::transfer::flow::Stream) -> &str| {
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for stream in &flow.streams {
            *sums.entry(key(stream).to_owned()).or_default() += stream.mass_g;
        }
        sums
    };
    let sources = Column::new("s", sums(&|stream| &stream.source));
    let categories = Column::new("c", sums(&|stream| &stream.category));
    let receivers = Column::new("r", sums(&|stream| &stream.receiver_id));
    let (first, second) = inner(flow, &sources, &categories, &receivers);
    let mut third = Bands::new();
    for (id, fate) in &flow.fates {
        let Some(knot) = receivers.knot(id) else { continue };
        for (outcome, (manifests, mass)) in &fate.outcomes {
            add(&mut third, knot, outcome.as_str(), *manifests, *mass);
        }
    }
    let list = |more: &[(&str, &str)]| {
        let mut filters = vec![("departed_from", names.from), ("departed_to", names.to)];
        filters.extend_from_slice(more);
        link("/manifests", &filters)
    };
    let receiver =
        |id: &str| flow.fates.get(id).map(|fate| CityLabel { zh: fate.name.clone(), en: fate.name.clone() });
    let mut nodes = Vec::new();
    let columns: [(&Column, Naming<'_>, &str); 3] = [
        (&sources, names.source, names.by),
        (&categories, names.category, "waste_code"),
        (&receivers, &receiver, "receiver_id"),
    ];
    for (place, (column, name, filter)) in (0_i64..).zip(columns) {
        for (key, members, mass) in &column.knots {
            nodes.push(FlowNode {
                id: column.id(key),
                column: place,
                key: key.clone(),
                label: if key == OTHER { None } else { name(key) },
                members: i64::try_from(members.len()).unwrap_or(i64::MAX),
                mass_g: *mass,
                link: list(&[(filter, &column.filter(key))]),
            });
        }
    }
    for outcome in Outcome::ALL {
        let mass: i64 =
            third.iter().filter(|(key, _)| key.1 == outcome.as_str()).map(|(_, band)| band.1).sum();
        if mass > 0 {
            nodes.push(FlowNode {
                id: format!("o:{}", outcome.as_str()),
                column: 3,
                key: outcome.as_str().to_owned(),
                label: None,
                members: 1,
                mass_g: mass,
                link: list(&[("outcome", outcome.as_str())]),
            });
        }
    }
    let mut links = Vec::new();
    let mut draw = |bands: Bands, ends: &dyn Fn(&str, &str) -> (String, String, String)| {
        for ((from, to), (manifests, mass_g)) in bands {
            if mass_g > 0 {
                let (from, to, link) = ends(&from, &to);
                links.push(FlowLink { from, to, mass_g, manifests, link });
            }
        }
    };
    draw(first, &|from, to| {
        let filters = [(names.by, sources.filter(from)), ("waste_code", categories.filter(to))];
        (sources.id(from), categories.id(to), list(&filters.each_ref().map(|f| (f.0, f.1.as_str()))))
    });
    draw(second, &|from, to| {
        let filters = [("waste_code", categories.filter(from)), ("receiver_id", receivers.filter(to))];
        (categories.id(from), receivers.id(to), list(&filters.each_ref().map(|f| (f.0, f.1.as_str()))))
    });
    draw(third, &|from, to| {
        let filter = receivers.filter(from);
        (receivers.id(from), format!("o:{to}"), list(&[("receiver_id", &filter), ("outcome", to)]))
    });
    CityFlow {
        at: names.at.to_owned(),
        by: names.by.to_owned(),
        mass_g: flow.streams.iter().map(|stream| stream.mass_g).sum(),
        manifests: flow.manifests,
        nodes,
        links,
        link: list(&[]),
    }
}

/// The bands between sources, categories and receivers. A document with two categories of one knot counts once.
fn inner(flow: &Flow, sources: &Column, categories: &Column, receivers: &Column) -> (Bands, Bands) {
    let (mut first, mut second) = (Bands::new(), Bands::new());
    for stream in &flow.streams {
        let (Some(source), Some(category), Some(receiver)) = (
            sources.knot(&stream.source),
            categories.knot(&stream.category),
            receivers.knot(&stream.receiver_id),
        ) else {
            continue;
        };
        add(&mut first, source, category, stream.manifests, stream.mass_g);
        add(&mut second, category, receiver, stream.manifests, stream.mass_g);
    }
    for one in &flow.mixed {
        let (Some(source), Some(receiver)) = (sources.knot(&one.source), receivers.knot(&one.receiver_id))
        else {
            continue;
        };
        let mut seen = BTreeSet::new();
        for category in one.categories.iter().filter_map(|category| categories.knot(category)) {
            if !seen.insert(category) {
                add(&mut first, source, category, -1, 0);
                add(&mut second, category, receiver, -1, 0);
            }
        }
    }
    (first, second)
}
