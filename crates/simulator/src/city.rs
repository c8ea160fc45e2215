//! Firms, plants, licences, people and accounts of a profile's demonstration.

use std::sync::Arc;

use app::identity::accounts::get as account;
use app::identity::delegations;
use app::identity::demo::{Listed, NewDemoAccount, create, password_hash};
use app::identity::model::DelegationBody;
use app::kit::{Kit, OpContext, Problem};
use app::registry::demo::{DemoAccount, DemoData};
use app::registry::entity::Entity;
use app::registry::seed::{self, DemoKeys};
use app::registry::service::{self, Save};
use app::registry::{load, model::Org};
use domain::time::Zone;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::actors::{Actors, NewActor};
use crate::founding::{Sources, found};
use crate::kept::Ids;
use crate::{Options, Size};

/// A city that is ready to play.
pub struct City {
    /// The data of the demonstration.
    pub data: Arc<DemoData>,
    /// Ids by key.
    pub keys: DemoKeys,
    /// Accounts.
    pub actors: Actors,
    /// The day from which relative dates of the data count.
    pub as_of: Date,
    /// Whether it is the large one.
    pub large: bool,
}

/// Loads organisations, firms, accounts and delegations into an empty database.
///
/// # Errors
/// What a service refuses; 404 when the profile has no demonstration.
pub async fn build(kit: &Arc<Kit>, zone: &Zone, start: i64, options: &Options) -> Result<City, Problem> {
    let first = zone.date_of(start);
    let last = zone.date_of(options.now);
    let data = Arc::new(data(kit, options)?);
    let years: Vec<i64> = (first.year()..=last.year()).map(i64::from).collect();
    let keys = seed::firms(kit, Arc::clone(&data), last, &years).await?.ok_or_else(Problem::not_found)?;
    app::governance::programme::seed::city(kit).await?;
    let large = options.size == Size::City;
    let mut city = City { data, keys, actors: Actors::default(), as_of: last, large };
    people(kit, &mut city).await?;
    agents(kit, &city).await?;
    Ok(city)
}

/// The data of a size.
///
/// # Errors
/// 404 when the profile has no such city.
pub(crate) fn data(kit: &Arc<Kit>, options: &Options) -> Result<DemoData, Problem> {
    let profile = service::city(kit)?;
    let base = DemoData::of(&profile).ok_or_else(Problem::not_found)?;
    if options.size == Size::Small {
        return Ok(base);
    }
    let sources = Sources::of(&profile).ok_or_else(Problem::not_found)?;
    let map = app::monitoring::base::base(kit);
    let inside = |point| map.as_ref().is_none_or(|m| m.boundary.contains(point));
    found(base, &sources, options.seed, &inside).ok_or_else(|| lost("part of", "the large city"))
}

async fn people(kit: &Arc<Kit>, city: &mut City) -> Result<(), Problem> {
    let system = OpContext::system(&kit.settings.tenant);
    let hash = password_hash(kit).await?;
    let data = Arc::clone(&city.data);
    for (index, who) in data.accounts.iter().enumerate() {
        let org_id = city.keys.orgs.get(&who.org).ok_or_else(|| lost("organisation", &who.org))?;
        let listed = who.hint.as_ref().filter(|_| who.show).map(|hint| Listed {
            sort: i64::try_from(index).unwrap_or(i64::MAX),
            hint_zh: &hint.zh,
            hint_en: &hint.en,
        });
        let new = NewDemoAccount {
            login: &who.login,
            name: &who.person,
            phone: Some(&who.phone),
            org_id,
            roles: &who.roles,
            listed,
        };
        let id = create(kit, &system, &hash, new).await?;
        let person_id = account(kit, &system, &id).await?.person.id;
        let ids = Ids { account_id: id.clone(), person_id };
        enter(kit, (&city.keys, &mut city.actors), who, ids).await?;
        if let Some(crew) = &who.crew {
            link_crew(kit, &system, city, crew, &id).await?;
        }
    }
    Ok(())
}

/// Makes an account a caller.
pub(crate) async fn enter(
    kit: &Arc<Kit>,
    (keys, actors): (&DemoKeys, &mut Actors),
    who: &DemoAccount,
    Ids { account_id, person_id }: Ids,
) -> Result<(), Problem> {
    let org_id = keys.orgs.get(&who.org).ok_or_else(|| lost("organisation", &who.org))?;
    let org = organisation(kit, org_id).await?;
    let town = org.kinds.contains(&domain::access::OrgKind::Town).then(|| org.division_code.clone());
    let new = NewActor {
        login: &who.login,
        name: &who.person,
        org: &who.org,
        org_id,
        kinds: &org.kinds,
        town,
        roles: &who.roles,
        account_id,
        person_id,
    };
    actors.add(&kit.settings.tenant, new);
    Ok(())
}

async fn organisation(kit: &Arc<Kit>, id: &str) -> Result<Org, Problem> {
    let (tenant, id) = (kit.settings.tenant.clone(), id.to_owned());
    kit.db
        .read::<_, Problem, _>(move |s| {
            Box::pin(async move { load::org(s, &tenant, &id).await?.ok_or_else(Problem::not_found) })
        })
        .await
}

/// A driver who signs for themself: the crew row names the account.
async fn link_crew(
    kit: &Arc<Kit>,
    ctx: &Arc<OpContext>,
    city: &City,
    key: &str,
    account_id: &str,
) -> Result<(), Problem> {
    let entity = Entity::of("crew").ok_or_else(Problem::internal)?;
    let row = city.data.crew.iter().find(|c| c["key"] == key).ok_or_else(|| lost("crew", key))?;
    let org = row["org"]
        .as_str()
        .and_then(|o| city.keys.orgs.get(o))
        .ok_or_else(|| lost("organisation of crew", key))?;
    let id = city.keys.crew.get(key).ok_or_else(|| lost("crew", key))?;
    let valid_to = row["valid_to"].as_str().and_then(|t| seed::day_of(t, city.as_of)).map(|d| d.to_string());
    let input = json!({
        "org_id": org, "name": row["name"], "phone": row["phone"], "duty": row["duty"],
        "cert_no": row["cert_no"], "valid_to": valid_to, "account_id": account_id,
    });
    let Value::Object(input) = input else { return Err(Problem::internal()) };
    service::save(kit, ctx, entity, Save { id: Some(id.clone()), version: None, input }).await.map(drop)
}

async fn agents(kit: &Arc<Kit>, city: &City) -> Result<(), Problem> {
    let system = OpContext::system(&kit.settings.tenant);
    for d in &city.data.delegations {
        let id = |key: &str| city.keys.orgs.get(key).cloned().ok_or_else(|| lost("organisation", key));
        let day = |text: &str| seed::day_of(text, city.as_of).map(|d| d.to_string()).unwrap_or_default();
        let body = DelegationBody {
            agent_org_id: id(&d.agent)?,
            client_org_id: id(&d.client)?,
            scope: d.scope.clone(),
            valid_from: day(&d.valid_from),
            valid_to: day(&d.valid_to),
            reason: d.reason.clone(),
        };
        delegations::grant(kit, &system, body).await?;
    }
    Ok(())
}

pub(crate) fn lost(what: &str, key: &str) -> Problem {
    tracing::error!(what, key, "the data of the demonstration refers to something that it does not have");
    Problem::internal()
}
