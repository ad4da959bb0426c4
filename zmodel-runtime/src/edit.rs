//! What an update does to a row.

use std::fmt;
use std::marker::PhantomData;

use crate::model::{Model, Writable};
use crate::plan::{self, Assign};
use crate::schema::FieldId;
use crate::value::{Decimal, FieldValue};

/// What an update does to a row.
#[must_use = "an edit does nothing until it is given to a query"]
pub struct Edit<M> {
    pub(crate) changes: plan::Changes,
    of: PhantomData<fn() -> M>,
}

impl<M> Edit<M> {
    pub(crate) fn new() -> Self {
        Self { changes: plan::Changes::default(), of: PhantomData }
    }
}

/// Says what it is of, and none of its values.
impl<M: Model> fmt::Debug for Edit<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit").field("model", &M::NAME).finish_non_exhaustive()
    }
}

/// Says what becomes of a field; the last word counts.
pub(crate) fn put(values: &mut Vec<(FieldId, Assign)>, field: FieldId, assign: Assign) {
    match values.iter_mut().find(|(given, _)| *given == field) {
        Some((_, old)) => *old = assign,
        None => values.push((field, assign)),
    }
}

/// A type that can be calculated with: a number, which may be NULL and then stays so.
#[diagnostic::on_unimplemented(message = "a field of type `{Self}` cannot be calculated with")]
pub trait Numeric {
    /// What is added to it, or it is multiplied with.
    type Operand: FieldValue;
}

macro_rules! numeric {
    ($($ty:ty)*) => {$(
        impl Numeric for $ty {
            type Operand = $ty;
        }

        impl Numeric for Option<$ty> {
            type Operand = $ty;
        }
    )*};
}

numeric! { i32 i64 f64 Decimal }

/// The methods that say what becomes of fields, for a type whose `$values` holds it.
macro_rules! assignments {
    ($self:ident => $values:expr) => {
        /// Gives a field a value: `.set(|post| post.title, "Hello")`, or NULL: `.set(|post| post.body, None::<String>)`.
        pub fn set<T, P, V: $crate::field::Operand<T>>(
            mut $self,
            field: impl FnOnce(M::Fields) -> $crate::field::Field<M, T, P>,
            value: V,
        ) -> Self {
            let set = $crate::plan::Assign::Set(value.into_operand());
            $crate::edit::put(&mut $values, field(M::FIELDS).id(), set);
            $self
        }

        /// Adds to a number, as the database holds it at that moment: `.increment(|post| post.views, 1)`. A number that the
        /// caller may not see in a row leaves that row out, as a rule about the update would.
        pub fn increment<P, T: $crate::edit::Numeric>(
            mut $self,
            field: impl FnOnce(M::Fields) -> $crate::field::Field<M, T, P>,
            by: T::Operand,
        ) -> Self {
            let assign = $crate::plan::Assign::Increment($crate::value::FieldValue::into_value(by));
            $crate::edit::put(&mut $values, field(M::FIELDS).id(), assign);
            $self
        }

        /// Takes from a number, as the database holds it at that moment.
        pub fn decrement<P, T: $crate::edit::Numeric>(
            mut $self,
            field: impl FnOnce(M::Fields) -> $crate::field::Field<M, T, P>,
            by: T::Operand,
        ) -> Self {
            let assign = $crate::plan::Assign::Decrement($crate::value::FieldValue::into_value(by));
            $crate::edit::put(&mut $values, field(M::FIELDS).id(), assign);
            $self
        }

        /// Multiplies a number, as the database holds it at that moment.
        pub fn multiply<P, T: $crate::edit::Numeric>(
            mut $self,
            field: impl FnOnce(M::Fields) -> $crate::field::Field<M, T, P>,
            by: T::Operand,
        ) -> Self {
            let assign = $crate::plan::Assign::Multiply($crate::value::FieldValue::into_value(by));
            $crate::edit::put(&mut $values, field(M::FIELDS).id(), assign);
            $self
        }

        /// Divides a number, as the database holds it at that moment; a division by zero is an error of the database.
        pub fn divide<P, T: $crate::edit::Numeric>(
            mut $self,
            field: impl FnOnce(M::Fields) -> $crate::field::Field<M, T, P>,
            by: T::Operand,
        ) -> Self {
            let assign = $crate::plan::Assign::Divide($crate::value::FieldValue::into_value(by));
            $crate::edit::put(&mut $values, field(M::FIELDS).id(), assign);
            $self
        }

        /// Puts values at the end of a list.
        pub fn push<P, T: $crate::value::FieldValue>(
            mut $self,
            field: impl FnOnce(M::Fields) -> $crate::field::Field<M, Vec<T>, P>,
            values: impl IntoIterator<Item = T>,
        ) -> Self {
            let values = values.into_iter().map($crate::value::FieldValue::into_value).collect();
            $crate::edit::put(&mut $values, field(M::FIELDS).id(), $crate::plan::Assign::Push(values));
            $self
        }

        /// Applies the changes of a PATCH body.
        pub fn patch(mut $self, changes: M::Changes) -> Self {
            let changes: $crate::model::Values<M> = changes.into();
            for (field, value) in changes.list {
                $crate::edit::put(&mut $values, field, $crate::plan::Assign::Set(value));
            }
            $self
        }
    };
}

pub(crate) use assignments;

impl<M: Writable> Edit<M> {
    assignments!(self => self.changes.values);

    /// Writes along a relation as well: see [`Update::along`](crate::update::Update::along).
    pub fn along<R: crate::along::Handle<M>>(
        mut self,
        relation: impl FnOnce(M::Fields) -> R,
        writes: impl FnOnce(R::Writes) -> R::Writes,
    ) -> Self {
        self.changes.nested.extend(crate::along::along(relation(M::FIELDS), writes));
        self
    }
}
