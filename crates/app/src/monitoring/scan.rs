//! What the registers, the ledger and the documents themselves say that does not fit: weights, storage terms, capacity,
//! receipts that nobody confirmed. Looked at again and again instead of on events, so nothing is missed after a crash;
//! an episode starts with the fact that made it, so seeing it again gives the same one.

use db::{Sql, params};
use domain::condition::{Facts, Value};
use domain::manifest::Manifest;
use domain::monitoring::rules::RulePack;
use domain::monitoring::subjects::{SubjectKind, names as n, storage_year_over};
use domain::monitoring::watch::{Observation, Outcome, RuleState, evaluate};
use domain::time::{WorkCalendar, Zone};
use geo::Point;

use super::judge::{Finding, RuleStates};
use crate::kit::Problem;

/// What a scan needs besides the database.
pub struct Scan<'a> {
    /// Rules.
    pub pack: &'a RulePack,
    /// The city's zone.
    pub zone: Zone,
    /// Working days.
    pub calendar: &'a WorkCalendar,
    /// The present, UTC microseconds.
    pub now: i64,
    /// Tolerance of weights, grams.
    pub tolerance_g: i64,
    /// Tolerance of weights, permille.
    pub tolerance_permille: i64,
    /// Only documents that changed at this position of the journal or later are weighed again.
    pub since: i64,
}

/// Something that a scan looked at.
struct Seen {
    kind: SubjectKind,
    id: String,
    at: i64,
    facts: Facts,
    manifest_id: Option<String>,
    place: Option<Point>,
    orgs: Vec<String>,
}

impl Scan<'_> {
    /// Looks at everything and answers what is new.
    ///
    /// # Errors
    /// 500 when the database refuses.
    pub async fn run(
        &self,
        sql: &mut dyn Sql,
        tenant: &str,
        states: &mut RuleStates,
    ) -> Result<Vec<Finding>, Problem> {
        let mut seen = self.receipts(sql, tenant).await?;
        seen.extend(self.lots(sql, tenant).await?);
        seen.extend(self.facilities(sql, tenant).await?);
        seen.extend(self.confirmations(sql, tenant).await?);
        let mut findings = super::video::unwarned(sql, tenant, self.pack).await?;
        for one in seen {
            self.ask(&one, states, &mut findings);
        }
        Ok(findings)
    }

    fn ask(&self, seen: &Seen, states: &mut RuleStates, findings: &mut Vec<Finding>) {
        for rule in self.pack.watched(seen.kind) {
            let by_subject = states.entry(rule.id().to_owned()).or_default();
            let mut state: RuleState = by_subject.get(&seen.id).cloned().unwrap_or_default();
            // The moment of a stock is that of its newest container; when that one leaves, time must not go back.
            let at = state.last_at.map_or(seen.at, |last| last.max(seen.at));
            let look = Observation { subject: &seen.id, at, facts: &seen.facts };
            let outcome = evaluate(rule, &look, &mut state);
            if state.is_quiet() {
                by_subject.remove(&seen.id);
            } else {
                by_subject.insert(seen.id.clone(), state);
            }
            if let Outcome::Firing { episode, start, first: true } = outcome {
                findings.push(Finding {
                    rule: rule.id().to_owned(),
                    subject: seen.kind,
                    subject_id: seen.id.clone(),
                    episode,
                    start,
                    at: seen.at,
                    facts: rule.snapshot(&seen.facts),
                    vehicle_id: None,
                    manifest_id: seen.manifest_id.clone(),
                    place: seen.place,
                    orgs: seen.orgs.clone(),
                });
            }
        }
    }

    /// Weights at both ends of what was confirmed since the last scan.
    async fn receipts(&self, sql: &mut dyn Sql, tenant: &str) -> Result<Vec<Seen>, Problem> {
        let rows = sql
            .query(
                "select id, confirmed_at, document from manifest \
                 where tenant_id = $1 and confirmed_at is not null and position >= $2 order by position",
                &params![tenant, self.since],
            )
            .await?;
        let mut out = Vec::new();
        for row in rows {
            let text: String = row.get("document")?;
            let Ok(m) = serde_json::from_str::<Manifest>(&text) else { continue };
            let Some((sent, received)) = weights(&m) else { continue };
            let mut facts = Facts::new()
                .with(n::SENT_G, sent)
                .with(n::RECEIVED_G, received)
                .with(n::DIFFERENCE_G, received - sent)
                .with(n::TOLERANCE_G, self.tolerance_g)
                .with(n::TOLERANCE_PERMILLE, self.tolerance_permille);
            if sent > 0 {
                let tenths = (received - sent).saturating_mul(10_000) / sent;
                facts.set(n::DIFFERENCE_PERMILLE, Value::decimal(tenths, 1));
            }
            let mut orgs = vec![m.receiver.id.clone(), m.consignor.id.clone()];
            orgs.extend(m.legs.last().map(|leg| leg.carrier.id.clone()));
            out.push(Seen {
                kind: SubjectKind::Receipt,
                id: row.get("id")?,
                at: row.get("confirmed_at")?,
                facts,
                manifest_id: Some(m.id),
                place: None,
                orgs,
            });
        }
        Ok(out)
    }

    /// Containers whose term may be over.
    async fn lots(&self, sql: &mut dyn Sql, tenant: &str) -> Result<Vec<Seen>, Problem> {
        // Whatever its limit, nothing is late on its first day; a deadline in the future is not late either.
        let rows = sql
            .query(
                "select l.id, l.holder_id, l.stored_at, l.deadline_at, o.kinds, s.latitude_e6, s.longitude_e6 from lot l \
                 join org o on o.tenant_id = l.tenant_id and o.id = l.holder_id \
                 left join site s on s.tenant_id = l.tenant_id and s.id = l.site_id \
                 where l.tenant_id = $1 and l.in_stock and l.stored_at is not null and l.deadline_at < $2 order by l.id",
                &params![tenant, self.now],
            )
            .await?;
        let today = self.zone.date_of(self.now);
        let mut out = Vec::new();
        for row in rows {
            let stored_at: i64 = row.get("stored_at")?;
            let deadline: i64 = row.get("deadline_at")?;
            let stored_on = self.zone.date_of(stored_at);
            let kinds: String = row.get("kinds")?;
            let facts = Facts::new()
                .with(n::STORED_DAYS, days(stored_at, self.now))
                .with(n::LIMIT_DAYS, days(stored_at, deadline))
                .with(n::LICENSED_OPERATOR, kinds.contains("\"receiver\""))
                .with(n::OVER_ONE_YEAR, storage_year_over(stored_on, today));
            out.push(Seen {
                kind: SubjectKind::Lot,
                id: row.get("id")?,
                at: deadline,
                facts,
                manifest_id: None,
                place: place(row.get("latitude_e6")?, row.get("longitude_e6")?),
                orgs: vec![row.get("holder_id")?],
            });
        }
        Ok(out)
    }

    /// Storage facilities with what is in them.
    async fn facilities(&self, sql: &mut dyn Sql, tenant: &str) -> Result<Vec<Seen>, Problem> {
        let rows = sql
            .query(
                "select f.id, f.facility_type, f.capacity_g, s.org_id, s.latitude_e6, s.longitude_e6, \
                 cast(coalesce(sum(l.remaining_g), 0) as bigint) as stock_g, max(l.last_at) as at from facility f \
                 join site s on s.tenant_id = f.tenant_id and s.id = f.site_id \
                 join lot l on l.tenant_id = f.tenant_id and l.facility_id = f.id and l.in_stock \
                 where f.tenant_id = $1 and f.kind = 'storage' \
                 group by f.id, f.facility_type, f.capacity_g, s.org_id, s.latitude_e6, s.longitude_e6 order by f.id",
                &params![tenant],
            )
            .await?;
        let mut out = Vec::new();
        for row in rows {
            let (stock, capacity): (i64, Option<i64>) = (row.get("stock_g")?, row.get("capacity_g")?);
            let kind: String = row.get("facility_type")?;
            let mut facts = Facts::new().with(n::STOCK_G, stock).with(n::STORAGE_POINT, kind == "point");
            if let Some(capacity) = capacity.filter(|c| *c > 0) {
                facts.set(n::CAPACITY_G, capacity);
                let tenths = i128::from(stock) * 10_000 / i128::from(capacity);
                facts.set(n::STOCK_PERMILLE, Value::decimal(i64::try_from(tenths).unwrap_or(i64::MAX), 1));
            }
            out.push(Seen {
                kind: SubjectKind::Facility,
                id: row.get("id")?,
                at: row.get::<Option<i64>>("at")?.unwrap_or(self.now),
                facts,
                manifest_id: None,
                place: place(row.get("latitude_e6")?, row.get("longitude_e6")?),
                orgs: vec![row.get("org_id")?],
            });
        }
        Ok(out)
    }

    /// Arrivals that nobody confirmed.
    async fn confirmations(&self, sql: &mut dyn Sql, tenant: &str) -> Result<Vec<Seen>, Problem> {
        let rows = sql
            .query(
                "select id, arrived_at, receiver_id, consignor_id from manifest \
                 where tenant_id = $1 and status = 'arrived' and arrived_at is not null order by id",
                &params![tenant],
            )
            .await?;
        let today = self.zone.date_of(self.now);
        let mut out = Vec::new();
        for row in rows {
            let arrived: i64 = row.get("arrived_at")?;
            let mut facts = Facts::new().with(n::ARRIVED, true).with(n::CONFIRMED, false);
            let passed = self.calendar.working_days_between(self.zone.date_of(arrived), today);
            facts.set_known(n::WORKING_DAYS_SINCE_ARRIVAL, passed.ok().map(i64::from));
            let id: String = row.get("id")?;
            out.push(Seen {
                kind: SubjectKind::Confirmation,
                id: id.clone(),
                at: arrived,
                facts,
                manifest_id: Some(id),
                place: None,
                orgs: vec![row.get("receiver_id")?, row.get("consignor_id")?],
            });
        }
        Ok(out)
    }
}

/// Mass sent and received of the containers that were accepted; `None` when none was.
fn weights(m: &Manifest) -> Option<(i64, i64)> {
    let part = m.receiver_part.as_ref()?;
    let accepted: std::collections::BTreeMap<&str, i64> = part
        .lines
        .iter()
        .flat_map(|line| &line.lots)
        .filter(|lot| lot.accepted)
        .map(|lot| (lot.lot_id.as_str(), lot.received_g))
        .collect();
    if accepted.is_empty() {
        return None;
    }
    let sent =
        m.containers().filter(|(_, c)| accepted.contains_key(c.lot_id.as_str())).map(|(_, c)| c.mass_g).sum();
    Some((sent, accepted.values().sum()))
}

fn days(from: i64, to: i64) -> i64 {
    to.saturating_sub(from).div_euclid(86_400_000_000)
}

fn place(lat_e6: Option<i64>, lon_e6: Option<i64>) -> Option<Point> {
    let (lat, lon) = (i32::try_from(lat_e6?).ok()?, i32::try_from(lon_e6?).ok()?);
    Point::from_e6(lat, lon).ok()
}
