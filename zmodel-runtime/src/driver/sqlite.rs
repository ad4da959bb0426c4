//! SQLite, embedded in the program.
//!
//! A statement that takes a few microseconds takes less than handing it to another thread does, and one that takes long
//! must not hold up the tasks of the async runtime. [`Run`] says how to tell them apart.

mod decimal;
mod functions;
mod pace;
mod pool;
mod records;

use std::borrow::Cow;
use std::sync::Arc;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ToSql};
use tokio::sync::OwnedSemaphorePermit;

use pool::{Lease, Pool, Target};

use super::{BoxFuture, Driver, Query, QueryKind, Rows, Transaction};
use crate::error::{DatabaseError, DatabaseErrorKind};
use crate::schema::Provider;
use crate::value::{Value, instant_text, list_json};

const BEGIN: &str = "BEGIN IMMEDIATE";
const COMMIT: &str = "COMMIT";

/// Where the statements of a database run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Run {
    /// Where they are asked for if they have lately taken less than six tenths of a millisecond, as reads by a key always
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

/// Runs a statement, with room for so many cells from the start.
fn run(connection: &Connection, query: &Query, room: usize) -> rusqlite::Result<Rows> {
    let mut statement = connection.prepare_cached(&query.text)?;
    let width = statement.column_count();
    for (at, value) in (1..).zip(&query.values) {
        statement.raw_bind_parameter(at, Bind(value))?;
    }
    if width == 0 {
        let written = statement.raw_execute()? as u64;
        return Ok(Rows { written, ..Rows::default() });
    }
    let mut cells = Vec::with_capacity(room.max(width));
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        for at in 0..width {
            match cell(row.get_ref(at)?) {
                Ok(cell) => cells.push(cell),
                Err(Unreadable) => return Err(unreadable(at)),
            }
        }
    }
    Ok(Rows { width, cells, written: 0 })
}

struct Bind<'a>(&'a Value);

impl ToSql for Bind<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use rusqlite::types::{Value as Owned, ValueRef};
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Bool(value) => ToSqlOutput::Borrowed(ValueRef::Integer((*value).into())),
            Value::Int(value) => ToSqlOutput::Borrowed(ValueRef::Integer(*value)),
            Value::Float(value) => ToSqlOutput::Borrowed(ValueRef::Real(*value)),
            Value::Decimal(value) => ToSqlOutput::Owned(Owned::Text(value.to_string())),
            Value::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
            Value::DateTime(value) => ToSqlOutput::Owned(Owned::Text(instant_text(*value))),
            Value::Json(value) => ToSqlOutput::Owned(Owned::Text(value.to_string())),
            Value::Bytes(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value)),
            Value::List(values) => ToSqlOutput::Owned(Owned::Text(list_json(values).to_string())),
        })
    }
}

/// A text that is not UTF-8.
#[derive(Debug, thiserror::Error)]
#[error("a text in the database is not UTF-8")]
struct Unreadable;

#[cold]
fn unreadable(at: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(Unreadable))
}

fn cell(value: rusqlite::types::ValueRef<'_>) -> Result<Value, Unreadable> {
    use rusqlite::types::ValueRef;
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Int(value),
        ValueRef::Real(value) => Value::Float(value),
        ValueRef::Text(bytes) => Value::Text(std::str::from_utf8(bytes).map_err(|_| Unreadable)?.to_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    })
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
