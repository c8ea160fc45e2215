//! What every context stands on: who asks ([`OpContext`]), how a write runs ([`Kit::command`]), how an error
//! reads ([`Problem`]), lists, extractors, texts, embedded data. It knows no waste and no table of a context.

pub mod audit;
pub mod clock;
pub mod context;
pub mod data;
pub mod filter;
pub mod http;
pub mod page;
pub mod parts;
pub mod problem;
pub mod render;
pub mod request;
pub mod settings;
#[cfg(test)]
pub mod testing;
pub mod texts;
pub mod work;
pub mod workbench;

use std::sync::Arc;

use db::{CheckpointSigner, Db};

pub use clock::{Clock, IdSource};
pub use context::{ActingFor, OpContext, Reach};
pub use filter::{Filter, Listing, Way};
pub use http::{Ctx, IfMatch, Json, Path, Query, created, download, from_json, with_etag};
pub use page::{Key, Page, PageQuery, Total, like};
pub use parts::Parts;
pub use problem::{Code, FieldProblem, FieldProblemBody, Problem, ProblemBody};
pub use request::RequestInfo;
pub use settings::Settings;
pub use texts::{Lang, Texts, texts};
pub use work::{Fact, Work, hex};

/// The house: database, clock, ids, signer and settings, shared by all contexts.
pub struct Kit {
    /// The database.
    pub db: Db,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Signs checkpoints and attestations.
    pub signer: Arc<CheckpointSigner>,
    /// Settings.
    pub settings: Settings,
    /// In-memory parts of the contexts (caches, limits): made on first use.
    pub parts: Parts,
}

impl Kit {
    /// Puts the house together.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        signer: Arc<CheckpointSigner>,
        settings: Settings,
    ) -> Arc<Self> {
        Arc::new(Self { db, clock, ids, signer, settings, parts: Parts::default() })
    }
}

/// Shared state of the HTTP handlers.
pub type State = axum::extract::State<Arc<Kit>>;
