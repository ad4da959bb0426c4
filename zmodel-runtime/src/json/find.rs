//! Arguments of reads.

use serde_json::{Map, Value as Json};

use super::asked;
use super::fault::{Fault, Parsed, Within, count, each, text, unknown, whole};
use super::filter::{filter, names};
use super::key::key;
use super::order::order;
use super::selection::Selection;
use crate::plan::{Cursor, Find, Place};
use crate::schema::{FieldId, ModelId, Schema};

/// The arguments of a read of many rows, and of related rows.
pub(super) const NESTED: [&str; 9] =
    ["where", "orderBy", "skip", "take", "cursor", "distinct", "select", "include", "omit"];

/// Which rows, and what of them is shown.
pub(super) fn find(schema: &Schema, model: ModelId, args: &Map<String, Json>) -> Parsed<(Find, Selection)> {
    let (selection, includes) = Selection::read(schema, model, args)?;
    let mut find = Find { includes, ..Find::new(model) };
    rows(schema, &mut find, args)?;
    Ok((find, selection))
}

/// `where`, `orderBy`, `skip`, `take`, `cursor` and `distinct`.
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
        let take = whole(json).filter(|take| u32::try_from(take.unsigned_abs()).is_ok());
        find.take = Some(take.ok_or_else(|| Fault::expected("a whole number", json)).under("take")?);
    }
    if let Some(json) = args.get("cursor") {
        let key = key(schema, find.model, json).under("cursor")?;
        if key.when.is_some() {
            return Err(Fault::new("a cursor is a unique key and nothing else")).under("cursor");
        }
        find.cursor = Some(Cursor { at: Place::Row(key.unique), inclusive: true });
    }
    if let Some(json) = args.get("distinct") {
        find.distinct = fields(schema, find.model, json).under("distinct")?;
    }
    Ok(())
}

/// The names of one or several fields.
pub(super) fn fields(schema: &Schema, model: ModelId, json: &Json) -> Parsed<Vec<FieldId>> {
    let model = schema.model(model)?;
    each(json, |one| {
        let name = text(one)?;
        let (id, field) = model.visible_field(name).ok_or_else(|| unknown(name, names(model)))?;
        asked::without(field)?;
        Ok(id)
    })
}

/// The row with a unique key, and what of it is shown.
pub(super) fn unique(schema: &Schema, model: ModelId, args: &Map<String, Json>) -> Parsed<(Find, Selection)> {
    let (selection, includes) = Selection::read(schema, model, args)?;
    let nothing = Json::Object(Map::new());
    let mut find = Find { includes, ..Find::new(model) };
    find.and(key(schema, model, args.get("where").unwrap_or(&nothing)).under("where")?.into_filter());
    Ok((find, selection))
}
