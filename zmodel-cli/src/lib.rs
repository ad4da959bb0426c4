//! The zmodel compiler: from a `schema.zmodel` file to typed Rust.
//!
//! | stage   | module         | from → to                                           |
//! |---------|----------------|-----------------------------------------------------|
//! | load    | [`mod@source`] | a path → texts, with what they import               |
//! | parse   | [`syntax`]     | text → [`syntax::ast`]; never fails                 |
//! | resolve | [`mod@hir`]    | `ast` → `hir`: names become positions, types known  |
//! | check   | [`mod@check`]  | `hir` → findings that need the whole                |
//! | lower   | [`mod@lower`]  | `hir` → [`zmodel_runtime::schema`], plain data      |
//! | emit    | [`mod@emit`]   | `hir` and data → Rust, as text                      |
//!
//! [`mod@explain`] has a page for each kind of finding. [`mod@format`] turns a text into the same text, laid out.
//!
//! [`compile`] calls them in order. The doors call it: the command ([`cli`]), a build script ([`mod@build`]) and the
//! attribute macro of `zmodel-macros`; all three print the same items.
//!
//! Invariant: the stages do no input and no output, and end in findings, never in a panic. The doors read and write.

// `emit::rust::quote` takes tokens one by one, and some templates are long.
#![recursion_limit = "1024"]

pub mod source;

pub mod diagnostic;

mod cores;

pub mod explain;

pub mod syntax;

pub mod format;

pub mod hir;

pub mod check;

pub mod lower;

pub mod emit;

#[cfg(feature = "build")]
mod text;

#[cfg(feature = "build")]
mod output;

#[cfg(feature = "build")]
pub mod build;

#[cfg(feature = "lsp")]
pub mod lsp;

#[cfg(feature = "cli")]
mod docs;

#[cfg(feature = "cli")]
pub mod cli;

#[cfg(test)]
mod testing;

#[doc = include_str!("differences.md")]
pub mod differences {}

use std::path::Path;

use diagnostic::Diagnostics;
use emit::Code;
use source::{Read, SourceMap};

/// What came of a compilation.
#[derive(Debug)]
pub struct Compilation {
    /// The files that were read, the schema first.
    pub sources: SourceMap,
    /// What was found.
    pub diagnostics: Diagnostics,
    /// The lowered schema, if there was no error.
    pub schema: Option<zmodel_runtime::schema::Schema>,
    /// The generated code, if there was no error.
    pub code: Option<Code>,
}

/// What came of checking a schema.
#[derive(Debug)]
pub struct Checked {
    /// The files that were read, the schema first.
    pub sources: SourceMap,
    /// What was found, in the order of the files.
    pub diagnostics: Diagnostics,
    /// The resolved schema, incomplete where errors were found; none if the file could not be read.
    pub schema: Option<hir::Schema>,
}

/// Checks the schema at `path`, generating nothing. `read` gives the text of a file.
///
/// A schema can be well written and use something that no code can be generated for yet; that is for [`compile`] to
/// say.
#[must_use]
pub fn check(path: &Path, read: Read<'_>) -> Checked {
    let mut diagnostics = Diagnostics::default();
    let (sources, files) = source::load(path, read, &mut diagnostics);
    // Without its first file there is nothing to say of a schema.
    if files.is_empty() {
        return Checked { sources, diagnostics, schema: None };
    }
    let schema = hir::resolve(&files, &mut diagnostics);
    check::check(&schema, &mut diagnostics);
    Checked { sources, diagnostics, schema: Some(schema) }
}

/// Compiles the schema at `path`. `read` gives the text of a file.
///
/// Problems are in the result, never an `Err`.
///
/// ```
/// let schema = r#"
/// datasource db { provider = "sqlite" }
/// model Post {
///   id    Int    @id @default(autoincrement())
///   title String
///   @@allow('read', true)
/// }
/// "#;
/// let compiled = zmodel_cli::compile("schema.zmodel".as_ref(), &|_| Ok(schema.to_owned()));
/// assert!(!compiled.diagnostics.has_errors());
/// assert!(compiled.code.is_some());
/// ```
#[must_use]
pub fn compile(path: &Path, read: Read<'_>) -> Compilation {
    let (mut compiled, hir) = lowered(path, read);
    if let (Some(hir), Some(schema)) = (hir, &compiled.schema) {
        compiled.code = Some(emit::emit(&hir, schema));
    }
    compiled
}

/// Compiles the schema at `path` without printing code, for a tool that runs on the schema itself.
#[must_use]
pub fn compile_schema(path: &Path, read: Read<'_>) -> Compilation {
    lowered(path, read).0
}

fn lowered(path: &Path, read: Read<'_>) -> (Compilation, Option<hir::Schema>) {
    let Checked { sources, mut diagnostics, schema: hir } = check(path, read);
    if let Some(hir) = hir.as_ref().filter(|_| !diagnostics.has_errors()) {
        check::check_generation(hir, &mut diagnostics);
    }
    let whole = hir.filter(|_| !diagnostics.has_errors());
    let schema = whole.as_ref().map(|hir| lower::lower(hir, &sources));
    (Compilation { sources, diagnostics, schema, code: None }, whole)
}

/// Compiles the schema file at `path`.
#[must_use]
pub fn compile_file(path: &Path) -> Compilation {
    compile(path, &|path| std::fs::read_to_string(path))
}
