//! The journal from outside: events within the caller's reach, signed checkpoints, proofs that an event is in the
//! journal and that the journal only grew. It knows no context; what an event means is for others to say. Events of
//! sign-in and administration are shown only to whoever may read the audit log; their leaves are part of every
//! proof all the same.

mod api;
mod model;
mod service;

pub use api::router;
