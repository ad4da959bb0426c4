//! A table in the statement that writes it: its rows have no other name there than the table's own.

use sea_query::{Alias as Iden, Expr, ExprTrait};

use super::Source;
use crate::error::Result;
use crate::guard::query::{Alias, Predicate};
use crate::schema::{Field, FieldId, ModelId, Schema};

impl Source {
    /// Whether it is nothing but rows of the table, each with every field.
    pub(in crate::guard::query) fn is_bare(&self) -> bool {
        self.left.masks.is_empty() && self.left.computed.is_empty()
    }

    /// Whether some of its fields are computed.
    pub(in crate::guard::query) fn is_computed(&self) -> bool {
        !self.left.computed.is_empty()
    }

    /// Whether its rules look at rows of `model` beside the row at hand.
    pub(in crate::guard::query) fn looks_at_others_of(&self, model: ModelId) -> bool {
        self.left.rows.looks_at(model) || self.left.masks.iter().any(|(_, shown)| shown.looks_at(model))
    }

    /// Whether it may lack rows of the table.
    pub(crate) fn lacks_rows(&self) -> bool {
        self.left.rows != Predicate::TRUE
    }

    /// A column of the row that a statement writes, if `alias` is this source.
    pub(crate) fn column(&self, alias: Alias, schema: &Schema, field: FieldId) -> Result<Option<Expr>> {
        if alias != self.alias && alias != self.left.inner {
            return Ok(None);
        }
        let model = schema.model(self.model)?;
        Ok(Some(model.table.column(&model.field(field)?.column)))
    }

    /// The condition on the rows of the table that are in this source and satisfy `filter`.
    pub(super) fn condition(
        &self,
        filter: &Predicate,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<Option<Expr>> {
        let parts = [&self.left.rows, filter].into_iter().filter(|part| **part != Predicate::TRUE);
        parts.map(lower).reduce(|one, other| Ok(one?.and(other?))).transpose()
    }

    /// A row that was written, as this source shows it: each of its fields, and whether it is there at all if some row
    /// could be missing.
    pub(crate) fn returned(
        &self,
        schema: &Schema,
        read: &dyn Fn(&Field, Expr) -> Expr,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<Vec<Expr>> {
        let mut cells = Vec::new();
        for (id, field) in schema.model(self.model)?.read_fields() {
            let mut column = Expr::col(Iden::new(field.column.clone()));
            if let Some((_, shown)) = self.left.masks.iter().find(|(masked, _)| *masked == id) {
                column = Expr::case(lower(shown)?, column).finally(Expr::null()).into();
            }
            cells.push(read(field, column));
        }
        if self.lacks_rows() {
            // A condition that is NULL counts as false, which has to be said where it is read as a value.
            cells.push(
                Expr::case(lower(&self.left.rows)?, lower(&Predicate::TRUE)?).finally(lower(&Predicate::FALSE)?).into(),
            );
        }
        Ok(cells)
    }
}
