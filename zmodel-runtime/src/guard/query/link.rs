//! The tables that link models which have many of each other.

use sea_query::{
    Alias as Iden, DeleteStatement, Expr, ExprTrait, InsertStatement, OnConflict, Query, SelectStatement,
    UpdateStatement,
};

use super::read::Occurrence;
use super::shape::{Alias, Column, Predicate, Scalar};
use super::{Guard, Source};
use crate::error::{Error, Result};
use crate::schema::{Comparison, FieldId, Model, ModelId, Relation, RelationId, Schema};

/// The link table of a relation, seen from one of its ends.
///
/// Invariant: a link table has no rules of its own and is never read by itself. It only says which rows of a table
/// that is open already belong to a row of another one; a link is in sight when both of its ends are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Link {
    model: ModelId,
    relation: RelationId,
}

impl Link {
    /// The keys of the rows that are linked to the row with the key `here`.
    #[expect(clippy::disallowed_methods, reason = "a link table is named here and nowhere else")]
    pub(crate) fn keys(self, schema: &Schema, here: Expr) -> Result<SelectStatement> {
        let link = schema.model(self.model)?.relation(self.relation)?.link.as_ref().ok_or(crate::schema::Broken)?;
        let mut keys = Query::select();
        keys.column(Iden::new(link.there.clone()))
            .from(link.table.reference())
            .and_where(Expr::col(Iden::new(link.here.clone())).eq(here));
        Ok(keys)
    }
}

impl Link {
    /// Links two rows, where `allowed` holds; gives a row also if they are linked already.
    #[expect(clippy::disallowed_methods, reason = "a link table is named here and nowhere else")]
    pub(crate) fn insert(self, schema: &Schema, here: Expr, there: Expr, allowed: Expr) -> Result<InsertStatement> {
        let link = schema.model(self.model)?.relation(self.relation)?.link.as_ref().ok_or(crate::schema::Broken)?;
        let columns = [Iden::new(link.here.clone()), Iden::new(link.there.clone())];
        let mut row = Query::select();
        row.expr(here).expr(there).and_where(allowed);
        let mut statement = Query::insert();
        statement.into_table(link.table.reference()).columns(columns.clone());
        statement.select_from(row).map_err(|error| Error::internal(error.to_string()))?;
        let [first, second] = columns.clone();
        let mut again = OnConflict::columns(columns);
        again.update_columns([first.clone()]);
        statement.on_conflict(again).returning(Query::returning().columns([first, second]));
        Ok(statement)
    }

    /// Takes the link between two rows away, where `allowed` holds.
    #[expect(clippy::disallowed_methods, reason = "a link table is named here and nowhere else")]
    pub(crate) fn delete(self, schema: &Schema, here: Expr, there: Expr, allowed: Expr) -> Result<DeleteStatement> {
        let link = schema.model(self.model)?.relation(self.relation)?.link.as_ref().ok_or(crate::schema::Broken)?;
        let [near, far] = [Iden::new(link.here.clone()), Iden::new(link.there.clone())];
        let mut statement = Query::delete();
        statement.from_table(link.table.reference());
        statement.and_where(Expr::col(near.clone()).eq(here)).and_where(Expr::col(far.clone()).eq(there));
        statement.and_where(allowed).returning(Query::returning().columns([near, far]));
        Ok(statement)
    }
}

impl Link {
    /// Takes every link of the rows with the keys `here` away.
    #[expect(clippy::disallowed_methods, reason = "a link table is named here and nowhere else")]
    pub(crate) fn clear(self, schema: &Schema, here: Vec<Expr>) -> Result<DeleteStatement> {
        let link = schema.model(self.model)?.relation(self.relation)?.link.as_ref().ok_or(crate::schema::Broken)?;
        let mut statement = Query::delete();
        statement.from_table(link.table.reference()).and_where(Expr::col(Iden::new(link.here.clone())).is_in(here));
        Ok(statement)
    }

    /// Makes the links of the row with the key `old` those of the row with the key `new`.
    #[expect(clippy::disallowed_methods, reason = "a link table is named here and nowhere else")]
    pub(crate) fn rename(self, schema: &Schema, old: Expr, new: Expr) -> Result<UpdateStatement> {
        let link = schema.model(self.model)?.relation(self.relation)?.link.as_ref().ok_or(crate::schema::Broken)?;
        let here = Iden::new(link.here.clone());
        let mut statement = Query::update();
        statement.table(link.table.reference()).value(here.clone(), new).and_where(Expr::col(here).eq(old));
        Ok(statement)
    }
}

/// The one pair of fields that a link table is about.
pub(super) fn ends(relation: &Relation) -> Result<(FieldId, FieldId)> {
    match relation.on.as_ref() {
        [pair] => Ok(*pair),
        _ => Err(Error::internal("a link table is about more than one field")),
    }
}

impl Link {
    /// The link table of the relation at `relation` of `model`, if it has one.
    pub(super) fn of(model: ModelId, id: RelationId, relation: &Relation) -> Option<Self> {
        relation.link.as_ref().map(|_| Self { model, relation: id })
    }
}

impl Guard<'_> {
    /// Rows of `there` that belong to the row of `here`.
    pub(super) fn joined(&self, here: &Source, relation: RelationId, there: &Source) -> Result<Predicate> {
        self.joined_to(Occurrence::of(here), relation, there)
    }

    /// Rows of `there` that belong to a row.
    pub(super) fn joined_to(&self, here: Occurrence, relation: RelationId, there: &Source) -> Result<Predicate> {
        self.joined_rows(here, relation, Occurrence::of(there))
    }

    /// That one row belongs to another.
    pub(super) fn joined_rows(&self, here: Occurrence, relation: RelationId, there: Occurrence) -> Result<Predicate> {
        let model: &Model = self.schema.model(here.model)?;
        let described = model.relation(relation)?;
        let column = |alias: Alias, model, field| Scalar::Column(Column { alias, model, field });
        if let Some(link) = Link::of(here.model, relation, described) {
            let (near, far) = ends(described)?;
            return Ok(Predicate::Linked {
                link,
                here: column(here.alias, here.model, near),
                there: column(there.alias, there.model, far),
            });
        }
        Ok(Predicate::all(described.on.iter().map(|(near, far)| Predicate::Compare {
            comparison: Comparison::Equal,
            left: column(there.alias, there.model, *far),
            right: column(here.alias, here.model, *near),
            unknown: None,
        })))
    }
}
