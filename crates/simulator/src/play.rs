//! The story, day by day: plants generate and store in the morning, trucks go before noon, receivers confirm in the
//! afternoon and treat at the end of the week. The hands of the clock only move forward, so each hour is played for
//! the whole city before the next. Within an hour commands go to the writer side by side, in one order, so that a seed
//! gives one journal.

use std::future::Future;
use std::sync::Arc;

use app::identity::{Method, Reauthenticated};
use app::kit::clock::SwitchClock;
use app::kit::{Clock, Kit, OpContext, Problem};
use app::ledger::list::{LotQuery, list};
use app::ledger::model::LotView;
use app::registry::facts::work_calendar;
use domain::time::{Zone, format_instant};
use jiff::civil::Date;

use crate::routes::Routes;
use crate::shelf::Shelf;
use crate::{
    City, Options, Played, Progress, chance::Chance, ending, generating, leaving, resuming, shipping,
    treating,
};

const MINUTE: i64 = 60_000_000;
/// Commands that are asked for at once: few enough that they reach the writer in the order in which they were made.
const WAVE: usize = 24;

/// The stage: everything that a scene needs.
pub(crate) struct Stage<'a> {
    pub kit: &'a Arc<Kit>,
    pub clock: &'a SwitchClock,
    pub city: &'a City,
    pub routes: Routes<'a>,
    pub shelf: Shelf,
    pub seed: u64,
    pub played: Played,
    /// Midnight of the day in play.
    pub midnight: i64,
    /// Number of the day in play.
    pub day: i64,
    /// Days that are left after it.
    pub left: i64,
}

impl<'a> Stage<'a> {
    /// An empty stage before the first day.
    pub fn new(kit: &'a Arc<Kit>, clock: &'a SwitchClock, city: &'a City, seed: u64) -> Self {
        Self {
            kit,
            clock,
            city,
            routes: Routes::of(city),
            shelf: Shelf::of(&city.data.streams),
            seed,
            played: Played::default(),
            midnight: 0,
            day: 0,
            left: 0,
        }
    }

    /// Moves the clock to so many minutes after midnight (never back) and answers the present.
    pub fn at(&self, minutes: i64) -> i64 {
        self.clock.sim().set(self.midnight + minutes * MINUTE);
        self.clock.now()
    }

    /// The present as the API writes it.
    pub fn now_text(&self) -> String {
        format_instant(self.clock.now())
    }

    /// The chance of a scene on this day.
    pub fn chance(&self, scene: &str) -> Chance {
        Chance::new(self.seed, &format!("{scene}:{}", self.day))
    }

    /// The id behind a key of the data.
    pub fn facility(&self, key: &str) -> Result<String, Problem> {
        self.city.keys.facilities.get(key).cloned().ok_or_else(|| crate::city::lost("facility", key))
    }

    /// The id of an organisation.
    pub fn org(&self, key: &str) -> Result<String, Problem> {
        self.city.keys.orgs.get(key).cloned().ok_or_else(|| crate::city::lost("organisation", key))
    }

    /// All stored lots that the caller's organisation holds, oldest first, of one code when given.
    pub async fn stored(
        &self,
        ctx: &Arc<OpContext>,
        waste_code: Option<&str>,
    ) -> Result<Vec<LotView>, Problem> {
        let mut query = LotQuery {
            limit: Some(200),
            sort: Some("created_at".to_owned()),
            org_id: Some(ctx.org_id.clone()),
            status: Some("stored".to_owned()),
            waste_code: waste_code.map(str::to_owned),
            ..LotQuery::default()
        };
        let mut all = Vec::new();
        loop {
            let page = list(self.kit, ctx, &query).await?;
            all.extend(page.items);
            match page.next_cursor {
                Some(cursor) => query.cursor = Some(cursor),
                None => return Ok(all),
            }
        }
    }

    /// Does something for each of a list, a wave at a time with a minute between waves. The answers keep the order.
    pub async fn each<T, R, F, W>(&self, list: &[T], mut act: F) -> Result<Vec<R>, Problem>
    where
        F: FnMut(&T) -> Result<W, Problem>,
        W: Future<Output = Result<R, Problem>>,
    {
        let mut answers = Vec::with_capacity(list.len());
        for (number, wave) in list.chunks(WAVE).enumerate() {
            if number > 0 {
                self.clock.sim().advance(MINUTE);
            }
            let acts = wave.iter().map(&mut act).collect::<Result<Vec<_>, _>>()?;
            for answer in futures::future::join_all(acts).await {
                answers.push(answer?);
            }
        }
        Ok(answers)
    }
}

/// The script's signature for a fictional person: in this process there is nobody to ask for a password.
pub(crate) fn proof(ctx: &OpContext, name: &str, now: i64) -> Reauthenticated {
    Reauthenticated {
        account_id: ctx.account_id.clone(),
        person_id: ctx.person_id.clone(),
        person_name: name.to_owned(),
        method: Method::Simulated,
        at: now,
        key: None,
    }
}

/// Whether people work on a day; without a calendar of the year, from Monday to Friday.
fn is_working(calendar: &str, date: Date) -> bool {
    let weekday = date.weekday().to_monday_one_offset() <= 5;
    work_calendar(calendar).is_working_day(date).unwrap_or(weekday)
}

/// What is played.
pub(crate) struct Span<'a> {
    pub zone: &'a Zone,
    /// First moment of the story.
    pub start: i64,
    /// Whether the city has a past already.
    pub resumed: bool,
}

/// Plays all days and the open ends.
pub(crate) async fn days(
    kit: &Arc<Kit>,
    clock: &SwitchClock,
    city: &City,
    span: &Span<'_>,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Played, Problem> {
    let mut stage = Stage::new(kit, clock, city, options.seed);
    let mut output = generating::Backlog::default();
    let mut open = shipping::Open::new(&stage);
    let (mut date, last) = (span.zone.date_of(span.start), span.zone.date_of(options.now));
    let calendar = app::registry::service::city(kit)?.calendar.clone();
    if span.resumed {
        stage.midnight = span.zone.start_of(date);
        resuming::carry_on(&mut stage).await?;
    }
    while date < last {
        stage.midnight = span.zone.start_of(date);
        if stage.midnight >= span.start {
            stage.left = options.days - stage.day;
            let working = is_working(&calendar, date);
            let month = usize::try_from(date.month() - 1).unwrap_or(0);
            generating::morning(&mut stage, &mut output, working, month).await?;
            shipping::day(&mut stage, &mut open, working).await?;
            treating::day(&mut stage).await?;
            if date.weekday().to_monday_one_offset() == 5 {
                treating::week(&mut stage).await?;
            }
            progress(stage.day + 1, options.days);
            stage.day += 1;
        }
        date = date.tomorrow().map_err(|_| Problem::internal())?;
    }
    // The last afternoon before the curtain: some documents stay open, so that every role finds work.
    let busy = ending::open_documents(&mut stage).await?;
    if options.days > 0 {
        leaving::on_the_road(&mut stage, options.now, &busy).await?;
    }
    Ok(stage.played)
}
