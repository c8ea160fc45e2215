//! What can go wrong with the blocks.

use std::io;
use std::sync::Arc;

use crate::log::Offset;

/// An error of the block store.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// An operation on a file failed. Reading may be tried again.
    #[error("{doing}: {error}")]
    Io {
        /// What was being done, with the file's name.
        doing: String,
        /// The system's error.
        error: Arc<io::Error>,
    },
    /// A write or a sync failed before, so nothing more can be promised. The store must be opened again and the
    /// log replayed.
    #[error("the block store stopped, because it could not {doing}: {error}")]
    Poisoned {
        /// What was being done, with the file's name.
        doing: String,
        /// The system's error.
        error: Arc<io::Error>,
    },
    /// Fixes must come in the order of the log, or the check for duplicates would lose some. To replay the
    /// log, open the store again.
    #[error("a fix from log offset {offset} comes after one from {last}")]
    Order {
        /// Offset of the fix.
        offset: Offset,
        /// Offset of the fix before it.
        last: Offset,
    },
    /// A fix carries more than [`super::MAX_EXTRAS`] bytes of additional items.
    #[error("{0} bytes of additional items are too many")]
    TooLarge(usize),
}

impl BlockError {
    pub(super) fn io(doing: impl Into<String>, error: io::Error) -> Self {
        Self::Io { doing: doing.into(), error: Arc::new(error) }
    }

    pub(super) fn poison(self) -> Self {
        match self {
            Self::Io { doing, error } => Self::Poisoned { doing, error },
            other => other,
        }
    }
}
