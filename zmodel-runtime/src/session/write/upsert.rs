//! Upserts: as one statement where the rules permit it, else step by step.

use std::future::Future;

use super::{Place, Writer};
use crate::defaults;
use crate::driver::{QueryKind, Rows};
use crate::error::Result;
use crate::plan::{self, Key};
use crate::schema::Operation;
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
        let (mut create, mut update) = (create.values.clone(), update.values.clone());
        defaults::complete(self.schema(), &self.caller, *model, &mut create)?;
        defaults::touch(self.model(*model)?, &mut update);
        let Some(verdict) = self.guard().upsert(*model, unique, &create, &update)? else { return Ok(None) };
        match self.ask(*model, Operation::Update, verdict, QueryKind::Write, Place::Here).await {
            Ok(rows) => Ok(rows.filter(|rows| !rows.is_empty())),
            Err(error) if error.is_unique_violation() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// An upsert that looks first.
    pub(super) async fn upsert_in_steps(&self, plan: plan::Upsert) -> Result<Rows> {
        let plan::Upsert { model, key, create, update, includes } = plan;
        let mut writer = Writer::begin(self).await?;
        let (row, by) = writer.upsert(model, key.into_filter(), create, update).await?;
        writer.commit_and_read(model, &row, includes, by).await
    }
}
