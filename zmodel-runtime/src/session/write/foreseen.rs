//! What can be said of a row without asking the database.

use super::Written;
use crate::error::Result;
use crate::plan::{Assign, Filter};
use crate::schema::{Comparison, Field, FieldId, Model, Type};
use crate::value::Value;

/// Whether a column holds exactly what is put into it: NULL, or a value of a type that nothing rounds or pads.
fn is_kept(field: &Field, value: &Value) -> bool {
    let plain = !field.list && !field.computed && field.secret.is_none() && field.native.is_none();
    match (field.ty, value) {
        (_, Value::Null) => true,
        (Type::Int | Type::BigInt, Value::Int(_)) | (Type::String, Value::Text(_)) => plain,
        _ => false,
    }
}

/// The keys that a new row has without being given them: NULL. `None` if the database makes one, or may hold another
/// value than was given.
pub(super) fn new_keys(model: &Model, values: &[(FieldId, Value)]) -> Result<Option<Vec<(FieldId, Value)>>> {
    let mut empty = Vec::new();
    for id in model.key_fields() {
        let field = model.field(id)?;
        match values.iter().find(|(given, _)| *given == id) {
            Some((_, value)) if is_kept(field, value) => {}
            None if field.optional && field.default.is_none() => empty.push((id, Value::Null)),
            _ => return Ok(None),
        }
    }
    Ok(Some(empty))
}

/// The keys that an update changes. `None` if it is for the database to say what they become.
pub(super) fn changed_keys(model: &Model, values: &[(FieldId, Assign)]) -> Result<Option<Vec<(FieldId, Value)>>> {
    let keys = model.key_fields();
    let mut changed = Vec::new();
    for (id, assign) in values.iter().filter(|(id, _)| keys.contains(id)) {
        match assign {
            Assign::Set(value) if is_kept(model.field(*id)?, value) => changed.push((*id, value.clone())),
            _ => return Ok(None),
        }
    }
    Ok(Some(changed))
}

/// The row that a filter names, if it gives values to its id and to `fields`.
pub(super) fn row(model: &Model, filter: &Filter, fields: &[FieldId]) -> Result<Option<Written>> {
    let parts = if let Filter::All(parts) = filter { parts.as_slice() } else { std::slice::from_ref(filter) };
    let mut values = Vec::new();
    for part in parts {
        if let Filter::Compare(Comparison::Equal, id, value) = part
            && is_kept(model.field(*id)?, value)
        {
            values.push((*id, value.clone()));
        }
    }
    let row = Written { values };
    Ok(model.id.iter().chain(fields).all(|field| row.value(*field).is_some()).then_some(row))
}
