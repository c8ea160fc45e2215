//! Where a lot came from and what became of it, drawn as a graph with grams. The closure is fetched by ids,
//! the shares are `domain::trace`'s. A firm sees the fate of its waste and its direct partners; who else is
//! behind a partner stays hidden, the grams do not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use db::{Sql, params};
use domain::access::Permission;
use domain::ledger::{EdgeKind, Lot, LotKind, LotStatus};
use domain::time::format_instant;
use domain::trace::{Direction, Flow, Graph, Node, Trace};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::list::choice;
use super::{list, store};
use crate::kit::{Kit, OpContext, Problem, Reach};
use crate::registry::load;
use crate::registry::model::Named;

/// Which way to follow.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TraceQuery {
    /// `both` (default), `backward`, `forward`.
    pub direction: Option<String>,
}

/// A node of the graph.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TraceNode {
    /// Lot id.
    pub id: String,
    /// lot, product, treated, difference.
    pub kind: &'static str,
    /// Container code, name, or method code; empty when it belongs to somebody hidden.
    pub label: String,
    /// Waste code.
    pub waste_code: Option<String>,
    /// Organisation; none when hidden.
    pub org: Option<Named>,
    /// Status.
    pub status: &'static str,
    /// When it came to be.
    pub at: String,
    /// All mass that came in, grams.
    pub mass_g: i64,
    /// Mass that is left, grams.
    pub remaining_g: i64,
    /// Grams of the root's mass that passed through.
    pub attributed_g: i64,
    /// Batch.
    pub batch_code: Option<String>,
}

/// A flow of the graph.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TraceEdge {
    /// From.
    pub from: String,
    /// Into.
    pub to: String,
    /// Grams that flowed.
    pub mass_g: i64,
    /// Grams of them that belong to the root.
    pub attributed_g: i64,
    /// repack, treat, transfer, difference.
    pub kind: String,
}

/// Where some of the root's mass began.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TraceOrigin {
    /// Node.
    pub node: String,
    /// Organisation.
    pub org: Option<Named>,
    /// Grams.
    pub mass_g: i64,
}

/// Where some of the root's mass is now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TraceEnd {
    /// Node.
    pub node: String,
    /// in_stock, in_transit, product, treated, difference.
    pub kind: &'static str,
    /// Grams.
    pub mass_g: i64,
}

/// The sums, which must be equal to the gram.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct TraceSums {
    /// Mass of the root.
    pub root_g: i64,
    /// Sum of the origins.
    pub origins_g: i64,
    /// Sum of the ends.
    pub ends_g: i64,
    /// Part of the ends that is still waste, in stock or on the road.
    pub remaining_g: i64,
}

/// A trace.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TraceView {
    /// Root lot.
    pub root: String,
    /// Nodes.
    pub nodes: Vec<TraceNode>,
    /// Flows.
    pub edges: Vec<TraceEdge>,
    /// Origins; empty when only followed forward.
    pub origins: Vec<TraceOrigin>,
    /// Ends; empty when only followed backward.
    pub ends: Vec<TraceEnd>,
    /// Sums.
    pub sums: TraceSums,
}

/// A flow as it is stored.
struct StoredFlow {
    flow: Flow,
    kind: EdgeKind,
}

const BACKWARD: &str = "with recursive reach (id) as (select id from lot where tenant_id = $1 and id = $2 union \
     select e.src from reach cross join lot_edge e where e.tenant_id = $1 and e.dst = reach.id) \
     select e.src, e.dst, e.mass_g, e.kind from reach cross join lot_edge e \
     where e.tenant_id = $1 and e.dst = reach.id order by e.position, e.seq";
const FORWARD: &str = "with recursive reach (id) as (select id from lot where tenant_id = $1 and id = $2 union \
     select e.dst from reach cross join lot_edge e where e.tenant_id = $1 and e.src = reach.id) \
     select e.src, e.dst, e.mass_g, e.kind from reach cross join lot_edge e \
     where e.tenant_id = $1 and e.src = reach.id order by e.position, e.seq";

/// Follows a lot.
///
/// # Errors
/// 404 when there is none within reach; 500 when the record contradicts itself.
pub async fn trace(
    kit: &Kit,
    ctx: &Arc<OpContext>,
    id: String,
    query: &TraceQuery,
) -> Result<TraceView, Problem> {
    let reach = ctx.require(Permission::TraceRead)?;
    let directions: &'static [Direction] = match query.direction.as_deref() {
        None | Some("both") => &[Direction::Backward, Direction::Forward],
        Some("backward") => &[Direction::Backward],
        Some("forward") => &[Direction::Forward],
        Some(other) => return Err(choice("/direction", other, "both, backward, forward")),
    };
    let (ctx, now) = (Arc::clone(ctx), kit.clock.now());
    kit.db
        .read(move |s| {
            Box::pin(async move {
                list::one(s, &ctx, &reach, &id, now).await?;
                let mut sides = Vec::new();
                let (mut lots, mut kinds) = (BTreeMap::new(), BTreeMap::new());
                for direction in directions {
                    let flows = flows(s, &ctx.tenant, &id, *direction).await?;
                    let ids: BTreeSet<&str> = flows
                        .iter()
                        .flat_map(|f| [f.flow.src.as_str(), f.flow.dst.as_str()])
                        .chain([id.as_str()])
                        .collect();
                    lots.extend(store::lots(s, &ctx.tenant, &ids).await?);
                    kinds.extend(flows.iter().map(|f| ((f.flow.src.clone(), f.flow.dst.clone()), f.kind)));
                    sides.push((*direction, follow(&lots, flows, &id, *direction)?));
                }
                let orgs: Vec<String> =
                    lots.values().map(|l| l.holder.clone()).collect::<BTreeSet<_>>().into_iter().collect();
                let names = load::org_names(s, &ctx.tenant, &orgs).await?;
                let hidden = hidden(&reach, &lots, &kinds, &sides);
                Ok(view(&id, &lots, &kinds, &sides, &names, &hidden))
            })
        })
        .await
}

async fn flows(
    s: &mut dyn Sql,
    tenant: &str,
    id: &str,
    direction: Direction,
) -> Result<Vec<StoredFlow>, Problem> {
    let sql = if direction == Direction::Backward { BACKWARD } else { FORWARD };
    let rows = s.query(sql, &params![tenant, id]).await?;
    rows.iter()
        .map(|row| {
            let kind: String = row.get("kind")?;
            Ok(StoredFlow {
                flow: Flow { src: row.get("src")?, dst: row.get("dst")?, mass_g: row.get("mass_g")? },
                kind: kind.parse().map_err(|_| Problem::internal())?,
            })
        })
        .collect()
}

fn follow(
    lots: &BTreeMap<String, Lot>,
    flows: Vec<StoredFlow>,
    root: &str,
    direction: Direction,
) -> Result<Trace, Problem> {
    let nodes = lots.values().map(|l| Node {
        id: l.id.clone(),
        initial_g: l.state.initial_g,
        remaining_g: l.state.remaining_g,
    });
    let traced =
        Graph::build(nodes, flows.into_iter().map(|f| f.flow)).and_then(|g| g.trace(root, direction));
    traced.map_err(|error| {
        tracing::error!(%error, root, "the genealogy contradicts itself");
        Problem::internal()
    })
}

/// Nodes whose owner the caller may not know: upstream of a firm's direct partners.
fn hidden(
    reach: &Reach,
    lots: &BTreeMap<String, Lot>,
    kinds: &BTreeMap<(String, String), EdgeKind>,
    sides: &[(Direction, Trace)],
) -> BTreeSet<String> {
    let own = match reach {
        Reach::City | Reach::Town(_) => return BTreeSet::new(),
        Reach::Org(id) | Reach::Party(id) | Reach::Assigned { org_id: id, .. } => id,
    };
    let mine = |id: &str| lots.get(id).is_some_and(|l| &l.holder == own);
    let partners: BTreeSet<&str> = kinds
        .iter()
        .filter(|((_, dst), kind)| **kind == EdgeKind::Transfer && mine(dst))
        .filter_map(|((src, _), _)| lots.get(src).map(|l| l.holder.as_str()))
        .collect();
    sides
        .iter()
        .filter(|(direction, _)| *direction == Direction::Backward)
        .flat_map(|(_, trace)| &trace.nodes)
        .filter_map(|n| lots.get(&n.id))
        .filter(|l| &l.holder != own && !partners.contains(l.holder.as_str()))
        .map(|l| l.id.clone())
        .collect()
}

fn view(
    root: &str,
    lots: &BTreeMap<String, Lot>,
    kinds: &BTreeMap<(String, String), EdgeKind>,
    sides: &[(Direction, Trace)],
    names: &BTreeMap<String, String>,
    hidden: &BTreeSet<String>,
) -> TraceView {
    let org = |lot: &Lot| {
        (!hidden.contains(&lot.id)).then(|| Named {
            id: lot.holder.clone(),
            name: names.get(&lot.holder).cloned().unwrap_or_default(),
        })
    };
    let mut out = TraceView {
        root: root.to_owned(),
        nodes: Vec::new(),
        edges: Vec::new(),
        origins: Vec::new(),
        ends: Vec::new(),
        sums: TraceSums::default(),
    };
    let mut seen = BTreeSet::new();
    for (direction, trace) in sides {
        out.sums.root_g = trace.root_g;
        for share in &trace.nodes {
            let Some(lot) = lots.get(&share.id) else { continue };
            if seen.insert(share.id.clone()) {
                out.nodes.push(node(lot, share.through_g, org(lot)));
            }
            if share.own_g == 0 {
                continue;
            }
            if *direction == Direction::Backward {
                out.sums.origins_g += share.own_g;
                out.origins.push(TraceOrigin { node: share.id.clone(), org: org(lot), mass_g: share.own_g });
            } else {
                let kind = end_kind(lot);
                out.sums.ends_g += share.own_g;
                if matches!(kind, "in_stock" | "in_transit") {
                    out.sums.remaining_g += share.own_g;
                }
                out.ends.push(TraceEnd { node: share.id.clone(), kind, mass_g: share.own_g });
            }
        }
        out.edges.extend(trace.flows.iter().map(|f| TraceEdge {
            kind: kinds.get(&(f.src.clone(), f.dst.clone())).map(ToString::to_string).unwrap_or_default(),
            from: f.src.clone(),
            to: f.dst.clone(),
            mass_g: f.mass_g,
            attributed_g: f.attributed_g,
        }));
    }
    out
}

fn end_kind(lot: &Lot) -> &'static str {
    match (lot.kind, lot.state.status) {
        (LotKind::Product, _) => "product",
        (LotKind::Treated, _) => "treated",
        (LotKind::Difference, _) => "difference",
        (LotKind::Waste, LotStatus::InTransit | LotStatus::Refused) => "in_transit",
        (LotKind::Waste, _) => "in_stock",
    }
}

fn node(lot: &Lot, attributed_g: i64, org: Option<Named>) -> TraceNode {
    let label = lot.container.as_ref().map_or_else(|| lot.name.clone(), ToString::to_string);
    TraceNode {
        id: lot.id.clone(),
        kind: if lot.kind == LotKind::Waste { "lot" } else { lot.kind.as_str() },
        // A container code begins with its owner's credit code.
        label: if org.is_some() { label } else { String::new() },
        waste_code: lot.waste_code.map(|c| c.to_string()),
        status: lot.state.status.as_str(),
        at: format_instant(lot.created_at),
        mass_g: lot.state.initial_g,
        remaining_g: lot.state.remaining_g,
        attributed_g,
        batch_code: lot.generation_batch.filter(|_| org.is_some()).map(|b| b.to_string()),
        org,
    }
}
