//! Where the arguments of a call are wrong.

use serde_json::{Map, Value as Json};

use crate::schema::Broken;

/// What is wrong with an argument, and where it stands.
#[derive(Debug)]
pub(super) struct Fault {
    /// From the inside out.
    path: Vec<String>,
    message: String,
    /// The schema contradicts itself: it is not the caller's fault.
    broken: bool,
}

pub(super) type Parsed<T> = std::result::Result<T, Fault>;

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { path: Vec::new(), message: message.into(), broken: false }
    }

    /// `what` was expected and `found` is there.
    pub(super) fn expected(what: &str, found: &Json) -> Self {
        Self::new(format!("expected {what}, found {}", kind(found)))
    }

    /// The place, as `where.AND[0].id`.
    pub(super) fn place(&self) -> String {
        let mut place = String::new();
        for part in self.path.iter().rev() {
            if !place.is_empty() && !part.starts_with('[') {
                place.push('.');
            }
            place.push_str(part);
        }
        place
    }

    pub(super) fn into_message(self) -> String {
        self.message
    }

    pub(super) const fn is_broken(&self) -> bool {
        self.broken
    }
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        Self { path: Vec::new(), message: broken.to_string(), broken: true }
    }
}

/// Says under which key, or at which position, something is wrong.
pub(super) trait Within {
    fn under(self, key: &str) -> Self;
    fn at(self, position: usize) -> Self;
}

impl<T> Within for Parsed<T> {
    fn under(self, key: &str) -> Self {
        self.map_err(|mut fault| {
            fault.path.push(key.to_owned());
            fault
        })
    }

    fn at(self, position: usize) -> Self {
        self.under(&format!("[{position}]"))
    }
}

/// What kind of JSON value it is, in words; never the value itself.
const fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a Boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// An object.
pub(super) fn object(json: &Json) -> Parsed<&Map<String, Json>> {
    json.as_object().ok_or_else(|| Fault::expected("an object", json))
}

/// An object with no other keys than these.
pub(super) fn known<'j>(json: &'j Json, keys: &[&str]) -> Parsed<&'j Map<String, Json>> {
    let members = object(json)?;
    match members.keys().find(|key| !keys.contains(&key.as_str())) {
        None => Ok(members),
        Some(key) => Err(unknown(key, keys.iter().copied())).under(key),
    }
}

/// A key that is not known, beside those that are.
pub(super) fn unknown<'k>(key: &str, known: impl Iterator<Item = &'k str>) -> Fault {
    let mut known: Vec<&str> = known.collect();
    let near = known.iter().copied().find(|name| name.eq_ignore_ascii_case(key) || near(name, key));
    known.sort_unstable();
    match near {
        Some(name) => Fault::new(format!("there is no `{key}` here; did you mean `{name}`?")),
        None if known.len() <= 12 && !known.is_empty() => {
            Fault::new(format!("there is no `{key}` here; known are {}", known.join(", ")))
        }
        None => Fault::new(format!("there is no `{key}` here")),
    }
}

/// Whether two names differ by one letter that is missing, added or another, or by two that changed places.
fn near(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() < 3 || long.len() - short.len() > 1 {
        return false;
    }
    let start = short.bytes().zip(long.bytes()).take_while(|(a, b)| a == b).count();
    let end = short.bytes().rev().zip(long.bytes().rev()).take_while(|(a, b)| a == b).count();
    let swapped = || {
        short.len() == long.len() && start + end + 2 == long.len() && {
            let (a, b) = (short.get(start..start + 2), long.get(start..start + 2));
            a.zip(b).is_some_and(|(a, b)| a.bytes().rev().eq(b.bytes()))
        }
    };
    start + end + 1 >= long.len() || swapped()
}

/// One value, or a list of them.
pub(super) fn one_or_many(json: &Json) -> &[Json] {
    json.as_array().map_or(std::slice::from_ref(json), Vec::as_slice)
}

/// Reads each of a list, or the only one, and says which of them is wrong.
pub(super) fn each<T>(json: &Json, mut read: impl FnMut(&Json) -> Parsed<T>) -> Parsed<Vec<T>> {
    match json {
        Json::Array(items) => items.iter().enumerate().map(|(at, item)| read(item).at(at)).collect(),
        one => Ok(vec![read(one)?]),
    }
}

/// A whole number that is not negative.
pub(super) fn count(json: &Json) -> Parsed<u32> {
    whole(json)
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| Fault::expected("a whole number that is not negative", json))
}

/// A number without a fraction.
pub(super) fn whole(json: &Json) -> Option<i64> {
    let number = json.as_number()?;
    number.as_i64().or_else(|| {
        let float = number.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
        (float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0).then_some(float as i64)
    })
}

/// `true` or `false`.
pub(super) fn boolean(json: &Json) -> Parsed<bool> {
    json.as_bool().ok_or_else(|| Fault::expected("`true` or `false`", json))
}

/// A text.
pub(super) fn text(json: &Json) -> Parsed<&str> {
    json.as_str().ok_or_else(|| Fault::expected("a text", json))
}
