//! Plants generate, weigh, label and store: one call a stream and day, once enough is there to fill containers.

use std::collections::BTreeMap;

use app::kit::Problem;
use app::ledger::commands::generate;
use app::ledger::model::{ContainerInput, GenerationInput};
use domain::access::Role;

use crate::play::Stage;

/// Grams that have run up per stream and do not yet fill a container.
#[derive(Default)]
pub(crate) struct Backlog(BTreeMap<usize, i64>);

/// Working days of a month, for the daily share of a monthly mass.
const WORKING_DAYS: i64 = 22;
/// Most containers that one call records.
const MOST: i64 = 12;

/// Generation of one working day.
pub(crate) async fn morning(stage: &mut Stage<'_>, backlog: &mut Backlog) -> Result<(), Problem> {
    for (index, stream) in stage.city.data.streams.iter().enumerate() {
        if stream.origin != "production" {
            continue;
        }
        let mut chance = stage.chance(&format!("generate:{index}"));
        let grams = backlog.0.entry(index).or_default();
        *grams += chance.around(stream.monthly_g / WORKING_DAYS, 250);
        // Bulk and pipeline waste has no containers: a day is one quantity.
        let most = if stream.capacity_ml.is_some() { MOST } else { 1 };
        let full = (*grams / stream.container_g).min(most);
        if full < 1 {
            continue;
        }
        let mut containers = Vec::new();
        for _ in 0..full {
            // What the scale shows: to 100 g, a little under the brim.
            let mass_g =
                (chance.between(stream.container_g * 85 / 100, stream.container_g) / 100).max(1) * 100;
            *grams -= mass_g;
            containers.push(ContainerInput { mass_g, gross_g: None, tare_g: None });
        }
        stage.at(450 + i64::try_from(index).unwrap_or(0) * 3);
        let input = GenerationInput {
            site_id: stage
                .city
                .keys
                .sites
                .get(&stream.site)
                .cloned()
                .ok_or_else(|| crate::city::lost("site", &stream.site))?,
            generating_facility_id: Some(stage.facility(&stream.generating_facility)?),
            waste_code: stream.waste_code.clone(),
            internal_name: stream.internal_name.clone(),
            form: stream.form.clone(),
            traits: stream.traits.clone(),
            components: stream.components.clone(),
            packaging: stream.packaging.clone(),
            capacity_ml: stream.capacity_ml,
            containers,
            occurred_at: stage.now_text(),
            storage_facility_id: Some(stage.facility(&stream.storage_facility)?),
            note: None,
        };
        let clerk = stage.city.actors.of(&stream.org, Role::Clerk)?;
        generate(stage.kit, clerk, input).await?;
        stage.played.containers += u64::try_from(full).unwrap_or(0);
    }
    Ok(())
}
