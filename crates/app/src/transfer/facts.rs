//! Reads what a decision may know, inside the caller's transaction or snapshot.

use std::collections::{BTreeMap, BTreeSet};

use db::Sql;
use domain::access::{Permission, Role, policy};
use domain::manifest::{
    Actor, ApprovalFacts, ApprovalLine, CertificateFacts, FacilityFacts, Facts, LicenceFacts, LicenceLine,
    Manifest, PartyFacts, PlanFacts, PlanLine, QuotaKind, Step,
};
use domain::time::{Date, parse_date};

use super::config::Config;
use super::lots;
use super::store::{self, Place};
use crate::kit::{OpContext, Problem, Reach};
use crate::registry::load;

/// Who acts, for a decision.
pub struct Signer<'a> {
    /// The caller.
    pub ctx: &'a OpContext,
    /// How far the permission reaches.
    pub reach: &'a Reach,
    /// The permission that is used.
    pub permission: Permission,
    /// Name of the person.
    pub person_name: String,
}

impl Signer<'_> {
    async fn actor(&self, sql: &mut dyn Sql) -> Result<Actor, Problem> {
        let org_id = self.ctx.acting_org().to_owned();
        let org = load::org(sql, &self.ctx.tenant, &org_id).await?;
        let agent = match &self.ctx.acting_for {
            Some(_) => load::org(sql, &self.ctx.tenant, &self.ctx.org_id).await?,
            None => None,
        };
        let role = self.ctx.roles.iter().copied().max_by_key(|role| policy(*role, self.permission));
        Ok(Actor {
            account_id: self.ctx.account_id.clone(),
            person_id: self.ctx.person_id.clone(),
            person_name: self.person_name.clone(),
            org_name: org.map(|org| org.name).unwrap_or_default(),
            org_id,
            agent_org_id: agent.as_ref().map(|org| org.id.clone()),
            agent_org_name: agent.map(|org| org.name),
            role: role.map_or("", Role::as_str).to_owned(),
            only_as_driver: matches!(self.reach, Reach::Assigned { .. }),
        })
    }
}

/// Facts about who acts and nothing else: enough for making and editing.
pub async fn about_actor<'a>(
    sql: &mut dyn Sql,
    config: &'a Config,
    signer: &Signer<'_>,
    now: i64,
) -> Result<Facts<'a>, Problem> {
    Ok(Facts {
        now,
        zone: &config.zone,
        calendar: &config.calendar,
        settings: &config.settings,
        actor: signer.actor(sql).await?,
        parties: BTreeMap::new(),
        lots: BTreeMap::new(),
        plan: None,
        licences: Vec::new(),
        approvals: Vec::new(),
        vehicles: BTreeMap::new(),
        crew: BTreeMap::new(),
        codes: BTreeMap::new(),
        methods: BTreeSet::new(),
        aboard: Vec::new(),
        facility: None,
        number: None,
    })
}

/// Facts about everything that a step looks at. `named` are further organisations that the step names.
pub async fn about_step<'a>(
    sql: &mut dyn Sql,
    config: &'a Config,
    signer: &Signer<'_>,
    now: i64,
    document: &Manifest,
    step: Step,
    named: &[String],
) -> Result<Facts<'a>, Problem> {
    let tenant = signer.ctx.tenant.as_str();
    let mut facts = about_actor(sql, config, signer, now).await?;
    facts.methods.clone_from(&config.methods);
    let today = facts.today();
    for line in &document.consignor_part.lines {
        if !facts.codes.contains_key(&line.waste_code) {
            facts.codes.insert(line.waste_code.clone(), config.code(&line.waste_code, today));
        }
    }
    let carriers = document.legs.iter().map(|leg| leg.carrier.id.clone());
    let orgs: BTreeSet<String> = [document.consignor.id.clone(), document.receiver.id.clone()]
        .into_iter()
        .chain(carriers)
        .chain(named.iter().cloned())
        .filter(|id| !id.is_empty())
        .collect();
    for id in orgs {
        if let Some(party) = party(sql, tenant, &id).await? {
            facts.parties.insert(id, party);
        }
    }
    match step {
        Step::Consignor => {
            let ids: Vec<String> = document.containers().map(|(_, lot)| lot.lot_id.clone()).collect();
            facts.lots = lots::facts(sql, tenant, &document.id, &ids).await?;
            facts.plan = plan(sql, tenant, document, facts.year()).await?;
            facts.licences = licences(sql, tenant, document, facts.year()).await?;
            facts.approvals = approvals(sql, tenant, document).await?;
        }
        Step::Carrier => carrier(sql, tenant, document, &mut facts).await?,
        Step::Receiver => {
            facts.licences = licences(sql, tenant, document, facts.year()).await?;
            facts.facility = facility(sql, tenant, document).await?;
        }
        Step::Handover | Step::Arrival | Step::Return | Step::Void => {}
    }
    Ok(facts)
}

async fn party(sql: &mut dyn Sql, tenant: &str, id: &str) -> Result<Option<PartyFacts>, Problem> {
    Ok(load::org(sql, tenant, id).await?.map(|org| PartyFacts {
        active: org.active,
        kinds: org.kinds,
        division_code: org.division_code,
        dangerous_goods_licence_no: org.dangerous_goods_licence_no,
        dangerous_goods_valid_to: org.dangerous_goods_valid_to.as_deref().and_then(day),
    }))
}

/// A stored civil day; the registry checked it when it was written.
fn day(text: &str) -> Option<Date> {
    parse_date(text).ok()
}

async fn plan(
    sql: &mut dyn Sql,
    tenant: &str,
    document: &Manifest,
    year: i64,
) -> Result<Option<PlanFacts>, Problem> {
    let site = &document.consignor_part.site.id;
    let Some(plan) = load::plan_of(sql, tenant, site, year).await? else { return Ok(None) };
    // A plan may list a code once per facility: its quota is their sum.
    let mut quotas: BTreeMap<String, i64> = BTreeMap::new();
    for line in plan.in_force() {
        let sum = quotas.entry(line.waste_code.clone()).or_insert(0);
        *sum = sum.saturating_add(line.transfer_quota_g);
    }
    let mut lines = Vec::new();
    for (waste_code, quota_g) in quotas {
        let place = Place::Code(&waste_code);
        let used_g = store::used(sql, tenant, QuotaKind::Plan, &plan.id, place, &document.id).await?;
        lines.push(PlanLine { waste_code, quota_g, used_g });
    }
    Ok(Some(PlanFacts { filed: plan.filed(), id: plan.id, year: plan.year, lines }))
}

async fn licences(
    sql: &mut dyn Sql,
    tenant: &str,
    document: &Manifest,
    year: i64,
) -> Result<Vec<LicenceFacts>, Problem> {
    let mut found = Vec::new();
    for licence in load::licences_of(sql, tenant, &document.receiver.id).await? {
        let (Some(valid_from), Some(valid_to)) = (day(&licence.valid_from), day(&licence.valid_to)) else {
            continue;
        };
        let mut lines = Vec::new();
        for line in &licence.lines {
            let place = Place::Line { line: line.no, year };
            lines.push(LicenceLine {
                no: line.no,
                codes: line.codes.clone(),
                methods: line.methods.clone(),
                yearly_g: line.yearly_quantity_g,
                used_g: store::used(sql, tenant, QuotaKind::Licence, &licence.id, place, &document.id)
                    .await?,
            });
        }
        found.push(LicenceFacts {
            id: licence.id,
            number: licence.number,
            active: licence.active,
            valid_from,
            valid_to,
            lines,
        });
    }
    Ok(found)
}

async fn approvals(
    sql: &mut dyn Sql,
    tenant: &str,
    document: &Manifest,
) -> Result<Vec<ApprovalFacts>, Problem> {
    let (consignor, receiver) = (&document.consignor.id, &document.receiver.id);
    let mut found = Vec::new();
    for approval in load::approvals_between(sql, tenant, consignor, receiver).await? {
        let (Some(valid_from), Some(valid_to)) = (day(&approval.valid_from), day(&approval.valid_to)) else {
            continue;
        };
        let mut lines = Vec::new();
        for line in &approval.lines {
            let place = Place::Code(&line.waste_code);
            lines.push(ApprovalLine {
                waste_code: line.waste_code.clone(),
                quantity_g: line.quantity_g,
                used_g: store::used(sql, tenant, QuotaKind::Approval, &approval.id, place, &document.id)
                    .await?,
            });
        }
        found.push(ApprovalFacts {
            id: approval.id,
            number: approval.number,
            active: approval.active,
            consignor_id: approval.consignor_org_id,
            receiver_id: approval.receiver_org_id,
            valid_from,
            valid_to,
            lines,
        });
    }
    Ok(found)
}

async fn carrier(
    sql: &mut dyn Sql,
    tenant: &str,
    document: &Manifest,
    facts: &mut Facts<'_>,
) -> Result<(), Problem> {
    let Some(leg) = document.pending_leg().and_then(|leg| document.legs.get(leg)) else { return Ok(()) };
    if let Some(named) = &leg.vehicle {
        if let Some(vehicle) = load::vehicle(sql, tenant, &named.id).await? {
            facts.vehicles.insert(
                named.id.clone(),
                CertificateFacts {
                    org_id: vehicle.org_id,
                    active: vehicle.active,
                    valid_to: day(&vehicle.valid_to),
                    duty: String::new(),
                    load_g: Some(vehicle.load_g),
                },
            );
        }
        facts.aboard = store::aboard(sql, tenant, &named.id, &document.id).await?;
    }
    for named in leg.driver.iter().chain(&leg.escort) {
        if let Some(person) = load::crew(sql, tenant, &named.id).await? {
            facts.crew.insert(
                named.id.clone(),
                CertificateFacts {
                    org_id: person.org_id,
                    active: person.active,
                    valid_to: day(&person.valid_to),
                    duty: person.duty,
                    load_g: None,
                },
            );
        }
    }
    Ok(())
}

async fn facility(
    sql: &mut dyn Sql,
    tenant: &str,
    document: &Manifest,
) -> Result<Option<FacilityFacts>, Problem> {
    let Some(part) = &document.receiver_part else { return Ok(None) };
    let found = load::facility_with_site(sql, tenant, &part.facility_id).await?;
    Ok(found.map(|(facility, site)| FacilityFacts {
        org_id: site.org_id,
        site_id: site.id,
        usable: facility.active && site.active && facility.kind == "storage",
    }))
}
