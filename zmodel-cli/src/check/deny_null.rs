//! `deny-null`: a deny rule over a field that can be null, without a word about null.
//!
//! What is compared with null is unknown, and doubt goes against the caller: such a rule also denies rows in which the
//! field is null. ZenStack lets them through. Whoever comes from there, or did not think of it, should say which is
//! meant.

use std::collections::BTreeSet;

use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Expr, ExprKind, RowPath, Schema};
use crate::source::Span;
use crate::syntax::ast::BinaryOp;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for (_, model) in tables(schema) {
        for rule in model.rules.iter().filter(|rule| !rule.allow) {
            let tested = null_tests(&rule.condition);
            let mut first: Option<&Expr> = None;
            rule.condition.walk(&mut |part, _| {
                if let ExprKind::Field(path, field) = &part.kind
                    && part.ty.nullable
                    && path.through.is_empty()
                    && !tested.contains(&(path, *field))
                {
                    first.get_or_insert(part);
                }
            });
            let Some(part) = first.filter(|part| seen.insert(part.span)) else { continue };
            let found = Diagnostic::warning("deny-null", part.span, "where this is null, the rule denies too");
            let found = found.related(rule.span, "the rule");
            out.push(found.help("say what is meant: `… != null && …` spares such rows, `… == null || …` denies them"));
        }
    }
}

/// The fields that are compared with `null` somewhere.
fn null_tests(condition: &Expr) -> Vec<(&RowPath, usize)> {
    let mut tested = Vec::new();
    condition.walk(&mut |part, _| {
        if let ExprKind::Binary(BinaryOp::Eq | BinaryOp::Ne, left, right) = &part.kind {
            for (side, other) in [(left, right), (right, left)] {
                if let (ExprKind::Field(path, field), ExprKind::Null) = (&side.kind, &other.kind) {
                    tested.push((path, *field));
                }
            }
        }
    });
    tested
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

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
    }
}
