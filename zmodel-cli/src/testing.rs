//! What the tests of the compiler's stages share.

use std::fmt::Write as _;

use zmodel_runtime::schema;

use crate::diagnostic::{Diagnostics, Severity};
use crate::hir;
use crate::source::SourceMap;

/// A schema through all stages up to its checks, and what was found.
pub(crate) struct Checked {
    pub(crate) sources: SourceMap,
    pub(crate) schema: hir::Schema,
    pub(crate) diagnostics: Diagnostics,
}

/// Checks a text as it is.
pub(crate) fn check_whole(text: &str) -> Checked {
    let mut sources = SourceMap::new();
    let mut diagnostics = Diagnostics::default();
    let file = sources.add("schema.zmodel", text);
    let files = [crate::syntax::parse(file, text, &mut diagnostics)];
    let schema = hir::resolve(&files, &mut diagnostics);
    crate::check::check(&schema, &mut diagnostics);
    crate::check::check_generation(&schema, &mut diagnostics);
    Checked { sources, schema, diagnostics }
}

/// Checks a text with a `datasource` for `SQLite` after it.
pub(crate) fn check(text: &str) -> Checked {
    check_whole(&format!("{text}\ndatasource source {{ provider = 'sqlite' url = 'file:test.db' }}"))
}

/// The codes of what is found.
pub(crate) fn codes(text: &str) -> Vec<&'static str> {
    check(text).diagnostics.iter().map(|found| found.code).collect()
}

/// The codes of what is found in a text as it is.
pub(crate) fn codes_whole(text: &str) -> Vec<&'static str> {
    check_whole(text).diagnostics.iter().map(|found| found.code).collect()
}

/// What is found, a line each: `line:column code: message` and the helps.
pub(crate) fn rendered(text: &str) -> String {
    let checked = check(text);
    let mut lines = String::new();
    for found in &checked.diagnostics {
        let at = found.span.map(|span| checked.sources.line_column(span));
        let (line, column) = at.map_or((0, 0), |at| (at.line, at.column));
        let sign = if found.severity == Severity::Warning { "warning " } else { "" };
        let _ = writeln!(lines, "{line}:{column} {sign}{}: {}", found.code, found.message);
        for help in &found.help {
            let _ = writeln!(lines, "  help: {help}");
        }
    }
    lines
}

/// Lowers a schema that has no errors.
pub(crate) fn lower(text: &str) -> schema::Schema {
    let checked = check(text);
    assert!(!checked.diagnostics.has_errors(), "{}", rendered(text));
    crate::lower::lower(&checked.schema, &checked.sources)
}
