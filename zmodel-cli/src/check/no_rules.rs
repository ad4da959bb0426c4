//! `no-rules`: a model that nobody can use.
//!
//! Without an `@@allow` everything is refused, so a model without one can be reached only by a client without rules.

use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::Schema;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    for (_, model) in tables(schema) {
        if model.rules.iter().any(|rule| rule.allow) {
            continue;
        }
        let name = &model.name.text;
        let done = if model.view { "read it" } else { "read or write it" };
        let message = if model.rules.is_empty() {
            format!("`{name}` has no rules, so nobody can {done}")
        } else {
            format!("no rule of `{name}` allows anything, so nobody can {done}")
        };
        let found = Diagnostic::warning("no-rules", model.name.span, message);
        out.push(found.help("say who can: `@@allow('read', …)`, where `true` stands for everybody"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn models() {
        assert_eq!(codes("model A { id Int @id }"), ["no-rules"]);
        assert_eq!(codes("model A { id Int @id @@deny('all', true) }"), ["no-rules"]);
        assert_eq!(codes("model A { id Int @id @@allow('read', true) }"), [""; 0]);
        assert_eq!(codes("view V { x Int }"), ["no-rules"]);
        assert_eq!(codes("model User { id Int @id @@ignore }"), [""; 0]);
    }
}
