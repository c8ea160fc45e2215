//! The story, day by day: plants generate and store in the morning, trucks go before noon, receivers confirm in the
//! afternoon and treat at the end of the week. The hands of the clock only move forward, so each hour is played for
//! the whole city before the next.

use std::sync::Arc;

use app::identity::{Method, Reauthenticated};
use app::kit::clock::SwitchClock;
use app::kit::{Clock, Kit, OpContext, Problem};
use app::ledger::list::{LotQuery, list};
use app::ledger::model::LotView;
use domain::time::{Zone, format_instant};

use crate::{
    City, Options, Played, Progress, chance::Chance, ending, generating, leaving, shipping, treating,
};

const MINUTE: i64 = 60_000_000;

/// The stage: everything that a scene needs.
pub(crate) struct Stage<'a> {
    pub kit: &'a Arc<Kit>,
    pub clock: &'a SwitchClock,
    pub city: &'a City,
    pub seed: u64,
    pub played: Played,
    /// Midnight of the day in play.
    pub midnight: i64,
    /// Number of the day in play.
    pub day: i64,
}

impl Stage<'_> {
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

/// Plays all days and the open ends.
pub(crate) async fn days(
    kit: &Arc<Kit>,
    clock: &SwitchClock,
    city: &City,
    zone: &Zone,
    start: i64,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Played, Problem> {
    let mut stage =
        Stage { kit, clock, city, seed: options.seed, played: Played::default(), midnight: 0, day: 0 };
    let mut output = generating::Backlog::default();
    let mut open = shipping::Open::default();
    let mut date = zone.date_of(start);
    let last = zone.date_of(options.now);
    while date < last {
        stage.midnight = zone.start_of(date);
        if stage.midnight >= start {
            let weekday = date.weekday().to_monday_one_offset();
            if weekday <= 5 {
                generating::morning(&mut stage, &mut output).await?;
                shipping::day(&mut stage, &mut open).await?;
            }
            if weekday == 5 {
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
