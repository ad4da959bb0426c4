//! Orders of rows.

use std::marker::PhantomData;

use crate::plan::{self, Direction};
use crate::schema::FieldId;

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

    /// Where this order has two rows at the same place, `next` decides.
    pub fn then(mut self, next: Self) -> Self {
        self.list.extend(next.list);
        self
    }
}
