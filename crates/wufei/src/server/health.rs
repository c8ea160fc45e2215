//! Is the process alive, and can it do its work: for supervisors and load balancers. Nothing personal, no versions.

use std::sync::Arc;
use std::time::Duration;

use app::kit::{Kit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::{DbError, Sql};

/// The process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// Reader and writer answer within two seconds.
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
    kit.db.read(|sql| Box::pin(async move { sql.query_one("select 1 as one", &[]).await.map(drop) })).await?;
    // Nothing is written, but the writer must take the command, run it and answer.
    kit.db
        .write(&kit.settings.tenant, |tx| {
            Box::pin(async move { tx.query_one("select 1 as one", &[]).await.map(drop) })
        })
        .await
}
