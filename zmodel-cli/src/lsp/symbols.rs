//! What files declare, as outlines; and what can be folded away in them.

use lsp_types::{DocumentSymbol, FoldingRange, Location, SymbolInformation, SymbolKind};

use super::declared::{Declared, span_of};
use super::files::{Document, Files};
use crate::source::Span;
use crate::syntax::ast::{self, ModelKind};

/// How many symbols a search answers.
const MOST: usize = 1_000;

/// The outline of a file.
pub(super) fn outline(files: &Files, document: &Document) -> Vec<DocumentSymbol> {
    let all: Vec<Declared<'_>> = Declared::all(document.edited.tree()).filter(is_shown).collect();
    let mut roots: Vec<DocumentSymbol> = Vec::new();
    for declared in all {
        let Some(symbol) = symbol(files, document, declared) else { continue };
        match (roots.last_mut(), is_inner(declared)) {
            (Some(around), true) => around.children.get_or_insert_default().push(symbol),
            _ => roots.push(symbol),
        }
    }
    roots
}

const fn is_shown(declared: &Declared<'_>) -> bool {
    !matches!(declared, Declared::Param(_) | Declared::AttributeParam(_))
}

const fn is_inner(declared: Declared<'_>) -> bool {
    matches!(declared, Declared::Field(..) | Declared::Member(..))
}

#[expect(deprecated, reason = "the field must be given")]
fn symbol(files: &Files, document: &Document, declared: Declared<'_>) -> Option<DocumentSymbol> {
    let name = declared.name();
    let text = |span: Span| files.text(span).to_owned();
    let detail = match declared {
        Declared::Field(_, field) => Some(text(field.ty.span)),
        Declared::Member(..) | Declared::Enum(_) => None,
        Declared::Config(what, _) => Some(what.to_owned()),
        other => Some(other.head(text)),
    };
    // A name that is not there cannot be shown.
    (!name.text.is_empty()).then(|| DocumentSymbol {
        name: files.text(name.span).to_owned(),
        detail,
        kind: kind(declared),
        tags: None,
        deprecated: None,
        range: document.range(declared.span(), files.encoding),
        selection_range: document.range(name.span, files.encoding),
        children: None,
    })
}

const fn kind(declared: Declared<'_>) -> SymbolKind {
    match declared {
        Declared::Model(model) => match model.kind {
            ModelKind::Type => SymbolKind::STRUCT,
            ModelKind::Abstract => SymbolKind::INTERFACE,
            ModelKind::Model | ModelKind::View => SymbolKind::CLASS,
        },
        Declared::Field(..) => SymbolKind::FIELD,
        Declared::Enum(_) => SymbolKind::ENUM,
        Declared::Member(..) => SymbolKind::ENUM_MEMBER,
        Declared::Function(_) | Declared::Procedure(_) => SymbolKind::FUNCTION,
        Declared::Attribute(_) => SymbolKind::PROPERTY,
        Declared::Param(_) | Declared::AttributeParam(_) => SymbolKind::VARIABLE,
        Declared::Config(..) => SymbolKind::MODULE,
    }
}

/// What is declared in any file under a name that has these letters in this order.
#[expect(deprecated, reason = "the field must be given")]
pub(super) fn search(files: &Files, query: &str) -> Vec<SymbolInformation> {
    let there = files.iter().filter(|(_, document)| document.exists);
    let all = there.flat_map(|(_, document)| Declared::all(document.edited.tree())).filter(is_shown);
    let wanted = all.filter(|declared| has_letters(&declared.name().text, query));
    let symbols = wanted.filter_map(|declared| {
        let location: Location = files.location(declared.name().span)?;
        let container_name = match declared {
            Declared::Field(model, _) => Some(model.name.text.clone()),
            Declared::Member(declared, _) => Some(declared.name.text.clone()),
            _ => None,
        };
        let name = files.text(declared.name().span).to_owned();
        Some(SymbolInformation { name, kind: kind(declared), tags: None, deprecated: None, location, container_name })
    });
    symbols.take(MOST).collect()
}

fn has_letters(name: &str, query: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    query.chars().flat_map(char::to_lowercase).all(|wanted| letters.any(|letter| letter == wanted))
}

/// The declarations that take several lines.
pub(super) fn foldings(files: &Files, document: &Document) -> Vec<FoldingRange> {
    let items =
        document.edited.tree().items.iter().map(|item: &ast::Item| document.range(span_of(item), files.encoding));
    let long = items.filter(|range| range.start.line < range.end.line);
    // The closing brace stays in sight.
    long.map(|range| FoldingRange {
        start_line: range.start.line,
        end_line: range.end.line.saturating_sub(1).max(range.start.line),
        ..FoldingRange::default()
    })
    .collect()
}
