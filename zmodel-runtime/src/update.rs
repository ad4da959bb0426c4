//! Changing a row.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::along::{Handle, along};
use crate::batch::prepared;
use crate::driver::BoxFuture;
use crate::edit::assignments;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::find::decode_first;
use crate::include::{Also, Bare, Include, Shape};
use crate::model::Writable;
use crate::plan;
use crate::session::Session;

/// An update of the one row that has a key. It runs when it is awaited, and gives the row back as the caller may read
/// it. An update that sets nothing only reads.
///
/// An update rule judges the row as it was; what it becomes is judged by `post-update` rules alone. Without one, who may
/// update a row may also give it away.
///
/// # Errors
/// [`Error::NotFound`] if there is no such row, or the caller may not update it, or it does not satisfy
/// [`Update::when`]: the three look the same. [`Error::is_denied`] if `post-update` rules do not accept what it would
/// become; then nothing was changed. [`Error::is_unreadable`] if it was changed but the caller may not read
/// it any more.
#[derive(Debug)]
#[must_use = "an update does nothing until it is awaited"]
pub struct Update<'a, M, S = Bare> {
    session: &'a Session,
    plan: plan::Update,
    shape: S,
    of: PhantomData<fn() -> M>,
}

impl<'a, M: Writable> Update<'a, M> {
    pub(crate) fn new(session: &'a Session, key: impl Into<M::Key>) -> Self {
        let key = key.into().into().plan;
        let plan = plan::Update {
            model: M::ID,
            key: plan::Key { unique: key, when: None },
            changes: plan::Changes::default(),
            includes: Vec::new(),
        };
        Self { session, plan, shape: Bare, of: PhantomData }
    }

    /// Brings related rows along with the changed row.
    pub fn include<I: Include<M>>(self, include: impl FnOnce(M::Fields) -> I) -> Update<'a, M, Also<I>> {
        Update { session: self.session, plan: self.plan, shape: Also(include(M::FIELDS)), of: PhantomData }
    }
}

impl<M: Writable, S> Update<'_, M, S> {
    /// Only if the row satisfies `filter` as well: `.when(|post| post.version.eq(7))`. Looks only at rows that the
    /// caller can read.
    pub fn when(mut self, filter: impl FnOnce(M::Fields) -> Filter<M>) -> Self {
        let before = self.plan.key.when.take().unwrap_or(plan::Filter::Constant(true));
        self.plan.key.when = Some(before.and(filter(M::FIELDS).plan));
        self
    }

    assignments!(self => self.plan.changes.values);

    /// Writes along a relation as well, in the words of Prisma:
    /// `.along(|post| post.comments, |comments| comments.connect(7).delete_many(|c| c.approved.eq(false)))`.
    ///
    /// The row itself must be one that the caller can see. See [`along`](crate::along) for what the rules are asked.
    pub fn along<R: Handle<M>>(
        mut self,
        relation: impl FnOnce(M::Fields) -> R,
        writes: impl FnOnce(R::Writes) -> R::Writes,
    ) -> Self {
        self.plan.changes.nested.extend(along(relation(M::FIELDS), writes));
        self
    }
}

impl<'a, M: Writable, S: Shape<M> + 'a> IntoFuture for Update<'a, M, S> {
    type Output = Result<S::Out>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { session, mut plan, shape, .. } = self;
        plan.includes = crate::include::includes(shape, M::ID);
        let rows: BoxFuture<'a, _> = Box::pin(session.update(plan));
        Box::pin(async { decode_first::<M, S>(rows.await?)?.ok_or_else(|| Error::internal("an update without a row")) })
    }
}

prepared!([M: Writable, S: Shape<M> + Send] Update<M, S> { plan, shape } gives S::Out);
