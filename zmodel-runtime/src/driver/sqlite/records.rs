//! Rows inside a cell, as records.

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

use crate::record::{BYTES, FLOAT_64, INT_64, NOTHING, NUMBER, TEXT};

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
fn write(record: &mut Vec<u8>, context: &Context<'_>) -> Result<()> {
    record.extend(length(context.len())?);
    for at in 0..context.len() {
        match context.get_raw(at) {
            ValueRef::Null => record.extend([TEXT.to_be_bytes(), NOTHING.to_be_bytes()].as_flattened()),
            ValueRef::Integer(value) => put(record, INT_64, &value.to_be_bytes())?,
            ValueRef::Real(value) => put(record, FLOAT_64, &value.to_be_bytes())?,
            ValueRef::Text(bytes) => put(record, TEXT, bytes)?,
            ValueRef::Blob(bytes) => put(record, BYTES, bytes)?,
        }
    }
    Ok(())
}

fn put(record: &mut Vec<u8>, ty: u32, held: &[u8]) -> Result<()> {
    record.extend([ty.to_be_bytes(), length(held.len())?].as_flattened());
    record.extend(held);
    Ok(())
}

/// A length, as it is written.
fn length(length: usize) -> Result<[u8; NUMBER]> {
    let too_large = || Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_TOOBIG), None);
    i32::try_from(length).map(i32::to_be_bytes).map_err(|_| too_large())
}

struct Rows;

impl Aggregate<Vec<u8>, Vec<u8>> for Rows {
    fn init(&self, _: &mut Context<'_>) -> Result<Vec<u8>> {
        Ok(Vec::with_capacity(512))
    }

    fn step(&self, context: &mut Context<'_>, all: &mut Vec<u8>) -> Result<()> {
        let at = all.len();
        all.extend([0; NUMBER]);
        write(all, context)?;
        let (_, added) = all.split_at_mut(at);
        if let Some((place, record)) = added.split_first_chunk_mut() {
            *place = length(record.len())?;
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, all: Option<Vec<u8>>) -> Result<Vec<u8>> {
        Ok(all.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error;
    use crate::row::{Row, read_list};
    use crate::value::Value;

    /// Reads a row with the one cell that a statement gives.
    fn read<T>(sql: &str, read: impl FnOnce(&mut Row<'_>) -> error::Result<T>) -> error::Result<T> {
        let connection = Connection::open_in_memory().unwrap();
        define(&connection).unwrap();
        let cell = connection.query_row(sql, [], |row| row.get(0).map(Value::Bytes)).unwrap();
        read_list(vec![cell], read)
    }

    fn whole(row: &mut Row<'_>) -> error::Result<Vec<Value>> {
        row.rest()
    }

    fn one(row: &mut Row<'_>) -> error::Result<Option<Vec<Value>>> {
        row.related(whole)
    }

    fn rows(sql: &str) -> error::Result<Vec<Vec<Value>>> {
        read(sql, |row| row.all_related(whole))
    }

    #[test]
    fn rows_are_read_as_they_were_written() {
        let all = "SELECT zmodel_rows(n, 0.1 + n, 'é' || n, x'00ff', NULL, -9223372036854775808) \
                   FROM (SELECT 1 AS n UNION ALL SELECT 2)";
        let row = |n: i64, float: f64| {
            let (text, bytes) = (Value::Text(format!("é{n}")), Value::Bytes(vec![0, 255]));
            vec![Value::Int(n), Value::Float(float), text, bytes, Value::Null, Value::Int(i64::MIN)]
        };
        assert_eq!(rows(all).unwrap(), [row(1, 0.1 + 1.0), row(2, 0.1 + 2.0)]);
        assert_eq!(
            read("SELECT zmodel_row(7, '')", one).unwrap().unwrap(),
            [Value::Int(7), Value::Text(String::new())]
        );
        assert!(rows("SELECT zmodel_rows(1) WHERE FALSE").unwrap().is_empty());
        let inner = read("SELECT zmodel_row(1, zmodel_row(2))", |row| {
            row.related(|row| {
                assert_eq!(row.cell()?, Value::Int(1));
                row.related(whole)
            })
        });
        assert_eq!(inner.unwrap().unwrap().unwrap(), [Value::Int(2)]);
    }

    #[test]
    fn what_is_no_record_is_an_error() {
        // Too short, a type that is not known, a text and a number that are too short, more bytes than the cells have.
        for record in [
            "00",
            "00000001",
            "00000001000000ff00000000",
            "00000001000000190000000900",
            "00000001000000140000000100",
            "0000000000",
        ] {
            let one = read(&format!("SELECT x'{record}'"), one);
            assert!(one.is_err(), "{record}");
            let length = record.len() / 2;
            assert!(rows(&format!("SELECT x'{length:08x}{record}'")).is_err(), "{record}");
        }
        let text = read("SELECT zmodel_row(CAST(x'ff' AS TEXT))", one);
        assert!(text.is_err(), "a text that is not UTF-8");
    }
}
