//! Handles of fields, and the comparisons they offer.
//!
//! A `type` of the schema that a field keeps with `@json` is a struct. Its validation attributes run on every write,
//! `@@validate` included, and rules (`profile.age > 17`, `lines?[price > 10]`) and filters look into it by name:
//!
//! ```text
//! me.user().find_many().filter(|u| u.profile.is(|p| p.age.gt(17) & p.home.is(|h| h.city.eq("Delft"))))
//! me.user().find_many().filter(|u| u.lines.some(|l| l.price.gt(10)))
//! ```
//!
//! In JSON the same is `{"where": {"profile": {"age": {"gt": 17}}}}`.

use std::fmt;
use std::marker::PhantomData;

use crate::filter::Filter;
use crate::order::Order;
use crate::plan::{self, Direction};
use crate::schema::{Comparison, FieldId, Needle};
use crate::value::{Bytes, DateTime, Decimal, FieldValue, Value};

mod document;
mod json;
mod list;

pub use document::{Member, MemberIgnoreCase, MemberOperand, Sortable, Structure};
pub use json::{Document, Element, JsonIgnoreCase, JsonValue, Key};

/// A scalar field of model `M` that holds a `T`, which a row that was read shows as an `S`: where a rule can hide the
/// field, that is an `Option`.
///
/// Handles are given to the closures of a query, as in `.filter(|post| post.published.eq(true))`.
pub struct Field<M, T, S = T> {
    id: FieldId,
    of: Of<M, T, S>,
}

type Of<M, T, S> = PhantomData<fn() -> (M, T, S)>;

impl<M, T, S> Clone for Field<M, T, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T, S> Copy for Field<M, T, S> {}

impl<M, T, S> fmt::Debug for Field<M, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({})", self.id.0)
    }
}

/// A value that can be given to a field of type `T`: a `T`, or what stands for one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given to a field of type `{T}`",
    label = "expected a `{T}`",
    note = "a `&str` stands for a `String`; a plain value stands for an `Option`"
)]
pub trait Operand<T> {
    /// The value to bind.
    fn into_operand(self) -> Value;
}

impl<T: FieldValue> Operand<T> for T {
    fn into_operand(self) -> Value {
        self.into_value()
    }
}

impl<T: FieldValue> Operand<Option<T>> for T {
    fn into_operand(self) -> Value {
        self.into_value()
    }
}

macro_rules! text_operands {
    ($($ty:ty, $text:ident => $value:expr;)*) => {$(
        impl Operand<String> for $ty {
            fn into_operand(self) -> Value {
                let $text = self;
                Value::Text($value)
            }
        }

        impl Operand<Option<String>> for $ty {
            fn into_operand(self) -> Value {
                let $text = self;
                Value::Text($value)
            }
        }
    )*};
}

text_operands! {
    &str, text => text.to_owned();
    &String, text => text.clone();
}

impl Operand<Option<String>> for Option<&str> {
    fn into_operand(self) -> Value {
        self.map_or(Value::Null, |text| Value::Text(text.to_owned()))
    }
}

/// Something that a field of type `T` of `M` can be compared with: an [`Operand`], or another field of the same row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given to a field of type `{T}`",
    label = "expected a `{T}`",
    note = "a `&str` stands for a `String`; a plain value stands for an `Option`; another field of the same model and \
            type is compared row by row"
)]
pub trait Comparand<M, T> {
    /// What the field is compared with.
    #[doc(hidden)]
    fn into_side(self) -> Side;
}

/// One side of a comparison.
#[doc(hidden)]
#[derive(Debug)]
pub enum Side {
    /// A value, which can be NULL.
    Value(Value),
    /// A field of the same row.
    Field(FieldId),
}

impl<M, T: FieldValue> Comparand<M, T> for T {
    fn into_side(self) -> Side {
        Side::Value(self.into_value())
    }
}

impl<M, T: FieldValue> Comparand<M, Option<T>> for T {
    fn into_side(self) -> Side {
        Side::Value(self.into_value())
    }
}

impl<M, T, S> Comparand<M, T> for Field<M, T, S> {
    fn into_side(self) -> Side {
        Side::Field(self.id)
    }
}

impl<M, T, S> Comparand<M, Option<T>> for Field<M, T, S> {
    fn into_side(self) -> Side {
        Side::Field(self.id)
    }
}

impl<M, T, S> Comparand<M, T> for Field<M, Option<T>, S> {
    fn into_side(self) -> Side {
        Side::Field(self.id)
    }
}

macro_rules! text_comparands {
    ($($ty:ty => $($field:ty),+;)*) => {$($(
        impl<M> Comparand<M, $field> for $ty {
            fn into_side(self) -> Side {
                Side::Value(Operand::<$field>::into_operand(self))
            }
        }
    )+)*};
}

text_comparands! {
    &str => String, Option<String>;
    &String => String, Option<String>;
    Option<&str> => Option<String>;
}

impl<M, T, S> Field<M, T, S> {
    /// The handle of the field at this position in the schema table; for generated code.
    #[must_use]
    pub const fn new(position: u16) -> Self {
        Self { id: FieldId(position), of: PhantomData }
    }

    /// Its position in the schema table.
    #[must_use]
    pub const fn id(self) -> FieldId {
        self.id
    }
}

impl<M, T: FieldValue, S> Field<M, T, S> {
    fn compare(self, comparison: Comparison, other: impl Comparand<M, T>) -> Filter<M> {
        Filter::new(match (other.into_side(), comparison) {
            (Side::Value(Value::Null), Comparison::Equal) => plan::Filter::IsNull(self.id),
            (Side::Value(Value::Null), Comparison::NotEqual) => {
                plan::Filter::Not(Box::new(plan::Filter::IsNull(self.id)))
            }
            (Side::Value(value), comparison) => plan::Filter::Compare(comparison, self.id, value),
            (Side::Field(other), comparison) => plan::Filter::Fields(comparison, self.id, other),
        })
    }

    /// Equal to `value`, or to another field of the row; with `None`, NULL.
    pub fn eq(self, value: impl Comparand<M, T>) -> Filter<M> {
        self.compare(Comparison::Equal, value)
    }

    /// Not equal to `value`. A NULL is not found, as SQL has it; with `None`, not NULL.
    pub fn ne(self, value: impl Comparand<M, T>) -> Filter<M> {
        self.compare(Comparison::NotEqual, value)
    }

    /// Equal to one of `values`; of none, if there are none.
    pub fn any_of<V: Operand<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<M> {
        Filter::new(plan::Filter::In(self.id, values.into_iter().map(V::into_operand).collect()))
    }

    /// Equal to none of `values`. A NULL is not found, unless `values` is empty.
    pub fn none_of<V: Operand<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<M> {
        !self.any_of(values)
    }

    /// From low to high.
    pub fn asc(self) -> Order<M> {
        Order::by(self.id, Direction::Ascending)
    }

    /// From high to low.
    pub fn desc(self) -> Order<M> {
        Order::by(self.id, Direction::Descending)
    }
}

impl<M, T: FieldValue, S> Field<M, Option<T>, S> {
    /// NULL.
    pub fn is_null(self) -> Filter<M> {
        Filter::new(plan::Filter::IsNull(self.id))
    }

    /// Not NULL.
    pub fn is_not_null(self) -> Filter<M> {
        !self.is_null()
    }
}

/// A type whose values have an order that a database knows.
#[diagnostic::on_unimplemented(message = "a field of type `{Self}` cannot be compared by size")]
pub trait Ordered {
    /// The type of a value that is there.
    type Bare: FieldValue;
}

macro_rules! ordered {
    ($($ty:ty)*) => {$(
        impl Ordered for $ty {
            type Bare = $ty;
        }

        impl Ordered for Option<$ty> {
            type Bare = $ty;
        }
    )*};
}

ordered! { i32 i64 f64 Decimal DateTime String Bytes }

impl<M, T: FieldValue + Ordered, S> Field<M, T, S> {
    /// Less than `value`.
    pub fn lt(self, value: impl Comparand<M, T>) -> Filter<M> {
        self.compare(Comparison::Less, value)
    }

    /// Less than or equal to `value`.
    pub fn lte(self, value: impl Comparand<M, T>) -> Filter<M> {
        self.compare(Comparison::LessOrEqual, value)
    }

    /// Greater than `value`.
    pub fn gt(self, value: impl Comparand<M, T>) -> Filter<M> {
        self.compare(Comparison::Greater, value)
    }

    /// Greater than or equal to `value`.
    pub fn gte(self, value: impl Comparand<M, T>) -> Filter<M> {
        self.compare(Comparison::GreaterOrEqual, value)
    }

    /// From `low` to `high`, both included.
    pub fn between(self, low: impl Comparand<M, T>, high: impl Comparand<M, T>) -> Filter<M> {
        self.gte(low) & self.lte(high)
    }
}

/// A type that holds text.
#[diagnostic::on_unimplemented(message = "a field of type `{Self}` holds no text to look into")]
pub trait Textual {}

impl Textual for String {}
impl Textual for Option<String> {}

impl<M, T: Textual, S> Field<M, T, S> {
    fn text(self, needle: Needle, sought: &str, ignore_case: bool) -> Filter<M> {
        Filter::new(plan::Filter::Text(needle, self.id, sought.to_owned(), ignore_case))
    }

    /// Contains `text`; upper and lower case differ.
    pub fn contains(self, text: &str) -> Filter<M> {
        self.text(Needle::Contains, text, false)
    }

    /// Starts with `text`; upper and lower case differ.
    pub fn starts_with(self, text: &str) -> Filter<M> {
        self.text(Needle::StartsWith, text, false)
    }

    /// Ends with `text`; upper and lower case differ.
    pub fn ends_with(self, text: &str) -> Filter<M> {
        self.text(Needle::EndsWith, text, false)
    }

    /// The same comparisons where upper and lower case are the same: `post.title.ignore_case().contains("rust")`.
    ///
    /// SQLite knows the case of ASCII letters only.
    #[must_use]
    pub const fn ignore_case(self) -> IgnoreCase<M, T> {
        IgnoreCase(Field::new(self.id.0))
    }
}

/// A text field for which upper and lower case are the same; see [`Field::ignore_case`].
#[derive(Debug)]
pub struct IgnoreCase<M, T>(Field<M, T>);

impl<M, T> Clone for IgnoreCase<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for IgnoreCase<M, T> {}

impl<M, T: Textual> IgnoreCase<M, T> {
    /// Equal to `text`.
    pub fn eq(self, text: &str) -> Filter<M> {
        Filter::new(plan::Filter::SameText(self.0.id, text.to_owned()))
    }

    /// Not equal to `text`. A NULL is not found, as SQL has it.
    pub fn ne(self, text: &str) -> Filter<M> {
        !self.eq(text)
    }

    /// Equal to one of `texts`; of none, if there are none.
    pub fn any_of<'t>(self, texts: impl IntoIterator<Item = &'t str>) -> Filter<M> {
        let same = texts.into_iter().map(|text| plan::Filter::SameText(self.0.id, text.to_owned()));
        Filter::new(plan::Filter::Any(same.collect()))
    }

    /// Equal to none of `texts`. A NULL is not found, unless `texts` is empty.
    pub fn none_of<'t>(self, texts: impl IntoIterator<Item = &'t str>) -> Filter<M> {
        !self.any_of(texts)
    }

    /// Contains `text`.
    pub fn contains(self, text: &str) -> Filter<M> {
        self.0.text(Needle::Contains, text, true)
    }

    /// Starts with `text`.
    pub fn starts_with(self, text: &str) -> Filter<M> {
        self.0.text(Needle::StartsWith, text, true)
    }

    /// Ends with `text`.
    pub fn ends_with(self, text: &str) -> Filter<M> {
        self.0.text(Needle::EndsWith, text, true)
    }
}

/// For generated code: what a struct of handles can do, without a look at each of them.
#[doc(hidden)]
#[macro_export]
macro_rules! handles {
    ($name:ident) => {
        #[automatically_derived]
        impl ::std::clone::Clone for $name {
            fn clone(&self) -> Self {
                *self
            }
        }

        #[automatically_derived]
        impl ::std::marker::Copy for $name {}

        #[automatically_derived]
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(::std::stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}
