//! `orderBy`: in which order.

use serde_json::Value as Json;

use super::fault::{Fault, Parsed, Within, each, object, unknown};
use super::filter::names;
use crate::plan::{Direction, Order};
use crate::schema::{ModelId, Schema};

/// The order that an object, or a list of them, asks for.
pub(super) fn order(schema: &Schema, id: ModelId, json: &Json) -> Parsed<Vec<Order>> {
    let model = schema.model(id)?;
    let parts = each(json, |one| {
        let members = object(one)?;
        if members.len() > 1 {
            return Err(Fault::new("an object has one key here; write a list of objects for an order by several"));
        }
        members.iter().next().map_or(Ok(None), |(key, value)| {
            let Some((field, _)) = model.visible_field(key) else { return Err(unknown(key, names(model))).under(key) };
            Ok(Some(Order::field(field, direction(value).under(key)?)))
        })
    })?;
    Ok(parts.into_iter().flatten().collect())
}

fn direction(json: &Json) -> Parsed<Direction> {
    match json.as_str() {
        Some("asc") => Ok(Direction::Ascending),
        Some("desc") => Ok(Direction::Descending),
        _ => Err(Fault::expected("`asc` or `desc`", json)),
    }
}
