//! Where the statements of a session run: each by itself, or within a transaction that several calls share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as Lock, PoisonError};

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::Session;
use crate::driver::{Answer, Query, QueryKind, Rows, Transaction};
use crate::error::{DatabaseError, DatabaseErrorKind, Result};

/// A transaction that several calls share. It is rolled back when it is dropped.
#[derive(Clone)]
pub(crate) struct Shared {
    state: Arc<Mutex<State>>,
    given_up: GivenUp,
    fate: Arc<Fate>,
}

/// Something to do once a transaction is committed.
pub(crate) type Later = Box<dyn FnOnce() + Send>;

/// What has happened to a transaction.
#[derive(Default)]
struct Fate {
    /// Whether somebody else's transaction was in the way.
    busy: AtomicBool,
    /// Whether its time is up.
    expired: AtomicBool,
}

impl Fate {
    fn note<T>(&self, outcome: &Result<T, DatabaseError>) {
        if outcome.as_ref().is_err_and(|error| error.kind == DatabaseErrorKind::Busy) {
            self.busy.store(true, Ordering::Relaxed);
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

pub(crate) struct State {
    /// None once it is committed or rolled back.
    transaction: Option<Box<dyn Transaction>>,
    /// How many savepoints there are.
    depth: u32,
    /// What is to be done once it is committed, with the number of savepoints that it was done in.
    later: Vec<(u32, Later)>,
    given_up: GivenUp,
    fate: Arc<Fate>,
}

/// The outermost savepoint that was given up and is not undone yet; 0 is the whole transaction. Whoever gives one up
/// cannot wait for the database, so the next one who can undoes it first.
#[derive(Clone, Default)]
struct GivenUp(Arc<Lock<Option<u32>>>);

impl GivenUp {
    fn add(&self, savepoint: u32) {
        let mut outermost = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *outermost = Some(outermost.map_or(savepoint, |before| before.min(savepoint)));
    }

    fn take(&self) -> Option<u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl State {
    async fn run(&mut self, query: Query) -> Result<Rows, DatabaseError> {
        self.undo().await?;
        let Some(transaction) = &mut self.transaction else { return Err(self.over()) };
        let outcome = transaction.run(query).await;
        self.note(&outcome);
        outcome
    }

    /// Runs one statement such that the others can still be kept if it fails.
    async fn attempt(&mut self, query: Query) -> Result<Rows, DatabaseError> {
        self.undo().await?;
        let Some(transaction) = &mut self.transaction else { return Err(self.over()) };
        let outcome = transaction.attempt(query).await;
        self.note(&outcome);
        outcome
    }

    /// Sends one statement.
    async fn send(&mut self, query: Query) -> Answer {
        if let Err(error) = self.undo().await {
            return Answer::Known(Err(error));
        }
        let Some(transaction) = &mut self.transaction else {
            return Answer::Known(Err(self.over()));
        };
        let (answer, fate) = (transaction.send(query).await, Arc::clone(&self.fate));
        match answer {
            Answer::Known(outcome) => {
                fate.note(&outcome);
                Answer::Known(outcome)
            }
            Answer::Coming(outcome) => Answer::Coming(Box::pin(async move {
                let outcome = outcome.await;
                fate.note(&outcome);
                outcome
            })),
        }
    }

    fn note<T>(&self, outcome: &Result<T, DatabaseError>) {
        self.fate.note(outcome);
    }

    fn over(&self) -> DatabaseError {
        let expired = self.fate.expired.load(Ordering::Relaxed);
        over(if expired { DatabaseErrorKind::TimedOut } else { DatabaseErrorKind::Other })
    }

    /// Undoes what was given up.
    async fn undo(&mut self) -> Result<(), DatabaseError> {
        let Some(savepoint) = self.given_up.take() else { return Ok(()) };
        let Some(mut transaction) = self.transaction.take() else { return Err(self.over()) };
        let Some(outer) = savepoint.checked_sub(1) else { return Err(self.over()) };
        // What cannot be undone must not be committed: the transaction is put back when all went well.
        transaction.run(undo(savepoint)).await?;
        transaction.run(command("RELEASE zmodel_", savepoint)).await?;
        self.depth = outer;
        self.later.retain(|(depth, _)| *depth < savepoint);
        self.transaction = Some(transaction);
        Ok(())
    }
}

fn undo(savepoint: u32) -> Query {
    Query { kind: QueryKind::Undo, ..command("ROLLBACK TO zmodel_", savepoint) }
}

fn command(verb: &str, savepoint: u32) -> Query {
    Query { text: format!("{verb}{savepoint}").into(), values: Vec::new(), kind: QueryKind::Command }
}

/// The error of a call in a transaction that is over.
pub(crate) fn over(kind: DatabaseErrorKind) -> DatabaseError {
    let source = std::io::Error::other("the transaction is over").into();
    DatabaseError { kind, code: None, constraint: None, source }
}

impl Shared {
    pub(crate) fn new(transaction: Box<dyn Transaction>) -> Self {
        let (given_up, fate) = (GivenUp::default(), Arc::<Fate>::default());
        let state = State {
            transaction: Some(transaction),
            depth: 0,
            later: Vec::new(),
            given_up: given_up.clone(),
            fate: Arc::clone(&fate),
        };
        Self { state: Arc::new(Mutex::new(state)), given_up, fate }
    }

    /// Whether both are the same transaction.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.state, &other.state)
    }

    /// Ends it without waiting for the database: at once, or, if a call is at work in it, for every call after that one.
    pub(crate) fn give_up(&self) {
        self.given_up.add(0);
        if let Ok(mut state) = self.state.try_lock() {
            state.transaction = None;
        }
    }

    /// Ends it because its time is up, after the statement that is running.
    pub(crate) async fn expire(&self) {
        self.fate.expired.store(true, Ordering::Relaxed);
        self.given_up.add(0);
        self.rollback().await;
    }

    /// Whether somebody else's transaction was in the way of this one.
    pub(crate) fn was_busy(&self) -> bool {
        self.fate.busy.load(Ordering::Relaxed)
    }

    /// Runs one statement.
    pub(super) async fn run(&self, query: Query) -> Result<Rows, DatabaseError> {
        self.state.lock().await.attempt(query).await
    }

    /// Sends one statement. If it fails, the whole transaction has, or the savepoint around it.
    pub(super) async fn send(&self, query: Query) -> Answer {
        self.state.lock().await.send(query).await
    }

    /// Does something once it is committed; nothing, if it is not, or the savepoint is undone that this is part of.
    pub(super) async fn once_committed(&self, later: Later) {
        let mut state = self.state.lock().await;
        if state.undo().await.is_ok() {
            let depth = state.depth;
            state.later.push((depth, later));
        }
    }

    /// Makes its changes permanent; nothing can be run in it after that.
    pub(crate) async fn commit(&self) -> Result<()> {
        let mut state = self.state.lock().await;
        state.undo().await?;
        let Some(transaction) = state.transaction.take() else { return Err(state.over().into()) };
        let outcome = transaction.commit().await;
        state.note(&outcome);
        outcome?;
        let later = std::mem::take(&mut state.later);
        drop(state);
        for (_, later) in later {
            later();
        }
        Ok(())
    }

    /// Undoes its changes; nothing can be run in it after that.
    pub(crate) async fn rollback(&self) {
        self.state.lock().await.transaction = None;
    }

    /// Begins a part that can be undone by itself.
    pub(crate) async fn savepoint(&self) -> Result<Savepoint> {
        let mut state = self.state.lock().await;
        // Undoing what was given up can change the depth.
        state.undo().await?;
        let depth = state.depth + 1;
        state.run(command("SAVEPOINT zmodel_", depth)).await?;
        state.depth = depth;
        Ok(Savepoint { shared: self.clone(), depth, done: false })
    }
}

/// A part of a transaction. It is undone when it is dropped without [`Savepoint::release`].
#[derive(Debug)]
pub(crate) struct Savepoint {
    shared: Shared,
    depth: u32,
    done: bool,
}

impl Savepoint {
    /// Keeps what was done, if the whole transaction is kept.
    pub(crate) async fn release(mut self) -> Result<()> {
        let mut state = self.shared.state.lock().await;
        state.run(command("RELEASE zmodel_", self.depth)).await?;
        let outer = self.depth - 1;
        state.depth = outer;
        for (depth, _) in &mut state.later {
            *depth = (*depth).min(outer);
        }
        drop(state);
        self.done = true;
        Ok(())
    }
}

impl Drop for Savepoint {
    fn drop(&mut self) {
        if !self.done {
            self.shared.given_up.add(self.depth);
        }
    }
}

/// What one call does to the database: all of it or nothing.
///
/// Outside of a transaction it is one; inside, it is a savepoint, and no other call comes between. It is undone when it
/// is dropped without [`Scope::commit`].
pub(crate) enum Scope {
    /// A transaction of its own.
    Own(Box<dyn Transaction>),
    /// A part of a transaction.
    Part(OwnedMutexGuard<State>, Part),
}

/// The savepoint of a call.
pub(crate) struct Part {
    depth: u32,
    given_up: GivenUp,
    done: bool,
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.done {
            self.given_up.add(self.depth);
        }
    }
}

impl Scope {
    pub(super) async fn begin(session: &Session) -> Result<Self> {
        let Some(shared) = &session.within else { return Ok(Self::Own(session.engine.driver().begin().await?)) };
        let mut state = Arc::clone(&shared.state).lock_owned().await;
        state.undo().await?;
        let depth = state.depth + 1;
        state.run(command("SAVEPOINT zmodel_", depth)).await?;
        state.depth = depth;
        Ok(Self::Part(state, Part { depth, given_up: shared.given_up.clone(), done: false }))
    }

    pub(super) async fn run(&mut self, query: Query) -> Result<Rows, DatabaseError> {
        match self {
            Self::Own(transaction) => transaction.run(query).await,
            Self::Part(state, _) => state.run(query).await,
        }
    }

    /// Sends a statement: see [`Transaction::send`].
    pub(super) async fn send(&mut self, query: Query) -> Answer {
        match self {
            Self::Own(transaction) => transaction.send(query).await,
            Self::Part(state, _) => state.send(query).await,
        }
    }

    /// Keeps what was done.
    pub(super) async fn commit(self) -> Result<(), DatabaseError> {
        match self {
            Self::Own(transaction) => transaction.commit().await,
            Self::Part(mut state, mut part) => {
                state.run(command("RELEASE zmodel_", part.depth)).await?;
                state.depth = part.depth - 1;
                part.done = true;
                Ok(())
            }
        }
    }

    /// Runs a last statement, and keeps what was done unless it fails.
    pub(super) async fn finish(mut self, last: Query) -> Result<Rows, DatabaseError> {
        match self {
            Self::Own(transaction) => transaction.finish(last).await,
            Self::Part(..) => {
                let rows = self.run(last).await?;
                self.commit().await?;
                Ok(rows)
            }
        }
    }
}
