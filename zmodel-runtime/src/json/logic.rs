//! `AND`, `OR` and `NOT` of conditions.

use serde_json::Value as Json;

use super::fault::{Fault, Parsed, each};

/// Conditions that are put together.
pub(super) enum Logic<T> {
    All(Vec<T>),
    Any(Vec<T>),
    /// Not all of them; there is one at least.
    NotAll(Vec<T>),
}

/// What `key` makes of the conditions in `json`; none if it is another word.
///
/// An object without a member says nothing, and is as if it were not there, as in ZenStack: of nothing, `AND` and `NOT`
/// hold, and `OR` does not.
pub(super) fn logic<T>(key: &str, json: &Json, read: impl FnMut(&Json) -> Parsed<T>) -> Option<Parsed<Logic<T>>> {
    let made: fn(Vec<T>) -> Logic<T> = match key {
        "AND" => Logic::All,
        "OR" if !json.is_array() => return Some(Err(Fault::expected("a list", json))),
        "OR" => Logic::Any,
        "NOT" => |all| if all.is_empty() { Logic::All(all) } else { Logic::NotAll(all) },
        _ => return None,
    };
    Some(conditions(json, read).map(made))
}

fn conditions<T>(json: &Json, mut read: impl FnMut(&Json) -> Parsed<T>) -> Parsed<Vec<T>> {
    let says_nothing = |one: &Json| one.as_object().is_some_and(serde_json::Map::is_empty);
    let all = each(json, |one| if says_nothing(one) { Ok(None) } else { read(one).map(Some) })?;
    Ok(all.into_iter().flatten().collect())
}
