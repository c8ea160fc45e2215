//! Who plays in the torture: a consignor, a carrier and a receiver of the demonstration city, with what their
//! papers need. Everything is asked of the server; nothing about the city is known here.

use serde_json::{Value, json};

use super::http::Http;
use crate::sh::Result;

/// The parties and what goes into their documents.
pub struct Cast {
    /// Logins of consignor, carrier and receiver.
    pub logins: [String; 3],
    /// Their password.
    pub password: String,
    carrier_org: String,
    receiver_org: String,
    receiver_site: String,
    receiver_facility: String,
    vehicle: String,
    driver: String,
    escort: Option<String>,
    site: String,
    generating: String,
    storage: String,
    waste_code: String,
    traits: Vec<String>,
    method_code: String,
}

/// Mass of one container: small, so that no quota of the demonstration is ever used up.
const CONTAINER_G: i64 = 1_000;

/// Signs in.
pub fn sign_in(http: &mut Http, login: &str, password: &str) -> Result<Value> {
    let answer =
        http.call("POST", "/api/session", &[], Some(&json!({"login": login, "password": password})))?;
    if answer.ok() {
        Ok(answer.body)
    } else {
        Err(format!("signing in as {login}: {} {}", answer.status, answer.body))
    }
}

/// Ids of a list of things.
pub fn ids(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|l| l["id"].as_str()).map(str::to_owned).collect()
}

fn get(http: &mut Http, path: &str) -> Result<Value> {
    let answer = http.call("GET", path, &[], None)?;
    if answer.ok() { Ok(answer.body) } else { Err(format!("GET {path}: {} {}", answer.status, answer.body)) }
}

fn text(v: &Value, what: &str) -> Result<String> {
    v.as_str().map(str::to_owned).ok_or_else(|| format!("the demonstration city has no {what} (found {v})"))
}

/// Rows of a register that belong to an organisation.
fn register(http: &mut Http, entity: &str, org: &str) -> Result<Vec<Value>> {
    let page = get(http, &format!("/api/registry/{entity}?limit=200"))?;
    let items = page["items"].as_array().into_iter().flatten();
    Ok(items.filter(|i| i["org"]["id"] == org).cloned().collect())
}

/// Whether a list of codes (`336-054-17` or `HW17`) covers a code.
fn covers(codes: &Value, code: &str) -> bool {
    let category = code.rsplit('-').next().unwrap_or_default();
    codes
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .any(|c| c == code || c.strip_prefix("HW") == Some(category))
}

/// The present as the API writes it, `2026-11-24T05:47:34.123Z`.
#[expect(clippy::disallowed_methods, reason = "the load happens now, on the server's own machine")]
fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    rfc3339(since.as_millis())
}

/// Milliseconds since 1970 as RFC 3339 in UTC.
fn rfc3339(millis: u128) -> String {
    let (days, of_day) = (millis / 86_400_000, millis % 86_400_000);
    let leap = |y: u128| y.is_multiple_of(4) && !y.is_multiple_of(100) || y.is_multiple_of(400);
    let (mut year, mut rest) = (1970, days);
    while rest >= 365 + u128::from(leap(year)) {
        rest -= 365 + u128::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u128::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    let (h, m, s, ms) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1_000 % 60, of_day % 1_000);
    format!("{year:04}-{month:02}-{:02}T{h:02}:{m:02}:{s:02}.{ms:03}Z", rest + 1)
}

impl Cast {
    /// Finds parties that may deal with each other and everything their papers need.
    pub fn find(port: u16) -> Result<Self> {
        let mut anyone = Http::new(port);
        let demo = get(&mut anyone, "/api/demo/accounts")?;
        let password = text(&demo["password"], "password")?;
        let login = |role: &str| {
            let accounts = demo["accounts"].as_array().into_iter().flatten();
            let found = accounts.filter(|a| a["role"] == role).find_map(|a| a["login"].as_str());
            found
                .map(str::to_owned)
                .ok_or_else(|| format!("the demonstration city has no account with the role {role}"))
        };
        let logins = [login("manager")?, login("dispatcher")?, login("receiver_manager")?];
        let mut http = [Http::new(port), Http::new(port), Http::new(port)];
        let mut orgs = Vec::new();
        for (h, l) in http.iter_mut().zip(&logins) {
            orgs.push(text(&sign_in(h, l, &password)?["org"]["id"], "organisation")?);
        }
        let [consignor, carrier, receiver] = &mut http;
        let plans = register(consignor, "plans", &orgs[0])?;
        let licences = register(receiver, "licences", &orgs[2])?;
        let ours = register(consignor, "facilities", &orgs[0])?;
        let theirs = register(receiver, "facilities", &orgs[2])?;
        let kind = |f: &Value, k: &str| f["row"]["kind"] == k;
        for plan in &plans {
            let site = &plan["row"]["site_id"];
            let generating = ours.iter().find(|f| kind(f, "generating") && f["row"]["site_id"] == *site);
            for line in plan["row"]["lines"].as_array().into_iter().flatten() {
                let code = line["waste_code"].as_str().unwrap_or_default();
                // A facility without a list takes what its firm may take.
                let accepts = |f: &&Value| {
                    let codes = &f["row"]["accepts"];
                    kind(f, "storage") && (codes.as_array().is_none_or(Vec::is_empty) || covers(codes, code))
                };
                let storage = ours.iter().filter(|f| f["row"]["site_id"] == *site).find(accepts);
                let licensed = licences
                    .iter()
                    .flat_map(|l| l["row"]["lines"].as_array().into_iter().flatten())
                    .find(|l| covers(&l["codes"], code));
                let (Some(generating), Some(storage), Some(licensed), Some(there)) =
                    (generating, storage, licensed, theirs.iter().find(accepts))
                else {
                    continue;
                };
                let entry = get(consignor, &format!("/api/catalogue/waste-codes/{code}"))?;
                let traits = entry["traits"].as_array().into_iter().flatten();
                let crew = get(carrier, "/api/manifests/options/carrier")?;
                return Ok(Self {
                    logins,
                    password,
                    carrier_org: orgs[1].clone(),
                    receiver_org: orgs[2].clone(),
                    receiver_site: text(&there["row"]["site_id"], "site of the receiver")?,
                    receiver_facility: text(&there["id"], "facility of the receiver")?,
                    vehicle: text(&crew["vehicles"][0]["id"], "vehicle")?,
                    driver: text(&crew["drivers"][0]["id"], "driver")?,
                    escort: crew["escorts"][0]["id"].as_str().map(str::to_owned),
                    site: text(site, "site")?,
                    generating: text(&generating["id"], "generating facility")?,
                    storage: text(&storage["id"], "storage facility")?,
                    waste_code: code.to_owned(),
                    traits: traits.filter_map(Value::as_str).map(str::to_owned).collect(),
                    method_code: text(&licensed["methods"][0], "method of the licence")?,
                });
            }
        }
        Err("no plan of the consignor fits a licence of the receiver".into())
    }

    /// A batch of containers, stored at once.
    pub fn generation(&self, containers: usize) -> Value {
        json!({
            "site_id": self.site, "generating_facility_id": self.generating, "waste_code": self.waste_code,
            "internal_name": "torture", "form": "solid", "traits": self.traits, "components": "torture",
            "packaging": "drum", "capacity_ml": 20_000, "containers": vec![json!({"mass_g": CONTAINER_G}); containers],
            "occurred_at": now(), "storage_facility_id": self.storage, "note": ""
        })
    }

    /// Containers bound for a transfer.
    pub fn storage_out(lots: &[String]) -> Value {
        json!({"lot_ids": lots, "purpose": "transfer", "occurred_at": now()})
    }

    /// A draft with one line and one container.
    pub fn draft(&self, lot: &str) -> Value {
        json!({
            "receiver_org_id": self.receiver_org, "carrier_org_id": self.carrier_org,
            "consignor_part": {
                "site_id": self.site, "emergency_phone": "0000-0000000", "handler_name": "torture", "handler_phone": "0000-0000000",
                "planned_at": null, "note": "",
                "lines": [{"lot_ids": [lot], "method_code": self.method_code}]
            }
        })
    }

    /// Vehicle and crew.
    pub fn carrier_part(&self) -> Value {
        json!({"vehicle_id": self.vehicle, "driver_id": self.driver, "escort_id": self.escort, "from": "A", "to": "B", "via": "", "departed_at": null})
    }

    /// The receiver's part for everything on the document: all taken or all refused.
    pub fn receiver_part(&self, manifest: &Value, refuse: bool) -> Value {
        let lines = manifest["consignor_part"]["lines"].as_array().cloned().unwrap_or_default();
        let lines: Vec<Value> = lines
            .iter()
            .map(|l| {
                let lots = l["lots"].as_array().cloned().unwrap_or_default();
                let lots: Vec<Value> = lots
                    .iter()
                    .map(|lot| json!({"lot_id": lot["lot_id"], "decision": if refuse { "refuse" } else { "accept" }, "received_g": if refuse { json!(0) } else { lot["mass_g"].clone() }}))
                    .collect();
                json!({"no": l["no"], "discrepancy": refuse, "opinion": if refuse { "refuse" } else { "accept" }, "reason": if refuse { "torture" } else { "" }, "method_code": self.method_code, "lots": lots})
            })
            .collect();
        json!({"site_id": self.receiver_site, "facility_id": self.receiver_facility, "handler_name": "torture", "received_at": null, "lines": lines})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_interface_wants() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(951_782_400_001), "2000-02-29T00:00:00.001Z");
        assert_eq!(rfc3339(1_795_499_254_123), "2026-11-24T05:47:34.123Z");
    }

    #[test]
    fn a_licence_covers_codes_and_categories() {
        let codes = json!(["336-054-17", "HW08"]);
        assert!(covers(&codes, "336-054-17") && covers(&codes, "900-249-08"));
        assert!(!covers(&codes, "336-062-17"));
    }
}
