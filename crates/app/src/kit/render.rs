//! Papers are laid out on blocking threads, as many at once as there are cores: each takes a core for itself and
//! much memory. Who finds no place within a while is told to come back, so that a crowd cannot pile up.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::Kit;
use super::problem::{Code, Problem};
use super::settings::LimitSettings;

/// The places of one house.
struct Places(Arc<Semaphore>);

impl Places {
    fn new(limits: &LimitSettings) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let places = usize::try_from(limits.papers_at_once).ok().filter(|n| *n > 0);
        Self(Arc::new(Semaphore::new(places.unwrap_or_else(cores))))
    }
}

/// Makes a paper on a blocking thread once there is a place.
///
/// # Errors
/// 503 with the seconds to wait when no place becomes free in time; 500 when the layout fails.
pub async fn paper<T, E, F>(kit: &Kit, make: F) -> Result<T, Problem>
where
    T: Send + 'static,
    E: std::fmt::Display + Send + 'static,
    F: FnOnce() -> Result<T, E> + Send + 'static,
{
    let wait = kit.settings.limits.paper_wait_seconds;
    let places = kit.parts.get_or(|| Places::new(&kit.settings.limits));
    let place = tokio::time::timeout(Duration::from_secs(wait), Arc::clone(&places.0).acquire_owned());
    let Ok(Ok(place)) = place.await else {
        let wait = wait.max(1);
        return Err(Problem {
            retry_after: Some(wait),
            ..Problem::rule(Code::Unavailable, "REQ-BUSY", [("seconds", wait.to_string())])
        });
    };
    let made = tokio::task::spawn_blocking(move || {
        let made = make();
        drop(place);
        made
    })
    .await;
    match made {
        Ok(Ok(paper)) => Ok(paper),
        Ok(Err(error)) => {
            tracing::error!(%error, "a paper cannot be laid out");
            Err(Problem::internal())
        }
        Err(error) => {
            tracing::error!(%error, "laying out a paper was interrupted");
            Err(Problem::internal())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::kit::testing::kit_on;

    db::both! { migrations = crate::migrations();
        fn whoever_finds_no_place_is_told_to_come_back(db) {
            let (base, _) = kit_on((**db).clone());
            let mut settings = base.settings.clone();
            settings.limits.papers_at_once = 1;
            settings.limits.paper_wait_seconds = 0;
            let kit = Kit::new(
                base.db.clone(), Arc::clone(&base.clock), Arc::clone(&base.ids), Arc::clone(&base.signer), settings,
            );
            let (begun, begins) = tokio::sync::oneshot::channel();
            let (go, gone) = std::sync::mpsc::channel::<()>();
            let first = {
                let kit = Arc::clone(&kit);
                tokio::spawn(async move {
                    paper(&kit, move || {
                        let _ = begun.send(());
                        let _ = gone.recv();
                        Ok::<_, Infallible>(1)
                    })
                    .await
                })
            };
            begins.await?;
            let busy = paper(&kit, || Ok::<_, Infallible>(2)).await.expect_err("the only place is taken");
            assert_eq!((busy.code, busy.retry_after), (Code::Unavailable, Some(1)));
            assert_eq!(busy.errors[0].rule, "REQ-BUSY");
            go.send(())?;
            assert_eq!(first.await??, 1);
            assert_eq!(paper(&kit, || Ok::<_, Infallible>(3)).await?, 3, "the place is free again");
            // A layout that panics gives its place back, too.
            assert!(paper(&kit, || -> Result<i32, Infallible> { panic!("planted") }).await.is_err());
            assert_eq!(paper(&kit, || Ok::<_, Infallible>(4)).await?, 4);
            Ok(())
        }
    }
}
