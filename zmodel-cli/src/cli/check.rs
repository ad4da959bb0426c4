//! `zmodel check`: what is wrong with schemas, for people and for programs.

use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::report;
use super::weights::Weights;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{SourceMap, Span};
use crate::{Checked, check};

/// What to check, and how to say what was found.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The schema files; what they import is checked with them
    #[arg(value_name = "FILE", default_value = "schema.zmodel")]
    files: Vec<PathBuf>,
    /// How findings are printed: `text` for people, `json` one object a line, `github` as workflow commands
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    weights: Weights,
    /// Read one schema from standard input; its imports are relative to `--stdin-name`
    #[arg(long, conflicts_with = "files")]
    stdin: bool,
    /// What the schema on standard input is called
    #[arg(long, value_name = "FILE", default_value = "schema.zmodel", requires = "stdin")]
    stdin_name: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Github,
}

/// Checks, prints what was found, and says how it went: 0 if there is no error, 1 if there is one, 2 if a schema could
/// not be read.
pub(super) fn run(options: &Options, out: &mut impl Write, err: &mut impl Write) -> io::Result<ExitCode> {
    let mut worst = 0;
    let given = if options.stdin {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        Some(text)
    } else {
        None
    };
    let files = if options.stdin { std::slice::from_ref(&options.stdin_name) } else { &options.files };
    for file in files {
        let read = |path: &Path| match &given {
            Some(text) if path == file => Ok(text.clone()),
            _ => std::fs::read_to_string(path),
        };
        let Checked { sources, diagnostics, schema } = check(file, &read);
        let diagnostics = options.weights.weigh(&diagnostics);
        match options.format {
            Format::Text => report(&sources, &diagnostics, "no code would be generated", err)?,
            Format::Json => {
                for found in &diagnostics {
                    writeln!(out, "{}", object(&sources, found))?;
                }
            }
            Format::Github => {
                for found in &diagnostics {
                    writeln!(out, "{}", command(&sources, found))?;
                }
            }
        }
        let fine = !diagnostics.has_errors();
        if fine && options.format == Format::Text {
            writeln!(out, "{}: no errors", file.display())?;
        }
        worst = worst.max(if schema.is_none() { 2 } else { u8::from(!fine) });
    }
    Ok(ExitCode::from(worst))
}

const fn severity(of: Severity) -> &'static str {
    match of {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A finding as JSON: `code`, `severity`, `message`, `place`, `label`, `related`, `help` and `fixes`. Lines and columns
/// count from 1, columns in characters; `start` and `end` are bytes.
fn object(sources: &SourceMap, found: &Diagnostic) -> Value {
    let related = found.related.iter().map(|(span, text)| json!({ "place": place(sources, *span), "text": text }));
    let fixes = found.fixes.iter().map(|fix| {
        let edits = fix.edits.iter().map(|(span, text)| json!({ "place": place(sources, *span), "text": text }));
        json!({ "title": fix.title, "edits": edits.collect::<Vec<_>>() })
    });
    json!({
        "code": found.code,
        "severity": severity(found.severity),
        "message": found.message,
        "place": found.span.map(|span| place(sources, span)),
        "label": found.label,
        "related": related.collect::<Vec<_>>(),
        "help": found.help,
        "fixes": fixes.collect::<Vec<_>>(),
    })
}

fn place(sources: &SourceMap, span: Span) -> Value {
    let (from, to) = ends(sources, span);
    json!({
        "file": path(sources, span),
        "start": span.start,
        "end": span.end,
        "line": from.0,
        "column": from.1,
        "endLine": to.0,
        "endColumn": to.1,
    })
}

fn path(sources: &SourceMap, span: Span) -> String {
    sources.file(span.file).map(|file| file.path.display().to_string()).unwrap_or_default()
}

/// Line and column of both ends.
fn ends(sources: &SourceMap, span: Span) -> ((u32, u32), (u32, u32)) {
    let at = |span: Span| {
        let at = sources.line_column(span);
        (at.line, at.column)
    };
    (at(span), at(Span { start: span.end, ..span }))
}

/// A finding as a command of a GitHub workflow, which shows it beside the line.
fn command(sources: &SourceMap, found: &Diagnostic) -> String {
    let place = found.span.map_or_else(String::new, |span| {
        let ((line, column), (end_line, end_column)) = ends(sources, span);
        let file = property(&path(sources, span));
        format!("file={file},line={line},col={column},endLine={end_line},endColumn={end_column},")
    });
    let help = found.help.iter().flat_map(|help| ["\nhelp: ", help]).collect::<String>();
    let message = escape(&format!("{}{help}", found.message));
    format!("::{} {place}title={}::{message}", severity(found.severity), property(found.code))
}

fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escape(text).replace(':', "%3A").replace(',', "%2C")
}
