//! The four lists of the city's programme: targets, tasks, projects, responsibilities. The plan itself is data of the
//! city's profile and enters through the same service as what the office adds later. Rules are in `domain::programme`;
//! this module must never decide a light by itself, and never guess what nobody reported.

mod api;
mod clauses;
mod edit;
mod export;
mod import;
mod list;
mod model;
mod options;
mod plan;
pub mod project;
mod report;
pub mod seed;
mod show;
mod standing;
mod store;
#[cfg(test)]
mod tests;
pub mod workbench;

use db::{DbError, Sql, Value as Sv};
use domain::access::Permission;

pub use api::router;
pub use edit::{ItemBody, save};
pub use list::{ItemQuery, list, summary};
pub use model::{ItemSummary, ProgrammeSummary};
pub use project::project;
pub use report::{ProgressBody, report};

use crate::kit::{Filter, OpContext, Problem, Reach};

/// Subject of the events.
pub const SUBJECT: &str = "programme_item";

/// Read tables of this part.
pub const TABLES: &[&str] =
    &["evidence_use", "programme_item", "programme_unit", "programme_town", "programme_town_report"];

/// Rule ids of this module, beside those of `domain::programme`.
pub mod rules {
    domain::rule_ids! {
        /// Rows of one item that contradict each other.
        ROWS = "PRG-019";
        /// The caller's unit is not named on the item.
        NOT_YOURS = "PRG-028";
        /// No date.
        DATE = "PRG-040";
        /// No number.
        NUMBER = "PRG-041";
        /// Too many rows to export.
        EXPORT_LIMIT = "PRG-042";
    }
}

/// Adds the caller's reach over items to a query on `programme_item p`.
fn within(reach: &Reach, filter: &mut Filter) {
    match reach {
        Reach::City => {}
        Reach::Town(code) => {
            filter.and(
                "(p.all_towns or exists (select 1 from programme_town t where t.tenant_id = p.tenant_id \
                 and t.item_id = p.id and t.town = ?))",
                [Sv::from(code.as_str())],
            );
        }
        Reach::Org(org) | Reach::Party(org) | Reach::Assigned { org_id: org, .. } => {
            filter.and(
                "exists (select 1 from programme_unit u where u.tenant_id = p.tenant_id and u.item_id = p.id \
                 and u.org_id = ?)",
                [Sv::from(org.as_str())],
            );
        }
    }
}

/// Whether the caller may see an item.
///
/// # Errors
/// 500 when the database refuses.
pub async fn readable(sql: &mut dyn Sql, ctx: &OpContext, id: &str) -> Result<bool, DbError> {
    let Ok(reach) = ctx.require(Permission::ProgrammeRead) else { return Ok(false) };
    let mut filter = Filter::tenant("p.tenant_id", &ctx.tenant);
    within(&reach, &mut filter);
    filter.and("p.id = ?", [Sv::from(id)]);
    let text = format!("select 1 as n from programme_item p {}", filter.conditions());
    Ok(sql.query_opt(&text, filter.params()).await?.is_some())
}

/// A word that a field does not know.
fn unknown<'a>(
    path: &str,
    value: &str,
    allowed: impl Iterator<Item = &'a str>,
) -> domain::problem::Violation {
    domain::problem::Violation::error(domain::programme::rules::WORD, path)
        .with("value", value.chars().take(40).collect::<String>())
        .with("allowed", allowed.collect::<Vec<_>>().join(", "))
}

/// 422 with one unknown word.
fn wrong<'a>(path: &str, value: &str, allowed: impl Iterator<Item = &'a str>) -> Problem {
    Problem::violations(vec![unknown(path, value, allowed)])
}
