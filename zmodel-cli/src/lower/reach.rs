//! What of the rows that are part of `auth()` the rules look at.
//!
//! Where `auth()` is a model with a table, the caller brings a row of it, and its relations lead to the whole schema. So
//! of the relations only those are part of what the caller brings that something in the schema mentions.

use std::collections::BTreeSet;

use crate::hir::{Auth, CallerPath, CallerStart, Collection, Default, ExprKind, Field, FieldType, Rule, Schema};

/// A field, by its declaration and its position there.
pub(super) type Member = (Auth, usize);

/// The fields of declarations that something mentions as part of `auth()`.
pub(super) fn reached(hir: &Schema) -> BTreeSet<Member> {
    let mut found = BTreeSet::new();
    for model in &hir.models {
        for rule in &model.rules {
            mentioned(hir, rule, &mut found);
        }
        for field in &model.fields {
            for rule in &field.rules {
                mentioned(hir, &rule.rule, &mut found);
            }
            if let Some(Default::Caller(members)) = &field.default {
                follow(hir, &CallerPath { start: CallerStart::Auth, members: members.clone() }, &mut found);
            }
        }
    }
    found
}

fn mentioned(hir: &Schema, rule: &Rule, found: &mut BTreeSet<Member>) {
    rule.condition.walk(&mut |part, _| {
        if let ExprKind::Caller(path) | ExprKind::Predicate(_, Collection::Caller(path), _) = &part.kind {
            follow(hir, path, found);
        }
    });
}

fn follow(hir: &Schema, path: &CallerPath, found: &mut BTreeSet<Member>) {
    let mut at = match path.start {
        CallerStart::Auth => hir.auth,
        CallerStart::Element(_, of) => Some(of),
    };
    for member in &path.members {
        let Some(of) = at else { return };
        found.insert((of, *member));
        at = fields(hir, of).get(*member).and_then(leads_to);
    }
}

/// The fields of a declaration.
pub(super) fn fields(hir: &Schema, of: Auth) -> &[Field] {
    let fields = match of {
        Auth::Model(at) => hir.models.get(at).map(|model| &model.fields),
        Auth::Type(at) => hir.types.get(at).map(|ty| &ty.fields),
    };
    fields.map_or(&[], Vec::as_slice)
}

/// The structure that a field holds.
pub(super) fn leads_to(field: &Field) -> Option<Auth> {
    match field.ty {
        FieldType::Model(at) => Some(Auth::Model(at)),
        FieldType::Type(at) => Some(Auth::Type(at)),
        FieldType::Scalar(_) | FieldType::Unsupported | FieldType::Error => None,
    }
}
