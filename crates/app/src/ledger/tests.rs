//! Tests of the ledger through its use cases, on both engines.
