//! `zmodel`
fn main() {}
