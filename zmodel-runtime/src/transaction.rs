//! Transactions: several calls that are all done or not at all.

mod begin;

use std::future::Future;
use std::ops::Deref;

use tokio::task::JoinHandle;

pub use begin::{Begin, Isolation};

use crate::error::{Error, Result};
use crate::session::{Savepoint, Shared};

/// A client whose calls are part of a transaction. Derefs to the client.
///
/// Dropped without [`Transaction::commit`] it undoes everything. A call that fails leaves nothing behind by itself, so
/// that the others can still be committed. Begun inside another transaction it is a part of it, which can be undone by
/// itself.
///
/// While it lives, it holds a connection, and with SQLite the right to write: other clients wait. [`Begin::timeout`] sets it
/// a limit. A clone of its client belongs to the same transaction, and fails once that is over.
#[derive(Debug)]
#[must_use = "a transaction that is dropped is undone"]
pub struct Transaction<C> {
    client: C,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Whole(Whole),
    Part(Savepoint),
}

/// A transaction that is over when this is dropped, whoever else still has a client of it.
#[derive(Debug)]
struct Whole {
    shared: Shared,
    /// Ends it when its time is up.
    watch: Option<JoinHandle<()>>,
}

impl Drop for Whole {
    fn drop(&mut self) {
        if let Some(watch) = &self.watch {
            watch.abort();
        }
        self.shared.give_up();
    }
}

impl<C> Deref for Transaction<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.client
    }
}

impl<C> Transaction<C> {
    /// Keeps what was done.
    ///
    /// # Errors
    /// The database cannot keep it, or the transaction is over already; then nothing was kept.
    pub async fn commit(self) -> Result<()> {
        match self.held {
            Held::Whole(whole) => whole.shared.commit().await,
            Held::Part(savepoint) => savepoint.release().await,
        }
    }

    /// Undoes what was done, and waits until it is undone; dropping it does the same in its own time.
    pub async fn rollback(self) {
        match self.held {
            Held::Whole(whole) => whole.shared.rollback().await,
            Held::Part(savepoint) => drop(savepoint),
        }
    }

    /// Does `work` in it, and keeps it if that went well.
    async fn run<T, E, F>(self, work: impl FnOnce(C) -> F) -> Result<T, E>
    where
        C: Clone,
        E: From<Error>,
        F: Future<Output = Result<T, E>>,
    {
        match work(self.client.clone()).await {
            Ok(value) => {
                self.commit().await?;
                Ok(value)
            }
            Err(error) => {
                self.rollback().await;
                Err(error)
            }
        }
    }

    /// What stays of it when it is over; none of a part of another one.
    fn shared(&self) -> Option<Shared> {
        match &self.held {
            Held::Whole(whole) => Some(whole.shared.clone()),
            Held::Part(_) => None,
        }
    }
}
