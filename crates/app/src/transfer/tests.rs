//! The transfer context through its use cases, on both engines: the whole procedure with a refusal, who sees
//! what, staleness and repetition, many clients at one container, quota and licence, papers, the rebuild.

mod crowd;
mod flow;
mod papers;
mod quota;
mod scope;

use std::sync::Arc;

use domain::access::{OrgKind, Role};
use domain::manifest::Step;
use domain::time::format_instant;
use jiff::civil::date;
use serde_json::{Map, Value, json};

use super::model::{
    CarrierBody, ConsignorBody, DraftBody, LineBody, ReceivedLineBody, ReceivedLotBody, ReceiverBody,
    SignData, Written,
};
use super::sign::{self, Request};
use super::view::ManifestView;
use super::{draft, parts, read};
use crate::identity::{Method, Reauthenticated};
use crate::kit::clock::SimClock;
use crate::kit::settings::NumberAuthoritySetting;
use crate::kit::testing::{caller, kit_on};
use crate::kit::{Clock, Kit, OpContext, Problem};
use crate::ledger::commands;
use crate::ledger::model::{ContainerInput, GenerationInput};
use crate::registry::entity::Entity;
use crate::registry::seed::{self, DemoKeys};
use crate::registry::service::{self as registry, Save};

pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const NICKEL: &str = "336-054-17";

/// A plating works, two carriers, a licensed receiver, an office that looks on.
pub(crate) struct House {
    pub(crate) kit: Arc<Kit>,
    pub(crate) clock: Arc<SimClock>,
    pub(crate) keys: DemoKeys,
    pub(crate) plant: Arc<OpContext>,
    pub(crate) dispatcher: Arc<OpContext>,
    pub(crate) driver: Arc<OpContext>,
    pub(crate) other_driver: Arc<OpContext>,
    pub(crate) other_carrier: Arc<OpContext>,
    pub(crate) scale: Arc<OpContext>,
    pub(crate) receiver: Arc<OpContext>,
    pub(crate) office: Arc<OpContext>,
}

impl House {
    pub(crate) async fn new(db: &db::Db) -> Outcome<Self> {
        Self::with_numbers(
            db,
            NumberAuthoritySetting::DemoRange { prefix: "3202".into(), from: 990_001, to: 990_003 },
        )
        .await
    }

    async fn with_numbers(db: &db::Db, numbers: NumberAuthoritySetting) -> Outcome<Self> {
        let (base, clock) = kit_on(db.clone());
        let mut settings = base.settings.clone();
        settings.numbers = numbers;
        let kit = Kit::new(
            db.clone(),
            Arc::clone(&clock) as Arc<dyn Clock>,
            Arc::clone(&base.ids),
            Arc::clone(&base.signer),
            settings,
        );
        let keys =
            seed::demo(&kit, date(2026, 3, 2), &[2026]).await?.ok_or("the firms were there already")?;
        let firm = |key: &str, kinds: &[OrgKind], roles: &[Role]| caller(&keys.orgs[key], kinds, roles);
        let driver = firm("carrier-a", &[OrgKind::Carrier], &[Role::Driver]);
        let other_driver = Arc::new(OpContext { account_id: "account-driver-2".into(), ..(*driver).clone() });
        let house = Self {
            plant: firm("plating", &[OrgKind::Enterprise], &[Role::Manager]),
            dispatcher: firm("carrier-a", &[OrgKind::Carrier], &[Role::Dispatcher]),
            other_carrier: firm("carrier-b", &[OrgKind::Carrier], &[Role::Dispatcher]),
            scale: firm("phychem", &[OrgKind::Receiver], &[Role::Scale]),
            receiver: firm("phychem", &[OrgKind::Receiver], &[Role::ReceiverManager]),
            office: caller("office", &[OrgKind::Office], &[Role::Office]),
            driver,
            other_driver,
            kit,
            clock,
            keys,
        };
        let crew = house.keys.crew["carrier-a-driver1"].clone();
        let account = house.driver.account_id.clone();
        house.change("crew", &crew, |row| drop(row.insert("account_id".into(), account.into()))).await?;
        Ok(house)
    }

    /// Changes a row of a register as the system administrator.
    async fn change(
        &self,
        entity: &str,
        id: &str,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Outcome<()> {
        let entity = Entity::of(entity).ok_or("no such register")?;
        let system = OpContext::system(&self.plant.tenant);
        let record = registry::get(&self.kit, &system, entity, id).await?;
        let mut input = record.row;
        change(&mut input);
        let save = Save { id: Some(id.to_owned()), version: Some(record.version), input };
        registry::save(&self.kit, &system, entity, save).await?;
        Ok(())
    }

    pub(crate) fn minutes(&self, minutes: i64) {
        self.clock.advance(minutes * 60_000_000);
    }

    /// Fresh containers in the plant's storage.
    pub(crate) async fn containers(&self, masses: &[i64]) -> Outcome<Vec<String>> {
        let answer = commands::generate(
            &self.kit,
            &self.plant,
            GenerationInput {
                site_id: self.keys.sites["plating-1"].clone(),
                generating_facility_id: Some(self.keys.facilities["plating-1-MF0001"].clone()),
                waste_code: NICKEL.into(),
                internal_name: "镀镍槽渣".into(),
                form: "semi_solid".into(),
                traits: vec!["T".into()],
                components: "镍".into(),
                packaging: "bulk_bag".into(),
                capacity_ml: Some(1_000_000),
                containers: masses
                    .iter()
                    .map(|g| ContainerInput { mass_g: *g, gross_g: None, tare_g: None })
                    .collect(),
                occurred_at: format_instant(self.clock.now()),
                storage_facility_id: Some(self.keys.facilities["plating-1-TS001"].clone()),
                note: None,
            },
        )
        .await?;
        Ok(answer.lots.into_iter().map(|lot| lot.id).collect())
    }

    fn draft_body(&self, lots: &[String]) -> DraftBody {
        DraftBody {
            receiver_org_id: self.keys.orgs["phychem"].clone(),
            carrier_org_id: self.keys.orgs["carrier-a"].clone(),
            consignor_part: ConsignorBody {
                site_id: self.keys.sites["plating-1"].clone(),
                emergency_phone: Some("0510-0000-0001".into()),
                handler_name: Some("钱演一".into()),
                handler_phone: Some("0510-0000-0001".into()),
                planned_at: None,
                note: "吸附棉".into(),
                lines: vec![LineBody {
                    lot_ids: lots.to_vec(),
                    method_code: "R4".into(),
                    name: None,
                    components: None,
                    dangerous_goods: None,
                    exemption_id: None,
                }],
            },
        }
    }

    async fn draft(&self, lots: &[String]) -> Result<Written, Problem> {
        draft::create(&self.kit, &self.plant, self.draft_body(lots)).await
    }

    fn carrier_body(&self) -> CarrierBody {
        CarrierBody {
            vehicle_id: Some(self.keys.vehicles["carrier-a-v1"].clone()),
            driver_id: Some(self.keys.crew["carrier-a-driver1"].clone()),
            escort_id: Some(self.keys.crew["carrier-a-escort1"].clone()),
            mode: None,
            from: None,
            to: None,
            via: Some("G346".into()),
            departed_at: None,
        }
    }

    fn receiver_body(&self, lots: &[(&str, Option<i64>)], reason: &str) -> ReceiverBody {
        ReceiverBody {
            facility_id: Some(self.keys.facilities["phychem-1-TS001"].clone()),
            site_id: None,
            handler_name: Some("柏小演".into()),
            handler_phone: Some("0510-0000-0037".into()),
            received_at: None,
            lines: vec![ReceivedLineBody {
                no: 1,
                discrepancy: false,
                opinion: None,
                reason: reason.into(),
                method_code: None,
                lots: lots
                    .iter()
                    .map(|(id, mass)| ReceivedLotBody {
                        lot_id: (*id).into(),
                        decision: if mass.is_some() { "accept" } else { "refuse" }.into(),
                        received_g: mass.unwrap_or(0),
                    })
                    .collect(),
            }],
        }
    }

    async fn view(&self, ctx: &Arc<OpContext>, id: &str) -> Result<ManifestView, Problem> {
        read::get(&self.kit, ctx, id).await
    }

    /// Signs what stands, as somebody who sees it.
    async fn sign(
        &self,
        ctx: &Arc<OpContext>,
        id: &str,
        step: Step,
        data: SignData,
    ) -> Result<Written, Problem> {
        let view = self.view(ctx, id).await?;
        self.sign_version(ctx, id, step, view.summary.version, &view.content_hash, data).await
    }

    async fn sign_version(
        &self,
        ctx: &Arc<OpContext>,
        id: &str,
        step: Step,
        version: i64,
        hash: &str,
        data: SignData,
    ) -> Result<Written, Problem> {
        let request =
            Request {
                step, version, content_hash: Some(hash.to_owned()), data, reason: "车辆故障".into()
            };
        sign::sign(&self.kit, ctx, id, request, proof(ctx, self.clock.now())).await
    }

    /// A document that the consignor signed and the carrier took over.
    pub(crate) async fn on_the_road(&self, lots: &[String]) -> Outcome<String> {
        let id = self.draft(lots).await?.id;
        let signed = self.sign(&self.plant, &id, Step::Consignor, SignData::default()).await?;
        self.minutes(10);
        parts::edit_carrier(&self.kit, &self.dispatcher, &id, signed.version, self.carrier_body()).await?;
        self.sign(&self.driver, &id, Step::Carrier, SignData::default()).await?;
        self.minutes(40);
        Ok(id)
    }

    pub(crate) async fn arrived(&self, lots: &[String]) -> Outcome<String> {
        let id = self.on_the_road(lots).await?;
        self.sign(&self.driver, &id, Step::Arrival, SignData::default()).await?;
        self.minutes(10);
        Ok(id)
    }

    /// A document whose receiver took over what has a mass and refused the rest.
    pub(crate) async fn received(&self, lots: &[(&str, Option<i64>)], reason: &str) -> Outcome<String> {
        let ids: Vec<String> = lots.iter().map(|(id, _)| (*id).to_owned()).collect();
        let id = self.arrived(&ids).await?;
        let version = self.view(&self.receiver, &id).await?.summary.version;
        let body = self.receiver_body(lots, reason);
        parts::edit_receiver(&self.kit, &self.scale, &id, version, body).await?;
        self.sign(&self.receiver, &id, Step::Receiver, SignData::default()).await?;
        Ok(id)
    }

    /// Mass in the plant's stock.
    async fn stock_g(&self, ctx: &Arc<OpContext>) -> Result<i64, Problem> {
        Ok(crate::ledger::stock::stock(&self.kit, ctx, &Default::default()).await?.mass_g)
    }
}

fn proof(ctx: &OpContext, at: i64) -> Reauthenticated {
    Reauthenticated {
        account_id: ctx.account_id.clone(),
        person_id: ctx.person_id.clone(),
        person_name: "演示人".into(),
        method: Method::Password,
        at,
        key: None,
    }
}

fn rules_of(problem: &Problem) -> Vec<&str> {
    problem.errors.iter().map(|e| e.rule.as_str()).collect()
}
