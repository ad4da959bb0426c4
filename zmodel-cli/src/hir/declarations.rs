//! Declarations of functions, attributes and procedures: the types that they name, and their `@@@` marks.

use super::collect::Named;
use super::names::closest;
use super::{Resolver, types};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{self, ExprKind, Item};

/// Types that only parameters and results have.
const OTHER: &[&str] = &["Void", "Undefined", "Null", "Object", "Any", "Unsupported"];

/// Types that only parameters of attributes have.
const OF_ATTRIBUTES: &[&str] = &["FieldReference", "TransitiveFieldReference", "ContextType"];

/// Names that mean something of their own to every object of a JavaScript client.
const RESERVED: &[&str] = &["__proto__", "prototype", "constructor"];

impl<'a> Resolver<'a, '_> {
    /// Looks at the types that declarations name, and at the arguments of their marks.
    pub(super) fn declarations(&mut self, items: impl Iterator<Item = &'a Item>) {
        for item in items {
            match item {
                Item::Procedure(procedure) => {
                    self.procedure_name(&procedure.name);
                    self.named_types(procedure.params.iter().map(|param| &param.ty).chain([&procedure.returns]), &[]);
                    self.marks(&procedure.attributes);
                    self.procedure(procedure);
                }
                Item::Function(function) => {
                    self.named_types(function.params.iter().map(|param| &param.ty).chain([&function.returns]), &[]);
                    self.marks(&function.attributes);
                    self.function(function);
                }
                Item::Attribute(decl) => {
                    self.named_types(decl.params.iter().map(|param| &param.ty), OF_ATTRIBUTES);
                    self.marks(decl.attributes.iter().chain(decl.params.iter().flat_map(|param| &param.attributes)));
                }
                _ => {}
            }
        }
    }

    fn procedure_name(&mut self, name: &ast::Name) {
        if RESERVED.contains(&name.text.as_str()) {
            let message = format!("a procedure cannot be called `{}`", name.text);
            self.report(Diagnostic::error("reserved-name", name.span, message).help("choose another name"));
        }
    }

    pub(super) fn named_types(&mut self, types: impl Iterator<Item = &'a ast::TypeRef>, more: &[&str]) {
        for ty in types {
            let name = ty.name.text.as_str();
            let declared = matches!(self.decls.named(name), Some(Named::Model(_) | Named::Type(_) | Named::Enum(_)));
            let built_in = types::scalar(name).is_some() || OTHER.contains(&name) || more.contains(&name);
            if declared || built_in || name.is_empty() || self.decls.library_enum(name).is_some() {
                continue;
            }
            let found = Diagnostic::error("unknown-type", ty.name.span, format!("there is no type `{name}`"));
            self.report(match closest(name, self.decls.type_names()) {
                Some(meant) => found.did_you_mean(meant),
                None => found.help("declare it, or import the file that does"),
            });
        }
    }

    /// Checks the arguments of marks; unknown ones are reported where declarations are collected.
    fn marks(&mut self, marks: impl IntoIterator<Item = &'a ast::Attribute>) {
        for mark in marks {
            let Some(decl) = self.decls.attribute(mark) else { continue };
            for (param, given) in self.bind(mark, decl).unwrap_or_default() {
                let name = &param.ty.name.text;
                match &given.kind {
                    ExprKind::Error => {}
                    ExprKind::Array(items) if param.ty.list => {
                        for item in items {
                            self.constant(mark, param, name, item);
                        }
                    }
                    _ if param.ty.list => self.wrong_type(mark, param, given),
                    _ => drop(self.constant(mark, param, name, given)),
                }
            }
        }
    }
}
