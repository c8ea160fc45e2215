//! What a start must know of a city that an earlier one played: how it was made, and the ids of its firms and people.
//! Everything else stands in the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::kit::{Kit, Problem};
use app::registry::seed::DemoKeys;
use domain::time::Zone;
use serde::{Deserialize, Serialize};

use crate::actors::Actors;
use crate::city::{self, lost};
use crate::{City, Options, Size};

/// Ids of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ids {
    pub account_id: String,
    pub person_id: String,
}

/// A city that was played.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// Seed.
    pub seed: u64,
    /// Size.
    pub size: Size,
    /// End of the first story, UTC microseconds.
    pub now: i64,
    keys: DemoKeys,
    accounts: BTreeMap<String, Ids>,
}

impl Kept {
    pub(crate) fn of(city: &City, options: &Options) -> Self {
        let ids = |login: &String| {
            let ctx = &city.actors.login(login)?.ctx;
            let ids = Ids { account_id: ctx.account_id.clone(), person_id: ctx.person_id.clone() };
            Some((login.clone(), ids))
        };
        Self {
            seed: options.seed,
            size: options.size,
            now: options.now,
            keys: city.keys.clone(),
            accounts: city.data.accounts.iter().filter_map(|a| ids(&a.login)).collect(),
        }
    }

    /// The city as its script knows it.
    pub(crate) async fn city(&self, kit: &Arc<Kit>, zone: &Zone) -> Result<City, Problem> {
        let options = Options { seed: self.seed, now: self.now, days: 0, size: self.size };
        let data = Arc::new(city::data(kit, &options)?);
        let mut actors = Actors::default();
        for who in &data.accounts {
            let ids = self.accounts.get(&who.login).cloned().ok_or_else(|| lost("account", &who.login))?;
            city::enter(kit, (&self.keys, &mut actors), who, ids).await?;
        }
        Ok(City {
            data,
            keys: self.keys.clone(),
            actors,
            as_of: zone.date_of(self.now),
            large: self.size == Size::City,
        })
    }
}
