//! Updates and deletes: of the rows that a source was opened for, and of no others.

use sea_query::{Alias as Iden, DeleteStatement, Expr, ExprTrait, LockType, Query, SelectStatement, UpdateStatement};

use super::{Purpose, Source, Which, alias, name, table};
use crate::error::Result;
use crate::guard::query::{Predicate, Slot};
use crate::schema::{Model, ModelId, Operation, Schema};

impl Source {
    /// An UPDATE of the rows of this source that satisfy `filter`.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub(crate) fn update(
        &self,
        schema: &Schema,
        part: Option<ModelId>,
        which: Which<'_>,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<UpdateStatement> {
        self.must_be_for(Operation::Update)?;
        let mut statement = Query::update();
        let model = schema.model(self.model)?;
        statement.table(name(part.map_or(Ok(model), |part| schema.model(part))?));
        if let Some(condition) = self.which(schema, which, lower)? {
            statement.and_where(condition);
        }
        Ok(statement)
    }

    /// The rows that an UPDATE or a DELETE would be about, as they are.
    pub(crate) fn before(
        &self,
        schema: &Schema,
        filter: &Predicate,
        take: Option<Slot>,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<SelectStatement> {
        if !self.deletes() {
            self.must_be_for(Operation::Update)?;
        }
        let model = schema.model(self.model)?;
        let mut statement = Query::select();
        table(&mut statement, schema, model, self.left.inner)?;
        statement.and_where(self.chosen(schema, filter, take, lower)?);
        for field in model.fields.iter() {
            // What is computed is not kept.
            let column = if field.computed { Expr::null() } else { Expr::col(Iden::new(field.column.clone())) };
            statement.expr(column);
        }
        statement.lock(self.lock());
        Ok(statement)
    }

    /// A DELETE of the rows of this source that satisfy `filter`.
    pub(crate) fn delete(
        &self,
        schema: &Schema,
        which: Which<'_>,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<DeleteStatement> {
        self.delete_from(root(schema, schema.model(self.model)?)?, schema, which, lower)
    }

    /// A DELETE of the parts of these rows that lie in the table of `model` itself.
    pub(crate) fn delete_part(
        &self,
        schema: &Schema,
        which: Which<'_>,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<DeleteStatement> {
        self.delete_from(schema.model(self.model)?, schema, which, lower)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    fn delete_from(
        &self,
        model: &Model,
        schema: &Schema,
        which: Which<'_>,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<DeleteStatement> {
        if self.purpose != Purpose::Removal {
            return Err(self.misused("a delete"));
        }
        let mut statement = Query::delete();
        statement.from_table(name(model));
        if let Some(condition) = self.which(schema, which, lower)? {
            statement.and_where(condition);
        }
        Ok(statement)
    }

    /// An UPDATE that marks the rows of this source that satisfy `filter` as deleted `now`.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub(crate) fn mark_deleted(
        &self,
        schema: &Schema,
        which: Which<'_>,
        now: Expr,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<UpdateStatement> {
        let model = schema.model(self.model)?;
        let Some(mark) = model.deleted.filter(|_| self.marks()) else { return Err(self.misused("a mark")) };
        let mut statement = Query::update();
        statement.table(name(root(schema, model)?)).value(Iden::new(model.field(mark)?.column.clone()), now);
        if let Some(condition) = self.which(schema, which, lower)? {
            statement.and_where(condition);
        }
        Ok(statement)
    }

    fn deletes(&self) -> bool {
        matches!(self.purpose, Purpose::Removal | Purpose::Marking)
    }

    /// The condition of an UPDATE or a DELETE.
    fn which(
        &self,
        schema: &Schema,
        Which { filter, take, direct }: Which<'_>,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<Option<Expr>> {
        if direct { self.condition(filter, lower) } else { self.chosen(schema, filter, take, lower).map(Some) }
    }

    /// `id IN (SELECT id FROM source WHERE filter LIMIT take)`
    ///
    /// The rows are locked where they are chosen: if somebody else is about to change one of them, the rules and the
    /// filter are asked again of what he leaves of it. SQLite has one writer at a time and no such words.
    fn chosen(
        &self,
        schema: &Schema,
        filter: &Predicate,
        take: Option<Slot>,
        lower: &dyn Fn(&Predicate) -> Result<Expr>,
    ) -> Result<Expr> {
        let model = schema.model(self.model)?;
        let mut inside = Query::select();
        self.place(&mut inside, schema, lower)?;
        inside.and_where(lower(filter)?);
        if let Some(take) = take {
            inside.limit(take.at.into());
        }
        let mut id = Vec::with_capacity(model.id.len());
        for (field, column) in model.id.iter().zip(self.id(schema)?) {
            inside.column((alias(self.alias), column));
            id.push(Expr::col(Iden::new(model.field(*field)?.column.clone())));
        }
        inside.lock(self.lock());
        let id = if id.len() == 1 { id.swap_remove(0) } else { Expr::tuple(id) };
        Ok(id.in_subquery(inside))
    }

    /// Rows that are only updated can still be referred to meanwhile.
    fn lock(&self) -> LockType {
        if self.purpose == Purpose::Removal { LockType::Update } else { LockType::NoKeyUpdate }
    }
}

/// The model in whose table the first part of a row lies: the outermost delegate.
fn root<'s>(schema: &'s Schema, model: &'s Model) -> Result<&'s Model> {
    let mut at = model;
    while let Some(base) = &at.base {
        at = schema.model(base.model)?;
    }
    Ok(at)
}
