//! The database refuses a statement.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

/// What a driver reports.
#[derive(Debug)]
pub struct DatabaseError {
    /// What kind of failure.
    pub kind: DatabaseErrorKind,
    /// The database's own code: `SQLITE_CONSTRAINT_UNIQUE`, `23505`.
    pub code: Option<Cow<'static, str>>,
    /// The constraint, the columns or the type of a column it is about, if the database says so.
    pub constraint: Option<String>,
    /// The driver's own error.
    pub source: Box<dyn StdError + Send + Sync>,
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind, &self.constraint) {
            // Whoever starts a program must know why; no row is involved yet.
            (DatabaseErrorKind::Connection, _) => write!(f, "{}: {}", self.kind, self.source),
            (kind, Some(constraint)) => write!(f, "{kind} ({constraint})"),
            (kind, None) => write!(f, "{kind}"),
        }
    }
}

impl StdError for DatabaseError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
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
    /// A value that has not the form or the size that the type of its column has.
    Value,
    /// Somebody else holds a lock; trying again may help.
    Busy,
    /// A transaction took longer than it was given, and is undone.
    TimedOut,
    /// The database cannot be opened or reached.
    Connection,
    /// Anything else.
    Other,
}

impl fmt::Display for DatabaseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unique => "a row with this unique value already exists",
            Self::ForeignKey => "a foreign key refers to a row that is not there, or is still referred to",
            Self::NotNull => "a required column has no value",
            Self::Constraint => "a constraint of the database is violated",
            Self::Value => "a value has not the form that the type of its column has",
            Self::Busy => "the database is busy",
            Self::TimedOut => "the transaction took too long and is undone",
            Self::Connection => "the database cannot be opened",
            Self::Other => "the database reports an error",
        })
    }
}
