//! Conditions on what a JSON document holds.

use std::marker::PhantomData;

use super::Field;
use crate::filter::Filter;
use crate::plan::{self, JsonFilter, Step};
use crate::schema::{Comparison, FieldId, Needle, Quantifier};
use crate::value::Json;

/// A type that is kept as a JSON document: `Json`, and the structures of a schema.
#[diagnostic::on_unimplemented(message = "a field of type `{Self}` is no JSON document")]
pub trait Document {}

impl Document for Json {}
impl<T: Document> Document for Option<T> {}
impl<T: Document> Document for Vec<T> {}

/// A step into a document: the name of a member, or the position of an element, counted from the end if it is negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(Step);

impl From<&str> for Key {
    fn from(key: &str) -> Self {
        Self(Step::Key(key.to_owned()))
    }
}

impl From<&String> for Key {
    fn from(key: &String) -> Self {
        Self::from(key.as_str())
    }
}

impl From<String> for Key {
    fn from(key: String) -> Self {
        Self(Step::Key(key))
    }
}

impl From<i64> for Key {
    fn from(at: i64) -> Self {
        Self(Step::Index(at))
    }
}

impl From<i32> for Key {
    fn from(at: i32) -> Self {
        Self(Step::Index(at.into()))
    }
}

impl<M, T: Document, S> Field<M, T, S> {
    /// What stands at a place in the document: `post.data.at("author").at("emails").at(0)`.
    pub fn at(self, key: impl Into<Key>) -> JsonValue<M> {
        JsonValue::whole(self.id).at(key)
    }

    /// The whole document, for conditions on what it holds.
    pub fn value(self) -> JsonValue<M> {
        JsonValue::whole(self.id)
    }
}

/// Stands for a model where an element of a JSON list is asked about.
#[derive(Debug, Clone, Copy)]
pub enum Element {}

/// A value in a document. A condition on one that is not there is unknown, as with a NULL: neither it nor its opposite
/// finds the row.
#[derive(Debug)]
#[must_use = "a value does nothing until it is compared"]
pub struct JsonValue<M> {
    field: FieldId,
    path: Vec<Step>,
    of: PhantomData<fn() -> M>,
}

impl<M> Clone for JsonValue<M> {
    fn clone(&self) -> Self {
        Self { field: self.field, path: self.path.clone(), of: PhantomData }
    }
}

impl<M> JsonValue<M> {
    pub(super) const fn whole(field: FieldId) -> Self {
        Self { field, path: Vec::new(), of: PhantomData }
    }

    /// What stands at a place in this value.
    pub fn at(mut self, key: impl Into<Key>) -> Self {
        self.path.push(key.into().0);
        self
    }

    pub(super) fn test(self, test: JsonFilter) -> Filter<M> {
        let test = if self.path.is_empty() { test } else { JsonFilter::At(self.path, Box::new(test)) };
        Filter::new(plan::Filter::Json(self.field, test))
    }

    /// The same value; `Json::Null` is one of them.
    pub fn eq(self, value: impl Into<Json>) -> Filter<M> {
        self.test(JsonFilter::Equal(value.into()))
    }

    /// There is another value.
    pub fn ne(self, value: impl Into<Json>) -> Filter<M> {
        !self.eq(value)
    }

    /// One of these values.
    pub fn any_of<V: Into<Json>>(self, values: impl IntoIterator<Item = V>) -> Filter<M> {
        self.test(JsonFilter::Any(values.into_iter().map(|value| JsonFilter::Equal(value.into())).collect()))
    }

    /// There is a value, and none of these.
    pub fn none_of<V: Into<Json>>(self, values: impl IntoIterator<Item = V>) -> Filter<M> {
        !self.any_of(values)
    }

    /// There is nothing here, not even `null`.
    pub fn is_absent(self) -> Filter<M> {
        self.test(JsonFilter::Absent)
    }

    /// There is something here, be it `null`.
    pub fn is_present(self) -> Filter<M> {
        !self.is_absent()
    }

    fn compare(self, comparison: Comparison, value: impl Into<Json>) -> Filter<M> {
        self.test(JsonFilter::Compare(comparison, value.into()))
    }

    /// A text or a number less than `value`.
    pub fn lt(self, value: impl Into<Json>) -> Filter<M> {
        self.compare(Comparison::Less, value)
    }

    /// A text or a number less than or equal to `value`.
    pub fn lte(self, value: impl Into<Json>) -> Filter<M> {
        self.compare(Comparison::LessOrEqual, value)
    }

    /// A text or a number greater than `value`.
    pub fn gt(self, value: impl Into<Json>) -> Filter<M> {
        self.compare(Comparison::Greater, value)
    }

    /// A text or a number greater than or equal to `value`.
    pub fn gte(self, value: impl Into<Json>) -> Filter<M> {
        self.compare(Comparison::GreaterOrEqual, value)
    }

    /// A text or a number from `low` to `high`, both included.
    pub fn between(self, low: impl Into<Json>, high: impl Into<Json>) -> Filter<M> {
        self.clone().gte(low) & self.lte(high)
    }

    /// A text that contains `text`; upper and lower case differ.
    pub fn contains(self, text: &str) -> Filter<M> {
        self.test(JsonFilter::Text(Needle::Contains, text.to_owned(), false))
    }

    /// A text that starts with `text`; upper and lower case differ.
    pub fn starts_with(self, text: &str) -> Filter<M> {
        self.test(JsonFilter::Text(Needle::StartsWith, text.to_owned(), false))
    }

    /// A text that ends with `text`; upper and lower case differ.
    pub fn ends_with(self, text: &str) -> Filter<M> {
        self.test(JsonFilter::Text(Needle::EndsWith, text.to_owned(), false))
    }

    /// The same comparisons of texts where upper and lower case are the same.
    pub const fn ignore_case(self) -> JsonIgnoreCase<M> {
        JsonIgnoreCase(self)
    }

    /// A list that has this value.
    pub fn has(self, value: impl Into<Json>) -> Filter<M> {
        let equal = JsonFilter::Equal(value.into());
        self.test(JsonFilter::Elements(Quantifier::Some, Box::new(equal)))
    }

    /// A list that has each of these values.
    pub fn has_every<V: Into<Json>>(self, values: impl IntoIterator<Item = V>) -> Filter<M> {
        let each = values.into_iter().map(|value| self.clone().has(value));
        each.fold(self.clone().is_present(), std::ops::BitAnd::bitand)
    }

    /// A list that has one of these values.
    pub fn has_some<V: Into<Json>>(self, values: impl IntoIterator<Item = V>) -> Filter<M> {
        let equal = values.into_iter().map(|value| JsonFilter::Equal(value.into())).collect();
        self.test(JsonFilter::Elements(Quantifier::Some, Box::new(JsonFilter::Any(equal))))
    }

    /// A list without elements.
    pub fn is_empty(self) -> Filter<M> {
        self.test(JsonFilter::Empty)
    }

    /// Some element of the list satisfies `filter`: `.some(|item| item.at("price").gt(10))`.
    pub fn some(self, filter: impl FnOnce(JsonValue<Element>) -> Filter<Element>) -> Filter<M> {
        self.elements(Quantifier::Some, filter)
    }

    /// Every element of the list satisfies `filter`; so also if there is none.
    pub fn every(self, filter: impl FnOnce(JsonValue<Element>) -> Filter<Element>) -> Filter<M> {
        self.elements(Quantifier::Every, filter)
    }

    /// No element of the list satisfies `filter`.
    pub fn none(self, filter: impl FnOnce(JsonValue<Element>) -> Filter<Element>) -> Filter<M> {
        self.elements(Quantifier::None, filter)
    }

    fn elements(self, quantifier: Quantifier, filter: impl FnOnce(JsonValue<Element>) -> Filter<Element>) -> Filter<M> {
        let element = filter(JsonValue::whole(FieldId(0))).plan;
        self.test(JsonFilter::Elements(quantifier, Box::new(about_element(element))))
    }
}

/// A condition on an element, which was put together like one on a row.
pub(super) fn about_element(filter: plan::Filter) -> JsonFilter {
    let each = |list: Vec<plan::Filter>| list.into_iter().map(about_element).collect();
    match filter {
        plan::Filter::Json(_, test) => test,
        plan::Filter::Not(inner) => JsonFilter::Not(Box::new(about_element(*inner))),
        plan::Filter::All(list) => JsonFilter::All(each(list)),
        plan::Filter::Any(list) => JsonFilter::Any(each(list)),
        plan::Filter::Constant(true) => JsonFilter::All(Vec::new()),
        // An element has no columns and no relations, so there is no other condition on one.
        plan::Filter::Constant(false)
        | plan::Filter::Compare(..)
        | plan::Filter::Fields(..)
        | plan::Filter::In(..)
        | plan::Filter::Text(..)
        | plan::Filter::SameText(..)
        | plan::Filter::Search(..)
        | plan::Filter::IsNull(_)
        | plan::Filter::Has(..)
        | plan::Filter::Share(..)
        | plan::Filter::Empty(_)
        | plan::Filter::Known(_)
        | plan::Filter::Asked(..)
        | plan::Filter::Related(..) => JsonFilter::Any(Vec::new()),
    }
}

/// A text in a document for which upper and lower case are the same; see [`JsonValue::ignore_case`].
#[derive(Debug)]
#[must_use = "a value does nothing until it is compared"]
pub struct JsonIgnoreCase<M>(JsonValue<M>);

impl<M> JsonIgnoreCase<M> {
    /// A text that contains `text`.
    pub fn contains(self, text: &str) -> Filter<M> {
        self.0.test(JsonFilter::Text(Needle::Contains, text.to_owned(), true))
    }

    /// A text that starts with `text`.
    pub fn starts_with(self, text: &str) -> Filter<M> {
        self.0.test(JsonFilter::Text(Needle::StartsWith, text.to_owned(), true))
    }

    /// A text that ends with `text`.
    pub fn ends_with(self, text: &str) -> Filter<M> {
        self.0.test(JsonFilter::Text(Needle::EndsWith, text.to_owned(), true))
    }
}
