//! What is made of the rows of an answer.

use crate::driver::{Reader, Rows};
use crate::error::Result;
use crate::row::Row;

/// Makes something of each row, and keeps it.
pub(crate) struct Gather<K, F> {
    kept: K,
    read: F,
}

/// Where what is made of rows is kept. There is no room for all of it from the start: the C library tidies up all small blocks
/// before it gives away a large one, which takes longer than to grow.
pub(crate) trait Keep: Default + Send {
    /// What is made of a row.
    type Item;

    fn keep(&mut self, item: Self::Item);
}

/// All of it.
impl<T: Send> Keep for Vec<T> {
    type Item = T;

    fn keep(&mut self, item: T) {
        self.push(item);
    }
}

/// What is made of the first row.
impl<T: Send> Keep for Option<T> {
    type Item = T;

    fn keep(&mut self, item: T) {
        self.get_or_insert(item);
    }
}

impl<K: Keep, F: FnMut(&mut Row<'_>) -> Result<K::Item> + Send> Gather<K, F> {
    pub(crate) fn new(read: F) -> Self {
        Self { kept: K::default(), read }
    }

    /// What was made of the rows.
    pub(crate) fn into_kept(self) -> K {
        self.kept
    }

    /// What is made of rows that are all there.
    pub(crate) fn of(rows: Rows, read: F) -> Result<K> {
        let mut gather = Self::new(read);
        rows.read_by(&mut gather)?;
        Ok(gather.kept)
    }
}

/// Reads the number of rows in a row.
pub(crate) fn number(row: &mut Row<'_>) -> Result<u64> {
    row.number()
}

impl<K: Keep, F: FnMut(&mut Row<'_>) -> Result<K::Item> + Send> Reader for Gather<K, F> {
    fn row(&mut self, row: &mut Row<'_>) -> Result<()> {
        self.kept.keep((self.read)(row)?);
        Ok(())
    }

    fn anew(&mut self) {
        self.kept = K::default();
    }
}
