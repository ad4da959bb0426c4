//! What a scalar field holds, in Rust.

use zmodel_runtime::schema::{Field, Type};

use super::Emit;
use super::rust::{Ident, TokenStream, quote};
use crate::hir;

impl Emit<'_> {
    /// The Rust type of what a field holds, without the `Option`. `top` leads from where it is written to the top of the generated code.
    pub(super) fn field_type(&self, hir: &hir::Field, field: &Field, top: &TokenStream) -> TokenStream {
        let one = match hir.ty {
            hir::FieldType::Type(at) => {
                let name = self.names.ty(at);
                quote!(#top #name)
            }
            _ => self.rust_type(field.ty, top),
        };
        if hir.list { quote!(::std::vec::Vec<#one>) } else { one }
    }

    /// The Rust type of a single value.
    pub(super) fn rust_type(&self, ty: Type, top: &TokenStream) -> TokenStream {
        match ty {
            Type::String => quote!(::std::string::String),
            Type::Boolean => quote!(bool),
            Type::Int => quote!(i32),
            Type::BigInt => quote!(i64),
            Type::Float => quote!(f64),
            Type::Decimal => quote!(::zmodel_runtime::Decimal),
            Type::DateTime => quote!(::zmodel_runtime::DateTime),
            Type::Json => quote!(::zmodel_runtime::Json),
            Type::Bytes => quote!(::zmodel_runtime::Bytes),
            Type::Enum(id) => {
                let name = self.names.enumeration(id.index());
                quote!(#top #name)
            }
            other => {
                let message = format!("`{other:?}` has no Rust type");
                quote!(compile_error!(#message))
            }
        }
    }
}

/// `Option` of it, if it is optional.
pub(super) fn optional(ty: TokenStream, optional: bool) -> TokenStream {
    if optional { quote!(::std::option::Option<#ty>) } else { ty }
}

/// The attribute that keeps the schema's name in JSON.
pub(super) fn rename(name: &str, ident: &Ident) -> TokenStream {
    if ident.plain() == name { TokenStream::new() } else { quote!(#[serde(rename = #name)]) }
}
