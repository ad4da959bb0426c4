//! Who is called what: the declarations of all files together, and those of the standard library.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::names::closest;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, AttributeKind, Item, ModelKind};

/// The file that the spans of the standard library are in.
pub const STDLIB: FileId = FileId(u32::MAX);

/// The text of the standard library, and its declarations.
pub fn stdlib() -> (&'static str, &'static ast::File) {
    const TEXT: &str = include_str!("../stdlib.zmodel");
    static TREE: LazyLock<ast::File> =
        LazyLock::new(|| crate::syntax::parse(STDLIB, TEXT, &mut Diagnostics::default()));
    (TEXT, &TREE)
}

/// What a name stands for where a type is expected.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    /// A model or view, by position.
    Model(usize),
    /// A `type`, by position.
    Type(usize),
    /// An enum, by position.
    Enum(usize),
    /// An `abstract model`, which no field can hold.
    Abstract,
    /// Something that is not a type.
    Other(&'static str),
}

/// All declarations.
#[derive(Debug, Default)]
pub(super) struct Declarations<'a> {
    /// Models and views, in order.
    pub(super) models: Vec<&'a ast::Model>,
    /// `type`s, in order.
    pub(super) types: Vec<&'a ast::Model>,
    /// The user's enums, in order, then those of the standard library.
    pub(super) enums: Vec<&'a ast::Enum>,
    /// How many of the enums are the user's.
    pub(super) own_enums: usize,
    /// The `datasource` blocks.
    pub(super) datasources: Vec<&'a ast::Config>,
    names: BTreeMap<&'a str, (Named, Span)>,
    bodies: BTreeMap<&'a str, &'a ast::Model>,
    library_enums: BTreeMap<&'a str, usize>,
    functions: BTreeMap<&'a str, &'a ast::Function>,
    attributes: BTreeMap<(AttributeKind, &'a str), &'a ast::AttributeDecl>,
}

/// An attribute's name as it is written, with its `@`s.
pub(super) fn written(kind: AttributeKind, name: &str) -> String {
    let sigil = match kind {
        AttributeKind::Field => "@",
        AttributeKind::Model => "@@",
        AttributeKind::Internal => "@@@",
    };
    format!("{sigil}{name}")
}

impl<'a> Declarations<'a> {
    /// Collects everything; names declared twice are reported at the second place.
    pub(super) fn collect<F: Borrow<ast::File>>(files: &'a [F], stdlib: &'a ast::File, out: &mut Diagnostics) -> Self {
        let mut all = Self::default();
        all.library(stdlib);
        let items = files.iter().flat_map(|file| &file.borrow().items);
        for item in items.clone() {
            all.item(item, out);
        }
        all.own_enums = all.enums.len();
        for item in &stdlib.items {
            if let Item::Enum(declared) = item {
                all.library_enums.insert(&declared.name.text, all.enums.len());
                all.enums.push(declared);
            }
        }
        for item in items {
            all.marks(item, out);
        }
        all
    }

    fn library(&mut self, stdlib: &'a ast::File) {
        for item in &stdlib.items {
            match item {
                Item::Function(function) => {
                    self.functions.insert(&function.name.text, function);
                }
                Item::Attribute(decl) => {
                    self.attributes.insert((decl.kind, &decl.name.text), decl);
                }
                _ => {}
            }
        }
    }

    fn item(&mut self, item: &'a Item, out: &mut Diagnostics) {
        match item {
            Item::Datasource(config) => {
                self.datasources.push(config);
                self.name(&config.name, Named::Other("datasource"), out);
            }
            Item::Generator(config) => {
                self.name(&config.name, Named::Other("generator"), out);
            }
            Item::Plugin(config) => {
                duplicates(config.entries.iter().map(|entry| &entry.key), "setting", out);
                self.name(&config.name, Named::Other("plugin"), out);
                let provider = config.entries.iter().find(|entry| entry.key.text == "provider");
                let named = provider.is_some_and(|entry| match &entry.value.kind {
                    ast::ExprKind::String(name) => !name.is_empty(),
                    kind => *kind == ast::ExprKind::Error,
                });
                if !named {
                    let span = provider.map_or(config.name.span, |entry| entry.value.span);
                    let message = format!("`{}` does not say which plugin it is", config.name.text);
                    let help = "write `provider = \"…\"` with the name or the path of the plugin";
                    out.push(Diagnostic::error("no-provider", span, message).help(help));
                }
            }
            Item::Model(model) => self.model(model, out),
            Item::Enum(declared) => {
                let at = self.enums.len();
                duplicates(declared.members.iter().map(|member| &member.name), "member", out);
                if self.name(&declared.name, Named::Enum(at), out) {
                    self.enums.push(declared);
                }
            }
            Item::Function(function) => {
                let name = &function.name;
                let taken = self.functions.get(name.text.as_str()).is_some_and(|f| f.span.file == STDLIB);
                if taken {
                    out.push(reserved(name, "function"));
                } else if self.name(name, Named::Other("function"), out) {
                    self.functions.insert(&name.text, function);
                }
            }
            Item::Attribute(decl) => {
                let key = (decl.kind, decl.name.text.as_str());
                match self.attributes.get(&key) {
                    Some(first) if first.span.file == STDLIB => out.push(reserved(&decl.name, "attribute")),
                    Some(first) => out.push(duplicate(&decl.name, &written(decl.kind, key.1), first.name.span)),
                    None => {
                        self.attributes.insert(key, decl);
                    }
                }
            }
            Item::Procedure(procedure) => {
                self.name(&procedure.name, Named::Other("procedure"), out);
            }
        }
    }

    fn model(&mut self, model: &'a ast::Model, out: &mut Diagnostics) {
        let named = match model.kind {
            ModelKind::Model | ModelKind::View => Named::Model(self.models.len()),
            ModelKind::Type => Named::Type(self.types.len()),
            ModelKind::Abstract => Named::Abstract,
        };
        if !self.name(&model.name, named, out) {
            return;
        }
        self.bodies.insert(&model.name.text, model);
        match named {
            Named::Model(_) => self.models.push(model),
            Named::Type(_) => self.types.push(model),
            _ => {}
        }
    }

    fn name(&mut self, name: &'a ast::Name, named: Named, out: &mut Diagnostics) -> bool {
        if name.text.is_empty() {
            return false;
        }
        if let Some((_, first)) = self.names.get(name.text.as_str()) {
            out.push(duplicate(name, &name.text, *first));
            return false;
        }
        self.names.insert(&name.text, (named, name.span));
        true
    }

    /// `@@@` attributes on the user's own declarations must be known.
    fn marks(&self, item: &ast::Item, out: &mut Diagnostics) {
        let marks: Vec<&ast::Attribute> = match item {
            Item::Function(function) => function.attributes.iter().collect(),
            Item::Procedure(procedure) => procedure.attributes.iter().collect(),
            Item::Attribute(decl) => {
                decl.attributes.iter().chain(decl.params.iter().flat_map(|param| &param.attributes)).collect()
            }
            _ => return,
        };
        for mark in marks {
            if self.attribute(mark).is_none() {
                out.push(self.unknown_attribute(mark));
            }
        }
    }

    /// What a type name stands for.
    pub(super) fn named(&self, name: &str) -> Option<Named> {
        self.names.get(name).map(|(named, _)| *named)
    }

    /// Where the thing that a type name stands for has its name.
    pub(super) fn declared(&self, name: &str) -> Option<Span> {
        self.names.get(name).map(|(_, span)| *span)
    }

    /// The declaration of a model, view, type or abstract model.
    pub(super) fn body(&self, name: &str) -> Option<&'a ast::Model> {
        self.bodies.get(name).copied()
    }

    /// The declarations of models, views, types and abstract models.
    pub(super) fn bodies(&self) -> Vec<&'a ast::Model> {
        self.bodies.values().copied().collect()
    }

    /// The names that a field's type can have.
    pub(super) fn type_names(&self) -> impl Iterator<Item = &'a str> {
        self.names
            .iter()
            .filter(|(_, (named, _))| matches!(named, Named::Model(_) | Named::Type(_) | Named::Enum(_)))
            .map(|(name, _)| *name)
    }

    /// The position of an enum that a parameter of the standard library is declared with.
    pub(super) fn library_enum(&self, name: &str) -> Option<usize> {
        self.library_enums.get(name).copied()
    }

    /// The declaration of a function.
    pub(super) fn function(&self, name: &str) -> Option<&'a ast::Function> {
        self.functions.get(name).copied()
    }

    /// The names of all functions.
    pub(super) fn function_names(&self) -> impl Iterator<Item = &'a str> {
        self.functions.keys().copied()
    }

    /// The declaration of an attribute.
    pub(super) fn attribute(&self, used: &ast::Attribute) -> Option<&'a ast::AttributeDecl> {
        self.attributes.get(&(used.kind, used.name.text.as_str())).copied()
    }

    /// What to say about an attribute without a declaration.
    pub(super) fn unknown_attribute(&self, used: &ast::Attribute) -> Diagnostic {
        let name = written(used.kind, &used.name.text);
        let found = Diagnostic::error("unknown-attribute", used.name.span, format!("there is no attribute `{name}`"));
        let same_kind = self.attributes.keys().filter(|(kind, _)| *kind == used.kind).map(|(_, name)| *name);
        if let Some(meant) = closest(&used.name.text, same_kind) {
            return found.did_you_mean(&written(used.kind, meant));
        }
        let (other, place) = match used.kind {
            AttributeKind::Field => (AttributeKind::Model, "on its own line, it is about the whole model"),
            _ => (AttributeKind::Field, "after a field, it is about that field"),
        };
        let known = self.attributes.contains_key(&(other, used.name.text.as_str()));
        let other = written(other, &used.name.text);
        if known { found.help(format!("there is `{other}`: {place}")) } else { found }
    }
}

/// Whether a declaration belongs to the standard library.
pub(super) fn is_library(span: Span) -> bool {
    span.file == STDLIB
}

/// Reports each name that was there before.
pub(super) fn duplicates<'n>(names: impl Iterator<Item = &'n ast::Name>, what: &str, out: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for name in names.filter(|name| !name.text.is_empty()) {
        if let Some(first) = seen.get(name.text.as_str()) {
            let message = format!("there is already a {what} `{}`", name.text);
            let found = Diagnostic::error("duplicate-name", name.span, message).related(*first, "the first one");
            out.push(found.help("remove one of them, or give it another name"));
        } else {
            seen.insert(&name.text, name.span);
        }
    }
}

fn duplicate(name: &ast::Name, shown: &str, first: Span) -> Diagnostic {
    Diagnostic::error("duplicate-name", name.span, format!("`{shown}` is declared twice"))
        .related(first, "first declared here")
        .help("give one of them another name")
}

fn reserved(name: &ast::Name, what: &str) -> Diagnostic {
    let message = format!("`{}` is the name of a built-in {what}", name.text);
    Diagnostic::error("reserved-name", name.span, message).help("remove the declaration, or give it another name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_library_is_well_formed() {
        let mut found = Diagnostics::default();
        let stdlib = crate::syntax::parse(STDLIB, include_str!("../stdlib.zmodel"), &mut found);
        assert!(found.is_empty(), "{found:?}");
        let decls = Declarations::collect::<ast::File>(&[], &stdlib, &mut found);
        let marks = |name: &str| decls.attributes.contains_key(&(AttributeKind::Internal, name));
        let functions = decls.functions.values().flat_map(|function| &function.attributes);
        for mark in functions.chain(decls.attributes.values().flat_map(|decl| &decl.attributes)) {
            assert!(marks(&mark.name.text), "{}", mark.name.text);
        }
        let native = decls.attributes.keys().filter(|(_, name)| name.starts_with("db.")).count();
        assert_eq!(native, 65);
    }
}
