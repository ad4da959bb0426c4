//! Rows that are still to be made, alone or along a relation of another row.

use std::fmt;
use std::marker::PhantomData;

use crate::along::{Handle, along};
use crate::create::assign;
use crate::field::{Field, Operand};
use crate::model::{Creatable, Model, Values};
use crate::plan;
use crate::value::{FieldValue, Value};

/// A row that is still to be made. What a model calls `New` is one already; a draft can have more:
/// `comment::New { text, post_id: Parent }.draft().set(|comment| comment.approved, true)`.
#[must_use = "a draft does nothing until it is given to a query"]
pub struct Draft<M> {
    pub(crate) new: plan::New,
    of: PhantomData<fn() -> M>,
}

impl<M> Clone for Draft<M> {
    fn clone(&self) -> Self {
        Self { new: self.new.clone(), of: PhantomData }
    }
}

/// Says what it is of, and none of its values.
impl<M: Model> fmt::Debug for Draft<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").field("model", &M::NAME).finish_non_exhaustive()
    }
}

impl<M: Model> From<Values<M>> for Draft<M> {
    fn from(values: Values<M>) -> Self {
        Self { new: plan::New { values: values.list, nested: Vec::new() }, of: PhantomData }
    }
}

impl<M: Creatable> Draft<M> {
    /// Gives a field a value: `.set(|comment| comment.approved, true)`.
    pub fn set<T, P, V: Operand<T>>(mut self, field: impl FnOnce(M::Fields) -> Field<M, T, P>, value: V) -> Self {
        assign(&mut self.new.values, field(M::FIELDS).id(), value.into_operand());
        self
    }

    /// Makes or connects related rows along with it: see [`Create::along`](crate::create::Create::along).
    pub fn along<R: Handle<M>>(
        mut self,
        relation: impl FnOnce(M::Fields) -> R,
        writes: impl FnOnce(R::Writes) -> R::Writes,
    ) -> Self {
        self.new.nested.extend(along(relation(M::FIELDS), writes));
        self
    }
}

/// The row around a nested one, in the place of its key: `comment::New { text, post_id: Parent }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent;

/// The row that is made or connected along the relation, in the place of its key:
/// `comment::New { text, post_id: Related }.draft().along(|comment| comment.post, |post| post.create(..))`.
///
/// A row of the client's own is then made by [`create_draft`](crate::client::Operations::create_draft).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Related;

/// What can stand for a foreign key of type `T` in a new row: its value, [`Parent`] or [`Related`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a foreign key of type `{T}`",
    note = "give a `{T}`, or `Parent` where the row around this one is meant, or `Related` where it is made along the relation"
)]
pub trait ForeignKey<T> {
    /// The value; none where the row around it gives one.
    fn into_key(self) -> Option<Value>;
}

impl<T: FieldValue> ForeignKey<T> for T {
    fn into_key(self) -> Option<Value> {
        Some(self.into_value())
    }
}

impl<T> ForeignKey<T> for Parent {
    fn into_key(self) -> Option<Value> {
        None
    }
}

impl<T> ForeignKey<T> for Related {
    fn into_key(self) -> Option<Value> {
        None
    }
}
