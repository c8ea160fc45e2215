//! Lists: keyset pages with an opaque cursor, so that a page never skips or repeats a row while others write.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use db::{DbError, Row, Value};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;

/// Largest page that a client may ask for.
pub const MAX_LIMIT: i64 = 200;
/// Rows are counted up to this: nobody reads more, and counting a million takes longer than showing fifty.
pub const MAX_COUNT: i64 = 1_000;

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Cursor of the next page; null on the last.
    pub next_cursor: Option<String>,
    /// All rows that match; null where they are not counted.
    pub total: Option<i64>,
    /// Counting ended at `total`: there are more.
    pub total_capped: bool,
}

/// How many rows match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    rows: Option<i64>,
    capped: bool,
}

impl From<Option<i64>> for Total {
    fn from(rows: Option<i64>) -> Self {
        Self { rows, capped: false }
    }
}

impl Total {
    /// What a statement of [`super::Filter::count`] answered.
    ///
    /// # Errors
    /// When the row is not one of such a statement.
    pub fn counted(row: &Row) -> Result<Self, DbError> {
        let (rows, found): (i64, i64) = (row.get("n")?, row.get("found")?);
        Ok(Self { rows: Some(rows.min(MAX_COUNT)), capped: found > MAX_COUNT })
    }

    /// There are more.
    pub(super) fn is_capped(&self) -> bool {
        self.capped
    }
}

/// What every list understands.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Rows a page, 1 to 200; 50 when left out.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Field to sort by; a minus in front means descending.
    pub sort: Option<String>,
    /// Words to look for.
    pub q: Option<String>,
}

/// A value inside a cursor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// Integer.
    Int(i64),
    /// Text.
    Text(String),
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Int(i) => Value::Int(i),
            Key::Text(t) => Value::Text(t),
        }
    }
}

impl PageQuery {
    /// Rows asked for.
    ///
    /// # Errors
    /// `REQ-LIMIT` outside 1..=200.
    pub fn limit(&self) -> Result<i64, Problem> {
        match self.limit {
            None => Ok(50),
            Some(n) if (1..=MAX_LIMIT).contains(&n) => Ok(n),
            Some(n) => Err(Problem::field(
                "/limit",
                "REQ-LIMIT",
                [("value", n.to_string()), ("max", MAX_LIMIT.to_string())],
            )),
        }
    }

    /// Chooses the sort order among those allowed: (name, SQL column, type of the key), the first being the default.
    /// Answers the chosen column and whether it descends.
    ///
    /// # Errors
    /// `REQ-SORT` for another field.
    pub fn sort<'a>(
        &self,
        allowed: &[(&'static str, &'a str)],
        default_descending: bool,
    ) -> Result<(&'a str, bool), Problem> {
        let Some(asked) = self.sort.as_deref() else {
            return allowed
                .first()
                .map(|(_, column)| (*column, default_descending))
                .ok_or_else(Problem::internal);
        };
        let (name, descending) = match asked.strip_prefix('-') {
            Some(rest) => (rest, true),
            None => (asked, false),
        };
        allowed.iter().find(|(n, _)| *n == name).map(|(_, column)| (*column, descending)).ok_or_else(|| {
            let names = allowed.iter().map(|(n, _)| *n).collect::<Vec<_>>().join(", ");
            Problem::field(
                "/sort",
                "REQ-SORT",
                [("value", asked.chars().take(40).collect::<String>()), ("allowed", names)],
            )
        })
    }

    /// The cursor's two keys: the sort value and the id of the last row of the page before.
    ///
    /// # Errors
    /// `REQ-CURSOR` when it is not one of ours.
    pub fn after(&self) -> Result<Option<(Key, String)>, Problem> {
        let Some(cursor) = self.cursor.as_deref().filter(|c| !c.is_empty()) else { return Ok(None) };
        let bad = || Problem::field("/cursor", "REQ-CURSOR", []);
        if cursor.len() > 600 {
            return Err(bad());
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad())?;
        serde_json::from_slice(&bytes).map(Some).map_err(|_| bad())
    }

    /// Search words, trimmed; at most 100 characters count.
    pub fn words(&self) -> Option<String> {
        let q: String = self.q.as_deref().unwrap_or_default().trim().chars().take(100).collect();
        (!q.is_empty()).then_some(q)
    }
}

/// A `like` pattern that matches `words` literally (use with `escape '\'`).
pub fn like(words: &str) -> String {
    let mut out = String::from("%");
    for c in words.chars() {
        if matches!(c, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('%');
    out
}

impl<T> Page<T> {
    /// Makes a page of `limit` rows out of `limit + 1` fetched ones; `key` tells a row's sort value and id.
    pub fn cut(
        mut rows: Vec<T>,
        limit: i64,
        total: impl Into<Total>,
        key: impl Fn(&T) -> (Key, String),
    ) -> Self {
        let Total { rows: total, capped: total_capped } = total.into();
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).and_then(|last| {
            serde_json::to_vec(&key(last)).ok().map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes))
        });
        Self { items: rows, next_cursor, total, total_capped }
    }

    /// The same page with other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next_cursor: self.next_cursor,
            total: self.total,
            total_capped: self.total_capped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let page =
            Page::cut(vec![(1i64, "a"), (2, "b"), (3, "c")], 2, None, |r| (Key::Int(r.0), r.1.to_owned()));
        assert_eq!(page.items.len(), 2);
        let query = PageQuery { cursor: page.next_cursor, ..Default::default() };
        assert_eq!(query.after().ok().flatten(), Some((Key::Int(2), "b".to_owned())));
        let garbage = PageQuery { cursor: Some("!!!".into()), ..Default::default() };
        assert!(garbage.after().is_err());
    }
}
