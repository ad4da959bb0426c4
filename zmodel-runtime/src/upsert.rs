//! Changing a row, or making it.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::draft::Draft;
use crate::driver::BoxFuture;
use crate::edit::Edit;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::find::decode_first;
use crate::include::{Also, Bare, Include, Shape};
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
