//! Operations that write.

use super::{Place, Session};
use crate::caller::Caller;
use crate::defaults;
use crate::driver::{QueryKind, Rows, Transaction};
use crate::error::{DeniedReason, Error, Result};
use crate::guard::{Guarded, Shape, Verdict};
use crate::plan::{self, Filter, Find, Include};
use crate::schema::{Comparison, ModelId, Operation};
use crate::value::Value;

impl Session {
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
        let rows = self.run(plan.model, Operation::Update, query, Place::Alone(self.engine.driver())).await?;
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
            let rows = self.run(model, operation, query, Place::Alone(self.engine.driver())).await?;
            return if rows.is_empty() { Err(self.missing(model)?) } else { Ok(rows) };
        }
        let mut find = Find::new(model);
        find.and(plan.key.clone());
        let mut transaction = self.engine.driver().begin().await?;
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
            let rows = self.run(model, operation, query, Place::Alone(self.engine.driver())).await?;
            return if rows.is_empty() { Err(refusal()?) } else { Ok(rows) };
        }
        let mut transaction = self.engine.driver().begin().await?;
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
}
