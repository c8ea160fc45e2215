//! What is kept for a while only: answers for repeated requests. They go in small pieces, so that no signature
//! waits long behind the broom.

use std::sync::Arc;
use std::time::Duration;

use app::kit::Kit;
use db::DbError;
use tokio::sync::watch;

use super::run::raised;

/// Rows of one piece.
const PIECE: i64 = 500;
/// Between two rounds.
const ROUND: Duration = Duration::from_secs(3_600);
/// Between two pieces of a round.
const BREATH: Duration = Duration::from_millis(200);
const DAY_US: i64 = 86_400_000_000;

/// Forgets answers that are older than the configured days, all of them; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(kit: &Kit) -> Result<usize, DbError> {
    let days = kit.settings.limits.idempotency_days.max(1);
    let before = kit.clock.now().saturating_sub(days.saturating_mul(DAY_US));
    let mut gone = 0;
    loop {
        let piece = kit.db.purge_answers(&kit.settings.tenant, before, PIECE).await?;
        gone += piece;
        if i64::try_from(piece).unwrap_or(PIECE) < PIECE {
            return Ok(gone);
        }
        tokio::time::sleep(BREATH).await;
    }
}

/// Sweeps every hour until `stopped` becomes true.
pub(super) async fn run(kit: Arc<Kit>, mut stopped: watch::Receiver<bool>) {
    let mut beat = tokio::time::interval(ROUND);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = beat.tick() => match sweep(&kit).await {
                Ok(0) => {}
                Ok(gone) => tracing::info!(gone, "old answers forgotten"),
                Err(error) => tracing::warn!(%error, "old answers were not forgotten"),
            },
            () = raised(&mut stopped) => return,
        }
    }
}
