//! What the context type can hold: values, and other structures without a table.
//!
//! A member that is a row of a table is not supported yet. A member with an `Unsupported` type can never be filled.

use crate::diagnostic::Diagnostics;
use crate::hir::{Auth, Field, FieldType, Schema, unsupported};

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut types = Vec::new();
    match schema.auth {
        Some(Auth::Type(at)) => types.push(at),
        Some(Auth::Model(at)) => {
            if let Some(model) = schema.models.get(at).filter(|model| model.ignored) {
                members(schema, &model.fields, false, &mut types, out);
            }
        }
        None => {}
    }
    let mut done = Vec::new();
    while let Some(at) = types.pop() {
        if done.contains(&at) {
            continue;
        }
        done.push(at);
        if let Some(ty) = schema.types.get(at) {
            members(schema, &ty.fields, true, &mut types, out);
        }
    }
}

fn members(schema: &Schema, fields: &[Field], of_type: bool, types: &mut Vec<usize>, out: &mut Diagnostics) {
    for field in fields {
        match field.ty {
            FieldType::Type(at) => types.push(at),
            FieldType::Model(at) if of_type && schema.models.get(at).is_some_and(|model| !model.ignored) => {
                out.push(unsupported(field.type_span, "a model with a table inside what `auth()` is"));
            }
            FieldType::Unsupported => {
                out.push(unsupported(field.type_span, "a member of `auth()` of an `Unsupported` type"));
            }
            FieldType::Scalar(_) | FieldType::Model(_) | FieldType::Error => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn members() {
        let text = "type Me { id String @id team Team inner Inner @@auth } type Inner { roles String[] again Inner? }
            model Team { id Int @id @@allow('all', true) }";
        assert_eq!(codes(text), ["not-supported-yet"]);
    }
}
