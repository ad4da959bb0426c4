//! Findings as text, in the look of rustc.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Diagnostics, Severity};
use crate::source::{SourceMap, Span};

/// All findings for a terminal, a blank line after each.
#[must_use]
pub fn text(sources: &SourceMap, diagnostics: &Diagnostics, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&render(sources, diagnostic, &renderer));
        text.push_str("\n\n");
    }
    text
}

/// One finding for a place that writes `error:` before it, as `compile_error!` does: the message, then where it is.
#[must_use]
pub fn plain_one(sources: &SourceMap, diagnostic: &Diagnostic) -> String {
    let rendered = render(sources, diagnostic, &Renderer::plain());
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let prefix = format!("{level}[{}]: ", diagnostic.code);
    match rendered.strip_prefix(&prefix) {
        Some(rest) => rest.to_owned(),
        None => rendered,
    }
}

fn render(sources: &SourceMap, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(diagnostic.message.as_str()).id(diagnostic.code));
    if let Some(span) = diagnostic.span {
        let label = diagnostic.label.as_deref();
        let mut snippet = snippet(sources, span, AnnotationKind::Primary, label);
        let mut elsewhere = Vec::new();
        for (place, text) in &diagnostic.related {
            if place.file == span.file {
                snippet = snippet.annotation(annotation(*place, AnnotationKind::Context, Some(text)));
            } else {
                elsewhere.push(self::snippet(sources, *place, AnnotationKind::Context, Some(text)));
            }
        }
        group = group.element(snippet).elements(elsewhere);
    }
    let help = diagnostic.help.iter().map(|text| Level::HELP.message(text.as_str()));
    renderer.render(&[group.elements(help)])
}

fn snippet<'a>(
    sources: &'a SourceMap,
    span: Span,
    kind: AnnotationKind,
    label: Option<&'a str>,
) -> Snippet<'a, Annotation<'a>> {
    let (text, path) = sources
        .file(span.file)
        .map_or(("", String::new()), |file| (file.text.as_str(), file.path.display().to_string()));
    Snippet::source(text).path(path).fold(true).annotation(annotation(span, kind, label))
}

fn annotation(span: Span, kind: AnnotationKind, label: Option<&str>) -> Annotation<'_> {
    kind.span(span.start as usize..span.end as usize).label(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_shows_its_place_and_the_way_out() {
        let mut sources = SourceMap::new();
        let file = sources.add("schema.zmodel", "model Post {\n  author Usr\n}\n");
        let diagnostic = Diagnostic::error("unknown-type", Span::new(file, 22, 25), "there is no type `Usr`")
            .label("not declared")
            .related(Span::new(file, 6, 10), "in this model")
            .help("did you mean `User`?");
        insta::assert_snapshot!(plain_one(&sources, &diagnostic), @r"
        there is no type `Usr`
         --> schema.zmodel:2:10
          |
        1 | model Post {
          |       ---- in this model
        2 |   author Usr
          |          ^^^ not declared
          |
          = help: did you mean `User`?
        ");
        let mut all = Diagnostics::default();
        all.push(Diagnostic::global("no-datasource", "the schema has no datasource"));
        insta::assert_snapshot!(text(&sources, &all, false), @"error[no-datasource]: the schema has no datasource");
    }
}
