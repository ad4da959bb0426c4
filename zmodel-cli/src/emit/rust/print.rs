//! Tokens as text, laid out as a person would.
//!
//! What fits into a line stands in one; else the parts of the outermost brackets get lines of their own. The printer
//! leaves no token out and adds none but the comma at the end of a list, so it can make code ugly but not wrong.

use std::borrow::Cow;

use super::TokenStream;
use super::token::Kind;
use crate::emit::short::Short;
use read::{Line, read};

mod read;

/// How long a line may become.
const WIDTH: usize = 100;

const INDENT: usize = 4;

/// Prints tokens with short paths.
#[derive(Debug)]
pub(in crate::emit) struct Printer<'a> {
    /// Paths and what may stand in their place; the longest first.
    short: &'a [Short],
}

impl<'a> Printer<'a> {
    pub(in crate::emit) const fn new(short: &'a [Short]) -> Self {
        Self { short }
    }

    /// The text of some items.
    pub(in crate::emit) fn items(&self, tokens: &TokenStream) -> String {
        let all = read(tokens, self.short);
        let room = all.text.len() + all.text.len() / 2;
        let mut page = Page { all: &all, text: String::with_capacity(room), line: 0 };
        page.statements(0, all.tokens.len(), 0, true);
        if !page.text.is_empty() {
            page.text.push('\n');
        }
        page.text
    }
}

/// Text in the making. Ranges are positions of tokens, the end not included.
struct Page<'t> {
    all: &'t Line,
    text: String,
    /// Where the last line starts.
    line: usize,
}

impl<'t> Page<'t> {
    fn kind(&self, at: usize) -> Kind {
        self.all.tokens.get(at).map_or(Kind::End, |token| token.kind)
    }

    fn word(&self, at: usize) -> &'t str {
        self.all
            .tokens
            .get(at)
            .and_then(|token| self.all.text.get(token.start as usize..token.end as usize))
            .unwrap_or("")
    }

    /// The position of the bracket that closes the one at `open`.
    fn close(&self, open: usize) -> usize {
        self.all.tokens.get(open).map_or(open, |token| token.close as usize)
    }

    /// The position after the token or the brackets at `at`.
    fn after(&self, at: usize) -> usize {
        match self.all.tokens.get(at) {
            Some(token) if token.kind.opens() => token.close as usize + 1,
            _ => at + 1,
        }
    }

    /// Whether a token is of this kind, and not between `<` and `>`.
    fn is(&self, at: usize, kind: Kind) -> bool {
        self.all.tokens.get(at).is_some_and(|token| token.kind == kind && !token.angled)
    }

    /// How long a range is in one line; too long for any if it cannot be in one.
    fn width(&self, from: usize, to: usize) -> usize {
        let token = |at: Option<usize>| self.all.tokens.get(at?);
        let start = token(Some(from)).map_or(0, |first| first.column);
        let end = token(to.checked_sub(1)).map_or(start, |last| last.column + last.end - last.start);
        end.saturating_sub(start) as usize
    }

    fn column(&self) -> usize {
        self.text.len() - self.line
    }

    /// Starts a line, unless one was just started.
    fn new_line(&mut self, indent: usize) {
        const SPACES: &str = "                                ";
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line = self.text.len();
        let mut left = indent;
        while left > 0 {
            let some = left.min(SPACES.len());
            self.text.push_str(SPACES.get(..some).unwrap_or_default());
            left -= some;
        }
    }

    /// Items, or the statements of a function: each on lines of its own.
    fn statements(&mut self, from: usize, to: usize, indent: usize, items: bool) {
        let mut at = from;
        let mut short_before = false;
        while at < to {
            let end = self.statement_end(at, to);
            let short = self.kind(end - 1) == Kind::Semicolon;
            // What stands in a line each can stand together.
            let together = short && short_before && self.kind(at) != Kind::Hash;
            if items && at > from && !together {
                self.text.push('\n');
            }
            let start = self.attributes(at, indent);
            self.new_line(indent);
            self.statement(start, end, indent);
            short_before = short;
            at = end;
        }
    }

    /// Where the statement or item at `from` ends.
    fn statement_end(&self, from: usize, to: usize) -> usize {
        let mut at = from;
        while self.kind(at) == Kind::Hash {
            at = self.after(at + 1);
        }
        let flow = matches!(self.kind(at), Kind::Flow | Kind::For);
        let mut item = false;
        let mut value = false;
        while at < to {
            let next = self.after(at);
            match self.kind(at) {
                Kind::Semicolon => return next,
                Kind::Brace if flow || (item && !value) => {
                    let more = flow && matches!(self.kind(next), Kind::Else | Kind::Dot | Kind::Question);
                    if !more {
                        return next;
                    }
                }
                Kind::Equals => value |= self.is(at, Kind::Equals),
                kind => item |= kind.starts_item(),
            }
            at = next;
        }
        to
    }

    /// The attributes that start at `from`, each on a line; where they end.
    fn attributes(&mut self, from: usize, indent: usize) -> usize {
        let mut at = from;
        while self.kind(at) == Kind::Hash && self.kind(at + 1) == Kind::Bracket {
            let end = self.after(at + 1);
            self.new_line(indent);
            match self.comment(at) {
                Some(comment) => {
                    self.text.push_str("///");
                    self.text.push_str(&comment);
                }
                None => self.expression(at, end, indent, 0),
            }
            at = end;
        }
        at
    }

    /// What stands in a comment in place of a `#[doc = "…"]`; none if a comment cannot say it.
    fn comment(&self, at: usize) -> Option<Cow<'t, str>> {
        if self.word(at + 2) != "doc" || self.kind(at + 3) != Kind::Equals || self.kind(at + 5) != Kind::Close {
            return None;
        }
        let literal = self.word(at + 4);
        let raw = literal.strip_prefix('r').map(|raw| raw.trim_matches('#'));
        let inner = raw.unwrap_or(literal).strip_prefix('"')?.strip_suffix('"')?;
        // A fourth slash would make it a comment that documents nothing.
        if inner.starts_with('/') {
            return None;
        }
        if raw.is_some() || !inner.contains('\\') {
            return Some(Cow::Borrowed(inner));
        }
        let mut comment = String::with_capacity(inner.len());
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            comment.push(match c {
                '\\' => chars.next().filter(|c| matches!(c, '"' | '\\'))?,
                c => c,
            });
        }
        Some(Cow::Owned(comment))
    }

    /// A statement or an item, without its attributes.
    fn statement(&mut self, from: usize, to: usize, indent: usize) {
        let Some(open) = self.body(from, to) else {
            self.expression(from, to, indent, 0);
            return;
        };
        let has = |kind: Kind| {
            let mut at = from;
            while at < open {
                if self.kind(at) == kind {
                    return true;
                }
                at = self.after(at);
            }
            false
        };
        let (function, list) = (has(Kind::Fn), has(Kind::Listing));
        let close = self.close(open);
        self.expression(from, open, indent, 2);
        self.text.push_str(" {");
        if close == open + 1 {
            self.text.push('}');
            return;
        }
        if list {
            self.list(open + 1, close, indent + INDENT);
        } else {
            self.statements(open + 1, close, indent + INDENT, !function);
        }
        self.new_line(indent);
        self.text.push('}');
    }

    /// The brace that opens the body of an item.
    fn body(&self, from: usize, to: usize) -> Option<usize> {
        let mut at = from;
        let mut item = false;
        while at < to {
            match self.kind(at) {
                Kind::Brace if item => return (self.after(at) == to).then_some(at),
                Kind::Equals if self.is(at, Kind::Equals) => return None,
                kind => item |= kind.starts_item(),
            }
            at = self.after(at);
        }
        None
    }

    /// Tokens of one expression, pattern, type or head. What follows them in the line is `trailing` long.
    fn expression(&mut self, from: usize, to: usize, indent: usize, trailing: usize) {
        if self.column() + self.width(from, to) + trailing <= WIDTH {
            self.flat(from, to);
            return;
        }
        let joints = self.joints(from, to);
        let mut start = from;
        for (at, joint) in joints.iter().copied().enumerate() {
            self.brackets(start, joint, if at == 0 { indent } else { indent + INDENT }, 0);
            self.new_line(indent + INDENT);
            start = joint;
        }
        self.brackets(start, to, if joints.is_empty() { indent } else { indent + INDENT }, trailing);
    }

    /// Where a long expression is best broken: before its operators, else before the calls of a chain.
    fn joints(&self, from: usize, to: usize) -> Vec<usize> {
        let (mut operators, mut calls) = (Vec::new(), Vec::new());
        let mut at = from;
        while at < to {
            let next = self.after(at);
            // What comes after an `=` or `=>` is broken by itself.
            if self.kind(at) == Kind::Close || self.kind(at).opens() {
                match self.kind(next) {
                    Kind::Joint => operators.push(next),
                    Kind::Dot => calls.push(next),
                    _ => {}
                }
            }
            at = next;
        }
        operators.retain(|at| *at < to);
        calls.retain(|at| *at < to);
        if !operators.is_empty() {
            operators
        } else if calls.len() > 1 {
            calls
        } else {
            Vec::new()
        }
    }

    /// Tokens in one line, but for brackets that do not fit into it.
    fn brackets(&mut self, from: usize, to: usize, indent: usize, trailing: usize) {
        if self.column() + self.width(from, to) + trailing <= WIDTH {
            self.flat(from, to);
            return;
        }
        let next_bracket = |this: &Self, at: usize| (at..to).find(|at| this.kind(*at).opens()).unwrap_or(to);
        let mut at = from;
        while at < to {
            let open = next_bracket(self, at);
            if open > at {
                self.between(at, open, at > from);
            }
            if open == to {
                return;
            }
            at = self.after(open);
            // With what follows up to the next bracket, where there is another chance.
            let opens = next_bracket(self, at);
            let follows = if opens < to { 1 } else { trailing };
            if self.column() + 1 + self.width(open, opens) + follows <= WIDTH {
                self.between(open, at, open > from);
            } else {
                self.between(open, open + 1, open > from);
                self.broken(open, indent);
            }
        }
    }

    /// What is between brackets, and the closing one, after the opening one.
    fn broken(&mut self, open: usize, indent: usize) {
        let close = self.close(open);
        let mut commas = false;
        let mut statements = false;
        let mut at = open + 1;
        while at < close {
            commas |= self.is(at, Kind::Comma);
            statements |= self.kind(at) == Kind::Semicolon;
            at = self.after(at);
        }
        if close == open + 1 {
        } else if statements && self.kind(open) == Kind::Brace {
            self.statements(open + 1, close, indent + INDENT, false);
            self.new_line(indent);
        } else if !commas && self.kind(open) != Kind::Brace && self.has_brackets(open + 1, close) {
            // The only thing in them opens other ones: those are broken.
            self.brackets(open + 1, close, indent, 1);
        } else {
            self.list(open + 1, close, indent + INDENT);
            self.new_line(indent);
        }
        self.between(close, close + 1, false);
    }

    fn has_brackets(&self, from: usize, to: usize) -> bool {
        (from..to).any(|at| self.kind(at).opens() && self.close(at) > at + 1)
    }

    /// What is between commas, each on a line.
    fn list(&mut self, from: usize, to: usize, indent: usize) {
        let mut at = from;
        let mut several = false;
        while at < to {
            let mut end = at;
            let mut whole = false;
            while end < to && !self.is(end, Kind::Comma) && !whole {
                // The block of a `match` arm needs no comma.
                whole = self.kind(end) == Kind::Brace && end > at && self.kind(end - 1) == Kind::Arrow;
                end = self.after(end);
            }
            let comma = end < to && self.is(end, Kind::Comma);
            several |= comma;
            let start = self.attributes(at, indent);
            self.new_line(indent);
            self.expression(start, end, indent, 1);
            // The last of several gets one too, but for the rest of a struct.
            if comma || (several && !whole && self.kind(start) != Kind::Range) {
                self.text.push(',');
            }
            at = if comma { end + 1 } else { end };
        }
    }

    fn flat(&mut self, from: usize, to: usize) {
        self.between(from, to, false);
    }

    /// Some tokens as they are in one line, with the space before them or without it.
    fn between(&mut self, from: usize, to: usize, space: bool) {
        let all = self.all;
        let (Some(first), Some(last)) = (all.tokens.get(from), to.checked_sub(1).and_then(|last| all.tokens.get(last)))
        else {
            return;
        };
        let start = if space && first.spaced { first.start - 1 } else { first.start };
        self.text.push_str(all.text.get(start as usize..last.end as usize).unwrap_or_default());
    }
}
