//! What a statement need not put in order, since whoever reads it can.

use super::dialect::{Dialect, dialect};
use crate::error::Result;
use crate::guard::{Column, Include, Order, Scalar, Select, Shape};
use crate::plan::{Direction, Nulls};
use crate::schema::{FieldId, Provider, Schema};
use crate::sorting::{Key, Sorting};

/// Takes the orders of related rows out of a shape, as far as the cells that are read say as much as the order, and gives
/// them as one for each include that gives rows; none if nothing is taken out.
pub(crate) fn leave_orders(schema: &Schema, provider: Provider, shape: &mut Shape) -> Result<Vec<Sorting>> {
    let Shape::Find(select) = shape else { return Ok(Vec::new()) };
    if select.includes.is_empty() {
        return Ok(Vec::new());
    }
    let sortings = of_includes(schema, dialect(provider)?, &mut select.includes)?;
    Ok(if sortings.iter().all(Sorting::is_idle) { Vec::new() } else { sortings })
}

fn of_includes(schema: &Schema, dialect: &dyn Dialect, includes: &mut [Include]) -> Result<Vec<Sorting>> {
    let of = |include: &mut Include| {
        let (select, many) = match include {
            Include::One(select) => (select, false),
            Include::Many(select) => (select, true),
            Include::Count(_) | Include::Asked(..) => return None,
        };
        Some((|| {
            let keys = if many { keys(schema, dialect, select)? } else { Vec::new() };
            Ok(Sorting { keys, nested: of_includes(schema, dialect, &mut select.includes)? })
        })())
    };
    includes.iter_mut().filter_map(of).collect()
}

/// The order of some rows, by the cells that are read of them; none if it stays where it is.
fn keys(schema: &Schema, dialect: &dyn Dialect, select: &mut Select) -> Result<Vec<Key>> {
    // Which rows these are must not be up to the order.
    if !select.is_whole() {
        return Ok(Vec::new());
    }
    let keys: Option<Vec<Key>> = select
        .order
        .iter()
        .map(|order| key(schema, dialect, select, order).transpose())
        .collect::<Option<_>>()
        .transpose()?;
    let Some(keys) = keys else { return Ok(Vec::new()) };
    select.order.clear();
    Ok(keys)
}

fn key(schema: &Schema, dialect: &dyn Dialect, select: &Select, order: &Order) -> Result<Option<Key>> {
    let (alias, model) = (select.source.alias(), select.source.model());
    let Scalar::Column(Column { alias: of, model: there, field: id }) = order.value else { return Ok(None) };
    let fields = &schema.model(model)?.fields;
    let field = schema.model(model)?.field(id)?;
    if (of, there) != (alias, model) || !dialect.sorts_as_read(field) {
        return Ok(None);
    }
    let cell = match &select.fields {
        Some(fields) => fields.iter().position(|field| *field == id),
        None => {
            let mut read = (0..).map(FieldId).zip(fields.iter()).filter(|(_, field)| field.is_read());
            read.position(|(field, _)| field == id)
        }
    };
    let descending = order.direction == Direction::Descending;
    let nulls_first = match order.nulls {
        Some(nulls) => nulls == Nulls::First,
        None => dialect.nulls_are_highest() == descending,
    };
    Ok(cell.map(|cell| Key { cell, descending, nulls_first }))
}
