//! Procedures: what they are given and what they give.

use zmodel_runtime::schema::{EnumId, Type};

use super::collect::{Named, duplicates};
use super::types::scalar;
use super::{FieldType, Param, Passed, Procedure, Resolver};
use crate::syntax::ast;

impl Resolver<'_, '_> {
    /// A procedure. That its types are there was looked at already.
    pub(super) fn procedure(&mut self, procedure: &ast::Procedure) {
        // ZenStack accepts it, and no method can have two parameters of one name.
        duplicates(procedure.params.iter().map(|param| &param.name), "parameter", &mut self.schema.unsupported);
        let params = procedure.params.iter().map(|param| Param {
            name: param.name.clone(),
            docs: param.docs.clone(),
            passed: self.passed(&param.ty),
        });
        let params = params.collect();
        let nothing = procedure.returns.name.text == "Void" && !procedure.returns.list;
        let returns = (!nothing).then(|| self.passed(&procedure.returns));
        self.schema.procedures.push(Procedure {
            name: procedure.name.clone(),
            docs: procedure.docs.clone(),
            mutation: procedure.mutation,
            params,
            returns,
            span: procedure.span,
        });
    }

    fn passed(&mut self, written: &ast::TypeRef) -> Passed {
        let name = written.name.text.as_str();
        let known = match (scalar(name), self.decls.named(name)) {
            (Some(ty), _) => Some(FieldType::Scalar(ty)),
            (None, _) if name == "Any" => Some(FieldType::Scalar(Type::Json)),
            (None, Some(Named::Enum(at))) => u16::try_from(at).ok().map(|at| FieldType::Scalar(Type::Enum(EnumId(at)))),
            (None, Some(Named::Model(at))) if !self.is_ignored(at) => Some(FieldType::Model(at)),
            (None, Some(Named::Type(at))) if self.is_structure(at, &mut Vec::new()) => Some(FieldType::Type(at)),
            _ => None,
        };
        let declared = matches!(self.decls.named(name), Some(Named::Model(_) | Named::Type(_)));
        match (known, declared) {
            (None, true) => self.not_supported(written.span, &format!("passing a `{name}`, which holds relations")),
            (None, false) => self.not_supported(written.span, &format!("passing something of type `{name}`")),
            (Some(_), _) => {}
        }
        let ty = known.unwrap_or(FieldType::Error);
        Passed { ty, list: written.list, optional: written.optional }
    }

    /// Whether everything in a type, and in the types inside it, is a value.
    fn is_structure(&self, at: usize, seen: &mut Vec<usize>) -> bool {
        if seen.contains(&at) {
            return true;
        }
        seen.push(at);
        let fields = self.schema.types.get(at).map_or(&[][..], |ty| &ty.fields);
        fields.iter().all(|field| match field.ty {
            FieldType::Scalar(_) => true,
            FieldType::Type(inner) => self.is_structure(inner, seen),
            FieldType::Model(_) | FieldType::Unsupported | FieldType::Error => false,
        })
    }
}
