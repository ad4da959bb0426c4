//! What can go wrong with a query.

mod database;
mod denied;
mod input;
mod validation;

pub use database::{DatabaseError, DatabaseErrorKind};
pub use denied::{Denied, DeniedReason};
pub use input::InputError;
pub use validation::{Problem, ValidationError};

/// The result of a query.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a query failed.
///
/// No message holds row data. [`Error::NotFound`] is the same for a row that is hidden and one that is not there. What
/// constraints tell cannot be hidden: who may write a unique value or a foreign key learns from a violation whether a
/// row with that value or id exists, as in every database with row-level rules.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No such row for this caller: it is not there, or hidden, or not theirs to change.
    #[error("no `{model}` was found")]
    NotFound {
        /// The model that was asked for.
        model: String,
    },
    /// The access rules refuse it.
    #[error(transparent)]
    Denied(Box<Denied>),
    /// The input cannot be used; nothing was sent to the database.
    #[error("{message}")]
    Invalid {
        /// What is wrong with it.
        message: String,
    },
    /// Given values do not satisfy the schema; nothing was sent to the database.
    #[error(transparent)]
    Validation(Box<ValidationError>),
    /// The JSON arguments of an untyped call cannot be used; nothing was sent to the database.
    #[error(transparent)]
    Input(Box<InputError>),
    /// The application refuses the call: see [`hooks`](crate::hooks) and [`procedure`](crate::procedure).
    #[error("{message}")]
    Refused {
        /// Why.
        message: String,
    },
    /// What the application does in a procedure failed: see [`procedure`](crate::procedure).
    #[error(transparent)]
    Failed(Box<dyn std::error::Error + Send + Sync>),
    /// The database refused the statement or could not be reached.
    #[error(transparent)]
    Database(Box<DatabaseError>),
    /// The database holds something that does not fit the schema.
    #[error("`{model}.{field}` holds something that is not {expected}")]
    Decode {
        /// The model.
        model: String,
        /// The field.
        field: String,
        /// What the schema promises.
        expected: &'static str,
    },
    /// A fault in zmodel itself, or a schema table made by hand that contradicts itself.
    #[error("internal error: {message}")]
    Internal {
        /// What was noticed.
        message: String,
    },
}

impl Error {
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::Internal { message: message.into() }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid { message: message.into() }
    }

    /// The error of a [hook](crate::hooks) or a [procedure](crate::procedure) that refuses a call.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::Refused { message: message.into() }
    }

    /// The error of a [procedure](crate::procedure) whose own work fails: a mail that cannot be sent. What it says is
    /// for the program; [`Error::refused`] is for what the caller is to read.
    pub fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(error.into())
    }

    /// A word for what went wrong, as logs and metrics have it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "not-found",
            Self::Denied(_) if self.is_unreadable() => "unreadable",
            Self::Denied(_) => "denied",
            Self::Invalid { .. } | Self::Validation(_) | Self::Input(_) => "invalid",
            Self::Refused { .. } => "refused",
            Self::Failed(_) => "failed",
            Self::Database(_) => "database",
            Self::Decode { .. } => "decode",
            Self::Internal { .. } => "internal",
        }
    }

    /// Whether a [hook](crate::hooks) or a [procedure](crate::procedure) of the application refused it.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// Whether no such row exists for this caller.
    #[must_use]
    pub const fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether the access rules refused it. A write that happened but may not be read back is
    /// [`Error::is_unreadable`] instead.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Denied(denied) if denied.reason == DeniedReason::NoAccess)
    }

    /// Whether the write was done, but its result may not be read by this caller.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Self::Denied(denied) if denied.reason == DeniedReason::CannotReadBack)
    }

    /// Whether given values do not satisfy the schema: its validation attributes, `@@validate`, or the types of fields.
    #[must_use]
    pub const fn is_validation(&self) -> bool {
        matches!(self, Self::Validation(_))
    }

    /// Whether a unique constraint was violated.
    #[must_use]
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(error) if error.kind == DatabaseErrorKind::Unique)
    }

    /// Whether somebody else's transaction was in the way; trying again may help.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Database(error) if error.kind == DatabaseErrorKind::Busy)
    }

    /// Whether a transaction took longer than it was given; it is undone.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Database(error) if error.kind == DatabaseErrorKind::TimedOut)
    }

    /// Whether a foreign key refers to nothing, or is still referred to.
    #[must_use]
    pub fn is_foreign_key_violation(&self) -> bool {
        matches!(self, Self::Database(error) if error.kind == DatabaseErrorKind::ForeignKey)
    }
}

impl From<DatabaseError> for Error {
    fn from(error: DatabaseError) -> Self {
        Self::Database(Box::new(error))
    }
}

impl From<crate::schema::Broken> for Error {
    fn from(broken: crate::schema::Broken) -> Self {
        Self::internal(broken.to_string())
    }
}
