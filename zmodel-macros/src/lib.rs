//! The zmodel compiler as an attribute macro.
//!
//! ```ignore
//! #[zmodel_macros::zmodel("schema.zmodel")]
//! pub mod db {}
//! ```

use std::path::PathBuf;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{ItemMod, LitStr, parse_macro_input};
use zmodel_cli::diagnostic::{Severity, render};
use zmodel_cli::{Compilation, compile_file};

/// Fills a module with the code generated from a schema.
///
/// The argument is the path of the schema, relative to the crate's folder (where its `Cargo.toml` is). What is written
/// between the braces is kept, and may refer to what is generated. The crate is compiled again when the schema or a
/// file that it imports changes.
///
/// # Errors
/// Each error of the schema is an error of the compilation, with its file, line and column.
#[proc_macro_attribute]
pub fn zmodel(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let path = parse_macro_input!(args as LitStr);
    let module = parse_macro_input!(item as ItemMod);
    expand(&path, &module).into()
}

fn expand(path: &LitStr, module: &ItemMod) -> TokenStream {
    let Some((_, own)) = &module.content else {
        return error(
            module.ident.span(),
            "write `mod NAME {}`: an attribute cannot fill a module in a file of its own",
        );
    };
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let compiled = compile_file(&folder.join(path.value()));
    let errors = errors(&compiled, path.span());
    let code = compiled.code.as_ref().map(zmodel_cli::emit::Code::nested);
    // Naming the files makes rustc look at them: when one changes, the crate is compiled again.
    let files = compiled.sources.iter().filter_map(|(_, file)| file.path.to_str());
    let ItemMod { attrs, vis, ident, .. } = module;
    quote! {
        #errors
        #(#attrs)*
        #vis mod #ident {
            #(const _: &str = ::core::include_str!(#files);)*
            #code
            #(#own)*
        }
    }
}

fn errors(compiled: &Compilation, span: Span) -> TokenStream {
    let errors = compiled.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.map(|diagnostic| error(span, &render::plain_one(&compiled.sources, diagnostic))).collect()
}

fn error(span: Span, message: &str) -> TokenStream {
    quote_spanned!(span=> ::core::compile_error!(#message);)
}
