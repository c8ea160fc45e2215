//! Firms by name, short name, credit code and sound. The index of names is kept in memory and made again when the
//! register has changed; who may see a firm is asked of the database every time.

use std::sync::{Arc, Mutex, PoisonError};

use db::Sql;

use super::find::Hit;
use super::pinyin::{Rank, Sounds};
use crate::kit::{Kit, OpContext, Problem, Reach};
use crate::registry::find::{self, FirmRow};

struct Firm {
    row: FirmRow,
    names: [Sounds; 2],
}

type Stamp = (String, i64, i64);

/// The index, with what it was made from.
#[derive(Default)]
pub(super) struct FirmIndex(Mutex<Option<(Stamp, Arc<Vec<Firm>>)>>);

async fn index(sql: &mut dyn Sql, held: &FirmIndex, tenant: &str) -> Result<Arc<Vec<Firm>>, Problem> {
    let (count, latest) = find::firms_stamp(sql, tenant).await?;
    let stamp = (tenant.to_owned(), count, latest);
    if let Some((of, firms)) = held.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
        && *of == stamp
    {
        return Ok(Arc::clone(firms));
    }
    let rows = find::firms(sql, tenant).await?;
    let firms: Vec<Firm> = rows
        .into_iter()
        .map(|row| {
            let names = [Sounds::of(&row.name), Sounds::of(&format!("{} {}", row.short_name, row.name_en))];
            Firm { row, names }
        })
        .collect();
    let firms = Arc::new(firms);
    *held.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((stamp, Arc::clone(&firms)));
    Ok(firms)
}

fn rank(firm: &Firm, words: &str) -> Option<Rank> {
    if words.len() >= 4 && firm.row.credit_code.to_lowercase().starts_with(words) {
        return Some(0);
    }
    firm.names.iter().filter_map(|name| name.rank(words)).min()
}

/// Firms within reach that match, the best first.
pub(super) async fn firms(
    sql: &mut dyn Sql,
    kit: &Kit,
    ctx: &OpContext,
    reach: &Reach,
    words: &str,
    limit: usize,
) -> Result<Vec<Hit>, Problem> {
    let all = index(sql, &kit.parts.get::<FirmIndex>(), &ctx.tenant).await?;
    let mut matches: Vec<(Rank, &Firm)> = all
        .iter()
        .filter(|firm| reach.covers(&firm.row.id, Some(&firm.row.town)))
        .filter_map(|firm| rank(firm, words).map(|rank| (rank, firm)))
        .collect();
    matches.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.row.name.cmp(&b.1.row.name)));
    matches.truncate(limit);
    let ids: Vec<String> = matches.iter().map(|(_, firm)| firm.row.id.clone()).collect();
    let within = find::firms_within(sql, &ctx.tenant, reach, &ids).await?;
    Ok(matches
        .into_iter()
        .filter(|(_, firm)| within.contains(&firm.row.id))
        .map(|(_, firm)| Hit {
            id: firm.row.id.clone(),
            title: firm.row.name.clone(),
            note: firm.row.credit_code.clone(),
            link: format!("/registry/orgs/{}", firm.row.id),
            status: None,
        })
        .collect())
}
