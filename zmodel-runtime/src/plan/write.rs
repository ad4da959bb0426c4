//! Plans that write.

use super::{Filter, Include};
use crate::schema::{FieldId, ModelId, RelationId};
use crate::value::Value;

/// What a new row is made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct New {
    /// Values by field; a field that is not here gets its default.
    pub values: Vec<(FieldId, Value)>,
    /// What is done along its relations.
    pub nested: Vec<Nested>,
}

/// What an update does to a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// New values by field.
    pub values: Vec<(FieldId, Assign)>,
    /// What is done along its relations.
    pub nested: Vec<Nested>,
}

impl Changes {
    /// Whether they change nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty() && self.nested.is_empty()
    }
}

/// What becomes of a field.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Assign {
    /// It gets this value.
    Set(Value),
    /// A number is added to it.
    Increment(Value),
    /// A number is taken from it.
    Decrement(Value),
    /// It is multiplied by a number.
    Multiply(Value),
    /// It is divided by a number.
    Divide(Value),
    /// These values come to the end of its list.
    Push(Vec<Value>),
}

/// What is done to rows along a relation.
#[derive(Debug, Clone, PartialEq)]
pub struct Nested {
    /// The relation of the row at hand.
    pub relation: RelationId,
    /// What is done.
    pub write: NestedWrite,
}

/// A row that is looked for: it has a unique key, and whatever else is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The values of a unique constraint, and nothing else.
    pub unique: Filter,
    /// What must hold besides.
    pub when: Option<Filter>,
}

impl Key {
    /// Both together.
    #[must_use]
    pub fn into_filter(self) -> Filter {
        match self.when {
            Some(when) => self.unique.and(when),
            None => self.unique,
        }
    }
}

/// What can be done to rows along a relation. Filters are asked of those rows alone that belong to the row at hand.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum NestedWrite {
    /// A new related row.
    Create(New),
    /// New related rows, without relations of their own. With `true`, those that a unique constraint refuses are left
    /// out.
    CreateMany(Vec<Vec<(FieldId, Value)>>, bool),
    /// A row that is there becomes related.
    Connect(Key),
    /// A row that is there becomes related, or else a new one.
    ConnectOrCreate(Key, New),
    /// Related rows are related no more.
    Disconnect(Filter),
    /// These rows become related, and all others are related no more.
    Set(Vec<Key>),
    /// The related row that matches is changed.
    Update(Filter, Changes),
    /// The related row that matches is changed, or else a new one is made.
    Upsert(Filter, New, Changes),
    /// All related rows that match are changed, so many at most.
    UpdateMany(Filter, Vec<(FieldId, Assign)>, Option<u32>),
    /// The related row that matches is deleted.
    Delete(Filter),
    /// All related rows that match are deleted, so many at most.
    DeleteMany(Filter, Option<u32>),
}

/// A row to insert.
#[derive(Debug, Clone, PartialEq)]
pub struct Create {
    /// The model.
    pub model: ModelId,
    /// The row.
    pub new: New,
    /// Related rows to bring along when the new row is read back.
    pub includes: Vec<Include>,
}

/// Rows to insert.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateMany {
    /// The model.
    pub model: ModelId,
    /// The values of each row by field.
    pub rows: Vec<Vec<(FieldId, Value)>>,
    /// Whether rows that a unique constraint refuses are left out.
    pub skip_duplicates: bool,
}

/// A row to change.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The model.
    pub model: ModelId,
    /// The row.
    pub key: Key,
    /// What it becomes.
    pub changes: Changes,
    /// Related rows to bring along when the row is read back.
    pub includes: Vec<Include>,
}

/// Rows to change alike.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateMany {
    /// The model.
    pub model: ModelId,
    /// Which rows.
    pub filter: Filter,
    /// What they become.
    pub values: Vec<(FieldId, Assign)>,
    /// So many at most, of those that the rules let the caller change.
    pub limit: Option<u32>,
}

/// A row to change, or else to insert.
#[derive(Debug, Clone, PartialEq)]
pub struct Upsert {
    /// The model.
    pub model: ModelId,
    /// The row.
    pub key: Key,
    /// The row to insert.
    pub create: New,
    /// What the row becomes that is there.
    pub update: Changes,
    /// Related rows to bring along when the row is read back.
    pub includes: Vec<Include>,
}

/// Rows to change or to insert, each by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct UpsertMany {
    /// The model.
    pub model: ModelId,
    /// The rows.
    pub rows: Vec<UpsertRow>,
}

/// One row of an [`UpsertMany`].
#[derive(Debug, Clone, PartialEq)]
pub struct UpsertRow {
    /// The row.
    pub key: Key,
    /// The row to insert.
    pub create: New,
    /// What the row becomes that is there.
    pub update: Changes,
}

/// How rows are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Removal {
    /// As their model has it: where it has a field marked `@deletedAt`, they stay in the table with the time in it.
    #[default]
    Usual,
    /// Taken from the table, also those that are marked as deleted already.
    ForGood,
}

/// A row to delete.
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    /// The model.
    pub model: ModelId,
    /// The row.
    pub key: Key,
    /// How it is deleted.
    pub removal: Removal,
    /// Related rows to bring along when the row is read for the last time.
    pub includes: Vec<Include>,
}

/// Rows to delete.
#[derive(Debug, Clone, PartialEq)]
pub struct DeleteMany {
    /// The model.
    pub model: ModelId,
    /// Which rows.
    pub filter: Filter,
    /// So many at most, of those that the rules let the caller delete.
    pub limit: Option<u32>,
    /// How they are deleted.
    pub removal: Removal,
}

/// A row to restore that is marked as deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct Restore {
    /// The model.
    pub model: ModelId,
    /// The row.
    pub key: Key,
}

/// Rows to restore that are marked as deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct RestoreMany {
    /// The model.
    pub model: ModelId,
    /// Which rows.
    pub filter: Filter,
    /// So many at most, of those that the rules let the caller restore.
    pub limit: Option<u32>,
}
