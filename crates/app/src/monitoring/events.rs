//! Live news as server-sent events. What goes out is cut to the caller's reach for every vehicle and every warning; an
//! onlooker that cannot keep up is told to load everything anew instead of being queued for. A stream ends after a
//! while, so that a session that has ended stops seeing.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use domain::access::Permission;
use domain::time::format_instant;
use futures::stream::{self, Stream};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::live::{Live, Moved, News};
use crate::kit::{Kit, OpContext, Problem, Reach};

/// How long a stream lasts before its reader must ask again.
const LASTS: Duration = Duration::from_secs(15 * 60);
/// Silence after which a sign of life goes out.
const ALIVE: Duration = Duration::from_secs(15);

#[derive(Serialize)]
struct Positions {
    at: String,
    vehicles: Vec<Moved>,
    /// Vehicles that this onlooker saw and may not see any more.
    gone: Vec<String>,
}

struct Onlooker {
    news: tokio::sync::broadcast::Receiver<News>,
    reach: Reach,
    account_id: String,
    hears_warnings: Option<Reach>,
    seen: BTreeSet<String>,
    until: Instant,
    hello: Option<String>,
}

impl Onlooker {
    fn event(name: &str, number: u64, data: &impl Serialize) -> Option<Event> {
        Event::default().event(name).id(number.to_string()).json_data(data).ok()
    }

    /// What this onlooker is told; `None` for what is not for them.
    fn tell(&mut self, news: News) -> Option<Event> {
        match news {
            News::Moved(number, at, all) => {
                let (mut vehicles, mut gone) = (Vec::new(), Vec::new());
                for now in all.iter() {
                    if now.visible(&self.reach) {
                        self.seen.insert(now.vehicle_id.clone());
                        vehicles.push(Moved::seen(now, &self.reach));
                    } else if self.seen.remove(&now.vehicle_id) {
                        gone.push(now.vehicle_id.clone());
                    }
                }
                if vehicles.is_empty() && gone.is_empty() {
                    return None;
                }
                Self::event("positions", number, &Positions { at: format_instant(at), vehicles, gone })
            }
            News::Warning(number, warning) => {
                let mine = match self.hears_warnings.as_ref()? {
                    Reach::City => true,
                    Reach::Town(code) => {
                        warning.town.as_deref() == Some(code)
                            || warning.assigned_to.as_ref() == Some(&self.account_id)
                    }
                    Reach::Org(org) | Reach::Party(org) | Reach::Assigned { org_id: org, .. } => {
                        warning.orgs.contains(org)
                    }
                };
                if mine { Self::event("warning", number, &*warning) } else { None }
            }
            News::End => None,
        }
    }

    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        if let Some(at) = self.hello.take() {
            let event = Self::event("hello", 0, &serde_json::json!({"at": at}))?;
            return Some((Ok(event), self));
        }
        loop {
            let news = tokio::time::timeout_at(self.until, self.news.recv()).await.ok()?;
            match news {
                Ok(News::End) | Err(RecvError::Closed) => return None,
                Ok(news) => {
                    if let Some(event) = self.tell(news) {
                        return Some((Ok(event), self));
                    }
                }
                Err(RecvError::Lagged(_)) => {
                    let event = Event::default().event("reset").data("{}");
                    return Some((Ok(event), self));
                }
            }
        }
    }
}

/// Opens a stream for the caller. With `once` it greets and ends: for whoever checks that it could be opened.
///
/// # Errors
/// 403 without the right to look on.
pub fn open(
    kit: &Kit,
    ctx: &Arc<OpContext>,
    once: bool,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, Problem> {
    let reach = ctx.require(Permission::LiveRead)?;
    let live = kit.parts.get::<Live>();
    let seen = live.snapshot(&reach).into_iter().map(|v| v.vehicle_id).collect();
    let onlooker = Onlooker {
        news: live.listen(),
        reach,
        account_id: ctx.account_id.clone(),
        hears_warnings: ctx.require(Permission::WarningRead).ok(),
        seen,
        until: if once { Instant::now() } else { Instant::now() + LASTS },
        hello: Some(format_instant(kit.clock.now())),
    };
    let stream = stream::unfold(onlooker, Onlooker::next);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(ALIVE)))
}
