//! Conditions on JSON documents.

use serde_json::{Map, Value as Json};

use super::fault::{Fault, Parsed, Within, object, text, unknown};
use crate::plan::{Filter, JsonFilter, Step};
use crate::schema::{Comparison, Field, FieldId, Needle, Quantifier};

pub(super) const OPERATORS: [&str; 14] = [
    "path",
    "equals",
    "not",
    "string_contains",
    "string_starts_with",
    "string_ends_with",
    "array_contains",
    "array_starts_with",
    "array_ends_with",
    "lt",
    "lte",
    "gt",
    "gte",
    "mode",
];

/// What operators ask of the document in a field: of the whole, or of what stands at `path`.
pub(super) fn filter(id: FieldId, field: &Field, operators: &Map<String, Json>) -> Parsed<Filter> {
    let path = operators.get("path").map(|path| steps(path).under("path")).transpose()?;
    let ignore_case = match operators.get("mode").map(|mode| text(mode).under("mode")).transpose()? {
        None | Some("default") => false,
        Some("insensitive") => true,
        Some(_) => return Err(Fault::new("`mode` is `default` or `insensitive`")).under("mode"),
    };
    let mut all = Vec::new();
    let mut absent = Filter::Constant(true);
    for (operator, value) in operators.iter().filter(|(key, _)| !["path", "mode"].contains(&key.as_str())) {
        // There is no document where the field is NULL.
        let null = value.is_null() && path.is_none() && field.optional;
        match operator.as_str() {
            "equals" if null => {
                let either = vec![Filter::IsNull(id), Filter::Json(id, JsonFilter::Equal(Json::Null))];
                absent = absent.and(Filter::Any(either));
            }
            "not" if null => {
                let either = vec![Filter::IsNull(id), Filter::Json(id, JsonFilter::Equal(Json::Null))];
                absent = absent.and(Filter::Not(Box::new(Filter::Any(either))));
            }
            operator => all.push(condition(operator, value, ignore_case).under(operator)?),
        }
    }
    let condition = if all.len() == 1 { all.swap_remove(0) } else { JsonFilter::All(all) };
    Ok(match (condition, path) {
        (JsonFilter::All(none), _) if none.is_empty() => absent,
        (condition, None) => absent.and(Filter::Json(id, condition)),
        (condition, Some(path)) => absent.and(Filter::Json(id, JsonFilter::At(path, Box::new(condition)))),
    })
}

fn condition(operator: &str, json: &Json, ignore_case: bool) -> Parsed<JsonFilter> {
    let needle = |needle| Ok(JsonFilter::Text(needle, text(json)?.to_owned(), ignore_case));
    let at = |index| Ok(JsonFilter::At(vec![Step::Index(index)], Box::new(JsonFilter::Equal(json.clone()))));
    let compare = |comparison| Ok(JsonFilter::Compare(comparison, json.clone()));
    match operator {
        "equals" => Ok(JsonFilter::Equal(json.clone())),
        "not" => Ok(JsonFilter::Not(Box::new(match json {
            Json::Object(nested)
                if !nested.is_empty() && nested.keys().all(|key| OPERATORS.contains(&key.as_str())) =>
            {
                let nested = object(json)?.iter().map(|(key, value)| condition(key, value, ignore_case).under(key));
                JsonFilter::All(nested.collect::<Parsed<_>>()?)
            }
            value => JsonFilter::Equal(value.clone()),
        }))),
        "string_contains" => needle(Needle::Contains),
        "string_starts_with" => needle(Needle::StartsWith),
        "string_ends_with" => needle(Needle::EndsWith),
        "array_contains" => {
            // Every one of several.
            let sought = json.as_array().map_or(std::slice::from_ref(json), Vec::as_slice);
            let has = |one: &Json| JsonFilter::Elements(Quantifier::Some, Box::new(JsonFilter::Equal(one.clone())));
            Ok(JsonFilter::All(sought.iter().map(has).collect()))
        }
        "array_starts_with" => at(0),
        "array_ends_with" => at(-1),
        "lt" => compare(Comparison::Less),
        "lte" => compare(Comparison::LessOrEqual),
        "gt" => compare(Comparison::Greater),
        "gte" => compare(Comparison::GreaterOrEqual),
        other => Err(unknown(other, OPERATORS.into_iter())),
    }
}

/// `$.a.b[0]`, or a list of keys and positions.
fn steps(json: &Json) -> Parsed<Vec<Step>> {
    let wrong = || Fault::new("a path is a text such as `$.a.b[0]`, or a list of keys and positions");
    if let Json::Array(parts) = json {
        let step = |part: &Json| match part {
            Json::String(key) => Ok(key.parse().map_or_else(|_| Step::Key(key.clone()), Step::Index)),
            other => other.as_i64().map(Step::Index).ok_or_else(wrong),
        };
        return parts.iter().map(step).collect();
    }
    let mut rest = text(json)?.strip_prefix('$').ok_or_else(wrong)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let (inside, after) = after.split_once(']').ok_or_else(wrong)?;
            let quoted = inside.strip_prefix(['"', '\'']).and_then(|inside| inside.strip_suffix(['"', '\'']));
            steps.push(match quoted {
                Some(key) => Step::Key(key.to_owned()),
                None => Step::Index(inside.parse().map_err(|_| wrong())?),
            });
            rest = after;
        } else {
            let after = rest.strip_prefix('.').ok_or_else(wrong)?;
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (key, after) = after.split_at(end);
            if key.is_empty() {
                return Err(wrong());
            }
            steps.push(Step::Key(key.trim_matches('"').to_owned()));
            rest = after;
        }
    }
    Ok(steps)
}
