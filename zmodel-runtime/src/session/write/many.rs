//! Operations on many rows.

use std::collections::BTreeSet;

use super::steps::{AT_ONCE, written};
use super::upsert::again_if_taken;
use super::{Must, Otherwise, Spot, Writer, Written, fields, gives_rows};
use crate::defaults;
use crate::driver::{QueryKind, Rows};
use crate::error::{DeniedReason, Result};
use crate::guard::{Chosen, Returning, Verdict, Want, at_once};
use crate::plan::{self, Filter, Find, Include};
use crate::schema::{FieldId, Model, ModelId, Operation};
use crate::session::Session;
use crate::validate;
use crate::value::Value;

impl Session {
    pub(in crate::session) async fn run_create_many(&self, mut plan: plan::CreateMany) -> Result<u64> {
        validate::create_many(self.schema(), plan.model, &mut plan.rows)?;
        let mut writer = Writer::begin(self).await?;
        let created = writer.create_many(plan, Want::Number).await;
        let (_, count) = writer.first_failure(created).await?;
        writer.commit().await?;
        Ok(count as u64)
    }

    pub(in crate::session) async fn run_create_many_and_return(
        &self,
        mut plan: plan::CreateMany,
        includes: Vec<Include>,
    ) -> Result<Rows> {
        validate::create_many(self.schema(), plan.model, &mut plan.rows)?;
        let model = plan.model;
        let mut writer = Writer::begin(self).await?;
        let created = writer.create_many(plan, Want::Keys).await;
        let (rows, _) = writer.first_failure(created).await?;
        let back = writer.back(model, &rows, includes).await?;
        writer.commit().await?;
        if back.len() < rows.len() {
            return Err(self.denied(model, Operation::Create, DeniedReason::CannotReadBack)?);
        }
        Ok(back)
    }

    pub(in crate::session) async fn run_update_many(&self, mut plan: plan::UpdateMany) -> Result<u64> {
        validate::update_many(self.schema(), plan.model, &mut plan.values)?;
        if plan.values.is_empty() {
            return Ok(0);
        }
        if let Some(count) = self.update_many_at_once(&plan).await? {
            return Ok(count);
        }
        let mut writer = Writer::begin(self).await?;
        let rows = writer.change(chosen(plan.model, &plan.filter, plan.limit), plan.values).await?;
        writer.commit().await?;
        Ok(rows.len() as u64)
    }

    pub(in crate::session) async fn run_update_many_and_return(
        &self,
        mut plan: plan::UpdateMany,
        includes: Vec<Include>,
    ) -> Result<Rows> {
        validate::update_many(self.schema(), plan.model, &mut plan.values)?;
        let model = plan.model;
        if plan.values.is_empty() {
            return Ok(Rows::default());
        }
        let mut writer = Writer::begin(self).await?;
        let rows = writer.change(chosen(model, &plan.filter, plan.limit), plan.values).await?;
        let back = writer.back(model, &rows, includes).await?;
        writer.commit().await?;
        if back.len() < rows.len() {
            return Err(self.denied(model, Operation::Update, DeniedReason::CannotReadBack)?);
        }
        Ok(back)
    }

    pub(in crate::session) async fn run_delete_many(&self, plan: &plan::DeleteMany) -> Result<u64> {
        let chosen = chosen(plan.model, &plan.filter, plan.limit);
        if self.keeps_what_refers(plan.model, plan.removal)? {
            let mut writer = Writer::begin(self).await?;
            let count = writer.delete(chosen, plan.removal).await?;
            writer.commit().await?;
            return Ok(count as u64);
        }
        let verdict = self.guard().delete(chosen, plan.removal, Want::Number)?;
        let rows = self.ask(plan.model, Operation::Delete, verdict, QueryKind::Write, Spot::Alone).await?;
        Ok(rows.unwrap_or_default().written)
    }

    pub(in crate::session) async fn run_delete_many_and_return(
        &self,
        plan: &plan::DeleteMany,
        includes: Vec<Include>,
    ) -> Result<Rows> {
        let (model, by, removal) = (plan.model, Operation::Delete, plan.removal);
        let chosen = chosen(model, &plan.filter, plan.limit);
        if includes.is_empty() && !self.keeps_what_refers(model, removal)? {
            let verdict = self.guard().delete(chosen, removal, Want::Row)?;
            if let Some(lacks_rows) = gives_rows(&verdict) {
                let rows = self.ask(model, by, verdict, QueryKind::Write, Spot::Alone).await?.unwrap_or_default();
                return self.deleted(model, removal, self.seen(model, by, rows, lacks_rows)?);
            }
        }
        let mut writer = Writer::begin(self).await?;
        let verdict = self.guard().before_delete(chosen, removal)?;
        let found = writer.ask(model, by, verdict).await?;
        let rows = self.whole_rows(model, found)?;
        let before = writer.back(model, &rows, includes).await?;
        writer.delete_rows(model, &rows, removal).await?;
        writer.commit().await?;
        if before.len() < rows.len() { Err(self.denied(model, by, DeniedReason::CannotReadBack)?) } else { Ok(before) }
    }

    pub(in crate::session) async fn run_upsert_many(&self, plan: plan::UpsertMany) -> Result<u64> {
        Ok(self.upsert_each(plan, None).await?.0)
    }

    pub(in crate::session) async fn run_upsert_many_and_return(
        &self,
        plan: plan::UpsertMany,
        includes: Vec<Include>,
    ) -> Result<Rows> {
        Ok(self.upsert_each(plan, Some(includes)).await?.1)
    }

    /// An update as one statement. `None` if the rules look at what becomes of the rows, or a field has rules of its own:
    /// then it has to be known which rows they are.
    async fn update_many_at_once(&self, plan: &plan::UpdateMany) -> Result<Option<u64>> {
        let plan::UpdateMany { model, filter, values, limit } = plan;
        if !self.is_whole(*model)? || self.remembers(*model)? || self.keeps_what_follows(*model, values)? {
            return Ok(None);
        }
        let (chosen, mut values) = (chosen(*model, filter, *limit), values.clone());
        defaults::touch(self.model(*model)?, &mut values);
        if self.guard().but_for_fields(chosen, &fields(&values))?.is_some() {
            return Ok(None);
        }
        let verdict = self.guard().update(chosen, &values, Want::Number)?;
        match verdict.returning() {
            Some(Returning::Nothing) => {}
            Some(_) => return Ok(None),
            None => return Ok(Some(0)),
        }
        let rows = self.ask(*model, Operation::Update, verdict, QueryKind::Write, Spot::Alone).await?;
        Ok(Some(rows.unwrap_or_default().written))
    }

    async fn upsert_each(&self, mut plan: plan::UpsertMany, back: Option<Vec<Include>>) -> Result<(u64, Rows)> {
        validate::upsert_many(self.schema(), plan.model, &mut plan.rows)?;
        let (plan, back) = (&plan, &back);
        again_if_taken(|| async move {
            let model = plan.model;
            let mut writer = Writer::begin(self).await?;
            let rows = match self.upsert_all_at_once(&mut writer, plan).await? {
                Some(rows) => rows,
                None => {
                    // What was done of it is undone.
                    drop(writer);
                    writer = Writer::begin(self).await?;
                    let mut rows = Vec::with_capacity(plan.rows.len());
                    for row in plan.rows.iter().cloned() {
                        let upserted = writer.upsert_after(model, row, &mut rows).await;
                        let row = writer.first_failure(upserted).await?;
                        rows.push(row);
                    }
                    rows
                }
            };
            let found = match back {
                Some(includes) => writer.back(model, &rows, includes.clone()).await?,
                None => Rows::default(),
            };
            writer.commit().await?;
            if back.is_some() && found.len() < rows.len() {
                return Err(self.denied(model, Operation::Update, DeniedReason::CannotReadBack)?);
            }
            Ok((rows.len() as u64, found))
        })
        .await
    }
}

const fn chosen(model: ModelId, filter: &Filter, limit: Option<u32>) -> Chosen<'_> {
    Chosen { model, filter, limit }
}

impl Writer<'_> {
    /// Inserts rows, with as few statements as the rules permit: the rows, if their keys are wanted, and how many.
    pub(super) async fn create_many(&mut self, plan: plan::CreateMany, want: Want) -> Result<(Vec<Written>, usize)> {
        let plan::CreateMany { model, mut rows, skip_duplicates: skip } = plan;
        let described = self.session.model(model)?;
        let secrets = described.fields.iter().any(|field| field.secret.is_some());
        for values in &mut rows {
            defaults::complete(self.session.engine.schema(), &self.session.caller, model, values)?;
            if secrets {
                self.session.seal(model, values).await?;
            }
        }
        let (mut written, mut count) = (Vec::new(), 0);
        if described.base.is_some() || described.discriminator.is_some() {
            for values in rows {
                written.extend(self.insert_complete(model, values, skip, want).await?);
            }
            count = written.len();
            return Ok((written, count));
        }
        align(described, &mut rows)?;
        let mut left = rows.as_slice();
        while let Some(first) = left.first() {
            let alike = left.split_at(left.iter().take_while(|row| same_fields(row, first)).count()).0;
            let columns = self.session.guard().insert_columns(model, alike, skip, want)?;
            let (some, (rows, more)) = if let Some((verdict, some)) = columns {
                (some, self.insert_together(model, verdict, some, skip, want).await?)
            } else {
                let some = at_once(self.session.engine.provider(), alike.len(), first.len());
                (some, self.insert_alike(model, alike.split_at(some).0, skip, want).await?)
            };
            left = left.get(some..).unwrap_or_default();
            written.extend(rows);
            count += more;
        }
        Ok((written, count))
    }

    /// Runs an insert of so many rows; whether those that are missing were refused is not asked.
    async fn insert_together(
        &mut self,
        model: ModelId,
        verdict: Verdict,
        rows: usize,
        skip: bool,
        want: Want,
    ) -> Result<(Vec<Written>, usize)> {
        if want == Want::Number && !skip {
            let must = Must::Write(rows);
            self.expect((model, Operation::Create), verdict, must, Otherwise::Denied(Operation::Create)).await?;
            return Ok((Vec::new(), rows));
        }
        let found = self.ask(model, Operation::Create, verdict).await?;
        Ok(match want {
            Want::Number => (Vec::new(), written(&found)?),
            Want::Row | Want::Keys => {
                let written = self.rows(model, found)?;
                let count = written.len();
                (written, count)
            }
        })
    }

    /// Inserts rows that have values for the same fields.
    async fn insert_alike(
        &mut self,
        model: ModelId,
        rows: &[Vec<(FieldId, Value)>],
        skip: bool,
        want: Want,
    ) -> Result<(Vec<Written>, usize)> {
        let at_once = match rows {
            [_] => None,
            _ => self.session.guard().insert_many(model, rows, skip, want)?,
        };
        let Some(verdict) = at_once else {
            let mut written = Vec::with_capacity(rows.len());
            for values in rows {
                written.extend(self.insert_complete(model, values.clone(), skip, want).await?);
            }
            let count = written.len();
            return Ok((written, count));
        };
        let (written, count) = self.insert_together(model, verdict, rows.len(), skip, want).await?;
        if count < rows.len() {
            // Rows are missing: duplicates alone, or rows that the rules refuse?
            let allowed = if skip { Some(self.session.guard().allows_all(model, rows)?) } else { None };
            let allowed = match allowed {
                Some(question) => !self.ask(model, Operation::Create, question).await?.is_empty(),
                None => false,
            };
            if !allowed {
                return Err(self.session.refused(model)?);
            }
        }
        Ok((written, count))
    }

    /// Rows as the caller may read them, in the order of their writing.
    pub(super) async fn back(&mut self, model: ModelId, rows: &[Written], includes: Vec<Include>) -> Result<Rows> {
        let described = self.session.model(model)?;
        // Where the id stands in a row that is read.
        let read: Vec<FieldId> = described.read_fields().map(|(id, _)| id).collect();
        let id: Option<Vec<usize>> = described.id.iter().map(|id| read.iter().position(|field| field == id)).collect();
        let id = id.filter(|_| !described.can_hide_id());
        let at_once = if id.is_some() { AT_ONCE } else { 1 };
        let mut all = Rows::default();
        for some in rows.chunks(at_once) {
            let filter = self.session.key_of_any(model, some)?;
            let find = Find { filter, includes: includes.clone(), ..Find::new(model) };
            let found = self.find(&find).await?;
            all.width = all.width.max(found.width);
            let Some(id) = id.as_ref().filter(|_| some.len() > 1) else {
                all.cells.extend(found.cells);
                continue;
            };
            let read: Vec<&[Value]> = found.cells.chunks(found.width.max(1)).collect();
            for (at, row) in some.iter().enumerate() {
                let wanted = self.id(model, row)?;
                let is_it = |row: &&&[Value]| {
                    let mut pairs = described.id.iter().zip(id).zip(&wanted);
                    pairs.all(|((field, place), wanted)| {
                        let held =
                            row.get(*place).cloned().map(|cell| described.field(*field).map(|f| cell.held_by(f)));
                        matches!(held, Some(Ok(Ok(held))) if held == *wanted)
                    })
                };
                // Most often it stands in the same place. One that was written twice is given twice.
                let here = read.get(at).filter(is_it);
                if let Some(row) = here.or_else(|| read.iter().find(is_it)) {
                    all.cells.extend_from_slice(row);
                }
            }
        }
        Ok(all)
    }
}

/// Puts the values of rows in the order of the schema, and gives a row NULL where others have a value, if it would have
/// NULL there anyway: so that more rows are alike.
pub(super) fn align(model: &Model, rows: &mut [Vec<(FieldId, Value)>]) -> Result<()> {
    let given: BTreeSet<FieldId> = rows.iter().flatten().map(|(field, _)| *field).collect();
    let mut empty = Vec::new();
    for id in given {
        let field = model.field(id)?;
        if field.optional && field.default.is_none() {
            empty.push(id);
        }
    }
    for row in rows {
        for id in &empty {
            if row.iter().all(|(field, _)| field != id) {
                row.push((*id, Value::Null));
            }
        }
        row.sort_by_key(|(field, _)| *field);
    }
    Ok(())
}

pub(super) fn same_fields(row: &[(FieldId, Value)], other: &[(FieldId, Value)]) -> bool {
    row.iter().map(|(field, _)| field).eq(other.iter().map(|(field, _)| field))
}
