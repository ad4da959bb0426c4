//! Conditions on the rows of a model.

use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use crate::plan;

/// A condition on the rows of `M`, to be combined with `&`, `|` and `!`.
#[derive(Debug, Clone)]
#[must_use = "a filter does nothing until it is given to a query"]
pub struct Filter<M> {
    pub(crate) plan: plan::Filter,
    model: PhantomData<fn() -> M>,
}

impl<M> Filter<M> {
    pub(crate) const fn new(plan: plan::Filter) -> Self {
        Self { plan, model: PhantomData }
    }

    /// Every row: where a loop of `&` starts.
    pub const fn all() -> Self {
        Self::new(plan::Filter::Constant(true))
    }

    /// No row: where a loop of `|` starts.
    pub const fn none() -> Self {
        Self::new(plan::Filter::Constant(false))
    }
}

impl<M> BitAnd for Filter<M> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self::new(self.plan.and(other.plan))
    }
}

impl<M> BitOr for Filter<M> {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self::new(self.plan.or(other.plan))
    }
}

impl<M> Not for Filter<M> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(plan::Filter::Not(Box::new(self.plan)))
    }
}
