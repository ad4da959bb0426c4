//! What the statements need and SQLite does not have.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, Error, Result};

use crate::value::{self, Decimal};

/// Defines the collation and the functions that our statements use.
pub(super) fn define(connection: &Connection) -> Result<()> {
    connection.create_collation(crate::sql::DECIMAL, compare_decimals)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(crate::sql::CALCULATE, 4, flags, calculate)?;
    connection.create_scalar_function(crate::sql::APPEND, 2, flags, append)?;
    connection.create_scalar_function(crate::sql::CANONICAL, 1, flags, canonical)
}

/// Numbers by value; what is not a number comes after them, as text.
fn compare_decimals(left: &str, right: &str) -> std::cmp::Ordering {
    match (left.parse::<Decimal>(), right.parse::<Decimal>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
        (Ok(_), Err(_)) => std::cmp::Ordering::Less,
        (Err(_), Ok(_)) => std::cmp::Ordering::Greater,
        (Err(_), Err(_)) => left.cmp(right),
    }
}

/// A calculation that cannot be done.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Impossible(&'static str);

fn impossible(why: &'static str) -> Error {
    Error::UserFunctionError(Box::new(Impossible(why)))
}

/// `(kind, operator, number, number)`; NULL if one of the numbers is.
fn calculate(context: &Context<'_>) -> Result<Cell> {
    if matches!(context.get_raw(2), ValueRef::Null) || matches!(context.get_raw(3), ValueRef::Null) {
        return Ok(Cell::Null);
    }
    let (kind, operator) = (context.get_raw(0).as_str()?, context.get_raw(1).as_str()?);
    match kind {
        "decimal" => {
            let (left, right) = (decimal(context.get_raw(2))?, decimal(context.get_raw(3))?);
            let result = match operator {
                "+" => left.checked_add(right),
                "-" => left.checked_sub(right),
                "*" => left.checked_mul(right),
                _ => left.checked_div(right),
            };
            let result = result.ok_or_else(|| impossible("a Decimal is out of range, or divided by zero"))?;
            Ok(Cell::Text(result.normalize().to_string()))
        }
        "float" => {
            let (left, right) = (float(context.get_raw(2))?, float(context.get_raw(3))?);
            Ok(Cell::Real(match operator {
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                _ if right == 0.0 => return Err(impossible("a Float is divided by zero")),
                _ => left / right,
            }))
        }
        kind => {
            let (left, right) = (context.get_raw(2).as_i64()?, context.get_raw(3).as_i64()?);
            let result = match operator {
                "+" => left.checked_add(right),
                "-" => left.checked_sub(right),
                "*" => left.checked_mul(right),
                _ => left.checked_div(right),
            };
            let fits = |number: &i64| kind == "bigint" || i32::try_from(*number).is_ok();
            let result =
                result.filter(fits).ok_or_else(|| impossible("a number is out of range, or divided by zero"))?;
            Ok(Cell::Integer(result))
        }
    }
}

fn decimal(value: ValueRef<'_>) -> Result<Decimal> {
    let found = match value {
        ValueRef::Text(_) => value.as_str()?.parse().ok(),
        ValueRef::Integer(number) => Some(Decimal::from(number)),
        ValueRef::Real(number) => Decimal::try_from(number).ok(),
        ValueRef::Null | ValueRef::Blob(_) => None,
    };
    found.ok_or_else(|| impossible("a Decimal is not a number"))
}

#[expect(clippy::cast_precision_loss, reason = "SQLite gives a Float without a fraction as a whole number")]
fn float(value: ValueRef<'_>) -> Result<f64> {
    match value {
        ValueRef::Integer(number) => Ok(number as f64),
        other => Ok(other.as_f64()?),
    }
}

/// `(json)`; NULL if it is none.
fn canonical(context: &Context<'_>) -> Result<Option<String>> {
    let json = match context.get_raw(0) {
        ValueRef::Null | ValueRef::Blob(_) => None,
        ValueRef::Integer(number) => Some(number.into()),
        ValueRef::Real(number) => Some(number.into()),
        text @ ValueRef::Text(_) => serde_json::from_str(text.as_str()?).ok(),
    };
    Ok(json.map(|json| value::canonical(json).to_string()))
}

/// `(list, more)`: lists as JSON arrays; a list that is NULL has no elements.
fn append(context: &Context<'_>) -> Result<String> {
    let mut all = elements(context.get_raw(0))?;
    all.extend(elements(context.get_raw(1))?);
    Ok(serde_json::Value::Array(all).to_string())
}

fn elements(list: ValueRef<'_>) -> Result<Vec<serde_json::Value>> {
    match list {
        ValueRef::Null => Ok(Vec::new()),
        text => serde_json::from_str(text.as_str()?).map_err(|_| impossible("a list is not a JSON array")),
    }
}
