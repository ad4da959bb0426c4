//! Arguments of writes.

use serde_json::{Map, Value as Json};

use super::data;
use super::fault::{Fault, Parsed, Within, boolean, count, each, known};
use super::filter::filter;
use super::key::key;
use super::selection::Selection;
use crate::plan::{self, Filter, Include, Removal};
use crate::schema::{ModelId, Schema};

/// The argument called `name`, which must be there.
pub(super) fn needed<'j>(args: &'j Map<String, Json>, name: &str) -> Parsed<&'j Json> {
    args.get(name).ok_or_else(|| Fault::new(format!("`{name}` is missing")))
}

fn row_key(schema: &Schema, model: ModelId, args: &Map<String, Json>) -> Parsed<plan::Key> {
    key(schema, model, needed(args, "where")?).under("where")
}

/// `where`; every row without one.
pub(super) fn rows(schema: &Schema, model: ModelId, args: &Map<String, Json>) -> Parsed<Filter> {
    args.get("where").map_or(Ok(Filter::Constant(true)), |json| filter(schema, model, json).under("where"))
}

/// `limit`; none without one.
pub(super) fn limit(args: &Map<String, Json>) -> Parsed<Option<u32>> {
    args.get("limit").map(|json| count(json).under("limit")).transpose()
}

pub(super) fn create(schema: &Schema, model: ModelId, args: &Json) -> Parsed<(plan::Create, Selection)> {
    let args = known(args, &["data", "select", "include", "omit"])?;
    let (selection, includes) = Selection::read(schema, model, args)?;
    let new = data::new(schema, model, needed(args, "data")?, &[]).under("data")?;
    Ok((plan::Create { model, new, includes }, selection))
}

pub(super) fn create_many(schema: &Schema, model: ModelId, args: &Json) -> Parsed<plan::CreateMany> {
    many(schema, model, known(args, &["data", "skipDuplicates"])?)
}

fn many(schema: &Schema, model: ModelId, args: &Map<String, Json>) -> Parsed<plan::CreateMany> {
    let rows = each(needed(args, "data")?, |row| data::flat(schema, model, row, &[])).under("data")?;
    let skip = args.get("skipDuplicates").map_or(Ok(false), |json| boolean(json).under("skipDuplicates"))?;
    Ok(plan::CreateMany { model, rows, skip_duplicates: skip })
}

pub(super) fn create_many_and_return(
    schema: &Schema,
    model: ModelId,
    args: &Json,
) -> Parsed<(plan::CreateMany, Selection, Vec<Include>)> {
    let args = known(args, &["data", "skipDuplicates", "select", "include", "omit"])?;
    let (selection, includes) = Selection::read(schema, model, args)?;
    Ok((many(schema, model, args)?, selection, includes))
}

pub(super) fn update(schema: &Schema, model: ModelId, args: &Json) -> Parsed<(plan::Update, Selection)> {
    let args = known(args, &["where", "data", "select", "include", "omit"])?;
    let (selection, includes) = Selection::read(schema, model, args)?;
    let key = row_key(schema, model, args)?;
    let changes = data::changes(schema, model, needed(args, "data")?, &[]).under("data")?;
    Ok((plan::Update { model, key, changes, includes }, selection))
}

pub(super) fn update_many(schema: &Schema, model: ModelId, args: &Json) -> Parsed<plan::UpdateMany> {
    changes_of_many(schema, model, known(args, &["where", "data", "limit"])?)
}

fn changes_of_many(schema: &Schema, model: ModelId, args: &Map<String, Json>) -> Parsed<plan::UpdateMany> {
    let values = data::assignments(schema, model, needed(args, "data")?).under("data")?;
    Ok(plan::UpdateMany { model, filter: rows(schema, model, args)?, values, limit: limit(args)? })
}

pub(super) fn update_many_and_return(
    schema: &Schema,
    model: ModelId,
    args: &Json,
) -> Parsed<(plan::UpdateMany, Selection, Vec<Include>)> {
    let args = known(args, &["where", "data", "limit", "select", "include", "omit"])?;
    let (selection, includes) = Selection::read(schema, model, args)?;
    Ok((changes_of_many(schema, model, args)?, selection, includes))
}

pub(super) fn upsert(schema: &Schema, model: ModelId, args: &Json) -> Parsed<(plan::Upsert, Selection)> {
    let args = known(args, &["where", "create", "update", "select", "include", "omit"])?;
    let (selection, includes) = Selection::read(schema, model, args)?;
    let key = row_key(schema, model, args)?;
    let create = data::new(schema, model, needed(args, "create")?, &[]).under("create")?;
    let update = data::changes(schema, model, needed(args, "update")?, &[]).under("update")?;
    Ok((plan::Upsert { model, key, create, update, includes }, selection))
}

/// `data` is a list of what `upsert` takes: `where`, `create` and `update`.
pub(super) fn upsert_many(schema: &Schema, model: ModelId, args: &Json) -> Parsed<plan::UpsertMany> {
    upserts(schema, model, known(args, &["data"])?)
}

fn upserts(schema: &Schema, model: ModelId, args: &Map<String, Json>) -> Parsed<plan::UpsertMany> {
    let row = |json: &Json| {
        let args = known(json, &["where", "create", "update"])?;
        Ok(plan::UpsertRow {
            key: row_key(schema, model, args)?,
            create: data::new(schema, model, needed(args, "create")?, &[]).under("create")?,
            update: data::changes(schema, model, needed(args, "update")?, &[]).under("update")?,
        })
    };
    Ok(plan::UpsertMany { model, rows: each(needed(args, "data")?, row).under("data")? })
}

pub(super) fn upsert_many_and_return(
    schema: &Schema,
    model: ModelId,
    args: &Json,
) -> Parsed<(plan::UpsertMany, Selection, Vec<Include>)> {
    let args = known(args, &["data", "select", "include", "omit"])?;
    let (selection, includes) = Selection::read(schema, model, args)?;
    Ok((upserts(schema, model, args)?, selection, includes))
}

pub(super) fn delete(schema: &Schema, model: ModelId, args: &Json) -> Parsed<(plan::Delete, Selection)> {
    let args = known(args, &["where", "select", "include", "omit"])?;
    let (selection, includes) = Selection::read(schema, model, args)?;
    Ok((plan::Delete { model, key: row_key(schema, model, args)?, includes, removal: Removal::Usual }, selection))
}

pub(super) fn delete_many(schema: &Schema, model: ModelId, args: &Json) -> Parsed<plan::DeleteMany> {
    deletes(schema, model, known(args, &["where", "limit"])?)
}

fn deletes(schema: &Schema, model: ModelId, args: &Map<String, Json>) -> Parsed<plan::DeleteMany> {
    Ok(plan::DeleteMany { model, filter: rows(schema, model, args)?, limit: limit(args)?, removal: Removal::Usual })
}

pub(super) fn delete_many_and_return(
    schema: &Schema,
    model: ModelId,
    args: &Json,
) -> Parsed<(plan::DeleteMany, Selection, Vec<Include>)> {
    let args = known(args, &["where", "limit", "select", "include", "omit"])?;
    let (selection, includes) = Selection::read(schema, model, args)?;
    Ok((deletes(schema, model, args)?, selection, includes))
}
