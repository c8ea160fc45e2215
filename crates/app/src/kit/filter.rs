//! The statement of a list: conditions, keyset, order, limit, put together from fixed fragments. Input never enters the
//! text, only the parameters.
//!
//! Where a row may qualify in several ways (as consignor, receiver or carrier; in one of several statuses), one condition
//! with `or` would make a database walk the whole list. Each way then becomes a statement of its own, which an index
//! answers in the order of the list, and the first rows of all of them are put together.

use db::{DbError, Row, Sql, Value};

use super::page::{Key, MAX_COUNT, Total};

/// Most statements that a list is put together from.
const MAX_BRANCHES: usize = 32;

/// One of the ways in which a row may qualify.
#[derive(Clone, Debug)]
pub struct Way {
    table: String,
    link: String,
    condition: String,
    values: Vec<Value>,
    columns: Vec<(String, String)>,
    gather: bool,
}

impl Way {
    /// A condition on the row itself.
    pub fn on(condition: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self {
            table: String::new(),
            link: String::new(),
            condition: condition.into(),
            values: values.into_iter().collect(),
            columns: Vec::new(),
            gather: false,
        }
    }

    /// A condition on another table (`table alias` and how it hangs on the row). `columns` names the list's columns which
    /// that table has, too: the order is then taken from its index.
    pub fn through(
        (table, link): (&str, &str),
        condition: &str,
        values: impl IntoIterator<Item = Value>,
        columns: &[(&str, &str)],
    ) -> Self {
        let columns = columns.iter().map(|(list, own)| ((*list).to_owned(), (*own).to_owned())).collect();
        Self { table: table.to_owned(), link: link.to_owned(), columns, ..Self::on(condition, values) }
    }

    /// The same way, of which it is known that few rows fulfil it.
    #[must_use]
    pub fn few(self) -> Self {
        Self { gather: true, ..self }
    }

    /// A condition that few rows fulfil: they are found by it, and sorted then, whatever the order of the list is.
    pub fn gather(condition: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { gather: true, ..Self::on(condition, values) }
    }
}

/// A way whose parameters have their numbers.
#[derive(Clone, Debug)]
struct Numbered {
    table: String,
    link: String,
    condition: String,
    columns: Vec<(String, String)>,
    gather: bool,
}

/// What a list reads and shows.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// `select …`, the columns; the statement's own column of the order is among them where the caller needs it.
    pub columns: &'a str,
    /// `from …` with the tables that conditions need.
    pub from: &'a str,
    /// Joins that only the columns need.
    pub joins: &'a str,
    /// Column of the order.
    pub order: &'a str,
    /// The largest first.
    pub descending: bool,
    /// Conditions have indexes in this order.
    pub indexed: bool,
    /// Column of the id.
    pub id: &'a str,
    /// Rows of a page.
    pub limit: i64,
}

/// Builds the dynamic part of a list query.
pub struct Filter {
    conditions: Vec<String>,
    params: Vec<Value>,
    /// A row qualifies when one way of each group holds.
    groups: Vec<Vec<Numbered>>,
    /// Which condition is the keyset, and its text with places for column and id.
    keyset: Option<(usize, char, usize)>,
}

impl Filter {
    /// Starts with the tenant condition on `column`.
    pub fn tenant(column: &str, tenant: &str) -> Self {
        let mut filter =
            Self { conditions: Vec::new(), params: Vec::new(), groups: Vec::new(), keyset: None };
        filter.and(&format!("{column} = ?"), [Value::from(tenant)]);
        filter
    }

    /// The fragment with each `?` bound to the next value.
    fn number(&mut self, fragment: &str, values: impl IntoIterator<Item = Value>) -> String {
        let mut text = String::with_capacity(fragment.len() + 8);
        let mut values = values.into_iter();
        for c in fragment.chars() {
            if c == '?' {
                self.params.push(values.next().unwrap_or(Value::Null));
                text.push('$');
                text.push_str(&self.params.len().to_string());
            } else {
                text.push(c);
            }
        }
        text
    }

    /// Adds a condition; each `?` in the fixed `fragment` is bound to the next value.
    pub fn and(&mut self, fragment: &str, values: impl IntoIterator<Item = Value>) -> &mut Self {
        let text = self.number(fragment, values);
        self.conditions.push(text);
        self
    }

    /// Adds `fragment` only when there is a value.
    pub fn maybe(&mut self, fragment: &str, value: Option<impl Into<Value>>) -> &mut Self {
        if let Some(value) = value {
            self.and(fragment, [value.into()]);
        }
        self
    }

    /// Demands that a row qualifies in one of these ways; none at all, and no row does.
    pub fn any(&mut self, ways: Vec<Way>) -> &mut Self {
        let mut group = Vec::new();
        for way in ways {
            let condition = self.number(&way.condition, way.values.clone());
            let Way { table, link, columns, gather, .. } = way;
            group.push(Numbered { table, link, condition, columns, gather });
        }
        // Too many statements cost more to plan than they save.
        let plain = group.iter().all(|way| way.table.is_empty() && !way.gather);
        let branches = self.groups.iter().map(Vec::len).product::<usize>().saturating_mul(group.len());
        if plain && branches > MAX_BRANCHES {
            let all: Vec<String> = group.iter().map(|way| format!("({})", way.condition)).collect();
            self.conditions.push(format!("({})", all.join(" or ")));
            return self;
        }
        match group.as_slice() {
            [] => self.conditions.push("1 = 0".to_owned()),
            [only] if only.table.is_empty() && !only.gather => {
                self.conditions.push(format!("({})", only.condition))
            }
            _ => self.groups.push(group),
        }
        self
    }

    /// Adds the keyset condition for `(column, id)` after the cursor.
    pub fn after(
        &mut self,
        column: &str,
        id: &str,
        descending: bool,
        after: Option<(Key, String)>,
    ) -> &mut Self {
        if let Some((key, last)) = after {
            let op = if descending { '<' } else { '>' };
            self.keyset = Some((self.conditions.len(), op, self.params.len() + 1));
            self.and(&format!("({column}, {id}) {op} (?, ?)"), [key.into(), Value::Text(last)]);
        }
        self
    }

    /// The `where …` text. Not for a filter with several ways, which is more than one statement.
    pub fn conditions(&self) -> String {
        format!("where {}", self.conditions.join(" and "))
    }

    /// Parameters so far.
    pub fn params(&self) -> &[Value] {
        &self.params
    }

    /// Every choice of one way out of each group.
    fn branches(&self) -> Vec<Vec<&Numbered>> {
        let mut all: Vec<Vec<&Numbered>> = vec![Vec::new()];
        for group in &self.groups {
            all = all.iter().flat_map(|b| group.iter().map(move |w| [b.as_slice(), &[w]].concat())).collect();
        }
        all
    }

    /// The ids of one branch, with the order's column as `k` where an order is asked for.
    fn branch(
        &self,
        ways: &[&Numbered],
        from: &str,
        id: &str,
        order: Option<Order<'_>>,
        limit: &str,
    ) -> String {
        let joined: Vec<&&Numbered> = ways.iter().filter(|w| !w.table.is_empty()).collect();
        let swaps = joined.first().map_or(&[][..], |w| w.columns.as_slice());
        let own = |column: &str| swaps.iter().find(|(list, _)| list == column).map(|(_, own)| own.as_str());
        let gather = ways.iter().any(|w| w.gather) || order.is_some_and(|o| o.found == Found::Few);
        // Either all of the order is in the joined table, or nothing is taken from it.
        let lent = order.and_then(|o| Some((own(o.column)?.to_owned(), own(id)?.to_owned())));
        let (column, id_column) = match (order, lent) {
            // An expression is in no index: the engine has to find the rows by the condition.
            (Some(o), _) if gather => (format!("coalesce({0}, {0})", o.column), id.to_owned()),
            (Some(_), Some(lent)) => lent,
            (Some(o), None) => (o.column.to_owned(), id.to_owned()),
            (None, _) => (String::new(), id.to_owned()),
        };
        // SQLite takes tables round `cross join` in their order: first what is joined, unless the list's own order is
        // walked.
        let walk =
            order.is_some_and(|o| o.found == Found::Many) && !gather && own(id) != Some(id_column.as_str());
        let list = from.trim_start_matches("from ");
        let mut tables = String::new();
        for (n, way) in joined.iter().enumerate() {
            tables = match (n, walk) {
                (0, false) => format!("{} cross join {list}", way.table),
                (0, true) => format!("{list} cross join {}", way.table),
                _ => format!("{tables} cross join {}", way.table),
            };
        }
        let tables = if joined.is_empty() { list } else { tables.as_str() };
        let mut conditions: Vec<String> = self.conditions.clone();
        if let (Some((at, op, first)), Some(_)) = (self.keyset, order)
            && let Some(condition) = conditions.get_mut(at)
        {
            *condition = format!("({column}, {id_column}) {op} (${first}, ${})", first + 1);
        }
        for way in ways {
            if !way.link.is_empty() {
                conditions.push(way.link.clone());
            }
            conditions.push(format!("({})", way.condition));
        }
        // A row may hang on several of another table. Counting sorts that out itself.
        let distinct = if joined.is_empty() || order.is_none() { "" } else { "distinct " };
        let (key, order) = order.map_or_else(Default::default, |o| {
            let way = direction(o.descending);
            (format!(", {column} as k"), format!(" order by {column} {way}, {id_column} {way}"))
        });
        let limit = if limit.is_empty() { String::new() } else { format!(" limit {limit}") };
        let conditions = conditions.join(" and ");
        format!("select {distinct}{id_column} as id{key} from {tables} where {conditions}{order}{limit}")
    }

    /// A statement over all rows that match: `select … from …` and what groups them.
    pub fn gathered(&self, select: &str, group: &str, from: &str, id: &str) -> (String, Vec<Value>) {
        if self.groups.is_empty() {
            return (format!("{select} {} {group}", self.conditions()), self.params.clone());
        }
        let tenant = self.conditions.first().map_or("1 = 1", String::as_str);
        let ids = self.union(from, id, None, "");
        let text = format!("{select} where {tenant} and {id} in (select id from ({ids}) u) {group}");
        (text, self.params.clone())
    }

    /// The branches as one statement.
    fn union(&self, from: &str, id: &str, order: Option<Order<'_>>, limit: &str) -> String {
        let parts: Vec<String> = self
            .branches()
            .iter()
            .enumerate()
            .map(|(n, ways)| format!("select * from ({}) b{n}", self.branch(ways, from, id, order, limit)))
            .collect();
        parts.join(" union ")
    }

    /// Counts the rows that match, up to [`MAX_COUNT`]: for [`super::Total::counted`].
    pub fn count(&self, from: &str, id: &str) -> (String, Vec<Value>) {
        self.count_to(from, id, MAX_COUNT)
    }

    fn count_to(&self, from: &str, id: &str, most: i64) -> (String, Vec<Value>) {
        debug_assert!(self.keyset.is_none(), "rows are counted before the cursor is set");
        let limit = most + 1;
        let ids = self.union(from, id, None, &limit.to_string());
        let several = self.groups.iter().flatten().any(|w| !w.table.is_empty());
        let n = if several { "count(distinct id)" } else { "count(*)" };
        let text =
            format!("select {n} as n, count(*) as found from (select * from ({ids}) u limit {limit}) c");
        (text, self.params.clone())
    }

    /// The whole query: `select` + conditions + order + limit (one row more than asked, for [`super::Page::cut`]).
    pub fn finish(
        &self,
        select: &str,
        column: &str,
        id: &str,
        descending: bool,
        limit: i64,
    ) -> (String, Vec<Value>) {
        debug_assert!(self.groups.is_empty(), "several ways need `page`");
        let order = direction(descending);
        let mut params = self.params.clone();
        params.push(Value::Int(limit + 1));
        let sql = format!(
            "{select} {} order by {column} {order}, {id} {order} limit ${}",
            self.conditions(),
            params.len()
        );
        (sql, params)
    }

    /// The whole query of a list.
    fn page(&self, list: &Listing<'_>, found: Found) -> (String, Vec<Value>) {
        let Listing { columns, from, joins, order: column, descending, id, limit, .. } = *list;
        if self.groups.is_empty() && found == Found::Many {
            return self.finish(&format!("{columns} {from} {joins}"), column, id, descending, limit);
        }
        let order = direction(descending);
        let mut params = self.params.clone();
        params.push(Value::Int(limit + 1));
        let places = format!("${}", params.len());
        let ids = self.union(from, id, Some(Order { column, descending, found }), &places);
        let tenant = self.conditions.first().map_or("1 = 1", String::as_str);
        let sql = format!(
            "{columns} {from} {joins} where {tenant} and {id} in (select id from ({ids}) u \
             order by k {order}, id {order} limit {places}) \
             order by coalesce({column}, {column}) {order}, {id} {order}"
        );
        (sql, params)
    }

    /// Fetches a page (one row more than asked, for [`super::Page::cut`]) and counts the rows that match. The count tells
    /// how: few rows are found by what they have to be, and sorted; many are met in a walk along the order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn read(
        mut self,
        sql: &mut dyn Sql,
        list: &Listing<'_>,
        after: Option<(Key, String)>,
    ) -> Result<(Vec<Row>, Total), DbError> {
        let (text, params) = self.count(list.from, list.id);
        let total = Total::counted(&sql.query_one(&text, &params).await?)?;
        let mut found = if total.is_capped() { Found::Many } else { Found::Few };
        // Where no index has both the condition and the order, how many rows there are decides.
        if found == Found::Many && !list.indexed {
            let (text, params) = self.count_to(list.from, list.id, MANY);
            let more: i64 = sql.query_one(&text, &params).await?.get("found")?;
            found = if more > MANY { Found::Many } else { Found::Few };
        }
        self.after(list.order, list.id, list.descending, after);
        let (text, params) = self.page(list, found);
        Ok((sql.query(&text, &params).await?, total))
    }
}

/// From so many rows on a walk through a million meets a page of them sooner than they are all sorted.
const MANY: i64 = 8_000;

/// How many rows match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Few,
    Many,
}

/// An order.
#[derive(Clone, Copy, Debug)]
struct Order<'a> {
    column: &'a str,
    descending: bool,
    found: Found,
}

fn direction(descending: bool) -> &'static str {
    if descending { "desc" } else { "asc" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_numbers_its_parameters() {
        let mut f = Filter::tenant("t.tenant_id", "x");
        f.maybe("a = ?", None::<i64>).maybe("b = ?", Some(3i64));
        f.after("c", "id", true, Some((Key::Int(9), "z".into())));
        let (sql, params) = f.finish("select * from t", "c", "id", true, 50);
        assert_eq!(
            sql,
            "select * from t where t.tenant_id = $1 and b = $2 and (c, id) < ($3, $4) order by c desc, id desc limit $5"
        );
        assert_eq!(params.len(), 5);
    }

    const LIST: Listing<'_> = Listing {
        columns: "select m.x",
        from: "from m",
        joins: "left join o",
        order: "m.at",
        descending: true,
        indexed: true,
        id: "m.id",
        limit: 50,
    };

    #[test]
    fn ways_become_statements_of_their_own() {
        let mut f = Filter::tenant("m.tenant_id", "x");
        let columns = [("m.at", "l.at"), ("m.id", "l.m")];
        f.any(vec![
            Way::on("m.a = ?", [Value::Int(1)]),
            Way::through(("l", "l.m = m.id"), "l.b = ?", [Value::Int(2)], &columns),
        ]);
        let (count, _) = f.count("from m", "m.id");
        assert_eq!(
            count,
            "select count(distinct id) as n, count(*) as found from (select * from (select * from (select m.id as id from m \
             where m.tenant_id = $1 and (m.a = $2) limit 1001) b0 union select * from (select m.id as id from l cross join m \
             where m.tenant_id = $1 and l.m = m.id and (l.b = $3) limit 1001) b1) u limit 1001) c"
        );
        f.after("m.at", "m.id", true, Some((Key::Int(9), "z".into())));
        let (sql, params) = f.page(&LIST, Found::Many);
        assert_eq!(
            sql,
            "select m.x from m left join o where m.tenant_id = $1 and m.id in (select id from (\
             select * from (select m.id as id, m.at as k from m where m.tenant_id = $1 and (m.at, m.id) < ($4, $5) \
             and (m.a = $2) order by m.at desc, m.id desc limit $6) b0 union \
             select * from (select distinct l.m as id, l.at as k from l cross join m where m.tenant_id = $1 \
             and (l.at, l.m) < ($4, $5) and l.m = m.id and (l.b = $3) order by l.at desc, l.m desc limit $6) b1) u \
             order by k desc, id desc limit $6) order by coalesce(m.at, m.at) desc, m.id desc"
        );
        assert_eq!(params.len(), 6);
    }

    #[test]
    fn few_rows_are_sorted_by_no_index_and_many_are_walked() {
        let mut f = Filter::tenant("m.tenant_id", "x");
        f.any(vec![Way::through(("l", "l.m = m.id"), "l.b = ?", [Value::Int(2)], &[("m.id", "l.m")])]);
        let few = f.page(&LIST, Found::Few).0;
        assert!(
            few.contains("from l cross join m where")
                && few.contains("order by coalesce(m.at, m.at) desc, m.id desc limit"),
            "{few}"
        );
        let many = f.page(&LIST, Found::Many).0;
        assert!(
            many.contains("from m cross join l where")
                && many.contains("order by m.at desc, m.id desc limit"),
            "{many}"
        );
    }

    #[test]
    fn no_way_at_all_lets_nothing_through() {
        let mut f = Filter::tenant("m.tenant_id", "x");
        f.any(Vec::new()).any(vec![Way::on("a = ?", [Value::Int(1)])]);
        assert_eq!(f.conditions(), "where m.tenant_id = $1 and 1 = 0 and (a = $2)");
    }
}
