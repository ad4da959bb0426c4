//! Rules that hide the id of a row, without which it can neither be read back nor be found again.

use super::tables;
use crate::diagnostic::Diagnostics;
use crate::hir::{Schema, unsupported};

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    for (_, model) in tables(schema) {
        for field in model.id.iter().filter_map(|at| model.fields.get(*at)).filter(|field| field.can_be_hidden()) {
            let span = field.rules.first().map_or(field.span, |field| field.rule.span);
            out.push(unsupported(span, "a rule that hides a part of the id"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn hidden_ids() {
        let schema =
            |rule: &str| format!("model A {{ id Int @id {rule} n Int @allow('all', id > 1) @@allow('all', true) }}");
        assert_eq!(codes(&schema("@allow('read', n > 1)")), ["not-supported-yet"]);
        assert_eq!(codes(&schema("@deny('update', n > 1)")), [""; 0]);
    }
}
