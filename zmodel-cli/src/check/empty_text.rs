//! `empty-text`: a rule looks for a text of the caller's in another one, and does not exclude the empty text.
//!
//! Every text contains the empty one, so a caller who has that is let in everywhere. A missing value is none: it is
//! unknown, and lets nobody in.

use std::collections::BTreeSet;

use super::nulls::{Signs, rules};
use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Auth, CallerPath, CallerStart, Expr, ExprKind, Field, FieldType, Schema, TextFunction};
use crate::source::Span;
use crate::syntax::ast::BinaryOp;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for (_, model) in tables(schema) {
        for rule in rules(model) {
            let (signs, excluded) = (Signs::of(&rule.condition), compared(&rule.condition));
            rule.condition.walk(&mut |part, _| {
                let ExprKind::Text(function, _, sought, _) = &part.kind else { return };
                // A search for nothing finds nothing.
                if *function == TextFunction::Search {
                    return;
                }
                let ExprKind::Caller(path) = &sought.kind else { return };
                let negated = signs.is_negated(part.span);
                // An allow rule that needs it to hold, or a deny rule that needs it not to.
                if rule.allow == negated || excluded.contains(&path) || !seen.insert(part.span) {
                    return;
                }
                let what = if rule.allow { "lets such a caller in" } else { "does not deny such a caller anything" };
                let message = format!("where this is empty, every text contains it, and the rule {what}");
                let found = Diagnostic::warning("empty-text", sought.span, message).related(rule.span, "the rule");
                let found = found.help("exclude the empty text: `… != '' && …`, or compare with `==`");
                out.push(match written(schema, path).filter(|_| !negated) {
                    Some(path) => {
                        let alone = part.span == rule.condition.span;
                        let (open, close) = if alone { ("", "") } else { ("(", ")") };
                        let before = Span { end: part.span.start, ..part.span };
                        let after = Span { start: part.span.end, ..part.span };
                        let edits = vec![(before, format!("{open}{path} != '' && ")), (after, close.to_owned())];
                        found.fix("exclude the empty text", edits)
                    }
                    None => found,
                });
            });
        }
    }
}

/// The values of the caller that a condition compares with a text, the empty one or another.
fn compared(condition: &Expr) -> Vec<&CallerPath> {
    let mut compared = Vec::new();
    condition.walk(&mut |part, _| {
        let ExprKind::Binary(BinaryOp::Eq | BinaryOp::Ne, left, right) = &part.kind else { return };
        for (side, other) in [(left, right), (right, left)] {
            if let (ExprKind::Caller(path), ExprKind::String(_)) = (&side.kind, &other.kind) {
                compared.push(path);
            }
        }
    });
    compared
}

/// How a value of the caller is written; none of one that belongs to a list.
fn written(schema: &Schema, path: &CallerPath) -> Option<String> {
    if path.start != CallerStart::Auth {
        return None;
    }
    let mut text = "auth()".to_owned();
    let mut fields: Option<&[Field]> = match schema.auth? {
        Auth::Model(at) => schema.models.get(at).map(|model| model.fields.as_slice()),
        Auth::Type(at) => schema.types.get(at).map(|ty| ty.fields.as_slice()),
    };
    for member in &path.members {
        let field = fields?.get(*member)?;
        text.push('.');
        text.push_str(&field.name.text);
        fields = match field.ty {
            FieldType::Model(at) => schema.models.get(at).map(|model| model.fields.as_slice()),
            FieldType::Type(at) => schema.types.get(at).map(|ty| ty.fields.as_slice()),
            _ => None,
        };
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    fn found(rule: &str) -> Vec<&'static str> {
        codes(&format!(
            "type Team {{ name String }}
             type Me {{ id Int @id name String? team Team? @@auth }}
             model A {{ id Int @id text String bs B[] {rule} }}
             model B {{ id Int @id text String aId Int a A @relation(fields: [aId], references: [id]) @@allow('all', true) }}"
        ))
    }

    #[test]
    fn texts_of_the_caller() {
        for rule in [
            "contains(text, auth().name)",
            "startsWith(text, auth().team.name)",
            "id == 1 || endsWith(text, auth().name)",
            "auth().name != null && contains(text, auth().name)",
            "bs?[contains(text, auth().name)]",
            "!(!contains(text, auth().name))",
        ] {
            assert_eq!(found(&format!("@@allow('read', {rule})")), ["empty-text"], "{rule}");
        }
        for rule in [
            "auth().name != '' && contains(text, auth().name)",
            "!contains(text, auth().name)",
            "bs^[contains(text, auth().name)]",
            "contains(text, 'x')",
            "contains(auth().name, text)",
            "text == auth().name",
        ] {
            assert_eq!(found(&format!("@@allow('read', {rule})")), [""; 0], "{rule}");
        }
    }

    #[test]
    fn what_a_deny_rule_lets_through() {
        assert_eq!(found("@@allow('read', true) @@deny('read', !contains(text, auth().name))"), ["empty-text"]);
        assert_eq!(found("@@allow('read', true) @@deny('read', contains(text, auth().name))"), [""; 0]);
    }
}
