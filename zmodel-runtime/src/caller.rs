//! Who is asking.

use std::fmt;
use std::sync::Arc;

use crate::value::{ContextValue, IntoContext};

/// Who is asking. A client cannot be made without one.
#[derive(Clone)]
pub enum Caller {
    /// Somebody who is not signed in: `auth()` is null.
    Anonymous,
    /// Somebody who is signed in, with what `auth()` holds.
    User(Arc<ContextValue>),
    /// The program itself: no rule applies. The reason goes into every trace of a query.
    Unguarded(&'static str),
}

/// Says what kind of caller it is, and nothing of what `auth()` holds.
impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("Anonymous"),
            Self::User(_) => f.write_str("User(..)"),
            Self::Unguarded(reason) => f.debug_tuple("Unguarded").field(reason).finish(),
        }
    }
}

impl Caller {
    /// Somebody who is signed in.
    pub fn user(context: impl IntoContext) -> Self {
        Self::User(Arc::new(context.into_context()))
    }

    /// The value at a path into `auth()`; `None` when it is missing at any step.
    pub(crate) fn value(&self, path: &[u16]) -> Option<&ContextValue> {
        let Self::User(context) = self else { return None };
        context.at(path)
    }
}
