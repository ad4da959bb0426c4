//! Writes: the row that they leave, or its id if it has to be read back.

use sea_query::{DeleteStatement, Expr, InsertStatement, Query, ReturningClause, SelectStatement, UpdateStatement};

use super::{Lower, place};
use crate::error::Result;
use crate::guard::{Insert, Mutation, Slot};
use crate::schema::{FieldId, ModelId};

impl Lower<'_> {
    pub(super) fn insert(self, insert: &Insert) -> Result<InsertStatement> {
        let values: Vec<(FieldId, Expr)> = insert.values.iter().map(|(field, slot)| (*field, place(*slot))).collect();
        let mut statement = insert.source.insert(self.schema, &values, &|predicate| self.predicate(predicate))?;
        statement.returning(self.returning(insert.source.model(), insert.visible)?);
        Ok(statement)
    }

    /// Every field of the rows that an update would change, in the order of the schema.
    pub(super) fn before(self, mutation: &Mutation) -> Result<SelectStatement> {
        mutation.source.before(self.schema, &mutation.filter, &|predicate| self.predicate(predicate))
    }

    pub(super) fn update(self, mutation: &Mutation, values: &[(FieldId, Slot)]) -> Result<UpdateStatement> {
        let model = self.schema.model(mutation.source.model())?;
        let mut statement =
            mutation.source.update(self.schema, &mutation.filter, &|predicate| self.predicate(predicate))?;
        for (field, slot) in values {
            statement.value(sea_query::Alias::new(model.field(*field)?.column.clone()), place(*slot));
        }
        statement.returning(self.returning(mutation.source.model(), mutation.visible)?);
        Ok(statement)
    }

    pub(super) fn delete(self, mutation: &Mutation) -> Result<DeleteStatement> {
        let mut statement =
            mutation.source.delete(self.schema, &mutation.filter, &|predicate| self.predicate(predicate))?;
        statement.returning(self.returning(mutation.source.model(), mutation.visible)?);
        Ok(statement)
    }

    fn returning(self, model: ModelId, all: bool) -> Result<ReturningClause> {
        let model = self.schema.model(model)?;
        let mut columns = Vec::new();
        if all {
            columns.extend(model.fields.iter().filter(|field| field.is_read()).map(|field| field.column.clone()));
        } else {
            for field in model.id.iter() {
                columns.push(model.field(*field)?.column.clone());
            }
        }
        Ok(Query::returning().columns(columns.into_iter().map(sea_query::Alias::new)))
    }
}
