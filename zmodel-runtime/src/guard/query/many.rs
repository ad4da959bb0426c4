//! Plans that write many rows with few statements, and those that insert or update.

use super::shape::{Assignment, InsertMany, Returning, Select, Shape, Upsert};
use super::source::Since;
use super::{Chosen, Guard, Predicate, Source, Verdict, Want};
use crate::error::Result;
use crate::plan::{Assign, Filter, Removal};
use crate::schema::{Comparison, FieldId, ModelId, Operation, Provider};
use crate::value::Value;

/// So many rows go into one statement at most: SQLite lets 500 of them be put together. Where a statement is a way over
/// the network and back, there are more.
const fn most_rows(provider: Provider) -> usize {
    if matches!(provider, Provider::Sqlite) { 256 } else { 1024 }
}

/// So many are few.
const FEW: usize = 8;

/// So many values at most: what a database takes is more, and the rules have some of their own.
const VALUES: usize = 16_384;

/// How many of the `left` rows with so many fields go into the next statement: a few together, or a power of two, so that
/// there are few statements with different texts.
pub(crate) fn at_once(provider: Provider, left: usize, fields: usize) -> usize {
    let most = left.min(most_rows(provider)).min(VALUES / fields.max(1)).max(1);
    if most <= FEW { most } else { 1 << most.ilog2() }
}

impl<'a> Guard<'a> {
    /// Guards an insert of rows that have values for the same fields, in the same order. `None` if they have to be
    /// inserted one by one: where a rule looks at rows of the same model, each row must see those before it; and of rows
    /// that are given nothing SQL makes one at a time.
    pub(crate) fn insert_many(
        mut self,
        model: ModelId,
        rows: &[Vec<(FieldId, Value)>],
        skip: bool,
        want: Want,
    ) -> Result<Option<Verdict>> {
        if rows.first().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
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
        let returning = if want == Want::Number { Returning::Nothing } else { Returning::Keys };
        let insert = InsertMany { sources, fields, rows: slots, skip, returning };
        self.finish(Shape::InsertMany(insert)).map(Some)
    }

    /// Guards the question whether the rules allow every one of some new rows.
    pub(crate) fn allows_all(mut self, model: ModelId, rows: &[Vec<(FieldId, Value)>]) -> Result<Verdict> {
        match self.open_for_all(model, rows)? {
            Some(sources) => self.finish(Shape::AdmitsAll(sources)),
            None => Ok(Verdict::Nothing),
        }
    }

    fn open_for_all(&mut self, model: ModelId, rows: &[Vec<(FieldId, Value)>]) -> Result<Option<Vec<Source>>> {
        let mut sources = Vec::with_capacity(rows.len());
        for row in rows {
            let source = self.open_for_new(model, row)?;
            if source.rows().looks_at(model) {
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

    /// Guards upserts of rows with different keys as one statement. `None` if the rules or the rows do not permit that:
    /// the caller must be one who may insert these rows in any case, and whatever he leaves behind must be acceptable;
    /// the rows must have values for the same fields, and be changed alike or to what their new rows have. A row that
    /// is there and that he may not change is not written, and not given back. If whole rows are wanted, he must
    /// be one who may see every row.
    pub(crate) fn upsert(mut self, model: ModelId, rows: &[Upserted], want: Want) -> Result<Option<Verdict>> {
        let Some((key, changes)) = alike(rows) else { return Ok(None) };
        let Some(first) = rows.first() else { return Ok(None) };
        let mut sources = Vec::with_capacity(rows.len());
        for row in rows {
            let source = self.open_for_new(model, &row.create)?;
            if !source.is_everything() {
                return Ok(None);
            }
            sources.push(source);
        }
        if !self.accepts_every_update(model)? {
            return Ok(None);
        }
        let changed: Vec<FieldId> = first.update.iter().map(|(field, _)| *field).collect();
        let returning = match want {
            Want::Row => self.returning(model, Operation::Update, &changed)?,
            Want::Keys | Want::Number => self.keys(model)?,
        };
        // Who may not read what he has written hears whether it was an insert or an update.
        if want == Want::Row && !matches!(&returning, Returning::Row(source) if !source.lacks_rows()) {
            return Ok(None);
        }
        let described = self.schema.model(model)?;
        let there = self.open_for_changes(model, &first.update, &[])?;
        // Where a rule looks at rows of the same model, each must see what became of those before it.
        if rows.len() > 1 && there.rows().looks_at(model) {
            return Ok(None);
        }
        let mut slots = Vec::with_capacity(rows.len());
        for row in rows {
            let values = row.create.iter().map(|(id, value)| self.kept(described.field(*id)?, value));
            slots.push(values.collect::<Result<_>>()?);
        }
        let mut assigned = self.assignments(described, first.update.iter())?;
        for ((_, assignment), given) in assigned.iter_mut().zip(changes) {
            if given {
                *assignment = Assignment::Given;
            }
        }
        let fields = first.create.iter().map(|(id, _)| *id).collect();
        let insert = InsertMany { sources, fields, rows: slots, skip: false, returning };
        self.finish(Shape::Upsert(Upsert { insert, key, there, changes: assigned })).map(Some)
    }
}

/// A row to insert, or to change if there is one with the key.
pub(crate) struct Upserted {
    pub(crate) key: Filter,
    pub(crate) create: Vec<(FieldId, Value)>,
    pub(crate) update: Vec<(FieldId, Assign)>,
}

/// The fields of the key of rows that can be upserted in one statement, and of each change whether it is to what the new
/// row has.
fn alike(rows: &[Upserted]) -> Option<(Vec<FieldId>, Vec<bool>)> {
    let first = rows.first()?;
    let key = same_key(&first.key, &first.create)?;
    let given = |row: &Upserted, field: FieldId| {
        row.create.iter().find(|(given, _)| *given == field).map(|(_, value)| value.clone())
    };
    let mut keys: Vec<Vec<Option<Value>>> = Vec::with_capacity(rows.len());
    for row in rows {
        let same_fields = row.create.iter().map(|(id, _)| id).eq(first.create.iter().map(|(id, _)| id))
            && row.update.iter().map(|(id, _)| id).eq(first.update.iter().map(|(id, _)| id));
        let own: Vec<Option<Value>> = key.iter().map(|field| given(row, *field)).collect();
        // A row that comes twice is changed the second time.
        if !same_fields || same_key(&row.key, &row.create)? != key || keys.contains(&own) {
            return None;
        }
        keys.push(own);
    }
    let changes = first.update.iter().enumerate().map(|(at, (field, assign))| {
        if rows.iter().all(|row| row.update.get(at).is_some_and(|(_, other)| other == assign)) {
            return Some(false);
        }
        let is_given = |row: &Upserted| match row.update.get(at) {
            Some((_, Assign::Set(value))) => given(row, *field).as_ref() == Some(value),
            _ => false,
        };
        rows.iter().all(is_given).then_some(true)
    });
    Some((key, changes.collect::<Option<_>>()?))
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
