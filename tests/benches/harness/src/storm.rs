//! Sixty-four tasks at once, some of which run long statements, and a timer beside them.
//!
//! A driver that runs statements where they are asked for holds the threads of the async runtime meanwhile; how late the
//! timer is says how long everything else waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::data;
use crate::operation::Rival;

/// How many tasks there are.
const TASKS: u64 = 64;
/// How many of them run long statements.
const LONG: u64 = 4;
/// How many of them read lists.
const LISTS: u64 = 12;

/// Point reads, lists and long statements a second, then how late a timer of a millisecond was: the median, the 99th
/// percentile and the most, in microseconds.
pub(crate) async fn run<R: Rival>(rival: Arc<R>, seconds: u64) -> String {
    let until = Instant::now() + Duration::from_secs(seconds);
    let done: Arc<[AtomicU64; 3]> = Arc::default();
    let mut tasks = Vec::new();
    for task in 0..TASKS {
        let (rival, done) = (Arc::clone(&rival), Arc::clone(&done));
        tasks.push(tokio::spawn(async move {
            let mut n = task;
            while Instant::now() < until {
                let kind = if task < LONG {
                    let _ = rival.long().await;
                    2
                } else if task < LONG + LISTS {
                    let _ = rival.list().await;
                    1
                } else {
                    let _ = rival.find_unique(data::some_post(n)).await;
                    0
                };
                done[kind].fetch_add(1, Ordering::Relaxed);
                n += TASKS;
                // A handler has something else to do between two statements.
                tokio::task::yield_now().await;
            }
        }));
    }
    let mut late = Vec::new();
    while Instant::now() < until {
        let begun = Instant::now();
        tokio::time::sleep(Duration::from_millis(1)).await;
        late.push(begun.elapsed().saturating_sub(Duration::from_millis(1)).as_micros());
    }
    for task in tasks {
        task.await.expect("a task");
    }
    late.sort_unstable();
    let at = |part: usize| late.get((late.len() * part / 100).min(late.len() - 1)).copied().unwrap_or_default();
    let [point, list, long] = [0, 1, 2].map(|kind: usize| done[kind].load(Ordering::Relaxed) / seconds);
    format!("{point} {list} {long} {} {} {}", at(50), at(99), at(100))
}
