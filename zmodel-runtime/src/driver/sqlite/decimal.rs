//! Sums and averages of decimal numbers, which SQLite would round.

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

use crate::sql::{DECIMAL_AVERAGE, DECIMAL_SUM};
use crate::value::Decimal;

/// Defines the functions on a connection.
pub(super) fn define(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_aggregate_function(DECIMAL_SUM, 1, flags, Total { average: false })?;
    connection.create_aggregate_function(DECIMAL_AVERAGE, 1, flags, Total { average: true })
}

struct Total {
    average: bool,
}

#[derive(Default)]
struct Seen {
    sum: Decimal,
    count: i64,
}

fn unusable(what: &str) -> Error {
    Error::UserFunctionError(what.to_owned().into())
}

impl Aggregate<Seen, Option<String>> for Total {
    fn init(&self, _: &mut Context<'_>) -> Result<Seen> {
        Ok(Seen::default())
    }

    fn step(&self, context: &mut Context<'_>, seen: &mut Seen) -> Result<()> {
        let number = match context.get_raw(0) {
            ValueRef::Null => return Ok(()),
            ValueRef::Integer(number) => Decimal::from(number),
            ValueRef::Real(number) => Decimal::try_from(number).map_err(|_| unusable("a Decimal is not a number"))?,
            ValueRef::Text(text) => {
                let text = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
                text.ok_or_else(|| unusable("a Decimal is not a number"))?
            }
            ValueRef::Blob(_) => return Err(unusable("a Decimal is not a number")),
        };
        seen.sum = seen.sum.checked_add(number).ok_or_else(|| unusable("a sum has more than 28 digits"))?;
        seen.count += 1;
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, seen: Option<Seen>) -> Result<Option<String>> {
        let Some(Seen { sum, count }) = seen.filter(|seen| seen.count > 0) else { return Ok(None) };
        let total = if self.average { sum / Decimal::from(count) } else { sum };
        Ok(Some(total.normalize().to_string()))
    }
}
