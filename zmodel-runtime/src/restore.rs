//! Restoring rows that are marked as deleted (`@deletedAt`).
//!
//! In a model with a field `deletedAt DateTime? @deletedAt` a delete, nested or in JSON too, writes the time into that
//! field, under the rules about deleting. From then on the row is not there: not for reads, filters, counts and
//! relations, not for updates, upserts and links, and not for what rules ask of related rows, so that a deleted
//! membership gives nobody anything. Nobody gives the field a value. The row keeps its unique values, and nothing
//! cascades: rows that refer to it stay, and what they refer to is missing. What reaches it says so:
//!
//! | | |
//! |-|-|
//! | `ann.with_deleted()` | a client for which deleted rows are there, under the same rules; rules still do not see them beside the row at hand |
//! | `ann.post().restore(id)`, `restore_many()` | for who may delete the row and update the field (the rules of the model and of the field), with `post-update` |
//! | `ann.post().delete(id).for_good()`, `delete_many()…` | takes it from the table, deleted already or not, under the rules about deleting |
//!
//! JSON has none of the three: a front end that may delete cannot destroy.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::batch::prepared;
use crate::driver::BoxFuture;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::find::{decode, decode_first};
use crate::include::Bare;
use crate::many::{Counted, Returned, chosen};
use crate::model::Restorable;
use crate::plan;
use crate::session::Session;

/// A restore of the one row that has a key and is marked as deleted. It runs when it is awaited, and gives the row as
/// the caller may read it.
///
/// It takes a delete back, so it is for who may delete the row; and it changes the row, so it is for who may update its
/// mark: the update rules of the model and of that field are asked of the row as it is, and the `post-update` rules of
/// the row without its mark. Rows that were related to it are related to it still.
///
/// # Errors
/// [`Error::NotFound`] if no such row is marked, or the caller may not restore it, or it does not satisfy
/// [`Restore::when`]: all look the same. [`Error::is_denied`] if `post-update` rules do not accept it.
/// [`Error::is_unreadable`] if it was restored but the caller may not read it.
#[derive(Debug)]
#[must_use = "a restore does nothing until it is awaited"]
pub struct Restore<'a, M> {
    session: &'a Session,
    plan: plan::Restore,
    of: PhantomData<fn() -> M>,
}

impl<'a, M: Restorable> Restore<'a, M> {
    pub(crate) fn new(session: &'a Session, key: impl Into<M::Key>) -> Self {
        let key = plan::Key { unique: key.into().into().plan, when: None };
        Self { session, plan: plan::Restore { model: M::ID, key }, of: PhantomData }
    }

    /// Only if the row satisfies `filter` as well. Looks only at rows that the caller can read.
    pub fn when(mut self, filter: impl FnOnce(M::Fields) -> Filter<M>) -> Self {
        let before = self.plan.key.when.take().unwrap_or(plan::Filter::Constant(true));
        self.plan.key.when = Some(before.and(filter(M::FIELDS).plan));
        self
    }
}

impl<'a, M: Restorable> IntoFuture for Restore<'a, M> {
    type Output = Result<M>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let rows: BoxFuture<'a, _> = Box::pin(self.session.restore(self.plan));
        Box::pin(async {
            decode_first::<M, Bare>(rows.await?)?.ok_or_else(|| Error::internal("a restore without a row"))
        })
    }
}

/// A restore of all rows that match and are marked as deleted, of those that the caller may restore. It runs when it is
/// awaited, and gives how many it restored.
///
/// A filter looks at rows that the caller can read.
///
/// # Errors
/// [`Error::is_denied`] if `post-update` rules do not accept one of the rows; then none was restored.
#[derive(Debug)]
#[must_use = "a restore does nothing until it is awaited"]
pub struct RestoreMany<'a, M, C = Counted> {
    session: &'a Session,
    plan: plan::RestoreMany,
    of: PhantomData<fn() -> (M, C)>,
}

impl<'a, M: Restorable> RestoreMany<'a, M> {
    pub(crate) const fn new(session: &'a Session) -> Self {
        let plan = plan::RestoreMany { model: M::ID, filter: plan::Filter::Constant(true), limit: None };
        Self { session, plan, of: PhantomData }
    }

    /// Gives the rows instead of their number.
    ///
    /// # Errors
    /// [`Error::is_unreadable`] if one of them may not be read, though all were restored.
    pub fn returning(self) -> RestoreMany<'a, M, Returned> {
        RestoreMany { session: self.session, plan: self.plan, of: PhantomData }
    }
}

impl<M: Restorable, C> RestoreMany<'_, M, C> {
    chosen!(M, "restore");
}

impl<'a, M: Restorable> IntoFuture for RestoreMany<'a, M, Counted> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.session.restore_many(&self.plan).await })
    }
}

impl<'a, M: Restorable> IntoFuture for RestoreMany<'a, M, Returned> {
    type Output = Result<Vec<M>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let (session, plan) = (self.session, self.plan);
        let rows: BoxFuture<'a, _> = Box::pin(async move { session.restore_many_and_return(&plan).await });
        Box::pin(async { decode::<M, Bare>(rows.await?) })
    }
}

prepared!([M: Restorable] Restore<M> { plan } gives M);
prepared!([M: Restorable] RestoreMany<M, Counted> { plan } gives u64);
prepared!([M: Restorable] RestoreMany<M, Returned> { plan } gives Vec<M>);
