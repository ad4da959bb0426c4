//! Several queries in one transaction, with their results as they are typed.
//!
//! `client.batch((a, b))` takes a tuple of queries that are not awaited yet, or a `Vec` or an array of queries of one
//! kind, runs them in their order, and gives what each of them gives. All of them are done or none.
//!
//! Over a network, queries that are one statement each are sent together, without waiting for the answer to each: a batch
//! of them is two round trips, the second of which makes it permanent. Where hooks are to be told of each call, they wait
//! for each other.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::driver::BoxFuture;
use crate::error::{Error, Result};
use crate::session::{Session, Turn, Waiting, turns};
use crate::transaction::Begin;

/// So many queries of a list are on their way at most.
const MOST: usize = 64;

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
    fn run_in<'s>(self, sessions: &'s Sessions<'s>) -> BoxFuture<'s, Result<Self::Out>>
    where
        Self: 's;
}

/// What a batch is asked of, and the transaction in it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Sessions<'s> {
    outer: &'s Session,
    inner: &'s Session,
}

impl Sessions<'_> {
    /// Runs a query as who asks, in the transaction, when it is its turn.
    async fn run<Q: Prepared>(&self, query: Q, (before, turn): (Waiting, Turn)) -> Result<Q::Out> {
        if let Some(before) = before
            && before.await.is_err()
        {
            // The error of that one is what the batch gives.
            return Err(Error::internal("the query before it failed"));
        }
        let Some(session) = query.asked_by().moved(self.outer, self.inner) else {
            return Err(Error::invalid("a query of a batch belongs to another database or another transaction"));
        };
        let session = session.in_turn(turn.clone());
        let out = query.run_in(&session).await?;
        turn.pass();
        Ok(out)
    }
}

/// A query that runs beside others, or its result.
enum Running<F: Future> {
    On(Pin<Box<F>>),
    Over(Option<F::Output>),
}

impl<F: Future> Running<F> {
    fn new(work: F) -> Self {
        Self::On(Box::pin(work))
    }

    /// Goes on with it; whether it is over.
    fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        let Self::On(work) = self else { return true };
        let Poll::Ready(out) = work.as_mut().poll(cx) else { return false };
        *self = Self::Over(Some(out));
        true
    }
}

impl<F: Future<Output = Result<T>>, T> Running<F> {
    fn result(self) -> Result<T> {
        match self {
            Self::Over(Some(out)) => out,
            _ => Err(Error::internal("a query of a batch is not over")),
        }
    }
}

impl Session {
    /// Runs queries one after the other in one transaction, and gives what each gives; all of them are done or none. Each
    /// sees what those before it have done.
    ///
    /// # Errors
    /// That of the first query that fails; [`Error::Invalid`] for a query of another database or transaction.
    pub async fn batch<B: Batch>(&self, queries: B) -> Result<B::Out> {
        let transaction = Begin::new(self, |session| session).await?;
        match queries.run_in(&Sessions { outer: self, inner: &transaction }).await {
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

    fn run_in<'s>(self, sessions: &'s Sessions<'s>) -> BoxFuture<'s, Result<Self::Out>>
    where
        Self: 's,
    {
        Box::pin(async move {
            let mut all: Vec<_> =
                self.into_iter().zip(turns()).map(|(query, turn)| Running::new(sessions.run(query, turn))).collect();
            let mut first = 0;
            poll_fn(|cx| {
                // Whether the first of them is over; then another one can begin.
                let mut one_less = true;
                while one_less {
                    one_less = false;
                    for (at, running) in all.iter_mut().skip(first).take(MOST).enumerate() {
                        one_less |= running.poll(cx) && at == 0;
                    }
                    first += usize::from(one_less);
                }
                if first == all.len() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            all.into_iter().map(Running::result).collect()
        })
    }
}

impl<Q: Prepared, const N: usize> Batch for [Q; N] {
    type Out = [Q::Out; N];

    fn run_in<'s>(self, sessions: &'s Sessions<'s>) -> BoxFuture<'s, Result<Self::Out>>
    where
        Self: 's,
    {
        Box::pin(async move {
            let all = Vec::from(self).run_in(sessions).await?;
            all.try_into().map_err(|_| Error::internal("a batch gives another number of results"))
        })
    }
}

fn no_turn() -> Error {
    Error::internal("a query without a turn")
}

macro_rules! tuples {
    ($($($query:ident)*;)*) => {$(
        impl<$($query: Prepared),*> Batch for ($($query,)*) {
            type Out = ($($query::Out,)*);

            fn run_in<'s>(self, sessions: &'s Sessions<'s>) -> BoxFuture<'s, Result<Self::Out>>
            where
                Self: 's,
            {
                #[expect(non_snake_case, reason = "each is called like its type")]
                let ($($query,)*) = self;
                Box::pin(async move {
                    let mut turns = turns();
                    // In the order in which they are written.
                    $(
                        #[expect(non_snake_case, reason = "each is called like its type")]
                        let mut $query = Running::new(sessions.run($query, turns.next().ok_or_else(no_turn)?));
                    )*
                    poll_fn(|cx| {
                        let mut over = true;
                        $(over &= $query.poll(cx);)*
                        if over { Poll::Ready(()) } else { Poll::Pending }
                    })
                    .await;
                    Ok(($($query.result()?,)*))
                })
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
