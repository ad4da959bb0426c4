//! Operations on many rows.

use super::Writer;
use crate::driver::Rows;
use crate::error::{DeniedReason, Result};
use crate::guard::Chosen;
use crate::plan::{self, Filter, Find, Include};
use crate::schema::{ModelId, Operation};
use crate::session::Session;
use crate::validate;

impl Session {
    /// Inserts rows, all or none; how many. Those that a unique constraint refuses are left out if the plan says so.
    ///
    /// # Errors
    /// The rules refuse one of the rows; a value cannot be bound; the database fails.
    pub async fn create_many(&self, mut plan: plan::CreateMany) -> Result<u64> {
        validate::create_many(self.schema(), plan.model, &mut plan.rows)?;
        let mut writer = Writer::begin(self).await?;
        let rows = writer.create_many(plan).await?;
        writer.commit().await?;
        Ok(rows.len() as u64)
    }

    /// Inserts rows, all or none, and gives them back.
    ///
    /// # Errors
    /// Those of [`Session::create_many`]; and one of the rows may not be read, though all of them were inserted.
    pub async fn create_many_and_return(&self, mut plan: plan::CreateMany, includes: Vec<Include>) -> Result<Rows> {
        validate::create_many(self.schema(), plan.model, &mut plan.rows)?;
        let model = plan.model;
        let mut writer = Writer::begin(self).await?;
        let rows = writer.create_many(plan).await?;
        let back = writer.back(model, &rows, includes).await?;
        writer.commit().await?;
        if back.len() < rows.len() {
            return Err(self.denied(model, Operation::Create, DeniedReason::CannotReadBack)?);
        }
        Ok(back)
    }

    /// Changes rows alike: those that the rules let the caller change; how many.
    ///
    /// # Errors
    /// The rules do not accept what one of them would become, or forbid the change of a field in one of them; then none
    /// was changed. A value cannot be bound; the database fails.
    pub async fn update_many(&self, mut plan: plan::UpdateMany) -> Result<u64> {
        validate::update_many(self.schema(), plan.model, &mut plan.values)?;
        if plan.values.is_empty() {
            return Ok(0);
        }
        let mut writer = Writer::begin(self).await?;
        let rows = writer.change(chosen(plan.model, &plan.filter, plan.limit), plan.values).await?;
        writer.commit().await?;
        Ok(rows.len() as u64)
    }

    /// Changes rows alike, and gives them back.
    ///
    /// # Errors
    /// Those of [`Session::update_many`]; and one of the rows may not be read, though all of them were changed.
    pub async fn update_many_and_return(&self, mut plan: plan::UpdateMany, includes: Vec<Include>) -> Result<Rows> {
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

    /// Deletes rows: those that the rules let the caller delete; how many.
    ///
    /// # Errors
    /// The database fails.
    pub async fn delete_many(&self, plan: &plan::DeleteMany) -> Result<u64> {
        let mut writer = Writer::begin(self).await?;
        let count = writer.delete(chosen(plan.model, &plan.filter, plan.limit)).await?;
        writer.commit().await?;
        Ok(count as u64)
    }
}

const fn chosen(model: ModelId, filter: &Filter, limit: Option<u32>) -> Chosen<'_> {
    Chosen { model, filter, limit }
}

impl Writer<'_> {
    pub(super) async fn create_many(&mut self, plan: plan::CreateMany) -> Result<Vec<super::Written>> {
        let mut rows = Vec::with_capacity(plan.rows.len());
        for values in plan.rows {
            rows.extend(self.insert(plan.model, values, plan.skip_duplicates).await?);
        }
        Ok(rows)
    }

    /// Rows as the caller may read them, in the order of their writing.
    async fn back(&mut self, model: ModelId, rows: &[super::Written], includes: Vec<Include>) -> Result<Rows> {
        let mut all = Rows::default();
        for row in rows {
            let filter = self.session.key_of(model, row)?;
            let find = Find { filter, includes: includes.clone(), ..Find::new(model) };
            let found = self.session.find_within(&find, &mut self.scope).await?;
            all.width = all.width.max(found.width);
            all.cells.extend(found.cells);
        }
        Ok(all)
    }
}
