//! Structures that are kept as JSON.

use zmodel_runtime::schema::{Document, DocumentType, Inside, InsideOf, Kept};

use super::super::rust::{TokenStream, quote};
use super::{field_id, list, relation_id, text, ty, validation};

pub(super) fn document(document: &Document) -> TokenStream {
    let (name, strict) = (text(&document.name), document.strict);
    let members = list(document.members.iter(), |member| {
        let (name, optional, many) = (text(&member.name), member.optional, member.list);
        let of = match member.ty {
            DocumentType::Scalar(scalar) => {
                let scalar = ty(scalar);
                quote!(Scalar(#scalar))
            }
            DocumentType::Document(id) => {
                let id = id.0;
                quote!(Document(s::DocumentId(#id)))
            }
        };
        let steps = list(member.steps.iter(), validation::step);
        quote! {
            s::DocumentMember { name: #name, ty: s::DocumentType::#of, optional: #optional, list: #many, steps: #steps }
        }
    });
    let validations = list(document.validations.iter(), validation::validation);
    quote!(s::Document { name: #name, members: #members, strict: #strict, validations: #validations })
}

pub(super) fn kept(kept: Kept) -> TokenStream {
    let (document, many) = (kept.document.0, kept.many);
    quote!(s::Kept { document: s::DocumentId(#document), many: #many })
}

pub(super) fn inside(part: &Inside) -> TokenStream {
    let from = match &part.from {
        InsideOf::Field(row, through, field) => {
            let (row, through) = (row.0, list(through.iter(), |id| relation_id(id.0)));
            let field = field_id(field.0);
            quote!(Field(s::Row(#row), #through, #field))
        }
        InsideOf::Element(row) => {
            let row = row.0;
            quote!(Element(s::Row(#row)))
        }
    };
    let (path, ty) = (list(part.path.iter(), text), ty(part.ty));
    quote!(s::Inside { from: s::InsideOf::#from, path: #path, ty: #ty })
}
