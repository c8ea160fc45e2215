//! What the outermost layer finds out about every request before anything else runs: number, language and
//! address. Problems are written with it, logs carry it.

use axum::http::Extensions;

use super::texts::Lang;

/// Number, language and address of a request; in its extensions.
#[derive(Clone, Debug, Default)]
pub struct RequestInfo {
    /// Number of the request in answers and logs.
    pub trace_id: String,
    /// Language of the answer.
    pub lang: Lang,
    /// Address of the caller, as far as the server can tell.
    pub ip: Option<String>,
}

impl RequestInfo {
    /// The information of a request; an empty one when no outer layer ran (in unit tests).
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }
}
