//! `misplaced-deleted-at` and `unique-deleted`: where the time of a delete cannot stand, and what it does not make
//! unique.

use super::keys::keys;
use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Field, Model, Schema};

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let keys = keys(schema, |field| field.deleted_at);
    for (of, model) in tables(schema) {
        for (at, field) in model.fields.iter().enumerate().filter(|(_, field)| field.deleted_at) {
            // Where it is inherited from is where it is looked at.
            if field.inherited.is_some() {
                continue;
            }
            if let Some((message, help)) = misplaced(schema, model, field, keys.contains(&(of, at))) {
                out.push(Diagnostic::error("misplaced-deleted-at", field.span, message).help(help));
            }
            for unique in model.uniques.iter().filter(|unique| unique.fields.contains(&at)) {
                let name = &field.name.text;
                let message =
                    format!("`{name}` is null in every row that is not deleted, so this lets all of them be alike");
                let found = Diagnostic::warning("unique-deleted", unique.span, message);
                let help =
                    "leave it out, and a deleted row keeps its values; or make a partial unique index in a migration";
                out.push(found.help(help));
            }
        }
    }
}

fn misplaced(schema: &Schema, model: &Model, field: &Field, in_key: bool) -> Option<(String, String)> {
    let name = &field.name.text;
    let said = |message: String, help: &str| Some((message, help.to_owned()));
    if in_key {
        said(format!("`{name}` is part of a key"), "take it out of the key: it changes when the row is deleted")
    } else if field.list || !field.optional {
        said(format!("`{name}` cannot be null, so every row would be a deleted one"), "write it as `DateTime?`")
    } else if field.default.is_some() || field.updated_at.is_some() {
        said(
            format!("`{name}` gets a value without a delete"),
            "remove `@default` and `@updatedAt`: the delete alone sets it",
        )
    } else if field.computed {
        said(format!("`{name}` is computed, so a delete has nowhere to write the time"), "remove `@computed`")
    } else if model.view {
        said(
            "rows of a view are not deleted".to_owned(),
            "remove `@deletedAt`, and put it on the models that the view is made of",
        )
    } else {
        let base = schema.models.get(model.base.as_ref()?.model)?;
        let (base, model) = (&base.name.text, &model.name.text);
        let message = format!("a row of `{model}` is one with its part in `{base}`, which this would not mark");
        Some((message, format!("write it in `{base}`, or in the model that `{base}` extends")))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    fn with(field: &str, more: &str) -> String {
        format!("model A {{ id Int @id s String {field} {more} @@allow('all', true) }}")
    }

    #[test]
    fn marks() {
        assert_eq!(codes(&with("at DateTime? @deletedAt", "")), [""; 0]);
        assert_eq!(codes(&with("at DateTime? @deletedAt @ignore", "")), [""; 0]);
        assert_eq!(codes(&with("at DateTime @deletedAt", "")), ["misplaced-deleted-at"]);
        assert_eq!(codes(&with("at DateTime? @deletedAt @default(now())", "")), ["misplaced-deleted-at"]);
        assert_eq!(codes(&with("at DateTime? @deletedAt @updatedAt", "")), ["misplaced-deleted-at"]);
        assert_eq!(codes(&with("at DateTime? @deletedAt @computed", "")), ["misplaced-deleted-at"]);
        assert_eq!(
            codes(&with("at DateTime @deletedAt", "@@id([id, at])").replacen(" @id", "", 1)),
            ["misplaced-deleted-at"]
        );
        assert_eq!(codes(&with("at String? @deletedAt", "")), ["wrong-field-type"]);
        assert_eq!(codes(&with("at DateTime? @deletedAt b DateTime? @deletedAt", "")), ["repeated-attribute"]);
        assert_eq!(
            codes("view V { id Int @unique at DateTime? @deletedAt @@allow('all', true) }"),
            ["misplaced-deleted-at"]
        );
    }

    #[test]
    fn marks_of_delegates() {
        let schema = |base: &str, own: &str| {
            format!(
                "model A {{ id Int @id kind String {base} @@delegate(kind) @@allow('all', true) }}
                 model B extends A {{ n Int {own} }}"
            )
        };
        assert_eq!(codes(&schema("at DateTime? @deletedAt", "")), [""; 0]);
        assert_eq!(codes(&schema("", "at DateTime? @deletedAt")), ["misplaced-deleted-at"]);
    }

    #[test]
    fn what_is_not_unique() {
        let at = "at DateTime? @deletedAt";
        assert_eq!(codes(&with(at, "@@unique([s])")), [""; 0]);
        assert_eq!(codes(&with(at, "@@unique([s, at])")), ["unique-deleted"]);
    }
}
