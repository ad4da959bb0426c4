//! The access rules refuse a write.

use crate::schema::Operation;

/// The access rules refuse an operation. Holds no row data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The model.
    pub model: String,
    /// What was asked for.
    pub operation: Operation,
    /// Why.
    pub reason: DeniedReason,
}

/// Why the access rules refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeniedReason {
    /// The rules do not let this caller do it. Nothing was changed.
    NoAccess,
    /// It was done, and stays done, but the rules do not let this caller read the result.
    CannotReadBack,
}

impl std::fmt::Display for Denied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { model, operation, reason } = self;
        let verb = match operation {
            Operation::Create => "create",
            Operation::Read => "read",
            Operation::Update | Operation::PostUpdate => "update",
            Operation::Delete => "delete",
        };
        match reason {
            DeniedReason::NoAccess => write!(f, "the rules of `{model}` do not allow this {verb}"),
            DeniedReason::CannotReadBack => {
                write!(f, "the {verb} of `{model}` was done, but its rules do not let this caller read the result")
            }
        }
    }
}

impl std::error::Error for Denied {}
