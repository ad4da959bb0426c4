//! Clients: an identity first, then queries.
//!
//! Generated code wraps these types: its `Db` has no queries, and its `Client` knows who is asking.

use std::marker::PhantomData;

use crate::aggregate::{Aggregate, Columns, GroupBy, Measures};
use crate::count::Count;
use crate::create::Create;
use crate::delete::Delete;
use crate::draft::Draft;
use crate::edit::Edit;
use crate::error::Result;
use crate::exists::Exists;
use crate::field::Field;
use crate::filter::Filter;
use crate::find::{All, Find, First, FirstOrErr};
use crate::include::Bare;
use crate::many::{CreateMany, DeleteMany, UpdateMany};
use crate::model::{Creatable, Model, Restorable, Values, Writable};
use crate::restore::{Restore, RestoreMany};
use crate::secret::Sealed;
use crate::session::Session;
use crate::update::Update;
use crate::upsert::{Upsert, UpsertMany};

/// Marks a client whose every query carries the rules.
#[derive(Debug, Clone, Copy)]
pub struct Guarded;

/// Marks a client to which no rule applies.
#[derive(Debug, Clone, Copy)]
pub struct Unguarded;

/// A client of a generated module, without its types: what can be called by name.
pub trait HasSession {
    /// Its session.
    fn session(&self) -> &Session;
}

impl HasSession for Session {
    fn session(&self) -> &Session {
        self
    }
}

/// The operations on one model, for one caller: what `client.post()` gives.
#[derive(Debug, Clone, Copy)]
pub struct Operations<'a, M> {
    session: &'a Session,
    of: PhantomData<fn() -> M>,
}

impl<'a, M: Model> Operations<'a, M> {
    /// The operations on `M` in a session; for generated code.
    #[must_use]
    pub const fn new(session: &'a Session) -> Self {
        Self { session, of: PhantomData }
    }

    /// Reads all rows that match: a `Vec`.
    pub fn find_many(self) -> Find<'a, M, Bare, All> {
        Find::new(self.session, None)
    }

    /// Reads the first row that matches: an `Option`.
    pub fn find_first(self) -> Find<'a, M, Bare, First> {
        Find::new(self.session, Some(1))
    }

    /// Reads the first row that matches, or fails with [`Error::NotFound`](crate::Error::NotFound).
    pub fn find_first_or_err(self) -> Find<'a, M, Bare, FirstOrErr> {
        Find::new(self.session, Some(1))
    }

    /// Reads the row with this key: an `Option`.
    pub fn find_unique(self, key: impl Into<M::Key>) -> Find<'a, M, Bare, First> {
        Find::by_key(self.session, key)
    }

    /// Reads the row with this key, or fails with [`Error::NotFound`](crate::Error::NotFound).
    pub fn find_unique_or_err(self, key: impl Into<M::Key>) -> Find<'a, M, Bare, FirstOrErr> {
        Find::by_key(self.session, key)
    }

    /// Whether a row matches.
    pub fn exists(self) -> Exists<'a, M> {
        Exists::new(self.session)
    }

    /// Summarizes the rows that match: `.aggregate(|post| (rows(), post.views.sum()))`.
    pub fn aggregate<A: Measures<M>>(self, measures: impl FnOnce(M::Fields) -> A) -> Aggregate<'a, M, A> {
        Aggregate::new(self.session, measures)
    }

    /// Summarizes the rows that match in groups: `.group_by(|post| post.author_id).measure(|post| post.views.sum())`.
    pub fn group_by<K: Columns<M>>(self, by: impl FnOnce(M::Fields) -> K) -> GroupBy<'a, M, K> {
        GroupBy::new(self.session, by)
    }

    /// Counts the rows that match.
    pub fn count(self) -> Count<'a, M> {
        Count::new(self.session)
    }

    /// Inserts a row.
    pub fn create(self, new: M::New) -> Create<'a, M>
    where
        M: Creatable,
    {
        Create::new(self.session, new)
    }

    /// Inserts a row, keys of which come from what is done along its relations:
    /// `.create_draft(comment::New { text, post_id: Related }.draft().along(|comment| comment.post, |post| post.create(..)))`.
    ///
    /// # Errors
    /// Those of [`Operations::create`], and [`Error::Invalid`](crate::Error::Invalid) for a key that nothing gives.
    pub fn create_draft(self, draft: impl Into<Draft<M>>) -> Create<'a, M>
    where
        M: Creatable,
    {
        Create::of_draft(self.session, draft.into())
    }

    /// Inserts rows, all or none.
    pub fn create_many<R: Into<Values<M>>>(self, rows: impl IntoIterator<Item = R>) -> CreateMany<'a, M>
    where
        M: Creatable,
    {
        CreateMany::new(self.session, rows)
    }

    /// Changes the row with this key as `edit` says, or inserts `new` if there is none that the caller may change.
    pub fn upsert(
        self,
        key: impl Into<M::Key>,
        new: impl Into<Draft<M>>,
        edit: impl FnOnce(Edit<M>) -> Edit<M>,
    ) -> Upsert<'a, M>
    where
        M: Creatable,
    {
        Upsert::new(self.session, key, new, edit)
    }

    /// Changes or inserts several rows, all or none: `.upsert_many().row(1, new, |post| post.set(|p| p.title, "Hi"))`.
    pub fn upsert_many(self) -> UpsertMany<'a, M>
    where
        M: Creatable,
    {
        UpsertMany::new(self.session)
    }

    /// Changes all rows that match.
    pub fn update_many(self) -> UpdateMany<'a, M>
    where
        M: Writable,
    {
        UpdateMany::new(self.session)
    }

    /// Deletes all rows that match.
    pub fn delete_many(self) -> DeleteMany<'a, M>
    where
        M: Writable,
    {
        DeleteMany::new(self.session)
    }

    /// Changes the row with this key.
    pub fn update(self, key: impl Into<M::Key>) -> Update<'a, M>
    where
        M: Writable,
    {
        Update::new(self.session, key)
    }

    /// Whether `password` is that of the row with this key, in a field marked `@password`:
    /// `.verify_password("ann", |user| user.password, "secret").await?`
    ///
    /// It is not where this caller sees no such row, or not this field of it. Who signs in is not signed in yet, so
    /// this is mostly asked by the program itself: `db.unguarded("sign-in")`. Every answer takes the same time; how often
    /// somebody may ask is for the application to limit.
    ///
    /// # Errors
    /// The database fails.
    pub async fn verify_password<T>(
        self,
        key: impl Into<M::Key>,
        field: impl FnOnce(M::Fields) -> Field<M, Sealed<T>, Sealed<T>>,
        password: &str,
    ) -> Result<bool> {
        let key: Filter<M> = key.into().into();
        self.session.verify_password(M::ID, &key.plan, field(M::FIELDS).id(), password).await
    }

    /// Restores the row with this key, which is marked as deleted.
    pub fn restore(self, key: impl Into<M::Key>) -> Restore<'a, M>
    where
        M: Restorable,
    {
        Restore::new(self.session, key)
    }

    /// Restores all rows that match and are marked as deleted.
    pub fn restore_many(self) -> RestoreMany<'a, M>
    where
        M: Restorable,
    {
        RestoreMany::new(self.session)
    }

    /// Deletes the row with this key.
    pub fn delete(self, key: impl Into<M::Key>) -> Delete<'a, M>
    where
        M: Writable,
    {
        Delete::new(self.session, key)
    }
}
