//! Plans that write.

use std::collections::BTreeSet;

use super::shape::{Insert, Mutation, Predicate, Select, Shape};
use super::{Guard, Slot, Source, Verdict};
use crate::error::{Error, Result};
use crate::plan::{self, Filter};
use crate::schema::{Comparison, Default, Field, FieldId, Model, ModelId, Operation};
use crate::value::Value;

impl Guard<'_> {
    /// Guards an insert. `values` are complete: what the caller gave and what the defaults add.
    pub(crate) fn create(mut self, plan: &plan::Create) -> Result<Verdict> {
        let model = self.schema.model(plan.model)?;
        // The rules are asked before the row exists: what the database will make is not known to them.
        let made_later = |field: &Field| matches!(field.default, Some(Default::AutoIncrement | Default::Database(_)));
        let mut row: Vec<Option<Value>> =
            model.fields.iter().map(|field| if made_later(field) { None } else { Some(Value::Null) }).collect();
        let mut given = BTreeSet::new();
        for (field, value) in &plan.values {
            // Input that cannot be used is said to be so before the rules are asked.
            value.check()?;
            if !given.insert(*field) {
                return Err(Error::internal("a field has two values"));
            }
            *row.get_mut(field.index()).ok_or(crate::schema::Broken)? = Some(value.clone());
        }
        let source = self.open_for_insert(plan.model, &row)?;
        if source.is_nothing() {
            return Ok(Verdict::Nothing);
        }
        let visible = plan.includes.is_empty() && self.sees_everything(plan.model)?;
        let values = self.slots(plan.model, &plan.values)?;
        self.finish(Shape::Insert(Insert { source, values, visible }))
    }

    /// Guards an update.
    pub(crate) fn update(mut self, plan: &plan::Update) -> Result<Verdict> {
        let fields: Vec<FieldId> = plan.values.iter().map(|(field, _)| *field).collect();
        let source = self.open_for_update(plan.model, &fields, plan.when.is_some())?;
        let Some(mut mutation) = self.mutation(source, &plan.key, plan.when.as_ref())? else {
            return Ok(Verdict::Nothing);
        };
        mutation.visible &= plan.includes.is_empty() && self.accepts_every_update(plan.model)?;
        let values = self.slots(plan.model, &plan.values)?;
        self.finish(Shape::Update(mutation, values))
    }

    /// Guards a look at the row that an update is about, before it is updated.
    pub(crate) fn before(mut self, plan: &plan::Update) -> Result<Verdict> {
        let source = self.open_for_update(plan.model, &[], plan.when.is_some())?;
        let mutation = self.mutation(source, &plan.key, plan.when.as_ref())?;
        mutation.map_or(Ok(Verdict::Nothing), |mutation| self.finish(Shape::Before(mutation)))
    }

    /// Guards the question whether the rules of the model alone would let an update through. `None` if no field that
    /// it changes has rules of its own, so that these cannot have stopped it.
    pub(crate) fn but_for_fields(mut self, plan: &plan::Update) -> Result<Option<Verdict>> {
        let model = self.schema.model(plan.model)?;
        let ruled = |(field, _): &(FieldId, Value)| {
            model.field(*field).is_ok_and(|field| field.has_rules_about(Operation::Update))
        };
        if !plan.values.iter().any(ruled) {
            return Ok(None);
        }
        let source = self.open_for_update(plan.model, &[], plan.when.is_some())?;
        let Some(Mutation { source, filter, .. }) = self.mutation(source, &plan.key, plan.when.as_ref())? else {
            return Ok(None);
        };
        let select = Select { source, filter, order: Vec::new(), take: None, skip: None, includes: Vec::new() };
        self.finish(Shape::Count(select)).map(Some)
    }

    /// Guards the check of a row that was just updated: it is found if the rules accept it. `None` if they accept any.
    pub(crate) fn updated(mut self, model: ModelId, key: &Filter) -> Result<Option<Verdict>> {
        let source = self.open(model, &[Operation::PostUpdate])?;
        if source.is_everything() {
            return Ok(None);
        }
        let filter = self.filter(key, &source)?;
        let select = Select { source, filter, order: Vec::new(), take: None, skip: None, includes: Vec::new() };
        self.finish(Shape::Count(select)).map(Some)
    }

    /// Guards a delete.
    pub(crate) fn delete(mut self, plan: &plan::Delete) -> Result<Verdict> {
        // A key can be known without having been read. Any further condition looks at the row, so it may only look at
        // rows that the caller can read; else the outcome would tell what they hold.
        let operations: &[Operation] =
            if plan.when.is_some() { &[Operation::Delete, Operation::Read] } else { &[Operation::Delete] };
        let source = self.open(plan.model, operations)?;
        let mutation = self.mutation(source, &plan.key, plan.when.as_ref())?;
        mutation.map_or(Ok(Verdict::Nothing), |mutation| self.finish(Shape::Delete(mutation)))
    }

    fn slots(&mut self, model: ModelId, values: &[(FieldId, Value)]) -> Result<Vec<(FieldId, Slot)>> {
        let model = self.schema.model(model)?;
        let slots = values.iter().map(|(id, value)| Ok((*id, self.slot(value.clone().kept_in(model.field(*id)?)))));
        slots.collect()
    }

    /// The rows of `source` with a key. What else is asked of them is asked of rows that the caller can read.
    fn mutation(&mut self, source: Source, key: &Filter, when: Option<&Filter>) -> Result<Option<Mutation>> {
        let model = source.model();
        if source.is_nothing() {
            return Ok(None);
        }
        if !is_key(self.schema.model(model)?, key) {
            return Err(Error::internal("a write to a single row has no key"));
        }
        let key = self.filter(key, &source)?;
        let when = when.map_or(Ok(Predicate::TRUE), |when| self.filter(when, &source))?;
        let filter = Predicate::all([key, when]);
        if filter == Predicate::FALSE {
            return Ok(None);
        }
        let visible = self.sees_everything(model)?;
        Ok(Some(Mutation { source, filter, visible }))
    }

    /// Whether the caller alone decides that every row of `model` can be read.
    fn sees_everything(&mut self, model: ModelId) -> Result<bool> {
        self.is_free(model, Operation::Read)
    }

    /// Whether the caller alone decides that whatever an update of `model` leaves behind is acceptable.
    fn accepts_every_update(&mut self, model: ModelId) -> Result<bool> {
        self.is_free(model, Operation::PostUpdate)
    }

    fn is_free(&mut self, model: ModelId, operation: Operation) -> Result<bool> {
        // Bound only to look at it: what it adds to the parameters is taken back.
        let before = self.params.len();
        let everything = self.open(model, &[operation])?.is_everything();
        self.params.truncate(before);
        Ok(everything)
    }
}

/// Whether a filter gives each field of a unique constraint a value, and so finds one row at most.
fn is_key(model: &Model, key: &Filter) -> bool {
    let part = |filter: &Filter| match filter {
        Filter::Compare(Comparison::Equal, field, _) => Some(*field),
        _ => None,
    };
    let fields: Option<BTreeSet<FieldId>> = match key {
        Filter::All(parts) => parts.iter().map(part).collect(),
        one => part(one).map(|field| BTreeSet::from([field])),
    };
    let mut constraints = std::iter::once(&model.id).chain(model.uniques.iter().map(|unique| &unique.fields));
    fields.is_some_and(|fields| constraints.any(|unique| unique.iter().all(|field| fields.contains(field))))
}
