//! Text to tokens.
//!
//! Every byte of the text ends up in a token, in a comment or in the blanks between them.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_until, take_while, take_while1};
use nom::character::complete::{anychar, char, digit1, none_of, one_of, satisfy};
use nom::combinator::{fail, map, opt, recognize, rest, value};
use nom::multi::many0_count;
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::token::{Comment, CommentKind, Kind, Token};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// What a file is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lexed {
    /// The tokens, in order.
    pub tokens: Vec<Token>,
    /// The comments, in order.
    pub comments: Vec<Comment>,
}

/// Fewer than a token has with the blanks after it, in most schemas.
const BYTES_A_TOKEN: usize = 6;

#[derive(Clone, Copy)]
enum Piece {
    Token(Kind),
    Comment(CommentKind),
}

/// Cuts a file into tokens and comments; what is neither is a token of kind [`Kind::Unknown`].
pub fn lex(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Lexed {
    let mut lexer = Lexer::new(file, text, None);
    lexer.reserve(text.len());
    lexer.read_to(text.len(), diagnostics);
    lexer.lexed
}

/// A lexer on its way through a text.
///
/// Between two tokens it remembers nothing but the place. What it makes of a token depends on the text up to
/// [`LOOKAHEAD`] bytes after it, unless that is one that it reports: a string may have an end anywhere.
pub(super) struct Lexer<'t> {
    file: FileId,
    text: &'t str,
    /// What is left of the text.
    input: &'t str,
    on_new_line: bool,
    /// What was read so far; the token that was given as the last one read comes first.
    pub(super) lexed: Lexed,
}

/// How far the lexer looks beyond a token: at a `.` and the character after it.
pub(super) const LOOKAHEAD: u32 = 8;

impl<'t> Lexer<'t> {
    /// At the beginning of a text, or after a token in it.
    pub(super) fn new(file: FileId, text: &'t str, after: Option<Token>) -> Self {
        let start = after.map_or(0, |token| token.span.end as usize);
        let lexed = Lexed { tokens: after.into_iter().collect(), comments: Vec::new() };
        Self { file, text, input: text.get(start..).unwrap_or(""), on_new_line: after.is_none(), lexed }
    }

    /// Makes room for the tokens of so many bytes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.lexed.tokens.reserve(bytes / BYTES_A_TOKEN);
    }

    /// Reads on until a token ends at this byte or after it. Whether the whole text was read.
    pub(super) fn read_to(&mut self, end: usize, diagnostics: &mut Diagnostics) -> bool {
        let Self { file, text, lexed, .. } = self;
        let (mut input, mut on_new_line) = (self.input, self.on_new_line);
        let whole = loop {
            let (trimmed, line_break) = blanks(input);
            on_new_line |= line_break;
            let Ok((next, piece)) = piece(trimmed) else { break true };
            let written = before(trimmed, next);
            let offset = |remaining: &str| u32::try_from(text.len() - remaining.len()).unwrap_or(u32::MAX);
            let span = Span::new(*file, offset(trimmed), offset(next));
            match piece {
                Piece::Token(kind) => {
                    lexed.tokens.push(Token { kind, span, on_new_line });
                    if let Some(diagnostic) = complaint(kind, span, written) {
                        diagnostics.push(diagnostic);
                    }
                    on_new_line = false;
                }
                Piece::Comment(kind) => {
                    lexed.comments.push(Comment { kind, span, on_new_line, before: lexed.tokens.len() });
                    on_new_line |= has_line_break(written);
                }
            }
            input = next;
            if text.len() - input.len() >= end && !input.is_empty() {
                break false;
            }
        };
        (self.input, self.on_new_line) = (input, on_new_line);
        whole
    }
}

/// The value of a string literal: without its quotes, with its escapes resolved.
#[must_use]
pub fn unquote(literal: &str) -> String {
    let mut chars = literal.chars();
    let quote = chars.next();
    let mut text = String::with_capacity(literal.len());
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next().map(unescape)),
            // Only the closing quote stands unescaped; an open string has none.
            c if Some(c) == quote => break,
            c => text.push(c),
        }
    }
    text
}

const fn unescape(c: char) -> char {
    match c {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '0' => '\0',
        other => other,
    }
}

/// What the lexer has to say about a token, if anything.
fn complaint(kind: Kind, span: Span, written: &str) -> Option<Diagnostic> {
    match kind {
        Kind::Word if !written.is_ascii() => Some(
            Diagnostic::error("unknown-character", span, format!("`{written}` is not a name"))
                .help("a name is made of the letters `a` to `z` and `A` to `Z`, digits and `_`"),
        ),
        Kind::OpenString => {
            let quote = written.chars().next().unwrap_or('"');
            Some(
                Diagnostic::error("unterminated-string", span, "this string has no end")
                    .help(format!("close it with `{quote}`")),
            )
        }
        Kind::Unknown if written.starts_with("/*") => Some(
            Diagnostic::error("unterminated-comment", Span { end: span.start + 2, ..span }, "this comment has no end")
                .help("close it with `*/`"),
        ),
        Kind::Unknown => {
            let diagnostic = Diagnostic::error("unknown-character", span, format!("unknown character `{written}`"));
            Some(match written {
                "@" | "@@" | "@@@" => diagnostic.help(format!("write the name right after it, as in `{written}map`")),
                "#" => diagnostic.help("a comment starts with `//`"),
                "&" => diagnostic.help("write `&&`"),
                "|" => diagnostic.help("write `||`"),
                "+" | "-" | "*" | "/" | "%" => diagnostic.help("there is no arithmetic in a schema"),
                "`" | "“" | "”" | "‘" | "’" => diagnostic.help("write strings in `\"…\"` or `'…'`"),
                _ => diagnostic,
            })
        }
        _ => None,
    }
}

/// Which piece it is, its first byte tells; the alternatives are what that piece is when it is not complete.
fn piece(input: &str) -> IResult<&str, Piece> {
    match input.as_bytes().first() {
        Some(b'/') => alt((map(comment, Piece::Comment), map(unknown, Piece::Token))).parse(input),
        first => map(|input| token(input, first.copied()), Piece::Token).parse(input),
    }
}

fn token(input: &str, first: Option<u8>) -> IResult<&str, Kind> {
    match first {
        Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => word(input),
        Some(b'@') => alt((attribute, unknown)).parse(input),
        Some(b'0'..=b'9' | b'+' | b'-') => alt((number, unknown)).parse(input),
        Some(b'"' | b'\'') => alt((string, open_string)).parse(input),
        Some(0..0x80) => alt((punctuation, unknown)).parse(input),
        _ => alt((word, unknown)).parse(input),
    }
}

/// `'///' …`, `'//' …`, `'/*' … '*/'`
fn comment(input: &str) -> IResult<&str, CommentKind> {
    let line = || take_till(|c| c == '\n' || c == '\r');
    alt((
        value(CommentKind::Doc, (tag("///"), line())),
        value(CommentKind::Line, (tag("//"), line())),
        value(CommentKind::Block, (tag("/*"), take_until("*/"), tag("*/"))),
    ))
    .parse(input)
}

/// What comes after the blanks that a text begins with, and whether there is a line break among them.
fn blanks(input: &str) -> (&str, bool) {
    let bytes = input.as_bytes();
    let usual = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    match (bytes.get(usual), input.split_at_checked(usual)) {
        (Some(b'!'..=b'~'), Some((blanks, rest))) => (rest, blanks.bytes().any(|byte| matches!(byte, b'\n' | b'\r'))),
        // There may be blanks that are no ASCII.
        _ => {
            let rest = input.trim_start_matches(is_blank);
            (rest, has_line_break(before(input, rest)))
        }
    }
}

/// `[A-Za-z_][A-Za-z0-9_]*`; letters of other scripts are taken in so that they are one complaint and not many.
fn word(input: &str) -> IResult<&str, Kind> {
    let ascii = input.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if ascii > 0 && input.as_bytes().get(ascii).is_none_or(u8::is_ascii) {
        return split(input, ascii, Kind::Word);
    }
    let start = satisfy(|c| c.is_alphabetic() || c == '_');
    value(Kind::Word, (start, take_while(|c: char| c.is_alphanumeric() || c == '_'))).parse(input)
}

/// `('@' | '@@' | '@@@') ident ('.' ident)*`, without blanks
fn attribute(input: &str) -> IResult<&str, Kind> {
    let ident = || (satisfy(|c| c.is_ascii_alphabetic() || c == '_'), take_while(is_word));
    let sign = alt((
        value(Kind::InternalAttribute, tag("@@@")),
        value(Kind::ModelAttribute, tag("@@")),
        value(Kind::FieldAttribute, tag("@")),
    ));
    map((sign, ident(), many0_count((char('.'), ident()))), |(kind, ..)| kind).parse(input)
}

/// `[+-]? digit+ ('.' digit+)?`
fn number(input: &str) -> IResult<&str, Kind> {
    value(Kind::Number, (opt(one_of("+-")), digit1, opt((char('.'), digit1)))).parse(input)
}

/// `"…"` or `'…'`, which may span lines.
///
/// When a quote is forgotten, the string runs on to the next one, which opens another string: what follows it is then
/// the inside of that string. So a string over several lines that something sticks to is taken for one without an end.
fn string(input: &str) -> IResult<&str, Kind> {
    let (next, literal) = alt((quoted('"', "\"\\"), quoted('\'', "'\\"))).parse(input)?;
    let sticks = next.starts_with(|c: char| !is_blank(c) && !"()[]{},:;.=!<>&|^?@/".contains(c));
    if sticks && has_line_break(literal) { open_string(input) } else { Ok((next, Kind::String)) }
}

fn quoted<'a>(
    quote: char,
    special: &'static str,
) -> impl Parser<&'a str, Output = &'a str, Error = nom::error::Error<&'a str>> {
    let plain = take_while1(move |c| !special.contains(c));
    let escape = preceded(char('\\'), recognize(none_of("\n\r\u{2028}\u{2029}")));
    recognize((char(quote), many0_count(alt((plain, escape))), char(quote)))
}

/// A string without an end: up to the end of its line.
fn open_string(input: &str) -> IResult<&str, Kind> {
    value(Kind::OpenString, (one_of("\"'"), take_till(is_line_break))).parse(input)
}

fn punctuation(input: &str) -> IResult<&str, Kind> {
    match Kind::punctuation(input.as_bytes()) {
        Some((length, kind)) => split(input, length, kind),
        None => fail().parse(input),
    }
}

/// The first bytes as what they are.
fn split(input: &str, length: usize, kind: Kind) -> IResult<&str, Kind> {
    match input.get(length..) {
        Some(rest) => Ok((rest, kind)),
        None => fail().parse(input),
    }
}

fn unknown(input: &str) -> IResult<&str, Kind> {
    let comment = recognize((tag("/*"), rest));
    let at = take_while1(|c| c == '@');
    value(Kind::Unknown, alt((comment, at, recognize(anychar)))).parse(input)
}

/// What was consumed: `remaining` is the end of `input`.
fn before<'a>(input: &'a str, remaining: &str) -> &'a str {
    input.get(..input.len() - remaining.len()).unwrap_or("")
}

fn is_blank(c: char) -> bool {
    // As JavaScript has it: the byte order mark is a blank, "next line" is none.
    (c.is_whitespace() && c != '\u{85}') || c == '\u{feff}'
}

const fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

fn has_line_break(text: &str) -> bool {
    text.contains(is_line_break)
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests;
