//! What the statements need and SQLite does not have.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, Error, Result};

use crate::value::{self, Decimal};

/// Defines the collation and the functions that our statements use.
pub(super) fn define(connection: &Connection) -> Result<()> {
    connection.create_collation(crate::sql::DECIMAL, compare_decimals)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection
        .create_scalar_function(crate::sql::DECIMAL_OF, 1, flags, |context| Ok(decimal_of(context.get_raw(0))))?;
    connection
        .create_scalar_function(crate::sql::INSTANT_OF, 1, flags, |context| Ok(instant_of(context.get_raw(0))))?;
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

/// A number, or a text that is one, as a Decimal is kept; NULL if it is none.
fn decimal_of(value: ValueRef<'_>) -> Cell {
    let number: Option<Decimal> = match value {
        ValueRef::Integer(number) => Some(number.into()),
        ValueRef::Real(number) => number.to_string().parse().ok(),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().and_then(value::decimal_in_json),
        ValueRef::Null | ValueRef::Blob(_) => None,
    };
    number.map_or(Cell::Null, |number| Cell::Text(number.normalize().to_string()))
}

/// A text that is an instant, as an instant is kept; NULL for anything else.
fn instant_of(value: ValueRef<'_>) -> Option<String> {
    let ValueRef::Text(text) = value else { return None };
    std::str::from_utf8(text).ok().and_then(value::instant_in_json).map(value::instant_text)
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

/// `(json)`. What is nested too deeply to be read stays as it is written: were it NULL, every element that is sought would
/// count as found in a list that has it.
fn canonical(context: &Context<'_>) -> Result<Option<String>> {
    let json = match context.get_raw(0) {
        ValueRef::Null | ValueRef::Blob(_) => return Ok(None),
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        text @ ValueRef::Text(_) => {
            let text = text.as_str()?;
            let Ok(json) = serde_json::from_str(text) else { return Ok(Some(text.to_owned())) };
            json
        }
    };
    Ok(Some(value::canonical(json).to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_number_if_it_is_nothing_else() {
        let of = |value: ValueRef<'_>| match decimal_of(value) {
            Cell::Text(text) => Some(text),
            _ => None,
        };
        for (text, number) in [("10.50", Some("10.5")), ("-7", Some("-7")), ("0", Some("0"))] {
            assert_eq!(of(ValueRef::Text(text.as_bytes())).as_deref(), number);
        }
        for text in ["", "-", ".5", "5.", "+5", "--5", "1e3", "1_0", "1.2.3", "x", "79228162514264337593543950336"] {
            assert_eq!(of(ValueRef::Text(text.as_bytes())), None, "{text}");
        }
        assert_eq!(of(ValueRef::Integer(12)).as_deref(), Some("12"));
        assert_eq!(of(ValueRef::Real(0.1)).as_deref(), Some("0.1"));
        assert_eq!((of(ValueRef::Null), of(ValueRef::Blob(b"1"))), (None, None));
    }

    #[test]
    fn a_text_is_an_instant_if_it_names_a_day() {
        let of = |text: &str| instant_of(ValueRef::Text(text.as_bytes()));
        assert_eq!(of("2023-03-01 14:30+0130").as_deref(), Some("2023-03-01T13:00:00.000Z"));
        assert_eq!(of("2023-02-28").as_deref(), Some("2023-02-28T00:00:00.000Z"));
        for text in
            ["", "2023-02-29", "2023-02-31", "2023-03-01T24:00", "2023-03-01T23:59:60", "2023", "now", "2460000.5"]
        {
            assert_eq!(of(text), None, "{text}");
        }
        for value in [
            ValueRef::Integer(20_230_301),
            ValueRef::Real(2_460_000.5),
            ValueRef::Null,
            ValueRef::Blob(b"2023-03-01"),
            ValueRef::Text(b"2023-03-01\xff"),
        ] {
            assert_eq!(instant_of(value), None, "{value:?}");
        }
    }

    #[test]
    fn what_is_the_same_is_written_alike() {
        let connection = Connection::open_in_memory().unwrap();
        define(&connection).unwrap();
        let of = |json: &str| -> Option<String> {
            connection.query_row("SELECT zmodel_json(?)", [json], |row| row.get(0)).unwrap()
        };
        for (json, written) in [
            (r#"{"b": [1.0, -0.0, 1.5], "a": "1"}"#, r#"{"a":"1","b":[1,0,1.5]}"#),
            ("9007199254740993", "9007199254740993"),
            ("18446744073709551615", "18446744073709551615"),
            ("1e19", "10000000000000000000"),
            ("1e300", "1e+300"),
            ("null", "null"),
        ] {
            assert_eq!(of(json).as_deref(), Some(written));
        }
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        assert_eq!(of(&deep), Some(deep));
        let nothing: Option<String> = connection.query_row("SELECT zmodel_json(NULL)", [], |row| row.get(0)).unwrap();
        assert_eq!(nothing, None);
    }
}
