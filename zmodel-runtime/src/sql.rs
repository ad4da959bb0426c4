//! From a guarded query to SQL text.
//!
//! A guarded query has no values, and neither has the statement while it is built: where a value goes, the number of
//! its slot is put, [`Text`] writes a placeholder for it, and [`Statement::slots`] keeps the numbers in their order. So a
//! value can never become part of the text.
//!
//! Invariant: a table is named by the guard's `Source` alone; nothing here names one.

mod dialect;
mod json;
mod list;
mod postgres;
mod predicate;
mod read;
mod reading;
mod sqlite;
mod write;

use std::fmt;

use sea_query::{Expr, PostgresQueryBuilder, QueryBuilder, QueryStatementWriter, SqlWriter, SqliteQueryBuilder, Value};

use crate::error::{Error, Result};
use crate::guard::{Shape, Slot, Source};
use crate::schema::{Provider, Schema};
use crate::transaction::Isolation;

use dialect::Dialect;
pub(crate) use dialect::dialect;
pub(crate) use reading::leave_to_reader;

#[cfg(feature = "sqlite")]
pub(crate) use sqlite::{
    APPEND, CALCULATE, CANONICAL, DECIMAL, DECIMAL_AVERAGE, DECIMAL_OF, DECIMAL_SUM, INSTANT_OF, ROW, ROWS,
};

/// The SQL of one shape.
#[derive(Debug)]
pub(crate) struct Statement {
    /// The text, with placeholders.
    pub(crate) text: String,
    /// Which slot each placeholder takes its value from, in order.
    pub(crate) slots: Vec<u32>,
}

/// Makes the SQL of a shape, as a database understands it.
pub(crate) fn statement(schema: &Schema, provider: Provider, shape: &Shape) -> Result<Statement> {
    let lower = Lower { schema, dialect: dialect(provider)?, written: None };
    match shape {
        Shape::Find(select) => built(&lower.find(select)?, provider),
        Shape::Count(select) => built(&lower.count(select)?, provider),
        Shape::Exists(select) => built(&lower.exists(select)?, provider),
        Shape::Aggregate(select, measures) => built(&lower.aggregate(select, measures)?, provider),
        Shape::Groups(groups) => built(&lower.groups(groups)?, provider),
        Shape::Insert(insert) => built(&lower.insert(insert)?, provider),
        Shape::InsertMany(insert) => built(&lower.insert_many(insert)?, provider),
        Shape::InsertColumns(insert) => built(&lower.insert_columns(insert)?, provider),
        Shape::Upsert(upsert) => built(&lower.upsert(upsert)?, provider),
        Shape::AdmitsAll(sources) => built(&lower.admits_all(sources)?, provider),
        Shape::Admits(source) => built(&lower.admits(source)?, provider),
        Shape::Before(mutation) => built(&lower.before(mutation)?, provider),
        Shape::Update(mutation, part, values) => built(&lower.update(mutation, *part, values)?, provider),
        Shape::Delete(mutation) => built(&lower.delete(mutation)?, provider),
        Shape::DeletePart(mutation) => built(&lower.delete_part(mutation)?, provider),
        Shape::MarkDeleted(mutation, now) => built(&lower.mark_deleted(mutation, *now)?, provider),
        Shape::Link(linking) if linking.on => built(&lower.link(linking)?, provider),
        Shape::Link(linking) => built(&lower.unlink(linking)?, provider),
        Shape::UnlinkAll(link, keys) => {
            built(&link.clear(schema, keys.iter().copied().map(place).collect())?, provider)
        }
        Shape::Relink { link, old, new } => built(&link.rename(schema, place(*old), place(*new))?, provider),
    }
}

/// A statement as text, with the placeholders of the database.
fn built(statement: &impl QueryStatementWriter, provider: Provider) -> Result<Statement> {
    let mut text = Text { numbered: provider == Provider::Postgresql, ..Text::default() };
    match provider {
        Provider::Postgresql => statement.build_collect_into(PostgresQueryBuilder, &mut text),
        // There is no dialect for MySQL, so nothing is built for it.
        Provider::Sqlite | Provider::Mysql => statement.build_collect_into(SqliteQueryBuilder, &mut text),
    }
    let Text { sql, slots, misplaced, .. } = text;
    if misplaced {
        Err(Error::internal("a value stands where a slot should"))
    } else {
        Ok(Statement { text: sql, slots })
    }
}

/// The number that LIMIT gets where one row is wanted: it is no slot, and is written as it is.
const ONE: u64 = u64::MAX;

/// Text of SQL that is being written. Whatever stands for a value must be the number of a slot.
#[derive(Default)]
struct Text {
    sql: String,
    slots: Vec<u32>,
    /// Whether placeholders have numbers.
    numbered: bool,
    misplaced: bool,
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.sql.write_str(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql)
    }
}

impl SqlWriter for Text {
    fn push_param<T: QueryBuilder>(&mut self, value: Value, _: &T) {
        let slot = match value {
            Value::BigUnsigned(Some(ONE)) => return self.sql.push('1'),
            Value::Unsigned(slot) => slot,
            // LIMIT and OFFSET take their slot as a 64-bit number.
            Value::BigUnsigned(slot) => slot.and_then(|slot| u32::try_from(slot).ok()),
            _ => None,
        };
        self.misplaced |= slot.is_none();
        self.slots.extend(slot);
        if self.numbered {
            self.sql.push('$');
            self.sql.push_str(&self.slots.len().to_string());
        } else {
            self.sql.push('?');
        }
    }

    fn as_writer(&mut self) -> &mut dyn fmt::Write {
        self
    }
}

/// The command that isolates a transaction; none where there is one way alone.
pub(crate) fn isolate(provider: Provider, isolation: Isolation) -> Option<&'static str> {
    if provider == Provider::Sqlite {
        return None;
    }
    Some(match isolation {
        Isolation::ReadUncommitted => "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
        Isolation::ReadCommitted => "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
        Isolation::RepeatableRead => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        Isolation::Serializable => "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    })
}

/// Lowers the parts of a shape.
#[derive(Clone, Copy)]
struct Lower<'a> {
    schema: &'a Schema,
    dialect: &'static dyn Dialect,
    /// The source that the statement writes to, where its rows are asked about: they go by the name of the table.
    written: Option<&'a Source>,
}

impl Lower<'_> {
    /// A placeholder for the value in `slot`, to be compared with something.
    fn value(self, slot: Slot) -> Expr {
        match slot.number {
            Some(number) => self.dialect.number(place(slot), number),
            None => place(slot),
        }
    }
}

/// A placeholder for the value in `slot`, which gets the type of what it is put into.
fn place(slot: Slot) -> Expr {
    Expr::val(slot.at)
}

#[cfg(test)]
mod tests {
    use sea_query::Query;

    use super::*;

    #[test]
    fn a_value_never_becomes_a_part_of_the_text() {
        let of = |values: Vec<Expr>| built(&Query::select().exprs(values).take(), Provider::Sqlite);
        let statement = of(vec![Expr::val(3_u32), Expr::val(0_u32)]).unwrap();
        assert_eq!((&*statement.text, &*statement.slots), ("SELECT ?, ?", &[3, 0][..]));
        for wrong in [Expr::val("a"), Expr::val(1_i64), Expr::val(None::<u32>)] {
            assert!(of(vec![Expr::val(0_u32), wrong.clone()]).is_err());
            assert!(of(vec![wrong, Expr::val(0_u32)]).is_err());
        }
    }
}
