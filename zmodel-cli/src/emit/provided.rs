//! What the schema leaves to the application: a struct with a field for each thing, so that none is forgotten.

use zmodel_runtime::schema::Secret;

use super::field::optional;
use super::rust::{Ident, TokenStream, quote};
use super::{Emit, docs, names};
use crate::hir;

/// A computed field of which the application says what it is.
struct Computed<'e> {
    /// What it is called among the others.
    name: Ident,
    /// Its model.
    at: usize,
    /// Its position in the schema table.
    id: u16,
    /// Its own name.
    field: &'e Ident,
    /// Its model and name as the schema has them.
    doc: String,
    /// What it gives.
    ty: TokenStream,
    hir: &'e hir::Field,
}

impl Emit<'_> {
    /// Whether there is anything to provide.
    pub(super) fn needs_provided(&self) -> bool {
        self.needs_keys() || !self.computed_fields().is_empty()
    }

    /// The computed fields: what each is called here, its model and its own name.
    fn computed_fields(&self) -> Vec<Computed<'_>> {
        let mut names = Vec::new();
        let mut found = Vec::new();
        for table in self.tables() {
            let of = self.names.model(table.at);
            for ((at, hir), ident) in table.hir.fields.iter().enumerate().zip(&of.fields) {
                let Some(field) = self.positions.field(table.at, at).and_then(|id| table.schema.field(id).ok()) else {
                    continue;
                };
                // What is inherited from a delegate is computed as that says.
                if field.computed && field.inherited.is_none() {
                    let ty = optional(self.field_type(hir, field, &TokenStream::new()), field.optional);
                    names.push(format!("{}_{}", of.module.plain(), ident.plain()));
                    let doc = format!("`{}.{}`", table.hir.name.text, field.name);
                    let id = self.positions.field(table.at, at).map_or(0, |id| id.0);
                    found.push((table.at, id, ident, doc, ty, hir));
                }
            }
        }
        let names = names::told_apart(names.iter().map(String::as_str));
        let named = names.into_iter().zip(found);
        named.map(|(name, (at, id, field, doc, ty, hir))| Computed { name, at, id, field, doc, ty, hir }).collect()
    }

    /// The struct of the expressions for computed fields; nothing if there is none.
    fn computed(&self) -> TokenStream {
        let fields = self.computed_fields();
        if fields.is_empty() {
            return TokenStream::new();
        }
        let declared = fields.iter().map(|Computed { name, at, doc, ty, hir, .. }| {
            let of = self.names.model(*at);
            let (module, model) = (&of.module, &of.ty);
            let doc = docs([format!("What {doc} is.").as_str()]);
            let params = hir.params.iter().map(|param| self.passed(param.passed, &TokenStream::new()));
            quote! {
                #doc
                pub #name: fn(super::#module::Fields #(, #params)*) -> ::zmodel_runtime::computed::Expr<super::#module::#model, #ty>
            }
        });
        let given = fields.iter().map(|Computed { name, at, id, field, ty, hir, .. }| {
            let of = self.names.model(*at);
            let (module, model) = (&of.module, &of.ty);
            let handles = quote!(<super::#module::#model as ::zmodel_runtime::model::Model>::FIELDS);
            if !hir.params.is_empty() {
                let takes = hir.params.iter().map(|_| quote!(arguments.take()?));
                return quote! {
                    ::zmodel_runtime::provided::Computed::asked(
                        ::zmodel_runtime::field::Field::<super::#module::#model, #ty>::new(#id),
                        move |arguments| ::std::result::Result::Ok((self.#name)(#handles, #(#takes),*)),
                    )
                };
            }
            quote!(::zmodel_runtime::provided::Computed::new(#handles.#field, (self.#name)(#handles)))
        });
        quote! {
            /// What the computed fields of the schema are; see `zmodel_runtime::computed`.
            #[derive(Debug, Clone, Copy)]
            pub struct Computed { #(#declared,)* }

            impl Computed {
                fn _all(self) -> ::std::vec::Vec<::zmodel_runtime::provided::Computed> {
                    ::std::vec![#(#given),*]
                }
            }
        }
    }

    /// The names of the structs that are declared here.
    pub(super) fn provided_names(&self) -> Vec<Ident> {
        let computed = (!self.computed_fields().is_empty()).then(|| Ident::new("Computed"));
        self.needs_provided().then(|| Ident::new("Provided")).into_iter().chain(computed).collect()
    }

    fn needs_keys(&self) -> bool {
        let mut fields = self.schema.models.iter().flat_map(|model| model.fields.iter());
        fields.any(|field| field.secret == Some(Secret::Encrypted))
    }

    /// The struct; nothing if there is nothing to provide.
    pub(super) fn provided(&self) -> TokenStream {
        if !self.needs_provided() {
            return TokenStream::new();
        }
        let (mut fields, mut sets) = (Vec::new(), Vec::new());
        if self.needs_keys() {
            fields.push(quote! {
                /// The keys for fields marked `@encrypted`.
                pub keys: ::zmodel_runtime::secret::Keys
            });
            sets.push(quote!(into.keys = ::std::option::Option::Some(provided.keys);));
        }
        let computed = self.computed();
        if !self.computed_fields().is_empty() {
            fields.push(quote! {
                /// What the computed fields are.
                pub computed: Computed
            });
            sets.push(quote!(into.computed = provided.computed._all();));
        }
        quote! {
            #computed

            /// What the schema leaves to the application.
            #[derive(Debug, Clone)]
            pub struct Provided { #(#fields,)* }

            impl ::std::convert::From<Provided> for ::zmodel_runtime::provided::Provided {
                fn from(provided: Provided) -> Self {
                    let mut into = Self::default();
                    #(#sets)*
                    into
                }
            }
        }
    }
}
