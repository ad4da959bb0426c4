//! What a statement leaves to whoever reads related rows.
//!
//! *Their order.* A database sorts the related rows of each row by themselves, and before it makes anything of them: on
//! PostgreSQL that is a fifth of what a nested include takes. Most rows come in the order that is wanted anyway. So where the
//! values that are read stand in the same order here as there, the statement says nothing of it.
//!
//! *What they share with the row that they belong to.* The key that leads there is that row's own, and need not be sent again
//! with each of them.

use std::cmp::Ordering;

use crate::driver::Reader;
use crate::error::Result;
use crate::record::{Record, strange};
use crate::row::Row;
use crate::value::Value;

/// How what a row brings along is read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Readings {
    /// The cell of the row that others share; a whole number.
    pub(crate) shared: Option<usize>,
    /// One for each cell of related rows.
    pub(crate) each: Vec<Reading>,
}

/// How the rows of an include are read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The order to put them in: by the first of these, then by the next; none if they come in it.
    pub(crate) keys: Vec<Key>,
    /// The place among their cells of what they share with the row that they belong to, and which is not among them.
    pub(crate) shared: Option<usize>,
    pub(crate) nested: Readings,
}

/// A cell that rows are in the order of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) cell: usize,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
}

impl Readings {
    /// Whether nothing is left to whoever reads.
    pub(crate) fn is_idle(&self) -> bool {
        self.each.iter().all(|each| each.keys.is_empty() && each.shared.is_none() && each.nested.is_idle())
    }
}

impl Reading {
    /// Some records in their order; none if they are in it.
    pub(crate) fn of_records<'r>(&self, records: &'r [u8]) -> Result<Option<Vec<Record<'r>>>> {
        let each = || Record::each(records);
        let Some(first) = self.keys.first() else { return Ok(None) };
        let (mut before, mut sorted) = (None, true);
        for record in each() {
            let record = record.ok_or_else(strange)?;
            // Mostly the first key decides, and then nobody looks at a record twice.
            let rank = record.rank(first.cell);
            if let Some((rank_before, before)) = before {
                let order = first.compare(rank_before, rank);
                sorted &= order.is_lt() || (order.is_eq() && self.compare_records(before, record).is_le());
            }
            before = Some((rank, record));
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
    if let Value::List(cells) = row { rank_of(cells.get(cell)) } else { Rank::Strange }
}

/// Where a value stands in an order.
pub(crate) fn rank_of(value: Option<&Value>) -> Rank<'_> {
    match value {
        Some(Value::Null) => Rank::Null,
        Some(Value::Bool(value)) => Rank::Number((*value).into()),
        Some(Value::Int(value)) => Rank::Number(*value),
        Some(Value::DateTime(value)) => Rank::Number(value.timestamp_millis()),
        Some(Value::Text(text)) => Rank::Text(text.as_bytes()),
        _ => Rank::Strange,
    }
}

/// Has rows read such that their related rows are as they should be.
pub(crate) struct Completed<'a> {
    pub(crate) readings: &'a Readings,
    pub(crate) reader: &'a mut dyn Reader,
}

impl Reader for Completed<'_> {
    fn row(&mut self, row: &mut Row<'_>) -> Result<()> {
        row.completed(self.readings, |row| self.reader.row(row))
    }

    fn anew(&mut self) {
        self.reader.anew();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{INT_64, NOTHING, TEXT};

    fn key(cell: usize, descending: bool, nulls_first: bool) -> Key {
        Key { cell, descending, nulls_first }
    }

    fn length(bytes: &[u8]) -> u32 {
        bytes.len().try_into().unwrap()
    }

    /// Records of a number and a text.
    fn records(rows: &[(Option<i64>, &str)]) -> Vec<u8> {
        let mut all = Vec::new();
        for (number, text) in rows {
            let mut record = 2_u32.to_be_bytes().to_vec();
            let held = number.map(i64::to_be_bytes);
            for (ty, held) in [(INT_64, held.as_ref().map(|bytes| &bytes[..])), (TEXT, Some(text.as_bytes()))] {
                record.extend(ty.to_be_bytes());
                record.extend(held.map_or(NOTHING, length).to_be_bytes());
                record.extend(held.unwrap_or_default());
            }
            all.extend(length(&record).to_be_bytes());
            all.extend(record);
        }
        all
    }

    const ROWS: [(Option<i64>, &str); 5] = [(Some(3), "a"), (None, "b"), (Some(-1), "d"), (Some(3), "c"), (None, "a")];

    /// The texts of the rows in their order, as records and as lists.
    fn sorted(keys: Vec<Key>) -> String {
        let reading = Reading { keys, ..Reading::default() };
        let bytes = records(&ROWS);
        let all = reading.of_records(&bytes).unwrap();
        let texts =
            all.unwrap_or_else(|| Record::each(&bytes).flatten().collect()).into_iter().map(|row| match row.rank(1) {
                Rank::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
                other => panic!("{other:?}"),
            });
        let texts: String = texts.collect();
        let row = |(number, text): (Option<i64>, &str)| {
            Value::List(vec![number.map_or(Value::Null, Value::Int), Value::Text(text.to_owned())])
        };
        let mut lists: Vec<Value> = ROWS.into_iter().map(row).collect();
        reading.sort_lists(&mut lists);
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
        let reading = |keys| Reading { keys, ..Reading::default() };
        let bytes = records(&[(Some(1), "b"), (Some(2), "a"), (Some(2), "a"), (None, "")]);
        assert!(reading(vec![key(0, false, false)]).of_records(&bytes).unwrap().is_none());
        assert!(reading(vec![key(0, false, true)]).of_records(&bytes).unwrap().is_some());
        assert!(reading(vec![key(0, false, false)]).of_records(&[]).unwrap().is_none());
    }

    #[test]
    fn records_that_are_damaged_are_an_error() {
        let mut bytes = records(&ROWS);
        bytes.pop();
        let reading = Reading { keys: vec![key(0, false, false)], ..Reading::default() };
        assert!(reading.of_records(&bytes).is_err());
        assert_eq!(Record::of(&[0, 0, 0, 1]).unwrap().rank(0), Rank::Strange);
        assert_eq!(Record::of(&[0, 0, 0, 1]).unwrap().rank(9), Rank::Strange);
    }
}
