//! Values of fields in JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value as Json;

use super::answer::Answer;
use super::fault::{Fault, Parsed, Within, unknown, whole};
use crate::error::{Error, Result};
use crate::schema::{EnumId, Field, Schema, Type};
use crate::value::{DateTime, Decimal, Value, parse_instant};

/// The value of a field: a list where it holds one, null where it may be.
pub(super) fn value(schema: &Schema, field: &Field, json: &Json) -> Parsed<Value> {
    match json {
        Json::Null if field.optional => Ok(Value::Null),
        Json::Null => Err(Fault::new(format!("`{}` cannot be null", field.name))),
        _ if field.list => list(schema, field, json),
        _ => single(schema, field.ty, json),
    }
}

/// A list of single values.
pub(super) fn list(schema: &Schema, field: &Field, json: &Json) -> Parsed<Value> {
    let Json::Array(items) = json else { return Err(Fault::expected("a list", json)) };
    let items = items.iter().enumerate().map(|(at, item)| single(schema, field.ty, item).at(at));
    items.collect::<Parsed<_>>().map(Value::List)
}

/// One value of a type; never null.
pub(super) fn single(schema: &Schema, ty: Type, json: &Json) -> Parsed<Value> {
    Ok(match ty {
        Type::String => Value::Text(json.as_str().ok_or_else(|| Fault::expected("a text", json))?.to_owned()),
        Type::Boolean => Value::Bool(json.as_bool().ok_or_else(|| Fault::expected("`true` or `false`", json))?),
        Type::Int => {
            let number = whole(json).ok_or_else(|| Fault::expected("a whole number", json))?;
            let number = i32::try_from(number).map_err(|_| Fault::new("an `Int` has 32 bits; this number has more"))?;
            Value::Int(number.into())
        }
        Type::BigInt => Value::Int(big_int(json)?),
        Type::Float => Value::Float(json.as_f64().ok_or_else(|| Fault::expected("a number", json))?),
        Type::Decimal => Value::Decimal(decimal(json)?),
        Type::DateTime => Value::DateTime(instant(json)?),
        Type::Json => json.clone().into(),
        Type::Bytes => {
            let text = tagged(json, "$bytes").unwrap_or(json).as_str();
            let text = text.ok_or_else(|| Fault::expected("bytes as a text in base64", json))?;
            Value::Bytes(BASE64.decode(text).map_err(|_| Fault::new("this text is not base64"))?)
        }
        Type::Enum(id) => member(schema, id, json)?,
        Type::Unsupported => return Err(Fault::new("only the database knows this field's type")),
    })
}

fn tagged<'j>(json: &'j Json, tag: &str) -> Option<&'j Json> {
    json.as_object().filter(|members| members.len() == 1)?.get(tag)
}

fn big_int(json: &Json) -> Parsed<i64> {
    let plain = tagged(json, "$bigint").unwrap_or(json);
    let number = match plain {
        Json::String(digits) => digits.parse().ok(),
        other => whole(other),
    };
    number.ok_or_else(|| Fault::expected("a whole number of at most 64 bits", json))
}

fn decimal(json: &Json) -> Parsed<Decimal> {
    let plain = tagged(json, "$decimal").unwrap_or(json);
    let text = match plain {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return Err(Fault::expected("a number, or its digits in a text", json)),
    };
    let parsed = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&text));
    parsed.map(|decimal| decimal.normalize()).map_err(|_| Fault::new("not a number of at most 28 digits"))
}

fn instant(json: &Json) -> Parsed<DateTime> {
    let text = tagged(json, "$date").unwrap_or(json).as_str();
    let text = text.ok_or_else(|| Fault::expected("a date and time as a text", json))?;
    // A time alone is on the first day that there is.
    let whole = if text.contains(':') && !text.contains('-') && !text.contains('T') {
        format!("1970-01-01T{text}")
    } else {
        text.to_owned()
    };
    let instant =
        parse_instant(&whole).ok_or_else(|| Fault::new("not a date and time, such as 2024-05-31T12:00:00Z"))?;
    Ok(chrono::SubsecRound::trunc_subsecs(instant, 3))
}

fn member(schema: &Schema, id: EnumId, json: &Json) -> Parsed<Value> {
    let declared = schema.enumeration(id)?;
    let name = json.as_str().ok_or_else(|| Fault::expected("the name of a member as a text", json))?;
    let found = declared.members.iter().find(|member| member.name == name);
    let found = found.ok_or_else(|| unknown(name, declared.members.iter().map(|member| &*member.name)))?;
    Ok(Value::Text(found.stored.clone().into_owned()))
}

/// A cell of a row that was read, for a field of this type.
pub(super) fn answer(schema: &Schema, field: &Field, cell: Value) -> Result<Answer> {
    // A list that is NULL reads as an empty one.
    if cell.is_null() {
        return Ok(if field.list && !field.can_be_hidden() { Answer::List(Vec::new()) } else { Answer::Null });
    }
    of_type(schema, field.ty, cell.held_by(field)?)
}

/// A value of a type as it is shown.
pub(super) fn of_type(schema: &Schema, ty: Type, value: Value) -> Result<Answer> {
    Ok(match (value, ty) {
        (Value::List(items), _) => {
            let items = items.into_iter().map(|item| of_type(schema, ty, item));
            Answer::List(items.collect::<Result<_>>()?)
        }
        (Value::Null, _) => Answer::Null,
        (Value::Int(number), Type::BigInt) => Answer::BigInt(number),
        (Value::Text(stored), Type::Enum(id)) => {
            let declared = schema.enumeration(id)?;
            let found = declared.members.iter().find(|member| member.stored == stored);
            let unknown = || Error::internal(format!("the database holds no member of `{}`", declared.name));
            Answer::Plain(found.ok_or_else(unknown)?.name.clone().into())
        }
        (Value::Bool(value), _) => Answer::Plain(value.into()),
        (Value::Int(value), _) => Answer::Plain(value.into()),
        (Value::Float(value), _) => Answer::Float(value),
        (Value::Decimal(value), _) => Answer::Decimal(value.normalize()),
        (Value::Text(text), _) => Answer::Plain(text.into()),
        (Value::DateTime(instant), _) => Answer::DateTime(instant),
        (Value::Json(document), _) => Answer::Plain(*document),
        (Value::Bytes(bytes), _) => Answer::Bytes(bytes),
    })
}
