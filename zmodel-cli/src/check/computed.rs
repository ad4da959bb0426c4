//! Computed fields where a column is needed.

use super::keys::compared;
use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::Schema;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let keys = compared(schema, |field| field.computed);
    for (at, model) in tables(schema) {
        for (position, field) in model.fields.iter().enumerate().filter(|(_, field)| field.computed) {
            let message = if keys.contains(&(at, position)) {
                format!("`{}` is computed, so the table has no column for a key", field.name.text)
            } else if field.secret.is_some() {
                format!("`{}` is computed, so there is nothing of it to keep secret", field.name.text)
            } else {
                continue;
            };
            out.push(Diagnostic::error("misplaced-computed", field.span, message).help("remove one of the two"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn computed_keys() {
        let with = |more: &str| format!("model A {{ id Int @id n Int @computed {more} @@allow('all', true) }}");
        assert_eq!(codes(&with("")), [""; 0]);
        assert_eq!(codes(&with("@unique")), ["misplaced-computed"]);
        assert_eq!(codes(&with("@@index([n])")), ["misplaced-computed"]);
        let secret = "model A { id Int @id s String @computed @encrypted @@allow('all', true) }";
        assert_eq!(codes(secret), ["misplaced-computed"]);
    }

    #[test]
    fn what_cannot_be_generated() {
        let text = |field: &str| format!("type T {{ n Int }} model A {{ id Int @id {field} @@allow('all', true) }}");
        assert_eq!(codes(&text("n(x: Int) Int @computed")), ["not-supported-yet"]);
        assert_eq!(codes(&text("n Unsupported('point')? @computed")), ["misplaced-computed"]);
        for field in ["n Int[] @computed", "n Json @computed", "n Bytes? @computed", "n T[] @json @computed"] {
            assert_eq!(codes(&text(field)), [""; 0], "{field}");
        }
    }
}
