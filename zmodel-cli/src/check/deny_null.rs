//! `deny-null`: a deny rule over a field that can be null, without a word about null.
//!
//! What is compared with null is unknown, and doubt goes against the caller: such a rule also denies rows in which the
//! field is null. ZenStack lets them through. Whoever comes from there, or did not think of it, should say which is
//! meant.

use std::collections::BTreeSet;

use super::nulls::{Place, Tested, rules, with_tests, with_tests_of_check};
use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::Schema;
use crate::source::Span;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for (_, model) in tables(schema) {
        for rule in rules(model).filter(|rule| !rule.allow) {
            let tested = Tested::by(&rule.condition);
            let mut first: Option<(Span, Place<'_>, Option<usize>)> = None;
            rule.condition.walk(&mut |part, depth| {
                let missing = Place::checked(schema, part, depth);
                let checked = missing.is_some().then_some(depth);
                let place = Place::nullable(part, depth).or(missing).filter(|place| !tested.has(place));
                first = first.take().or(place.map(|place| (part.span, place, checked)));
            });
            let Some((span, place, checked)) = first.filter(|(span, ..)| seen.insert(*span)) else { continue };
            let name = place.name(schema);
            let message = format!("where `{name}` is null, the rule denies too");
            let found = Diagnostic::warning("deny-null", span, message).related(rule.span, "the rule");
            let found = found.help(format!(
                "say what is meant: `{name} != null && …` spares such rows, `{name} == null || …` denies them"
            ));
            out.push(match checked {
                Some(depth) => with_tests_of_check(found, &rule.condition, (place, name), depth, span),
                None => with_tests(found, &rule.condition, name, span),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{codes, codes_whole};

    #[test]
    fn rules() {
        let found = |rule: &str| codes(&format!("model A {{ id Int @id n Int? a Boolean @@allow('all', a) {rule} }}"));
        for rule in ["n > 1", "a && n == 1", "!(n == 1)", "n in [1, 2]"] {
            assert_eq!(found(&format!("@@deny('read', {rule})")), ["deny-null"], "{rule}");
        }
        for rule in ["n != null && n > 1", "n == null || n > 1", "id > 1", "n == null"] {
            assert_eq!(found(&format!("@@deny('read', {rule})")), [""; 0], "{rule}");
        }
        assert_eq!(found("@@allow('read', n > 1)"), [""; 0]);
        assert_eq!(found("x Int @deny('read', n > 1)"), ["deny-null"]);
    }

    #[test]
    fn required_relations_without_foreign_keys() {
        let found = |mode: &str, rule: &str| {
            codes_whole(&format!(
                "datasource db {{ provider = 'sqlite' relationMode = '{mode}' }}
                 model A {{ id Int @id a Boolean bId Int b B @relation(fields: [bId], references: [id])
                   @@allow('all', a) {rule} }}
                 model B {{ id Int @id a Boolean as A[] @@allow('all', a) }}"
            ))
        };
        for rule in ["!check(b)", "a && check(b)"] {
            let rule = format!("@@deny('update', {rule})");
            assert_eq!(found("prisma", &rule), ["deny-null"], "{rule}");
            assert_eq!(found("foreignKeys", &rule), [""; 0], "{rule}");
        }
        for rule in ["b == null || !check(b)", "b != null && check(b)"] {
            assert_eq!(found("prisma", &format!("@@deny('update', {rule})")), [""; 0], "{rule}");
        }
    }

    #[test]
    fn rows_that_are_not_there() {
        let found = |rule: &str| {
            codes(&format!(
                "model A {{ id Int @id a Boolean bId Int? b B? @relation(fields: [bId], references: [id])
                   @@allow('all', a) {rule} }}
                 model B {{ id Int @id a Boolean as A[] @@allow('all', a) }}"
            ))
        };
        for rule in ["!check(b)", "check(b)", "a && !check(b, 'read')"] {
            assert_eq!(found(&format!("@@deny('update', {rule})")), ["deny-null"], "{rule}");
        }
        for rule in ["b == null || !check(b)", "b != null && check(b)"] {
            assert_eq!(found(&format!("@@deny('update', {rule})")), [""; 0], "{rule}");
        }
    }
}
