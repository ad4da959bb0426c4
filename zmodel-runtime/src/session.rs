//! Sessions: who is asking, and what they do with the database.
//!
//! Each plan is guarded for the caller, becomes a statement, and runs. The modules `read` and `write` hold the operations.

use std::sync::Arc;
use std::time::Instant;

use crate::caller::Caller;
use crate::driver::{Driver, Query, Rows, Transaction};
use crate::engine::Engine;
use crate::error::{DatabaseError, Denied, DeniedReason, Error, Result};
use crate::guard::Guard;
use crate::schema::{Model, ModelId, Operation, Schema};

mod read;
mod write;

/// An engine and a caller: what a client is, without its types. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Session {
    engine: Engine,
    caller: Caller,
}

/// Where a statement runs.
pub(crate) enum Place<'a> {
    Alone(&'a dyn Driver),
    Within(&'a mut dyn Transaction),
}

impl Session {
    /// What `caller` may do with the database of `engine`.
    #[must_use]
    pub const fn new(engine: Engine, caller: Caller) -> Self {
        Self { engine, caller }
    }

    /// Who is asking.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        self.engine.schema()
    }

    fn guard(&self) -> Guard<'_> {
        Guard::new(self.engine.schema(), &self.caller)
    }

    fn model(&self, id: ModelId) -> Result<&Model> {
        Ok(self.engine.schema().model(id)?)
    }

    /// Runs a statement, and traces what it was and how long it took: never a value.
    async fn run(&self, model: ModelId, operation: Operation, query: Query, place: Place<'_>) -> Result<Rows> {
        let (text, start) = (Arc::clone(&query.text), Instant::now());
        let outcome: Result<Rows, DatabaseError> = match place {
            Place::Alone(driver) => driver.run(query).await,
            Place::Within(transaction) => transaction.run(query).await,
        };
        let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        let unguarded = if let Caller::Unguarded(reason) = self.caller { Some(reason) } else { None };
        let name: &str = &self.model(model)?.name;
        tracing::debug!(
            target: "zmodel::query",
            model = name,
            operation = ?operation,
            rows = outcome.as_ref().map_or(0, Rows::len),
            micros,
            unguarded,
            failed = outcome.is_err(),
            sql = &*text,
        );
        Ok(outcome?)
    }

    /// The caller alone decided: the database was not asked.
    fn nothing(&self, model: ModelId) -> Rows {
        let name = self.model(model).map_or("", |model| &*model.name);
        tracing::debug!(target: "zmodel::query", model = name, rows = 0, "decided by the caller alone");
        Rows::default()
    }

    fn missing(&self, model: ModelId) -> Result<Error> {
        Ok(Error::NotFound { model: self.model(model)?.name.clone().into_owned() })
    }

    fn denied(&self, model: ModelId, operation: Operation, reason: DeniedReason) -> Result<Error> {
        let model = self.model(model)?.name.clone().into_owned();
        Ok(Error::Denied(Box::new(Denied { model, operation, reason })))
    }
}
