//! Values on their way to and from the database.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{Datelike as _, SubsecRound as _, Utc};
use rust_decimal::prelude::ToPrimitive as _;

use crate::error::{Error, Result};
use crate::schema::{Field, List, Literal, Type};

mod instant;

pub(crate) use instant::{IN_JSON, instant_in_json, instant_text, now, parse_instant};

/// An instant (`DateTime` in a schema). The database keeps milliseconds.
pub type DateTime = chrono::DateTime<Utc>;
/// An exact number (`Decimal` in a schema): 28 significant digits.
pub type Decimal = rust_decimal::Decimal;
/// A JSON document (`Json` in a schema).
pub type Json = serde_json::Value;
/// Raw bytes (`Bytes` in a schema).
pub type Bytes = Vec<u8>;

/// A value as the engine carries it: always bound to a statement as a parameter, never part of its text.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// NULL.
    Null,
    /// A Boolean.
    Bool(bool),
    /// An Int or a BigInt.
    Int(i64),
    /// A Float.
    Float(f64),
    /// A Decimal, normalised: no zeros at the end of the fraction.
    Decimal(Decimal),
    /// A String, or a member of an enum as the database stores it.
    Text(String),
    /// A DateTime, to the millisecond.
    DateTime(DateTime),
    /// A Json document; boxed, so that a value is small: a list of rows holds a great many.
    Json(Box<Json>),
    /// Bytes.
    Bytes(Bytes),
    /// The values of a list field.
    List(Vec<Value>),
}

impl From<Json> for Value {
    fn from(document: Json) -> Self {
        Self::Json(Box::new(document))
    }
}

impl Value {
    /// Whether it is NULL.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it can be bound: whether every database keeps it, and orders it as this program does.
    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Self::DateTime(instant) if !(0..=9999).contains(&instant.year()) => {
                Err(Error::invalid("a DateTime is outside the years 0 to 9999"))
            }
            Self::Text(text) if text.contains('\0') => Err(Error::invalid("a text holds the character U+0000")),
            Self::Float(value) if value.is_nan() => Err(Error::invalid("a Float is not a number")),
            Self::List(values) => values.iter().try_for_each(Self::check),
            _ => Ok(()),
        }
    }

    /// A value inside JSON.
    pub(crate) fn from_json(json: Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(value),
            Json::String(text) => Self::Text(text),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Self::Int(number),
                None => number.as_f64().map_or(Self::Null, Self::Float),
            },
            document => document.into(),
        }
    }

    /// As `field` keeps it: a list of structures is one JSON document, not a list of them.
    pub(crate) fn kept_in(self, field: &Field) -> Self {
        match self {
            Self::List(values) if !field.list => list_json(&values).into(),
            value => value,
        }
    }

    /// What the database gave for `field`, as the value that was put there.
    pub(crate) fn held_by(self, field: &Field) -> Result<Self> {
        fn read<T: FieldValue>(value: Value, list: bool) -> Result<Value, &'static str> {
            if list {
                Vec::<T>::from_value(value).map(Vec::into_value)
            } else {
                T::from_value(value).map(T::into_value)
            }
        }
        if self.is_null() {
            return Ok(self);
        }
        let read = match field.ty {
            Type::Boolean => read::<bool>(self, field.list),
            Type::Int | Type::BigInt => read::<i64>(self, field.list),
            Type::Float => read::<f64>(self, field.list),
            Type::Decimal => read::<Decimal>(self, field.list),
            Type::String | Type::Enum(_) => read::<String>(self, field.list),
            Type::DateTime => read::<DateTime>(self, field.list),
            Type::Json => read::<Json>(self, field.list),
            Type::Bytes => read::<Bytes>(self, field.list),
            Type::Unsupported => Ok(self),
        };
        read.map_err(|expected| Error::internal(format!("`{}` does not hold {expected}", field.name)))
    }

    /// What a literal of the schema stands for in a field of type `ty`.
    pub(crate) fn from_literal(literal: &Literal, ty: Option<Type>) -> Result<Self> {
        let bad = |text: &str| Error::internal(format!("the schema's literal `{text}` does not fit its field"));
        Ok(match (literal, ty) {
            (Literal::Boolean(value), _) => Self::Bool(*value),
            (Literal::Int(value), Some(Type::Decimal)) => Self::Decimal(Decimal::from(*value)),
            #[expect(clippy::cast_precision_loss, reason = "a whole number written for a Float field")]
            (Literal::Int(value), Some(Type::Float)) => Self::Float(*value as f64),
            (Literal::Int(value), _) => Self::Int(*value),
            (Literal::Number(text), Some(Type::Decimal)) => {
                Self::Decimal(text.parse::<Decimal>().map_err(|_| bad(text))?.normalize())
            }
            (Literal::Number(text), _) => Self::Float(text.parse().map_err(|_| bad(text))?),
            (Literal::String(text), Some(Type::DateTime)) => {
                Self::DateTime(parse_instant(text).ok_or_else(|| bad(text))?)
            }
            (Literal::String(text), Some(Type::Json)) => Self::Json(serde_json::from_str(text).map_err(|_| bad(text))?),
            (Literal::String(text), Some(Type::Bytes)) => Self::Bytes(BASE64.decode(&**text).map_err(|_| bad(text))?),
            (Literal::String(text), _) => Self::Text(text.clone().into_owned()),
        })
    }
}

/// A type that a field can have in Rust: how it becomes a [`Value`] and how it is read back.
///
/// Implemented for the scalar types of a schema, for `Option` of them, and by generated code for enums.
pub trait FieldValue: Sized + Send + 'static {
    /// The value to bind.
    fn into_value(self) -> Value;

    /// Reads a value that the database gave; `Err` says in words what was expected.
    fn from_value(value: Value) -> Result<Self, &'static str>;

    /// Reads a whole number that the database gave.
    #[doc(hidden)]
    fn from_int(value: i64) -> Result<Self, &'static str> {
        Self::from_value(Value::Int(value))
    }

    /// Reads a text that the database gave, where it need not be kept.
    #[doc(hidden)]
    fn from_text(text: &str) -> Result<Self, &'static str> {
        Self::from_value(Value::Text(text.to_owned()))
    }

    /// The value as the rules see it, where it is part of `auth()`.
    fn into_context(self) -> ContextValue {
        match self.into_value() {
            Value::Null => ContextValue::Null,
            value => ContextValue::Scalar(value),
        }
    }

    /// The value as a structure inside JSON has it; for generated code.
    #[doc(hidden)]
    fn into_member(self) -> Json {
        list_json(&[self.into_value()]).get_mut(0).map_or(Json::Null, Json::take)
    }

    /// Reads an element of a JSON array, as which some databases keep a list.
    fn from_element(element: Json) -> Result<Self, &'static str> {
        Self::from_value(Value::from_json(element))
    }
}

/// Reads a text in JSON as a Decimal, as a rule does on every database: digits, perhaps with a sign before them and a point
/// between them.
pub(crate) fn decimal_in_json(text: &str) -> Option<Decimal> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.strip_prefix('-').unwrap_or(text);
    let plain = number.split_once('.').map_or_else(|| digits(number), |(whole, part)| digits(whole) && digits(part));
    text.parse().ok().filter(|_| plain)
}

/// JSON in the one way of several in which it is compared: what is the same is written alike, however numbers were written
/// and members ordered.
pub(crate) fn canonical(json: Json) -> Json {
    match json {
        // Whole numbers as such, so that they are told apart however large they are; zero has no sign then.
        Json::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 => match (float.to_i64(), float.to_u64()) {
                (Some(whole), _) => whole.into(),
                (None, Some(whole)) => whole.into(),
                (None, None) => number.into(),
            },
            _ => number.into(),
        },
        Json::Array(items) => items.into_iter().map(canonical).collect(),
        Json::Object(members) => {
            let sorted: BTreeMap<String, Json> = members.into_iter().collect();
            sorted.into_iter().map(|(name, value)| (name, canonical(value))).collect()
        }
        other => other,
    }
}

/// A list as the JSON array that keeps it where a database has no lists.
pub(crate) fn list_json(values: &[Value]) -> Json {
    let element = |value: &Value| match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::from(*value),
        // JSON has no infinity; as a text it is read back all the same.
        Value::Float(value) => {
            serde_json::Number::from_f64(*value).map_or_else(|| value.to_string().into(), Json::Number)
        }
        Value::Decimal(value) => value.to_string().into(),
        Value::Text(text) => text.as_str().into(),
        Value::DateTime(instant) => instant_text(*instant).into(),
        Value::Json(document) => (**document).clone(),
        Value::Bytes(bytes) => to_hex(bytes).into(),
        Value::List(values) => list_json(values),
    };
    values.iter().map(element).collect()
}

/// SQLite has no Booleans.
const fn bit(value: i64) -> Option<bool> {
    match value {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// SQLite gives a Float without a fraction as a whole number.
#[expect(
    clippy::cast_precision_loss,
    clippy::unnecessary_wraps,
    reason = "it was a Float before, and is one of several"
)]
const fn float(value: i64) -> Option<f64> {
    Some(value as f64)
}

macro_rules! field_value {
    ($($ty:ty: $expected:literal, $into:expr, { $($from:tt)* } $(int($count:expr))? $(text($parse:expr))?;)*) => {$(
        impl FieldValue for $ty {
            fn into_value(self) -> Value {
                let into: fn($ty) -> Value = $into;
                into(self)
            }

            #[inline]
            fn from_value(value: Value) -> Result<Self, &'static str> {
                match value {
                    $($from)*
                    $(Value::Int(value) => $count(value).ok_or($expected),)?
                    $(Value::Text(text) => $parse(&text).ok_or($expected),)?
                    _ => Err($expected),
                }
            }

            $(#[inline]
            fn from_int(value: i64) -> Result<Self, &'static str> {
                $count(value).ok_or($expected)
            })?

            $(#[inline]
            fn from_text(text: &str) -> Result<Self, &'static str> {
                $parse(text).ok_or($expected)
            })?
        }
    )*};
}

field_value! {
    bool: "a Boolean", Value::Bool, {
        Value::Bool(value) => Ok(value),
    } int(bit);
    i32: "an Int of 32 bits", |value| Value::Int(value.into()), {} int(|value: i64| value.try_into().ok());
    i64: "a BigInt of 64 bits", Value::Int, {} int(Some);
    // Inside JSON a Float travels as text, because the JSON functions of SQLite round it.
    f64: "a Float", Value::Float, {
        Value::Float(value) => Ok(value),
    } int(float) text(parsed);
    Decimal: "a Decimal of at most 28 digits", |value| Value::Decimal(value.normalize()), {
        Value::Decimal(value) => Ok(value),
        Value::Float(value) => Decimal::try_from(value).map_err(|_| "a Decimal of at most 28 digits"),
    } int(|value: i64| Some(Decimal::from(value))) text(parsed);
    String: "a String", Value::Text, {
        Value::Text(text) => Ok(text),
    };
    DateTime: "a DateTime", |value| Value::DateTime(value.trunc_subsecs(3)), {
        Value::DateTime(value) => Ok(value),
    } text(parse_instant);
    // Inside JSON bytes travel as hexadecimal digits.
    Bytes: "Bytes", Value::Bytes, {
        Value::Bytes(value) => Ok(value),
    } text(from_hex);
}

impl FieldValue for Json {
    fn into_value(self) -> Value {
        self.into()
    }

    fn from_value(value: Value) -> Result<Self, &'static str> {
        match value {
            Value::Json(value) => Ok(*value),
            Value::Text(text) => Self::from_text(&text),
            _ => Err("a Json document"),
        }
    }

    fn from_text(text: &str) -> Result<Self, &'static str> {
        serde_json::from_str(text).map_err(|_| "a Json document")
    }

    fn from_element(element: Json) -> Result<Self, &'static str> {
        Ok(element)
    }
}

impl<T: FieldValue> FieldValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(T::into_value).collect())
    }

    fn from_value(value: Value) -> Result<Self, &'static str> {
        let elements = match value {
            Value::List(values) => return values.into_iter().map(T::from_value).collect(),
            Value::Json(document) => *document,
            Value::Text(text) => serde_json::from_str(&text).map_err(|_| "a list")?,
            _ => return Err("a list"),
        };
        let Json::Array(elements) = elements else { return Err("a list") };
        elements.into_iter().map(T::from_element).collect()
    }

    fn from_element(element: Json) -> Result<Self, &'static str> {
        Self::from_value(element.into())
    }
}

/// A structure as one JSON document; for generated code.
#[doc(hidden)]
pub fn document<T: serde::Serialize>(value: &T) -> Value {
    // Generated structs have names for keys, so nothing in them can fail to be written.
    serde_json::to_value(value).map_or(Value::Null, Value::from)
}

/// A structure from its JSON document; for generated code.
#[doc(hidden)]
pub fn from_document<T: serde::de::DeserializeOwned>(document: Json) -> Result<T, &'static str> {
    serde_json::from_value(document).map_err(|_| "a document of the declared type")
}

impl<T: FieldValue> FieldValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }

    fn from_value(value: Value) -> Result<Self, &'static str> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }

    fn from_int(value: i64) -> Result<Self, &'static str> {
        T::from_int(value).map(Some)
    }

    fn from_text(text: &str) -> Result<Self, &'static str> {
        T::from_text(text).map(Some)
    }
}

fn parsed<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|p| p.len() == 2)?, 16).ok()).collect()
}

/// A context value: what `auth()` holds for the caller.
#[derive(Debug, Clone, PartialEq)]
pub enum ContextValue {
    /// Missing.
    Null,
    /// A single value.
    Scalar(Value),
    /// A structure: its members by position.
    Members(List<ContextValue>),
    /// A list.
    List(List<ContextValue>),
}

impl ContextValue {
    /// The value at a path of members; `None` when it is missing at any step.
    pub(crate) fn at(&self, path: &[u16]) -> Option<&Self> {
        let mut at = self;
        for step in path {
            let Self::Members(members) = at else { return None };
            at = members.get(usize::from(*step))?;
        }
        (!matches!(at, Self::Null | Self::Scalar(Value::Null))).then_some(at)
    }
}

/// A type that a member of the context can have in Rust.
pub trait IntoContext {
    /// The value as the rules see it.
    fn into_context(self) -> ContextValue;
}

impl<T: FieldValue> IntoContext for T {
    fn into_context(self) -> ContextValue {
        <T as FieldValue>::into_context(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(from_hex("00ff"), Some(vec![0, 255]));
        assert_eq!(from_hex("0"), None);
        assert_eq!(from_hex("zz"), None);
    }
}
