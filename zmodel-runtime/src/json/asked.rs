//! Fields that are computed with arguments: `{args: {…}}` beside what is asked of them.

use serde_json::{Map, Value as Json};

use super::fault::{Fault, Parsed, Within, object, unknown};
use super::procedure::passed;
use crate::plan::Asked;
use crate::schema::{Field, FieldId, ModelId, Schema};
use crate::value::Value;

/// The arguments of a field, and what stands beside them.
pub(super) fn split(schema: &Schema, id: FieldId, field: &Field, json: &Json) -> Parsed<(Asked, Map<String, Json>)> {
    let mut rest = object(json)?.clone();
    let none = Json::Object(Map::new());
    let args = match rest.remove("args") {
        Some(args) => args,
        None if field.params.iter().all(|param| param.passed.optional) => none,
        None => return Err(Fault::new("this field is computed with arguments: `args` is missing")),
    };
    let args = arguments(schema, field, &args).under("args")?;
    Ok((Asked { field: id, args }, rest))
}

fn arguments(schema: &Schema, field: &Field, json: &Json) -> Parsed<Vec<Value>> {
    let args = object(json)?;
    let names = || field.params.iter().map(|param| &*param.name);
    if let Some(key) = args.keys().find(|key| names().all(|name| name != **key)) {
        return Err(unknown(key, names()));
    }
    let given = field.params.iter().map(|param| match args.get(&*param.name) {
        None if param.passed.optional => Ok(Value::Null),
        None => Err(Fault::new(format!("`{}` is missing", param.name))),
        Some(json) => passed(schema, param.passed, json).under(&param.name),
    });
    given.collect()
}

/// What stands beside the arguments of a field, if it has parameters: they go for the whole query, and need not be said again.
pub(super) fn apart(schema: &Schema, model: ModelId, name: &str, asked: &mut Vec<Asked>, json: &Json) -> Parsed<Json> {
    let Some((id, field)) = schema.model(model)?.visible_field(name).filter(|(_, field)| !field.params.is_empty())
    else {
        return Ok(json.clone());
    };
    if json.get("args").is_none() && asked.iter().any(|asked| asked.field == id) {
        return Ok(json.clone());
    }
    let (one, rest) = split(schema, id, field, json)?;
    asked.push(one);
    Ok(Json::Object(rest))
}

/// A field that stands where no arguments can be given has no parameters.
pub(super) fn without(field: &Field) -> Parsed<()> {
    if field.params.is_empty() {
        return Ok(());
    }
    Err(Fault::new(format!("`{}` is computed with arguments, and none can be given here", field.name)))
}
