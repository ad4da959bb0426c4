//! `having`: which groups.

use serde_json::{Map, Value as Json};

use super::fault::{Fault, Parsed, Within, each, object, text, unknown};
use super::filter::{filter, names, scalar_filter};
use super::logic::{Logic, logic};
use super::summary::{WORDS, measure};
use super::{asked, scalar};
use crate::plan::{Asked, Having, Measure};
use crate::schema::{Comparison, FieldId, ModelId, Needle, Schema, Type};

/// The groups that an object asks for: all of its members hold. A field by itself must be one that the groups share;
/// of any other field, something that is said of all rows of a group: `{price: {_sum: {gt: 10}}}`.
pub(super) fn having(
    schema: &Schema,
    id: ModelId,
    by: &[FieldId],
    asked: &mut Vec<Asked>,
    json: &Json,
) -> Parsed<Having> {
    let mut all = Having::Constant(true);
    for (key, value) in object(json)? {
        all = all.and(member(schema, id, by, asked, key, value).under(key)?);
    }
    Ok(all)
}

fn member(
    schema: &Schema,
    id: ModelId,
    by: &[FieldId],
    asked: &mut Vec<Asked>,
    key: &str,
    json: &Json,
) -> Parsed<Having> {
    if let Some(logic) = logic(key, json, |one| having(schema, id, by, asked, one)) {
        return Ok(match logic? {
            Logic::All(all) => Having::All(all),
            Logic::Any(any) => Having::Any(any),
            Logic::NotAll(all) => Having::Not(Box::new(Having::All(all))),
        });
    }
    // `{_count: {_all: {gt: 1}}}`, as ZenStack has it beside Prisma's order.
    if WORDS.contains(&key) {
        let mut all = Having::Constant(true);
        for (name, value) in object(json)? {
            let measure = measure(schema, id, key, name).under(name)?;
            let value = asked::apart(schema, id, name, asked, value).under(name)?;
            all = all.and(measured(schema, id, measure, &value).under(name)?);
        }
        return Ok(all);
    }
    let model = schema.model(id)?;
    let (field, described) =
        model.visible_field(key).ok_or_else(|| unknown(key, names(model).chain(["AND", "OR", "NOT"])))?;
    let (mut all, mut plain) = (Having::Constant(true), Map::new());
    // What it is asked with stands beside what is asked of it, and goes for the whole query.
    let takes = !described.params.is_empty();
    let json =
        &if takes && json.get("args").is_some() { asked::apart(schema, id, key, asked, json)? } else { json.clone() };
    match json {
        Json::Object(members) => {
            for (word, value) in members {
                if WORDS.contains(&word.as_str()) {
                    let measure = measure(schema, id, word, key).under(word)?;
                    all = all.and(measured(schema, id, measure, value).under(word)?);
                } else {
                    plain.insert(word.clone(), value.clone());
                }
            }
            if plain.is_empty() {
                return Ok(all);
            }
        }
        _ => plain = Map::new(),
    }
    if !by.contains(&field) {
        return Err(Fault::new(format!("the rows are not grouped by `{key}`; say `_min`, `_max`, … of it")));
    }
    let whole = if plain.is_empty() { json.clone() } else { Json::Object(plain) };
    if takes {
        return Ok(all.and(Having::Group(scalar_filter(schema, field, described, &whole)?)));
    }
    let whole: Json = [(key.to_owned(), whole)].into_iter().collect();
    Ok(all.and(Having::Group(filter(schema, id, &whole)?)))
}

/// A condition on something that is said of all rows of a group.
fn measured(schema: &Schema, id: ModelId, measure: Measure, json: &Json) -> Parsed<Having> {
    let ty = match measure {
        Measure::Rows | Measure::Count(_) => Type::BigInt,
        Measure::Sum(field) | Measure::Average(field) | Measure::Minimum(field) | Measure::Maximum(field) => {
            match (measure, schema.model(id)?.field(field)?.ty) {
                (Measure::Average(_), Type::Int | Type::BigInt | Type::Float) => Type::Float,
                (Measure::Sum(_), Type::Int) => Type::BigInt,
                (_, ty) => ty,
            }
        }
    };
    let compare = |comparison, json: &Json| Ok(Having::Compare(comparison, measure, scalar::single(schema, ty, json)?));
    let equal =
        |json: &Json| if json.is_null() { Ok(Having::IsNull(measure)) } else { compare(Comparison::Equal, json) };
    let Json::Object(operators) = json else { return equal(json) };
    let textual = ty == Type::String;
    let mut all = Having::Constant(true);
    for (operator, value) in operators {
        let not = |having: Parsed<Having>| having.map(|having| Having::Not(Box::new(having)));
        let list = || {
            let Json::Array(_) = value else { return Err(Fault::expected("a list", value)) };
            each(value, |one| scalar::single(schema, ty, one)).map(|values| Having::In(measure, values))
        };
        let needle = |needle| Ok(Having::Text(needle, measure, text(value)?.to_owned(), false));
        let one = match operator.as_str() {
            "equals" => equal(value),
            "not" if value.is_object() => not(measured(schema, id, measure, value)),
            "not" => not(equal(value)),
            "in" => list(),
            "notIn" => not(list()),
            "lt" => compare(Comparison::Less, value),
            "lte" => compare(Comparison::LessOrEqual, value),
            "gt" => compare(Comparison::Greater, value),
            "gte" => compare(Comparison::GreaterOrEqual, value),
            "between" => match value.as_array().map(Vec::as_slice) {
                Some([from, to]) => compare(Comparison::GreaterOrEqual, from)
                    .and_then(|low| Ok(low.and(compare(Comparison::LessOrEqual, to)?))),
                _ => Err(Fault::expected("a list of two values", value)),
            },
            "contains" if textual => needle(Needle::Contains),
            "startsWith" if textual => needle(Needle::StartsWith),
            "endsWith" if textual => needle(Needle::EndsWith),
            other => {
                let known = ["equals", "not", "in", "notIn", "lt", "lte", "gt", "gte", "between"];
                Err(unknown(other, known.into_iter()))
            }
        };
        all = all.and(one.under(operator)?);
    }
    Ok(all)
}
