//! A transaction on one connection: what can be sent without waiting for the answer to what was sent before is sent so.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use deadpool_postgres::Object;
use futures_util::FutureExt as _;

use super::line::{Line, Place, sent};
use super::{execute, give_back, other, run, translate};
use crate::driver::{Answer, BoxFuture, Query, QueryKind, Rows, Transaction};
use crate::error::DatabaseError;

const ROLLBACK: &str = "ROLLBACK";

pub(super) struct PostgresTransaction {
    /// None once it is over. While a statement runs, the statement has it, so that it is over if nobody waits for the
    /// answer any more.
    open: Option<Open>,
}

/// A connection with an open transaction, which is undone when this is dropped.
struct Open {
    client: Option<Arc<Object>>,
    outcomes: Arc<Outcomes>,
    line: Line,
    /// Commands that were sent, and whose answers come before the next one.
    unheard: VecDeque<Place<()>>,
    /// Whether the transaction is known to have begun. Until then nothing is sent that changes anything: should BEGIN
    /// alone be refused, by somebody who cancels what runs on this connection, it would be changed for good.
    begun: bool,
    /// Whether a statement runs, or nobody has waited to the end of one that did.
    busy: bool,
}

/// What has become of the statements. After one that failed PostgreSQL undoes everything, and says of a COMMIT that all
/// went well.
#[derive(Default)]
struct Outcomes {
    failed: AtomicBool,
    /// How many were sent whose answers nobody has looked at: what a rule has to say may be in one.
    unknown: AtomicUsize,
}

impl Outcomes {
    fn note<T>(&self, outcome: &Result<T, DatabaseError>) {
        if outcome.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
    }

    fn is_sound(&self) -> bool {
        !self.failed.load(Ordering::Relaxed) && self.unknown.load(Ordering::Relaxed) == 0
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.give_up();
    }
}

impl Open {
    fn client(&self) -> Result<Arc<Object>, DatabaseError> {
        self.client.clone().ok_or_else(over)
    }

    /// Sends a command. Whether it went well is heard before the next answer.
    fn command(&mut self, text: &str) -> Result<(), DatabaseError> {
        let (client, text) = (self.client()?, text.to_owned());
        let done = async move { client.batch_execute(&text).await.map_err(|error| translate(&error)) };
        self.unheard.push_back(self.line.send(done));
        Ok(())
    }

    /// Undoes what was done since a savepoint. A failure before that concerns nobody who goes on from there.
    fn undo(&mut self, text: &str) -> Result<(), DatabaseError> {
        self.outcomes = Arc::default();
        self.command(text)
    }

    /// Hears how the commands went, BEGIN the first of all.
    async fn hear(&mut self) -> Result<(), DatabaseError> {
        while let Some(done) = self.unheard.pop_front() {
            let outcome = done.outcome().await;
            self.outcomes.note(&outcome);
            if outcome.is_err() && !self.begun {
                // There is no transaction, so nothing may follow.
                self.give_up();
            }
            outcome?;
            self.begun = true;
        }
        Ok(())
    }

    async fn has_begun(&mut self) -> Result<(), DatabaseError> {
        if self.begun { Ok(()) } else { self.hear().await }
    }

    /// Undoes everything; nothing can be sent any more.
    fn give_up(&mut self) {
        let Some(client) = self.client.take() else { return };
        if self.busy || !self.line.is_over() {
            give_back(client, self.line.clone(), ROLLBACK);
        } else {
            // It is enough to send it: it takes no time, and whoever gets the connection next is answered after it.
            let _ = client.batch_execute(ROLLBACK).now_or_never();
        }
    }

    async fn run(&mut self, query: Query) -> Result<Rows, DatabaseError> {
        match query.kind {
            QueryKind::Command => return self.command(&query.text).map(|()| Rows::default()),
            QueryKind::Undo => return self.undo(&query.text).map(|()| Rows::default()),
            QueryKind::Definition => {
                self.has_begun().await?;
                self.command(&query.text)?;
                return self.hear().await.map(|()| Rows::default());
            }
            QueryKind::Write => self.has_begun().await?,
            QueryKind::Read | QueryKind::Point => {}
        }
        let client = self.client()?;
        // Sent now, so that all of it is one round trip.
        let outcome = sent(run(&client, &query));
        self.line.over().await;
        self.hear().await?;
        let outcome = outcome.await;
        self.outcomes.note(&outcome);
        outcome
    }

    async fn send(&mut self, query: Query) -> Result<Answer, DatabaseError> {
        self.has_begun().await?;
        let client = self.client()?;
        let statement = match self.line.then(client.prepare_cached(&query.text)).await {
            Ok(statement) => statement,
            Err(error) => {
                self.hear().await?;
                return Err(translate(&error));
            }
        };
        let executed = match self.line.send(async move { execute(&client, &statement, &query.values).await }) {
            // What cannot even be sent is an error now, so that nothing is sent after it.
            Place::Known(outcome) => {
                self.hear().await?;
                return outcome.map(|rows| Answer::Known(Ok(rows)));
            }
            executed @ Place::Coming(..) => executed,
        };
        let (outcomes, unheard) = (Arc::clone(&self.outcomes), std::mem::take(&mut self.unheard));
        outcomes.unknown.fetch_add(1, Ordering::Relaxed);
        Ok(Answer::Coming(Box::pin(async move {
            let outcome = async {
                for done in unheard {
                    done.outcome().await?;
                }
                executed.outcome().await
            };
            let outcome = outcome.await;
            outcomes.note(&outcome);
            outcomes.unknown.fetch_sub(1, Ordering::Relaxed);
            outcome
        })))
    }

    /// After an error PostgreSQL takes no more statements, so a savepoint stands around this one. All of it is one round
    /// trip.
    async fn attempt(&mut self, query: Query) -> Result<Rows, DatabaseError> {
        self.has_begun().await?;
        let client = self.client()?;
        let prepared = self.line.then(client.prepare_cached(&query.text)).await;
        let Ok(statement) = prepared.map_err(|error| translate(&error)) else {
            // Nothing stands around this, and it hardly happens: the text is wrong, or a table is not there.
            return self.run(query).await;
        };
        self.command("SAVEPOINT zmodel_attempt")?;
        let executing = sent(execute(&client, &statement, &query.values));
        let releasing = sent(client.batch_execute("RELEASE zmodel_attempt"));
        self.line.over().await;
        self.hear().await?;
        let (outcome, released) = (executing.await, releasing.await.map_err(|error| translate(&error)));
        match (outcome, released) {
            // A statement that failed before it was sent has left nothing to undo.
            (outcome, Ok(())) => outcome,
            (Err(error), Err(_)) => {
                self.undo("ROLLBACK TO zmodel_attempt; RELEASE zmodel_attempt")?;
                Err(error)
            }
            (Ok(_), Err(error)) => {
                self.outcomes.failed.store(true, Ordering::Relaxed);
                Err(error)
            }
        }
    }

    /// Sends COMMIT after what was sent, and hears of both.
    async fn commit(mut self, last: Option<Query>) -> Result<Rows, DatabaseError> {
        if !self.outcomes.is_sound() {
            return Err(other(std::io::Error::other("a statement failed, so the transaction is rolled back")));
        }
        let last = match last {
            Some(query) => Some(self.send(query).await?),
            None => None,
        };
        self.command("COMMIT")?;
        let rows = match last {
            Some(answer) => answer.wait().await?,
            None => Rows::default(),
        };
        self.hear().await?;
        // Committed: there is nothing to undo.
        self.client = None;
        Ok(rows)
    }
}

impl PostgresTransaction {
    /// Begins one. Nobody waits for that here: it is heard of before the first statement that writes, or with the answer
    /// to a read.
    pub(super) fn begin(client: Object) -> Result<Self, DatabaseError> {
        let mut open = Open {
            client: Some(Arc::new(client)),
            outcomes: Arc::default(),
            line: Line::default(),
            unheard: VecDeque::new(),
            begun: false,
            busy: false,
        };
        open.command("BEGIN")?;
        Ok(Self { open: Some(open) })
    }

    /// For a statement; it is put back afterwards.
    fn take(&mut self) -> Result<Open, DatabaseError> {
        let mut open = self.open.take().ok_or_else(over)?;
        open.busy = true;
        Ok(open)
    }

    fn put_back(&mut self, mut open: Open) {
        open.busy = false;
        self.open = Some(open);
    }
}

impl Transaction for PostgresTransaction {
    fn run(&mut self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        Box::pin(async move {
            let mut open = self.take()?;
            let outcome = open.run(query).await;
            self.put_back(open);
            outcome
        })
    }

    fn send(&mut self, query: Query) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            let answer = async {
                let mut open = self.take()?;
                let answer = open.send(query).await;
                open.outcomes.note(&answer);
                self.put_back(open);
                answer
            };
            answer.await.unwrap_or_else(|error| Answer::Known(Err(error)))
        })
    }

    fn attempt(&mut self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        Box::pin(async move {
            let mut open = self.take()?;
            let outcome = open.attempt(query).await;
            self.put_back(open);
            outcome
        })
    }

    fn commit(mut self: Box<Self>) -> BoxFuture<'static, Result<(), DatabaseError>> {
        Box::pin(async move { self.take()?.commit(None).await.map(drop) })
    }

    fn finish(mut self: Box<Self>, last: Query) -> BoxFuture<'static, Result<Rows, DatabaseError>> {
        Box::pin(async move { self.take()?.commit(Some(last)).await })
    }
}

fn over() -> DatabaseError {
    other(std::io::Error::other("the transaction was interrupted and is rolled back"))
}
