//! What the ledger and the manifests add up to, by site, town and month: derived state, kept in memory, built from the
//! read tables when first asked for and brought up to date by what came after. It can always be built again and must
//! never be the record. As of an earlier day it is built from what was recorded by then, and a few such are kept.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use db::{Sql, params};
use domain::time::Month;

use crate::kit::{Kit, Problem};
use crate::ledger::figures as ledger;
use crate::transfer::config::config;
use crate::transfer::figures as transfer;

/// Measures of the ledger, in grams; the last is a level.
const LEDGER: [&str; 10] = [
    "hw_generated",
    "hw_industrial_generated",
    "hw_transferred",
    "hw_used",
    "hw_industrial_used",
    "hw_industrial_used_earlier",
    "hw_disposed",
    "hw_landfilled",
    "hw_incinerated",
    "hw_stock",
];
const LEVEL: usize = LEDGER.len() - 1;
const ALL: usize = LEDGER.len() + transfer::NAMES.len();
/// Earlier days that are kept.
const KEPT: usize = 4;

type Cells = BTreeMap<i32, [i64; ALL]>;

/// Months as numbers.
fn index(month: Month) -> i32 {
    i32::from(month.year()) * 12 + i32::from(month.month()) - 1
}

/// The sums by town: `None` is what lies in no town.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    towns: HashMap<Option<String>, Cells>,
    city: Cells,
    /// First month with anything recorded.
    first: Option<i32>,
    /// The towns of the city; another place has no sums.
    known: Vec<String>,
    /// Place in the journal up to which it counts.
    pub position: i64,
}

/// Whose sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// The whole city.
    City,
    /// A town.
    Town(&'a str),
    /// What lies in no town.
    Elsewhere,
}

impl Tally {
    /// A measure between two months, in base units; `None` when it is not a measure, or when nothing is recorded for this
    /// time. `whole` demands that the records reach back to the first month.
    pub fn sum(&self, name: &str, place: Place<'_>, from: Month, to: Month, whole: bool) -> Option<i64> {
        let at = position(name)?;
        let (from, to) = (index(from), index(to));
        let first = self.first?;
        if to < first || (whole && from < first) {
            return None;
        }
        if matches!(place, Place::Town(code) if !self.known.iter().any(|k| k == code)) {
            return None;
        }
        let cells = match place {
            Place::City => Some(&self.city),
            Place::Town(code) => self.towns.get(&Some(code.to_owned())),
            Place::Elsewhere => self.towns.get(&None),
        };
        let Some(cells) = cells else { return Some(0) };
        let lowest = if at == LEVEL { i32::MIN } else { from };
        let mut sum = 0_i64;
        for (_, cell) in cells.range(lowest..=to) {
            sum = sum.checked_add(*cell.get(at)?)?;
        }
        Some(sum)
    }

    /// The first month with anything recorded.
    pub fn first_month(&self) -> Option<Month> {
        let first = self.first?;
        Month::new(i16::try_from(first.div_euclid(12)).ok()?, i8::try_from(first.rem_euclid(12) + 1).ok()?)
    }
}

fn position(name: &str) -> Option<usize> {
    LEDGER.iter().chain(&transfer::NAMES).position(|n| *n == name)
}

/// Whether the ledger gives this measure.
pub fn is_measure(name: &str) -> bool {
    position(name).is_some()
}

/// Sums by site, before towns are known: a site that moves takes its sums along.
#[derive(Clone, Debug, Default)]
struct Cube {
    sites: HashMap<String, BTreeMap<i32, [i64; LEDGER.len()]>>,
    manifests: BTreeMap<Month, BTreeMap<String, transfer::Counts>>,
    ledger_at: i64,
    manifests_at: i64,
}

impl Cube {
    fn empty() -> Self {
        Self { ledger_at: -1, manifests_at: -1, ..Self::default() }
    }

    fn add(&mut self, flow: &ledger::Flow) {
        let Ok(month) = flow.month.parse::<Month>() else { return };
        let month = index(month);
        let mut put = |site: &str, at: usize, mass_g: i64| {
            let cell = self.sites.entry(site.to_owned()).or_default().entry(month).or_default();
            if let Some(sum) = cell.get_mut(at) {
                *sum = sum.saturating_add(mass_g);
            }
        };
        put(&flow.site, LEVEL, flow.mass_g);
        let industrial = !flow.medical;
        match flow.kind.as_str() {
            "generated" => {
                put(&flow.site, 0, flow.mass_g);
                if industrial {
                    put(&flow.site, 1, flow.mass_g);
                }
            }
            "sent" | "returned" => put(&flow.site, 2, -flow.mass_g),
            "used" => {
                put(&flow.origin, 3, -flow.mass_g);
                if industrial && !flow.residue {
                    put(&flow.origin, 4, -flow.mass_g);
                    if flow.earlier {
                        put(&flow.origin, 5, -flow.mass_g);
                    }
                }
            }
            "disposed" => {
                put(&flow.origin, 6, -flow.mass_g);
                match flow.way.as_str() {
                    "landfill" => put(&flow.origin, 7, -flow.mass_g),
                    "burn" => put(&flow.origin, 8, -flow.mass_g),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    async fn refresh(
        &mut self,
        kit: &Kit,
        sql: &mut dyn Sql,
        tenant: &str,
        as_of: Option<i64>,
    ) -> Result<bool, Problem> {
        let (flows, last) = ledger::flows(sql, tenant, self.ledger_at, as_of).await?;
        let mut changed = !flows.is_empty();
        flows.iter().for_each(|flow| self.add(flow));
        self.ledger_at = last;
        let last = transfer::last_position(sql, tenant).await?;
        if last > self.manifests_at {
            let config = config(kit)?;
            for month in transfer::months(sql, tenant, &config, self.manifests_at).await? {
                let counts = transfer::counts(sql, tenant, &config, month, as_of).await?;
                self.manifests.insert(month, counts);
                changed = true;
            }
            self.manifests_at = last;
        }
        Ok(changed)
    }

    /// The sums by town.
    fn tally(&self, towns: &HashMap<String, String>, known: &[String]) -> Tally {
        let town_of = |code: Option<&String>| code.filter(|c| known.contains(c)).cloned();
        let position = self.ledger_at.max(self.manifests_at);
        let mut tally = Tally { position, known: known.to_vec(), ..Tally::default() };
        for (site, months) in &self.sites {
            let town = town_of(towns.get(site));
            let cells = tally.towns.entry(town).or_default();
            for (month, sums) in months {
                for target in [cells.entry(*month).or_default(), tally.city.entry(*month).or_default()] {
                    for (sum, more) in target.iter_mut().zip(sums) {
                        *sum = sum.saturating_add(*more);
                    }
                }
            }
        }
        for (month, by_town) in &self.manifests {
            let month = index(*month);
            for (town, counts) in by_town {
                let cells = tally.towns.entry(town_of(Some(town))).or_default();
                for target in [cells.entry(month).or_default(), tally.city.entry(month).or_default()] {
                    for (sum, more) in target.iter_mut().skip(LEDGER.len()).zip(counts) {
                        *sum = sum.saturating_add(*more);
                    }
                }
            }
        }
        tally.first = tally.city.keys().next().copied();
        tally
    }
}

/// What a house keeps of it.
#[derive(Default)]
pub struct Kept {
    now: Mutex<HashMap<String, Arc<Cube>>>,
    earlier: Mutex<VecDeque<(String, i64, Arc<Cube>)>>,
}

/// The sums as they stand, or as of an earlier instant.
///
/// # Errors
/// 500 when the database refuses.
pub async fn tally(
    kit: &Kit,
    sql: &mut dyn Sql,
    tenant: &str,
    as_of: Option<i64>,
    known: &[String],
) -> Result<Tally, Problem> {
    let kept = kit.parts.get::<Kept>();
    let cube = match as_of {
        None => present(kit, &kept, sql, tenant).await?,
        Some(at) => past(kit, &kept, sql, tenant, at).await?,
    };
    let rows = sql.query("select id, town_code from site where tenant_id = $1", &params![tenant]).await?;
    let towns = rows
        .iter()
        .map(|row| Ok((row.get("id")?, row.get("town_code")?)))
        .collect::<Result<HashMap<String, String>, db::DbError>>()?;
    Ok(cube.tally(&towns, known))
}

async fn present(kit: &Kit, kept: &Kept, sql: &mut dyn Sql, tenant: &str) -> Result<Arc<Cube>, Problem> {
    let held = kept.now.lock().unwrap_or_else(PoisonError::into_inner).get(tenant).cloned();
    let held = held.unwrap_or_else(|| Arc::new(Cube::empty()));
    let mut cube = Cube::clone(&held);
    if !cube.refresh(kit, sql, tenant, None).await? {
        return Ok(held);
    }
    let cube = Arc::new(cube);
    let mut now = kept.now.lock().unwrap_or_else(PoisonError::into_inner);
    // Another reader may have gone further meanwhile.
    let older = now
        .get(tenant)
        .is_none_or(|other| other.ledger_at <= cube.ledger_at && other.manifests_at <= cube.manifests_at);
    if older {
        now.insert(tenant.to_owned(), Arc::clone(&cube));
    }
    Ok(cube)
}

async fn past(
    kit: &Kit,
    kept: &Kept,
    sql: &mut dyn Sql,
    tenant: &str,
    at: i64,
) -> Result<Arc<Cube>, Problem> {
    let find = |all: &VecDeque<(String, i64, Arc<Cube>)>| {
        all.iter().find(|(t, instant, _)| t == tenant && *instant == at).map(|(_, _, cube)| Arc::clone(cube))
    };
    if let Some(cube) = find(&kept.earlier.lock().unwrap_or_else(PoisonError::into_inner)) {
        return Ok(cube);
    }
    let mut cube = Cube::empty();
    cube.refresh(kit, sql, tenant, Some(at)).await?;
    let cube = Arc::new(cube);
    // What was recorded by an instant that has passed never changes.
    if at < kit.clock.now() {
        let mut all = kept.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_front((tenant.to_owned(), at, Arc::clone(&cube)));
        all.truncate(KEPT);
    }
    Ok(cube)
}

/// Forgets everything, so that the next question builds it again: for measurements.
pub fn forget(kit: &Kit) {
    let kept = kit.parts.get::<Kept>();
    kept.now.lock().unwrap_or_else(PoisonError::into_inner).clear();
    kept.earlier.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

/// The entries behind a measure of the ledger; `None` for another one.
pub fn entries_of(name: &str) -> Option<ledger::FlowFilter> {
    let of = |kinds: &[&'static str]| ledger::FlowFilter { kinds: kinds.to_vec(), ..Default::default() };
    Some(match name {
        "hw_generated" => of(&["generated"]),
        "hw_industrial_generated" => ledger::FlowFilter { medical: Some(false), ..of(&["generated"]) },
        "hw_transferred" => of(&["sent", "returned"]),
        "hw_used" => of(&["used"]),
        "hw_industrial_used" => {
            ledger::FlowFilter { medical: Some(false), without_residue: true, ..of(&["used"]) }
        }
        "hw_industrial_used_earlier" => ledger::FlowFilter {
            medical: Some(false),
            without_residue: true,
            only_earlier: true,
            ..of(&["used"])
        },
        "hw_disposed" => of(&["disposed"]),
        "hw_landfilled" => ledger::FlowFilter { way: Some("landfill"), ..of(&["disposed"]) },
        "hw_incinerated" => ledger::FlowFilter { way: Some("burn"), ..of(&["disposed"]) },
        "hw_stock" => ledger::FlowFilter { at_own_site: true, ..of(&[]) },
        _ => return None,
    })
}
