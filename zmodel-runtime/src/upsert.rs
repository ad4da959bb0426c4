//! Changing a row, or making it.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::batch::prepared;
use crate::draft::Draft;
use crate::driver::BoxFuture;
use crate::edit::Edit;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::find::{decode, decode_first};
use crate::include::{Also, Bare, Include, Shape};
use crate::many::{Counted, Returned};
use crate::model::Creatable;
use crate::plan;
use crate::session::Session;

/// An update of the row that has a key, or an insert if there is none that the caller may change. It runs when it is
/// awaited, and gives the row back as the caller may read it.
///
/// # Errors
/// Those of an [update](crate::update::Update) and of a [create](crate::create::Create). A row that is there and may not
/// be changed ends in a violation of its unique constraint.
#[derive(Debug)]
#[must_use = "an upsert does nothing until it is awaited"]
pub struct Upsert<'a, M, S = Bare> {
    session: &'a Session,
    plan: plan::Upsert,
    shape: S,
    of: PhantomData<fn() -> M>,
}

impl<'a, M: Creatable> Upsert<'a, M> {
    pub(crate) fn new(
        session: &'a Session,
        key: impl Into<M::Key>,
        new: impl Into<Draft<M>>,
        edit: impl FnOnce(Edit<M>) -> Edit<M>,
    ) -> Self {
        let plan = plan::Upsert {
            model: M::ID,
            key: plan::Key { unique: key.into().into().plan, when: None },
            create: new.into().new,
            update: edit(Edit::new()).changes,
            includes: Vec::new(),
        };
        Self { session, plan, shape: Bare, of: PhantomData }
    }

    /// Brings related rows along.
    pub fn include<I: Include<M>>(self, include: impl FnOnce(M::Fields) -> I) -> Upsert<'a, M, Also<I>> {
        Upsert { session: self.session, plan: self.plan, shape: Also(include(M::FIELDS)), of: PhantomData }
    }
}

impl<M: Creatable, S> Upsert<'_, M, S> {
    /// Changes the row only if it satisfies `filter` as well; otherwise a row is inserted.
    pub fn when(mut self, filter: impl FnOnce(M::Fields) -> Filter<M>) -> Self {
        let before = self.plan.key.when.take().unwrap_or(plan::Filter::Constant(true));
        self.plan.key.when = Some(before.and(filter(M::FIELDS).plan));
        self
    }
}

/// Upserts of several rows, one after the other, all or none. They run when it is awaited, and it gives how many there were.
///
/// # Errors
/// Those of an [`Upsert`] of one of the rows; then nothing was written.
#[derive(Debug)]
#[must_use = "an upsert does nothing until it is awaited"]
pub struct UpsertMany<'a, M, C = Counted> {
    session: &'a Session,
    plan: plan::UpsertMany,
    of: PhantomData<fn() -> (M, C)>,
}

impl<'a, M: Creatable> UpsertMany<'a, M> {
    pub(crate) const fn new(session: &'a Session) -> Self {
        Self { session, plan: plan::UpsertMany { model: M::ID, rows: Vec::new() }, of: PhantomData }
    }

    /// Gives the rows, in the order in which they were given, instead of their number.
    ///
    /// # Errors
    /// [`Error::is_unreadable`] if one of them may not be read, though all were written.
    pub fn returning(self) -> UpsertMany<'a, M, Returned> {
        UpsertMany { session: self.session, plan: self.plan, of: PhantomData }
    }
}

impl<M: Creatable, C> UpsertMany<'_, M, C> {
    /// One more row: changed as `edit` says, or inserted if there is none with this key that the caller may change.
    pub fn row(
        mut self,
        key: impl Into<M::Key>,
        new: impl Into<Draft<M>>,
        edit: impl FnOnce(Edit<M>) -> Edit<M>,
    ) -> Self {
        let key = plan::Key { unique: key.into().into().plan, when: None };
        let row = plan::UpsertRow { key, create: new.into().new, update: edit(Edit::new()).changes };
        self.plan.rows.push(row);
        self
    }
}

impl<'a, M: Creatable> IntoFuture for UpsertMany<'a, M, Counted> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.session.upsert_many(self.plan))
    }
}

impl<'a, M: Creatable> IntoFuture for UpsertMany<'a, M, Returned> {
    type Output = Result<Vec<M>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let rows: BoxFuture<'a, _> = Box::pin(self.session.upsert_many_and_return(self.plan, Vec::new()));
        Box::pin(async { decode::<M, Bare>(rows.await?) })
    }
}

impl<'a, M: Creatable, S: Shape<M> + 'a> IntoFuture for Upsert<'a, M, S> {
    type Output = Result<S::Out>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { session, mut plan, shape, .. } = self;
        plan.includes = crate::include::includes(shape, M::ID);
        let rows: BoxFuture<'a, _> = Box::pin(session.upsert(plan));
        Box::pin(async { decode_first::<M, S>(rows.await?)?.ok_or_else(|| Error::internal("an upsert without a row")) })
    }
}

prepared!([M: Creatable, S: Shape<M> + Send] Upsert<M, S> { plan, shape } gives S::Out);
prepared!([M: Creatable] UpsertMany<M, Counted> { plan } gives u64);
prepared!([M: Creatable] UpsertMany<M, Returned> { plan } gives Vec<M>);
