//! `ignored-required`: a required field that the client does not know and that nothing fills.
//!
//! The field is marked `@ignore` or of an `Unsupported` type, so no row can be created through the client.

use super::written;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{FieldType, Schema};
use crate::source::Span;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    for (_, model) in written(schema) {
        for field in model.fields.iter().filter(|field| field.ignored || field.ty == FieldType::Unsupported) {
            if field.optional || field.list || field.default.is_some() || matches!(field.ty, FieldType::Model(_)) {
                continue;
            }
            let message = format!(
                "`{}` is hidden from the client, so no `{}` could be created",
                field.name.text, model.name.text
            );
            let found = Diagnostic::warning("ignored-required", field.span, message);
            let optional = (Span { start: field.type_span.end, ..field.type_span }, "?".to_owned());
            out.push(found.help("make it optional, or give it a default").fix("make it optional", vec![optional]));
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
        assert_eq!(codes(&model("String @default(uuid())")), [""; 0]);
        assert_eq!(codes(&model("Int?")), [""; 0]);
        assert_eq!(codes(&model("Int @default(1)")), [""; 0]);
    }
}
