//! Plants generate, weigh, label and store: one call a stream and day, once enough is there to fill containers.

use std::collections::BTreeMap;

use app::kit::Problem;
use app::ledger::commands::generate;
use app::ledger::model::{ContainerInput, GenerationInput};
use domain::access::Role;

use crate::play::Stage;
use crate::shelf::Held;

/// Grams that have run up per stream and do not yet fill a container.
#[derive(Default)]
pub(crate) struct Backlog(BTreeMap<usize, i64>);

/// Days of a month with output, for the daily share of a monthly mass.
const WORKING_DAYS: i64 = 22;
const ALL_DAYS: i64 = 30;
/// Most containers that one call records.
const MOST: i64 = 12;
/// Minute at which the first shift writes up what it has.
const BEGIN: i64 = 450;

/// Generation of one day; `month` counts from 0.
pub(crate) async fn morning(
    stage: &mut Stage<'_>,
    backlog: &mut Backlog,
    working: bool,
    month: usize,
) -> Result<(), Problem> {
    let mut full: Vec<(usize, Vec<ContainerInput>)> = Vec::new();
    for (index, stream) in stage.city.data.streams.iter().enumerate() {
        if stream.origin != "production" || !(working || stream.daily) {
            continue;
        }
        let mut chance = stage.chance(&format!("generate:{index}"));
        // A story begins with a container that is partly full everywhere.
        let grams = backlog.0.entry(index).or_insert_with(|| chance.between(0, stream.container_g));
        let season = stream.season_permille.get(month).copied().unwrap_or(1_000);
        let days = if stream.daily { ALL_DAYS } else { WORKING_DAYS };
        *grams += chance.around(stream.monthly_g * season / 1_000 / days, 250);
        // Bulk and pipeline waste has no containers: a day is one quantity.
        let most = if stream.capacity_ml.is_some() { MOST } else { 1 };
        let count = (*grams / stream.container_g).min(most);
        if count < 1 {
            continue;
        }
        let mut containers = Vec::new();
        for _ in 0..count {
            // What the scale shows: to 100 g, a little under the brim.
            let mass_g =
                (chance.between(stream.container_g * 85 / 100, stream.container_g) / 100).max(1) * 100;
            *grams -= mass_g;
            containers.push(ContainerInput { mass_g, gross_g: None, tare_g: None });
        }
        full.push((index, containers));
    }
    stage.at(BEGIN);
    let scene: &Stage<'_> = stage;
    let made = scene
        .each(&full, |(index, containers)| {
            let (input, clerk) = input(scene, *index, containers)?;
            Ok(async move { generate(scene.kit, &clerk, input).await })
        })
        .await?;
    for ((index, containers), answer) in full.iter().zip(made) {
        stage.played.containers += u64::try_from(containers.len()).unwrap_or(0);
        stage.shelf.put(*index, answer.lots.into_iter().map(Held::from));
    }
    Ok(())
}

type Asked = (GenerationInput, std::sync::Arc<app::kit::OpContext>);

fn input(stage: &Stage<'_>, index: usize, containers: &[ContainerInput]) -> Result<Asked, Problem> {
    let stream = stage.city.data.streams.get(index).ok_or_else(Problem::internal)?;
    let site = stage.city.keys.sites.get(&stream.site).cloned();
    let input = GenerationInput {
        site_id: site.ok_or_else(|| crate::city::lost("site", &stream.site))?,
        generating_facility_id: Some(stage.facility(&stream.generating_facility)?),
        waste_code: stream.waste_code.clone(),
        internal_name: stream.internal_name.clone(),
        form: stream.form.clone(),
        traits: stream.traits.clone(),
        components: stream.components.clone(),
        packaging: stream.packaging.clone(),
        capacity_ml: stream.capacity_ml,
        containers: containers.to_vec(),
        occurred_at: stage.now_text(),
        storage_facility_id: Some(stage.facility(&stream.storage_facility)?),
        note: None,
    };
    Ok((input, stage.city.actors.of(&stream.org, Role::Clerk)?.clone()))
}
