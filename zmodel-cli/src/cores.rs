//! Work that several cores can share.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What is taken at once. Fewer are done sooner than a thread is started.
const AT_ONCE: usize = 16;

/// How many there are.
pub(crate) fn count() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// What `work` makes of each item, in order; this thread does `beside` first.
pub(crate) fn on_all<T: Sync, R: Send, B>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    beside: impl FnOnce() -> B,
) -> (Vec<R>, B) {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done: Vec<(usize, Vec<R>)> = Vec::new();
        loop {
            let start = next.fetch_add(AT_ONCE, Ordering::Relaxed);
            let Some(rest) = items.get(start..).filter(|rest| !rest.is_empty()) else { return done };
            done.push((start, rest.iter().take(AT_ONCE).map(&work).collect()));
        }
    };
    let cores = count().min(items.len().div_ceil(AT_ONCE));
    let (mut done, beside) = thread::scope(|scope| {
        let others: Vec<_> = (1..cores).map(|_| scope.spawn(take)).collect();
        let beside = beside();
        let mut done = take();
        for other in others {
            // If it panicked, so do we.
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        (done, beside)
    });
    done.sort_by_key(|(start, _)| *start);
    (done.into_iter().flat_map(|(_, some)| some).collect(), beside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_done_once_and_in_order() {
        for length in [0, 1, AT_ONCE, AT_ONCE + 1, 1000] {
            let items: Vec<usize> = (0..length).collect();
            let (doubled, beside) = on_all(&items, |item| item * 2, || "beside");
            assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
            assert_eq!(beside, "beside");
        }
    }
}
