//! Plans that read.

use super::Filter;
use crate::schema::{FieldId, ModelId, RelationId};

/// Rows to read.
#[derive(Debug, Clone, PartialEq)]
pub struct Find {
    /// The model.
    pub model: ModelId,
    /// Which rows.
    pub filter: Filter,
    /// In which order.
    pub order: Vec<Order>,
    /// At most so many.
    pub take: Option<u32>,
    /// After leaving out so many.
    pub skip: Option<u32>,
    /// Related rows to bring along.
    pub includes: Vec<Include>,
}

impl Find {
    /// Every row of `model`.
    #[must_use]
    pub const fn new(model: ModelId) -> Self {
        Self { model, filter: Filter::Constant(true), order: Vec::new(), take: None, skip: None, includes: Vec::new() }
    }

    /// Adds a condition.
    pub fn and(&mut self, filter: Filter) {
        self.filter = std::mem::replace(&mut self.filter, Filter::Constant(true)).and(filter);
    }
}

/// Related rows to bring along.
#[derive(Debug, Clone, PartialEq)]
pub struct Include {
    /// Along which relation of the including model.
    pub relation: RelationId,
    /// Which of the related rows; its model is the relation's target.
    pub find: Find,
}

/// A place in an ordering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order {
    /// By this field.
    pub field: FieldId,
    /// From low to high, or from high to low.
    pub direction: Direction,
}

/// From low to high, or from high to low.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From low to high.
    Ascending,
    /// From high to low.
    Descending,
}

/// Rows to count.
#[derive(Debug, Clone, PartialEq)]
pub struct Count {
    /// Which rows; order and includes do not matter.
    pub find: Find,
}
