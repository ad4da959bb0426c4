//! Statements that must do what they are sent for, and whose results nobody needs: they are sent without waiting for the
//! answer. Whether each has done it is seen to in their order, before anything that was sent after them counts.

use super::Writer;
use crate::driver::{QueryKind, Rows};
use crate::error::{DeniedReason, Error, Result};
use crate::guard::Verdict;
use crate::schema::{ModelId, Operation};
use crate::session::{Sent, Spot};
use crate::value::Value;

/// So many are on their way at most.
const MOST: usize = 64;

/// A statement that was sent.
pub(super) struct Expected<'s> {
    sent: Sent<'s>,
    model: ModelId,
    must: Must,
    otherwise: Otherwise,
}

/// What a statement must do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Must {
    /// Give a row.
    Give,
    /// Write so many rows, and give none.
    Write(usize),
    /// Count so many rows.
    Count(usize),
}

/// The error if it does not.
#[derive(Debug, Clone, Copy)]
pub(super) enum Otherwise {
    /// There is no such row.
    Missing,
    /// The rules about the operation forbid it.
    Denied(Operation),
}

impl Writer<'_> {
    /// Sends what must do something.
    pub(super) async fn expect(
        &mut self,
        (model, operation): (ModelId, Operation),
        verdict: Verdict,
        must: Must,
        otherwise: Otherwise,
    ) -> Result<()> {
        let Verdict::Run(guarded) = verdict else {
            self.settle().await?;
            self.session.nothing(model);
            return Err(self.error(model, otherwise)?);
        };
        let query = self.session.engine.query(guarded, QueryKind::Write)?;
        let sent = self.session.send(model, operation, query, &mut self.scope).await?;
        // Where a database answers at once, what goes wrong is known before anything else is done.
        if self.expected.is_empty() && sent.is_known() {
            let rows = sent.answer().await?;
            return self.seen(model, &rows, must, otherwise);
        }
        self.expected.push_back(Expected { sent, model, must, otherwise });
        while self.expected.len() > MOST {
            self.settle_first().await?;
        }
        Ok(())
    }

    /// Waits until everything has done what it was sent for; or gives the error of the first that has not.
    pub(super) async fn settle(&mut self) -> Result<()> {
        while !self.expected.is_empty() {
            self.settle_first().await?;
        }
        Ok(())
    }

    async fn settle_first(&mut self) -> Result<()> {
        let Some(Expected { sent, model, must, otherwise }) = self.expected.pop_front() else { return Ok(()) };
        let seen = match sent.answer().await {
            Ok(rows) => self.seen(model, &rows, must, otherwise),
            Err(error) => Err(error),
        };
        if seen.is_err() {
            // What comes after it does not count.
            self.expected.clear();
        }
        seen
    }

    fn seen(&self, model: ModelId, rows: &Rows, must: Must, otherwise: Otherwise) -> Result<()> {
        let done = match must {
            Must::Give => !rows.is_empty(),
            Must::Write(count) => rows.written == count as u64,
            Must::Count(count) => counted(rows)? == count,
        };
        if done { Ok(()) } else { Err(self.error(model, otherwise)?) }
    }

    fn error(&self, model: ModelId, otherwise: Otherwise) -> Result<Error> {
        match otherwise {
            Otherwise::Missing => self.session.missing(model),
            Otherwise::Denied(operation) => self.session.denied(model, operation, DeniedReason::NoAccess),
        }
    }

    /// The outcome of some steps, or the error of something that was sent before they failed.
    pub(super) async fn first_failure<T>(&mut self, outcome: Result<T>) -> Result<T> {
        if outcome.is_err() {
            self.settle().await?;
        }
        outcome
    }

    /// Asks the database what the guard made of a plan; no rows if the caller alone decides that there are none.
    pub(super) async fn ask_as(
        &mut self,
        kind: QueryKind,
        model: ModelId,
        operation: Operation,
        verdict: Verdict,
    ) -> Result<Rows> {
        let Verdict::Run(guarded) = verdict else {
            self.settle().await?;
            return Ok(self.session.nothing(model));
        };
        let query = self.session.engine.query(guarded, kind)?;
        if self.expected.is_empty() {
            return self.session.run(model, operation, query, Spot::Within(&mut self.scope)).await;
        }
        let sent = self.session.send(model, operation, query, &mut self.scope).await?;
        self.settle().await?;
        sent.answer().await
    }
}

/// The number that a count gives; 0 where it was not asked for.
pub(super) fn counted(rows: &Rows) -> Result<usize> {
    match rows.cells.first() {
        None => Ok(0),
        Some(Value::Int(count)) => usize::try_from(*count).map_err(|_| Error::internal("a negative count")),
        Some(_) => Err(Error::internal("a count without a number")),
    }
}
