//! Fields that the database must not know, where it has to know them.

use std::collections::BTreeSet;

use zmodel_runtime::schema::Secret;

use super::keys::compared;
use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Field, FieldType, Schema};

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut inside = Vec::new();
    let keys = compared(schema, |field| field.secret.is_some());
    for (at, model) in tables(schema) {
        for (position, field) in model.fields.iter().enumerate() {
            match field.ty {
                FieldType::Type(ty) => inside.push(ty),
                _ => fault(field, keys.contains(&(at, position))).into_iter().for_each(|found| out.push(found)),
            }
        }
    }
    let mut seen = BTreeSet::new();
    while let Some(at) = inside.pop() {
        if !seen.insert(at) {
            continue;
        }
        for field in schema.types.get(at).map_or(&[][..], |ty| &ty.fields) {
            if let FieldType::Type(inner) = field.ty {
                inside.push(inner);
            }
            if let Some(secret) = field.secret {
                let message = format!("`{}` cannot stand on a part of a JSON document", name(secret));
                let found = Diagnostic::error("misplaced-secret", field.span, message);
                out.push(found.help("put it on a field of a model"));
            }
        }
    }
}

/// What is wrong with a field that the database must not know.
fn fault(field: &Field, key: bool) -> Option<Diagnostic> {
    let secret = field.secret?;
    let name = name(secret);
    let (message, help) = if key {
        (
            format!("`{name}` cannot stand on `{}`, by which rows are found", field.name.text),
            "a secret is kept in another form each time, so nothing is ever equal to it; take another field for the key",
        )
    } else if secret == Secret::Password && field.list {
        (format!("`{}` is a list, and a password is a single text", field.name.text), "remove the `[]`")
    } else if secret == Secret::Password && field.default.is_some() {
        (
            format!("`{}` has a default, which would be everybody's password", field.name.text),
            "remove the `@default`; make the field optional where there need not be a password",
        )
    } else {
        return None;
    };
    Some(Diagnostic::error("misplaced-secret", field.span, message).help(help))
}

const fn name(secret: Secret) -> &'static str {
    match secret {
        Secret::Password => "@password",
        Secret::Encrypted => "@encrypted",
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn secrets_are_not_compared() {
        let rules = "@@allow('all', true)";
        for field in [
            "s String @unique @encrypted",
            "s String @encrypted @@index([s])",
            "s String @password @@unique([id, s])",
            "s String[] @password",
            "s String @password @default('x')",
            "s String @password @encrypted",
        ] {
            let text = format!("model A {{ id Int @id {field} {rules} }}");
            assert_eq!(codes(&text), ["misplaced-secret"], "{field}");
        }
        assert_eq!(codes(&format!("model A {{ id String @id @encrypted {rules} }}")), ["misplaced-secret"]);
        let json = format!("type T {{ s String @password }} model A {{ id Int @id t T @json {rules} }}");
        assert_eq!(codes(&json), ["misplaced-secret"]);
        let pair = |a: &str, b: &str| {
            format!(
                "model A {{ id Int @id u String @unique {a} bs B[] {rules} }}
                 model B {{ id Int @id a A @relation(fields: [k], references: [u]) k String {b} {rules} }}"
            )
        };
        assert_eq!(codes(&pair("", "@encrypted")), ["misplaced-secret"]);
        assert_eq!(codes(&pair("@encrypted", "")), ["misplaced-secret"]);
        let fine = format!(
            "type T {{ p String @password @length(8) }}
             model A with T {{ id Int @id s String? @encrypted l String[] @encrypted d String @default('') @encrypted {rules} }}"
        );
        assert_eq!(codes(&fine), [""; 0]);
    }
}
