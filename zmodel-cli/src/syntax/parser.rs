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

use std::ops::{ControlFlow, Range};

use super::ast;
use super::lexer::Lexed;
use super::token::Token;
use crate::diagnostic::{Diagnostic, Diagnostics};
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
    let mut tree = ast::File::default();
    rounds(file, text, lexed, Place::default(), |round| {
        match round.part {
            Some(Part::Import(import)) => tree.imports.push(import),
            Some(Part::Item(item)) => tree.items.push(item),
            None => {}
        }
        round.found.into_iter().for_each(|found| diagnostics.push(found));
        ControlFlow::Continue(())
    });
    tree
}

/// What a file is made of, at the top.
#[expect(clippy::large_enum_variant, reason = "nearly all are declarations, and none stays in it")]
pub(super) enum Part {
    /// A line with an import.
    Import(ast::Import),
    /// A declaration.
    Item(ast::Item),
}

/// What was read in one go: an import, a declaration, or what is neither.
pub(super) struct Round {
    /// What came of it; nothing if it could not be understood.
    pub(super) part: Option<Part>,
    /// What was found to be wrong.
    pub(super) found: Vec<Diagnostic>,
    /// The tokens from its first one to the last one that was looked at; more than there are if that was the end.
    pub(super) seen: Range<usize>,
    /// Where the next round starts.
    pub(super) next: Place,
}

/// A place between two rounds: all that the parser remembers there of what it has read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The last token that was read.
    pub(super) previous: Option<Token>,
    /// How many tokens further on something was reported already.
    pub(super) reported: Option<usize>,
    /// Whether there was a declaration.
    pub(super) declared: bool,
}

/// Goes from a place to the end of the tokens, the first of which is the last one read before, if there was one.
/// `take` says when it is enough.
pub(super) fn rounds(
    file: FileId,
    text: &str,
    lexed: &Lexed,
    from: Place,
    mut take: impl FnMut(Round) -> ControlFlow<()>,
) {
    let state = State::new(file, text, lexed);
    let mut rest = Tokens::new(&state).skip(usize::from(from.previous.is_some()));
    state.reported.set(from.reported.map(|ahead| rest.at() + ahead));
    let mut declared = from.declared;
    while !rest.is_empty() {
        state.seen.set(rest.at());
        let (next, part) = items::part(rest, declared);
        declared |= matches!(part, Some(Part::Item(_)));
        let reported = state.reported.get().and_then(|at| at.checked_sub(next.at()));
        let place = Place { previous: next.previous(), reported, declared };
        let round = Round { part, found: state.reports.take(), seen: rest.at()..state.seen.get() + 1, next: place };
        if take(round).is_break() {
            return;
        }
        rest = next;
    }
}
