//! Upserts: as one statement where the rules permit it, else step by step.

use std::future::Future;

use super::many::{align, same_fields};
use super::{Spot, Writer, Written};
use crate::defaults;
use crate::driver::{QueryKind, Rows};
use crate::error::{Error, Result};
use crate::guard::{Chosen, Upserted, Want, at_once};
use crate::plan::{self, Assign, Key};
use crate::schema::{FieldId, Model, ModelId, Operation};
use crate::session::Session;

/// Does `work`, and does it once more if it fails because a unique value is taken: between its look and its insert
/// somebody else may have inserted the row, which it will then find.
pub(super) async fn again_if_taken<T, F: Future<Output = Result<T>>>(work: impl Fn() -> F) -> Result<T> {
    match work().await {
        Err(error) if error.is_unique_violation() => work().await,
        outcome => outcome,
    }
}

impl Session {
    /// An upsert as one statement. `None` if the rules or the plan do not permit that, or there is a row in the way: one
    /// with the key that the caller may not change, or one with another unique value of the new row.
    pub(super) async fn upsert_at_once(&self, plan: &plan::Upsert) -> Result<Option<Rows>> {
        let plan::Upsert { model, key: Key { unique, when }, create, update, includes } = plan;
        let plain = create.nested.is_empty() && update.nested.is_empty() && includes.is_empty() && when.is_none();
        if !plain || update.values.is_empty() || !self.is_whole(*model)? || self.remembers(*model)? {
            return Ok(None);
        }
        // A row is found by what the caller may see of its key.
        if self.model(*model)?.can_hide_id() || self.keeps_what_follows(*model, &update.values)? {
            return Ok(None);
        }
        let (mut create, mut update) = (create.values.clone(), update.values.clone());
        defaults::complete(self.schema(), &self.caller, *model, &mut create)?;
        defaults::touch(self.model(*model)?, &mut update);
        let row = [Upserted { key: unique.clone(), create, update }];
        let Some(verdict) = self.guard().upsert(*model, &row, Want::Row)? else { return Ok(None) };
        match self.ask(*model, Operation::Update, verdict, QueryKind::Write, Spot::Here).await {
            Ok(rows) => Ok(rows.filter(|rows| !rows.is_empty())),
            Err(error) if error.is_unique_violation() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Upserts of many rows with few statements, in `writer`. `None` if the rules or the rows do not permit that, or there
    /// is a row in the way; then what was done has to be undone.
    pub(super) async fn upsert_all_at_once(
        &self,
        writer: &mut Writer<'_>,
        plan: &plan::UpsertMany,
    ) -> Result<Option<Vec<Written>>> {
        let plan::UpsertMany { model, rows } = plan;
        let described = self.model(*model)?;
        let plain = |row: &plan::UpsertRow| {
            let (create, update) = (&row.create, &row.update);
            create.nested.is_empty() && update.nested.is_empty() && row.key.when.is_none() && !update.values.is_empty()
        };
        if rows.len() < 2 || !rows.iter().all(plain) || !self.is_whole(*model)? || self.remembers(*model)? {
            return Ok(None);
        }
        for row in rows {
            let moves = changes_id(described, &row.update.values);
            if moves || described.can_hide_id() || self.keeps_what_follows(*model, &row.update.values)? {
                return Ok(None);
            }
        }
        let mut creates = Vec::with_capacity(rows.len());
        let mut touched: Option<Vec<(FieldId, Assign)>> = None;
        for row in rows {
            let mut create = row.create.values.clone();
            defaults::complete(self.schema(), &self.caller, *model, &mut create)?;
            creates.push(create);
        }
        align(described, &mut creates)?;
        let mut all = Vec::with_capacity(rows.len());
        for (row, create) in rows.iter().zip(creates) {
            let mut update = row.update.values.clone();
            let given = update.len();
            defaults::touch(described, &mut update);
            // All at the same time.
            let now = update.split_off(given);
            update.extend(touched.get_or_insert(now).iter().cloned());
            all.push(Upserted { key: row.key.unique.clone(), create, update });
        }
        let mut written = Vec::with_capacity(all.len());
        let mut left = all.as_slice();
        while let Some(first) = left.first() {
            let alike = left.iter().take_while(|row| same_fields(&row.create, &first.create)).count();
            let (some, rest) =
                left.split_at(at_once(self.engine.provider(), alike, first.create.len() + first.update.len()));
            left = rest;
            let Some(verdict) = self.guard().upsert(*model, some, Want::Keys)? else { return Ok(None) };
            let found = match writer.ask(*model, Operation::Update, verdict).await {
                Ok(found) => writer.rows(*model, found)?,
                // What the database refuses is found out row by row.
                Err(Error::Database(_)) => return Ok(None),
                Err(error) => return Err(error),
            };
            if found.len() < some.len() {
                return Ok(None);
            }
            written.extend(found);
        }
        Ok(Some(written))
    }

    /// An upsert that looks first.
    pub(super) async fn upsert_in_steps(&self, plan: plan::Upsert) -> Result<Rows> {
        let plan::Upsert { model, key, create, update, includes } = plan;
        let mut writer = Writer::begin(self).await?;
        let upserted = writer.upsert(model, key.into_filter(), create, update).await;
        let (row, by) = writer.first_failure(upserted).await?;
        writer.commit_and_read(model, &row, includes, by).await
    }
}

impl Writer<'_> {
    /// An upsert after others of the same call. If it gives a row another id that one of them has written, what is known of
    /// that row says so from then on: it is read back, and the rules are asked of it, by the id that it has in the end.
    pub(super) async fn upsert_after(
        &mut self,
        model: ModelId,
        row: plan::UpsertRow,
        earlier: &mut [Written],
    ) -> Result<Written> {
        let plan::UpsertRow { key, create, update } = row;
        let (filter, described) = (key.into_filter(), self.session.model(model)?);
        if earlier.is_empty() || !changes_id(described, &update.values) {
            return Ok(self.upsert(model, filter, create, update).await?.0);
        }
        let before = self.remember(Chosen { model, filter: &filter, limit: None }, &update.values).await?;
        // Those that were updated by others, before this one is noted.
        let noted = self.updated.len();
        let (row, by) = self.upsert(model, filter, create, update).await?;
        if let (Operation::Update, [before]) = (by, before.as_slice()) {
            let now: Vec<_> = described.id.iter().copied().zip(self.id(model, &row)?).collect();
            let updated = self.updated.iter_mut().take(noted).filter(|updated| updated.model == model);
            for known in earlier.iter_mut().chain(updated.flat_map(|updated| &mut updated.rows)) {
                if described.id.iter().zip(&before.id).all(|(field, value)| known.value(*field) == Some(value)) {
                    known.learn(now.clone());
                }
            }
        }
        Ok(row)
    }
}

/// Whether an update gives a row another id.
fn changes_id(model: &Model, values: &[(FieldId, Assign)]) -> bool {
    values.iter().any(|(field, _)| model.id.contains(field))
}
