//! Conditions on structures, by the names of their members.

use serde_json::{Map, Value as Json};

use super::fault::{Fault, Parsed, Within, boolean, each, known, object, text, unknown};
use super::logic::{Logic, logic};
use super::{documents, scalar};
use crate::plan::{Filter, JsonFilter, Step};
use crate::schema::{
    Comparison, Document, DocumentId, DocumentMember, DocumentType, FieldId, Kept, Needle, Quantifier, Schema, Type,
};
use crate::value::{Value, list_json};

/// What an object asks of the structure in a field; none if it has the operators of plain JSON.
pub(super) fn filter(schema: &Schema, id: FieldId, kept: Kept, json: &Json) -> Option<Parsed<Filter>> {
    let asked = json.as_object()?;
    let own = |key: &String| !kept.many && schema.document(kept.document).is_ok_and(|of| of.member(key).is_some());
    if asked.keys().any(|key| documents::OPERATORS.contains(&key.as_str()) && !own(key)) {
        return None;
    }
    // Where the field is NULL there is no structure, and nothing that it is not.
    if asked.len() == 1 && !kept.many {
        match (own(&"is".to_owned()) || own(&"isNot".to_owned()), asked.get("is"), asked.get("isNot")) {
            (false, Some(Json::Null), _) => return Some(Ok(Filter::IsNull(id))),
            (false, _, Some(Json::Null)) => return Some(Ok(Filter::Not(Box::new(Filter::IsNull(id))))),
            _ => {}
        }
    }
    let test = if kept.many { list(schema, kept.document, json) } else { structure(schema, kept.document, json) };
    Some(test.map(|test| Filter::Json(id, test)))
}

/// A structure: by its members, or with `is` and `isNot`.
fn structure(schema: &Schema, id: DocumentId, json: &Json) -> Parsed<JsonFilter> {
    let described = schema.document(id)?;
    let asked = object(json)?;
    let named = |word: &str| asked.contains_key(word) && described.member(word).is_none();
    if !named("is") && !named("isNot") {
        return members(schema, described, asked);
    }
    let mut all = Vec::new();
    for (key, value) in known(json, &["is", "isNot"])? {
        let test = match value {
            Json::Null => nothing(),
            value => members(schema, described, object(value).under(key)?).under(key)?,
        };
        all.push(if key == "is" { test } else { not(test) });
    }
    Ok(JsonFilter::All(all))
}

fn members(schema: &Schema, described: &Document, asked: &Map<String, Json>) -> Parsed<JsonFilter> {
    let mut all = Vec::with_capacity(asked.len());
    for (key, value) in asked {
        let together = || logic(key, value, |one| members(schema, described, object(one)?));
        let test = match described.member(key) {
            Some(of) => member(schema, of, value).map(|test| at(&of.name, test)),
            None => match together() {
                Some(logic) => logic.map(|logic| match logic {
                    Logic::All(all) => JsonFilter::All(all),
                    Logic::Any(any) => JsonFilter::Any(any),
                    Logic::NotAll(all) => not(JsonFilter::All(all)),
                }),
                None => {
                    let names = described.members.iter().map(|member| &*member.name);
                    Err(unknown(key, names.chain(["AND", "OR", "NOT"])))
                }
            },
        };
        all.push(test.under(key)?);
    }
    Ok(JsonFilter::All(all))
}

fn at(name: &str, test: JsonFilter) -> JsonFilter {
    JsonFilter::At(vec![Step::Key(name.to_owned())], Box::new(test))
}

fn not(test: JsonFilter) -> JsonFilter {
    JsonFilter::Not(Box::new(test))
}

/// Missing, or the value `null`.
fn nothing() -> JsonFilter {
    JsonFilter::Any(vec![JsonFilter::Absent, JsonFilter::Equal(Json::Null)])
}

/// What is asked of the items of a list of structures.
fn list(schema: &Schema, id: DocumentId, json: &Json) -> Parsed<JsonFilter> {
    let mut all = Vec::new();
    for (key, value) in known(json, &["some", "every", "none"])? {
        let quantifier = match key.as_str() {
            "some" => Quantifier::Some,
            "every" => Quantifier::Every,
            _ => Quantifier::None,
        };
        all.push(JsonFilter::Elements(quantifier, Box::new(structure(schema, id, value).under(key)?)));
    }
    Ok(JsonFilter::All(all))
}

fn member(schema: &Schema, member: &DocumentMember, json: &Json) -> Parsed<JsonFilter> {
    if json.is_null() {
        return null(member);
    }
    match member.ty {
        DocumentType::Document(id) if member.list => list(schema, id, json),
        DocumentType::Document(id) => structure(schema, id, json),
        DocumentType::Scalar(Type::Json | Type::Bytes | Type::Unsupported) => {
            Err(Fault::new(format!("`{}` cannot be asked about by its name; use `path`", member.name)))
        }
        DocumentType::Scalar(ty) => Scalar { schema, member, ty, ignore_case: false }.filter(json),
    }
}

fn null(member: &DocumentMember) -> Parsed<JsonFilter> {
    if member.optional { Ok(nothing()) } else { Err(Fault::new(format!("`{}` is never null", member.name))) }
}

/// A member that operators are applied to.
#[derive(Clone, Copy)]
struct Scalar<'s> {
    schema: &'s Schema,
    member: &'s DocumentMember,
    ty: Type,
    ignore_case: bool,
}

impl Scalar<'_> {
    fn filter(mut self, json: &Json) -> Parsed<JsonFilter> {
        let operators = match json {
            Json::Object(operators) if !(operators.len() == 1 && operators.keys().all(|key| key.starts_with('$'))) => {
                operators
            }
            value if self.member.list => return Err(Fault::expected("an object with operators", value)),
            value => return self.equal(value),
        };
        if let Some(mode) = operators.get("mode").filter(|_| self.ty == Type::String && !self.member.list) {
            self.ignore_case = match text(mode).under("mode")? {
                "default" => false,
                "insensitive" => true,
                _ => return Err(Fault::new("`mode` is `default` or `insensitive`")).under("mode"),
            };
        }
        let mode = |key: &str| key == "mode" && self.ty == Type::String && !self.member.list;
        let all = operators.iter().filter(|(key, _)| !mode(key));
        all.map(|(key, value)| self.operator(key, value).under(key)).collect::<Parsed<_>>().map(JsonFilter::All)
    }

    /// A value as it is inside JSON.
    fn value(self, json: &Json) -> Parsed<Json> {
        let value = scalar::single(self.schema, self.ty, json)?;
        Ok(match (self.ty, value) {
            // The name of the member, which was looked for.
            (Type::Enum(_), _) => json.clone(),
            (_, Value::Json(document)) => *document,
            (_, value) => list_json(&[value]).get_mut(0).map_or(Json::Null, Json::take),
        })
    }

    fn equal(self, json: &Json) -> Parsed<JsonFilter> {
        match json {
            Json::Null => null(self.member),
            _ if self.ignore_case => {
                Err(Fault::new("inside JSON, `mode: insensitive` goes with `contains`, `startsWith` and `endsWith`"))
            }
            value => self.value(value).map(JsonFilter::Equal),
        }
    }

    /// Not so, of what is there.
    fn negated(test: JsonFilter) -> JsonFilter {
        JsonFilter::All(vec![not(nothing()), not(test)])
    }

    fn operator(self, operator: &str, json: &Json) -> Parsed<JsonFilter> {
        if self.member.list {
            return self.list_operator(operator, json);
        }
        let sorted = matches!(self.ty, Type::String | Type::Int | Type::BigInt | Type::Float | Type::DateTime);
        let is_text = self.ty == Type::String;
        let compare = |comparison| Ok(JsonFilter::Compare(comparison, self.value(json)?));
        let needle = |needle| Ok(JsonFilter::Text(needle, text(json)?.to_owned(), self.ignore_case));
        let one_of = || {
            let Json::Array(_) = json else { return Err(Fault::expected("a list", json)) };
            each(json, |one| self.equal(one)).map(JsonFilter::Any)
        };
        match operator {
            "equals" => self.equal(json),
            "not" if json.is_null() => null(self.member).map(not),
            "not" => self.filter(json).map(Self::negated),
            "in" => one_of(),
            "notIn" => one_of().map(Self::negated),
            "lt" if sorted => compare(Comparison::Less),
            "lte" if sorted => compare(Comparison::LessOrEqual),
            "gt" if sorted => compare(Comparison::Greater),
            "gte" if sorted => compare(Comparison::GreaterOrEqual),
            "between" if sorted => match json.as_array().map(Vec::as_slice) {
                Some([from, to]) => Ok(JsonFilter::All(vec![
                    JsonFilter::Compare(Comparison::GreaterOrEqual, self.value(from).at(0)?),
                    JsonFilter::Compare(Comparison::LessOrEqual, self.value(to).at(1)?),
                ])),
                _ => Err(Fault::expected("a list of two values", json)),
            },
            "contains" if is_text => needle(Needle::Contains),
            "startsWith" if is_text => needle(Needle::StartsWith),
            "endsWith" if is_text => needle(Needle::EndsWith),
            other => {
                let equality: &[&str] = &["equals", "not", "in", "notIn"];
                let sizes: &[&str] = if sorted { &["lt", "lte", "gt", "gte", "between"] } else { &[] };
                let texts: &[&str] = if is_text { &["contains", "startsWith", "endsWith", "mode"] } else { &[] };
                Err(unknown(other, [equality, sizes, texts].concat().into_iter()))
            }
        }
    }

    fn list_operator(self, operator: &str, json: &Json) -> Parsed<JsonFilter> {
        let values = || {
            let Json::Array(_) = json else { return Err(Fault::expected("a list", json)) };
            each(json, |one| self.value(one))
        };
        let some = |test| JsonFilter::Elements(Quantifier::Some, Box::new(test));
        match operator {
            "equals" => values().map(|values| JsonFilter::Equal(Json::Array(values))),
            "has" => self.value(json).map(|value| some(JsonFilter::Equal(value))),
            "hasSome" => values().map(|all| some(JsonFilter::Any(all.into_iter().map(JsonFilter::Equal).collect()))),
            "hasEvery" => {
                values().map(|all| JsonFilter::All(all.into_iter().map(|one| some(JsonFilter::Equal(one))).collect()))
            }
            "isEmpty" if boolean(json)? => Ok(JsonFilter::Empty),
            "isEmpty" => Ok(not(JsonFilter::Empty)),
            other => Err(unknown(other, ["equals", "has", "hasEvery", "hasSome", "isEmpty"].into_iter())),
        }
    }
}
