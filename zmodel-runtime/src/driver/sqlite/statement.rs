//! Statements: their values on the way to SQLite, and the rows on the way from there.

use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};
use rusqlite::{CachedStatement, Connection, ToSql};

use crate::driver::{Query, QueryKind, Reader, Rows};
use crate::error::Result;
use crate::record::Cell;
use crate::row::Row;
use crate::value::{FieldValue, Value, instant_text, list_json};

/// Runs a statement, with room for so many rows from the start.
pub(super) fn run(connection: &Connection, query: &Query, room: usize) -> rusqlite::Result<Rows> {
    let mut statement = bound(connection, query)?;
    let width = statement.column_count();
    if width == 0 {
        let written = statement.raw_execute()? as u64;
        return Ok(Rows { written, ..Rows::default() });
    }
    let mut cells = Vec::with_capacity(width * room.max(1));
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        for at in 0..width {
            match value(row.get_ref(at)?) {
                Ok(cell) => cells.push(cell),
                Err(Unreadable) => return Err(unreadable(at)),
            }
        }
    }
    Ok(Rows { width, cells, written: 0 })
}

/// Runs a statement that reads, and has its rows read one after the other; how many they are.
pub(super) fn read(connection: &Connection, query: &Query, reader: &mut dyn Reader) -> rusqlite::Result<Result<u64>> {
    let mut statement = bound(connection, query)?;
    let (width, mut count) = (statement.column_count(), 0);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        if let Err(error) = reader.row(&mut Row::of_sqlite(Cells { row, at: 0, width })) {
            return Ok(Err(error));
        }
        count += 1;
        // There is no other, and SQLite need not look for it.
        if query.kind == QueryKind::Point {
            break;
        }
    }
    Ok(Ok(count))
}

/// A statement with its values.
fn bound<'c>(connection: &'c Connection, query: &Query) -> rusqlite::Result<CachedStatement<'c>> {
    let mut statement = connection.prepare_cached(&query.text)?;
    for (at, value) in (1..).zip(&query.values) {
        statement.raw_bind_parameter(at, Bind(value))?;
    }
    Ok(statement)
}

struct Bind<'a>(&'a Value);

impl ToSql for Bind<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Bool(value) => ToSqlOutput::Borrowed(ValueRef::Integer((*value).into())),
            Value::Int(value) => ToSqlOutput::Borrowed(ValueRef::Integer(*value)),
            Value::Float(value) => ToSqlOutput::Borrowed(ValueRef::Real(*value)),
            Value::Decimal(value) => ToSqlOutput::Owned(Owned::Text(value.to_string())),
            Value::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
            Value::DateTime(value) => ToSqlOutput::Owned(Owned::Text(instant_text(*value))),
            Value::Json(value) => ToSqlOutput::Owned(Owned::Text(value.to_string())),
            Value::Bytes(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value)),
            Value::List(values) => ToSqlOutput::Owned(Owned::Text(list_json(values).to_string())),
        })
    }
}

/// The cells of a row that are still to be read.
#[derive(Debug)]
pub(crate) struct Cells<'r> {
    row: &'r rusqlite::Row<'r>,
    at: usize,
    width: usize,
}

impl<'r> Cells<'r> {
    /// The next cell.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Cell<'r>> {
        let cell = self.row.get_ref(self.at).map_err(super::translate)?;
        self.at += 1;
        Ok(match cell {
            ValueRef::Null => Cell::Value(Value::Null),
            ValueRef::Integer(value) => Cell::Value(Value::Int(value)),
            ValueRef::Real(value) => Cell::Value(Value::Float(value)),
            ValueRef::Text(bytes) => Cell::Text(bytes),
            ValueRef::Blob(bytes) => Cell::Bytes(bytes),
        })
    }

    /// Reads the next cell.
    #[inline]
    pub(crate) fn read<T: FieldValue>(&mut self) -> Result<Result<T, &'static str>> {
        let cell = self.row.get_ref(self.at).map_err(super::translate)?;
        self.at += 1;
        Ok(match cell {
            ValueRef::Null => T::from_value(Value::Null),
            ValueRef::Integer(value) => T::from_int(value),
            ValueRef::Real(value) => T::from_value(Value::Float(value)),
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => T::from_text(text),
                Err(_) => Err("a text in UTF-8"),
            },
            ValueRef::Blob(bytes) => T::from_value(Value::Bytes(bytes.to_vec())),
        })
    }

    /// The whole number in a cell, counted from the next one.
    pub(crate) fn whole_number(&self, cell: usize) -> Option<i64> {
        match self.row.get_ref(self.at + cell) {
            Ok(ValueRef::Integer(number)) => Some(number),
            _ => None,
        }
    }

    /// How many cells are left.
    pub(crate) const fn left(&self) -> usize {
        self.width - self.at
    }
}

/// A text that is not UTF-8.
#[derive(Debug, thiserror::Error)]
#[error("a text in the database is not UTF-8")]
struct Unreadable;

#[cold]
fn unreadable(at: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(Unreadable))
}

fn value(value: ValueRef<'_>) -> Result<Value, Unreadable> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Real(value) => Value::Float(value),
        ValueRef::Text(bytes) => Value::Text(std::str::from_utf8(bytes).map_err(|_| Unreadable)?.to_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    })
}
