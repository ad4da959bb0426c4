//! Reading rows.

use std::future::{IntoFuture, ready};
use std::marker::PhantomData;

use crate::aggregate::Columns;
use crate::batch::prepared;
use crate::driver::{BoxFuture, Rows};
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::gather::{Gather, Keep};
use crate::include::{Also, Bare, Include, PickedAlso, Shape};
use crate::model::Model;
use crate::order::Order;
use crate::page::{Cursor, Page};
use crate::plan;
use crate::select::{Picked, Select};
use crate::session::Session;
use crate::stream::Stream;

/// A read. It runs when it is awaited, as one statement that carries the rules of every model it touches.
///
/// `C` says how many rows it gives: [`All`] of them (`Vec`), the [`First`] (`Option`), or the first or an error
/// ([`FirstOrErr`]).
#[derive(Debug)]
#[must_use = "a query does nothing until it is awaited"]
pub struct Find<'a, M, S = Bare, C = All> {
    session: &'a Session,
    /// Boxed, since a query moves with each word that is said of it.
    plan: Box<plan::Find>,
    point: bool,
    /// Where the page begins, or ends if the flag is set.
    cursor: Option<(Cursor, bool)>,
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
        let mut plan = Box::new(plan::Find::new(M::ID));
        plan.take = take.map(i64::from);
        Self { session, plan, point: false, cursor: None, shape: Bare, of: PhantomData }
    }

    pub(crate) fn by_key(session: &'a Session, key: impl Into<M::Key>) -> Self {
        let mut find = Self::new(session, None);
        find.plan.and(key.into().into().plan);
        find.point = true;
        find
    }

    /// Brings related rows along: `.include(|post| (post.author, post.comments.take(3)))`.
    pub fn include<I: Include<M>>(self, include: impl FnOnce(M::Fields) -> I) -> Find<'a, M, Also<I>, C> {
        self.shaped(Also(include(M::FIELDS)))
    }

    /// Reads only what `P` has of the rows: `.select::<PostCard>()`. See [`select`](crate::select).
    pub fn select<P: Select<Model = M>>(self) -> Find<'a, M, Picked<P>, C> {
        self.shaped(Picked::new())
    }
}

impl<'a, M: Model, P: Select<Model = M>, C> Find<'a, M, Picked<P>, C> {
    /// Brings related rows along with the selected part of each row.
    pub fn include<I: Include<M>>(self, include: impl FnOnce(M::Fields) -> I) -> Find<'a, M, PickedAlso<P, I>, C> {
        self.shaped(PickedAlso::new(include(M::FIELDS)))
    }
}

impl<'a, M: Model, O, C> Find<'a, M, O, C> {
    fn shaped<S>(self, shape: S) -> Find<'a, M, S, C> {
        let Self { session, plan, point, cursor, .. } = self;
        Find { session, plan, point, cursor, shape, of: PhantomData }
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

    /// Only the first row, by the order, of those with the same values: `.distinct(|post| post.author_id)`.
    pub fn distinct<D: Columns<M>>(mut self, columns: impl FnOnce(M::Fields) -> D) -> Self {
        self.plan.distinct = columns(M::FIELDS).ids();
        self
    }

    /// From the row with this key on, itself included, in the order, or of the ids without one. Nothing, if the caller
    /// cannot see that row. For pages, [`Find::after`] needs no row that is still there.
    pub fn cursor(mut self, key: impl Into<M::Key>) -> Self {
        self.plan.cursor = Some(plan::Cursor { at: plan::Place::Row(key.into().into().plan), inclusive: true });
        self
    }

    /// Leaves out the first `n` rows.
    pub fn skip(mut self, n: u32) -> Self {
        self.plan.skip = Some(n);
        self
    }
}

impl<'a, M: Model, S> Find<'a, M, S, All> {
    /// At most `n` rows.
    pub fn take(mut self, n: u32) -> Self {
        self.plan.take = Some(n.into());
        self
    }

    /// The last `n` rows of the order, or of the ids without one.
    pub fn take_last(mut self, n: u32) -> Self {
        self.plan.take = Some(-i64::from(n));
        self
    }

    /// Only rows after the place that a page ended with: [`Page::next`]. Without a cursor, from the start.
    pub fn after(mut self, cursor: impl Into<Option<Cursor>>) -> Self {
        self.cursor = cursor.into().map(|cursor| (cursor, false));
        self
    }

    /// Only rows before the place that a page began with: [`Page::prev`]. With [`Find::take`], the last of them.
    pub fn before(mut self, cursor: impl Into<Option<Cursor>>) -> Self {
        self.cursor = cursor.into().map(|cursor| (cursor, true));
        self
    }

    /// Reads one page: the rows, and where the pages around it are. [`Find::take`] says how long it is.
    ///
    /// Where the order leaves rows at the same place, their ids decide, so that each row is on one page.
    ///
    /// # Errors
    /// The cursor belongs to another order, or the query fails.
    pub fn page(self) -> BoxFuture<'a, Result<Page<S::Out>>>
    where
        S: Shape<M> + 'a,
    {
        let cursor = self.cursor.clone();
        let parts = self.parts();
        Box::pin(async move {
            let (session, mut plan, _) = parts?;
            plan.places = true;
            let (backward, more) = (plan.take.is_some_and(i64::is_negative), plan.take.is_some());
            // One row more tells whether there is another page.
            plan.take = plan.take.map(|take| if backward { take - 1 } else { take + 1 });
            let mut gather = Gather::<Vec<_>, _>::new(|row| Ok((S::decode(row)?, row.rest()?)));
            session.find_by(&plan, false, &mut gather).await?;
            Ok(Page::of(&plan, gather.into_kept(), (more, backward), cursor.is_some()))
        })
    }

    /// Reads rows as they are needed, without holding all of them: in batches, each a statement of its own. Rows that
    /// change meanwhile are read as they are when their batch is.
    ///
    /// Where the order leaves rows at the same place, their ids decide.
    pub fn stream(self) -> Stream<'a, M, S>
    where
        S: Shape<M>,
    {
        Stream::new(self.parts())
    }
}

impl<'a, M: Model, S: Shape<M>, C> Find<'a, M, S, C> {
    /// What there is to run, once everything is said.
    fn parts(self) -> Result<(&'a Session, Box<plan::Find>, bool)> {
        let Self { session, mut plan, point, cursor, shape, .. } = self;
        shape.plan(&mut plan);
        if let Some((cursor, backward)) = cursor {
            if plan.cursor.is_some() {
                return Err(Error::invalid("a query has two cursors"));
            }
            if plan.take.is_some_and(i64::is_negative) {
                return Err(Error::invalid("a page is counted from its cursor: use `take`, not `take_last`"));
            }
            plan.cursor = Some(plan::Cursor { at: cursor.place(&plan)?, inclusive: false });
            if backward {
                plan.take = Some(plan.take.map_or(i64::MIN + 1, i64::wrapping_neg));
            }
        }
        Ok((session, plan, point))
    }
}

impl<M: Model, S: Shape<M>, C> Find<'_, M, S, C> {
    /// Explains how it runs instead of running it: the SQL with its parameters, and the database's plan.
    ///
    /// # Errors
    /// Those of the read itself.
    pub async fn explain(self) -> Result<crate::explain::Explained> {
        let (session, plan, _) = self.parts()?;
        session.explain(&plan).await
    }
}

fn run<'a, M: Model, S: Shape<M>, C, K: Keep<Item = S::Out> + 'a>(find: Find<'a, M, S, C>) -> BoxFuture<'a, Result<K>> {
    match find.parts() {
        Ok((session, plan, point)) => Box::pin(async move {
            let mut gather = Gather::new(S::decode);
            session.find_by(&plan, point, &mut gather).await?;
            Ok(gather.into_kept())
        }),
        Err(error) => Box::pin(ready(Err(error))),
    }
}

/// Reads every row of an answer.
pub(crate) fn decode<M, S: Shape<M>>(rows: Rows) -> Result<Vec<S::Out>> {
    Gather::of(rows, S::decode)
}

/// Reads the first row of an answer.
pub(crate) fn decode_first<M, S: Shape<M>>(rows: Rows) -> Result<Option<S::Out>> {
    Gather::of(rows, S::decode)
}

impl<'a, M: Model, S: Shape<M> + 'a> IntoFuture for Find<'a, M, S, All> {
    type Output = Result<Vec<S::Out>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        run(self)
    }
}

impl<'a, M: Model, S: Shape<M> + 'a> IntoFuture for Find<'a, M, S, First> {
    type Output = Result<Option<S::Out>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        run(self)
    }
}

impl<'a, M: Model, S: Shape<M> + 'a> IntoFuture for Find<'a, M, S, FirstOrErr> {
    type Output = Result<S::Out>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let found = run::<M, S, _, Option<S::Out>>(self);
        Box::pin(async { found.await?.ok_or_else(|| Error::NotFound { model: M::NAME.into() }) })
    }
}

prepared!([M: Model, S: Shape<M> + Send] Find<M, S, All> { plan, point, cursor, shape } gives Vec<S::Out>);
prepared!([M: Model, S: Shape<M> + Send] Find<M, S, First> { plan, point, cursor, shape } gives Option<S::Out>);
prepared!([M: Model, S: Shape<M> + Send] Find<M, S, FirstOrErr> { plan, point, cursor, shape } gives S::Out);
