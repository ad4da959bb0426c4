//! Patterns of `@regex`, compiled once.

use std::collections::BTreeMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use fancy_regex::{Regex, RegexBuilder};

use crate::error::{Error, Result};

/// How many steps a search may take back. A text that needs more does not match: patterns that look around or back can
/// be made to take forever.
const LIMIT: usize = 100_000;

/// The patterns that were used so far; no more than the schemas of the program have.
static COMPILED: LazyLock<RwLock<BTreeMap<String, Regex>>> = LazyLock::new(RwLock::default);

/// Whether there is a match of `pattern` in `text`.
pub(super) fn matches(pattern: &str, text: &str) -> Result<bool> {
    let matches = |regex: &Regex| regex.is_match(text).unwrap_or(false);
    if let Some(regex) = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(pattern) {
        return Ok(matches(regex));
    }
    let regex = RegexBuilder::new(pattern).backtrack_limit(LIMIT).build();
    let regex = regex.map_err(|_| Error::internal("a pattern of the schema cannot be read"))?;
    let answer = matches(&regex);
    COMPILED.write().unwrap_or_else(PoisonError::into_inner).insert(pattern.to_owned(), regex);
    Ok(answer)
}
