//! Holds the clients' record against the server's. It must never repair: what is wrong is reported as it is.

use std::collections::BTreeMap;

use serde_json::Value;

use super::acks::Ask;
use super::client::Client;
use crate::sh::Result;

/// Checks every manifest that was asked about; gives how many acts had stayed unanswered.
pub fn all(clients: &mut [Client], asks: &[Ask]) -> Result<usize> {
    let mut by: BTreeMap<&str, Vec<&Ask>> = BTreeMap::new();
    for a in asks {
        by.entry(&a.manifest).or_default().push(a);
    }
    for (id, asks) in &by {
        let Some(client) = asks.first().and_then(|a| clients.get_mut(a.client)) else { continue };
        one(client, id, asks)?;
    }
    // An act whose answer never came is asked for again with its key: it must end up there exactly once.
    let open: Vec<&Ask> = asks.iter().filter(|a| !a.acknowledged).collect();
    for ask in &open {
        let Some(client) = clients.get_mut(ask.client) else { continue };
        client.repeat(ask)?;
        one(client, &ask.manifest, &[&Ask { acknowledged: true, ..(*ask).clone() }])?;
    }
    Ok(open.len())
}

fn one(client: &mut Client, id: &str, asks: &[&Ask]) -> Result<()> {
    let manifest = client.read(&format!("/api/manifests/{id}"))?;
    let history = client.read(&format!("/api/manifests/{id}/history"))?;
    judge(&manifest, &history, asks).map_err(|e| {
        format!("manifest {id}: {e}\n  signatures: {}\n  history: {history}", manifest["signatures"])
    })
}

/// Whether document, signatures and events tell the same story, and that of the clients.
pub fn judge(manifest: &Value, history: &Value, asks: &[&Ask]) -> Result<()> {
    let signatures: Vec<(&str, i64)> = list(&manifest["signatures"])
        .map(|s| (s["step"].as_str().unwrap_or_default(), s["version"].as_i64().unwrap_or(-1)))
        .collect();
    for ask in asks {
        let there =
            signatures.iter().filter(|(step, version)| *step == ask.step && *version == ask.version).count();
        match (ask.acknowledged, there) {
            (true, 1) | (false, 0 | 1) => {}
            (true, 0) => {
                return Err(format!(
                    "the acknowledged signature `{}` of version {} is lost",
                    ask.step, ask.version
                ));
            }
            (_, n) => {
                return Err(format!(
                    "the signature `{}` of version {} is there {n} times",
                    ask.step, ask.version
                ));
            }
        }
    }
    let status = manifest["status"].as_str().unwrap_or_default();
    let last = signatures.last().map_or("", |(step, _)| *step);
    let fits = match last {
        "" => status == "draft",
        "consignor" => status == "awaiting_carrier",
        "carrier" | "handover" => status == "in_transit",
        "arrival" => status == "arrived",
        "receiver" => matches!(status, "accepted" | "partially_refused" | "refused"),
        "return" => status == "returned",
        "void" => status == "voided",
        _ => false,
    };
    if !fits {
        return Err(format!("half there: the status is `{status}` and the last signature `{last}`"));
    }
    let events = if history.is_array() { list(history) } else { list(&history["items"]) };
    let signed = events.filter(|e| signs(e["kind"].as_str().unwrap_or_default())).count();
    if signed != signatures.len() {
        return Err(format!("half there: {} signatures, {signed} signing events", signatures.len()));
    }
    Ok(())
}

/// Kinds of event that carry a signature.
fn signs(kind: &str) -> bool {
    matches!(
        kind,
        "manifest.signed"
            | "manifest.voided"
            | "manifest.returned"
            | "manifest.arrived"
            | "manifest.handed_over"
    )
}

fn list(v: &Value) -> impl Iterator<Item = &Value> {
    v.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ask(step: &str, version: i64, acknowledged: bool) -> Ask {
        Ask {
            manifest: "m".into(),
            step: step.into(),
            key: String::new(),
            path: String::new(),
            body: Value::Null,
            client: 0,
            party: 0,
            version,
            acknowledged,
        }
    }
    fn doc(status: &str, signatures: &[(&str, i64)]) -> Value {
        json!({"status": status, "signatures": signatures.iter().map(|(s, v)| json!({"step": s, "version": v})).collect::<Vec<_>>()})
    }
    fn events(n: usize) -> Value {
        json!({"items": vec![json!({"kind": "manifest.signed"}); n]})
    }

    #[test]
    fn a_whole_story_is_fine() {
        let m = doc("in_transit", &[("consignor", 2), ("carrier", 4)]);
        assert_eq!(judge(&m, &events(2), &[&ask("consignor", 2, true), &ask("carrier", 4, false)]), Ok(()));
    }

    #[test]
    fn a_lost_a_doubled_and_a_half_signature_are_found() {
        let lost = judge(&doc("draft", &[]), &events(0), &[&ask("consignor", 2, true)]);
        assert!(lost.unwrap_err().contains("lost"));
        let twice = judge(
            &doc("awaiting_carrier", &[("consignor", 2), ("consignor", 2)]),
            &events(2),
            &[&ask("consignor", 2, false)],
        );
        assert!(twice.unwrap_err().contains("2 times"));
        let half = judge(&doc("draft", &[("consignor", 2)]), &events(1), &[]);
        assert!(half.unwrap_err().contains("half there"));
        let no_event = judge(&doc("awaiting_carrier", &[("consignor", 2)]), &events(0), &[]);
        assert!(no_event.unwrap_err().contains("0 signing events"));
    }
}
