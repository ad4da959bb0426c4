//! What the engine does about rows that refer to others, where the database has no foreign keys
//! ([`RelationMode::Prisma`](crate::schema::RelationMode)). It is done as by the database: no rule is asked about it.

use super::shape::{Mutation, Returning, Select, Shape};
use super::{Guard, Link, Verdict};
use crate::error::{Error, Result};
use crate::plan::{Filter, Removal};
use crate::schema::{ModelId, RelationId};
use crate::value::Value;

impl Guard<'_> {
    /// Guards a delete of the parts that rows have in the table of `model` itself, whose parts in those of its delegates
    /// are gone already.
    pub(crate) fn delete_part(mut self, model: ModelId, ids: &Filter) -> Result<Verdict> {
        self.must_be_of_the_engine()?;
        let source = self.open_for_removal(model, &[], Removal::ForGood)?;
        let (source, filter) = self.chosen(source, ids)?;
        let mutation = Mutation { source, filter, take: None, direct: true, returning: Returning::Nothing };
        self.finish(Shape::DeletePart(mutation))
    }

    /// Guards the question how many rows of `model` there are that a filter chooses.
    pub(crate) fn referring(mut self, model: ModelId, filter: &Filter) -> Result<Verdict> {
        self.must_be_of_the_engine()?;
        let source = self.open_for_removal(model, &[], Removal::ForGood)?;
        let (source, filter) = self.chosen(source, filter)?;
        self.finish(Shape::Count(Select::new(source, filter)))
    }

    /// Guards the end of every link that rows with these keys have along a relation.
    pub(crate) fn unlink_all(mut self, model: ModelId, relation: RelationId, keys: Vec<Value>) -> Result<Verdict> {
        self.must_be_of_the_engine()?;
        let link = self.link_of(model, relation)?;
        let keys = keys.into_iter().map(|key| self.slot_for_column(key)).collect();
        self.finish(Shape::UnlinkAll(link, keys))
    }

    /// Guards that the links of a row stay those of the row when its key becomes another one.
    pub(crate) fn relink(mut self, model: ModelId, relation: RelationId, old: Value, new: Value) -> Result<Verdict> {
        self.must_be_of_the_engine()?;
        let link = self.link_of(model, relation)?;
        let (old, new) = (self.slot_for_column(old), self.slot_for_column(new));
        self.finish(Shape::Relink { link, old, new })
    }

    fn link_of(&self, model: ModelId, relation: RelationId) -> Result<Link> {
        let described = self.schema.model(model)?.relation(relation)?;
        Ok(Link::of(model, relation, described).ok_or(crate::schema::Broken)?)
    }

    fn must_be_of_the_engine(&self) -> Result<()> {
        if self.asker.is_unguarded() {
            return Ok(());
        }
        Err(Error::internal("a caller takes himself for the engine"))
    }
}
