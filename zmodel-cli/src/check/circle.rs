//! `check-circle`: rules that check each other in a circle.
//!
//! `check(relation)` holds if the rules of the related row's model hold. Where those check something in turn, the
//! circle must not close: nothing would ever be known. It is closed only if both model and operation come again; a rule
//! about reading may check who may update, in the same model too. Neither may checks lead on and on, since each is
//! written out in the query.

use std::collections::BTreeMap;

use zmodel_runtime::schema::Operation;

use super::tables;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{ExprKind, FieldType, Schema};
use crate::source::Span;

/// How many checks can lead to each other.
const MOST: usize = 16;

/// What is decided: an operation on rows of a model.
type Question = (usize, Operation);

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut rules = schema.models.iter().flat_map(|model| &model.rules);
    // Few schemas have any.
    if !rules.any(|rule| rule.condition.has(|part| matches!(part.kind, ExprKind::Check(..)))) {
        return;
    }
    let mut search = Search { schema, path: Vec::new(), lengths: BTreeMap::new(), found: BTreeMap::new() };
    for (model, _) in tables(schema) {
        for operation in Operation::EVERY {
            search.follow((model, operation));
        }
    }
    for (span, circle) in search.found {
        out.push(if circle {
            Diagnostic::error("check-circle", span, "this `check()` ends up asking for itself")
                .help("break the circle: write out the condition of one of the rules")
        } else {
            Diagnostic::error("nesting-too-deep", span, "this `check()` leads to too many others")
                .help("write out the condition of one of the rules")
        });
    }
}

struct Search<'s> {
    schema: &'s Schema,
    /// The questions that led here.
    path: Vec<Question>,
    /// How many checks the answer to a question takes, one after the other.
    lengths: BTreeMap<Question, usize>,
    /// Whether the check at a place closes a circle, or else leads too far.
    found: BTreeMap<Span, bool>,
}

impl Search<'_> {
    fn follow(&mut self, question: Question) -> usize {
        if let Some(length) = self.lengths.get(&question) {
            return *length;
        }
        self.path.push(question);
        let mut longest = 0;
        for (next, span) in checks(self.schema, question) {
            if self.path.contains(&next) {
                self.found.insert(span, true);
                continue;
            }
            let length = if self.path.len() > MOST { MOST } else { self.follow(next) };
            if length >= MOST {
                self.found.entry(span).or_insert(false);
            }
            longest = longest.max(length + 1);
        }
        self.path.pop();
        self.lengths.insert(question, longest);
        longest
    }
}

/// What the rules about a question check, and where.
fn checks(schema: &Schema, (model, operation): Question) -> Vec<(Question, Span)> {
    let mut found = Vec::new();
    let rules = schema.models.get(model).map_or(&[][..], |model| &model.rules);
    for rule in rules.iter().filter(|rule| rule.operations.contains(operation)) {
        rule.condition.walk(&mut |part, _| {
            let ExprKind::Check(path, asked) = &part.kind else { return };
            let end = path.through.iter().try_fold(path.model, |at, step| {
                match schema.models.get(at)?.fields.get(*step)?.ty {
                    FieldType::Model(target) => Some(target),
                    _ => None,
                }
            });
            found.extend(end.map(|target| ((target, asked.unwrap_or(operation)), part.span)));
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn circles() {
        let schema = |a: &str, b: &str| {
            format!(
                "model A {{ id Int @id
                   bId Int
                   b B @relation('ab', fields: [bId], references: [id])
                   aId Int?
                   a A? @relation('aa', fields: [aId], references: [id])
                   as A[] @relation('aa')
                   bs B[] @relation('ba')
                   {a} }}
                 model B {{ id Int @id
                   as A[] @relation('ab')
                   aId Int?
                   a A? @relation('ba', fields: [aId], references: [id])
                   {b} }}"
            )
        };
        let open = "@@allow('all', true)";
        for (a, b, expected) in [
            ("@@allow('read', check(b))", open, 0),
            ("@@allow('read', check(b))", "@@allow('read', check(a, 'update'))", 0),
            ("@@allow('read,update', check(b))", "@@allow('all', check(a, 'update'))", 1),
            ("@@allow('read', check(b))", "@@allow('read', true) @@deny('read', a == null || !check(a))", 1),
            ("@@allow('all', check(a))", open, 1),
            ("@@allow('read', check(a, 'update')) @@allow('update', check(b))", open, 0),
        ] {
            assert_eq!(codes(&schema(a, b)), vec!["check-circle"; expected], "{a} {b}");
        }
    }

    #[test]
    fn long_chains() {
        let chain = |count: usize| {
            let models = (0..count).map(|at| {
                let next = at + 1;
                format!(
                    "model M{at} {{ id Int @id n Int next M{next} @relation(fields: [n], references: [id])
                       before M{}[] @@allow('read', check(next)) }}\n",
                    at.checked_sub(1).map_or("Start".to_owned(), |at| at.to_string())
                )
            });
            let models: String = models.collect();
            let ends = format!(
                "model MStart {{ id Int @id n Int next M0 @relation(fields: [n], references: [id]) @@allow('all', true) }}
                 model M{count} {{ id Int @id before M{}[] @@allow('all', true) }}",
                count - 1
            );
            codes(&format!("{ends} {models}"))
        };
        assert_eq!(chain(10), [""; 0]);
        assert_eq!(chain(40).first(), Some(&"nesting-too-deep"));
        assert!(chain(2000).contains(&"nesting-too-deep"));
    }
}
