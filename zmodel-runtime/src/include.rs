//! Relations: conditions on related rows, and related rows to bring along.
//!
//! A relation that was not included is not in the type of the result. What was included stands in
//! [`With::rel`], in the order and nesting of the closure that asked for it.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::aggregate::Columns;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::model::{Model, Row};
use crate::order::Order;
use crate::plan::{self, Direction};
use crate::schema::{Quantifier, RelationId};
use crate::select::{Picked, Select};

/// A row and the related rows that were asked for, and nothing else. Derefs to the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct With<M, R> {
    /// The row.
    pub row: M,
    /// The related rows, as the closure given to `include` asked for them.
    pub rel: R,
}

impl<M, R> Deref for With<M, R> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.row
    }
}

/// Whether a to-one relation always leads to a row that the caller can see.
pub trait Presence: 'static {
    /// How the related row appears in a result.
    type Related<T: Send>: Send;

    /// Makes it from what the database gave.
    #[doc(hidden)]
    fn related<T: Send>(row: Option<T>) -> Result<Self::Related<T>>;
}

/// There may be no row, or none that the caller can see: an `Option`.
#[derive(Debug, Clone, Copy)]
pub struct Maybe;

/// There is always a row, and everybody can see it.
#[derive(Debug, Clone, Copy)]
pub struct Always;

impl Presence for Maybe {
    type Related<T: Send> = Option<T>;

    fn related<T: Send>(row: Option<T>) -> Result<Option<T>> {
        Ok(row)
    }
}

impl Presence for Always {
    type Related<T: Send> = T;

    fn related<T: Send>(row: Option<T>) -> Result<T> {
        row.ok_or_else(|| Error::internal("a required relation leads to no row: a foreign key dangles"))
    }
}

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident<$($param:ident $(= $default:ty)?),*>) => {
        $(#[$doc])*
        pub struct $name<$($param $(= $default)?),*> {
            id: RelationId,
            of: PhantomData<fn() -> ($($param,)*)>,
        }

        impl<$($param),*> Clone for $name<$($param),*> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<$($param),*> Copy for $name<$($param),*> {}

        impl<$($param),*> fmt::Debug for $name<$($param),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.id.0)
            }
        }

        impl<$($param),*> $name<$($param),*> {
            /// The handle of the relation at this position in the schema table; for generated code.
            #[must_use]
            pub const fn new(position: u16) -> Self {
                Self { id: RelationId(position), of: PhantomData }
            }
        }
    };
}

handle! {
    /// A relation of `M` to at most one `T`.
    One<M, T, P = Maybe>
}

handle! {
    /// A relation of `M` to any number of `T`.
    Many<M, T>
}

fn related<M>(id: RelationId, quantifier: Quantifier, filter: plan::Filter) -> Filter<M> {
    Filter::new(plan::Filter::Related(id, quantifier, Box::new(filter)))
}

impl<M, T: Model, P: Presence> One<M, T, P> {
    /// There is a related row that the caller can see, and it satisfies `filter`.
    pub fn is(self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> Filter<M> {
        related(self.id, Quantifier::Some, filter(T::FIELDS).plan)
    }

    /// No related row that the caller can see satisfies `filter`.
    pub fn is_not(self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> Filter<M> {
        related(self.id, Quantifier::None, filter(T::FIELDS).plan)
    }

    /// There is no related row that the caller can see.
    pub fn is_none(self) -> Filter<M> {
        related(self.id, Quantifier::None, plan::Filter::Constant(true))
    }

    /// There is a related row that the caller can see.
    pub fn is_some(self) -> Filter<M> {
        related(self.id, Quantifier::Some, plan::Filter::Constant(true))
    }

    /// Includes the related row together with relations of its own.
    pub fn include<I: Include<T>>(self, include: impl FnOnce(T::Fields) -> I) -> OneWith<M, T, Also<I>, P> {
        OneWith { relation: self, find: plan::Find::new(T::ID), shape: Also(include(T::FIELDS)) }
    }

    /// Includes what `C` has of the related row.
    pub fn select<C: Select<Model = T>>(self) -> OneWith<M, T, Picked<C>, P> {
        OneWith { relation: self, find: plan::Find::new(T::ID), shape: Picked::new() }
    }

    /// The order of the related row, as an order of the rows that it is related to:
    /// `.order_by(|post| post.author.order_by(|author| author.name.asc()))`.
    ///
    /// Where there is no related row that the caller can see, everything of it counts as NULL.
    pub fn order_by(self, order: impl FnOnce(T::Fields) -> Order<T>) -> Order<M> {
        Order::through(self.id, order(T::FIELDS))
    }
}

impl<M, T: Model> One<M, T, Maybe> {
    /// Includes the related row if it satisfies `filter`.
    pub fn filter(self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> OneWith<M, T, Bare, Maybe> {
        OneWith { relation: self, find: plan::Find::new(T::ID), shape: Bare }.filter(filter)
    }
}

impl<M, T: Model> Many<M, T> {
    /// Some related row, of those that the caller can see, satisfies `filter`.
    pub fn some(self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> Filter<M> {
        related(self.id, Quantifier::Some, filter(T::FIELDS).plan)
    }

    /// Every related row, of those that the caller can see, satisfies `filter`; also if there is none.
    pub fn every(self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> Filter<M> {
        related(self.id, Quantifier::Every, filter(T::FIELDS).plan)
    }

    /// No related row, of those that the caller can see, satisfies `filter`.
    pub fn none(self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> Filter<M> {
        related(self.id, Quantifier::None, filter(T::FIELDS).plan)
    }

    /// Includes those related rows that satisfy `filter`.
    pub fn filter(self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> ManyWith<M, T> {
        ManyWith::new(self.id).filter(filter)
    }

    /// Includes the related rows in this order.
    pub fn order_by(self, order: impl FnOnce(T::Fields) -> Order<T>) -> ManyWith<M, T> {
        ManyWith::new(self.id).order_by(order)
    }

    /// Includes at most `n` related rows for each row.
    pub fn take(self, n: u32) -> ManyWith<M, T> {
        ManyWith::new(self.id).take(n)
    }

    /// Includes the related rows but the first `n`.
    pub fn skip(self, n: u32) -> ManyWith<M, T> {
        ManyWith::new(self.id).skip(n)
    }

    /// Includes the last `n` related rows of the order for each row.
    pub fn take_last(self, n: u32) -> ManyWith<M, T> {
        ManyWith::new(self.id).take_last(n)
    }

    /// Includes the first related row of each combination of values.
    pub fn distinct<D: Columns<T>>(self, columns: impl FnOnce(T::Fields) -> D) -> ManyWith<M, T> {
        ManyWith::new(self.id).distinct(columns)
    }

    /// Includes the related rows together with relations of their own.
    pub fn include<I: Include<T>>(self, include: impl FnOnce(T::Fields) -> I) -> ManyWith<M, T, Also<I>> {
        ManyWith::new(self.id).include(include)
    }

    /// Includes what `C` has of the related rows.
    pub fn select<C: Select<Model = T>>(self) -> ManyWith<M, T, Picked<C>> {
        ManyWith::new(self.id).select()
    }

    /// How many related rows there are, of those that the caller can see: to include, or to order by.
    pub const fn count(self) -> Counted<M, T> {
        Counted { id: self.id, filter: plan::Filter::Constant(true), of: PhantomData }
    }

    pub(crate) const fn id(self) -> RelationId {
        self.id
    }
}

impl<M, T, P> One<M, T, P> {
    pub(crate) const fn id(self) -> RelationId {
        self.id
    }
}

/// A number of related rows, which is included beside them: `.include(|post| (post.author, post.comments.count()))`.
#[derive(Debug)]
#[must_use = "a count does nothing until it is given to a query"]
pub struct Counted<M, T> {
    id: RelationId,
    filter: plan::Filter,
    of: PhantomData<fn() -> (M, T)>,
}

impl<M, T: Model> Counted<M, T> {
    /// Only those that satisfy `filter`, and every filter given before.
    pub fn filter(mut self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> Self {
        self.filter = self.filter.and(filter(T::FIELDS).plan);
        self
    }

    /// From few to many.
    pub fn asc(self) -> Order<M> {
        Order::by_count(self.id, self.filter, Direction::Ascending)
    }

    /// From many to few.
    pub fn desc(self) -> Order<M> {
        Order::by_count(self.id, self.filter, Direction::Descending)
    }
}

impl<M, T: Model> Include<M> for Counted<M, T> {
    type Out = u64;

    fn plan(self, plan: &mut Vec<plan::Include>) {
        let mut find = plan::Find::new(T::ID);
        find.and(self.filter);
        plan.push(plan::Include::Count(self.id, find));
    }

    fn decode(row: &mut Row<'_>) -> Result<u64> {
        row.number()
    }
}

/// How the rows of a query appear in its result: bare, or with related rows.
pub trait Shape<M> {
    /// What a row becomes.
    type Out: Send;

    /// Adds what it needs to a plan.
    #[doc(hidden)]
    fn plan(self, plan: &mut plan::Find);

    /// Reads a row.
    #[doc(hidden)]
    fn decode(row: &mut Row<'_>) -> Result<Self::Out>;
}

/// Rows without relations: `M`.
#[derive(Debug, Clone, Copy)]
pub struct Bare;

/// Rows with the relations of `I`: [`With`].
#[derive(Debug, Clone, Copy)]
pub struct Also<I>(pub(crate) I);

impl<M: Model> Shape<M> for Bare {
    type Out = M;

    fn plan(self, _: &mut plan::Find) {}

    fn decode(row: &mut Row<'_>) -> Result<M> {
        row.model()
    }
}

impl<M: Model, I: Include<M>> Shape<M> for Also<I> {
    type Out = With<M, I::Out>;

    fn plan(self, plan: &mut plan::Find) {
        self.0.plan(&mut plan.includes);
    }

    fn decode(row: &mut Row<'_>) -> Result<Self::Out> {
        Ok(With { row: row.model()?, rel: I::decode(row)? })
    }
}

/// Parts of rows with the relations of `I`: [`With`] of a part.
#[derive(Debug)]
pub struct PickedAlso<C, I> {
    include: I,
    of: PhantomData<fn() -> C>,
}

impl<C, I> PickedAlso<C, I> {
    pub(crate) const fn new(include: I) -> Self {
        Self { include, of: PhantomData }
    }
}

impl<M: Model, C: Select<Model = M>, I: Include<M>> Shape<M> for PickedAlso<C, I> {
    type Out = With<C, I::Out>;

    fn plan(self, plan: &mut plan::Find) {
        C::plan(plan);
        self.include.plan(&mut plan.includes);
    }

    fn decode(row: &mut Row<'_>) -> Result<Self::Out> {
        Ok(With { row: C::decode(row)?, rel: I::decode(row)? })
    }
}

/// A relation to include, without the rows: what `create` and `update` bring along.
pub(crate) fn includes<M, S: Shape<M>>(shape: S, model: crate::schema::ModelId) -> Vec<plan::Include> {
    let mut find = plan::Find::new(model);
    shape.plan(&mut find);
    find.includes
}

/// A to-one relation to include, with relations of its own, a condition, or a part of its fields.
#[derive(Debug)]
#[must_use = "an include does nothing until it is given to a query"]
pub struct OneWith<M, T, S, P> {
    relation: One<M, T, P>,
    find: plan::Find,
    shape: S,
}

impl<M, T: Model, S> OneWith<M, T, S, Maybe> {
    /// Only if it satisfies `filter`, and every filter given before.
    pub fn filter(mut self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> Self {
        self.find.and(filter(T::FIELDS).plan);
        self
    }
}

impl<M, T: Model, P: Presence> OneWith<M, T, Bare, P> {
    /// Together with relations of its own.
    pub fn include<I: Include<T>>(self, include: impl FnOnce(T::Fields) -> I) -> OneWith<M, T, Also<I>, P> {
        OneWith { relation: self.relation, find: self.find, shape: Also(include(T::FIELDS)) }
    }

    /// Only what `C` has of it.
    pub fn select<C: Select<Model = T>>(self) -> OneWith<M, T, Picked<C>, P> {
        OneWith { relation: self.relation, find: self.find, shape: Picked::new() }
    }
}

/// A to-many relation to include, with its own filter, order, limits and relations.
#[derive(Debug)]
#[must_use = "an include does nothing until it is given to a query"]
pub struct ManyWith<M, T, S = Bare> {
    id: RelationId,
    find: plan::Find,
    shape: S,
    of: PhantomData<fn() -> (M, T)>,
}

impl<M, T: Model> ManyWith<M, T> {
    const fn new(id: RelationId) -> Self {
        Self { id, find: plan::Find::new(T::ID), shape: Bare, of: PhantomData }
    }

    /// Together with relations of their own.
    pub fn include<I: Include<T>>(self, include: impl FnOnce(T::Fields) -> I) -> ManyWith<M, T, Also<I>> {
        ManyWith { id: self.id, find: self.find, shape: Also(include(T::FIELDS)), of: PhantomData }
    }

    /// Only what `C` has of them.
    pub fn select<C: Select<Model = T>>(self) -> ManyWith<M, T, Picked<C>> {
        ManyWith { id: self.id, find: self.find, shape: Picked::new(), of: PhantomData }
    }
}

impl<M, T: Model, C: Select<Model = T>> ManyWith<M, T, Picked<C>> {
    /// Together with relations of their own.
    pub fn include<I: Include<T>>(self, include: impl FnOnce(T::Fields) -> I) -> ManyWith<M, T, PickedAlso<C, I>> {
        let shape = PickedAlso::new(include(T::FIELDS));
        ManyWith { id: self.id, find: self.find, shape, of: PhantomData }
    }
}

impl<M, T: Model, S> ManyWith<M, T, S> {
    /// Only those that satisfy `filter` as well.
    pub fn filter(mut self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> Self {
        self.find.and(filter(T::FIELDS).plan);
        self
    }

    /// In this order.
    pub fn order_by(mut self, order: impl FnOnce(T::Fields) -> Order<T>) -> Self {
        self.find.order = order(T::FIELDS).list;
        self
    }

    /// At most `n` for each row.
    pub fn take(mut self, n: u32) -> Self {
        self.find.take = Some(n.into());
        self
    }

    /// The last `n` of the order for each row, or of the ids without one.
    pub fn take_last(mut self, n: u32) -> Self {
        self.find.take = Some(-i64::from(n));
        self
    }

    /// Only the first, by the order, of those with the same values.
    pub fn distinct<D: Columns<T>>(mut self, columns: impl FnOnce(T::Fields) -> D) -> Self {
        self.find.distinct = columns(T::FIELDS).ids();
        self
    }

    /// From the row with this key on, in the order, or of the ids without one; nothing if the caller cannot see it.
    pub fn cursor(mut self, key: impl Into<T::Key>) -> Self {
        self.find.cursor = Some(plan::Cursor { at: plan::Place::Row(key.into().into().plan), inclusive: true });
        self
    }

    /// But the first `n`.
    pub fn skip(mut self, n: u32) -> Self {
        self.find.skip = Some(n);
        self
    }
}

/// Relations of `M` to include: a relation, a relation with more to say, or a tuple of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something that can be included with `{M}`",
    note = "give a relation such as `post.author`, or a tuple of relations"
)]
pub trait Include<M>: Sized {
    /// What it adds to a result.
    type Out: Send;

    /// Adds it to a plan.
    #[doc(hidden)]
    fn plan(self, plan: &mut Vec<plan::Include>);

    /// Reads it from a row, after the fields of the row.
    #[doc(hidden)]
    fn decode(row: &mut Row<'_>) -> Result<Self::Out>;
}

pub(crate) fn one<T: Model, S: Shape<T>, P: Presence>(row: &mut Row<'_>) -> Result<P::Related<S::Out>> {
    P::related(row.related(S::decode)?)
}

pub(crate) fn many<T: Model, S: Shape<T>>(row: &mut Row<'_>) -> Result<Vec<S::Out>> {
    row.all_related(S::decode)
}

impl<M, T: Model, P: Presence> Include<M> for One<M, T, P> {
    type Out = P::Related<T>;

    fn plan(self, plan: &mut Vec<plan::Include>) {
        plan.push(plan::Include::Rows(self.id, plan::Find::new(T::ID)));
    }

    fn decode(row: &mut Row<'_>) -> Result<Self::Out> {
        one::<T, Bare, P>(row)
    }
}

impl<M, T: Model, S: Shape<T>, P: Presence> Include<M> for OneWith<M, T, S, P> {
    type Out = P::Related<S::Out>;

    fn plan(self, plan: &mut Vec<plan::Include>) {
        let mut find = self.find;
        self.shape.plan(&mut find);
        plan.push(plan::Include::Rows(self.relation.id, find));
    }

    fn decode(row: &mut Row<'_>) -> Result<Self::Out> {
        one::<T, S, P>(row)
    }
}

impl<M, T: Model> Include<M> for Many<M, T> {
    type Out = Vec<T>;

    fn plan(self, plan: &mut Vec<plan::Include>) {
        plan.push(plan::Include::Rows(self.id, plan::Find::new(T::ID)));
    }

    fn decode(row: &mut Row<'_>) -> Result<Self::Out> {
        many::<T, Bare>(row)
    }
}

impl<M, T: Model, S: Shape<T>> Include<M> for ManyWith<M, T, S> {
    type Out = Vec<S::Out>;

    fn plan(self, plan: &mut Vec<plan::Include>) {
        let mut find = self.find;
        self.shape.plan(&mut find);
        plan.push(plan::Include::Rows(self.id, find));
    }

    fn decode(row: &mut Row<'_>) -> Result<Self::Out> {
        many::<T, S>(row)
    }
}

macro_rules! tuples {
    ($(($($name:ident $at:tt),+))*) => {$(
        impl<M, $($name: Include<M>),+> Include<M> for ($($name,)+) {
            type Out = ($($name::Out,)+);

            fn plan(self, plan: &mut Vec<plan::Include>) {
                $(self.$at.plan(plan);)+
            }

            fn decode(row: &mut Row<'_>) -> Result<Self::Out> {
                Ok(($($name::decode(row)?,)+))
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}
