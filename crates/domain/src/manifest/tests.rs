//! Tests of the transfer document: the field table, the flow, the rules as a table, random commands.

mod fields;
mod flow;
mod properties;
mod rules_table;
mod stored;
mod texts;
mod world;
