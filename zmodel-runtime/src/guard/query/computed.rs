//! Computed fields: expressions, bound to a row.

use super::read::Occurrence;
use super::shape::{Calculated, Column, Function, Measure, Predicate, Scalar};
use super::{Alias, Guard};
use crate::error::{Error, Result};
use crate::plan::{Asked, Expr, Filter, Summary};
use crate::provided::Computed;
use crate::schema::{Field, FieldId, ModelId, RelationId, Type};
use crate::validate;
use crate::value::{Value, list_json};

impl Guard<'_> {
    /// The computed fields of a row in the occurrence `alias`, as the caller sees that row.
    pub(super) fn computed(&mut self, id: ModelId, alias: Alias) -> Result<Vec<(FieldId, Scalar)>> {
        let model = self.schema.model(id)?;
        // Rows that an expression itself looks at have no computed fields: those could look back.
        if self.computing || !model.has_computed() {
            return Ok(Vec::new());
        }
        self.computing = true;
        let always = |field: &Field| field.computed && field.params.is_empty();
        let fields = (0..).map(FieldId).zip(model.fields.iter()).filter(|(_, field)| always(field));
        let computed = fields.map(|(field, _)| Ok((field, self.computed_field(id, field, alias, &[])?))).collect();
        self.computing = false;
        computed
    }

    /// What a field of a row is with arguments, and the column that it would be.
    pub(super) fn asked(&mut self, asked: &Asked, row: Occurrence) -> Result<(Column, Scalar)> {
        let Occurrence { alias, model } = row;
        let of = self.schema.model(model)?;
        let field = of.field(asked.field)?;
        if field.params.is_empty() || self.computing {
            return Err(Error::internal(format!("`{}.{}` is asked with arguments", of.name, field.name)));
        }
        let mut args = asked.args.clone();
        validate::given(self.schema, &format!("{}.{}", of.name, field.name), &field.params, &mut args)?;
        self.computing = true;
        let value = self.computed_field(model, asked.field, alias, &args);
        self.computing = false;
        Ok((Column { alias, model, field: asked.field }, value?))
    }

    /// One computed field of a row.
    pub(super) fn computed_field(
        &mut self,
        id: ModelId,
        field: FieldId,
        alias: Alias,
        args: &[Value],
    ) -> Result<Scalar> {
        let (provided, model) = (self.provided, self.schema.model(id)?);
        let described = model.field(field)?;
        // What is inherited from a delegate is computed as that says.
        let of = described.inherited.unwrap_or(id);
        let delegate = self.schema.model(of)?;
        let named = |given: &&Computed| {
            given.model == of && delegate.field(given.field).is_ok_and(|field| field.name == described.name)
        };
        let Some(given) = provided.computed.iter().find(named) else {
            let name = &described.name;
            return Err(Error::invalid(format!("`{}.{name}` is computed, and nothing says how", model.name)));
        };
        let wanted = Some((described.ty, described.list));
        let row = Occurrence { alias, model: id };
        let mut expr = given.with(args)?;
        if let (false, Some(closed)) = (args.is_empty(), expr.closed_field(self.schema, delegate)) {
            return Err(Computed::closed(delegate, described, closed));
        }
        if of != id {
            expr.to_mut().inherit(delegate, model)?;
        }
        self.expr(&expr, row, wanted)
    }

    /// `wanted` is the type that it must have, and whether it is a list; none where what stands beside it says so.
    fn expr(&mut self, expr: &Expr, row: Occurrence, wanted: Option<(Type, bool)>) -> Result<Scalar> {
        let calculated = |calculated| Scalar::Calculated(Box::new(calculated));
        Ok(match expr {
            Expr::Value(value) => match wanted {
                // These mix with columns that a database has of other types, and are understood without a type.
                None | Some((Type::String | Type::Enum(_), false)) => self.literal(value.clone()),
                Some((ty, list)) => {
                    // A list of structures is one document.
                    let value = match value {
                        Value::List(items) if !list => list_json(items).into(),
                        value => value.clone(),
                    };
                    calculated(Calculated::Typed(self.slot_for_column(value), ty, list))
                }
            },
            Expr::Field(field) => Scalar::Column(self.column_of(row, *field)?),
            Expr::Calculate(calculation, one, other) => {
                let (one, other) = (self.expr(one, row, None)?, self.expr(other, row, None)?);
                calculated(Calculated::Number(*calculation, one, other))
            }
            Expr::Concat(texts) => {
                let texts: Result<Vec<_>> = texts.iter().map(|text| self.expr(text, row, None)).collect();
                calculated(Calculated::Concat(texts?))
            }
            Expr::Otherwise(one, other) => {
                let (one, other) = (self.expr(one, row, wanted)?, self.expr(other, row, wanted)?);
                calculated(Calculated::Otherwise(one, other))
            }
            Expr::Case(cases, last) => {
                let mut bound = Vec::with_capacity(cases.len());
                for (filter, expr) in cases {
                    bound.push((self.filter_on(filter, row)?, self.expr(expr, row, wanted)?));
                }
                calculated(Calculated::Case(bound, self.expr(last, row, wanted)?))
            }
            Expr::Lower(text) => calculated(Calculated::Lower(self.expr(text, row, None)?)),
            Expr::Upper(text) => calculated(Calculated::Upper(self.expr(text, row, None)?)),
            Expr::Length(text) => calculated(Calculated::Length(self.expr(text, row, None)?)),
            Expr::Count(relation, filter) => {
                let (source, filter) = self.belonging(row, *relation, filter)?;
                Scalar::Tally { source: Box::new(source), filter: Box::new(filter) }
            }
            Expr::Summary(summary, relation, field, filter) => {
                let (source, filter) = self.belonging(row, *relation, filter)?;
                let function = match summary {
                    Summary::Sum => Function::Sum,
                    Summary::Minimum => Function::Minimum,
                    Summary::Maximum => Function::Maximum,
                };
                let column = self.column_of(Occurrence::of(&source), *field)?;
                let value = Box::new(Scalar::Measure(Measure::Of(function, column)));
                Scalar::Lookup { source: Box::new(source), filter: Box::new(filter), value }
            }
            Expr::Related(relation, expr) => {
                let (source, filter) = self.belonging(row, *relation, &Filter::Constant(true))?;
                let value = Box::new(self.expr(expr, Occurrence::of(&source), wanted)?);
                Scalar::Lookup { source: Box::new(source), filter: Box::new(filter), value }
            }
        })
    }

    /// Rows that belong to a row, of those that are in sight, and what tells them from others.
    fn belonging(&mut self, row: Occurrence, id: RelationId, filter: &Filter) -> Result<(super::Source, Predicate)> {
        let relation = self.schema.model(row.model)?.relation(id)?;
        let there = self.open_related(relation.target)?;
        let join = self.joined_to(row, id, &there)?;
        let filter = self.filter_on(filter, Occurrence::of(&there))?;
        Ok((there, Predicate::all([join, filter])))
    }
}
