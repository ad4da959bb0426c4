//! How long statements take, to decide where the next one like them runs.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use foldhash::fast::FixedState;

/// What takes no longer than this millisecond holds up nobody: no timer of the runtime is more precise than that. Handing it
/// to another thread and back, where what it reads is not at hand, takes up to a tenth of it.
const QUICK: u32 = 1_000;
/// A single delay, as when the machine is busy with something else, must not say much about a statement.
const AT_MOST: u32 = 8 * QUICK;
/// How many statements are told apart. Two in the same place are taken for one, which costs time and nothing else.
const PLACES: usize = 1024;
/// There is room for so many rows at most before there are any.
const MOST_ROOM: u32 = 2_048;

/// What is remembered of the statements that ran lately.
pub(super) struct Paces(Box<[Pace]>);

/// How a statement, or another in the same place, went.
#[derive(Default)]
pub(super) struct Pace {
    /// Microseconds, an average in which the last one counts a quarter; 0 for what never ran.
    micros: AtomicU32,
    /// How many rows the last answer had.
    rows: AtomicU32,
}

impl Paces {
    pub(super) fn new() -> Self {
        Self((0..PLACES).map(|_| Pace::default()).collect())
    }

    pub(super) fn of(&self, text: &str) -> Option<&Pace> {
        let hash = FixedState::default().hash_one(text);
        self.0.get(usize::try_from(hash % PLACES as u64).ok()?)
    }
}

impl Pace {
    /// Whether the statement has lately been quick.
    pub(super) fn is_quick(&self) -> bool {
        (1..=QUICK).contains(&self.micros.load(Ordering::Relaxed))
    }

    /// Notes how long the statement took.
    pub(super) fn note(&self, spent: Duration) {
        let spent = u32::try_from(spent.as_micros()).unwrap_or(AT_MOST).clamp(1, AT_MOST);
        let before = self.micros.load(Ordering::Relaxed);
        let after = if before == 0 { spent } else { (before * 3 + spent).div_ceil(4) };
        self.micros.store(after, Ordering::Relaxed);
    }

    /// For how many rows there should be room.
    pub(super) fn room(&self) -> usize {
        self.rows.load(Ordering::Relaxed) as usize
    }

    /// Notes how many rows there were.
    pub(super) fn filled(&self, rows: u64) {
        self.rows.store(u32::try_from(rows).unwrap_or(MOST_ROOM).min(MOST_ROOM), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_quick_while_it_takes_little_time() {
        let paces = Paces::new();
        let (a, b) = (paces.of("a").unwrap(), paces.of("b").unwrap());
        assert!(!a.is_quick());
        a.note(Duration::from_micros(40));
        assert!(a.is_quick());
        assert!(!b.is_quick());
        a.note(Duration::from_micros(800));
        assert!(a.is_quick(), "once is no habit");
        for _ in 0..3 {
            a.note(Duration::from_secs(5));
        }
        assert!(!a.is_quick());
        for _ in 0..20 {
            a.note(Duration::from_micros(40));
        }
        assert!(a.is_quick());
    }
}
