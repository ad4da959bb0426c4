//! Deleting a row.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::batch::prepared;
use crate::driver::BoxFuture;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::find::decode_first;
use crate::include::Bare;
use crate::model::{Restorable, Writable};
use crate::plan;
use crate::session::Session;

/// A delete of the one row that has a key. It runs when it is awaited, and gives the row as the caller could read it
/// before.
///
/// What the database deletes along with it, by `onDelete: Cascade`, is not asked about; nor is it where the engine does that
/// instead of the database ([`RelationMode::Prisma`](crate::schema::RelationMode)).
///
/// A row of a model with a field marked `@deletedAt` stays in the table, with the time in that field. For the caller it is
/// gone: nothing reads, changes or connects it any more but what says so ([`Delete::for_good`],
/// [`restore`](crate::client::Operations::restore), the client's `with_deleted`). It keeps its unique values, and the
/// rows that refer to it stay as they are: the database has deleted nothing that could cascade.
///
/// # Errors
/// [`Error::NotFound`] if there is no such row, or the caller may not delete it, or it does not satisfy
/// [`Delete::when`]. [`Error::is_unreadable`] if it was deleted but the caller could not read it.
#[derive(Debug)]
#[must_use = "a delete does nothing until it is awaited"]
pub struct Delete<'a, M> {
    session: &'a Session,
    plan: plan::Delete,
    of: PhantomData<fn() -> M>,
}

impl<'a, M: Writable> Delete<'a, M> {
    pub(crate) fn new(session: &'a Session, key: impl Into<M::Key>) -> Self {
        let plan = plan::Delete {
            model: M::ID,
            key: plan::Key { unique: key.into().into().plan, when: None },
            removal: plan::Removal::Usual,
            includes: Vec::new(),
        };
        Self { session, plan, of: PhantomData }
    }

    /// Only if the row satisfies `filter` as well. Looks only at rows that the caller can read.
    pub fn when(mut self, filter: impl FnOnce(M::Fields) -> Filter<M>) -> Self {
        let before = self.plan.key.when.take().unwrap_or(plan::Filter::Constant(true));
        self.plan.key.when = Some(before.and(filter(M::FIELDS).plan));
        self
    }
}

impl<M: Restorable> Delete<'_, M> {
    /// Takes the row from the table, marked as deleted or not, under the same rules. Nothing restores it; what refers to
    /// it is treated as `onDelete` says.
    pub const fn for_good(mut self) -> Self {
        self.plan.removal = plan::Removal::ForGood;
        self
    }
}

impl<'a, M: Writable> IntoFuture for Delete<'a, M> {
    type Output = Result<M>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { session, plan, .. } = self;
        let rows: BoxFuture<'a, _> = Box::pin(session.delete(plan));
        Box::pin(async {
            decode_first::<M, Bare>(rows.await?)?.ok_or_else(|| Error::internal("a delete without a row"))
        })
    }
}

prepared!([M: Writable] Delete<M> { plan } gives M);
