//! Procedures: what their parameters and results are.

use super::collect::Named;
use super::names::closest;
use super::{Resolver, types};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast;

/// Types that only parameters and results have.
const OTHER: &[&str] = &["Void", "Undefined", "Null", "Object", "Any", "Unsupported"];

/// Names that mean something of their own to every object of a JavaScript client.
const RESERVED: &[&str] = &["__proto__", "prototype", "constructor"];

impl<'a> Resolver<'a, '_> {
    /// Looks at the types that procedures name.
    pub(super) fn procedures(&mut self, procedures: impl Iterator<Item = &'a ast::Procedure>) {
        for procedure in procedures {
            if RESERVED.contains(&procedure.name.text.as_str()) {
                let message = format!("a procedure cannot be called `{}`", procedure.name.text);
                self.report(
                    Diagnostic::error("reserved-name", procedure.name.span, message).help("choose another name"),
                );
            }
            for ty in procedure.params.iter().map(|param| &param.ty).chain([&procedure.returns]) {
                self.named_type(ty);
            }
        }
    }

    fn named_type(&mut self, ty: &'a ast::TypeRef) {
        let name = ty.name.text.as_str();
        let known = matches!(self.decls.named(name), Some(Named::Model(_) | Named::Type(_) | Named::Enum(_)));
        if known || name.is_empty() || types::scalar(name).is_some() || OTHER.contains(&name) {
            return;
        }
        let found = Diagnostic::error("unknown-type", ty.name.span, format!("there is no type `{name}`"));
        self.report(match closest(name, self.decls.type_names()) {
            Some(meant) => found.did_you_mean(meant),
            None => found.help("declare it, or import the file that does"),
        });
    }
}
