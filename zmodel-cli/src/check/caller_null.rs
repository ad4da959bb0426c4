//! `caller-null`: an allow rule compares the caller with a field that can be null, without a word about null.
//!
//! Where the field is null the comparison is unknown, and what is unknown allows nothing: nobody is let in by it. That
//! is safe, but not what everybody expects of `!=`, and not what ZenStack 3 does: there a caller who is not signed in is
//! equal to null, and owns the rows without an owner.

use std::collections::BTreeSet;

use super::nulls::{Place, Tested, rules, with_tests};
use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{ExprKind, Schema};
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, Quantifier};

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for (_, model) in tables(schema) {
        for rule in rules(model).filter(|rule| rule.allow) {
            let tested = Tested::by(&rule.condition);
            if tested.caller {
                continue;
            }
            // Of these `every-null` speaks.
            let mut every: Vec<Span> = Vec::new();
            let mut found: Option<(Span, Span, Place<'_>)> = None;
            rule.condition.walk(&mut |part, depth| {
                if let ExprKind::Predicate(Quantifier::Every, ..) = &part.kind {
                    every.push(part.span);
                }
                let ExprKind::Binary(BinaryOp::Eq | BinaryOp::Ne, left, right) = &part.kind else { return };
                for (side, other) in [(left, right), (right, left)] {
                    let place = Place::nullable(side, depth).filter(|place| !tested.has(place));
                    let inside = every.iter().any(|span| span.start <= part.span.start && part.span.end <= span.end);
                    if let (Some(place), ExprKind::Caller(_), false) = (place, &other.kind, inside) {
                        found.get_or_insert((part.span, side.span, place));
                    }
                }
            });
            let Some((span, at, place)) = found.filter(|(span, ..)| seen.insert(*span)) else { continue };
            let name = place.name(schema);
            let message = format!("where `{name}` is null this is unknown, and lets nobody in");
            let found = Diagnostic::warning("caller-null", span, message).related(rule.span, "the rule");
            let found = found.help(format!(
                "say what is meant: `{name} != null && …` for just this, `{name} == null || …` to allow such rows too"
            ));
            out.push(with_tests(found, &rule.condition, name, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    fn found(rule: &str) -> Vec<&'static str> {
        codes(&format!(
            "type Me {{ id Int @id name String? team Int? @@auth }}
             model User {{ id Int @id as A[] @@allow('all', true) }}
             model A {{ id Int @id n Int? m Int userId Int? user User? @relation(fields: [userId], references: [id])
               bs B[] {rule} }}
             model B {{ id Int @id n Int? aId Int a A @relation(fields: [aId], references: [id]) @@allow('all', true) }}"
        ))
    }

    #[test]
    fn fields_that_can_be_null() {
        for rule in ["n == auth().id", "auth().id != n", "m == 1 || n == auth().team", "bs?[n == auth().id]"] {
            assert_eq!(found(&format!("@@allow('read', {rule})")), ["caller-null"], "{rule}");
        }
        assert_eq!(found("@@allow('all', true) x Int? @allow('read', n == auth().id)"), ["caller-null"]);
    }

    #[test]
    fn what_says_enough() {
        for rule in [
            "n != null && n == auth().id",
            "n == null || n == auth().id",
            "auth() != null && n == auth().id",
            "auth().team != null && n == auth().team",
            "bs?[n != null && n == auth().id]",
            "m == auth().team",
            "n == 1",
        ] {
            assert_eq!(found(&format!("@@allow('read', {rule})")), [""; 0], "{rule}");
        }
        // That is for `deny-null`.
        assert_eq!(found("@@allow('all', true) @@deny('read', n == auth().id)"), ["deny-null"]);
        // The test is about another row.
        assert_eq!(found("@@allow('read', n != null && bs?[n == auth().id])"), ["caller-null"]);
    }
}
