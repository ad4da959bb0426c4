//! `create-sees-relation`: a rule about creating looks at rows that refer to the new row.
//!
//! The rule is decided before the row is inserted, and nothing can refer to a row that is not there. So the rule would
//! see an empty list or no row at all, whatever is created along with it.

use zmodel_runtime::schema::Operation;

use super::written;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Field, Relation, Schema};
use crate::source::Span;

pub(super) fn check(schema: &Schema, out: &mut Diagnostics) {
    let mut seen: Vec<Span> = Vec::new();
    for (_, model) in written(schema) {
        for rule in model.rules.iter().filter(|rule| rule.operations.contains(Operation::Create)) {
            let mut found: Option<(Span, String)> = None;
            rule.condition.walk(&mut |part, depth| {
                let Some(path) = part.path() else { return };
                let new_row = usize::from(path.up) == depth;
                let first = path.through.first().filter(|_| new_row).and_then(|at| model.fields.get(*at));
                if let Some(field) = first.filter(|field| !owns(field)) {
                    found.get_or_insert_with(|| (part.span, field.name.text.clone()));
                }
            });
            let Some((span, name)) = found.filter(|(span, _)| !seen.contains(span)) else { continue };
            seen.push(span);
            let message = format!("nothing can refer to a row that is being created, so `{name}` is empty here");
            let help = "leave `create` out of this rule, for example `'read,update,delete'`, and write one for `create` \
                        that looks only at the row's own fields";
            out.push(
                Diagnostic::error("create-sees-relation", span, message).related(rule.span, "the rule").help(help),
            );
        }
    }
}

/// Whether a relation field holds the foreign key; also if its wiring was reported as wrong.
fn owns(field: &Field) -> bool {
    field.relation.as_ref().is_none_or(Relation::owns_key)
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn relations_to_the_new_row() {
        let schema = |rule: &str| {
            format!(
                "model User {{ id Int @id posts Post[] @@allow('all', true) }}
                 model Post {{ id Int @id n Int authorId Int author User @relation(fields: [authorId], references: [id])
                   comments Comment[] {rule} }}
                 model Comment {{ id Int @id ok Boolean postId Int
                   post Post @relation(fields: [postId], references: [id]) @@allow('all', true) }}"
            )
        };
        for (rule, expected) in [
            ("@@allow('create', comments?[ok])", 1),
            ("@@allow('create,update', this.comments?[ok])", 1),
            ("@@allow('read', true) @@deny('all', !(comments![ok]))", 1),
            ("@@allow('read,update', comments?[ok])", 0),
            ("@@allow('create', author.posts?[n > 1])", 0),
            ("@@allow('create', author.posts?[n == this.n && comments?[ok]])", 0),
            ("@@allow('create', author.posts?[this.comments?[ok]])", 1),
        ] {
            assert_eq!(codes(&schema(rule)), vec!["create-sees-relation"; expected], "{rule}");
        }
    }
}
