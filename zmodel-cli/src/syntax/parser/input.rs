//! What the grammar functions read from, and the smallest of them.

use std::cell::{Cell, RefCell};
use std::iter::{Copied, Enumerate};

use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult, Input, Needed, Parser};

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};
use crate::syntax::ast;
use crate::syntax::lexer::Lexed;
use crate::syntax::token::{Comment, CommentKind, Kind, Token};

/// What is common to all places of a file.
pub(super) struct State<'a> {
    file: FileId,
    text: &'a str,
    lexed: &'a Lexed,
    /// What was found to be wrong so far.
    pub(super) reports: RefCell<Vec<Diagnostic>>,
    /// The token at which something was reported last.
    pub(super) reported: Cell<Option<usize>>,
    /// The last token that was looked at.
    pub(super) seen: Cell<usize>,
    /// How many brackets are open around the current place.
    pub(super) depth: Cell<u32>,
    /// How many operators the current expression has.
    pub(super) operators: Cell<u32>,
}

impl<'a> State<'a> {
    pub(super) fn new(file: FileId, text: &'a str, lexed: &'a Lexed) -> Self {
        Self {
            file,
            text,
            lexed,
            reports: RefCell::default(),
            reported: Cell::new(None),
            seen: Cell::new(0),
            depth: Cell::new(0),
            operators: Cell::new(0),
        }
    }

    /// Notes that a token was looked at, or that there is none.
    fn see(&self, at: usize) {
        self.seen.set(self.seen.get().max(at));
    }
}

/// The tokens from some place on.
#[derive(Clone, Copy)]
pub(super) struct Tokens<'a> {
    rest: &'a [Token],
    at: usize,
    pub(super) state: &'a State<'a>,
}

/// The answer of a grammar function that does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Miss;

/// The answer of a grammar function.
pub(super) type Res<'a, T> = IResult<Tokens<'a>, T, Miss>;

/// What does not start here.
pub(super) fn miss<T>() -> Result<T, Err<Miss>> {
    Err(Err::Error(Miss))
}

impl<'a> Tokens<'a> {
    pub(super) fn new(state: &'a State<'a>) -> Self {
        Self { rest: &state.lexed.tokens, at: 0, state }
    }

    /// The position of the next token in the file.
    pub(super) const fn at(self) -> usize {
        self.at
    }

    pub(super) fn is_empty(self) -> bool {
        self.nth(0).is_none()
    }

    /// The next token but `n`.
    pub(super) fn nth(self, n: usize) -> Option<Token> {
        self.state.see(self.at + n);
        self.rest.get(n).copied()
    }

    /// What the next token but `n` is.
    pub(super) fn kind(self, n: usize) -> Option<Kind> {
        self.nth(n).map(|token| token.kind)
    }

    /// The text of the next token but `n`.
    pub(super) fn text(self, n: usize) -> &'a str {
        self.nth(n).map_or("", |token| self.text_of(token.span))
    }

    pub(super) fn text_of(self, span: Span) -> &'a str {
        self.state.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Whether the next token but `n` is the first of its line.
    pub(super) fn on_new_line(self, n: usize) -> bool {
        self.nth(n).is_some_and(|token| token.on_new_line)
    }

    /// Whether the next token is of this kind.
    pub(super) fn is(self, kind: Kind) -> bool {
        self.kind(0) == Some(kind)
    }

    /// After `n` tokens.
    pub(super) fn skip(self, n: usize) -> Self {
        self.take_from(n.min(self.rest.len()))
    }

    /// The token before this place.
    pub(super) fn previous(self) -> Option<Token> {
        self.at.checked_sub(1).and_then(|at| self.state.lexed.tokens.get(at)).copied()
    }

    /// The empty stretch after the previous token.
    pub(super) fn gap(self) -> Span {
        let end = self.previous().map_or(0, |token| token.span.end);
        Span::new(self.state.file, end, end)
    }

    /// The stretch from `self` to the last token before `end`.
    pub(super) fn span_to(self, end: Self) -> Span {
        match self.nth(0) {
            Some(first) if end.at > self.at => first.span.to(end.gap()),
            _ => self.gap(),
        }
    }

    /// The documentation of what stands between `self` and `end`: the `///` lines before it, in it and, on its last
    /// line, after it (and after the `,` that follows it).
    pub(super) fn docs_to(self, end: Self) -> Vec<String> {
        let after = end.at + usize::from(end.is(Kind::Comma));
        self.docs(end.at, |comment| comment.before <= after && (comment.before < end.at || !comment.on_new_line))
    }

    /// The same for a declaration with members: what stands from `members` on belongs to them.
    pub(super) fn docs_before(self, members: Self, end: Self) -> Vec<String> {
        self.docs(end.at, |comment| comment.before < members.at || comment.before == end.at && !comment.on_new_line)
    }

    /// The `///` lines that `belongs` holds for, of those from the ones before this place on to `end`.
    fn docs(self, end: usize, belongs: impl Fn(&Comment) -> bool) -> Vec<String> {
        // Comments stand before a token, so what stands before it was looked at.
        self.state.see(end + 1);
        let comments = &self.state.lexed.comments;
        let from = comments.partition_point(|comment| comment.before < self.at);
        let opened = self.previous().is_none_or(|token| token.kind.opens());
        comments
            .iter()
            .skip(from)
            .take_while(|comment| comment.before <= end + 1)
            .filter(|comment| comment.kind == CommentKind::Doc && belongs(comment))
            // What follows the previous token on its line belongs to that.
            .filter(|comment| comment.before != self.at || comment.on_new_line || opened)
            .map(|comment| self.text_of(comment.span).trim_start_matches('/').trim().to_owned())
            .collect()
    }
}

impl<'a> Input for Tokens<'a> {
    type Item = Token;
    type Iter = Copied<std::slice::Iter<'a, Token>>;
    type IterIndices = Enumerate<Self::Iter>;

    fn input_len(&self) -> usize {
        self.rest.len()
    }

    fn take(&self, index: usize) -> Self {
        Self { rest: self.rest.get(..index).unwrap_or(self.rest), ..*self }
    }

    fn take_from(&self, index: usize) -> Self {
        Self { rest: self.rest.get(index..).unwrap_or_default(), at: self.at + index, ..*self }
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P: Fn(Token) -> bool>(&self, predicate: P) -> Option<usize> {
        self.rest.iter().position(|token| predicate(*token))
    }

    fn iter_elements(&self) -> Self::Iter {
        self.rest.iter().copied()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        if count <= self.rest.len() { Ok(count) } else { Err(Needed::new(count - self.rest.len())) }
    }
}

impl<'a> ParseError<Tokens<'a>> for Miss {
    fn from_error_kind(_: Tokens<'a>, _: ErrorKind) -> Self {
        Self
    }

    fn append(_: Tokens<'a>, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// The next token, if it passes the test.
pub(super) fn token_if<'a>(test: impl Fn(Token) -> bool) -> impl Fn(Tokens<'a>) -> Res<'a, Token> {
    move |input| match input.nth(0) {
        Some(token) if test(token) => Ok((input.skip(1), token)),
        _ => miss(),
    }
}

/// A token of this kind.
pub(super) fn kind<'a>(kind: Kind) -> impl Fn(Tokens<'a>) -> Res<'a, Token> {
    token_if(move |token| token.kind == kind)
}

/// This word.
pub(super) fn keyword<'a>(word: &'static str) -> impl Fn(Tokens<'a>) -> Res<'a, Token> {
    move |input| {
        if input.is(Kind::Word) && input.text(0) == word { kind(Kind::Word)(input) } else { miss() }
    }
}

/// Any word, as a name.
pub(super) fn name(input: Tokens<'_>) -> Res<'_, ast::Name> {
    kind(Kind::Word)
        .map(|token| ast::Name { text: input.text_of(token.span).to_owned(), span: token.span })
        .parse(input)
}
