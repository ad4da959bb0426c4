//! Comparisons whose two sides are known before the database is asked.
//!
//! They mean what the same comparison means in SQL; values of different kinds cannot be compared, which is unknown.

use std::cmp::Ordering;

use rust_decimal::prelude::ToPrimitive as _;

use crate::schema::{Comparison, Needle};
use crate::value::{Decimal, Json, Value, canonical};

/// `left op right`; `None` if it is unknown.
pub(super) fn compare(comparison: Comparison, left: &Value, right: &Value) -> Option<bool> {
    if let (Value::Json(_), _) | (_, Value::Json(_)) = (left, right) {
        // Nothing else is asked of it.
        return (comparison == Comparison::Equal).then(|| canonical(as_json(left)) == canonical(as_json(right)));
    }
    let ordering = order(left, right)?;
    Some(match comparison {
        Comparison::Equal => ordering == Ordering::Equal,
        Comparison::NotEqual => ordering != Ordering::Equal,
        Comparison::Less => ordering == Ordering::Less,
        Comparison::LessOrEqual => ordering != Ordering::Greater,
        Comparison::Greater => ordering == Ordering::Greater,
        Comparison::GreaterOrEqual => ordering != Ordering::Less,
    })
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        (Value::DateTime(left), Value::DateTime(right)) => Some(left.cmp(right)),
        (Value::Bytes(left), Value::Bytes(right)) => Some(left.cmp(right)),
        (Value::Float(left), Value::Float(right)) => left.partial_cmp(right),
        _ => Some(exact(left)?.cmp(&exact(right)?)),
    }
}

/// A number of any kind, exactly.
pub(super) fn exact(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(value) => Some(Decimal::from(*value)),
        Value::Float(value) => Decimal::try_from(*value).ok(),
        Value::Decimal(value) => Some(*value),
        _ => None,
    }
}

/// A value, as JSON has it.
pub(super) fn as_json(value: &Value) -> Json {
    match value {
        Value::Json(json) => (**json).clone(),
        Value::Text(text) => Json::String(text.clone()),
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Decimal(value) => value.to_f64().into(),
        // As structures have them.
        Value::Bytes(bytes) => bytes.as_slice().into(),
        // Nothing else is compared with JSON, and these are the same as nothing in it.
        Value::Null | Value::DateTime(_) | Value::List(_) => Json::Null,
    }
}

/// Whether a text is found in another; `None` if one of them is not a text.
pub(super) fn text(needle: Needle, text: &Value, sought: &Value, ignore_case: bool) -> Option<bool> {
    let (Value::Text(text), Value::Text(sought)) = (text, sought) else { return None };
    let (text, sought) = if ignore_case {
        (text.to_ascii_lowercase(), sought.to_ascii_lowercase())
    } else {
        (text.clone(), sought.clone())
    };
    Some(match needle {
        Needle::Contains => text.contains(&sought),
        Needle::StartsWith => text.starts_with(&sought),
        Needle::EndsWith => text.ends_with(&sought),
    })
}
