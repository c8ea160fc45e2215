//! The waste ledger: what is in which container, where, whose, since when, and what became of it. Each
//! `decide` function takes facts and a command and answers with one event or with every rule that is not
//! kept; [`State::evolve`] applies an event. Mass is conserved to the gram: for every lot the edges out of
//! it plus what remains equal what came in, and the signed entries of a month explain every change of stock.
//! Nothing here may change a status except these functions, and nothing may guess a mass.

mod adjust;
mod balance;
mod event;
mod facility;
mod facts;
mod generate;
mod lot;
mod method;
mod register;
mod repack;
pub mod rules;
mod state;
mod storage;
mod transfer;
mod treat;
mod work;

pub use adjust::{Adjust, decide_adjust};
pub use balance::{BalanceRow, balance};
pub use event::{Edge, EdgeKind, Entry, EntryKind, EventKind, LedgerEvent, LotUpdate, RowChange};
pub use facility::{Facility, FacilityUse, storage_deadline};
pub use facts::{
    AcceptList, Counters, Incompatibility, IncompatiblePair, Party, Settings, WasteGroup, World,
};
pub use generate::{ContainerMass, Generate, decide_generate};
pub use lot::{Lot, LotKind, LotState, LotStatus, Origin, Purpose};
pub use method::Method;
pub use register::{Cell, Column, Destination, Receiver, ReceiverKind, RegisterRow, Table};
pub use repack::{NewContainer, Repack, Take, decide_repack};
pub use state::State;
pub use storage::{Stage, StoreIn, Unstage, decide_stage, decide_store_in, decide_unstage};
pub use transfer::{
    Receive, ReceivedLot, Refuse, Return, Send, SendLine, decide_receive, decide_refuse, decide_return,
    decide_send,
};
pub use treat::{Product, Residue, Treat, decide_treat};
pub use work::Decision;

#[cfg(test)]
mod tests;
