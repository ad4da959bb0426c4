//! The database refuses a statement.

use std::error::Error as StdError;

/// What a driver reports.
#[derive(Debug, thiserror::Error)]
#[error("{kind}{}", constraint.as_ref().map(|name| format!(" ({name})")).unwrap_or_default())]
pub struct DatabaseError {
    /// What kind of failure.
    pub kind: DatabaseErrorKind,
    /// The constraint or the columns it is about, if the database says so.
    pub constraint: Option<String>,
    /// The driver's own error.
    #[source]
    pub source: Box<dyn StdError + Send + Sync>,
}

/// The kinds of failure that a caller may want to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DatabaseErrorKind {
    /// A unique constraint or primary key.
    Unique,
    /// A foreign key.
    ForeignKey,
    /// A column that must not be NULL.
    NotNull,
    /// Another constraint.
    Constraint,
    /// Somebody else holds a lock; trying again may help.
    Busy,
    /// The database cannot be opened or reached.
    Connection,
    /// Anything else.
    Other,
}

impl std::fmt::Display for DatabaseErrorKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unique => "a row with this unique value already exists",
            Self::ForeignKey => "a foreign key refers to a row that is not there, or is still referred to",
            Self::NotNull => "a required column has no value",
            Self::Constraint => "a constraint of the database is violated",
            Self::Busy => "the database is busy",
            Self::Connection => "the database cannot be opened",
            Self::Other => "the database reports an error",
        })
    }
}
