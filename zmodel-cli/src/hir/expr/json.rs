//! `Json` values beside values of other types.
//!
//! Whether a `Json` value is the same as a text, a number or another `Json` value is asked as it is. In everything else it
//! counts as a value of the type that is asked for, and as missing if it holds something of another type.

use zmodel_runtime::schema::Type;

use super::super::{Expr, ExprKind, ValueType};
use crate::syntax::ast::BinaryOp;

/// The type that a JSON value is taken for beside a value of type `ty`, if it can be one.
const fn beside(ty: Type) -> Option<Type> {
    match ty {
        Type::Int | Type::BigInt => Some(Type::Int),
        Type::String | Type::Boolean | Type::Float | Type::Decimal | Type::DateTime | Type::Enum(_) => Some(ty),
        // Bytes and what only the database knows are in no JSON.
        _ => None,
    }
}

/// The operands of a comparison.
pub(super) fn compared(op: BinaryOp, l: Expr, r: Expr, validation: bool) -> (Expr, Expr) {
    let equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
    let taken_for = |json: &Expr, other: &Expr| {
        if !json.is_json() || other.ty.list {
            return None;
        }
        match other.ty.of {
            // What is known, or is JSON in the database, is compared as it is.
            _ if equality && !validation && may_be(other) => None,
            ValueType::Scalar(Type::Json) if equality => None,
            ValueType::Scalar(ty) if equality => beside(ty),
            ValueType::Scalar(Type::Decimal) => Some(Type::Decimal),
            ValueType::Scalar(Type::Int | Type::BigInt | Type::Float | Type::Json) => Some(Type::Float),
            _ => None,
        }
    };
    let (left, right) = (taken_for(&l, &r), taken_for(&r, &l));
    let side = |expr: Expr, ty: Option<Type>| match ty {
        Some(ty) => expr.if_json_as(ty),
        None => expr,
    };
    (side(l, left), side(r, right))
}

/// What is looked for in a list.
pub(super) fn sought(item: Expr, list: &Expr) -> Expr {
    let ty = match list.ty.of {
        ValueType::Scalar(ty) if list.ty.list => beside(ty),
        _ => None,
    };
    match ty {
        Some(ty) => item.if_json_as(ty),
        None => item,
    }
}

/// Whether it is a value that JSON can have, and that is known to be one before the database is asked, or is JSON there.
pub(super) fn may_be(expr: &Expr) -> bool {
    let plain =
        matches!(expr.ty.of, ValueType::Scalar(Type::String | Type::Boolean | Type::Int | Type::BigInt | Type::Float));
    let known = matches!(
        expr.kind,
        ExprKind::String(_) | ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Caller(_) | ExprKind::Current(..)
    );
    expr.is_json() || plain && known && !expr.ty.list
}
