//! Writes: the row that they leave, or its id if it has to be read back.

use sea_query::{DeleteStatement, Expr, InsertStatement, Query, ReturningClause, SelectStatement, UpdateStatement};

use super::dialect::Calculation;
use super::{Lower, place};
use crate::error::Result;
use crate::guard::{
    Assignment, Insert, InsertColumns, InsertMany, Linking, Mutation, Predicate, Returning, Slot, Source, Upsert, Which,
};
use crate::schema::{Field, FieldId, ModelId};

impl<'a> Lower<'a> {
    /// The same, for what is asked of the row of `source` that a statement writes.
    fn of<'w>(self, source: &'w Source) -> Lower<'w>
    where
        'a: 'w,
    {
        Lower { written: Some(source), ..self }
    }

    /// The same, for what an UPDATE or a DELETE asks of the rows that it is about.
    fn where_asked<'w>(self, mutation: &'w Mutation) -> Lower<'w>
    where
        'a: 'w,
    {
        if mutation.direct { self.of(&mutation.source) } else { self }
    }

    pub(super) fn insert(self, insert: &Insert) -> Result<InsertStatement> {
        let model = self.schema.model(insert.source.model())?;
        let given = |(id, slot): &(FieldId, Slot)| Ok((*id, self.dialect.given(model.field(*id)?, place(*slot))));
        let values: Vec<(FieldId, Expr)> = insert.values.iter().map(given).collect::<Result<_>>()?;
        let mut statement = insert
            .source
            .insert(self.schema, insert.part, &values, insert.skip, &|predicate| self.predicate(predicate))?;
        if let Some(returning) = self.returning(insert.source.model(), &insert.returning)? {
            statement.returning(returning);
        }
        Ok(statement)
    }

    pub(super) fn insert_many(self, insert: &InsertMany) -> Result<InsertStatement> {
        let (rows, sources, fields) = (self.rows_given(insert)?, &insert.sources, &insert.fields);
        let lower = |predicate: &Predicate| self.predicate(predicate);
        let mut statement = Source::insert_all(sources, self.schema, fields, rows, insert.skip, &lower)?;
        if let Some(first) = sources.first()
            && let Some(returning) = self.returning(first.model(), &insert.returning)?
        {
            statement.returning(returning);
        }
        Ok(statement)
    }

    /// The values of some new rows.
    fn rows_given(self, insert: &InsertMany) -> Result<Vec<Vec<Expr>>> {
        let Some(first) = insert.sources.first() else { return Ok(Vec::new()) };
        let model = self.schema.model(first.model())?;
        let fields = insert.fields.iter().map(|id| model.field(*id)).collect::<Result<Vec<_>, _>>()?;
        let given = |(field, slot): (&&Field, &Slot)| self.dialect.given(field, place(*slot));
        Ok(insert.rows.iter().map(|row| fields.iter().zip(row).map(given).collect()).collect())
    }

    pub(super) fn insert_columns(self, insert: &InsertColumns) -> Result<InsertStatement> {
        let InsertColumns { source, columns, skip, returning } = insert;
        let lists = columns.iter().map(|(field, slot)| (*field, place(*slot))).collect();
        let mut statement = source.insert_columns(self.schema, lists, *skip)?;
        if let Some(returning) = self.returning(source.model(), returning)? {
            statement.returning(returning);
        }
        Ok(statement)
    }

    pub(super) fn upsert(self, upsert: &Upsert) -> Result<InsertStatement> {
        let Upsert { insert, key, there, changes } = upsert;
        let model = self.schema.model(there.model())?;
        let rows = self.rows_given(insert)?;
        let changes = changes.iter().map(|(id, assignment)| {
            let field = model.field(*id)?;
            let column = there.column(there.inner(), self.schema, *id)?.unwrap_or_else(|| column(field));
            Ok((*id, self.assigned(field, &column, *assignment)))
        });
        let changes = changes.collect::<Result<_>>()?;
        let lower = |predicate: &Predicate| self.of(there).predicate(predicate);
        let InsertMany { sources, fields, .. } = insert;
        let mut statement = Source::upsert(sources, self.schema, (fields, rows), (key, there), changes, &lower)?;
        if let Some(returning) = self.returning(there.model(), &insert.returning)? {
            statement.returning(returning);
        }
        Ok(statement)
    }

    /// One row if the rules allow every one of some new rows.
    pub(super) fn admits_all(self, sources: &[Source]) -> Result<SelectStatement> {
        Source::admits_all(sources, &|predicate| self.predicate(predicate))
    }

    /// One row if the rules allow a new row.
    pub(super) fn admits(self, source: &Source) -> Result<SelectStatement> {
        source.admits(&|predicate| self.predicate(predicate))
    }

    /// Every field of the rows that an update or a delete would be about, in the order of the schema.
    pub(super) fn before(self, mutation: &Mutation) -> Result<SelectStatement> {
        mutation.source.before(self.schema, &mutation.filter, mutation.take, &|predicate| self.predicate(predicate))
    }

    pub(super) fn update(
        self,
        mutation: &Mutation,
        part: Option<ModelId>,
        values: &[(FieldId, Assignment)],
    ) -> Result<UpdateStatement> {
        let model = self.schema.model(mutation.source.model())?;
        let lower = |predicate: &Predicate| self.where_asked(mutation).predicate(predicate);
        let mut statement = mutation.source.update(self.schema, part, which(mutation), &lower)?;
        for (id, assignment) in values {
            let field = model.field(*id)?;
            let value = self.assigned(field, &column(field), *assignment);
            statement.value(sea_query::Alias::new(field.column.clone()), value);
        }
        if let Some(returning) = self.returning(mutation.source.model(), &mutation.returning)? {
            statement.returning(returning);
        }
        Ok(statement)
    }

    pub(super) fn delete(self, mutation: &Mutation) -> Result<DeleteStatement> {
        let lower = |predicate: &Predicate| self.where_asked(mutation).predicate(predicate);
        let mut statement = mutation.source.delete(self.schema, which(mutation), &lower)?;
        if let Some(returning) = self.returning(mutation.source.model(), &mutation.returning)? {
            statement.returning(returning);
        }
        Ok(statement)
    }

    pub(super) fn delete_part(self, mutation: &Mutation) -> Result<DeleteStatement> {
        let lower = |predicate: &Predicate| self.where_asked(mutation).predicate(predicate);
        mutation.source.delete_part(self.schema, which(mutation), &lower)
    }

    pub(super) fn mark_deleted(self, mutation: &Mutation, now: Slot) -> Result<UpdateStatement> {
        let Mutation { source, returning, .. } = mutation;
        let lower = |predicate: &Predicate| self.where_asked(mutation).predicate(predicate);
        let mut statement = source.mark_deleted(self.schema, which(mutation), place(now), &lower)?;
        if let Some(returning) = self.returning(source.model(), returning)? {
            statement.returning(returning);
        }
        Ok(statement)
    }

    pub(super) fn link(self, linking: &Linking) -> Result<InsertStatement> {
        let allowed = self.predicate(&linking.allowed)?;
        linking.link.insert(self.schema, place(linking.here), place(linking.there), allowed)
    }

    pub(super) fn unlink(self, linking: &Linking) -> Result<DeleteStatement> {
        let allowed = self.predicate(&linking.allowed)?;
        linking.link.delete(self.schema, place(linking.here), place(linking.there), allowed)
    }

    fn returning(self, model: ModelId, what: &Returning) -> Result<Option<ReturningClause>> {
        let model = self.schema.model(model)?;
        let fields: Vec<&Field> = match what {
            Returning::Row(source) => {
                let read = |field: &Field, column| self.dialect.read(field, column);
                let cells = source.returned(self.schema, &read, &|predicate| self.of(source).predicate(predicate))?;
                return Ok(Some(Query::returning().exprs(cells)));
            }
            Returning::Id => model.id.iter().map(|id| model.field(*id)).collect::<Result<_, _>>()?,
            Returning::Keys => model.key_fields().into_iter().map(|id| model.field(id)).collect::<Result<_, _>>()?,
            Returning::Nothing => return Ok(None),
        };
        let cells = fields.into_iter().map(|field| self.dialect.read(field, column(field)));
        Ok(Some(Query::returning().exprs(cells)))
    }

    /// What a column becomes.
    fn assigned(self, field: &Field, column: &Expr, assignment: Assignment) -> Expr {
        let calculated = |calculation, slot| self.dialect.calculated(field, column.clone(), calculation, place(slot));
        match assignment {
            Assignment::Set(slot) => self.dialect.given(field, place(slot)),
            Assignment::Add(slot) => calculated(Calculation::Add, slot),
            Assignment::Subtract(slot) => calculated(Calculation::Subtract, slot),
            Assignment::Multiply(slot) => calculated(Calculation::Multiply, slot),
            Assignment::Divide(slot) => calculated(Calculation::Divide, slot),
            Assignment::Given => {
                Expr::col((sea_query::Alias::new("excluded"), sea_query::Alias::new(field.column.clone())))
            }
            Assignment::Append(slot) => {
                self.dialect.appended(field, column.clone(), self.dialect.given(field, place(slot)))
            }
        }
    }
}

const fn which(mutation: &Mutation) -> Which<'_> {
    Which { filter: &mutation.filter, take: mutation.take, direct: mutation.direct }
}

fn column(field: &Field) -> Expr {
    Expr::col(sea_query::Alias::new(field.column.clone()))
}
