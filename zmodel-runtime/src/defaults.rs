//! What a row gets without being told.

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::plan::Assign;
use crate::schema::{Default, Field, FieldId, Generator, Model, ModelId, Relation, Schema, Type};
use crate::value::{ContextValue, Value, now};

/// Adds the defaults of the fields that a new row has no value for. What the database fills stays absent.
pub(crate) fn complete(
    schema: &Schema,
    caller: &Caller,
    model: ModelId,
    values: &mut Vec<(FieldId, Value)>,
) -> Result<()> {
    let model = schema.model(model)?;
    for (id, field) in (0..).map(FieldId).zip(model.fields.iter()) {
        if values.iter().any(|(given, _)| *given == id) {
            continue;
        }
        let value = match &field.default {
            _ if field.computed => continue,
            None if field.updated_at.is_some() => Value::DateTime(now()),
            None if field.list && !field.hidden => Value::List(Vec::new()),
            // The key of a row around it that is not around it.
            None if !field.optional && !field.hidden && !model.is_discriminator(schema, id) => {
                let refers = |relation: &&Relation| relation.owner && relation.on.iter().any(|(near, _)| *near == id);
                let or = match model.relations.iter().find(refers) {
                    Some(relation) => format!("; give one, or create or connect its `{}`", relation.name),
                    None => String::new(),
                };
                return Err(Error::invalid(format!("`{}.{}` has no value{or}", model.name, field.name)));
            }
            None | Some(Default::AutoIncrement | Default::Database(_)) => continue,
            Some(fixed @ (Default::Literal(_) | Default::Member(_) | Default::List(_))) => {
                self::fixed(schema, field, fixed)?
            }
            Some(Default::Now) => Value::DateTime(now()),
            Some(Default::Generated(generator, format)) => {
                Value::Text(formatted(generate(*generator), format.as_deref()))
            }
            Some(Default::Caller(path)) => match caller.value(path) {
                Some(ContextValue::Scalar(value)) => value.clone(),
                _ if field.optional => Value::Null,
                _ => {
                    let (model, field) = (&model.name, &field.name);
                    return Err(Error::invalid(format!(
                        "`{model}.{field}` has no value: its default comes from `auth()`, which has none for this caller"
                    )));
                }
            },
        };
        values.push((id, value));
    }
    Ok(())
}

/// An identifier in its format: it takes the place of `%s`; `\%s` stands for `%s` itself.
fn formatted(identifier: String, format: Option<&str>) -> String {
    let Some(format) = format else { return identifier };
    let mut text = String::with_capacity(format.len() + identifier.len());
    let mut rest = format;
    while let Some(at) = rest.find("%s") {
        let (before, after) = rest.split_at(at);
        match before.strip_suffix('\\') {
            Some(before) => text.extend([before, "%s"]),
            None => text.extend([before, &identifier]),
        }
        rest = after.get("%s".len()..).unwrap_or_default();
    }
    text + rest
}

/// Sets the time of the last change, where the update changes something that counts as one.
pub(crate) fn touch(model: &Model, values: &mut Vec<(FieldId, Assign)>) {
    let given: Vec<FieldId> = values.iter().map(|(field, _)| *field).collect();
    for (id, field) in (0..).map(FieldId).zip(model.fields.iter()) {
        let Some(ignored) = &field.updated_at else { continue };
        if !given.contains(&id) && given.iter().any(|field| !ignored.contains(field)) {
            values.push((id, Assign::Set(Value::DateTime(now()))));
        }
    }
}

/// A default that is the same for every row.
pub(crate) fn fixed(schema: &Schema, field: &Field, default: &Default) -> Result<Value> {
    match default {
        Default::Literal(literal) => Value::from_literal(literal, Some(field.ty)),
        Default::Member(at) => member(schema, field, *at),
        Default::List(items) => {
            items.iter().map(|item| fixed(schema, field, item)).collect::<Result<_>>().map(Value::List)
        }
        Default::Now | Default::Generated(..) | Default::AutoIncrement | Default::Database(_) | Default::Caller(_) => {
            Err(crate::schema::Broken.into())
        }
    }
}

fn member(schema: &Schema, field: &Field, at: u16) -> Result<Value> {
    let Type::Enum(id) = field.ty else { return Err(crate::schema::Broken.into()) };
    let member = schema.enumeration(id)?.members.get(usize::from(at)).ok_or(crate::schema::Broken)?;
    Ok(Value::Text(member.stored.clone().into_owned()))
}

fn generate(generator: Generator) -> String {
    match generator {
        Generator::Cuid => cuid::cuid1(),
        Generator::Cuid2 => cuid::cuid2(),
        Generator::Uuid4 => uuid::Uuid::new_v4().to_string(),
        Generator::Uuid7 => uuid::Uuid::now_v7().to_string(),
        Generator::Nanoid(length) => nanoid::nanoid!(usize::from(length)),
        Generator::Ulid => ulid::Ulid::generate().to_string(),
    }
}
