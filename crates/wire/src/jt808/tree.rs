//! A JSON document whose keys stay in the order in which they were put and whose decimals are exact. The
//! workspace's `serde_json` sorts keys, and must go on doing so: the order here is for eyes only.

use std::fmt::{self, Write};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Bool(bool),
    Int(i64),
    /// `scaled / 10^places`, written with all its places.
    Decimal {
        scaled: i64,
        places: u8,
    },
    Text(String),
    List(Vec<Tree>),
    Object(Object),
}

/// A JSON object in the order of its making.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object(Vec<(&'static str, Tree)>);

impl Object {
    /// Appends a key.
    pub(super) fn put(&mut self, key: &'static str, value: impl Into<Tree>) -> &mut Self {
        self.0.push((key, value.into()));
        self
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Tree> {
        self.0.iter().find(|(k, _)| *k == key).map(|(_, v)| v)
    }
}

impl Tree {
    /// A decimal number.
    pub(super) fn decimal(scaled: impl Into<i64>, places: u8) -> Self {
        Self::Decimal { scaled: scaled.into(), places }
    }

    /// Bytes as hexadecimal text.
    pub(super) fn hex(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(bytes.len() * 2);
        for byte in bytes {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self::Text(text)
    }

    /// A list.
    pub(super) fn list<T: Into<Self>>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }

    /// Writes the value; `indent` is the depth, or `None` for one line.
    fn show(&self, f: &mut fmt::Formatter<'_>, indent: Option<usize>) -> fmt::Result {
        match self {
            Self::Bool(b) => write!(f, "{b}"),
            Self::Int(n) => write!(f, "{n}"),
            Self::Decimal { scaled, places } => {
                let unit = 10_u64.saturating_pow(u32::from(*places));
                let sign = if *scaled < 0 { "-" } else { "" };
                let (whole, part) = (scaled.unsigned_abs() / unit, scaled.unsigned_abs() % unit);
                write!(f, "{sign}{whole}.{part:0width$}", width = usize::from(*places))
            }
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::List(items) => {
                // A list of plain values reads best on one line.
                let flat = !items.iter().any(|i| matches!(i, Self::Object(_) | Self::List(_)));
                let indent = if flat { None } else { indent };
                surrounded(f, '[', ']', items, indent, |f, item, indent| item.show(f, indent))
            }
            Self::Object(object) => object.show(f, indent),
        }
    }
}

impl Object {
    fn show(&self, f: &mut fmt::Formatter<'_>, indent: Option<usize>) -> fmt::Result {
        surrounded(f, '{', '}', &self.0, indent, |f, (key, value), indent| {
            let gap = if indent.is_some() { " " } else { "" };
            write!(f, "{}:{gap}", quoted(key))?;
            value.show(f, indent)
        })
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Writes a list of things between brackets.
fn surrounded<T>(
    f: &mut fmt::Formatter<'_>,
    open: char,
    close: char,
    items: &[T],
    indent: Option<usize>,
    show: impl Fn(&mut fmt::Formatter<'_>, &T, Option<usize>) -> fmt::Result,
) -> fmt::Result {
    let inner = indent.map(|n| n + 1);
    f.write_char(open)?;
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            f.write_char(',')?;
        }
        line(f, inner)?;
        show(f, item, inner)?;
    }
    if !items.is_empty() {
        line(f, indent)?;
    }
    f.write_char(close)
}

fn line(f: &mut fmt::Formatter<'_>, indent: Option<usize>) -> fmt::Result {
    match indent {
        Some(depth) => write!(f, "\n{:width$}", "", width = depth * 2),
        None => Ok(()),
    }
}

/// One line; with `{:#}` indented lines.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(f, f.alternate().then_some(0))
    }
}

macro_rules! tree_from {
    ($($from:ty => |$v:ident| $tree:expr;)+) => {
        $(impl From<$from> for Tree {
            fn from($v: $from) -> Self { $tree }
        })+
    };
}

tree_from! {
    bool => |v| Self::Bool(v);
    u8 => |v| Self::Int(v.into());
    u16 => |v| Self::Int(v.into());
    u32 => |v| Self::Int(v.into());
    i16 => |v| Self::Int(v.into());
    usize => |v| Self::Int(i64::try_from(v).unwrap_or(i64::MAX));
    &str => |v| Self::Text(v.to_owned());
    String => |v| Self::Text(v);
    Object => |v| Self::Object(v);
}
