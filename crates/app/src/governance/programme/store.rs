//! Reads of items and of the names that stand in them. No access rule is applied here: the caller brings the condition.

use std::collections::BTreeMap;

use db::{DbError, Row, Sql, params};
use domain::programme::{Item, Progress};
use serde::{Deserialize, Serialize};

use crate::kit::{Filter, Lang};
use crate::registry::profile::Profile;

/// A report as its event has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// What was reported.
    pub report: Progress,
    /// For which organisation.
    pub org_id: String,
}

/// A stored item.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Id.
    pub id: String,
    /// Version: how often it was saved.
    pub version: i64,
    /// As its last event has it.
    pub item: Item,
    /// Since when the platform has it.
    pub created_at: i64,
    /// Last event.
    pub updated_at: i64,
    /// The latest report about the whole.
    pub report: Option<Reported>,
}

const COLUMNS: &str =
    "p.id, p.version, p.document, p.created_at, p.updated_at, p.report from programme_item p";

fn broken(column: &str, error: &serde_json::Error) -> DbError {
    DbError::Inconsistent(format!("programme_item.{column}: {error}"))
}

/// A report from its column.
///
/// # Errors
/// When the table holds something else.
pub fn reported(text: &str) -> Result<Reported, DbError> {
    serde_json::from_str(text).map_err(|e| broken("report", &e))
}

fn stored(row: &Row) -> Result<Stored, DbError> {
    let document: String = row.get("document")?;
    let report: Option<String> = row.get("report")?;
    Ok(Stored {
        id: row.get("id")?,
        version: row.get("version")?,
        item: serde_json::from_str(&document).map_err(|e| broken("document", &e))?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        report: report.as_deref().map(reported).transpose()?,
    })
}

/// Items that match, by code.
///
/// # Errors
/// When the database refuses.
pub async fn items(sql: &mut dyn Sql, filter: &Filter) -> Result<Vec<Stored>, DbError> {
    let text = format!("select {COLUMNS} {} order by p.code, p.id", filter.conditions());
    sql.query(&text, filter.params()).await?.iter().map(stored).collect()
}

/// One item.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(sql: &mut dyn Sql, tenant: &str, id: &str) -> Result<Option<Stored>, DbError> {
    let mut filter = Filter::tenant("p.tenant_id", tenant);
    filter.and("p.id = ?", [db::Value::from(id)]);
    Ok(items(sql, &filter).await?.into_iter().next())
}

/// Latest reports of towns about an item, by town.
///
/// # Errors
/// When the database refuses.
pub async fn town_reports(
    sql: &mut dyn Sql,
    tenant: &str,
    item_id: &str,
) -> Result<BTreeMap<String, (Reported, i64)>, DbError> {
    let rows = sql
        .query(
            "select town, report, reported_at from programme_town_report where tenant_id = $1 and item_id = $2",
            &params![tenant, item_id],
        )
        .await?;
    let mut out = BTreeMap::new();
    for row in &rows {
        let report: String = row.get("report")?;
        out.insert(row.get("town")?, (reported(&report)?, row.get("reported_at")?));
    }
    Ok(out)
}

/// An organisation by name.
#[derive(Clone, Debug, Default)]
pub struct OrgName {
    /// Key in the city's profile.
    pub key: Option<String>,
    zh: String,
    en: Option<String>,
    full: String,
}

impl OrgName {
    /// Short name in a language.
    pub fn get(&self, lang: Lang) -> &str {
        match (lang, &self.en) {
            (Lang::En, Some(en)) if !en.is_empty() => en,
            _ => &self.zh,
        }
    }
}

/// Organisations that govern, and towns, by id and code.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Organisations by id.
    pub orgs: BTreeMap<String, OrgName>,
    /// Towns by code.
    pub towns: BTreeMap<String, String>,
    /// Towns and parks that govern themselves, in the order of the profile.
    pub governing: Vec<String>,
}

impl Names {
    /// The organisation that a text means: id, key of the profile, name or short name.
    pub fn resolve(&self, text: &str) -> Option<String> {
        if self.orgs.contains_key(text) {
            return Some(text.to_owned());
        }
        let found = self.orgs.iter().find(|(_, o)| {
            o.key.as_deref() == Some(text)
                || o.zh == text
                || o.full == text
                || o.en.as_deref().is_some_and(|en| en.eq_ignore_ascii_case(text))
        });
        found.map(|(id, _)| id.clone())
    }

    /// The town that a text means: code or name.
    pub fn town(&self, text: &str) -> Option<String> {
        if self.towns.contains_key(text) {
            return Some(text.to_owned());
        }
        self.towns.iter().find(|(_, name)| *name == text).map(|(code, _)| code.clone())
    }

    /// Name of a town; an unknown one shows its code.
    pub fn town_name(&self, code: &str) -> String {
        self.towns.get(code).cloned().unwrap_or_else(|| code.to_owned())
    }
}

/// Names of all that can stand on an item: what the profile brings, and departments, towns and offices added since.
///
/// # Errors
/// When the database refuses.
pub async fn names(sql: &mut dyn Sql, tenant: &str, profile: &Profile) -> Result<Names, DbError> {
    let rows = sql
        .query(
            "select id, name, short_name, name_en, profile_key from org where tenant_id = $1 and \
             (kinds like '%\"department\"%' or kinds like '%\"town\"%' or kinds like '%\"office\"%')",
            &params![tenant],
        )
        .await?;
    let mut out = Names::default();
    for row in &rows {
        let full: String = row.get("name")?;
        let short: Option<String> = row.get("short_name")?;
        out.orgs.insert(
            row.get("id")?,
            OrgName {
                key: row.get("profile_key")?,
                zh: short.filter(|s| !s.is_empty()).unwrap_or_else(|| full.clone()),
                en: row.get("name_en")?,
                full,
            },
        );
    }
    let towns = profile.organisations.iter().filter(|o| o.kinds.iter().any(|k| k == "town"));
    out.governing = towns.map(|o| o.division_code.clone()).collect();
    out.towns = profile.towns.iter().map(|t| (t.code.clone(), t.name.clone())).collect();
    Ok(out)
}
