//! The connections of a database.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::pace::{Pace, Paces};
use super::{Run, decimal, functions, other, records, statement, translate};
use crate::driver::{Query, QueryKind, Reader, Rows};
use crate::error::{DatabaseError, Result};

/// How long a statement waits for another program that writes before it fails.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How many KiB of the database a connection keeps in memory, as it reads them; negative, as SQLite wants it. With the 2,000
/// that it has by itself, a walk through a table of a few megabytes reads every page again.
const PAGES: i64 = -16_384;
/// How many prepared statements a connection keeps.
const STATEMENT_CACHE: usize = 256;
/// How long a read may hold the thread that asked for it before it is stopped and run elsewhere.
const PATIENCE: Duration = Duration::from_millis(2);
/// After so many steps of SQLite's machine it is asked whether to go on: some ten microseconds.
const STEPS: std::ffi::c_int = 2_000;
/// So many pages in the log are brought into the database.
const LOG: std::ffi::c_int = 1_000;

pub(super) struct Pool {
    pub(super) target: Target,
    idle: Mutex<Vec<Connected>>,
    places: Arc<Semaphore>,
    pub(super) writer: Arc<Semaphore>,
    paces: Paces,
    run: Run,
    log: Log,
}

/// Whether the log has grown long, and whether somebody is at work on it.
#[derive(Default)]
struct Log {
    long: Arc<AtomicBool>,
    busy: AtomicBool,
}

#[derive(Debug)]
pub(super) enum Target {
    Memory,
    File(String),
}

impl Pool {
    pub(super) fn new(target: Target, run: Run) -> Result<Self, DatabaseError> {
        // A database in memory belongs to its connection, so there is just one.
        let connections = match target {
            Target::Memory => 1,
            Target::File(_) => std::thread::available_parallelism().map_or(4, |n| n.get() + 2),
        };
        let pool = Self {
            target,
            idle: Mutex::default(),
            places: Arc::new(Semaphore::new(connections)),
            writer: Arc::new(Semaphore::new(1)),
            paces: Paces::new(),
            run,
            log: Log::default(),
        };
        let first = pool.connect()?;
        pool.push(first);
        Ok(pool)
    }
}

/// A connection, and until when it may run a statement where it was asked for it.
pub(super) struct Connected {
    connection: Connection,
    /// Microseconds since `since`; 0 if there is no hurry.
    deadline: Arc<AtomicU64>,
    since: Instant,
}

impl Pool {
    /// A connection for whoever waits for one.
    pub(super) async fn checkout(self: &Arc<Self>) -> Result<Lease, DatabaseError> {
        // Mostly there is one at once.
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => Arc::clone(&self.places).acquire_owned().await.map_err(other)?,
        };
        let connected = if let Some(connected) = self.pop() {
            connected
        } else if matches!(self.target, Target::Memory) {
            // Its connection was given up, and the data with it; an empty database must not pass for it.
            return Err(other(std::io::Error::other("the database in memory is lost")));
        } else {
            let pool = Arc::clone(self);
            super::blocking(move || pool.connect()).await?
        };
        Ok(Lease { connected: Some(connected), pool: Arc::clone(self), writer: None, _place: place })
    }

    fn pop(&self) -> Option<Connected> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn push(&self, connected: Connected) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connected);
    }

    fn connect(&self) -> Result<Connected, DatabaseError> {
        let mut connection = match &self.target {
            Target::Memory => Connection::open_in_memory(),
            Target::File(path) => {
                let flags =
                    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                Connection::open_with_flags(Path::new(path), flags)
            }
        }
        .map_err(translate)?;
        let (since, deadline) = (Instant::now(), Arc::<AtomicU64>::default());
        self.prepare(&mut connection, since, &deadline).map_err(translate)?;
        Ok(Connected { connection, deadline, since })
    }

    fn prepare(&self, connection: &mut Connection, since: Instant, deadline: &Arc<AtomicU64>) -> rusqlite::Result<()> {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "cache_size", PAGES)?;
        // A name in double quotes that is no column is an error, never a text.
        connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        // A statement is prepared once. SQLite would otherwise do it anew for each value of a LIMIT, which takes longer
        // than to run it.
        connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
        functions::define(connection)?;
        decimal::define(connection)?;
        records::define(connection)?;
        // Only who may take long waits for another program.
        connection.busy_timeout(Duration::ZERO)?;
        // Who commits has not the time to tidy up after all before him: that is done elsewhere.
        let long = Arc::clone(&self.log.long);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            if pages >= LOG {
                long.store(true, Ordering::Relaxed);
            }
            Ok(())
        }))?;
        let deadline = Arc::clone(deadline);
        connection.progress_handler(
            STEPS,
            Some(move || {
                let deadline = deadline.load(Ordering::Relaxed);
                deadline != 0 && micros(since) > deadline
            }),
        )
    }

    /// Brings the log into the database, if it is long and nobody is at work on it.
    fn tidy(self: &Arc<Self>) {
        if !self.log.long.load(Ordering::Relaxed) || self.log.busy.swap(true, Ordering::Relaxed) {
            return;
        }
        self.log.long.store(false, Ordering::Relaxed);
        let pool = Arc::clone(self);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return pool.tidied() };
        drop(runtime.spawn(async move {
            // While nobody writes all of it can be brought over, and the next one to write begins it anew.
            let writer = Arc::clone(&pool.writer).acquire_owned().await;
            let work = move || drop((pool.tidied(), writer));
            tokio::task::spawn_blocking(work).await
        }));
    }

    fn tidied(&self) {
        // A connection that nobody uses, or one of its own: it must not wait for a place.
        if let Ok(connected) = self.pop().map_or_else(|| self.connect(), Ok) {
            // What cannot be done now is done when the log is longer.
            let _ = connected.connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)");
            self.push(connected);
        }
        self.log.busy.store(false, Ordering::Relaxed);
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// A connection that goes back to the pool when it is no longer needed.
pub(super) struct Lease {
    connected: Option<Connected>,
    pool: Arc<Pool>,
    /// The right to write, of a transaction.
    pub(super) writer: Option<OwnedSemaphorePermit>,
    _place: OwnedSemaphorePermit,
}

impl Lease {
    /// Runs a statement where it may take as long as it takes.
    pub(super) fn run(&self, query: &Query) -> Result<Rows, DatabaseError> {
        self.patiently(&query.text, |connection, pace| noted(connection, query, pace))
    }

    /// The same for a statement that has no rows and no values.
    pub(super) fn execute(&self, text: &str) -> Result<(), DatabaseError> {
        self.patiently(text, |connection, _| connection.execute_batch(text))
    }

    /// Runs a statement where others wait meanwhile, if it has lately been quick. `None` if it has to be run elsewhere;
    /// then nothing has come of it.
    pub(super) fn run_here(&self, query: &Query) -> Option<Result<Rows, DatabaseError>> {
        if query.kind == QueryKind::Point && self.pool.run == Run::ByPace {
            return settled(statement::run(&self.connected.as_ref()?.connection, query, 0), false);
        }
        self.here(&query.text, self.stops(query), |connection, pace| noted(connection, query, pace))
    }

    /// The same for a statement that reads and is in no transaction, whose rows are read where they are. If it has to be
    /// run elsewhere, rows may have been read.
    pub(super) fn read_here(&self, query: &Query, reader: &mut dyn Reader) -> Option<Result<u64>> {
        let outcome = if query.kind == QueryKind::Point && self.pool.run == Run::ByPace {
            settled(statement::read(&self.connected.as_ref()?.connection, query, reader), false)
        } else {
            self.here(&query.text, self.stops(query), |connection, _| statement::read(connection, query, reader))
        };
        Some(outcome?.unwrap_or_else(|error| Err(error.into())))
    }

    /// Whether it can be stopped: that it is not done is all that would come of it.
    fn stops(&self, query: &Query) -> bool {
        query.kind == QueryKind::Read && self.writer.is_none()
    }

    /// The same for a statement that has no rows and no values.
    pub(super) fn execute_here(&self, text: &str) -> Option<Result<(), DatabaseError>> {
        self.here(text, false, |connection, _| connection.execute_batch(text))
    }

    fn here<T>(
        &self,
        text: &str,
        stops: bool,
        work: impl FnOnce(&Connection, Option<&Pace>) -> rusqlite::Result<T>,
    ) -> Option<Result<T, DatabaseError>> {
        if self.pool.run == Run::Here {
            return Some(self.patiently(text, work));
        }
        let pace = self.pool.paces.of(text)?;
        if self.pool.run == Run::Elsewhere || !pace.is_quick() {
            return None;
        }
        let connected = self.connected.as_ref()?;
        let begun = Instant::now();
        if stops {
            let deadline = (begun + PATIENCE).saturating_duration_since(connected.since).as_micros();
            connected.deadline.store(u64::try_from(deadline).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        let outcome = work(&connected.connection, Some(pace));
        connected.deadline.store(0, Ordering::Relaxed);
        pace.note(begun.elapsed());
        settled(outcome, stops)
    }

    fn patiently<T>(
        &self,
        text: &str,
        work: impl FnOnce(&Connection, Option<&Pace>) -> rusqlite::Result<T>,
    ) -> Result<T, DatabaseError> {
        let Some(Connected { connection, .. }) = &self.connected else { return Err(super::gone()) };
        connection.busy_timeout(BUSY_TIMEOUT).map_err(translate)?;
        let pace = self.pool.paces.of(text);
        let begun = Instant::now();
        let outcome = work(connection, pace);
        if let Some(pace) = pace {
            pace.note(begun.elapsed());
        }
        connection.busy_timeout(Duration::ZERO).map_err(translate)?;
        outcome.map_err(translate)
    }
}

/// Runs a statement with as much room for its answer as the last one took.
fn noted(connection: &Connection, query: &Query, pace: Option<&Pace>) -> rusqlite::Result<Rows> {
    let rows = statement::run(connection, query, pace.map_or(0, Pace::room))?;
    if let Some(pace) = pace {
        pace.filled(rows.len() as u64);
    }
    Ok(rows)
}

/// What has come of a statement; `None` if somebody else was in the way, or it was stopped.
fn settled<T>(outcome: rusqlite::Result<T>, stops: bool) -> Option<Result<T, DatabaseError>> {
    match outcome.as_ref().err().and_then(rusqlite::Error::sqlite_error_code) {
        Some(ErrorCode::DatabaseBusy) => None,
        Some(ErrorCode::OperationInterrupted) if stops => None,
        _ => Some(outcome.map_err(translate)),
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connected) = self.connected.take() else { return };
        let connection = &connected.connection;
        // Whatever was begun and not committed is undone; a connection on which that fails is not used again.
        if connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok() {
            self.pool.push(connected);
        }
        self.pool.tidy();
    }
}
