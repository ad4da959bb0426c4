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
/// While it lives, it holds a connection, and with SQLite the right to write: other clients wait. To set it a limit, put
/// `tokio::time::timeout` around what is done in it: what is given up is undone. A clone of its client belongs to the same
/// transaction, and fails once that is over.
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
struct Whole(Shared);

impl Drop for Whole {
    fn drop(&mut self) {
        self.0.give_up();
    }
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
                (shared.clone(), Held::Whole(Whole(shared)))
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
            Held::Whole(whole) => whole.0.commit().await,
            Held::Part(savepoint) => savepoint.release().await,
        }
    }

    /// Undoes what was done, and waits until it is undone; dropping it does the same in its own time.
    pub async fn rollback(self) {
        match self.held {
            Held::Whole(whole) => whole.0.rollback().await,
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

    /// Does `work` in a transaction, and once more in a new one if it fails because of somebody else's transaction: so
    /// many times at most. Inside another transaction there is one attempt, since all of that one would have to be
    /// done again. For generated code.
    ///
    /// # Errors
    /// Those of the last attempt; then nothing was kept.
    pub async fn retried<T, E, F>(
        session: &Session,
        retries: u32,
        client: impl Fn(Session) -> C,
        mut work: impl FnMut(C) -> F,
    ) -> Result<T, E>
    where
        C: Clone,
        E: From<Error>,
        F: Future<Output = Result<T, E>>,
    {
        let mut left = if session.within().is_some() { 0 } else { retries };
        loop {
            let (outcome, busy) = match Self::begin(session, &client).await {
                Ok(transaction) => {
                    let shared = match &transaction.held {
                        Held::Whole(whole) => Some(whole.0.clone()),
                        Held::Part(_) => None,
                    };
                    let outcome = transaction.run(&mut work).await;
                    (outcome, shared.is_some_and(|shared| shared.was_busy()))
                }
                Err(error) => {
                    let busy = error.is_busy();
                    (Err(error.into()), busy)
                }
            };
            if outcome.is_ok() || !busy || left == 0 {
                return outcome;
            }
            left -= 1;
        }
    }
}
