//! The transfer document (转移联单): one state machine for all classes of waste, a rule pack per class.
//!
//! `decide(state, command, facts) -> Decision` says what happens or why not, `evolve` applies an event; only
//! [`evolve`] writes a status. The rule pack is data: for every field, by whose signature it is required and
//! from which it is sealed, and a test proves that no field is without a rule. Statutory rules cite the
//! 危险废物转移管理办法 (2021 部令第23号) through `data/rules/transfer.json`. Nothing here may hold a number that
//! the law does not give: tolerances and incompatible wastes are [`TransferSettings`].

mod canonical;
mod checks;
mod command;
mod decide;
mod document;
mod evolve;
mod facts;
mod numbers;
mod personal;
mod rulepack;
pub mod rules;
mod waybill;
mod words;

#[cfg(test)]
mod tests;

pub use canonical::{CanonicalError, canonical_json, content_hash};
pub use checks::{check, licence_line, overload};
pub use command::{Command, Decision, DraftInput, Event, HandoverData, LegInput, Recorded, StepData};
pub use decide::decide;
pub use document::{
    ConsignorPart, Container, Crew, DangerousGoods, KeySignature, Leg, LegCarrier, Line, Manifest,
    NumberStatus, OfficialNumber, Opinion, Party, QuotaKind, QuotaUse, ReceivedContainer, ReceivedLine,
    ReceiverPart, Signature, SignedWarning, Site, Status, Step, Times, Vehicle, WasteClass,
};
pub use evolve::{evolve, record};
pub use facts::{
    Aboard, Actor, ApprovalFacts, ApprovalLine, CertificateFacts, CodeFacts, ExemptionFacts, FacilityFacts,
    Facts, IncompatiblePair, LicenceFacts, LicenceLine, LotFacts, PartyFacts, PlanFacts, PlanLine,
    TransferSettings,
};
pub use numbers::{NON_STATUTORY_MARK_ID, internal_number};
pub use personal::{join_personal, split_personal};
pub use rulepack::{Condition, FieldRule, PartName, RulePack, Seal, rule_pack};
pub use waybill::{Waybill, WaybillGoods, WaybillPerson, waybill};
