//! From a resolved schema to Rust: data and thin typed shims, no behaviour.
//!
//! The result is a list of modules, each as text, in the order of the schema. Each door takes these same texts: the macro
//! and the build script as nested modules, the command as one file a module.
//!
//! Invariant: a name or a text of the schema enters the output as an identifier or a literal token, never as text, so
//! a hostile schema cannot write code; see `rust`.

use zmodel_runtime::schema;

use crate::cores;
use crate::hir;
use crate::lower::Positions;

mod rust;

mod client;
mod context;
mod enums;
mod field;
mod json;
mod model;
mod names;
mod procedures;
mod provided;
mod short;
mod table;

use names::Names;
use rust::{Ident, Printer, Spaced, TokenStream, put, quote};

/// The generated code, as text: modules, and what of them is named at the top.
#[derive(Debug, Clone)]
pub struct Code {
    /// The client, one module for each model, and the schema table.
    pub modules: Vec<Module>,
    /// Re-exports of what people name most.
    pub exports: String,
}

/// A generated module.
#[derive(Debug, Clone)]
pub struct Module {
    /// The name of its file, without the extension.
    pub file_name: String,
    /// Its declaration, where it is a file of its own: `pub mod post;` and the attributes before it.
    pub declaration: String,
    /// What is in it.
    pub items: String,
}

impl Code {
    /// Everything in one stretch, modules nested.
    #[must_use]
    pub fn nested(&self) -> String {
        self.nested_after(String::new())
    }

    /// The same, after something else. The text is long, so it is put together in its place.
    pub(crate) fn nested_after(&self, mut text: String) -> String {
        let length: usize = self.modules.iter().map(|module| module.items.len()).sum();
        text.reserve(length + length / 3);
        for module in &self.modules {
            text.push_str(module.declaration.trim_end().trim_end_matches(';'));
            text.push_str(" {\n");
            push_indented(&mut text, &module.items);
            text.push_str("}\n\n");
        }
        text + &self.exports
    }

    /// The top file, where modules are files beside it.
    #[must_use]
    pub fn top(&self) -> String {
        let declarations: String = self.modules.iter().flat_map(|module| [module.declaration.as_str(), "\n"]).collect();
        declarations + &self.exports
    }
}

/// Appends lines, moved to the right. A line break in a text is written as `\n`, so that lines can be moved.
fn push_indented(text: &mut String, lines: &str) {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', lines.as_bytes()) {
        let Some(line) = lines.get(start..=end) else { continue };
        if end > start {
            text.push_str("    ");
        }
        text.push_str(line);
        start = end + 1;
    }
}

/// What the parts of the emitter look at.
struct Emit<'a> {
    hir: &'a hir::Schema,
    schema: &'a schema::Schema,
    positions: Positions,
    names: Names,
    short: Vec<short::Short>,
}

/// Prints `schema`, the lowered form of `hir`.
#[must_use]
pub fn emit(hir: &hir::Schema, schema: &schema::Schema) -> Code {
    let emit = &Emit::new(hir, schema);
    let tables: Vec<Table<'_>> = emit.tables().collect();
    // Models have nothing to do with each other, so each core can take some.
    let rest = || (emit.print(&emit.client_module()), emit.print(&emit.table()));
    let (printed, (client, mut table)) = cores::on_all(&tables, |table| emit.print_model(table), rest);
    let mut modules = vec![client];
    for Printed { module, in_table } in printed {
        modules.push(module);
        table.items.push('\n');
        table.items.push_str(&in_table);
    }
    modules.push(table);
    Code { modules, exports: emit.text(&emit.exports()) }
}

/// What is printed for a model.
struct Printed {
    module: Module,
    /// Its part of the schema table.
    in_table: String,
}

/// A module before it is printed.
struct Draft {
    name: Ident,
    /// What stands before `mod`.
    head: TokenStream,
    items: TokenStream,
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
    fn new(hir: &'a hir::Schema, schema: &'a schema::Schema) -> Self {
        let positions = Positions::new(hir);
        let names = Names::new(hir, positions.shapes());
        let short = short::usable(&names);
        Self { hir, schema, positions, names, short }
    }

    /// The models that have a table, in the order of the schema.
    fn tables(&self) -> impl Iterator<Item = Table<'a>> {
        self.hir.models.iter().enumerate().filter_map(|(at, model)| {
            let id = self.positions.model(at)?;
            Some(Table { at, hir: model, schema: self.schema.model(id).ok()?, id: id.0 })
        })
    }

    fn print(&self, Draft { name, head, items }: &Draft) -> Module {
        let items = quote! {
            #[allow(unused_imports, clippy::allow_attributes, reason = "generated")]
            use ::zmodel_runtime as zm;

            #items
        };
        Module {
            file_name: name.plain().to_owned(),
            declaration: self.text(&quote!(#head mod #name;)),
            items: self.text(&items),
        }
    }

    fn print_model(&self, table: &Table<'_>) -> Printed {
        Printed { module: self.print(&self.model(table)), in_table: self.text(&self.model_in_table(table)) }
    }

    fn text(&self, items: &TokenStream) -> String {
        Printer::new(&self.short).items(items)
    }

    /// The enums, the context, `Db` and `Client`: a module of their own, named at the top one by one.
    fn client_module(&self) -> Draft {
        let (enums, context, documents) = (self.enums(), self.context(), self.documents());
        let (provided, client, procedures) = (self.provided(), self.client(), self.procedures());
        let passed = self.rows_passed();
        let name = Ident::new(names::CLIENT_MODULE);
        Draft {
            name,
            head: allowances(),
            items: quote!(#enums #context #documents #provided #client #procedures #passed),
        }
    }

    /// `pub use` of what people name most.
    fn exports(&self) -> TokenStream {
        let client = Ident::new(names::CLIENT_MODULE);
        let enums = (0..self.hir.enums.len()).map(|at| self.names.enumeration(at).clone());
        let mut named: Vec<_> = enums.chain(self.context_names()).chain(self.document_names()).collect();
        named.extend([Ident::new("Client"), Ident::new("Db")]);
        named.extend(self.provided_names());
        named.extend(self.procedure_names());
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
    let mut docs = TokenStream::with_room(0);
    let mut in_code = false;
    for mut line in lines {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            let opens_rust = in_code && !line.contains("text");
            line = if opens_rust { "```text" } else { line };
        }
        if line.is_empty() {
            put!(docs [] #[doc = ""]);
        } else {
            let line = Spaced(line);
            put!(docs [] #[doc = #line]);
        }
    }
    docs
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The same for the same items, however they are laid out, and whether or not lists end in a comma.
    fn plain(items: &str) -> String {
        let text = prettyplease::unparse(&syn::parse_str(items).unwrap());
        let text: String = text.split_whitespace().collect();
        text.replace(",)", ")").replace(",]", "]").replace(",}", "}")
    }

    #[test]
    fn what_is_printed_is_what_was_meant() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/schemas");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let read = |path: &std::path::Path| std::fs::read_to_string(path);
            let (compiled, Some(hir)) = crate::lowered(&path, &read) else { continue };
            let emit = Emit::new(&hir, compiled.schema.as_ref().unwrap());
            let models: Vec<_> = emit.tables().map(|table| emit.model(&table)).collect();
            let modules = [emit.client_module(), emit.table()].into_iter().chain(models);
            let modules = modules.map(|Draft { head, name, items }| quote!(#head mod #name { #items }));
            for module in modules.chain(emit.tables().map(|table| emit.model_in_table(&table))) {
                // Paths stay long, to be compared with what was not printed.
                let printed = Printer::new(&[]).items(&module);
                assert_eq!(plain(&printed), plain(&module.texts().join("\n")), "{}", path.display());
            }
        }
    }
}
