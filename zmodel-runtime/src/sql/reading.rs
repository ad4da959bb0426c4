//! What a statement need not say of related rows, since whoever reads them can tell.

use super::dialect::{Dialect, dialect};
use crate::error::Result;
use crate::guard::{Column, Include, Order, Predicate, Scalar, Select, Shape, Source};
use crate::plan::{Direction, Nulls};
use crate::reading::{Key, Reading, Readings};
use crate::schema::{Comparison, FieldId, Provider, Schema, Type};

/// Takes out of a shape what whoever reads its rows can tell by the cells that stay; none if that is nothing.
pub(crate) fn leave_to_reader(schema: &Schema, provider: Provider, shape: &mut Shape) -> Result<Option<Box<Readings>>> {
    let Shape::Find(select) = shape else { return Ok(None) };
    let readings = Leaving { schema, dialect: dialect(provider)? }.brought(select)?;
    Ok(if readings.is_idle() { None } else { Some(Box::new(readings)) })
}

struct Leaving<'a> {
    schema: &'a Schema,
    dialect: &'static dyn Dialect,
}

impl Leaving<'_> {
    /// How what a row brings along is read.
    fn brought(&self, select: &mut Select) -> Result<Readings> {
        let mut readings = Readings::default();
        if select.includes.is_empty() {
            return Ok(readings);
        }
        let cells = self.cells(select)?;
        for include in &mut select.includes {
            let mut reading = Reading::default();
            let inner = match include {
                Include::One(inner) => inner,
                Include::Many(inner) => {
                    let shared = self.shared(inner, &select.source, &cells)?.filter(|shared| {
                        // All of them share the same cell.
                        readings.shared.is_none_or(|own| own == shared.own)
                    });
                    reading.keys = self.keys(inner, shared.as_ref())?;
                    if let Some(Shared { own, at, rest, .. }) = shared {
                        (readings.shared, reading.shared, inner.fields) = (Some(own), Some(at), Some(rest));
                    }
                    inner
                }
                Include::Count(_) | Include::Asked(..) => continue,
            };
            reading.nested = self.brought(inner)?;
            readings.each.push(reading);
        }
        Ok(readings)
    }

    /// The fields in the cells of a row.
    fn cells(&self, select: &Select) -> Result<Vec<FieldId>> {
        if let Some(fields) = &select.fields {
            return Ok(fields.clone());
        }
        Ok(self.schema.model(select.source.model())?.read_fields().map(|(id, _)| id).collect())
    }

    /// What rows share with the row that they belong to: they have a whole number that is one of its cells.
    fn shared(&self, inner: &Select, row: &Source, cells: &[FieldId]) -> Result<Option<Shared>> {
        let alias = inner.source.alias();
        let parts = if let Predicate::All(parts) = &inner.filter { parts } else { std::slice::from_ref(&inner.filter) };
        for part in parts {
            let Predicate::Compare { comparison: Comparison::Equal, left, right, unknown: None } = part else {
                continue;
            };
            let (Scalar::Column(theirs), Scalar::Column(own)) = (left, right) else { continue };
            if (theirs.alias, own.alias) != (alias, row.alias()) || !self.is_whole(*own)? {
                continue;
            }
            let mut rest = self.cells(inner)?;
            let places = (cells.iter().position(|id| *id == own.field), rest.iter().position(|id| *id == theirs.field));
            if let (Some(own), Some(at)) = places {
                rest.remove(at);
                return Ok(Some(Shared { own, field: theirs.field, at, rest }));
            }
        }
        Ok(None)
    }

    fn is_whole(&self, column: Column) -> Result<bool> {
        let field = self.schema.model(column.model)?.field(column.field)?;
        Ok(matches!(field.ty, Type::Int | Type::BigInt) && self.dialect.sorts_as_read(field))
    }

    /// The order of some rows, by the cells that are read of them; none if it stays where it is.
    fn keys(&self, select: &mut Select, shared: Option<&Shared>) -> Result<Vec<Key>> {
        // Which rows these are must not be up to the order.
        if !select.is_whole() {
            return Ok(Vec::new());
        }
        let cells = match shared {
            Some(shared) => shared.rest.clone(),
            None => self.cells(select)?,
        };
        let mut keys = Vec::with_capacity(select.order.len());
        for order in &select.order {
            let Scalar::Column(column) = order.value else { return Ok(Vec::new()) };
            if column.alias != select.source.alias() {
                return Ok(Vec::new());
            }
            // It is the same in all of them.
            if shared.is_some_and(|shared| shared.field == column.field) {
                continue;
            }
            let Some(key) = self.key(column, order, &cells)? else { return Ok(Vec::new()) };
            keys.push(key);
        }
        select.order.clear();
        Ok(keys)
    }

    fn key(&self, column: Column, order: &Order, cells: &[FieldId]) -> Result<Option<Key>> {
        let field = self.schema.model(column.model)?.field(column.field)?;
        if !self.dialect.sorts_as_read(field) {
            return Ok(None);
        }
        let descending = order.direction == Direction::Descending;
        let nulls_first = match order.nulls {
            Some(nulls) => nulls == Nulls::First,
            None => self.dialect.nulls_are_highest() == descending,
        };
        let cell = cells.iter().position(|id| *id == column.field);
        Ok(cell.map(|cell| Key { cell, descending, nulls_first }))
    }
}

/// What rows share with the row that they belong to.
struct Shared {
    /// Its cell.
    own: usize,
    /// Their field, and the place that it would have among their cells.
    field: FieldId,
    at: usize,
    /// Their other fields.
    rest: Vec<FieldId>,
}
