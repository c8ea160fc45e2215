//! Reading back the schema that the migrations made, in words that are the same for both engines, so that a test
//! can compare them and a backup of one can be restored into the other.

use std::collections::BTreeMap;

use crate::db::EngineKind;
use crate::{Db, DbError, Sql, params};

/// One table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// Columns of the primary key in order.
    pub primary_key: Vec<String>,
    /// Other indexes: unique or not, and their columns; what is an expression is left out.
    pub indexes: BTreeMap<String, (bool, Vec<String>)>,
    /// Foreign keys: columns, table, its columns; sorted.
    pub foreign_keys: Vec<(Vec<String>, String, Vec<String>)>,
}

/// One column.
#[derive(Clone, Debug, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// `BIGINT`, `TEXT`, `BYTEA`, or `BOOLEAN` (which SQLite does not tell from `BIGINT`).
    pub kind: String,
    /// NOT NULL.
    pub not_null: bool,
}

impl PartialEq for Column {
    /// Booleans are integers on SQLite, so these two kinds count as equal.
    fn eq(&self, other: &Self) -> bool {
        let kind = |c: &Self| if c.kind == "BOOLEAN" { "BIGINT".to_owned() } else { c.kind.clone() };
        self.name == other.name && self.not_null == other.not_null && kind(self) == kind(other)
    }
}

impl Db {
    /// All tables, by name.
    pub async fn schema(&self) -> Result<Vec<Table>, DbError> {
        let kind = self.engine();
        self.read(move |s| Box::pin(async move { read(s, kind).await })).await
    }

    /// Prepares every statement and lists those that the engine refuses, with its reason.
    pub async fn prepare_all(&self, statements: &[&str]) -> Result<Vec<(String, DbError)>, DbError> {
        let mut tx = self.direct().await?;
        let mut refused = Vec::new();
        for sql in statements {
            if let Err(e) = tx.prepare(sql).await {
                refused.push(((*sql).to_owned(), e));
            }
        }
        Ok(refused)
    }
}

pub(crate) async fn read(s: &mut dyn Sql, kind: EngineKind) -> Result<Vec<Table>, DbError> {
    match kind {
        EngineKind::Sqlite => read_lite(s).await,
        EngineKind::Postgres => read_pg(s).await,
    }
}

async fn texts(s: &mut dyn Sql, sql: &str, name: &str) -> Result<Vec<String>, DbError> {
    s.query(sql, &params![name]).await?.iter().map(|r| r.at(0)).collect()
}

async fn read_lite(s: &mut dyn Sql) -> Result<Vec<Table>, DbError> {
    let names = "select name from sqlite_schema where type = $1 and name not like 'sqlite_%' order by name";
    let mut tables = Vec::new();
    for name in texts(s, names, "table").await? {
        let info = "select name, type, \"notnull\" as not_null from pragma_table_info($1) order by cid";
        let mut columns = Vec::new();
        for row in s.query(info, &params![&name]).await? {
            let kind = match row.text("type")? {
                "INTEGER" => "BIGINT",
                "BLOB" => "BYTEA",
                other => other,
            };
            columns.push(Column {
                name: row.get("name")?,
                kind: kind.to_owned(),
                not_null: row.get("not_null")?,
            });
        }
        let key = "select name from pragma_table_info($1) where pk > 0 order by pk";
        let primary_key = texts(s, key, &name).await?;
        let mut indexes = BTreeMap::new();
        let list = "select name, \"unique\" as is_unique from pragma_index_list($1) where origin = 'c'";
        for row in s.query(list, &params![&name]).await? {
            let index: String = row.get("name")?;
            let of = texts(
                s,
                "select name from pragma_index_info($1) where name is not null order by seqno",
                &index,
            )
            .await?;
            indexes.insert(index, (row.get("is_unique")?, of));
        }
        let mut keys: BTreeMap<i64, (Vec<String>, String, Vec<String>)> = BTreeMap::new();
        let list = "select id, \"table\" as target, \"from\" as here, \"to\" as there \
             from pragma_foreign_key_list($1) order by id, seq";
        for row in s.query(list, &params![&name]).await? {
            let key = keys.entry(row.get("id")?).or_default();
            key.0.push(row.get("here")?);
            key.1 = row.get("target")?;
            // Empty where the migration leaves it to the primary key.
            key.2.push(row.get::<Option<String>>("there")?.unwrap_or_default());
        }
        let mut foreign_keys: Vec<_> = keys.into_values().collect();
        foreign_keys.sort();
        tables.push(Table { name, columns, primary_key, indexes, foreign_keys });
    }
    Ok(tables)
}

async fn read_pg(s: &mut dyn Sql) -> Result<Vec<Table>, DbError> {
    let names = "select cast(relname as text) from pg_class \
         where relkind = 'r' and cast(relnamespace as regnamespace) = cast(current_schema() as regnamespace) \
         and $1 = 'table' order by relname collate \"C\"";
    let mut tables = Vec::new();
    for name in texts(s, names, "table").await? {
        let info = "select cast(attname as text) as name, upper(format_type(atttypid, atttypmod)) as type, \
             attnotnull as not_null from pg_attribute \
             where attrelid = cast($1 as text)::regclass and attnum > 0 and not attisdropped order by attnum";
        let mut columns = Vec::new();
        for row in s.query(info, &params![&name]).await? {
            let (name, kind) = (row.get("name")?, row.get("type")?);
            columns.push(Column { name, kind, not_null: row.get("not_null")? });
        }
        let list = "select cast(i.relname as text) as name, x.indisunique as is_unique, x.indisprimary as is_primary, \
             cast(a.attname as text) as col \
             from pg_index x join pg_class i on i.oid = x.indexrelid \
             cross join lateral unnest(x.indkey) with ordinality as k(attnum, place) \
             join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attnum \
             where x.indrelid = cast($1 as text)::regclass order by i.relname, k.place";
        let (mut primary_key, mut indexes) = (Vec::new(), BTreeMap::<_, (bool, Vec<String>)>::new());
        for row in s.query(list, &params![&name]).await? {
            if row.get("is_primary")? {
                primary_key.push(row.get("col")?);
            } else {
                let unique = row.get("is_unique")?;
                indexes.entry(row.get("name")?).or_insert((unique, Vec::new())).1.push(row.get("col")?);
            }
        }
        let list = "select cast(c.conname as text) as name, cast(f.relname as text) as target, \
             cast(h.attname as text) as here, cast(t.attname as text) as there \
             from pg_constraint c join pg_class f on f.oid = c.confrelid \
             cross join lateral unnest(c.conkey, c.confkey) with ordinality as k(here, there, place) \
             join pg_attribute h on h.attrelid = c.conrelid and h.attnum = k.here \
             join pg_attribute t on t.attrelid = c.confrelid and t.attnum = k.there \
             where c.contype = 'f' and c.conrelid = cast($1 as text)::regclass order by c.conname, k.place";
        let mut keys: BTreeMap<String, (Vec<String>, String, Vec<String>)> = BTreeMap::new();
        for row in s.query(list, &params![&name]).await? {
            let key = keys.entry(row.get("name")?).or_default();
            key.0.push(row.get("here")?);
            key.1 = row.get("target")?;
            key.2.push(row.get("there")?);
        }
        let mut foreign_keys: Vec<_> = keys.into_values().collect();
        foreign_keys.sort();
        tables.push(Table { name, columns, primary_key, indexes, foreign_keys });
    }
    Ok(tables)
}
