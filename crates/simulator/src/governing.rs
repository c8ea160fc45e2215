//! The officials: what units, the office and a town report about the city's programme, once, when the story has been
//! told. Some of it is finished with evidence, some late, some held up, and some nobody reported, so that every light
//! is there to be looked at.

use std::sync::Arc;

use app::governance::evidence;
use app::governance::programme::{ItemQuery, ItemSummary, ProgressBody, list, report};
use app::kit::{Kit, OpContext, Problem, data};
use app::registry::service;
use domain::access::Role;
use serde::Deserialize;

use crate::chance::Chance;
use crate::{City, Options};

/// What the officials say.
#[derive(Deserialize)]
struct Sayings {
    evidence: String,
    done: Vec<String>,
    running: Vec<String>,
    blocked: Vec<String>,
    obstacles: Vec<String>,
    towns: Vec<String>,
}

/// A page that says that it proves nothing.
pub(crate) const EVIDENCE: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n\
4 0 obj<</Length 52>>stream\nBT /F 18 Tf 40 100 Td (DEMO: this proves nothing) Tj ET\nendstream endobj\n\
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

fn one<'a>(all: &'a [String], chance: &mut Chance) -> &'a str {
    let last = i64::try_from(all.len()).unwrap_or(1) - 1;
    let index = usize::try_from(chance.between(0, last)).unwrap_or(0);
    all.get(index).map_or("", String::as_str)
}

/// Plays the reports. A city without a programme has none.
pub(crate) async fn play(kit: &Arc<Kit>, city: &City, options: &Options) -> Result<(), Problem> {
    let profile = service::city(kit)?;
    let path = format!("cities/{}/programme_demo.json", profile.key);
    if profile.programme.is_none() || data::file(&path).is_none() {
        return Ok(());
    }
    let sayings: Sayings = data::json(&path);
    let office = city.actors.of("office", Role::Office)?;
    let (units, towns) = (with(city, Role::Department), with(city, Role::Town));
    for item in items(kit, office).await? {
        let mut chance = Chance::new(options.seed, &format!("governing:{}", item.code));
        let named =
            |who: &&Arc<OpContext>| item.lead.iter().chain(&item.joint).any(|unit| unit.id == who.org_id);
        // Units without an account hand their reports to the office, which enters them.
        let who = units.iter().copied().find(named).unwrap_or(office);
        whole(kit, who, &item, &sayings, &mut chance).await?;
        for town in towns.iter().copied().filter(|_| item.all_towns) {
            if chance.permille(500) {
                let percent = chance.between(4, 9) * 10;
                let note = one(&sayings.towns, &mut chance).to_owned();
                let state = "running".to_owned();
                let body = ProgressBody { percent, state, note, ..ProgressBody::default() };
                report(kit, town, &item.id, body).await?;
            }
        }
    }
    Ok(())
}

/// Everybody with a role, in the order of the data.
fn with(city: &City, role: Role) -> Vec<&Arc<OpContext>> {
    let logins = city.data.accounts.iter().filter(|a| a.roles.contains(&role)).map(|a| a.login.as_str());
    logins.filter_map(|login| city.actors.login(login)).map(|who| &who.ctx).collect()
}

/// Items that are not judged by a figure.
async fn items(kit: &Arc<Kit>, office: &Arc<OpContext>) -> Result<Vec<ItemSummary>, Problem> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = list(kit, office, ItemQuery { limit: Some(200), cursor, ..ItemQuery::default() }).await?;
        all.extend(page.items.into_iter().filter(|i| i.indicator.is_none()));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

async fn whole(
    kit: &Arc<Kit>,
    who: &Arc<OpContext>,
    item: &ItemSummary,
    sayings: &Sayings,
    chance: &mut Chance,
) -> Result<(), Problem> {
    let draw = chance.between(1, 100);
    // Three quarters have reported; of those most are finished.
    let body = match (draw, item.list.as_str()) {
        (76.., _) => return Ok(()),
        (_, "responsibility") => {
            let note = one(&sayings.running, chance).to_owned();
            ProgressBody {
                percent: chance.between(5, 9) * 10,
                state: "running".to_owned(),
                note,
                ..ProgressBody::default()
            }
        }
        (1..=54, _) => {
            let file = evidence::put(kit, who, &sayings.evidence, EVIDENCE.to_vec()).await?;
            // Within the month in which it was due, which lies behind us once the programme has ended.
            let due = item.due_on.as_deref().filter(|_| item.phase == "final");
            let day = due.and_then(|d| d.get(..8)).map(|m| format!("{m}{:02}", chance.between(1, 28)));
            ProgressBody {
                day,
                percent: 100,
                state: "done".to_owned(),
                note: one(&sayings.done, chance).to_owned(),
                evidence: vec![file.sha256],
                ..ProgressBody::default()
            }
        }
        (55..=68, _) => ProgressBody {
            percent: chance.between(5, 19) * 5,
            state: "running".to_owned(),
            note: one(&sayings.running, chance).to_owned(),
            ..ProgressBody::default()
        },
        _ => ProgressBody {
            percent: chance.between(1, 8) * 10,
            state: "blocked".to_owned(),
            note: one(&sayings.blocked, chance).to_owned(),
            obstacle: one(&sayings.obstacles, chance).to_owned(),
            ..ProgressBody::default()
        },
    };
    report(kit, who, &item.id, body).await.map(drop)
}
