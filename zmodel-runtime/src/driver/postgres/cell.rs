//! Values on their way from PostgreSQL.

use std::error::Error as StdError;

use chrono::DateTime as Instant;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Kind, Type};

use super::{number, other, text as texts, translate};
use crate::error::DatabaseError;
use crate::record::{self, Cell};
use crate::value::{FieldValue, Value};

/// The year 2000, where PostgreSQL's time begins, in microseconds since 1970.
pub(super) const EPOCH_MICROS: i64 = 946_684_800_000_000;
pub(super) const DAY_MICROS: i64 = 86_400_000_000;

/// Why a value cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("a value of type `{0}` cannot be read; cast it to text in the statement")]
    Unknown(String),
    #[error("a value of type `{0}` is damaged, or is out of the range that can be read")]
    Damaged(String),
}

/// The cells of a row that are still to be read.
#[derive(Debug)]
pub(crate) struct Cells<'r> {
    row: &'r Row,
    at: usize,
}

impl<'r> Cells<'r> {
    pub(super) const fn new(row: &'r Row) -> Self {
        Self { row, at: 0 }
    }

    /// The next cell.
    pub(crate) fn next(&mut self) -> Result<Cell<'r>, DatabaseError> {
        let Raw(cell) = self.row.try_get(self.at).map_err(|error| translate(&error))?;
        self.at += 1;
        Ok(cell)
    }

    /// Reads the next cell.
    #[inline]
    pub(crate) fn read<T: FieldValue>(&mut self) -> Result<Result<T, &'static str>, DatabaseError> {
        let Held(held) = self.row.try_get(self.at).map_err(|error| translate(&error))?;
        self.at += 1;
        Ok(held)
    }

    /// The value of the next cell.
    pub(super) fn value(&mut self) -> Result<Value, DatabaseError> {
        self.next()?.value().map_err(|_| other(damaged(&Type::TEXT)))
    }

    /// The whole number in a cell, counted from the next one.
    pub(crate) fn whole_number(&self, cell: usize) -> Option<i64> {
        match self.row.try_get(self.at + cell) {
            Ok(Raw(Cell::Value(Value::Int(number)))) => Some(number),
            _ => None,
        }
    }

    /// How many cells are left.
    pub(crate) fn left(&self) -> usize {
        self.row.len() - self.at
    }
}

/// A cell as the database has sent it.
struct Raw<'a>(Cell<'a>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(cell(ty, raw)?))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(Cell::Value(Value::Null)))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// What a cell holds, where that is a `T`.
struct Held<T>(Result<T, &'static str>);

impl<'a, T: FieldValue> FromSql<'a> for Held<T> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(match (ty, raw) {
            // What most columns are comes first.
            (&Type::INT4, &[a, b, c, d]) => T::from_int(i32::from_be_bytes([a, b, c, d]).into()),
            (&Type::BOOL, &[value]) => T::from_value(Value::Bool(value != 0)),
            (&(Type::TEXT | Type::VARCHAR), text) => T::from_text(std::str::from_utf8(text)?),
            _ => T::from_value(value(ty, raw)?),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(T::from_value(Value::Null)))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A cell, whose text or bytes stay where they are.
fn cell<'a>(ty: &Type, raw: &'a [u8]) -> Result<Cell<'a>, Unreadable> {
    Ok(match (ty, raw) {
        // What most columns are comes first.
        (&Type::INT4, &[a, b, c, d]) => Cell::Value(Value::Int(i32::from_be_bytes([a, b, c, d]).into())),
        (&Type::BOOL, &[value]) => Cell::Value(Value::Bool(value != 0)),
        (&(Type::TEXT | Type::VARCHAR), text) => Cell::Text(text),
        // A row stays as it is until it is read.
        (&(Type::BYTEA | Type::RECORD), bytes) => Cell::Bytes(bytes),
        (&Type::RECORD_ARRAY, list) => Cell::Bytes(record::several(list).ok_or_else(|| damaged(ty))?),
        _ => Cell::Value(value(ty, raw)?),
    })
}

#[cold]
fn damaged(ty: &Type) -> Unreadable {
    Unreadable::Damaged(ty.to_string())
}

fn value(ty: &Type, raw: &[u8]) -> Result<Value, Unreadable> {
    let damaged = || damaged(ty);
    Ok(match *ty {
        Type::BOOL => Value::Bool(raw.first().ok_or_else(damaged)? != &0),
        Type::INT2 => Value::Int(i16::from_be_bytes(exactly(raw).ok_or_else(damaged)?).into()),
        Type::INT4 => Value::Int(i32::from_be_bytes(exactly(raw).ok_or_else(damaged)?).into()),
        Type::INT8 => Value::Int(i64::from_be_bytes(exactly(raw).ok_or_else(damaged)?)),
        Type::OID => Value::Int(u32::from_be_bytes(exactly(raw).ok_or_else(damaged)?).into()),
        // By way of its digits: 0.1 is 0.1 and not what 32 bits make of it.
        Type::FLOAT4 => {
            let short = f32::from_be_bytes(exactly(raw).ok_or_else(damaged)?);
            Value::Float(short.to_string().parse().unwrap_or(f64::from(short)))
        }
        Type::FLOAT8 => Value::Float(f64::from_be_bytes(exactly(raw).ok_or_else(damaged)?)),
        Type::NUMERIC => Value::Decimal(number::decode(raw).ok_or_else(damaged)?),
        Type::BYTEA | Type::RECORD => Value::Bytes(raw.to_vec()),
        Type::UUID => Value::Text(uuid::Uuid::from_bytes(exactly(raw).ok_or_else(damaged)?).to_string()),
        Type::TIMESTAMP | Type::TIMESTAMPTZ => {
            instant(i64::from_be_bytes(exactly(raw).ok_or_else(damaged)?)).ok_or_else(damaged)?
        }
        Type::DATE => {
            let days = i32::from_be_bytes(exactly(raw).ok_or_else(damaged)?);
            instant(i64::from(days).saturating_mul(DAY_MICROS)).ok_or_else(damaged)?
        }
        // A time of the day is one of the first day of 1970.
        Type::TIME => {
            let micros = i64::from_be_bytes(exactly(raw).ok_or_else(damaged)?);
            instant(micros - EPOCH_MICROS).ok_or_else(damaged)?
        }
        // In its zone, which is so many seconds behind.
        Type::TIMETZ => {
            let (micros, zone) = raw.split_first_chunk().ok_or_else(damaged)?;
            let behind = i64::from(i32::from_be_bytes(exactly(zone).ok_or_else(damaged)?)) * 1_000_000;
            let micros = i64::from_be_bytes(*micros).saturating_add(behind).rem_euclid(DAY_MICROS);
            instant(micros - EPOCH_MICROS).ok_or_else(damaged)?
        }
        Type::INET => Value::Text(texts::shown_address(raw).ok_or_else(damaged)?),
        Type::BIT | Type::VARBIT => Value::Text(texts::shown_bits(raw).ok_or_else(damaged)?),
        // A document stays a text until somebody asks what is in it; the first byte is the version of the format.
        Type::JSONB => Value::Text(text(raw.get(1..).ok_or_else(damaged)?).ok_or_else(damaged)?),
        Type::RECORD_ARRAY => Value::Bytes(record::several(raw).ok_or_else(damaged)?.to_vec()),
        Type::VOID => Value::Null,
        _ => match ty.kind() {
            Kind::Domain(inner) => return value(inner, raw),
            Kind::Array(member) => Value::List(array(member, raw)?),
            Kind::Enum(_) => Value::Text(text(raw).ok_or_else(damaged)?),
            _ if is_text(ty) => Value::Text(text(raw).ok_or_else(damaged)?),
            _ => return Err(Unreadable::Unknown(ty.to_string())),
        },
    })
}

fn is_text(ty: &Type) -> bool {
    matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::XML | Type::UNKNOWN)
        || ty.name() == "citext"
}

fn text(raw: &[u8]) -> Option<String> {
    std::str::from_utf8(raw).ok().map(ToOwned::to_owned)
}

fn exactly<const N: usize>(raw: &[u8]) -> Option<[u8; N]> {
    raw.try_into().ok()
}

/// An instant, to the millisecond.
fn instant(micros: i64) -> Option<Value> {
    let micros = micros.checked_add(EPOCH_MICROS)?;
    Instant::from_timestamp_millis(micros.div_euclid(1000)).map(Value::DateTime)
}

/// Takes parts from the front of what the database sent.
struct Parts<'a> {
    rest: &'a [u8],
}

impl<'a> Parts<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (part, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(part)
    }

    fn number(&mut self) -> Option<i32> {
        self.take(4).and_then(exactly).map(i32::from_be_bytes)
    }

    fn count(&mut self) -> Option<usize> {
        self.number().and_then(|number| usize::try_from(number).ok())
    }

    /// A value of a type, with its length before it; a negative length is NULL.
    fn value(&mut self, ty: &Type) -> Result<Value, Unreadable> {
        let damaged = || Unreadable::Damaged(ty.to_string());
        match usize::try_from(self.number().ok_or_else(damaged)?) {
            Ok(length) => value(ty, self.take(length).ok_or_else(damaged)?),
            Err(_) => Ok(Value::Null),
        }
    }
}

/// A value in a row inside a row, where types have numbers.
pub(super) fn of_type(number: u32, raw: &[u8]) -> Result<Value, Unreadable> {
    // A type that PostgreSQL itself does not have was cast to one that it has.
    value(&Type::from_oid(number).ok_or_else(|| Unreadable::Unknown(number.to_string()))?, raw)
}

/// The elements of a list. One with more than one dimension is read as if it had one.
fn array(member: &Type, raw: &[u8]) -> Result<Vec<Value>, Unreadable> {
    let damaged = || Unreadable::Damaged(format!("{member}[]"));
    let mut parts = Parts { rest: raw };
    let dimensions = parts.count().ok_or_else(damaged)?;
    parts.take(8).ok_or_else(damaged)?;
    let mut count = usize::from(dimensions > 0);
    for _ in 0..dimensions {
        count = count.checked_mul(parts.count().ok_or_else(damaged)?).ok_or_else(damaged)?;
        parts.take(4).ok_or_else(damaged)?;
    }
    let mut elements = Vec::with_capacity(count.min(raw.len()));
    for _ in 0..count {
        elements.push(parts.value(member)?);
    }
    Ok(elements)
}
