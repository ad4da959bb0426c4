//! Rules that no model has: those of mixins and abstract models that no model takes over, and those of enums.
//!
//! Rules are checked in each model that has them. Where there is none they would not be looked at, and a mistake would
//! show only when somebody uses the mixin. So they are checked as if one model did.

use std::collections::BTreeSet;

use super::attributes::Site;
use super::keys::is_rule;
use super::{Model, Resolver};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Resolver<'a, '_> {
    /// Checks the rules that no model has, and says that they have no effect.
    pub(super) fn spare_rules(&mut self) {
        for at in 0..self.decls.own_enums {
            self.on_an_enum(at);
        }
        let used: BTreeSet<Span> = self.flats.iter().flat_map(|flat| written(&flat.fields, &flat.attributes)).collect();
        for body in self.decls.bodies() {
            let fields: Vec<&ast::Field> = body.fields.iter().collect();
            let attributes: Vec<&ast::Attribute> = body.attributes.iter().collect();
            let Some(first) = written(&fields, &attributes).filter(|span| !used.contains(span)).min() else { continue };
            let name = &body.name.text;
            let message = format!("no model has the rules of `{name}`, so they have no effect");
            let found = Diagnostic::warning("unused-rule", first, message).related(body.name.span, "declared here");
            self.report(found.help(match body.kind {
                ast::ModelKind::Type => format!("mix it into a model: `model … with {name}`, or remove the rules"),
                _ => format!("build a model on it: `model … extends {name}`, or remove the rules"),
            }));
            self.as_a_model(body);
        }
    }

    /// Checks what stands on an enum but for its name in the database.
    fn on_an_enum(&mut self, at: usize) {
        let Some(declared) = self.decls.enums.get(at).copied() else { return };
        let site = Site::of_enum(at);
        let (rules, others): (Vec<_>, Vec<_>) = declared
            .attributes
            .iter()
            .filter(|attribute| !super::resolve::names(attribute))
            .partition(|attribute| is_rule(&attribute.name.text));
        self.apply_all(&site, others.into_iter());
        if let Some(first) = rules.first() {
            let message = format!("`{}` is an enum and has no rows, so its rules have no effect", declared.name.text);
            let found = Diagnostic::warning("unused-rule", first.span, message);
            let found = found.help("remove the rules; those of a model also hold for its fields of this type");
            let edits = rules.iter().map(|rule| (rule.span, String::new())).collect();
            self.report(found.fix("remove the rules", edits));
        }
        for rule in rules {
            self.rule(&site, rule);
        }
    }

    /// Checks the rules of a declaration in a model that is there only meanwhile.
    fn as_a_model(&mut self, body: &'a ast::Model) {
        let unsupported = self.schema.unsupported.clone();
        let at = self.schema.models.len();
        let flat = self.flatten(body);
        let fields = flat.fields.iter().map(|field| self.field_shell(field)).collect();
        self.schema.models.push(Model { fields, ..Model::empty(body) });
        self.decls.models.push(body);
        self.flats.push(flat);
        self.rules_of(at);
        self.flats.pop();
        self.decls.models.pop();
        self.schema.models.pop();
        // No code is generated for it.
        self.schema.unsupported = unsupported;
    }
}

/// Where rules are written among fields and `@@` attributes.
fn written<'s>(fields: &'s [&ast::Field], attributes: &'s [&ast::Attribute]) -> impl Iterator<Item = Span> + 's {
    let of_fields = fields.iter().flat_map(|field| &field.attributes);
    let all = attributes.iter().copied().chain(of_fields);
    all.filter(|attribute| is_rule(&attribute.name.text)).map(|attribute| attribute.span)
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn rules_that_nothing_has() {
        for text in [
            "type T { x Int @@allow('read', x > 1) }",
            "type T { x Int @allow('read', true) }",
            "abstract model T { id Int @id x Int @@allow('read', x > 1) @@deny('update', future().x > x) }",
            "type T { x Int @@allow('read', x > 1) } type S with T { y Int }",
            "type T { x Int @@allow('read', x > 1) } model A { id Int @id t T @json @@allow('all', true) }",
            "type T { as A[] @@allow('read', as?[id > 1] && check(a)) a A }  model A { id Int @id @@allow('all', true) }",
        ] {
            assert_eq!(codes(text), ["unused-rule"], "{text}");
        }
        for text in [
            "type T { x Int @@allow('read', x > 1) } model A with T { id Int @id }",
            "type T { x Int @@allow('read', x > 1) } type S with T { y Int } model A with S { id Int @id }",
            "abstract model T { id Int @id @@allow('read', id > 1) } model A extends T { x Int }",
            "type T { x Int }",
        ] {
            assert_eq!(codes(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn rules_of_enums() {
        let found = |on: &str, member: &str| {
            codes(&format!(
                "enum E {{ X {member} Y {on} }}
                 model User {{ id Int @id e E @@allow('all', e == X) }}"
            ))
        };
        for rule in ["@@allow('all', true)", "@@deny('read', auth() == null)", "@@allow('read', auth().e == X)"] {
            assert_eq!(found(rule, ""), ["unused-rule"], "{rule}");
        }
        assert_eq!(found("@@allow('all', true) @@map('e') @@deny('all', false)", ""), ["unused-rule"]);
        assert_eq!(found("@@allow('all', nope)", ""), ["unused-rule", "unknown-name"]);
        assert_eq!(found("@@allow('some', true)", ""), ["unused-rule", "unknown-operation"]);
        assert_eq!(found("@@allow('all', X)", ""), ["unused-rule", "not-a-condition"]);
        assert_eq!(found("", "@allow('all', true)"), ["misplaced-attribute"]);
    }

    #[test]
    fn other_attributes_of_enums() {
        let found = |on: &str, member: &str| codes(&format!("enum E {{ X {member} Y {on} }}"));
        assert_eq!(found("@@map('e') @@meta('a', 1)", "@map('x') @meta('a', 1)"), [""; 0]);
        for on in ["@@ignore", "@@validate(true)"] {
            assert_eq!(found(on, ""), ["unused-attribute"], "{on}");
        }
        for member in ["@id", "@unique", "@default(1)", "@omit", "@email"] {
            assert_eq!(found("", member), ["unused-attribute"], "{member}");
        }
        assert_eq!(found("@@index([X])", ""), ["unused-attribute", "unknown-field"]);
        assert_eq!(found("@@strict", ""), ["misplaced-attribute"]);
    }

    #[test]
    fn they_are_checked_all_the_same() {
        assert_eq!(codes("type T { x Int @@allow('read', nope) }"), ["unused-rule", "unknown-name"]);
        assert_eq!(
            codes("abstract model T { id Int @id @@allow('write', true) }"),
            ["unused-rule", "unknown-operation"]
        );
        assert_eq!(codes("type T { x Int @allow('read', x) }"), ["unused-rule", "not-a-condition"]);
    }
}
