//! A schema of its own on a PostgreSQL server.

use std::thread;

use crate::driver::{self, BoxFuture, Driver, Query, QueryKind, Reader, Rows, Transaction};
use crate::error::{DatabaseError, Result};
use crate::schema::Provider;

/// An empty database in PostgreSQL that goes away with the last client of it: what [`postgres`] gives.
///
/// It is a schema of its own, under a name that starts with `zmodel_test_`. A process that is killed leaves its schemas
/// behind.
#[derive(Debug)]
pub struct Postgres {
    driver: driver::postgres::Postgres,
    server: String,
    schema: String,
}

/// An empty database on the PostgreSQL server of a URL, which is gone with the last client of it:
/// `Db::new(testing::postgres(url).await?)`.
///
/// Tables that the application has in schemas of their own are in this one, with the names of those before theirs.
///
/// The URL is one that [`driver::postgres::Postgres::connect`] takes, without `schema`: many tests share the server's
/// database, each in a schema of its own.
///
/// # Errors
/// The URL names a schema, the server does not answer, or its user may not make schemas.
pub async fn postgres(url: &str) -> Result<Postgres> {
    let schema = format!("zmodel_test_{}", uuid::Uuid::new_v4().simple());
    let joint = if url.contains('?') { '&' } else { '?' };
    if url.split(['?', '&']).any(|option| option.starts_with("schema=")) {
        let message = "each test has a schema of its own; leave `schema` out of the URL";
        return Err(crate::error::Error::invalid(message));
    }
    command(url, format!("CREATE SCHEMA {schema}")).await?;
    let connected = driver::postgres::Postgres::connect(&format!("{url}{joint}schema={schema}")).await;
    match connected {
        Ok(driver) => Ok(Postgres { driver, server: url.to_owned(), schema }),
        Err(error) => {
            // What went wrong first is what there is to say.
            let _ = command(url, drop_of(&schema)).await;
            Err(error.into())
        }
    }
}

impl Postgres {
    /// The name of the schema.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }
}

async fn command(url: &str, text: String) -> Result<(), DatabaseError> {
    let server = driver::postgres::Postgres::connect(url).await?;
    server.run(Query { text: text.into(), values: Vec::new(), kind: QueryKind::Definition }).await.map(drop)
}

fn drop_of(schema: &str) -> String {
    format!("DROP SCHEMA IF EXISTS {schema} CASCADE")
}

impl Driver for Postgres {
    fn provider(&self) -> Provider {
        self.driver.provider()
    }

    /// What it makes goes away with it, so nothing is made elsewhere.
    fn is_one_schema(&self) -> bool {
        true
    }

    fn run(&self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        self.driver.run(query)
    }

    fn read<'a>(&'a self, query: Query, reader: &'a mut dyn Reader) -> BoxFuture<'a, Result<u64>> {
        self.driver.read(query, reader)
    }

    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, DatabaseError>> {
        self.driver.begin()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let (server, text) = (std::mem::take(&mut self.server), drop_of(&self.schema));
        // A drop cannot wait for a future of the runtime that it may run on, so it waits for another one.
        let removal = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(command(&server, text)))
        });
        // A schema that stays is a nuisance, and no reason to fail a test that has passed.
        let _ = removal.join();
    }
}
