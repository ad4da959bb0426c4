//! The arguments of an untyped call are wrong.

use std::fmt;

/// What is wrong with the JSON arguments of a call. Holds none of the values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// The model that was asked for.
    pub model: String,
    /// The operation, as it was called.
    pub operation: String,
    /// The place in the arguments: `where.AND[0].title.contains`. Empty where it is the arguments as a whole.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, operation, path, message } = self;
        match (model.is_empty(), path.is_empty()) {
            (true, true) => write!(f, "{operation}: {message}"),
            (true, false) => write!(f, "{path}: {message}"),
            (false, true) => write!(f, "{operation} of `{model}`: {message}"),
            (false, false) => write!(f, "{operation} of `{model}`: {path}: {message}"),
        }
    }
}

impl std::error::Error for InputError {}
