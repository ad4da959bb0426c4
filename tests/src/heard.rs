//! A driver that keeps what is said to the database.

use std::sync::{Arc, Mutex, PoisonError};

use zmodel_runtime::driver::{BoxFuture, Driver, Query, Reader, Rows, Transaction};
use zmodel_runtime::error::DatabaseError;
use zmodel_runtime::schema::Provider;

use crate::database::Either;

/// What was said.
#[derive(Debug, Clone, Default)]
pub struct Said(Arc<Mutex<Vec<Query>>>);

impl Said {
    fn hear(&self, query: &Query) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(query.clone());
    }

    /// What was said since the last time.
    pub fn take(&self) -> Vec<Query> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The one thing that was said since the last time.
    ///
    /// # Panics
    /// It was more or less than one.
    #[must_use]
    pub fn one(&self) -> Query {
        let mut all = self.take();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }
}

/// A driver of which everything is heard that is said to it.
#[derive(Debug)]
pub struct Heard(Either, Said);

impl Heard {
    /// What is said to `driver` is in `said`.
    #[must_use]
    pub fn new(driver: Either, said: &Said) -> Self {
        Self(driver, said.clone())
    }
}

struct HeardTransaction(Box<dyn Transaction>, Said);

impl Driver for Heard {
    fn provider(&self) -> Provider {
        self.0.provider()
    }

    fn run(&self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        self.1.hear(&query);
        self.0.run(query)
    }

    fn read<'a>(&'a self, query: Query, reader: &'a mut dyn Reader) -> BoxFuture<'a, zmodel_runtime::Result<u64>> {
        self.1.hear(&query);
        self.0.read(query, reader)
    }

    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, DatabaseError>> {
        Box::pin(async {
            let transaction = self.0.begin().await?;
            Ok(Box::new(HeardTransaction(transaction, self.1.clone())) as Box<dyn Transaction>)
        })
    }
}

impl Transaction for HeardTransaction {
    fn run(&mut self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        self.1.hear(&query);
        self.0.run(query)
    }

    fn attempt(&mut self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        self.1.hear(&query);
        self.0.attempt(query)
    }

    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), DatabaseError>> {
        self.0.commit()
    }
}
