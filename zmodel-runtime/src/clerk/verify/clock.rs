//! What time it is.

use std::time::SystemTime;

/// Tells the verifier the time. A closure will do: `|| UNIX_EPOCH + Duration::from_secs(1_750_000_000)`.
pub trait Clock: Send + Sync + 'static {
    /// The time now. It is asked once for each token.
    fn now(&self) -> SystemTime;
}

impl<F: Fn() -> SystemTime + Send + Sync + 'static> Clock for F {
    fn now(&self) -> SystemTime {
        self()
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
