//! wufei
fn main() {}
