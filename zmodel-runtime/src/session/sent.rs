//! Statements on their way: what is told of each once it is answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Scope, Session};
use crate::caller::Caller;
use crate::driver::{Answer, Query, Rows};
use crate::error::Result;
use crate::schema::{ModelId, Operation};

/// What traces and the log of slow statements say of a statement.
pub(super) struct Watch<'s> {
    model: &'s str,
    operation: Option<Operation>,
    unguarded: Option<&'static str>,
    limit: Option<Duration>,
    text: Arc<str>,
    start: Instant,
}

impl<'s> Watch<'s> {
    /// None if nobody wants to know.
    pub(super) fn of(session: &Session, model: &'s str, operation: Option<Operation>, query: &Query) -> Option<Self> {
        let limit = session.engine.slow();
        if limit.is_none() && !tracing::enabled!(target: "zmodel::query", tracing::Level::DEBUG) {
            return None;
        }
        let unguarded = if let Caller::Unguarded(reason) = session.caller { Some(reason) } else { None };
        Some(Self { model, operation, unguarded, limit, text: Arc::clone(&query.text), start: Instant::now() })
    }

    /// Tells how it ended: how many rows it was about, unless it failed; never a value.
    pub(super) fn tell(self, rows: Option<u64>) {
        let Self { model, operation, unguarded, limit, text, start } = self;
        let time = start.elapsed();
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(
            target: "zmodel::query",
            model,
            operation = operation.map(tracing::field::debug),
            rows = rows.unwrap_or(0),
            micros,
            unguarded,
            failed = rows.is_none(),
            sql = &*text,
        );
        if limit.is_some_and(|limit| time > limit) {
            tracing::warn!(target: "zmodel::slow", model, operation = operation.map(tracing::field::debug), micros, sql = &*text);
        }
    }
}

/// A statement that was sent and is not answered yet.
pub(super) struct Sent<'s> {
    answer: Answer,
    watch: Option<Watch<'s>>,
}

impl Session {
    /// Sends a statement for a plan.
    pub(super) async fn send<'s>(
        &'s self,
        model: ModelId,
        operation: Operation,
        query: Query,
        scope: &mut Scope,
    ) -> Result<Sent<'s>> {
        let watch = Watch::of(self, &self.model(model)?.name, Some(operation), &query);
        Ok(Sent { answer: scope.send(query).await, watch })
    }
}

impl Sent<'_> {
    /// Whether it was answered at once.
    pub(super) const fn is_known(&self) -> bool {
        matches!(self.answer, Answer::Known(_))
    }

    /// What it gives.
    pub(super) async fn answer(self) -> Result<Rows> {
        let outcome = self.answer.wait().await;
        if let Some(watch) = self.watch {
            watch.tell(outcome.as_ref().ok().map(Rows::touched));
        }
        Ok(outcome?)
    }
}
