//! Orders of rows.

use std::marker::PhantomData;

use crate::plan::{self, Direction, Nulls, OrderBy};
use crate::schema::{FieldId, RelationId};

/// An order of the rows of `M`: `post.created_at.desc().then(post.id.asc())`.
#[derive(Debug, Clone)]
#[must_use = "an order does nothing until it is given to a query"]
pub struct Order<M> {
    pub(crate) list: Vec<plan::Order>,
    model: PhantomData<fn() -> M>,
}

impl<M> Order<M> {
    pub(crate) fn by(field: FieldId, direction: Direction) -> Self {
        Self { list: vec![plan::Order::field(field, direction)], model: PhantomData }
    }

    pub(crate) fn of(by: OrderBy, direction: Direction) -> Self {
        Self { list: vec![plan::Order { by, direction, nulls: None }], model: PhantomData }
    }

    pub(crate) fn by_count(relation: RelationId, filter: plan::Filter, direction: Direction) -> Self {
        Self::of(OrderBy::Count(relation, filter), direction)
    }

    /// The order of the rows that a to-one relation leads to.
    pub(crate) fn through<T>(relation: RelationId, order: Order<T>) -> Self {
        let lead = |order: plan::Order| plan::Order { by: OrderBy::Related(relation, Box::new(order.by)), ..order };
        Self { list: order.list.into_iter().map(lead).collect(), model: PhantomData }
    }

    /// Where this order has two rows at the same place, `next` decides.
    pub fn then(mut self, next: Self) -> Self {
        self.list.extend(next.list);
        self
    }

    /// NULLs come first. Of several parts, the last one is meant: `a.asc().then(b.desc().nulls_first())`.
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
