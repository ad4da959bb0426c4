//! `zmodel format`: files laid out in place.

use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use super::{Done, report};
use crate::diagnostic::Diagnostics;
use crate::source::{self, SourceMap};
use crate::{format, output};

/// Files to lay out, and those that could not be read.
pub(super) struct Found {
    sources: SourceMap,
    diagnostics: Diagnostics,
}

/// The schema at `path` and what it imports.
pub(super) fn schema(path: &Path) -> Found {
    let mut diagnostics = Diagnostics::default();
    let (sources, _) = source::load(path, &|path| std::fs::read_to_string(path), &mut diagnostics);
    Found { sources, diagnostics }
}

/// These files, and no others.
pub(super) fn files(paths: &[PathBuf]) -> Found {
    let mut found = Found { sources: SourceMap::new(), diagnostics: Diagnostics::default() };
    for path in paths {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                found.sources.add(path, text);
            }
            Err(error) => found.diagnostics.push(source::unreadable(path, &error)),
        }
    }
    found
}

/// Lays out those files that have no errors.
pub(super) fn run(found: Found, check: bool, out: &mut impl Write, err: &mut impl Write) -> Done {
    let Found { sources, mut diagnostics } = found;
    let mut changed = Vec::new();
    for (id, file) in sources.iter() {
        match format::format(id, &file.text) {
            Ok(text) if text == file.text => {}
            Ok(text) => changed.push((file.path.clone(), text)),
            Err(findings) => findings.iter().for_each(|found| diagnostics.push(found.clone())),
        }
    }
    diagnostics.sort();
    report(&sources, &diagnostics, "files with errors are left as they are", err)?;
    for (path, text) in &changed {
        if !check {
            // A link stays one: what it points to is written.
            let target = path.canonicalize().unwrap_or_else(|_| path.clone());
            if let Err(error) = output::write_if_changed(&[(target, text.clone())]) {
                writeln!(err, "error: {error}")?;
                return Ok(false);
            }
        }
        writeln!(out, "{}", path.display())?;
    }
    let all = sources.iter().count();
    match (changed.len(), check) {
        (0, _) if diagnostics.has_errors() => {}
        (0, true) => writeln!(err, "{} laid out", count(all, "file is", "files are"))?,
        (some, true) => writeln!(err, "{} of {all} not laid out; run `zmodel format`", count(some, "file", "files"))?,
        (some, false) => writeln!(err, "{}, {some} changed", count(all, "file", "files"))?,
    }
    Ok(!diagnostics.has_errors() && (changed.is_empty() || !check))
}

/// Lays out what comes from standard input. If it has errors, nothing is written to standard output.
pub(super) fn stdin(check: bool, out: &mut impl Write, err: &mut impl Write) -> Done {
    let mut sources = SourceMap::new();
    let mut text = String::new();
    if let Err(error) = io::stdin().read_to_string(&mut text) {
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(source::unreadable(Path::new("<stdin>"), &error));
        report(&sources, &diagnostics, "nothing was written", err)?;
        return Ok(false);
    }
    let id = sources.add("<stdin>", text.clone());
    match format::format(id, &text) {
        Ok(formatted) if check => Ok(formatted == text),
        Ok(formatted) => out.write_all(formatted.as_bytes()).map(|()| true),
        Err(diagnostics) => {
            report(&sources, &diagnostics, "nothing was written", err)?;
            Ok(false)
        }
    }
}

fn count(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
