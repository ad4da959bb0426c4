//! What a caller asks for, as one closed description.
//!
//! The typed builders produce these values, and nothing else enters the engine. A plan names models, fields and
//! relations by position and carries its values; it cannot name a table, a column or a piece of SQL. It says nothing
//! about rules: [the guard](crate::guard) adds them.

mod expr;
mod filter;
mod read;
mod search;
mod touched;
mod write;

pub use expr::{Asked, Calculation, Expr, Summary};
pub use filter::{Filter, Having, JsonFilter, Known, Step};
pub use read::{
    Aggregate, Count, Cursor, Direction, Exists, Find, GroupBy, GroupOrder, Grouped, Include, Measure, Nulls, Order,
    OrderBy, Place,
};
pub use search::{FullText, Fuzzy, Similarity, Sought};
pub(crate) use touched::Touched;
pub use write::{
    Assign, Changes, Create, CreateMany, Delete, DeleteMany, Key, Nested, NestedWrite, New, Removal, Restore,
    RestoreMany, Update, UpdateMany, Upsert, UpsertMany, UpsertRow,
};
