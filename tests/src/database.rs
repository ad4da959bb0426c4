//! The databases that tests run on: each gets one that is empty, and that goes away with it.
//!
//! SQLite is always there. PostgreSQL is asked where `ZMODEL_TEST_POSTGRES_URL` says it is, or at the usual place on this
//! machine; where none answers, its tests say so and are skipped, unless `ZMODEL_TEST_REQUIRE` names `postgres`.

use std::fmt::Debug;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use zmodel_runtime::driver::postgres::Postgres;
use zmodel_runtime::driver::sqlite::Sqlite;
use zmodel_runtime::driver::{BoxFuture, Driver, Query, QueryKind, Reader, Rows, Transaction};
use zmodel_runtime::error::DatabaseError;
use zmodel_runtime::schema::Provider;

/// A database that tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// SQLite, in memory.
    Sqlite,
    /// A schema of its own in PostgreSQL.
    Postgres,
}

/// A driver for either of them.
#[derive(Debug, Clone)]
pub enum Either {
    /// For SQLite.
    Sqlite(Sqlite),
    /// For PostgreSQL.
    Postgres(Postgres),
}

impl Either {
    fn inner(&self) -> &dyn Driver {
        match self {
            Self::Sqlite(driver) => driver,
            Self::Postgres(driver) => driver,
        }
    }
}

impl Driver for Either {
    fn provider(&self) -> Provider {
        self.inner().provider()
    }

    fn run(&self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        self.inner().run(query)
    }

    fn read<'a>(&'a self, query: Query, reader: &'a mut dyn Reader) -> BoxFuture<'a, zmodel_runtime::Result<u64>> {
        self.inner().read(query, reader)
    }

    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, DatabaseError>> {
        self.inner().begin()
    }
}

/// What a running test has.
struct Here {
    database: Database,
    /// The server, if there is one.
    server: String,
    /// What makes go away what was made there.
    drops: Mutex<Vec<String>>,
}

impl Here {
    /// Makes something, which goes away with the test.
    async fn make(&self, what: &str, drop: String) {
        self.drops.lock().unwrap_or_else(PoisonError::into_inner).push(drop);
        command(&self.server, what).await;
    }
}

tokio::task_local! {
    static HERE: Arc<Here>;
}

/// The URL of an empty database; another one with each call. It is SQLite's for a test that says nothing of databases.
pub async fn url() -> String {
    let Some(here) = on_postgres() else { return "sqlite::memory:".to_owned() };
    let schema = own_name();
    here.make(&format!("CREATE SCHEMA {schema}"), format!("DROP SCHEMA {schema} CASCADE")).await;
    let joint = if here.server.contains('?') { '&' } else { '?' };
    format!("{}{joint}schema={schema}&connection_limit=4", here.server)
}

/// As [`url`], for a test whose tables are in schemas that it names: PostgreSQL gives it a database with nothing else.
pub async fn whole_url() -> String {
    let Some(here) = on_postgres() else { return "sqlite::memory:".to_owned() };
    let name = own_name();
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    here.make(&format!("CREATE DATABASE {name} TEMPLATE template0 {ORDER}"), drop).await;
    here.server.replace("/zmodel_test", &format!("/{name}"))
}

fn on_postgres() -> Option<Arc<Here>> {
    HERE.try_with(Arc::clone).ok().filter(|here| here.database == Database::Postgres)
}

/// The kind of database that the running test is about.
#[must_use]
pub fn here() -> Database {
    HERE.try_with(|here| here.database).unwrap_or(Database::Sqlite)
}

/// Whether the database of the running test offers extensions of PostgreSQL; a test that is skipped for it says so.
///
/// # Errors
/// It does not answer.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub async fn offers(driver: &Either, extensions: &[&str]) -> Result<bool, DatabaseError> {
    for name in extensions {
        let text = format!("SELECT name::text FROM pg_available_extensions WHERE name = '{name}'");
        let rows = driver.run(Query { text: text.into(), values: Vec::new(), kind: QueryKind::Read }).await?;
        if rows.is_empty() {
            eprintln!("skipped: PostgreSQL does not offer `{name}`");
            return Ok(false);
        }
    }
    Ok(true)
}

/// A driver for the empty database at `url`.
///
/// # Errors
/// The database does not answer.
pub async fn driver_of(url: &str) -> Result<Either, DatabaseError> {
    Ok(match here() {
        Database::Sqlite => Either::Sqlite(Sqlite::open(url)?),
        Database::Postgres => Either::Postgres(Postgres::connect(url).await?),
    })
}

/// A driver for an empty database.
///
/// # Errors
/// The database does not answer.
pub async fn driver() -> Result<Either, DatabaseError> {
    driver_of(&url().await).await
}

/// Makes a test of each function for each database.
///
/// ```
/// async fn works() -> zmodel_runtime::Result<()> {
///     let db = zmodel_tests::blog::Db::connect(&zmodel_tests::database::url().await).await?;
///     db.create_tables().await
/// }
///
/// zmodel_tests::on_each_database!(works);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! on_each_database {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn on_sqlite() {
                $crate::database::run($crate::database::Database::Sqlite, super::$name);
            }

            #[test]
            fn on_postgres() {
                $crate::database::run($crate::database::Database::Postgres, super::$name);
            }
        }
    )+};
}

/// Makes a test of each function for PostgreSQL alone: of what SQLite has nothing of.
#[macro_export]
macro_rules! on_postgres {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn on_postgres() {
                $crate::database::run($crate::database::Database::Postgres, super::$name);
            }
        }
    )+};
}

/// How a test ends.
pub trait Outcome {
    /// Fails if it did not end well.
    fn check(self);
}

impl Outcome for () {
    fn check(self) {}
}

impl<E: Debug> Outcome for Result<(), E> {
    #[track_caller]
    fn check(self) {
        assert!(self.is_ok(), "{self:?}");
    }
}

/// Runs a test with a database of its own.
///
/// # Panics
/// The test fails, or its database does.
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
pub fn run<F: Future<Output: Outcome>>(database: Database, test: impl FnOnce() -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = match database {
        Database::Sqlite => String::new(),
        Database::Postgres => {
            let Some(server) = runtime.block_on(server()) else { return };
            server
        }
    };
    let here = Arc::new(Here { database, server, drops: Mutex::default() });
    let run = || runtime.block_on(HERE.scope(Arc::clone(&here), test()));
    let outcome = panic::catch_unwind(AssertUnwindSafe(run));
    // A test that fails leaves no more behind than one that does not.
    let drops = std::mem::take(&mut *here.drops.lock().unwrap_or_else(PoisonError::into_inner));
    for drop in drops {
        runtime.block_on(command(&here.server, &drop));
    }
    match outcome {
        Ok(outcome) => outcome.check(),
        Err(panic) => panic::resume_unwind(panic),
    }
}

/// Texts are ordered by their bytes.
const ORDER: &str = "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'";

/// A name that nothing else has: neither what runs now, nor what an earlier process of the same number left behind.
fn own_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    static START: LazyLock<u128> =
        LazyLock::new(|| SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_micros()));
    format!("test_{}_{}_{}", std::process::id(), *START, COUNT.fetch_add(1, Ordering::Relaxed))
}

async fn command(url: &str, text: &str) {
    let query = Query { text: text.into(), values: Vec::new(), kind: QueryKind::Definition };
    let outcome = match Postgres::connect(url).await {
        Ok(database) => database.run(query).await.map(|_| ()),
        Err(error) => Err(error),
    };
    assert!(outcome.is_ok(), "{outcome:?}");
}

/// The URL of a database in PostgreSQL that orders texts by their bytes, as SQLite does; none if no server answers.
///
/// # Panics
/// No server answers, and `ZMODEL_TEST_REQUIRE` asks for one.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub async fn server() -> Option<String> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    if let Some(found) = FOUND.get() {
        return found.clone();
    }
    let url = std::env::var("ZMODEL_TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgresql://postgres@127.0.0.1:5432/postgres".to_owned());
    let found = match Postgres::connect(&url).await {
        Ok(database) => {
            let (place, options) =
                url.split_once('?').map_or((&*url, String::new()), |(place, o)| (place, format!("?{o}")));
            let (host, _) = place.rsplit_once('/').unwrap_or((place, ""));
            let create = format!("CREATE DATABASE zmodel_test TEMPLATE template0 {ORDER}");
            let query = Query { text: create.into(), values: Vec::new(), kind: QueryKind::Definition };
            // Another test may have made it.
            let _ = database.run(query).await;
            Some(format!("{host}/zmodel_test{options}"))
        }
        Err(error) => {
            let required = std::env::var("ZMODEL_TEST_REQUIRE").unwrap_or_default();
            assert!(!required.split(',').any(|name| name.trim() == "postgres"), "PostgreSQL does not answer: {error}");
            eprintln!("skipped: PostgreSQL does not answer ({error})");
            None
        }
    };
    FOUND.get_or_init(|| found).clone()
}
