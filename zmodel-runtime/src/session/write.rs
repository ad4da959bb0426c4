//! Operations that write: each is all done or not at all.
//!
//! What one statement can do is one statement. Everything else goes step by step through a [`Writer`], in a
//! transaction of its own or, inside a transaction of the caller, in a savepoint.

mod delegates;
mod expected;
mod foreseen;
mod links;
mod many;
mod nested;
mod references;
mod restore;
mod steps;
mod upsert;

use std::collections::VecDeque;

use expected::{Expected, Must, Otherwise, counted};
use steps::AT_ONCE;
use upsert::again_if_taken;

use super::{Scope, Session, Spot};
use crate::caller::Caller;
use crate::defaults;
use crate::driver::{QueryKind, Rows};
use crate::error::{DeniedReason, Error, Result};
use crate::guard::{Chosen, Returning, Since, Verdict, Want};
use crate::plan::{self, Assign, Filter, Find, Include, Known, Removal};
use crate::schema::{Comparison, FieldId, Model, ModelId, Operation};
use crate::validate;
use crate::value::Value;

/// What one call does, step by step.
pub(super) struct Writer<'s> {
    session: &'s Session,
    scope: Scope,
    /// Rows that were updated and that the rules have to accept as they are in the end.
    updated: Vec<Updated>,
    /// What was sent and must have done what it was sent for.
    expected: VecDeque<Expected<'s>>,
}

/// Rows that one step has updated.
struct Updated {
    model: ModelId,
    rows: Vec<Written>,
    /// Each row as it was before, by field, where a rule wants to know.
    before: Option<Vec<Vec<Option<Value>>>>,
}

/// A row that was written or found.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// The values of its key fields, and of others that are known.
    values: Vec<(FieldId, Value)>,
}

impl Written {
    fn value(&self, field: FieldId) -> Option<&Value> {
        self.values.iter().find(|(known, _)| *known == field).map(|(_, value)| value)
    }

    /// What some fields hold now.
    fn learn(&mut self, now: Vec<(FieldId, Value)>) {
        for (field, value) in now {
            match self.values.iter_mut().find(|(known, _)| *known == field) {
                Some((_, known)) => *known = value,
                None => self.values.push((field, value)),
            }
        }
    }
}

impl<'s> Writer<'s> {
    async fn begin(session: &'s Session) -> Result<Self> {
        let scope = Scope::begin(session).await?;
        Ok(Self { session, scope, updated: Vec::new(), expected: VecDeque::new() })
    }

    /// Keeps what was done, if the rules accept every row that was updated.
    async fn commit(mut self) -> Result<()> {
        self.accept().await?;
        self.settle().await?;
        Ok(self.scope.commit().await?)
    }

    /// Asks the rules about what the updates leave behind.
    async fn accept(&mut self) -> Result<()> {
        for Updated { model, rows, before } in std::mem::take(&mut self.updated) {
            let Some(before) = before else {
                for some in rows.chunks(AT_ONCE) {
                    let verdict = self.session.guard().updated(model, &self.session.key_of_any(model, some)?)?;
                    self.accepted(model, verdict, some.len()).await?;
                }
                continue;
            };
            for (some, before) in rows.chunks(AT_ONCE).zip(before.chunks(AT_ONCE)) {
                let id = &self.session.model(model)?.id;
                let since = some.iter().zip(before).map(|(row, before)| {
                    let key = id.iter().copied().zip(self.id(model, row)?).collect();
                    Ok(Since { key, before })
                });
                let verdict = self.session.guard().updated_since(model, &since.collect::<Result<Vec<_>>>()?)?;
                self.accepted(model, verdict, some.len()).await?;
            }
        }
        Ok(())
    }

    /// Asks the rules about `count` rows, which they must accept.
    async fn accepted(&mut self, model: ModelId, verdict: Option<Verdict>, count: usize) -> Result<()> {
        let Some(verdict) = verdict else { return Ok(()) };
        let otherwise = Otherwise::Denied(Operation::Update);
        self.expect((model, Operation::PostUpdate), verdict, Must::Count(count), otherwise).await
    }

    /// Keeps what was done, and gives a row as the caller may read it.
    async fn commit_and_read(
        mut self,
        model: ModelId,
        row: &Written,
        includes: Vec<Include>,
        by: Operation,
    ) -> Result<Rows> {
        self.accept().await?;
        self.settle().await?;
        let find = Find { filter: self.session.key_of(model, row)?, includes, ..Find::new(model) };
        let rows = if self.session.engine.has_encrypted() {
            // What cannot be decrypted is an error, and nothing stays.
            let rows = self.find(&find).await?;
            self.scope.commit().await?;
            rows
        } else {
            match self.session.guard().find(&find)? {
                Verdict::Run(guarded) => {
                    let query = self.session.engine.query(guarded, QueryKind::Read)?;
                    self.session.run(model, Operation::Read, query, Spot::Last(self.scope)).await?
                }
                Verdict::Nothing => {
                    self.scope.commit().await?;
                    self.session.nothing(model)
                }
            }
        };
        if rows.is_empty() { Err(self.session.denied(model, by, DeniedReason::CannotReadBack)?) } else { Ok(rows) }
    }

    async fn ask(&mut self, model: ModelId, operation: Operation, verdict: Verdict) -> Result<Rows> {
        self.ask_as(QueryKind::Write, model, operation, verdict).await
    }

    /// The number that a count gives; 0 if the caller alone decides that there is nothing.
    async fn count(&mut self, model: ModelId, operation: Operation, verdict: Verdict) -> Result<usize> {
        counted(&self.ask(model, operation, verdict).await?)
    }

    /// Reads rows.
    async fn find(&mut self, plan: &Find) -> Result<Rows> {
        let verdict = self.session.guard().find(plan)?;
        let rows = self.ask_as(QueryKind::Read, plan.model, Operation::Read, verdict).await?;
        self.session.open(plan, rows)
    }
}

impl Session {
    pub(in crate::session) async fn run_create(&self, plan: plan::Create) -> Result<Rows> {
        let plan::Create { model, mut new, includes } = plan;
        validate::create(self.schema(), model, &mut new)?;
        if new.nested.is_empty() && includes.is_empty() && self.is_whole(model)? {
            // One statement, if it can tell how the caller may read the row.
            defaults::complete(self.engine.schema(), &self.caller, model, &mut new.values)?;
            let verdict = self.guard().insert(model, &new.values, false, true)?;
            if let Some(lacks_rows) = gives_rows(&verdict) {
                let rows = self.ask(model, Operation::Create, verdict, QueryKind::Write, Spot::Alone).await?;
                let rows = rows.unwrap_or_default();
                return if rows.is_empty() {
                    Err(self.refused(model)?)
                } else {
                    self.seen(model, Operation::Create, rows, lacks_rows)
                };
            }
        }
        let mut writer = Writer::begin(self).await?;
        let created = writer.create(model, new).await;
        let row = writer.first_failure(created).await?;
        writer.commit_and_read(model, &row, includes, Operation::Create).await
    }

    pub(in crate::session) async fn run_update(&self, plan: plan::Update) -> Result<Rows> {
        let plan::Update { model, key, mut changes, includes } = plan;
        validate::update(self.schema(), model, &mut changes)?;
        if changes.is_empty() {
            return self.unchanged(model, key.into_filter(), includes).await;
        }
        let filter = key.into_filter();
        let alone = changes.nested.is_empty() && includes.is_empty();
        if alone
            && !self.remembers(model)?
            && self.is_whole(model)?
            && !self.keeps_what_follows(model, &changes.values)?
        {
            // One statement, if it can tell how the caller may read the row and the rules do not look at what becomes
            // of it.
            defaults::touch(self.model(model)?, &mut changes.values);
            let chosen = Chosen { model, filter: &filter, limit: None };
            let verdict = self.guard().update(chosen, &changes.values, Want::Row)?;
            if let Some(lacks_rows) = gives_rows(&verdict) {
                let alone = self.guard().but_for_fields(chosen, &fields(&changes.values))?.is_none();
                let spot = if alone { Spot::Alone } else { Spot::Here };
                let rows = self.ask(model, Operation::Update, verdict, QueryKind::Write, spot).await?;
                let rows = rows.unwrap_or_default();
                if rows.is_empty() {
                    if alone {
                        return Err(self.missing(model)?);
                    }
                    // Who may change the row hears that it is the fields that he may not change.
                    let mut writer = Writer::begin(self).await?;
                    return Err(writer.untouched(chosen, &changes.values, 0).await?);
                }
                return self.seen(model, Operation::Update, rows, lacks_rows);
            }
        }
        let mut writer = Writer::begin(self).await?;
        let updated = writer.update(model, filter, changes).await;
        let Some(row) = writer.first_failure(updated).await? else { return Err(self.missing(model)?) };
        writer.commit_and_read(model, &row, includes, Operation::Update).await
    }

    pub(in crate::session) async fn run_upsert(&self, mut plan: plan::Upsert) -> Result<Rows> {
        validate::upsert(self.schema(), plan.model, &mut plan.create, &mut plan.update)?;
        if let Some(rows) = self.upsert_at_once(&plan).await? {
            return Ok(rows);
        }
        again_if_taken(|| self.upsert_in_steps(plan.clone())).await
    }

    pub(in crate::session) async fn run_delete(&self, plan: plan::Delete) -> Result<Rows> {
        let (plan::Delete { model, key, includes, removal }, by) = (plan, Operation::Delete);
        let filter = key.into_filter();
        let chosen = Chosen { model, filter: &filter, limit: None };
        if includes.is_empty() && !self.keeps_what_refers(model, removal)? {
            let verdict = self.guard().delete(chosen, removal, Want::Row)?;
            if let Some(lacks_rows) = gives_rows(&verdict) {
                let rows = self.ask(model, by, verdict, QueryKind::Write, Spot::Alone).await?.unwrap_or_default();
                if rows.is_empty() {
                    return Err(self.missing(model)?);
                }
                return self.deleted(model, removal, self.seen(model, by, rows, lacks_rows)?);
            }
        }
        let mut writer = Writer::begin(self).await?;
        let find = Find { filter: filter.clone(), includes, ..Find::new(model) };
        let before = writer.find(&find).await?;
        if writer.delete(chosen, removal).await? == 0 {
            return Err(self.missing(model)?);
        }
        writer.commit().await?;
        if before.is_empty() { Err(self.denied(model, by, DeniedReason::CannotReadBack)?) } else { Ok(before) }
    }

    /// Rows that a delete of one statement gives back, as they were before it.
    fn deleted(&self, model: ModelId, removal: Removal, mut rows: Rows) -> Result<Rows> {
        let described = self.model(model)?;
        let marked = described.deleted.filter(|_| removal == Removal::Usual);
        // Where a delete marks a row, there was no mark.
        if let Some(at) = marked.and_then(|mark| described.read_fields().position(|(field, _)| field == mark)) {
            for row in rows.cells.chunks_mut(rows.width.max(1)) {
                if let Some(cell) = row.get_mut(at) {
                    *cell = Value::Null;
                }
            }
        }
        self.open(&Find::new(model), rows)
    }

    /// The session that a delete runs in: what is taken away for good is there to be looked at.
    pub(in crate::session) fn for_removal(&self, removal: Removal) -> std::borrow::Cow<'_, Self> {
        match removal {
            Removal::Usual => std::borrow::Cow::Borrowed(self),
            Removal::ForGood => std::borrow::Cow::Owned(self.with_deleted()),
        }
    }

    /// An update that changes nothing only reads.
    async fn unchanged(&self, model: ModelId, filter: Filter, includes: Vec<Include>) -> Result<Rows> {
        let mut rows = self.run_find(&Find { filter, includes, ..Find::new(model) }, true).await?;
        if rows.is_empty() {
            return Err(self.missing(model)?);
        }
        rows.cells.truncate(rows.width);
        Ok(rows)
    }

    /// Rows that a statement has written, as the caller may read them. If he may not read some row, each says at its end
    /// whether he may read it.
    fn seen(&self, model: ModelId, by: Operation, mut rows: Rows, lacks_rows: bool) -> Result<Rows> {
        if !lacks_rows {
            return Ok(rows);
        }
        let with_flag = rows.width;
        let last =
            with_flag.checked_sub(1).ok_or_else(|| Error::internal("a row that does not say whether it is seen"))?;
        let (mut at, mut all) = (0, true);
        rows.cells.retain(|cell| {
            let is_flag = at % with_flag == last;
            all &= !is_flag || matches!(cell, Value::Bool(true) | Value::Int(1));
            at += 1;
            !is_flag
        });
        rows.width = last;
        if all { Ok(rows) } else { Err(self.denied(model, by, DeniedReason::CannotReadBack)?) }
    }

    /// Whether the rows of a model lie in one table, are made by themselves, and hold what is given for them.
    fn is_whole(&self, model: ModelId) -> Result<bool> {
        let model = self.model(model)?;
        let plain = model.fields.iter().all(|field| field.secret.is_none());
        Ok(plain && model.base.is_none() && model.discriminator.is_none())
    }

    /// Whether the rules about an update look at the row as it was before.
    fn remembers(&self, model: ModelId) -> Result<bool> {
        Ok(self.model(model)?.remembers() && !matches!(self.caller, Caller::Unguarded(_)))
    }

    /// The error of a row that the rules do not allow.
    fn refused(&self, model: ModelId) -> Result<Error> {
        self.denied(model, Operation::Create, DeniedReason::NoAccess)
    }

    /// A filter that finds a row by its id.
    fn key_of(&self, model: ModelId, row: &Written) -> Result<Filter> {
        let described = self.model(model)?;
        let mut key = Filter::Constant(true);
        for field in described.id.iter() {
            let value = row.value(*field).ok_or_else(|| Error::internal("a row without its id"))?;
            key = key.and(Filter::Compare(Comparison::Equal, *field, value.clone()));
        }
        Ok(found(described, key))
    }

    /// A filter that finds some rows by their ids.
    fn key_of_any(&self, model: ModelId, rows: &[Written]) -> Result<Filter> {
        let described = self.model(model)?;
        let id = |row: &Written, field: FieldId| {
            row.value(field).cloned().ok_or_else(|| Error::internal("a row without its id"))
        };
        if let [field] = described.id.as_ref() {
            let ids = rows.iter().map(|row| id(row, *field)).collect::<Result<_>>()?;
            return Ok(found(described, Filter::In(*field, ids)));
        }
        let mut any = Vec::with_capacity(rows.len());
        for row in rows {
            let mut key = Filter::Constant(true);
            for field in described.id.iter() {
                key = key.and(Filter::Compare(Comparison::Equal, *field, id(row, *field)?));
            }
            any.push(key);
        }
        Ok(found(described, Filter::Any(any)))
    }
}

/// A filter by the ids of rows that the engine has found. Where the caller may not see the ids it is asked of the rows as they
/// are.
fn found(model: &Model, ids: Filter) -> Filter {
    if model.can_hide_id() { Filter::Known(Known(Box::new(ids))) } else { ids }
}

/// Whether a statement gives the rows that it writes as the caller may read them; if so, whether some could be such that
/// he may not.
fn gives_rows(verdict: &Verdict) -> Option<bool> {
    match verdict.returning() {
        Some(Returning::Row(source)) => Some(source.lacks_rows()),
        _ => None,
    }
}

/// The fields that some values are for.
fn fields(values: &[(FieldId, Assign)]) -> Vec<FieldId> {
    values.iter().map(|(field, _)| *field).collect()
}
