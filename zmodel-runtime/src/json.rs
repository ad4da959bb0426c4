//! The untyped twin: every operation, called with JSON arguments in Prisma's shape.
//!
//! Arguments become the same [plans](crate::plan) as those of the typed builders and pass the same guard. Unknown
//! keys are refused wherever they stand, and every complaint names the place in the arguments.
//!
//! ```no_run
//! # async fn example(session: zmodel_runtime::session::Session) -> zmodel_runtime::Result<()> {
//! use zmodel_runtime::json::Operation;
//!
//! let args = serde_json::json!({ "where": { "published": true }, "orderBy": { "id": "desc" }, "take": 10 });
//! let posts = session.call("post", Operation::FindMany, &args).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Values
//!
//! | in a schema | in JSON |
//! |---|---|
//! | `String`, `Boolean`, `Int`, `Float` | themselves |
//! | `BigInt` | a number, or its digits in a text |
//! | `Decimal` | a number or a text; always a text in results |
//! | `DateTime` | a text as ISO 8601 has it |
//! | `Bytes` | a text in base64 |
//! | an enum | the name of a member |
//!
//! Where JSON cannot tell a type, a value can also be tagged: `{"$date": "…"}`, `{"$decimal": "…"}`,
//! `{"$bigint": "…"}`, `{"$bytes": "…"}`. [`Answer::into_tagged`] writes results so.

mod answer;
mod asked;
mod call;
mod caller;
mod data;
mod documents;
mod failure;
mod fault;
mod filter;
mod find;
mod having;
mod key;
mod logic;
mod members;
mod nested;
mod order;
mod procedure;
mod scalar;
mod search;
mod selection;
mod summary;
mod write;

use serde_json::Value as Json;

use crate::error::Result;
use crate::schema::{FieldId, ModelId, Schema};
use crate::value::Value;
use fault::Within as _;

pub use answer::Answer;
pub use call::{Operation, Request, UnknownOperation, without_undefined};
pub use caller::caller;
pub use failure::failure;

/// The values of a new row, as [`Operation::Create`] takes them, without anything along its relations.
pub(crate) fn new_row(schema: &Schema, model: ModelId, data: &Json) -> Result<Vec<(FieldId, Value)>> {
    let name = &schema.model(model)?.name;
    let values = data::flat(schema, model, data, &[]).under("data");
    values.map_err(|fault| call::refused(name, Operation::Create.name(), fault))
}
