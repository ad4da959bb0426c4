//! Looking at every part of an expression.

use super::{Collection, DocumentPath, DocumentStart, Expr, ExprKind, RowPath};

impl Expr {
    /// Shows this expression and everything inside it to `see`, with the number of predicates around each.
    pub fn walk<'e>(&'e self, see: &mut impl FnMut(&'e Self, usize)) {
        self.walk_at(0, see);
    }

    /// Whether it, or something inside it, is what `wanted` looks for.
    pub fn has(&self, mut wanted: impl FnMut(&Self) -> bool) -> bool {
        let mut found = false;
        self.walk(&mut |part, _| found = found || wanted(part));
        found
    }

    /// Whether it looks at the row in its other state: `before()`, `future()`.
    pub fn compares_states(&self) -> bool {
        let mut found = false;
        self.walk(&mut |part, depth| {
            found = found || part.path().is_some_and(|path| usize::from(path.up) > depth);
        });
        found
    }

    /// The way from one of the rows in sight by which this expression itself, not what is inside it, comes to its value.
    pub fn path(&self) -> Option<&RowPath> {
        match &self.kind {
            ExprKind::Row(path)
            | ExprKind::Field(path, _)
            | ExprKind::Document(DocumentPath { start: DocumentStart::Field(path, _), .. })
            | ExprKind::Check(path, _)
            | ExprKind::Predicate(
                _,
                Collection::Rows(path)
                | Collection::Document(DocumentPath { start: DocumentStart::Field(path, _), .. }),
                _,
            ) => Some(path),
            _ => None,
        }
    }

    fn walk_at<'e>(&'e self, depth: usize, see: &mut impl FnMut(&'e Self, usize)) {
        see(self, depth);
        match &self.kind {
            ExprKind::Array(items) => items.iter().for_each(|item| item.walk_at(depth, see)),
            ExprKind::Not(inner)
            | ExprKind::JsonAs(inner, _)
            | ExprKind::Empty(inner)
            | ExprKind::Length(inner)
            | ExprKind::Passes(_, inner) => {
                inner.walk_at(depth, see);
            }
            ExprKind::Binary(_, left, right) | ExprKind::Text(_, left, right, _) | ExprKind::Share(_, left, right) => {
                left.walk_at(depth, see);
                right.walk_at(depth, see);
            }
            ExprKind::Predicate(_, _, condition) => condition.walk_at(depth + 1, see),
            ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Null
            | ExprKind::Member(..)
            | ExprKind::Caller(_)
            | ExprKind::Row(_)
            | ExprKind::Field(..)
            | ExprKind::Document(_)
            | ExprKind::Now
            | ExprKind::Current(..)
            | ExprKind::Check(..)
            | ExprKind::Missing
            | ExprKind::Error => {}
        }
    }
}
