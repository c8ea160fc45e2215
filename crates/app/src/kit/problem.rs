//! Errors for people and machines (RFC 9457): what is wrong, where, by which rule, and what to do, in both
//! languages. A [`Problem`] carries ids and parameters; [`render`] writes the text when the answer leaves,
//! because only then is the language known.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::DbError;
use domain::problem::{Severity, Violation};
use serde::Serialize;
use utoipa::ToSchema;

use super::texts::{Lang, texts};

/// What kind of problem it is; each has one status and a text in `data/texts/problems.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// 400: the request is not readable.
    Malformed,
    /// 401: nobody is signed in, or the credentials are wrong.
    Unauthenticated,
    /// 401: a second factor is needed.
    SecondFactorRequired,
    /// 403.
    Forbidden,
    /// 404: there is none, or not for you.
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 409.
    Conflict,
    /// 412: somebody changed it since you looked.
    StaleVersion,
    /// 413.
    PayloadTooLarge,
    /// 415.
    UnsupportedMediaType,
    /// 422: fields are wrong.
    ValidationFailed,
    /// 422: a rule of the field forbids it.
    RuleViolated,
    /// 428: `If-Match` is missing.
    PreconditionRequired,
    /// 429.
    TooManyRequests,
    /// 500.
    Internal,
    /// 503: the writer or the database cannot answer now.
    Unavailable,
}

impl Code {
    /// HTTP status and id.
    pub fn parts(self) -> (u16, &'static str) {
        match self {
            Code::Malformed => (400, "malformed"),
            Code::Unauthenticated => (401, "unauthenticated"),
            Code::SecondFactorRequired => (401, "second_factor_required"),
            Code::Forbidden => (403, "forbidden"),
            Code::NotFound => (404, "not_found"),
            Code::MethodNotAllowed => (405, "method_not_allowed"),
            Code::Conflict => (409, "conflict"),
            Code::StaleVersion => (412, "stale_version"),
            Code::PayloadTooLarge => (413, "payload_too_large"),
            Code::UnsupportedMediaType => (415, "unsupported_media_type"),
            Code::ValidationFailed => (422, "validation_failed"),
            Code::RuleViolated => (422, "rule_violated"),
            Code::PreconditionRequired => (428, "precondition_required"),
            Code::TooManyRequests => (429, "too_many_requests"),
            Code::Internal => (500, "internal"),
            Code::Unavailable => (503, "unavailable"),
        }
    }

    /// All codes, for the catalogue test.
    pub const ALL: [Code; 16] = [
        Code::Malformed,
        Code::Unauthenticated,
        Code::SecondFactorRequired,
        Code::Forbidden,
        Code::NotFound,
        Code::MethodNotAllowed,
        Code::Conflict,
        Code::StaleVersion,
        Code::PayloadTooLarge,
        Code::UnsupportedMediaType,
        Code::ValidationFailed,
        Code::RuleViolated,
        Code::PreconditionRequired,
        Code::TooManyRequests,
        Code::Internal,
        Code::Unavailable,
    ];
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// JSON pointer into the request.
    pub path: String,
    /// Rule id, looked up in `data/rules`.
    pub rule: String,
    /// Error or warning.
    pub severity: Severity,
    /// Values for the text.
    pub params: Vec<(String, String)>,
}

impl From<Violation> for FieldProblem {
    fn from(v: Violation) -> Self {
        Self {
            path: v.path,
            rule: v.rule.to_owned(),
            severity: v.severity,
            params: v.params.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
        }
    }
}

/// Why a request was not carried out. Nothing has changed when one is returned.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Kind.
    pub code: Code,
    /// Values for the text of the kind.
    pub params: Vec<(String, String)>,
    /// What is wrong.
    pub errors: Vec<FieldProblem>,
    /// What is odd besides.
    pub warnings: Vec<FieldProblem>,
    /// Seconds to wait, for 429 and 503.
    pub retry_after: Option<u64>,
}

impl Problem {
    /// A problem without fields.
    pub fn new(code: Code) -> Self {
        Self { code, params: Vec::new(), errors: Vec::new(), warnings: Vec::new(), retry_after: None }
    }

    /// A problem explained by one rule about the whole request.
    pub fn rule<const N: usize>(code: Code, rule: &str, params: [(&str, String); N]) -> Self {
        let mut problem = Self::new(code);
        problem.errors.push(field("", rule, params));
        problem
    }

    /// One wrong field (422).
    pub fn field<const N: usize>(path: &str, rule: &str, params: [(&str, String); N]) -> Self {
        let mut problem = Self::new(Code::ValidationFailed);
        problem.errors.push(field(path, rule, params));
        problem
    }

    /// The decision of a rule pack: errors and warnings apart. Only call it when there is an error.
    pub fn violations(violations: Vec<Violation>) -> Self {
        let (errors, warnings): (Vec<_>, Vec<_>) =
            violations.into_iter().map(FieldProblem::from).partition(|v| v.severity == Severity::Error);
        Self { errors, warnings, ..Self::new(Code::RuleViolated) }
    }

    /// 404. Also the answer for things that exist but are none of the caller's business.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// 403 with the rule that says why.
    pub fn forbidden<const N: usize>(rule: &str, params: [(&str, String); N]) -> Self {
        Self::rule(Code::Forbidden, rule, params)
    }

    /// 412.
    pub fn stale(current: i64) -> Self {
        let mut problem = Self::new(Code::StaleVersion);
        problem.params.push(("version".to_owned(), current.to_string()));
        problem
    }

    /// 500; say why in the log before.
    pub fn internal() -> Self {
        Self::new(Code::Internal)
    }
}

fn field<const N: usize>(path: &str, rule: &str, params: [(&str, String); N]) -> FieldProblem {
    FieldProblem {
        path: path.to_owned(),
        rule: rule.to_owned(),
        severity: Severity::Error,
        params: params.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        tracing::error!(%error, "database");
        if error.is_unavailable() {
            // Whether a change was stored may be unknown here, so "nothing was changed" must not be said.
            return Self { retry_after: Some(5), ..Self::new(Code::Unavailable) };
        }
        Self::internal()
    }
}

impl From<Vec<Violation>> for Problem {
    fn from(violations: Vec<Violation>) -> Self {
        Self::violations(violations)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.code.parts().1)?;
        for e in &self.errors {
            write!(f, "; {} {} {:?}", e.path, e.rule, e.params)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// A reference to the provision behind a rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CitationBody {
    /// Citation id.
    pub id: String,
    /// Reference in the chosen language.
    pub text: String,
    /// Edition.
    pub edition: Option<String>,
}

/// One field problem as it is sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldProblemBody {
    /// JSON pointer into the request; empty for the request as a whole.
    pub path: String,
    /// Rule id.
    pub rule: String,
    /// `error` or `warning`.
    pub severity: &'static str,
    /// What is wrong, in the chosen language.
    pub message: String,
    /// What to do, in the chosen language.
    pub remedy: String,
    /// The message in every language, by language tag.
    pub messages: std::collections::BTreeMap<&'static str, String>,
    /// Provisions behind the rule.
    pub citations: Vec<CitationBody>,
}

/// `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// `/problems/<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short title.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// One sentence.
    pub detail: String,
    /// Stable id of the kind.
    pub code: &'static str,
    /// Number to quote when asking for help.
    pub trace_id: String,
    /// What is wrong.
    pub errors: Vec<FieldProblemBody>,
    /// What is odd besides.
    pub warnings: Vec<FieldProblemBody>,
}

impl FieldProblem {
    /// The field problem in words.
    pub fn body(&self, lang: Lang) -> FieldProblemBody {
        let (message, remedy) = texts().rule(&self.rule, &self.params, lang);
        FieldProblemBody {
            path: self.path.clone(),
            rule: self.rule.clone(),
            severity: if self.severity == Severity::Error { "error" } else { "warning" },
            message,
            remedy,
            messages: Lang::ALL
                .iter()
                .map(|l| (l.tag(), texts().rule(&self.rule, &self.params, *l).0))
                .collect(),
            citations: texts()
                .citations_of(&self.rule, lang)
                .into_iter()
                .map(|(id, text, edition)| CitationBody { id, text, edition })
                .collect(),
        }
    }
}

impl Problem {
    /// The problem in words.
    pub fn body(&self, lang: Lang, trace_id: &str) -> ProblemBody {
        let (status, code) = self.code.parts();
        let (title, detail) = texts().problem(code, &self.params, lang);
        ProblemBody {
            kind: format!("/problems/{code}"),
            title,
            status,
            detail,
            code,
            trace_id: trace_id.to_owned(),
            errors: self.errors.iter().map(|e| e.body(lang)).collect(),
            warnings: self.warnings.iter().map(|e| e.body(lang)).collect(),
        }
    }
}

impl IntoResponse for Problem {
    /// An empty answer that carries the problem; the outermost layer calls [`render`] on it.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.parts().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}

/// Writes the body of a problem answer in the caller's language; other answers pass unchanged.
pub fn render(mut response: Response, lang: Lang, trace_id: &str) -> Response {
    let Some(problem) = response.extensions_mut().remove::<std::sync::Arc<Problem>>() else {
        return response;
    };
    let body = serde_json::to_vec(&problem.body(lang, trace_id)).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
    headers.remove(header::CONTENT_LENGTH);
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    *response.body_mut() = Body::from(body);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_text_in_both_languages() {
        for code in Code::ALL {
            let (_, id) = code.parts();
            for lang in Lang::ALL {
                let (title, detail) = texts().problem(id, &[], lang);
                assert_ne!(title, id, "{id} {lang:?}");
                assert!(!detail.is_empty(), "{id} {lang:?}");
            }
        }
    }
}
