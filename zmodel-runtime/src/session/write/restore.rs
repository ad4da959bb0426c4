//! Restores: rows that a delete has marked lose their mark again.

use super::{Writer, Written};
use crate::driver::Rows;
use crate::error::{DeniedReason, Result};
use crate::guard::Chosen;
use crate::plan;
use crate::schema::Operation;
use crate::session::Session;

impl Session {
    pub(in crate::session) async fn run_restore(&self, plan: plan::Restore) -> Result<Rows> {
        let plan::Restore { model, key } = plan;
        let filter = key.into_filter();
        let session = self.with_deleted();
        let mut writer = Writer::begin(&session).await?;
        let mut rows = writer.restore(Chosen { model, filter: &filter, limit: None }).await?;
        let Some(row) = rows.pop() else { return Err(self.missing(model)?) };
        writer.commit_and_read(model, &row, Vec::new(), Operation::Update).await
    }

    pub(in crate::session) async fn run_restore_many(&self, plan: &plan::RestoreMany) -> Result<u64> {
        let session = self.with_deleted();
        let mut writer = Writer::begin(&session).await?;
        let rows = writer.restore(chosen(plan)).await?;
        writer.commit().await?;
        Ok(rows.len() as u64)
    }

    pub(in crate::session) async fn run_restore_many_and_return(&self, plan: &plan::RestoreMany) -> Result<Rows> {
        let session = self.with_deleted();
        let mut writer = Writer::begin(&session).await?;
        let rows = writer.restore(chosen(plan)).await?;
        let back = writer.back(plan.model, &rows, Vec::new()).await?;
        writer.commit().await?;
        if back.len() < rows.len() {
            return Err(self.denied(plan.model, Operation::Update, DeniedReason::CannotReadBack)?);
        }
        Ok(back)
    }
}

const fn chosen(plan: &plan::RestoreMany) -> Chosen<'_> {
    Chosen { model: plan.model, filter: &plan.filter, limit: plan.limit }
}

impl Writer<'_> {
    /// Restores rows; those that the rules leave.
    async fn restore(&mut self, chosen: Chosen<'_>) -> Result<Vec<Written>> {
        let model = chosen.model;
        let before = if self.session.remembers(model)? {
            let verdict = self.session.guard().before_restore(chosen)?;
            let rows = self.ask(model, Operation::Update, verdict).await?;
            Some(self.session.before(model, rows)?)
        } else {
            None
        };
        let verdict = self.session.guard().restore(chosen)?;
        let rows = self.ask(model, Operation::Update, verdict).await?;
        let rows = self.rows(model, rows)?;
        self.note(model, &rows, before, false).await?;
        Ok(rows)
    }
}
