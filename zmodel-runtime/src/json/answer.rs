//! What a call gives, before it is JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value as Json, json};

use crate::value::{DateTime, Decimal, instant_text};

/// What a call gives. It still knows the types that JSON cannot tell apart.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// Nothing.
    Null,
    /// What JSON has a form for.
    Plain(Json),
    /// A `Float`, which can be infinite.
    Float(f64),
    /// A `BigInt`.
    BigInt(i64),
    /// A `Decimal`.
    Decimal(Decimal),
    /// A `DateTime`.
    DateTime(DateTime),
    /// `Bytes`.
    Bytes(Vec<u8>),
    /// Several.
    List(Vec<Answer>),
    /// Named members.
    Object(Vec<(String, Answer)>),
}

impl Answer {
    /// As plain JSON: dates, decimals and bytes are texts, a `BigInt` is a number.
    #[must_use]
    pub fn into_json(self) -> Json {
        self.write(false)
    }

    /// As JSON in which what JSON has no form for is tagged: `{"$date": …}`, `{"$decimal": …}`, `{"$bigint": …}`,
    /// `{"$bytes": …}`.
    #[must_use]
    pub fn into_tagged(self) -> Json {
        self.write(true)
    }

    fn write(self, tags: bool) -> Json {
        let tag = |name: &str, text: String| if tags { json!({ name: text }) } else { Json::String(text) };
        match self {
            Self::Null => Json::Null,
            Self::Plain(json) => json,
            Self::Float(float) => number(float),
            Self::BigInt(number) if tags => json!({ "$bigint": number.to_string() }),
            Self::BigInt(number) => number.into(),
            Self::Decimal(number) => tag("$decimal", number.to_string()),
            Self::DateTime(instant) => tag("$date", instant_text(instant)),
            Self::Bytes(bytes) => tag("$bytes", BASE64.encode(bytes)),
            Self::List(items) => items.into_iter().map(|item| item.write(tags)).collect(),
            Self::Object(members) => {
                Json::Object(members.into_iter().map(|(name, value)| (name, value.write(tags))).collect::<Map<_, _>>())
            }
        }
    }
}

/// A Float as JSON has it: without a fraction where it is whole, as a text where it is infinite.
fn number(float: f64) -> Json {
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
    if float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0 {
        return (float as i64).into();
    }
    serde_json::Number::from_f64(float).map_or_else(|| float.to_string().into(), Json::Number)
}
