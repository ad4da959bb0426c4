//! How long statements take, to decide where the next one like them runs.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use foldhash::fast::FixedState;

/// What takes no longer than this holds up nobody: handing it to another thread and back takes a tenth of it.
const QUICK: u32 = 300;
/// A single delay, as when the machine is busy with something else, must not say much about a statement.
const AT_MOST: u32 = 8 * QUICK;
/// How many statements are told apart. Two in the same place are taken for one, which costs time and nothing else.
const PLACES: usize = 1024;

/// The pace of the statements that ran lately: microseconds, an average in which the last one counts a quarter; 0 for
/// what never ran.
pub(super) struct Paces(Box<[AtomicU32]>);

impl Paces {
    pub(super) fn new() -> Self {
        Self((0..PLACES).map(|_| AtomicU32::new(0)).collect())
    }

    fn place(&self, text: &str) -> Option<&AtomicU32> {
        let hash = FixedState::default().hash_one(text);
        self.0.get(usize::try_from(hash % PLACES as u64).ok()?)
    }

    /// Whether a statement has lately been quick.
    pub(super) fn is_quick(&self, text: &str) -> bool {
        self.place(text).is_some_and(|pace| (1..=QUICK).contains(&pace.load(Ordering::Relaxed)))
    }

    /// Notes how long a statement took.
    pub(super) fn note(&self, text: &str, spent: Duration) {
        let Some(pace) = self.place(text) else { return };
        let spent = u32::try_from(spent.as_micros()).unwrap_or(AT_MOST).clamp(1, AT_MOST);
        let before = pace.load(Ordering::Relaxed);
        let after = if before == 0 { spent } else { (before * 3 + spent).div_ceil(4) };
        pace.store(after, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_quick_while_it_takes_little_time() {
        let paces = Paces::new();
        assert!(!paces.is_quick("a"));
        paces.note("a", Duration::from_micros(40));
        assert!(paces.is_quick("a"));
        assert!(!paces.is_quick("b"));
        paces.note("a", Duration::from_micros(800));
        assert!(paces.is_quick("a"), "once is no habit");
        for _ in 0..3 {
            paces.note("a", Duration::from_secs(5));
        }
        assert!(!paces.is_quick("a"));
        for _ in 0..20 {
            paces.note("a", Duration::from_micros(40));
        }
        assert!(paces.is_quick("a"));
    }
}
