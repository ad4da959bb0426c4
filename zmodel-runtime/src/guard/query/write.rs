//! Plans that write.

use super::shape::{Assignment, Insert, Limit, Linking, Mutation, Predicate, Returning, Select, Shape};
use super::{Guard, Link, Sight, Slot, Source, Verdict};
use crate::error::{Error, Result};
use crate::plan::{Assign, Filter, Known, Removal};
use crate::schema::{Comparison, Default, Field, FieldId, Model, ModelId, Operation, Provider, RelationId};
use crate::secret::is_sealed;
use crate::value::{Value, now};

/// Proof that a part of a row is written whose other part the rules have let through. Only this module has one.
pub(super) struct OnlyARest(());

const ONLY_A_REST: OnlyARest = OnlyARest(());

/// The rows that a write is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen<'p> {
    pub(crate) model: ModelId,
    pub(crate) filter: &'p Filter,
    /// At most so many, of those that the rules leave.
    pub(crate) limit: Option<u32>,
}

/// What is wanted of the rows that a statement writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// The row as the caller may read it.
    Row,
    /// What it takes to find them.
    Keys,
    /// How many they are.
    Number,
}

impl Guard<'_> {
    /// Guards an insert. `values` are complete: what the caller gave and what the defaults add. With `skip` a row that
    /// a unique constraint refuses is left out; with `all` the whole row is wanted, if the statement can give it.
    pub(crate) fn insert(
        mut self,
        model: ModelId,
        values: &[(FieldId, Value)],
        skip: bool,
        all: bool,
    ) -> Result<Verdict> {
        let source = self.open_for_new(model, values)?;
        if source.is_nothing() {
            return Ok(Verdict::Nothing);
        }
        let returning = if all { self.returning(model, Operation::Create, &[])? } else { Returning::Keys };
        let described = self.schema.model(model)?;
        let values: Result<Vec<(FieldId, Slot)>> =
            values.iter().map(|(id, value)| Ok((*id, self.kept(described.field(*id)?, value)?))).collect();
        self.finish(Shape::Insert(Insert { source, part: None, values: values?, skip, returning }))
    }

    /// Guards the insert of one part of a row of a model that extends a delegate: in the table of `part`, or in its own.
    /// The rules are asked with the `first` part, about the whole row.
    pub(crate) fn insert_part(
        mut self,
        model: ModelId,
        part: Option<ModelId>,
        values: &[(FieldId, Value)],
        first: bool,
    ) -> Result<Verdict> {
        let source = if first {
            self.open_for_new(model, values)?
        } else {
            self.open_for_rest(model, Operation::Create, &ONLY_A_REST)
        };
        if source.is_nothing() {
            return Ok(Verdict::Nothing);
        }
        let described = self.schema.model(model)?;
        let mut slots = Vec::new();
        for (id, value) in values {
            let field = described.field(*id)?;
            if field.inherited == part || described.id.contains(id) {
                slots.push((*id, self.kept(field, value)?));
            }
        }
        self.finish(Shape::Insert(Insert { source, part, values: slots, skip: false, returning: Returning::Id }))
    }

    /// Guards the question whether the rules allow a new row.
    pub(crate) fn allows(mut self, model: ModelId, values: &[(FieldId, Value)]) -> Result<Verdict> {
        let source = self.open_for_new(model, values)?;
        if source.is_nothing() { Ok(Verdict::Nothing) } else { self.finish(Shape::Admits(source)) }
    }

    pub(super) fn open_for_new(&mut self, id: ModelId, values: &[(FieldId, Value)]) -> Result<Source> {
        let model = self.schema.model(id)?;
        writable(model)?;
        // The rules are asked before the row exists: what the database will make is not known to them.
        let made_later = |field: &Field| matches!(field.default, Some(Default::AutoIncrement | Default::Database(_)));
        let mut row: Vec<Option<Value>> = model
            .fields
            .iter()
            .map(|field| if made_later(field) || field.computed { None } else { Some(Value::Null) })
            .collect();
        for (at, (field, value)) in values.iter().enumerate() {
            // Input that cannot be used is said to be so before the rules are asked.
            value.check()?;
            if values.iter().take(at).any(|(earlier, _)| earlier == field) {
                return Err(two_values(model, *field)?);
            }
            may_be_given(model, *field)?;
            *row.get_mut(field.index()).ok_or(crate::schema::Broken)? = Some(value.clone());
        }
        self.open_for_insert(id, &row)
    }

    /// Guards an update. It gives what is wanted, if no rule looks at what the update leaves behind; otherwise the keys.
    pub(crate) fn update(mut self, chosen: Chosen<'_>, values: &[(FieldId, Assign)], want: Want) -> Result<Verdict> {
        let model = self.schema.model(chosen.model)?;
        writable(model)?;
        let Some(mut mutation) = self.open_chosen(chosen, values)? else { return Ok(Verdict::Nothing) };
        if want != Want::Keys && self.accepts_every_update(chosen.model)? {
            mutation.returning = match want {
                Want::Row => {
                    let fields: Vec<FieldId> = values.iter().map(|(field, _)| *field).collect();
                    self.returning(chosen.model, Operation::Update, &fields)?
                }
                Want::Keys | Want::Number => Returning::Nothing,
            };
        }
        let slots = self.assignments(model, values.iter())?;
        self.finish(Shape::Update(mutation, None, slots))
    }

    /// Guards the update of one part of rows that were chosen under the rules, by their ids.
    pub(crate) fn update_part(
        mut self,
        model: ModelId,
        part: Option<ModelId>,
        ids: &Filter,
        values: &[(FieldId, Assign)],
    ) -> Result<Verdict> {
        let described = self.schema.model(model)?;
        writable(described)?;
        let source = self.open_for_rest(model, Operation::Update, &ONLY_A_REST);
        let (source, filter) = self.chosen(source, ids)?;
        let here = |(id, _): &&(FieldId, Assign)| described.field(*id).is_ok_and(|field| field.inherited == part);
        let slots = self.assignments(described, values.iter().filter(here))?;
        let mutation = Mutation { source, filter, take: None, direct: false, returning: Returning::Id };
        self.finish(Shape::Update(mutation, part, slots))
    }

    pub(super) fn assignments<'v>(
        &mut self,
        model: &Model,
        values: impl Iterator<Item = &'v (FieldId, Assign)>,
    ) -> Result<Vec<(FieldId, Assignment)>> {
        let mut slots: Vec<(FieldId, Assignment)> = Vec::new();
        for (id, assign) in values {
            let field = model.field(*id)?;
            if slots.iter().any(|(given, _)| given == id) {
                return Err(two_values(model, *id)?);
            }
            may_be_given(model, *id)?;
            let mut kept = |value: &Value| self.kept(field, value);
            let assigned = match assign {
                Assign::Set(value) => Assignment::Set(kept(value)?),
                Assign::Increment(value) => Assignment::Add(kept(value)?),
                Assign::Decrement(value) => Assignment::Subtract(kept(value)?),
                Assign::Multiply(value) => Assignment::Multiply(kept(value)?),
                Assign::Divide(value) => Assignment::Divide(kept(value)?),
                Assign::Push(values) => Assignment::Append(kept(&Value::List(values.clone()))?),
            };
            slots.push((*id, assigned));
        }
        Ok(slots)
    }

    /// A slot for what a field is to keep. What the database must not know has been sealed before it comes here.
    pub(super) fn kept(&mut self, field: &Field, value: &Value) -> Result<Slot> {
        let value = self.sealed(field, value)?;
        Ok(self.slot_for_column(value))
    }

    /// What a field is to keep: sealed, if it must be.
    #[expect(clippy::unused_self, reason = "what a guard lets through is said by a guard")]
    pub(super) fn sealed(&self, field: &Field, value: &Value) -> Result<Value> {
        if field.computed {
            return Err(Error::invalid(format!("`{}` is computed, and cannot be written", field.name)));
        }
        if let Some(secret) = field.secret {
            let values = if let Value::List(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
            let sealed = |value: &Value| match value {
                Value::Null => true,
                Value::Text(text) => is_sealed(secret, text),
                _ => false,
            };
            if !values.iter().all(sealed) {
                return Err(Error::internal("a value on its way to the database is not sealed"));
            }
        }
        Ok(value.clone().kept_in(field))
    }

    /// Guards a look at the rows that an update is about, before it.
    pub(crate) fn before(mut self, chosen: Chosen<'_>, values: &[(FieldId, Assign)]) -> Result<Verdict> {
        let mutation = self.open_chosen(chosen, values)?;
        mutation.map_or(Ok(Verdict::Nothing), |mutation| self.finish(Shape::Before(mutation)))
    }

    /// Guards the question how many rows the rules of the model alone would let an update through. `None` if no field
    /// that it changes has rules of its own, so that these cannot have stopped it.
    pub(crate) fn but_for_fields(mut self, chosen: Chosen<'_>, fields: &[FieldId]) -> Result<Option<Verdict>> {
        let model = self.schema.model(chosen.model)?;
        let ruled = |id: &FieldId| model.field(*id).is_ok_and(|field| field.has_rules_about(Operation::Update));
        if !fields.iter().any(ruled) {
            return Ok(None);
        }
        let Some(Mutation { source, filter, take, .. }) = self.open_chosen(chosen, &[])? else { return Ok(None) };
        self.finish(Shape::Count(count_of(source, filter, take))).map(Some)
    }

    /// Guards the question whether a row may be updated, whichever of its fields.
    pub(crate) fn updatable(mut self, model: ModelId, key: &Filter) -> Result<Verdict> {
        match self.open_chosen(Chosen { model, filter: key, limit: None }, &[])? {
            Some(Mutation { source, filter, .. }) => self.finish(Shape::Count(count_of(source, filter, None))),
            None => Ok(Verdict::Nothing),
        }
    }

    /// Guards the check of rows that were just updated: those are counted that the rules accept. `None` if they accept
    /// any.
    pub(crate) fn updated(mut self, model: ModelId, key: &Filter) -> Result<Option<Verdict>> {
        let source = self.open(model, &[Operation::PostUpdate])?;
        if source.is_everything() {
            return Ok(None);
        }
        let (source, filter) = self.chosen(source, key)?;
        self.finish(Shape::Count(count_of(source, filter, None))).map(Some)
    }

    /// Guards a delete. The whole row is wanted, if the statement can give it.
    pub(crate) fn delete(mut self, chosen: Chosen<'_>, removal: Removal, want: Want) -> Result<Verdict> {
        let Some(mut mutation) = self.open_for_delete(chosen, removal)? else { return Ok(Verdict::Nothing) };
        mutation.returning = match want {
            Want::Row => self.returning(chosen.model, Operation::Delete, &[])?,
            Want::Keys => self.keys(chosen.model)?,
            Want::Number => Returning::Nothing,
        };
        // What is marked is no more as it was when it could be read.
        if mutation.source.marks() && matches!(&mutation.returning, Returning::Row(source) if !source.is_everything()) {
            mutation.returning = self.keys(chosen.model)?;
        }
        self.remove(mutation)
    }

    /// Takes rows away, or marks them, as their table was opened.
    pub(super) fn remove(mut self, mutation: Mutation) -> Result<Verdict> {
        if !mutation.source.marks() {
            return self.finish(Shape::Delete(mutation));
        }
        let now = self.slot_for_column(Value::DateTime(now()));
        self.finish(Shape::MarkDeleted(mutation, now))
    }

    /// What the caller may delete of what he chose.
    pub(super) fn open_for_delete(&mut self, chosen: Chosen<'_>, removal: Removal) -> Result<Option<Mutation>> {
        let model = self.schema.model(chosen.model)?;
        writable(model)?;
        let source = self.open_for_removal(chosen.model, reads(model, chosen.filter), removal)?;
        self.mutation(source, chosen)
    }

    /// Guards a restore: the caller must be one who may delete the row and may change its mark, and the rows are those
    /// that are marked.
    pub(crate) fn restore(mut self, chosen: Chosen<'_>) -> Result<Verdict> {
        let model = self.schema.model(chosen.model)?;
        let Some(mark) = model.deleted else { return Err(never_deleted(model)) };
        let part = model.field(mark)?.inherited;
        let Some(mut mutation) = self.open_for_restore(chosen)? else { return Ok(Verdict::Nothing) };
        mutation.returning = self.keys(chosen.model)?;
        let nothing = self.slot_for_column(Value::Null);
        self.finish(Shape::Update(mutation, part, vec![(mark, Assignment::Set(nothing))]))
    }

    /// Guards a look at the rows that a restore is about, before it.
    pub(crate) fn before_restore(mut self, chosen: Chosen<'_>) -> Result<Verdict> {
        let mutation = self.open_for_restore(chosen)?;
        mutation.map_or(Ok(Verdict::Nothing), |mutation| self.finish(Shape::Before(mutation)))
    }

    fn open_for_restore(&mut self, chosen: Chosen<'_>) -> Result<Option<Mutation>> {
        let model = self.schema.model(chosen.model)?;
        let Some(mark) = model.deleted else { return Err(never_deleted(model)) };
        let also = [&[Operation::Delete], reads(model, chosen.filter)].concat();
        let source = self.open_for_update(chosen.model, &[mark], &[], &also, Sight::Deleted)?;
        self.mutation(source, chosen)
    }

    /// Guards a link between two rows, which is made or taken away if both may be updated.
    pub(crate) fn link(
        mut self,
        model: ModelId,
        relation: RelationId,
        here: &Value,
        there: &Value,
        on: bool,
    ) -> Result<Verdict> {
        let described = self.schema.model(model)?.relation(relation)?;
        let link = Link::of(model, relation, described).ok_or(crate::schema::Broken)?;
        let (near, far) = super::link::ends(described)?;
        let mut allowed = Vec::with_capacity(2);
        for (model, field, value) in [(model, near, here), (described.target, far, there)] {
            let source = self.open_for_update(model, &[], &[], &[], self.sight)?;
            if source.is_nothing() {
                return Ok(Verdict::Nothing);
            }
            let key = Filter::Known(Known(Box::new(Filter::Compare(Comparison::Equal, field, value.clone()))));
            let (source, filter) = self.chosen(source, &key)?;
            allowed.push(Predicate::exists(source, filter));
        }
        let (here, there) = (self.slot_for_column(here.clone()), self.slot_for_column(there.clone()));
        self.finish(Shape::Link(Linking { link, here, there, allowed: Predicate::all(allowed), on }))
    }

    /// What a caller who gives fields these values may change of what he chose.
    fn open_chosen(&mut self, chosen: Chosen<'_>, values: &[(FieldId, Assign)]) -> Result<Option<Mutation>> {
        let reads = reads(self.schema.model(chosen.model)?, chosen.filter);
        let source = self.open_for_changes(chosen.model, values, reads)?;
        self.mutation(source, chosen)
    }

    /// The rows of `model` in which the caller may give fields these values, of those that he may `also` do something
    /// else with.
    pub(super) fn open_for_changes(
        &mut self,
        model: ModelId,
        values: &[(FieldId, Assign)],
        also: &[Operation],
    ) -> Result<Source> {
        let fields: Vec<FieldId> = values.iter().map(|(field, _)| *field).collect();
        // Whether a number can be calculated depends on what it was: it must be one that the caller may see.
        let calculated = values.iter().filter(|(_, assign)| match assign {
            Assign::Increment(_) | Assign::Decrement(_) | Assign::Multiply(_) | Assign::Divide(_) => true,
            Assign::Set(_) | Assign::Push(_) => false,
        });
        let seen: Vec<FieldId> = calculated.map(|(field, _)| *field).collect();
        self.open_for_update(model, &fields, &seen, also, self.sight)
    }

    /// The chosen rows of `source`.
    pub(super) fn mutation(&mut self, source: Source, chosen: Chosen<'_>) -> Result<Option<Mutation>> {
        if source.is_nothing() {
            return Ok(None);
        }
        let (source, filter) = self.chosen(source, chosen.filter)?;
        if filter == Predicate::FALSE {
            return Ok(None);
        }
        let take = chosen.limit.map(|limit| self.slot_for_column(Value::Int(limit.into())));
        // PostgreSQL asks again of a row that it had to wait for, but of that row alone: where more is asked, the rows are
        // locked where they are chosen.
        let alone = self.provider == Provider::Sqlite || source.is_local() && filter.is_local();
        let direct = alone && take.is_none() && source.is_bare() && self.schema.model(chosen.model)?.base.is_none();
        let returning = self.keys(chosen.model)?;
        Ok(Some(Mutation { source, filter, take, direct, returning }))
    }

    /// The fields by which a row is found; the rest of a row in several tables is not at hand.
    pub(super) fn keys(&self, model: ModelId) -> Result<Returning> {
        Ok(if self.schema.model(model)?.base.is_some() { Returning::Id } else { Returning::Keys })
    }

    /// The whole row as the caller may read it, where the statement that writes `fields` of it can tell; otherwise the
    /// keys, with which it is read back.
    ///
    /// What the rules ask of the row is asked of what the statement makes of it (of what was there, for a delete). What
    /// they ask of others is answered as of the start of the statement, so these must be such as it does not touch.
    pub(super) fn returning(&mut self, id: ModelId, operation: Operation, fields: &[FieldId]) -> Result<Returning> {
        let model = self.schema.model(id)?;
        if model.base.is_some() {
            return Ok(Returning::Id);
        }
        let before = self.params.len();
        let source = self.open_as_it_is(id)?;
        let others_stay = || match operation {
            Operation::Create => true,
            // The database may change what refers to a key that changes.
            Operation::Update => {
                let keys = model.key_fields();
                fields.iter().all(|field| !keys.contains(field))
            }
            // The database may delete what refers to the row.
            _ => false,
        };
        if !source.is_computed() && (source.is_local() || !source.looks_at_others_of(id) && others_stay()) {
            return Ok(Returning::Row(Box::new(source)));
        }
        self.params.truncate(before);
        Ok(Returning::Keys)
    }

    /// Whether the caller alone decides that whatever an update of `model` leaves behind is acceptable.
    pub(super) fn accepts_every_update(&mut self, model: ModelId) -> Result<bool> {
        // Opened only to look at it: nothing of it comes into the statement.
        Ok(self.anew().open(model, &[Operation::PostUpdate])?.is_everything())
    }
}

fn count_of(source: Source, filter: Predicate, take: Option<Slot>) -> Select {
    Select { take: take.map(Limit::Slot), ..Select::new(source, filter) }
}

/// A field can be given by its name, and as the key of a relation.
fn two_values(model: &Model, field: FieldId) -> Result<Error> {
    let name = &model.field(field)?.name;
    Ok(Error::invalid(format!("`{}.{name}` is given twice; give either the relation or its key", model.name)))
}

/// A view is made of other tables; it is they that are written.
fn writable(model: &Model) -> Result<()> {
    if model.view {
        Err(Error::invalid(format!("`{}` is a view, which cannot be written", model.name)))
    } else {
        Ok(())
    }
}

/// When a row was deleted is for deletes and restores to say.
fn may_be_given(model: &Model, field: FieldId) -> Result<()> {
    if model.deleted != Some(field) {
        return Ok(());
    }
    let (model, field) = (&model.name, &model.field(field)?.name);
    Err(Error::invalid(format!(
        "`{model}.{field}` says when a row was deleted, and is not given; delete or restore the row"
    )))
}

fn never_deleted(model: &Model) -> Error {
    Error::invalid(format!("no row of `{}` can be restored: none of its fields is marked `@deletedAt`", model.name))
}

/// What the caller must be able to do besides with the rows that a filter chooses. A key can be known without having
/// been read. Any further condition looks at the row, so it may only look at rows that the caller can read; else the
/// outcome would tell what they hold.
fn reads(model: &Model, filter: &Filter) -> &'static [Operation] {
    if *filter == Filter::Constant(true) || is_key(model, filter) { &[] } else { &[Operation::Read] }
}

/// Whether a filter gives each field of one unique constraint a value, and says nothing else.
fn is_key(model: &Model, key: &Filter) -> bool {
    if let Filter::Known(_) = key {
        return true;
    }
    let parts = if let Filter::All(parts) = key { parts.as_slice() } else { std::slice::from_ref(key) };
    let has = |field: FieldId| {
        parts.iter().any(|part| matches!(part, Filter::Compare(Comparison::Equal, given, _) if *given == field))
    };
    let mut constraints = std::iter::once(&model.id).chain(model.uniques.iter().map(|unique| &unique.fields));
    constraints.any(|unique| unique.len() == parts.len() && unique.iter().all(|field| has(*field)))
}
