//! Asking whether there is a row.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::batch::prepared;
use crate::driver::BoxFuture;
use crate::error::Result;
use crate::filter::Filter;
use crate::model::Model;
use crate::plan;
use crate::session::Session;

/// A question whether there is a row that the caller can see. It is asked when it is awaited.
#[derive(Debug)]
#[must_use = "a query does nothing until it is awaited"]
pub struct Exists<'a, M> {
    session: &'a Session,
    plan: plan::Exists,
    of: PhantomData<fn() -> M>,
}

impl<'a, M: Model> Exists<'a, M> {
    pub(crate) const fn new(session: &'a Session) -> Self {
        let plan = plan::Exists { model: M::ID, filter: plan::Filter::Constant(true) };
        Self { session, plan, of: PhantomData }
    }

    /// Only a row that satisfies `filter`, and every filter given before.
    pub fn filter(mut self, filter: impl FnOnce(M::Fields) -> Filter<M>) -> Self {
        self.plan.filter =
            std::mem::replace(&mut self.plan.filter, plan::Filter::Constant(true)).and(filter(M::FIELDS).plan);
        self
    }

    /// Only a row that satisfies `filter`, if there is a value; otherwise no condition.
    pub fn filter_some<T>(self, value: Option<T>, filter: impl FnOnce(M::Fields, T) -> Filter<M>) -> Self {
        match value {
            Some(value) => self.filter(|fields| filter(fields, value)),
            None => self,
        }
    }
}

impl<'a, M: Model> IntoFuture for Exists<'a, M> {
    type Output = Result<bool>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.session.exists(&self.plan).await })
    }
}

prepared!([M: Model] Exists<M> { plan } gives bool);
