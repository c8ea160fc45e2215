//! Events as they were once stored must be read by every later version: fields are only ever added, with a
//! default. `stored_events.json` is never regenerated; a new shape of event adds lines to it.

use super::super::*;

#[test]
fn stored_events_still_parse_and_lead_to_the_same_document() {
    let stored: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("stored_events.json")).expect("a list of payloads");
    let mut state = None;
    for payload in stored {
        let recorded: Recorded = serde_json::from_value(payload).expect("an old payload");
        state = evolve(state, &recorded);
        assert!(state.is_some(), "the event follows the one before");
    }
    let m = state.expect("a document");
    assert_eq!((m.status, m.version, m.signatures.len()), (Status::Returned, 8, 5));
    assert_eq!(m.number.map(|n| n.value).as_deref(), Some("20263202900001"));
    assert_eq!(m.legs[0].vehicle.as_ref().map(|v| v.plate.as_str()), Some("苏B12345"));
}
