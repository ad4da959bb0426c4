//! Mixins (`with`), abstract models and delegates (`extends`), flattened into what a declaration has in the end.

use std::collections::BTreeMap;

use super::Resolver;
use super::attributes::Application;
use super::collect::Named;
use super::names::closest;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, ModelKind};

/// How many ancestors stand above each other at most. Each of them is a call within a call here.
const MAX_DEPTH: usize = 64;

/// What a declaration has, inherited things first. Something that comes by two ways is there once.
#[derive(Debug, Default)]
pub(super) struct Flat<'a> {
    /// The fields.
    pub(super) fields: Vec<&'a ast::Field>,
    /// The `@@` attributes.
    pub(super) attributes: Vec<&'a ast::Attribute>,
    /// Each `@id` and `@unique` that is well written, and the position of its field.
    pub(super) keys: Vec<(usize, Application<'a>)>,
    /// Each `@relation` that is well written, and the position of its field.
    pub(super) wiring: Vec<(usize, Application<'a>)>,
}

impl<'a> Resolver<'a, '_> {
    /// Flattens `model`, and reports what is wrong with its ancestors and field names.
    pub(super) fn flatten(&mut self, model: &'a ast::Model) -> Flat<'a> {
        let mut flat = Flat::default();
        if !self.gather(model, &mut flat, &mut Vec::new(), &mut Vec::new()) {
            self.incomplete.insert(model.name.text.clone());
        }
        let mut seen: BTreeMap<&str, &ast::Field> = BTreeMap::new();
        let mut fields = Vec::new();
        for field in std::mem::take(&mut flat.fields) {
            let name = &field.name;
            let Some(first) = seen.get(name.text.as_str()) else {
                seen.insert(&name.text, field);
                fields.push(field);
                continue;
            };
            let own = model.fields.iter().any(|own| std::ptr::eq(own, field));
            let message = format!("`{}` has two fields `{}`", model.name.text, name.text);
            let found = Diagnostic::error("duplicate-field", if own { name.span } else { model.name.span }, message);
            let found =
                found.related(first.name.span, "the first one").help("remove one of them, or give it another name");
            self.report(if own { found } else { found.related(name.span, "the second one") });
        }
        flat.fields = fields;
        flat
    }

    /// False if something could not be inherited.
    fn gather(
        &mut self,
        model: &'a ast::Model,
        flat: &mut Flat<'a>,
        path: &mut Vec<&'a str>,
        done: &mut Vec<&'a ast::Model>,
    ) -> bool {
        if done.iter().any(|seen| std::ptr::eq(*seen, model)) {
            return true;
        }
        let mut whole = true;
        path.push(&model.name.text);
        for parent in &model.mixins {
            if let Some(body) = self.ancestor(parent, true, path) {
                let mut inherited = Flat::default();
                whole &= self.gather(body, &mut inherited, path, done);
                inherited.attributes.retain(|attribute| attribute.name.text != "auth");
                flat.fields.append(&mut inherited.fields);
                flat.attributes.append(&mut inherited.attributes);
            } else {
                whole = false;
            }
        }
        for parent in &model.extends {
            if let Some(body) = self.ancestor(parent, false, path) {
                let mut inherited = Flat::default();
                whole &= self.gather(body, &mut inherited, path, done);
                let delegate = body.kind != ModelKind::Abstract;
                inherited.attributes.retain(|attribute| match attribute.name.text.as_str() {
                    "map" | "delegate" | "auth" | "ignore" => false,
                    "unique" | "index" | "fulltext" => !delegate,
                    _ => true,
                });
                flat.fields.append(&mut inherited.fields);
                flat.attributes.append(&mut inherited.attributes);
            } else {
                whole = false;
            }
        }
        flat.fields.extend(&model.fields);
        flat.attributes.extend(&model.attributes);
        path.pop();
        done.push(model);
        whole
    }

    fn ancestor(&mut self, parent: &'a ast::Name, mixin: bool, path: &[&str]) -> Option<&'a ast::Model> {
        let Some(body) = self.decls.body(&parent.text) else {
            let what = if mixin { "type" } else { "model" };
            let message = match self.decls.named(&parent.text) {
                Some(Named::Enum(_) | Named::Other(_)) => format!("`{}` is not a {what}", parent.text),
                _ => format!("there is no {what} `{}`", parent.text),
            };
            let found = Diagnostic::error("unknown-type", parent.span, message);
            let meant = closest(&parent.text, self.decls.type_names());
            self.report(match meant {
                Some(meant) => found.did_you_mean(meant),
                None => found.help("declare it, or import the file that does"),
            });
            return None;
        };
        self.uses(parent, body.name.span);
        if path.contains(&body.name.text.as_str()) {
            let known = self.cyclic.contains(body.name.text.as_str());
            self.cyclic.extend(path.iter().map(|name| (*name).to_owned()));
            if !known {
                let message = format!("`{}` inherits from itself", body.name.text);
                let found = Diagnostic::error("inheritance-cycle", parent.span, message);
                self.report(found.help("remove one link of the circle"));
            }
            return None;
        }
        if path.len() >= MAX_DEPTH {
            let message = format!("`{}` is more than {MAX_DEPTH} levels up", body.name.text);
            let found = Diagnostic::error("nesting-too-deep", parent.span, message);
            self.report(found.help("put the fields of some of them together"));
            return None;
        }
        self.fits(body, parent.span, mixin).then_some(body)
    }

    fn fits(&mut self, body: &ast::Model, at: Span, mixin: bool) -> bool {
        let name = &body.name.text;
        let delegate = body.attributes.iter().any(|attribute| attribute.name.text == "delegate");
        let (message, help) = match (mixin, body.kind) {
            (true, ModelKind::Type) | (false, ModelKind::Abstract) => return true,
            (false, ModelKind::Model) if delegate => return true,
            (true, ModelKind::Abstract) => (
                format!("`{name}` is an abstract model, not a type"),
                format!("write `extends {name}`, or declare it as `type {name}`"),
            ),
            (true, _) => (format!("`{name}` is not a type"), "only a `type` can be mixed in".to_owned()),
            (false, ModelKind::Type) => {
                (format!("`{name}` is a type, not a model"), format!("mix it in: `with {name}`"))
            }
            (false, _) => (
                format!("`{name}` cannot be extended"),
                "put what both have in common into a `type` and mix it in with `with`".to_owned(),
            ),
        };
        self.report(Diagnostic::error("wrong-ancestor", at, message).help(help));
        false
    }
}
