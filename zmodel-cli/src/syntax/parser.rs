//! Tokens to tree.
//!
//! A grammar function is a `nom` parser over `Tokens`. It has two ways to answer:
//!
//! - `Err(Miss)`: what it stands for does not start here. Nothing was consumed and nothing was reported, so the caller
//!   may try something else. One or two tokens decide; nothing is ever parsed twice.
//! - `Ok`: it starts here. What is wrong with the remainder has been reported, and skipped or left out.
//!
//! A report at a place that was reported already is dropped (see `recovery`), so callers need not know whether what
//! they called has complained.

#![expect(clippy::unnecessary_wraps, reason = "all grammar functions answer in the same way, to be combined")]

mod attributes;
mod body;
mod config;
mod expr;
mod fields;
mod input;
mod items;
mod lists;
mod recovery;

use super::ast;
use super::lexer::Lexed;
use crate::diagnostic::Diagnostics;
use crate::source::FileId;
pub use body::BUILTIN_TYPES;
use input::{State, Tokens};
pub use recovery::DECLARATIONS;

/// Whether a word can be neither the name of a declaration nor that of a member.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    fields::RESERVED.contains(&word)
}

/// How many brackets and `!`s may stand around an expression.
///
/// Without optimization a level takes up to 20 kilobytes of a stack that may have only 2 megabytes.
pub const MAX_DEPTH: u32 = 64;

/// How many operators an expression may have: a chain of them is a tree as deep as the chain is long.
pub const MAX_OPERATORS: u32 = 500;

/// Makes a tree of tokens; what is wrong with them is added to `diagnostics`.
pub fn parse(file: FileId, text: &str, lexed: &Lexed, diagnostics: &mut Diagnostics) -> ast::File {
    let state = State::new(file, text, lexed);
    let tree = items::file(Tokens::new(&state));
    for diagnostic in state.into_reports() {
        diagnostics.push(diagnostic);
    }
    tree
}
