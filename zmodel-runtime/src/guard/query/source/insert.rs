//! Inserts: of one row, of many, and those that are more than an insert.

use sea_query::{Alias as Iden, Expr, ExprTrait, Func, InsertStatement, OnConflict, Query, SelectStatement, UnionType};

use super::{Source, alias, name};
use crate::error::{Error, Result};
use crate::guard::query::Predicate;
use crate::guard::query::tables::list_type;
use crate::schema::{FieldId, Model, ModelId, Operation, Schema};

impl Source {
    /// An INSERT of one row, which happens only where the rules allow the row.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub(crate) fn insert(
        &self,
        schema: &Schema,
        part: Option<ModelId>,
        values: &[(FieldId, Expr)],
        skip: bool,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<InsertStatement> {
        self.must_be_for(Operation::Create)?;
        let model = schema.model(self.model)?;
        let mut statement = Query::insert();
        statement.into_table(name(part.map_or(Ok(model), |part| schema.model(part))?));
        if values.is_empty() && self.is_everything() {
            statement.or_default_values();
            return Ok(statement);
        }
        let mut row = Query::select();
        let mut columns = Vec::with_capacity(values.len());
        for (field, value) in values {
            columns.push(Iden::new(model.field(*field)?.column.clone()));
            row.expr(value.clone());
        }
        if !self.is_everything() {
            row.and_where(lower(&self.left.rows)?);
        }
        statement.columns(columns);
        if skip {
            // Without a condition SQLite takes ON CONFLICT for a part of the SELECT.
            row.and_where(Expr::cust("TRUE"));
            statement.on_conflict(OnConflict::new().do_nothing().to_owned());
        }
        statement.select_from(row).map_err(|error| Error::internal(error.to_string()))?;
        Ok(statement)
    }

    /// One row if the rules allow the row that the source was opened for.
    pub(crate) fn admits(&self, lower: &dyn Fn(&Predicate) -> Result<Expr>) -> Result<SelectStatement> {
        self.must_be_for(Operation::Create)?;
        let mut statement = Query::select();
        statement.expr(Expr::cust("1"));
        if !self.is_everything() {
            statement.and_where(lower(&self.left.rows)?);
        }
        Ok(statement)
    }

    /// An INSERT of rows, which happens only where the rules allow every one of them: `sources` has the table for each
    /// row, as far as the rules allow that one.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub(crate) fn insert_all(
        sources: &[Self],
        schema: &Schema,
        fields: &[FieldId],
        rows: Vec<Vec<Expr>>,
        skip: bool,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<InsertStatement> {
        let Some(first) = sources.first().filter(|_| sources.len() == rows.len()) else {
            return Err(Error::internal("rows without the rules about them"));
        };
        for source in sources {
            source.must_be_for(Operation::Create)?;
            if source.model != first.model {
                return Err(Error::internal("rows of several models in one insert"));
            }
        }
        let model = schema.model(first.model)?;
        let mut statement = Query::insert();
        statement.into_table(name(model)).columns(columns(model, fields)?);
        let broken = |error: sea_query::error::Error| Error::internal(error.to_string());
        if sources.iter().all(Self::is_everything) {
            for row in rows {
                statement.values(row).map_err(broken)?;
            }
        } else {
            // PostgreSQL takes the types of what is put together from what comes first: no row, with the columns.
            let mut all = Query::select();
            all.columns(columns(model, fields)?).from(name(model)).and_where(lower(&Predicate::FALSE)?);
            for row in rows {
                all.union(UnionType::All, Query::select().exprs(row).to_owned());
            }
            let mut allowed = Query::select();
            allowed.columns(columns(model, fields)?).from_subquery(all, alias(first.alias));
            for source in sources {
                allowed.and_where(lower(&source.left.rows)?);
            }
            statement.select_from(allowed).map_err(broken)?;
        }
        if skip {
            statement.on_conflict(OnConflict::new().do_nothing().to_owned());
        }
        Ok(statement)
    }

    /// An INSERT of rows as columns, which the rules allow whatever the database holds: of each field a list of values, one
    /// for each row.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub(crate) fn insert_columns(
        &self,
        schema: &Schema,
        lists: Vec<(FieldId, Expr)>,
        skip: bool,
    ) -> Result<InsertStatement> {
        self.must_be_for(Operation::Create)?;
        if !self.is_everything() {
            return Err(Error::internal("columns of rows that the rules could refuse"));
        }
        let model = schema.model(self.model)?;
        let fields: Vec<FieldId> = lists.iter().map(|(field, _)| *field).collect();
        // Functions that give rows go forward together.
        let mut rows = Query::select();
        for (field, list) in lists {
            let ty = list_type(schema, model.field(field)?)?;
            let ty = ty.ok_or_else(|| Error::internal("a column that there is no list for"))?;
            rows.expr(Func::cust("unnest").arg(list.cast_as(Iden::new(ty))));
        }
        let mut statement = Query::insert();
        statement.into_table(name(model)).columns(columns(model, &fields)?);
        statement.select_from(rows).map_err(|error| Error::internal(error.to_string()))?;
        if skip {
            statement.on_conflict(OnConflict::new().do_nothing().to_owned());
        }
        Ok(statement)
    }

    /// One row if the rules allow every row that the sources were opened for.
    pub(crate) fn admits_all(sources: &[Self], lower: &dyn Fn(&Predicate) -> Result<Expr>) -> Result<SelectStatement> {
        let mut statement = Query::select();
        statement.expr(Expr::cust("1"));
        for source in sources {
            source.must_be_for(Operation::Create)?;
            if !source.is_everything() {
                statement.and_where(lower(&source.left.rows)?);
            }
        }
        Ok(statement)
    }

    /// An INSERT of rows whatever the rules say of them (the caller may insert them in any case, `sources` being the
    /// table for each), or an UPDATE of the rows that have the same `key`, where they are some of `there`.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub(crate) fn upsert(
        sources: &[Self],
        schema: &Schema,
        (fields, rows): (&[FieldId], Vec<Vec<Expr>>),
        (key, there): (&[FieldId], &Self),
        changes: Vec<(FieldId, Expr)>,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<InsertStatement> {
        there.must_be_for(Operation::Update)?;
        for source in sources {
            source.must_be_for(Operation::Create)?;
            if !source.is_everything() || there.model != source.model {
                return Err(Error::internal("an upsert whose insert the rules could refuse"));
            }
        }
        if sources.len() != rows.len() {
            return Err(Error::internal("rows without the rules about them"));
        }
        let model = schema.model(there.model)?;
        let mut statement = Query::insert();
        statement.into_table(name(model)).columns(columns(model, fields)?);
        for row in rows {
            statement.values(row).map_err(|error| Error::internal(error.to_string()))?;
        }
        let mut conflict = OnConflict::columns(columns(model, key)?);
        for (field, value) in changes {
            conflict.value(Iden::new(model.field(field)?.column.clone()), value);
        }
        if there.left.rows != Predicate::TRUE {
            conflict.action_and_where(lower(&there.left.rows)?);
        }
        statement.on_conflict(conflict);
        Ok(statement)
    }
}

fn columns(model: &Model, fields: &[FieldId]) -> Result<Vec<Iden>> {
    fields.iter().map(|field| Ok(Iden::new(model.field(*field)?.column.clone()))).collect()
}
