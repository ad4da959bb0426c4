//! Enums.

use super::rust::{TokenStream, quote};
use super::{Emit, docs_or, names};
use crate::hir;

impl Emit<'_> {
    pub(super) fn enums(&self) -> TokenStream {
        let enums = self.hir.enums.iter().enumerate().map(|(at, it)| self.enumeration(at, it));
        quote!(#(#enums)*)
    }

    fn enumeration(&self, at: usize, it: &hir::Enum) -> TokenStream {
        let name = self.names.enumeration(at);
        let doc = docs_or(&it.docs, &format!("The enum `{}`.", it.name.text));
        let variants = names::variants(it.members.iter().map(|member| member.name.text.as_str()));
        let members: Vec<&str> = it.members.iter().map(|member| member.name.text.as_str()).collect();
        let stored: Vec<&str> = it.members.iter().map(|member| member.stored.as_str()).collect();
        let docs = it.members.iter().map(|member| docs_or(&member.docs, &format!("`{}`", member.name.text)));
        let expected = format!("a member of the enum `{}`", it.name.text);
        quote! {
            #doc
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
            pub enum #name {
                #(#docs #variants,)*
            }

            ::zmodel_runtime::object!(enum #name { #(#variants #members),* });

            impl #name {
                /// Every member, in the order of the schema.
                pub const ALL: &'static [Self] = &[#(Self::#variants),*];

                /// The name in the schema.
                #[must_use]
                pub const fn as_str(self) -> &'static str {
                    match self {
                        #(Self::#variants => #members,)*
                    }
                }
            }

            impl ::std::fmt::Display for #name {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.write_str(self.as_str())
                }
            }

            impl ::zmodel_runtime::value::FieldValue for #name {
                fn into_value(self) -> ::zmodel_runtime::Value {
                    ::zmodel_runtime::Value::Text(::std::string::String::from(match self {
                        #(Self::#variants => #stored,)*
                    }))
                }

                fn into_member(self) -> ::zmodel_runtime::Json {
                    ::zmodel_runtime::Json::from(self.as_str())
                }

                fn from_value(value: ::zmodel_runtime::Value) -> ::std::result::Result<Self, &'static str> {
                    match value {
                        ::zmodel_runtime::Value::Text(text) => Self::from_text(&text),
                        _ => ::std::result::Result::Err(#expected),
                    }
                }

                fn from_text(text: &str) -> ::std::result::Result<Self, &'static str> {
                    match text {
                        #(#stored => ::std::result::Result::Ok(Self::#variants),)*
                        _ => ::std::result::Result::Err(#expected),
                    }
                }
            }

            impl ::zmodel_runtime::clerk::claims::FromClaim for #name {
                fn from_claim(
                    value: &::zmodel_runtime::Json,
                ) -> ::std::result::Result<Self, ::zmodel_runtime::clerk::claims::Fault> {
                    ::zmodel_runtime::clerk::claims::member(value, &[#((#members, Self::#variants)),*])
                }
            }
        }
    }
}
