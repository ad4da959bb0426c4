//! Conditions on lists.

use super::{Field, Operand};
use crate::filter::Filter;
use crate::plan;
use crate::schema::Share;

impl<M, T, S> Field<M, Vec<T>, S> {
    /// The list has this value.
    pub fn has(self, value: impl Operand<T>) -> Filter<M> {
        Filter::new(plan::Filter::Has(self.id, value.into_operand()))
    }

    /// The list has one of these values.
    pub fn has_some<V: Operand<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<M> {
        self.share(Share::Some, values)
    }

    /// The list has each of these values.
    pub fn has_every<V: Operand<T>>(self, values: impl IntoIterator<Item = V>) -> Filter<M> {
        self.share(Share::Every, values)
    }

    /// The list has no value.
    pub fn is_empty(self) -> Filter<M> {
        Filter::new(plan::Filter::Empty(self.id))
    }

    fn share<V: Operand<T>>(self, share: Share, values: impl IntoIterator<Item = V>) -> Filter<M> {
        Filter::new(plan::Filter::Share(share, self.id, values.into_iter().map(V::into_operand).collect()))
    }
}
