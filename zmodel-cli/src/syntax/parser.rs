//! Tokens to tree: the grammar as nom parsers.
//!
//! A parser that returns `Err` means "this is not here", and nothing was consumed or reported. Once it has decided, by
//! the first token or two, it reports what is missing and goes on.
//!
//! Invariant: every loop consumes a token in every round, and nesting is counted, so that parsing any text ends
//! without using up the stack.

use std::cell::{Cell, RefCell};

use nom::{IResult, Parser};

use super::ast::{Name, Str};
use super::lexer::unquote;
use super::token::{Kind, Lexed, Token, Tokens};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;

mod attributes;
mod expr;
mod items;
mod members;
mod recovery;

pub(super) use items::file as parse_file;

/// What a parser returns.
type Res<'a, T> = IResult<Tokens<'a>, T, ()>;

/// Where findings go, and how deep the parser is.
pub(super) struct Sink {
    pub(super) diagnostics: RefCell<Diagnostics>,
    /// The token at which something was reported last: what follows from the same mistake is not said again.
    pub(super) last: Cell<Option<usize>>,
    /// How deep brackets are nested.
    pub(super) depth: Cell<u32>,
    /// How many operators the expression at hand has.
    pub(super) weight: Cell<u32>,
}

/// Parses a whole file.
pub(super) fn file(lexed: &Lexed, text: &str, sink: &Sink) -> super::ast::File {
    parse_file(Tokens { lexed, text, sink, at: 0, end: lexed.tokens.len() })
}

impl Tokens<'_> {
    /// Reports a finding about the token here, unless it follows from one reported before.
    fn report(&self, diagnostic: Diagnostic) {
        if self.sink.last.get().is_none_or(|last| last < self.at) {
            self.sink.last.set(Some(self.at));
            self.sink.diagnostics.borrow_mut().push(diagnostic);
        }
    }

    /// Reports that something should be here. If the line ends here, it is missing at the end of that line.
    fn expected(&self, what: &str) {
        self.report(self.missing(what));
    }

    fn missing(&self, what: &str) -> Diagnostic {
        let (found, before) = (self.peek(0), self.before());
        let at_line_end = before.filter(|_| found.on_new_line || found.kind == Kind::End);
        let (span, found) = match (found.kind, at_line_end) {
            (_, Some(before)) => (Span { start: before.span.end, ..before.span }, "the line ends".to_owned()),
            (Kind::End, None) => (found.span, "the file ends".to_owned()),
            (Kind::OpenString, _) => return self.unclosed(),
            (Kind::Unknown, _) => return self.unknown(),
            _ => (found.span, format!("found `{}`", self.text(found))),
        };
        let diagnostic = Diagnostic::error("unexpected-token", span, format!("expected {what}, but {found}"))
            .label(format!("expected {what}"));
        if self.is_mark(0, "=") { diagnostic.help("values are compared with `==`") } else { diagnostic }
    }

    fn unclosed(&self) -> Diagnostic {
        let token = self.peek(0);
        let quote = self.text(token).chars().next().unwrap_or('"');
        Diagnostic::error("unterminated-string", token.span, "this string has no end")
            .help(format!("close it with `{quote}`"))
    }

    fn unknown(&self) -> Diagnostic {
        let token = self.peek(0);
        let text = self.text(token);
        let diagnostic = Diagnostic::error("unknown-character", token.span, format!("`{text}` means nothing here"));
        match text.chars().next() {
            Some('@') => diagnostic.help("an attribute's name follows its `@` without a space"),
            Some('#') => diagnostic.help("comments start with `//`"),
            Some('/') => diagnostic.help("close the comment with `*/`"),
            Some('+' | '-' | '*' | '%') => diagnostic.help("there is no arithmetic in a schema"),
            Some(c) if c.is_alphabetic() => diagnostic.help("names have the letters a to z, digits and `_`"),
            _ => diagnostic,
        }
    }
}

/// A token that satisfies `test`.
fn satisfy<'a>(test: impl Fn(Tokens<'a>) -> bool) -> impl Parser<Tokens<'a>, Output = Token, Error = ()> {
    move |i: Tokens<'a>| if !i.is_end() && test(i) { Ok((i.next(), i.peek(0))) } else { Err(nom::Err::Error(())) }
}

/// The mark `mark`.
fn mark<'a>(mark: &'static str) -> impl Parser<Tokens<'a>, Output = Token, Error = ()> {
    satisfy(move |i| i.is_mark(0, mark))
}

/// The keyword `word`.
fn keyword<'a>(word: &'static str) -> impl Parser<Tokens<'a>, Output = Token, Error = ()> {
    satisfy(move |i| i.is_word(0, word))
}

/// Any name; keywords are names where the grammar asks for one.
fn name(i: Tokens<'_>) -> Res<'_, Name> {
    let (rest, token) = satisfy(|i| i.peek(0).kind == Kind::Word).parse(i)?;
    Ok((rest, Name { text: i.text(token).to_owned(), span: token.span }))
}

/// A string literal.
fn string(i: Tokens<'_>) -> Res<'_, Str> {
    let (rest, token) = satisfy(|i| i.peek(0).kind == Kind::String).parse(i)?;
    Ok((rest, Str { text: unquote(i.text(token)), span: token.span }))
}

/// A name, or else a report that `what` should be here and an empty name.
fn expect_name<'a>(i: Tokens<'a>, what: &str) -> (Tokens<'a>, Name) {
    match name(i) {
        Ok(parsed) if !i.peek(0).on_new_line => parsed,
        _ => {
            i.expected(what);
            let at = i.before().map_or(i.peek(0).span.start, |before| before.span.end);
            (i, Name { text: String::new(), span: Span { start: at, end: at, ..i.peek(0).span } })
        }
    }
}

/// A mark, or else a report that it should be here.
fn expect_mark<'a>(i: Tokens<'a>, wanted: &'static str) -> Tokens<'a> {
    if let Ok((rest, _)) = mark(wanted).parse(i) {
        return rest;
    }
    i.expected(&format!("`{wanted}`"));
    i
}

/// From the token at `start` to the last token before `end`.
fn span(start: Tokens<'_>, end: Tokens<'_>) -> Span {
    let last = end.before().filter(|_| end.at > start.at).map_or(start.peek(0).span, |token| token.span);
    start.peek(0).span.to(last)
}
