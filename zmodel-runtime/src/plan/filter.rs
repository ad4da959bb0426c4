//! Which rows.

use super::{Asked, Measure, Sought};
use crate::schema::{Comparison, FieldId, Needle, Quantifier, RelationId, Share};
use crate::value::{Json, Value};

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
    /// A field against another field of the same row.
    Fields(Comparison, FieldId, FieldId),
    /// A field equal to one of some values.
    In(FieldId, Vec<Value>),
    /// A text in a field; the flag says whether upper and lower case are the same.
    Text(Needle, FieldId, String, bool),
    /// A field equal to a text, where upper and lower case are the same.
    SameText(FieldId, String),
    /// A text in a field is found by a search that the database makes.
    Search(FieldId, Sought),
    /// A field is NULL.
    IsNull(FieldId),
    /// A list in a field has this value.
    Has(FieldId, Value),
    /// A list in a field has some or every one of these values.
    Share(Share, FieldId, Vec<Value>),
    /// A list in a field has no value.
    Empty(FieldId),
    /// A condition on the document in a field.
    Json(FieldId, JsonFilter),
    /// A condition in which a field is what it is with these arguments.
    Asked(Asked, Box<Filter>),
    /// Related rows, of those that the caller may see.
    Related(RelationId, Quantifier, Box<Filter>),
    /// Rows that the engine has found before, by keys that the caller may not see.
    Known(Known),
}

/// Keys that the engine knows of rows that it has found. It is asked of the rows as they are, so nobody else makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Known(pub(crate) Box<Filter>);

impl Filter {
    /// Both of them.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Constant(true), one) | (one, Self::Constant(true)) => one,
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

/// A condition on a JSON value. It is unknown where there is no value: where the field is NULL, or a path leads nowhere.
#[derive(Debug, Clone, PartialEq)]
pub enum JsonFilter {
    /// Not so.
    Not(Box<JsonFilter>),
    /// All of them; so also if there is none.
    All(Vec<JsonFilter>),
    /// One of them; not so if there is none.
    Any(Vec<JsonFilter>),
    /// A condition on what stands at the end of a path.
    At(Vec<Step>, Box<JsonFilter>),
    /// There is no value at all.
    Absent,
    /// The same value; numbers by size, objects and lists by what they hold. `null` is a value.
    Equal(Json),
    /// A text or a number against another one; a value of another kind is neither less nor greater.
    Compare(Comparison, Json),
    /// A text; the flag says whether upper and lower case are the same.
    Text(Needle, String, bool),
    /// A list has no element, and a value that is no list is not empty.
    Empty,
    /// Elements of a list; a value that is no list has none.
    Elements(Quantifier, Box<JsonFilter>),
}

/// A step of a path into a JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To the member of an object.
    Key(String),
    /// To the element of a list: counted from 0, or, if negative, from the end.
    Index(i64),
}

/// A condition on groups of rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Having {
    /// Every group, or none.
    Constant(bool),
    /// Not so.
    Not(Box<Having>),
    /// All of them; every group if there is none.
    All(Vec<Having>),
    /// One of them; no group if there is none.
    Any(Vec<Having>),
    /// A condition on the fields that the rows are grouped by, and on nothing else.
    Group(Filter),
    /// A measure against a value that is not [`Value::Null`].
    Compare(Comparison, Measure, Value),
    /// A measure equal to one of some values.
    In(Measure, Vec<Value>),
    /// A text that is a measure; the flag says whether upper and lower case are the same.
    Text(Needle, Measure, String, bool),
    /// A measure is NULL.
    IsNull(Measure),
}

impl Having {
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
}
