//! Orders, and places in them.

use super::super::shape::{Order, Predicate, Scalar};
use super::super::{Guard, Source};
use super::Occurrence;
use crate::error::{Error, Result};
use crate::plan::{self, Direction, Nulls, OrderBy, Place};
use crate::schema::{Comparison, Operation, Provider};
use crate::value::Value;

impl Guard<'_> {
    /// The order that a plan asks for; if it must be `total`, with as much of the id as it takes to tell any two rows
    /// apart.
    pub(super) fn whole_order(&self, plan: &plan::Find, total: bool) -> Result<Vec<plan::Order>> {
        let mut whole = plan.order.clone();
        if !total {
            return Ok(whole);
        }
        let model = self.schema.model(plan.model)?;
        if model.id.is_empty() && whole.is_empty() {
            return Err(Error::invalid(format!("the rows of `{}` have no order to find a place in", model.name)));
        }
        for id in model.id.iter() {
            // A place is given out, and with it every value that it consists of.
            if plan.places && !model.field(*id)?.is_read() {
                return Err(Error::invalid(format!("the rows of `{}` have no key that can be shown", model.name)));
            }
            if !whole.iter().any(|order| order.by == OrderBy::Field(*id)) {
                whole.push(plan::Order::field(*id, Direction::Ascending));
            }
        }
        Ok(whole)
    }

    /// An order of the rows of `source`. What it looks at in other tables is what the caller may see there.
    pub(super) fn order(&mut self, plan: &[plan::Order], source: &Source) -> Result<Vec<Order>> {
        let mut orders = Vec::with_capacity(plan.len());
        for plan::Order { by, direction, nulls } in plan {
            orders.push(Order { value: self.ordered_by(by, source)?, direction: *direction, nulls: *nulls });
        }
        Ok(orders)
    }

    fn ordered_by(&mut self, by: &OrderBy, source: &Source) -> Result<Scalar> {
        let model = self.schema.model(source.model())?;
        match by {
            OrderBy::Field(field) => self.value(source, *field),
            OrderBy::Asked(asked) => {
                let (column, value) = self.asked(asked, Occurrence::of(source))?;
                Ok(Scalar::Asked { column, value: Box::new(value) })
            }
            OrderBy::Related(id, inner) => {
                let relation = model.relation(*id)?;
                if relation.many {
                    return Err(Error::internal("an order by a field of one of many rows"));
                }
                let there = self.open(relation.target, &[Operation::Read])?;
                let filter = self.joined(source, *id, &there)?;
                let value = self.ordered_by(inner, &there)?;
                Ok(Scalar::Lookup { source: Box::new(there), filter: Box::new(filter), value: Box::new(value) })
            }
            OrderBy::Relevance(fields, sought) => self.relevance(Occurrence::of(source), fields, sought),
            OrderBy::Count(id, filter) => {
                let there = self.open(model.relation(*id)?.target, &[Operation::Read])?;
                let joined = self.joined(source, *id, &there)?;
                let filter = Predicate::all([joined, self.filter(filter, &there)?]);
                Ok(Scalar::Tally { source: Box::new(there), filter: Box::new(filter) })
            }
        }
    }

    /// The rows that stand after a place in the order, or before it if the order is read from its end.
    pub(super) fn cursor(
        &mut self,
        cursor: &plan::Cursor,
        whole: &[plan::Order],
        order: &[Order],
        from_end: bool,
        source: &Source,
    ) -> Result<Predicate> {
        match &cursor.at {
            Place::Values(values) => {
                let mut place = |value: &Value| match value {
                    Value::Null => Reached::Null,
                    value => Reached::Known(self.literal(value.clone())),
                };
                if values.len() != whole.len() {
                    return Err(Error::invalid("a cursor belongs to another order"));
                }
                let places: Vec<Reached> = values.iter().map(&mut place).collect();
                Ok(self.beyond(order, &places, from_end, cursor.inclusive))
            }
            Place::Row(key) => {
                // The row is looked for among those that the caller may see, and shows what he may see of it.
                let there = self.open(source.model(), &[Operation::Read])?;
                let key = self.filter(key, &there)?;
                let places: Vec<Reached> =
                    self.order(whole, &there)?.into_iter().map(|order| Reached::Row(order.value)).collect();
                let filter = Predicate::all([key, self.beyond(order, &places, from_end, cursor.inclusive)]);
                Ok(Predicate::exists(there, filter))
            }
        }
    }

    /// Beyond a place: further by the first part of the order, or at the same place by it and further by the next, and
    /// so on.
    fn beyond(&self, order: &[Order], places: &[Reached], from_end: bool, inclusive: bool) -> Predicate {
        let mut beyond = Vec::new();
        let mut same: Vec<Predicate> = Vec::new();
        for (order, place) in order.iter().zip(places) {
            let further = self.further(order, place, from_end);
            beyond.push(Predicate::all(same.iter().cloned().chain([further])));
            same.push(alike(&order.value, place));
        }
        if inclusive {
            beyond.push(Predicate::all(same));
        }
        Predicate::any(beyond)
    }

    fn further(&self, order: &Order, place: &Reached, from_end: bool) -> Predicate {
        let ascending = (order.direction == Direction::Ascending) != from_end;
        // Where nothing else is said, PostgreSQL takes NULL for the highest value and the others for the lowest.
        let highest = self.provider == Provider::Postgresql;
        let first = order.nulls.unwrap_or(if highest == (order.direction == Direction::Descending) {
            Nulls::First
        } else {
            Nulls::Last
        });
        let nulls_come_first = (first == Nulls::First) != from_end;
        let comparison = if ascending { Comparison::Greater } else { Comparison::Less };
        let null = |value: &Scalar| Predicate::IsNull(value.clone());
        let compare = |right: &Scalar| Predicate::Compare {
            comparison,
            left: order.value.clone(),
            right: right.clone(),
            unknown: None,
        };
        match place {
            Reached::Null if nulls_come_first => null(&order.value).negate(),
            Reached::Null => Predicate::FALSE,
            Reached::Known(known) if nulls_come_first => compare(known),
            Reached::Known(known) => Predicate::any([compare(known), null(&order.value)]),
            Reached::Row(there) if nulls_come_first => {
                let past_nulls = Predicate::all([null(there), null(&order.value).negate()]);
                Predicate::any([compare(there), past_nulls])
            }
            Reached::Row(there) => {
                let among_nulls = Predicate::all([null(there).negate(), null(&order.value)]);
                Predicate::any([compare(there), among_nulls])
            }
        }
    }
}

/// What a place has for a part of the order.
enum Reached {
    Null,
    /// A value that is not NULL.
    Known(Scalar),
    /// The value of a row, which can be NULL.
    Row(Scalar),
}

fn alike(here: &Scalar, place: &Reached) -> Predicate {
    let equal = |right: &Scalar| Predicate::Compare {
        comparison: Comparison::Equal,
        left: here.clone(),
        right: right.clone(),
        unknown: None,
    };
    match place {
        Reached::Null => Predicate::IsNull(here.clone()),
        Reached::Known(known) => equal(known),
        Reached::Row(there) => {
            let both = Predicate::all([Predicate::IsNull(here.clone()), Predicate::IsNull(there.clone())]);
            Predicate::any([equal(there), both])
        }
    }
}
