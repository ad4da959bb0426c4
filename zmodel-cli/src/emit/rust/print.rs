//! Tokens as text, laid out as a person would.
//!
//! What fits into a line stands in one; else the parts of the outermost brackets get lines of their own. The printer
//! leaves no token out and adds none but the comma at the end of a list, so it can make code ugly but not wrong.

use super::TokenStream;
use read::{Kind, Reader, Token};

mod read;

/// How long a line may become.
const WIDTH: usize = 100;

const INDENT: usize = 4;

/// Prints tokens with short paths.
#[derive(Debug)]
pub(in crate::emit) struct Printer<'a> {
    /// Paths and what may stand in their place; the longest first.
    short: &'a [(&'static [&'static str], &'static str)],
}

impl<'a> Printer<'a> {
    pub(in crate::emit) const fn new(short: &'a [(&'static [&'static str], &'static str)]) -> Self {
        Self { short }
    }

    /// The text of some items.
    pub(in crate::emit) fn items(&self, tokens: &TokenStream) -> String {
        let room = tokens.0.len() + tokens.0.len() / 2;
        let tokens = Reader::new(self.short).read(&tokens.0);
        let mut page = Page { tokens: &tokens, text: String::with_capacity(room), line: 0 };
        page.statements(0, tokens.len(), 0, true);
        if !page.text.is_empty() {
            page.text.push('\n');
        }
        page.text
    }
}

/// Text in the making. Ranges are positions of tokens, the end not included.
struct Page<'t> {
    tokens: &'t [Token<'t>],
    text: String,
    /// Where the last line starts.
    line: usize,
}

impl Page<'_> {
    fn kind(&self, at: usize) -> Kind {
        self.tokens.get(at).map_or(Kind::End, |token| token.kind)
    }

    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    /// The position of the bracket that closes the one at `open`.
    fn close(&self, open: usize) -> usize {
        self.tokens.get(open).map_or(open, |token| token.close as usize)
    }

    /// The position after the token or the brackets at `at`.
    fn after(&self, at: usize) -> usize {
        if self.kind(at) == Kind::Open { self.close(at) + 1 } else { at + 1 }
    }

    /// Whether a token is this one, and not between `<` and `>`.
    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.text == text && !token.angled)
    }

    fn is_brace(&self, at: usize) -> bool {
        self.word(at) == "{"
    }

    /// How long a range is in one line; too long for any if it cannot be in one.
    fn width(&self, from: usize, to: usize) -> usize {
        let token = |at: Option<usize>| self.tokens.get(at?);
        let start = token(Some(from)).map_or(0, |first| first.column as usize);
        let end = token(to.checked_sub(1)).map_or(start, |last| last.column as usize + last.text.len());
        end.saturating_sub(start)
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
        let flow = matches!(self.word(at), "match" | "if" | "for" | "while" | "loop");
        let mut item = false;
        let mut value = false;
        while at < to {
            let next = self.after(at);
            match self.kind(at) {
                Kind::Semicolon => return next,
                Kind::Open if self.is_brace(at) && (flow || (item && !value)) => {
                    let more = flow && matches!(self.word(next), "else" | "." | "?");
                    if !more {
                        return next;
                    }
                }
                Kind::Keyword => item |= matches!(self.word(at), "fn" | "impl" | "mod" | "struct" | "enum" | "trait"),
                Kind::Binary => value |= self.is(at, "="),
                _ => {}
            }
            at = next;
        }
        to
    }

    /// The attributes that start at `from`, each on a line; where they end.
    fn attributes(&mut self, from: usize, indent: usize) -> usize {
        let mut at = from;
        while self.kind(at) == Kind::Hash && self.word(at + 1) == "[" {
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
    fn comment(&self, at: usize) -> Option<String> {
        if self.word(at + 2) != "doc" || self.word(at + 3) != "=" || self.word(at + 5) != "]" {
            return None;
        }
        let literal = self.word(at + 4);
        let raw = literal.strip_prefix('r').map(|raw| raw.trim_matches('#'));
        let inner = raw.unwrap_or(literal).strip_prefix('"')?.strip_suffix('"')?;
        let mut comment = String::with_capacity(inner.len());
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            comment.push(match c {
                '\\' if raw.is_none() => chars.next().filter(|c| matches!(c, '"' | '\\'))?,
                c => c,
            });
        }
        // A fourth slash would make it a comment that documents nothing.
        (!comment.starts_with('/')).then_some(comment)
    }

    /// A statement or an item, without its attributes.
    fn statement(&mut self, from: usize, to: usize, indent: usize) {
        let Some(open) = self.body(from, to) else {
            self.expression(from, to, indent, 0);
            return;
        };
        let has = |word: &str| {
            let mut at = from;
            while at < open {
                if self.word(at) == word {
                    return true;
                }
                at = self.after(at);
            }
            false
        };
        let (function, list) = (has("fn"), has("struct") || has("enum"));
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
                Kind::Keyword => item |= matches!(self.word(at), "fn" | "impl" | "mod" | "struct" | "enum" | "trait"),
                Kind::Open if item && self.is_brace(at) => return (self.after(at) == to).then_some(at),
                Kind::Binary if self.is(at, "=") => return None,
                _ => {}
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
            if self.kind(at) == Kind::Close || self.kind(at) == Kind::Open {
                match (self.kind(next), self.word(next)) {
                    (Kind::Binary, "&" | "|" | "&&" | "||") => operators.push(next),
                    (Kind::Dot, _) => calls.push(next),
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
        let mut at = from;
        while at < to {
            if self.kind(at) != Kind::Open {
                self.token(at, at == from);
                at += 1;
                continue;
            }
            let next = self.after(at);
            // With what follows up to the next bracket, where there is another chance.
            let mut opens = next;
            while opens < to && self.kind(opens) != Kind::Open {
                opens += 1;
            }
            let follows = if opens < to { 1 } else { trailing };
            if self.column() + 1 + self.width(at, opens) + follows <= WIDTH {
                if at > from && self.spaced(at) {
                    self.text.push(' ');
                }
                self.flat(at, next);
            } else {
                self.token(at, at == from);
                self.broken(at, indent);
            }
            at = next;
        }
    }

    /// What is between brackets, and the closing one, after the opening one.
    fn broken(&mut self, open: usize, indent: usize) {
        let close = self.close(open);
        let mut commas = false;
        let mut statements = false;
        let mut at = open + 1;
        while at < close {
            commas |= self.is(at, ",");
            statements |= self.kind(at) == Kind::Semicolon;
            at = self.after(at);
        }
        if close == open + 1 {
        } else if statements && self.is_brace(open) {
            self.statements(open + 1, close, indent + INDENT, false);
            self.new_line(indent);
        } else if !commas && !self.is_brace(open) && self.has_brackets(open + 1, close) {
            // The only thing in them opens other ones: those are broken.
            self.brackets(open + 1, close, indent, 1);
        } else {
            self.list(open + 1, close, indent + INDENT);
            self.new_line(indent);
        }
        self.text.push_str(self.tokens.get(close).map_or("", |token| token.text));
    }

    fn has_brackets(&self, from: usize, to: usize) -> bool {
        (from..to).any(|at| self.kind(at) == Kind::Open && self.close(at) > at + 1)
    }

    /// What is between commas, each on a line.
    fn list(&mut self, from: usize, to: usize, indent: usize) {
        let mut at = from;
        let mut several = false;
        while at < to {
            let mut end = at;
            let mut whole = false;
            while end < to && !self.is(end, ",") && !whole {
                // The block of a `match` arm needs no comma.
                whole = self.is_brace(end) && end > at && self.word(end - 1) == "=>";
                end = self.after(end);
            }
            let comma = end < to && self.is(end, ",");
            several |= comma;
            let start = self.attributes(at, indent);
            self.new_line(indent);
            self.expression(start, end, indent, 1);
            // The last of several gets one too, but for the rest of a struct.
            if comma || (several && !whole && self.word(start) != "..") {
                self.text.push(',');
            }
            at = if comma { end + 1 } else { end };
        }
    }

    fn spaced(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.spaced)
    }

    fn token(&mut self, at: usize, first: bool) {
        if let Some(token) = self.tokens.get(at) {
            if token.spaced && !first {
                self.text.push(' ');
            }
            self.text.push_str(token.text);
        }
    }

    fn flat(&mut self, from: usize, to: usize) {
        for (at, token) in self.tokens.iter().enumerate().take(to).skip(from) {
            if token.dropped {
                continue;
            }
            if token.spaced && at > from {
                self.text.push(' ');
            }
            self.text.push_str(token.text);
        }
    }
}
