//! Fields that are computed with arguments.
//!
//! A field that is marked `@computed` can have parameters: `near(place: String) Int @computed`. It is in no row, and each
//! use of it says with what it is asked. The handle of such a field is a method:
//!
//! ```text
//! me.user().find_many()
//!     .filter(|u| u.near("Delft").is(|near| near.lt(10)))
//!     .order_by(|u| u.near("Delft").asc())
//!     .include(|u| (u.near("Delft"), u.near("Leiden")))
//!     .await?;                                              // Vec<With<User, (i32, i32)>>
//! me.user().aggregate(|u| u.near("Delft").of(|near| near.avg())).await?;
//! me.user().group_by(|u| u.near("Delft")).measure(|_| rows()).await?;
//! ```
//!
//! In calls in JSON the arguments stand beside what is asked: `{"where": {"near": {"args": {"place": "Delft"}, "lt": 10}}}`,
//! `{"select": {"near": {"args": {"place": "Delft"}}}}`.
//!
//! An aggregate, or groups, ask such a field with one set of arguments. A rule has none to give, so it cannot ask. What the
//! caller may not see of a row the expression does not see either, as with every [computed](crate::computed) field.

use std::fmt;

use crate::aggregate::{Columns, GroupOrder, Having, Measure, Measures};
use crate::error::{Error, Result};
use crate::field::Field;
use crate::filter::Filter;
use crate::include::Include;
use crate::model::Row;
use crate::order::Order;
use crate::plan::{self, Direction, OrderBy};
use crate::schema::FieldId;
use crate::value::{FieldValue, Value};

/// A field of `M` that is computed with arguments, and the arguments. It gives a `T`, or an `S` where a rule can hide what
/// it is computed from.
#[must_use = "a field does nothing until it is given to a query"]
pub struct Asked<M, T, S = T> {
    field: Field<M, T, S>,
    args: Vec<Value>,
}

impl<M, T, S> Clone for Asked<M, T, S> {
    fn clone(&self) -> Self {
        Self { field: self.field, args: self.args.clone() }
    }
}

impl<M, T, S> fmt::Debug for Asked<M, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Asked").field(&self.field).finish_non_exhaustive()
    }
}

impl<M, T, S> Asked<M, T, S> {
    /// The field at this position in the schema table, with arguments in the order of the schema; for generated code.
    pub const fn new(position: u16, args: Vec<Value>) -> Self {
        Self { field: Field::new(position), args }
    }

    fn into_plan(self) -> plan::Asked {
        plan::Asked { field: self.field.id(), args: self.args }
    }

    /// A condition on it: `user.near("Delft").is(|near| near.lt(10))`.
    pub fn is(self, filter: impl FnOnce(Field<M, T, S>) -> Filter<M>) -> Filter<M> {
        let filter = filter(self.field).plan;
        Filter::new(plan::Filter::Asked(self.into_plan(), Box::new(filter)))
    }

    /// From low to high.
    pub fn asc(self) -> Order<M> {
        Order::of(OrderBy::Asked(self.into_plan()), Direction::Ascending)
    }

    /// From high to low.
    pub fn desc(self) -> Order<M> {
        Order::of(OrderBy::Asked(self.into_plan()), Direction::Descending)
    }

    /// What is said of it in many rows: a measure, or, of groups, a condition or an order by one.
    pub fn of<R: Said<M>>(self, say: impl FnOnce(Field<M, T, S>) -> R) -> R::Asked {
        say(self.field).with(self.into_plan())
    }
}

/// What can be said of a field in many rows: a [`Measure`], a [`Having`] or a [`GroupOrder`].
pub trait Said<M> {
    /// The same, with the arguments of the field.
    type Asked;

    /// Adds the arguments.
    #[doc(hidden)]
    fn with(self, asked: plan::Asked) -> Self::Asked;
}

/// A measure of a field that is computed with arguments.
#[derive(Debug, Clone)]
pub struct AskedMeasure<M, T> {
    measure: Measure<M, T>,
    asked: plan::Asked,
}

impl<M, T> Said<M> for Measure<M, T> {
    type Asked = AskedMeasure<M, T>;

    fn with(self, asked: plan::Asked) -> Self::Asked {
        AskedMeasure { measure: self, asked }
    }
}

impl<M, T: Send> Measures<M> for AskedMeasure<M, T> {
    type Out = T;

    fn plan(&self, plan: &mut Vec<plan::Measure>) {
        self.measure.plan(plan);
    }

    fn asked(&self, asked: &mut Vec<plan::Asked>) {
        asked.push(self.asked.clone());
    }

    fn read(&self, row: &mut Row<'_>) -> Result<T> {
        self.measure.read(row)
    }
}

impl<M> Said<M> for Having<M> {
    type Asked = Self;

    fn with(mut self, asked: plan::Asked) -> Self {
        self.asked.push(asked);
        self
    }
}

impl<M> Said<M> for GroupOrder<M> {
    type Asked = Self;

    fn with(mut self, asked: plan::Asked) -> Self {
        self.asked.push(asked);
        self
    }
}

fn read<S: FieldValue>(row: &mut Row<'_>) -> Result<S> {
    S::from_value(row.cell()?).map_err(|expected| Error::internal(format!("what was asked is not {expected}")))
}

impl<M, T, S: FieldValue + Send> Include<M> for Asked<M, T, S> {
    type Out = S;

    fn plan(self, plan: &mut Vec<plan::Include>) {
        plan.push(plan::Include::Asked(self.into_plan()));
    }

    fn decode(row: &mut Row<'_>) -> Result<S> {
        read(row)
    }
}

impl<M, T: FieldValue, S: FieldValue> Columns<M> for Asked<M, T, S> {
    type Out = S;

    fn ids(&self) -> Vec<FieldId> {
        vec![self.field.id()]
    }

    fn asked(&self, asked: &mut Vec<plan::Asked>) {
        asked.push(self.clone().into_plan());
    }

    fn read(&self, row: &mut Row<'_>) -> Result<S> {
        read(row)
    }
}
