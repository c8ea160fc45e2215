//! One client: drives its manifests from draft to their end as consignor, carrier and receiver, and notes every
//! signature it asks for and every one that is acknowledged. It must survive the server's death at any moment
//! and go on from what the server then says.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::acks::{Acks, Ask};
use super::chance::Chance;
use super::http::{Answer, Http};
use super::setup::Cast;
use crate::sh::Result;

/// Consignor, carrier, receiver: places in [`Client::parties`].
pub const CONSIGNOR: usize = 0;
/// See [`CONSIGNOR`].
pub const CARRIER: usize = 1;
/// See [`CONSIGNOR`].
pub const RECEIVER: usize = 2;

/// How a manifest is to end.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Fate {
    Void,
    Refuse,
    Accept,
}

/// What went wrong with a request.
enum Trouble {
    /// Nobody knows whether it took effect: the server died.
    Unknown(String),
    /// The server said no.
    Refused(String),
}

type Tried<T> = std::result::Result<T, Trouble>;

/// A client.
pub struct Client {
    no: usize,
    cast: Arc<Cast>,
    acks: Arc<Acks>,
    chance: Chance,
    parties: [Http; 3],
    /// Containers that may go on a manifest, and those that came back and must be put out again.
    staged: Vec<String>,
    stored: Vec<String>,
    /// The open manifest and how it shall end.
    open: Option<(String, Fate)>,
    /// A draft that was asked for: key, body, containers.
    drafting: Option<(String, Value, Vec<String>)>,
}

impl Client {
    /// A client with containers of its own.
    pub fn new(no: usize, port: u16, cast: Arc<Cast>, acks: Arc<Acks>, chance: Chance) -> Self {
        let parties = [Http::new(port), Http::new(port), Http::new(port)];
        Self {
            no,
            cast,
            acks,
            chance,
            parties,
            staged: Vec::new(),
            stored: Vec::new(),
            open: None,
            drafting: None,
        }
    }

    /// Works until told to stop or the server dies. An error is a defect of the server, not its death.
    pub fn work(&mut self, stop: &AtomicBool, first_error: &Mutex<Option<String>>) {
        while !stop.load(Ordering::Relaxed) {
            match self.step() {
                Ok(()) => {}
                Err(Trouble::Unknown(_)) => return,
                Err(Trouble::Refused(why)) => {
                    if let Ok(mut slot) = first_error.lock() {
                        slot.get_or_insert(format!("client {}: {why}", self.no));
                    }
                    return;
                }
            }
        }
    }

    /// After a restart: new connections, and what is known is asked for again.
    pub fn reset(&mut self) {
        self.parties.iter_mut().for_each(Http::reset);
    }

    fn step(&mut self) -> Tried<()> {
        if let Some((id, fate)) = self.open.clone() {
            return self.advance(&id, fate);
        }
        if self.drafting.is_none() {
            let lot = self.lot()?;
            let key = self.chance.key();
            self.drafting = Some((key, self.cast.draft(&lot), vec![lot]));
        }
        let Some((key, body, lots)) = self.drafting.clone() else { return Ok(()) };
        let made =
            self.call(CONSIGNOR, "POST", "/api/manifests", &[("idempotency-key", &key)], Some(&body))?;
        let id = made.body["id"]
            .as_str()
            .ok_or_else(|| Trouble::Refused(format!("a new manifest without id: {}", made.body)))?;
        let fate = match self.chance.below(20) {
            0..=10 => Fate::Void,
            11..=16 => Fate::Refuse,
            _ => Fate::Accept,
        };
        self.staged.retain(|l| !lots.contains(l));
        self.open = Some((id.to_owned(), fate));
        self.drafting = None;
        Ok(())
    }

    /// A container that is free to go: staged already, put out again, or newly filled.
    fn lot(&mut self) -> Tried<String> {
        // Twice at most: when nothing came back, containers are filled anew.
        for _ in 0..2 {
            if let Some(lot) = self.staged.last() {
                return Ok(lot.clone());
            }
            if self.stored.is_empty() {
                let made = self.call(
                    CONSIGNOR,
                    "POST",
                    "/api/ledger/generations",
                    &[],
                    Some(&self.cast.generation(12)),
                )?;
                self.stored = super::setup::ids(&made.body["lots"]);
            }
            // What became of a request whose answer never came is asked, not guessed.
            let (mut ready, mut out) = (Vec::new(), Vec::new());
            for lot in self.stored.clone() {
                let now = self.call(CONSIGNOR, "GET", &format!("/api/ledger/lots/{lot}"), &[], None)?;
                match now.body["status"].as_str() {
                    Some("staged") => ready.push(lot),
                    Some("stored") => out.push(lot),
                    _ => {}
                }
            }
            self.staged.append(&mut ready);
            self.stored = out;
            if !self.stored.is_empty() {
                let body = Cast::storage_out(&self.stored);
                self.call(CONSIGNOR, "POST", "/api/ledger/storage-outs", &[], Some(&body))?;
                self.staged.append(&mut self.stored);
            }
        }
        self.staged.last().cloned().ok_or_else(|| Trouble::Refused("no container is left".into()))
    }

    /// The next act on the open manifest, read from what the server shows.
    fn advance(&mut self, id: &str, fate: Fate) -> Tried<()> {
        let m = self.call(CONSIGNOR, "GET", &format!("/api/manifests/{id}"), &[], None)?.body;
        match m["status"].as_str().unwrap_or_default() {
            "draft" => self.sign(&m, "consignor", CONSIGNOR, json!({})),
            "awaiting_carrier" if fate == Fate::Void => self.void(&m),
            "awaiting_carrier" if m["legs"][0]["vehicle"].is_null() => {
                self.put(&m, CARRIER, "carrier-part", &self.cast.carrier_part())
            }
            "awaiting_carrier" => self.sign(&m, "carrier", CARRIER, json!({})),
            "in_transit" => self.sign(&m, "arrival", RECEIVER, json!({})),
            "arrived" if m["receiver_part"].is_null() => {
                self.put(&m, RECEIVER, "receiver-part", &self.cast.receiver_part(&m, fate == Fate::Refuse))
            }
            "arrived" => self.sign(&m, "receiver", RECEIVER, json!({})),
            "refused" | "partially_refused" => self.sign(&m, "return", CONSIGNOR, json!({})),
            "accepted" | "returned" | "voided" => {
                let lots = m["consignor_part"]["lines"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .flat_map(|l| l["lots"].as_array().into_iter().flatten());
                self.stored.extend(lots.filter_map(|l| l["lot_id"].as_str()).map(str::to_owned));
                self.open = None;
                Ok(())
            }
            other => Err(Trouble::Refused(format!("manifest {id} has the unknown status `{other}`"))),
        }
    }

    fn put(&mut self, m: &Value, party: usize, part: &str, body: &Value) -> Tried<()> {
        let (path, version) =
            (format!("/api/manifests/{}/{part}", word(m, "id")), format!("\"{}\"", m["version"]));
        self.call(party, "PUT", &path, &[("if-match", &version)], Some(body)).map(|_| ())
    }

    fn sign(&mut self, m: &Value, step: &str, party: usize, data: Value) -> Tried<()> {
        let body = json!({"step": step, "version": m["version"], "content_hash": m["content_hash"], "password": self.cast.password, "data": data});
        self.act(m, step, party, "sign", body)
    }

    fn void(&mut self, m: &Value) -> Tried<()> {
        let body = json!({"reason": "torture", "version": m["version"], "password": self.cast.password});
        self.act(m, "void", CONSIGNOR, "void", body)
    }

    /// A signed act: noted before it goes out, and again, on the disk, when it is acknowledged.
    fn act(&mut self, m: &Value, step: &str, party: usize, verb: &str, body: Value) -> Tried<()> {
        let ask = Ask {
            manifest: word(m, "id").to_owned(),
            step: step.to_owned(),
            key: self.chance.key(),
            path: format!("/api/manifests/{}/{verb}", word(m, "id")),
            body,
            client: self.no,
            party,
            version: m["version"].as_i64().unwrap_or(0),
            acknowledged: false,
        };
        self.acks.asked(&ask).map_err(Trouble::Refused)?;
        match self.send(&ask) {
            Ok(_) => self.acks.acknowledged(&ask).map_err(Trouble::Refused),
            Err(Trouble::Refused(why)) => {
                self.acks.refused(&ask).map_err(Trouble::Refused)?;
                Err(Trouble::Refused(why))
            }
            unknown => unknown.map(|_| ()),
        }
    }

    fn send(&mut self, ask: &Ask) -> Tried<Answer> {
        let version = format!("\"{}\"", ask.version);
        self.call(
            ask.party,
            "POST",
            &ask.path,
            &[("idempotency-key", &ask.key), ("if-match", &version)],
            Some(&ask.body),
        )
    }

    /// Repeats an act whose answer never came, with the same key.
    pub fn repeat(&mut self, ask: &Ask) -> Result<()> {
        match self.send(ask) {
            Ok(_) => self.acks.acknowledged(ask),
            Err(Trouble::Unknown(why) | Trouble::Refused(why)) => {
                Err(format!("repeating {} of {} with its key: {why}", ask.step, ask.manifest))
            }
        }
    }

    /// Reads as consignor.
    pub fn read(&mut self, path: &str) -> Result<Value> {
        match self.call(CONSIGNOR, "GET", path, &[], None) {
            Ok(a) => Ok(a.body),
            Err(Trouble::Unknown(why) | Trouble::Refused(why)) => Err(why),
        }
    }

    /// A request of a party, signed in when needed.
    fn call(
        &mut self,
        party: usize,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Tried<Answer> {
        let key = self.chance.key();
        let mut all = headers.to_vec();
        if method == "POST" && !headers.iter().any(|(k, _)| *k == "idempotency-key") {
            all.push(("idempotency-key", &key));
        }
        for attempt in 0..5 {
            if !self.parties[party].signed_in() {
                super::setup::sign_in(
                    &mut self.parties[party],
                    &self.cast.logins[party],
                    &self.cast.password,
                )
                .map_err(Trouble::Unknown)?;
            }
            let answer = self.parties[party].call(method, path, &all, body).map_err(Trouble::Unknown)?;
            match answer.status {
                200..300 => return Ok(answer),
                401 if attempt == 0 => self.parties[party].forget(),
                // Too fast: nothing was done.
                429 => std::thread::sleep(std::time::Duration::from_millis(500)),
                // It cannot say what became of it: its database was killed.
                503 => return Err(Trouble::Unknown(format!("{method} {path} answered 503"))),
                status => {
                    return Err(Trouble::Refused(format!(
                        "{method} {path} answered {status}: {}",
                        answer.body
                    )));
                }
            }
        }
        Err(Trouble::Refused(format!("{method} {path}: refused again and again")))
    }
}

fn word<'a>(v: &'a Value, key: &str) -> &'a str {
    v[key].as_str().unwrap_or_default()
}
