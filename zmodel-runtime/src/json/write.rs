//! Arguments of writes.

use serde_json::{Map, Value as Json};

use super::fault::{Fault, Parsed, Within, known, object, unknown};
use super::filter::names;
use super::key::{Key, key};
use super::scalar;
use super::selection::Selection;
use crate::plan;
use crate::schema::{Default, Field, FieldId, Model, ModelId, Schema};
use crate::value::Value;

fn needed<'j>(args: &'j Map<String, Json>, name: &str) -> Parsed<&'j Json> {
    args.get(name).ok_or_else(|| Fault::new(format!("`{name}` is missing")))
}

fn row_key(schema: &Schema, model: ModelId, args: &Map<String, Json>) -> Parsed<Key> {
    key(schema, model, needed(args, "where")?).under("where")
}

pub(super) fn create(schema: &Schema, model: ModelId, args: &Json) -> Parsed<(plan::Create, Selection)> {
    let args = known(args, &["data", "select", "include", "omit"])?;
    let (selection, includes) = Selection::read(schema, model, args)?;
    let values = new(schema, model, needed(args, "data")?).under("data")?;
    Ok((plan::Create { model, values, includes }, selection))
}

pub(super) fn update(schema: &Schema, model: ModelId, args: &Json) -> Parsed<(plan::Update, Selection)> {
    let args = known(args, &["where", "data", "select", "include", "omit"])?;
    let (selection, includes) = Selection::read(schema, model, args)?;
    let Key { unique, rest } = row_key(schema, model, args)?;
    let values = changes(schema, model, needed(args, "data")?).under("data")?;
    Ok((plan::Update { model, key: unique, when: rest, values, includes }, selection))
}

pub(super) fn delete(schema: &Schema, model: ModelId, args: &Json) -> Parsed<(plan::Delete, Selection)> {
    let args = known(args, &["where", "select", "include", "omit"])?;
    let (selection, includes) = Selection::read(schema, model, args)?;
    if !includes.is_empty() {
        return Err(Fault::new("what was related to a row cannot be read after it is deleted"));
    }
    let Key { unique, rest } = row_key(schema, model, args)?;
    Ok((plan::Delete { model, key: unique, when: rest }, selection))
}

/// Values of a new row.
fn new(schema: &Schema, id: ModelId, json: &Json) -> Parsed<Vec<(FieldId, Value)>> {
    let model = schema.model(id)?;
    let mut values = Vec::new();
    for (key, json) in object(json)? {
        let (id, field) = named(model, key)?;
        let json = json
            .as_object()
            .filter(|members| field.list && members.len() == 1)
            .and_then(|m| m.get("set"))
            .unwrap_or(json);
        values.push((id, scalar::value(schema, field, json).under(key)?));
    }
    for (id, field) in (0..).map(FieldId).zip(model.fields.iter()) {
        if is_needed(field) && values.iter().all(|(given, _)| *given != id) {
            return Err(Fault::new(format!("`{}` is missing", field.name)));
        }
    }
    Ok(values)
}

/// Whether a new row must be given a value for a field.
fn is_needed(field: &Field) -> bool {
    let filled = matches!(field.default, Some(Default::Caller(_))) || field.default.is_some();
    !(filled || field.optional || field.list || field.updated_at || field.hidden)
}

fn named<'m>(model: &'m Model, key: &str) -> Parsed<(FieldId, &'m Field)> {
    model.visible_field(key).ok_or_else(|| unknown(key, names(model))).under(key)
}

/// New values of a row that is there.
fn changes(schema: &Schema, id: ModelId, json: &Json) -> Parsed<Vec<(FieldId, Value)>> {
    let model = schema.model(id)?;
    let mut values = Vec::new();
    for (key, json) in object(json)? {
        let (id, field) = named(model, key)?;
        let set = json.as_object().filter(|members| members.len() == 1).and_then(|members| members.get("set"));
        values.push((id, scalar::value(schema, field, set.unwrap_or(json)).under(key)?));
    }
    Ok(values)
}
