//! `misplaced-claim`, `unsafe-claim`: where the members of the context type come from.
//!
//! `@claim("path")` says where in a session token a member of the context type is found, so it has a meaning only there.
//! What is below `unsafe_metadata` can be written by the user in the browser: a rule that trusts it trusts the user.

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Auth, Field, FieldType, Schema};
use crate::source::Span;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let (types, mixed_in) = (reachable_types(schema), mixed_in(schema));
    for (at, model) in schema.models.iter().enumerate() {
        let allowed = schema.auth == Some(Auth::Model(at)) || (model.ignored && schema.auth.is_some());
        fields(&model.fields, allowed, out);
    }
    for (at, ty) in schema.types.iter().enumerate() {
        let elsewhere = ty.fields.iter().any(|field| mixed_in.contains(&field.span));
        fields(&ty.fields, types.contains(&at) || elsewhere, out);
    }
}

/// Types inside the context type, itself included.
fn reachable_types(schema: &Schema) -> Vec<usize> {
    let members = |fields: &[Field]| -> Vec<usize> {
        let types = fields.iter().filter_map(|field| match field.ty {
            FieldType::Type(at) => Some(at),
            _ => None,
        });
        types.collect()
    };
    let mut todo = match schema.auth {
        Some(Auth::Type(at)) => vec![at],
        Some(Auth::Model(at)) => schema.models.get(at).map(|model| members(&model.fields)).unwrap_or_default(),
        None => Vec::new(),
    };
    let mut found = Vec::new();
    while let Some(at) = todo.pop() {
        if !found.contains(&at) {
            found.push(at);
            todo.extend(schema.types.get(at).map(|ty| members(&ty.fields)).unwrap_or_default());
        }
    }
    found
}

/// The fields that are there more than once: those of a type that was mixed in, and is looked at where it is.
fn mixed_in(schema: &Schema) -> HashSet<Span> {
    let fields = schema.models.iter().flat_map(|model| &model.fields);
    let fields = fields.chain(schema.types.iter().flat_map(|ty| &ty.fields));
    let mut once = HashSet::new();
    fields.map(|field| field.span).filter(|span| !once.insert(*span)).collect()
}

fn fields(fields: &[Field], allowed: bool, out: &mut Diagnostics) {
    for field in fields {
        let Some(path) = &field.claim else { continue };
        if !allowed {
            let message = "`@claim` is only for the members of what `auth()` is";
            let found = Diagnostic::error("misplaced-claim", field.span, message);
            out.push(found.help("remove it, or mark the declaration with `@@auth`"));
        } else if path.split('.').any(|part| part == "unsafe_metadata" || part == "unsafeMetadata") {
            let message = format!("users can write `{path}` themselves, so rules must not trust it");
            let found = Diagnostic::warning("unsafe-claim", field.span, message);
            out.push(found.help("take it from `public_metadata`, which only your server writes"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn claims() {
        let auth = "type Me { id String @id role String? @claim('metadata.role') @@auth }";
        assert_eq!(codes(auth), [""; 0]);
        let lax = "type Me { id String @id role String? @claim('unsafe_metadata.role') @@auth }";
        assert_eq!(codes(lax), ["unsafe-claim"]);
        let wrong = "model A { id Int @id x Int? @claim('x') @@allow('all', true) }";
        assert_eq!(codes(wrong), ["misplaced-claim"]);
        assert_eq!(codes("type Me { id String @id @claim('a..b') @@auth }"), ["wrong-claim"]);
    }
}
