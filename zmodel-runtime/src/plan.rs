//! What a caller asks for, as one closed description.
//!
//! The typed builders produce these values, and nothing else enters the engine. A plan names models, fields and
//! relations by position and carries its values; it cannot name a table, a column or a piece of SQL. It says nothing
//! about rules: [the guard](crate::guard) adds them.

use crate::schema::{Comparison, FieldId, ModelId, Needle, Quantifier, RelationId};
use crate::value::Value;

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

/// A condition on the rows of a model, as a caller writes it.
///
/// Comparisons follow SQL: with a NULL column they are unknown, and a row is found only if the whole is true.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Every row, or none.
    Constant(bool),
    /// Not so.
    Not(Box<Filter>),
    /// All of them; every row if there is none.
    All(Vec<Filter>),
    /// One of them; no row if there is none.
    Any(Vec<Filter>),
    /// A field against a value that is not [`Value::Null`].
    Compare(Comparison, FieldId, Value),
    /// A field equal to one of some values.
    In(FieldId, Vec<Value>),
    /// A text in a field; the flag says whether upper and lower case are the same.
    Text(Needle, FieldId, String, bool),
    /// A field equal to a text, where upper and lower case are the same.
    SameText(FieldId, String),
    /// A field is NULL.
    IsNull(FieldId),
    /// Related rows, of those that the caller may see.
    Related(RelationId, Quantifier, Box<Filter>),
}

impl Filter {
    /// Both of them.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Constant(true), other) => other,
            (Self::All(mut all), other) => {
                all.push(other);
                Self::All(all)
            }
            (one, other) => Self::All(vec![one, other]),
        }
    }

    /// One of them, or both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Constant(false), other) => other,
            (Self::Any(mut any), other) => {
                any.push(other);
                Self::Any(any)
            }
            (one, other) => Self::Any(vec![one, other]),
        }
    }
}

/// Rows to count.
#[derive(Debug, Clone, PartialEq)]
pub struct Count {
    /// Which rows; order and includes do not matter.
    pub find: Find,
}

/// A row to insert.
#[derive(Debug, Clone, PartialEq)]
pub struct Create {
    /// The model.
    pub model: ModelId,
    /// Values by field; a field that is not here gets its default.
    pub values: Vec<(FieldId, Value)>,
    /// Related rows to bring along when the new row is read back.
    pub includes: Vec<Include>,
}

/// A row to change.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The model.
    pub model: ModelId,
    /// The key of the row: unique fields alone.
    pub key: Filter,
    /// What must hold besides.
    pub when: Option<Filter>,
    /// New values by field.
    pub values: Vec<(FieldId, Value)>,
    /// Related rows to bring along when the row is read back.
    pub includes: Vec<Include>,
}

/// A row to delete.
#[derive(Debug, Clone, PartialEq)]
pub struct Delete {
    /// The model.
    pub model: ModelId,
    /// The key of the row: unique fields alone.
    pub key: Filter,
    /// What must hold besides.
    pub when: Option<Filter>,
}
