//! Questions about one value, and what is said when the answer is no.

use super::condition::compare;
use super::{format, pattern};
use crate::error::Result;
use crate::schema::{Check, Comparison, Format, Literal, Needle, Type};
use crate::value::Value;

/// Whether a value passes. What a check is not about fails it.
pub(super) fn passes(check: &Check, value: &Value) -> Result<bool> {
    Ok(match (check, value) {
        (Check::Length(min, max), value) => length(value).is_some_and(|length| {
            min.is_none_or(|min| length >= min as usize) && max.is_none_or(|max| length <= max as usize)
        }),
        (Check::Text(needle, sought), Value::Text(text)) => found(*needle, text, sought),
        (Check::Pattern(pattern), Value::Text(text)) => pattern::matches(pattern, text)?,
        (Check::Format(format), Value::Text(text)) => format::is(*format, text),
        (Check::Compare(comparison, bound), value) => compare(*comparison, value, &number(bound)?),
        (Check::Text(..) | Check::Pattern(_) | Check::Format(_), _) => false,
    })
}

/// Characters of a text, items of a list.
pub(super) fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Text(text) => Some(text.chars().count()),
        Value::List(items) => Some(items.len()),
        Value::Bytes(bytes) => Some(bytes.len()),
        _ => None,
    }
}

pub(super) fn found(needle: Needle, text: &str, sought: &str) -> bool {
    match needle {
        Needle::Contains => text.contains(sought),
        Needle::StartsWith => text.starts_with(sought),
        Needle::EndsWith => text.ends_with(sought),
    }
}

/// A number of the schema, as exact as it is written.
pub(super) fn number(literal: &Literal) -> Result<Value> {
    let exact = Value::from_literal(literal, Some(Type::Decimal));
    if exact.is_ok() { exact } else { Value::from_literal(literal, None) }
}

/// The name of the attribute that asks it.
pub(super) const fn code(check: &Check) -> &'static str {
    match check {
        Check::Length(..) => "length",
        Check::Text(Needle::Contains, _) => "contains",
        Check::Text(Needle::StartsWith, _) => "startsWith",
        Check::Text(Needle::EndsWith, _) => "endsWith",
        Check::Pattern(_) => "regex",
        Check::Format(Format::Email) => "email",
        Check::Format(Format::Url) => "url",
        Check::Format(Format::Phone) => "phone",
        Check::Format(Format::DateTime) => "datetime",
        Check::Format(Format::Date) => "date",
        Check::Format(Format::Time(_)) => "time",
        Check::Format(Format::Uuid(_)) => "uuid",
        Check::Compare(Comparison::Greater, _) => "gt",
        Check::Compare(Comparison::GreaterOrEqual, _) => "gte",
        Check::Compare(Comparison::Less, _) => "lt",
        Check::Compare(Comparison::LessOrEqual, _) => "lte",
        Check::Compare(Comparison::Equal | Comparison::NotEqual, _) => "range",
    }
}

/// What to say of a value that does not pass: never the value itself.
pub(super) fn message(check: &Check, value: &Value) -> String {
    match check {
        Check::Length(min, max) => {
            let what = match value {
                Value::List(_) => "items",
                Value::Bytes(_) => "bytes",
                _ => "characters",
            };
            match (min, max) {
                (Some(min), Some(max)) if min == max => format!("must have exactly {min} {what}"),
                (Some(min), Some(max)) => format!("must have {min} to {max} {what}"),
                (Some(min), None) => format!("must have at least {min} {what}"),
                (None, Some(max)) => format!("must have at most {max} {what}"),
                (None, None) => format!("must have {what}"),
            }
        }
        Check::Text(Needle::Contains, text) => format!("must contain `{text}`"),
        Check::Text(Needle::StartsWith, text) => format!("must start with `{text}`"),
        Check::Text(Needle::EndsWith, text) => format!("must end with `{text}`"),
        Check::Pattern(_) => "must match the pattern of the schema".to_owned(),
        Check::Format(format) => match format {
            Format::Email => "must be an email address".to_owned(),
            Format::Url => "must be a URL, such as `https://example.com/`".to_owned(),
            Format::Phone => "must be a phone number with its country, such as `+31201234567`".to_owned(),
            Format::DateTime => "must be a date and time, such as `2024-05-31T12:00:00Z`".to_owned(),
            Format::Date => "must be a date, such as `2024-05-31`".to_owned(),
            Format::Time(_) => "must be a time, such as `12:00:00`".to_owned(),
            Format::Uuid(None) => "must be a UUID".to_owned(),
            Format::Uuid(Some(version)) => format!("must be a UUID of version {version}"),
        },
        Check::Compare(comparison, bound) => {
            let bound = match bound {
                Literal::Int(number) => number.to_string(),
                Literal::Number(text) | Literal::String(text) => text.to_string(),
                Literal::Boolean(value) => value.to_string(),
            };
            match comparison {
                Comparison::Equal => format!("must be {bound}"),
                Comparison::NotEqual => format!("must not be {bound}"),
                Comparison::Less => format!("must be less than {bound}"),
                Comparison::LessOrEqual => format!("must be at most {bound}"),
                Comparison::Greater => format!("must be greater than {bound}"),
                Comparison::GreaterOrEqual => format!("must be at least {bound}"),
            }
        }
    }
}
