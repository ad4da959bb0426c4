//! What a name stands for, shown beside it.

use std::fmt::Write as _;

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};

use super::declared::Declared;
use super::files::Files;
use super::navigate::Symbol;
use super::workspace::Workspace;
use crate::hir::{self, Auth};
use crate::source::Span;
use crate::syntax::ast::{ModelKind, TypeRef};

/// What is known of the name at a place.
pub(super) fn hover(workspace: &Workspace, place: Span) -> Option<Hover> {
    let symbol = Symbol::at(workspace, place);
    let (span, text) = match symbol {
        Some(symbol) => (symbol.span, describe(workspace, &symbol)?),
        None => builtin(&workspace.files, place)?,
    };
    let range = workspace.files.location(span).map(|location| location.range);
    let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: text });
    Some(Hover { contents, range })
}

fn describe(workspace: &Workspace, symbol: &Symbol) -> Option<String> {
    let files = &workspace.files;
    let Some(declared) = Declared::at(files.tree(symbol.target.file), symbol.target) else {
        return Some(format!(
            "```zmodel\n{}\n```\n\nan element of the list before the brackets",
            files.text(symbol.target)
        ));
    };
    let mut text = documented(files, declared);
    match declared {
        Declared::Field(_, field) => {
            if let Some(more) = resolved(workspace, symbol.span, &field.ty) {
                let _ = write!(text, "\n\n{more}");
            }
        }
        Declared::Function(function) if function.name.text == "auth" && symbol.target.file == hir::STDLIB => {
            let project = workspace.projects_of(symbol.span.file).next()?;
            let what = match project.schema.auth {
                Some(Auth::Model(at)) => project.schema.models.get(at).map(|model| ("model", &model.name.text)),
                Some(Auth::Type(at)) => project.schema.types.get(at).map(|ty| ("type", &ty.name.text)),
                None => None,
            };
            if let Some((what, name)) = what {
                let _ = write!(text, "\n\nhere: `{name}?`, the {what} that describes the caller");
            }
        }
        _ => {}
    }
    Some(text)
}

/// What the type of a field is declared as.
fn resolved(workspace: &Workspace, from: Span, ty: &TypeRef) -> Option<String> {
    let name = &ty.name.text;
    if let Some(about) = scalar(name) {
        return Some(format!("`{name}`: {about}"));
    }
    let project = workspace.projects_of(from.file).next()?;
    let mut declared = project.files.iter().flat_map(|(id, _)| Declared::all(workspace.files.tree(*id)));
    declared.find_map(|declared| {
        if declared.name().text != *name {
            return None;
        }
        Some(match declared {
            Declared::Model(model) if model.kind == ModelKind::Type => format!("`{name}` is a type"),
            Declared::Model(_) if ty.list => format!("relation to many rows of the model `{name}`"),
            Declared::Model(_) if ty.optional => format!("relation to one row of the model `{name}`, or to none"),
            Declared::Model(_) => format!("relation to one row of the model `{name}`"),
            Declared::Enum(_) => declared.head(|span| workspace.files.text(span).to_owned()),
            _ => return None,
        })
    })
}

/// A declaration and its documentation.
pub(super) fn documented(files: &Files, declared: Declared<'_>) -> String {
    let head = declared.head(|span| files.text(span).to_owned());
    let docs = declared.docs().join("\n");
    if docs.is_empty() { format!("```zmodel\n{head}\n```") } else { format!("```zmodel\n{head}\n```\n\n{docs}") }
}

/// The name of a built-in type.
fn builtin(files: &Files, place: Span) -> Option<(Span, String)> {
    let declared = Declared::all(files.tree(place.file));
    let types = declared.filter_map(|declared| match declared {
        Declared::Field(_, field) => Some(&field.ty),
        Declared::Param(param) => Some(&param.ty),
        _ => None,
    });
    let name = types.map(|ty| &ty.name).find(|name| name.span.start <= place.start && place.end <= name.span.end)?;
    Some((name.span, format!("```zmodel\n{}\n```\n\n{}", name.text, scalar(&name.text)?)))
}

/// What a built-in type holds.
pub(super) fn scalar(name: &str) -> Option<&'static str> {
    SCALARS.iter().find(|(known, _)| *known == name).map(|(_, about)| *about)
}

/// The built-in types of fields.
pub(super) const SCALARS: &[(&str, &str)] = &[
    ("String", "a text"),
    ("Boolean", "`true` or `false`"),
    ("Int", "a whole number of 32 bits"),
    ("BigInt", "a whole number of 64 bits"),
    ("Float", "a floating point number of 64 bits"),
    ("Decimal", "an exact decimal number"),
    ("DateTime", "a moment in time"),
    ("Json", "a JSON document"),
    ("Bytes", "a sequence of bytes"),
    ("Unsupported", "a type that only the database knows"),
];
