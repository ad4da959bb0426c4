//! `data`: what rows become.

use serde_json::{Map, Value as Json};

use super::fault::{Fault, Parsed, Within, object, unknown};
use super::filter::names;
use super::{nested, scalar};
use crate::plan::{Assign, Changes, New};
use crate::schema::{Field, FieldId, Model, ModelId, Relation, Schema, Type};
use crate::value::Value;

/// A new row. `filled` are fields that the row around it gives their values.
pub(super) fn new(schema: &Schema, id: ModelId, json: &Json, filled: &[FieldId]) -> Parsed<New> {
    let model = schema.model(id)?;
    creatable(model)?;
    let mut new = New::default();
    // The fields that have a value, and those that a relation gives one.
    let mut taken = filled.to_vec();
    for (key, json) in object(json)? {
        if let Some((relation_id, relation)) = model.find_relation(key) {
            let writes = nested::in_create(schema, id, relation_id, relation, json).under(key)?;
            if !writes.is_empty() {
                related(model, relation, &mut taken).under(key)?;
            }
            new.nested.extend(writes);
            continue;
        }
        let (id, field) = named(schema, model, key)?;
        take(model, id, &mut taken).under(key)?;
        new.values.push((id, initial(schema, field, json).under(key)?));
    }
    all_needed(schema, model, &taken)?;
    Ok(new)
}

/// A new row without anything along its relations.
pub(super) fn flat(schema: &Schema, id: ModelId, json: &Json, filled: &[FieldId]) -> Parsed<Vec<(FieldId, Value)>> {
    let model = schema.model(id)?;
    creatable(model)?;
    let (mut values, mut taken) = (Vec::new(), filled.to_vec());
    for (key, json) in object(json)? {
        let (id, field) = plain(schema, model, key)?;
        take(model, id, &mut taken).under(key)?;
        values.push((id, initial(schema, field, json).under(key)?));
    }
    all_needed(schema, model, &taken)?;
    Ok(values)
}

/// A delegate's rows are made through the models that extend it.
fn creatable(model: &Model) -> Parsed<()> {
    if model.discriminator.is_none() {
        return Ok(());
    }
    Err(Fault::new(format!("`{}` is a delegate; create a row of a model that extends it", model.name)))
}

/// What an update does to a row. `fixed` are fields that the row around it has given their values.
pub(super) fn changes(schema: &Schema, id: ModelId, json: &Json, fixed: &[FieldId]) -> Parsed<Changes> {
    let model = schema.model(id)?;
    let mut changes = Changes::default();
    let mut taken = fixed.to_vec();
    for (key, json) in object(json)? {
        if let Some((relation_id, relation)) = model.find_relation(key) {
            let writes = nested::in_update(schema, id, relation_id, relation, json).under(key)?;
            if !writes.is_empty() {
                related(model, relation, &mut taken).under(key)?;
            }
            changes.nested.extend(writes);
            continue;
        }
        let (id, field) = named(schema, model, key)?;
        take(model, id, &mut taken).under(key)?;
        changes.values.push((id, assign(schema, field, json).under(key)?));
    }
    Ok(changes)
}

/// What an update does to the fields of many rows.
pub(super) fn assignments(schema: &Schema, id: ModelId, json: &Json) -> Parsed<Vec<(FieldId, Assign)>> {
    let model = schema.model(id)?;
    let members = object(json)?.iter().map(|(key, json)| {
        let (id, field) = plain(schema, model, key)?;
        Ok((id, assign(schema, field, json).under(key)?))
    });
    members.collect()
}

fn named<'m>(schema: &Schema, model: &'m Model, key: &str) -> Parsed<(FieldId, &'m Field)> {
    match model.visible_field(key) {
        Some((id, _)) if model.is_discriminator(schema, id) => {
            Err(Fault::new(format!("`{key}` says which model the row belongs to, and is not given"))).under(key)
        }
        Some((id, _)) if model.deleted == Some(id) => {
            Err(Fault::new("this field says when the row was deleted, and is not given")).under(key)
        }
        Some((_, field)) if field.computed => {
            Err(Fault::new("this field is computed, and cannot be written")).under(key)
        }
        Some(found) => Ok(found),
        None => Err(unknown(key, names(model))).under(key),
    }
}

/// A field; relations cannot be written where many rows are.
fn plain<'m>(schema: &Schema, model: &'m Model, key: &str) -> Parsed<(FieldId, &'m Field)> {
    if model.find_relation(key).is_some() {
        return Err(Fault::new("relations cannot be written here; give the fields of the foreign key")).under(key);
    }
    named(schema, model, key)
}

/// Notes that a field has a value.
fn take(model: &Model, id: FieldId, taken: &mut Vec<FieldId>) -> Parsed<()> {
    if taken.contains(&id) {
        return Err(Fault::new(format!("`{}` gets its value from a relation already", model.field(id)?.name)));
    }
    taken.push(id);
    Ok(())
}

/// Notes that a relation gives its foreign key values, where the row has it.
fn related(model: &Model, relation: &Relation, taken: &mut Vec<FieldId>) -> Parsed<()> {
    if !relation.owner || relation.link.is_some() {
        return Ok(());
    }
    for (near, _) in relation.on.iter() {
        if taken.contains(near) {
            let field = &model.field(*near)?.name;
            return Err(Fault::new(format!("`{field}` has a value already; give either the relation or its key")));
        }
        taken.push(*near);
    }
    Ok(())
}

/// A new row must have every field that nothing else fills.
fn all_needed(schema: &Schema, model: &Model, taken: &[FieldId]) -> Parsed<()> {
    for (id, field) in (0..).map(FieldId).zip(model.fields.iter()) {
        let filled = field.default.is_some()
            || field.optional
            || field.list
            || field.updated_at.is_some()
            || field.hidden
            || field.computed;
        if !filled && !taken.contains(&id) && !model.is_discriminator(schema, id) {
            return Err(Fault::new(format!("`{}` is missing", field.name)));
        }
    }
    Ok(())
}

/// The value of a field in a new row.
fn initial(schema: &Schema, field: &Field, json: &Json) -> Parsed<Value> {
    match only(json) {
        Some(("set", items)) if field.list => scalar::list(schema, field, items).under("set"),
        _ => scalar::value(schema, field, json),
    }
}

/// The one member of an object that has one.
fn only(json: &Json) -> Option<(&str, &Json)> {
    let members: &Map<String, Json> = json.as_object()?;
    let mut all = members.iter();
    match (all.next(), all.next()) {
        (Some((key, value)), None) => Some((key.as_str(), value)),
        _ => None,
    }
}

/// What becomes of a field in an update.
fn assign(schema: &Schema, field: &Field, json: &Json) -> Parsed<Assign> {
    let number = matches!(field.ty, Type::Int | Type::BigInt | Type::Float | Type::Decimal) && !field.list;
    if let Some((operator, operand)) = only(json).filter(|_| field.ty != Type::Json || field.list) {
        let calculated = || scalar::single(schema, field.ty, operand).under(operator);
        match operator {
            "set" => return scalar::value(schema, field, operand).under(operator).map(Assign::Set),
            "increment" if number => return calculated().map(Assign::Increment),
            "decrement" if number => return calculated().map(Assign::Decrement),
            "multiply" if number => return calculated().map(Assign::Multiply),
            "divide" if number => {
                let divisor = calculated()?;
                return if is_zero(&divisor) {
                    Err(Fault::new("nothing can be divided by zero")).under(operator)
                } else {
                    Ok(Assign::Divide(divisor))
                };
            }
            "push" if field.list => {
                let items = match operand {
                    Json::Array(_) => operand.clone(),
                    one => Json::Array(vec![one.clone()]),
                };
                let Value::List(items) = scalar::list(schema, field, &items).under(operator)? else {
                    return Err(Fault::expected("a list", operand)).under(operator);
                };
                return Ok(Assign::Push(items));
            }
            tag if tag.starts_with('$') => {}
            other => {
                let known: &[&str] = match (number, field.list) {
                    (true, _) => &["set", "increment", "decrement", "multiply", "divide"],
                    (_, true) => &["set", "push"],
                    _ => &["set"],
                };
                return Err(unknown(other, known.iter().copied())).under(other);
            }
        }
    }
    scalar::value(schema, field, json).map(Assign::Set)
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Int(number) => *number == 0,
        Value::Float(number) => *number == 0.0,
        Value::Decimal(number) => number.is_zero(),
        _ => false,
    }
}
