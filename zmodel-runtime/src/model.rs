//! What generated code says of a model, and how its rows are read.

use crate::error::Result;
use crate::field::{Field, Operand};
use crate::filter::Filter;
pub use crate::row::Row;
use crate::schema::{FieldId, ModelId};
use crate::value::Value;

/// A model of the schema, as its generated struct implements it.
pub trait Model: Sized + Send + Sync + 'static {
    /// Its position in the schema table.
    const ID: ModelId;
    /// Its name in the schema.
    const NAME: &'static str;
    /// Handles of its fields and relations.
    type Fields: Copy + 'static;
    /// The handles.
    const FIELDS: Self::Fields;
    /// A value of one of its unique constraints.
    type Key: Into<Filter<Self>>;

    /// Reads a row: its fields in the order of the schema.
    ///
    /// # Errors
    /// A cell does not hold what the schema promises.
    fn decode(row: &mut Row<'_>) -> Result<Self>;
}

/// A model whose rows can be written: every model but a view.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a view, whose rows cannot be written",
    note = "write to the models that the view is made of"
)]
pub trait Writable: Model {
    /// What an update may change.
    type Changes: Into<Values<Self>>;
}

/// A model whose rows can be created: every model but a view, and a delegate, whose rows are made through the models that
/// extend it.
#[diagnostic::on_unimplemented(
    message = "no row of `{Self}` can be created by itself",
    note = "a view is never written; a row of a delegate is created as one of a model that extends it"
)]
pub trait Creatable: Writable {
    /// What a new row must have.
    type New: Into<Values<Self>>;
}

/// A model whose deleted rows stay in the table, marked with the time: one of its fields is marked `@deletedAt`.
#[diagnostic::on_unimplemented(
    message = "no row of `{Self}` can be restored",
    note = "a deleted row is gone, unless the model has a field marked `@deletedAt`"
)]
pub trait Restorable: Writable {}

/// Values for some fields of a model, given by its `New` or `Changes`.
#[derive(Debug, Clone)]
pub struct Values<M> {
    pub(crate) list: Vec<(FieldId, Value)>,
    model: std::marker::PhantomData<fn() -> M>,
}

impl<M> Values<M> {
    /// No values yet, with room for `capacity`.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { list: Vec::with_capacity(capacity), model: std::marker::PhantomData }
    }

    /// With a value for `field`.
    #[must_use]
    pub fn with<T, S, V: Operand<T>>(mut self, field: Field<M, T, S>, value: V) -> Self {
        self.list.push((field.id(), value.into_operand()));
        self
    }

    /// With a foreign key, unless the row around it gives one.
    #[must_use]
    pub fn with_key<T, P, K: crate::draft::ForeignKey<T>>(mut self, field: Field<M, T, P>, key: K) -> Self {
        self.list.extend(key.into_key().map(|key| (field.id(), key)));
        self
    }

    /// With a value for `field` if there is one.
    #[must_use]
    pub fn patch<T, S, V: Operand<T>>(self, field: Field<M, T, S>, value: Patch<V>) -> Self {
        match value {
            Patch::Keep => self,
            Patch::Set(value) => self.with(field, value),
        }
    }
}

/// A change of a field that may be absent.
///
/// In JSON, an absent member is [`Patch::Keep`]; `null` sets an optional field to NULL and is refused for a required
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Patch<T> {
    /// Leave the field as it is.
    #[default]
    Keep,
    /// Give it this value.
    Set(T),
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Patch<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::Set)
    }
}
