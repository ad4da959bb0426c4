//! From a guarded query to SQL text.
//!
//! A guarded query has no values, and neither has the statement while it is built: where a value goes, the number of
//! its slot is put, sea-query collects these numbers in the order of the placeholders, and [`Statement::slots`] keeps
//! that order. So a value can never become part of the text.
//!
//! Invariant: a table is named by the guard's `Source` alone; nothing here names one.

mod json;
mod predicate;
mod read;
mod sqlite;
mod write;

use sea_query::{Expr, SqliteQueryBuilder, Value};

use crate::error::{Error, Result};
use crate::guard::{Shape, Slot};
use crate::schema::{Provider, Schema};

#[cfg(feature = "sqlite")]
pub(crate) use sqlite::{APPEND, CALCULATE, DECIMAL, DECIMAL_AVERAGE, DECIMAL_SUM};

/// The SQL of one shape.
#[derive(Debug)]
pub(crate) struct Statement {
    /// The text, with placeholders.
    pub(crate) text: String,
    /// Which slot each placeholder takes its value from, in order.
    pub(crate) slots: Vec<Slot>,
}

/// Makes the SQL of a shape.
pub(crate) fn statement(schema: &Schema, shape: &Shape) -> Result<Statement> {
    let lower = Lower { schema };
    // The only dialect so far; where they will differ is in `sqlite`.
    if schema.provider != Provider::Sqlite {
        return Err(Error::invalid("this build has a driver for SQLite alone; set `provider = \"sqlite\"`"));
    }
    let (text, values) = match shape {
        Shape::Find(select) => lower.find(select)?.build(SqliteQueryBuilder),
        Shape::Count(select) => lower.count(select)?.build(SqliteQueryBuilder),
        Shape::Exists(select) => lower.exists(select)?.build(SqliteQueryBuilder),
        Shape::Aggregate(select, measures) => lower.aggregate(select, measures)?.build(SqliteQueryBuilder),
        Shape::Groups(groups) => lower.groups(groups)?.build(SqliteQueryBuilder),
        Shape::Insert(insert) => lower.insert(insert)?.build(SqliteQueryBuilder),
        Shape::Admits(source) => lower.admits(source)?.build(SqliteQueryBuilder),
        Shape::Before(mutation) => lower.before(mutation)?.build(SqliteQueryBuilder),
        Shape::Update(mutation, part, values) => lower.update(mutation, *part, values)?.build(SqliteQueryBuilder),
        Shape::Delete(mutation) => lower.delete(mutation)?.build(SqliteQueryBuilder),
        Shape::Link(linking) if linking.on => lower.link(linking)?.build(SqliteQueryBuilder),
        Shape::Link(linking) => lower.unlink(linking)?.build(SqliteQueryBuilder),
    };
    let slots: Option<Vec<Slot>> = values.iter().map(number).collect();
    Ok(Statement { text, slots: slots.ok_or_else(|| Error::internal("a value stands where a slot should"))? })
}

/// Lowers the parts of a shape.
#[derive(Clone, Copy)]
struct Lower<'a> {
    schema: &'a Schema,
}

/// A placeholder for the value in `slot`.
fn place(slot: Slot) -> Expr {
    Expr::val(slot.0)
}

fn number(value: &Value) -> Option<Slot> {
    match value {
        Value::Unsigned(Some(slot)) => Some(Slot(*slot)),
        // LIMIT and OFFSET take their slot as a 64-bit number.
        Value::BigUnsigned(Some(slot)) => u32::try_from(*slot).ok().map(Slot),
        _ => None,
    }
}
