//! The guard: from a plan and a caller to a query that carries the rules.
//!
//! Invariant: this module alone reads a [`TableName`], so a query names a table only through a `Source`, and a
//! `Source` is made here alone, with the rules of its model for the caller already inside it. The modules after it
//! turn the result into SQL; they can place a source, but neither make one nor open one.
//!
//! Invariant: what comes out holds no value. The shape of a guarded query is one value, its parameters another, so
//! that SQL is made once for each shape and a value can never become part of it.

mod table;

pub use table::TableName;
#[cfg(feature = "engine")]
pub(crate) use table::flat;

#[cfg(feature = "engine")]
mod query;

#[cfg(feature = "engine")]
pub(crate) use query::{
    Assignment, Calculated, Chosen, Column, Extracted, Function, Groups, Guard, Guarded, Include, Insert,
    InsertColumns, InsertMany, Json, JsonKind, Limit, Linking, Measure, Mutation, Number, Order, Predicate, Returning,
    Rulings, Scalar, Search, Select, Shape, Sight, Since, Slot, Source, Step, Upsert, Upserted, Verdict, Want, Which,
    alias, at_once, create_tables, written,
};
