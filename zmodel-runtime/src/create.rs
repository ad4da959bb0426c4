//! Inserting a row.

use std::future::IntoFuture;
use std::marker::PhantomData;

use crate::along::{Handle, along};
use crate::batch::prepared;
use crate::draft::Draft;
use crate::driver::BoxFuture;
use crate::error::{Error, Result};
use crate::field::{Field, Operand};
use crate::find::decode_first;
use crate::include::{Also, Bare, Include, Shape};
use crate::model::{Creatable, Values};
use crate::plan;
use crate::schema::FieldId;
use crate::session::Session;
use crate::value::Value;

/// An insert. It runs when it is awaited, if the rules allow the row, and gives the row back as the caller may read
/// it.
///
/// # Errors
/// [`Error::is_denied`] if the rules refuse the row; then nothing was inserted. [`Error::is_unreadable`] if it was
/// inserted but the caller may not read it. Violations of constraints as [`Error::Database`].
#[derive(Debug)]
#[must_use = "a create does nothing until it is awaited"]
pub struct Create<'a, M, S = Bare> {
    session: &'a Session,
    plan: plan::Create,
    shape: S,
    of: PhantomData<fn() -> M>,
}

/// Puts a value into a list of values; the last one given for a field counts.
pub(crate) fn assign(values: &mut Vec<(FieldId, Value)>, field: FieldId, value: Value) {
    match values.iter_mut().find(|(given, _)| *given == field) {
        Some((_, old)) => *old = value,
        None => values.push((field, value)),
    }
}

impl<'a, M: Creatable> Create<'a, M> {
    pub(crate) fn new(session: &'a Session, new: M::New) -> Self {
        let values: Values<M> = new.into();
        Self::of_draft(session, values.into())
    }

    pub(crate) fn of_draft(session: &'a Session, draft: Draft<M>) -> Self {
        let plan = plan::Create { model: M::ID, new: draft.new, includes: Vec::new() };
        Self { session, plan, shape: Bare, of: PhantomData }
    }

    /// Brings related rows along with the new row.
    pub fn include<I: Include<M>>(self, include: impl FnOnce(M::Fields) -> I) -> Create<'a, M, Also<I>> {
        Create { session: self.session, plan: self.plan, shape: Also(include(M::FIELDS)), of: PhantomData }
    }
}

impl<M: Creatable, S> Create<'_, M, S> {
    /// Gives a field a value: `.set(|post| post.published, true)`.
    pub fn set<T, S2, V: Operand<T>>(mut self, field: impl FnOnce(M::Fields) -> Field<M, T, S2>, value: V) -> Self {
        assign(&mut self.plan.new.values, field(M::FIELDS).id(), value.into_operand());
        self
    }

    /// Makes or connects related rows along with it, in the words of Prisma:
    /// `.along(|post| post.tags, |tags| tags.connect(1).create([tag::New { name: "new".into() }]))`.
    ///
    /// All of it is done or nothing. See [`along`](crate::along) for what the rules are asked.
    pub fn along<R: Handle<M>>(
        mut self,
        relation: impl FnOnce(M::Fields) -> R,
        writes: impl FnOnce(R::Writes) -> R::Writes,
    ) -> Self {
        self.plan.new.nested.extend(along(relation(M::FIELDS), writes));
        self
    }
}

impl<'a, M: Creatable, S: Shape<M> + 'a> IntoFuture for Create<'a, M, S> {
    type Output = Result<S::Out>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { session, mut plan, shape, .. } = self;
        plan.includes = crate::include::includes(shape, M::ID);
        let rows: BoxFuture<'a, _> = Box::pin(session.create(plan));
        Box::pin(async { decode_first::<M, S>(rows.await?)?.ok_or_else(|| Error::internal("an insert without a row")) })
    }
}

prepared!([M: Creatable, S: Shape<M> + Send] Create<M, S> { plan, shape } gives S::Out);
