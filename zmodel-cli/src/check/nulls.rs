//! What rules say about null: shared by the checks that ask whether somebody thought of it.

use crate::hir::{Expr, ExprKind, Model, RowPath, Rule, Schema};
use crate::syntax::ast::BinaryOp;

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

/// The rules of a model and of its fields.
pub(super) fn rules(model: &Model) -> impl Iterator<Item = &Rule> {
    model.rules.iter().chain(model.fields.iter().flat_map(|field| &field.rules).map(|of_field| &of_field.rule))
}
