//! Writes along relations, in the words of Prisma.
//!
//! ```ignore
//! client.post().update(1).along(|post| post.comments, |comments| {
//!     comments.create([comment::New { text: "First".into(), post_id: Parent }])
//!         .update(7, |comment| comment.set(|c| c.approved, true))
//!         .delete_many(|comment| comment.approved.eq(false))
//! }).await?;
//! ```
//!
//! All of it is done or nothing. The row whose foreign key changes is the one whose rules are asked about the update; the
//! row at its other end must be one that the caller can see.

use std::fmt;
use std::marker::PhantomData;

use crate::draft::Draft;
use crate::edit::Edit;
use crate::filter::Filter;
use crate::include::{Many, One};
use crate::model::{Creatable, Model, Values, Writable};
use crate::plan::{self, Key, Nested, NestedWrite};
use crate::schema::RelationId;

/// A relation of `M` that can be written along.
pub trait Handle<M> {
    /// What can be done along it.
    type Writes: Default;

    /// Its position, and what was asked for.
    #[doc(hidden)]
    fn into_parts(self, writes: Self::Writes) -> (RelationId, Vec<NestedWrite>);
}

/// What is asked for along a relation.
pub(crate) fn along<M, R: Handle<M>>(
    relation: R,
    writes: impl FnOnce(R::Writes) -> R::Writes,
) -> impl Iterator<Item = Nested> {
    let (relation, writes) = relation.into_parts(writes(R::Writes::default()));
    writes.into_iter().map(move |write| Nested { relation, write })
}

impl<M, T: Writable, P> Handle<M> for One<M, T, P> {
    type Writes = OneWrites<T>;

    fn into_parts(self, writes: OneWrites<T>) -> (RelationId, Vec<NestedWrite>) {
        (self.id(), writes.list)
    }
}

impl<M, T: Writable> Handle<M> for Many<M, T> {
    type Writes = ManyWrites<T>;

    fn into_parts(self, writes: ManyWrites<T>) -> (RelationId, Vec<NestedWrite>) {
        (self.id(), writes.list)
    }
}

macro_rules! writes {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[must_use = "writes do nothing until they are given to a query"]
        pub struct $name<T> {
            list: Vec<NestedWrite>,
            of: PhantomData<fn() -> T>,
        }

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self { list: Vec::new(), of: PhantomData }
            }
        }

        /// Says how many there are, and none of their values.
        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("writes", &self.list.len()).finish_non_exhaustive()
            }
        }

        impl<T: Model> $name<T> {
            fn with(mut self, write: NestedWrite) -> Self {
                self.list.push(write);
                self
            }

            /// Makes the row with this key a related one. It must be one that the caller can see.
            pub fn connect(self, key: impl Into<T::Key>) -> Self {
                self.with(NestedWrite::Connect(key_of::<T>(key)))
            }

            /// Makes the row with this key a related one, or a new one if the caller sees no such row.
            pub fn connect_or_create(self, key: impl Into<T::Key>, new: impl Into<Draft<T>>) -> Self
            where
                T: Creatable,
            {
                self.with(NestedWrite::ConnectOrCreate(key_of::<T>(key), new.into().new))
            }
        }
    };
}

writes! {
    /// What is done along a relation to one row.
    OneWrites
}

writes! {
    /// What is done along a relation to many rows.
    ManyWrites
}

fn key_of<T: Model>(key: impl Into<T::Key>) -> Key {
    Key { unique: key.into().into().plan, when: None }
}

const EVERY: plan::Filter = plan::Filter::Constant(true);

impl<T: Writable> OneWrites<T> {
    /// Makes a related row.
    pub fn create(self, new: impl Into<Draft<T>>) -> Self
    where
        T: Creatable,
    {
        self.with(NestedWrite::Create(new.into().new))
    }

    /// Takes the relation away, and leaves the row at its other end.
    pub fn disconnect(self) -> Self {
        self.with(NestedWrite::Disconnect(EVERY))
    }

    /// Changes the related row; it is an error if there is none that the caller may change.
    pub fn update(self, edit: impl FnOnce(Edit<T>) -> Edit<T>) -> Self {
        self.with(NestedWrite::Update(EVERY, edit(Edit::new()).changes))
    }

    /// Changes the related row if it satisfies `filter`; it is an error if there is none that does and that the caller
    /// may change.
    pub fn update_if(self, filter: impl FnOnce(T::Fields) -> Filter<T>, edit: impl FnOnce(Edit<T>) -> Edit<T>) -> Self {
        self.with(NestedWrite::Update(filter(T::FIELDS).plan, edit(Edit::new()).changes))
    }

    /// Takes the relation away if the row at its other end satisfies `filter`.
    pub fn disconnect_if(self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> Self {
        self.with(NestedWrite::Disconnect(filter(T::FIELDS).plan))
    }

    /// Deletes the related row if it satisfies `filter`; it is an error if there is none that does and that the caller
    /// may delete.
    pub fn delete_if(self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> Self {
        self.with(NestedWrite::Delete(filter(T::FIELDS).plan))
    }

    /// Changes the related row if it satisfies `filter`, or makes one if there is none that does and that the caller may
    /// change.
    pub fn upsert_if(
        self,
        filter: impl FnOnce(T::Fields) -> Filter<T>,
        new: impl Into<Draft<T>>,
        edit: impl FnOnce(Edit<T>) -> Edit<T>,
    ) -> Self
    where
        T: Creatable,
    {
        self.with(NestedWrite::Upsert(filter(T::FIELDS).plan, new.into().new, edit(Edit::new()).changes))
    }

    /// Changes the related row, or makes one if there is none that the caller may change.
    pub fn upsert(self, new: impl Into<Draft<T>>, edit: impl FnOnce(Edit<T>) -> Edit<T>) -> Self
    where
        T: Creatable,
    {
        self.with(NestedWrite::Upsert(EVERY, new.into().new, edit(Edit::new()).changes))
    }

    /// Deletes the related row; it is an error if there is none that the caller may delete.
    pub fn delete(self) -> Self {
        self.with(NestedWrite::Delete(EVERY))
    }
}

impl<T: Writable> ManyWrites<T> {
    /// Makes related rows.
    pub fn create<R: Into<Draft<T>>>(mut self, rows: impl IntoIterator<Item = R>) -> Self
    where
        T: Creatable,
    {
        self.list.extend(rows.into_iter().map(|row| NestedWrite::Create(row.into().new)));
        self
    }

    /// Makes related rows without relations of their own, with as few statements as the rules permit.
    pub fn create_many<R: Into<Values<T>>>(self, rows: impl IntoIterator<Item = R>) -> Self
    where
        T: Creatable,
    {
        let rows = rows.into_iter().map(|row| row.into().list).collect();
        self.with(NestedWrite::CreateMany(rows, false))
    }

    /// Makes related rows as [`ManyWrites::create_many`] does, and leaves out those that a unique constraint refuses.
    pub fn create_missing<R: Into<Values<T>>>(self, rows: impl IntoIterator<Item = R>) -> Self
    where
        T: Creatable,
    {
        let rows = rows.into_iter().map(|row| row.into().list).collect();
        self.with(NestedWrite::CreateMany(rows, true))
    }

    /// Takes the relation to the row with this key away, and leaves the row. Without such a related row, nothing
    /// happens.
    pub fn disconnect(self, key: impl Into<T::Key>) -> Self {
        self.with(NestedWrite::Disconnect(key_of::<T>(key).unique))
    }

    /// Makes these rows the related ones, and all others related no more.
    pub fn set<K: Into<T::Key>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.with(NestedWrite::Set(keys.into_iter().map(key_of::<T>).collect()))
    }

    /// Changes the related row with this key; it is an error if there is none that the caller may change.
    pub fn update(self, key: impl Into<T::Key>, edit: impl FnOnce(Edit<T>) -> Edit<T>) -> Self {
        self.with(NestedWrite::Update(key_of::<T>(key).unique, edit(Edit::new()).changes))
    }

    /// Changes the related row with this key, or makes a related row if there is none that the caller may change.
    pub fn upsert(self, key: impl Into<T::Key>, new: impl Into<Draft<T>>, edit: impl FnOnce(Edit<T>) -> Edit<T>) -> Self
    where
        T: Creatable,
    {
        self.with(NestedWrite::Upsert(key_of::<T>(key).unique, new.into().new, edit(Edit::new()).changes))
    }

    /// Changes the related rows that match, of those that the caller may change. What `edit` does along relations is
    /// not done here.
    pub fn update_many(
        self,
        filter: impl FnOnce(T::Fields) -> Filter<T>,
        edit: impl FnOnce(Edit<T>) -> Edit<T>,
    ) -> Self {
        let values = edit(Edit::new()).changes.values;
        self.with(NestedWrite::UpdateMany(filter(T::FIELDS).plan, values, None))
    }

    /// Changes at most `n` of the related rows that match, of those that the caller may change. What `edit` does along
    /// relations is not done here.
    pub fn update_at_most(
        self,
        n: u32,
        filter: impl FnOnce(T::Fields) -> Filter<T>,
        edit: impl FnOnce(Edit<T>) -> Edit<T>,
    ) -> Self {
        let values = edit(Edit::new()).changes.values;
        self.with(NestedWrite::UpdateMany(filter(T::FIELDS).plan, values, Some(n)))
    }

    /// Deletes the related row with this key; it is an error if there is none that the caller may delete.
    pub fn delete(self, key: impl Into<T::Key>) -> Self {
        self.with(NestedWrite::Delete(key_of::<T>(key).unique))
    }

    /// Deletes the related rows that match, of those that the caller may delete.
    pub fn delete_many(self, filter: impl FnOnce(T::Fields) -> Filter<T>) -> Self {
        self.with(NestedWrite::DeleteMany(filter(T::FIELDS).plan, None))
    }
}
