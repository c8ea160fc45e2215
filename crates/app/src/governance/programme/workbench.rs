//! What the programme puts on the workbench: items of the caller's unit or town that are late, due soon or waiting for
//! a report. The office sees what is late in the whole city.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access::Permission;
use domain::programme::{Light, Reason};
use domain::time::format_instant;

use super::list::{ItemQuery, Scene, gather};
use super::store::Stored;
use crate::kit::workbench::{Part, WorkItem};
use crate::kit::{Kit, OpContext, Problem, Reach};

/// Most rows that this part brings.
const MOST: usize = 20;

/// The caller's part; empty for those who report nothing.
///
/// # Errors
/// 500 when the database cannot answer.
pub async fn workbench(kit: &Arc<Kit>, ctx: &Arc<OpContext>) -> Result<Part, Problem> {
    let (Ok(reach), Ok(reporting)) =
        (ctx.require(Permission::ProgrammeRead), ctx.require(Permission::ProgrammeReport))
    else {
        return Ok(Part::default());
    };
    let (caller, scene) = (Arc::clone(ctx), Scene::of(kit)?);
    kit.db
        .read::<_, Problem, _>(move |sql| {
            Box::pin(async move {
                let year = scene.year(None);
                let mine = matches!(reporting, Reach::Org(_)).then(|| "me".to_owned());
                let query = ItemQuery { unit: mine, ..ItemQuery::default() };
                let all = gather(sql, &caller, &scene, &reach, &query, year).await?;
                let frame = scene.frame(&all.names, caller.lang, year);
                let mut part = Part::default();
                let (mut red, mut amber) = (0, 0);
                for stored in &all.stored {
                    let found = frame.shown(stored, all.figure(stored));
                    match found.light {
                        Light::Red => red += 1,
                        Light::Amber => amber += 1,
                        _ => {}
                    }
                    let row = frame.row(stored, None);
                    let soon = row.due_on.as_deref().and_then(|d| d.parse().ok()).is_some_and(
                        |due: jiff::civil::Date| {
                            let left = frame.today.until(due).map_or(-1, |s| i64::from(s.get_days()));
                            (0..=scene.plan.soon_days).contains(&left)
                        },
                    );
                    let kind = match found.reason {
                        Reason::Overdue => "programme.overdue",
                        Reason::Blocked if found.light == Light::Red => "programme.blocked",
                        Reason::AwaitingFinal => "programme.final",
                        Reason::Stale | Reason::Behind => "programme.report",
                        Reason::NoReport | Reason::OnTrack if soon => "programme.due",
                        _ => continue,
                    };
                    part.waiting.push(item(&scene, stored, &row.title, kind, row.due_on.as_deref()));
                }
                part.waiting
                    .sort_by(|a, b| (!a.late, &a.due_at, &a.link).cmp(&(!b.late, &b.due_at, &b.link)));
                part.waiting.truncate(MOST);
                part.counts = BTreeMap::from([
                    ("programme_red".to_owned(), red),
                    ("programme_amber".to_owned(), amber),
                ]);
                part.shortcuts.push("/programme".to_owned());
                Ok(part)
            })
        })
        .await
}

fn item(scene: &Scene, stored: &Stored, title: &str, kind: &str, due_on: Option<&str>) -> WorkItem {
    // Due at the end of its day in the city.
    let due = due_on.and_then(|d| d.parse::<jiff::civil::Date>().ok()).and_then(|d| d.tomorrow().ok());
    let due = due.map(|next| scene.zone.start_of(next) - 1);
    WorkItem {
        kind: kind.to_owned(),
        title_id: stored.id.clone(),
        params: BTreeMap::from([
            ("code".to_owned(), stored.item.code.clone()),
            ("title".to_owned(), title.to_owned()),
        ]),
        link: format!("/programme/{}", stored.id),
        since: format_instant(stored.updated_at),
        due_at: due.map(format_instant),
        late: kind == "programme.overdue",
    }
}
