//! Counting rows.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::batch::prepared;
use crate::driver::BoxFuture;
use crate::error::Result;
use crate::filter::Filter;
use crate::model::Model;
use crate::plan;
use crate::session::Session;

/// A count of the rows that the caller can see. It runs when it is awaited.
#[derive(Debug)]
#[must_use = "a query does nothing until it is awaited"]
pub struct Count<'a, M> {
    session: &'a Session,
    plan: plan::Count,
    of: PhantomData<fn() -> M>,
}

impl<'a, M: Model> Count<'a, M> {
    pub(crate) const fn new(session: &'a Session) -> Self {
        Self { session, plan: plan::Count { find: plan::Find::new(M::ID) }, of: PhantomData }
    }

    /// Only rows that satisfy `filter`, and every filter given before.
    pub fn filter(mut self, filter: impl FnOnce(M::Fields) -> Filter<M>) -> Self {
        self.plan.find.and(filter(M::FIELDS).plan);
        self
    }

    /// Only rows that satisfy `filter`, if there is a value; otherwise no condition.
    pub fn filter_some<T>(self, value: Option<T>, filter: impl FnOnce(M::Fields, T) -> Filter<M>) -> Self {
        match value {
            Some(value) => self.filter(|fields| filter(fields, value)),
            None => self,
        }
    }

    /// Counts no further than `n`.
    pub fn take(mut self, n: u32) -> Self {
        self.plan.find.take = Some(n.into());
        self
    }

    /// Leaves `n` rows out of the count.
    pub fn skip(mut self, n: u32) -> Self {
        self.plan.find.skip = Some(n);
        self
    }
}

impl<'a, M: Model> IntoFuture for Count<'a, M> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.session.count(&self.plan).await })
    }
}

prepared!([M: Model] Count<M> { plan } gives u64);
