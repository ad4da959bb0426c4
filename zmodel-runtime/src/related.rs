//! Related rows inside a cell, as databases give them: lists of cells, or records in bytes.
//!
//! A record is the number of its cells, 16 bits, and the cells: a byte that says of which kind it is, and what it holds.
//! A text or bytes begin with their length, 32 bits. Several records follow each other. Numbers begin with the lowest byte.
//! Unlike in JSON, no number is rounded on the way, and nothing has to be escaped.

use crate::error::{Error, Result};
use crate::value::Value;

/// The kinds of cells in a record.
pub(crate) const NULL: u8 = 0;
pub(crate) const INT: u8 = 1;
pub(crate) const FLOAT: u8 = 2;
pub(crate) const TEXT: u8 = 3;
pub(crate) const SOME_BYTES: u8 = 4;

/// The cells of the one row in a cell; none if there is no row.
pub(crate) fn row(cell: Value) -> Result<Option<Vec<Value>>> {
    match cell {
        Value::Null => Ok(None),
        Value::List(cells) => Ok(Some(cells)),
        Value::Bytes(record) => {
            let (row, rest) = read_row(&record).ok_or_else(strange)?;
            if rest.is_empty() { Ok(Some(row)) } else { Err(strange()) }
        }
        _ => Err(strange()),
    }
}

/// The cells of each of the rows in a cell.
pub(crate) fn rows(cell: Value) -> Result<Vec<Vec<Value>>> {
    match cell {
        Value::Null => Ok(Vec::new()),
        Value::List(rows) => rows.into_iter().map(|cell| row(cell)?.ok_or_else(strange)).collect(),
        Value::Bytes(records) => {
            let (mut all, mut rest): (Vec<Vec<Value>>, &[u8]) = (Vec::new(), &records);
            while !rest.is_empty() {
                let (row, after) = read_row(rest).ok_or_else(strange)?;
                all.push(row);
                rest = after;
            }
            Ok(all)
        }
        _ => Err(strange()),
    }
}

/// A record, and what comes after it.
fn read_row(bytes: &[u8]) -> Option<(Vec<Value>, &[u8])> {
    let (count, mut rest) = bytes.split_first_chunk()?;
    let count = u16::from_le_bytes(*count);
    let mut cells = Vec::with_capacity(count.into());
    for _ in 0..count {
        let (kind, after) = rest.split_first()?;
        let (cell, after) = match *kind {
            NULL => (Value::Null, after),
            INT => after.split_first_chunk().map(|(value, after)| (Value::Int(i64::from_le_bytes(*value)), after))?,
            FLOAT => {
                after.split_first_chunk().map(|(value, after)| (Value::Float(f64::from_le_bytes(*value)), after))?
            }
            TEXT => {
                let (text, after) = read_bytes(after)?;
                (Value::Text(std::str::from_utf8(text).ok()?.to_owned()), after)
            }
            SOME_BYTES => read_bytes(after).map(|(bytes, after)| (Value::Bytes(bytes.to_vec()), after))?,
            _ => return None,
        };
        cells.push(cell);
        rest = after;
    }
    Some((cells, rest))
}

fn read_bytes(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

fn strange() -> Error {
    Error::internal("related rows are neither lists nor records")
}
