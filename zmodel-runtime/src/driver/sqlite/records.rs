//! Rows inside a cell, in the form that [`crate::related`] reads.

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

use crate::related::{FLOAT, INT, NULL, SOME_BYTES, TEXT};

/// Defines the functions that make one value of a row, and of rows.
pub(super) fn define(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(crate::sql::ROW, -1, flags, row)?;
    connection.create_aggregate_function(crate::sql::ROWS, -1, flags, Rows)
}

fn row(context: &Context<'_>) -> Result<Vec<u8>> {
    let mut record = Vec::with_capacity(128);
    write(&mut record, context)?;
    Ok(record)
}

/// Adds a row of the arguments.
fn write(records: &mut Vec<u8>, context: &Context<'_>) -> Result<()> {
    let count = u16::try_from(context.len()).map_err(|_| too_large())?;
    records.extend(count.to_le_bytes());
    for at in 0..context.len() {
        match context.get_raw(at) {
            ValueRef::Null => records.push(NULL),
            ValueRef::Integer(value) => {
                records.push(INT);
                records.extend(value.to_le_bytes());
            }
            ValueRef::Real(value) => {
                records.push(FLOAT);
                records.extend(value.to_le_bytes());
            }
            ValueRef::Text(bytes) => put(records, TEXT, bytes)?,
            ValueRef::Blob(bytes) => put(records, SOME_BYTES, bytes)?,
        }
    }
    Ok(())
}

fn put(record: &mut Vec<u8>, kind: u8, bytes: &[u8]) -> Result<()> {
    record.push(kind);
    record.extend(u32::try_from(bytes.len()).map_err(|_| too_large())?.to_le_bytes());
    record.extend(bytes);
    Ok(())
}

fn too_large() -> Error {
    Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_TOOBIG), None)
}

struct Rows;

impl Aggregate<Vec<u8>, Vec<u8>> for Rows {
    fn init(&self, _: &mut Context<'_>) -> Result<Vec<u8>> {
        Ok(Vec::with_capacity(512))
    }

    fn step(&self, context: &mut Context<'_>, all: &mut Vec<u8>) -> Result<()> {
        write(all, context)
    }

    fn finalize(&self, _: &mut Context<'_>, all: Option<Vec<u8>>) -> Result<Vec<u8>> {
        Ok(all.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::related;
    use crate::value::Value;

    fn cell(sql: &str) -> Value {
        let connection = Connection::open_in_memory().unwrap();
        define(&connection).unwrap();
        connection.query_row(sql, [], |row| row.get(0).map(Value::Bytes)).unwrap()
    }

    #[test]
    fn rows_are_read_as_they_were_written() {
        let all = "SELECT zmodel_rows(n, 0.1 + n, 'é' || n, x'00ff', NULL, -9223372036854775808) \
                   FROM (SELECT 1 AS n UNION ALL SELECT 2)";
        let row = |n: i64, float: f64| {
            let (text, bytes) = (Value::Text(format!("é{n}")), Value::Bytes(vec![0, 255]));
            vec![Value::Int(n), Value::Float(float), text, bytes, Value::Null, Value::Int(i64::MIN)]
        };
        assert_eq!(related::rows(cell(all)).unwrap(), [row(1, 0.1 + 1.0), row(2, 0.1 + 2.0)]);
        assert_eq!(
            related::row(cell("SELECT zmodel_row(7, '')")).unwrap().unwrap(),
            [Value::Int(7), Value::Text(String::new())]
        );
        assert!(related::rows(cell("SELECT zmodel_rows(1) WHERE FALSE")).unwrap().is_empty());
        let nested = cell("SELECT zmodel_row(1, zmodel_row(2))");
        let inner = related::row(nested).unwrap().unwrap().pop().unwrap();
        assert_eq!(related::row(inner).unwrap().unwrap(), [Value::Int(2)]);
    }

    #[test]
    fn what_is_no_record_is_an_error() {
        for sql in ["SELECT x'01'", "SELECT x'010009'", "SELECT x'01000309000000'", "SELECT x'010003ff000000'"] {
            assert!(related::rows(cell(sql)).is_err(), "{sql}");
        }
        assert!(related::row(cell("SELECT zmodel_row(CAST(x'ff' AS TEXT))")).is_err(), "a text that is not UTF-8");
    }
}
