//! Text that is not Rust, from templates.

use askama::Template;

/// The comment at the top of a generated file.
#[derive(Template)]
#[template(path = "header.txt", escape = "none")]
pub(crate) struct Header<'a> {
    /// The version of the compiler.
    pub(crate) version: &'a str,
    /// The schema, by its file name.
    pub(crate) schema: &'a str,
    /// What tells one state of the schema from another.
    pub(crate) fingerprint: &'a str,
}

/// What `zmodel init` writes.
#[cfg(feature = "cli")]
#[derive(Template)]
#[template(path = "init.zmodel", escape = "none")]
pub(crate) struct Init<'a> {
    /// The provider of the datasource.
    pub(crate) provider: &'a str,
    /// The URL of the datasource.
    pub(crate) url: &'a str,
}

/// Fills a template. Ours hold nothing that can fail; if one did, the text would say so and not compile.
pub(crate) fn render(template: &impl Template) -> String {
    template.render().unwrap_or_else(|error| format!("compile_error!({:?})", error.to_string()))
}
