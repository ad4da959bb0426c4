//! `negated-check`: `!check(…)` of a row that may be missing, without a word about that.
//!
//! Of a row that is not there it is unknown what its rules say, and so is the opposite: the rule allows nothing. In a deny
//! rule, where what is unknown denies, `deny-null` speaks.

use std::collections::BTreeSet;

use super::nulls::{Place, Signs, Tested, rules, with_tests_of_check};
use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::Schema;
use crate::source::Span;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut seen: BTreeSet<Span> = BTreeSet::new();
    for (_, model) in tables(schema) {
        for rule in rules(model).filter(|rule| rule.allow) {
            let (tested, signs) = (Tested::by(&rule.condition), Signs::of(&rule.condition));
            rule.condition.walk(&mut |part, depth| {
                let Some(place) = Place::checked(schema, part, depth) else { return };
                if !signs.is_negated(part.span) || tested.has(&place) || !seen.insert(part.span) {
                    return;
                }
                let name = place.name(schema);
                let message = format!("where `{name}` is missing, the opposite of this is unknown too, and allows nothing");
                let found = Diagnostic::warning("negated-check", part.span, message).related(rule.span, "the rule");
                let found = found.help(format!(
                    "say what is meant: `{name} != null && …` for just this, `{name} == null || …` to allow such rows too"
                ));
                out.push(with_tests_of_check(found, &rule.condition, (place, name), depth, part.span));
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{codes, codes_whole};

    #[test]
    fn rules() {
        let found = |rule: &str| {
            codes(&format!(
                "model A {{ id Int @id a Boolean
                   bId Int? b B? @relation(\"b\", fields: [bId], references: [id])
                   cId Int c B @relation(\"c\", fields: [cId], references: [id])
                   @@allow('all', a) {rule} }}
                 model B {{ id Int @id a Boolean as A[] @relation(\"b\") cs A[] @relation(\"c\") @@allow('all', a) }}"
            ))
        };
        for rule in ["!check(b)", "a && !check(b, 'read')", "!(a && check(b))", "c.as^[check(b)]"] {
            assert_eq!(found(&format!("@@allow('update', {rule})")), ["negated-check"], "{rule}");
        }
        for rule in ["check(b)", "!(!check(b))", "b == null || !check(b)", "b != null && !check(b)", "!check(c)"] {
            assert_eq!(found(&format!("@@allow('update', {rule})")), [""; 0], "{rule}");
        }
        assert_eq!(found("x Int @allow('read', !check(b))"), ["negated-check"]);
        // Without foreign keys a required relation can lead nowhere too.
        let loose = "datasource db { provider = 'sqlite' relationMode = 'prisma' }
             model A { id Int @id bId Int b B @relation(fields: [bId], references: [id]) @@allow('update', !check(b)) }
             model B { id Int @id a Boolean as A[] @@allow('all', a) }";
        assert_eq!(codes_whole(loose), ["negated-check"]);
    }
}
