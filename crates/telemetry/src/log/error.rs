//! What can go wrong with the log. Errors are `Clone`, because one failed sync answers every waiting append.

use std::io;
use std::sync::Arc;

use super::Offset;

/// An error of the ingest log.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// An operation on a file failed. Reading may be tried again.
    #[error("{doing}: {error}")]
    Io {
        /// What was being done, with the file's name.
        doing: String,
        /// The system's error.
        error: Arc<io::Error>,
    },
    /// A write or a sync failed, so nothing that follows can be acknowledged. The log must be opened again;
    /// records that were not acknowledged may or may not be found there.
    #[error("the ingest log stopped, because it could not {doing}: {error}")]
    Poisoned {
        /// What was being done, with the file's name.
        doing: String,
        /// The system's error.
        error: Arc<io::Error>,
    },
    /// The log was closed.
    #[error("the ingest log is closed")]
    Closed,
    /// A batch would grow beyond [`super::MAX_BATCH_BYTES`].
    #[error("a batch of {0} bytes is too large")]
    TooLarge(usize),
    /// Somebody asks for records that were never written: the caller's place belongs to another log, or the
    /// log was deleted.
    #[error("offset {asked} lies beyond the end of the ingest log, {end}")]
    Beyond {
        /// The offset asked for.
        asked: Offset,
        /// The log's end.
        end: Offset,
    },
}

impl LogError {
    pub(super) fn io(doing: impl Into<String>, error: io::Error) -> Self {
        Self::Io { doing: doing.into(), error: Arc::new(error) }
    }

    /// The same error as the reason why the log stopped.
    pub(super) fn poison(self) -> Self {
        match self {
            Self::Io { doing, error } => Self::Poisoned { doing, error },
            other => other,
        }
    }

    /// True if the disk is full: the log works again once it is opened with space.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::Io { error, .. } | Self::Poisoned { error, .. } => {
                matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            }
            _ => false,
        }
    }
}
