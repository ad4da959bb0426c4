//! What rules say about null: shared by the checks that ask whether somebody thought of it.

use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind, Model, RowPath, Rule, Schema};
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, Quantifier};

/// A field or relation that can be null, as a condition reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'e> {
    model: usize,
    /// The row it starts from, counted from the one that the rule is about.
    row: isize,
    through: &'e [usize],
    field: Option<usize>,
}

impl<'e> Place<'e> {
    /// The place that an expression stands for, below so many predicates.
    fn of(part: &'e Expr, depth: usize) -> Option<Self> {
        let (path, field): (&RowPath, _) = match &part.kind {
            ExprKind::Field(path, field) => (path, Some(*field)),
            ExprKind::Row(path) if !path.through.is_empty() => (path, None),
            _ => return None,
        };
        let row = isize::try_from(depth).ok()?.checked_sub(isize::from(path.up))?;
        Some(Self { model: path.model, row, through: &path.through, field })
    }

    /// The field or relation of a row in sight that can be null there.
    pub(super) fn nullable(part: &'e Expr, depth: usize) -> Option<Self> {
        let place = Self::of(part, depth).filter(|_| part.ty.nullable && !part.ty.list)?;
        (place.through.len() + usize::from(place.field.is_some()) == 1).then_some(place)
    }

    /// The relation to a row that may be missing, of what `check()` asks.
    pub(super) fn checked(schema: &Schema, part: &'e Expr, depth: usize) -> Option<Self> {
        let ExprKind::Check(path, _) = &part.kind else { return None };
        let [step] = path.through.as_slice() else { return None };
        let optional = schema.models.get(path.model)?.fields.get(*step)?.optional || schema.is_without_foreign_keys();
        let row = isize::try_from(depth).ok()?.checked_sub(isize::from(path.up))?;
        optional.then_some(Self { model: path.model, row, through: &path.through, field: None })
    }

    /// Whether a bare name, below so many predicates, means this place.
    fn is_innermost(&self, depth: usize) -> bool {
        isize::try_from(depth) == Ok(self.row)
    }

    /// Its name in the schema.
    pub(super) fn name(&self, schema: &'e Schema) -> &'e str {
        let at = self.field.or(self.through.first().copied());
        let field = at.and_then(|at| schema.models.get(self.model)?.fields.get(at));
        field.map_or("", |field| &field.name.text)
    }
}

/// What a condition compares with `null` somewhere.
#[derive(Debug, Default)]
pub(super) struct Tested<'e> {
    places: Vec<Place<'e>>,
    /// Whether something of the caller's is.
    pub(super) caller: bool,
}

impl<'e> Tested<'e> {
    pub(super) fn by(condition: &'e Expr) -> Self {
        let mut tested = Self::default();
        condition.walk(&mut |part, depth| {
            let ExprKind::Binary(BinaryOp::Eq | BinaryOp::Ne, left, right) = &part.kind else { return };
            for (side, other) in [(left, right), (right, left)] {
                if other.kind == ExprKind::Null {
                    tested.places.extend(Place::of(side, depth));
                    tested.caller |= matches!(side.kind, ExprKind::Caller(_));
                }
            }
        });
        tested
    }

    pub(super) fn has(&self, place: &Place<'_>) -> bool {
        self.places.contains(place)
    }
}

/// With the two things that can be meant as changes: a null test before the comparison that the name stands in. None
/// where the name is written as a path, or a `!` around it would turn the test into its opposite.
pub(super) fn with_tests(found: Diagnostic, condition: &Expr, name: &str, at: Span) -> Diagnostic {
    let bare = usize::try_from(at.end - at.start) == Ok(name.len());
    let compared = comparison(condition, at).filter(|_| bare);
    tested(found, condition, name, compared)
}

/// The same for a `check()` of a relation, below so many predicates.
pub(super) fn with_tests_of_check(
    found: Diagnostic,
    condition: &Expr,
    (place, name): (Place<'_>, &str),
    depth: usize,
    check: Span,
) -> Diagnostic {
    let compared = negated(condition, check).or_else(|| comparison(condition, check));
    tested(found, condition, name, compared.filter(|_| place.is_innermost(depth)))
}

fn tested(found: Diagnostic, condition: &Expr, name: &str, compared: Option<Span>) -> Diagnostic {
    let Some(compared) = compared else { return found };
    let alone = compared == condition.span;
    let around = |test: &str| {
        let (open, close) = if alone { ("", "") } else { ("(", ")") };
        let before = (Span { end: compared.start, ..compared }, format!("{open}{name} {test} "));
        let after = (Span { start: compared.end, ..compared }, close.to_owned());
        if alone { vec![before] } else { vec![before, after] }
    };
    let found = found.fix(format!("add `{name} != null && …`"), around("!= null &&"));
    found.fix(format!("add `{name} == null || …`"), around("== null ||"))
}

/// The `!` right before an expression, with it, where no other one is around them.
fn negated(condition: &Expr, of: Span) -> Option<Span> {
    let mut around = Vec::new();
    condition.walk(&mut |part, _| {
        if let ExprKind::Not(inner) = &part.kind
            && part.span.start <= of.start
            && of.end <= part.span.end
        {
            around.push((part.span, inner.span));
        }
    });
    match around.as_slice() {
        [(span, inner)] if *inner == of => Some(*span),
        _ => None,
    }
}

/// Which parts of a condition count the other way round: what is below a `!` or in a `^[…]`.
#[derive(Debug)]
pub(super) struct Signs(Vec<Span>);

impl Signs {
    pub(super) fn of(condition: &Expr) -> Self {
        let mut turned = Vec::new();
        condition.walk(&mut |part, _| {
            if let ExprKind::Not(inner) | ExprKind::Predicate(Quantifier::None, _, inner) = &part.kind {
                turned.push(inner.span);
            }
        });
        Self(turned)
    }

    pub(super) fn is_negated(&self, part: Span) -> bool {
        self.0.iter().filter(|turned| turned.start <= part.start && part.end <= turned.end).count() % 2 == 1
    }
}

/// The smallest condition around a place that is not put together from others; none below a `!`.
fn comparison(condition: &Expr, at: Span) -> Option<Span> {
    let holds = |part: &Expr| part.span.start <= at.start && at.end <= part.span.end;
    match &condition.kind {
        ExprKind::Binary(BinaryOp::And | BinaryOp::Or, left, right) => {
            comparison(if holds(left) { left } else { right }, at)
        }
        ExprKind::Predicate(_, _, inner) if holds(inner) => comparison(inner, at),
        ExprKind::Not(_) => None,
        _ => holds(condition).then_some(condition.span),
    }
}

/// The rules of a model and of its fields.
pub(super) fn rules(model: &Model) -> impl Iterator<Item = &Rule> {
    model.rules.iter().chain(model.fields.iter().flat_map(|field| &field.rules).map(|of_field| &of_field.rule))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// The rules after the first fix of the only finding.
    fn fixed(rule: &str) -> Option<String> {
        let text = format!(
            "model A {{ @@allow('all', a) @@deny('read', {rule}) id Int @id n Int? a Boolean bs B[] }}
             model B {{ id Int @id n Int? aId Int a A @relation(fields: [aId], references: [id]) @@allow('all', true) }}"
        );
        let checked = check(&text);
        let [found] = checked.diagnostics.iter().as_slice() else { panic!("{:?}", checked.diagnostics) };
        assert_eq!(found.code, "deny-null");
        let mut fixed = text.clone();
        for (span, new) in found.fixes.first()?.edits.iter().rev() {
            fixed.replace_range(span.start as usize..span.end as usize, new);
        }
        assert!(check(&fixed).diagnostics.is_empty(), "{fixed}");
        let (_, rest) = fixed.split_once("@@deny('read', ")?;
        rest.split_once(") id Int").map(|(rule, _)| rule.to_owned())
    }

    #[test]
    fn a_test_is_added_where_it_says_what_is_meant() {
        for (rule, expected) in [
            ("n > 1", Some("n != null && n > 1")),
            ("a && n > 1", Some("a && (n != null && n > 1)")),
            ("a || (n > 1 && a)", Some("a || ((n != null && n > 1) && a)")),
            ("bs?[n > 1]", Some("bs?[(n != null && n > 1)]")),
            ("!(n > 1)", None),
            ("this.n > 1", None),
        ] {
            assert_eq!(fixed(rule).as_deref(), expected, "{rule}");
        }
    }
}
