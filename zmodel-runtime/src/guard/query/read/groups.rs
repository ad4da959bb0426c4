//! Aggregates: what is said of many rows at once.

use super::super::shape::{Function, Groups, Measure, Order, Predicate, Scalar, Shape};
use super::super::{Guard, Source, Verdict};
use crate::error::{Error, Result};
use crate::plan::{self, Filter, Grouped, Having};
use crate::schema::{FieldId, Type};
use crate::value::Value;

impl Guard<'_> {
    /// Guards an aggregate. A table of which the caller may see nothing is an empty one, and is asked all the same: the
    /// database knows what an empty table amounts to.
    pub(crate) fn aggregate(mut self, plan: &plan::Aggregate) -> Result<Verdict> {
        let source = self.open_asked(plan.find.model, &plan.asked)?;
        let measures = self.measures(&source, &plan.measures)?;
        let mut select = self.window(source, &plan.find, Predicate::TRUE, false)?;
        if select.distinct.is_empty() && select.take.is_none() && select.skip.is_none() {
            select.order.clear();
        }
        self.finish(Shape::Aggregate(select, measures))
    }

    /// Guards groups.
    pub(crate) fn group_by(mut self, plan: &plan::GroupBy) -> Result<Verdict> {
        let model = self.schema.model(plan.model)?;
        for field in &plan.by {
            if !model.field(*field)?.is_shown() {
                return Err(Error::internal("rows are grouped by a field that no client reads"));
            }
        }
        let source = self.open_asked(plan.model, &plan.asked)?;
        if source.is_nothing() {
            return Ok(Verdict::Nothing);
        }
        let filter = self.filter(&plan.filter, &source)?;
        let having = self.having(&plan.having, &plan.by, &source)?;
        let from_end = plan.take.is_some_and(i64::is_negative);
        let mut order = Vec::with_capacity(plan.order.len());
        for by in &plan.order {
            let value = match by.by {
                Grouped::Field(field) if plan.by.contains(&field) => self.value(&source, field)?,
                Grouped::Field(_) => {
                    return Err(Error::invalid("groups are ordered by a field that they do not share"));
                }
                Grouped::Measure(measure) => Scalar::Measure(self.measure(&source, measure)?),
            };
            order.push(Order { value, direction: by.direction, nulls: by.nulls });
        }
        if from_end {
            // Groups differ in what they are grouped by, so this tells any two apart.
            for field in &plan.by {
                let value = self.value(&source, *field)?;
                if !order.iter().any(|order| order.value == value) {
                    order.push(Order { value, direction: plan::Direction::Ascending, nulls: None });
                }
            }
        }
        let (take, skip) = self.limits(plan.take, plan.skip);
        let by = plan.by.iter().map(|field| self.column(&source, *field)).collect::<Result<_>>()?;
        let measures = self.measures(&source, &plan.measures)?;
        self.finish(Shape::Groups(Groups { source, filter, by, measures, having, order, take, skip, from_end }))
    }

    fn measures(&self, source: &Source, plan: &[plan::Measure]) -> Result<Vec<Measure>> {
        plan.iter().map(|measure| self.measure(source, *measure)).collect()
    }

    /// A measure of the rows of a source: of what the caller may see of them.
    fn measure(&self, source: &Source, measure: plan::Measure) -> Result<Measure> {
        let (function, id) = match measure {
            plan::Measure::Rows => return Ok(Measure::Rows),
            plan::Measure::Count(field) => (Function::Count, field),
            plan::Measure::Sum(field) => (Function::Sum, field),
            plan::Measure::Average(field) => (Function::Average, field),
            plan::Measure::Minimum(field) => (Function::Minimum, field),
            plan::Measure::Maximum(field) => (Function::Maximum, field),
        };
        let field = self.schema.model(source.model())?.field(id)?;
        let number = matches!(field.ty, Type::Int | Type::BigInt | Type::Float | Type::Decimal) && !field.list;
        let possible = match function {
            Function::Count => field.is_shown(),
            Function::Sum | Function::Average => field.is_shown() && number,
            Function::Minimum | Function::Maximum => field.is_shown() && !field.list && field.ty != Type::Json,
        };
        if !possible {
            return Err(Error::internal("a measure does not fit its field"));
        }
        Ok(Measure::Of(function, self.column(source, id)?))
    }

    fn having(&mut self, having: &Having, by: &[FieldId], source: &Source) -> Result<Predicate> {
        Ok(match having {
            Having::Constant(value) => Predicate::Constant(*value),
            Having::Not(inner) => self.having(inner, by, source)?.negate(),
            Having::All(list) => {
                let list: Result<Vec<_>> = list.iter().map(|inner| self.having(inner, by, source)).collect();
                Predicate::all(list?)
            }
            Having::Any(list) => {
                let list: Result<Vec<_>> = list.iter().map(|inner| self.having(inner, by, source)).collect();
                Predicate::any(list?)
            }
            Having::Group(filter) => {
                if !is_about(filter, by) {
                    return Err(Error::invalid("a condition on groups is about a field that they do not share"));
                }
                self.filter(filter, source)?
            }
            Having::Compare(comparison, of, value) => Predicate::Compare {
                comparison: *comparison,
                left: Scalar::Measure(self.measure(source, *of)?),
                right: self.literal(value.clone()),
                unknown: None,
            },
            Having::In(of, values) => self.in_list(Scalar::Measure(self.measure(source, *of)?), values.clone(), None),
            Having::Text(needle, of, sought, ignore_case) => Predicate::Text {
                needle: *needle,
                text: Scalar::Measure(self.measure(source, *of)?),
                sought: self.literal(Value::Text(sought.clone())),
                ignore_case: *ignore_case,
                unknown: None,
            },
            Having::IsNull(of) => Predicate::IsNull(Scalar::Measure(self.measure(source, *of)?)),
        })
    }
}

/// Whether a condition looks at no other field than these, and at no other row.
fn is_about(filter: &Filter, fields: &[FieldId]) -> bool {
    match filter {
        Filter::Constant(_) => true,
        Filter::Not(inner) => is_about(inner, fields),
        Filter::All(list) | Filter::Any(list) => list.iter().all(|inner| is_about(inner, fields)),
        Filter::Compare(_, field, _)
        | Filter::In(field, _)
        | Filter::Text(_, field, _, _)
        | Filter::SameText(field, _)
        | Filter::Search(field, _)
        | Filter::IsNull(field)
        | Filter::Has(field, _)
        | Filter::Share(_, field, _)
        | Filter::Empty(field)
        | Filter::Json(field, _) => fields.contains(field),
        Filter::Fields(_, one, other) => fields.contains(one) && fields.contains(other),
        // What a group shares of a field with arguments is a column.
        Filter::Asked(..) | Filter::Related(..) | Filter::Known(_) => false,
    }
}
