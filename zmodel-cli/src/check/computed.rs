//! Computed fields where a column is needed.

use std::collections::BTreeSet;

use super::keys::compared;
use super::nulls::rules;
use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Collection, DocumentPath, DocumentStart, ExprKind, Schema};

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    arguments(schema, out);
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

/// A rule has no arguments to give to what it looks at.
fn arguments(schema: &Schema, out: &mut Diagnostics) {
    let mut seen = BTreeSet::new();
    for (_, model) in tables(schema) {
        let validations = model.validations.iter().map(|validation| &validation.condition);
        for condition in rules(model).map(|rule| &rule.condition).chain(validations) {
            condition.walk(&mut |part, _| {
                let (ExprKind::Field(path, field)
                | ExprKind::Document(DocumentPath { start: DocumentStart::Field(path, field), .. })
                | ExprKind::Predicate(
                    _,
                    Collection::Document(DocumentPath { start: DocumentStart::Field(path, field), .. }),
                    _,
                )) = &part.kind
                else {
                    return;
                };
                let field = schema.end(path).and_then(|model| schema.models.get(model)?.fields.get(*field));
                let Some(field) = field.filter(|field| !field.params.is_empty()) else { return };
                if seen.insert(part.span) {
                    let message =
                        format!("`{}` is computed with arguments, and a rule has none to give", field.name.text);
                    let found = Diagnostic::error("rule-without-arguments", part.span, message);
                    let found = found.related(field.span, "declared here, with parameters");
                    out.push(
                        found.help("ask about the fields that it is computed from, or declare one without parameters"),
                    );
                }
            });
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
    fn what_is_computed_with_arguments() {
        let text = |more: &str| {
            format!(
                "model A {{ id Int @id n(x: Int, y: K?) Int @computed t(x: Int) T @json @computed bId Int
                   b B @relation(fields: [bId], references: [id]) {more} @@allow('all', true) }}
                 model B {{ id Int @id as A[] n(x: Int) Boolean @computed @@allow('all', true) }}
                 type T {{ z Int }} enum K {{ X }}"
            )
        };
        assert_eq!(codes(&text("")), [""; 0]);
        for rule in ["n > 1", "b.n", "b.as?[n == 1]", "t.z == 1", "t == null", "id == 1 || !(n > id)"] {
            for rule in [format!("@@deny('read', {rule})"), format!("s Int @deny('read', {rule})")] {
                assert_eq!(codes(&text(&rule)), ["rule-without-arguments"], "{rule}");
            }
        }
        assert_eq!(codes(&text("@@validate(n > 1)")), ["rule-without-arguments"]);
        assert_eq!(codes(&text("m(x: Foo) Int @computed")), ["unknown-type"]);
        assert_eq!(codes(&text("m(x: Int, x: Int) Int @computed")), ["duplicate-name"]);
        assert_eq!(codes(&text("m(x: A) Int @computed m2(x: Any, y: Void) Int @computed")), [""; 0]);
    }

    #[test]
    fn what_cannot_be_computed() {
        let text = |field: &str| format!("type T {{ n Int }} model A {{ id Int @id {field} @@allow('all', true) }}");
        assert_eq!(codes(&text("n Unsupported('point')? @computed")), ["misplaced-computed"]);
        for field in ["n Int[] @computed", "n Json @computed", "n Bytes? @computed", "n T[] @json @computed"] {
            assert_eq!(codes(&text(field)), [""; 0], "{field}");
        }
    }
}
