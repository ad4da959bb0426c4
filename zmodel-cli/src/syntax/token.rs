//! Tokens, and a slice of them as the input of nom parsers.

use nom::{Input, Needed};

use super::parser::Sink;
use crate::source::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword: keywords are only keywords where the grammar asks for one.
    Word,
    Number,
    String,
    /// A string without an end.
    OpenString,
    /// `@name`, `@@name`, `@@@name`; with the number of `@`s.
    Attribute(u8),
    /// `{ } [ ] ( ) : , . = ? ! ^ ; < >` and the operators of two characters.
    Mark(&'static str),
    /// Nothing that the language knows.
    Unknown,
    End,
}

/// A token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
    /// Whether it is the first on its line.
    pub(super) on_new_line: bool,
    /// Where the `///` comments before it start among all of them; they end where those of the next token start.
    pub(super) docs: usize,
}

/// A `///` comment.
#[derive(Debug, Clone)]
pub(super) struct Doc {
    pub(super) text: String,
    /// Whether a token stands before it on its line.
    pub(super) trails: bool,
}

/// The tokens of a file; the last is [`Kind::End`].
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) docs: Vec<Doc>,
}

/// The tokens that are still to be parsed.
#[derive(Clone, Copy)]
pub(super) struct Tokens<'a> {
    pub(super) lexed: &'a Lexed,
    pub(super) text: &'a str,
    pub(super) sink: &'a Sink,
    /// The first of them.
    pub(super) at: usize,
    /// The first after them.
    pub(super) end: usize,
}

impl<'a> Tokens<'a> {
    /// The token `n` places ahead; past the end, the end.
    pub(super) fn peek(&self, n: usize) -> Token {
        let at = (self.at + n).min(self.end.saturating_sub(1));
        self.lexed.tokens.get(at).copied().unwrap_or(Token {
            kind: Kind::End,
            span: Span::new(crate::source::FileId(0), 0, 0),
            on_new_line: true,
            docs: 0,
        })
    }

    /// The token before the first.
    pub(super) fn before(&self) -> Option<Token> {
        self.at.checked_sub(1).and_then(|at| self.lexed.tokens.get(at)).copied()
    }

    /// The text of a token.
    pub(super) fn text(&self, token: Token) -> &'a str {
        self.text.get(token.span.start as usize..token.span.end as usize).unwrap_or("")
    }

    /// Whether the token `n` places ahead is the word `word`.
    pub(super) fn is_word(&self, n: usize, word: &str) -> bool {
        let token = self.peek(n);
        token.kind == Kind::Word && self.text(token) == word
    }

    /// Whether the token `n` places ahead is the mark `mark`.
    pub(super) fn is_mark(&self, n: usize, mark: &str) -> bool {
        matches!(self.peek(n).kind, Kind::Mark(found) if found == mark)
    }

    /// Without the first token.
    pub(super) fn next(self) -> Self {
        Self { at: (self.at + 1).min(self.end.saturating_sub(1)), ..self }
    }

    pub(super) fn is_end(&self) -> bool {
        self.peek(0).kind == Kind::End
    }

    /// The `///` comments that belong to a declaration starting here.
    pub(super) fn docs(&self) -> Vec<String> {
        // After an opening brace there is no member that a comment on the same line could belong to.
        let after_brace = self.before().is_none_or(|token| matches!(token.kind, Kind::Mark("{")));
        self.docs_at(0, |doc| !doc.trails || after_brace)
    }

    /// The `///` comments after a member that ends here, on its line.
    pub(super) fn trailing_docs(&self) -> Vec<String> {
        self.docs_at(0, |doc| doc.trails)
    }

    fn docs_at(&self, n: usize, keep: impl Fn(&Doc) -> bool) -> Vec<String> {
        let next = self.lexed.tokens.get(self.at + n + 1).map_or(self.lexed.docs.len(), |token| token.docs);
        let docs = self.lexed.docs.get(self.peek(n).docs..next).unwrap_or_default();
        docs.iter().filter(|doc| keep(doc)).map(|doc| doc.text.clone()).collect()
    }
}

impl<'a> Input for Tokens<'a> {
    type Item = Token;
    type Iter = std::iter::Copied<std::slice::Iter<'a, Token>>;
    type IterIndices = std::iter::Enumerate<Self::Iter>;

    fn input_len(&self) -> usize {
        self.end - self.at
    }

    fn take(&self, index: usize) -> Self {
        Self { end: self.at + index, ..*self }
    }

    fn take_from(&self, index: usize) -> Self {
        Self { at: self.at + index, ..*self }
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        (self.take_from(index), self.take(index))
    }

    fn position<P: Fn(Token) -> bool>(&self, predicate: P) -> Option<usize> {
        self.iter_elements().position(predicate)
    }

    fn iter_elements(&self) -> Self::Iter {
        self.lexed.tokens.get(self.at..self.end).unwrap_or_default().iter().copied()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        if count <= self.input_len() { Ok(count) } else { Err(Needed::new(count - self.input_len())) }
    }
}
