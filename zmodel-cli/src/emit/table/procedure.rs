//! Procedures.

use zmodel_runtime::schema::{Param, Passed, PassedType, Procedure};

use super::super::rust::{TokenStream, quote};
use super::{list, option, text, ty};

pub(super) fn procedure(procedure: &Procedure) -> TokenStream {
    let (name, mutation) = (text(&procedure.name), procedure.mutation);
    let params = list(procedure.params.iter(), param);
    let returns = option(procedure.returns.map(passed));
    quote!(s::Procedure { name: #name, mutation: #mutation, params: #params, returns: #returns })
}

/// A parameter, also of a computed field.
pub(super) fn param(param: &Param) -> TokenStream {
    let (name, passed) = (text(&param.name), passed(param.passed));
    quote!(s::Param { name: #name, passed: #passed })
}

fn passed(passed: Passed) -> TokenStream {
    let Passed { ty: of, list: many, optional } = passed;
    let of = match of {
        PassedType::Scalar(scalar) => {
            let scalar = ty(scalar);
            quote!(Scalar(#scalar))
        }
        PassedType::Document(id) => {
            let id = id.0;
            quote!(Document(s::DocumentId(#id)))
        }
        PassedType::Row(id) => {
            let id = id.0;
            quote!(Row(s::ModelId(#id)))
        }
    };
    quote!(s::Passed { ty: s::PassedType::#of, list: #many, optional: #optional })
}
