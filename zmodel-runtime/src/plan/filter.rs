//! Which rows.

use crate::schema::{Comparison, FieldId, Needle, Quantifier, RelationId};
use crate::value::Value;

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
