//! Procedures: the trait that the application implements, and the methods by which they are called.

use std::collections::BTreeSet;

use super::field::optional;
use super::rust::{Ident, TokenStream, quote};
use super::{Emit, docs, names};
use crate::hir::{FieldType, Passed, Procedure};

/// The trait, and the methods of a client.
pub(super) const NAMES: [&str; 2] = ["Procedures", "ProcedureCalls"];

/// A procedure in Rust.
struct Method<'a> {
    at: u16,
    name: Ident,
    params: Vec<Ident>,
    types: Vec<TokenStream>,
    returns: Option<TokenStream>,
    of: &'a Procedure,
}

impl Emit<'_> {
    /// The names of what is declared here.
    pub(super) fn procedure_names(&self) -> Vec<Ident> {
        if self.hir.procedures.is_empty() { Vec::new() } else { NAMES.map(Ident::new).into() }
    }

    /// The trait, what makes the engine call it, and the methods; nothing if there are no procedures.
    pub(super) fn procedures(&self) -> TokenStream {
        if self.hir.procedures.is_empty() {
            return TokenStream::new();
        }
        let methods = self.methods();
        let (declared, dispatch, calls) = (declared(&methods), dispatch(&methods), calls(&methods));
        quote!(#declared #dispatch #calls)
    }

    /// How a database is given the implementation.
    pub(super) fn with_procedures(&self) -> TokenStream {
        if self.hir.procedures.is_empty() {
            return TokenStream::new();
        }
        quote! {
            /// With what the application does when somebody calls a procedure of the schema.
            #[must_use]
            pub fn with_procedures(self, procedures: impl Procedures) -> Self {
                Self { engine: self.engine.with_procedures(_Procedures(procedures)) }
            }
        }
    }

    fn methods(&self) -> Vec<Method<'_>> {
        let names = names::told_apart(self.hir.procedures.iter().map(|procedure| procedure.name.text.as_str()));
        let methods = (0u16..).zip(names).zip(&self.hir.procedures).map(|((at, name), of)| {
            // The client comes first, so that a parameter of that name gets another one.
            let params = of.params.iter().map(|param| param.name.text.as_str());
            let params = names::told_apart(std::iter::once("client").chain(params)).into_iter().skip(1).collect();
            let types = of.params.iter().map(|param| self.passed(param.passed, &TokenStream::new())).collect();
            Method {
                at,
                name,
                params,
                types,
                returns: of.returns.map(|returns| self.passed(returns, &TokenStream::new())),
                of,
            }
        });
        methods.collect()
    }

    /// The Rust type of what is passed. `top` leads from where it is written to the top of the generated code.
    pub(super) fn passed(&self, passed: Passed, top: &TokenStream) -> TokenStream {
        let one = match passed.ty {
            FieldType::Scalar(ty) => self.rust_type(ty, top),
            FieldType::Type(at) => {
                let name = self.names.ty(at);
                quote!(#top #name)
            }
            FieldType::Model(at) => {
                let names = self.names.model(at);
                let (module, ty) = (&names.module, &names.ty);
                quote!(super::#module::#ty)
            }
            FieldType::Unsupported | FieldType::Error => quote!(()),
        };
        optional(if passed.list { quote!(::std::vec::Vec<#one>) } else { one }, passed.optional)
    }

    /// How the rows that are passed become values and are read back.
    pub(super) fn rows_passed(&self) -> TokenStream {
        let models: BTreeSet<usize> = self
            .hir
            .passed()
            .filter_map(|passed| match passed.ty {
                FieldType::Model(at) => Some(at),
                _ => None,
            })
            .collect();
        let rows = self.tables().filter(|table| models.contains(&table.at)).map(|table| {
            let names = self.names.model(table.at);
            let (module, ty) = (&names.module, &names.ty);
            let read = table.hir.fields.iter().zip(&names.fields).enumerate().filter_map(|(at, (_, ident))| {
                let field = table.schema.field(self.positions.field(table.at, at)?).ok()?;
                field.is_read().then_some(ident)
            });
            quote! {
                impl ::zmodel_runtime::value::FieldValue for super::#module::#ty {
                    fn into_value(self) -> ::zmodel_runtime::Value {
                        ::zmodel_runtime::Value::List(::std::vec![
                            #(::zmodel_runtime::value::FieldValue::into_value(self.#read)),*
                        ])
                    }

                    fn from_value(
                        value: ::zmodel_runtime::Value,
                    ) -> ::std::result::Result<Self, &'static str> {
                        ::zmodel_runtime::procedure::row(value)
                    }
                }
            }
        });
        rows.collect()
    }
}

impl Method<'_> {
    /// What the schema says of it and of its parameters, or else a line of our own.
    fn docs(&self, otherwise: &str) -> TokenStream {
        let mut lines: Vec<String> = self.of.docs.iter().map(|line| line.trim().to_owned()).collect();
        if lines.is_empty() {
            lines.push(otherwise.to_owned());
        }
        let params = self.params.iter().zip(&self.of.params).filter(|(_, param)| !param.docs.is_empty());
        for (at, (ident, param)) in params.enumerate() {
            if at == 0 {
                lines.push(String::new());
            }
            let said: Vec<&str> = param.docs.iter().map(|line| line.trim()).collect();
            lines.push(format!("- `{}`: {}", ident.plain(), said.join(" ")));
        }
        docs(lines.iter().map(String::as_str))
    }
}

fn given(returns: Option<&TokenStream>) -> TokenStream {
    returns.map_or_else(|| quote!(()), Clone::clone)
}

/// Lints that the schema decides about.
fn allowances() -> TokenStream {
    quote! {
        #[allow(
            clippy::too_many_arguments,
            clippy::fn_params_excessive_bools,
            clippy::many_single_char_names,
            clippy::should_implement_trait,
            clippy::similar_names,
            clippy::wrong_self_convention,
            clippy::allow_attributes,
            reason = "the schema decides"
        )]
    }
}

/// The trait.
fn declared(methods: &[Method<'_>]) -> TokenStream {
    let allow = allowances();
    let declared = methods.iter().map(|method| {
        let Method { name, params, types, returns, of, .. } = method;
        let doc = method.docs(&format!("The procedure `{}`.", of.name.text));
        let returns = given(returns.as_ref());
        quote! {
            #doc
            fn #name(
                &self,
                client: Client,
                #(#params: #types,)*
            ) -> impl ::std::future::Future<Output = ::zmodel_runtime::Result<#returns>> + ::std::marker::Send;
        }
    });
    quote! {
        /// The procedures of the schema, for the application to implement: see `zmodel_runtime::procedure`. Each is
        /// given the client of whoever calls it, and what the schema says. [`Db::with_procedures`] takes what
        /// implements it.
        #allow
        pub trait Procedures: ::std::marker::Send + ::std::marker::Sync + 'static {
            #(#declared)*
        }
    }
}

/// From what the engine passes to the methods of the trait.
fn dispatch(methods: &[Method<'_>]) -> TokenStream {
    let arms = methods.iter().map(|Method { at, name, params, returns, .. }| {
        let takes = params.iter().map(|_| quote!(arguments.take()?));
        let value = match returns {
            Some(_) => quote!(::zmodel_runtime::value::FieldValue::into_value),
            None => quote!(|()| ::zmodel_runtime::Value::Null),
        };
        // Named in full: a procedure can be called like a method that everything has.
        quote!(#at => <P as Procedures>::#name(&self.0, client #(, #takes)*).await.map(#value))
    });
    let bound = if methods.iter().all(|method| method.params.is_empty()) { quote!(_) } else { quote!(mut arguments) };
    quote! {
        struct _Procedures<P>(P);

        impl<P: Procedures> ::zmodel_runtime::procedure::Implementation for _Procedures<P> {
            fn call(
                &self,
                session: ::zmodel_runtime::session::Session,
                procedure: ::zmodel_runtime::schema::ProcedureId,
                #bound: ::zmodel_runtime::procedure::Arguments,
            ) -> ::zmodel_runtime::driver::BoxFuture<'_, ::zmodel_runtime::Result<::zmodel_runtime::Value>> {
                let client = Client { session, guard: ::std::marker::PhantomData };
                ::std::boxed::Box::pin(async move {
                    match procedure.0 {
                        #(#arms,)*
                        _ => ::std::result::Result::Err(::zmodel_runtime::procedure::unknown()),
                    }
                })
            }
        }
    }
}

/// The methods of a client.
fn calls(methods: &[Method<'_>]) -> TokenStream {
    let allow = allowances();
    let calls = methods.iter().map(|method| {
        let Method { at, name, params, types, returns, of } = method;
        let doc = method.docs(&format!("Calls the procedure `{}`.", of.name.text));
        let errors =
            docs(["", "# Errors", "An argument is not what the schema asks for, or those of the application."]);
        let gives = given(returns.as_ref());
        let call = quote! {
            self.session
                .procedure(
                    ::zmodel_runtime::schema::ProcedureId(#at),
                    ::std::vec![#(::zmodel_runtime::value::FieldValue::into_value(#params)),*],
                )
                .await
        };
        let result = match returns {
            Some(_) => quote!(::zmodel_runtime::procedure::given(#call?)),
            None => quote!(#call.map(|_| ())),
        };
        quote! {
            #doc
            #errors
            pub async fn #name(&self, #(#params: #types,)*) -> ::zmodel_runtime::Result<#gives> {
                #result
            }
        }
    });
    quote! {
        /// Calls of the procedures of the schema, for one caller: what [`Client::procedures`] gives.
        #[derive(Debug, Clone, Copy)]
        pub struct ProcedureCalls<'a> {
            session: &'a ::zmodel_runtime::session::Session,
        }

        #allow
        impl ProcedureCalls<'_> {
            #(#calls)*
        }

        impl Client {
            /// The procedures of the schema, as the application implements them.
            #[must_use]
            pub const fn procedures(&self) -> ProcedureCalls<'_> {
                ProcedureCalls { session: &self.session }
            }

            /// Calls a procedure by its name in the schema with `{"args": {…}}`, and gives its result as JSON.
            ///
            /// # Errors
            /// There is no such procedure, the arguments are wrong, or those of the procedure.
            pub async fn call_procedure(
                &self,
                name: &str,
                payload: &::zmodel_runtime::Json,
            ) -> ::zmodel_runtime::Result<::zmodel_runtime::Json> {
                self.session.call_procedure(name, payload).await
            }
        }
    }
}
