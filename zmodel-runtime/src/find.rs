//! Reading rows.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::driver::{BoxFuture, Rows};
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::include::{Also, Bare, Include, Shape};
use crate::model::{Model, Row};
use crate::order::Order;
use crate::plan;
use crate::session::Session;

/// A read. It runs when it is awaited, as one statement that carries the rules of every model it touches.
///
/// `C` says how many rows it gives: [`All`] of them (`Vec`), the [`First`] (`Option`), or the first or an error
/// ([`FirstOrErr`]).
#[derive(Debug)]
#[must_use = "a query does nothing until it is awaited"]
pub struct Find<'a, M, S = Bare, C = All> {
    session: &'a Session,
    plan: plan::Find,
    point: bool,
    shape: S,
    of: PhantomData<fn() -> (M, C)>,
}

/// Every row that was asked for, as a `Vec`.
#[derive(Debug, Clone, Copy)]
pub struct All;

/// The first row, as an `Option`.
#[derive(Debug, Clone, Copy)]
pub struct First;

/// The first row, or [`Error::NotFound`].
#[derive(Debug, Clone, Copy)]
pub struct FirstOrErr;

impl<'a, M: Model, C> Find<'a, M, Bare, C> {
    pub(crate) fn new(session: &'a Session, take: Option<u32>) -> Self {
        let mut plan = plan::Find::new(M::ID);
        plan.take = take.map(i64::from);
        Self { session, plan, point: false, shape: Bare, of: PhantomData }
    }

    pub(crate) fn by_key(session: &'a Session, key: impl Into<M::Key>) -> Self {
        let mut find = Self::new(session, None);
        find.plan.and(key.into().into().plan);
        find.point = true;
        find
    }

    /// Brings related rows along: `.include(|post| (post.author, post.comments.take(3)))`.
    pub fn include<I: Include<M>>(self, include: impl FnOnce(M::Fields) -> I) -> Find<'a, M, Also<I>, C> {
        let shape = Also(include(M::FIELDS));
        Find { session: self.session, plan: self.plan, point: self.point, shape, of: PhantomData }
    }
}

impl<M: Model, S, C> Find<'_, M, S, C> {
    /// Only rows that satisfy `filter`, and every filter given before.
    pub fn filter(mut self, filter: impl FnOnce(M::Fields) -> Filter<M>) -> Self {
        self.plan.and(filter(M::FIELDS).plan);
        self
    }

    /// Only rows that satisfy `filter`, if there is a value; otherwise no condition.
    pub fn filter_some<T>(self, value: Option<T>, filter: impl FnOnce(M::Fields, T) -> Filter<M>) -> Self {
        match value {
            Some(value) => self.filter(|fields| filter(fields, value)),
            None => self,
        }
    }

    /// In this order. Without one, the database gives rows in any order.
    pub fn order_by(mut self, order: impl FnOnce(M::Fields) -> Order<M>) -> Self {
        self.plan.order = order(M::FIELDS).list;
        self
    }

    /// Leaves out the first `n` rows.
    pub fn skip(mut self, n: u32) -> Self {
        self.plan.skip = Some(n);
        self
    }
}

impl<M: Model, S> Find<'_, M, S, All> {
    /// At most `n` rows.
    pub fn take(mut self, n: u32) -> Self {
        self.plan.take = Some(n.into());
        self
    }
}

fn run<M: Model, S: Shape<M>, C>(find: Find<'_, M, S, C>) -> BoxFuture<'_, Result<Rows>> {
    let Find { session, mut plan, point, shape, .. } = find;
    shape.plan(&mut plan.includes);
    Box::pin(async move { session.find(&plan, point).await })
}

/// Reads every row of an answer.
pub(crate) fn decode<M, S: Shape<M>>(rows: Rows) -> Result<Vec<S::Out>> {
    let mut list = Vec::with_capacity(rows.len());
    let mut row = Row::new(rows.cells.into_iter());
    while !row.is_done() {
        list.push(S::decode(&mut row)?);
    }
    Ok(list)
}

/// Reads the first row of an answer.
pub(crate) fn decode_first<M, S: Shape<M>>(rows: Rows) -> Result<Option<S::Out>> {
    if rows.is_empty() {
        return Ok(None);
    }
    S::decode(&mut Row::new(rows.cells.into_iter())).map(Some)
}

impl<'a, M: Model, S: Shape<M> + 'a> IntoFuture for Find<'a, M, S, All> {
    type Output = Result<Vec<S::Out>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let rows = run(self);
        Box::pin(async { decode::<M, S>(rows.await?) })
    }
}

impl<'a, M: Model, S: Shape<M> + 'a> IntoFuture for Find<'a, M, S, First> {
    type Output = Result<Option<S::Out>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let rows = run(self);
        Box::pin(async { decode_first::<M, S>(rows.await?) })
    }
}

impl<'a, M: Model, S: Shape<M> + 'a> IntoFuture for Find<'a, M, S, FirstOrErr> {
    type Output = Result<S::Out>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let rows = run(self);
        Box::pin(async { decode_first::<M, S>(rows.await?)?.ok_or_else(|| Error::NotFound { model: M::NAME.into() }) })
    }
}
