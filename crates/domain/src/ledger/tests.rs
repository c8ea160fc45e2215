//! Tests of the ledger: a bench with two firms, scenarios named by the rule they show, and a model that runs
//! random commands and checks that no gram is lost.

mod bench;
mod model;
mod rules_data;
mod scenarios;
mod transfers;
mod treatment;
