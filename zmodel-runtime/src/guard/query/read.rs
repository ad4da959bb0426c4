//! Plans that read.

use super::shape::{Column, Include, Predicate, Scalar, Select, Shape};
use super::{Guard, Source, Verdict};
use crate::error::{Error, Result};
use crate::plan::{self, Filter};
use crate::schema::{FieldId, Operation, Quantifier, RelationId};
use crate::value::Value;

/// Lists up to this length are padded.
const PADDED: usize = 1024;

impl Guard<'_> {
    /// Guards a read.
    pub(crate) fn find(mut self, plan: &plan::Find) -> Result<Verdict> {
        let source = self.open(plan.model, &[Operation::Read])?;
        if source.is_nothing() {
            return Ok(Verdict::Nothing);
        }
        let select = self.select(source, plan, Predicate::TRUE)?;
        if select.filter == Predicate::FALSE {
            return Ok(Verdict::Nothing);
        }
        self.finish(Shape::Find(select))
    }

    /// Guards a count.
    pub(crate) fn count(mut self, plan: &plan::Count) -> Result<Verdict> {
        let find = &plan.find;
        let source = self.open(find.model, &[Operation::Read])?;
        if source.is_nothing() {
            return Ok(Verdict::Nothing);
        }
        let filter = self.filter(&find.filter, &source)?;
        let (take, skip) = self.limits(find);
        let select = Select { source, filter, order: Vec::new(), take, skip, includes: Vec::new() };
        self.finish(Shape::Count(select))
    }

    fn select(&mut self, source: Source, plan: &plan::Find, join: Predicate) -> Result<Select> {
        let filter = Predicate::all([join, self.filter(&plan.filter, &source)?]);
        let includes = self.includes(&plan.includes, &source)?;
        let (take, skip) = self.limits(plan);
        Ok(Select { source, filter, order: plan.order.clone(), take, skip, includes })
    }

    fn limits(&mut self, plan: &plan::Find) -> (Option<super::Slot>, Option<super::Slot>) {
        // No database but PostgreSQL takes an OFFSET without a LIMIT.
        let take = match (plan.take, plan.skip) {
            (Some(take), _) => Some(i64::from(take)),
            (None, Some(_)) => Some(i64::MAX),
            (None, None) => None,
        };
        let mut slot = |n: i64| self.slot(Value::Int(n));
        (take.map(&mut slot), plan.skip.map(|skip| slot(skip.into())))
    }

    /// The related rows that `source`'s rows bring along; each table again carries its own rules.
    fn includes(&mut self, plans: &[plan::Include], source: &Source) -> Result<Vec<Include>> {
        let model = self.schema.model(source.model())?;
        let mut includes = Vec::with_capacity(plans.len());
        for include in plans {
            let relation = model.relation(include.relation)?;
            if include.find.model != relation.target {
                return Err(Error::internal("an include reads another model than its relation leads to"));
            }
            let there = self.open(relation.target, &[Operation::Read])?;
            let join = self.joined(source, include.relation, &there)?;
            includes.push(Include { many: relation.many, select: self.select(there, &include.find, join)? });
        }
        Ok(includes)
    }

    /// A caller's condition on the rows of `source`.
    pub(super) fn filter(&mut self, filter: &Filter, source: &Source) -> Result<Predicate> {
        let column =
            |field: &FieldId| Scalar::Column(Column { alias: source.alias(), model: source.model(), field: *field });
        Ok(match filter {
            Filter::Constant(value) => Predicate::Constant(*value),
            Filter::Not(inner) => self.filter(inner, source)?.negate(),
            Filter::All(list) => {
                let list: Result<Vec<_>> = list.iter().map(|inner| self.filter(inner, source)).collect();
                Predicate::all(list?)
            }
            Filter::Any(list) => {
                let list: Result<Vec<_>> = list.iter().map(|inner| self.filter(inner, source)).collect();
                Predicate::any(list?)
            }
            Filter::Compare(comparison, field, value) => {
                let right = Scalar::Slot(self.slot(value.clone()));
                Predicate::Compare { comparison: *comparison, left: column(field), right, unknown: None }
            }
            Filter::In(field, values) => self.in_list(column(field), values.clone(), None),
            Filter::Text(needle, field, sought, ignore_case) => Predicate::Text {
                needle: *needle,
                text: column(field),
                sought: Scalar::Slot(self.slot(Value::Text(sought.clone()))),
                ignore_case: *ignore_case,
                unknown: None,
            },
            Filter::SameText(field, sought) => {
                let sought = Scalar::Slot(self.slot(Value::Text(sought.clone())));
                Predicate::SameText { text: column(field), sought }
            }
            Filter::IsNull(field) => Predicate::IsNull(column(field)),
            Filter::Related(relation, quantifier, inner) => self.related(*relation, *quantifier, inner, source)?,
        })
    }

    /// A condition on related rows, of those that the caller may see.
    fn related(
        &mut self,
        id: RelationId,
        quantifier: Quantifier,
        inner: &Filter,
        source: &Source,
    ) -> Result<Predicate> {
        let relation = self.schema.model(source.model())?.relation(id)?;
        let there = self.open(relation.target, &[Operation::Read])?;
        let join = self.joined(source, id, &there)?;
        let condition = self.filter(inner, &there)?;
        let condition = if quantifier == Quantifier::Every { condition.negate() } else { condition };
        let filter = Predicate::all([join, condition]);
        let exists = if there.is_nothing() || filter == Predicate::FALSE {
            Predicate::FALSE
        } else {
            Predicate::Exists { source: Box::new(there), filter: Box::new(filter) }
        };
        Ok(if quantifier == Quantifier::Some { exists } else { exists.negate() })
    }

    /// Equal to one of some values. A short list is padded to a power of two, so that lists of different lengths share
    /// one SQL text.
    pub(super) fn in_list(&mut self, value: Scalar, mut values: Vec<Value>, unknown: Option<bool>) -> Predicate {
        values.retain(|value| !value.is_null());
        let Some(padding) = values.last().cloned() else { return Predicate::FALSE };
        if values.len() <= PADDED {
            values.resize(values.len().next_power_of_two(), padding);
        }
        let list = values.into_iter().map(|value| self.slot(value)).collect();
        Predicate::In { value, list, unknown }
    }
}
