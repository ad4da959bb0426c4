//! From a JSON value to the types that fields have. There are no conversions but these.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Number, Value};

use super::fault::{Fault, JsonKind};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A number that is at least this large is a time in milliseconds, a smaller one in seconds. Clerk mixes both.
const FIRST_MILLISECONDS: f64 = 1e11;

/// A type that a claim can be read as. Implemented for the types of schema fields; generated enums use [`member`],
/// generated structs [`Reader::nested`](super::Reader::nested).
pub trait FromClaim: Sized {
    /// Reads `value`, which is not null unless it comes from somewhere else than a [`Reader`](super::Reader).
    ///
    /// # Errors
    ///
    /// A [`Fault`] when it is another kind of JSON, or does not fit.
    fn from_claim(value: &Value) -> Result<Self, Fault>;
}

/// A string, as it is.
impl FromClaim for String {
    fn from_claim(value: &Value) -> Result<Self, Fault> {
        text(value, "a string").map(str::to_owned)
    }
}

/// `true` or `false`.
impl FromClaim for bool {
    fn from_claim(value: &Value) -> Result<Self, Fault> {
        value.as_bool().ok_or_else(|| unexpected("a boolean", value))
    }
}

/// A whole number, or a string of decimal digits.
impl FromClaim for i32 {
    fn from_claim(value: &Value) -> Result<Self, Fault> {
        let wide = i64::from_claim(value)?;
        Self::try_from(wide).map_err(|_| Fault::Value { expected: "a whole number of 32 bits" })
    }
}

/// A whole number, or a string of decimal digits.
impl FromClaim for i64 {
    fn from_claim(value: &Value) -> Result<Self, Fault> {
        let read = match value {
            Value::Number(number) => number.as_i64().or_else(|| whole(number)),
            Value::String(text) if is_decimal(text, 0) => text.parse().ok(),
            Value::String(_) => None,
            other => return Err(unexpected("a whole number", other)),
        };
        read.ok_or(Fault::Value { expected: "a whole number of 64 bits" })
    }
}

/// A number.
impl FromClaim for f64 {
    fn from_claim(value: &Value) -> Result<Self, Fault> {
        let number = value.as_number().ok_or_else(|| unexpected("a number", value))?;
        number.as_f64().filter(|float| float.is_finite()).ok_or(Fault::Value { expected: "a number of 64 bits" })
    }
}

/// A string or a number, by its text. A fraction written as a JSON number counts as its shortest text.
impl FromClaim for Decimal {
    fn from_claim(value: &Value) -> Result<Self, Fault> {
        let read = match value {
            Value::String(text) if is_decimal(text, 1) => Self::from_str_exact(text).ok(),
            Value::String(_) => None,
            Value::Number(number) => {
                let text = number.to_string();
                if text.contains(['e', 'E']) { Self::from_scientific(&text) } else { Self::from_str_exact(&text) }.ok()
            }
            other => return Err(unexpected("a decimal number", other)),
        };
        read.ok_or(Fault::Value { expected: "a decimal number of 28 digits" })
    }
}

/// An RFC 3339 string, or a number since 1970: of seconds below 10¹¹, else of milliseconds.
impl FromClaim for DateTime<Utc> {
    fn from_claim(value: &Value) -> Result<Self, Fault> {
        let read = match value {
            Value::String(text) => DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()),
            Value::Number(number) => number.as_f64().and_then(moment),
            other => return Err(unexpected("a date", other)),
        };
        read.ok_or(Fault::Value { expected: "a date" })
    }
}

/// A string of base64 (the standard alphabet, padded or not).
impl FromClaim for Vec<u8> {
    fn from_claim(value: &Value) -> Result<Self, Fault> {
        BASE64.decode(text(value, "a string of base64")?).map_err(|_| Fault::Value { expected: "base64" })
    }
}

/// What is in it.
impl<T: FromClaim> FromClaim for Box<T> {
    fn from_claim(value: &Value) -> Result<Self, Fault> {
        T::from_claim(value).map(Self::new)
    }
}

/// Any JSON, as it is.
impl FromClaim for Value {
    fn from_claim(value: &Value) -> Result<Self, Fault> {
        Ok(value.clone())
    }
}

/// Reads a member of an enum by its name; `members` are the names, as in the schema, with their values.
///
/// A member of exactly that name comes first. Else an `org:` in front is dropped (organisation roles have it, names
/// cannot), and the case does not matter where it leaves no doubt: `org:admin` is `ADMIN`.
///
/// # Errors
///
/// [`Fault::Type`] when it is no string, [`Fault::Value`] when it names no member, or more than one.
pub fn member<T: Copy>(value: &Value, members: &[(&str, T)]) -> Result<T, Fault> {
    let name = text(value, "a string")?;
    let bare = name.strip_prefix("org:").unwrap_or(name);
    let exactly = |wanted: &str| members.iter().find(|(member, _)| *member == wanted).map(|(_, value)| *value);
    let roughly = || {
        let mut alike = members.iter().filter(|(member, _)| member.eq_ignore_ascii_case(bare));
        alike.next().filter(|_| alike.next().is_none()).map(|(_, value)| *value)
    };
    exactly(name).or_else(|| exactly(bare)).or_else(roughly).ok_or(Fault::Value { expected: "a member of the enum" })
}

fn text<'a>(value: &'a Value, expected: &'static str) -> Result<&'a str, Fault> {
    value.as_str().ok_or_else(|| unexpected(expected, value))
}

fn unexpected(expected: &'static str, value: &Value) -> Fault {
    Fault::Type { expected, found: JsonKind::of(value) }
}

/// `-`? digits, and up to `fractions` times a point with digits.
fn is_decimal(text: &str, fractions: usize) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    unsigned.split('.').count() <= fractions + 1 && unsigned.split('.').all(digits)
}

/// The value of `5.0`, which JSON does not tell from `5`.
fn whole(number: &Number) -> Option<i64> {
    const LAST_EXACT: f64 = 9_007_199_254_740_992.0;
    let float = number.as_f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked, and the number has no fraction")]
    (float.fract() == 0.0 && float.abs() <= LAST_EXACT).then_some(float as i64)
}

fn moment(number: f64) -> Option<DateTime<Utc>> {
    let millis = if number < FIRST_MILLISECONDS { number * 1000.0 } else { number }.round();
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked, and the number has no fraction")]
    let millis = (millis.abs() < 1e16).then_some(millis as i64)?;
    DateTime::from_timestamp_millis(millis)
}
