//! Several queries in one transaction, with their results as they are typed.
//!
//! `client.batch((a, b))` takes a tuple of queries that are not awaited yet, or a `Vec` or an array of queries of one
//! kind, runs them in their order, and gives what each of them gives. All of them are done or none.

use crate::driver::BoxFuture;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::transaction::Begin;

/// A query that is ready to run: what the operations of a client give.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no query that is ready to run",
    note = "give the batch queries that are not awaited yet: `client.batch((client.post().find_many(), …))`"
)]
pub trait Prepared: Send + Sized {
    /// What it gives.
    type Out: Send;

    /// Who asks.
    #[doc(hidden)]
    fn asked_by(&self) -> &Session;

    /// Runs it in another session.
    #[doc(hidden)]
    fn run_in<'s>(self, session: &'s Session) -> BoxFuture<'s, Result<Self::Out>>
    where
        Self: 's;
}

/// Queries that run one after the other in one transaction.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no batch of queries",
    note = "a batch is a tuple of queries, or a `Vec` or an array of queries of one kind"
)]
pub trait Batch: Send + Sized {
    /// What they give, each in its place.
    type Out: Send;

    /// Runs them where they belong.
    #[doc(hidden)]
    fn run_in<'p>(self, place: &'p Place<'p>) -> BoxFuture<'p, Result<Self::Out>>
    where
        Self: 'p;
}

/// The transaction of a batch.
#[doc(hidden)]
#[derive(Debug)]
pub struct Place<'p> {
    outer: &'p Session,
    inner: &'p Session,
}

impl Place<'_> {
    /// Runs a query as who asks, in the transaction.
    async fn run<Q: Prepared>(&self, query: Q) -> Result<Q::Out> {
        let Some(session) = query.asked_by().moved(self.outer, self.inner) else {
            return Err(Error::invalid("a query of a batch belongs to another database or another transaction"));
        };
        query.run_in(&session).await
    }
}

impl Session {
    /// Runs queries one after the other in one transaction, and gives what each gives; all of them are done or none.
    ///
    /// # Errors
    /// That of the first query that fails; [`Error::Invalid`] for a query of another database or transaction.
    pub async fn batch<B: Batch>(&self, queries: B) -> Result<B::Out> {
        let transaction = Begin::new(self, |session| session).await?;
        match queries.run_in(&Place { outer: self, inner: &transaction }).await {
            Ok(out) => {
                transaction.commit().await?;
                Ok(out)
            }
            Err(error) => {
                transaction.rollback().await;
                Err(error)
            }
        }
    }
}

impl<Q: Prepared> Batch for Vec<Q> {
    type Out = Vec<Q::Out>;

    fn run_in<'p>(self, place: &'p Place<'p>) -> BoxFuture<'p, Result<Self::Out>>
    where
        Self: 'p,
    {
        Box::pin(async move {
            let mut all = Vec::with_capacity(self.len());
            for query in self {
                all.push(place.run(query).await?);
            }
            Ok(all)
        })
    }
}

impl<Q: Prepared, const N: usize> Batch for [Q; N] {
    type Out = [Q::Out; N];

    fn run_in<'p>(self, place: &'p Place<'p>) -> BoxFuture<'p, Result<Self::Out>>
    where
        Self: 'p,
    {
        Box::pin(async move {
            let all = Vec::from(self).run_in(place).await?;
            all.try_into().map_err(|_| Error::internal("a batch gives another number of results"))
        })
    }
}

macro_rules! tuples {
    ($($($query:ident)*;)*) => {$(
        impl<$($query: Prepared),*> Batch for ($($query,)*) {
            type Out = ($($query::Out,)*);

            fn run_in<'p>(self, place: &'p Place<'p>) -> BoxFuture<'p, Result<Self::Out>>
            where
                Self: 'p,
            {
                #[expect(non_snake_case, reason = "each is called like its type")]
                let ($($query,)*) = self;
                // In the order in which they are written.
                Box::pin(async move { Ok(($(place.run($query).await?,)*)) })
            }
        }
    )*};
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}

/// Makes a builder a [`Prepared`] query: what it is, what it has besides its session, and what it gives.
macro_rules! prepared {
    ([$($bounds:tt)*] $builder:ident<$($of:ty),*> { $($field:ident),* } gives $out:ty) => {
        impl<'a, $($bounds)*> crate::batch::Prepared for $builder<'a, $($of),*> {
            type Out = $out;

            fn asked_by(&self) -> &Session {
                self.session
            }

            fn run_in<'s>(self, session: &'s Session) -> BoxFuture<'s, Result<Self::Out>>
            where
                Self: 's,
            {
                let Self { $($field,)* .. } = self;
                $builder::<'s, $($of),*> { session, $($field,)* of: PhantomData }.into_future()
            }
        }
    };
}

pub(crate) use prepared;
