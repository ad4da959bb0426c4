//! The shape of a guarded query: everything but its values.
//!
//! A shape is compared and hashed as a whole: two queries with the same shape have the same SQL.

mod predicate;

pub(crate) use predicate::{Calculated, Column, Extracted, Json, JsonKind, Predicate, Scalar, Search, Step};

use super::{Link, Source};
use crate::plan::{Direction, Nulls};
use crate::schema::{FieldId, ModelId};

/// A parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Slot {
    /// Its position among the parameters of the query.
    pub(crate) at: u32,
    /// What kind of number it is, if it is one that is compared with something.
    pub(crate) number: Option<Number>,
}

/// How many rows at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Limit {
    /// One. A database that does not know how many rows are wanted plans for a tenth of them, or plans anew each time.
    One,
    Slot(Slot),
}

/// The kinds of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Number {
    Whole,
    Float,
    Exact,
}

/// The name of one occurrence of a table in a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Alias(pub(crate) u32);

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Shape {
    Find(Select),
    Count(Select),
    Exists(Select),
    Aggregate(Select, Vec<Measure>),
    Groups(Groups),
    Insert(Insert),
    InsertMany(InsertMany),
    InsertColumns(InsertColumns),
    Upsert(Upsert),
    /// Whether the rules allow a new row.
    Admits(Source),
    /// Whether the rules allow every one of some new rows.
    AdmitsAll(Vec<Source>),
    /// The rows that an update or a delete would be about, with every field.
    Before(Mutation),
    /// With a model, its table: the part of the rows that lies there.
    Update(Mutation, Option<ModelId>, Vec<(FieldId, Assignment)>),
    Delete(Mutation),
    /// The parts of rows that lie in the table of their own model, and not in those of its delegates.
    DeletePart(Mutation),
    /// Rows are marked as deleted, at the time in the slot.
    MarkDeleted(Mutation, Slot),
    /// Two rows become linked, or are linked no more.
    Link(Linking),
    /// Rows with these keys are linked to nothing any more.
    UnlinkAll(Link, Vec<Slot>),
    /// What is linked to a row with the key `old` becomes linked to one with the key `new`.
    Relink {
        link: Link,
        old: Slot,
        new: Slot,
    },
}

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Assignment {
    Set(Slot),
    Add(Slot),
    Subtract(Slot),
    Multiply(Slot),
    Divide(Slot),
    Append(Slot),
    /// What the new row has, in an upsert.
    Given,
}

/// What a write gives of the rows that it has written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Returning {
    /// The whole row, in the order of the schema, as far as this source shows it; and, unless it has every row, whether
    /// it has this one.
    Row(Box<Source>),
    /// The fields by which it is found and by which others refer to it; see `Model::key_fields`.
    Keys,
    /// Its id.
    Id,
    /// Nothing: it is enough to know how many they were.
    Nothing,
}

/// A link that is made or taken away if the rules permit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Linking {
    pub(crate) link: Link,
    pub(crate) here: Slot,
    pub(crate) there: Slot,
    /// What must hold: both rows may be updated.
    pub(crate) allowed: Predicate,
    /// Whether the link is made.
    pub(crate) on: bool,
}

/// Rows of one source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Select {
    pub(crate) source: Source,
    pub(crate) filter: Predicate,
    /// The fields that are read; all that can be, if it says nothing.
    pub(crate) fields: Option<Vec<FieldId>>,
    pub(crate) order: Vec<Order>,
    /// Only the first of those that have the same values in these fields.
    pub(crate) distinct: Vec<FieldId>,
    /// Of what is left then, what stands beyond a place in the order.
    pub(crate) beyond: Predicate,
    pub(crate) take: Option<Limit>,
    pub(crate) skip: Option<Slot>,
    /// Whether `take` and `skip` count from the end of the order.
    pub(crate) from_end: bool,
    pub(crate) includes: Vec<Include>,
    /// Whether the values of the order are read as well, after everything else.
    pub(crate) places: bool,
    /// Whether the engine reads the id for itself, also where the caller may not see it.
    pub(crate) keys: bool,
}

impl Select {
    /// All rows of a source that satisfy a filter.
    pub(super) const fn new(source: Source, filter: Predicate) -> Self {
        Self {
            source,
            filter,
            fields: None,
            order: Vec::new(),
            distinct: Vec::new(),
            beyond: Predicate::TRUE,
            take: None,
            skip: None,
            from_end: false,
            includes: Vec::new(),
            places: false,
            keys: false,
        }
    }

    /// Whether it reads at most the row of a key and looks at nothing else. `by_key` says that its filter has a key.
    pub(crate) fn is_point(&self, by_key: bool) -> bool {
        let alone = self.includes.is_empty() && self.order.is_empty() && self.distinct.is_empty();
        by_key && alone && self.filter.is_local() && self.source.is_local()
    }

    /// Whether all rows are read that satisfy the filter, in any order.
    pub(crate) const fn is_plain(&self) -> bool {
        self.order.is_empty() && self.is_whole()
    }

    /// Whether all rows are read that satisfy the filter.
    pub(crate) const fn is_whole(&self) -> bool {
        self.distinct.is_empty() && self.take.is_none() && self.skip.is_none()
    }
}

/// A place in an ordering.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Order {
    pub(crate) value: Scalar,
    pub(crate) direction: Direction,
    /// Where NULLs stand; without it where the database puts them.
    pub(crate) nulls: Option<Nulls>,
}

/// One more column of a row. Where it is about related rows, the filter joins them to that row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Include {
    /// At most one row.
    One(Select),
    Many(Select),
    Count(Select),
    /// What a field of the row is with arguments, and the column that it would be.
    Asked(Column, Scalar),
}

/// Groups of rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Groups {
    pub(crate) source: Source,
    pub(crate) filter: Predicate,
    pub(crate) by: Vec<Column>,
    pub(crate) measures: Vec<Measure>,
    pub(crate) having: Predicate,
    pub(crate) order: Vec<Order>,
    pub(crate) take: Option<Limit>,
    pub(crate) skip: Option<Slot>,
    /// Whether `take` and `skip` count from the end of the order.
    pub(crate) from_end: bool,
}

/// A value made of many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Measure {
    Rows,
    Of(Function, Column),
}

/// How a value is made of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Count,
    Sum,
    Average,
    Minimum,
    Maximum,
}

/// A row to insert if the rules permit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Insert {
    /// The table, open as far as the rules allow the new row.
    pub(crate) source: Source,
    /// The model in whose table the values go, where it is a delegate of the row's own.
    pub(crate) part: Option<ModelId>,
    pub(crate) values: Vec<(FieldId, Slot)>,
    /// Whether a row that a unique constraint refuses is left out.
    pub(crate) skip: bool,
    pub(crate) returning: Returning,
}

/// Rows to insert, each if the rules permit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct InsertMany {
    /// For each row the table, open as far as the rules allow the row.
    pub(crate) sources: Vec<Source>,
    /// What every row has a value for.
    pub(crate) fields: Vec<FieldId>,
    /// The values of each row, in the order of the fields.
    pub(crate) rows: Vec<Vec<Slot>>,
    /// Whether rows that a unique constraint refuses are left out.
    pub(crate) skip: bool,
    pub(crate) returning: Returning,
}

/// Rows to insert whatever the rules say of them, column by column: however many they are, the statement is the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct InsertColumns {
    /// The table, open for every one of the rows.
    pub(crate) source: Source,
    /// Fields with a list of values, one for each row.
    pub(crate) columns: Vec<(FieldId, Slot)>,
    /// Whether rows that a unique constraint refuses are left out.
    pub(crate) skip: bool,
    pub(crate) returning: Returning,
}

/// Rows to insert, each to be updated instead if there is one with the same key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Upsert {
    pub(crate) insert: InsertMany,
    /// The fields of the key.
    pub(crate) key: Vec<FieldId>,
    /// The rows that the rules let the caller change.
    pub(crate) there: Source,
    pub(crate) changes: Vec<(FieldId, Assignment)>,
}

/// Rows to update or delete.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Mutation {
    /// The rows that the rules let the caller change.
    pub(crate) source: Source,
    pub(crate) filter: Predicate,
    /// At most so many.
    pub(crate) take: Option<Slot>,
    /// Whether the rules and the filter can be asked of the table that is written, instead of where rows are chosen.
    pub(crate) direct: bool,
    pub(crate) returning: Returning,
}
