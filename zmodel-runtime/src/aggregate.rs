//! What is said of many rows at once: aggregates and groups.
//!
//! ```text
//! use zmodel_runtime::aggregate::rows;
//!
//! let (posts, views) = me.post().aggregate(|p| (rows(), p.views.sum())).filter(|p| p.published.eq(true)).await?;
//! let by_author = me.post().group_by(|p| p.author_id).measure(|p| (rows(), p.views.avg()))
//!     .having(|p| rows().gt(3)).order_by(|p| p.views.avg().desc()).await?;
//! ```
//!
//! Only rows that the caller can see take part, and only fields that he can see of them.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::batch::prepared;
use crate::driver::BoxFuture;
use crate::error::{Error, Result};
use crate::field::{Field, Operand, Ordered};
use crate::filter::Filter;
use crate::gather::Gather;
use crate::model::{Model, Row};
use crate::order::Order;
use crate::plan::{self, Direction};
use crate::session::Session;
use crate::value::{Decimal, FieldValue, Value};

mod group;
mod having;

pub use group::{GroupBy, GroupOrder};
pub use having::Having;

/// Something to say about rows of `M`, which gives a `T`.
pub struct Measure<M, T> {
    plan: plan::Measure,
    read: fn(Value) -> Result<T, &'static str>,
    of: PhantomData<fn() -> M>,
}

impl<M, T> Clone for Measure<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Measure<M, T> {}

impl<M, T> fmt::Debug for Measure<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Measure").field(&self.plan).finish()
    }
}

/// How many rows there are.
#[must_use]
pub const fn rows<M>() -> Measure<M, u64> {
    Measure::new(plan::Measure::Rows, read_count)
}

fn read_count(value: Value) -> Result<u64, &'static str> {
    i64::from_value(value).and_then(|count| u64::try_from(count).map_err(|_| "a count"))
}

impl<M, T> Measure<M, T> {
    const fn new(plan: plan::Measure, read: fn(Value) -> Result<T, &'static str>) -> Self {
        Self { plan, read, of: PhantomData }
    }

    /// From low to high, for groups.
    pub fn asc(self) -> GroupOrder<M> {
        GroupOrder::by(plan::Grouped::Measure(self.plan), Direction::Ascending)
    }

    /// From high to low, for groups.
    pub fn desc(self) -> GroupOrder<M> {
        GroupOrder::by(plan::Grouped::Measure(self.plan), Direction::Descending)
    }
}

/// A type of numbers, which can be added.
#[diagnostic::on_unimplemented(message = "a field of type `{Self}` holds no numbers to add")]
pub trait Number {
    /// The type of a sum.
    type Sum: FieldValue;
    /// The type of an average.
    type Average: FieldValue;
}

macro_rules! numbers {
    ($($ty:ty => $sum:ty, $average:ty;)*) => {$(
        impl Number for $ty {
            type Sum = $sum;
            type Average = $average;
        }

        impl Number for Option<$ty> {
            type Sum = $sum;
            type Average = $average;
        }
    )*};
}

numbers! {
    i32 => i64, f64;
    i64 => i64, f64;
    f64 => f64, f64;
    Decimal => Decimal, Decimal;
}

impl<M, T: FieldValue, S> Field<M, T, S> {
    /// In how many rows the field is not NULL.
    #[must_use]
    pub const fn count(self) -> Measure<M, u64> {
        Measure::new(plan::Measure::Count(self.id()), read_count)
    }
}

impl<M, T: Number, S> Field<M, T, S> {
    /// The sum; `None` if there is nothing to add.
    #[must_use]
    pub const fn sum(self) -> Measure<M, Option<T::Sum>> {
        Measure::new(plan::Measure::Sum(self.id()), FieldValue::from_value)
    }

    /// The average; `None` if there is no number.
    #[must_use]
    pub const fn avg(self) -> Measure<M, Option<T::Average>> {
        Measure::new(plan::Measure::Average(self.id()), FieldValue::from_value)
    }
}

impl<M, T: Ordered, S> Field<M, T, S> {
    /// The lowest value; `None` if there is none.
    #[must_use]
    pub const fn min(self) -> Measure<M, Option<T::Bare>> {
        Measure::new(plan::Measure::Minimum(self.id()), FieldValue::from_value)
    }

    /// The highest value; `None` if there is none.
    #[must_use]
    pub const fn max(self) -> Measure<M, Option<T::Bare>> {
        Measure::new(plan::Measure::Maximum(self.id()), FieldValue::from_value)
    }
}

/// What to say about rows of `M`: a measure, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that can be said about rows of `{M}`",
    note = "give a measure such as `post.views.sum()` or `rows()`, or a tuple of measures"
)]
pub trait Measures<M>: Send {
    /// What it gives.
    type Out: Send;

    /// Adds it to a plan.
    #[doc(hidden)]
    fn plan(&self, plan: &mut Vec<plan::Measure>);

    /// Adds what it asks with arguments.
    #[doc(hidden)]
    fn asked(&self, _: &mut Vec<plan::Asked>) {}

    /// Reads it from a row.
    #[doc(hidden)]
    fn read(&self, row: &mut Row<'_>) -> Result<Self::Out>;
}

impl<M, T: Send> Measures<M> for Measure<M, T> {
    type Out = T;

    fn plan(&self, plan: &mut Vec<plan::Measure>) {
        plan.push(self.plan);
    }

    fn read(&self, row: &mut Row<'_>) -> Result<T> {
        (self.read)(row.cell()?).map_err(|expected| Error::internal(format!("a measure is not {expected}")))
    }
}

impl<M> Measures<M> for () {
    type Out = ();

    fn plan(&self, _: &mut Vec<plan::Measure>) {}

    fn read(&self, _: &mut Row<'_>) -> Result<()> {
        Ok(())
    }
}

/// Scalar fields of `M`: a field, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no field of `{M}`",
    note = "give a field such as `post.author_id`, or a tuple of fields"
)]
pub trait Columns<M>: Send {
    /// Their values.
    type Out: Send;

    /// Their positions.
    #[doc(hidden)]
    fn ids(&self) -> Vec<crate::schema::FieldId>;

    /// Adds what it asks with arguments.
    #[doc(hidden)]
    fn asked(&self, _: &mut Vec<plan::Asked>) {}

    /// Reads them from a row.
    #[doc(hidden)]
    fn read(&self, row: &mut Row<'_>) -> Result<Self::Out>;
}

impl<M, T: FieldValue, S: FieldValue> Columns<M> for Field<M, T, S> {
    type Out = S;

    fn ids(&self) -> Vec<crate::schema::FieldId> {
        vec![self.id()]
    }

    fn read(&self, row: &mut Row<'_>) -> Result<S> {
        S::from_value(row.cell()?).map_err(|expected| Error::internal(format!("a shared field is not {expected}")))
    }
}

macro_rules! tuples {
    ($(($($name:ident $at:tt),+))*) => {$(
        impl<M, $($name: Measures<M>),+> Measures<M> for ($($name,)+) {
            type Out = ($($name::Out,)+);

            fn plan(&self, plan: &mut Vec<plan::Measure>) {
                $(self.$at.plan(plan);)+
            }

            fn asked(&self, asked: &mut Vec<plan::Asked>) {
                $(self.$at.asked(asked);)+
            }

            fn read(&self, row: &mut Row<'_>) -> Result<Self::Out> {
                Ok(($(self.$at.read(row)?,)+))
            }
        }

        impl<M, $($name: Columns<M>),+> Columns<M> for ($($name,)+) {
            type Out = ($($name::Out,)+);

            fn ids(&self) -> Vec<crate::schema::FieldId> {
                let mut ids = Vec::new();
                $(ids.extend(self.$at.ids());)+
                ids
            }

            fn asked(&self, asked: &mut Vec<plan::Asked>) {
                $(self.$at.asked(asked);)+
            }

            fn read(&self, row: &mut Row<'_>) -> Result<Self::Out> {
                Ok(($(self.$at.read(row)?,)+))
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}

/// An aggregate: what is said of all rows that match. It runs when it is awaited.
#[derive(Debug)]
#[must_use = "a query does nothing until it is awaited"]
pub struct Aggregate<'a, M, A> {
    session: &'a Session,
    find: plan::Find,
    measures: A,
    of: PhantomData<fn() -> M>,
}

impl<'a, M: Model, A: Measures<M>> Aggregate<'a, M, A> {
    pub(crate) fn new(session: &'a Session, measures: impl FnOnce(M::Fields) -> A) -> Self {
        Self { session, find: plan::Find::new(M::ID), measures: measures(M::FIELDS), of: PhantomData }
    }

    /// Only rows that satisfy `filter`, and every filter given before.
    pub fn filter(mut self, filter: impl FnOnce(M::Fields) -> Filter<M>) -> Self {
        self.find.and(filter(M::FIELDS).plan);
        self
    }

    /// Only rows that satisfy `filter`, if there is a value; otherwise no condition.
    pub fn filter_some<T>(self, value: Option<T>, filter: impl FnOnce(M::Fields, T) -> Filter<M>) -> Self {
        match value {
            Some(value) => self.filter(|fields| filter(fields, value)),
            None => self,
        }
    }

    /// In this order, of which [`Aggregate::take`] and [`Aggregate::skip`] make something.
    pub fn order_by(mut self, order: impl FnOnce(M::Fields) -> Order<M>) -> Self {
        self.find.order = order(M::FIELDS).list;
        self
    }

    /// Of the first `n` rows alone.
    pub fn take(mut self, n: u32) -> Self {
        self.find.take = Some(n.into());
        self
    }

    /// Of the last `n` rows alone.
    pub fn take_last(mut self, n: u32) -> Self {
        self.find.take = Some(-i64::from(n));
        self
    }

    /// Without the first `n` rows.
    pub fn skip(mut self, n: u32) -> Self {
        self.find.skip = Some(n);
        self
    }
}

impl<'a, M: Model, A: Measures<M> + 'a> IntoFuture for Aggregate<'a, M, A> {
    type Output = Result<A::Out>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { session, find, measures, .. } = self;
        let mut plan = plan::Aggregate { find, measures: Vec::new(), asked: Vec::new() };
        measures.plan(&mut plan.measures);
        measures.asked(&mut plan.asked);
        Box::pin(async move {
            let rows = session.aggregate(&plan).await?;
            let read: Option<_> = Gather::of(rows, move |row| measures.read(row))?;
            read.ok_or_else(|| Error::internal("an aggregate without a row"))
        })
    }
}

impl Operand<u64> for u64 {
    fn into_operand(self) -> Value {
        // No count is higher than that.
        Value::Int(i64::try_from(self).unwrap_or(i64::MAX))
    }
}

prepared!([M: Model, A: Measures<M> + Send] Aggregate<M, A> { find, measures } gives A::Out);
