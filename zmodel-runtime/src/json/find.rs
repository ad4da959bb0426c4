//! Arguments of reads.

use serde_json::{Map, Value as Json};

use super::fault::{Parsed, Within, count};
use super::filter::filter;
use super::key::key;
use super::order::order;
use super::selection::Selection;
use crate::plan::Find;
use crate::schema::{ModelId, Schema};

/// The arguments of a read of many rows, and of related rows.
pub(super) const NESTED: [&str; 7] = ["where", "orderBy", "skip", "take", "select", "include", "omit"];

/// Which rows, and what of them is shown.
pub(super) fn find(schema: &Schema, model: ModelId, args: &Map<String, Json>) -> Parsed<(Find, Selection)> {
    let (selection, includes) = Selection::read(schema, model, args)?;
    let mut find = Find { includes, ..Find::new(model) };
    rows(schema, &mut find, args)?;
    Ok((find, selection))
}

/// `where`, `orderBy`, `skip` and `take`.
pub(super) fn rows(schema: &Schema, find: &mut Find, args: &Map<String, Json>) -> Parsed<()> {
    if let Some(json) = args.get("where") {
        find.filter = filter(schema, find.model, json).under("where")?;
    }
    if let Some(json) = args.get("orderBy") {
        find.order = order(schema, find.model, json).under("orderBy")?;
    }
    if let Some(json) = args.get("skip") {
        find.skip = Some(count(json).under("skip")?);
    }
    if let Some(json) = args.get("take") {
        find.take = Some(count(json).under("take")?.into());
    }
    Ok(())
}

/// The row with a unique key, and what of it is shown.
pub(super) fn unique(schema: &Schema, model: ModelId, args: &Map<String, Json>) -> Parsed<(Find, Selection)> {
    let (selection, includes) = Selection::read(schema, model, args)?;
    let nothing = Json::Object(Map::new());
    let mut find = Find { includes, ..Find::new(model) };
    find.and(key(schema, model, args.get("where").unwrap_or(&nothing)).under("where")?.into_filter());
    Ok((find, selection))
}
