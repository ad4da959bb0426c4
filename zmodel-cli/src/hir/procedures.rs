//! Procedures: what they are given and what they give.

use zmodel_runtime::schema::{EnumId, Type};

use super::collect::{Named, duplicates};
use super::types::scalar;
use super::{FieldType, Param, Passed, Procedure, Resolver};
use crate::syntax::ast;

/// Types of which there is no value: a parameter is never given, and nothing is a result.
const NOTHING: [&str; 3] = ["Void", "Undefined", "Null"];

fn nothing(ty: &ast::TypeRef) -> bool {
    NOTHING.contains(&ty.name.text.as_str())
}

impl Resolver<'_, '_> {
    /// A procedure. That its types are there was looked at already.
    pub(super) fn procedure(&mut self, procedure: &ast::Procedure) {
        let params = self.params(&procedure.params);
        let returns = (!nothing(&procedure.returns)).then(|| self.passed(&procedure.returns));
        self.schema.procedures.push(Procedure {
            name: procedure.name.clone(),
            docs: procedure.docs.clone(),
            mutation: procedure.mutation,
            params,
            returns,
            span: procedure.span,
        });
    }

    /// What is given to a procedure or to a computed field.
    pub(super) fn params(&mut self, written: &[ast::Param]) -> Vec<Param> {
        // ZenStack accepts it, and no method can have two parameters of one name.
        duplicates(written.iter().map(|param| &param.name), "parameter", self.out);
        let given = written.iter().filter(|param| !nothing(&param.ty)).map(|param| Param {
            name: param.name.clone(),
            docs: param.docs.clone(),
            passed: self.passed(&param.ty),
        });
        given.collect()
    }

    fn passed(&self, written: &ast::TypeRef) -> Passed {
        let name = written.name.text.as_str();
        let ty = match (scalar(name), self.decls.named(name)) {
            (Some(ty), _) => FieldType::Scalar(ty),
            (None, Some(Named::Enum(at))) => {
                u16::try_from(at).map_or(FieldType::Error, |at| FieldType::Scalar(Type::Enum(EnumId(at))))
            }
            // A row of a model without a table is what its members are.
            (None, Some(Named::Model(at))) if self.is_ignored(at) => FieldType::Scalar(Type::Json),
            (None, Some(Named::Model(at))) => FieldType::Model(at),
            (None, Some(Named::Type(at))) => FieldType::Type(at),
            // Anything, and what was reported.
            _ => FieldType::Scalar(Type::Json),
        };
        Passed { ty, list: written.list, optional: written.optional }
    }
}
