//! Many rows, without holding all of them.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::gather::Gather;
use crate::include::Shape;
use crate::model::Model;
use crate::plan;
use crate::session::Session;
use crate::value::Value;

/// So many rows are read at once.
const BATCH: i64 = 256;

/// Rows that are read as they are needed: see [`Find::stream`](crate::find::Find::stream).
///
/// ```text
/// let mut posts = me.post().find_many().order_by(|p| p.created_at.asc()).stream();
/// while let Some(post) = posts.next().await? { … }
/// ```
#[must_use = "a stream reads nothing until it is asked for rows"]
pub struct Stream<'a, M, S: Shape<M>> {
    state: State<'a>,
    rows: VecDeque<S::Out>,
    of: PhantomData<fn() -> M>,
}

enum State<'a> {
    /// There may be more rows.
    Reading {
        session: &'a Session,
        plan: Box<plan::Find>,
        left: Option<i64>,
    },
    /// It could not begin; said once.
    Failed(Error),
    Done,
}

impl<M, S: Shape<M>> fmt::Debug for Stream<'_, M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("waiting", &self.rows.len()).finish_non_exhaustive()
    }
}

impl<'a, M: Model, S: Shape<M>> Stream<'a, M, S> {
    pub(crate) fn new(parts: Result<(&'a Session, Box<plan::Find>, bool)>) -> Self {
        let state = match parts {
            Ok((_, plan, _)) if plan.take.is_some_and(i64::is_negative) => {
                State::Failed(Error::invalid("a stream starts at the first row: turn the order around instead"))
            }
            Ok((session, mut plan, _)) => {
                plan.places = true;
                let left = plan.take;
                State::Reading { session, plan, left }
            }
            Err(error) => State::Failed(error),
        };
        Self { state, rows: VecDeque::new(), of: PhantomData }
    }

    /// The next row, or `None` after the last.
    ///
    /// # Errors
    /// A batch cannot be read; the stream ends with it.
    pub async fn next(&mut self) -> Result<Option<S::Out>> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                return Ok(Some(row));
            }
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Ok(None),
                State::Failed(error) => return Err(error),
                State::Reading { session, mut plan, left } => {
                    let wanted = left.unwrap_or(BATCH).min(BATCH);
                    plan.take = Some(wanted);
                    let mut place: Vec<Value> = Vec::new();
                    let mut gather = Gather::<Vec<_>, _>::new(|row| {
                        let read = S::decode(row)?;
                        place = row.rest()?;
                        Ok(read)
                    });
                    let count = session.find_by(&plan, false, &mut gather).await?;
                    self.rows = gather.into_kept().into();
                    let count = i64::try_from(count).unwrap_or(i64::MAX);
                    let left = left.map(|left| left.saturating_sub(count));
                    if count == wanted && left != Some(0) {
                        plan.skip = None;
                        plan.cursor = Some(plan::Cursor { at: plan::Place::Values(place), inclusive: false });
                        self.state = State::Reading { session, plan, left };
                    }
                }
            }
        }
    }
}
