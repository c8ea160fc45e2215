//! Rule packs: for each field of a document, who fills it, by which signature it must be there and from
//! which signature it is sealed. A pack is stored by id on each document and never changed after release: a
//! new obligation is a new pack, so that documents in flight keep the rules they were made under.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::{Manifest, Opinion, Step};
use super::rules;
use crate::access::word_enum;
use crate::problem::Violation;

word_enum! {
    /// A part of the document and whose hand fills it.
    PartName {
        /// First part.
        Consignor = "consignor",
        /// Second part, one leg a carrier.
        Carrier = "carrier",
        /// Third part.
        Receiver = "receiver",
    }
}

/// From when a field is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// The consignor's signature.
    Consignor,
    /// The signature that named the leg's carrier: the consignor's for the first leg, the hand-over for a later one.
    LegNamed,
    /// The signature of the leg's own carrier.
    LegTaken,
    /// The hand-over or arrival that ends the leg.
    LegLeft,
    /// The receiver's signature.
    Receiver,
}

/// When a requirement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Always.
    Always,
    /// The leg is not the first (联运).
    LaterLeg,
    /// The receiver's line accepts something.
    LineAccepts,
    /// The receiver's line refuses something or differs.
    LineRefusesOrDiffers,
    /// Some line accepts something.
    AnythingAccepted,
}

/// The rule of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// Path with `[]` for list elements.
    pub path: &'static str,
    /// Whose part.
    pub part: PartName,
    /// Sealed from.
    pub seal: Seal,
    /// Required by this signature, when the condition holds.
    pub required: Option<(Step, Condition)>,
}

/// A rule pack.
#[derive(Debug)]
pub struct RulePack {
    /// Id, stored on each document.
    pub id: &'static str,
    /// First day on which new documents may use it, `YYYY-MM-DD`.
    pub valid_from: &'static str,
    /// Working days for the receiver's confirmation (Art. 18).
    pub confirm_working_days: u32,
    /// The field table.
    pub fields: &'static [FieldRule],
}

/// The pack of this id.
pub fn rule_pack(id: &str) -> Option<&'static RulePack> {
    [&HW_2022].into_iter().find(|pack| pack.id == id)
}

const fn optional(path: &'static str, part: PartName, seal: Seal) -> FieldRule {
    FieldRule { path, part, seal, required: None }
}

const fn required(path: &'static str, part: PartName, seal: Seal, by: Step) -> FieldRule {
    FieldRule { path, part, seal, required: Some((by, Condition::Always)) }
}

const fn required_when(
    path: &'static str,
    part: PartName,
    seal: Seal,
    by: Step,
    when: Condition,
) -> FieldRule {
    FieldRule { path, part, seal, required: Some((by, when)) }
}

/// 危险废物转移联单 under 部令第23号, in force since 2022-01-01; form of 公告 2021 年第 74 号.
static HW_2022: RulePack = {
    use Condition as When;
    use PartName::{Carrier as C, Consignor as O, Receiver as R};
    RulePack {
        id: "hw-transfer@2022-01",
        valid_from: "2022-01-01",
        confirm_working_days: 5,
        fields: &[
            // Parties.
            required("consignor.id", O, Seal::Consignor, Step::Consignor),
            required("consignor.name", O, Seal::Consignor, Step::Consignor),
            required("consignor.credit_code", O, Seal::Consignor, Step::Consignor),
            optional("consignor.address", O, Seal::Consignor),
            optional("consignor.division_code", O, Seal::Consignor),
            required("receiver.id", O, Seal::Consignor, Step::Consignor),
            required("receiver.name", O, Seal::Consignor, Step::Consignor),
            required("receiver.credit_code", O, Seal::Consignor, Step::Consignor),
            optional("receiver.address", O, Seal::Consignor),
            optional("receiver.division_code", O, Seal::Consignor),
            // 第一部分 移出信息.
            required("consignor_part.site.id", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.site.name", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.site.address", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.site.division_code", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.emergency_phone", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.handler_name", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.handler_phone", O, Seal::Consignor, Step::Consignor),
            optional("consignor_part.planned_at", O, Seal::Consignor),
            optional("consignor_part.note", O, Seal::Consignor),
            required("consignor_part.lines", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].no", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].name", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].waste_code", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].traits", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].form", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].components", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].packaging", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].containers", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].mass_g", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].method_code", O, Seal::Consignor, Step::Consignor),
            optional("consignor_part.lines[].dangerous_goods", O, Seal::Consignor),
            required("consignor_part.lines[].dangerous_goods.un_number", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].dangerous_goods.name", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].dangerous_goods.class", O, Seal::Consignor, Step::Consignor),
            optional("consignor_part.lines[].dangerous_goods.packing_group", O, Seal::Consignor),
            optional("consignor_part.lines[].exemption_id", O, Seal::Consignor),
            required("consignor_part.lines[].lots", O, Seal::Consignor, Step::Consignor),
            required("consignor_part.lines[].lots[].lot_id", O, Seal::Consignor, Step::Consignor),
            optional("consignor_part.lines[].lots[].container_code", O, Seal::Consignor),
            required("consignor_part.lines[].lots[].mass_g", O, Seal::Consignor, Step::Consignor),
            // 第二部分 运输信息.
            required("legs", O, Seal::LegNamed, Step::Consignor),
            required("legs[].no", O, Seal::LegNamed, Step::Consignor),
            required("legs[].carrier.id", O, Seal::LegNamed, Step::Consignor),
            required("legs[].carrier.name", O, Seal::LegNamed, Step::Consignor),
            optional("legs[].carrier.address", O, Seal::LegNamed),
            optional("legs[].carrier.phone", O, Seal::LegNamed),
            required("legs[].licence_no", C, Seal::LegTaken, Step::Carrier),
            required("legs[].mode", C, Seal::LegTaken, Step::Carrier),
            required("legs[].vehicle", C, Seal::LegTaken, Step::Carrier),
            required("legs[].vehicle.id", C, Seal::LegTaken, Step::Carrier),
            required("legs[].vehicle.plate", C, Seal::LegTaken, Step::Carrier),
            optional("legs[].vehicle.plate_colour", C, Seal::LegTaken),
            optional("legs[].vehicle.transport_cert_no", C, Seal::LegTaken),
            required("legs[].driver", C, Seal::LegTaken, Step::Carrier),
            required("legs[].driver.id", C, Seal::LegTaken, Step::Carrier),
            optional("legs[].driver.account_id", C, Seal::LegTaken),
            required("legs[].driver.person_name", C, Seal::LegTaken, Step::Carrier),
            optional("legs[].driver.phone", C, Seal::LegTaken),
            optional("legs[].driver.cert_no", C, Seal::LegTaken),
            optional("legs[].escort", C, Seal::LegTaken),
            required("legs[].escort.id", C, Seal::LegTaken, Step::Carrier),
            optional("legs[].escort.account_id", C, Seal::LegTaken),
            required("legs[].escort.person_name", C, Seal::LegTaken, Step::Carrier),
            optional("legs[].escort.phone", C, Seal::LegTaken),
            optional("legs[].escort.cert_no", C, Seal::LegTaken),
            required("legs[].from", C, Seal::LegTaken, Step::Carrier),
            required("legs[].to", C, Seal::LegTaken, Step::Carrier),
            optional("legs[].via", C, Seal::LegTaken),
            required_when("legs[].handover_place", C, Seal::LegNamed, Step::Handover, When::LaterLeg),
            required_when("legs[].handover_at", C, Seal::LegNamed, Step::Handover, When::LaterLeg),
            required("legs[].departed_at", C, Seal::LegTaken, Step::Carrier),
            optional("legs[].arrived_at", C, Seal::LegLeft),
            // 第三部分 接受信息.
            required("receiver_part", R, Seal::Receiver, Step::Receiver),
            required("receiver_part.site.id", R, Seal::Receiver, Step::Receiver),
            required("receiver_part.site.name", R, Seal::Receiver, Step::Receiver),
            optional("receiver_part.site.address", R, Seal::Receiver),
            required("receiver_part.site.division_code", R, Seal::Receiver, Step::Receiver),
            required_when(
                "receiver_part.facility_id",
                R,
                Seal::Receiver,
                Step::Receiver,
                When::AnythingAccepted,
            ),
            required_when(
                "receiver_part.licence_no",
                R,
                Seal::Receiver,
                Step::Receiver,
                When::AnythingAccepted,
            ),
            required("receiver_part.handler_name", R, Seal::Receiver, Step::Receiver),
            required("receiver_part.handler_phone", R, Seal::Receiver, Step::Receiver),
            required("receiver_part.received_at", R, Seal::Receiver, Step::Receiver),
            required("receiver_part.lines", R, Seal::Receiver, Step::Receiver),
            required("receiver_part.lines[].no", R, Seal::Receiver, Step::Receiver),
            required("receiver_part.lines[].discrepancy", R, Seal::Receiver, Step::Receiver),
            required("receiver_part.lines[].opinion", R, Seal::Receiver, Step::Receiver),
            required_when(
                "receiver_part.lines[].reason",
                R,
                Seal::Receiver,
                Step::Receiver,
                When::LineRefusesOrDiffers,
            ),
            required_when(
                "receiver_part.lines[].method_code",
                R,
                Seal::Receiver,
                Step::Receiver,
                When::LineAccepts,
            ),
            required("receiver_part.lines[].lots", R, Seal::Receiver, Step::Receiver),
            required("receiver_part.lines[].lots[].lot_id", R, Seal::Receiver, Step::Receiver),
            required("receiver_part.lines[].lots[].accepted", R, Seal::Receiver, Step::Receiver),
            required("receiver_part.lines[].lots[].received_g", R, Seal::Receiver, Step::Receiver),
        ],
    }
};

impl RulePack {
    /// The pack for new documents.
    pub fn current() -> &'static Self {
        &HW_2022
    }

    /// The rule of a path written with `[]`.
    pub fn field(&self, path: &str) -> Option<&'static FieldRule> {
        self.fields.iter().find(|rule| rule.path == path)
    }

    /// HW-TR-002 for each field of `before` that is sealed by its signatures and differs in `after`.
    pub fn sealed_changes(&self, before: &Manifest, after: &Manifest) -> Vec<Violation> {
        let (old, new) = (nodes(before), nodes(after));
        let mut found = Vec::new();
        for pointer in old.keys().chain(new.keys().filter(|pointer| !old.contains_key(*pointer))) {
            let (left, right) = (old.get(pointer), new.get(pointer));
            if left.map(|node| &node.value) == right.map(|node| &node.value) {
                continue;
            }
            let Some(node) = left.or(right) else { continue };
            // A field without a rule must not slip through: it counts as sealed once anything is signed.
            let sealed = self
                .field(&node.pattern)
                .map_or(!before.signatures.is_empty(), |rule| is_sealed(rule.seal, before, &node.indices));
            if sealed {
                found.push(Violation::error(rules::SEALED, pointer.as_str()).with("field", &node.pattern));
            }
        }
        found
    }

    /// HW-TR-001 for each field that must be there by `step` and is empty. `leg` is the leg that the step is
    /// about, for carriers' steps.
    pub fn missing(&self, document: &Manifest, step: Step, leg: Option<usize>) -> Vec<Violation> {
        let all = nodes(document);
        let mut found = Vec::new();
        for (pointer, node) in &all {
            let Some(rule) = self.field(&node.pattern) else { continue };
            let Some((by, condition)) = rule.required else { continue };
            let about_other_leg =
                node.pattern.starts_with("legs[]") && leg.is_some() && node.indices.first() != leg.as_ref();
            if by != step || !node.empty || about_other_leg || !holds(condition, document, &node.indices) {
                continue;
            }
            found.push(Violation::error(rules::REQUIRED, pointer.as_str()).with("field", &node.pattern));
        }
        found
    }

    /// For each field of the table: whether it is sealed now and which signature requires it. Lists answer
    /// for the leg that is open (or the last one).
    pub fn states(&self, document: &Manifest) -> BTreeMap<&'static str, (bool, Option<Step>)> {
        let leg = document.pending_leg().or_else(|| document.legs.len().checked_sub(1)).unwrap_or(0);
        self.fields
            .iter()
            .map(|rule| {
                (rule.path, (is_sealed(rule.seal, document, &[leg]), rule.required.map(|(step, _)| step)))
            })
            .collect()
    }
}

fn signed(document: &Manifest, step: Step, leg: Option<usize>) -> bool {
    document.signatures.iter().any(|s| s.step == step && (leg.is_none() || s.leg == leg))
}

/// Whether the signatures of the document seal this place.
#[cfg(test)]
pub(super) fn sealed_now(rule: &FieldRule, document: &Manifest, indices: &[usize]) -> bool {
    is_sealed(rule.seal, document, indices)
}

fn is_sealed(seal: Seal, document: &Manifest, indices: &[usize]) -> bool {
    let leg = indices.first().copied();
    match seal {
        Seal::Consignor => signed(document, Step::Consignor, None),
        Seal::LegNamed => match leg {
            // The list of legs as a whole grows by hand-over only, which is no edit.
            None | Some(0) => signed(document, Step::Consignor, None),
            Some(leg) => signed(document, Step::Handover, leg.checked_sub(1)),
        },
        Seal::LegTaken => leg.is_some() && signed(document, Step::Carrier, leg),
        Seal::LegLeft => {
            leg.is_some() && (signed(document, Step::Handover, leg) || signed(document, Step::Arrival, leg))
        }
        Seal::Receiver => signed(document, Step::Receiver, None),
    }
}

fn holds(condition: Condition, document: &Manifest, indices: &[usize]) -> bool {
    let lines = document.receiver_part.as_ref().map_or(&[][..], |part| part.lines.as_slice());
    let line = indices.first().and_then(|index| lines.get(*index));
    match condition {
        Condition::Always => true,
        Condition::LaterLeg => indices.first().is_some_and(|leg| *leg > 0),
        Condition::LineAccepts => line.is_some_and(|line| line.opinion != Opinion::Refuse),
        Condition::LineRefusesOrDiffers => {
            line.is_some_and(|line| line.opinion != Opinion::Accept || line.discrepancy)
        }
        Condition::AnythingAccepted => lines.iter().any(|line| line.opinion != Opinion::Refuse),
    }
}

/// A place in the document.
pub(super) struct Node {
    /// Path with `[]` for list elements, as in the table.
    pub(super) pattern: String,
    /// Positions in the lists on the way.
    pub(super) indices: Vec<usize>,
    /// The value of a leaf; the length of a list of objects; `true` for an optional object that is there.
    pub(super) value: Value,
    /// Nothing is written there.
    pub(super) empty: bool,
}

/// Every place of the sealed parts, by JSON pointer: values, lists, and the optional objects of the table.
pub(super) fn nodes(document: &Manifest) -> BTreeMap<String, Node> {
    let mut found = BTreeMap::new();
    let pack = rule_pack(&document.rule_pack).unwrap_or(RulePack::current());
    let content = document.content();
    for part in ["consignor", "receiver", "consignor_part", "legs", "receiver_part"] {
        if let Some(value) = content.get(part) {
            walk(pack, value, format!("/{part}"), part.to_owned(), &[], &mut found);
        }
    }
    found
}

fn walk(
    pack: &RulePack,
    value: &Value,
    pointer: String,
    pattern: String,
    indices: &[usize],
    found: &mut BTreeMap<String, Node>,
) {
    let mut note = |value: Value, empty: bool| {
        found.insert(
            pointer.clone(),
            Node { pattern: pattern.clone(), indices: indices.to_vec(), value, empty },
        );
    };
    match value {
        Value::Object(map) => {
            if pack.field(&pattern).is_some() {
                note(Value::Bool(true), false);
            }
            for (key, item) in map {
                walk(pack, item, format!("{pointer}/{key}"), format!("{pattern}.{key}"), indices, found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            note(Value::from(items.len()), false);
            for (index, item) in items.iter().enumerate() {
                let deeper: Vec<usize> = indices.iter().copied().chain([index]).collect();
                walk(pack, item, format!("{pointer}/{index}"), format!("{pattern}[]"), &deeper, found);
            }
        }
        Value::Array(items) => note(value.clone(), items.is_empty()),
        Value::String(text) => note(value.clone(), text.trim().is_empty()),
        Value::Null => note(Value::Null, true),
        Value::Bool(_) | Value::Number(_) => note(value.clone(), false),
    }
}
