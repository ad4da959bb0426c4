//! Structures that are kept as JSON in a field: a struct for each `type` that a table uses.

use std::collections::BTreeSet;

use zmodel_runtime::schema::Type;

use super::field::{optional, rename};
use super::rust::{Ident, TokenStream, quote};
use super::{Emit, docs, docs_or, names};
use crate::hir::{Auth, FieldType};

impl Emit<'_> {
    /// The structs, and how they become JSON and are read from it.
    pub(super) fn documents(&self) -> TokenStream {
        let items = self.positions.documents().iter().map(|&at| {
            let name = self.names.ty(at);
            // What is also a part of `auth()` has its struct there already.
            let context = self.positions.shape(Auth::Type(at)).is_some();
            let declaration = if context { TokenStream::new() } else { self.document(at) };
            let (value, members) = (document_value(name, context), self.members_of(at));
            quote!(#declaration #value #members)
        });
        quote!(#(#items)*)
    }

    /// The names of the structs that are declared here.
    pub(super) fn document_names(&self) -> Vec<Ident> {
        let types = self.positions.documents().iter();
        types
            .filter(|at| self.positions.shape(Auth::Type(**at)).is_none())
            .map(|at| self.names.ty(*at).clone())
            .collect()
    }

    /// Whether a type is kept as JSON in some field.
    pub(super) fn is_document(&self, ty: usize) -> bool {
        self.positions.documents().contains(&ty)
    }

    fn document(&self, at: usize) -> TokenStream {
        let Some(ty) = self.hir.types.get(at) else { return TokenStream::new() };
        let name = self.names.ty(at);
        let doc = docs_or(&ty.docs, &format!("The type `{}`, kept as JSON.", ty.name.text));
        let members = ty.fields.iter().zip(names::fields(&ty.fields)).filter_map(|(field, ident)| {
            let one = match field.ty {
                FieldType::Scalar(scalar) => self.rust_type(scalar, &TokenStream::new()),
                FieldType::Type(inner) => {
                    let inner_name = self.names.ty(inner);
                    // A structure that holds itself has a size only behind a pointer.
                    let boxed = !field.list && self.holds(inner, at, &mut BTreeSet::new());
                    if boxed { quote!(::std::boxed::Box<#inner_name>) } else { quote!(#inner_name) }
                }
                FieldType::Model(_) | FieldType::Unsupported => self.rust_type(Type::Json, &TokenStream::new()),
                FieldType::Error => return None,
            };
            let ty = optional(if field.list { quote!(::std::vec::Vec<#one>) } else { one }, field.optional);
            let (doc, rename) =
                (docs_or(&field.docs, &format!("The field `{}`.", field.name.text)), rename(&field.name.text, &ident));
            let default = field.list.then(|| quote!(#[serde(default)]));
            Some(quote!(#doc #rename #default pub #ident: #ty))
        });
        let strict = ty.strict.then(|| quote!(, deny_unknown_fields));
        quote! {
            #doc
            #[derive(Debug, Clone, PartialEq)]
            #[derive(::zmodel_runtime::serde::Serialize, ::zmodel_runtime::serde::Deserialize)]
            #[serde(crate = "::zmodel_runtime::serde" #strict)]
            pub struct #name { #(#members,)* }
        }
    }

    /// The handles of the members of a structure.
    fn members_of(&self, at: usize) -> TokenStream {
        let Some(ty) = self.hir.types.get(at) else { return TokenStream::new() };
        let (name, members) = (self.names.ty(at), self.names.members(at));
        let known = ty.fields.iter().zip(names::fields(&ty.fields)).filter_map(|(field, ident)| {
            let one = match field.ty {
                FieldType::Scalar(scalar) => self.rust_type(scalar, &TokenStream::new()),
                FieldType::Type(inner) => {
                    let inner = self.names.ty(inner);
                    quote!(#inner)
                }
                FieldType::Model(_) | FieldType::Unsupported | FieldType::Error => return None,
            };
            let held = optional(if field.list { quote!(::std::vec::Vec<#one>) } else { one }, field.optional);
            let doc = docs_or(&field.docs, &format!("The member `{}`.", field.name.text));
            let text = &field.name.text;
            Some((
                quote!(#doc pub #ident: ::zmodel_runtime::field::Member<#held>),
                quote!(#ident: ::zmodel_runtime::field::Member::new(#text)),
            ))
        });
        let (declared, given): (Vec<_>, Vec<_>) = known.unzip();
        let text = format!("The members of [`{name}`], for the closures of a query.");
        let doc = docs([text.as_str()]);
        quote! {
            #doc
            pub struct #members { #(#declared,)* }

            ::zmodel_runtime::handles!(#members);

            impl ::zmodel_runtime::field::Structure for #name {
                type Members = #members;
                const MEMBERS: #members = #members { #(#given,)* };
            }
        }
    }

    /// Whether a value of the type `outer` holds one of `inner` directly, not in a list.
    fn holds(&self, outer: usize, inner: usize, seen: &mut BTreeSet<usize>) -> bool {
        if outer == inner {
            return true;
        }
        let fields = self.hir.types.get(outer).map_or(&[][..], |ty| &ty.fields);
        seen.insert(outer)
            && fields.iter().any(|field| match field.ty {
                FieldType::Type(at) if !field.list => self.holds(at, inner, seen),
                _ => false,
            })
    }
}

/// How a structure becomes a value and is read back.
fn document_value(name: &Ident, context: bool) -> TokenStream {
    let context = context.then(|| {
        quote! {
            fn into_context(self) -> ::zmodel_runtime::value::ContextValue {
                self._context()
            }
        }
    });
    quote! {
        impl ::zmodel_runtime::field::Document for #name {}

        impl ::zmodel_runtime::value::FieldValue for #name {
            fn into_value(self) -> ::zmodel_runtime::value::Value {
                ::zmodel_runtime::value::document(&self)
            }

            fn from_value(value: ::zmodel_runtime::value::Value) -> ::std::result::Result<Self, &'static str> {
                ::zmodel_runtime::value::from_document(
                    <::zmodel_runtime::Json as ::zmodel_runtime::value::FieldValue>::from_value(value)?,
                )
            }

            fn from_element(element: ::zmodel_runtime::Json) -> ::std::result::Result<Self, &'static str> {
                ::zmodel_runtime::value::from_document(element)
            }

            #context
        }
    }
}
