//! One suite for both engines: what the application may rely on. Each test is written once and runs on SQLite
//! and on a real PostgreSQL.

mod aside;
mod faults;
mod isolation;
mod journal;
mod maintenance;
mod support;
mod tampering;
mod values;
mod writing;
