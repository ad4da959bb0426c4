//! Which models a plan is about.

use super::{Changes, Filter, Find, Include, Key, Nested, NestedWrite, New, OrderBy};
use crate::error::Result;
use crate::schema::{ModelId, Operation, RelationId, Schema};

/// What plans do with which models besides what they do at their root, each once, in the order of the plan.
pub(crate) struct Touched<'s> {
    schema: &'s Schema,
    pub(crate) list: Vec<(ModelId, Operation)>,
}

impl<'s> Touched<'s> {
    pub(crate) const fn new(schema: &'s Schema) -> Self {
        Self { schema, list: Vec::new() }
    }

    pub(crate) fn note(&mut self, model: ModelId, operation: Operation) {
        if !self.list.contains(&(model, operation)) {
            self.list.push((model, operation));
        }
    }

    fn target(&self, model: ModelId, relation: RelationId) -> Result<ModelId> {
        Ok(self.schema.model(model)?.relation(relation)?.target)
    }

    /// Looks at a read: what it reads of related rows, for its answer, its conditions and its order.
    pub(crate) fn find(&mut self, find: &Find) -> Result<()> {
        self.filter(find.model, &find.filter)?;
        for order in &find.order {
            self.order(find.model, &order.by)?;
        }
        self.includes(find.model, &find.includes)
    }

    pub(crate) fn includes(&mut self, model: ModelId, includes: &[Include]) -> Result<()> {
        for include in includes {
            match include {
                Include::Rows(relation, find) | Include::Count(relation, find) => {
                    self.note(self.target(model, *relation)?, Operation::Read);
                    self.find(find)?;
                }
                Include::Asked(_) => {}
            }
        }
        Ok(())
    }

    fn order(&mut self, model: ModelId, by: &OrderBy) -> Result<()> {
        match by {
            OrderBy::Field(_) | OrderBy::Asked(_) | OrderBy::Relevance(..) => Ok(()),
            OrderBy::Related(relation, by) => {
                let target = self.target(model, *relation)?;
                self.note(target, Operation::Read);
                self.order(target, by)
            }
            OrderBy::Count(relation, filter) => {
                let target = self.target(model, *relation)?;
                self.note(target, Operation::Read);
                self.filter(target, filter)
            }
        }
    }

    pub(crate) fn filter(&mut self, model: ModelId, filter: &Filter) -> Result<()> {
        match filter {
            Filter::Not(inner) | Filter::Asked(_, inner) => self.filter(model, inner),
            Filter::All(list) | Filter::Any(list) => list.iter().try_for_each(|inner| self.filter(model, inner)),
            Filter::Related(relation, _, inner) => {
                let target = self.target(model, *relation)?;
                self.note(target, Operation::Read);
                self.filter(target, inner)
            }
            Filter::Constant(_)
            | Filter::Compare(..)
            | Filter::Fields(..)
            | Filter::In(..)
            | Filter::Text(..)
            | Filter::SameText(..)
            | Filter::Search(..)
            | Filter::IsNull(_)
            | Filter::Has(..)
            | Filter::Share(..)
            | Filter::Empty(_)
            | Filter::Known(_)
            | Filter::Json(..) => Ok(()),
        }
    }

    pub(crate) fn key(&mut self, model: ModelId, key: &Key) -> Result<()> {
        self.filter(model, &key.unique)?;
        key.when.iter().try_for_each(|when| self.filter(model, when))
    }

    pub(crate) fn new_row(&mut self, model: ModelId, new: &New) -> Result<()> {
        self.nested(model, &new.nested)
    }

    pub(crate) fn changes(&mut self, model: ModelId, changes: &Changes) -> Result<()> {
        self.nested(model, &changes.nested)
    }

    fn nested(&mut self, model: ModelId, nested: &[Nested]) -> Result<()> {
        for Nested { relation, write } in nested {
            let described = self.schema.model(model)?.relation(*relation)?;
            let target = described.target;
            // The row whose key or link changes is updated; the one at its other end is looked for.
            let relates = |touched: &mut Self| {
                touched.note(target, Operation::Read);
                if described.link.is_some() || !described.owner {
                    touched.note(target, Operation::Update);
                }
            };
            match write {
                NestedWrite::Create(new) => {
                    self.note(target, Operation::Create);
                    self.new_row(target, new)?;
                }
                NestedWrite::CreateMany(..) => self.note(target, Operation::Create),
                NestedWrite::Connect(key) => {
                    relates(self);
                    self.key(target, key)?;
                }
                NestedWrite::ConnectOrCreate(key, new) => {
                    relates(self);
                    self.note(target, Operation::Create);
                    self.key(target, key)?;
                    self.new_row(target, new)?;
                }
                NestedWrite::Disconnect(filter) => {
                    relates(self);
                    self.filter(target, filter)?;
                }
                NestedWrite::Set(keys) => {
                    relates(self);
                    for key in keys {
                        self.key(target, key)?;
                    }
                }
                NestedWrite::Update(filter, changes) => {
                    self.note(target, Operation::Update);
                    self.filter(target, filter)?;
                    self.changes(target, changes)?;
                }
                NestedWrite::Upsert(filter, new, changes) => {
                    self.note(target, Operation::Update);
                    self.note(target, Operation::Create);
                    self.filter(target, filter)?;
                    self.new_row(target, new)?;
                    self.changes(target, changes)?;
                }
                NestedWrite::UpdateMany(filter, ..) => {
                    self.note(target, Operation::Update);
                    self.filter(target, filter)?;
                }
                NestedWrite::Delete(filter) | NestedWrite::DeleteMany(filter, _) => {
                    self.note(target, Operation::Delete);
                    self.filter(target, filter)?;
                }
            }
        }
        Ok(())
    }
}
