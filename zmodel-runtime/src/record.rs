//! Records: rows in bytes, as drivers put them into a cell for related rows.
//!
//! They are as PostgreSQL sends them: the number of the cells, and of each cell the number of its type, the length of what
//! it holds, or -1 where that is NULL, and what it holds. All of these numbers have 32 bits, the highest byte first. Where
//! there can be several records, each has its length before it. Unlike in JSON, no number is rounded on the way, and
//! nothing has to be escaped; and a record is read where it lies, so that no list of its cells is made.

use crate::error::{Error, Result};
use crate::reading::Rank;
use crate::value::{FieldValue, Value};

const BOOLEAN: u32 = 16;
pub(crate) const BYTES: u32 = 17;
pub(crate) const INT_64: u32 = 20;
const INT_16: u32 = 21;
const INT_32: u32 = 23;
pub(crate) const TEXT: u32 = 25;
pub(crate) const FLOAT_64: u32 = 701;
const VARCHAR: u32 = 1043;
const DATE: u32 = 1082;
const TIME: u32 = 1083;
const TIMESTAMP: u32 = 1114;
const TIMESTAMPTZ: u32 = 1184;
const RECORD: u32 = 2249;
const RECORDS: u32 = 2287;

/// How many bytes a number has.
pub(crate) const NUMBER: usize = 4;
/// The length of NULL.
pub(crate) const NOTHING: u32 = u32::MAX;

/// A cell of a record.
#[derive(Debug)]
pub(crate) enum Cell<'r> {
    Value(Value),
    /// Of which nobody has seen yet that it is UTF-8.
    Text(&'r [u8]),
    /// Bytes, a record, or records.
    Bytes(&'r [u8]),
}

/// What is left of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'r> {
    cells: u32,
    bytes: &'r [u8],
}

impl<'r> Record<'r> {
    /// A record without cells.
    pub(crate) const EMPTY: Self = Self { cells: 0, bytes: &[] };

    /// The record in some bytes.
    pub(crate) fn of(bytes: &'r [u8]) -> Option<Self> {
        let (cells, bytes) = number(bytes)?;
        Some(Self { cells, bytes })
    }

    /// The first of several records, and the others.
    fn first(records: &'r [u8]) -> Option<(Self, &'r [u8])> {
        let (length, rest) = number(records)?;
        let (record, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        Some((Self::of(record)?, rest))
    }

    /// Several records one after the other; `None` in place of one that is damaged, after which there is none.
    pub(crate) fn each(records: &'r [u8]) -> impl Iterator<Item = Option<Self>> {
        let mut rest = Some(records);
        std::iter::from_fn(move || {
            let records = rest.filter(|rest| !rest.is_empty())?;
            let first = Self::first(records);
            rest = first.map(|(_, others)| others);
            Some(first.map(|(record, _)| record))
        })
    }

    /// Where a cell stands in an order, counted from those that are left.
    pub(crate) fn rank(mut self, cell: usize) -> Rank<'r> {
        for _ in 0..cell {
            let _ = self.raw();
        }
        match self.raw() {
            Some((_, None)) => Rank::Null,
            Some((TEXT | VARCHAR, Some(text))) => Rank::Text(text),
            Some((BOOLEAN | INT_16 | INT_32 | INT_64 | DATE | TIME | TIMESTAMP | TIMESTAMPTZ, Some(number))) => {
                signed(number).map_or(Rank::Strange, Rank::Number)
            }
            _ => Rank::Strange,
        }
    }

    /// How many of its cells are left.
    pub(crate) const fn cells(&self) -> u32 {
        self.cells
    }

    /// Whether nothing is left of it.
    pub(crate) const fn is_over(&self) -> bool {
        self.cells == 0 && self.bytes.is_empty()
    }

    /// The next cell.
    pub(crate) fn next(&mut self) -> Result<Cell<'r>> {
        let Some(raw) = self.raw() else { return Err(strange()) };
        match raw {
            (_, None) => Ok(Cell::Value(Value::Null)),
            (ty, Some(bytes)) => cell(ty, bytes),
        }
    }

    /// Reads the next cell; `Err` inside says in words what was expected.
    #[inline]
    pub(crate) fn read<T: FieldValue>(&mut self) -> Result<Result<T, &'static str>> {
        let Some(raw) = self.raw() else { return Err(strange()) };
        Ok(match raw {
            (_, None) => T::from_value(Value::Null),
            // What most cells are comes first.
            (INT_64, Some(bytes)) => T::from_int(i64::from_be_bytes(exactly(bytes)?)),
            (INT_32, Some(bytes)) => T::from_int(i32::from_be_bytes(exactly(bytes)?).into()),
            (TEXT, Some(text)) => match std::str::from_utf8(text) {
                Ok(text) => T::from_text(text),
                Err(_) => Err("a text in UTF-8"),
            },
            (ty, Some(bytes)) => cell(ty, bytes)?.read(),
        })
    }

    /// The type of the next cell, and what it holds.
    #[inline]
    fn raw(&mut self) -> Option<(u32, Option<&'r [u8]>)> {
        self.cells = self.cells.checked_sub(1)?;
        let (ty, rest) = number(self.bytes)?;
        let (length, rest) = number(rest)?;
        if length == NOTHING {
            self.bytes = rest;
            return Some((ty, None));
        }
        let (held, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.bytes = rest;
        Some((ty, Some(held)))
    }
}

fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<NUMBER>()?;
    Some((u32::from_be_bytes(*number), rest))
}

/// A number of up to 64 bits, the highest byte first.
fn signed(bytes: &[u8]) -> Option<i64> {
    Some(match *bytes {
        [a] => i8::from_be_bytes([a]).into(),
        [a, b] => i16::from_be_bytes([a, b]).into(),
        [a, b, c, d] => i32::from_be_bytes([a, b, c, d]).into(),
        _ => i64::from_be_bytes(bytes.try_into().ok()?),
    })
}

fn cell(ty: u32, bytes: &[u8]) -> Result<Cell<'_>> {
    Ok(match ty {
        BOOLEAN => Cell::Value(Value::Bool(exactly(bytes)? != [0])),
        INT_32 => Cell::Value(Value::Int(i32::from_be_bytes(exactly(bytes)?).into())),
        INT_64 => Cell::Value(Value::Int(i64::from_be_bytes(exactly(bytes)?))),
        FLOAT_64 => Cell::Value(Value::Float(f64::from_be_bytes(exactly(bytes)?))),
        TEXT | VARCHAR => Cell::Text(bytes),
        BYTES | RECORD => Cell::Bytes(bytes),
        RECORDS => Cell::Bytes(several(bytes).ok_or_else(strange)?),
        _ => other(ty, bytes)?,
    })
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| strange())
}

/// The records of a list, which begins with how long it is.
pub(crate) fn several(list: &[u8]) -> Option<&[u8]> {
    match number(list)? {
        // How many dimensions it has, whether there are NULLs, the type; and of each dimension the length and the start.
        (0, _) => Some(&[]),
        (1, _) => list.split_at_checked(5 * NUMBER).map(|(_, records)| records),
        _ => None,
    }
}

/// A type that PostgreSQL alone gives.
#[cfg(feature = "postgres")]
fn other(ty: u32, bytes: &[u8]) -> Result<Cell<'_>> {
    Ok(Cell::Value(crate::driver::postgres::value(ty, bytes)?))
}

#[cfg(not(feature = "postgres"))]
fn other(_: u32, _: &[u8]) -> Result<Cell<'_>> {
    Err(strange())
}

impl Cell<'_> {
    /// The cell as a value.
    pub(crate) fn value(self) -> Result<Value> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Text(text) => {
                std::str::from_utf8(text).map(|text| Value::Text(text.to_owned())).map_err(|_| strange())
            }
            Self::Bytes(bytes) => Ok(Value::Bytes(bytes.to_vec())),
        }
    }

    /// What a field of this type is, where the cell holds it; `Err` says in words what was expected.
    #[inline]
    pub(crate) fn read<T: FieldValue>(self) -> Result<T, &'static str> {
        match self {
            Self::Value(Value::Int(value)) => T::from_int(value),
            Self::Value(value) => T::from_value(value),
            Self::Text(text) => T::from_text(std::str::from_utf8(text).map_err(|_| "a text in UTF-8")?),
            Self::Bytes(bytes) => T::from_value(Value::Bytes(bytes.to_vec())),
        }
    }
}

#[cold]
pub(crate) fn strange() -> Error {
    Error::internal("related rows are neither lists nor records")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of one cell.
    fn of(ty: u32, held: &[u8]) -> Vec<u8> {
        let length = u32::try_from(held.len()).unwrap();
        [&1_u32.to_be_bytes()[..], &ty.to_be_bytes(), &length.to_be_bytes(), held].concat()
    }

    fn read<T: FieldValue>(ty: u32, held: &[u8]) -> Option<T> {
        Record::of(&of(ty, held)).unwrap().next().ok()?.read().ok()
    }

    #[test]
    fn a_cell_is_read_by_its_type() {
        assert_eq!((read(BOOLEAN, &[1]), read(BOOLEAN, &[0])), (Some(true), Some(false)));
        assert_eq!(read(INT_32, &(-7_i32).to_be_bytes()), Some(-7));
        assert_eq!(read(INT_64, &i64::MIN.to_be_bytes()), Some(i64::MIN));
        assert_eq!(read(FLOAT_64, &0.1_f64.to_be_bytes()), Some(0.1));
        assert_eq!(read(TEXT, "é".as_bytes()), Some("é".to_owned()));
        assert_eq!(read(VARCHAR, b"2020-03-04"), crate::value::parse_instant("2020-03-04"));
        assert_eq!(read(BYTES, &[0, 255]), Some(vec![0_u8, 255]));
        assert_eq!(read::<Option<i32>>(TEXT, b"7"), None, "a text is no number");
    }

    #[test]
    fn what_does_not_fit_its_type_is_an_error() {
        for (ty, held) in [(BOOLEAN, &[][..]), (INT_32, &[0; 8]), (INT_64, &[0; 4]), (FLOAT_64, &[0; 4]), (9, &[0])] {
            assert!(Record::of(&of(ty, held)).unwrap().next().is_err(), "{ty}");
        }
        assert_eq!(read::<String>(TEXT, b"\xff"), None);
        assert!(Record::of(&of(TEXT, b"\xff")).unwrap().next().unwrap().value().is_err());
    }

    #[test]
    fn a_list_is_of_one_dimension_or_empty() {
        let list = |dimensions: u32, rest: usize| [&dimensions.to_be_bytes()[..], &vec![0; rest]].concat();
        assert_eq!(several(&list(0, 8)), Some(&[][..]));
        assert_eq!(several(&list(1, 18)), Some(&[0, 0][..]));
        for (dimensions, rest) in [(1, 8), (2, 24), (u32::MAX, 16)] {
            assert_eq!(several(&list(dimensions, rest)), None, "{dimensions}");
        }
        assert_eq!(several(&[0, 0]), None);
    }
}
