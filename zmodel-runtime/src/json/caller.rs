//! Who is asking, told in JSON.

use serde_json::Value as Json;

use super::fault::{Fault, Parsed, Within, object};
use super::scalar;
use crate::caller::Caller;
use crate::error::Result;
use crate::schema::{Schema, ShapeId, ShapeType};
use crate::value::ContextValue;

/// The caller that `auth` describes: null for nobody, else an object with the members of what `auth()` is in
/// `schema`. Members that no rule looks at are ignored; a missing one is null to the rules.
///
/// # Errors
/// A member has the wrong type, or a part of the caller's id is missing: rules that compare it would be undecided.
pub fn caller(schema: &Schema, auth: &Json) -> Result<Caller> {
    if auth.is_null() {
        return Ok(Caller::Anonymous);
    }
    let context = match schema.auth {
        Some(shape) => members(schema, shape, auth, true),
        // No rule looks into it.
        None => object(auth).map(|_| ContextValue::Members(Vec::new().into())),
    };
    Ok(Caller::user(Context(context.under("auth").map_err(|fault| super::call::refused("", "auth", fault))?)))
}

/// A context that was made already.
struct Context(ContextValue);

impl crate::value::IntoContext for Context {
    fn into_context(self) -> ContextValue {
        self.0
    }
}

fn members(schema: &Schema, id: ShapeId, json: &Json, whole: bool) -> Parsed<ContextValue> {
    let shape = schema.shape(id)?;
    let given = object(json)?;
    let values = (0u16..).zip(shape.members.iter()).map(|(at, member)| {
        let value = match given.get(&*member.name) {
            None | Some(Json::Null) if whole && shape.id.contains(&at) => {
                return Err(Fault::new("who is signed in has no complete id")).under(&member.name);
            }
            None | Some(Json::Null) => return Ok(ContextValue::Null),
            Some(value) => value,
        };
        let one = |json: &Json| match member.ty {
            ShapeType::Scalar(ty) => scalar::single(schema, ty, json).map(ContextValue::Scalar),
            ShapeType::Shape(_) if json.is_null() => Ok(ContextValue::Null),
            ShapeType::Shape(inner) => members(schema, inner, json, false),
        };
        let read = || match value {
            Json::Array(items) if member.list => {
                let items = items.iter().enumerate().map(|(at, item)| one(item).at(at));
                items.collect::<Parsed<Vec<_>>>().map(|items| ContextValue::List(items.into()))
            }
            other if member.list => Err(Fault::expected("a list", other)),
            other => one(other),
        };
        read().under(&member.name)
    });
    values.collect::<Parsed<Vec<_>>>().map(|values| ContextValue::Members(values.into()))
}
