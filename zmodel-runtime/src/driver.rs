//! Drivers: where statements run.
//!
//! A driver gets the text of a statement and its values, and gives rows. It knows nothing of models and rules, so an
//! application can bring its own by implementing [`Driver`].
//!
//! # Where databases differ
//!
//! A rule means the same on each of them, and so does a query, but for what is left to the database:
//!
//! | | SQLite | PostgreSQL |
//! |-|-|-|
//! | NULLs in an order that says nothing of them | as the lowest values | as the highest |
//! | texts in an order, and in a caller's own `gt`, `lt` | by their bytes | by the collation of the database |
//! | members of an enum in an order | by their names | as they are declared |
//! | text without regard to case | ASCII letters | all letters |
//! | `autoincrement()` after a row with a number of its own | goes on from the highest | goes on from the last that was given out |
//! | `@@schema`, `defaultSchema` | part of the name: the table `"auth.User"` | the table `"auth"."User"` |
//! | lists | a text of JSON | an array |
//! | a `Json` column that holds no JSON | counts as nothing | cannot be |
//! | an `Average` of `Decimal`s | to 28 digits | to as many as PostgreSQL gives, at least 16 |
//! | searches (`@fullText`, `@fuzzy`, `search()`) | an error | by words and by similar letters |
//! | two writers at once | one after the other | at once, and the second waits for a row that both change |
//!
//! PostgreSQL works at the isolation that a transaction is begun with, which is READ COMMITTED. A write locks the rows that
//! it chooses; where it had to wait for one, the rules are asked again of what has become of it. What a rule asks of *other*
//! rows is answered as of the start of the statement.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::error::{DatabaseError, Result};
use crate::row::Row;
use crate::schema::Provider;
use crate::value::Value;

#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "sqlite")]
pub mod sqlite;

/// A future on the heap, as trait objects need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A statement to run.
#[derive(Clone)]
pub struct Query {
    /// The text, with placeholders in the way of the database.
    pub text: std::sync::Arc<str>,
    /// The values, in the order of the placeholders.
    pub values: Vec<Value>,
    /// What kind of statement it is, for a driver that treats them differently.
    pub kind: QueryKind,
}

/// Says what it is, and none of its values.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("text", &self.text).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Kinds of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryKind {
    /// Reads at most one row, by a unique key, and looks at nothing else.
    Point,
    /// Reads.
    Read,
    /// Writes.
    Write,
    /// Is about the transaction itself, a savepoint or how isolated it is. It has no values and gives no rows. A driver can
    /// say that it went well before it knows: if it did not, whatever comes after it must fail, and so must a commit.
    Command,
    /// Undoes what was done since a savepoint, which stays, with whatever has failed since. Otherwise it is as a
    /// [`QueryKind::Command`].
    Undo,
    /// Makes a table, an index or a type. It has no values, is run once, and gives no rows.
    Definition,
}

/// The rows that a statement gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// How many columns a row has.
    pub width: usize,
    /// The cells of all rows, one row after the other.
    ///
    /// A cell for related rows holds a list for each of them, in a list if there can be several; or bytes, as PostgreSQL has
    /// a record in its binary format, and several such records one after the other, each with its length before it (32 bits,
    /// the highest byte first).
    pub cells: Vec<Value>,
    /// How many rows a statement has written that gives none: what a driver says here is what a delete and an
    /// `update_many` go by.
    pub written: u64,
}

impl Rows {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many were read or written.
    pub(crate) fn touched(&self) -> u64 {
        self.written.max(self.len() as u64)
    }

    /// Has them read one after the other; how many they are.
    ///
    /// # Errors
    /// The first one of `reader`.
    pub fn read_by(self, reader: &mut dyn Reader) -> Result<u64> {
        let (count, mut cells) = (self.len(), self.cells.into_iter());
        for _ in 0..count {
            let mut row = Row::of(&mut cells, self.width);
            reader.row(&mut row)?;
            // What the reader has not asked for belongs to no other row.
            row.skip();
        }
        Ok(count as u64)
    }
}

/// Who reads the rows of a statement, one after the other.
pub trait Reader: Send {
    /// Reads the next row.
    ///
    /// # Errors
    /// A cell does not hold what is expected of it; then no other row is read.
    fn row(&mut self, row: &mut Row<'_>) -> Result<()>;

    /// Forgets what it has read: the statement is run anew.
    fn anew(&mut self);
}

/// What a statement gives that was sent.
pub enum Answer {
    /// This, as is known already.
    Known(Result<Rows, DatabaseError>),
    /// What is to come.
    Coming(BoxFuture<'static, Result<Rows, DatabaseError>>),
}

impl Answer {
    /// Waits for it, unless it is known.
    ///
    /// # Errors
    /// That of the statement.
    pub async fn wait(self) -> Result<Rows, DatabaseError> {
        match self {
            Self::Known(outcome) => outcome,
            Self::Coming(outcome) => outcome.await,
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Known(_)) { "Known(..)" } else { "Coming(..)" })
    }
}

/// A database.
pub trait Driver: std::fmt::Debug + Send + Sync + 'static {
    /// Which SQL it speaks.
    fn provider(&self) -> Provider;

    /// Whether its tables are all in one schema, as those of a test are that shares a database with others: then the
    /// schemas that an application names for its tables are parts of their names, as on a database without schemas. A
    /// driver around another one asks that one.
    fn is_one_schema(&self) -> bool {
        self.provider() != Provider::Postgresql
    }

    /// Runs one statement by itself.
    fn run(&self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>>;

    /// Runs one statement by itself that does nothing but read, and has its rows read as they come; how many they are.
    ///
    /// Without an own implementation it is [`Driver::run`], and the rows are read when all of them are there. So a driver
    /// around another one that hears of all statements in `run` hears of these as well, unless it passes them on here.
    ///
    /// # Errors
    /// Those of the statement, and the first one of `reader`.
    fn read<'a>(&'a self, query: Query, reader: &'a mut dyn Reader) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move { self.run(query).await?.read_by(reader) })
    }

    /// Begins a transaction that will write.
    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, DatabaseError>>;
}

/// A transaction. It is rolled back if it is dropped without [`Transaction::commit`].
pub trait Transaction: Send {
    /// Runs one statement in it.
    fn run(&mut self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>>;

    /// Sends one statement, so that others can be sent after it before it is answered. Statements are done in the order in
    /// which they are sent. Where one fails, or nobody has waited for its answer, the transaction can only be undone, as a
    /// whole or to a savepoint before it.
    ///
    /// Answers are waited for in their order, or at the same time: one that is left alone can hold up those after it.
    ///
    /// Without an own implementation it is [`Transaction::run`], for a database that is not at the other end of a network.
    fn send(&mut self, query: Query) -> BoxFuture<'_, Answer> {
        Box::pin(async move { Answer::Known(self.run(query).await) })
    }

    /// Runs one statement in it such that the transaction goes on if it fails, as if it had not been run.
    ///
    /// Without an own implementation it is [`Transaction::run`], for a database where that is so of every statement.
    fn attempt(&mut self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        self.run(query)
    }

    /// Makes its changes permanent.
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), DatabaseError>>;

    /// Runs a last statement, and makes the changes permanent unless it fails.
    ///
    /// Without an own implementation it is [`Transaction::run`] and [`Transaction::commit`].
    fn finish(mut self: Box<Self>, last: Query) -> BoxFuture<'static, Result<Rows, DatabaseError>>
    where
        Self: 'static,
    {
        Box::pin(async move {
            let rows = self.run(last).await?;
            self.commit().await?;
            Ok(rows)
        })
    }
}
