//! `autoincrement-not-id`: on `SQLite` only the id counts up by itself.

use zmodel_runtime::schema::Provider;

use super::written;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Default, Schema};

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    if schema.datasource.as_ref().is_none_or(|source| source.provider != Provider::Sqlite) {
        return;
    }
    for (_, model) in written(schema) {
        for (at, field) in model.fields.iter().enumerate() {
            if field.default == Some(Default::AutoIncrement) && model.id != [at] {
                let message = format!("`{}` is not the id, and `sqlite` counts up only ids", field.name.text);
                let found = Diagnostic::error("autoincrement-not-id", field.span, message);
                out.push(found.help("make it the `@id`, or set it when a row is created"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn only_ids() {
        let text = "model A { id String @id n Int @default(autoincrement()) @@allow('all', true) }";
        assert_eq!(codes(text), ["autoincrement-not-id"]);
    }
}
