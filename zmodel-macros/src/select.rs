//! `#[derive(Select)]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Field, Fields, Ident, Path, Result};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(input.ident.span(), "only a struct can hold a part of a row"));
    };
    let Fields::Named(named) = &data.fields else {
        return Err(Error::new(data.fields.span(), "the fields of the struct are named as those of the model"));
    };
    if named.named.is_empty() {
        return Err(Error::new(input.ident.span(), "the struct holds nothing of a row"));
    }
    if !input.generics.params.is_empty() {
        return Err(Error::new(input.generics.span(), "the struct cannot have parameters"));
    }
    let model = model(input)?;
    let (mut plans, mut early, mut late) = (Vec::new(), Vec::new(), Vec::new());
    for (at, field) in named.named.iter().enumerate() {
        let Some(ident) = &field.ident else { continue };
        let (ty, from, read) = (&field.ty, source(field, ident)?, format_ident!("field_{at}"));
        let name = from.to_string();
        let name = name.trim_start_matches("r#");
        // Errors about the type of a field point to that type.
        let pick = quote_spanned!(ty.span()=> ::zmodel_runtime::select::Pick::<#ty>);
        let handle = quote_spanned!(ty.span()=> <#model as ::zmodel_runtime::model::Model>::FIELDS.#from);
        plans.push(quote!(#pick::plan(#handle, plan);));
        early.push(quote!(let #read = #pick::early(#handle, #name, row)?;));
        late.push(quote!(#ident: #pick::late(#handle, #read, row)?));
    }
    let ident = &input.ident;
    Ok(quote! {
        #[automatically_derived]
        impl ::zmodel_runtime::select::Select for #ident {
            type Model = #model;

            fn plan(plan: &mut ::zmodel_runtime::plan::Find) {
                #(#plans)*
            }

            fn decode(row: &mut ::zmodel_runtime::model::Row<'_>) -> ::zmodel_runtime::Result<Self> {
                #(#early)*
                ::std::result::Result::Ok(Self { #(#late,)* })
            }
        }
    })
}

/// The model that `#[zmodel(Model)]` names.
fn model(input: &DeriveInput) -> Result<Path> {
    let mut attributes = input.attrs.iter().filter(|attribute| attribute.path().is_ident("zmodel"));
    match (attributes.next(), attributes.next()) {
        (Some(attribute), None) => attribute.parse_args(),
        (Some(_), Some(second)) => Err(Error::new(second.span(), "the model is named twice")),
        (None, _) => Err(Error::new(input.ident.span(), "say of which model this is a part: `#[zmodel(Model)]`")),
    }
}

/// The field or relation of the model that a field is read from.
fn source(field: &Field, ident: &Ident) -> Result<Ident> {
    let mut from = ident.clone();
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("zmodel")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("from") {
                return Err(meta.error("only `from` is known here"));
            }
            from = meta.value()?.parse()?;
            Ok(())
        })?;
    }
    Ok(from)
}
