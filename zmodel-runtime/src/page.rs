//! Pages of rows.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::error::{Error, Result};
use crate::plan;
use crate::value::{Value, instant_text, parse_instant};

/// A page of rows, and where the pages around it are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one: give it to [`after`](crate::find::Find::after).
    pub next: Option<Cursor>,
    /// Where the page before ends, if there can be one: give it to [`before`](crate::find::Find::before).
    pub prev: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page of rows with the places where they stand, of which there is one more than the page has if it has an end.
    pub(crate) fn of(
        plan: &plan::Find,
        mut read: Vec<(T, Vec<Value>)>,
        (limited, backward): (bool, bool),
        began: bool,
    ) -> Self {
        let limit = plan.take.filter(|_| limited).and_then(|take| usize::try_from(take.unsigned_abs()).ok());
        let more = limit.is_some_and(|limit| read.len() >= limit);
        if more && backward {
            read.remove(0);
        } else if more {
            read.pop();
        }
        let cursor = |at: Option<&(T, Vec<Value>)>| at.map(|(_, place)| Cursor::new(plan, place.clone()));
        let (first, last) = (cursor(read.first()), cursor(read.last()));
        let (before, after) = if backward { (more, began) } else { (began, more) };
        let (prev, next) = (first.filter(|_| before), last.filter(|_| after));
        Self { items: read.into_iter().map(|(item, _)| item).collect(), next, prev }
    }
}

/// A place between two pages: opaque to who keeps it, and a text without special characters where it is written.
///
/// It holds the values of the order of one row, such as the caller saw them, and nothing that the caller could not have
/// asked for with a filter. So it needs no signature: whoever makes one up reads other rows, of those that he may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// Tells orders apart.
    order: u64,
    values: Vec<Value>,
}

/// A text that no [`Cursor`] was written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor")]
pub struct NoCursor;

impl Cursor {
    pub(crate) fn new(plan: &plan::Find, values: Vec<Value>) -> Self {
        Self { order: fingerprint(plan), values }
    }

    /// The place, in a read with the same order.
    pub(crate) fn place(self, plan: &plan::Find) -> Result<plan::Place> {
        if self.order != fingerprint(plan) {
            return Err(Error::invalid("the cursor belongs to another order"));
        }
        Ok(plan::Place::Values(self.values))
    }
}

/// FNV-1a over what an order says: the same in every program.
fn fingerprint(plan: &plan::Find) -> u64 {
    let said = format!("{}{:?}", plan.model.0, plan.order);
    said.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A value with its kind, such that it is bound again as the database gave it.
fn write(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Text(text) => json!(text),
        // The digits of a Float do not always lead back to it.
        Value::Float(value) => json!({ "f": value.to_bits() }),
        Value::Decimal(value) => json!({ "d": value.to_string() }),
        Value::DateTime(instant) => json!({ "t": instant_text(*instant) }),
        Value::Bytes(bytes) => json!({ "b": BASE64.encode(bytes) }),
        Value::Json(document) => json!({ "j": document }),
        Value::List(values) => values.iter().map(write).collect(),
    }
}

fn read(json: Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => Value::Int(number.as_i64()?),
        Json::String(text) => Value::Text(text),
        Json::Array(list) => Value::List(list.into_iter().map(read).collect::<Option<_>>()?),
        Json::Object(tagged) => {
            let mut tagged = tagged.into_iter();
            let ((tag, value), None) = (tagged.next()?, tagged.next()) else { return None };
            match tag.as_str() {
                "f" => Value::Float(f64::from_bits(value.as_u64()?)),
                "d" => Value::Decimal(value.as_str()?.parse().ok()?),
                "t" => Value::DateTime(parse_instant(value.as_str()?)?),
                "b" => Value::Bytes(BASE64.decode(value.as_str()?).ok()?),
                "j" => value.into(),
                _ => return None,
            }
        }
    })
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<Json> = self.values.iter().map(write).collect();
        f.write_str(&BASE64.encode(json!([self.order, values]).to_string()))
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let bytes = BASE64.decode(text).map_err(|_| NoCursor)?;
        let (order, values): (u64, Vec<Json>) = serde_json::from_slice(&bytes).map_err(|_| NoCursor)?;
        let values = values.into_iter().map(read).collect::<Option<_>>().ok_or(NoCursor)?;
        Ok(Self { order, values })
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
