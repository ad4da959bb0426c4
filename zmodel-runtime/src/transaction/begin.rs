//! How a transaction begins.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{Held, Transaction, Whole};
use crate::driver::BoxFuture;
use crate::error::{DatabaseErrorKind, Error, Result};
use crate::session::{Session, Shared, over};

/// What a transaction sees of others that run at the same time.
///
/// SQLite has one level, the strictest: whatever is asked for, it is [`Isolation::Serializable`]. With PostgreSQL a
/// transaction without a level has the one that the database is set to, `READ COMMITTED` unless somebody changed it;
/// there [`Isolation::ReadUncommitted`] is the same, and [`Isolation::RepeatableRead`] sees one snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// It may see what others have not committed yet.
    ReadUncommitted,
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// What it has read does not change.
    RepeatableRead,
    /// As if all transactions ran one after the other. Some fail as [busy](Error::is_busy), and may be tried again:
    /// [`Begin::retry`] does that.
    Serializable,
}

/// A transaction that is about to begin: it begins when this is awaited.
///
/// ```ignore
/// let tx = client.begin().isolation(Isolation::Serializable).timeout(Duration::from_secs(5)).await?;
/// client.begin().isolation(Isolation::Serializable).retry(3, |tx| async move { .. }).await?;
/// ```
#[must_use = "a transaction begins when it is awaited"]
pub struct Begin<'a, C> {
    session: &'a Session,
    client: fn(Session) -> C,
    isolation: Option<Isolation>,
    timeout: Option<Duration>,
}

impl<C> fmt::Debug for Begin<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { isolation, timeout, .. } = self;
        f.debug_struct("Begin").field("isolation", isolation).field("timeout", timeout).finish_non_exhaustive()
    }
}

impl<'a, C> Begin<'a, C> {
    /// A transaction for the caller of `session`; `client` makes a client of a session. For generated code.
    pub const fn new(session: &'a Session, client: fn(Session) -> C) -> Self {
        Self { session, client, isolation: None, timeout: None }
    }

    /// What it sees of others. A part of another transaction cannot be isolated otherwise than the whole: there this is
    /// an error.
    pub const fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }

    /// How long it may take, from the wait for its begin to its commit. Once that is over, all of it is undone, and
    /// every call in it fails as [`Error::is_timeout`]. A statement that is running then ends first.
    ///
    /// Needs a tokio runtime whose clock is on. A part of another transaction has the time of the whole: there this is
    /// an error.
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Does `work` in it: all of it is kept if it ends well, and nothing otherwise.
    ///
    /// # Errors
    /// Those of `work`, and those of the database.
    pub async fn run<T, E, F>(self, work: impl FnOnce(C) -> F) -> Result<T, E>
    where
        C: Clone,
        E: From<Error>,
        F: Future<Output = Result<T, E>>,
    {
        self.attempt(work).await.0
    }

    /// Does `work` in it, and does it again in a new one if somebody else's transaction was in the way, `retries` times
    /// at most. What `work` does outside of the database is done again as well. Inside another transaction there is one
    /// attempt, since all of that one would have to be done again.
    ///
    /// # Errors
    /// Those of the last attempt; then nothing was kept.
    pub async fn retry<T, E, F>(self, retries: u32, mut work: impl FnMut(C) -> F) -> Result<T, E>
    where
        C: Clone,
        E: From<Error>,
        F: Future<Output = Result<T, E>>,
    {
        let mut left = if self.session.within().is_some() { 0 } else { retries };
        loop {
            let (outcome, busy) = Self { ..self }.attempt(&mut work).await;
            if outcome.is_ok() || !busy || left == 0 {
                return outcome;
            }
            left -= 1;
        }
    }

    /// Does `work` in it; also says whether somebody else's transaction was in the way.
    async fn attempt<T, E, F>(self, work: impl FnOnce(C) -> F) -> (Result<T, E>, bool)
    where
        C: Clone,
        E: From<Error>,
        F: Future<Output = Result<T, E>>,
    {
        let deadline = self.deadline();
        let transaction = match self.start(deadline).await {
            Ok(transaction) => transaction,
            Err(error) => {
                let busy = error.is_busy();
                return (Err(error.into()), busy);
            }
        };
        let shared = transaction.shared();
        // Work that waits for something else than the database would not notice that its time is up.
        let outcome = in_time(deadline, transaction.run(work)).await.unwrap_or_else(|late| Err(late.into()));
        (outcome, shared.is_some_and(|shared| shared.was_busy()))
    }

    fn deadline(&self) -> Option<Instant> {
        self.timeout.and_then(|limit| Instant::now().checked_add(limit))
    }

    async fn start(self, deadline: Option<Instant>) -> Result<Transaction<C>> {
        let (shared, held) = match self.session.within() {
            Some(_) if self.isolation.is_some() || self.timeout.is_some() => {
                return Err(Error::invalid(
                    "a part of a transaction is as isolated as the whole, and has its time; say so where the whole begins",
                ));
            }
            Some(shared) => (shared.clone(), Held::Part(shared.savepoint().await?)),
            None => {
                let begun = self.session.engine().begin(self.isolation);
                let shared = Shared::new(in_time(deadline, begun).await??);
                let watch = deadline.map(|deadline| tokio::spawn(watch(shared.clone(), deadline)));
                (shared.clone(), Held::Whole(Whole { shared, watch }))
            }
        };
        Ok(Transaction { client: (self.client)(self.session.inside(shared)), held })
    }
}

impl<'a, C: 'a> IntoFuture for Begin<'a, C> {
    type Output = Result<Transaction<C>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let deadline = self.deadline();
        Box::pin(self.start(deadline))
    }
}

/// Undoes a transaction when its time is up.
async fn watch(shared: Shared, deadline: Instant) {
    tokio::time::sleep_until(deadline).await;
    shared.expire().await;
}

async fn in_time<F: Future>(deadline: Option<Instant>, work: F) -> Result<F::Output> {
    match deadline {
        None => Ok(work.await),
        Some(deadline) => timeout_at(deadline, work).await.map_err(|_| Error::from(over(DatabaseErrorKind::TimedOut))),
    }
}
