//! Types of values: how they are called, and which fits where.

use zmodel_runtime::schema::Type;

use super::{ExprType, Field, FieldType, Resolver, ValueType};

/// Types that can be compared with each other, as the language sees them: it does not tell `Int` from `BigInt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `String`
    String,
    /// `Boolean`
    Boolean,
    /// `Int`, `BigInt`
    Int,
    /// `Float`, `Decimal`
    Float,
    /// `DateTime`
    DateTime,
    /// `Bytes`
    Bytes,
    /// An enum, by position.
    Enum(u16),
    /// A model, by position.
    Model(usize),
    /// A `type`, by position.
    Type(usize),
    /// The keyword `null`.
    Null,
    /// `Json`, and what cannot be checked.
    Any,
}

impl Family {
    /// The family of a scalar.
    pub(super) fn of(ty: Type) -> Self {
        match ty {
            Type::String => Self::String,
            Type::Boolean => Self::Boolean,
            Type::Int | Type::BigInt => Self::Int,
            Type::Float | Type::Decimal => Self::Float,
            Type::DateTime => Self::DateTime,
            Type::Bytes => Self::Bytes,
            Type::Enum(id) => Self::Enum(id.0),
            _ => Self::Any,
        }
    }

    /// The family of a parameter declared with a built-in name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "String" => Self::String,
            "Boolean" => Self::Boolean,
            "Int" | "BigInt" => Self::Int,
            "Float" | "Decimal" => Self::Float,
            "DateTime" => Self::DateTime,
            "Bytes" => Self::Bytes,
            "Any" | "Json" | "Object" | "Unsupported" => Self::Any,
            _ => return None,
        })
    }

    /// Whether a value of the family `source` can be given where `self` is asked for.
    pub(super) fn takes(self, source: Self) -> bool {
        self == source || self == Self::Any || source == Self::Any || (self == Self::Float && source == Self::Int)
    }
}

/// A scalar type by its name.
pub(super) fn scalar(name: &str) -> Option<Type> {
    Some(match name {
        "String" => Type::String,
        "Boolean" => Type::Boolean,
        "Int" => Type::Int,
        "BigInt" => Type::BigInt,
        "Float" => Type::Float,
        "Decimal" => Type::Decimal,
        "DateTime" => Type::DateTime,
        "Json" => Type::Json,
        "Bytes" => Type::Bytes,
        _ => return None,
    })
}

impl ValueType {
    /// The family; none when the type is not known.
    pub(super) fn family(self) -> Option<Family> {
        Some(match self {
            Self::Scalar(ty) => Family::of(ty),
            Self::Model(at) => Family::Model(at),
            Self::Type(at) => Family::Type(at),
            Self::Null => Family::Null,
            Self::Any => Family::Any,
            Self::Error => return None,
        })
    }
}

impl ExprType {
    /// What something that was reported yields.
    pub(super) const ERROR: Self = Self { of: ValueType::Error, list: false, nullable: false };

    /// A single scalar that is never null.
    pub(super) const fn scalar(ty: Type) -> Self {
        Self { of: ValueType::Scalar(ty), list: false, nullable: false }
    }

    /// Whether it was reported already.
    pub(super) fn is_error(self) -> bool {
        self.of == ValueType::Error
    }
}

impl FieldType {
    /// As the type of a value.
    pub(super) fn value(self) -> ValueType {
        match self {
            Self::Scalar(ty) => ValueType::Scalar(ty),
            Self::Model(at) => ValueType::Model(at),
            Self::Type(at) => ValueType::Type(at),
            Self::Unsupported => ValueType::Any,
            Self::Error => ValueType::Error,
        }
    }
}

impl Resolver<'_, '_> {
    /// How messages call a type.
    pub(super) fn type_name(&self, ty: ValueType) -> String {
        match ty {
            ValueType::Scalar(Type::Enum(id)) => {
                self.decls.enums.get(id.index()).map_or_else(String::new, |declared| declared.name.text.clone())
            }
            ValueType::Scalar(ty) => format!("{ty:?}"),
            ValueType::Model(at) => self.decls.models.get(at).map_or_else(String::new, |model| model.name.text.clone()),
            ValueType::Type(at) => self.decls.types.get(at).map_or_else(String::new, |ty| ty.name.text.clone()),
            ValueType::Null => "null".to_owned(),
            ValueType::Any => "Any".to_owned(),
            ValueType::Error => "unknown".to_owned(),
        }
    }

    /// How messages call what an expression yields, in backticks.
    pub(super) fn shown(&self, ty: ExprType) -> String {
        let list = if ty.list { "[]" } else { "" };
        format!("`{}{list}`", self.type_name(ty.of))
    }

    /// How messages call what a field holds, in backticks.
    pub(super) fn shown_field(&self, field: &Field) -> String {
        self.shown(ExprType { of: field.ty.value(), list: field.list, nullable: false })
    }
}

/// Whether a text is a date, or a date and a time, in the ISO form: year, then optionally month, day and time.
pub(super) fn is_instant(text: &str) -> bool {
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let within = |text: &str, most: u32| digits(text, 2) && text.parse().is_ok_and(|n: u32| n <= most);
    let counted = |text: &str, most: u32| within(text, most) && text != "00";
    let date_fits = match parts.as_slice() {
        [year] => digits(year, 4) && time.is_none(),
        [year, month] => digits(year, 4) && counted(month, 12) && time.is_none(),
        [year, month, day] => digits(year, 4) && counted(month, 12) && counted(day, 31),
        _ => false,
    };
    date_fits
        && time.is_none_or(|time| {
            let zone = time.find(['Z', 'z', '+', '-']);
            let (clock, zone) = zone.and_then(|at| time.split_at_checked(at)).unwrap_or((time, "Z"));
            let zone_fits = match zone.strip_prefix(['+', '-']) {
                Some(offset) => offset.split_once(':').is_some_and(|(h, m)| within(h, 23) && within(m, 59)),
                None => zone.len() == 1,
            };
            let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
            let clock: Vec<&str> = clock.split(':').collect();
            zone_fits
                && !fraction.is_empty()
                && fraction.bytes().all(|b| b.is_ascii_digit())
                && match clock.as_slice() {
                    [h, m] => within(h, 23) && within(m, 59),
                    [h, m, s] => within(h, 23) && within(m, 59) && within(s, 59),
                    _ => false,
                }
        })
}

/// Whether a text is bytes in base64, with `=` to fill it up.
pub(super) fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let fill = text.len() - digits.len();
    let last = match digits.chars().next_back() {
        _ if fill == 0 => true,
        // The bits that belong to no byte are 0.
        Some(last) if fill == 1 => "AEIMQUYcgkosw048".contains(last),
        Some(last) => "AQgw".contains(last),
        None => false,
    };
    let digit = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
    text.len().is_multiple_of(4) && fill <= 2 && digits.chars().all(digit) && last
}

/// Whether a text is a JSON document.
pub(super) fn is_json(text: &str) -> bool {
    let mut rest = text.as_bytes();
    json_value(&mut rest, 0) && json_space(&mut rest).is_none()
}

/// Skips blanks; the next byte.
fn json_space(rest: &mut &[u8]) -> Option<u8> {
    while let [b' ' | b'\t' | b'\n' | b'\r', tail @ ..] = rest {
        *rest = tail;
    }
    rest.first().copied()
}

fn json_take(rest: &mut &[u8], expected: &[u8]) -> bool {
    rest.strip_prefix(expected).map(|tail| *rest = tail).is_some()
}

fn json_value(rest: &mut &[u8], depth: u8) -> bool {
    if depth > 100 {
        return false;
    }
    match json_space(rest) {
        Some(b'{') => json_items(rest, b"}", |rest| {
            json_space(rest);
            json_string(rest) && json_space(rest) == Some(b':') && json_take(rest, b":") && json_value(rest, depth + 1)
        }),
        Some(b'[') => json_items(rest, b"]", |rest| json_value(rest, depth + 1)),
        Some(b'"') => json_string(rest),
        Some(b't') => json_take(rest, b"true"),
        Some(b'f') => json_take(rest, b"false"),
        Some(b'n') => json_take(rest, b"null"),
        _ => json_number(rest),
    }
}

fn json_items(rest: &mut &[u8], end: &[u8], mut item: impl FnMut(&mut &[u8]) -> bool) -> bool {
    *rest = rest.get(1..).unwrap_or_default();
    json_space(rest);
    if json_take(rest, end) {
        return true;
    }
    while item(rest) {
        json_space(rest);
        if json_take(rest, end) {
            return true;
        }
        if !json_take(rest, b",") {
            return false;
        }
    }
    false
}

fn json_string(rest: &mut &[u8]) -> bool {
    if !json_take(rest, b"\"") {
        return false;
    }
    loop {
        match rest {
            [b'"', tail @ ..] => {
                *rest = tail;
                return true;
            }
            [b'\\', b'u', a, b, c, d, tail @ ..] if [a, b, c, d].iter().all(|x| x.is_ascii_hexdigit()) => *rest = tail,
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', tail @ ..] => *rest = tail,
            [b'\\' | 0..=0x1f, ..] | [] => return false,
            [_, tail @ ..] => *rest = tail,
        }
    }
}

fn json_number(rest: &mut &[u8]) -> bool {
    fn digits(rest: &mut &[u8]) -> usize {
        let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        *rest = rest.get(count..).unwrap_or_default();
        count
    }
    json_take(rest, b"-");
    let leading_zero = rest.first() == Some(&b'0');
    let whole = digits(rest);
    if whole == 0 || (leading_zero && whole > 1) || (json_take(rest, b".") && digits(rest) == 0) {
        return false;
    }
    if json_take(rest, b"e") || json_take(rest, b"E") {
        let _ = json_take(rest, b"+") || json_take(rest, b"-");
        return digits(rest) > 0;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        for text in
            ["2020", "2020-02", "2020-02-03", "2020-02-03T10:20", "2020-02-03t10:20:30.5+02:00", "2020-02-03T10:20:30Z"]
        {
            assert!(is_instant(text), "{text}");
        }
        for text in
            ["", "2020abc", "2020-13", "2020-00-01", "2020-02-03T", "2020T10:00", "2020-02-03T10:20:30.Z", "20-1-1"]
        {
            assert!(!is_instant(text), "{text}");
        }
    }

    #[test]
    fn json() {
        for text in ["{}", "[]", " {\"a\": [1, -2.5e+3, true, null, \"\\u00e4\"]} ", "\"x\"", "0"] {
            assert!(is_json(text), "{text}");
        }
        for text in ["", "{", "{a:1}", "[1,]", "01", "1.", "\"", "tru", "{} {}", "'x'"] {
            assert!(!is_json(text), "{text}");
        }
        assert!(!is_json(&"[".repeat(100_000)));
    }
}
