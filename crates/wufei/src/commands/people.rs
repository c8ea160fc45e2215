//! `wufei people`: a process of its own that does what people of the demonstration do, over the HTTP interface and with
//! their accounts, at a gentle pace. Clerks record and draft when a truck stands at their site, managers and carriers
//! sign, receivers weigh when it is at theirs; now and then one refuses, weighs less, or forgets. What the server
//! refuses is left: the visitor may have done it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use app::kit::clock::{RandomIds, SystemClock};
use app::kit::{Clock, IdSource};
use app::ledger::model::ContainerInput;
use domain::time::format_instant;
use geo::Point;
use serde_json::{Value, json};
use simulator::Chance;
use simulator::errands::{Errand, Errands};

use super::log;
use crate::Failure;
use crate::caller::Caller;
use crate::cli::People;
use crate::config::LogFormat;

/// Between looks at the map.
const LOOK: Duration = Duration::from_secs(5);
/// Between two acts of people.
const PACE: Duration = Duration::from_millis(1_500);
/// So near a truck is at a site, metres.
const NEAR_M: f64 = 260.0;
/// Trucks that people of this process have under way at once.
const MOST: usize = 24;
/// A receiver weighs so long after the arrival, seconds.
const WEIGHS: (i64, i64) = (40, 150);
/// Documents, of a thousand: refused in part, weighed short, and forgotten.
const REFUSED: i64 = 60;
const SHORT: i64 = 60;
const FORGOTTEN: i64 = 40;

/// Works until the server goes or, when asked for, standard input ends.
pub fn run(options: &People) -> Result<(), Failure> {
    log(LogFormat::Text, "warn");
    let bytes = std::fs::read(&options.errands)
        .map_err(|e| Failure::new(format!("errands {}: {e}", options.errands.display())))?;
    let errands: Errands = serde_json::from_slice(&bytes).map_err(|e| Failure::new(e.to_string()))?;
    let stop = Arc::new(AtomicBool::new(false));
    if options.until_eof {
        super::trucks::at_eof({
            let stop = Arc::clone(&stop);
            move || stop.store(true, Ordering::SeqCst)
        })?;
    }
    let chance = Chance::new(errands.seed, &format!("people:{}", SystemClock.now()));
    let mut town = Town {
        address: options.server,
        errands,
        callers: BTreeMap::new(),
        chance,
        under_way: BTreeSet::new(),
        weighing: Vec::new(),
    };
    while !stop.load(Ordering::SeqCst) {
        let begun = Instant::now();
        if let Err(error) = town.look(&stop) {
            tracing::debug!(%error, "the server does not answer");
        }
        while begun.elapsed() < LOOK && !stop.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(200));
        }
    }
    Ok(())
}

/// A truck as the map shows it.
struct Truck {
    vehicle_id: String,
    carrier_id: String,
    point: Point,
    stands: bool,
    manifest: Option<String>,
}

/// The people.
struct Town {
    address: SocketAddr,
    errands: Errands,
    callers: BTreeMap<String, Caller>,
    chance: Chance,
    /// Trucks that were loaded by this process.
    under_way: BTreeSet<String>,
    /// What is at a gate, and when it is weighed.
    weighing: Vec<(Instant, String, String)>,
}

type Done<T> = std::io::Result<Option<T>>;

impl Town {
    /// One look at the map, and what follows from it.
    fn look(&mut self, stop: &AtomicBool) -> std::io::Result<()> {
        let watcher = self.errands.watcher.clone();
        let Some(seen) = self.call(&watcher, "GET", "/api/live/vehicles", None, None)? else { return Ok(()) };
        let trucks: Vec<Truck> =
            seen["vehicles"].as_array().into_iter().flatten().filter_map(truck).collect();
        for truck in trucks {
            if stop.load(Ordering::SeqCst) {
                return Ok(());
            }
            match &truck.manifest {
                Some(id) => self.arrive(&truck, id, &watcher)?,
                None if truck.stands && self.under_way.len() < MOST => self.load(&truck)?,
                None => {}
            }
        }
        let (due, later) =
            std::mem::take(&mut self.weighing).into_iter().partition(|(at, ..)| *at <= Instant::now());
        self.weighing = later;
        let due: Vec<(Instant, String, String)> = due;
        for (_, id, receiver) in due {
            self.receive(&id, &receiver)?;
        }
        Ok(())
    }

    /// A truck with a document is at its receiver's gate.
    fn arrive(&mut self, truck: &Truck, id: &str, watcher: &str) -> std::io::Result<()> {
        if !truck.stands || !self.errands.gates.values().any(|g| g.point.distance_m(truck.point) < NEAR_M) {
            return Ok(());
        }
        let Some(document) = self.call(watcher, "GET", &format!("/api/manifests/{id}"), None, None)? else {
            return Ok(());
        };
        let receiver = word(&document["receiver"]["id"]);
        let near =
            self.errands.gates.get(&receiver).is_some_and(|g| g.point.distance_m(truck.point) < NEAR_M);
        let visitors = self.errands.hands_off.contains(&word(&document["consignor"]["id"]));
        let dispatcher = self.errands.dispatchers.get(&truck.carrier_id).cloned();
        let (true, false, Some(dispatcher)) =
            (near && document["status"] == "in_transit", visitors, dispatcher)
        else {
            return Ok(());
        };
        if self.sign(&dispatcher, id, "arrival", json!({"arrived_at": now()}))?.is_some() {
            self.under_way.remove(&truck.vehicle_id);
            let wait = self.chance.between(WEIGHS.0, WEIGHS.1).unsigned_abs();
            if !self.chance.permille(FORGOTTEN) {
                self.weighing.push((Instant::now() + Duration::from_secs(wait), id.to_owned(), receiver));
            }
        }
        Ok(())
    }

    /// An empty truck stands at the site of its errand: waste is recorded, drafted, signed for, and leaves.
    fn load(&mut self, truck: &Truck) -> std::io::Result<()> {
        let errand = self.errands.all.iter().find(|e| e.vehicle_id == truck.vehicle_id);
        let Some(errand) = errand.filter(|e| e.from.distance_m(truck.point) < NEAR_M).cloned() else {
            return Ok(());
        };
        let loaded = self.draft(&errand)?;
        if loaded.is_some() {
            self.under_way.insert(truck.vehicle_id.clone());
        }
        Ok(())
    }

    fn draft(&mut self, errand: &Errand) -> Done<()> {
        let mut generation = errand.generation.clone();
        generation.occurred_at = now();
        for _ in 0..self.chance.between(1, 3) {
            let mass_g =
                (self.chance.between(errand.container_g * 85 / 100, errand.container_g) / 100).max(1) * 100;
            generation.containers.push(ContainerInput { mass_g, gross_g: None, tare_g: None });
        }
        let Some(made) = self.post(&errand.clerk, "/api/ledger/generations", &json!(generation))? else {
            return Ok(None);
        };
        let lots = made["lots"].as_array().into_iter().flatten().map(|lot| word(&lot["id"])).collect();
        let mut draft = errand.draft.clone();
        draft.consignor_part.planned_at = Some(now());
        if let Some(line) = draft.consignor_part.lines.first_mut() {
            line.lot_ids = lots;
        }
        let Some(drafted) = self.post(&errand.clerk, "/api/manifests", &json!(draft))? else {
            return Ok(None);
        };
        let id = word(&drafted["id"]);
        if self.sign(&errand.manager, &id, "consignor", json!({}))?.is_none() {
            return Ok(None);
        }
        let team = json!({"vehicle_id": errand.vehicle_id, "driver_id": errand.driver_id, "escort_id": errand.escort_id});
        if self.put(&errand.dispatcher, &id, "carrier-part", &team)?.is_none() {
            return Ok(None);
        }
        self.sign(&errand.dispatcher, &id, "carrier", json!({})).map(|done| done.map(drop))
    }

    /// The receiver weighs and signs; what it refuses goes back.
    fn receive(&mut self, id: &str, receiver: &str) -> std::io::Result<()> {
        let Some(gate) = self.errands.gates.get(receiver).cloned() else { return Ok(()) };
        let path = format!("/api/manifests/{id}");
        let Some(document) = self.call(&gate.login, "GET", &path, None, None)? else { return Ok(()) };
        let verdict = self.chance.between(1, 1_000);
        let lines = document["consignor_part"]["lines"].as_array().cloned().unwrap_or_default();
        let containers: usize = lines.iter().map(|l| l["lots"].as_array().map_or(0, Vec::len)).sum();
        let refuse = verdict <= REFUSED && containers > 1;
        let short = !refuse && verdict <= REFUSED + SHORT;
        let mut first = true;
        let lines: Vec<Value> =
            lines.iter().map(|line| self.line(line, (refuse, short), &mut first)).collect();
        let code = word(&document["consignor_part"]["lines"][0]["waste_code"]);
        let named = gate.stores.iter().find(|(codes, _)| codes.contains(&code));
        let store =
            named.or_else(|| gate.stores.iter().find(|(codes, _)| codes.is_empty())).map(|(_, id)| id);
        let part = json!({"facility_id": store, "received_at": now(), "lines": lines});
        if self.put(&gate.login, id, "receiver-part", &part)?.is_none() {
            return Ok(());
        }
        let signed = self.sign(&gate.login, id, "receiver", json!({}))?;
        let manager = self.errands.managers.get(&word(&document["consignor"]["id"])).cloned();
        if let (true, Some(_), Some(manager)) = (refuse, signed, manager) {
            self.sign(&manager, id, "return", json!({"received_at": now()}))?;
        }
        Ok(())
    }

    fn line(&mut self, line: &Value, (refuse, short): (bool, bool), first: &mut bool) -> Value {
        let (mut odd, mut refused) = (false, 0_usize);
        let lots: Vec<Value> = line["lots"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|lot| {
                let at_first = std::mem::take(first);
                let mass_g = lot["mass_g"].as_i64().unwrap_or(0);
                odd |= at_first && (refuse || short);
                let received_g = match at_first {
                    true if refuse => 0,
                    true if short => (mass_g * (1_000 - self.chance.between(40, 90)) / 100_000).max(1) * 100,
                    _ => mass_g,
                };
                refused += usize::from(received_g == 0);
                let decision = if received_g == 0 { "refuse" } else { "accept" };
                json!({"lot_id": lot["lot_id"], "decision": decision, "received_g": received_g})
            })
            .collect();
        let reasons = &self.errands.reasons;
        let reason = match (odd, refuse) {
            (true, true) => reasons.0.as_str(),
            (true, false) => reasons.1.as_str(),
            (false, _) => "",
        };
        let opinion = match refused {
            0 => "accept",
            n if n == lots.len() => "refuse",
            _ => "partial",
        };
        json!({
            "no": line["no"], "discrepancy": odd, "opinion": opinion, "reason": reason,
            "method_code": line["method_code"], "lots": lots,
        })
    }

    /// Signs a step over what is shown.
    fn sign(&mut self, login: &str, id: &str, step: &str, data: Value) -> Done<Value> {
        let path = format!("/api/manifests/{id}");
        let Some(shown) = self.call(login, "GET", &path, None, None)? else { return Ok(None) };
        let body = json!({
            "step": step, "version": shown["version"], "content_hash": shown["content_hash"],
            "password": app::identity::demo::PASSWORD, "data": data,
        });
        self.post(login, &format!("{path}/sign"), &body)
    }

    fn put(&mut self, login: &str, id: &str, part: &str, body: &Value) -> Done<Value> {
        let path = format!("/api/manifests/{id}");
        let Some(shown) = self.call(login, "GET", &path, None, None)? else { return Ok(None) };
        let version = format!("\"{}\"", shown["version"]);
        std::thread::sleep(PACE);
        self.call(login, "PUT", &format!("{path}/{part}"), Some(("if-match", &version)), Some(body))
    }

    fn post(&mut self, login: &str, path: &str, body: &Value) -> Done<Value> {
        std::thread::sleep(PACE);
        let key = RandomIds.next(SystemClock.now()).to_string();
        self.call(login, "POST", path, Some(("idempotency-key", &key)), Some(body))
    }

    /// The answer's body; nothing when the server said no.
    fn call(
        &mut self,
        login: &str,
        method: &str,
        path: &str,
        header: Option<(&str, &str)>,
        body: Option<&Value>,
    ) -> Done<Value> {
        let address = self.address;
        let caller = self.callers.entry(login.to_owned()).or_insert_with(|| {
            Caller::new(address, login.to_owned(), app::identity::demo::PASSWORD.to_owned())
        });
        let answer = caller.call(method, path, header.as_slice(), body)?;
        if (200..300).contains(&answer.status) {
            return Ok(Some(answer.body));
        }
        tracing::info!(login, method, path, status = answer.status, body = %answer.body, "refused");
        Ok(None)
    }
}

fn truck(row: &Value) -> Option<Truck> {
    let degree = |key: &str| row[key].as_i64().and_then(|v| i32::try_from(v).ok());
    Some(Truck {
        vehicle_id: word(&row["vehicle_id"]),
        carrier_id: word(&row["org_id"]),
        point: Point::from_e6(degree("lat_e6")?, degree("lon_e6")?).ok()?,
        stands: row["speed_kmh"].as_f64().is_some_and(|v| v < 3.0),
        manifest: row["manifest"]["id"].as_str().map(str::to_owned),
    })
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn now() -> String {
    format_instant(SystemClock.now())
}
