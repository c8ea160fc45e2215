//! The shape of a rule that is not kept. A problem names a rule by id, says how serious it is, where in
//! the request it lies and with which values; it must never carry a sentence for people, because the
//! words live in `data/rules/*.json` with their citation and remedy.

use std::fmt;

use serde::Serialize;

/// How serious a violation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Said, recorded, does not block.
    Warning,
    /// Blocks the command.
    Error,
}

/// One rule that a command does not keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Rule id, a key of `data/rules/*.json`.
    pub rule: &'static str,
    /// Whether it blocks.
    pub severity: Severity,
    /// JSON pointer into the request (`/lines/0/code`); empty for the request as a whole.
    pub path: String,
    /// Values for the placeholders of the text.
    pub params: Vec<(&'static str, String)>,
}

impl Violation {
    /// A violation that blocks.
    pub fn error(rule: &'static str, path: impl Into<String>) -> Self {
        Self { rule, severity: Severity::Error, path: path.into(), params: Vec::new() }
    }

    /// A violation that is only said.
    pub fn warning(rule: &'static str, path: impl Into<String>) -> Self {
        Self { rule, severity: Severity::Warning, path: path.into(), params: Vec::new() }
    }

    /// Adds the value of a placeholder.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.params.push((name, value.to_string()));
        self
    }

    /// Whether it blocks.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at '{}'", self.rule, self.path)?;
        self.params.iter().try_for_each(|(k, v)| write!(f, " {k}={v}"))
    }
}

/// Collects violations while a command is checked, so that a person sees all of them at once.
#[derive(Clone, Debug, Default)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// An empty collection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, violation: Violation) {
        self.0.push(violation);
    }

    /// Takes the value, or notes the parse error at `path`.
    pub fn keep<T>(&mut self, path: &str, parsed: Result<T, ParseError>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                self.push(error.at(path));
                None
            }
        }
    }

    /// Whether any of them blocks.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Violation::is_error)
    }

    /// The warnings when nothing blocks, else everything.
    ///
    /// # Errors
    /// All violations (warnings too) when at least one of them blocks.
    pub fn finish(self) -> Result<Vec<Violation>, Vec<Violation>> {
        if self.has_errors() { Err(self.0) } else { Ok(self.0) }
    }
}

impl Extend<Violation> for Violations {
    fn extend<I: IntoIterator<Item = Violation>>(&mut self, iter: I) {
        self.0.extend(iter);
    }
}

/// A text that is not a valid code, quantity or time. Becomes a [`Violation`] once its place is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Rule id, a key of `data/rules/common.json`.
    pub rule: &'static str,
    /// Values for the placeholders of the text.
    pub params: Vec<(&'static str, String)>,
}

impl ParseError {
    /// An error of this rule for the given input (shortened, because input may be hostile).
    pub fn new(rule: &'static str, value: &str) -> Self {
        let mut shown: String = value.chars().take(60).collect();
        if value.chars().nth(60).is_some() {
            shown.push('…');
        }
        Self { rule, params: vec![("value", shown)] }
    }

    /// Adds the value of a placeholder.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.params.push((name, value.to_string()));
        self
    }

    /// The blocking violation at this place of the request.
    pub fn at(self, path: impl Into<String>) -> Violation {
        Violation { rule: self.rule, severity: Severity::Error, path: path.into(), params: self.params }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule)?;
        self.params.iter().try_for_each(|(k, v)| write!(f, " {k}={v}"))
    }
}

impl std::error::Error for ParseError {}

/// Declares rule ids as constants, with `ALL` for the test that every rule has its texts.
#[macro_export]
macro_rules! rule_ids {
    ($( $(#[$doc:meta])* $name:ident = $id:literal; )+) => {
        $( $(#[$doc])* pub const $name: &str = $id; )+
        /// Every rule id of this list.
        pub const ALL: &[&str] = &[ $($id),+ ];
    };
}
