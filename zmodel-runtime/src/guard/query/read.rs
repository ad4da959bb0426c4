//! Plans that read.

mod filter;
mod groups;
mod order;

use super::shape::{Column, Include, Limit, Predicate, Scalar, Select, Shape};
use super::{Alias, Guard, Slot, Source, Verdict};
use crate::error::{Error, Result};
use crate::plan::{self, Filter};
use crate::schema::{FieldId, ModelId, Operation, Secret};
use crate::value::Value;

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

    /// Guards a look for the key fields of a row that the caller may read: the engine finds the row by them, also where he may
    /// not see its id.
    pub(crate) fn keys_of(mut self, model: ModelId, filter: &Filter) -> Result<Verdict> {
        let source = self.open(model, &[Operation::Read])?;
        if source.is_nothing() {
            return Ok(Verdict::Nothing);
        }
        let (source, filter) = self.chosen(source, filter)?;
        let fields = Some(self.schema.model(model)?.key_fields());
        let take = Some(Limit::One);
        self.finish(Shape::Find(Select { fields, take, keys: true, ..Select::new(source, filter) }))
    }

    /// Guards a count.
    pub(crate) fn count(mut self, plan: &plan::Count) -> Result<Verdict> {
        let source = self.open(plan.find.model, &[Operation::Read])?;
        if source.is_nothing() {
            return Ok(Verdict::Nothing);
        }
        let select = self.count_of(source, &plan.find, Predicate::TRUE)?;
        if select.filter == Predicate::FALSE {
            return Ok(Verdict::Nothing);
        }
        self.finish(Shape::Count(select))
    }

    /// Guards the question whether there is a row.
    pub(crate) fn exists(mut self, plan: &plan::Exists) -> Result<Verdict> {
        let source = self.open(plan.model, &[Operation::Read])?;
        if source.is_nothing() {
            return Ok(Verdict::Nothing);
        }
        let filter = self.filter(&plan.filter, &source)?;
        if filter == Predicate::FALSE {
            return Ok(Verdict::Nothing);
        }
        self.finish(Shape::Exists(Select::new(source, filter)))
    }

    /// Guards the look at the hash of a password, in a row that the caller sees, if he sees the field too.
    pub(crate) fn password(mut self, model: ModelId, key: &Filter, field: FieldId) -> Result<Verdict> {
        if self.schema.model(model)?.field(field)?.secret != Some(Secret::Password) {
            return Err(Error::invalid("only a field marked `@password` can be verified"));
        }
        let source = self.open(model, &[Operation::Read])?;
        if source.is_nothing() {
            return Ok(Verdict::Nothing);
        }
        let filter = self.filter(key, &source)?;
        self.finish(Shape::Find(Select { fields: Some(vec![field]), ..Select::new(source, filter) }))
    }

    /// The rows that a plan asks for, with all that it wants to know of them.
    fn select(&mut self, source: Source, plan: &plan::Find, join: Predicate) -> Result<Select> {
        let mut select = self.window(source, plan, join, plan.places)?;
        let fields = plan.fields.clone();
        let model = self.schema.model(plan.model)?;
        for field in fields.iter().flatten() {
            // JSON names no fields here: a row is read whole, without what is omitted, and shown in part.
            if !model.field(*field)?.is_read_by_name() {
                return Err(Error::internal("a field is read that no client reads"));
            }
        }
        select.includes = self.includes(&plan.includes, &select.source)?;
        (select.fields, select.places) = (fields, plan.places);
        Ok(select)
    }

    /// The rows that a plan asks for, if only their number matters.
    fn count_of(&mut self, source: Source, plan: &plan::Find, join: Predicate) -> Result<Select> {
        let mut select = self.window(source, plan, join, false)?;
        if select.distinct.is_empty() {
            // The same number of rows, whichever come first.
            select.order.clear();
        }
        Ok(select)
    }

    /// Filter, cursor, distinct, order, skip and take.
    fn window(&mut self, source: Source, plan: &plan::Find, join: Predicate, total: bool) -> Result<Select> {
        if source.model() != plan.model {
            return Err(Error::internal("a plan reads another model than the table that was opened for it"));
        }
        let (source, filter) = self.chosen(source, &plan.filter)?;
        let from_end = plan.take.is_some_and(i64::is_negative);
        let total = total || plan.cursor.is_some() || from_end;
        let whole = self.whole_order(plan, total)?;
        let order = self.order(&whole, &source)?;
        let beyond = match &plan.cursor {
            Some(cursor) => self.cursor(cursor, &whole, &order, from_end, &source)?,
            None => Predicate::TRUE,
        };
        let (take, skip) = self.limits(plan.take, plan.skip);
        let distinct = plan.distinct.clone();
        for field in &distinct {
            self.column(&source, *field)?;
        }
        // Without `distinct` in between, one is a condition as the other.
        let (mut all, mut beyond) = (join, beyond);
        all.and(filter);
        if distinct.is_empty() {
            all.and(std::mem::replace(&mut beyond, Predicate::TRUE));
        }
        let mut select = Select::new(source, all);
        (select.order, select.distinct, select.beyond) = (order, distinct, beyond);
        (select.take, select.skip, select.from_end) = (take, skip, from_end);
        Ok(select)
    }

    fn limits(&mut self, take: Option<i64>, skip: Option<u32>) -> (Option<Limit>, Option<Slot>) {
        // No database but PostgreSQL takes an OFFSET without a LIMIT.
        let take = match (take, skip) {
            // The magnitude of the lowest number is one more than the highest.
            (Some(take), _) => Some(take.checked_abs().unwrap_or(i64::MAX)),
            (None, Some(_)) => Some(i64::MAX),
            (None, None) => None,
        };
        let mut slot = |n: i64| self.slot_for_column(Value::Int(n));
        let take = take.map(|take| if take == 1 { Limit::One } else { Limit::Slot(slot(take)) });
        (take, skip.map(|skip| slot(skip.into())))
    }

    /// The related rows that `source`'s rows bring along; each table again carries its own rules.
    fn includes(&mut self, plans: &[plan::Include], source: &Source) -> Result<Vec<Include>> {
        let model = self.schema.model(source.model())?;
        let mut includes = Vec::with_capacity(plans.len());
        for include in plans {
            let (id, find) = match include {
                plan::Include::Rows(id, find) | plan::Include::Count(id, find) => (*id, find),
                plan::Include::Asked(asked) => {
                    if !model.field(asked.field)?.is_read_by_name() {
                        return Err(Error::internal("a field is read that no client reads"));
                    }
                    let (column, value) = self.asked(asked, Occurrence::of(source))?;
                    includes.push(Include::Asked(column, value));
                    continue;
                }
            };
            let relation = model.relation(id)?;
            if find.model != relation.target {
                return Err(Error::internal("an include reads another model than its relation leads to"));
            }
            if find.places {
                return Err(Error::internal("related rows do not say where they stand"));
            }
            let there = self.open(relation.target, &[Operation::Read])?;
            let join = self.joined(source, id, &there)?;
            includes.push(match include {
                plan::Include::Count(..) => Include::Count(self.count_of(there, find, join)?),
                _ if relation.many => Include::Many(self.select(there, find, join)?),
                _ => Include::One(self.select(there, find, join)?),
            });
        }
        Ok(includes)
    }
}

/// A row that a condition or a value is about: one occurrence of the table of a model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occurrence {
    pub(super) alias: Alias,
    pub(super) model: ModelId,
}

impl Occurrence {
    /// The rows of a source.
    pub(super) const fn of(source: &Source) -> Self {
        Self { alias: source.alias(), model: source.model() }
    }
}

impl Guard<'_> {
    /// A column of a row, to be compared, ordered or summarized: not one whose values the database must not know.
    pub(super) fn column_of(&self, Occurrence { alias, model: id }: Occurrence, field: FieldId) -> Result<Column> {
        let model = self.schema.model(id)?;
        let described = model.field(field)?;
        if described.secret.is_some() {
            let (model, field) = (&model.name, &described.name);
            return Err(Error::invalid(format!("`{model}.{field}` is a secret, which the database cannot compare")));
        }
        if !described.params.is_empty() {
            let (model, field) = (&model.name, &described.name);
            return Err(Error::invalid(format!("`{model}.{field}` is computed with arguments, and none are given")));
        }
        Ok(Column { alias, model: id, field })
    }

    /// A column of a source.
    fn column(&self, source: &Source, field: FieldId) -> Result<Column> {
        if source.has_asked(field) {
            return Ok(Column { alias: source.alias(), model: source.model(), field });
        }
        self.column_of(Occurrence::of(source), field)
    }

    /// A column of a source, as a value.
    fn value(&self, source: &Source, field: FieldId) -> Result<Scalar> {
        self.column(source, field).map(Scalar::Column)
    }
}
