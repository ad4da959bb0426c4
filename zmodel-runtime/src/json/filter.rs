//! `where`: which rows.

use serde_json::{Map, Value as Json};

use super::fault::{Fault, Parsed, Within, boolean, each, known, object, text, unknown};
use super::logic::{Logic, logic};
use super::{asked, documents, members, scalar, search};
use crate::plan::Filter;
use crate::schema::{
    Comparison, Field, FieldId, Model, ModelId, Needle, Quantifier, Relation, RelationId, Schema, Secret, Share, Type,
};
use crate::value::Value;

/// The rows of a model that an object asks for: all of its members hold.
pub(super) fn filter(schema: &Schema, id: ModelId, json: &Json) -> Parsed<Filter> {
    let model = schema.model(id)?;
    let mut all = Filter::Constant(true);
    for (key, value) in object(json)? {
        all = all.and(member(schema, id, model, key, value).under(key)?);
    }
    Ok(all)
}

fn member(schema: &Schema, id: ModelId, model: &Model, key: &str, json: &Json) -> Parsed<Filter> {
    if let Some(logic) = logic(key, json, |one| filter(schema, id, one)) {
        return Ok(match logic? {
            Logic::All(all) => Filter::All(all),
            Logic::Any(any) => Filter::Any(any),
            Logic::NotAll(all) => Filter::Not(Box::new(Filter::All(all))),
        });
    }
    if let Some((field_id, field)) = model.visible_field(key) {
        if field.params.is_empty() {
            return scalar_filter(schema, field_id, field, json);
        }
        let (asked, rest) = asked::split(schema, field_id, field, json)?;
        let filter = scalar_filter(schema, field_id, field, &Json::Object(rest))?;
        return Ok(Filter::Asked(asked, Box::new(filter)));
    }
    match model.find_relation(key) {
        Some((relation_id, relation)) => related(schema, model, relation_id, relation, json),
        None => Err(unknown(key, names(model).chain(["AND", "OR", "NOT"]))),
    }
}

/// The names that a caller can use of a model.
pub(super) fn names(model: &Model) -> impl Iterator<Item = &str> {
    let fields = model.fields.iter().filter(|field| !field.hidden).map(|field| &*field.name);
    fields.chain(model.relations.iter().filter(|relation| !relation.part).map(|relation| &*relation.name))
}

/// What an object, or a value alone, asks of a field.
pub(super) fn scalar_filter(schema: &Schema, id: FieldId, field: &Field, json: &Json) -> Parsed<Filter> {
    comparable(field)?;
    if json.is_null() {
        return null(id, field);
    }
    if let Some(asked) = field.kept.and_then(|kept| members::filter(schema, id, kept, json)) {
        return asked;
    }
    match json {
        Json::Object(operators) if field.ty == Type::Json && !field.list => documents::filter(id, field, operators),
        Json::Object(operators) if !is_tagged(operators) => all_operators(schema, id, field, operators),
        value if field.list || field.ty == Type::Json => Err(Fault::expected("an object with operators", value)),
        value => Ok(Filter::Compare(Comparison::Equal, id, scalar::single(schema, field.ty, value)?)),
    }
}

/// What the database must not know it cannot compare.
pub(super) fn comparable(field: &Field) -> Parsed<()> {
    match field.secret {
        None => Ok(()),
        Some(Secret::Password) => {
            Err(Fault::new("this field is marked `@password`, and nothing can be asked about it"))
        }
        Some(Secret::Encrypted) => {
            Err(Fault::new("this field is marked `@encrypted`: it is read and written, and cannot be compared"))
        }
    }
}

/// `{"$date": …}` and the like are values.
fn is_tagged(members: &Map<String, Json>) -> bool {
    members.len() == 1 && members.keys().all(|key| key.starts_with('$'))
}

fn null(id: FieldId, field: &Field) -> Parsed<Filter> {
    if field.optional { Ok(Filter::IsNull(id)) } else { Err(Fault::new(format!("`{}` is never null", field.name))) }
}

fn all_operators(schema: &Schema, id: FieldId, field: &Field, operators: &Map<String, Json>) -> Parsed<Filter> {
    let ignore_case = match operators.get("mode") {
        None => false,
        Some(mode) if field.ty == Type::String => match text(mode).under("mode")? {
            "default" => false,
            "insensitive" => true,
            _ => return Err(Fault::new("`mode` is `default` or `insensitive`")).under("mode"),
        },
        Some(_) => return Err(Fault::new("`mode` is for texts")).under("mode"),
    };
    let scalar = Scalar { schema, id, field, ignore_case };
    let mut all = Filter::Constant(true);
    for (operator, value) in operators.iter().filter(|(key, _)| *key != "mode") {
        all = all.and(scalar.operator(operator, value).under(operator)?);
    }
    Ok(all)
}

/// A field that an operator is applied to.
#[derive(Clone, Copy)]
struct Scalar<'s> {
    schema: &'s Schema,
    id: FieldId,
    field: &'s Field,
    ignore_case: bool,
}

const ORDER: [&str; 5] = ["lt", "lte", "gt", "gte", "between"];
const TEXT: [&str; 3] = ["contains", "startsWith", "endsWith"];

impl Scalar<'_> {
    /// The operators that there are for the type of the field.
    fn operators(self) -> Vec<&'static str> {
        let lists = ["equals", "has", "hasEvery", "hasSome", "isEmpty"];
        let (equality, one_of) = (["equals", "not"], ["in", "notIn"]);
        let parts: &[&[&'static str]] = match self.field.ty {
            _ if self.field.list => &[&lists],
            Type::String => &[&equality, &one_of, &ORDER, &TEXT],
            Type::Int | Type::BigInt | Type::Float | Type::Decimal | Type::DateTime => &[&equality, &one_of, &ORDER],
            Type::Boolean | Type::Json => &[&equality],
            Type::Enum(_) | Type::Bytes => &[&equality, &one_of],
            Type::Unsupported => &[],
        };
        let searches = [(self.field.full_text, "fts"), (self.field.fuzzy, "fuzzy")];
        let searches = searches.into_iter().filter(|(marked, _)| *marked && !self.field.list).map(|(_, name)| name);
        parts.concat().into_iter().chain(searches).collect()
    }

    fn value(self, json: &Json) -> Parsed<Value> {
        scalar::single(self.schema, self.field.ty, json)
    }

    fn compare(self, comparison: Comparison, json: &Json) -> Parsed<Filter> {
        if self.ignore_case {
            return Err(Fault::new("`mode: insensitive` does not go with an order of texts"));
        }
        Ok(Filter::Compare(comparison, self.id, self.value(json)?))
    }

    fn equal(self, json: &Json) -> Parsed<Filter> {
        match json {
            Json::Null => null(self.id, self.field),
            _ if self.ignore_case => Ok(Filter::SameText(self.id, text(json)?.to_owned())),
            _ => self.compare(Comparison::Equal, json),
        }
    }

    fn one_of(self, json: &Json) -> Parsed<Filter> {
        let Json::Array(_) = json else { return Err(Fault::expected("a list", json)) };
        if self.ignore_case {
            return each(json, |one| Ok(Filter::SameText(self.id, text(one)?.to_owned()))).map(Filter::Any);
        }
        each(json, |one| self.value(one)).map(|values| Filter::In(self.id, values))
    }

    fn operator(self, operator: &str, json: &Json) -> Parsed<Filter> {
        if !self.operators().contains(&operator) {
            return Err(unknown(operator, self.operators().into_iter()));
        }
        if self.field.list {
            return self.list_operator(operator, json);
        }
        let not = |filter: Parsed<Filter>| filter.map(|filter| Filter::Not(Box::new(filter)));
        let needle = |needle| Ok(Filter::Text(needle, self.id, text(json)?.to_owned(), self.ignore_case));
        match operator {
            "equals" => self.equal(json),
            "not" => match json {
                Json::Object(nested) if self.field.ty != Type::Json && !is_tagged(nested) => {
                    let mut nested = nested.clone();
                    if self.ignore_case {
                        nested.entry("mode").or_insert_with(|| "insensitive".into());
                    }
                    not(all_operators(self.schema, self.id, self.field, &nested))
                }
                value => not(self.equal(value)),
            },
            "in" => self.one_of(json),
            "notIn" => not(self.one_of(json)),
            "lt" => self.compare(Comparison::Less, json),
            "lte" => self.compare(Comparison::LessOrEqual, json),
            "gt" => self.compare(Comparison::Greater, json),
            "gte" => self.compare(Comparison::GreaterOrEqual, json),
            "between" => match json.as_array().map(Vec::as_slice) {
                Some([from, to]) => Ok(Filter::All(vec![
                    self.compare(Comparison::GreaterOrEqual, from).at(0)?,
                    self.compare(Comparison::LessOrEqual, to).at(1)?,
                ])),
                _ => Err(Fault::expected("a list of two values", json)),
            },
            "contains" => needle(Needle::Contains),
            "startsWith" => needle(Needle::StartsWith),
            "endsWith" => needle(Needle::EndsWith),
            "fts" => Ok(Filter::Search(self.id, search::full_text(known(json, &["search", "config"])?)?)),
            "fuzzy" => {
                let members = known(json, &["search", "mode", "threshold", "unaccent"])?;
                Ok(Filter::Search(self.id, search::fuzzy(members)?))
            }
            _ => Err(Fault::new("there is no such operator")),
        }
    }

    fn list_operator(self, operator: &str, json: &Json) -> Parsed<Filter> {
        let values = |json: &Json| {
            let Json::Array(_) = json else { return Err(Fault::expected("a list", json)) };
            each(json, |one| self.value(one))
        };
        match operator {
            "equals" if json.is_null() => null(self.id, self.field),
            "equals" => Ok(Filter::Compare(Comparison::Equal, self.id, Value::List(values(json)?))),
            "has" => Ok(Filter::Has(self.id, self.value(json)?)),
            "hasSome" => values(json).map(|values| Filter::Share(Share::Some, self.id, values)),
            "hasEvery" => values(json).map(|values| Filter::Share(Share::Every, self.id, values)),
            _ if boolean(json)? => Ok(Filter::Empty(self.id)),
            _ => Ok(Filter::Not(Box::new(Filter::Empty(self.id)))),
        }
    }
}

/// What is asked of related rows.
fn related(schema: &Schema, model: &Model, id: RelationId, relation: &Relation, json: &Json) -> Parsed<Filter> {
    let of = |quantifier, filter| Filter::Related(id, quantifier, Box::new(filter));
    let there = |json: &Json| filter(schema, relation.target, json);
    if relation.many {
        let mut all = Filter::Constant(true);
        for (key, value) in known(json, &["some", "every", "none"])? {
            let quantifier = match key.as_str() {
                "some" => Quantifier::Some,
                "every" => Quantifier::Every,
                _ => Quantifier::None,
            };
            all = all.and(of(quantifier, there(value).under(key)?));
        }
        return Ok(all);
    }
    let optional =
        !relation.owner || relation.on.iter().any(|(key, _)| model.field(*key).is_ok_and(|key| key.optional));
    let absent = || {
        if optional {
            Ok(of(Quantifier::None, Filter::Constant(true)))
        } else {
            Err(Fault::new(format!("`{}` always leads to a row", relation.name)))
        }
    };
    match json {
        Json::Null if optional && relation.owner => {
            Ok(Filter::Any(relation.on.iter().map(|(key, _)| Filter::IsNull(*key)).collect()))
        }
        Json::Null => absent(),
        Json::Object(members) if members.keys().any(|key| key == "is" || key == "isNot") => {
            let mut all = Filter::Constant(true);
            for (key, value) in known(json, &["is", "isNot"])? {
                let one = match (key.as_str(), value) {
                    ("is", Json::Null) => absent(),
                    ("is", value) => there(value).map(|filter| of(Quantifier::Some, filter)),
                    (_, Json::Null) => absent().map(|absent| Filter::Not(Box::new(absent))),
                    (_, value) => there(value).map(|filter| of(Quantifier::None, filter)),
                };
                all = all.and(one.under(key)?);
            }
            Ok(all)
        }
        other => there(other).map(|filter| of(Quantifier::Some, filter)),
    }
}
