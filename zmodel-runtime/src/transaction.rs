//! Transactions: several calls that are all done or not at all.

use std::future::Future;
use std::ops::Deref;

use crate::error::{Error, Result};
use crate::session::{Savepoint, Session, Shared};

/// A client whose calls are part of a transaction. Derefs to the client.
///
/// Dropped without [`Transaction::commit`] it undoes everything. A call that fails leaves nothing behind by itself, so
/// that the others can still be committed. Begun inside another transaction it is a part of it, which can be undone by
/// itself.
///
/// While it lives, it holds a connection, and with SQLite the right to write: other clients wait. A clone of its client
/// belongs to the same transaction, and fails once that is over.
#[derive(Debug)]
#[must_use = "a transaction that is dropped is undone"]
pub struct Transaction<C> {
    client: C,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Whole(Shared),
    Part(Savepoint),
}

impl<C> Deref for Transaction<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.client
    }
}

impl<C> Transaction<C> {
    /// Begins a transaction for the caller of `session`; `client` makes a client of a session. For generated code.
    ///
    /// # Errors
    /// The database cannot begin one.
    pub async fn begin(session: &Session, client: impl FnOnce(Session) -> C) -> Result<Self> {
        let (shared, held) = match session.within() {
            Some(shared) => (shared.clone(), Held::Part(shared.savepoint().await?)),
            None => {
                let shared = Shared::new(session.engine().driver().begin().await?);
                (shared.clone(), Held::Whole(shared))
            }
        };
        Ok(Self { client: client(session.inside(shared)), held })
    }

    /// Keeps what was done.
    ///
    /// # Errors
    /// The database cannot keep it, or the transaction is over already; then nothing was kept.
    pub async fn commit(self) -> Result<()> {
        match self.held {
            Held::Whole(shared) => shared.commit().await,
            Held::Part(savepoint) => savepoint.release().await,
        }
    }

    /// Undoes what was done, and waits until it is undone; dropping it does the same in its own time.
    pub async fn rollback(self) {
        match self.held {
            Held::Whole(shared) => shared.rollback().await,
            Held::Part(savepoint) => drop(savepoint),
        }
    }

    /// Does `work` in the transaction, and keeps it if it went well. For generated code.
    ///
    /// # Errors
    /// Those of `work`, and those of [`Transaction::commit`]; then nothing was kept.
    pub async fn run<T, E, F>(self, work: impl FnOnce(C) -> F) -> Result<T, E>
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
}
