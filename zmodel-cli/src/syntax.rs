//! Text to tree.
//!
//! [`parse`] reads one file in two steps. The [`lexer`] cuts the text into [`token`]s and never fails: what starts no
//! token becomes a token of its own. The [`parser`] is made of `nom` parsers over the slice of tokens; it reports what
//! is wrong, leaves it out of the tree and goes on, so that one run finds every mistake. [`Edited`] does this once, and
//! then follows the changes of the text.
//!
//! Invariants: parsing always ends with a tree, for any text; a mistake is reported once; the tree is never deeper than
//! [`parser::MAX_DEPTH`] levels of brackets and [`parser::MAX_OPERATORS`] operators, so walking it cannot exhaust the
//! stack.

pub mod ast;
mod edited;
pub mod lexer;
pub mod parser;
mod parts;
pub mod token;

use crate::diagnostic::Diagnostics;
use crate::source::FileId;
pub use edited::Edited;

/// Parses a file; what is wrong with it is added to `diagnostics`.
///
/// ```
/// use zmodel_cli::{diagnostic::Diagnostics, source::SourceMap, syntax};
///
/// let mut sources = SourceMap::new();
/// let text = "model User { id Int @id }";
/// let file = sources.add("schema.zmodel", text);
/// let mut diagnostics = Diagnostics::default();
/// let tree = syntax::parse(file, text, &mut diagnostics);
/// assert_eq!(tree.items.len(), 1);
/// assert!(diagnostics.is_empty());
/// ```
pub fn parse(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> ast::File {
    parts::parse(file, text, diagnostics)
}

#[cfg(test)]
mod tests;
