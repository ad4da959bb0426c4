//! SQLite, embedded in the program.
//!
//! A statement that takes a few microseconds takes less than handing it to another thread does, and one that takes long
//! must not hold up the tasks of the async runtime. [`Run`] says how to tell them apart.

mod decimal;
mod functions;
mod pace;
mod pool;
mod records;
mod statement;

use std::borrow::Cow;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use pool::{Lease, Pool, Target};

use super::{BoxFuture, Driver, Query, QueryKind, Reader, Rows, Transaction};
pub(crate) use statement::Cells;

use crate::error::{DatabaseError, DatabaseErrorKind, Result as Outcome};
use crate::schema::Provider;

const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";

/// Where the statements of a database run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Run {
    /// Where they are asked for if they have lately taken less than a millisecond, as reads by a key always
    /// do; otherwise on a thread where they may block. A read that was thought to be quick is stopped after two
    /// milliseconds and run anew on such a thread.
    #[default]
    ByPace,
    /// Where they are asked for, however long they take: for a program that does one thing at a time.
    Here,
    /// On a thread where they may block, however short they are: for a program in which nothing else may ever wait.
    Elsewhere,
}

/// A SQLite database with a few connections.
///
/// Foreign keys are enforced, and a file is kept in write-ahead mode, so that readers and a writer do not wait for
/// each other. A connection keeps up to 16 MiB of what it has read, and there are two more of them than processors at most.
#[derive(Clone)]
pub struct Sqlite {
    pool: Arc<Pool>,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite").field("target", &self.pool.target).finish_non_exhaustive()
    }
}

impl Sqlite {
    /// Opens the database at `url`, and creates the file if it is not there.
    ///
    /// A URL is `sqlite:path`, `file:path`, or a path alone, taken as it is: nothing in it is decoded, and options after
    /// a `?` are refused rather than ignored. `sqlite::memory:` is a database in memory that lives as long as this value.
    ///
    /// # Errors
    /// The URL has no path or has options, or the file cannot be opened or is not a database.
    pub fn open(url: &str) -> Result<Self, DatabaseError> {
        Self::open_with(url, Run::default())
    }

    /// The same, with a choice of where its statements run.
    ///
    /// # Errors
    /// Those of [`Sqlite::open`].
    pub fn open_with(url: &str, run: Run) -> Result<Self, DatabaseError> {
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")).unwrap_or(url);
        let path = path.strip_prefix("file:").unwrap_or(path);
        if path.is_empty() || path.contains('?') {
            let what = if path.is_empty() { "names no file" } else { "has options after `?`, which are not supported" };
            let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, format!("`{url}` {what}"));
            return Err(DatabaseError {
                kind: DatabaseErrorKind::Connection,
                code: None,
                constraint: None,
                source: Box::new(source),
            });
        }
        let target = if path == ":memory:" { Target::Memory } else { Target::File(path.to_owned()) };
        Ok(Self { pool: Arc::new(Pool::new(target, run)?) })
    }

    /// Waits for the right to write.
    async fn writer(&self) -> Result<OwnedSemaphorePermit, DatabaseError> {
        Arc::clone(&self.pool.writer).acquire_owned().await.map_err(other)
    }
}

impl Driver for Sqlite {
    fn provider(&self) -> Provider {
        Provider::Sqlite
    }

    fn run(&self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        Box::pin(async move {
            // One writer at a time, waiting here and not in a connection that a reader could use.
            let writes =
                matches!(query.kind, QueryKind::Write | QueryKind::Command | QueryKind::Undo | QueryKind::Definition);
            let writer = if writes { Some(self.writer().await?) } else { None };
            let lease = self.pool.checkout().await?;
            if let Some(outcome) = lease.run_here(&query) {
                return outcome;
            }
            blocking(move || {
                let rows = lease.run(&query);
                drop((lease, writer));
                rows
            })
            .await
        })
    }

    fn read<'a>(&'a self, query: Query, reader: &'a mut dyn Reader) -> BoxFuture<'a, Outcome<u64>> {
        Box::pin(async move {
            if !matches!(query.kind, QueryKind::Point | QueryKind::Read) {
                return self.run(query).await?.read_by(reader);
            }
            let lease = self.pool.checkout().await?;
            if let Some(outcome) = lease.read_here(&query, reader) {
                return outcome;
            }
            // On another thread there is no reader.
            reader.anew();
            let rows = blocking(move || lease.run(&query)).await?;
            rows.read_by(reader)
        })
    }

    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, DatabaseError>> {
        Box::pin(async move {
            let writer = self.writer().await?;
            let mut lease = self.pool.checkout().await?;
            lease.writer = Some(writer);
            let lease = match lease.execute_here(BEGIN) {
                Some(outcome) => outcome.map(|()| lease)?,
                None => blocking(move || lease.execute(BEGIN).map(|()| lease)).await?,
            };
            Ok(Box::new(SqliteTransaction { lease: Some(lease) }) as Box<dyn Transaction>)
        })
    }
}

struct SqliteTransaction {
    lease: Option<Lease>,
}

impl Transaction for SqliteTransaction {
    fn run(&mut self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        Box::pin(async move {
            let Some(lease) = self.lease.take() else { return Err(gone()) };
            if let Some(outcome) = lease.run_here(&query) {
                self.lease = Some(lease);
                return outcome;
            }
            let (lease, rows) = blocking(move || {
                let rows = lease.run(&query);
                Ok((lease, rows))
            })
            .await?;
            self.lease = Some(lease);
            rows
        })
    }

    fn commit(mut self: Box<Self>) -> BoxFuture<'static, Result<(), DatabaseError>> {
        let lease = self.lease.take();
        Box::pin(async move {
            let Some(lease) = lease else { return Err(gone()) };
            match lease.execute_here(COMMIT) {
                Some(outcome) => outcome,
                None => blocking(move || lease.execute(COMMIT)).await,
            }
        })
    }
}

/// Runs `work` where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DatabaseError> + Send + 'static,
) -> Result<T, DatabaseError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(other(error)))
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> DatabaseError {
    DatabaseError { kind: DatabaseErrorKind::Other, code: None, constraint: None, source: Box::new(error) }
}

fn gone() -> DatabaseError {
    other(std::io::Error::other("the transaction was interrupted and is rolled back"))
}

fn translate(error: rusqlite::Error) -> DatabaseError {
    use rusqlite::ErrorCode;
    use rusqlite::ffi;
    let (mut kind, mut code, mut constraint) = (DatabaseErrorKind::Other, None, None);
    if let rusqlite::Error::SqliteFailure(failure, message) = &error {
        code = name(failure.extended_code).map(Cow::Borrowed);
        let about_keys = message.as_deref().is_some_and(|message| message.starts_with("FOREIGN KEY"));
        kind = match (failure.code, failure.extended_code) {
            (_, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID) => {
                DatabaseErrorKind::Unique
            }
            (_, ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => DatabaseErrorKind::ForeignKey,
            // What `RESTRICT` refuses.
            (_, ffi::SQLITE_CONSTRAINT_TRIGGER) if about_keys => DatabaseErrorKind::ForeignKey,
            (_, ffi::SQLITE_CONSTRAINT_NOTNULL) => DatabaseErrorKind::NotNull,
            (ErrorCode::ConstraintViolation, _) => DatabaseErrorKind::Constraint,
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => DatabaseErrorKind::Busy,
            (ErrorCode::CannotOpen | ErrorCode::NotADatabase, _) => DatabaseErrorKind::Connection,
            _ => DatabaseErrorKind::Other,
        };
        // "UNIQUE constraint failed: Post.slug" names columns, never values.
        let failed = message.as_deref().and_then(|message| message.split_once("constraint failed: "));
        constraint = failed.map(|(_, columns)| columns.to_owned());
    }
    DatabaseError { kind, code, constraint, source: Box::new(error) }
}

/// The name of an extended result code that a program may want to tell apart.
const fn name(extended: std::ffi::c_int) -> Option<&'static str> {
    use rusqlite::ffi;
    Some(match extended {
        ffi::SQLITE_CONSTRAINT_UNIQUE => "SQLITE_CONSTRAINT_UNIQUE",
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY => "SQLITE_CONSTRAINT_PRIMARYKEY",
        ffi::SQLITE_CONSTRAINT_ROWID => "SQLITE_CONSTRAINT_ROWID",
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => "SQLITE_CONSTRAINT_FOREIGNKEY",
        ffi::SQLITE_CONSTRAINT_TRIGGER => "SQLITE_CONSTRAINT_TRIGGER",
        ffi::SQLITE_CONSTRAINT_NOTNULL => "SQLITE_CONSTRAINT_NOTNULL",
        ffi::SQLITE_CONSTRAINT_CHECK => "SQLITE_CONSTRAINT_CHECK",
        ffi::SQLITE_BUSY => "SQLITE_BUSY",
        ffi::SQLITE_LOCKED => "SQLITE_LOCKED",
        ffi::SQLITE_FULL => "SQLITE_FULL",
        ffi::SQLITE_READONLY => "SQLITE_READONLY",
        ffi::SQLITE_CANTOPEN => "SQLITE_CANTOPEN",
        ffi::SQLITE_NOTADB => "SQLITE_NOTADB",
        ffi::SQLITE_CORRUPT => "SQLITE_CORRUPT",
        _ => return None,
    })
}
