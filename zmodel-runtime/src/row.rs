//! Rows that are read: their cells one after the other, and the rows inside of them.
//!
//! A row is read where it lies: where the database has it, or among the values that a driver has made of it.
//! Related rows are in a cell, as a driver gives them: lists of cells, or records (see [`record`](crate::record)).

use std::borrow::Cow;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::driver;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::reading::{Rank, Reading, Readings, rank_of};
use crate::record::{Cell, Record, strange};
use crate::value::{FieldValue, Value};

/// The cells of a row that are still to be read.
#[derive(Debug)]
pub struct Row<'r> {
    model: &'static str,
    cells: Cells<'r>,
    /// How the cells of related rows are read that are left.
    readings: &'r [Reading],
    /// What the related rows share with this one.
    key: Option<i64>,
    /// What this row shares with the one that it belongs to, and how many cells are left where it stands.
    shared: Option<(usize, i64)>,
}

/// Where the cells are.
#[derive(Debug)]
enum Cells<'r> {
    /// So many of these, and those of the rows after it follow.
    Values(usize, &'r mut std::vec::IntoIter<Value>),
    Record(Record<'r>),
    /// Where the database has them.
    #[cfg(feature = "sqlite")]
    Sqlite(driver::sqlite::Cells<'r>),
    #[cfg(feature = "postgres")]
    Postgres(driver::postgres::Cells<'r>),
}

/// What a cell holds that is for related rows.
enum Held<'r> {
    Nothing,
    /// The cells of one row, or a list of lists of them.
    List(Vec<Value>),
    Records(Cow<'r, [u8]>),
}

impl<'r> Row<'r> {
    const fn new(cells: Cells<'r>) -> Self {
        Self { model: "", cells, readings: &[], key: None, shared: None }
    }

    /// The next row, of `width` cells.
    pub(crate) const fn of(cells: &'r mut std::vec::IntoIter<Value>, width: usize) -> Self {
        Self::new(Cells::Values(width, cells))
    }

    /// A row of SQLite.
    #[cfg(feature = "sqlite")]
    pub(crate) const fn of_sqlite(cells: driver::sqlite::Cells<'r>) -> Self {
        Self::new(Cells::Sqlite(cells))
    }

    /// A row of PostgreSQL.
    #[cfg(feature = "postgres")]
    pub(crate) const fn of_postgres(cells: driver::postgres::Cells<'r>) -> Self {
        Self::new(Cells::Postgres(cells))
    }

    /// Reads the next cell, which holds the field called `field`.
    ///
    /// # Errors
    /// It does not hold a `T`.
    #[inline]
    pub fn field<T: FieldValue>(&mut self, field: &'static str) -> Result<T> {
        // Each type has a way of its own from where a row lies: to make a cell first takes a tenth longer for a list of rows.
        let read = match &mut self.cells {
            #[cfg(feature = "sqlite")]
            Cells::Sqlite(cells) => cells.read()?,
            #[cfg(feature = "postgres")]
            Cells::Postgres(cells) => cells.read()?,
            _ => self.field_elsewhere()?,
        };
        match read {
            Ok(value) => Ok(value),
            Err(expected) => Err(undecoded(self.model, field, expected)),
        }
    }

    /// The same, where the database itself has no row of it. Apart, so that the others stay small.
    fn field_elsewhere<T: FieldValue>(&mut self) -> Result<Result<T, &'static str>> {
        Ok(match (self.take_shared(), &mut self.cells) {
            (Some(shared), _) => T::from_int(shared),
            (None, Cells::Record(record)) => record.read()?,
            (None, _) => self.next()?.read(),
        })
    }

    /// What the row shares, if that is what comes next.
    #[inline]
    fn take_shared(&mut self) -> Option<i64> {
        let (at, value) = self.shared?;
        if self.sent() != at {
            return None;
        }
        self.shared = None;
        Some(value)
    }

    /// The next cell.
    fn next(&mut self) -> Result<Cell<'r>> {
        if let Some(shared) = self.take_shared() {
            return Ok(Cell::Value(Value::Int(shared)));
        }
        match &mut self.cells {
            Cells::Values(left, values) => {
                *left = left.checked_sub(1).ok_or_else(few)?;
                values.next().map(Cell::Value).ok_or_else(few)
            }
            Cells::Record(record) => record.next(),
            #[cfg(feature = "sqlite")]
            Cells::Sqlite(cells) => cells.next(),
            #[cfg(feature = "postgres")]
            Cells::Postgres(cells) => Ok(cells.next()?),
        }
    }

    /// Reads a row of `M`.
    pub(crate) fn model<M: Model>(&mut self) -> Result<M> {
        self.model = M::NAME;
        M::decode(self)
    }

    /// Has the row read such that its related rows are as they should be.
    pub(crate) fn completed<T>(
        &mut self,
        readings: &Readings,
        read: impl FnOnce(&mut Row<'_>) -> Result<T>,
    ) -> Result<T> {
        let key = readings.shared.and_then(|cell| self.whole_number(cell));
        let cells = std::mem::replace(&mut self.cells, Cells::Record(Record::EMPTY));
        let mut row = Row { key, readings: &readings.each, ..Row::new(cells) };
        let read = read(&mut row);
        row.skip();
        read
    }

    /// A row that belongs to one with a key.
    #[inline]
    fn inner(cells: Cells<'r>, reading: Option<&'r Reading>, key: Option<i64>) -> Result<Self> {
        let mut row = Self::new(cells);
        let Some(reading) = reading else { return Ok(row) };
        if let Some(cell) = reading.shared {
            let after = row.sent().checked_sub(cell).ok_or_else(few)?;
            row.shared = Some((after, key.ok_or_else(strange)?));
        }
        row.key = reading.nested.shared.and_then(|cell| row.whole_number(cell));
        row.readings = &reading.nested.each;
        Ok(row)
    }

    /// What is in a cell, counted from those that are left.
    fn whole_number(&self, cell: usize) -> Option<i64> {
        let rank = match &self.cells {
            Cells::Values(_, values) => rank_of(values.as_slice().get(cell)),
            Cells::Record(record) => record.rank(cell),
            #[cfg(feature = "sqlite")]
            Cells::Sqlite(cells) => return cells.whole_number(cell),
            #[cfg(feature = "postgres")]
            Cells::Postgres(cells) => return cells.whole_number(cell),
        };
        if let Rank::Number(number) = rank { Some(number) } else { None }
    }

    /// Reads the next cell, which holds a related row, or none.
    pub(crate) fn related<T>(&mut self, read: impl FnOnce(&mut Row<'_>) -> Result<T>) -> Result<Option<T>> {
        let (reading, key) = self.reading();
        match self.held()? {
            Held::Nothing => Ok(None),
            Held::List(cells) => inner_list(cells, reading, key, read).map(Some),
            Held::Records(bytes) => inner_record(Record::of(&bytes).ok_or_else(strange)?, reading, key, read).map(Some),
        }
    }

    /// Reads the next cell, which holds related rows.
    pub(crate) fn all_related<T>(&mut self, mut read: impl FnMut(&mut Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        let (reading, key) = self.reading();
        match self.held()? {
            Held::Nothing => Ok(Vec::new()),
            Held::List(mut rows) => {
                if let Some(reading) = reading {
                    reading.sort_lists(&mut rows);
                }
                let rows = rows.into_iter().map(|row| match row {
                    Value::List(cells) => inner_list(cells, reading, key, &mut read),
                    _ => Err(strange()),
                });
                rows.collect()
            }
            Held::Records(bytes) => {
                if let Some(sorted) = reading.map(|reading| reading.of_records(&bytes)).transpose()?.flatten() {
                    return sorted.into_iter().map(|record| inner_record(record, reading, key, &mut read)).collect();
                }
                let mut all = Vec::new();
                for record in Record::each(&bytes) {
                    all.push(inner_record(record.ok_or_else(strange)?, reading, key, &mut read)?);
                }
                Ok(all)
            }
        }
    }

    /// How the next cell of related rows is read, and what they share with this row.
    fn reading(&mut self) -> (Option<&'r Reading>, Option<i64>) {
        let next = self.readings.split_first();
        self.readings = next.map_or(&[], |(_, others)| others);
        (next.map(|(reading, _)| reading), self.key)
    }

    fn held(&mut self) -> Result<Held<'r>> {
        match self.next()? {
            Cell::Value(Value::Null) => Ok(Held::Nothing),
            Cell::Value(Value::List(values)) => Ok(Held::List(values)),
            Cell::Value(Value::Bytes(records)) => Ok(Held::Records(records.into())),
            Cell::Bytes(records) => Ok(Held::Records(records.into())),
            _ => Err(strange()),
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
        self.next()?.value()
    }

    /// Leaves out the cells that are left of a row among values.
    pub(crate) fn skip(&mut self) {
        if let Cells::Values(left, values) = &mut self.cells {
            values.by_ref().take(std::mem::take(left)).for_each(drop);
        }
    }

    /// How many cells are left.
    pub(crate) fn left(&self) -> usize {
        self.sent() + usize::from(self.shared.is_some())
    }

    /// How many cells are left of those that the database has sent.
    fn sent(&self) -> usize {
        match &self.cells {
            Cells::Values(left, _) => *left,
            Cells::Record(record) => record.cells() as usize,
            #[cfg(feature = "sqlite")]
            Cells::Sqlite(cells) => cells.left(),
            #[cfg(feature = "postgres")]
            Cells::Postgres(cells) => cells.left(),
        }
    }

    /// The cells that are left.
    pub(crate) fn rest(&mut self) -> Result<Vec<Value>> {
        (0..self.left()).map(|_| self.cell()).collect()
    }
}

/// Reads a whole record.
#[inline]
fn inner_record<T>(
    record: Record<'_>,
    reading: Option<&Reading>,
    key: Option<i64>,
    read: impl FnOnce(&mut Row<'_>) -> Result<T>,
) -> Result<T> {
    let mut row = Row::inner(Cells::Record(record), reading, key)?;
    let read = read(&mut row)?;
    match row.cells {
        Cells::Record(record) if record.is_over() && row.shared.is_none() => Ok(read),
        _ => Err(strange()),
    }
}

fn inner_list<T>(
    cells: Vec<Value>,
    reading: Option<&Reading>,
    key: Option<i64>,
    read: impl FnOnce(&mut Row<'_>) -> Result<T>,
) -> Result<T> {
    let width = cells.len();
    read(&mut Row::inner(Cells::Values(width, &mut cells.into_iter()), reading, key)?)
}

/// Reads a row whose cells are in a list.
pub(crate) fn read_list<T>(cells: Vec<Value>, read: impl FnOnce(&mut Row<'_>) -> Result<T>) -> Result<T> {
    inner_list(cells, None, None, read)
}

#[cold]
fn few() -> Error {
    Error::internal("a row has too few cells")
}

#[cold]
fn undecoded(model: &str, field: &str, expected: &'static str) -> Error {
    Error::Decode { model: model.to_owned(), field: field.to_owned(), expected }
}
