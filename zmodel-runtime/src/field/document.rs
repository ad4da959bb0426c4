//! Conditions on structures of the schema, by the names of their members.

use std::fmt;
use std::marker::PhantomData;

use super::json::about_element;
use super::{Element, Field, JsonValue, Textual};
use crate::filter::Filter;
use crate::plan::{self, JsonFilter};
use crate::schema::{Comparison, FieldId, Needle, Quantifier};
use crate::value::{DateTime, FieldValue, Json};

/// A structure that the schema declares with `type` and a field keeps as JSON.
#[diagnostic::on_unimplemented(message = "`{Self}` is no structure of the schema")]
pub trait Structure {
    /// Handles of its members.
    type Members: Copy + 'static;
    /// The handles.
    const MEMBERS: Self::Members;
}

impl<T: Structure> Structure for Option<T> {
    type Members = T::Members;
    const MEMBERS: T::Members = T::MEMBERS;
}

fn of_members<T: Structure>(filter: impl FnOnce(T::Members) -> Filter<Element>) -> JsonFilter {
    about_element(filter(T::MEMBERS).plan)
}

impl<M, T: Structure, S> Field<M, T, S> {
    /// The members satisfy `filter`: `.is(|address| address.city.eq("Delft"))`. What is missing satisfies nothing, and
    /// neither does its opposite.
    pub fn is(self, filter: impl FnOnce(T::Members) -> Filter<Element>) -> Filter<M> {
        Filter::new(plan::Filter::Json(self.id, of_members::<T>(filter)))
    }

    /// The members do not satisfy `filter`.
    pub fn is_not(self, filter: impl FnOnce(T::Members) -> Filter<Element>) -> Filter<M> {
        !self.is(filter)
    }
}

impl<M, T: Structure, S> Field<M, Vec<T>, S> {
    fn items(self, quantifier: Quantifier, filter: impl FnOnce(T::Members) -> Filter<Element>) -> Filter<M> {
        let items = JsonFilter::Elements(quantifier, Box::new(of_members::<T>(filter)));
        Filter::new(plan::Filter::Json(self.id, items))
    }

    /// Some item satisfies `filter`: `.some(|line| line.price.gt(10))`.
    pub fn some(self, filter: impl FnOnce(T::Members) -> Filter<Element>) -> Filter<M> {
        self.items(Quantifier::Some, filter)
    }

    /// Every item satisfies `filter`; so also if there is none.
    pub fn every(self, filter: impl FnOnce(T::Members) -> Filter<Element>) -> Filter<M> {
        self.items(Quantifier::Every, filter)
    }

    /// No item satisfies `filter`.
    pub fn none(self, filter: impl FnOnce(T::Members) -> Filter<Element>) -> Filter<M> {
        self.items(Quantifier::None, filter)
    }
}

/// A member of a structure, which holds a `T`.
pub struct Member<T> {
    name: &'static str,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Member<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Member<T> {}

impl<T> fmt::Debug for Member<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Member").field(&self.name).finish()
    }
}

/// A value that a member of type `T` can be compared with: a `T`, or what stands for one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with a member of type `{T}`",
    label = "expected a `{T}`",
    note = "a `&str` stands for a `String`; a plain value stands for an `Option`"
)]
pub trait MemberOperand<T> {
    /// The value as it is in JSON.
    fn into_json(self) -> Json;
}

impl<T: FieldValue> MemberOperand<T> for T {
    fn into_json(self) -> Json {
        self.into_member()
    }
}

impl<T: FieldValue> MemberOperand<Option<T>> for T {
    fn into_json(self) -> Json {
        self.into_member()
    }
}

impl MemberOperand<String> for &str {
    fn into_json(self) -> Json {
        self.into()
    }
}

impl MemberOperand<Option<String>> for &str {
    fn into_json(self) -> Json {
        self.into()
    }
}

impl<T> Member<T> {
    /// The handle of the member with this name; for generated code.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }

    /// The member as any JSON value.
    pub fn value(self) -> JsonValue<Element> {
        JsonValue::whole(FieldId(0)).at(self.name)
    }

    fn test(self, test: JsonFilter) -> Filter<Element> {
        self.value().test(test)
    }
}

/// Missing, or the value `null`.
fn nothing() -> JsonFilter {
    JsonFilter::Any(vec![JsonFilter::Absent, JsonFilter::Equal(Json::Null)])
}

/// Not so, of a value that is there and not `null`.
fn not(test: JsonFilter) -> JsonFilter {
    JsonFilter::All(vec![JsonFilter::Not(Box::new(nothing())), JsonFilter::Not(Box::new(test))])
}

fn equal(value: Json) -> JsonFilter {
    if value.is_null() { nothing() } else { JsonFilter::Equal(value) }
}

impl<T: FieldValue> Member<T> {
    /// Equal to `value`; with `None`, missing or null.
    pub fn eq(self, value: impl MemberOperand<T>) -> Filter<Element> {
        self.test(equal(value.into_json()))
    }

    /// Not equal to `value`. What is missing or null is not found; with `None`, whatever is there.
    pub fn ne(self, value: impl MemberOperand<T>) -> Filter<Element> {
        self.test(match value.into_json() {
            Json::Null => JsonFilter::Not(Box::new(nothing())),
            value => not(JsonFilter::Equal(value)),
        })
    }

    /// Equal to one of `values`; of none, if there are none.
    pub fn any_of<V: MemberOperand<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<Element> {
        self.test(JsonFilter::Any(values.into_iter().map(|value| equal(value.into_json())).collect()))
    }

    /// Equal to none of `values`. What is missing or null is not found.
    pub fn none_of<V: MemberOperand<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<Element> {
        let equal = values.into_iter().map(|value| equal(value.into_json())).collect();
        self.test(not(JsonFilter::Any(equal)))
    }
}

impl<T> Member<Option<T>> {
    /// Missing, or null.
    pub fn is_null(self) -> Filter<Element> {
        self.test(nothing())
    }

    /// There, and not null.
    pub fn is_not_null(self) -> Filter<Element> {
        self.test(JsonFilter::Not(Box::new(nothing())))
    }
}

/// A type whose values have an order inside JSON.
#[diagnostic::on_unimplemented(message = "a member of type `{Self}` cannot be compared by size")]
pub trait Sortable {}

macro_rules! sortable {
    ($($ty:ty)*) => {$(
        impl Sortable for $ty {}
        impl Sortable for Option<$ty> {}
    )*};
}

sortable! { i32 i64 f64 String DateTime }

impl<T: FieldValue + Sortable> Member<T> {
    fn compare(self, comparison: Comparison, value: impl MemberOperand<T>) -> Filter<Element> {
        self.test(match value.into_json() {
            // Nothing is less or greater than nothing.
            Json::Null => JsonFilter::Any(Vec::new()),
            value => JsonFilter::Compare(comparison, value),
        })
    }

    /// Less than `value`.
    pub fn lt(self, value: impl MemberOperand<T>) -> Filter<Element> {
        self.compare(Comparison::Less, value)
    }

    /// Less than or equal to `value`.
    pub fn lte(self, value: impl MemberOperand<T>) -> Filter<Element> {
        self.compare(Comparison::LessOrEqual, value)
    }

    /// Greater than `value`.
    pub fn gt(self, value: impl MemberOperand<T>) -> Filter<Element> {
        self.compare(Comparison::Greater, value)
    }

    /// Greater than or equal to `value`.
    pub fn gte(self, value: impl MemberOperand<T>) -> Filter<Element> {
        self.compare(Comparison::GreaterOrEqual, value)
    }

    /// From `low` to `high`, both included.
    pub fn between(self, low: impl MemberOperand<T>, high: impl MemberOperand<T>) -> Filter<Element> {
        self.gte(low) & self.lte(high)
    }
}

impl<T: Textual> Member<T> {
    fn text(self, needle: Needle, sought: &str, ignore_case: bool) -> Filter<Element> {
        self.test(JsonFilter::Text(needle, sought.to_owned(), ignore_case))
    }

    /// Contains `text`; upper and lower case differ.
    pub fn contains(self, text: &str) -> Filter<Element> {
        self.text(Needle::Contains, text, false)
    }

    /// Starts with `text`; upper and lower case differ.
    pub fn starts_with(self, text: &str) -> Filter<Element> {
        self.text(Needle::StartsWith, text, false)
    }

    /// Ends with `text`; upper and lower case differ.
    pub fn ends_with(self, text: &str) -> Filter<Element> {
        self.text(Needle::EndsWith, text, false)
    }

    /// The same comparisons where upper and lower case are the same.
    #[must_use]
    pub const fn ignore_case(self) -> MemberIgnoreCase<T> {
        MemberIgnoreCase(self)
    }
}

/// A text in a structure for which upper and lower case are the same; see [`Member::ignore_case`].
#[derive(Debug)]
pub struct MemberIgnoreCase<T>(Member<T>);

impl<T: Textual> MemberIgnoreCase<T> {
    /// Contains `text`.
    pub fn contains(self, text: &str) -> Filter<Element> {
        self.0.text(Needle::Contains, text, true)
    }

    /// Starts with `text`.
    pub fn starts_with(self, text: &str) -> Filter<Element> {
        self.0.text(Needle::StartsWith, text, true)
    }

    /// Ends with `text`.
    pub fn ends_with(self, text: &str) -> Filter<Element> {
        self.0.text(Needle::EndsWith, text, true)
    }
}

impl<T: Structure> Member<T> {
    /// The members of this structure satisfy `filter`.
    pub fn is(self, filter: impl FnOnce(T::Members) -> Filter<Element>) -> Filter<Element> {
        self.test(of_members::<T>(filter))
    }

    /// The members of this structure do not satisfy `filter`.
    pub fn is_not(self, filter: impl FnOnce(T::Members) -> Filter<Element>) -> Filter<Element> {
        !self.is(filter)
    }
}

impl<T: Structure> Member<Vec<T>> {
    fn items(self, quantifier: Quantifier, filter: impl FnOnce(T::Members) -> Filter<Element>) -> Filter<Element> {
        self.test(JsonFilter::Elements(quantifier, Box::new(of_members::<T>(filter))))
    }

    /// Some item satisfies `filter`.
    pub fn some(self, filter: impl FnOnce(T::Members) -> Filter<Element>) -> Filter<Element> {
        self.items(Quantifier::Some, filter)
    }

    /// Every item satisfies `filter`; so also if there is none.
    pub fn every(self, filter: impl FnOnce(T::Members) -> Filter<Element>) -> Filter<Element> {
        self.items(Quantifier::Every, filter)
    }

    /// No item satisfies `filter`.
    pub fn none(self, filter: impl FnOnce(T::Members) -> Filter<Element>) -> Filter<Element> {
        self.items(Quantifier::None, filter)
    }
}

impl<T: FieldValue> Member<Vec<T>> {
    /// The list has this value.
    pub fn has(self, value: impl MemberOperand<T>) -> Filter<Element> {
        self.test(JsonFilter::Elements(Quantifier::Some, Box::new(JsonFilter::Equal(value.into_json()))))
    }

    /// The list has one of these values.
    pub fn has_some<V: MemberOperand<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<Element> {
        let equal = values.into_iter().map(|value| JsonFilter::Equal(value.into_json())).collect();
        self.test(JsonFilter::Elements(Quantifier::Some, Box::new(JsonFilter::Any(equal))))
    }

    /// The list has each of these values.
    pub fn has_every<V: MemberOperand<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<Element> {
        self.test(JsonFilter::All(
            values
                .into_iter()
                .map(|value| JsonFilter::Elements(Quantifier::Some, Box::new(JsonFilter::Equal(value.into_json()))))
                .collect(),
        ))
    }

    /// The list has no value.
    pub fn is_empty(self) -> Filter<Element> {
        self.test(JsonFilter::Empty)
    }
}
