//! `unreachable-rule`: a rule that another one makes useless.
//!
//! Beside `@@allow('all', true)` no other allow of the model matters, and below a `@@deny('all', true)` none does. Whoever
//! wrote the other rule most likely meant it to restrict something.

use zmodel_runtime::schema::Operations;

use super::constant::constant;
use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Model, Rule, Schema};
use crate::source::Span;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    for (_, model) in tables(schema) {
        for (at, rule) in model.rules.iter().enumerate().filter(|(_, rule)| is_own(model, rule.span)) {
            // Of two rules that say the same, the first one stays.
            let covers = |other: &(usize, &Rule)| {
                other.0 != at
                    && constant(&other.1.condition) == Some(true)
                    && is_within(rule.operations, other.1.operations)
                    && (constant(&rule.condition) != Some(true) || other.0 < at || !other.1.allow)
            };
            let mut others = model.rules.iter().enumerate().filter(covers);
            let found = if rule.allow {
                let denied = others.clone().find(|(_, other)| !other.allow);
                denied.or_else(|| others.find(|(_, other)| other.allow))
            } else {
                others.find(|(_, other)| !other.allow && (other.span != rule.span))
            };
            let Some((_, other)) = found else { continue };
            let message = match (rule.allow, other.allow) {
                (true, true) => "another rule allows this to everybody already",
                (true, false) => "another rule denies this to everybody",
                (false, _) => "another rule denies this already",
            };
            let found = Diagnostic::warning("unreachable-rule", rule.span, message).related(other.span, "that rule");
            let found = found.help("remove one of the two, or narrow the other one");
            out.push(found.removing("this rule", rule.span));
        }
    }
}

/// Whether a rule is written in the model itself: what it inherits may matter elsewhere.
const fn is_own(model: &Model, span: Span) -> bool {
    model.span.file.0 == span.file.0 && model.span.start <= span.start && span.end <= model.span.end
}

const fn is_within(inner: Operations, outer: Operations) -> bool {
    inner.0 != 0 && inner.0 & !outer.0 == 0
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn rules() {
        let found = |rules: &str| codes(&format!("model A {{ id Int @id a Boolean {rules} }}"));
        for rules in [
            "@@allow('all', true) @@allow('read', a)",
            "@@allow('read', a) @@allow('read,update', true)",
            "@@allow('read', true) @@allow('read', true)",
            "@@allow('read', a) @@deny('all', true) @@allow('post-update', a)",
            "@@deny('read', a) @@deny('all', true) @@allow('post-update', a)",
        ] {
            assert_eq!(found(rules), ["unreachable-rule"], "{rules}");
        }
        for rules in [
            "@@allow('read', true) @@allow('all', a)",
            "@@allow('all', true) @@deny('read', a)",
            "@@allow('read', a) @@allow('update', true)",
            "@@allow('read', a) @@allow('read', !a)",
            "@@allow('all', true) @@deny('delete', true)",
        ] {
            assert_eq!(found(rules), [""; 0], "{rules}");
        }
        let mixed = "type T { a Boolean @@allow('read', a) } model A with T { id Int @id @@allow('all', true) }";
        assert_eq!(codes(mixed), [""; 0]);
    }
}
