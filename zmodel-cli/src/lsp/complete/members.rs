//! Inside the braces of a model, a type or an enum: fields, their types and attributes.

use super::cursor::Body;
use super::scope::Scope;
use super::{Place, Proposal};
use crate::syntax::ast::{self, AttributeKind};
use crate::syntax::token::Kind;

impl Place<'_> {
    pub(super) fn member(&self, body: Body<'_>) -> Vec<Proposal> {
        let cursor = &self.cursor;
        let container = match body.what {
            "enum" => "Enum",
            "type" => "Type",
            "view" => "View",
            _ => "Model",
        };
        let (inner, field) = match container {
            "Enum" => ("EnumMember", None),
            _ => ("Field", self.field(body)),
        };
        let of_model = || self.attributes(AttributeKind::Model, container, None);
        let of_field = || self.attributes(AttributeKind::Field, inner, field);
        let written = cursor.written();
        if written.starts_with("@@@") {
            return Vec::new();
        }
        if written.starts_with("@@") {
            return of_model();
        }
        let first = cursor.back(1) == Some(Kind::LeftBrace) || cursor.starts_line();
        if written.starts_with('@') {
            let both = first.then(of_model).unwrap_or_default();
            return both.into_iter().chain(of_field()).collect();
        }
        if first {
            return of_model();
        }
        let before = cursor.at.checked_sub(1).and_then(|at| cursor.span_at(at));
        if container != "Enum" && field.is_some_and(|field| Some(field.name.span) == before) {
            return self.types(false);
        }
        of_field()
    }
}

/// The arguments that an attribute needs, as gaps to fill in; none if it needs none.
pub(super) fn skeleton(scope: &Scope<'_>, decl: &ast::AttributeDecl, field: Option<&ast::Field>) -> Option<String> {
    if decl.kind == AttributeKind::Field && decl.name.text == "relation" {
        return Some(field.map_or_else(|| "$1".to_owned(), |field| relation(scope, field)));
    }
    let needed = decl.params.iter().filter(|param| !param.ty.optional);
    let gaps = needed.zip(1..).map(|(param, at)| {
        let label = if param.positional { String::new() } else { format!("{}: ", param.name.text) };
        let gap = match (param.ty.name.text.as_str(), param.ty.list) {
            ("String", false) => format!("'${at}'"),
            (_, true) => format!("[${at}]"),
            _ => format!("${at}"),
        };
        label + &gap
    });
    let gaps: Vec<String> = gaps.collect();
    (!gaps.is_empty()).then(|| gaps.join(", "))
}

/// The key of a relation, by the usual names.
fn relation(scope: &Scope<'_>, field: &ast::Field) -> String {
    if field.ty.list {
        return "'$1'".to_owned();
    }
    let target = scope.model(&field.ty.name.text).map(|model| scope.fields(model)).unwrap_or_default();
    let id = target.iter().find(|field| field.attributes.iter().any(|used| used.name.text == "id"));
    let id = id.map_or("id", |field| field.name.text.as_str());
    let mut letters = id.chars();
    let upper: String = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    format!("fields: [${{1:{}{upper}}}], references: [${{2:{id}}}]", field.name.text)
}
