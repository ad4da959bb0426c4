//! What the context type can hold: values, and other structures.
//!
//! A member with an `Unsupported` type can never be filled.

use crate::diagnostic::Diagnostics;
use crate::hir::{Auth, Field, FieldType, Schema, unsupported};

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut types = Vec::new();
    match schema.auth {
        Some(Auth::Type(at)) => types.push(at),
        Some(Auth::Model(at)) => {
            if let Some(model) = schema.models.get(at).filter(|model| model.ignored) {
                members(&model.fields, &mut types, out);
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
            members(&ty.fields, &mut types, out);
        }
    }
}

fn members(fields: &[Field], types: &mut Vec<usize>, out: &mut Diagnostics) {
    for field in fields {
        match field.ty {
            FieldType::Type(at) => types.push(at),
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
        assert_eq!(codes(text), [""; 0]);
        let text = text.replace("roles String[]", "place Unsupported('point')");
        assert_eq!(codes(&text), ["not-supported-yet"]);
    }
}
