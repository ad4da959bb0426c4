//! `every-null`: `![…]` over a field that can be null, without a word about null.
//!
//! `posts![published]` says that all posts are published. Of one where that is null it cannot be said, so it cannot be
//! said of all, and what is unknown allows nothing. In ZenStack 3 such a row counts as if it fulfilled the condition.

use std::collections::BTreeSet;

use super::nulls::{Place, Tested, rules, with_tests};
use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{ExprKind, Schema};
use crate::source::Span;
use crate::syntax::ast::Quantifier;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for (_, model) in tables(schema) {
        // What a deny rule does with null is for `deny-null` to say.
        for rule in rules(model).filter(|rule| rule.allow) {
            let tested = Tested::by(&rule.condition);
            rule.condition.walk(&mut |part, depth| {
                let ExprKind::Predicate(Quantifier::Every, _, condition) = &part.kind else { return };
                let mut first: Option<(Span, Place<'_>)> = None;
                condition.walk(&mut |inner, below| {
                    let place = Place::nullable(inner, depth + 1 + below).filter(|place| !tested.has(place));
                    first = first.take().or(place.map(|place| (inner.span, place)));
                });
                let Some((span, place)) = first.filter(|(span, _)| seen.insert(*span)) else { return };
                let name = place.name(schema);
                let message = format!("where `{name}` is null, it is unknown whether all fulfil this");
                let found = Diagnostic::warning("every-null", span, message)
                    .label("unknown allows nothing")
                    .related(rule.span, "the rule");
                let found = found.help(format!(
                    "say what is meant: `![{name} != null && …]` for just this, `![{name} == null || …]` to let it pass"
                ));
                out.push(with_tests(found, &rule.condition, name, span));
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn rules() {
        let found = |rule: &str| {
            codes(&format!(
                "type Me {{ id Int @id @@auth }}
                 model A {{ id Int @id bs B[] {rule} }}
                 model B {{ id Int @id n Int? m Int aId Int a A @relation(fields: [aId], references: [id])
                   @@allow('all', true) }}"
            ))
        };
        for rule in ["bs![n > 1]", "bs![m > 1 && n == 2]", "!(bs![n > 1])", "bs![n == auth().id]", "bs![n in [1]]"] {
            assert_eq!(found(&format!("@@allow('read', {rule})")), ["every-null"], "{rule}");
        }
        for rule in ["bs![m > 1]", "bs?[n > 1]", "bs^[n > 1]", "bs![n != null && n > 1]", "bs![n == null]"] {
            assert_eq!(found(&format!("@@allow('read', {rule})")), [""; 0], "{rule}");
        }
        assert_eq!(found("@@allow('all', true) @@deny('read', bs![n > 1])"), ["deny-null"]);
    }
}
