//! Tests of the whole server, in one binary because each is linked on two cores. The server runs in process on a
//! temporary SQLite database with a clock that the test moves; `binary` starts the real program.

mod access;
mod again;
mod bad_input;
mod bench;
mod binary;
mod city;
mod document;
mod gateway;
mod operations;
mod problems;
mod proof;
mod sample;
mod sign_in;
mod support;
