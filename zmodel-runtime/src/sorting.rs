//! Related rows in an order that their statement does not ask for.
//!
//! A database sorts the related rows of each row by themselves, and before it makes anything of them: on PostgreSQL that is a
//! fifth of what a nested include takes. Most rows come in the order that is wanted anyway. So where the values that are read
//! stand in the same order here as there, the statement leaves the order to whoever reads the rows.

use std::cmp::Ordering;

use crate::driver::Reader;
use crate::error::Result;
use crate::record::{Record, strange};
use crate::row::Row;
use crate::value::Value;

/// The order of the rows of an include.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Sorting {
    /// By the first of these, then by the next; none where the rows come in the right order.
    pub(crate) keys: Vec<Key>,
    /// The orders of what the rows include in turn: one for each cell of related rows.
    pub(crate) nested: Vec<Sorting>,
}

/// A cell that rows are in the order of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) cell: usize,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
}

impl Sorting {
    /// Whether all rows come in the right order, those that they include too.
    pub(crate) fn is_idle(&self) -> bool {
        self.keys.is_empty() && self.nested.iter().all(Self::is_idle)
    }

    /// Some records in their order; none if they are in it.
    pub(crate) fn of_records<'r>(&self, records: &'r [u8]) -> Result<Option<Vec<Record<'r>>>> {
        let each = || Record::each(records);
        let (mut before, mut sorted) = (None, true);
        if !self.keys.is_empty() {
            for record in each() {
                let record = record.ok_or_else(strange)?;
                sorted &= before.is_none_or(|before| self.compare_records(before, record).is_le());
                before = Some(record);
            }
        }
        if sorted {
            return Ok(None);
        }
        let mut all: Vec<_> = each().flatten().collect();
        all.sort_by(|one, other| self.compare_records(*one, *other));
        Ok(Some(all))
    }

    /// Puts some lists of cells in their order.
    pub(crate) fn sort_lists(&self, rows: &mut [Value]) {
        if !self.keys.is_empty() {
            rows.sort_by(|one, other| self.compare(|cell| rank(one, cell), |cell| rank(other, cell)));
        }
    }

    fn compare_records(&self, one: Record<'_>, other: Record<'_>) -> Ordering {
        self.compare(|cell| one.rank(cell), |cell| other.rank(cell))
    }

    fn compare<'a, 'b>(&self, one: impl Fn(usize) -> Rank<'a>, other: impl Fn(usize) -> Rank<'b>) -> Ordering {
        let mut orders = self.keys.iter().map(|key| key.compare(one(key.cell), other(key.cell)));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

impl Key {
    fn compare(self, one: Rank<'_>, other: Rank<'_>) -> Ordering {
        match (one, other) {
            (Rank::Null, Rank::Null) => Ordering::Equal,
            (Rank::Null, _) if self.nulls_first => Ordering::Less,
            (_, Rank::Null) if self.nulls_first => Ordering::Greater,
            (Rank::Null, _) => Ordering::Greater,
            (_, Rank::Null) => Ordering::Less,
            (one, other) if self.descending => other.cmp(&one),
            (one, other) => one.cmp(&other),
        }
    }
}

/// Where a cell stands in an order, from low to high. Numbers are before texts, as on SQLite, where a column can have both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank<'r> {
    Null,
    Number(i64),
    Text(&'r [u8]),
    /// What no field holds that rows are put in order by; reading it is an error.
    Strange,
}

fn rank(row: &Value, cell: usize) -> Rank<'_> {
    let Value::List(cells) = row else { return Rank::Strange };
    match cells.get(cell) {
        Some(Value::Null) => Rank::Null,
        Some(Value::Bool(value)) => Rank::Number((*value).into()),
        Some(Value::Int(value)) => Rank::Number(*value),
        Some(Value::DateTime(value)) => Rank::Number(value.timestamp_millis()),
        Some(Value::Text(text)) => Rank::Text(text.as_bytes()),
        _ => Rank::Strange,
    }
}

/// Reads rows, and puts the related rows in them in order.
pub(crate) struct Sorted<'a> {
    pub(crate) sortings: &'a [Sorting],
    pub(crate) reader: &'a mut dyn Reader,
}

impl Reader for Sorted<'_> {
    fn row(&mut self, row: &mut Row<'_>) -> Result<()> {
        row.sorted(self.sortings, |row| self.reader.row(row))
    }

    fn anew(&mut self) {
        self.reader.anew();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INT_32: u32 = 23;
    const TEXT: u32 = 25;

    fn key(cell: usize, descending: bool, nulls_first: bool) -> Key {
        Key { cell, descending, nulls_first }
    }

    fn length(bytes: &[u8]) -> u32 {
        bytes.len().try_into().unwrap()
    }

    /// Records of a number and a text.
    fn records(rows: &[(Option<i32>, &str)]) -> Vec<u8> {
        let mut all = Vec::new();
        for (number, text) in rows {
            let mut record = 2_u32.to_be_bytes().to_vec();
            let held = number.map(i32::to_be_bytes);
            for (ty, held) in [(INT_32, held.as_ref().map(|bytes| &bytes[..])), (TEXT, Some(text.as_bytes()))] {
                record.extend(ty.to_be_bytes());
                record.extend(held.map_or(u32::MAX, length).to_be_bytes());
                record.extend(held.unwrap_or_default());
            }
            all.extend(length(&record).to_be_bytes());
            all.extend(record);
        }
        all
    }

    const ROWS: [(Option<i32>, &str); 5] = [(Some(3), "a"), (None, "b"), (Some(-1), "d"), (Some(3), "c"), (None, "a")];

    /// The texts of the rows in their order, as records and as lists.
    fn sorted(keys: Vec<Key>) -> String {
        let sorting = Sorting { keys, nested: Vec::new() };
        let bytes = records(&ROWS);
        let all = sorting.of_records(&bytes).unwrap();
        let texts =
            all.unwrap_or_else(|| Record::each(&bytes).flatten().collect()).into_iter().map(|row| match row.rank(1) {
                Rank::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
                other => panic!("{other:?}"),
            });
        let texts: String = texts.collect();
        let row = |(number, text): (Option<i32>, &str)| {
            Value::List(vec![
                number.map_or(Value::Null, |number| Value::Int(number.into())),
                Value::Text(text.to_owned()),
            ])
        };
        let mut lists: Vec<Value> = ROWS.into_iter().map(row).collect();
        sorting.sort_lists(&mut lists);
        let text = |row: &Value| match rank(row, 1) {
            Rank::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        };
        assert_eq!(lists.iter().map(text).collect::<String>(), texts);
        texts
    }

    #[test]
    fn rows_are_sorted_by_one_key_after_the_other() {
        assert_eq!(sorted(vec![]), "abdca");
        assert_eq!(sorted(vec![key(0, false, true)]), "badac");
        assert_eq!(sorted(vec![key(0, false, false)]), "dacba");
        assert_eq!(sorted(vec![key(0, true, true)]), "baacd");
        assert_eq!(sorted(vec![key(0, true, false), key(1, true, false)]), "cadba");
        assert_eq!(sorted(vec![key(1, false, false), key(0, false, false)]), "aabcd");
    }

    #[test]
    fn rows_that_are_in_order_stay_where_they_are() {
        let sorting = |keys| Sorting { keys, nested: Vec::new() };
        let bytes = records(&[(Some(1), "b"), (Some(2), "a"), (Some(2), "a"), (None, "")]);
        assert!(sorting(vec![key(0, false, false)]).of_records(&bytes).unwrap().is_none());
        assert!(sorting(vec![key(0, false, true)]).of_records(&bytes).unwrap().is_some());
        assert!(sorting(vec![key(0, false, false)]).of_records(&[]).unwrap().is_none());
    }

    #[test]
    fn records_that_are_damaged_are_an_error() {
        let mut bytes = records(&ROWS);
        bytes.pop();
        let sorting = Sorting { keys: vec![key(0, false, false)], nested: Vec::new() };
        assert!(sorting.of_records(&bytes).is_err());
        assert_eq!(Record::of(&[0, 0, 0, 1]).unwrap().rank(0), Rank::Strange);
        assert_eq!(Record::of(&[0, 0, 0, 1]).unwrap().rank(9), Rank::Strange);
    }
}
