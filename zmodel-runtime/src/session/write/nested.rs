//! Writes along relations.
//!
//! A row whose foreign key is on its own side needs the row at the other end first; everything else comes after it. The
//! row whose key changes is the one whose update rules are asked; the row at the other end must be one that the caller
//! can see.

use super::steps::equal;
use super::{Writer, Written, foreseen};
use crate::driver::BoxFuture;
use crate::error::{DeniedReason, Error, Result};
use crate::guard::{Chosen, Want};
use crate::plan::{Assign, Changes, CreateMany, Filter, Key, Nested, NestedWrite, New, Removal};
use crate::schema::{FieldId, Model, ModelId, Operation, Relation, RelationId};
use crate::value::Value;

/// A relation of a row that is there.
#[derive(Clone, Copy)]
struct Along<'w> {
    model: ModelId,
    id: RelationId,
    row: &'w Written,
}

impl<'s> Writer<'s> {
    fn relation(&self, model: ModelId, id: RelationId) -> Result<&'s Relation> {
        Ok(self.session.model(model)?.relation(id)?)
    }

    /// Inserts a row, and does what is to be done along its relations.
    pub(super) fn create(&mut self, model: ModelId, new: New) -> BoxFuture<'_, Result<Written>> {
        Box::pin(async move {
            let New { mut values, nested } = new;
            let (before, after) = self.split(model, nested)?;
            for Nested { relation, write } in before {
                let described = self.relation(model, relation)?;
                let there = match write {
                    NestedWrite::Create(new) => self.create(described.target, new).await?,
                    NestedWrite::Connect(key) => self.target(described, key).await?,
                    NestedWrite::ConnectOrCreate(key, new) => self.found_or_new(described.target, key, new).await?,
                    _ => return Err(Error::invalid("a new row can only create or connect what it refers to")),
                };
                values.extend(keys(described, &there)?);
            }
            let inserted = self.insert(model, values, false).await?;
            let row = inserted.ok_or_else(|| Error::internal("an insert without a row"))?;
            self.after(model, &row, after).await?;
            Ok(row)
        })
    }

    /// Changes a row, and does what is to be done along its relations. `None` if there is no such row that the caller
    /// may change; then nothing was done.
    pub(super) async fn update(&mut self, model: ModelId, filter: Filter, changes: Changes) -> Result<Option<Written>> {
        let Changes { values, nested } = changes;
        if nested.is_empty() {
            let Some(mut row) = foreseen::row(self.session.model(model)?, &filter, &[])? else {
                return self.change_if_there(model, &filter, values).await;
            };
            let keys = self.change_one(model, &filter, Some(&row), values).await?;
            row.learn(keys);
            return Ok(Some(row));
        }
        // Along its relations goes only who can see the row.
        let row = match self.needed(model, &nested)? {
            Some(fields) => self.sighted(model, filter, &fields).await?,
            None => match self.visible(model, filter).await? {
                Some(row) => row,
                None => return Ok(None),
            },
        };
        self.update_seen(model, row, values, nested).await.map(Some)
    }

    /// The fields by which rows at the other ends refer to a row. `None` if it refers to some itself.
    fn needed(&self, model: ModelId, nested: &[Nested]) -> Result<Option<Vec<FieldId>>> {
        let mut fields = Vec::new();
        for Nested { relation, .. } in nested {
            let relation = self.relation(model, *relation)?;
            if is_owned(relation) {
                return Ok(None);
            }
            fields.extend(relation.on.iter().map(|(near, _)| *near));
        }
        Ok(Some(fields))
    }

    /// Changes a row that the caller can see, and does what is to be done along its relations.
    fn update_seen(
        &mut self,
        model: ModelId,
        mut row: Written,
        mut values: Vec<(FieldId, Assign)>,
        nested: Vec<Nested>,
    ) -> BoxFuture<'_, Result<Written>> {
        Box::pin(async move {
            let key = self.session.key_of(model, &row)?;
            let (before, after) = self.split(model, nested)?;
            let mut later = Vec::new();
            for Nested { relation, write } in before {
                let along = Along { model, id: relation, row: &row };
                self.owned(along, write, &mut values, &mut later).await?;
            }
            if !values.is_empty() {
                // Its keys may be others now.
                let keys = self.change_one(model, &key, Some(&row), values).await?;
                row.learn(keys);
            }
            for (target, filter) in later {
                self.delete_one(target, &filter).await?;
            }
            self.after(model, &row, after).await?;
            Ok(row)
        })
    }

    async fn change_if_there(
        &mut self,
        model: ModelId,
        filter: &Filter,
        values: Vec<(FieldId, Assign)>,
    ) -> Result<Option<Written>> {
        Ok(self.change(Chosen { model, filter, limit: None }, values).await?.pop())
    }

    async fn delete_one(&mut self, model: ModelId, filter: &Filter) -> Result<()> {
        match self.delete(Chosen { model, filter, limit: None }, Removal::Usual).await? {
            0 => Err(self.session.missing(model)?),
            _ => Ok(()),
        }
    }

    /// Changes a row, or inserts one if there is none that the caller may change.
    pub(super) async fn upsert(
        &mut self,
        model: ModelId,
        filter: Filter,
        create: New,
        update: Changes,
    ) -> Result<(Written, Operation)> {
        let Changes { values, nested } = update;
        let there = if nested.is_empty() && !values.is_empty() {
            self.change_if_there(model, &filter, values).await?
        } else {
            // What was done along the relations of a row must not stay where a new row takes its place; so it is known
            // before whether there is one to change.
            let along_alone = values.is_empty() && !nested.is_empty();
            let found = if along_alone {
                self.visible(model, filter).await?.map(|row| (row, true))
            } else {
                self.visible_and_open(model, filter).await?
            };
            match found {
                Some((row, true)) => Some(self.update_seen(model, row, values, nested).await?),
                _ => None,
            }
        };
        match there {
            Some(row) => Ok((row, Operation::Update)),
            None => Ok((self.create(model, create).await?, Operation::Create)),
        }
    }

    /// What has to be done before the row itself is written, and what after it.
    fn split(&self, model: ModelId, nested: Vec<Nested>) -> Result<(Vec<Nested>, Vec<Nested>)> {
        let described = self.session.model(model)?;
        let mut parts = (Vec::new(), Vec::new());
        for nested in nested {
            let relation = described.relation(nested.relation)?;
            if is_owned(relation) { parts.0.push(nested) } else { parts.1.push(nested) }
        }
        Ok(parts)
    }

    /// A row to refer to: one that the caller can see.
    async fn target(&mut self, relation: &Relation, key: Key) -> Result<Written> {
        let fields: Vec<FieldId> = relation.on.iter().map(|(_, far)| *far).collect();
        self.sighted(relation.target, key.into_filter(), &fields).await
    }

    async fn found_or_new(&mut self, model: ModelId, key: Key, new: New) -> Result<Written> {
        match self.visible(model, key.into_filter()).await? {
            Some(row) => Ok(row),
            None => self.create(model, new).await,
        }
    }

    /// What is done along a relation whose foreign key is in the row itself. What its key becomes is added to
    /// `values`; what has to be deleted once nothing refers to it any more, to `later`.
    async fn owned(
        &mut self,
        along: Along<'_>,
        write: NestedWrite,
        values: &mut Vec<(FieldId, Assign)>,
        later: &mut Vec<(ModelId, Filter)>,
    ) -> Result<()> {
        let relation = self.relation(along.model, along.id)?;
        let target = relation.target;
        let mut refer = |there: &Written| -> Result<()> {
            values.extend(keys(relation, there)?.into_iter().map(|(field, value)| (field, Assign::Set(value))));
            Ok(())
        };
        match write {
            NestedWrite::Create(new) => refer(&self.create(target, new).await?),
            NestedWrite::Connect(key) => refer(&self.target(relation, key).await?),
            NestedWrite::ConnectOrCreate(key, new) => refer(&self.found_or_new(target, key, new).await?),
            NestedWrite::Disconnect(filter) => {
                let there = scope(relation, along.row)?.and(filter);
                if self.visible(target, there).await?.is_some() {
                    values.extend(self.nothing_there(along, relation)?);
                }
                Ok(())
            }
            NestedWrite::Update(filter, changes) => {
                let there = scope(relation, along.row)?.and(filter);
                self.update_or_look(target, there, changes).await
            }
            NestedWrite::Upsert(filter, new, changes) => {
                let there = scope(relation, along.row)?.and(filter);
                if scope_is_null(relation, along.row) {
                    return refer(&self.create(target, new).await?);
                }
                match self.upsert(target, there, new, changes).await? {
                    (row, Operation::Create) => refer(&row),
                    // It is referred to already: the row at hand does not change.
                    _ => Ok(()),
                }
            }
            NestedWrite::Delete(filter) => {
                let there = scope(relation, along.row)?.and(filter);
                let Some(row) = self.visible(target, there).await? else { return Err(self.session.missing(target)?) };
                // A row that is marked is still there to be referred to.
                if self.session.model(target)?.deleted.is_none() {
                    values.extend(self.nothing_there(along, relation)?);
                }
                later.push((target, self.session.key_of(target, &row)?));
                Ok(())
            }
            NestedWrite::CreateMany(..)
            | NestedWrite::Set(_)
            | NestedWrite::UpdateMany(..)
            | NestedWrite::DeleteMany(..) => {
                Err(Error::invalid("a relation to one row is not written like one to many"))
            }
        }
    }

    /// The foreign key of a row that refers to nothing any more.
    fn nothing_there(&self, along: Along<'_>, relation: &Relation) -> Result<Vec<(FieldId, Assign)>> {
        let model: &Model = self.session.model(along.model)?;
        nulls(model, relation.on.iter().map(|(near, _)| *near), &relation.name)
    }

    /// An update that may turn out to change nothing; then it only looks whether the row is there.
    async fn update_or_look(&mut self, model: ModelId, filter: Filter, changes: Changes) -> Result<()> {
        if changes.is_empty() {
            return match self.visible(model, filter).await? {
                Some(_) => Ok(()),
                None => Err(self.session.missing(model)?),
            };
        }
        if changes.nested.is_empty() {
            let row = foreseen::row(self.session.model(model)?, &filter, &[])?;
            return self.change_one(model, &filter, row.as_ref(), changes.values).await.map(drop);
        }
        match self.update(model, filter, changes).await? {
            Some(_) => Ok(()),
            None => Err(self.session.missing(model)?),
        }
    }

    /// Does what is to be done at the other ends of relations, once the row is there.
    async fn after(&mut self, model: ModelId, row: &Written, nested: Vec<Nested>) -> Result<()> {
        let mut nested = nested.into_iter().peekable();
        while let Some(Nested { relation, write }) = nested.next() {
            let along = Along { model, id: relation, row };
            if self.relation(model, relation)?.link.is_some() {
                self.through(along, write).await?;
                continue;
            }
            let mut rows = match write {
                NestedWrite::Create(new) if new.nested.is_empty() => vec![new.values],
                other => {
                    self.referring(along, other).await?;
                    continue;
                }
            };
            // Rows beside each other that bring nothing along are inserted together.
            while let Some(Nested { write: NestedWrite::Create(new), .. }) = nested.next_if(|next| {
                next.relation == relation && matches!(&next.write, NestedWrite::Create(new) if new.nested.is_empty())
            }) {
                rows.push(new.values);
            }
            self.referring(along, NestedWrite::CreateMany(rows, false)).await?;
        }
        Ok(())
    }

    /// What is done along a relation whose foreign key is in the rows at the other end.
    async fn referring(&mut self, along: Along<'_>, write: NestedWrite) -> Result<()> {
        let relation = self.relation(along.model, along.id)?;
        let target = relation.target;
        let here = scope(relation, along.row)?;
        let key: Vec<(FieldId, Value)> = foreign(relation, along.row)?;
        match write {
            NestedWrite::Create(mut new) => {
                new.values.extend(key);
                self.create(target, new).await.map(drop)
            }
            NestedWrite::CreateMany(rows, skip) => {
                let rows = rows.into_iter().map(|mut values| {
                    values.extend(key.iter().cloned());
                    values
                });
                let rows = rows.collect();
                self.create_many(CreateMany { model: target, rows, skip_duplicates: skip }, Want::Number)
                    .await
                    .map(drop)
            }
            NestedWrite::Connect(wanted) => self.refer(relation, along.row, wanted.into_filter()).await,
            NestedWrite::ConnectOrCreate(wanted, mut new) => {
                let filter = wanted.into_filter();
                if self.visible(target, filter.clone()).await?.is_some() {
                    return self.refer(relation, along.row, filter).await;
                }
                new.values.extend(key);
                self.create(target, new).await.map(drop)
            }
            NestedWrite::Disconnect(filter) => self.let_go(relation, here.and(filter)).await,
            NestedWrite::Set(wanted) => {
                let filters: Vec<Filter> = wanted.into_iter().map(Key::into_filter).collect();
                let others = here.and(Filter::Not(Box::new(Filter::Any(filters.clone()))));
                self.let_go(relation, others).await?;
                for filter in filters {
                    self.refer(relation, along.row, filter).await?;
                }
                Ok(())
            }
            NestedWrite::Update(filter, changes) => self.update_or_look(target, here.and(filter), changes).await,
            NestedWrite::Upsert(filter, mut new, changes) => {
                new.values.extend(key);
                self.upsert(target, here.and(filter), new, changes).await.map(drop)
            }
            NestedWrite::UpdateMany(filter, values, limit) => {
                let filter = here.and(filter);
                self.change(Chosen { model: target, filter: &filter, limit }, values).await.map(drop)
            }
            NestedWrite::Delete(filter) => self.delete_one(target, &here.and(filter)).await,
            NestedWrite::DeleteMany(filter, limit) => {
                let filter = here.and(filter);
                self.delete(Chosen { model: target, filter: &filter, limit }, Removal::Usual).await.map(drop)
            }
        }
    }

    /// Makes a row at the other end refer to this one.
    async fn refer(&mut self, relation: &Relation, row: &Written, wanted: Filter) -> Result<()> {
        let target = relation.target;
        let found = self.sighted(target, wanted, &[]).await?;
        let key = self.session.key_of(target, &found)?;
        if !relation.many {
            // There is place for one: whoever has it makes way, if the rules let him.
            let holder = scope(relation, row)?.and(Filter::Not(Box::new(key.clone())));
            let model = self.session.model(target)?;
            if let Ok(nothing) = nulls(model, relation.on.iter().map(|(_, far)| *far), &relation.name) {
                self.change(Chosen { model: target, filter: &holder, limit: None }, nothing).await?;
            }
        }
        let values = foreign(relation, row)?.into_iter().map(|(field, value)| (field, Assign::Set(value))).collect();
        self.change_one(target, &key, Some(&found), values).await.map(drop)
    }

    /// Makes rows at the other end refer to nothing. Those that the caller can see and may not change refuse it.
    async fn let_go(&mut self, relation: &Relation, filter: Filter) -> Result<()> {
        let target = relation.target;
        let model = self.session.model(target)?;
        if self.visible(target, filter.clone()).await?.is_none() {
            return Ok(());
        }
        let nothing = nulls(model, relation.on.iter().map(|(_, far)| *far), &relation.name)?;
        self.change(Chosen { model: target, filter: &filter, limit: None }, nothing).await?;
        if self.visible(target, filter).await?.is_some() {
            return Err(self.session.denied(target, Operation::Update, DeniedReason::NoAccess)?);
        }
        Ok(())
    }

    /// What is done along a relation through a link table.
    async fn through(&mut self, along: Along<'_>, write: NestedWrite) -> Result<()> {
        let Along { model, id, row } = along;
        let relation = self.relation(model, id)?;
        let target = relation.target;
        let here = self.linked(model, id, row)?;
        match write {
            NestedWrite::Create(new) => {
                let there = self.create(target, new).await?;
                self.link(model, id, row, &there).await
            }
            NestedWrite::CreateMany(..) => Err(Error::invalid("rows that are linked are created one by one")),
            NestedWrite::Connect(key) => {
                let there = self.target(relation, key).await?;
                self.link(model, id, row, &there).await
            }
            NestedWrite::ConnectOrCreate(key, new) => {
                let there = self.found_or_new(target, key, new).await?;
                self.link(model, id, row, &there).await
            }
            NestedWrite::Disconnect(filter) => {
                while let Some(there) = self.visible(target, here.clone().and(filter.clone())).await? {
                    self.unlink(model, id, row, &there).await?;
                }
                Ok(())
            }
            NestedWrite::Set(keys) => {
                let filters: Vec<Filter> = keys.into_iter().map(Key::into_filter).collect();
                let others = here.and(Filter::Not(Box::new(Filter::Any(filters.clone()))));
                while let Some(there) = self.visible(target, others.clone()).await? {
                    self.unlink(model, id, row, &there).await?;
                }
                for filter in filters {
                    let Some(there) = self.visible(target, filter).await? else {
                        return Err(self.session.missing(target)?);
                    };
                    self.link(model, id, row, &there).await?;
                }
                Ok(())
            }
            NestedWrite::Update(filter, changes) => {
                let Some(there) = self.visible(target, here.and(filter)).await? else {
                    return Err(self.session.missing(target)?);
                };
                self.update_or_look(target, self.session.key_of(target, &there)?, changes).await
            }
            NestedWrite::Upsert(filter, new, changes) => {
                if let Some(there) = self.visible(target, here.and(filter)).await? {
                    return self.update_or_look(target, self.session.key_of(target, &there)?, changes).await;
                }
                let there = self.create(target, new).await?;
                self.link(model, id, row, &there).await
            }
            NestedWrite::UpdateMany(filter, values, limit) => {
                let filter = here.and(filter);
                self.change(Chosen { model: target, filter: &filter, limit }, values).await.map(drop)
            }
            NestedWrite::Delete(filter) => self.delete_one(target, &here.and(filter)).await,
            NestedWrite::DeleteMany(filter, limit) => {
                let filter = here.and(filter);
                self.delete(Chosen { model: target, filter: &filter, limit }, Removal::Usual).await.map(drop)
            }
        }
    }
}

/// Whether the foreign key is in the row itself.
const fn is_owned(relation: &Relation) -> bool {
    relation.owner && relation.link.is_none()
}

/// The foreign key of a row that refers to `there`.
fn keys(relation: &Relation, there: &Written) -> Result<Vec<(FieldId, Value)>> {
    let pairs = relation.on.iter().map(|(near, far)| match there.value(*far) {
        Some(value) => Ok((*near, value.clone())),
        None => Err(Error::internal("a row without the key that another refers to")),
    });
    pairs.collect()
}

/// The foreign key of a row at the other end that refers to `here`.
fn foreign(relation: &Relation, here: &Written) -> Result<Vec<(FieldId, Value)>> {
    let pairs = relation.on.iter().map(|(near, far)| match here.value(*near) {
        Some(value) => Ok((*far, value.clone())),
        None => Err(Error::internal("a row without the key that others refer to")),
    });
    pairs.collect()
}

/// Rows at the other end that belong to `here`.
fn scope(relation: &Relation, here: &Written) -> Result<Filter> {
    let mut filter = Filter::Constant(true);
    for (far, value) in foreign(relation, here)? {
        // What refers to nothing belongs to nothing.
        filter = filter.and(if value.is_null() { Filter::Constant(false) } else { equal(far, &value) });
    }
    Ok(filter)
}

fn scope_is_null(relation: &Relation, here: &Written) -> bool {
    relation.on.iter().any(|(near, _)| here.value(*near).is_none_or(Value::is_null))
}

/// The fields of a foreign key, set to NULL.
fn nulls(model: &Model, fields: impl Iterator<Item = FieldId>, relation: &str) -> Result<Vec<(FieldId, Assign)>> {
    let mut values = Vec::new();
    for id in fields {
        let field = model.field(id)?;
        // A required part of a key stays as it is, if another part can be NULL.
        if field.optional {
            values.push((id, Assign::Set(Value::Null)));
        }
    }
    if values.is_empty() {
        let message = format!("`{relation}` cannot be taken away: the row that refers needs what it refers to");
        return Err(Error::invalid(message));
    }
    Ok(values)
}
