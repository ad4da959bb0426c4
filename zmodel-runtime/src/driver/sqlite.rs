//! SQLite, embedded in the program.
//!
//! A read by a unique key runs where it is asked for: it takes a few microseconds, less than it takes to hand it to
//! another thread. Everything else runs on a thread where it may block, so that a long statement never stops the
//! tasks of the async runtime.

mod decimal;
mod functions;

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, OpenFlags, ToSql};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{BoxFuture, Driver, Query, QueryKind, Rows, Transaction};
use crate::error::{DatabaseError, DatabaseErrorKind};
use crate::schema::Provider;
use crate::value::{Value, instant_text, list_json};

/// How long a statement waits for another writer before it fails.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How many prepared statements a connection keeps.
const STATEMENT_CACHE: usize = 256;

/// A SQLite database with a few connections.
///
/// Foreign keys are enforced, and a file is kept in write-ahead mode, so that readers and a writer do not wait for
/// each other.
#[derive(Clone)]
pub struct Sqlite {
    pool: Arc<Pool>,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite").field("target", &self.pool.target).finish_non_exhaustive()
    }
}

struct Pool {
    target: Target,
    idle: Mutex<Vec<Connection>>,
    places: Arc<Semaphore>,
    writer: Arc<Semaphore>,
}

#[derive(Debug)]
enum Target {
    Memory,
    File(String),
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
        // A database in memory belongs to its connection, so there is just one.
        let connections = match target {
            Target::Memory => 1,
            Target::File(_) => std::thread::available_parallelism().map_or(4, |n| n.get() + 2),
        };
        let first = target.connect()?;
        let pool = Pool {
            target,
            idle: Mutex::new(vec![first]),
            places: Arc::new(Semaphore::new(connections)),
            writer: Arc::new(Semaphore::new(1)),
        };
        Ok(Self { pool: Arc::new(pool) })
    }

    /// Waits for the right to write.
    async fn writer(&self) -> Result<OwnedSemaphorePermit, DatabaseError> {
        Arc::clone(&self.pool.writer).acquire_owned().await.map_err(other)
    }

    async fn checkout(&self) -> Result<Lease, DatabaseError> {
        let place = Arc::clone(&self.pool.places).acquire_owned().await.map_err(other)?;
        let idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = if let Some(connection) = idle {
            connection
        } else if matches!(self.pool.target, Target::Memory) {
            // Its connection was given up, and the data with it; an empty database must not pass for it.
            return Err(other(std::io::Error::other("the database in memory is lost")));
        } else {
            let pool = Arc::clone(&self.pool);
            blocking(move || pool.target.connect()).await?
        };
        Ok(Lease { connection: Some(connection), pool: Arc::clone(&self.pool), writer: None, _place: place })
    }
}

/// A connection that goes back to the pool when it is no longer needed.
struct Lease {
    connection: Option<Connection>,
    pool: Arc<Pool>,
    /// The right to write, of a transaction.
    writer: Option<OwnedSemaphorePermit>,
    _place: OwnedSemaphorePermit,
}

impl Lease {
    fn run(&self, query: &Query) -> Result<Rows, DatabaseError> {
        let Some(connection) = &self.connection else { return Ok(Rows::default()) };
        run(connection, query).map_err(translate)
    }

    fn execute(&self, text: &str) -> Result<(), DatabaseError> {
        self.connection.as_ref().map_or(Ok(()), |connection| connection.execute_batch(text).map_err(translate))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        // Whatever was begun and not committed is undone; a connection on which that fails is not used again.
        if connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok() {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

impl Driver for Sqlite {
    fn provider(&self) -> Provider {
        Provider::Sqlite
    }

    fn run(&self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        Box::pin(async move {
            // One writer at a time, waiting here and not in a connection that a reader could use.
            let writer = if matches!(query.kind, QueryKind::Write | QueryKind::Command) {
                Some(self.writer().await?)
            } else {
                None
            };
            let lease = self.checkout().await?;
            if query.kind == QueryKind::Point {
                return lease.run(&query);
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
            let mut lease = self.checkout().await?;
            lease.writer = Some(writer);
            let lease = blocking(move || lease.execute("BEGIN IMMEDIATE").map(|()| lease)).await?;
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
            blocking(move || lease.execute("COMMIT")).await
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

impl Target {
    fn connect(&self) -> Result<Connection, DatabaseError> {
        let connection = match self {
            Self::Memory => Connection::open_in_memory(),
            Self::File(path) => {
                let flags =
                    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                Connection::open_with_flags(Path::new(path), flags)
            }
        };
        let connection = connection.map_err(translate)?;
        Self::prepare(&connection).map_err(translate)?;
        Ok(connection)
    }

    fn prepare(connection: &Connection) -> rusqlite::Result<()> {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // A name in double quotes that is no column is an error, never a text.
        connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
        functions::define(connection)?;
        decimal::define(connection)
    }
}

fn run(connection: &Connection, query: &Query) -> rusqlite::Result<Rows> {
    let mut statement = connection.prepare_cached(&query.text)?;
    let width = statement.column_count();
    for (at, value) in (1..).zip(&query.values) {
        statement.raw_bind_parameter(at, Bind(value))?;
    }
    let mut cells = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        for at in 0..width {
            cells.push(cell(row.get_ref(at)?).map_err(|Unreadable| {
                rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, Box::new(Unreadable))
            })?);
        }
    }
    Ok(Rows { width, cells })
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
