//! Every call, as the world around it sees it: spans, metrics, and the hooks of the application.
//!
//! The methods here are the doors of a session. Behind each stands one of the same name with `run_`, which does the work.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use tracing::Instrument;

use super::Session;
use crate::driver::{Query, Reader, Rows};
use crate::error::{Error, Result};
use crate::hooks::{Event, Outcome};
use crate::plan::{self, Find, Include, Touched};
use crate::schema::{ModelId, Operation, Procedure};
use crate::value::Value;

/// A call: its model, what is done with it, and what is touched besides.
struct Call<'s> {
    model: &'s str,
    operation: Option<Operation>,
    procedure: Option<&'s Procedure>,
    /// What is done with other rows, and with which model.
    besides: Vec<(ModelId, Operation)>,
}

/// What a call gives, as a number of rows.
trait Counted {
    fn rows(&self) -> u64;
}

impl Counted for Rows {
    fn rows(&self) -> u64 {
        self.len() as u64
    }
}

impl Counted for u64 {
    fn rows(&self) -> u64 {
        *self
    }
}

/// What a procedure gives: not counted, since it need be no rows.
struct Given(Value);

impl Counted for Given {
    fn rows(&self) -> u64 {
        0
    }
}

impl Counted for bool {
    fn rows(&self) -> u64 {
        (*self).into()
    }
}

impl Session {
    /// Reads rows: the fields that the plan names, or all in the order of the schema; then, for each include,
    /// related rows or a number; then the values of the order, if the plan asks for them.
    ///
    /// `by_key` says that the filter has a unique key.
    ///
    /// # Errors
    /// A value cannot be bound, or the database fails.
    pub async fn find(&self, plan: &Find, by_key: bool) -> Result<Rows> {
        let call = self.call_of(plan.model, Operation::Read, |besides| besides.find(plan))?;
        self.watched(call, pin!(self.run_find(plan, by_key))).await
    }

    /// The same, with the rows read one after the other; how many they are.
    ///
    /// # Errors
    /// A value cannot be bound, or the database fails, or one of `reader`.
    pub async fn find_by(&self, plan: &Find, by_key: bool, reader: &mut dyn Reader) -> Result<u64> {
        let call = self.call_of(plan.model, Operation::Read, |besides| besides.find(plan))?;
        self.watched(call, pin!(self.run_find_by(plan, by_key, reader))).await
    }

    /// Whether there is a row.
    ///
    /// # Errors
    /// A value cannot be bound, or the database fails.
    pub async fn exists(&self, plan: &plan::Exists) -> Result<bool> {
        let call = self.call_of(plan.model, Operation::Read, |besides| besides.filter(plan.model, &plan.filter))?;
        self.watched(call, pin!(self.run_exists(plan))).await
    }

    /// Summarizes rows: one row, with a cell for each measure.
    ///
    /// # Errors
    /// A value cannot be bound, a sum has more digits than its type, or the database fails.
    pub async fn aggregate(&self, plan: &plan::Aggregate) -> Result<Rows> {
        let call = self.call_of(plan.find.model, Operation::Read, |besides| besides.find(&plan.find))?;
        self.watched(call, pin!(self.run_aggregate(plan))).await
    }

    /// Summarizes rows in groups: a row for each group, the fields that it shares, then a cell for each measure.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the order or the condition is about a field that the groups do not share; a value cannot
    /// be bound, a sum has more digits than its type, or the database fails.
    pub async fn group_by(&self, plan: &plan::GroupBy) -> Result<Rows> {
        let call = self.call_of(plan.model, Operation::Read, |besides| besides.filter(plan.model, &plan.filter))?;
        self.watched(call, pin!(self.run_group_by(plan))).await
    }

    /// Counts rows.
    ///
    /// # Errors
    /// A value cannot be bound, or the database fails.
    pub async fn count(&self, plan: &plan::Count) -> Result<u64> {
        let call = self.call_of(plan.find.model, Operation::Read, |besides| besides.find(&plan.find))?;
        self.watched(call, pin!(self.run_count(plan))).await
    }

    /// Inserts a row, and whatever is to be done along its relations, and gives it back as the caller may read it.
    ///
    /// # Errors
    /// The rules refuse the row, or its result may not be read; a value cannot be bound; the database fails.
    pub async fn create(&self, plan: plan::Create) -> Result<Rows> {
        let call = self.call_of(plan.model, Operation::Create, |besides| {
            besides.new_row(plan.model, &plan.new)?;
            besides.includes(plan.model, &plan.includes)
        })?;
        self.watched(call, pin!(self.run_create(plan))).await
    }

    /// Inserts rows, all or none; how many. Those that a unique constraint refuses are left out if the plan says so.
    ///
    /// # Errors
    /// The rules refuse one of the rows; a value cannot be bound; the database fails.
    pub async fn create_many(&self, plan: plan::CreateMany) -> Result<u64> {
        let call = self.call_of(plan.model, Operation::Create, |_| Ok(()))?;
        self.watched(call, pin!(self.run_create_many(plan))).await
    }

    /// Inserts rows, all or none, and gives them back.
    ///
    /// # Errors
    /// Those of [`Session::create_many`]; and one of the rows may not be read, though all of them were inserted.
    pub async fn create_many_and_return(&self, plan: plan::CreateMany, includes: Vec<Include>) -> Result<Rows> {
        let call = self.call_of(plan.model, Operation::Create, |besides| besides.includes(plan.model, &includes))?;
        self.watched(call, pin!(self.run_create_many_and_return(plan, includes))).await
    }

    /// Changes one row, and whatever is to be done along its relations, and gives it back as the caller may read it.
    ///
    /// # Errors
    /// There is no such row for this caller; its result may not be read; a value cannot be bound; the database fails.
    pub async fn update(&self, plan: plan::Update) -> Result<Rows> {
        let call = self.call_of(plan.model, Operation::Update, |besides| {
            besides.key(plan.model, &plan.key)?;
            besides.changes(plan.model, &plan.changes)?;
            besides.includes(plan.model, &plan.includes)
        })?;
        self.watched(call, pin!(self.run_update(plan))).await
    }

    /// Changes rows alike: those that the rules let the caller change; how many.
    ///
    /// # Errors
    /// The rules do not accept what one of them would become, or forbid the change of a field in one of them; then none
    /// was changed. A value cannot be bound; the database fails.
    pub async fn update_many(&self, plan: plan::UpdateMany) -> Result<u64> {
        let call = self.call_of(plan.model, Operation::Update, |besides| besides.filter(plan.model, &plan.filter))?;
        self.watched(call, pin!(self.run_update_many(plan))).await
    }

    /// Changes rows alike, and gives them back.
    ///
    /// # Errors
    /// Those of [`Session::update_many`]; and one of the rows may not be read, though all of them were changed.
    pub async fn update_many_and_return(&self, plan: plan::UpdateMany, includes: Vec<Include>) -> Result<Rows> {
        let call = self.call_of(plan.model, Operation::Update, |besides| {
            besides.filter(plan.model, &plan.filter)?;
            besides.includes(plan.model, &includes)
        })?;
        self.watched(call, pin!(self.run_update_many_and_return(plan, includes))).await
    }

    /// Changes the row with a key, or inserts one if there is none that the caller may change; gives it back as the
    /// caller may read it.
    ///
    /// # Errors
    /// Those of [`Session::update`] and [`Session::create`]. A row that is there and may not be changed ends in a
    /// violation of its unique constraint.
    pub async fn upsert(&self, plan: plan::Upsert) -> Result<Rows> {
        let call = self.call_of(plan.model, Operation::Update, |besides| {
            besides.note(plan.model, Operation::Create);
            besides.key(plan.model, &plan.key)?;
            besides.new_row(plan.model, &plan.create)?;
            besides.changes(plan.model, &plan.update)?;
            besides.includes(plan.model, &plan.includes)
        })?;
        self.watched(call, pin!(self.run_upsert(plan))).await
    }

    /// Changes or inserts rows, one after the other, all or none; how many.
    ///
    /// # Errors
    /// Those of [`Session::upsert`] for one of them.
    pub async fn upsert_many(&self, plan: plan::UpsertMany) -> Result<u64> {
        let call = self.call_of_upserts(&plan, &[])?;
        self.watched(call, pin!(self.run_upsert_many(plan))).await
    }

    /// Changes or inserts rows, one after the other, all or none, and gives them back.
    ///
    /// # Errors
    /// Those of [`Session::upsert_many`]; and one of the rows may not be read, though all were written.
    pub async fn upsert_many_and_return(&self, plan: plan::UpsertMany, includes: Vec<Include>) -> Result<Rows> {
        let call = self.call_of_upserts(&plan, &includes)?;
        self.watched(call, pin!(self.run_upsert_many_and_return(plan, includes))).await
    }

    fn call_of_upserts(&self, plan: &plan::UpsertMany, includes: &[Include]) -> Result<Call<'_>> {
        self.call_of(plan.model, Operation::Update, |besides| {
            besides.note(plan.model, Operation::Create);
            for row in &plan.rows {
                besides.key(plan.model, &row.key)?;
                besides.new_row(plan.model, &row.create)?;
                besides.changes(plan.model, &row.update)?;
            }
            besides.includes(plan.model, includes)
        })
    }

    /// Deletes one row and gives it back as the caller could read it before.
    ///
    /// # Errors
    /// There is no such row for this caller; it could not be read; the database fails.
    pub async fn delete(&self, plan: plan::Delete) -> Result<Rows> {
        let call = self.call_of(plan.model, Operation::Delete, |besides| {
            besides.key(plan.model, &plan.key)?;
            besides.includes(plan.model, &plan.includes)
        })?;
        let session = self.for_removal(plan.removal);
        self.watched(call, pin!(session.run_delete(plan))).await
    }

    /// Deletes rows: those that the rules let the caller delete; how many.
    ///
    /// # Errors
    /// The database fails.
    pub async fn delete_many(&self, plan: &plan::DeleteMany) -> Result<u64> {
        let call = self.call_of(plan.model, Operation::Delete, |besides| besides.filter(plan.model, &plan.filter))?;
        let session = self.for_removal(plan.removal);
        self.watched(call, pin!(session.run_delete_many(plan))).await
    }

    /// Deletes rows: those that the rules let the caller delete; gives them back as he could read them before.
    ///
    /// # Errors
    /// One of the rows could not be read, though all of them were deleted; the database fails.
    pub async fn delete_many_and_return(&self, plan: &plan::DeleteMany, includes: Vec<Include>) -> Result<Rows> {
        let call = self.call_of(plan.model, Operation::Delete, |besides| {
            besides.filter(plan.model, &plan.filter)?;
            besides.includes(plan.model, &includes)
        })?;
        let session = self.for_removal(plan.removal);
        self.watched(call, pin!(session.run_delete_many_and_return(plan, includes))).await
    }

    /// Restores one row that is marked as deleted, and gives it back as the caller may read it. The caller must be one
    /// who may delete it, and who may update its mark.
    ///
    /// # Errors
    /// There is no such row for this caller; the rules do not accept it as it is then; its result may not be read; its
    /// model has no mark; the database fails.
    pub async fn restore(&self, plan: plan::Restore) -> Result<Rows> {
        let call = self.call_of(plan.model, Operation::Update, |besides| besides.key(plan.model, &plan.key))?;
        self.watched(call, pin!(self.run_restore(plan))).await
    }

    /// Restores rows that are marked as deleted: those that the rules let the caller restore; how many.
    ///
    /// # Errors
    /// The rules do not accept what one of them is then; their model has no mark; the database fails.
    pub async fn restore_many(&self, plan: &plan::RestoreMany) -> Result<u64> {
        let call = self.call_of(plan.model, Operation::Update, |besides| besides.filter(plan.model, &plan.filter))?;
        self.watched(call, pin!(self.run_restore_many(plan))).await
    }

    /// Restores rows, and gives them back.
    ///
    /// # Errors
    /// Those of [`Session::restore_many`]; and one of the rows may not be read, though all of them were restored.
    pub async fn restore_many_and_return(&self, plan: &plan::RestoreMany) -> Result<Rows> {
        let call = self.call_of(plan.model, Operation::Update, |besides| besides.filter(plan.model, &plan.filter))?;
        self.watched(call, pin!(self.run_restore_many_and_return(plan))).await
    }

    /// Runs a statement that no rule is part of: only for a caller to whom none applies.
    pub(crate) async fn raw(&self, query: Query) -> Result<Rows> {
        let call = Call { model: "", operation: None, procedure: None, besides: Vec::new() };
        self.watched(call, pin!(self.run_raw(query))).await
    }

    /// Does what a procedure is for.
    pub(super) async fn watched_procedure(
        &self,
        procedure: &Procedure,
        work: impl Future<Output = Result<Value>>,
    ) -> Result<Value> {
        let call = Call { model: "", operation: None, procedure: Some(procedure), besides: Vec::new() };
        let Given(value) = self.watched(call, pin!(async { work.await.map(Given) })).await?;
        Ok(value)
    }

    fn call_of<'s>(
        &'s self,
        model: ModelId,
        operation: Operation,
        look: impl FnOnce(&mut Touched<'s>) -> Result<()>,
    ) -> Result<Call<'s>> {
        let mut besides = Touched::new(self.schema());
        if !self.engine.hooks().is_empty() {
            look(&mut besides)?;
        }
        Ok(Call { model: &self.model(model)?.name, operation: Some(operation), procedure: None, besides: besides.list })
    }

    /// Does the work of a call. That is large, and stays where it stands.
    async fn watched<T: Counted>(&self, call: Call<'_>, work: Pin<&mut impl Future<Output = Result<T>>>) -> Result<T> {
        let other = if call.procedure.is_some() { "procedure" } else { "raw" };
        let operation = call.operation.map_or(other, Operation::name);
        let called = call.procedure.map_or(call.model, |procedure| &procedure.name);
        let span = tracing::debug_span!(
            target: "zmodel::call",
            "call",
            model = call.model,
            operation,
            procedure = call.procedure.map(|procedure| &*procedure.name),
            rows = tracing::field::Empty,
            micros = tracing::field::Empty,
            failed = tracing::field::Empty,
        );
        if span.is_disabled() && self.engine.hooks().is_empty() && !cfg!(feature = "metrics") {
            // Nobody wants to know, and a call that takes a few microseconds need not carry along what they would be told.
            drop((span, call));
            return work.await;
        }
        Box::pin(self.told(called, operation, call, span, work)).await
    }

    /// Does the work of a call, and tells whoever wants to know.
    async fn told<T: Counted>(
        &self,
        called: &str,
        operation: &'static str,
        call: Call<'_>,
        span: tracing::Span,
        work: Pin<&mut impl Future<Output = Result<T>>>,
    ) -> Result<T> {
        let start = Instant::now();
        let outcome = async {
            self.announce(&call).await?;
            work.await
        };
        let outcome = outcome.instrument(span.clone()).await;
        let (rows, time) = (outcome.as_ref().map_or(0, Counted::rows), start.elapsed());
        span.record("rows", rows);
        span.record("micros", u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        span.record("failed", outcome.is_err());
        measure(called, operation, time, outcome.as_ref().err());
        if !self.engine.hooks().is_empty() {
            self.report(&call, &Outcome { rows, time, error: outcome.as_ref().err() }).await;
        }
        outcome
    }

    fn event<'e>(&'e self, model: &'e str, operation: Option<Operation>, nested: bool) -> Event<'e> {
        let in_transaction = self.within.is_some();
        Event { caller: &self.caller, model, operation, procedure: None, nested, in_transaction }
    }

    /// The call itself.
    fn event_of<'e>(&'e self, call: &Call<'e>) -> Event<'e> {
        Event { procedure: call.procedure, ..self.event(call.model, call.operation, false) }
    }

    /// What a call does, and then what it does besides.
    fn events<'e>(&'e self, call: &Call<'e>) -> Result<Vec<Event<'e>>> {
        let mut events = vec![self.event_of(call)];
        for (model, operation) in &call.besides {
            let model: &str = &self.model(*model)?.name;
            events.push(self.event(model, Some(*operation), true));
        }
        Ok(events)
    }

    /// Asks the hooks whether a call may be made.
    async fn announce(&self, call: &Call<'_>) -> Result<()> {
        if self.engine.hooks().is_empty() {
            return Ok(());
        }
        for event in self.events(call)? {
            for hook in self.engine.hooks() {
                hook.before(&event).await?;
            }
        }
        Ok(())
    }

    /// Tells the hooks how a call ended, and, once it is permanent, what it wrote.
    async fn report(&self, call: &Call<'_>, outcome: &Outcome<'_>) {
        let event = self.event_of(call);
        for hook in self.engine.hooks() {
            hook.after(&event, outcome);
        }
        // What cannot be read back is written all the same.
        let done = outcome.error.is_none_or(Error::is_unreadable);
        let Ok(events) = self.events(call) else { return };
        // What a procedure writes are calls of their own.
        let wrote = |event: &Event<'_>| event.operation != Some(Operation::Read) && event.procedure.is_none();
        let writes = events.into_iter().filter(wrote);
        let writes: Vec<(String, Option<Operation>, bool)> =
            writes.map(|event| (event.model.to_owned(), event.operation, event.nested)).collect();
        if !done || writes.is_empty() {
            return;
        }
        let session = self.clone();
        let tell = move || {
            for (model, operation, nested) in &writes {
                let event = session.event(model, *operation, *nested);
                for hook in session.engine.hooks() {
                    hook.committed(&event);
                }
            }
        };
        match &self.within {
            Some(shared) => shared.once_committed(Box::new(tell)).await,
            None => tell(),
        }
    }
}

/// Counts a call, and how long it took.
#[cfg(feature = "metrics")]
fn measure(model: &str, operation: &'static str, time: Duration, error: Option<&Error>) {
    let outcome = error.map_or("ok", Error::kind);
    let labels = [
        metrics::Label::new("model", model.to_owned()),
        metrics::Label::from_static_parts("operation", operation),
        metrics::Label::from_static_parts("outcome", outcome),
    ];
    metrics::counter!("zmodel_calls_total", labels.to_vec()).increment(1);
    metrics::histogram!("zmodel_call_duration_seconds", labels.to_vec()).record(time.as_secs_f64());
}

#[cfg(not(feature = "metrics"))]
const fn measure(_: &str, _: &'static str, _: Duration, _: Option<&Error>) {}
