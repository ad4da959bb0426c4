//! From a resolved schema to Rust: data and thin typed shims, no behaviour.
//!
//! The result is a tree of modules made of tokens, in the order of the schema. Each door prints that same tree: the
//! macro and the build script as nested modules, the command as one file a module.
//!
//! Invariant: a name or a text of the schema enters the output as an identifier or a literal token, never as text, so
//! a hostile schema cannot write code.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use zmodel_runtime::schema;

use crate::hir;
use crate::lower::Positions;

mod client;
mod context;
mod enums;
mod field;
mod json;
mod model;
mod names;
mod short;
mod table;

use names::Names;

/// The generated code: modules, and what of them is named at the top.
#[derive(Debug, Clone)]
pub struct Code {
    /// The client, one module for each model, and the schema table.
    pub modules: Vec<Module>,
    /// Re-exports of what people name most.
    pub exports: TokenStream,
}

/// A generated module.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its name; a keyword as `r#type`.
    pub name: proc_macro2::Ident,
    /// Attributes and `pub`, if it is public.
    pub head: TokenStream,
    /// What is in it.
    pub items: TokenStream,
}

impl Module {
    /// The name of its file, without the extension.
    #[must_use]
    pub fn file_name(&self) -> String {
        let name = self.name.to_string();
        name.strip_prefix("r#").unwrap_or(&name).to_owned()
    }
}

impl Code {
    /// Everything in one stretch, modules nested.
    #[must_use]
    pub fn nested(&self) -> TokenStream {
        let modules = self.modules.iter().map(|Module { name, head, items }| quote!(#head mod #name { #items }));
        let exports = &self.exports;
        quote!(#(#modules)* #exports)
    }

    /// The top file, where modules are files beside it.
    #[must_use]
    pub fn top(&self) -> TokenStream {
        let modules = self.modules.iter().map(|Module { name, head, .. }| quote!(#head mod #name;));
        let exports = &self.exports;
        quote!(#(#modules)* #exports)
    }
}

/// What the parts of the emitter look at.
struct Emit<'a> {
    hir: &'a hir::Schema,
    schema: &'a schema::Schema,
    positions: Positions,
    names: Names,
}

/// Prints `schema`, the lowered form of `hir`.
#[must_use]
pub fn emit(hir: &hir::Schema, schema: &schema::Schema) -> Code {
    let positions = Positions::new(hir);
    let names = Names::new(hir, positions.shapes());
    let emit = Emit { hir, schema, positions, names };
    let mut modules: Vec<Module> = vec![emit.client_module()];
    modules.extend(emit.tables().map(|table| emit.model(&table)));
    modules.push(emit.table());
    let short = short::Short::new(&emit.names);
    for module in &mut modules {
        module.items = short.module(std::mem::take(&mut module.items));
    }
    Code { modules, exports: emit.exports() }
}

/// A model that has a table: as resolved, as lowered, and its position.
#[derive(Clone, Copy)]
struct Table<'a> {
    /// Its position among the resolved models.
    at: usize,
    hir: &'a hir::Model,
    schema: &'a schema::Model,
    id: u16,
}

impl<'a> Emit<'a> {
    /// The models that have a table, in the order of the schema.
    fn tables(&self) -> impl Iterator<Item = Table<'a>> {
        self.hir.models.iter().enumerate().filter_map(|(at, model)| {
            let id = self.positions.model(at)?;
            Some(Table { at, hir: model, schema: self.schema.model(id).ok()?, id: id.0 })
        })
    }

    /// The enums, the context, `Db` and `Client`: a module of their own, named at the top one by one.
    fn client_module(&self) -> Module {
        let (enums, context, documents, client) = (self.enums(), self.context(), self.documents(), self.client());
        let (name, head) = (format_ident!("{}", names::CLIENT_MODULE), allowances());
        Module { name, head, items: quote!(#enums #context #documents #client) }
    }

    /// `pub use` of what people name most.
    fn exports(&self) -> TokenStream {
        let client = format_ident!("{}", names::CLIENT_MODULE);
        let enums = (0..self.hir.enums.len()).map(|at| self.names.enumeration(at).clone());
        let mut named: Vec<_> = enums.chain(self.context_names()).chain(self.document_names()).collect();
        named.extend([format_ident!("Client"), format_ident!("Db")]);
        let models = self.tables().filter_map(|table| {
            let names = self.names.model(table.at);
            let (module, ty) = (&names.module, &names.ty);
            names.exported.then(|| quote!(#module::#ty))
        });
        quote! {
            #[rustfmt::skip]
            #[allow(unused_imports, unreachable_pub, clippy::allow_attributes, reason = "the application decides")]
            pub use self::{#client::{#(#named),*}, #(#models),*};
        }
    }
}

/// Doc attributes, one for each line. A block of code without a language is none of Rust's, and is not to be tested.
fn docs<'a>(lines: impl IntoIterator<Item = &'a str>) -> TokenStream {
    let mut in_code = false;
    let lines = lines.into_iter().map(|line| {
        if !line.trim_start().starts_with("```") {
            return if line.is_empty() { String::new() } else { format!(" {line}") };
        }
        in_code = !in_code;
        let opens_rust = in_code && !line.contains("text");
        if opens_rust { " ```text".to_owned() } else { format!(" {line}") }
    });
    let lines: Vec<String> = lines.collect();
    quote!(#(#[doc = #lines])*)
}

/// The `///` lines of the schema, or else a line of our own.
fn docs_or(lines: &[String], otherwise: &str) -> TokenStream {
    if lines.is_empty() { docs([otherwise]) } else { docs(lines.iter().map(|line| line.trim())) }
}

/// Lints that the schema decides about, not the generator: the words in its comments, how many Booleans a model has,
/// what of it the application uses.
fn allowances() -> TokenStream {
    quote! {
        #[rustfmt::skip]
        #[allow(
            dead_code,
            unreachable_pub,
            clippy::doc_markdown,
            clippy::struct_excessive_bools,
            clippy::struct_field_names,
            clippy::large_enum_variant,
            clippy::enum_variant_names,
            clippy::too_long_first_doc_paragraph,
            clippy::unreadable_literal,
            clippy::allow_attributes,
            reason = "the schema and the application decide"
        )]
    }
}
