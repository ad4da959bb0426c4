//! SQL that an application writes itself, on the unguarded client alone.
//!
//! ```text
//! let busy: Vec<(i64, String)> = db.unguarded("report")
//!     .sql("SELECT count(*), name FROM Post GROUP BY name HAVING count(*) > ?").bind(10).fetch().await?;
//! ```

use std::fmt;

use crate::driver::{Query, QueryKind};
use crate::error::{Error, Result};
use crate::gather::Gather;
use crate::model::Row;
use crate::session::Session;
use crate::value::{FieldValue, Value};

/// A statement of one's own. Its text is a constant of the program; values are bound, never pasted into it.
///
/// No rule is part of it, and nothing of the schema is known about it: not even the types of its columns, so that a
/// Boolean or a Decimal is what the database keeps it as.
#[must_use = "a statement does nothing until it is run"]
pub struct Sql<'a> {
    session: &'a Session,
    text: &'static str,
    values: Vec<Value>,
}

/// Shows the statement, and none of its values.
impl fmt::Debug for Sql<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sql").field("text", &self.text).finish_non_exhaustive()
    }
}

impl<'a> Sql<'a> {
    /// A statement in a session; for generated code.
    pub const fn new(session: &'a Session, text: &'static str) -> Self {
        Self { session, text, values: Vec::new() }
    }

    /// The value of the next placeholder: `?` in SQLite, `$1` and so on in PostgreSQL, which SQLite takes as well if they
    /// come in order.
    pub fn bind(mut self, value: impl FieldValue) -> Self {
        self.values.push(value.into_value());
        self
    }

    /// Runs the statement, and gives nothing back.
    ///
    /// # Errors
    /// The client is not an unguarded one, a value cannot be bound, or the database refuses.
    pub async fn execute(self) -> Result<()> {
        self.run().await.map(|_| ())
    }

    /// Runs the statement, and reads its rows as tuples, a cell for each column.
    ///
    /// # Errors
    /// Those of [`Sql::execute`], or a column is not of the type that was asked for.
    pub async fn fetch<T: Cells>(self) -> Result<Vec<T>> {
        let rows = self.run().await?;
        if rows.width != T::WIDTH && !rows.is_empty() {
            let (has, wanted) = (rows.width, T::WIDTH);
            return Err(Error::invalid(format!("the statement gives {has} columns, and {wanted} are read")));
        }
        Gather::of(rows, T::read)
    }

    async fn run(self) -> Result<crate::driver::Rows> {
        for value in &self.values {
            value.check()?;
        }
        let reads = ["SELECT", "VALUES", "EXPLAIN"];
        let first = self.text.split_whitespace().next().unwrap_or_default();
        let kind =
            if reads.iter().any(|word| word.eq_ignore_ascii_case(first)) { QueryKind::Read } else { QueryKind::Write };
        self.session.raw(Query { text: self.text.into(), values: self.values, kind }).await
    }
}

/// A row of a statement of one's own: a tuple of values.
#[diagnostic::on_unimplemented(
    message = "a row cannot be read as `{Self}`",
    note = "give a tuple with a type for each column, such as `(i64, Option<String>)`; for one column, `(i64,)`"
)]
pub trait Cells: Sized + Send {
    /// How many columns it has.
    #[doc(hidden)]
    const WIDTH: usize;

    /// Reads it.
    #[doc(hidden)]
    fn read(row: &mut Row<'_>) -> Result<Self>;
}

macro_rules! tuples {
    ($(($($name:ident),+) $width:literal)*) => {$(
        impl<$($name: FieldValue),+> Cells for ($($name,)+) {
            const WIDTH: usize = $width;

            fn read(row: &mut Row<'_>) -> Result<Self> {
                Ok(($({
                    let cell = $name::from_value(row.cell()?);
                    cell.map_err(|expected| Error::invalid(format!("a column does not hold {expected}")))?
                },)+))
            }
        }
    )*};
}

tuples! {
    (A) 1
    (A, B) 2
    (A, B, C) 3
    (A, B, C, D) 4
    (A, B, C, D, E) 5
    (A, B, C, D, E, F) 6
    (A, B, C, D, E, F, G) 7
    (A, B, C, D, E, F, G, H) 8
}
