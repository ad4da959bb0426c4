//! Any text: see `driver.rs` for what has to hold, and the README of the crate for how to run it.

#![no_main]

#[path = "../driver.rs"]
mod driver;

libfuzzer_sys::fuzz_target!(|text: &str| {
    driver::survive(text);
});
