//! `update-null`: a rule that allows to change a field compares another field that can be null, without a word about null.
//!
//! Where that is null the comparison is unknown, and what is unknown allows nothing: nobody can change the field. In
//! ZenStack 3 everybody can.

use std::collections::BTreeSet;

use zmodel_runtime::schema::Operation;

use super::nulls::{Place, Tested, with_tests};
use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Expr, ExprKind, Schema};
use crate::source::Span;
use crate::syntax::ast::Quantifier;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for (_, model) in tables(schema) {
        let rules = model.fields.iter().flat_map(|field| &field.rules).map(|of_field| &of_field.rule);
        for rule in rules.filter(|rule| rule.allow && rule.operations.contains(Operation::Update)) {
            let (tested, others) = (Tested::by(&rule.condition), others(&rule.condition));
            let mut first: Option<(Span, Place<'_>)> = None;
            rule.condition.walk(&mut |part, depth| {
                let told = others.iter().any(|span| span.start <= part.span.start && part.span.end <= span.end);
                let place = Place::nullable(part, depth).filter(|place| !told && !tested.has(place));
                first = first.take().or(place.map(|place| (part.span, place)));
            });
            let Some((span, place)) = first.filter(|(span, _)| seen.insert(*span)) else { continue };
            let name = place.name(schema);
            let message = format!("where `{name}` is null this is unknown, and nobody can change the field");
            let found = Diagnostic::warning("update-null", span, message).related(rule.span, "the rule");
            let found = found.help(format!(
                "say what is meant: `{name} != null && …` for just this, `{name} == null || …` to allow it there too"
            ));
            out.push(with_tests(found, &rule.condition, name, span));
        }
    }
}

/// What `caller-null` and `every-null` speak of.
fn others(condition: &Expr) -> Vec<Span> {
    let mut others = Vec::new();
    condition.walk(&mut |part, _| match &part.kind {
        ExprKind::Binary(_, left, right)
            if matches!(left.kind, ExprKind::Caller(_)) || matches!(right.kind, ExprKind::Caller(_)) =>
        {
            others.push(part.span);
        }
        ExprKind::Predicate(Quantifier::Every, ..) => others.push(part.span),
        _ => {}
    });
    others
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn rules() {
        let found = |rule: &str| {
            codes(&format!(
                "type Me {{ id Int @id @@auth }}
                 model A {{ id Int @id n Int? m Int x Int {rule} @@allow('all', true) }}"
            ))
        };
        for rule in ["n > 1", "m == 1 || n == 2", "!(n == 1)", "n in [1, 2]"] {
            assert_eq!(found(&format!("@allow('update', {rule})")), ["update-null"], "{rule}");
            assert_eq!(found(&format!("@allow('all', {rule})")), ["update-null"], "{rule}");
        }
        for rule in ["n != null && n > 1", "n == null || n > 1", "m > 1", "n == null"] {
            assert_eq!(found(&format!("@allow('update', {rule})")), [""; 0], "{rule}");
        }
        assert_eq!(found("@allow('read', n > 1)"), [""; 0]);
        // These are for others to speak of.
        assert_eq!(found("@allow('update', n == auth().id)"), ["caller-null"]);
        assert_eq!(found("@deny('update', n > 1)"), ["deny-null"]);
    }
}
