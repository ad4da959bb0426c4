//! `orderBy`: in which order.

use serde_json::Value as Json;

use super::fault::{Fault, Parsed, Within, each, known, object, unknown};
use super::filter::{filter, names};
use super::{asked, search};
use crate::plan::{Direction, Filter, Nulls, Order, OrderBy};
use crate::schema::{ModelId, Schema};

/// The order that an object, or a list of them, asks for.
pub(super) fn order(schema: &Schema, id: ModelId, json: &Json) -> Parsed<Vec<Order>> {
    let parts = each(json, |one| part(schema, id, one, false))?;
    Ok(parts.into_iter().flatten().collect())
}

/// What one object asks for, which has one key; nothing without one. Beyond a `related` row every value can be null: the
/// row can be missing, or hidden.
fn part(schema: &Schema, id: ModelId, json: &Json, related: bool) -> Parsed<Option<Order>> {
    let Some((key, value)) = single(json)? else { return Ok(None) };
    let model = schema.model(id)?;
    if let Some(order) = search::order(model, key, value) {
        return order.under(key).map(Some);
    }
    if let Some((field_id, field)) = model.visible_field(key) {
        let can_be_null = related || field.optional || field.can_be_hidden();
        if !field.params.is_empty() {
            let (asked, rest) = asked::split(schema, field_id, field, value).under(key)?;
            let (direction, nulls) = sort(&Json::Object(rest), can_be_null).under(key)?;
            return Ok(Some(Order { by: OrderBy::Asked(asked), direction, nulls }));
        }
        let (direction, nulls) = sort(value, can_be_null).under(key)?;
        return Ok(Some(Order { by: OrderBy::Field(field_id), direction, nulls }));
    }
    let Some((relation_id, relation)) = model.find_relation(key) else {
        return Err(unknown(key, names(model))).under(key);
    };
    if !relation.many {
        let inner = part(schema, relation.target, value, true).under(key)?;
        return Ok(inner.map(|inner| Order { by: OrderBy::Related(relation_id, Box::new(inner.by)), ..inner }));
    }
    let members = known(value, &["_count"]).under(key)?;
    let Some(count) = members.get("_count") else { return Ok(None) };
    let read = || -> Parsed<Order> {
        let (which, direction) = match count {
            // The rows to count can be chosen: `{_count: {where: …, sort: "desc"}}`.
            Json::Object(_) => {
                let members = known(count, &["where", "sort"])?;
                let which = members.get("where").map(|json| filter(schema, relation.target, json).under("where"));
                let sort = members.get("sort").ok_or_else(|| Fault::new("`sort` is missing"))?;
                (which.transpose()?.unwrap_or(Filter::Constant(true)), direction(sort).under("sort")?)
            }
            text => (Filter::Constant(true), direction(text)?),
        };
        Ok(Order { by: OrderBy::Count(relation_id, which), direction, nulls: None })
    };
    read().under("_count").under(key).map(Some)
}

/// The one member of an object; none if it has none.
pub(super) fn single(json: &Json) -> Parsed<Option<(&str, &Json)>> {
    let members = object(json)?;
    if members.len() > 1 {
        return Err(Fault::new("an object has one key here; write a list of objects for an order by several"));
    }
    Ok(members.iter().next().map(|(key, value)| (key.as_str(), value)))
}

/// `asc`, `desc`, or an object that also says where NULLs stand.
pub(super) fn sort(json: &Json, can_be_null: bool) -> Parsed<(Direction, Option<Nulls>)> {
    let Json::Object(_) = json else { return Ok((direction(json)?, None)) };
    let members = known(json, &["sort", "nulls"])?;
    let sort = members.get("sort").ok_or_else(|| Fault::new("`sort` is missing"))?;
    let nulls = members.get("nulls").map(|json| match json.as_str() {
        _ if !can_be_null => Err(Fault::new("this field is never null")),
        Some("first") => Ok(Nulls::First),
        Some("last") => Ok(Nulls::Last),
        _ => Err(Fault::expected("`first` or `last`", json)),
    });
    Ok((direction(sort).under("sort")?, nulls.transpose().under("nulls")?))
}

pub(super) fn direction(json: &Json) -> Parsed<Direction> {
    match json.as_str() {
        Some("asc") => Ok(Direction::Ascending),
        Some("desc") => Ok(Direction::Descending),
        _ => Err(Fault::expected("`asc` or `desc`", json)),
    }
}
