//! What becomes of rows that refer to others, where the engine keeps the references and not the database
//! ([`RelationMode::Prisma`]).
//!
//! It comes to what foreign keys come to: what a delete or a new key does to the rows that refer is the work of the
//! engine, in the same transaction, and no rule is asked about it. It is done after the write, so that a row is in the way
//! only if it still refers then. That a row refers to one that is there is not looked at when it is written.

use std::collections::BTreeSet;
use std::io;

use super::steps::{AT_ONCE, equal};
use super::{Writer, Written};
use crate::caller::Caller;
use crate::driver::{BoxFuture, QueryKind, Rows};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};
use crate::guard::{Chosen, Sight, Verdict};
use crate::plan::{Assign, Filter, Removal};
use crate::schema::{
    FieldId, Model, ModelId, Operation, ReferentialAction, Relation, RelationId, RelationMode, Schema,
};
use crate::session::{Session, Spot, transaction::Scope};
use crate::value::Value;

/// Rows of a model, and how each of them was before.
struct Changed<'w> {
    model: ModelId,
    rows: &'w [Written],
    before: &'w [Vec<Option<Value>>],
}

impl Changed<'_> {
    /// The values of some fields before and after, where they have become others.
    fn keys(&self, fields: &[FieldId]) -> Vec<(Vec<Value>, Vec<Value>)> {
        let mut all = Vec::new();
        for (row, before) in self.rows.iter().zip(self.before) {
            let old = fields.iter().map(|field| before.get(field.index()).cloned().flatten());
            let new = fields.iter().map(|field| row.value(*field).cloned());
            if let (Some(old), Some(new)) = (old.collect::<Option<Vec<Value>>>(), new.collect::<Option<Vec<Value>>>())
                && old != new
                && !old.iter().any(Value::is_null)
            {
                all.push((old, new));
            }
        }
        all
    }
}

/// A relation by which rows of `model` refer to others: its foreign key is in the table of `model`.
struct Reference<'s> {
    model: ModelId,
    relation: &'s Relation,
}

impl Session {
    /// Whether a delete of rows of `model` is also about what refers to them.
    pub(super) fn keeps_what_refers(&self, model: ModelId, removal: Removal) -> Result<bool> {
        let schema = self.schema();
        // A row that is marked is still there to be referred to.
        let marks = removal == Removal::Usual && schema.model(model)?.deleted.is_some();
        if schema.relation_mode == RelationMode::ForeignKeys || marks {
            return Ok(false);
        }
        for one in family(schema, model)? {
            let described = schema.model(one)?;
            let linked = described.relations.iter().any(|relation| relation.link.is_some());
            if linked || described.base.is_some() || references(schema, one).next().is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether an update of some fields of `model` is also about what refers to the rows by them.
    pub(super) fn keeps_what_follows(&self, model: ModelId, values: &[(FieldId, Assign)]) -> Result<bool> {
        let schema = self.schema();
        if schema.relation_mode == RelationMode::ForeignKeys {
            return Ok(false);
        }
        let described = schema.model(model)?;
        let mut names = BTreeSet::new();
        for (field, _) in values {
            names.insert(&described.field(*field)?.name);
        }
        for one in family(schema, model)? {
            let target = schema.model(one)?;
            let linked = target.relations.iter().filter(|relation| relation.link.is_some());
            let own = linked.flat_map(|relation| relation.on.iter().map(|(near, _)| *near));
            let others =
                references(schema, one).flat_map(|reference| reference.relation.on.iter().map(|(_, far)| *far));
            for field in own.chain(others) {
                if names.contains(&target.field(field)?.name) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The engine itself, at work in the same place.
    fn engine_itself(&self) -> Self {
        Self { caller: Caller::Unguarded("references"), sight: Sight::All, ..self.clone() }
    }
}

impl Writer<'_> {
    /// Deletes rows that were chosen under the rules, and does what that means for those that refer to them.
    pub(super) async fn delete_rows(&mut self, model: ModelId, rows: &[Written], removal: Removal) -> Result<()> {
        let keeps = self.session.keeps_what_refers(model, removal)?;
        let engine = self.session.engine_itself();
        let mut family = Vec::new();
        if keeps {
            family = Keeper { session: &engine, scope: &mut self.scope }.family(model, rows).await?;
        }
        for some in rows.chunks(AT_ONCE) {
            let key = self.session.key_of_any(model, some)?;
            // Somebody else was faster with one of them: then nothing is known of what was read.
            let verdict = self.session.guard().delete_chosen(model, &key, removal)?;
            if self.ask(model, Operation::Delete, verdict).await?.len() < some.len() {
                return Err(self.session.missing(model)?);
            }
        }
        Keeper { session: &engine, scope: &mut self.scope }.gone(family).await
    }

    /// Does what new keys of rows mean for those that refer to them.
    pub(super) async fn follow(
        &mut self,
        model: ModelId,
        rows: &[Written],
        before: &[Vec<Option<Value>>],
    ) -> Result<()> {
        let engine = self.session.engine_itself();
        Keeper { session: &engine, scope: &mut self.scope }.changed(Changed { model, rows, before }).await
    }
}

/// The engine, keeping the references between rows in what one call does.
struct Keeper<'k> {
    session: &'k Session,
    scope: &'k mut Scope,
}

impl Keeper<'_> {
    async fn ask(&mut self, model: ModelId, operation: Operation, verdict: Verdict) -> Result<Rows> {
        let spot = Spot::Within(self.scope);
        Ok(self.session.ask(model, operation, verdict, QueryKind::Write, spot).await?.unwrap_or_default())
    }

    /// The rows of `model` that a filter chooses, with every field.
    async fn rows(&mut self, model: ModelId, filter: &Filter) -> Result<Vec<Written>> {
        let chosen = Chosen { model, filter, limit: None };
        let verdict = self.session.guard().before_delete(chosen, Removal::ForGood)?;
        let rows = self.ask(model, Operation::Delete, verdict).await?;
        self.session.whole_rows(model, rows)
    }

    /// Rows as each of the models sees them whose tables they lie in.
    async fn family(&mut self, model: ModelId, rows: &[Written]) -> Result<Vec<(ModelId, Vec<Written>)>> {
        let mut all = Vec::new();
        for one in family(self.session.schema(), model)? {
            if one == model {
                all.push((one, rows.to_vec()));
                continue;
            }
            let mut found = Vec::new();
            for some in rows.chunks(AT_ONCE) {
                let ids = same_ids(self.session, model, one, some)?;
                found.extend(self.rows(one, &ids).await?);
            }
            all.push((one, found));
        }
        Ok(all)
    }

    /// Deletes rows that refer to what is gone.
    fn remove(&mut self, model: ModelId, rows: Vec<Written>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let family = self.family(model, &rows).await?;
            for some in rows.chunks(AT_ONCE) {
                let key = self.session.key_of_any(model, some)?;
                let verdict = self.session.guard().delete_chosen(model, &key, Removal::ForGood)?;
                self.ask(model, Operation::Delete, verdict).await?;
            }
            self.gone(family).await
        })
    }

    /// Does what is to be done once rows are deleted, each as the models see it whose tables it lay in.
    async fn gone(&mut self, family: Vec<(ModelId, Vec<Written>)>) -> Result<()> {
        let (session, schema) = (self.session, self.session.schema());
        for (model, rows) in &family {
            let described = schema.model(*model)?;
            for some in rows.chunks(AT_ONCE) {
                if described.base.is_some() {
                    let ids = session.key_of_any(*model, some)?;
                    let verdict = session.guard().delete_part(*model, &ids)?;
                    self.ask(*model, Operation::Delete, verdict).await?;
                }
                for (id, relation) in linked(described) {
                    let [(near, _)] = relation.on.as_ref() else { return Err(crate::schema::Broken.into()) };
                    let keys = some.iter().filter_map(|row| row.value(*near).cloned()).collect();
                    let verdict = session.guard().unlink_all(*model, id, keys)?;
                    self.ask(*model, Operation::Delete, verdict).await?;
                }
            }
        }
        // What refuses in any case comes first, and last what refuses only if something still refers.
        for stage in [Stage::First, Stage::Then, Stage::Last] {
            for (model, rows) in &family {
                for reference in references(schema, *model).filter(|it| Stage::of(it.relation.on_delete) == stage) {
                    for some in rows.chunks(AT_ONCE) {
                        let filter = referring(reference.relation, some);
                        self.without(&reference, &filter).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Does what a relation says of rows that refer to something that is gone.
    async fn without(&mut self, Reference { model, relation }: &Reference<'_>, filter: &Filter) -> Result<()> {
        match relation.on_delete {
            ReferentialAction::Cascade => {
                let rows = self.rows(*model, filter).await?;
                if rows.is_empty() { Ok(()) } else { self.remove(*model, rows).await }
            }
            ReferentialAction::SetNull => {
                let key = relation.on.iter().map(|(near, _)| *near);
                self.set(*model, filter, &key.map(|field| (field, Assign::Set(Value::Null))).collect::<Vec<_>>()).await
            }
            ReferentialAction::Restrict | ReferentialAction::NoAction | ReferentialAction::SetDefault => {
                self.refuse(*model, relation, filter).await
            }
        }
    }

    async fn set(&mut self, model: ModelId, filter: &Filter, values: &[(FieldId, Assign)]) -> Result<()> {
        let verdict = self.session.guard().update_part(model, None, filter, values)?;
        self.ask(model, Operation::Update, verdict).await.map(drop)
    }

    /// Refuses what was done, if rows still refer to what is no more there.
    async fn refuse(&mut self, model: ModelId, relation: &Relation, filter: &Filter) -> Result<()> {
        let verdict = self.session.guard().referring(model, filter)?;
        let rows = self.ask(model, Operation::Read, verdict).await?;
        if rows.cells.first().is_none_or(|count| *count == Value::Int(0)) {
            return Ok(());
        }
        Err(DatabaseError {
            kind: DatabaseErrorKind::ForeignKey,
            code: None,
            constraint: Some(format!("{}.{}", self.session.model(model)?.name, relation.name)),
            source: io::Error::other("a row is still referred to").into(),
        }
        .into())
    }

    /// Does what is to be done once rows have other keys.
    fn changed<'w>(&'w mut self, changed: Changed<'w>) -> BoxFuture<'w, Result<()>> {
        Box::pin(async move {
            let (session, schema) = (self.session, self.session.schema());
            let described = schema.model(changed.model)?;
            for one in family(schema, changed.model)? {
                let target = schema.model(one)?;
                for (id, relation) in linked(target) {
                    let key = here(described, target, relation.on.iter().map(|(near, _)| *near))?.unwrap_or_default();
                    for (old, new) in changed.keys(&key) {
                        for (old, new) in old.into_iter().zip(new) {
                            let verdict = session.guard().relink(one, id, old, new)?;
                            self.ask(one, Operation::Update, verdict).await?;
                        }
                    }
                }
                for Reference { model: there, relation } in references(schema, one) {
                    let Some(key) = here(described, target, relation.on.iter().map(|(_, far)| *far))? else { continue };
                    // Who refers is known before anybody refers to something else.
                    let mut following = Vec::new();
                    for (old, new) in changed.keys(&key) {
                        let pairs = relation.on.iter().zip(&old);
                        let filter =
                            pairs.fold(Filter::Constant(true), |all, ((near, _), value)| all.and(equal(*near, value)));
                        match relation.on_update {
                            ReferentialAction::Cascade => following.push((self.rows(there, &filter).await?, new)),
                            ReferentialAction::SetNull => {
                                let nothing = vec![Value::Null; new.len()];
                                following.push((self.rows(there, &filter).await?, nothing));
                            }
                            ReferentialAction::Restrict
                            | ReferentialAction::NoAction
                            | ReferentialAction::SetDefault => self.refuse(there, relation, &filter).await?,
                        }
                    }
                    for (rows, key) in following {
                        let key = relation.on.iter().map(|(near, _)| *near).zip(key).collect();
                        self.follow(there, rows, key).await?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Gives rows another foreign key, and does what that means for those that refer to them.
    async fn follow(&mut self, model: ModelId, rows: Vec<Written>, key: Vec<(FieldId, Value)>) -> Result<()> {
        let fields = self.session.model(model)?.fields.len();
        let values: Vec<(FieldId, Assign)> =
            key.iter().map(|(field, value)| (*field, Assign::Set(value.clone()))).collect();
        for some in rows.chunks(AT_ONCE) {
            let ids = self.session.key_of_any(model, some)?;
            self.set(model, &ids, &values).await?;
        }
        if rows.is_empty() || !self.session.keeps_what_follows(model, &values)? {
            return Ok(());
        }
        let before = |row: &Written| (0..).map(FieldId).take(fields).map(|field| row.value(field).cloned()).collect();
        let before: Vec<Vec<Option<Value>>> = rows.iter().map(before).collect();
        let mut after = rows;
        for (field, value) in after.iter_mut().flat_map(|row| &mut row.values) {
            if let Some((_, new)) = key.iter().find(|(given, _)| given == field) {
                *value = new.clone();
            }
        }
        self.changed(Changed { model, rows: &after, before: &before }).await
    }
}

/// In which order relations are looked at once a row is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    First,
    Then,
    Last,
}

impl Stage {
    const fn of(action: ReferentialAction) -> Self {
        match action {
            ReferentialAction::Restrict => Self::First,
            ReferentialAction::Cascade | ReferentialAction::SetNull => Self::Then,
            ReferentialAction::NoAction | ReferentialAction::SetDefault => Self::Last,
        }
    }
}

/// The models in whose tables a row of `model` can have a part: those that it extends, and those that extend it.
fn family(schema: &Schema, model: ModelId) -> Result<Vec<ModelId>> {
    let mut all = vec![model];
    let mut next = schema.model(model)?.base.as_ref();
    while let Some(base) = next {
        all.push(base.model);
        next = schema.model(base.model)?.base.as_ref();
    }
    let mut at = vec![model];
    while let Some(one) = at.pop() {
        for (part, _) in schema.extending(one) {
            all.push(part);
            at.push(part);
        }
    }
    Ok(all)
}

/// The relations that refer to rows of `model`, each where its foreign key lies.
fn references(schema: &Schema, model: ModelId) -> impl Iterator<Item = Reference<'_>> {
    let models = (0..).map(ModelId).zip(schema.models.iter()).filter(|(_, described)| !described.view);
    models.flat_map(move |(id, described)| {
        let own = move |relation: &&Relation| {
            let mut key = relation.on.iter().map(|(near, _)| *near);
            relation.owner
                && relation.link.is_none()
                && relation.target == model
                && key.all(|near| described.field(near).is_ok_and(|field| field.inherited.is_none()))
        };
        described.relations.iter().filter(own).map(move |relation| Reference { model: id, relation })
    })
}

/// The relations of a model through link tables.
fn linked(model: &Model) -> impl Iterator<Item = (RelationId, &Relation)> {
    let relations = (0..).map(RelationId).zip(model.relations.iter());
    relations.filter(|(_, relation)| relation.link.is_some())
}

/// Rows that refer to one of some rows.
fn referring(relation: &Relation, rows: &[Written]) -> Filter {
    let key = |row: &Written| {
        let mut key = Filter::Constant(true);
        for (near, far) in relation.on.iter() {
            let value = row.value(*far).filter(|value| !value.is_null())?;
            key = key.and(equal(*near, value));
        }
        Some(key)
    };
    Filter::Any(rows.iter().filter_map(key).collect())
}

/// Fields of `target`, a model of the same family, as fields of `model`; none if it lacks one.
fn here(model: &Model, target: &Model, fields: impl Iterator<Item = FieldId>) -> Result<Option<Vec<FieldId>>> {
    let mut all = Vec::new();
    for field in fields {
        let name = &target.field(field)?.name;
        let Some(at) = (0..).map(FieldId).zip(model.fields.iter()).find(|(_, own)| own.name == *name) else {
            return Ok(None);
        };
        all.push(at.0);
    }
    Ok(Some(all))
}

/// The rows of `there` with the ids of rows of `model`, a model of the same family.
fn same_ids(session: &Session, model: ModelId, there: ModelId, rows: &[Written]) -> Result<Filter> {
    let (from, to) = (session.model(model)?, session.model(there)?);
    let each = rows.iter().map(|row| {
        let mut key = Filter::Constant(true);
        for (near, far) in from.id.iter().zip(to.id.iter()) {
            let value = row.value(*near).ok_or_else(|| Error::internal("a row without its id"))?;
            key = key.and(equal(*far, value));
        }
        Ok(key)
    });
    Ok(Filter::Any(each.collect::<Result<_>>()?))
}
