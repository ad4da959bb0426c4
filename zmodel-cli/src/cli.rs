//! The `zmodel` command.

#[cfg(feature = "call")]
mod call;
mod check;
mod docs;
mod explain;
mod folder;
mod format;
mod weights;
#[cfg(feature = "call")]
mod why;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::diagnostic::{Diagnostics, Severity, render};
use crate::source::SourceMap;
use crate::text::{self, Init};
use crate::{compile_file, output};
use folder::Target;
use weights::Weights;

/// From a schema.zmodel file to typed Rust queries that carry their access rules.
#[derive(Debug, Parser)]
#[command(name = "zmodel", version, arg_required_else_help = true)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the Rust code of a schema
    Generate {
        /// The schema file
        #[arg(long, value_name = "FILE", default_value = "schema.zmodel")]
        schema: PathBuf,
        /// The folder to write to; it becomes a Rust module
        #[arg(long, value_name = "DIR", default_value = "src/db")]
        out: PathBuf,
        /// Write nothing; fail if what is there is not what would be written
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        weights: Weights,
    },
    /// Look for mistakes, generating nothing
    ///
    /// Ends with 0 if there is no error, 1 if there is one, 2 if a schema could not be read.
    Check(check::Options),
    /// Write a book of a schema: what its tables hold, and who may do what with them, in words
    Docs(docs::Options),
    /// Say what a finding means, why it matters and how to take care of it
    ///
    /// Without a code, lists all codes.
    Explain {
        /// The code, which stands in brackets at the start of a finding
        #[arg(value_name = "CODE")]
        code: Option<String>,
    },
    /// Call an operation on a database, under the rules of a schema
    ///
    /// Prints `{"ok": …}` or `{"error": …}`, and ends with 0, 1 if the call failed, 2 if it could not be made.
    #[cfg(feature = "call")]
    Call(call::Options),
    /// Explain what the rules come down to for a caller, with the SQL that carries them
    #[cfg(feature = "call")]
    Why(why::Options),
    /// Speak the Language Server Protocol on standard input and output, for editors
    #[cfg(feature = "lsp")]
    Lsp {
        /// What editors say; there is no other way
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Lay out schema files
    ///
    /// Without files, the schema and the files that it imports.
    Format {
        /// The files
        #[arg(value_name = "FILE", conflicts_with = "schema")]
        files: Vec<PathBuf>,
        /// The schema file, to be laid out with what it imports
        #[arg(long, value_name = "FILE", default_value = "schema.zmodel")]
        schema: PathBuf,
        /// Write nothing; list the files that are not laid out, and fail if there are any
        #[arg(long)]
        check: bool,
        /// Read a file from standard input, and write it to standard output
        #[arg(long, conflicts_with_all = ["files", "schema"])]
        stdin: bool,
    },
    /// Write a schema to start from
    Init {
        /// The schema file
        #[arg(long, value_name = "FILE", default_value = "schema.zmodel")]
        schema: PathBuf,
        /// The database
        #[arg(long, value_enum, default_value_t = Provider::Sqlite)]
        provider: Provider,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Provider {
    Sqlite,
    Postgresql,
    Mysql,
}

/// Runs the command with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    let (mut out, mut err) = (io::stdout(), io::stderr());
    let done = match Args::parse().command {
        Command::Generate { schema, out: folder, check, weights } => {
            generate(&schema, &folder, check, &weights, &mut out, &mut err)
        }
        Command::Check(options) => return check::run(&options, &mut out, &mut err).unwrap_or(ExitCode::FAILURE),
        Command::Docs(options) => docs::run(&options, &mut out, &mut err),
        Command::Explain { code } => {
            return explain::run(code.as_deref(), &mut out, &mut err).unwrap_or(ExitCode::FAILURE);
        }
        #[cfg(feature = "call")]
        Command::Why(options) => return why::run(&options, &mut out, &mut err).unwrap_or(ExitCode::FAILURE),
        #[cfg(feature = "call")]
        Command::Call(options) => return call::run(&options, &mut out, &mut err).unwrap_or(ExitCode::FAILURE),
        #[cfg(feature = "lsp")]
        Command::Lsp { .. } => crate::lsp::run(),
        Command::Format { check, stdin: true, .. } => format::stdin(check, &mut out, &mut err),
        Command::Format { files, schema, check, stdin: false } => {
            let found = if files.is_empty() { format::schema(&schema) } else { format::files(&files) };
            format::run(found, check, &mut out, &mut err)
        }
        Command::Init { schema, provider } => init(&schema, provider, &mut out, &mut err),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        // A reader that went away is no failure of ours to report.
        Ok(false) | Err(_) => ExitCode::FAILURE,
    }
}

/// Whether all went well; `Err` if there was nobody to tell.
type Done = io::Result<bool>;

fn generate(
    schema: &Path,
    target: &Path,
    check: bool,
    weights: &Weights,
    out: &mut impl Write,
    err: &mut impl Write,
) -> Done {
    let compiled = compile_file(schema);
    let diagnostics = weights.weigh(&compiled.diagnostics);
    report(&compiled.sources, &diagnostics, "nothing was written", err)?;
    let Some(code) = compiled.code.as_ref().filter(|_| !diagnostics.has_errors()) else { return Ok(false) };
    let files = folder::files(&compiled.sources, code, target);
    let again = format!("zmodel generate --schema {} --out {}", schema.display(), target.display());
    let target = Target { folder: target, mark: folder::CODE, extensions: &["rs"] };
    folder::put(&target, &files, check, &again, out, err)
}

fn init(schema: &Path, provider: Provider, out: &mut impl Write, err: &mut impl Write) -> Done {
    if schema.symlink_metadata().is_ok() {
        writeln!(err, "error: `{}` is already there, and is left as it is", schema.display())?;
        return Ok(false);
    }
    let (provider, url) = match provider {
        Provider::Sqlite => ("sqlite", "file:./app.db"),
        Provider::Postgresql => ("postgresql", "postgresql://localhost/app"),
        Provider::Mysql => ("mysql", "mysql://localhost/app"),
    };
    // A template has no line break at its end.
    let text = text::render(&Init { provider, url }) + "\n";
    match output::write_if_changed(&[(schema.to_owned(), text)]) {
        Ok(_) => {
            writeln!(out, "wrote {}; next: zmodel generate --schema {0}", schema.display())?;
            Ok(true)
        }
        Err(error) => {
            writeln!(err, "error: {error}")?;
            Ok(false)
        }
    }
}

/// Prints what was found, how many of each, and what follows from errors.
fn report(sources: &SourceMap, diagnostics: &Diagnostics, consequence: &str, err: &mut impl Write) -> io::Result<()> {
    if diagnostics.is_empty() {
        return Ok(());
    }
    let color = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    write!(err, "{}", render::text(sources, diagnostics, color))?;
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let warnings = diagnostics.len() - errors;
    let count = |n: usize, what| (n > 0).then(|| format!("{n} {what}{}", if n == 1 { "" } else { "s" }));
    let counts: Vec<String> = [count(errors, "error"), count(warnings, "warning")].into_iter().flatten().collect();
    let consequence = if errors > 0 { format!("; {consequence}") } else { String::new() };
    writeln!(err, "{}{consequence}", counts.join(", "))?;
    let mut codes = diagnostics.iter().map(|found| found.code);
    let first = codes.next().filter(|first| codes.all(|code| code == *first));
    writeln!(err, "for more: zmodel explain {}", first.unwrap_or("CODE"))
}
