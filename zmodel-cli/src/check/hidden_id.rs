//! What hides the id of a row, without which it can neither be read back nor be found again, or what refers to one.

use super::keys::keys;
use super::tables;
use crate::diagnostic::Diagnostics;
use crate::hir::{Schema, unsupported};

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let keys = keys(schema, |field| field.omitted);
    for (at, model) in tables(schema) {
        for field in model.id.iter().filter_map(|at| model.fields.get(*at)).filter(|field| field.can_be_hidden()) {
            let span = field.rules.first().map_or(field.span, |field| field.rule.span);
            out.push(unsupported(span, "a rule that hides a part of the id"));
        }
        let omitted = model.fields.iter().enumerate().filter(|(of, field)| field.omitted && keys.contains(&(at, *of)));
        for (_, field) in omitted {
            out.push(unsupported(field.span, "`@omit` on a field that rows are found by"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn hidden_ids() {
        let schema =
            |rule: &str| format!("model A {{ id Int @id {rule} n Int @allow('all', id > 1) @@allow('all', true) }}");
        assert_eq!(codes(&schema("@allow('read', n > 1)")), ["not-supported-yet"]);
        assert_eq!(codes(&schema("@deny('update', n > 1)")), [""; 0]);
    }

    #[test]
    fn omitted_keys() {
        let rules = "@@allow('all', true)";
        let b = |omit: &str| {
            format!("model B {{ id Int @id a A @relation(fields: [k], references: [u]) k Int {omit} {rules} }}")
        };
        let a = |omit: &str| format!("model A {{ id Int @id u Int @unique {omit} bs B[] s String @omit {rules} }}");
        assert_eq!(codes(&(a("") + &b(""))), [""; 0]);
        assert_eq!(codes(&(a("@omit") + &b(""))), ["not-supported-yet"]);
        assert_eq!(codes(&(a("") + &b("@omit"))), ["not-supported-yet"]);
        assert_eq!(codes("model A { id Int @id @omit @@allow('all', true) }"), ["not-supported-yet"]);
    }
}
