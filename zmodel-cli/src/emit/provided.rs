//! What the schema leaves to the application: a struct with a field for each thing, so that none is forgotten.

use zmodel_runtime::schema::Secret;

use super::Emit;
use super::rust::{TokenStream, quote};

impl Emit<'_> {
    /// Whether there is anything to provide.
    pub(super) fn needs_provided(&self) -> bool {
        self.needs_keys()
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
        quote! {
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
