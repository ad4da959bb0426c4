//! Values that are computed from a row.

use super::Filter;
use crate::schema::{Broken, FieldId, Model, RelationId, Schema};
use crate::value::Value;

/// A value that is computed from a row, and from rows that belong to it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Expr {
    /// A fixed value.
    Value(Value),
    /// A field of the row.
    Field(FieldId),
    /// Two numbers, calculated; NULL if one of them is, and where a number is divided by zero.
    Calculate(Calculation, Box<Expr>, Box<Expr>),
    /// Texts, one after the other; NULL if one of them is.
    Concat(Vec<Expr>),
    /// The first, or the second where that is NULL.
    Otherwise(Box<Expr>, Box<Expr>),
    /// What belongs to the first condition that the row satisfies, or else the last.
    Case(Vec<(Filter, Expr)>, Box<Expr>),
    /// A text in lower case.
    Lower(Box<Expr>),
    /// A text in upper case.
    Upper(Box<Expr>),
    /// How many characters a text has.
    Length(Box<Expr>),
    /// How many related rows satisfy a condition.
    Count(RelationId, Filter),
    /// What a field of the related rows that satisfy a condition amounts to; NULL if there are none.
    Summary(Summary, RelationId, FieldId, Filter),
    /// Something of the row that a to-one relation leads to; NULL if it leads to none.
    Related(RelationId, Box<Expr>),
}

/// A field that is computed with arguments, and what they are, in the order of the schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The field.
    pub field: FieldId,
    /// The arguments.
    pub args: Vec<Value>,
}

/// How two numbers are calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Calculation {
    /// Added.
    Add,
    /// The second is taken from the first.
    Subtract,
    /// Multiplied.
    Multiply,
    /// The first is divided by the second.
    Divide,
}

/// What many values amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Summary {
    /// Their sum.
    Sum,
    /// The lowest.
    Minimum,
    /// The highest.
    Maximum,
}

impl Expr {
    /// The name of a field that it looks at and that cannot be looked at: one that is computed itself, or a secret.
    pub(crate) fn closed_field<'s>(&self, schema: &'s Schema, model: &'s Model) -> Option<&'s str> {
        let inside = |expr: &Self| expr.closed_field(schema, model);
        match self {
            Self::Value(_) => None,
            Self::Field(field) => closed(model, *field),
            Self::Calculate(_, one, other) | Self::Otherwise(one, other) => inside(one).or_else(|| inside(other)),
            Self::Concat(all) => all.iter().find_map(inside),
            Self::Case(cases, last) => cases
                .iter()
                .find_map(|(filter, expr)| in_filter(schema, model, filter).or_else(|| inside(expr)))
                .or_else(|| inside(last)),
            Self::Lower(text) | Self::Upper(text) | Self::Length(text) => inside(text),
            Self::Count(relation, filter) => in_filter(schema, target(schema, model, *relation)?, filter),
            Self::Summary(_, relation, field, filter) => {
                let target = target(schema, model, *relation)?;
                closed(target, *field).or_else(|| in_filter(schema, target, filter))
            }
            Self::Related(relation, expr) => expr.closed_field(schema, target(schema, model, *relation)?),
        }
    }
}

impl Expr {
    /// What a delegate says of its rows, said of those of a model that extends it.
    pub(crate) fn inherit(&mut self, delegate: &Model, model: &Model) -> Result<(), Broken> {
        match self {
            Self::Value(_) => Ok(()),
            Self::Field(field) => inherit_field(field, delegate, model),
            Self::Calculate(_, one, other) | Self::Otherwise(one, other) => {
                one.inherit(delegate, model)?;
                other.inherit(delegate, model)
            }
            Self::Concat(all) => all.iter_mut().try_for_each(|one| one.inherit(delegate, model)),
            Self::Case(cases, last) => {
                for (filter, expr) in cases {
                    inherit_filter(filter, delegate, model)?;
                    expr.inherit(delegate, model)?;
                }
                last.inherit(delegate, model)
            }
            Self::Lower(text) | Self::Upper(text) | Self::Length(text) => text.inherit(delegate, model),
            // The rest is about related rows.
            Self::Count(relation, _) | Self::Summary(_, relation, _, _) | Self::Related(relation, _) => {
                inherit_relation(relation, delegate, model)
            }
        }
    }
}

fn inherit_filter(filter: &mut Filter, delegate: &Model, model: &Model) -> Result<(), Broken> {
    match filter {
        Filter::Constant(_) => Ok(()),
        Filter::Not(inner) => inherit_filter(inner, delegate, model),
        Filter::All(list) | Filter::Any(list) => {
            list.iter_mut().try_for_each(|inner| inherit_filter(inner, delegate, model))
        }
        Filter::Compare(_, field, _)
        | Filter::In(field, _)
        | Filter::Text(_, field, _, _)
        | Filter::SameText(field, _)
        | Filter::Search(field, _)
        | Filter::IsNull(field)
        | Filter::Has(field, _)
        | Filter::Share(_, field, _)
        | Filter::Empty(field)
        | Filter::Json(field, _) => inherit_field(field, delegate, model),
        Filter::Asked(asked, _) => inherit_field(&mut asked.field, delegate, model),
        Filter::Fields(_, one, other) => {
            inherit_field(one, delegate, model)?;
            inherit_field(other, delegate, model)
        }
        Filter::Related(relation, _, _) => inherit_relation(relation, delegate, model),
        // Nothing that is computed speaks of a certain row.
        Filter::Known(_) => Err(Broken),
    }
}

fn inherit_field(id: &mut FieldId, delegate: &Model, model: &Model) -> Result<(), Broken> {
    let name = &delegate.field(*id)?.name;
    let mut fields = (0..).map(FieldId).zip(model.fields.iter());
    *id = fields.find(|(_, field)| field.name == *name).ok_or(Broken)?.0;
    Ok(())
}

fn inherit_relation(id: &mut RelationId, delegate: &Model, model: &Model) -> Result<(), Broken> {
    *id = model.find_relation(&delegate.relation(*id)?.name).ok_or(Broken)?.0;
    Ok(())
}

fn target<'s>(schema: &'s Schema, model: &Model, relation: RelationId) -> Option<&'s Model> {
    schema.model(model.relation(relation).ok()?.target).ok()
}

fn closed(model: &Model, field: FieldId) -> Option<&str> {
    let field = model.field(field).ok()?;
    (field.computed || field.secret.is_some()).then_some(&*field.name)
}

fn in_filter<'s>(schema: &'s Schema, model: &'s Model, filter: &Filter) -> Option<&'s str> {
    match filter {
        Filter::Constant(_) | Filter::Known(_) => None,
        Filter::Not(inner) => in_filter(schema, model, inner),
        Filter::All(list) | Filter::Any(list) => list.iter().find_map(|inner| in_filter(schema, model, inner)),
        Filter::Compare(_, field, _)
        | Filter::In(field, _)
        | Filter::Text(_, field, _, _)
        | Filter::SameText(field, _)
        | Filter::Search(field, _)
        | Filter::IsNull(field)
        | Filter::Has(field, _)
        | Filter::Share(_, field, _)
        | Filter::Empty(field)
        | Filter::Json(field, _) => closed(model, *field),
        Filter::Asked(asked, _) => closed(model, asked.field),
        Filter::Fields(_, one, other) => closed(model, *one).or_else(|| closed(model, *other)),
        Filter::Related(relation, _, inner) => in_filter(schema, target(schema, model, *relation)?, inner),
    }
}
