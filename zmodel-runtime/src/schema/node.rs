//! A child of a tree that can be a constant.

use std::ops::Deref;

/// A `Box` that can also be written in a constant, where it borrows.
#[derive(Debug, Clone)]
pub enum Node<T: 'static> {
    /// Part of the program.
    Static(&'static T),
    /// Built while the program runs.
    Owned(Box<T>),
}

impl<T> Node<T> {
    /// Puts `value` on the heap.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self::Owned(Box::new(value))
    }
}

impl<T> Deref for Node<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Static(value) => value,
            Self::Owned(value) => value,
        }
    }
}

impl<T: PartialEq> PartialEq for Node<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
