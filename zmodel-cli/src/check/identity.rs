//! `id-type`: the fields that identify a row are required, single, and of a type that can be compared.

use zmodel_runtime::schema::Type;

use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{FieldType, Schema};

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    for (_, model) in tables(schema) {
        for field in model.id.iter().filter_map(|at| model.fields.get(*at)) {
            let (what, help) = match field.ty {
                // Reported already.
                FieldType::Error => continue,
                FieldType::Unsupported => {
                    ("cannot be of an `Unsupported` type", "identify the row by a `String` or a number")
                }
                _ if field.optional && !field.list => ("cannot be optional", "remove the `?`"),
                _ if field.list => ("cannot be a list", "identify the row by a single value"),
                FieldType::Model(_) => ("cannot be a relation", "put the `@id` on its foreign key"),
                FieldType::Scalar(Type::Json) | FieldType::Type(_) => {
                    ("cannot be JSON", "identify the row by a `String` or a number")
                }
                FieldType::Scalar(_) => continue,
            };
            let message = format!("`{}` identifies a row, so it {what}", field.name.text);
            let found = Diagnostic::error("id-type", field.type_span, message).help(help);
            out.push(if field.optional && !field.list {
                found.removing("the `?`", field.type_span.last())
            } else {
                found
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn ids() {
        for ty in ["Int?", "Json", "T @json"] {
            let text = format!("type T {{ y Int }} model A {{ x {ty} @id @@allow('all', true) }}");
            assert_eq!(codes(&text), ["id-type"], "{ty}");
        }
        for ty in ["Int", "String", "DateTime", "Bytes", "Boolean", "Decimal", "E"] {
            let text = format!("enum E {{ A }} model A {{ x {ty} @id @@allow('all', true) }}");
            assert_eq!(codes(&text), [""; 0], "{ty}");
        }
    }
}
