//! The answers that are still to come over a connection.
//!
//! A connection reads no further while it has more of an answer than there is room for. Whoever waited for a later answer,
//! and for that one only then, would wait for ever; so whoever waits for one takes all those before it.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use tokio::sync::{self, oneshot};

use super::other;
use crate::driver::BoxFuture;
use crate::error::DatabaseError;

/// Takes an answer, and leaves it where whoever waits for it finds it.
type Taking = BoxFuture<'static, ()>;

/// Answers to come, in the order in which they were asked for, which is the one in which they come. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Line(Arc<Answers>);

#[derive(Default)]
struct Answers {
    /// The one that comes next, held by whoever takes it: should he give up, the next one goes on with it.
    first: sync::Mutex<Option<Taking>>,
    others: Mutex<VecDeque<Taking>>,
}

impl Line {
    /// Sends something, whose answer comes after all the others.
    pub(super) fn send<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T, DatabaseError>> + Send + 'static,
    ) -> Place<T> {
        let mut future = Box::pin(future);
        if let Some(outcome) = (&mut future).now_or_never() {
            return Place::Known(outcome);
        }
        let (leave, outcome) = oneshot::channel();
        self.others(|others| {
            others.push_back(Box::pin(async move {
                // It is left for nobody if nobody waits for it any more.
                let _ = leave.send(future.await);
            }));
        });
        Place::Coming(self.clone(), outcome)
    }

    /// Whether everything was answered.
    pub(super) fn is_over(&self) -> bool {
        self.0.first.try_lock().is_ok_and(|first| first.is_none()) && self.others(|others| others.is_empty())
    }

    /// Waits until everything is answered that was sent.
    pub(super) async fn over(&self) {
        self.until(|| false).await;
    }

    /// Waits for something that is sent now and stands in no line: unless it is known at once, everything in this one is
    /// answered before.
    pub(super) async fn then<T: Send>(&self, future: impl Future<Output = T> + Send) -> T {
        let mut future: Pin<Box<_>> = Box::pin(future);
        if let Some(outcome) = (&mut future).now_or_never() {
            return outcome;
        }
        self.over().await;
        future.await
    }

    /// Takes one answer after the other, until the one is there, or there is none any more.
    async fn until(&self, is_there: impl Fn() -> bool) {
        while !is_there() {
            let mut first = self.0.first.lock().await;
            // Somebody else may have taken it meanwhile.
            if is_there() {
                return;
            }
            if first.is_none() {
                *first = self.others(VecDeque::pop_front);
            }
            let Some(taking) = first.as_mut() else { return };
            taking.await;
            *first = None;
        }
    }

    fn others<T>(&self, look: impl FnOnce(&mut VecDeque<Taking>) -> T) -> T {
        look(&mut self.0.others.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One answer in the line.
pub(super) enum Place<T> {
    /// It was answered at once: most likely it could not even be sent.
    Known(Result<T, DatabaseError>),
    Coming(Line, oneshot::Receiver<Result<T, DatabaseError>>),
}

impl<T> Place<T> {
    /// Waits for it, and for those before it.
    pub(super) async fn outcome(self) -> Result<T, DatabaseError> {
        let (line, mut outcome) = match self {
            Self::Known(outcome) => return outcome,
            Self::Coming(line, outcome) => (line, outcome),
        };
        line.until(|| !outcome.is_empty()).await;
        outcome.try_recv().unwrap_or_else(|error| Err(other(error)))
    }
}

/// A future that has begun: what it sends first is sent.
pub(super) fn sent<T: Send>(future: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
    let mut future: Pin<Box<_>> = Box::pin(future);
    let done = (&mut future).now_or_never();
    async move {
        match done {
            Some(outcome) => outcome,
            None => future.await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Something that is answered when the sender says what.
    fn asked(line: &Line) -> (oneshot::Sender<u8>, Place<u8>) {
        let (answer, coming) = oneshot::channel();
        (answer, line.send(async move { coming.await.map_err(other) }))
    }

    #[tokio::test]
    async fn whoever_waits_takes_what_comes_before() {
        let line = Line::default();
        let ((one, first), (two, second)) = (asked(&line), asked(&line));
        two.send(2).unwrap();
        let mut second = Box::pin(second.outcome());
        assert!((&mut second).now_or_never().is_none(), "the first one was not answered yet");
        one.send(1).unwrap();
        assert_eq!((second.await.unwrap(), line.is_over()), (2, true));
        assert_eq!(first.outcome().now_or_never().unwrap().unwrap(), 1);
    }

    #[tokio::test]
    async fn who_gives_up_leaves_the_others_their_answers() {
        let line = Line::default();
        let ((one, first), (two, second)) = (asked(&line), asked(&line));
        assert!(first.outcome().now_or_never().is_none());
        assert!(!line.is_over());
        let waiting = tokio::spawn(second.outcome());
        tokio::task::yield_now().await;
        one.send(1).unwrap();
        two.send(2).unwrap();
        assert_eq!((waiting.await.unwrap().unwrap(), line.is_over()), (2, true));
    }

    #[tokio::test]
    async fn many_can_wait_at_once() {
        let line = Line::default();
        let (answers, places): (Vec<_>, Vec<_>) = (0..20).map(|_| asked(&line)).unzip();
        let waiting: Vec<_> = places.into_iter().rev().map(|place| tokio::spawn(place.outcome())).collect();
        tokio::task::yield_now().await;
        for (number, answer) in (0..).zip(answers) {
            answer.send(number).unwrap();
            tokio::task::yield_now().await;
        }
        for (number, outcome) in (0..20).rev().zip(waiting) {
            assert_eq!(outcome.await.unwrap().unwrap(), number);
        }
        assert!(line.is_over());
    }

    #[tokio::test]
    async fn what_is_known_at_once_stands_in_no_line() {
        let line = Line::default();
        assert!(matches!(line.send(async { Ok(1) }), Place::Known(Ok(1))));
        let (answer, _place) = asked(&line);
        assert_eq!(line.then(async { 2 }).now_or_never(), Some(2));
        assert!(!line.is_over());
        answer.send(1).unwrap();
        line.over().await;
        assert!(line.is_over());
    }
}
