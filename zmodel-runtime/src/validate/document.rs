//! Structures inside JSON: that they are what the schema says, and what is asked of their members.

use chrono::SubsecRound as _;
use serde_json::Value as Json;

use super::Work;
use super::condition::Known;
use crate::error::Result;
use crate::schema::{Document, DocumentId, DocumentMember, DocumentType, Kept, Schema, Type};
use crate::value::{Decimal, Value, list_json, parse_instant};

impl Work<'_> {
    /// What a field keeps as JSON. Its members become what their steps make of them.
    pub(super) fn documents(&mut self, kept: Kept, value: &mut Value) -> Result<()> {
        let items: Option<Vec<_>> = match value {
            Value::List(items) if kept.many => Some(items.iter_mut().map(json_of).collect()),
            Value::Json(json) if kept.many => json.as_array_mut().map(|items| items.iter_mut().map(Some).collect()),
            Value::Json(json) => return self.document(kept.document, json),
            _ => None,
        };
        let Some(items) = items else {
            let many = if kept.many { "a list of objects" } else { "an object" };
            self.problem("type", format!("must be {many}"));
            return Ok(());
        };
        for (at, item) in items.into_iter().enumerate() {
            if let Some(json) = item {
                self.within(format!("[{at}]"), |work| work.document(kept.document, json))?;
            }
        }
        Ok(())
    }

    fn document(&mut self, id: DocumentId, json: &mut Json) -> Result<()> {
        let described: &Document = self.schema.document(id)?;
        let Json::Object(members) = json else {
            self.problem("type", format!("must be an object of the type `{}`", described.name));
            return Ok(());
        };
        let mut known = Vec::with_capacity(described.members.len());
        for member in described.members.iter() {
            let given = members.get_mut(&*member.name);
            known.push(self.within(&*member.name, |work| work.member(member, given))?);
        }
        if described.strict {
            for key in members.keys().filter(|key| described.member(key).is_none()) {
                self.within(key.as_str(), |work| {
                    work.problem("unknown", format!("`{}` has no such member", described.name));
                });
            }
        }
        self.together(&described.validations, &known)
    }

    /// What is known of a member afterwards.
    fn member(&mut self, member: &DocumentMember, given: Option<&mut Json>) -> Result<Known> {
        let json = match given {
            None if member.list && !member.optional => return Ok(Known::Value(Value::List(Vec::new()))),
            Some(json) if !json.is_null() => json,
            _ => {
                if !member.optional {
                    self.problem("type", "is missing".to_owned());
                }
                return Ok(Known::Unset);
            }
        };
        if !member.list {
            return Ok(self.one(member, json)?.map_or(Known::Unknown, Known::Value));
        }
        let Json::Array(items) = json else {
            self.problem("type", "must be a list".to_owned());
            return Ok(Known::Unknown);
        };
        let mut values = Some(Vec::with_capacity(items.len()));
        for (at, item) in items.iter_mut().enumerate() {
            let value = self.within(format!("[{at}]"), |work| work.one(member, item))?;
            values = values.zip(value).map(|(mut values, value)| {
                values.push(value);
                values
            });
        }
        let Some(values) = values else { return Ok(Known::Unknown) };
        let values = Value::List(values);
        self.length(&member.steps, &values)?;
        Ok(Known::Value(values))
    }

    /// One value of a member, which takes its steps; none if it is no such value.
    fn one(&mut self, member: &DocumentMember, json: &mut Json) -> Result<Option<Value>> {
        let ty = match member.ty {
            DocumentType::Document(id) => {
                self.document(id, json)?;
                return Ok(Some(json.clone().into()));
            }
            DocumentType::Scalar(ty) => ty,
        };
        let mut value = match read(self.schema, ty, json)? {
            Ok(value) => value,
            Err(expected) => {
                self.problem("type", format!("must be {expected}"));
                return Ok(None);
            }
        };
        self.steps(&member.steps, member.list, &mut value)?;
        // A text may have taken another form, and a time or a number has one form only, so that they can be compared.
        if matches!(ty, Type::String | Type::DateTime | Type::Decimal) {
            *json = list_json(std::slice::from_ref(&value)).get_mut(0).map_or(Json::Null, Json::take);
        }
        Ok(Some(value))
    }
}

fn json_of(value: &mut Value) -> Option<&mut Json> {
    match value {
        Value::Json(json) => Some(json),
        _ => None,
    }
}

/// A value inside JSON, or what it should have been.
pub(crate) fn read(schema: &Schema, ty: Type, json: &Json) -> Result<Result<Value, String>> {
    let expected = match ty {
        Type::String => "a text",
        Type::Boolean => "`true` or `false`",
        Type::Int => "a whole number of 32 bits",
        Type::BigInt => "a whole number of 64 bits",
        Type::Float => "a number",
        Type::Decimal => "a number of at most 28 digits",
        Type::DateTime => "a date and time, such as `2024-05-31T12:00:00Z`",
        Type::Bytes => "a list of bytes",
        Type::Json | Type::Unsupported => return Ok(Ok(json.clone().into())),
        Type::Enum(id) => {
            let declared = schema.enumeration(id)?;
            let found = declared.members.iter().find(|member| json.as_str() == Some(&*member.name));
            let stored = found.map(|member| Value::Text(member.stored.clone().into_owned()));
            return Ok(stored.ok_or_else(|| format!("a member of `{}`", declared.name)));
        }
    };
    let value = match ty {
        Type::String => json.as_str().map(|text| Value::Text(text.to_owned())),
        Type::Boolean => json.as_bool().map(Value::Bool),
        Type::Int => json.as_i64().filter(|number| i32::try_from(*number).is_ok()).map(Value::Int),
        Type::BigInt => json.as_i64().map(Value::Int),
        Type::Float => json.as_f64().map(Value::Float),
        Type::Decimal => decimal(json).map(|number| Value::Decimal(number.normalize())),
        Type::DateTime => {
            json.as_str().and_then(parse_instant).map(|instant| Value::DateTime(instant.trunc_subsecs(3)))
        }
        Type::Bytes => json.as_array().and_then(|bytes| {
            let bytes = bytes.iter().map(|byte| byte.as_u64().and_then(|byte| u8::try_from(byte).ok()));
            bytes.collect::<Option<Vec<u8>>>().map(Value::Bytes)
        }),
        Type::Json | Type::Unsupported | Type::Enum(_) => None,
    };
    Ok(value.ok_or_else(|| expected.to_owned()))
}

fn decimal(json: &Json) -> Option<Decimal> {
    let text = match json {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    text.parse().or_else(|_| Decimal::from_scientific(&text)).ok()
}
