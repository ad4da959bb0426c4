//! `duplicate-map`: two models with one table, or two fields with one column. `empty-name`: one without a name.

use std::collections::BTreeMap;

use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{FieldType, Schema};
use crate::source::Span;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut tables_seen: BTreeMap<String, Span> = BTreeMap::new();
    for (_, model) in tables(schema) {
        if let Some(first) = tables_seen.insert(model.table.to_string(), model.name.span) {
            let message = format!("two models have the table `{}`", model.table);
            let found = Diagnostic::error("duplicate-map", model.name.span, message).related(first, "the other one");
            out.push(found.help("give them different `@@map` names"));
        }
        let named = model.fields.iter().map(|field| (field.column.as_str(), field.name.span));
        for (_, span) in named.chain([(model.table.name.as_str(), model.name.span)]).filter(|(name, _)| name.is_empty())
        {
            let found = Diagnostic::error("empty-name", span, "the name in the database is empty");
            out.push(found.help("write a name, or leave the attribute out"));
        }
        let mut columns: BTreeMap<&str, Span> = BTreeMap::new();
        for field in model.fields.iter().filter(|field| !matches!(field.ty, FieldType::Model(_))) {
            if let Some(first) = columns.insert(&field.column, field.name.span) {
                let message = format!("two fields of `{}` have the column `{}`", model.name.text, field.column);
                let found = Diagnostic::error("duplicate-map", field.name.span, message);
                out.push(found.related(first, "the other one").help("give them different `@map` names"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{check_whole, codes};

    #[test]
    fn duplicates() {
        let text = "model A { id Int @id x Int @map('id') @@allow('all', true) }
            model B { id Int @id @@map('A') @@allow('all', true) }";
        assert_eq!(codes(text), ["duplicate-map", "duplicate-map"]);
        let text = "model A { id Int @id @@allow('all', true) } view V { x Int @@map('A') @@allow('read', true) }";
        assert_eq!(codes(text), ["duplicate-map"]);
        let source = "datasource db { provider = 'postgresql' schemas = ['public', 'x'] defaultSchema = 'x' }";
        let models = |one, other| {
            format!(
                "{source} model A {{ id Int @id {one} @@allow('all', true) }}
                model B {{ id Int @id @@map('A') {other} @@allow('all', true) }}"
            )
        };
        let found = |text: &str| check_whole(text).diagnostics.iter().map(|found| found.code).collect::<Vec<_>>();
        assert_eq!(found(&models("", "@@schema('public')")), [""; 0]);
        assert_eq!(found(&models("", "@@schema('x')")), ["duplicate-map"]);
        let text = "model A { id Int @id x Int @map('') @@map('') @@allow('all', true) }";
        assert_eq!(codes(text), ["empty-name", "empty-name"]);
    }
}
