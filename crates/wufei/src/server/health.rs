//! Is the process alive, and can it do its work: for supervisors and load balancers. Nothing personal, no versions.

use std::sync::Arc;
use std::time::Duration;

use app::kit::{Kit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::{DbError, Sql, WriterState};

/// The process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// A group of commands that takes longer than this is stuck.
const STUCK_US: i64 = 10_000_000;

/// A reader answers within two seconds, and the writer takes commands and gets on with them. Nothing is queued, so
/// that asking costs a busy writer nothing.
pub async fn ready(axum::extract::State(kit): State) -> Response {
    match tokio::time::timeout(Duration::from_secs(2), check(&kit)).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: database\n").into_response()
        }
        Err(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: no answer from the database\n").into_response()
        }
    }
}

async fn check(kit: &Arc<Kit>) -> Result<(), DbError> {
    writer_is_well(kit.db.writer_state(&kit.settings.tenant))
        .map_err(|what| DbError::Unavailable(what.to_owned()))?;
    kit.db.read(|sql| Box::pin(async move { sql.query_one("select 1 as one", &[]).await.map(drop) })).await
}

/// What is wrong with a writer that stands like this.
fn writer_is_well(writer: WriterState) -> Result<(), &'static str> {
    if !writer.running {
        Err("the writer has ended")
    } else if writer.room == 0 {
        Err("the writer's queue is full")
    } else if writer.busy_us > STUCK_US {
        Err("the writer is stuck")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_that_ended_is_full_or_stuck_is_not_ready() {
        let well = WriterState { running: true, waiting: 900, room: 124, busy_us: 400_000 };
        assert_eq!(writer_is_well(well), Ok(()));
        assert!(writer_is_well(WriterState { running: false, ..well }).is_err());
        assert!(writer_is_well(WriterState { room: 0, ..well }).is_err());
        assert!(writer_is_well(WriterState { busy_us: 11_000_000, ..well }).is_err());
    }
}
