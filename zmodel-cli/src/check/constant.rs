//! `constant-rule`: a rule that is always or never so, whatever the row and the caller are.
//!
//! `@@allow('read', true)` says what it means. But a rule that only comes out as true, as `published || true` does, lets
//! everybody in by mistake, and one that is never true does nothing.

use super::nulls::rules;
use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Expr, ExprKind, Schema};
use crate::syntax::ast::BinaryOp;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    for (_, model) in tables(schema) {
        for rule in rules(model) {
            let Some(always) = constant(&rule.condition) else { continue };
            let written = matches!(rule.condition.kind, ExprKind::Bool(_));
            let (what, help) = match (rule.allow, always) {
                _ if always && written => continue,
                (true, true) => ("always holds, so it lets everybody in", "write `true` if that is meant"),
                (true, false) => ("never holds, so it allows nothing", "remove the rule"),
                (false, true) => ("always holds, so it keeps everybody out", "write `true` if that is meant"),
                (false, false) => ("never holds, so it denies nothing", "remove the rule"),
            };
            let found = Diagnostic::warning("constant-rule", rule.condition.span, format!("this {what}"));
            let found = found.help(help);
            out.push(if always { found.replacing("true") } else { found.removing("the rule", rule.span) });
        }
    }
}

/// What an expression always is, if its parts decide that without a row or a caller.
pub(super) fn constant(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Bool(value) => Some(*value),
        ExprKind::Not(inner) => constant(inner).map(|value| !value),
        ExprKind::Binary(BinaryOp::And, left, right) => match (constant(left), constant(right)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), other) | (other, Some(true)) => other,
            (None, None) => None,
        },
        ExprKind::Binary(BinaryOp::Or, left, right) => match (constant(left), constant(right)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), other) | (other, Some(false)) => other,
            (None, None) => None,
        },
        ExprKind::Binary(op @ (BinaryOp::Eq | BinaryOp::Ne), left, right) => {
            let same = match (&left.kind, &right.kind) {
                (ExprKind::Number(a), ExprKind::Number(b)) | (ExprKind::String(a), ExprKind::String(b)) => a == b,
                (ExprKind::Bool(a), ExprKind::Bool(b)) => a == b,
                (ExprKind::Member(a, x), ExprKind::Member(b, y)) if a == b => x == y,
                // A column that can be null is not certainly equal to itself.
                (ExprKind::Field(a, x), ExprKind::Field(b, y)) if a == b && x == y && !left.ty.nullable => true,
                _ => return None,
            };
            Some(same == (*op == BinaryOp::Eq))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn rules() {
        let found = |effect: &str, rule: &str| {
            codes(&format!("model A {{ id Int @id n Int? a Boolean @@allow('create', a) @@{effect}('read', {rule}) }}"))
        };
        for rule in ["a || true", "1 == 1", "!false", "a && false", "id == id", "'x' != 'x'", "false"] {
            assert_eq!(found("allow", rule), ["constant-rule"], "{rule}");
            assert_eq!(found("deny", rule), ["constant-rule"], "{rule}");
            let of_field =
                format!("model A {{ id Int @id n Int? a Boolean @deny('read', {rule}) @@allow('all', true) }}");
            assert_eq!(codes(&of_field), ["constant-rule"], "{rule}");
        }
        for rule in ["true", "a", "n == n", "a && true", "id == 1"] {
            assert_eq!(found("allow", rule), [""; 0], "{rule}");
        }
    }
}
