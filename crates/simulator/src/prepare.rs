//! Documents that wait for their consignor's signature, for measurements that sign many at once: one small container
//! each, of several firms, drafted through the same services as the story.

use std::sync::Arc;

use app::identity::Reauthenticated;
use app::kit::clock::SwitchClock;
use app::kit::{Kit, OpContext, Problem};
use app::ledger::commands::generate;
use app::ledger::model::{ContainerInput, GenerationInput};
use app::registry::demo::DemoStream;
use app::transfer::model::SignData;
use app::transfer::{read, sign};
use domain::access::Role;
use domain::manifest::Step;
use domain::time::Zone;

use crate::play::{Stage, proof};
use crate::shelf::Held;
use crate::shipping::{Load, draft_load};
use crate::{City, Options, build};

/// Grams in a container: so light that no quota of the demonstration runs out.
const MASS_G: i64 = 100;
/// Most containers that one call records.
const MOST: usize = 100;

/// A draft and the person who will sign it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Manifest.
    pub id: String,
    /// The consignor's manager.
    pub ctx: Arc<OpContext>,
    /// Their name.
    pub name: String,
    /// Version to sign.
    pub version: i64,
    /// Content to sign.
    pub content_hash: String,
}

impl Draft {
    /// The consignor's signature over what was drafted.
    pub fn request(&self) -> sign::Request {
        sign::Request {
            step: Step::Consignor,
            version: self.version,
            content_hash: Some(self.content_hash.clone()),
            data: SignData::default(),
            reason: String::new(),
        }
    }

    /// The proof of who signs.
    pub fn proof(&self, now: i64) -> Reauthenticated {
        proof(&self.ctx, &self.name, now)
    }
}

/// Fills an empty database with the profile's firms and makes `count` drafts. The clock is left at the moment at which
/// they can be signed.
///
/// # Errors
/// What a service refuses; 500 when the data of the demonstration has no suitable stream.
pub async fn drafts(
    kit: &Arc<Kit>,
    clock: &SwitchClock,
    options: &Options,
    count: usize,
) -> Result<Vec<Draft>, Problem> {
    let zone = Zone::named(&kit.settings.zone).map_err(|_| Problem::internal())?;
    clock.sim().set(options.now);
    let city = build(kit, &zone, options.now, options).await?;
    let mut stage = Stage::new(kit, clock, &city, options.seed);
    stage.midnight = zone.start_of(zone.date_of(options.now));
    let streams = streams(&city);
    let each = count.div_ceil(streams.len().max(1));
    let mut stores = Vec::new();
    for stream in &streams {
        stage.at(480);
        let mut left = each;
        while left > 0 {
            let some = left.min(MOST);
            fill(&stage, stream, some).await?;
            left -= some;
        }
        let manager = stage.city.actors.of(&stream.org, Role::Manager)?.clone();
        let lots = stage.stored(&manager, Some(&stream.waste_code)).await?;
        stores.push((*stream, manager, lots.into_iter()));
    }
    stage.at(540);
    let mut drafts = Vec::with_capacity(count);
    while drafts.len() < count {
        let before = drafts.len();
        for (stream, manager, lots) in &mut stores {
            let (Some(carrier), Some(receiver)) = (stream.carrier.as_deref(), stream.receiver.as_deref())
            else {
                continue;
            };
            let Some(lot) = lots.next().filter(|_| drafts.len() < count) else { continue };
            let load = Load {
                consignor: &stream.org,
                site: &stream.site,
                carrier,
                receiver,
                lines: vec![(*stream, vec![Held::from(lot)])],
            };
            let trip = draft_load(&mut stage, load).await?;
            let (document, _) = read::document(kit, manager, &trip.id).await?;
            drafts.push(Draft {
                id: trip.id,
                ctx: Arc::clone(manager),
                name: city.actors.name(&manager.account_id).to_owned(),
                version: document.version,
                content_hash: document.content_hash,
            });
        }
        if drafts.len() == before {
            tracing::error!(count, made = before, "the data of the demonstration gives no more drafts");
            return Err(Problem::internal());
        }
    }
    stage.at(570);
    Ok(drafts)
}

/// Streams in containers that somebody fetches, one of each code of a firm.
fn streams(city: &City) -> Vec<&DemoStream> {
    let mut found: Vec<&DemoStream> = Vec::new();
    for s in &city.data.streams {
        let known = found.iter().any(|f| f.org == s.org && f.waste_code == s.waste_code);
        let fetched = s.receiver.is_some() && s.carrier.is_some() && s.method_code.is_some();
        if s.origin == "production" && s.capacity_ml.is_some() && fetched && !known {
            found.push(s);
        }
    }
    found
}

async fn fill(stage: &Stage<'_>, stream: &DemoStream, count: usize) -> Result<(), Problem> {
    let site = stage.city.keys.sites.get(&stream.site);
    let input = GenerationInput {
        site_id: site.cloned().ok_or_else(|| crate::city::lost("site", &stream.site))?,
        generating_facility_id: Some(stage.facility(&stream.generating_facility)?),
        waste_code: stream.waste_code.clone(),
        internal_name: stream.internal_name.clone(),
        form: stream.form.clone(),
        traits: stream.traits.clone(),
        components: stream.components.clone(),
        packaging: stream.packaging.clone(),
        capacity_ml: stream.capacity_ml,
        containers: (0..count)
            .map(|_| ContainerInput { mass_g: MASS_G, gross_g: None, tare_g: None })
            .collect(),
        occurred_at: stage.now_text(),
        storage_facility_id: Some(stage.facility(&stream.storage_facility)?),
        note: None,
    };
    let clerk = stage.city.actors.of(&stream.org, Role::Clerk)?;
    generate(stage.kit, clerk, input).await?;
    Ok(())
}
