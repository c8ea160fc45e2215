//! The first page after sign-in: what waits for me, what is late, what changed. Put together from the contexts'
//! parts; it only reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access::Permission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::kit::workbench::{Change, Part, WorkItem};
use crate::kit::{Ctx, Json, Kit, OpContext, Problem, State};
use crate::{governance, ledger, monitoring, transfer};

/// Most rows of each list.
const MOST: usize = 50;

/// The workbench.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Workbench {
    /// What waits for the caller: late first, then by due time, then longest waiting first.
    pub waiting: Vec<WorkItem>,
    /// How many of all waiting things are late.
    pub late_count: i64,
    /// What changed, newest first.
    pub changed: Vec<Change>,
    /// Numbers by name.
    pub counts: BTreeMap<String, i64>,
    /// Routes that the caller often needs.
    pub shortcuts: Vec<String>,
}

/// Routes of the workbench.
pub fn router() -> OpenApiRouter<Arc<Kit>> {
    OpenApiRouter::default().routes(routes!(get_workbench))
}

/// What waits for me, what is late, what changed.
#[utoipa::path(get, path = "/workbench", tag = "workbench", responses((status = 200, body = Workbench)))]
async fn get_workbench(axum::extract::State(kit): State, Ctx(ctx): Ctx) -> Result<Json<Workbench>, Problem> {
    ctx.require(Permission::WorkbenchRead)?;
    Ok(Json(together(parts(&kit, &ctx).await?)))
}

async fn parts(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<Vec<Part>, Problem> {
    let (documents, stock, warnings, items, figures) = futures::future::try_join5(
        transfer::workbench::workbench(kit, ctx),
        ledger::workbench::workbench(kit, ctx),
        monitoring::workbench::workbench(kit, ctx),
        governance::programme::workbench::workbench(kit, ctx),
        governance::indicators::workbench::workbench(kit, ctx),
    )
    .await?;
    Ok(vec![documents, stock, warnings, items, figures])
}

fn together(parts: Vec<Part>) -> Workbench {
    let mut all = Part::default();
    for part in parts {
        all.waiting.extend(part.waiting);
        all.changed.extend(part.changed);
        all.counts.extend(part.counts);
        all.shortcuts.extend(part.shortcuts);
    }
    let late_count = all.waiting.iter().filter(|w| w.late).count();
    // Times of one format compare as text; what has no due time comes after what has.
    all.waiting.sort_by(|a, b| {
        let key = |w: &WorkItem| {
            (!w.late, w.due_at.is_none(), w.due_at.clone(), w.since.clone(), w.title_id.clone())
        };
        key(a).cmp(&key(b))
    });
    all.waiting.truncate(MOST);
    all.changed.sort_by_key(|c| std::cmp::Reverse(c.position));
    all.changed.truncate(MOST);
    all.shortcuts.dedup();
    Workbench {
        waiting: all.waiting,
        late_count: i64::try_from(late_count).unwrap_or(i64::MAX),
        changed: all.changed,
        counts: all.counts,
        shortcuts: all.shortcuts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, since: &str, due: Option<&str>, late: bool) -> WorkItem {
        WorkItem {
            kind: "test".to_owned(),
            title_id: id.to_owned(),
            params: BTreeMap::new(),
            link: "/".to_owned(),
            since: since.to_owned(),
            due_at: due.map(str::to_owned),
            late,
        }
    }

    #[test]
    fn late_things_come_first_then_those_due_soonest() {
        let waiting = vec![
            item("no due", "2026-01-01", None, false),
            item("soon", "2026-01-03", Some("2026-02-01"), false),
            item("late", "2026-01-04", Some("2026-01-05"), true),
            item("later", "2026-01-02", Some("2026-03-01"), false),
        ];
        let bench = together(vec![Part { waiting, ..Part::default() }]);
        let order: Vec<&str> = bench.waiting.iter().map(|w| w.title_id.as_str()).collect();
        assert_eq!(order, ["late", "soon", "later", "no due"]);
        assert_eq!(bench.late_count, 1);
    }
}
