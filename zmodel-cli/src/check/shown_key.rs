//! `shown-key`: a foreign key that everybody who sees the row can read refers to a field that a rule can hide.
//!
//! The two hold the same value, so the rule hides nothing from whoever reads the foreign key. Along the relation itself
//! nothing is told; the key is a field like any other.

use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{FieldType, Schema};

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    for (_, model) in tables(schema) {
        // What is inherited from a delegate is looked at there.
        for field in model.fields.iter().filter(|field| field.inherited.is_none()) {
            let (FieldType::Model(target), Some(relation)) = (field.ty, &field.relation) else { continue };
            if !relation.owns_key() {
                continue;
            }
            for (key, id) in relation.fields.iter().zip(&relation.references) {
                let key = model.fields.get(*key).filter(|key| !key.ignored && !key.can_be_hidden());
                let there = schema.models.get(target).filter(|there| !there.ignored);
                let (Some(key), Some(there)) = (key, there) else { continue };
                let Some(id) = there.fields.get(*id).filter(|id| id.can_be_hidden()) else { continue };
                let (shown, hidden) = (&key.name.text, format!("{}.{}", there.name.text, id.name.text));
                let message = format!("`{shown}` tells `{hidden}` to those from whom its rules hide that");
                let found = Diagnostic::warning("shown-key", key.name.span, message);
                let found = found.related(id.name.span, "the field that can be hidden");
                out.push(found.help(format!("give `{shown}` a rule about reading as well, or mark it `@ignore`")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn keys() {
        let found = |id: &str, key: &str| {
            codes(&format!(
                "model A {{ id Int @id {id} code Int @unique a Boolean bs B[] cs B[] @relation('c') @@allow('all', a) }}
                 model B {{ id Int @id aId Int {key} a A @relation(fields: [aId], references: [id])
                   cId Int c A @relation('c', fields: [cId], references: [code]) @@allow('all', aId > 1) }}"
            ))
        };
        assert_eq!(found("@allow('read', a)", ""), ["shown-key"]);
        assert_eq!(found("@deny('read', !a)", ""), ["shown-key"]);
        assert_eq!(found("@allow('read', a)", "@allow('read', id > 1)"), [""; 0]);
        assert_eq!(found("", ""), [""; 0]);
        assert_eq!(found("@allow('update', a)", ""), [""; 0]);
    }

    #[test]
    fn of_several_parts() {
        let found = codes(
            "model A { a Int b Int @deny('read', a > 1) bs B[] @@id([a, b]) @@allow('all', true) }
             model B { id Int @id x Int y Int a A @relation(fields: [x, y], references: [a, b]) @@allow('all', true) }",
        );
        assert_eq!(found, ["shown-key"]);
    }
}
