//! Groups of rows.

use std::future::IntoFuture;
use std::marker::PhantomData;

use super::{Columns, Having, Measures};
use crate::batch::prepared;
use crate::driver::BoxFuture;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::gather::Gather;
use crate::model::Model;
use crate::order::Order;
use crate::plan::{self, Direction, Grouped, Nulls, OrderBy};
use crate::session::Session;

/// An order of groups of rows of `M`, by what they share and by measures.
#[derive(Debug, Clone)]
#[must_use = "an order does nothing until it is given to a query"]
pub struct GroupOrder<M> {
    list: Vec<plan::GroupOrder>,
    pub(crate) asked: Vec<plan::Asked>,
    /// Whether a part of it is about no field of the rows.
    foreign: bool,
    model: PhantomData<fn() -> M>,
}

impl<M> GroupOrder<M> {
    pub(super) fn by(by: Grouped, direction: Direction) -> Self {
        let list = vec![plan::GroupOrder { by, direction, nulls: None }];
        Self { list, asked: Vec::new(), foreign: false, model: PhantomData }
    }

    /// Where this order has two groups at the same place, `next` decides.
    pub fn then(mut self, next: impl Into<Self>) -> Self {
        let next = next.into();
        self.list.extend(next.list);
        self.asked.extend(next.asked);
        self.foreign |= next.foreign;
        self
    }

    /// NULLs come first. Of several parts, the last one is meant.
    pub fn nulls_first(self) -> Self {
        self.nulls(Nulls::First)
    }

    /// NULLs come last. Of several parts, the last one is meant.
    pub fn nulls_last(self) -> Self {
        self.nulls(Nulls::Last)
    }

    fn nulls(mut self, nulls: Nulls) -> Self {
        if let Some(last) = self.list.last_mut() {
            last.nulls = Some(nulls);
        }
        self
    }
}

impl<M> From<Order<M>> for GroupOrder<M> {
    fn from(order: Order<M>) -> Self {
        let mut groups = Self { list: Vec::new(), asked: Vec::new(), foreign: false, model: PhantomData };
        for plan::Order { by, direction, nulls } in order.list {
            match by {
                OrderBy::Field(field) => {
                    groups.list.push(plan::GroupOrder { by: Grouped::Field(field), direction, nulls });
                }
                OrderBy::Asked(asked) => {
                    groups.list.push(plan::GroupOrder { by: Grouped::Field(asked.field), direction, nulls });
                    groups.asked.push(asked);
                }
                OrderBy::Related(..) | OrderBy::Count(..) | OrderBy::Relevance(..) => groups.foreign = true,
            }
        }
        groups
    }
}

/// Groups of rows that have the same values in some fields. It runs when it is awaited, and gives a `Vec` with what each
/// group shares and what is said of it.
#[derive(Debug)]
#[must_use = "a query does nothing until it is awaited"]
pub struct GroupBy<'a, M, K, A = ()> {
    session: &'a Session,
    plan: plan::GroupBy,
    foreign: bool,
    by: K,
    measures: A,
    of: PhantomData<fn() -> M>,
}

impl<'a, M: Model, K: Columns<M>> GroupBy<'a, M, K> {
    pub(crate) fn new(session: &'a Session, by: impl FnOnce(M::Fields) -> K) -> Self {
        let by = by(M::FIELDS);
        let mut plan = plan::GroupBy::new(M::ID, by.ids());
        by.asked(&mut plan.asked);
        Self { session, plan, foreign: false, by, measures: (), of: PhantomData }
    }

    /// What to say of each group.
    pub fn measure<A: Measures<M>>(self, measures: impl FnOnce(M::Fields) -> A) -> GroupBy<'a, M, K, A> {
        let Self { session, plan, foreign, by, .. } = self;
        GroupBy { session, plan, foreign, by, measures: measures(M::FIELDS), of: PhantomData }
    }
}

impl<M: Model, K, A> GroupBy<'_, M, K, A> {
    /// Only rows that satisfy `filter`, and every filter given before.
    pub fn filter(mut self, filter: impl FnOnce(M::Fields) -> Filter<M>) -> Self {
        let before = std::mem::replace(&mut self.plan.filter, plan::Filter::Constant(true));
        self.plan.filter = before.and(filter(M::FIELDS).plan);
        self
    }

    /// Only rows that satisfy `filter`, if there is a value; otherwise no condition.
    pub fn filter_some<T>(self, value: Option<T>, filter: impl FnOnce(M::Fields, T) -> Filter<M>) -> Self {
        match value {
            Some(value) => self.filter(|fields| filter(fields, value)),
            None => self,
        }
    }

    /// Only groups that satisfy `having`, and every such condition given before.
    pub fn having(mut self, having: impl FnOnce(M::Fields) -> Having<M>) -> Self {
        let before = std::mem::replace(&mut self.plan.having, plan::Having::Constant(true));
        let having = having(M::FIELDS);
        self.plan.having = before.and(having.plan);
        self.plan.asked.extend(having.asked);
        self
    }

    /// In this order: by fields that the groups share, and by measures.
    pub fn order_by<O: Into<GroupOrder<M>>>(mut self, order: impl FnOnce(M::Fields) -> O) -> Self {
        let order = order(M::FIELDS).into();
        self.plan.order = order.list;
        self.plan.asked.extend(order.asked);
        self.foreign = order.foreign;
        self
    }

    /// At most `n` groups.
    pub fn take(mut self, n: u32) -> Self {
        self.plan.take = Some(n.into());
        self
    }

    /// The last `n` groups of the order, or of the fields that they share without one.
    pub fn take_last(mut self, n: u32) -> Self {
        self.plan.take = Some(-i64::from(n));
        self
    }

    /// Without the first `n` groups.
    pub fn skip(mut self, n: u32) -> Self {
        self.plan.skip = Some(n);
        self
    }
}

impl<'a, M: Model, K: Columns<M> + 'a, A: Measures<M> + 'a> IntoFuture for GroupBy<'a, M, K, A> {
    type Output = Result<Vec<(K::Out, A::Out)>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { session, mut plan, foreign, by, measures, .. } = self;
        measures.plan(&mut plan.measures);
        measures.asked(&mut plan.asked);
        Box::pin(async move {
            if foreign {
                return Err(Error::invalid("groups are ordered by what they share and by measures, not by relations"));
            }
            let rows = session.group_by(&plan).await?;
            Gather::of(rows, move |row| Ok((by.read(row)?, measures.read(row)?)))
        })
    }
}

prepared!([M: Model, K: Columns<M> + Send, A: Measures<M> + Send] GroupBy<M, K, A> { plan, foreign, by, measures } gives Vec<(K::Out, A::Out)>);
