//! Takes personal data out of an event's payload and puts it back. The journal keeps personal values apart
//! (erasable, in the leaf only as salted commitments); a payload must never carry them in the clear.

use serde_json::Value;

/// Keys whose text is personal wherever they stand in a document or an event of this module.
pub const PERSONAL_KEYS: [&str; 6] =
    ["cert_no", "emergency_phone", "handler_name", "handler_phone", "person_name", "phone"];

/// Removes personal texts from `payload`; answers them with their JSON pointers.
pub fn split_personal(payload: &mut Value) -> Vec<(String, String)> {
    let mut taken = Vec::new();
    take(payload, &mut String::new(), &mut taken);
    taken
}

fn take(value: &mut Value, pointer: &mut String, taken: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            for key in PERSONAL_KEYS {
                if let Some(Value::String(_)) = map.get(key)
                    && let Some(Value::String(text)) = map.remove(key)
                    && !text.is_empty()
                {
                    taken.push((format!("{pointer}/{key}"), text));
                }
            }
            for (key, item) in map.iter_mut() {
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(key);
                take(item, pointer, taken);
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                let length = pointer.len();
                pointer.push_str(&format!("/{index}"));
                take(item, pointer, taken);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

/// Puts personal texts back where they were. An erased one (`None`) stays away and reads as empty.
pub fn join_personal<'a>(
    payload: &mut Value,
    personal: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) {
    for (pointer, text) in personal {
        let (Some(text), Some((parent, key))) = (text, pointer.rsplit_once('/')) else { continue };
        if let Some(Value::Object(map)) = payload.pointer_mut(parent) {
            map.insert(key.to_owned(), Value::from(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_personal_stays_and_everything_comes_back() {
        let whole =
            json!({"legs": [{"driver": {"id": "d", "person_name": "张三", "phone": "138"}}], "note": "x"});
        let mut payload = whole.clone();
        let personal = split_personal(&mut payload);
        assert_eq!(payload, json!({"legs": [{"driver": {"id": "d"}}], "note": "x"}));
        assert_eq!(personal.len(), 2);
        join_personal(&mut payload, personal.iter().map(|(p, v)| (p.as_str(), Some(v.as_str()))));
        assert_eq!(payload, whole);
    }

    #[test]
    fn an_erased_value_reads_as_empty() {
        let mut payload = json!({"part": {}});
        join_personal(&mut payload, [("/part/handler_name", None)]);
        assert_eq!(payload, json!({"part": {}}));
    }
}
