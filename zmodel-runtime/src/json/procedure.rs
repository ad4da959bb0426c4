//! Calls of procedures.

use serde_json::{Map, Value as Json};

use super::answer::Answer;
use super::call::refused;
use super::fault::{Fault, Parsed, Within, known, object};
use super::scalar;
use crate::error::{Error, Result};
use crate::schema::{DocumentId, DocumentType, Field, Model, ModelId, Passed, PassedType, Procedure, Schema, Type};
use crate::session::Session;
use crate::validate;
use crate::value::{Value, list_json};

impl Session {
    /// Calls a procedure with `{"args": {…}}`, and gives its result as plain JSON; null if it gives nothing.
    ///
    /// Instead of an object without `args` there can be null. [`Procedure::mutation`] says how it is asked for over HTTP.
    ///
    /// # Errors
    /// [`Error::Input`] if there is no such procedure or an argument is not what the schema says, with its place (there is
    /// no place if the arguments as a whole are wrong), and [`Error::Validation`] if a structure is not; otherwise as the
    /// procedure itself.
    pub async fn call_procedure(&self, name: &str, payload: &Json) -> Result<Json> {
        self.answer_procedure(name, payload).await.map(Answer::into_json)
    }

    /// Calls a procedure as [`Session::call_procedure`] does, and keeps what JSON cannot tell of the types of its result.
    ///
    /// # Errors
    /// Those of [`Session::call_procedure`].
    pub async fn answer_procedure(&self, name: &str, payload: &Json) -> Result<Answer> {
        let schema = self.schema();
        let refused = |fault| refused("", &format!("$procs.{name}"), fault);
        let Some((id, procedure)) = schema.find_procedure(name) else {
            let message = if name.is_empty() {
                "missing procedure name".to_owned()
            } else {
                format!("unknown procedure: {name}")
            };
            return Err(refused(Fault::new(message)));
        };
        let arguments = arguments(schema, procedure, payload).map_err(refused)?;
        let given = self.procedure(id, arguments).await?;
        procedure.returns.map_or(Ok(Answer::Null), |returns| answer(schema, returns, given))
    }
}

/// The arguments in the order of the schema. What is wrong with them as a whole is said in the words of ZenStack.
fn arguments(schema: &Schema, procedure: &Procedure, payload: &Json) -> Parsed<Vec<Value>> {
    let none = Map::new();
    let params = &procedure.params;
    let args = match payload {
        Json::Null => None,
        Json::Object(payload) => payload.get("args"),
        _ if params.is_empty() => return Err(Fault::new("procedure does not accept arguments")),
        _ => return Err(Fault::new("procedure payload must be an object")),
    };
    let args = match args {
        Some(Json::Object(args)) => args,
        Some(_) if params.is_empty() => return Err(Fault::new("procedure does not accept arguments")),
        Some(_) => return Err(Fault::new("procedure `args` must be an object")),
        None if params.iter().all(|param| param.passed.optional) => &none,
        None => return Err(Fault::new("missing procedure arguments")),
    };
    if !payload.is_null() {
        known(payload, &["args"])?;
    }
    if params.is_empty() && !args.is_empty() {
        return Err(Fault::new("procedure does not accept arguments"));
    }
    if let Some(key) = args.keys().find(|key| params.iter().all(|param| param.name != **key)) {
        return Err(Fault::new(format!("unknown procedure argument: {key}")));
    }
    let values = params.iter().map(|param| match args.get(&*param.name) {
        None if param.passed.optional => Ok(Value::Null),
        None => Err(Fault::new(format!("missing procedure argument: {}", param.name))),
        Some(json) => passed(schema, param.passed, json).under(&param.name).under("args"),
    });
    values.collect()
}

pub(super) fn passed(schema: &Schema, passed: Passed, json: &Json) -> Parsed<Value> {
    match json {
        Json::Null if passed.optional => Ok(Value::Null),
        Json::Array(items) if passed.list => {
            let items = items.iter().enumerate().map(|(at, item)| one(schema, passed.ty, item).at(at));
            items.collect::<Parsed<_>>().map(Value::List)
        }
        _ if passed.list => Err(Fault::expected("a list", json)),
        _ => one(schema, passed.ty, json),
    }
}

fn one(schema: &Schema, ty: PassedType, json: &Json) -> Parsed<Value> {
    match ty {
        PassedType::Scalar(ty) => scalar::single(schema, ty, json),
        PassedType::Document(_) => object(json).map(|_| json.clone().into()),
        PassedType::Row(model) => row(schema, model, json),
    }
}

/// A row as a client has it: the fields that are read.
fn row(schema: &Schema, model: ModelId, json: &Json) -> Parsed<Value> {
    let model = schema.model(model)?;
    let names: Vec<&str> = model.read_fields().map(|(_, field)| &*field.name).collect();
    let members = known(json, &names)?;
    let cells = model.read_fields().map(|(_, field)| match members.get(&*field.name) {
        None | Some(Json::Null) if may_be_missing(model, field) => Ok(Value::Null),
        None => Err(Fault::new("is missing")).under(&field.name),
        Some(json) => scalar::value(schema, field, json).under(&field.name),
    });
    cells.collect::<Parsed<_>>().map(Value::List)
}

/// Whether a client has to do without the field in some rows.
fn may_be_missing(model: &Model, field: &Field) -> bool {
    field.optional || field.can_be_hidden() || field.computed && model.fields.iter().any(Field::can_be_hidden)
}

fn answer(schema: &Schema, passed: Passed, value: Value) -> Result<Answer> {
    let shown = |value| match (passed.ty, value) {
        (_, Value::Null) => Ok(Answer::Null),
        (PassedType::Scalar(ty), value) => scalar::of_type(schema, ty, value),
        (PassedType::Document(id), Value::Json(mut document)) => {
            tidy(schema, id, &mut document)?;
            Ok(Answer::Plain(*document))
        }
        (PassedType::Row(model), Value::List(cells)) => {
            let members = schema.model(model)?.read_fields().zip(cells).map(|((_, field), cell)| {
                let mut cell = cell.kept_in(field);
                if let (Some(kept), Value::Json(document)) = (field.kept, &mut cell) {
                    tidy(schema, kept.document, document)?;
                }
                let shown = scalar::answer(schema, field, cell)?;
                Ok((field.name.clone().into_owned(), shown))
            });
            members.collect::<Result<_>>().map(Answer::Object)
        }
        _ => Err(Error::internal("a procedure gives something else than the schema says")),
    };
    match value {
        Value::List(items) if passed.list => items.into_iter().map(shown).collect::<Result<_>>().map(Answer::List),
        value => shown(value),
    }
}

/// Gives what has several forms in the JSON of a structure, or of a list of them, the form that the database keeps.
fn tidy(schema: &Schema, id: DocumentId, json: &mut Json) -> Result<()> {
    let members = match json {
        Json::Array(items) => return items.iter_mut().try_for_each(|item| tidy(schema, id, item)),
        Json::Object(members) => members,
        _ => return Ok(()),
    };
    for member in schema.document(id)?.members.iter() {
        let Some(json) = members.get_mut(&*member.name) else { continue };
        let items = match json {
            Json::Array(items) if member.list => items.iter_mut().collect(),
            one => vec![one],
        };
        for json in items {
            match member.ty {
                DocumentType::Document(inner) => tidy(schema, inner, json)?,
                DocumentType::Scalar(ty @ (Type::DateTime | Type::Decimal)) => {
                    if let Ok(value) = validate::read(schema, ty, json)? {
                        *json = list_json(&[value]).get_mut(0).map_or(Json::Null, Json::take);
                    }
                }
                DocumentType::Scalar(_) => {}
            }
        }
    }
    Ok(())
}
