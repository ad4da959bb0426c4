//! Renderers of a [`Diagnostic`].

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str as visible};

use super::{Diagnostic, Diagnostics, Severity};
use crate::source::{FileId, SourceMap, Span};

/// All diagnostics for a terminal, in the manner of `rustc`: each with its code, place, labels and help, and an empty
/// line after it.
///
/// ```
/// use zmodel_cli::diagnostic::{Diagnostics, render};
/// use zmodel_cli::{source::SourceMap, syntax};
///
/// let mut sources = SourceMap::new();
/// let text = "model User { id Int, }";
/// let file = sources.add("schema.zmodel", text);
/// let mut diagnostics = Diagnostics::default();
/// syntax::parse(file, text, &mut diagnostics);
/// let shown = render::text(&sources, &diagnostics, false);
/// assert!(shown.starts_with("error[unexpected-token]: expected a field"));
/// assert!(shown.contains("--> schema.zmodel:1:20"));
/// ```
#[must_use]
pub fn text(sources: &SourceMap, diagnostics: &Diagnostics, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics {
        let title = level(diagnostic.severity).primary_title(diagnostic.message.as_str()).id(diagnostic.code);
        text.push_str(&renderer.render(&[details(sources, diagnostic, Group::with_title(title))]));
        text.push_str("\n\n");
    }
    text
}

/// One diagnostic for a `compile_error!`, before which the compiler writes `error: ` by itself: the message, the place
/// and the snippet, without colour.
#[must_use]
pub fn plain_one(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let message = printable(&diagnostic.message);
    let group = details(sources, diagnostic, Group::with_level(level(diagnostic.severity)));
    if group.is_empty() {
        return message;
    }
    format!("{message}\n{}", Renderer::plain().render(&[group]))
}

const fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    }
}

/// Adds what comes after the message: one snippet for each file, the primary one first, and the help.
fn details<'a>(sources: &'a SourceMap, diagnostic: &'a Diagnostic, mut group: Group<'a>) -> Group<'a> {
    let primary = diagnostic.span.map(|span| (AnnotationKind::Primary, span, diagnostic.label.as_deref()));
    let related = diagnostic.related.iter();
    let related = related.map(|(span, text)| (AnnotationKind::Context, *span, Some(text.as_str())));
    let places: Vec<_> = primary.into_iter().chain(related).collect();
    let mut files: Vec<FileId> = Vec::new();
    for (_, span, _) in &places {
        if !files.contains(&span.file) {
            files.push(span.file);
        }
    }
    for id in files {
        let Some(file) = sources.file(id) else { continue };
        let here = places.iter().filter(|(_, span, _)| span.file == id);
        let here: Vec<_> = here.map(|(kind, span, text)| (kind, inside(&file.text, *span), text)).collect();
        // The renderer reads all that it is given, for each of perhaps many findings.
        let start = here.iter().map(|(_, bytes, _)| bytes.start).min().unwrap_or(0);
        let end = here.iter().map(|(_, bytes, _)| bytes.end).max().unwrap_or(0);
        let (around, line) = file.lines_around(start, end);
        let annotations = here.into_iter().map(|(kind, bytes, text)| {
            kind.span(bytes.start - around.start..bytes.end - around.start).label(text.map(printable))
        });
        let lines = file.text.get(around.clone()).unwrap_or("");
        let snippet = Snippet::source(lines).line_start(line).path(file.path.to_string_lossy());
        group = group.element(snippet.annotations(annotations));
    }
    group.elements(diagnostic.help.iter().map(|help| Level::HELP.message(printable(help))))
}

/// A text with its line breaks, but without control characters that a schema may have smuggled in.
fn printable(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// The bytes of a span, made to lie inside the text and on characters: the renderer insists on it.
fn inside(text: &str, span: Span) -> Range<usize> {
    let start = text.floor_char_boundary(span.start as usize);
    start..text.ceil_char_boundary(span.end as usize).max(start)
}

#[cfg(test)]
mod tests;
