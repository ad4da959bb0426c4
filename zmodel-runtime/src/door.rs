//! The one door to a table.

use std::borrow::Cow;
use std::fmt;

use crate::schema::Text;

/// The name of a table, which only this module can read.
///
/// Invariant: a query names a table by going through this module, and what comes out carries the rules.
#[derive(Clone, PartialEq, Eq)]
pub struct TableName(Text);

impl TableName {
    /// A table called `name`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A table whose name was read while the program runs.
    #[must_use]
    pub const fn owned(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl fmt::Debug for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TableName")
    }
}
