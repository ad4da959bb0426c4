//! The door for a build script.
//!
//! In `Cargo.toml`:
//!
//! ```toml
//! [build-dependencies]
//! zmodel-cli = { version = "0.1", default-features = false, features = ["build"] }
//! ```
//!
//! In `build.rs`:
//!
//! ```no_run
//! fn main() -> zmodel_cli::build::Result {
//!     zmodel_cli::build::generate("schema.zmodel")
//! }
//! ```
//!
//! In the program:
//!
//! ```text
//! pub mod db {
//!     include!(concat!(env!("OUT_DIR"), "/db.rs"));
//! }
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

use crate::diagnostic::render;
use crate::output;
use crate::{Compilation, compile_file};

/// What `main` of a build script returns.
pub type Result<T = ()> = std::result::Result<T, Failure>;

/// Why nothing was generated. Its `Debug` is the message itself, since that is what `main` prints.
pub struct Failure(String);

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Compiles `schema`, a path relative to the crate, to `db.rs` in `OUT_DIR`, for `include!`.
///
/// Cargo is told to run the build script again when one of the schema's files changes. The output is only written when
/// it is different.
///
/// # Errors
/// The schema has errors (all of them are in the message), or the output cannot be written; then it is left as it was.
pub fn generate(schema: impl AsRef<Path>) -> Result {
    let out = std::env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .ok_or_else(|| Failure("`OUT_DIR` is not set: this function is for a build script".to_owned()))?;
    generate_to(schema.as_ref(), &out.join("db.rs"))
}

/// The text that [`generate`] writes for a schema.
///
/// # Errors
/// The schema has errors; all of them are in the message.
pub fn text(schema: &Path) -> Result<String> {
    print(&compile_file(schema))
}

fn generate_to(schema: &Path, out: &Path) -> Result {
    let compiled = compile_file(schema);
    tell_cargo(&compiled, schema);
    let text = print(&compiled)?;
    output::write_if_changed(&[(out.to_owned(), text)]).map_err(|error| Failure(error.to_string()))?;
    Ok(())
}

fn print(compiled: &Compilation) -> Result<String> {
    match &compiled.code {
        Some(code) => Ok(output::one_file(&compiled.sources, code)),
        None => {
            let text = render::text(&compiled.sources, &compiled.diagnostics, false);
            Err(Failure(format!("the schema has errors\n\n{text}")))
        }
    }
}

#[expect(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]
fn tell_cargo(compiled: &Compilation, schema: &Path) {
    println!("cargo::rerun-if-changed={}", schema.display());
    for (_, file) in compiled.sources.iter() {
        println!("cargo::rerun-if-changed={}", file.path.display());
    }
    for diagnostic in &compiled.diagnostics {
        if diagnostic.severity == crate::diagnostic::Severity::Warning {
            let text = render::plain_one(&compiled.sources, diagnostic);
            for line in text.lines() {
                println!("cargo::warning={line}");
            }
        }
    }
}
