//! Links between rows of models that have many of each other.

use super::{Writer, Written};
use crate::error::{DeniedReason, Error, Result};
use crate::plan::Filter;
use crate::schema::{ModelId, Operation, Quantifier, Relation, RelationId};

impl Writer<'_> {
    /// Links two rows. Both must be such that the caller may update them.
    pub(super) async fn link(&mut self, model: ModelId, id: RelationId, here: &Written, there: &Written) -> Result<()> {
        if self.set_link(model, id, here, there, true).await? {
            return Ok(());
        }
        Err(self.not_both(model, id, here).await?)
    }

    /// Takes the link between two rows away, which the caller can see.
    pub(super) async fn unlink(
        &mut self,
        model: ModelId,
        id: RelationId,
        here: &Written,
        there: &Written,
    ) -> Result<()> {
        if self.set_link(model, id, here, there, false).await? {
            return Ok(());
        }
        Err(self.not_both(model, id, here).await?)
    }

    /// The error of a link of which one end may not be updated: it names the model of that end.
    async fn not_both(&mut self, model: ModelId, id: RelationId, here: &Written) -> Result<Error> {
        let refusing =
            if self.may_update(model, here).await? { self.session.model(model)?.relation(id)?.target } else { model };
        self.session.denied(refusing, Operation::Update, DeniedReason::NoAccess)
    }

    async fn set_link(
        &mut self,
        model: ModelId,
        id: RelationId,
        here: &Written,
        there: &Written,
        on: bool,
    ) -> Result<bool> {
        let relation = self.session.model(model)?.relation(id)?;
        let (near, far) = ends(relation, here, there)?;
        let verdict = self.session.guard().link(model, id, near, far, on)?;
        Ok(!self.ask(model, Operation::Update, verdict).await?.is_empty())
    }

    /// Rows at the other end that are linked to a row, as the caller sees them.
    pub(super) fn linked(&self, model: ModelId, id: RelationId, here: &Written) -> Result<Filter> {
        let relation = self.session.model(model)?.relation(id)?;
        let target = self.session.model(relation.target)?;
        // The same table, seen from its other end.
        let back =
            (0..).map(RelationId).zip(target.relations.iter()).find(|(_, back)| match (&back.link, &relation.link) {
                (Some(back), Some(link)) => back.table == link.table && back.here == link.there,
                _ => false,
            });
        let (back, _) = back.ok_or_else(|| Error::internal("a link has no other end"))?;
        Ok(Filter::Related(back, Quantifier::Some, Box::new(self.session.key_of(model, here)?)))
    }
}

fn ends<'w>(
    relation: &Relation,
    here: &'w Written,
    there: &'w Written,
) -> Result<(&'w crate::value::Value, &'w crate::value::Value)> {
    let [(near, far)] = relation.on.as_ref() else { return Err(crate::schema::Broken.into()) };
    match (here.value(*near), there.value(*far)) {
        (Some(near), Some(far)) => Ok((near, far)),
        _ => Err(Error::internal("a linked row without its key")),
    }
}
