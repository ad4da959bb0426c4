//! Text to tree.
//!
//! [`parse`] never fails: it reports what it does not understand and goes on, so that one run finds every mistake and
//! an editor always has a tree. The lexer makes tokens of any text at all; the grammar is written as nom parsers over
//! a slice of them.

use std::cell::{Cell, RefCell};

use crate::diagnostic::Diagnostics;
use crate::source::FileId;

pub mod ast;
mod lexer;
mod parser;
mod token;

#[cfg(test)]
mod tests;

/// Parses one file.
pub fn parse(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> ast::File {
    let lexed = lexer::lex(file, text);
    let sink = parser::Sink {
        diagnostics: RefCell::new(std::mem::take(diagnostics)),
        last: Cell::new(None),
        depth: Cell::new(0),
        weight: Cell::new(0),
    };
    let tree = parser::file(&lexed, text, &sink);
    *diagnostics = sink.diagnostics.into_inner();
    tree
}
