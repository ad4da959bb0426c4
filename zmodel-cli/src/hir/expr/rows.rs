//! Lists of rows that are compared: they are the same if each row of the one is in the other. They have no order.

use super::super::{Auth, Collection, Expr, ExprKind, ValueType};
use super::FrameOf;
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, Quantifier};

/// `l == r` of two lists of rows of one model.
pub(super) fn same(l: &Expr, r: &Expr, span: Span) -> Expr {
    match (&l.kind, &r.kind) {
        (ExprKind::Missing, _) | (_, ExprKind::Missing) => Expr::boolean(ExprKind::Missing, span),
        // Also of a relation that leads through a row that is missing.
        (ExprKind::Row(a), ExprKind::Row(b)) if a == b => Expr::boolean(ExprKind::Bool(true), span),
        _ => both(BinaryOp::And, every_within(l, r, span), every_within(r, l, span), span),
    }
}

/// Whether each row of `all` is in `list`.
fn every_within(all: &Expr, list: &Expr, span: Span) -> Expr {
    if let ExprKind::Array(items) = &all.kind {
        let each = items.iter().map(|item| within(item, list, span));
        let all = each.reduce(|one, other| both(BinaryOp::And, one, other, span));
        return all.unwrap_or_else(|| Expr::boolean(ExprKind::Bool(true), span));
    }
    let Some((collection, row)) = elements(all, span) else { return Expr::error(span) };
    let inner = within(&row, &further(list), span);
    Expr::boolean(ExprKind::Predicate(Quantifier::Every, collection, Box::new(inner)), span)
}

/// Whether a row is in `list`.
fn within(row: &Expr, list: &Expr, span: Span) -> Expr {
    if let ExprKind::Array(items) = &list.kind {
        let each = items.iter().map(|item| both(BinaryOp::Eq, row.clone(), item.clone(), span));
        let any = each.reduce(|one, other| both(BinaryOp::Or, one, other, span));
        return any.unwrap_or_else(|| Expr::boolean(ExprKind::Bool(false), span));
    }
    let Some((collection, element)) = elements(list, span) else { return Expr::error(span) };
    let inner = both(BinaryOp::Eq, element, further(row), span);
    Expr::boolean(ExprKind::Predicate(Quantifier::Some, collection, Box::new(inner)), span)
}

/// A list of rows as a collection, and one of its rows as seen from a condition on it.
fn elements(list: &Expr, span: Span) -> Option<(Collection, Expr)> {
    let ValueType::Model(model) = list.ty.of else { return None };
    let (collection, of) = match &list.kind {
        ExprKind::Row(path) => (Collection::Rows(path.clone()), FrameOf::Row(model)),
        ExprKind::Caller(path) => (Collection::Caller(path.clone()), FrameOf::Caller(Auth::Model(model))),
        _ => return None,
    };
    Some((collection, super::Frame { of, binding: None }.expr(0, span)))
}

/// The same, seen from within one more predicate.
fn further(expr: &Expr) -> Expr {
    let mut expr = expr.clone();
    expr.outwards(1, 0);
    expr
}

fn both(op: BinaryOp, left: Expr, right: Expr, span: Span) -> Expr {
    Expr::boolean(ExprKind::Binary(op, Box::new(left), Box::new(right)), span)
}
