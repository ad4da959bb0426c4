//! Conditions on groups.

use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::Measure;
use crate::field::Operand;
use crate::plan;
use crate::schema::{Comparison, Needle};
use crate::value::Value;

/// A condition on groups of rows of `M`, to be combined with `&`, `|` and `!`.
#[derive(Debug, Clone)]
#[must_use = "a condition does nothing until it is given to a query"]
pub struct Having<M> {
    pub(crate) plan: plan::Having,
    pub(crate) asked: Vec<plan::Asked>,
    model: PhantomData<fn() -> M>,
}

impl<M> Having<M> {
    const fn new(plan: plan::Having) -> Self {
        Self { plan, asked: Vec::new(), model: PhantomData }
    }

    fn join(mut self, other: Self, join: impl FnOnce(plan::Having, plan::Having) -> plan::Having) -> Self {
        self.asked.extend(other.asked);
        self.plan = join(self.plan, other.plan);
        self
    }
}

impl<M> BitAnd for Having<M> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.join(other, plan::Having::and)
    }
}

impl<M> BitOr for Having<M> {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.join(other, |one, other| plan::Having::Any(vec![one, other]))
    }
}

impl<M> Not for Having<M> {
    type Output = Self;

    fn not(self) -> Self {
        Self { plan: plan::Having::Not(Box::new(self.plan)), ..self }
    }
}

impl<M, T> Measure<M, T> {
    fn compare(self, comparison: Comparison, value: impl Operand<T>) -> Having<M> {
        Having::new(match (value.into_operand(), comparison) {
            (Value::Null, Comparison::Equal) => plan::Having::IsNull(self.plan),
            (Value::Null, Comparison::NotEqual) => plan::Having::Not(Box::new(plan::Having::IsNull(self.plan))),
            (value, comparison) => plan::Having::Compare(comparison, self.plan, value),
        })
    }

    /// Equal to `value`; with `None`, NULL.
    pub fn eq(self, value: impl Operand<T>) -> Having<M> {
        self.compare(Comparison::Equal, value)
    }

    /// Not equal to `value`; with `None`, not NULL.
    pub fn ne(self, value: impl Operand<T>) -> Having<M> {
        self.compare(Comparison::NotEqual, value)
    }

    /// Less than `value`.
    pub fn lt(self, value: impl Operand<T>) -> Having<M> {
        self.compare(Comparison::Less, value)
    }

    /// Less than or equal to `value`.
    pub fn lte(self, value: impl Operand<T>) -> Having<M> {
        self.compare(Comparison::LessOrEqual, value)
    }

    /// Greater than `value`.
    pub fn gt(self, value: impl Operand<T>) -> Having<M> {
        self.compare(Comparison::Greater, value)
    }

    /// Greater than or equal to `value`.
    pub fn gte(self, value: impl Operand<T>) -> Having<M> {
        self.compare(Comparison::GreaterOrEqual, value)
    }

    /// From `low` to `high`, both included.
    pub fn between(self, low: impl Operand<T>, high: impl Operand<T>) -> Having<M> {
        self.gte(low) & self.lte(high)
    }

    /// Equal to one of `values`.
    pub fn any_of<V: Operand<T>>(self, values: impl IntoIterator<Item = V>) -> Having<M> {
        Having::new(plan::Having::In(self.plan, values.into_iter().map(V::into_operand).collect()))
    }

    /// Equal to none of `values`.
    pub fn none_of<V: Operand<T>>(self, values: impl IntoIterator<Item = V>) -> Having<M> {
        !self.any_of(values)
    }
}

impl<M> Measure<M, Option<String>> {
    /// Contains `text`; upper and lower case differ.
    pub fn contains(self, text: &str) -> Having<M> {
        Having::new(plan::Having::Text(Needle::Contains, self.plan, text.to_owned(), false))
    }

    /// Starts with `text`; upper and lower case differ.
    pub fn starts_with(self, text: &str) -> Having<M> {
        Having::new(plan::Having::Text(Needle::StartsWith, self.plan, text.to_owned(), false))
    }

    /// Ends with `text`; upper and lower case differ.
    pub fn ends_with(self, text: &str) -> Having<M> {
        Having::new(plan::Having::Text(Needle::EndsWith, self.plan, text.to_owned(), false))
    }
}
