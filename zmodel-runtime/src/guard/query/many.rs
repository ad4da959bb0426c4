//! Plans that write many rows with few statements, and those that insert or update.

use super::shape::{Insert, InsertMany, Returning, Select, Shape, Upsert};
use super::source::Since;
use super::{Chosen, Guard, Predicate, Source, Verdict};
use crate::error::Result;
use crate::plan::{Assign, Filter, Removal};
use crate::schema::{Comparison, FieldId, ModelId, Provider};
use crate::value::Value;

/// So many rows go into one statement at most: SQLite lets 500 of them be put together.
const ROWS: usize = 256;

/// So many values at most: what a database takes is more, and the rules have some of their own.
const VALUES: usize = 16_384;

/// How many of the `left` rows with so many fields go into the next statement. Always a power of two, so that there are
/// few statements with different texts.
pub(crate) fn at_once(left: usize, fields: usize) -> usize {
    let most = left.min(ROWS).min(VALUES / fields.max(1)).max(1);
    1 << most.ilog2()
}

impl<'a> Guard<'a> {
    /// Guards an insert of rows that have values for the same fields, in the same order. `None` if they have to be
    /// inserted one by one: where a rule looks at rows of the same model, each row must see those before it.
    pub(crate) fn insert_many(
        mut self,
        model: ModelId,
        rows: &[Vec<(FieldId, Value)>],
        skip: bool,
    ) -> Result<Option<Verdict>> {
        let Some(sources) = self.open_for_all(model, rows)? else { return Ok(None) };
        if sources.iter().any(Source::is_nothing) {
            return Ok(Some(Verdict::Nothing));
        }
        let described = self.schema.model(model)?;
        let fields = rows.first().map(|row| row.iter().map(|(id, _)| *id).collect()).unwrap_or_default();
        let mut slots = Vec::with_capacity(rows.len());
        for row in rows {
            let values = row.iter().map(|(id, value)| self.kept(described.field(*id)?, value));
            slots.push(values.collect::<Result<_>>()?);
        }
        let insert = InsertMany { sources, fields, rows: slots, skip, returning: Returning::Keys };
        self.finish(Shape::InsertMany(insert)).map(Some)
    }

    /// Guards the question whether the rules allow every one of some new rows.
    pub(crate) fn allows_all(mut self, model: ModelId, rows: &[Vec<(FieldId, Value)>]) -> Result<Verdict> {
        match self.open_for_all(model, rows)? {
            Some(sources) if !sources.iter().any(Source::is_nothing) => self.finish(Shape::AdmitsAll(sources)),
            _ => Ok(Verdict::Nothing),
        }
    }

    fn open_for_all(&mut self, model: ModelId, rows: &[Vec<(FieldId, Value)>]) -> Result<Option<Vec<Source>>> {
        let mut sources = Vec::with_capacity(rows.len());
        for row in rows {
            let source = self.open_for_new(model, row)?;
            let asks = !source.is_nothing() && !source.is_everything();
            // PostgreSQL does not know the types of values that stand in a SELECT put together of several.
            if asks && (source.rows().looks_at(model) || self.provider != Provider::Sqlite) {
                return Ok(None);
            }
            sources.push(source);
        }
        Ok(Some(sources))
    }

    /// Guards the check of rows that were just updated, each of which the rules compare with what it was: those are
    /// counted that they accept. `None` if they accept any.
    pub(crate) fn updated_since(mut self, model: ModelId, rows: &[Since<'a>]) -> Result<Option<Verdict>> {
        let Some(source) = self.open_since(model, rows)? else { return Ok(None) };
        self.finish(Shape::Count(Select::new(source, Predicate::TRUE))).map(Some)
    }

    /// Guards a look at the rows that a delete is about, before it.
    pub(crate) fn before_delete(mut self, chosen: Chosen<'_>, removal: Removal) -> Result<Verdict> {
        let mutation = self.open_for_delete(chosen, removal)?;
        mutation.map_or(Ok(Verdict::Nothing), |mutation| self.finish(Shape::Before(mutation)))
    }

    /// Guards a delete of rows that a look before it has chosen, by their ids. The rules about it are asked again.
    pub(crate) fn delete_chosen(mut self, model: ModelId, ids: &Filter, removal: Removal) -> Result<Verdict> {
        let source = self.open_for_removal(model, &[], removal)?;
        let mutation = self.mutation(source, Chosen { model, filter: ids, limit: None })?;
        mutation.map_or(Ok(Verdict::Nothing), |mutation| self.remove(mutation))
    }

    /// Guards an upsert as one statement. `None` if the rules do not permit that: the caller must be one who may insert
    /// this row in any case, whatever he leaves behind must be acceptable, and he must be one who may see every row.
    /// Nothing is written, and nothing given back, if there is a row that he may not change.
    pub(crate) fn upsert(
        mut self,
        model: ModelId,
        key: &Filter,
        create: &[(FieldId, Value)],
        update: &[(FieldId, Assign)],
    ) -> Result<Option<Verdict>> {
        let Some(key) = same_key(key, create) else { return Ok(None) };
        let source = self.open_for_new(model, create)?;
        let returning = self.returning(model, true)?;
        if !source.is_everything() || returning != Returning::Row || !self.accepts_every_update(model)? {
            return Ok(None);
        }
        let described = self.schema.model(model)?;
        let there = self.open_for_changes(model, update, &[])?;
        let values = create.iter().map(|(id, value)| Ok((*id, self.kept(described.field(*id)?, value)?)));
        let values = values.collect::<Result<_>>()?;
        let changes = self.assignments(described, update.iter())?;
        let insert = Insert { source, part: None, values, skip: false, returning };
        self.finish(Shape::Upsert(Upsert { insert, key, there, changes })).map(Some)
    }
}

/// The fields of a key that a new row has the same values for.
fn same_key(key: &Filter, create: &[(FieldId, Value)]) -> Option<Vec<FieldId>> {
    let part = |filter: &Filter| match filter {
        Filter::Compare(Comparison::Equal, field, value) => {
            create.iter().any(|(given, other)| given == field && other == value).then_some(*field)
        }
        _ => None,
    };
    match key {
        Filter::All(parts) => parts.iter().map(part).collect(),
        one => part(one).map(|field| vec![field]),
    }
}
