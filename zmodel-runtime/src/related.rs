//! Related rows inside a cell, as databases give them: JSON arrays by position, or records.

use crate::error::{Error, Result};
use crate::value::{Json, Value};

/// The cells of the one row in a cell; none if there is no row.
pub(crate) fn row(cell: Value) -> Result<Option<Vec<Value>>> {
    match cell {
        Value::Null | Value::Json(Json::Null) => Ok(None),
        Value::List(cells) => Ok(Some(cells)),
        Value::Json(Json::Array(cells)) => Ok(Some(cells.into_iter().map(Value::from_json).collect())),
        Value::Text(text) => row(Value::Json(parsed(&text)?)),
        _ => Err(strange()),
    }
}

/// The cells of each of the rows in a cell.
pub(crate) fn rows(cell: Value) -> Result<Vec<Vec<Value>>> {
    let each = |cell| row(cell)?.ok_or_else(strange);
    match cell {
        Value::Null | Value::Json(Json::Null) => Ok(Vec::new()),
        Value::List(rows) => rows.into_iter().map(each).collect(),
        Value::Json(Json::Array(rows)) => rows.into_iter().map(|row| each(Value::Json(row))).collect(),
        Value::Text(text) => rows(Value::Json(parsed(&text)?)),
        _ => Err(strange()),
    }
}

fn parsed(text: &str) -> Result<Json> {
    serde_json::from_str(text).map_err(|error| Error::internal(error.to_string()))
}

fn strange() -> Error {
    Error::internal("related rows are neither JSON arrays nor records")
}
