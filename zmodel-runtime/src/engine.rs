//! The engine: guards plans, keeps their SQL, runs them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use crate::caller::Caller;
use crate::defaults;
use crate::driver::{Driver, Query, QueryKind, Rows, Transaction};
use crate::error::{DatabaseError, Denied, DeniedReason, Error, Result};
use crate::guard::{Guard, Guarded, Shape, Verdict, create_tables};
use crate::plan::{self, Filter, Find, Include};
use crate::schema::{Comparison, Model, ModelId, Operation, Schema};
use crate::sql::{self, Statement};
use crate::value::Value;

/// So many shapes are kept; an application has a few hundred at most, and what makes more is not worth keeping.
const SHAPES: usize = 4096;

/// A schema and the database that holds its rows. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    schema: Cow<'static, Schema>,
    driver: Box<dyn Driver>,
    statements: RwLock<HashMap<Shape, Arc<Kept>, foldhash::fast::RandomState>>,
}

/// A statement that was made before.
struct Kept {
    text: Arc<str>,
    slots: Vec<usize>,
    /// Whether every value is used once, so that it can be moved out.
    once: bool,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("driver", &self.inner.driver).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine for `schema` on `driver`.
    #[must_use]
    pub fn new(schema: impl Into<Cow<'static, Schema>>, driver: impl Driver) -> Self {
        let inner = Inner { schema: schema.into(), driver: Box::new(driver), statements: RwLock::default() };
        Self { inner: Arc::new(inner) }
    }

    /// Connects to the database at `url`, whose scheme says which driver is meant.
    ///
    /// # Errors
    /// No driver of this build is meant by the URL, or the database cannot be reached.
    pub fn connect(schema: impl Into<Cow<'static, Schema>>, url: &str) -> Result<Self> {
        #[cfg(feature = "sqlite")]
        if ["sqlite:", "file:"].iter().any(|scheme| url.starts_with(scheme)) {
            return Ok(Self::new(schema, crate::driver::sqlite::Sqlite::open(url)?));
        }
        let _ = schema;
        let asked = url.split_once(':').map_or("", |(scheme, _)| scheme);
        Err(Error::invalid(format!("no driver for a `{asked}:` URL; SQLite's is `sqlite:path` or `sqlite::memory:`")))
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.inner.schema
    }

    /// Makes the tables and indexes that are not there yet; what is there is left as it is.
    ///
    /// Meant for an embedded or a throw-away database; it is no migration.
    ///
    /// # Errors
    /// The database refuses; then nothing was made.
    pub async fn create_tables(&self) -> Result<()> {
        let mut transaction = self.inner.driver.begin().await?;
        for text in create_tables(self.schema())? {
            transaction.run(Query { text: text.into(), values: Vec::new(), kind: QueryKind::Write }).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The statement for a guarded query, with its values in place.
    fn query(&self, guarded: Guarded, kind: QueryKind) -> Result<Query> {
        let Guarded { shape, mut params } = guarded;
        let kept = self.kept(shape)?;
        let mut values = Vec::with_capacity(kept.slots.len());
        for slot in &kept.slots {
            let value = params.get_mut(*slot).ok_or_else(|| Error::internal("a slot without a value"))?;
            values.push(if kept.once { std::mem::replace(value, Value::Null) } else { value.clone() });
        }
        Ok(Query { text: Arc::clone(&kept.text), values, kind })
    }

    fn kept(&self, shape: Shape) -> Result<Arc<Kept>> {
        if let Some(kept) = self.inner.statements.read().unwrap_or_else(PoisonError::into_inner).get(&shape) {
            return Ok(Arc::clone(kept));
        }
        let Statement { text, slots } = sql::statement(self.schema(), &shape)?;
        let slots: Vec<usize> = slots.into_iter().map(|slot| slot.0 as usize).collect();
        let mut sorted = slots.clone();
        sorted.sort_unstable();
        sorted.dedup();
        let kept = Arc::new(Kept { text: text.into(), once: sorted.len() == slots.len(), slots });
        let mut statements = self.inner.statements.write().unwrap_or_else(PoisonError::into_inner);
        if statements.len() >= SHAPES {
            statements.clear();
        }
        statements.insert(shape, Arc::clone(&kept));
        Ok(kept)
    }
}

/// An engine and a caller: what a client is, without its types. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Session {
    engine: Engine,
    caller: Caller,
}

/// Where a statement runs.
enum Place<'a> {
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

    fn guard(&self) -> Guard<'_> {
        Guard::new(self.engine.schema(), &self.caller)
    }

    fn model(&self, id: ModelId) -> Result<&Model> {
        Ok(self.engine.schema().model(id)?)
    }

    /// Reads rows: the fields in the order of the schema, then a JSON array for each include.
    ///
    /// `by_key` says that the filter has a unique key.
    ///
    /// # Errors
    /// A value cannot be bound, or the database fails.
    pub async fn find(&self, plan: &Find, by_key: bool) -> Result<Rows> {
        let Verdict::Run(guarded) = self.guard().find(plan)? else { return Ok(self.nothing(plan.model)) };
        let point = matches!(&guarded.shape, Shape::Find(select) if select.is_point(by_key));
        let query = self.engine.query(*guarded, if point { QueryKind::Point } else { QueryKind::Read })?;
        self.run(plan.model, Operation::Read, query, Place::Alone(&*self.engine.inner.driver)).await
    }

    /// Counts rows.
    ///
    /// # Errors
    /// A value cannot be bound, or the database fails.
    pub async fn count(&self, plan: &plan::Count) -> Result<u64> {
        let model = plan.find.model;
        let Verdict::Run(guarded) = self.guard().count(plan)? else {
            self.nothing(model);
            return Ok(0);
        };
        let query = self.engine.query(*guarded, QueryKind::Read)?;
        let rows = self.run(model, Operation::Read, query, Place::Alone(&*self.engine.inner.driver)).await?;
        match rows.cells.first() {
            Some(Value::Int(count)) => u64::try_from(*count).map_err(|_| Error::internal("a negative count")),
            _ => Err(Error::internal("a count without a number")),
        }
    }

    /// Inserts a row and gives it back as the caller may read it.
    ///
    /// # Errors
    /// The rules refuse the row, or its result may not be read; a value cannot be bound; the database fails.
    pub async fn create(&self, mut plan: plan::Create) -> Result<Rows> {
        defaults::complete(self.engine.schema(), &self.caller, &mut plan)?;
        let Verdict::Run(guarded) = self.guard().create(&plan)? else {
            self.nothing(plan.model);
            return Err(self.denied(plan.model, Operation::Create, DeniedReason::NoAccess)?);
        };
        let refusal = || self.denied(plan.model, Operation::Create, DeniedReason::NoAccess);
        self.write(plan.model, Operation::Create, *guarded, None, plan.includes, refusal).await
    }

    /// Changes one row and gives it back as the caller may read it.
    ///
    /// # Errors
    /// There is no such row for this caller; its result may not be read; a value cannot be bound; the database fails.
    pub async fn update(&self, mut plan: plan::Update) -> Result<Rows> {
        if plan.values.is_empty() {
            return self.unchanged(&plan).await;
        }
        defaults::touch(self.model(plan.model)?, &mut plan.values);
        match self.update_whole(&plan).await {
            // Who may change the row hears that it is the fields that he may not change.
            Err(error) if error.is_not_found() && self.stopped_by_fields(&plan).await? => {
                Err(self.denied(plan.model, Operation::Update, DeniedReason::NoAccess)?)
            }
            outcome => outcome,
        }
    }

    async fn update_whole(&self, plan: &plan::Update) -> Result<Rows> {
        let missing = || self.missing(plan.model);
        let Verdict::Run(guarded) = self.guard().update(plan)? else {
            self.nothing(plan.model);
            return Err(missing()?);
        };
        let remembers = self.model(plan.model)?.remembers() && !matches!(self.caller, Caller::Unguarded(_));
        let before = if remembers { Some(self.guard().before(plan)?) } else { None };
        self.write(plan.model, Operation::Update, *guarded, before, plan.includes.clone(), missing).await
    }

    /// Whether the rules of fields alone have stopped an update.
    async fn stopped_by_fields(&self, plan: &plan::Update) -> Result<bool> {
        let Some(Verdict::Run(guarded)) = self.guard().but_for_fields(plan)? else { return Ok(false) };
        let query = self.engine.query(*guarded, QueryKind::Read)?;
        let rows = self.run(plan.model, Operation::Update, query, Place::Alone(&*self.engine.inner.driver)).await?;
        Ok(matches!(rows.cells.first(), Some(Value::Int(1))))
    }

    /// Deletes one row and gives it back as the caller could read it before.
    ///
    /// # Errors
    /// There is no such row for this caller; it could not be read; the database fails.
    pub async fn delete(&self, plan: &plan::Delete) -> Result<Rows> {
        let (model, operation) = (plan.model, Operation::Delete);
        let Verdict::Run(guarded) = self.guard().delete(plan)? else {
            self.nothing(model);
            return Err(self.missing(model)?);
        };
        let visible = matches!(&guarded.shape, Shape::Delete(mutation) if mutation.visible);
        let query = self.engine.query(*guarded, QueryKind::Write)?;
        if visible {
            let rows = self.run(model, operation, query, Place::Alone(&*self.engine.inner.driver)).await?;
            return if rows.is_empty() { Err(self.missing(model)?) } else { Ok(rows) };
        }
        let mut find = Find::new(model);
        find.and(plan.key.clone());
        let mut transaction = self.engine.inner.driver.begin().await?;
        let before = self.find_within(&find, &mut *transaction).await?;
        let deleted = self.run(model, operation, query, Place::Within(&mut *transaction)).await?;
        if deleted.is_empty() {
            return Err(self.missing(model)?);
        }
        transaction.commit().await?;
        if before.is_empty() { Err(self.denied(model, operation, DeniedReason::CannotReadBack)?) } else { Ok(before) }
    }

    /// Runs a statement that writes one row, and reads the row back where the caller may not see every row. `before`
    /// looks at the row that is updated, where the rules want to know how it was.
    async fn write(
        &self,
        model: ModelId,
        operation: Operation,
        guarded: Guarded,
        before: Option<Verdict>,
        includes: Vec<Include>,
        refusal: impl FnOnce() -> Result<Error>,
    ) -> Result<Rows> {
        let visible = match &guarded.shape {
            Shape::Insert(insert) => insert.visible,
            Shape::Update(mutation, _) | Shape::Delete(mutation) => mutation.visible,
            Shape::Find(_) | Shape::Count(_) | Shape::Before(_) => false,
        };
        let query = self.engine.query(guarded, QueryKind::Write)?;
        if visible {
            let rows = self.run(model, operation, query, Place::Alone(&*self.engine.inner.driver)).await?;
            return if rows.is_empty() { Err(refusal()?) } else { Ok(rows) };
        }
        let mut transaction = self.engine.inner.driver.begin().await?;
        let before = match before {
            None => Vec::new(),
            Some(Verdict::Nothing) => return Err(refusal()?),
            Some(Verdict::Run(before)) => {
                let query = self.engine.query(*before, QueryKind::Read)?;
                let rows = self.run(model, operation, query, Place::Within(&mut *transaction)).await?;
                if rows.is_empty() {
                    return Err(refusal()?);
                }
                let fields = self.model(model)?.fields.iter();
                let cells = rows.cells.into_iter().zip(fields).map(|(cell, field)| cell.held_by(field).map(Some));
                cells.collect::<Result<_>>()?
            }
        };
        let written = self.run(model, operation, query, Place::Within(&mut *transaction)).await?;
        if written.is_empty() {
            return Err(refusal()?);
        }
        let mut find = Find::new(model);
        find.includes = includes;
        for (field, value) in self.model(model)?.id.iter().zip(written.cells) {
            find.and(Filter::Compare(Comparison::Equal, *field, value));
        }
        if operation == Operation::Update {
            self.accept(model, &find.filter, &before, &mut *transaction).await?;
        }
        let rows = self.find_within(&find, &mut *transaction).await?;
        transaction.commit().await?;
        if rows.is_empty() { Err(self.denied(model, operation, DeniedReason::CannotReadBack)?) } else { Ok(rows) }
    }

    /// Refuses an update that leaves behind a row which the rules do not accept; then the transaction is undone.
    async fn accept(
        &self,
        model: ModelId,
        key: &Filter,
        before: &[Option<Value>],
        transaction: &mut dyn Transaction,
    ) -> Result<()> {
        let accepted = match self.guard().since(before).updated(model, key)? {
            None => true,
            Some(Verdict::Nothing) => false,
            Some(Verdict::Run(guarded)) => {
                let query = self.engine.query(*guarded, QueryKind::Read)?;
                let rows = self.run(model, Operation::PostUpdate, query, Place::Within(transaction)).await?;
                matches!(rows.cells.first(), Some(Value::Int(1)))
            }
        };
        if accepted { Ok(()) } else { Err(self.denied(model, Operation::Update, DeniedReason::NoAccess)?) }
    }

    /// An update that changes nothing only reads.
    async fn unchanged(&self, plan: &plan::Update) -> Result<Rows> {
        let mut find = Find::new(plan.model);
        find.and(plan.key.clone());
        if let Some(when) = &plan.when {
            find.and(when.clone());
        }
        find.includes.clone_from(&plan.includes);
        let rows = self.find(&find, true).await?;
        if rows.is_empty() { Err(self.missing(plan.model)?) } else { Ok(rows) }
    }

    async fn find_within(&self, plan: &Find, transaction: &mut dyn Transaction) -> Result<Rows> {
        let Verdict::Run(guarded) = self.guard().find(plan)? else { return Ok(Rows::default()) };
        let query = self.engine.query(*guarded, QueryKind::Read)?;
        self.run(plan.model, Operation::Read, query, Place::Within(transaction)).await
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
