//! The document itself: three parts filled by consignor, carriers and receiver, and what the platform keeps
//! beside it (status, signatures, times, quota uses). Plain data: it must never decide anything.
//!
//! Form: 生态环境部公告 2021 年第 74 号 (FACTS 1.2). Masses are whole grams, times UTC microseconds. Fields that
//! hold personal data have names listed in [`super::personal`], because events carry them apart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::canonical::{CanonicalError, content_hash};
pub use super::words::{NumberStatus, Opinion, QuotaKind, Status, Step, WasteClass};

/// A number from a [`NumberStatus`]-bearing authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficialNumber {
    /// Fourteen digits (Art. 15).
    pub value: String,
    /// What it is worth.
    pub status: NumberStatus,
}

/// A consignor or receiver as it stood when the document was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Organisation.
    pub id: String,
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码.
    pub credit_code: String,
    /// 单位地址.
    pub address: String,
    /// Division code of the organisation.
    pub division_code: String,
}

/// A site with its place in the administrative division.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Site.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Division code, at least six digits: its first two tell the province (Art. 15, 21).
    pub division_code: String,
}

/// One container (or bulk amount) of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Lot of the ledger.
    pub lot_id: String,
    /// 数字识别码, 37 digits; absent for bulk.
    pub container_code: Option<String>,
    /// Mass sent, grams.
    pub mass_g: i64,
}

/// Dangerous-goods data of a line (Art. 13): what the waybill says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DangerousGoods {
    /// UN number, four digits.
    pub un_number: String,
    /// Proper shipping name.
    pub name: String,
    /// Class or division, e.g. `8` or `6.1`.
    pub class: String,
    /// Packing group `I`, `II`, `III`.
    pub packing_group: String,
}

/// 明细行 of the consignor's part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// 序号, from 1.
    pub no: i64,
    /// 废物名称.
    pub name: String,
    /// 废物代码, eight digits with hyphens.
    pub waste_code: String,
    /// 危险特性: T, C, I, R, In.
    pub traits: Vec<String>,
    /// 形态.
    pub form: String,
    /// 有害成分名称.
    pub components: String,
    /// 包装方式.
    pub packaging: String,
    /// 包装数量.
    pub containers: i64,
    /// 移出量, grams.
    pub mass_g: i64,
    /// Intended use or disposal (HJ 1033 appendix F).
    pub method_code: String,
    /// Dangerous-goods data; absent until the consignor determined it.
    pub dangerous_goods: Option<DangerousGoods>,
    /// Exemption of transport that the consignor claims for this line, by its rule id.
    pub exemption_id: Option<String>,
    /// The containers.
    pub lots: Vec<Container>,
}

/// 第一部分 移出信息.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsignorPart {
    /// Site that the waste leaves.
    pub site: Site,
    /// 应急联系电话.
    #[serde(default)]
    pub emergency_phone: String,
    /// 经办人.
    #[serde(default)]
    pub handler_name: String,
    /// 联系电话.
    #[serde(default)]
    pub handler_phone: String,
    /// Planned time of delivery.
    pub planned_at: Option<i64>,
    /// 突发环境事件的防范措施 and remarks (Art. 10 (四)).
    pub note: String,
    /// 明细.
    pub lines: Vec<Line>,
}

/// A carrier as it stood when it was named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegCarrier {
    /// Organisation.
    pub id: String,
    /// 单位名称.
    pub name: String,
    /// 单位地址.
    pub address: String,
    /// 联系电话.
    #[serde(default)]
    pub phone: String,
}

/// A vehicle as it stood when it was named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Registry entry.
    pub id: String,
    /// 牌号.
    pub plate: String,
    /// Colour of the plate.
    pub plate_colour: String,
    /// 道路运输证号.
    pub transport_cert_no: String,
}

/// A driver or escort as they stood when they were named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crew {
    /// Registry entry.
    pub id: String,
    /// Account, when the person signs in here: a driver sees the documents assigned to it.
    pub account_id: Option<String>,
    /// Name.
    #[serde(default)]
    pub person_name: String,
    /// Telephone.
    #[serde(default)]
    pub phone: String,
    /// 从业资格证号.
    #[serde(default)]
    pub cert_no: String,
}

/// 第二部分 运输信息, once per carrier (联运可重复本段).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// From 1.
    pub no: i64,
    /// The carrier.
    pub carrier: LegCarrier,
    /// 营运证件号 of the carrier.
    pub licence_no: String,
    /// 运输工具: `road`, `water`, `rail`.
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
    /// Where the carrier before handed over (Art. 17); empty for the first leg.
    pub handover_place: String,
    /// When the carrier before handed over; absent for the first leg.
    pub handover_at: Option<i64>,
    /// 实际起运时间.
    pub departed_at: Option<i64>,
    /// 实际到达时间, or the hand-over to the next carrier.
    pub arrived_at: Option<i64>,
}

/// A container at the receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedContainer {
    /// Lot of the ledger.
    pub lot_id: String,
    /// Accepted, or refused and to be sent back.
    pub accepted: bool,
    /// Mass weighed at the receiver, grams; zero for a refused container.
    pub received_g: i64,
}

/// 明细行 of the receiver's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedLine {
    /// The line of the consignor's part.
    pub no: i64,
    /// 是否存在重大差异.
    pub discrepancy: bool,
    /// 接受人处理意见.
    pub opinion: Opinion,
    /// Why refused or different.
    pub reason: String,
    /// 拟利用处置方式.
    pub method_code: String,
    /// Every container of the line.
    pub lots: Vec<ReceivedContainer>,
}

/// 第三部分 接受信息.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiverPart {
    /// Receiving site.
    pub site: Site,
    /// Storage facility that takes the accepted containers.
    pub facility_id: String,
    /// 危险废物经营许可证编号.
    pub licence_no: String,
    /// 经办人.
    #[serde(default)]
    pub handler_name: String,
    /// 联系电话.
    #[serde(default)]
    pub handler_phone: String,
    /// 接受时间.
    pub received_at: Option<i64>,
    /// 明细.
    pub lines: Vec<ReceivedLine>,
}

/// A warning that stood when somebody signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedWarning {
    /// Rule id.
    pub rule: String,
    /// JSON pointer into the document.
    pub path: String,
    /// Values for the text.
    pub params: BTreeMap<String, String>,
}

/// A signature: re-authentication over the hash of the version that was displayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// What was signed.
    pub step: Step,
    /// Leg, for carriers: index from 0.
    pub leg: Option<usize>,
    /// Account.
    pub account_id: String,
    /// Person.
    pub person_id: String,
    /// Name of the person at that time.
    #[serde(default)]
    pub person_name: String,
    /// Organisation that is bound.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// The agent's organisation, when an agent signed for a client.
    pub agent_org_id: Option<String>,
    /// Its name.
    #[serde(default)]
    pub agent_org_name: Option<String>,
    /// Role in which the person signed.
    pub role: String,
    /// How the person proved to be themself: `password`, `password+totp`, later `sm2_ukey`.
    pub method: String,
    /// Version displayed.
    pub version: i64,
    /// Content hash displayed.
    pub content_hash: String,
    /// What was odd when it was signed, and was signed all the same.
    pub warnings: Vec<SignedWarning>,
    /// When, UTC microseconds.
    pub at: i64,
    /// What a signing key signed, so that the signature can be checked again without the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeySignature>,
}

/// A signature by a key of the person's own device, made perhaps without a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySignature {
    /// Id of the key; its public part stands in the event that enrolled it.
    pub key_id: String,
    /// When the person signed, UTC microseconds.
    pub signed_at: i64,
    /// ECDSA P-256 over SHA-256 of the text, r and s of 32 bytes each, base64.
    pub signature: String,
    /// The text that was signed.
    pub text: String,
}

/// Times that the platform keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// First draft.
    pub created_at: i64,
    /// First departure.
    pub departed_at: Option<i64>,
    /// Arrival at the receiver.
    pub arrived_at: Option<i64>,
    /// End of the fifth working day after arrival (Art. 18); absent when the calendar lacks the year.
    pub confirm_due_at: Option<i64>,
    /// Receiver's confirmation.
    pub confirmed_at: Option<i64>,
    /// Refused containers back.
    pub returned_at: Option<i64>,
    /// Given up.
    pub voided_at: Option<i64>,
}

/// What the document draws from a quota. Held from the consignor's signature, freed by voiding, set to
/// what was accepted by the receiver's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaUse {
    /// Which quota.
    pub kind: QuotaKind,
    /// Plan, licence or approval.
    pub ref_id: String,
    /// Number of the licence's line; 0 for the others.
    pub line: i64,
    /// Calendar year that it counts in.
    pub year: i64,
    /// Waste code.
    pub waste_code: String,
    /// Grams.
    pub mass_g: i64,
}

/// The whole document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Id.
    pub id: String,
    /// Counts every event, from 1.
    pub version: i64,
    /// Where it stands.
    pub status: Status,
    /// Class of waste.
    pub class: WasteClass,
    /// Rule pack that it was made under and stays under.
    pub rule_pack: String,
    /// The platform's own number.
    pub internal_number: String,
    /// The authority's number, once given.
    pub number: Option<OfficialNumber>,
    /// 移出人.
    pub consignor: Party,
    /// 接受人.
    pub receiver: Party,
    /// First part.
    pub consignor_part: ConsignorPart,
    /// Second part.
    pub legs: Vec<Leg>,
    /// Third part.
    pub receiver_part: Option<ReceiverPart>,
    /// Signatures in order.
    pub signatures: Vec<Signature>,
    /// Times.
    pub times: Times,
    /// Quota uses.
    pub uses: Vec<QuotaUse>,
    /// Why it was given up.
    pub void_reason: Option<String>,
    /// Hash of [`Manifest::content`] of this version.
    pub content_hash: String,
}

impl Manifest {
    /// What a signature covers: everything written on the document at this version, and nothing that the
    /// platform keeps beside it.
    pub fn content(&self) -> Value {
        json!({
            "id": self.id,
            "version": self.version,
            "class": self.class,
            "rule_pack": self.rule_pack,
            "internal_number": self.internal_number,
            "number": self.number,
            "consignor": self.consignor,
            "receiver": self.receiver,
            "consignor_part": self.consignor_part,
            "legs": self.legs,
            "receiver_part": self.receiver_part,
        })
    }

    /// The hash of this version's content.
    ///
    /// # Errors
    /// Never for documents made of these types: they hold no floats.
    pub fn hash(&self) -> Result<String, CanonicalError> {
        content_hash(&self.content())
    }

    /// What the document's number is worth.
    pub fn number_status(&self) -> NumberStatus {
        self.number.as_ref().map_or(NumberStatus::None, |number| number.status)
    }

    /// Index of the leg that a carrier has taken over last.
    pub fn current_leg(&self) -> Option<usize> {
        self.signatures.iter().filter(|s| s.step == Step::Carrier).filter_map(|s| s.leg).max()
    }

    /// Index of the leg that no carrier has taken over yet.
    pub fn pending_leg(&self) -> Option<usize> {
        let next = self.current_leg().map_or(0, |current| current + 1);
        (next < self.legs.len()).then_some(next)
    }

    /// All containers with their line number.
    pub fn containers(&self) -> impl Iterator<Item = (i64, &Container)> {
        self.consignor_part.lines.iter().flat_map(|line| line.lots.iter().map(move |lot| (line.no, lot)))
    }

    /// Total mass sent, grams.
    pub fn mass_g(&self) -> i64 {
        self.consignor_part.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.mass_g))
    }

    /// The step that is expected next; what may happen besides (voiding, hand-over) is not named.
    pub fn next_step(&self) -> Option<Step> {
        match self.status {
            Status::Draft => Some(Step::Consignor),
            Status::AwaitingCarrier => Some(Step::Carrier),
            Status::InTransit if self.pending_leg().is_some() => Some(Step::Carrier),
            Status::InTransit => Some(Step::Arrival),
            Status::Arrived => Some(Step::Receiver),
            Status::PartiallyRefused | Status::Refused => Some(Step::Return),
            Status::Accepted | Status::Returned | Status::Voided => None,
        }
    }

    /// The organisation that is expected to take the next step.
    pub fn next_org(&self) -> Option<&str> {
        match self.next_step()? {
            Step::Consignor | Step::Return | Step::Void => Some(&self.consignor.id),
            Step::Receiver => Some(&self.receiver.id),
            Step::Carrier => {
                self.pending_leg().and_then(|leg| self.legs.get(leg)).map(|leg| leg.carrier.id.as_str())
            }
            Step::Arrival | Step::Handover => {
                self.current_leg().and_then(|leg| self.legs.get(leg)).map(|leg| leg.carrier.id.as_str())
            }
        }
    }

    /// When the next step is due, where the law or the consignor says so: the receiver's confirmation
    /// (Art. 18), the planned delivery.
    pub fn due_at(&self) -> Option<i64> {
        match self.status {
            Status::Arrived => self.times.confirm_due_at,
            Status::AwaitingCarrier => self.consignor_part.planned_at,
            _ => None,
        }
    }
}
