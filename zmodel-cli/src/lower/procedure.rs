//! Procedures.

use zmodel_runtime::schema::{Param, Passed, PassedType, Procedure};

use super::{Lowering, list, name};
use crate::hir::{self, FieldType};

impl Lowering<'_> {
    pub(super) fn procedures(&self) -> Vec<Procedure> {
        self.hir.procedures.iter().filter_map(|procedure| self.procedure(procedure)).collect()
    }

    fn procedure(&self, procedure: &hir::Procedure) -> Option<Procedure> {
        let returns = match procedure.returns {
            Some(returns) => Some(self.passed(returns)?),
            None => None,
        };
        Some(Procedure {
            name: name(&procedure.name.text),
            mutation: procedure.mutation,
            params: list(self.params(&procedure.params)?),
            returns,
        })
    }

    /// What is given to a procedure or to a computed field.
    pub(super) fn params(&self, params: &[hir::Param]) -> Option<Vec<Param>> {
        let param = |param: &hir::Param| {
            let passed = self.passed(param.passed)?;
            Some(Param { name: name(&param.name.text), passed })
        };
        params.iter().map(param).collect()
    }

    fn passed(&self, passed: hir::Passed) -> Option<Passed> {
        let ty = match passed.ty {
            FieldType::Scalar(ty) => PassedType::Scalar(ty),
            FieldType::Type(at) => PassedType::Document(self.positions.document(at)?),
            FieldType::Model(at) => PassedType::Row(self.positions.model(at)?),
            FieldType::Unsupported | FieldType::Error => return None,
        };
        Some(Passed { ty, list: passed.list, optional: passed.optional })
    }
}
