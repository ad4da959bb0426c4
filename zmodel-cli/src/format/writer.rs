//! Copies the tokens and comments of a file, one after the other, with what should stand between them.
//!
//! A comment that follows a token on its line is written right after that token, before any line break; one on a line
//! of its own is written before the token that follows it.

use super::layout::{Layout, Step};
use super::slice;
use crate::syntax::lexer::Lexed;
use crate::syntax::token::{Comment, CommentKind, Kind, Token};

/// Whether a blank line stands before a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blank {
    /// None.
    No,
    /// One if there was one.
    Keep,
    /// One.
    Yes,
}

pub(super) struct Writer<'a> {
    text: &'a str,
    tokens: &'a [Token],
    comments: &'a [Comment],
    /// The next token.
    at: usize,
    /// The next comment.
    next_comment: usize,
    /// Where what was written last ends.
    end: u32,
    /// The first step of the current line.
    line_start: usize,
    layout: Layout<'a>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(text: &'a str, lexed: &'a Lexed) -> Self {
        Self {
            text,
            tokens: &lexed.tokens,
            comments: &lexed.comments,
            at: 0,
            next_comment: 0,
            end: 0,
            line_start: 0,
            layout: Layout::default(),
        }
    }

    pub(super) fn layout(&mut self) -> &mut Layout<'a> {
        &mut self.layout
    }

    /// The first step of the current line.
    pub(super) const fn line_start(&self) -> usize {
        self.line_start
    }

    /// What the next token is.
    pub(super) fn next(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    /// The text of the next token.
    pub(super) fn next_text(&self) -> &'a str {
        self.tokens.get(self.at).map_or("", |token| slice(self.text, token.span))
    }

    /// Whether the next token was the first of its line.
    pub(super) fn on_new_line(&self) -> bool {
        self.tokens.get(self.at).is_some_and(|token| token.on_new_line)
    }

    /// Whether the token that starts at this byte was the first of its line, and whether the one before it was.
    pub(super) fn were_on_new_line(&self, start: u32) -> (bool, bool) {
        let at = self.tokens.partition_point(|token| token.span.start < start);
        let first = |at: Option<usize>| at.and_then(|at| self.tokens.get(at)).is_some_and(|token| token.on_new_line);
        (first(Some(at)), first(at.checked_sub(1)))
    }

    /// The next token.
    pub(super) fn token(&mut self) {
        self.trailing();
        if self.comment_above() {
            while self.comment_above() {
                self.beside_comment();
                self.comment();
            }
            self.beside_comment();
        }
        if let Some(token) = self.tokens.get(self.at) {
            self.layout.push(Step::Text(slice(self.text, token.span)));
            self.end = token.span.end;
            self.at += 1;
        }
    }

    /// The next token, if it is of this kind.
    pub(super) fn token_if(&mut self, kind: Kind) {
        if self.next() == Some(kind) {
            self.token();
        }
    }

    /// A space.
    pub(super) fn space(&mut self) {
        self.trailing();
        self.layout.push(Step::Space(1));
    }

    /// A space of a width that is known later: nothing else is between it and the previous token. Where it is.
    pub(super) fn pad(&mut self) -> usize {
        self.layout.push(Step::Space(1));
        self.layout.len() - 1
    }

    /// A line break if the group is broken, else so many spaces. There was a line break: the group is broken.
    pub(super) fn line(&mut self, spaces: usize) {
        self.trailing();
        if self.on_new_line() {
            self.layout.break_groups();
        }
        self.layout.push(Step::Line(spaces));
    }

    /// A line break.
    pub(super) fn break_line(&mut self) {
        self.trailing();
        self.new_line(Blank::No);
    }

    /// A new line for the next token, and the comments above it. Whether there is a blank line.
    pub(super) fn start_line(&mut self, blank: Blank) -> bool {
        self.trailing();
        let mut aired = self.new_line(blank);
        while self.comment_above() {
            self.comment();
            if self.line_breaks() == 0 {
                self.layout.push(Step::Space(1));
            } else {
                aired |= self.new_line(Blank::Keep);
            }
        }
        aired
    }

    /// The comments above the next token, which closes what they stand in. Whether there are any.
    pub(super) fn last_lines(&mut self, mut blank: Blank, then: Blank) -> bool {
        self.trailing();
        let any = self.comment_above();
        while self.comment_above() {
            if self.line_breaks() == 0 {
                self.layout.push(Step::Space(1));
            } else {
                self.new_line(blank);
            }
            self.comment();
            blank = then;
        }
        any
    }

    pub(super) fn indent(&mut self) {
        self.layout.push(Step::Indent);
    }

    pub(super) fn dedent(&mut self) {
        self.trailing();
        self.layout.push(Step::Dedent);
    }

    pub(super) fn open(&mut self) {
        self.layout.push(Step::Open { broken: false });
    }

    pub(super) fn close(&mut self) {
        self.layout.push(Step::Close);
    }

    /// Whether a comment makes the next token start a line.
    pub(super) fn comment_breaks(&self) -> bool {
        let ahead = self.comments.iter().skip(self.next_comment).take_while(|comment| comment.before <= self.at);
        ahead.into_iter().any(|comment| comment.on_new_line || comment.kind != CommentKind::Block)
    }

    fn new_line(&mut self, blank: Blank) -> bool {
        let blank = match blank {
            Blank::No => false,
            Blank::Keep => self.line_breaks() > 1,
            Blank::Yes => true,
        };
        self.layout.push(Step::Break { blank });
        self.line_start = self.layout.len();
        blank
    }

    /// The comments that follow the previous token on its line.
    fn trailing(&mut self) {
        let previous = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let mut tight =
            previous.is_some_and(|token| matches!(token.kind, Kind::LeftParen | Kind::LeftBracket | Kind::Bang));
        while let Some(comment) = self.pending_comment().filter(|comment| !comment.on_new_line) {
            if !std::mem::take(&mut tight) || comment.kind != CommentKind::Block {
                self.layout.push(Step::Space(1));
            }
            self.comment();
            if self.pending_comment().is_none_or(|comment| comment.on_new_line) && !self.next_is_tight() {
                self.layout.push(Step::Space(1));
            }
        }
    }

    /// What stands between a comment on a line of its own and what is before or after it.
    fn beside_comment(&mut self) {
        if self.line_breaks() > 0 {
            self.layout.push(Step::Break { blank: false });
        } else if self.comment_above() || !self.next_is_tight() {
            self.layout.push(Step::Space(1));
        }
    }

    /// Whether nothing should stand between a comment and the next token.
    fn next_is_tight(&self) -> bool {
        use Kind::{Colon, Comma, Dot, LeftBracket, LeftParen, Question, RightBracket, RightParen, Semicolon};
        matches!(
            self.next(),
            Some(Colon | Comma | Dot | LeftBracket | LeftParen | Question | RightBracket | RightParen | Semicolon)
        )
    }

    /// The next comment.
    fn comment(&mut self) {
        let Some(comment) = self.comments.get(self.next_comment) else { return };
        self.layout.push(Step::Comment(slice(self.text, comment.span)));
        self.end = comment.span.end;
        self.next_comment += 1;
        if comment.kind != CommentKind::Block {
            self.layout.push(Step::Break { blank: false });
        }
    }

    /// Whether a comment is above the next token.
    fn comment_above(&self) -> bool {
        self.pending_comment().is_some()
    }

    /// The next comment, if it comes before the next token.
    fn pending_comment(&self) -> Option<&Comment> {
        self.comments.get(self.next_comment).filter(|comment| comment.before <= self.at)
    }

    /// How many line breaks are before the next token or comment.
    fn line_breaks(&self) -> usize {
        let comment = self.comments.get(self.next_comment).map(|comment| comment.span.start);
        let token = self.tokens.get(self.at).map(|token| token.span.start);
        let start = comment.into_iter().chain(token).min().map_or(self.text.len(), |start| start as usize);
        let gap = self.text.get(self.end as usize..start).unwrap_or("");
        let carriage_returns = gap.matches('\r').count() - gap.matches("\r\n").count();
        gap.matches(['\n', '\u{2028}', '\u{2029}']).count() + carriage_returns
    }
}
