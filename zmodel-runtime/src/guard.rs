//! The guard: from a plan and a caller to a query that carries the rules.
//!
//! Invariant: this module alone reads a [`TableName`], so a query names a table only through a `Source`, and a
//! `Source` is made here alone, with the rules of its model for the caller already inside it. The modules after it
//! turn the result into SQL; they can place a source, but neither make one nor open one.
//!
//! Invariant: what comes out holds no value. The shape of a guarded query is one value, its parameters another, so
//! that SQL is made once for each shape and a value can never become part of it.

mod table;

#[cfg(feature = "engine")]
mod fold;
#[cfg(feature = "engine")]
mod read;
#[cfg(feature = "engine")]
mod rule;
#[cfg(feature = "engine")]
mod shape;
#[cfg(feature = "engine")]
mod source;
#[cfg(feature = "engine")]
mod tables;
#[cfg(feature = "engine")]
mod write;

pub use table::TableName;

#[cfg(feature = "engine")]
pub(crate) use self::{
    shape::{Alias, Column, Include, Insert, Mutation, Predicate, Scalar, Select, Shape, Slot},
    source::{Source, alias},
    tables::create_tables,
};

#[cfg(feature = "engine")]
use crate::{
    caller::Caller,
    error::{Error, Result},
    schema::Schema,
    value::Value,
};

/// A guarded query: its shape, and its parameters by slot.
#[cfg(feature = "engine")]
#[derive(Debug)]
pub(crate) struct Guarded {
    pub(crate) shape: Shape,
    pub(crate) params: Vec<Value>,
}

/// What the guard makes of a plan.
#[cfg(feature = "engine")]
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Run this.
    Run(Box<Guarded>),
    /// The caller alone decides: no row is in reach, whatever the database holds.
    Nothing,
}

/// SQLite takes 32,766 parameters in a statement, PostgreSQL and MySQL twice as many.
#[cfg(feature = "engine")]
const MOST_PARAMETERS: usize = 32_766;

/// Guards the plans of one call.
#[cfg(feature = "engine")]
pub(crate) struct Guard<'a> {
    schema: &'a Schema,
    caller: &'a Caller,
    params: Vec<Value>,
    aliases: u32,
    /// The first value that cannot be bound.
    refused: Option<Error>,
}

#[cfg(feature = "engine")]
impl<'a> Guard<'a> {
    pub(crate) const fn new(schema: &'a Schema, caller: &'a Caller) -> Self {
        Self { schema, caller, params: Vec::new(), aliases: 0, refused: None }
    }

    /// A name for one occurrence of a table that no other occurrence in the statement has.
    fn alias(&mut self) -> Alias {
        let alias = Alias(self.aliases);
        self.aliases += 1;
        alias
    }

    /// A slot for a value.
    fn slot(&mut self, value: Value) -> Slot {
        if let (None, Err(error)) = (&self.refused, value.check()) {
            self.refused = Some(error);
        }
        self.params.push(value);
        // A statement with more parameters than this is refused by every database long before.
        Slot(u32::try_from(self.params.len() - 1).unwrap_or(u32::MAX))
    }

    fn finish(self, shape: Shape) -> Result<Verdict> {
        match self.refused {
            Some(error) => Err(error),
            None if self.params.len() > MOST_PARAMETERS => {
                let count = self.params.len();
                Err(Error::invalid(format!("a query with {count} values is too large; ask in parts")))
            }
            None => Ok(Verdict::Run(Box::new(Guarded { shape, params: self.params }))),
        }
    }
}
