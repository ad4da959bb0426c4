//! PostgreSQL, over a pool of connections.
//!
//! Statements are prepared once on each connection, and values travel in the binary format of their type. What is said
//! about a transaction itself (savepoints, and `BEGIN` before a read) travels with the statement after it, and statements
//! that do not need each other's results travel together. Nothing is written before `BEGIN` was answered.
//!
//! A statement that nobody waits for any more, as when a request was cut off, keeps its connection until it is over, so that
//! it holds up nobody; a transaction that was dropped is undone at once, whether or not somebody uses the connection again.

mod bind;
mod cell;
mod line;
mod number;
mod text;
mod tls;
mod transaction;
mod url;

use std::borrow::Cow;
use std::pin::{Pin, pin};
use std::sync::Arc;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, QueueMode, RecyclingMethod, Runtime, TimeoutType,
};
use futures_util::{FutureExt as _, TryStreamExt as _};
use tokio::runtime::Handle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{RowStream, Statement};

use self::bind::Bind;
pub(crate) use self::cell::Cells;
use self::line::Line;
use self::transaction::PostgresTransaction;
use self::url::Url;
use super::{BoxFuture, Driver, Query, QueryKind, Reader, Rows, Transaction};
use crate::error::{DatabaseError, DatabaseErrorKind, Result as Outcome};
use crate::row::Row;
use crate::schema::Provider;
use crate::value::Value;

/// How many prepared statements a connection keeps; when there are more, it begins anew.
const STATEMENT_CACHE: usize = 512;

/// A PostgreSQL database with a pool of connections. Cheap to clone.
#[derive(Clone)]
pub struct Postgres {
    pool: Pool,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").field("connections", &self.pool.status().max_size).finish_non_exhaustive()
    }
}

impl Postgres {
    /// Connects to the database at `url`, once, to see that it can be reached; further connections are made when they
    /// are needed.
    ///
    /// A URL is `postgresql://user:password@host:port/database?option=value`, as libpq and Prisma have it. Options:
    ///
    /// | option | meaning | without it |
    /// |-|-|-|
    /// | `schema` | where the tables are | `public` |
    /// | `sslmode` | `disable`; `prefer`: encrypted if the server can, whoever it is; `no-verify`: encrypted, whoever it is; `require`, `verify-ca`, `verify-full`: encrypted, and the server's certificate must be valid for its name | `prefer` |
    /// | `sslrootcert` | a file with the certificates (PEM) that are trusted | those of the system |
    /// | `connection_limit` | how many connections there are at most | twice the number of cores, and one |
    /// | `connect_timeout` | how many seconds a connection may take to be made | 5 |
    /// | `pool_timeout` | how many seconds a statement waits for a connection; 0: as long as it takes | 10 |
    /// | `application_name`, `host`, `port`, `options`, `target_session_attrs`, … | as in libpq | |
    ///
    /// An option that is none of these is refused rather than ignored. Note that `require` asks for more than in libpq,
    /// where it takes any certificate.
    ///
    /// # Errors
    /// The URL cannot be read, a certificate cannot be read, or the database cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, DatabaseError> {
        let url = Url::parse(url).map_err(|problem| connection(std::io::Error::other(problem)))?;
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match tls::connector(&url).map_err(connection)? {
            None => Manager::from_config(url.config, tokio_postgres::NoTls, config),
            Some(tls) => Manager::from_config(url.config, tls, config),
        };
        let settings = settings(url.schema.as_deref());
        let pool = Pool::builder(manager)
            .max_size(url.connections)
            .runtime(Runtime::Tokio1)
            // The one that was used last has most likely prepared what comes next.
            .queue_mode(QueueMode::Lifo)
            .wait_timeout(url.pool_timeout)
            .create_timeout(Some(url.connect_timeout))
            .post_create(Hook::async_fn(move |client, _| {
                let settings = settings.clone();
                Box::pin(async move { client.batch_execute(&settings).await.map_err(HookError::Backend) })
            }))
            .build()
            .map_err(connection)?;
        let database = Self { pool };
        drop(database.checkout().await?);
        Ok(database)
    }

    async fn checkout(&self) -> Result<Object, DatabaseError> {
        let client = self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                DatabaseError { kind: DatabaseErrorKind::Connection, ..translate(&error) }
            }
            PoolError::Timeout(TimeoutType::Create) => {
                connection(std::io::Error::other("the server did not answer in time; see `connect_timeout`"))
            }
            PoolError::Timeout(_) => DatabaseError {
                kind: DatabaseErrorKind::Busy,
                ..other(std::io::Error::other("no connection became free in time; see `pool_timeout`"))
            },
            error => connection(error),
        })?;
        if client.statement_cache.size() > STATEMENT_CACHE {
            client.statement_cache.clear();
        }
        Ok(client)
    }
}

/// What is said to each new connection: instants are in UTC, whatever the server's own time zone is.
fn settings(schema: Option<&str>) -> String {
    let mut settings = "SET TIME ZONE 'UTC'".to_owned();
    if let Some(schema) = schema {
        settings.push_str("; SET search_path TO \"");
        settings.push_str(&schema.replace('"', "\"\""));
        settings.push('"');
    }
    settings
}

impl Driver for Postgres {
    fn provider(&self) -> Provider {
        Provider::Postgresql
    }

    fn run(&self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        Box::pin(async move {
            let mut busy = Busy { client: Arc::new(self.checkout().await?), over: false };
            let outcome = run_alone(&busy.client, &query).await;
            busy.over = true;
            outcome
        })
    }

    fn read<'a>(&'a self, query: Query, reader: &'a mut dyn Reader) -> BoxFuture<'a, Outcome<u64>> {
        Box::pin(async move {
            let mut busy = Busy { client: Arc::new(self.checkout().await?), over: false };
            let outcome = read_alone(&busy.client, &query, reader).await;
            busy.over = true;
            outcome
        })
    }

    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, DatabaseError>> {
        Box::pin(async move {
            let client = self.checkout().await?;
            Ok(Box::new(PostgresTransaction::begin(client)?) as Box<dyn Transaction>)
        })
    }
}

/// A connection on which a statement runs.
struct Busy {
    client: Arc<Object>,
    /// Whether it is over, and whoever comes next can have the connection.
    over: bool,
}

impl Drop for Busy {
    fn drop(&mut self) {
        if !self.over {
            give_back(Arc::clone(&self.client), Line::default(), "");
        }
    }
}

/// Says something over a connection on which something runs that nobody waits for any more, and gives the connection back
/// when all of it was answered: whoever gets it before would wait for that.
fn give_back(client: Arc<Object>, line: Line, last: &'static str) {
    let mut said = Box::pin(async move { line.then(client.batch_execute(last)).await });
    // Now, before anybody else says anything.
    if (&mut said).now_or_never().is_none()
        && let Ok(runtime) = Handle::try_current()
    {
        runtime.spawn(said);
    }
}

/// Runs a statement outside a transaction.
async fn run_alone(client: &Object, query: &Query) -> Result<Rows, DatabaseError> {
    if matches!(query.kind, QueryKind::Command | QueryKind::Undo | QueryKind::Definition) {
        let done = client.batch_execute(&query.text).await;
        return done.map(|()| Rows::default()).map_err(|error| translate(&error));
    }
    let outcome = run(client, query).await;
    if outcome.as_ref().is_err_and(is_outdated) {
        client.statement_cache.remove(&query.text, &[]);
        return run(client, query).await;
    }
    outcome
}

/// Whether a table has changed since the statement was prepared.
fn is_outdated(error: &DatabaseError) -> bool {
    error.code.as_deref() == Some(SqlState::FEATURE_NOT_SUPPORTED.code())
}

/// Runs a statement that is prepared once on each connection.
async fn run(client: &Object, query: &Query) -> Result<Rows, DatabaseError> {
    let statement = prepared(client, query).await?;
    execute(client, &statement, &query.values).await
}

async fn prepared(client: &Object, query: &Query) -> Result<Statement, DatabaseError> {
    client.prepare_cached(&query.text).await.map_err(|error| translate(&error))
}

async fn execute(client: &Object, statement: &Statement, values: &[Value]) -> Result<Rows, DatabaseError> {
    let width = statement.columns().len();
    let mut rows = pin!(start(client, statement, values).await?);
    let mut cells = Vec::with_capacity(width);
    while let Some(row) = next(rows.as_mut()).await? {
        let mut row = Cells::new(&row);
        for _ in 0..width {
            cells.push(row.value()?);
        }
    }
    let written = if width == 0 { rows.rows_affected().unwrap_or_default() } else { 0 };
    Ok(Rows { width, cells, written })
}

/// Runs a statement outside a transaction that does nothing but read.
async fn read_alone(client: &Object, query: &Query, reader: &mut dyn Reader) -> Outcome<u64> {
    let mut outcome = begin_to_read(client, query).await;
    if outcome.as_ref().is_err_and(is_outdated) {
        client.statement_cache.remove(&query.text, &[]);
        outcome = begin_to_read(client, query).await;
    }
    let mut rows = pin!(outcome?);
    let (mut count, mut read) = (0, Ok(()));
    // To the end, also where one of them cannot be read: the connection is free then.
    while let Some(row) = next(rows.as_mut()).await? {
        if read.is_ok() {
            read = reader.row(&mut Row::of_postgres(Cells::new(&row)));
        }
        count += 1;
    }
    read.map(|()| count)
}

async fn begin_to_read(client: &Object, query: &Query) -> Result<RowStream, DatabaseError> {
    let statement = prepared(client, query).await?;
    start(client, &statement, &query.values).await
}

/// Sends a statement; its rows are still to come.
async fn start(client: &Object, statement: &Statement, values: &[Value]) -> Result<RowStream, DatabaseError> {
    let wanted = statement.params().len();
    if wanted != values.len() {
        let problem = format!("the statement has {wanted} placeholders, and {} values are given", values.len());
        return Err(other(std::io::Error::other(problem)));
    }
    client.query_raw(statement, values.iter().map(Bind)).await.map_err(|error| translate(&error))
}

async fn next(mut rows: Pin<&mut RowStream>) -> Result<Option<tokio_postgres::Row>, DatabaseError> {
    rows.try_next().await.map_err(|error| translate(&error))
}

/// A value in a row inside a row, by the number of its type.
pub(crate) fn value(ty: u32, raw: &[u8]) -> Result<Value, DatabaseError> {
    cell::of_type(ty, raw).map_err(other)
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> DatabaseError {
    DatabaseError { kind: DatabaseErrorKind::Other, code: None, constraint: None, source: Box::new(error) }
}

fn connection(error: impl std::error::Error + Send + Sync + 'static) -> DatabaseError {
    DatabaseError { kind: DatabaseErrorKind::Connection, ..other(error) }
}

/// What PostgreSQL says, without the detail: that one quotes whole rows, hidden columns and all.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Said {
    message: String,
}

fn translate(error: &tokio_postgres::Error) -> DatabaseError {
    let Some(said) = error.as_db_error() else {
        // The error of a value says which one it is about; the reason is its source.
        let message =
            std::error::Error::source(error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
        let unfit = std::error::Error::source(error).and_then(|source| source.downcast_ref::<bind::Unfit>());
        let kind = match unfit {
            _ if error.is_closed() => DatabaseErrorKind::Connection,
            Some(_) => DatabaseErrorKind::Value,
            None => DatabaseErrorKind::Other,
        };
        let constraint = unfit.map(|unfit| unfit.ty.clone());
        return DatabaseError { kind, constraint, ..other(Said { message }) };
    };
    let code = said.code().code();
    let kind = match code {
        "23505" => DatabaseErrorKind::Unique,
        "23503" | "23001" => DatabaseErrorKind::ForeignKey,
        "23502" => DatabaseErrorKind::NotNull,
        _ if code.starts_with("23") => DatabaseErrorKind::Constraint,
        // A text without the form of a type or too long for it, a number or a time out of range, a document that is none.
        "22P02" | "22001" | "22003" | "22007" | "22008" | "2200M" | "2200N" => DatabaseErrorKind::Value,
        // Two transactions that cannot both be, two that wait for each other, and a lock that could not be had.
        "40001" | "40P01" | "55P03" | "53300" => DatabaseErrorKind::Busy,
        _ if ["08", "28", "3D", "57P"].iter().any(|class| code.starts_with(class)) => DatabaseErrorKind::Connection,
        _ => DatabaseErrorKind::Other,
    };
    DatabaseError {
        kind,
        code: Some(Cow::Owned(code.to_owned())),
        constraint: said.constraint().or_else(|| said.column()).map(ToOwned::to_owned),
        source: Box::new(Said { message: format!("{}: {}", said.severity(), said.message()) }),
    }
}
