//! Rows that are read: their cells one after the other, and the rows inside of them.
//!
//! Related rows are in a cell, as a driver gives them: lists of cells, or records (see [`record`](crate::record)).

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::model::Model;
use crate::record::{Cell, Record, strange};
use crate::value::{FieldValue, Value};

/// The cells of a row that are still to be read.
#[derive(Debug)]
pub struct Row<'r> {
    model: &'static str,
    cells: Cells<'r>,
}

#[derive(Debug)]
enum Cells<'r> {
    /// Those of the rows after it follow.
    Values(std::vec::IntoIter<Value>),
    Record(Record<'r>),
}

/// What a cell holds that is for related rows.
enum Held<'r> {
    Nothing,
    /// The cells of one row, or a list of lists of them.
    List(Vec<Value>),
    Records(Cow<'r, [u8]>),
}

impl<'r> Row<'r> {
    pub(crate) const fn new(cells: std::vec::IntoIter<Value>) -> Self {
        Self { model: "", cells: Cells::Values(cells) }
    }

    /// Reads the next cell, which holds the field called `field`.
    ///
    /// # Errors
    /// It does not hold a `T`.
    #[inline]
    pub fn field<T: FieldValue>(&mut self, field: &'static str) -> Result<T> {
        let read = match &mut self.cells {
            Cells::Values(values) => match values.next() {
                Some(value) => T::from_value(value),
                None => return Err(few()),
            },
            Cells::Record(record) => record.next()?.read(),
        };
        match read {
            Ok(value) => Ok(value),
            Err(expected) => Err(undecoded(self.model, field, expected)),
        }
    }

    /// Reads a row of `M`.
    pub(crate) fn model<M: Model>(&mut self) -> Result<M> {
        self.model = M::NAME;
        M::decode(self)
    }

    /// Reads the next cell, which holds a related row, or none.
    pub(crate) fn related<T>(&mut self, read: impl FnOnce(&mut Row<'_>) -> Result<T>) -> Result<Option<T>> {
        match self.held()? {
            Held::Nothing => Ok(None),
            Held::List(cells) => read(&mut Row::new(cells.into_iter())).map(Some),
            Held::Records(bytes) => read_record(Record::of(&bytes).ok_or_else(strange)?, read).map(Some),
        }
    }

    /// Reads the next cell, which holds related rows.
    pub(crate) fn all_related<T>(&mut self, mut read: impl FnMut(&mut Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        match self.held()? {
            Held::Nothing => Ok(Vec::new()),
            Held::List(rows) => {
                let rows = rows.into_iter().map(|row| match row {
                    Value::List(cells) => read(&mut Row::new(cells.into_iter())),
                    _ => Err(strange()),
                });
                rows.collect()
            }
            Held::Records(bytes) => {
                let (mut all, mut rest) = (Vec::new(), &*bytes);
                while !rest.is_empty() {
                    let (record, others) = Record::first(rest).ok_or_else(strange)?;
                    all.push(read_record(record, &mut read)?);
                    rest = others;
                }
                Ok(all)
            }
        }
    }

    fn held(&mut self) -> Result<Held<'r>> {
        match &mut self.cells {
            Cells::Values(values) => match values.next().ok_or_else(few)? {
                Value::Null => Ok(Held::Nothing),
                Value::List(values) => Ok(Held::List(values)),
                Value::Bytes(records) => Ok(Held::Records(records.into())),
                _ => Err(strange()),
            },
            Cells::Record(record) => match record.next()? {
                Cell::Value(Value::Null) => Ok(Held::Nothing),
                Cell::Bytes(records) => Ok(Held::Records(records.into())),
                _ => Err(strange()),
            },
        }
    }

    /// Reads the next cell, which holds a number of rows.
    pub(crate) fn number(&mut self) -> Result<u64> {
        match self.cell()? {
            Value::Int(count) => u64::try_from(count).map_err(|_| Error::internal("a negative count")),
            _ => Err(Error::internal("a count without a number")),
        }
    }

    /// Reads the next cell.
    pub(crate) fn cell(&mut self) -> Result<Value> {
        match &mut self.cells {
            Cells::Values(values) => values.next().ok_or_else(few),
            Cells::Record(record) => record.next()?.value(),
        }
    }

    /// Whether no cell is left.
    pub(crate) fn is_done(&self) -> bool {
        match &self.cells {
            Cells::Values(values) => values.as_slice().is_empty(),
            Cells::Record(record) => record.cells() == 0,
        }
    }

    /// The cells that are left.
    pub(crate) fn rest(&mut self) -> Result<Vec<Value>> {
        let mut rest = Vec::new();
        while !self.is_done() {
            rest.push(self.cell()?);
        }
        Ok(rest)
    }
}

/// Reads a whole record.
fn read_record<T>(record: Record<'_>, read: impl FnOnce(&mut Row<'_>) -> Result<T>) -> Result<T> {
    let mut row = Row { model: "", cells: Cells::Record(record) };
    let read = read(&mut row)?;
    match row.cells {
        Cells::Record(record) if record.is_over() => Ok(read),
        _ => Err(strange()),
    }
}

#[cold]
fn few() -> Error {
    Error::internal("a row has too few cells")
}

#[cold]
fn undecoded(model: &str, field: &str, expected: &'static str) -> Error {
    Error::Decode { model: model.to_owned(), field: field.to_owned(), expected }
}
