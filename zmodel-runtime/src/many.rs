//! Writing many rows at once.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::batch::prepared;
use crate::driver::BoxFuture;
use crate::edit::assignments;
use crate::error::Result;
use crate::find::decode;
use crate::include::Bare;
use crate::model::{Creatable, Restorable, Values, Writable};
use crate::plan;
use crate::session::Session;

/// Which rows a write of many rows is about: those of the model `$model` that a caller may do `$what` with.
macro_rules! chosen {
    ($model:ident, $what:literal) => {
        /// Only rows that satisfy `filter`, and every filter given before.
        pub fn filter(mut self, filter: impl FnOnce($model::Fields) -> crate::filter::Filter<$model>) -> Self {
            self.plan.filter = self.plan.filter.and(filter($model::FIELDS).plan);
            self
        }

        #[doc = concat!("At most `n` rows, of those that the caller may ", $what, ".")]
        pub fn limit(mut self, n: u32) -> Self {
            self.plan.limit = Some(n);
            self
        }
    };
}

pub(crate) use chosen;

/// Gives how many rows it wrote.
#[derive(Debug, Clone, Copy)]
pub struct Counted;

/// Gives the rows that it wrote, as the caller may read them.
#[derive(Debug, Clone, Copy)]
pub struct Returned;

/// An insert of rows, all or none. It runs when it is awaited, and gives how many it inserted.
///
/// # Errors
/// [`Error::is_denied`](crate::Error::is_denied) if the rules refuse one of the rows.
#[derive(Debug)]
#[must_use = "a create does nothing until it is awaited"]
pub struct CreateMany<'a, M, C = Counted> {
    session: &'a Session,
    plan: plan::CreateMany,
    of: PhantomData<fn() -> (M, C)>,
}

impl<'a, M: Creatable> CreateMany<'a, M> {
    pub(crate) fn new<R: Into<Values<M>>>(session: &'a Session, rows: impl IntoIterator<Item = R>) -> Self {
        let rows = rows.into_iter().map(|row| row.into().list).collect();
        let plan = plan::CreateMany { model: M::ID, rows, skip_duplicates: false };
        Self { session, plan, of: PhantomData }
    }

    /// Gives the rows instead of their number.
    ///
    /// # Errors
    /// [`Error::is_unreadable`](crate::Error::is_unreadable) if one of them may not be read, though all were inserted.
    pub fn returning(self) -> CreateMany<'a, M, Returned> {
        CreateMany { session: self.session, plan: self.plan, of: PhantomData }
    }
}

impl<M: Creatable, C> CreateMany<'_, M, C> {
    /// Leaves out the rows that a unique constraint refuses. Whoever sees the number learns that such rows exist.
    pub fn skip_duplicates(mut self) -> Self {
        self.plan.skip_duplicates = true;
        self
    }
}

impl<'a, M: Creatable> IntoFuture for CreateMany<'a, M, Counted> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.session.create_many(self.plan))
    }
}

impl<'a, M: Creatable> IntoFuture for CreateMany<'a, M, Returned> {
    type Output = Result<Vec<M>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let rows: BoxFuture<'a, _> = Box::pin(self.session.create_many_and_return(self.plan, Vec::new()));
        Box::pin(async { decode::<M, Bare>(rows.await?) })
    }
}

/// An update of all rows that match, of those that the caller may change. It runs when it is awaited, and gives how many
/// it changed.
///
/// A filter looks at rows that the caller can read.
///
/// # Errors
/// [`Error::is_denied`](crate::Error::is_denied) if the rules do not accept what one of the rows would become, or forbid
/// the change of a field in one of them; then none was changed.
#[derive(Debug)]
#[must_use = "an update does nothing until it is awaited"]
pub struct UpdateMany<'a, M, C = Counted> {
    session: &'a Session,
    plan: plan::UpdateMany,
    of: PhantomData<fn() -> (M, C)>,
}

impl<'a, M: Writable> UpdateMany<'a, M> {
    pub(crate) const fn new(session: &'a Session) -> Self {
        let filter = plan::Filter::Constant(true);
        let plan = plan::UpdateMany { model: M::ID, filter, values: Vec::new(), limit: None };
        Self { session, plan, of: PhantomData }
    }

    /// Gives the rows instead of their number.
    ///
    /// # Errors
    /// [`Error::is_unreadable`](crate::Error::is_unreadable) if one of them may not be read, though all were changed.
    pub fn returning(self) -> UpdateMany<'a, M, Returned> {
        UpdateMany { session: self.session, plan: self.plan, of: PhantomData }
    }
}

impl<M: Writable, C> UpdateMany<'_, M, C> {
    assignments!(self => self.plan.values);

    chosen!(M, "change");
}

impl<'a, M: Writable> IntoFuture for UpdateMany<'a, M, Counted> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.session.update_many(self.plan))
    }
}

impl<'a, M: Writable> IntoFuture for UpdateMany<'a, M, Returned> {
    type Output = Result<Vec<M>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let rows: BoxFuture<'a, _> = Box::pin(self.session.update_many_and_return(self.plan, Vec::new()));
        Box::pin(async { decode::<M, Bare>(rows.await?) })
    }
}

/// A delete of all rows that match, of those that the caller may delete. It runs when it is awaited, and gives how many it
/// deleted.
///
/// A filter looks at rows that the caller can read. What the database deletes along with them is not asked about.
#[derive(Debug)]
#[must_use = "a delete does nothing until it is awaited"]
pub struct DeleteMany<'a, M, C = Counted> {
    session: &'a Session,
    plan: plan::DeleteMany,
    of: PhantomData<fn() -> (M, C)>,
}

impl<'a, M: Writable> DeleteMany<'a, M> {
    pub(crate) const fn new(session: &'a Session) -> Self {
        let plan = plan::DeleteMany {
            model: M::ID,
            filter: plan::Filter::Constant(true),
            limit: None,
            removal: plan::Removal::Usual,
        };
        Self { session, plan, of: PhantomData }
    }

    /// Gives the rows, as the caller could read them before, instead of their number.
    ///
    /// # Errors
    /// [`Error::is_unreadable`](crate::Error::is_unreadable) if one of them could not be read, though all were deleted.
    pub fn returning(self) -> DeleteMany<'a, M, Returned> {
        DeleteMany { session: self.session, plan: self.plan, of: PhantomData }
    }
}

impl<M: Writable, C> DeleteMany<'_, M, C> {
    chosen!(M, "delete");
}

impl<M: Restorable, C> DeleteMany<'_, M, C> {
    /// Takes the rows from the table, those that are marked as deleted and those that are not, under the same rules:
    /// `.for_good().filter(|post| post.deleted_at.lt(long_ago))`. See [`Delete::for_good`](crate::delete::Delete::for_good).
    pub const fn for_good(mut self) -> Self {
        self.plan.removal = plan::Removal::ForGood;
        self
    }
}

impl<'a, M: Writable> IntoFuture for DeleteMany<'a, M, Counted> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.session.delete_many(&self.plan).await })
    }
}

impl<'a, M: Writable> IntoFuture for DeleteMany<'a, M, Returned> {
    type Output = Result<Vec<M>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let (session, plan) = (self.session, self.plan);
        let rows: BoxFuture<'a, _> = Box::pin(async move { session.delete_many_and_return(&plan, Vec::new()).await });
        Box::pin(async { decode::<M, Bare>(rows.await?) })
    }
}

prepared!([M: Creatable] CreateMany<M, Counted> { plan } gives u64);
prepared!([M: Creatable] CreateMany<M, Returned> { plan } gives Vec<M>);
prepared!([M: Writable] UpdateMany<M, Counted> { plan } gives u64);
prepared!([M: Writable] UpdateMany<M, Returned> { plan } gives Vec<M>);
prepared!([M: Writable] DeleteMany<M, Counted> { plan } gives u64);
prepared!([M: Writable] DeleteMany<M, Returned> { plan } gives Vec<M>);
