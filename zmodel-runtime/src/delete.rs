//! Deleting a row.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::driver::BoxFuture;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::find::decode_first;
use crate::include::Bare;
use crate::model::Writable;
use crate::plan;
use crate::session::Session;

/// A delete of the one row that has a key. It runs when it is awaited, and gives the row as the caller could read it
/// before.
///
/// What the database deletes along with it, by `onDelete: Cascade`, is not asked about.
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
