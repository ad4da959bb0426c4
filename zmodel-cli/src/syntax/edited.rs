//! A file that is read again and again while somebody writes it.
//!
//! The parser reads a file in rounds: an import, a declaration, or what is neither. Between two of them it remembers
//! next to nothing ([`Place`]), and how far ahead it has looked is known. So after a change of the text
//!
//! - a round that looked at nothing but the text before the change is as it was, and
//! - once the parser is at a place after the change where it was before, it would read the rest as it did then.
//!
//! What is between the two is read again.
//!
//! Invariant: after any change everything is as if the new text had been read from its start.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::ast;
use super::lexer::{LOOKAHEAD, Lexed, Lexer};
use super::parser::{self, Part, Place};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// The tree of a text and what was found in it, which follow the changes of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    file: FileId,
    tree: Arc<ast::File>,
    rounds: Vec<Round>,
}

/// What was read in one go.
#[derive(Debug, Clone, PartialEq)]
struct Round {
    holds: Holds,
    found: Vec<Diagnostic>,
    /// The first byte that was not looked at.
    seen: u32,
    next: Place,
}

/// What a round has put into the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Import,
    Item,
    Nothing,
}

/// Beyond any text: its end was looked at.
const END: u32 = u32::MAX;

/// A change of a text.
#[derive(Debug, Clone, Copy)]
struct Change<'t> {
    after: &'t str,
    /// So many bytes at the start are the same.
    start: u32,
    /// From here in the old text on the bytes are the same up to the end.
    end: u32,
    /// How far those have moved. What moves back overflows.
    by: u32,
}

/// What was read again.
#[derive(Debug)]
struct Again {
    tree: ast::File,
    rounds: Vec<Round>,
    /// The old rounds in whose place these are.
    replaced: Range<usize>,
}

impl Edited {
    /// An empty file.
    #[must_use]
    pub fn new(file: FileId) -> Self {
        Self { file, tree: Arc::default(), rounds: Vec::new() }
    }

    /// The tree.
    #[must_use]
    pub const fn tree(&self) -> &Arc<ast::File> {
        &self.tree
    }

    /// What is wrong with the text.
    pub fn found(&self) -> impl Iterator<Item = &Diagnostic> {
        self.rounds.iter().flat_map(|round| &round.found)
    }

    /// Follows the change of the text from `before` to `after`. If somebody else holds the tree, it is copied.
    pub fn change(&mut self, before: &str, after: &str) {
        if before != after {
            let change = Change::new(before, after);
            let again = self.read(change);
            self.put(again, change.by);
        }
    }

    /// Reads again what the change may have changed.
    fn read(&self, change: Change<'_>) -> Again {
        let kept = self.rounds.iter().take_while(|round| round.seen <= change.start).count();
        let from = kept.checked_sub(1).and_then(|last| self.rounds.get(last)).map(|last| last.next).unwrap_or_default();
        let mut lexer = Lexer::new(self.file, change.after, from.previous);
        let mut complaints = Diagnostics::default();
        // After the round with the change one more should be enough to see that all goes on as before.
        let ends = self.rounds.iter().skip(kept).map(|round| end(round.next)).filter(|end| *end >= change.end);
        let mut to = ends.skip(1).map(|end| change.moved(end) as usize).next().unwrap_or(change.after.len());
        loop {
            let whole = lexer.read_to(to, &mut complaints);
            let mut again = Again { tree: ast::File::default(), rounds: Vec::new(), replaced: kept..self.rounds.len() };
            let mut complaints = complaints.iter().peekable();
            let mut meets = None;
            parser::rounds(self.file, change.after, &lexer.lexed, from, |round| {
                let Some(seen) = seen(&lexer.lexed, round.seen, whole) else { return ControlFlow::Break(()) };
                let its_own = |found: &&Diagnostic| found.span.is_some_and(|span| span.start < end(round.next));
                let mut found = Vec::new();
                while let Some(complaint) = complaints.next_if(its_own) {
                    found.push(complaint.clone());
                }
                found.extend(round.found);
                let holds = match round.part {
                    Some(Part::Import(import)) => {
                        again.tree.imports.push(import);
                        Holds::Import
                    }
                    Some(Part::Item(item)) => {
                        again.tree.items.push(item);
                        Holds::Item
                    }
                    None => Holds::Nothing,
                };
                again.rounds.push(Round { holds, found, seen, next: round.next });
                meets = self.was_at(round.next, change);
                if meets.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            if let Some(last) = meets {
                again.replaced.end = last + 1;
            }
            if whole || meets.is_some() {
                return again;
            }
            to += (to - end(from) as usize).max(1);
        }
    }

    /// The round after which the parser was at a place that is after the change now, with the same in mind.
    fn was_at(&self, now: Place, change: Change<'_>) -> Option<usize> {
        let place = end(now).wrapping_sub(change.by);
        if end(now) < change.moved(change.end) {
            return None;
        }
        let at = self.rounds.partition_point(|round| end(round.next) < place);
        let then = self.rounds.get(at)?.next;
        let kind = |place: Place| place.previous.map(|token| token.kind);
        let same = end(then) == place
            && kind(then) == kind(now)
            && (then.reported, then.declared) == (now.reported, now.declared);
        same.then_some(at)
    }

    /// Puts what was read again into its place, and moves what comes after it.
    fn put(&mut self, again: Again, by: u32) {
        let Again { tree: fresh, rounds, replaced } = again;
        let range = |what: Holds| {
            let count = |some: Range<usize>| {
                let some = self.rounds.get(some).unwrap_or_default();
                some.iter().filter(|round| round.holds == what).count()
            };
            let start = count(0..replaced.start);
            start..start + count(replaced.clone())
        };
        let (imports, items) = (range(Holds::Import), range(Holds::Item));
        let later_imports = imports.start + fresh.imports.len();
        let later_items = items.start + fresh.items.len();
        let later_rounds = replaced.start + rounds.len();
        let tree = Arc::make_mut(&mut self.tree);
        tree.imports.splice(imports, fresh.imports);
        tree.items.splice(items, fresh.items);
        self.rounds.splice(replaced, rounds);
        if by != 0 {
            let mut shift = |span: &mut Span| shift(span, by);
            tree.imports.iter_mut().skip(later_imports).for_each(|import| import.each_span(&mut shift));
            tree.items.iter_mut().skip(later_items).for_each(|item| item.each_span(&mut shift));
            self.rounds.iter_mut().skip(later_rounds).for_each(|round| round.shift(by));
        }
    }
}

/// The first byte that cannot have mattered to a round that looked at some tokens; none if there may be more tokens,
/// and it looked for them.
fn seen(lexed: &Lexed, tokens: Range<usize>, whole: bool) -> Option<u32> {
    match lexed.tokens.get(tokens) {
        Some(tokens) if tokens.iter().any(|token| token.kind.is_reported()) => Some(END),
        Some(tokens) => tokens.last().map(|last| last.span.end.saturating_add(LOOKAHEAD)),
        None => whole.then_some(END),
    }
}

impl Round {
    fn shift(&mut self, by: u32) {
        if self.seen != END {
            self.seen = self.seen.wrapping_add(by);
        }
        if let Some(token) = &mut self.next.previous {
            shift(&mut token.span, by);
        }
        for found in &mut self.found {
            found.each_span(&mut |span| shift(span, by));
        }
    }
}

fn shift(span: &mut Span, by: u32) {
    span.start = span.start.wrapping_add(by);
    span.end = span.end.wrapping_add(by);
}

/// Where a place is.
fn end(place: Place) -> u32 {
    place.previous.map_or(0, |token| token.span.end)
}

impl<'t> Change<'t> {
    fn new(before: &str, after: &'t str) -> Self {
        let small = |length: usize| u32::try_from(length).unwrap_or(END);
        let (old, new) = (before.as_bytes(), after.as_bytes());
        let start = same_at_start(old, new);
        // What is the same at both ends may overlap.
        let same = same_at_end(old, new).min(old.len().min(new.len()) - start);
        let by = small(new.len()).wrapping_sub(small(old.len()));
        Self { after, start: small(start), end: small(old.len() - same), by }
    }

    /// Where a byte after the change is now.
    const fn moved(self, at: u32) -> u32 {
        at.wrapping_add(self.by)
    }
}

/// How many bytes are compared at once.
const AT_ONCE: usize = 64;

fn same_at_start(a: &[u8], b: &[u8]) -> usize {
    let many = a.chunks(AT_ONCE).zip(b.chunks(AT_ONCE)).take_while(|(a, b)| a == b).map(|(a, _)| a.len()).sum();
    many + a.iter().zip(b).skip(many).take_while(|(a, b)| a == b).count()
}

fn same_at_end(a: &[u8], b: &[u8]) -> usize {
    let many = a.rchunks(AT_ONCE).zip(b.rchunks(AT_ONCE)).take_while(|(a, b)| a == b).map(|(a, _)| a.len()).sum();
    many + a.iter().rev().zip(b.iter().rev()).skip(many).take_while(|(a, b)| a == b).count()
}
