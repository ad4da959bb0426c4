//! The access rules refuse a write.

use std::fmt;

use crate::schema::{FieldRule, Model, Operation, Place, Rule};

/// The access rules refuse an operation. Holds no row data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The model.
    pub model: String,
    /// What was asked for.
    pub operation: Operation,
    /// Why.
    pub reason: DeniedReason,
    /// Where the schema has the rules that were asked: all that are about it, in the order of the schema, and not those
    /// alone that refused, which would tell what the row holds.
    pub rules: Vec<Place>,
}

/// Why the access rules refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeniedReason {
    /// The rules do not let this caller do it. Nothing was changed.
    NoAccess,
    /// It was done, and stays done, but the rules do not let this caller read the result. In a transaction it is part of
    /// what is committed, or undone with it.
    CannotReadBack,
}

impl Denied {
    pub(crate) fn new(model: &Model, operation: Operation, reason: DeniedReason) -> Self {
        let asked = match (reason, operation) {
            (DeniedReason::CannotReadBack, _) => &[Operation::Read][..],
            (DeniedReason::NoAccess, Operation::Update | Operation::PostUpdate) => {
                &[Operation::Update, Operation::PostUpdate]
            }
            (DeniedReason::NoAccess, Operation::Create) => &[Operation::Create],
            (DeniedReason::NoAccess, Operation::Read) => &[Operation::Read],
            (DeniedReason::NoAccess, Operation::Delete) => &[Operation::Delete],
        };
        let about = |rule: &&Rule| asked.iter().any(|operation| rule.operations.contains(*operation));
        let rules = model.rules.iter().filter(about);
        let fields = model.fields.iter().flat_map(|field| field.rules.iter());
        let of_fields =
            fields.filter(|_| reason == DeniedReason::NoAccess).map(|FieldRule { rule, .. }| rule).filter(about);
        let rules = rules.chain(of_fields).map(|rule| rule.place.clone()).collect();
        Self { model: model.name.clone().into_owned(), operation, reason, rules }
    }

    /// What it says to somebody to whom the schema means nothing: without the places of the rules.
    #[must_use]
    pub fn summary(&self) -> String {
        let Self { model, operation, reason, .. } = self;
        let verb = match operation {
            Operation::Create => "create",
            Operation::Read => "read",
            Operation::Update | Operation::PostUpdate => "update",
            Operation::Delete => "delete",
        };
        match reason {
            DeniedReason::NoAccess => format!("the rules of `{model}` do not allow this {verb}"),
            DeniedReason::CannotReadBack => {
                format!("the {verb} of `{model}` was done, but its rules do not let this caller read the result")
            }
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary())?;
        if self.rules.is_empty() {
            return f.write_str(" (there is none about it)");
        }
        let mut file = None;
        for (at, place) in self.rules.iter().enumerate() {
            f.write_str(if at == 0 { " (" } else { ", " })?;
            if file == Some(&place.file) {
                write!(f, "{}", place.line)?;
            } else {
                write!(f, "{}:{}", place.file, place.line)?;
                file = Some(&place.file);
            }
        }
        f.write_str(")")
    }
}

impl std::error::Error for Denied {}
