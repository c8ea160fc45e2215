//! One text for two engines. A migration is written in the PostgreSQL types BIGINT, TEXT, BYTEA and BOOLEAN;
//! here its statements are split and its `create table` and `alter table` statements are put into the words of
//! the engine. Text columns get byte order on PostgreSQL (`collate "C"`), the order that SQLite has, so that
//! keyset pages and comparisons agree.

use crate::DbError;
use crate::db::EngineKind;

/// A piece of SQL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Token<'a> {
    Word(&'a str),
    Space(&'a str),
    /// String literal, quoted identifier, number or punctuation.
    Other(&'a str),
    End,
}

/// The statements of `sql` for `engine`, in order.
pub(crate) fn statements(sql: &str, engine: EngineKind) -> Result<Vec<String>, DbError> {
    let mut out = Vec::new();
    let mut statement = Vec::new();
    for token in tokens(sql)? {
        if token == Token::End {
            push(&mut out, &statement, engine)?;
            statement.clear();
        } else {
            statement.push(token);
        }
    }
    push(&mut out, &statement, engine)?;
    Ok(out)
}

fn push(out: &mut Vec<String>, tokens: &[Token<'_>], engine: EngineKind) -> Result<(), DbError> {
    let words: Vec<&str> =
        tokens.iter().filter_map(|t| if let Token::Word(w) = t { Some(*w) } else { None }).take(2).collect();
    let is = |i: usize, word: &str| words.get(i).is_some_and(|w: &&str| w.eq_ignore_ascii_case(word));
    if words.is_empty() {
        return Ok(());
    }
    let create = is(0, "create") && is(1, "table");
    let defines = create || (is(0, "alter") && is(1, "table"));
    let mut text = String::new();
    let mut previous = "";
    for token in tokens {
        match token {
            Token::Word(word) => {
                text.push_str(if defines { column_type(word, previous, engine)? } else { word });
                previous = word;
            }
            Token::Space(s) => text.push_str(s),
            Token::Other(s) => {
                text.push_str(s);
                previous = "";
            }
            Token::End => {}
        }
    }
    let text = text.trim();
    out.push(if create && engine == EngineKind::Sqlite { format!("{text} strict") } else { text.to_owned() });
    Ok(())
}

/// The type as the engine calls it; any other word as it is. After `as` (a cast) no collation may follow.
fn column_type<'a>(word: &'a str, previous: &str, engine: EngineKind) -> Result<&'a str, DbError> {
    let is = |w: &str| word.eq_ignore_ascii_case(w);
    for foreign in
        ["integer", "int", "blob", "varchar", "timestamp", "timestamptz", "real", "serial", "jsonb"]
    {
        // A column may well be called like a type only if it comes first, which we do not need.
        if is(foreign) {
            return Err(DbError::Config(format!(
                "a migration uses the type {word}; only BIGINT, TEXT, BYTEA and BOOLEAN exist on both engines"
            )));
        }
    }
    if is("deferrable") || is("deferred") {
        return Err(DbError::Config(
            "a migration defers a check to the commit, where it would fail a whole group of commands"
                .to_owned(),
        ));
    }
    Ok(match engine {
        EngineKind::Sqlite if is("bigint") || is("boolean") => "INTEGER",
        EngineKind::Sqlite if is("bytea") => "BLOB",
        EngineKind::Postgres if is("text") && !previous.eq_ignore_ascii_case("as") => "TEXT COLLATE \"C\"",
        _ => word,
    })
}

fn tokens(sql: &str) -> Result<Vec<Token<'_>>, DbError> {
    let mut out = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            ';' => 1,
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '\'' | '"' => quoted(rest, first)?,
            c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len()),
            c if c.is_alphabetic() || c == '_' => {
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        let (piece, tail) = rest.split_at(length);
        out.push(match first {
            ';' => Token::End,
            // A comment counts as a space, and needs none of its words kept.
            '-' if piece.starts_with("--") => Token::Space(" "),
            c if c.is_whitespace() => Token::Space(piece),
            c if c.is_alphabetic() || c == '_' => Token::Word(piece),
            _ => Token::Other(piece),
        });
        rest = tail;
    }
    Ok(out)
}

/// Length of the quoted piece at the start of `rest`; a doubled quote stands for itself.
fn quoted(rest: &str, quote: char) -> Result<usize, DbError> {
    let mut at = 1;
    loop {
        match rest[at..].find(quote) {
            None => return Err(DbError::Config("a migration has an unclosed quote".to_owned())),
            Some(i) if rest[at + i + 1..].starts_with(quote) => at += i + 2,
            Some(i) => return Ok(at + i + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "-- head; with 'quote\ncreate table a (\n x TEXT NOT NULL DEFAULT 'text; ''bigint''', -- why\n n BIGINT, \
                        b BYTEA, f BOOLEAN CHECK (cast(n as TEXT) <> x));\ninsert into a values ('text');";

    #[test]
    fn sqlite_words() -> Result<(), DbError> {
        let got = statements(TEXT, EngineKind::Sqlite)?;
        assert_eq!(got.len(), 2);
        assert!(got[0].contains("x TEXT NOT NULL DEFAULT 'text; ''bigint'''"), "{}", got[0]);
        assert!(
            got[0].contains("n INTEGER, b BLOB, f INTEGER CHECK (cast(n as TEXT) <> x)) strict"),
            "{}",
            got[0]
        );
        assert_eq!(got[1], "insert into a values ('text')");
        Ok(())
    }

    #[test]
    fn postgres_words() -> Result<(), DbError> {
        let got = statements(TEXT, EngineKind::Postgres)?;
        assert!(got[0].contains("x TEXT COLLATE \"C\" NOT NULL DEFAULT 'text; ''bigint'''"), "{}", got[0]);
        assert!(got[0].ends_with("f BOOLEAN CHECK (cast(n as TEXT) <> x))"), "{}", got[0]);
        Ok(())
    }

    #[test]
    fn foreign_types_and_open_quotes_are_refused() {
        assert!(statements("create table a (x INTEGER)", EngineKind::Sqlite).is_err());
        assert!(statements("create table a (x TEXT DEFAULT 'b)", EngineKind::Sqlite).is_err());
        let deferred = "create table a (x TEXT REFERENCES b (x) DEFERRABLE INITIALLY DEFERRED)";
        assert!(statements(deferred, EngineKind::Postgres).is_err());
    }
}
