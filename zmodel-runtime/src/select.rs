//! Structs of one's own that hold a part of a row, and of what is related to it.
//!
//! `#[derive(Select)]` of `zmodel_macros` implements [`Select`] for a struct whose fields are named as those of a
//! model. The type of a field says what is read:
//!
//! | in the model | in the struct |
//! |---|---|
//! | a scalar field | its type in the model's own struct |
//! | a relation to one row | `Option<C>`, or `C` where there always is a row; `C` is a model or another such struct |
//! | a relation to many rows | `Vec<C>`, or `u64` for their number |
//!
//! So it is also how a read omits fields: what the struct does not have is not read, and no value is there that could be
//! missing. And it is how a program reads what the schema marks `@omit`: a model's own struct is without such a field, and
//! a struct that names it has it, under the rules of the field. Calls in JSON never get it.
//!
//! What a write gives back is the model's own struct; a part of it is read by its key, in the same
//! [batch](crate::batch) where that matters.

use std::marker::PhantomData;

use crate::error::Result;
use crate::field::Field;
use crate::include::{Always, Many, Maybe, One, Shape, many, one};
use crate::model::{Model, Row};
use crate::plan;
use crate::value::FieldValue;

/// A type that holds a part of a row: a model itself, or a struct with `#[derive(Select)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which fields of a model it holds",
    note = "give it `#[derive(zmodel_macros::Select)]` and `#[zmodel(Model)]`"
)]
pub trait Select: Sized + Send + 'static {
    /// The model.
    type Model: Model;

    /// Adds what it needs to a plan.
    #[doc(hidden)]
    fn plan(plan: &mut plan::Find);

    /// Reads it from a row.
    #[doc(hidden)]
    fn decode(row: &mut Row<'_>) -> Result<Self>;
}

impl<M: Model> Select for M {
    type Model = M;

    fn plan(_: &mut plan::Find) {}

    fn decode(row: &mut Row<'_>) -> Result<M> {
        row.model()
    }
}

/// Rows of which only a part is read: `C`.
#[derive(Debug)]
pub struct Picked<C>(PhantomData<fn() -> C>);

impl<C> Picked<C> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<M, C: Select<Model = M>> Shape<M> for Picked<C> {
    type Out = C;

    fn plan(self, plan: &mut plan::Find) {
        C::plan(plan);
    }

    fn decode(row: &mut Row<'_>) -> Result<C> {
        C::decode(row)
    }
}

/// A handle that a field of type `V` can be read from; for derived code.
///
/// The scalars of a row stand before what is related to it, so a row is read in two rounds.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a field of type `{V}` cannot hold what `{Self}` stands for",
    note = "a scalar field has the type that it has in the model's struct; a relation to many is a `Vec` or a `u64`; a \
            relation to one is an `Option`, or not where there always is a row"
)]
pub trait Pick<V>: Copy {
    /// What the first round reads.
    type Early;

    /// Adds it to a plan.
    fn plan(self, plan: &mut plan::Find);

    /// Reads it if it is a scalar.
    fn early(self, name: &'static str, row: &mut Row<'_>) -> Result<Self::Early>;

    /// Reads it if it is related.
    fn late(self, early: Self::Early, row: &mut Row<'_>) -> Result<V>;
}

impl<M, T, S: FieldValue> Pick<S> for Field<M, T, S> {
    type Early = S;

    fn plan(self, plan: &mut plan::Find) {
        plan.fields.get_or_insert_default().push(self.id());
    }

    fn early(self, name: &'static str, row: &mut Row<'_>) -> Result<S> {
        row.field(name)
    }

    fn late(self, early: S, _: &mut Row<'_>) -> Result<S> {
        Ok(early)
    }
}

fn related<C: Select>() -> plan::Find {
    let mut find = plan::Find::new(<C::Model as Model>::ID);
    C::plan(&mut find);
    find
}

macro_rules! pick_related {
    ($([$($param:ident: $bound:path),*] $handle:ty => $ty:ty, $wanted:ident, |$row:ident| $read:expr;)*) => {$(
        impl<M, T: Model, $($param: $bound),*> Pick<$ty> for $handle {
            type Early = ();

            fn plan(self, plan: &mut plan::Find) {
                // Without a scalar none is read, unlike in a read that says nothing of fields.
                plan.fields.get_or_insert_default();
                plan.includes.push(plan::Include::$wanted(self.id(), pick_related!(@find $wanted $($param)*)));
            }

            fn early(self, _: &'static str, _: &mut Row<'_>) -> Result<()> {
                Ok(())
            }

            fn late(self, (): (), $row: &mut Row<'_>) -> Result<$ty> {
                $read
            }
        }
    )*};
    (@find Rows $param:ident) => { related::<$param>() };
    (@find Count) => { plan::Find::new(T::ID) };
}

pick_related! {
    [C: Select<Model = T>] Many<M, T> => Vec<C>, Rows, |row| many::<T, Picked<C>>(row);
    [C: Select<Model = T>] One<M, T, Maybe> => Option<C>, Rows, |row| one::<T, Picked<C>, Maybe>(row);
    [C: Select<Model = T>] One<M, T, Always> => C, Rows, |row| one::<T, Picked<C>, Always>(row);
    [] Many<M, T> => u64, Count, |row| row.number();
}
