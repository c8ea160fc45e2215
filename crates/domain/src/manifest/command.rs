//! What people ask for, what happens, and what a decision answers.

use serde::{Deserialize, Serialize};

use super::document::{
    ConsignorPart, Crew, KeySignature, Leg, LegCarrier, Manifest, OfficialNumber, Party, QuotaUse,
    ReceiverPart, Signature, Status, Step, Vehicle, WasteClass,
};
use crate::problem::Violation;

/// The consignor's part with the parties that the consignor names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftInput {
    /// 移出人.
    pub consignor: Party,
    /// 接受人.
    pub receiver: Party,
    /// First carrier.
    pub carrier: LegCarrier,
    /// 营运证件号 of the first carrier, from the registry.
    pub carrier_licence_no: String,
    /// First part.
    pub part: ConsignorPart,
}

/// The carrier's part of one leg.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegInput {
    /// 营运证件号.
    pub licence_no: String,
    /// 运输工具.
    pub mode: String,
    /// Vehicle.
    pub vehicle: Option<Vehicle>,
    /// 驾驶员.
    pub driver: Option<Crew>,
    /// 押运员.
    pub escort: Option<Crew>,
    /// 运输起点.
    pub from: String,
    /// 运输终点.
    pub to: String,
    /// 经由地.
    pub via: String,
    /// 实际起运时间; the moment of signing when left out.
    pub departed_at: Option<i64>,
}

/// Hand-over to the next carrier (Art. 17).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverData {
    /// Next carrier.
    pub carrier: LegCarrier,
    /// Its 营运证件号.
    pub licence_no: String,
    /// Place.
    pub place: String,
    /// Time.
    pub at: Option<i64>,
    /// Vehicle of the next carrier, when known already.
    pub vehicle: Option<Vehicle>,
    /// Driver of the next carrier, when known already.
    pub driver: Option<Crew>,
}

/// What a step brings with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "one value a command, short-lived; a box would only obscure it"
)]
pub enum StepData {
    /// Nothing.
    #[default]
    Nothing,
    /// For [`Step::Handover`].
    Handover(HandoverData),
    /// For [`Step::Arrival`] and [`Step::Return`]: when; the moment of signing when left out.
    At {
        /// UTC microseconds.
        at: Option<i64>,
    },
    /// For [`Step::Void`].
    Reason {
        /// Why.
        reason: String,
    },
}

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one value a command, short-lived; a box would only obscure it"
)]
pub enum Command {
    /// Make a document.
    Draft {
        /// Its id.
        id: String,
        /// The platform's own number.
        internal_number: String,
        /// Class of waste.
        class: WasteClass,
        /// First part.
        input: Box<DraftInput>,
    },
    /// Change the consignor's part of a draft.
    EditConsignor(Box<DraftInput>),
    /// Fill the open leg.
    EditCarrier(Box<LegInput>),
    /// Fill the receiver's part.
    EditReceiver(Box<ReceiverPart>),
    /// Sign.
    Sign {
        /// What.
        step: Step,
        /// Version displayed.
        version: i64,
        /// Content hash displayed.
        content_hash: String,
        /// How the person was authenticated again.
        method: String,
        /// What the step brings.
        data: StepData,
        /// What a signing key signed, where one did.
        key: Option<KeySignature>,
    },
}

/// What happened. One event a command; payloads of the journal, so fields are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "one value a command, short-lived; a box would only obscure it"
)]
pub enum Event {
    /// The document was made.
    Drafted {
        /// Id.
        id: String,
        /// The platform's own number.
        internal_number: String,
        /// Class.
        class: WasteClass,
        /// Rule pack.
        rule_pack: String,
        /// When.
        at: i64,
        /// First part.
        input: DraftInput,
    },
    /// The consignor's part was changed.
    ConsignorEdited {
        /// First part.
        input: DraftInput,
    },
    /// A leg was filled.
    CarrierEdited {
        /// Index.
        leg: usize,
        /// Its fields.
        input: LegInput,
    },
    /// The receiver's part was filled.
    ReceiverEdited {
        /// Third part.
        part: ReceiverPart,
    },
    /// The consignor signed.
    ConsignorSigned {
        /// Signature.
        signature: Signature,
        /// Number given.
        number: Option<OfficialNumber>,
        /// Quotas held.
        uses: Vec<QuotaUse>,
    },
    /// A carrier took over.
    CarrierSigned {
        /// Signature.
        signature: Signature,
        /// 起运.
        departed_at: i64,
    },
    /// The carrier handed over to the next.
    HandedOver {
        /// Signature.
        signature: Signature,
        /// The next leg.
        leg: Leg,
    },
    /// At the receiver.
    Arrived {
        /// Signature.
        signature: Signature,
        /// 运抵.
        arrived_at: i64,
        /// End of the fifth working day.
        confirm_due_at: Option<i64>,
    },
    /// The receiver signed.
    ReceiverSigned {
        /// Signature.
        signature: Signature,
        /// 接受时间.
        received_at: i64,
        /// Accepted, partially refused or refused.
        outcome: Status,
        /// Quotas used by what was accepted.
        uses: Vec<QuotaUse>,
    },
    /// Refused containers are back.
    Returned {
        /// Signature.
        signature: Signature,
        /// When.
        received_at: i64,
    },
    /// Given up.
    Voided {
        /// Signature.
        signature: Signature,
        /// Why.
        reason: String,
    },
}

impl Event {
    /// Kind in the journal.
    pub const fn kind(&self) -> &'static str {
        match self {
            Event::Drafted { .. } => "manifest.drafted",
            Event::ConsignorEdited { .. } | Event::CarrierEdited { .. } | Event::ReceiverEdited { .. } => {
                "manifest.edited"
            }
            Event::ConsignorSigned { .. }
            | Event::CarrierSigned { .. }
            | Event::HandedOver { .. }
            | Event::Arrived { .. }
            | Event::ReceiverSigned { .. } => "manifest.signed",
            Event::Returned { .. } => "manifest.returned",
            Event::Voided { .. } => "manifest.voided",
        }
    }

    /// The signature that it carries.
    pub const fn signature(&self) -> Option<&Signature> {
        match self {
            Event::Drafted { .. }
            | Event::ConsignorEdited { .. }
            | Event::CarrierEdited { .. }
            | Event::ReceiverEdited { .. } => None,
            Event::ConsignorSigned { signature, .. }
            | Event::CarrierSigned { signature, .. }
            | Event::HandedOver { signature, .. }
            | Event::Arrived { signature, .. }
            | Event::ReceiverSigned { signature, .. }
            | Event::Returned { signature, .. }
            | Event::Voided { signature, .. } => Some(signature),
        }
    }

    /// When it happened in the world; `None` when that is the moment of recording.
    pub const fn occurred_at(&self) -> Option<i64> {
        match self {
            Event::CarrierSigned { departed_at, .. } => Some(*departed_at),
            Event::HandedOver { leg, .. } => leg.handover_at,
            Event::Arrived { arrived_at, .. } => Some(*arrived_at),
            Event::ReceiverSigned { received_at, .. } | Event::Returned { received_at, .. } => {
                Some(*received_at)
            }
            _ => None,
        }
    }
}

/// An event with the version and hash that it leads to: the payload of the journal. The hash is kept
/// because personal data may be erased later and could then not be hashed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// What happened.
    pub event: Event,
    /// Version after it.
    pub version: i64,
    /// Content hash after it.
    pub content_hash: String,
}

/// The answer of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What happens.
    pub recorded: Recorded,
    /// The document after it.
    pub after: Manifest,
    /// What is odd, but does not block.
    pub warnings: Vec<Violation>,
}
