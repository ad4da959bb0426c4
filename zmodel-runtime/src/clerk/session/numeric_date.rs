//! Times as tokens write them: a JSON number of seconds since 1970.

use serde_json::Value;

/// The last second, either side of 1970, that Clerk's own clock arithmetic can hold.
const LAST_SECOND: i64 = 8_640_000_000_000;

/// Seconds since 1970, as a token's `exp`, `nbf` or `iat` says them.
///
/// Invariant: no further from 1970 than `LAST_SECOND`, so that milliseconds fit an `i64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NumericDate(i64);

impl NumericDate {
    /// Reads a claim. A fraction is dropped, as Clerk does; `None` for anything but a number, and for a number that
    /// is no date.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let number = value.as_number()?;
        let seconds = match number.as_i64() {
            Some(seconds) => seconds,
            None => whole(number.as_f64()?)?,
        };
        (-LAST_SECOND..=LAST_SECOND).contains(&seconds).then_some(Self(seconds))
    }

    /// The same moment in seconds.
    pub(crate) const fn seconds(self) -> i64 {
        self.0
    }

    /// The same moment in milliseconds.
    #[cfg(feature = "clerk")]
    pub(crate) const fn millis(self) -> i64 {
        self.0 * 1000
    }
}

fn whole(number: f64) -> Option<i64> {
    let whole = number.trunc();
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked, and the number has no fraction")]
    (whole.abs() <= 8.64e12).then_some(whole as i64)
}
