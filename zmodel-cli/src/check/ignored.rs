//! `ignored-required`: a field marked `@ignore` that is required and that the database does not fill.
//!
//! The client does not know the field, so it could create no row.

use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Default, FieldType, Schema};

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    for (_, model) in tables(schema) {
        for field in model.fields.iter().filter(|field| field.ignored) {
            let filled = match field.default {
                None | Some(Default::Generated(_) | Default::Caller(_)) => false,
                Some(_) => true,
            };
            if field.optional || field.list || filled || !matches!(field.ty, FieldType::Scalar(_)) {
                continue;
            }
            let message = format!(
                "`{}` is hidden from the client, so no `{}` could be created",
                field.name.text, model.name.text
            );
            let found = Diagnostic::error("ignored-required", field.span, message);
            out.push(found.help("make it optional, give it a default that the database fills in, or remove `@ignore`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn required() {
        let model = |field: &str| format!("model A {{ id Int @id x {field} @ignore @@allow('all', true) }}");
        assert_eq!(codes(&model("Int")), ["ignored-required"]);
        assert_eq!(codes(&model("String @default(uuid())")), ["ignored-required"]);
        assert_eq!(codes(&model("Int?")), [""; 0]);
        assert_eq!(codes(&model("Int @default(1)")), [""; 0]);
    }
}
