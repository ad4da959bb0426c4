//! Any text: see `driver.rs` for what has to hold. Run it in `zmodel-cli` with `cargo +nightly fuzz run schema`.

#![no_main]

#[path = "../driver.rs"]
mod driver;

libfuzzer_sys::fuzz_target!(|text: &str| {
    driver::survive(text);
});
