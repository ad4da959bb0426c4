//! Which rows of a model that marks deleted rows (`@deletedAt`) are there for a query.

use super::Guard;
use super::shape::{Alias, Column, Predicate, Scalar};
use crate::error::Result;
use crate::schema::ModelId;

/// Rows by whether they are marked as deleted. Rows of a model without a mark are always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sight {
    /// Those that are not.
    #[default]
    Live,
    /// Those that are.
    Deleted,
    /// Both.
    All,
}

impl Guard<'_> {
    /// The same guard, for a query that sees these rows of each model.
    pub(crate) const fn seeing(mut self, sight: Sight) -> Self {
        self.sight = sight;
        self
    }

    /// The rows of `model`, in the occurrence `alias`, that are in sight.
    pub(super) fn in_sight(&self, model: ModelId, sight: Sight, alias: Alias) -> Result<Predicate> {
        let Some(field) = self.schema.model(model)?.deleted else { return Ok(Predicate::TRUE) };
        let live = Predicate::IsNull(Scalar::Column(Column { alias, model, field }));
        Ok(match sight {
            Sight::Live => live,
            Sight::Deleted => live.negate(),
            Sight::All => Predicate::TRUE,
        })
    }
}
