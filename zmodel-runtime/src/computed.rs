//! Computed fields: what the database computes from a row, as the application says.
//!
//! A field marked `@computed` has no column. The application gives an expression for it where the client is made, and
//! the field can then be read, filtered by, ordered by and summarized like any other; it is never written.
//!
//! ```text
//! let computed = Computed {
//!     user_full_name: |u| u.first.expr().then(" ").then(u.last),
//!     user_posts: |u| count(u.posts, |p| p.published.eq(true)),
//!     user_kind: |u| when(u.age.gte(18), "adult").or_when(u.age.gte(13), "teen").otherwise("child"),
//! };
//! let db = Db::connect("sqlite:blog.db", Provided { computed }).await?;
//! ```
//!
//! A field with parameters, `near(place: String) Int @computed`, is given a function of them: `|u, place| …`. How such a
//! field is asked is said in [`asked`](crate::asked).
//!
//! An expression sees what the caller may see of a row: a field that a rule hides is NULL to it, and related rows that
//! he may not see are not there. Inside a rule it sees all of them, as rules do.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Sub};

use crate::field::{Field, Operand, Ordered};
use crate::filter::Filter;
use crate::include::{Many, One};
use crate::model::Model;
use crate::plan::{self, Calculation, Summary};
use crate::value::FieldValue;

/// A value of type `T` that the database computes from a row of `M`.
#[must_use = "an expression does nothing until it is given for a computed field"]
pub struct Expr<M, T> {
    pub(crate) plan: plan::Expr,
    of: PhantomData<fn() -> (M, T)>,
}

impl<M, T> Clone for Expr<M, T> {
    fn clone(&self) -> Self {
        Self::new(self.plan.clone())
    }
}

impl<M, T> fmt::Debug for Expr<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Expr(..)")
    }
}

impl<M, T> Expr<M, T> {
    const fn new(plan: plan::Expr) -> Self {
        Self { plan, of: PhantomData }
    }
}

/// A fixed value.
pub fn value<M, T>(value: impl Operand<T>) -> Expr<M, T> {
    Expr::new(plan::Expr::Value(value.into_operand()))
}

impl<M, T: FieldValue, S> Field<M, T, S> {
    /// The field as a part of an expression.
    pub fn expr(self) -> Expr<M, T> {
        Expr::new(plan::Expr::Field(self.id()))
    }
}

impl<M, T: FieldValue, S> From<Field<M, T, S>> for Expr<M, T> {
    fn from(field: Field<M, T, S>) -> Self {
        field.expr()
    }
}

impl<M> From<&str> for Expr<M, String> {
    fn from(text: &str) -> Self {
        value(text)
    }
}

impl<M> From<String> for Expr<M, String> {
    fn from(text: String) -> Self {
        value(text)
    }
}

impl<M, T> Expr<M, T> {
    /// The same, as something that may be NULL.
    pub fn maybe(self) -> Expr<M, Option<T>> {
        Expr::new(self.plan)
    }
}

impl<M, T> Expr<M, Option<T>> {
    /// This, or something else where it is NULL: `user.nick.expr().or(user.name)`.
    pub fn or(self, other: impl Into<Expr<M, T>>) -> Expr<M, T> {
        Expr::new(plan::Expr::Otherwise(Box::new(self.plan), Box::new(other.into().plan)))
    }

    /// This, or a fixed value where it is NULL.
    pub fn or_value(self, value: impl Operand<T>) -> Expr<M, T> {
        self.or(self::value::<M, T>(value))
    }
}

impl<M> Expr<M, String> {
    /// This text and then another: `user.first.expr().then(" ").then(user.last)`.
    pub fn then(self, text: impl Into<Self>) -> Self {
        let mut texts = match self.plan {
            plan::Expr::Concat(texts) => texts,
            first => vec![first],
        };
        texts.push(text.into().plan);
        Self::new(plan::Expr::Concat(texts))
    }

    /// In lower case. SQLite knows that of ASCII letters only.
    pub fn lower(self) -> Self {
        Self::new(plan::Expr::Lower(Box::new(self.plan)))
    }

    /// In upper case. SQLite knows that of ASCII letters only.
    pub fn upper(self) -> Self {
        Self::new(plan::Expr::Upper(Box::new(self.plan)))
    }

    /// How many characters it has.
    pub fn length(self) -> Expr<M, i32> {
        Expr::new(plan::Expr::Length(Box::new(self.plan)))
    }
}

/// A type that expressions calculate with.
#[diagnostic::on_unimplemented(message = "an expression of type `{Self}` cannot be calculated with")]
pub trait Calculated: FieldValue {}

impl Calculated for i32 {}
impl Calculated for i64 {}
impl Calculated for f64 {}

macro_rules! calculations {
    ($($trait:ident $method:ident $calculation:ident;)*) => {$(
        impl<M, T: Calculated, R: Into<Operated<M, T>>> $trait<R> for Expr<M, T> {
            type Output = Self;

            fn $method(self, other: R) -> Self {
                let (one, other) = (Box::new(self.plan), Box::new(other.into().0.plan));
                Self::new(plan::Expr::Calculate(Calculation::$calculation, one, other))
            }
        }
    )*};
}

calculations! {
    Add add Add;
    Sub sub Subtract;
    Mul mul Multiply;
}

/// What stands on the right of a calculation: an expression, a field or a number.
#[derive(Debug)]
pub struct Operated<M, T>(Expr<M, T>);

impl<M, T> From<Expr<M, T>> for Operated<M, T> {
    fn from(expr: Expr<M, T>) -> Self {
        Self(expr)
    }
}

impl<M, T: FieldValue, S> From<Field<M, T, S>> for Operated<M, T> {
    fn from(field: Field<M, T, S>) -> Self {
        Self(field.expr())
    }
}

impl<M, T: Calculated> From<T> for Operated<M, T> {
    fn from(number: T) -> Self {
        Self(Expr::new(plan::Expr::Value(number.into_value())))
    }
}

impl<M, R: Into<Operated<M, f64>>> Div<R> for Expr<M, f64> {
    type Output = Expr<M, Option<f64>>;

    /// A division by zero is NULL.
    fn div(self, other: R) -> Self::Output {
        let (one, other) = (Box::new(self.plan), Box::new(other.into().0.plan));
        Expr::new(plan::Expr::Calculate(Calculation::Divide, one, other))
    }
}

/// One of several values, by the first condition that the row satisfies; see [`when`].
#[derive(Debug)]
#[must_use = "say what it is otherwise"]
pub struct When<M, T> {
    cases: Vec<(plan::Filter, plan::Expr)>,
    of: PhantomData<fn() -> (M, T)>,
}

/// A value for rows that satisfy a condition: `when(user.age.gte(18), "adult").otherwise("minor")`.
pub fn when<M, T>(filter: Filter<M>, then: impl Operand<T>) -> When<M, T> {
    When { cases: vec![(filter.plan, plan::Expr::Value(then.into_operand()))], of: PhantomData }
}

/// The same with an expression.
pub fn when_expr<M, T>(filter: Filter<M>, then: impl Into<Expr<M, T>>) -> When<M, T> {
    When { cases: vec![(filter.plan, then.into().plan)], of: PhantomData }
}

impl<M, T> When<M, T> {
    /// A value for the rows among the others that satisfy another condition.
    pub fn or_when(mut self, filter: Filter<M>, then: impl Operand<T>) -> Self {
        self.cases.push((filter.plan, plan::Expr::Value(then.into_operand())));
        self
    }

    /// A value for all other rows.
    pub fn otherwise(self, last: impl Operand<T>) -> Expr<M, T> {
        self.otherwise_expr(value(last))
    }

    /// An expression for all other rows.
    pub fn otherwise_expr(self, last: impl Into<Expr<M, T>>) -> Expr<M, T> {
        Expr::new(plan::Expr::Case(self.cases, Box::new(last.into().plan)))
    }
}

/// How many related rows satisfy a condition: `count(user.posts, |post| post.published.eq(true))`.
pub fn count<M, T: Model>(relation: Many<M, T>, filter: impl FnOnce(T::Fields) -> Filter<T>) -> Expr<M, i32> {
    Expr::new(plan::Expr::Count(relation.id(), filter(T::FIELDS).plan))
}

fn summary<M, T: Model, V, S, R>(
    summary: Summary,
    relation: Many<M, T>,
    field: impl FnOnce(T::Fields) -> Field<T, V, S>,
    filter: impl FnOnce(T::Fields) -> Filter<T>,
) -> Expr<M, R> {
    Expr::new(plan::Expr::Summary(summary, relation.id(), field(T::FIELDS).id(), filter(T::FIELDS).plan))
}

/// The sum of a field of the related rows that satisfy a condition; NULL if there are none.
pub fn sum<M, T: Model, V: crate::aggregate::Number, S>(
    relation: Many<M, T>,
    field: impl FnOnce(T::Fields) -> Field<T, V, S>,
    filter: impl FnOnce(T::Fields) -> Filter<T>,
) -> Expr<M, Option<V::Sum>> {
    summary(Summary::Sum, relation, field, filter)
}

/// The lowest value of a field of the related rows that satisfy a condition; NULL if there are none.
pub fn min<M, T: Model, V: Ordered, S>(
    relation: Many<M, T>,
    field: impl FnOnce(T::Fields) -> Field<T, V, S>,
    filter: impl FnOnce(T::Fields) -> Filter<T>,
) -> Expr<M, Option<V::Bare>> {
    summary(Summary::Minimum, relation, field, filter)
}

/// The highest value of a field of the related rows that satisfy a condition; NULL if there are none.
pub fn max<M, T: Model, V: Ordered, S>(
    relation: Many<M, T>,
    field: impl FnOnce(T::Fields) -> Field<T, V, S>,
    filter: impl FnOnce(T::Fields) -> Filter<T>,
) -> Expr<M, Option<V::Bare>> {
    summary(Summary::Maximum, relation, field, filter)
}

/// Something of the row that a relation leads to; NULL if it leads to none: `related(post.author, |user| user.name)`.
pub fn related<M, T: Model, P, V>(relation: One<M, T, P>, expr: impl FnOnce(T::Fields) -> V) -> Expr<M, Option<V::Of>>
where
    V: Part<T>,
{
    Expr::new(plan::Expr::Related(relation.id(), Box::new(expr(T::FIELDS).into_plan())))
}

/// What can be taken from a row of `M`: a field or an expression.
pub trait Part<M> {
    /// The type of a value that is there.
    type Of;

    /// The expression.
    #[doc(hidden)]
    fn into_plan(self) -> plan::Expr;
}

impl<M, T: FieldValue, S> Part<M> for Field<M, T, S> {
    type Of = T;

    fn into_plan(self) -> plan::Expr {
        plan::Expr::Field(self.id())
    }
}

impl<M, T> Part<M> for Expr<M, T> {
    type Of = T;

    fn into_plan(self) -> plan::Expr {
        self.plan
    }
}
