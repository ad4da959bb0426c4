//! Sessions: who is asking, and what they do with the database.
//!
//! Each plan is guarded for the caller, becomes a statement, and runs. The modules `read` and `write` hold the operations.

use crate::caller::Caller;
use crate::driver::{Query, QueryKind, Reader, Rows};
use crate::engine::Engine;
use crate::error::{Denied, DeniedReason, Error, Result};
use crate::guard::{Guard, Sight, Verdict};
use crate::schema::{Model, ModelId, Operation, Schema};

mod procedure;
mod raw;
mod read;
mod secret;
mod sent;
mod transaction;
mod turn;
mod watch;
mod write;

use sent::{Sent, Watch};
use transaction::Scope;
pub(crate) use transaction::{Savepoint, Shared, over};
pub(crate) use turn::{Turn, Waiting, turns};

/// An engine and a caller: what a client is, without its types. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Session {
    engine: Engine,
    caller: Caller,
    /// Which rows are there for it, of those that are marked as deleted and those that are not.
    sight: Sight,
    /// The transaction that its calls are part of.
    within: Option<Shared>,
    /// Its turn in a batch.
    turn: Option<Turn>,
}

/// Where a statement runs.
enum Spot<'a> {
    /// Where the session is.
    Here,
    /// Where the session is, as the only statement of a call.
    Alone,
    /// In what one call does.
    Within(&'a mut Scope),
    /// In what one call does, which is kept unless this fails.
    Last(Scope),
}

impl Session {
    /// What `caller` may do with the database of `engine`.
    #[must_use]
    pub const fn new(engine: Engine, caller: Caller) -> Self {
        Self { engine, caller, sight: Sight::Live, within: None, turn: None }
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

    /// The same caller, for whom rows that are marked as deleted (`@deletedAt`) are there as well, under the same rules:
    /// he reads them, and can change them. What rules say of related rows stays as it is.
    #[must_use]
    pub fn with_deleted(&self) -> Self {
        Self { sight: Sight::All, ..self.clone() }
    }

    /// The same caller, within a transaction.
    pub(crate) fn inside(&self, shared: Shared) -> Self {
        Self { within: Some(shared), ..self.clone() }
    }

    /// The same caller in the transaction `inner`, which is part of what `outer` is in; none if it is not there itself.
    pub(crate) fn moved(&self, outer: &Self, inner: &Self) -> Option<Self> {
        let same_transaction = match (&self.within, &outer.within) {
            (None, None) => true,
            (Some(one), Some(other)) => one.is(other),
            _ => false,
        };
        let there = same_transaction && self.engine.shares_database(&outer.engine);
        there.then(|| Self { within: inner.within.clone(), ..self.clone() })
    }

    /// The same caller, for one call of a batch, which lets the next one begin.
    pub(crate) fn in_turn(self, turn: Turn) -> Self {
        // Hooks are told of calls one after the other.
        let turn = self.engine.hooks().is_empty().then_some(turn);
        Self { turn, ..self }
    }

    /// The engine.
    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The transaction that its calls are part of.
    pub(crate) const fn within(&self) -> Option<&Shared> {
        self.within.as_ref()
    }

    /// Runs a statement that is about another one.
    pub(crate) async fn run_as_it_is(&self, query: Query) -> Result<Rows> {
        match &self.within {
            None => Ok(self.engine.driver().run(query).await?),
            Some(shared) => Ok(shared.run(query).await?),
        }
    }

    /// Runs what the guard made of a plan; `None` if the caller alone decides that there is nothing.
    async fn ask(
        &self,
        model: ModelId,
        operation: Operation,
        verdict: Verdict,
        kind: QueryKind,
        spot: Spot<'_>,
    ) -> Result<Option<Rows>> {
        let Verdict::Run(guarded) = verdict else {
            self.nothing(model);
            return Ok(None);
        };
        let query = self.engine.query(guarded, kind)?;
        self.run(model, operation, query, spot).await.map(Some)
    }

    pub(crate) fn guard(&self) -> Guard<'_> {
        let engine = &self.engine;
        let guard = Guard::new(engine.schema(), &self.caller, engine.provider(), engine.provided(), engine.rulings());
        guard.seeing(self.sight)
    }

    fn model(&self, id: ModelId) -> Result<&Model> {
        Ok(self.engine.schema().model(id)?)
    }

    /// Runs the only statement of a call, one that reads, and has its rows read one after the other.
    async fn read(&self, model: ModelId, query: Query, reader: &mut dyn Reader) -> Result<u64> {
        if self.within.is_some() {
            let rows = Box::pin(self.run(model, Operation::Read, query, Spot::Alone)).await?;
            return rows.read_by(reader);
        }
        let watch = Watch::of(self, &self.model(model)?.name, Some(Operation::Read), &query);
        let outcome = self.engine.driver().read(query, reader).await;
        if let Some(watch) = watch {
            watch.tell(outcome.as_ref().ok().copied());
        }
        outcome
    }

    /// Runs a statement for a plan.
    async fn run(&self, model: ModelId, operation: Operation, query: Query, spot: Spot<'_>) -> Result<Rows> {
        let name: &str = &self.model(model)?.name;
        self.traced(name, Some(operation), query, spot).await
    }

    /// Runs a statement, and traces what it was and how long it took: never a value.
    async fn traced(&self, model: &str, operation: Option<Operation>, query: Query, spot: Spot<'_>) -> Result<Rows> {
        let watch = Watch::of(self, model, operation, &query);
        let outcome = match spot {
            Spot::Here => match &self.within {
                None => self.engine.driver().run(query).await,
                Some(shared) => shared.run(query).await,
            },
            Spot::Alone => match (&self.within, &self.turn) {
                (None, _) => self.engine.driver().run(query).await,
                (Some(shared), None) => shared.run(query).await,
                (Some(shared), Some(turn)) => {
                    let answer = shared.send(query).await;
                    turn.pass();
                    answer.wait().await
                }
            },
            Spot::Within(scope) => scope.run(query).await,
            Spot::Last(scope) => scope.finish(query).await,
        };
        if let Some(watch) = watch {
            watch.tell(outcome.as_ref().ok().map(Rows::touched));
        }
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
        Ok(Error::Denied(Box::new(Denied::new(self.model(model)?, operation, reason))))
    }
}
