//! Characters to tokens. Any text has tokens; what the language does not know is a token too.

use super::token::{Doc, Kind, Lexed, Token};
use crate::source::{FileId, Span};

/// Longest first, where one starts another.
const MARKS: &[&str] = &[
    "==", "!=", "<=", ">=", "&&", "||", "{", "}", "[", "]", "(", ")", ":", ",", ".", "=", "?", "!", "^", ";", "<", ">",
];

/// Splits a text into tokens.
pub(super) fn lex(file: FileId, text: &str) -> Lexed {
    let mut lexer = Lexer { file, text, at: 0, new_line: true, docs: 0, lexed: Lexed { tokens: vec![], docs: vec![] } };
    while lexer.step() {}
    lexer.push(Kind::End, text.len());
    lexer.lexed
}

struct Lexer<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    /// Whether no token stands on the line yet.
    new_line: bool,
    /// How many `///` comments were before the last token.
    docs: usize,
    lexed: Lexed,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn push(&mut self, kind: Kind, end: usize) {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span::new(self.file, offset(self.at), offset(end));
        self.lexed.tokens.push(Token { kind, span, on_new_line: self.new_line, docs: self.docs });
        self.docs = self.lexed.docs.len();
        self.new_line = false;
        self.at = end;
    }

    /// One token or one stretch of space; false at the end.
    fn step(&mut self) -> bool {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return false };
        // White space as JavaScript sees it, which has the byte order mark.
        if first.is_whitespace() || first == '\u{feff}' {
            self.new_line |= matches!(first, '\n' | '\r' | '\u{2028}' | '\u{2029}');
            self.at += first.len_utf8();
        } else if rest.starts_with("///") {
            let line = line(rest);
            let text = line.trim_start_matches('/').trim().to_owned();
            self.lexed.docs.push(Doc { text, trails: !self.new_line });
            self.at += line.len();
        } else if rest.starts_with("//") {
            self.at += line(rest).len();
        } else if rest.starts_with("/*") && rest.contains("*/") {
            let comment = rest.split_once("*/").map_or(rest.len(), |(inside, _)| inside.len() + 2);
            self.new_line |= rest.get(..comment).unwrap_or("").contains('\n');
            self.at += comment;
        } else {
            let (kind, length) = token(rest, first);
            self.push(kind, self.at + length);
        }
        true
    }
}

fn line(text: &str) -> &str {
    text.split(['\n', '\r', '\u{2028}', '\u{2029}']).next().unwrap_or("")
}

fn token(rest: &str, first: char) -> (Kind, usize) {
    if is_start(first) {
        return (Kind::Word, word(rest));
    }
    if let Some(length) = number(rest) {
        return (Kind::Number, length);
    }
    match first {
        '@' => attribute(rest),
        '"' | '\'' => string(rest, first),
        _ => match MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            Some(mark) => (Kind::Mark(mark), mark.len()),
            None => (Kind::Unknown, first.len_utf8()),
        },
    }
}

const fn is_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
}

fn number(text: &str) -> Option<usize> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let sign = usize::from(text.starts_with(['+', '-']));
    let unsigned = text.get(sign..)?;
    let whole = digits(unsigned);
    if whole == 0 {
        return None;
    }
    let fraction = unsigned.get(whole..).and_then(|rest| rest.strip_prefix('.')).map_or(0, digits);
    Some(sign + whole + if fraction > 0 { fraction + 1 } else { 0 })
}

fn attribute(text: &str) -> (Kind, usize) {
    let ats = text.bytes().take_while(|byte| *byte == b'@').count().min(3);
    let mut length = ats;
    loop {
        let rest = text.get(length..).unwrap_or("");
        if !rest.starts_with(is_start) {
            break;
        }
        length += word(rest);
        let dotted = text.get(length..).and_then(|rest| rest.strip_prefix('.'));
        if !dotted.is_some_and(|rest| rest.starts_with(is_start)) {
            break;
        }
        length += 1;
    }
    let kind = if length == ats { Kind::Unknown } else { Kind::Attribute(u8::try_from(ats).unwrap_or(3)) };
    (kind, length)
}

fn string(text: &str, quote: char) -> (Kind, usize) {
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return (Kind::String, at + 1);
        }
        // A backslash takes the next character with it, but not the end of a line.
        if character == '\\' && characters.next().is_none_or(|(_, escaped)| matches!(escaped, '\n' | '\r')) {
            break;
        }
    }
    // Without an end, it ends with its line, so that the rest of the file is still read.
    (Kind::OpenString, line(text).len())
}

/// The value of a string token.
pub(super) fn unquote(text: &str) -> String {
    let inside = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
    let mut value = String::with_capacity(inside.len());
    let mut characters = inside.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            value.push(character);
            continue;
        }
        value.extend(characters.next().map(|escaped| match escaped {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '0' => '\0',
            other => other,
        }));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        let lexed = lex(FileId(0), text);
        let of = |token: &Token| &text[token.span.start as usize..token.span.end as usize];
        lexed.tokens.iter().map(|token| (token.kind, of(token))).filter(|(kind, _)| *kind != Kind::End).collect()
    }

    #[test]
    fn signs_belong_to_numbers_and_dots_to_attributes() {
        assert_eq!(
            kinds("n>-1 1e5 .5 1.5 @db.VarChar(3) @@@once @ id"),
            [
                (Kind::Word, "n"),
                (Kind::Mark(">"), ">"),
                (Kind::Number, "-1"),
                (Kind::Number, "1"),
                (Kind::Word, "e5"),
                (Kind::Mark("."), "."),
                (Kind::Number, "5"),
                (Kind::Number, "1.5"),
                (Kind::Attribute(1), "@db.VarChar"),
                (Kind::Mark("("), "("),
                (Kind::Number, "3"),
                (Kind::Mark(")"), ")"),
                (Kind::Attribute(3), "@@@once"),
                (Kind::Unknown, "@"),
                (Kind::Word, "id"),
            ]
        );
    }

    #[test]
    fn space_is_what_javascript_calls_space() {
        assert_eq!(kinds("\u{feff}a\u{a0}b"), [(Kind::Word, "a"), (Kind::Word, "b")]);
        assert_eq!(kinds("a /* b\n */ c // d"), [(Kind::Word, "a"), (Kind::Word, "c")]);
    }

    #[test]
    fn strings() {
        assert_eq!(kinds("'a\nb' \"c\\\"d\""), [(Kind::String, "'a\nb'"), (Kind::String, "\"c\\\"d\"")]);
        assert_eq!(kinds("'open\nx"), [(Kind::OpenString, "'open"), (Kind::Word, "x")]);
        for (text, value) in [(r"'\n'", "\n"), (r"'\u0041'", "u0041"), (r"'\''", "'"), (r"'\\d'", r"\d")] {
            assert_eq!(unquote(text), value, "{text}");
        }
    }
}
