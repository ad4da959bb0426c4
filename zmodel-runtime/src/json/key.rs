//! `where` of a single row: the values of a unique constraint, and what must hold besides.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::fault::{Fault, Parsed, Within, known, object};
use super::{filter, scalar};
use crate::plan::{Filter, Key};
use crate::schema::{Comparison, FieldId, Model, ModelId, Schema};

/// The row that an object asks for: it must give a unique constraint its values.
pub(super) fn key(schema: &Schema, id: ModelId, json: &Json) -> Parsed<Key> {
    let model = schema.model(id)?;
    let mut rest: Map<String, Json> = object(json)?.clone();
    let mut unique: Option<Vec<Filter>> = None;
    for constraint in constraints(model) {
        let name = constraint.name(model);
        let Some(given) = rest.get(&*name).cloned() else { continue };
        let found = match constraint.fields {
            [field] => match equal_to(&given) {
                // A single field can also be asked for something else than one value; then it is no key.
                None => continue,
                Some(value) => one(schema, model, *field, value).under(&name).map(|one| vec![one])?,
            },
            fields => compound(schema, model, fields, &given).under(&name)?,
        };
        rest.remove(&*name);
        // A second key is one more condition.
        unique.get_or_insert_default().extend(found);
    }
    let Some(mut parts) = unique else {
        let names: Vec<Cow<'_, str>> = constraints(model).map(|constraint| constraint.name(model)).collect();
        return Err(Fault::new(format!("a unique key of `{}` is needed: {}", model.name, names.join(", "))));
    };
    let rest = if rest.is_empty() { None } else { Some(filter::filter(schema, id, &Json::Object(rest))?) };
    let unique = if parts.len() == 1 { parts.swap_remove(0) } else { Filter::All(parts) };
    Ok(Key { unique, when: rest })
}

/// A unique constraint, as a caller names it.
struct Constraint<'m> {
    fields: &'m [FieldId],
    key: Option<&'m str>,
}

impl Constraint<'_> {
    /// The field, or the names of several joined.
    fn name<'m>(&self, model: &'m Model) -> Cow<'m, str>
    where
        Self: 'm,
    {
        if let Some(key) = self.key {
            return Cow::Owned(key.to_owned());
        }
        let names: Vec<&str> = self.fields.iter().filter_map(|id| model.field(*id).ok()).map(|f| &*f.name).collect();
        Cow::Owned(names.join("_"))
    }
}

fn constraints(model: &Model) -> impl Iterator<Item = Constraint<'_>> {
    let id = Constraint { fields: &model.id, key: model.id_key.as_deref() };
    let uniques = model.uniques.iter().map(|unique| Constraint { fields: &unique.fields, key: unique.key.as_deref() });
    std::iter::once(id).chain(uniques).filter(|constraint| !constraint.fields.is_empty())
}

/// The one value that an object or a value alone asks for.
fn equal_to(json: &Json) -> Option<&Json> {
    match json {
        Json::Null => None,
        Json::Object(members) if members.len() == 1 && members.keys().all(|key| !key.starts_with('$')) => {
            members.get("equals").filter(|value| !value.is_null())
        }
        Json::Object(members) if members.len() != 1 => None,
        value => Some(value),
    }
}

fn one(schema: &Schema, model: &Model, id: FieldId, json: &Json) -> Parsed<Filter> {
    Ok(Filter::Compare(Comparison::Equal, id, scalar::single(schema, model.field(id)?.ty, json)?))
}

fn compound(schema: &Schema, model: &Model, fields: &[FieldId], json: &Json) -> Parsed<Vec<Filter>> {
    let names: Vec<&str> = fields.iter().filter_map(|id| model.field(*id).ok()).map(|field| &*field.name).collect();
    let members = known(json, &names)?;
    let parts = fields.iter().zip(names).map(|(id, name)| {
        let value = members.get(name).ok_or_else(|| Fault::new(format!("`{name}` is missing")))?;
        one(schema, model, *id, value).under(name)
    });
    parts.collect()
}
