//! The zmodel compiler as an attribute macro.
//!
//! ```text
//! #[zmodel_macros::zmodel("schema.zmodel")]
//! pub mod db {}
//! ```

mod select;

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

/// Implements `zmodel_runtime::select::Select`: a struct of one's own that holds a part of a row.
///
/// `#[zmodel(Post)]` names the model's struct. Each field is read from the model's field or relation of the same name,
/// or of the one that `#[zmodel(from = name)]` gives:
///
/// ```text
/// #[derive(Select)]
/// #[zmodel(db::Post)]
/// struct Card {
///     id: String,
///     #[zmodel(from = title)]
///     headline: String,
///     author: Option<Name>,      // a struct with #[derive(Select)], or a model
///     comments: u64,             // how many
/// }
///
/// let cards = client.post().find_many().select::<Card>().await?;
/// ```
///
/// # Errors
/// The struct has no named fields or no model, or a field has another type than the model's.
#[proc_macro_derive(Select, attributes(zmodel))]
pub fn select(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    select::expand(&parse_macro_input!(item as syn::DeriveInput))
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
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
    let code = compiled.code.as_ref().map(|code| {
        let tokens: Result<TokenStream, _> = code.nested().parse();
        tokens.unwrap_or_else(|fault| error(path.span(), &format!("zmodel printed what is not Rust: {fault}")))
    });
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

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(schema: &str, module: &str) -> String {
        expand(&LitStr::new(schema, Span::call_site()), &syn::parse_str(module).unwrap()).to_string()
    }

    #[test]
    fn each_mistake_is_an_error_of_its_own_with_its_place() {
        let text = expanded("../tests/schemas/five.zmodel", "pub mod db {}");
        assert_eq!(text.matches(":: core :: compile_error !").count(), 5, "{text}");
        for (place, message) in [
            ("five.zmodel:8:9", "there is no type `Strng`"),
            ("five.zmodel:11:29", "expected `,` or `)`, but found `=`"),
            ("five.zmodel:16:19", "there is no attribute `@defualt`"),
            ("five.zmodel:20:19", "`publishd` is neither a field of `Post` nor a member of an enum"),
            ("five.zmodel:21:11", "there is no operation `write`"),
        ] {
            assert!(text.contains(place) && text.contains(message), "{place}: {message}\n{text}");
        }
    }

    #[test]
    fn a_change_of_any_file_compiles_the_crate_again() {
        let text = expanded("../tests/schemas/shop.zmodel", "pub mod db {}");
        assert_eq!(text.matches(":: core :: include_str !").count(), 2, "{text}");
        assert!(text.contains("shop.zmodel") && text.contains("people.zmodel"));
    }

    #[test]
    fn what_stands_in_the_module_is_kept() {
        let text = expanded("../tests/schemas/blog.zmodel", "#[doc = \"mine\"] pub(crate) mod db { pub fn mine() {} }");
        assert!(text.starts_with("# [doc = \"mine\"] pub (crate) mod db {"), "{text}");
        assert!(text.ends_with("pub fn mine () { } }"));
    }

    #[test]
    fn a_schema_that_is_not_there_and_a_module_in_a_file_are_errors() {
        assert!(expanded("missing.zmodel", "mod db {}").contains("there is no such file"));
        assert!(expanded("../tests/schemas/blog.zmodel", "mod db;").contains("write `mod NAME {}`"));
    }
}
