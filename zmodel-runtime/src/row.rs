//! Rows that are read: their cells one after the other, and the rows inside of them.
//!
//! A row is read where it lies: where the database has it, or among the values that a driver has made of it.
//! Related rows are in a cell, as a driver gives them: lists of cells, or records (see [`record`](crate::record)).

use std::borrow::Cow;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::driver;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::record::{Cell, Record, strange};
use crate::sorting::Sorting;
use crate::value::{FieldValue, Value};

/// The cells of a row that are still to be read.
#[derive(Debug)]
pub struct Row<'r> {
    model: &'static str,
    cells: Cells<'r>,
    /// The orders of what is in the cells of related rows that are left; none where rows come in their order.
    sortings: &'r [Sorting],
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
        Self { model: "", cells, sortings: &[] }
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
            Cells::Values(left, values) => match values.next().filter(|_| *left > 0) {
                Some(value) => {
                    *left -= 1;
                    T::from_value(value)
                }
                None => return Err(few()),
            },
            #[cfg(feature = "sqlite")]
            Cells::Sqlite(cells) => cells.read()?,
            #[cfg(feature = "postgres")]
            Cells::Postgres(cells) => cells.read()?,
            _ => self.next()?.read(),
        };
        match read {
            Ok(value) => Ok(value),
            Err(expected) => Err(undecoded(self.model, field, expected)),
        }
    }

    /// The next cell.
    fn next(&mut self) -> Result<Cell<'r>> {
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

    /// Has the row read such that related rows are in order.
    pub(crate) fn sorted<T>(
        &mut self,
        sortings: &[Sorting],
        read: impl FnOnce(&mut Row<'_>) -> Result<T>,
    ) -> Result<T> {
        let cells = std::mem::replace(&mut self.cells, Cells::Record(Record::EMPTY));
        let mut row = Row { model: self.model, cells, sortings };
        let read = read(&mut row);
        row.skip();
        read
    }

    /// Reads the next cell, which holds a related row, or none.
    pub(crate) fn related<T>(&mut self, read: impl FnOnce(&mut Row<'_>) -> Result<T>) -> Result<Option<T>> {
        let nested = self.sorting().map_or(&[][..], |sorting| &sorting.nested);
        match self.held()? {
            Held::Nothing => Ok(None),
            Held::List(cells) => nested_list(cells, nested, read).map(Some),
            Held::Records(bytes) => read_record(Record::of(&bytes).ok_or_else(strange)?, nested, read).map(Some),
        }
    }

    /// Reads the next cell, which holds related rows.
    pub(crate) fn all_related<T>(&mut self, mut read: impl FnMut(&mut Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        let sorting = self.sorting();
        let nested = sorting.map_or(&[][..], |sorting| &sorting.nested);
        match self.held()? {
            Held::Nothing => Ok(Vec::new()),
            Held::List(mut rows) => {
                if let Some(sorting) = sorting {
                    sorting.sort_lists(&mut rows);
                }
                let rows = rows.into_iter().map(|row| match row {
                    Value::List(cells) => nested_list(cells, nested, &mut read),
                    _ => Err(strange()),
                });
                rows.collect()
            }
            Held::Records(bytes) => {
                if let Some(sorting) = sorting
                    && let Some(sorted) = sorting.of_records(&bytes)?
                {
                    return sorted.into_iter().map(|record| read_record(record, nested, &mut read)).collect();
                }
                let mut all = Vec::new();
                for record in Record::each(&bytes) {
                    all.push(read_record(record.ok_or_else(strange)?, nested, &mut read)?);
                }
                Ok(all)
            }
        }
    }

    /// The order of what is in the next cell of related rows.
    fn sorting(&mut self) -> Option<&'r Sorting> {
        let (sorting, others) = self.sortings.split_first()?;
        self.sortings = others;
        Some(sorting)
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
fn read_record<T>(record: Record<'_>, sortings: &[Sorting], read: impl FnOnce(&mut Row<'_>) -> Result<T>) -> Result<T> {
    let mut row = Row { sortings, ..Row::new(Cells::Record(record)) };
    let read = read(&mut row)?;
    match row.cells {
        Cells::Record(record) if record.is_over() => Ok(read),
        _ => Err(strange()),
    }
}

/// Reads a row whose cells are in a list.
pub(crate) fn read_list<T>(cells: Vec<Value>, read: impl FnOnce(&mut Row<'_>) -> Result<T>) -> Result<T> {
    nested_list(cells, &[], read)
}

fn nested_list<T>(cells: Vec<Value>, sortings: &[Sorting], read: impl FnOnce(&mut Row<'_>) -> Result<T>) -> Result<T> {
    let width = cells.len();
    read(&mut Row { sortings, ..Row::of(&mut cells.into_iter(), width) })
}

#[cold]
fn few() -> Error {
    Error::internal("a row has too few cells")
}

#[cold]
fn undecoded(model: &str, field: &str, expected: &'static str) -> Error {
    Error::Decode { model: model.to_owned(), field: field.to_owned(), expected }
}
