//! Schemas whose last model gets other rules.

use std::borrow::Cow;

use zmodel_runtime::schema::Schema;

const OPEN: &str = "@@allow('all', true)\n}";

/// The schema `text` with `rules` in the place of those of its last model.
///
/// # Panics
/// It has no such model, or is refused with these rules.
#[must_use]
#[expect(clippy::expect_used, clippy::panic, reason = "a test without its schema fails")]
pub fn with_rules(text: &str, rules: &str) -> Cow<'static, Schema> {
    let start = text.rfind(OPEN).expect("a last model that is open for everybody");
    let text = format!("{}{rules}\n}}", &text[..start]);
    let compiled = zmodel_cli::compile("rules.zmodel".as_ref(), &|_| Ok(text.clone()));
    let found = compiled.diagnostics.iter().map(|found| found.message.clone()).collect::<Vec<_>>();
    Cow::Owned(compiled.schema.unwrap_or_else(|| panic!("{rules}: {found:?}")))
}
