//! The name of a table.

use std::borrow::Cow;
use std::fmt;

use crate::schema::Text;

/// The name of a table, which only the guard can read.
///
/// It is a constant of the schema, but no accessor gives it away: a query that names a table has gone through
/// [the guard](crate::guard), and what comes out of there carries the rules.
#[derive(Clone, PartialEq, Eq)]
pub struct TableName(pub(in crate::guard) Text);

impl TableName {
    /// No table: of a model of which nothing is said.
    pub const NONE: Self = Self(Cow::Borrowed(""));

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
