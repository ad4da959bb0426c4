//! What can be wrong with a claim.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

/// A field of the context struct cannot be filled.
///
/// It names the field, the claim and the JSON kinds, never a value: it is meant to be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("claim `{path}` for field `{field}`: {fault}")]
pub struct ClaimError {
    field: Cow<'static, str>,
    path: Cow<'static, str>,
    fault: Fault,
}

impl ClaimError {
    /// A fault of the claim at `path`, which is to fill `field`. What is wrong further inside extends both names.
    #[must_use]
    pub fn new(field: &'static str, path: &'static str, fault: Fault) -> Self {
        match fault {
            Fault::Within(inner) => Self {
                field: format!("{field}.{}", inner.field).into(),
                path: format!("{path}.{}", inner.path).into(),
                fault: inner.fault,
            },
            fault => Self { field: field.into(), path: path.into(), fault },
        }
    }

    /// The field, as the schema spells it: `role`, `team.role`, `teams[1].role`.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The claim, as a dotted path: `metadata.role`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong with it.
    pub const fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Says that it is the element `index` of the list `field`, read from the claim `path`.
    pub(super) fn at(self, field: &str, path: &str, index: usize) -> Self {
        let insert = |text: &str, end: usize| match text.split_at_checked(end) {
            Some((before, after)) => Cow::Owned(format!("{before}[{index}]{after}")),
            None => Cow::Owned(text.to_owned()),
        };
        Self { field: insert(&self.field, field.len()), path: insert(&self.path, path.len()), fault: self.fault }
    }
}

/// What is wrong with a claim, without saying which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// It is absent or null, and needed.
    #[error("missing")]
    Missing,
    /// It is another kind of JSON.
    #[error("expected {expected}, found {found}")]
    Type {
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: JsonKind,
    },
    /// It is the right kind of JSON with a value that does not fit: out of range, no date, no member of the enum.
    #[error("the value is not {expected}")]
    Value {
        /// What it should be.
        expected: &'static str,
    },
    /// Something belonging to the session was asked of a nested object.
    #[error("only the session itself has this")]
    NoSession,
    /// A field of the object in this claim cannot be filled.
    #[error("{0}")]
    Within(Box<ClaimError>),
}

/// Lets a nested type read its fields with `?`.
impl From<ClaimError> for Fault {
    fn from(error: ClaimError) -> Self {
        Self::Within(Box::new(error))
    }
}

/// The kind of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum JsonKind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl JsonKind {
    /// The kind of `value`.
    pub const fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }
}

impl fmt::Display for JsonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}
