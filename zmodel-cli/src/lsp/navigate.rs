//! From a name to what it stands for, and to all its other uses.

use std::collections::BTreeSet;

use lsp_types::{DocumentHighlight, DocumentHighlightKind, Location, Position, Range};

use super::declared::Declared;
use super::files::Files;
use super::uri;
use super::workspace::Workspace;
use crate::hir;
use crate::source::{self, Span};

/// A name in a text and what it stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Symbol {
    /// The name at hand.
    pub(super) span: Span,
    /// The name in the declaration.
    pub(super) target: Span,
}

impl Symbol {
    /// What stands at a place: a use of a name, or a name where it is declared.
    pub(super) fn at(workspace: &Workspace, place: Span) -> Option<Self> {
        if let Some(declared) = Declared::at(workspace.files.tree(place.file), place) {
            let span = declared.name().span;
            return Some(Self { span, target: span });
        }
        let around = |span: Span| span.file == place.file && span.start <= place.start && place.end <= span.end;
        workspace.projects_of(place.file).find_map(|project| {
            if let Some(found) = project.schema.uses.at(place) {
                return Some(Self { span: found.span, target: found.target });
            }
            // The name of an element in brackets is declared inside an expression.
            let target = project.schema.uses.iter().map(|one| one.target).find(|target| around(*target))?;
            Some(Self { span: target, target })
        })
    }

    /// Whether it belongs to the language.
    pub(super) fn is_library(self) -> bool {
        self.target.file == hir::STDLIB
    }

    /// All places where its name stands, the declaration included if it is a user's.
    pub(super) fn places(self, workspace: &Workspace) -> BTreeSet<Span> {
        let uses = workspace.checked().flat_map(|project| &project.schema.uses);
        let uses = uses.filter(|one| one.target == self.target).map(|one| one.span);
        uses.chain((!self.is_library()).then_some(self.target)).collect()
    }
}

/// Where what stands at a place is declared.
pub(super) fn definition(workspace: &Workspace, place: Span) -> Option<Location> {
    if let Some(path) = imported(&workspace.files, place) {
        let uri = match workspace.files.find(&path).and_then(|id| workspace.files.get(id)) {
            Some(document) => document.uri.clone(),
            None => uri::uri(&path)?,
        };
        return Some(Location::new(uri, Range::new(Position::new(0, 0), Position::new(0, 0))));
    }
    workspace.files.location(Symbol::at(workspace, place)?.target)
}

/// The file that is imported at a place.
fn imported(files: &Files, place: Span) -> Option<std::path::PathBuf> {
    let document = files.get(place.file)?;
    let around = |span: Span| span.start <= place.start && place.end <= span.end;
    let import = document.edited.tree().imports.iter().find(|import| around(import.path.span))?;
    Some(source::imported(&document.path, &import.path.text))
}

/// All places of the name at a place.
pub(super) fn references(workspace: &mut Workspace, place: Span, with_declaration: bool) -> Option<Vec<Location>> {
    let symbol = Symbol::at(workspace, place)?;
    if !symbol.is_library() {
        workspace.include(symbol.target.file);
    }
    let places = symbol.places(workspace);
    let wanted = places.into_iter().filter(|span| with_declaration || *span != symbol.target);
    Some(wanted.filter_map(|span| workspace.files.location(span)).collect())
}

/// All places of the name at a place in its own file.
pub(super) fn highlight(workspace: &Workspace, place: Span) -> Option<Vec<DocumentHighlight>> {
    let symbol = Symbol::at(workspace, place)?;
    let here = symbol.places(workspace).into_iter().filter(|span| span.file == place.file);
    let highlights = here.filter_map(|span| {
        let kind = if span == symbol.target { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ };
        Some(DocumentHighlight { range: workspace.files.location(span)?.range, kind: Some(kind) })
    });
    Some(highlights.collect())
}
