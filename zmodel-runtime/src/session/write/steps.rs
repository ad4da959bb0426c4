//! Single steps: one kind of statement each, through the guard.

use super::{Must, Otherwise, Updated, Writer, Written, counted, fields, foreseen};
use crate::defaults;
use crate::driver::{QueryKind, Rows};
use crate::error::{DeniedReason, Error, Result};
use crate::guard::{Chosen, Returning, Verdict, Want};
use crate::plan::{Assign, Filter, Find, Removal};
use crate::schema::{Comparison, Field, FieldId, ModelId, Operation};
use crate::session::Session;
use crate::value::Value;

/// So many rows are named by their ids in one statement: databases limit the values and the conditions of one.
pub(super) const AT_ONCE: usize = 128;

impl Writer<'_> {
    /// Inserts a row. `None` if a unique constraint refuses it and such rows are to be left out.
    pub(super) async fn insert(
        &mut self,
        model: ModelId,
        mut values: Vec<(FieldId, Value)>,
        skip: bool,
    ) -> Result<Option<Written>> {
        defaults::complete(self.session.engine.schema(), &self.session.caller, model, &mut values)?;
        self.session.seal(model, &mut values).await?;
        self.insert_complete(model, values, skip, Want::Keys).await
    }

    /// Inserts a row that has its defaults, and whose secrets are sealed. If only the number of rows is wanted, not all of
    /// its keys need be known afterwards.
    pub(super) async fn insert_complete(
        &mut self,
        model: ModelId,
        values: Vec<(FieldId, Value)>,
        skip: bool,
        want: Want,
    ) -> Result<Option<Written>> {
        let described = self.session.model(model)?;
        if described.discriminator.is_some() {
            let message = format!("`{}` is a delegate; create a row of a model that extends it", described.name);
            return Err(Error::invalid(message));
        }
        if described.base.is_some() {
            if skip {
                let message = format!("rows of `{}` lie in several tables, and none can be left out", described.name);
                return Err(Error::invalid(message));
            }
            return self.insert_parts(model, values).await.map(Some);
        }
        let verdict = self.session.guard().insert(model, &values, skip, false)?;
        if !skip {
            let keys = foreseen::new_keys(described, &values)?;
            if want == Want::Number || keys.is_some() {
                let otherwise = Otherwise::Denied(Operation::Create);
                self.expect((model, Operation::Create), verdict, Must::Give, otherwise).await?;
                let mut values = values;
                values.extend(keys.unwrap_or_default());
                return Ok(Some(Written { values }));
            }
        }
        let rows = self.ask(model, Operation::Create, verdict).await?;
        if let Some(mut row) = self.rows(model, rows)?.pop() {
            // What the database made counts, where it made something.
            let given = values.into_iter().filter(|(field, _)| row.value(*field).is_none()).collect::<Vec<_>>();
            row.values.extend(given);
            return Ok(Some(row));
        }
        if skip {
            let allowed = self.session.guard().allows(model, &values)?;
            if !self.ask(model, Operation::Create, allowed).await?.is_empty() {
                return Ok(None);
            }
        }
        Err(self.session.refused(model)?)
    }

    /// The key fields of rows that a statement has written.
    pub(super) fn rows(&self, model: ModelId, rows: Rows) -> Result<Vec<Written>> {
        let described = self.session.model(model)?;
        let keys = described.key_fields();
        let width = rows.width.max(1);
        let mut cells = rows.cells.into_iter();
        let mut all = Vec::with_capacity(cells.len() / width);
        while cells.len() > 0 {
            let row = cells.by_ref().take(width).zip(&keys);
            let values = row.map(|(cell, field)| Ok((*field, cell.held_by(described.field(*field)?)?)));
            all.push(Written { values: values.collect::<Result<_>>()? });
        }
        Ok(all)
    }

    /// Updates rows; those that the rules leave. An update that the rules of a field forbid in one of them is refused
    /// as a whole.
    pub(super) async fn change(
        &mut self,
        chosen: Chosen<'_>,
        mut values: Vec<(FieldId, Assign)>,
    ) -> Result<Vec<Written>> {
        let Chosen { model, .. } = chosen;
        if values.is_empty() {
            return Ok(Vec::new());
        }
        defaults::touch(self.session.model(model)?, &mut values);
        self.session.seal_changes(model, &mut values).await?;
        self.change_complete(chosen, values).await
    }

    /// The same, with values that are complete and sealed.
    async fn change_complete(&mut self, chosen: Chosen<'_>, values: Vec<(FieldId, Assign)>) -> Result<Vec<Written>> {
        let Chosen { model, .. } = chosen;
        if self.session.model(model)?.base.is_some() {
            return self.change_parts(chosen, values).await;
        }
        let follows = self.session.keeps_what_follows(model, &values)?;
        let remembers = follows || self.session.remembers(model)?;
        let before = if remembers { Some(self.remember(chosen, &values).await?) } else { None };
        let verdict = self.session.guard().update(chosen, &values, Want::Keys)?;
        let open = match self.session.guard().but_for_fields(chosen, &fields(&values))? {
            Some(question) => Some(self.count(model, Operation::Update, question).await?),
            None => None,
        };
        let rows = self.ask(model, Operation::Update, verdict).await?;
        let rows = self.rows(model, rows)?;
        if open.is_some_and(|open| rows.len() < open) {
            return Err(self.session.denied(model, Operation::Update, DeniedReason::NoAccess)?);
        }
        self.note(model, &rows, before, follows).await?;
        Ok(rows)
    }

    /// Changes the one row that matches, or fails as missing. Gives what becomes of its keys. `row` is the row itself, if
    /// it is known which one that is.
    pub(super) async fn change_one(
        &mut self,
        model: ModelId,
        filter: &Filter,
        row: Option<&Written>,
        mut values: Vec<(FieldId, Assign)>,
    ) -> Result<Vec<(FieldId, Value)>> {
        let described = self.session.model(model)?;
        let chosen = Chosen { model, filter, limit: None };
        if !values.is_empty() {
            defaults::touch(described, &mut values);
            self.session.seal_changes(model, &mut values).await?;
            let follows = self.session.keeps_what_follows(model, &values)?;
            let simple = described.base.is_none() && !follows && !self.session.remembers(model)?;
            if simple
                && let Some(keys) = foreseen::changed_keys(described, &values)?
                && self.session.guard().but_for_fields(chosen, &fields(&values))?.is_none()
            {
                let verdict = self.session.guard().update(chosen, &values, Want::Number)?;
                let accepted = !matches!(verdict.returning(), Some(Returning::Keys));
                if accepted || row.is_some() {
                    let must = if accepted { Must::Write(1) } else { Must::Give };
                    self.expect((model, Operation::Update), verdict, must, Otherwise::Missing).await?;
                    if let Some(row) = row.filter(|_| !accepted) {
                        let mut row = row.clone();
                        row.learn(keys.clone());
                        self.note(model, &[row], None, false).await?;
                    }
                    return Ok(keys);
                }
            }
        }
        match self.change_complete(chosen, values).await?.pop() {
            Some(row) => Ok(row.values),
            None => Err(self.session.missing(model)?),
        }
    }

    /// Notes that the rules have to accept what became of some rows, and lets those follow that refer to them.
    pub(super) async fn note(
        &mut self,
        model: ModelId,
        rows: &[Written],
        before: Option<Vec<Before>>,
        follows: bool,
    ) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let before = match before {
            // One row is the same row, also if its id has changed.
            Some(mut before) if rows.len() == 1 && before.len() == 1 => before.pop().map(|only| vec![only.fields]),
            Some(before) => Some(self.matched(model, rows, before)?),
            None => None,
        };
        if let Some(before) = before.as_deref().filter(|_| follows) {
            self.follow(model, rows, before).await?;
        }
        let before = if self.session.remembers(model)? { before } else { None };
        self.updated.push(Updated { model, rows: rows.to_vec(), before });
        Ok(())
    }

    /// How each of some rows was before.
    fn matched(&self, model: ModelId, rows: &[Written], before: Vec<Before>) -> Result<Vec<Vec<Option<Value>>>> {
        let mut left = before.into_iter().map(Some).collect::<Vec<_>>();
        let each = rows.iter().enumerate().map(|(at, row)| {
            let id = self.id(model, row)?;
            let is_it = |before: &Option<Before>| before.as_ref().is_some_and(|before| before.id == id);
            // Both were read in the order of the table, so most often it stands in the same place.
            let place = if left.get(at).is_some_and(is_it) { Some(at) } else { left.iter().position(is_it) };
            let found = place.and_then(|place| left.get_mut(place)).and_then(Option::take);
            found.map(|before| before.fields).ok_or_else(|| {
                Error::invalid("several rows cannot get other ids where it matters how they were before")
            })
        });
        each.collect()
    }

    pub(super) fn id(&self, model: ModelId, row: &Written) -> Result<Vec<Value>> {
        let id = self.session.model(model)?.id.iter();
        let values = id.map(|field| row.value(*field).cloned().ok_or_else(|| Error::internal("a row without its id")));
        values.collect()
    }

    /// How the rows are that an update would change.
    pub(super) async fn remember(&mut self, chosen: Chosen<'_>, values: &[(FieldId, Assign)]) -> Result<Vec<Before>> {
        let verdict = self.session.guard().before(chosen, values)?;
        let rows = self.ask(chosen.model, Operation::Update, verdict).await?;
        self.session.before(chosen.model, rows)
    }

    /// Why an update has changed no row, where it should have changed one.
    pub(super) async fn untouched(
        &mut self,
        chosen: Chosen<'_>,
        values: &[(FieldId, Assign)],
        changed: usize,
    ) -> Result<Error> {
        if let Some(question) = self.session.guard().but_for_fields(chosen, &fields(values))?
            && self.count(chosen.model, Operation::Update, question).await? > changed
        {
            return self.session.denied(chosen.model, Operation::Update, DeniedReason::NoAccess);
        }
        self.session.missing(chosen.model)
    }

    /// Deletes rows; how many.
    pub(super) async fn delete(&mut self, chosen: Chosen<'_>, removal: Removal) -> Result<usize> {
        if self.session.keeps_what_refers(chosen.model, removal)? {
            let verdict = self.session.guard().before_delete(chosen, removal)?;
            let found = self.ask(chosen.model, Operation::Delete, verdict).await?;
            let rows = self.session.whole_rows(chosen.model, found)?;
            self.delete_rows(chosen.model, &rows, removal).await?;
            return Ok(rows.len());
        }
        let verdict = self.session.guard().delete(chosen, removal, Want::Number)?;
        written(&self.ask(chosen.model, Operation::Delete, verdict).await?)
    }

    /// A row as the caller may read it; `None` if he sees no such row.
    pub(super) async fn visible(&mut self, model: ModelId, filter: Filter) -> Result<Option<Written>> {
        let described = self.session.model(model)?;
        let keys = described.key_fields();
        if described.can_hide_id() || !keys.iter().all(|key| described.field(*key).is_ok_and(Field::is_read)) {
            // A row is read without them, or they are not shown.
            let verdict = self.session.guard().keys_of(model, &filter)?;
            let rows = self.ask(model, Operation::Read, verdict).await?;
            return Ok(self.rows(model, rows)?.pop());
        }
        let find = Find { filter, take: Some(1), ..Find::new(model) };
        let rows = self.find(&find).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let values = described.read_fields().zip(rows.cells).map(|((id, field), cell)| Ok((id, cell.held_by(field)?)));
        Ok(Some(Written { values: values.collect::<Result<_>>()? }))
    }

    /// A row that the caller must see, with some of its fields at least: without waiting for it, if its key says what they
    /// hold. Fails as missing.
    pub(super) async fn sighted(&mut self, model: ModelId, filter: Filter, fields: &[FieldId]) -> Result<Written> {
        if let Some(row) = foreseen::row(self.session.model(model)?, &filter, fields)? {
            let find = Find { filter, take: Some(1), ..Find::new(model) };
            let verdict = self.session.guard().find(&find)?;
            self.expect((model, Operation::Read), verdict, Must::Give, Otherwise::Missing).await?;
            return Ok(row);
        }
        match self.visible(model, filter).await? {
            Some(row) => Ok(row),
            None => Err(self.session.missing(model)?),
        }
    }

    /// A row as the caller may read it, and whether he may update it, whichever of its fields; `None` if he sees no such
    /// row. Both are asked at once where the key says which row it is.
    pub(super) async fn visible_and_open(&mut self, model: ModelId, filter: Filter) -> Result<Option<(Written, bool)>> {
        if let Some(row) = foreseen::row(self.session.model(model)?, &filter, &[])?
            && let Verdict::Run(guarded) = self.session.guard().updatable(model, &self.session.key_of(model, &row)?)?
        {
            let query = self.session.engine().query(guarded, QueryKind::Read)?;
            self.settle().await?;
            let open = self.session.send(model, Operation::Update, query, &mut self.scope).await?;
            let seen = self.visible(model, filter).await;
            let open = counted(&open.answer().await?)? == 1;
            return Ok(seen?.map(|row| (row, open)));
        }
        let Some(row) = self.visible(model, filter).await? else { return Ok(None) };
        let open = self.may_update(model, &row).await?;
        Ok(Some((row, open)))
    }

    /// Whether the rules let the caller update a row, whichever of its fields.
    pub(super) async fn may_update(&mut self, model: ModelId, row: &Written) -> Result<bool> {
        let key = self.session.key_of(model, row)?;
        let verdict = self.session.guard().updatable(model, &key)?;
        Ok(self.count(model, Operation::Update, verdict).await? == 1)
    }
}

impl Session {
    /// Rows with every field, as a look before a write gives them.
    pub(super) fn whole_rows(&self, model: ModelId, rows: Rows) -> Result<Vec<Written>> {
        let all = self.before(model, rows)?.into_iter();
        let values =
            |row: Before| (0..).map(FieldId).zip(row.fields).filter_map(|(id, value)| Some((id, value?))).collect();
        Ok(all.map(|row| Written { values: values(row) }).collect())
    }

    pub(super) fn before(&self, model: ModelId, rows: Rows) -> Result<Vec<Before>> {
        let model = self.model(model)?;
        let width = rows.width.max(1);
        let mut cells = rows.cells.into_iter();
        let mut all = Vec::with_capacity(cells.len() / width);
        while cells.len() > 0 {
            let row = cells.by_ref().take(width).zip(model.fields.iter());
            // What was computed is not known any more.
            let fields: Vec<Option<Value>> = row
                .map(|(cell, field)| if field.computed { Ok(None) } else { cell.held_by(field).map(Some) })
                .collect::<Result<_>>()?;
            let id = model.id.iter().filter_map(|id| fields.get(id.index()).cloned().flatten()).collect();
            all.push(Before { id, fields });
        }
        Ok(all)
    }
}

/// How many rows a statement has written that gives none.
pub(super) fn written(rows: &Rows) -> Result<usize> {
    usize::try_from(rows.written).map_err(|_| Error::internal("more rows than can be counted"))
}

/// A row as it was before an update.
pub(super) struct Before {
    pub(super) id: Vec<Value>,
    pub(super) fields: Vec<Option<Value>>,
}

/// `field = value`
pub(super) fn equal(field: FieldId, value: &Value) -> Filter {
    if value.is_null() { Filter::IsNull(field) } else { Filter::Compare(Comparison::Equal, field, value.clone()) }
}
