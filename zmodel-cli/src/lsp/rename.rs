//! New names for what users declared.
//!
//! A new name is tried out before it is given: the changed texts are resolved, and every name must still stand for what
//! it stood for before. That holds for all the ways in which names can hide each other, without a list of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use lsp_types::{PrepareRenameResponse, WorkspaceEdit};

use super::declared::Declared;
use super::navigate::Symbol;
use super::publish;
use super::workspace::{Project, Workspace};
use crate::diagnostic::{Diagnostics, Severity};
use crate::hir::{self, Use};
use crate::source::{FileId, Span};
use crate::syntax;

/// Why a name cannot be changed.
type Refused = String;

/// The stretch that would be replaced, and the name in it.
pub(super) fn prepare(workspace: &Workspace, place: Span) -> Result<PrepareRenameResponse, Refused> {
    let symbol = renamable(workspace, place)?;
    let span = plain(workspace, symbol, symbol.span);
    let range = workspace.files.location(span).ok_or("this is no file")?.range;
    let placeholder = workspace.files.text(span).to_owned();
    Ok(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder })
}

/// The changes that give what stands at a place a new name.
pub(super) fn rename(workspace: &mut Workspace, place: Span, name: &str) -> Result<WorkspaceEdit, Refused> {
    let symbol = renamable(workspace, place)?;
    workspace.include(symbol.target.file);
    let attribute = workspace.files.text(symbol.target).starts_with('@');
    let name = if attribute { name.trim_start_matches('@') } else { name };
    if !is_name(name, attribute) {
        return Err(format!("`{name}` is not a name: write letters, digits and `_`, beginning with a letter or `_`"));
    }
    if syntax::parser::is_reserved(name) {
        return Err(format!("`{name}` is a reserved word and cannot be a name"));
    }
    let places: Vec<Span> = symbol.places(workspace).into_iter().map(|span| plain(workspace, symbol, span)).collect();
    for project in workspace.projects_of(symbol.target.file) {
        try_out(workspace, project, &places, name)?;
    }
    let edits: Vec<(Span, String)> = places.into_iter().map(|span| (span, name.to_owned())).collect();
    publish::edit(&workspace.files, &edits).ok_or_else(|| "this is no file".to_owned())
}

fn renamable(workspace: &Workspace, place: Span) -> Result<Symbol, Refused> {
    let symbol = Symbol::at(workspace, place).ok_or("there is no name here that could be changed")?;
    if symbol.is_library() {
        return Err(format!("`{}` belongs to the language and cannot be renamed", workspace.files.text(symbol.span)));
    }
    Ok(symbol)
}

/// A name without the `@`s of an attribute, or the `_` before a parameter.
fn plain(workspace: &Workspace, symbol: Symbol, span: Span) -> Span {
    let declared = Declared::at(workspace.files.tree(symbol.target.file), symbol.target);
    let Some(name) = declared.map(|declared| &declared.name().text) else { return span };
    let signs = workspace.files.text(span).strip_suffix(name.as_str()).map_or(0, str::len);
    Span { start: span.start + u32::try_from(signs).unwrap_or(0), ..span }
}

/// `[A-Za-z_][A-Za-z0-9_]*`, several with dots between them for an attribute.
fn is_name(name: &str, dots: bool) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if dots { name.split('.').all(part) } else { part(name) }
}

/// Whether everything means the same with the new name.
fn try_out(workspace: &Workspace, project: &Project, places: &[Span], name: &str) -> Result<(), Refused> {
    let mut by_file: BTreeMap<FileId, Vec<Span>> = BTreeMap::new();
    for place in places {
        by_file.entry(place.file).or_default().push(*place);
    }
    let mut diagnostics = Diagnostics::default();
    let mut trees = Vec::new();
    for document in project.files.iter().map(|(id, _)| (*id, workspace.files.get(*id))) {
        let (id, Some(document)) = document else { continue };
        trees.push(match by_file.get(&id) {
            Some(places) => Arc::new(syntax::parse(id, &renamed(&document.text, places, name), &mut diagnostics)),
            None => {
                document.edited.found().for_each(|found| diagnostics.push(found.clone()));
                Arc::clone(document.edited.tree())
            }
        });
    }
    let schema = hir::resolve(&trees, &mut diagnostics);
    let moved = |span: Span| moved(span, by_file.get(&span.file).map(Vec::as_slice).unwrap_or_default(), name);
    let expected = project.schema.uses.iter().map(|one| Use { span: moved(one.span), target: moved(one.target) });
    let before =
        project.files.iter().filter_map(|(id, _)| workspace.files.get(*id)).flat_map(|file| file.edited.found());
    let before: Vec<_> = before.chain(&project.found).filter(|found| found.severity == Severity::Error).collect();
    let new = diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .find(|found| before.iter().all(|old| old.code != found.code || old.span.map(moved) != found.span));
    if let Some(found) = new {
        return Err(format!("`{name}` cannot be the name: {}", found.message));
    }
    if !expected.eq(schema.uses.iter().copied()) {
        return Err(format!("`{name}` already stands for something else where the name is used"));
    }
    Ok(())
}

fn renamed(text: &str, places: &[Span], name: &str) -> String {
    let (mut changed, mut done) = (String::with_capacity(text.len()), 0);
    for place in places {
        changed.push_str(text.get(done..place.start as usize).unwrap_or(""));
        changed.push_str(name);
        done = place.end as usize;
    }
    changed.push_str(text.get(done..).unwrap_or(""));
    changed
}

/// Where a stretch is after names before it, or in it, became longer or shorter.
fn moved(span: Span, places: &[Span], name: &str) -> Span {
    let offset = |offset: u32, places: &[Span]| {
        let gone: u32 = places.iter().map(|place| place.end - place.start).sum();
        let come = u32::try_from(name.len() * places.len()).unwrap_or(u32::MAX);
        (offset - gone).saturating_add(come)
    };
    let before = |at: u32| places.get(..places.partition_point(|place| place.end <= at)).unwrap_or_default();
    Span { start: offset(span.start, before(span.start)), end: offset(span.end, before(span.end)), ..span }
}
