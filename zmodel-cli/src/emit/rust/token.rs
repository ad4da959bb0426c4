//! Tokens in a text: each after its kind and its length, so that nobody has to look for where it ends or what it is.
//!
//! A kind is a byte. A length is a byte too, or [`LONG`] and [`DIGITS`] more for that of a long literal. All of these
//! are characters of ASCII, so the whole is a text.

/// What a token is, as far as the printer is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is no token.
    End,
    /// A name, a literal, a lifetime, a keyword that is a value: `self`.
    Word,
    /// A keyword that is no value and none of the following: `let`
    Keyword,
    /// `pub`
    Pub,
    /// `fn`
    Fn,
    /// `impl`
    Impl,
    /// `mod`, `trait`
    Container,
    /// `struct`, `enum`
    Listing,
    /// `for`
    For,
    /// `match`, `if`, `while`, `loop`
    Flow,
    /// `else`
    Else,
    /// `(`
    Paren,
    /// `[`
    Bracket,
    /// `{`
    Brace,
    /// `)`, `]`, `}`
    Close,
    Comma,
    Semicolon,
    Colon,
    /// `::`
    Path,
    Dot,
    Question,
    Bang,
    Hash,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `>>`
    TwoGreater,
    /// `=`
    Equals,
    /// `=>`
    Arrow,
    /// Between two conditions, where a long one is broken: `&`, `|`, `&&`, `||`
    Joint,
    /// Something else between two things.
    Binary,
    /// Before a thing: `&x`, or the first `|` of a closure.
    Prefix,
    /// The last `|` of the parameters of a closure.
    Params,
    /// `..`, `..=`
    Range,
    /// `&`, `&&`: a joint or a prefix, as it stands.
    And,
    /// `*`, `-`: between two things or a prefix, as it stands.
    Sign,
    /// `|`: a joint, or at one end of the parameters of a closure, as it stands.
    Bar,
    /// `||`: a joint, or no parameters of a closure, as it stands.
    TwoBars,
}

/// All kinds, each at its number.
const KINDS: [Kind; 37] = {
    use Kind::{
        And, Arrow, Bang, Bar, Binary, Brace, Bracket, Close, Colon, Comma, Container, Dot, Else, End, Equals, Flow,
        Fn, For, Greater, Hash, Impl, Joint, Keyword, Less, Listing, Params, Paren, Path, Prefix, Pub, Question, Range,
        Semicolon, Sign, TwoBars, TwoGreater, Word,
    };
    [
        End, Word, Keyword, Pub, Fn, Impl, Container, Listing, For, Flow, Else, Paren, Bracket, Brace, Close, Comma,
        Semicolon, Colon, Path, Dot, Question, Bang, Hash, Less, Greater, TwoGreater, Equals, Arrow, Joint, Binary,
        Prefix, Params, Range, And, Sign, Bar, TwoBars,
    ]
};

impl Kind {
    /// The kind of a token by itself.
    pub(super) const fn of(token: &str) -> Self {
        match token.as_bytes() {
            b"pub" => Self::Pub,
            b"fn" => Self::Fn,
            b"impl" => Self::Impl,
            b"mod" | b"trait" => Self::Container,
            b"struct" | b"enum" => Self::Listing,
            b"for" => Self::For,
            b"match" | b"if" | b"while" | b"loop" => Self::Flow,
            b"else" => Self::Else,
            b"as" | b"async" | b"const" | b"dyn" | b"in" | b"let" | b"move" | b"mut" | b"ref" | b"return"
            | b"static" | b"type" | b"unsafe" | b"use" | b"where" => Self::Keyword,
            [b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'"' | b'\'' | 0x80.., ..] => Self::Word,
            b"(" => Self::Paren,
            b"[" => Self::Bracket,
            b"{" => Self::Brace,
            b")" | b"]" | b"}" => Self::Close,
            b"," => Self::Comma,
            b";" => Self::Semicolon,
            b":" => Self::Colon,
            b"::" => Self::Path,
            b"." => Self::Dot,
            b"?" => Self::Question,
            b"!" => Self::Bang,
            b"#" => Self::Hash,
            b"<" => Self::Less,
            b">" => Self::Greater,
            b">>" => Self::TwoGreater,
            b"=" => Self::Equals,
            b"=>" => Self::Arrow,
            b".." | b"..=" => Self::Range,
            b"&" | b"&&" => Self::And,
            b"*" | b"-" => Self::Sign,
            b"|" => Self::Bar,
            b"||" => Self::TwoBars,
            _ => Self::Binary,
        }
    }

    pub(super) const fn opens(self) -> bool {
        matches!(self, Self::Paren | Self::Bracket | Self::Brace)
    }

    /// Whether an item begins with it, after its visibility.
    pub(super) const fn starts_item(self) -> bool {
        matches!(self, Self::Fn | Self::Impl | Self::Container | Self::Listing)
    }

    /// Whether it stands between two things.
    const fn is_between(self) -> bool {
        matches!(self, Self::Equals | Self::Arrow | Self::Joint | Self::Binary)
    }

    const fn is_keyword(self) -> bool {
        self.starts_item() || matches!(self, Self::Keyword | Self::Pub | Self::For | Self::Flow | Self::Else)
    }

    /// Whether a space is between two tokens, neither of them at the inner side of a bracket.
    pub(super) fn spaced(self, next: Self) -> bool {
        const TABLE: [[bool; KINDS.len()]; KINDS.len()] = spaces();
        TABLE.get(self as usize).and_then(|row| row.get(next as usize)).copied().unwrap_or(true)
    }
}

#[expect(clippy::indexing_slicing, reason = "for each kind, while compiling")]
const fn spaces() -> [[bool; KINDS.len()]; KINDS.len()] {
    let mut table = [[false; KINDS.len()]; KINDS.len()];
    let mut a = 0;
    while a < KINDS.len() {
        let mut b = 0;
        while b < KINDS.len() {
            table[a][b] = space(KINDS[a], KINDS[b]);
            b += 1;
        }
        a += 1;
    }
    table
}

const fn space(before: Kind, kind: Kind) -> bool {
    use Kind::{
        Bang, Brace, Bracket, Close, Colon, Comma, Dot, End, Fn, For, Greater, Hash, Impl, Less, Params, Paren, Path,
        Prefix, Pub, Question, Range, Semicolon, TwoGreater, Word,
    };
    match (before, kind) {
        (End | Prefix | Hash | Dot | Path | Bang | Less | Paren | Bracket | Brace, _)
        | (_, Comma | Semicolon | Question | Dot | Colon | Params | Greater | TwoGreater | Close)
        | (Word | Greater | TwoGreater | Close, Path | Less)
        | (Word, Bang) => false,
        _ if kind.is_between() || before.is_between() => true,
        (Comma | Semicolon | Colon | Params, _) => true,
        (Range, _) | (_, Range) | (Impl | Fn | For, Less) => false,
        (_, Paren | Bracket) => before.is_keyword() && !matches!(before, Pub | Fn),
        _ => true,
    }
}

/// Stands in the place of a length that is no byte, before so many digits of 7 bits each.
const LONG: u8 = 0x7f;
const DIGITS: usize = 5;

const fn head_of(length: usize) -> usize {
    if length < LONG as usize { 2 } else { 2 + DIGITS }
}

/// Puts a token at the end of a text.
pub(super) fn push(text: &mut String, kind: Kind, token: &str) {
    push_head(text, kind, token.len());
    text.push_str(token);
}

/// Puts what stands before a token at the end of a text.
pub(super) fn push_head(text: &mut String, kind: Kind, length: usize) {
    text.push(char::from(kind as u8));
    match u8::try_from(length) {
        Ok(length) if length < LONG => text.push(char::from(length)),
        _ => {
            text.push(char::from(LONG));
            // Longer than any text can be.
            text.extend((0..DIGITS).map(|at| char::from(digit(length, at))));
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "7 bits are left")]
const fn digit(length: usize, at: usize) -> u8 {
    ((length >> (7 * at)) & 0x7f) as u8
}

/// The first token of a text, and the rest of it.
pub(super) fn first(text: &str) -> Option<(Kind, &str, &str)> {
    let (kind, length, digits) = match text.as_bytes() {
        [kind, LONG, digits @ ..] => {
            let digits = digits.get(..DIGITS)?;
            (*kind, digits.iter().rev().fold(0, |length, digit| length << 7 | usize::from(*digit)), DIGITS)
        }
        [kind, length, ..] => (*kind, usize::from(*length), 0),
        _ => return None,
    };
    let (token, rest) = text.get(2 + digits..)?.split_at_checked(length)?;
    Some((*KINDS.get(usize::from(kind))?, token, rest))
}

/// How many of some tokens, from one of them on, are one to the printer: a path that begins with a name.
#[expect(clippy::indexing_slicing, reason = "while compiling")]
const fn together(tokens: &[&str], at: usize) -> usize {
    let mut end = at + 1;
    if matches!(Kind::of(tokens[at]), Kind::Word) {
        while end + 1 < tokens.len()
            && matches!(Kind::of(tokens[end]), Kind::Path)
            && matches!(Kind::of(tokens[end + 1]), Kind::Word)
        {
            end += 2;
        }
    }
    end - at
}

/// How long some of the tokens are.
#[expect(clippy::indexing_slicing, reason = "while compiling")]
const fn long(tokens: &[&str], at: usize, count: usize) -> usize {
    let (mut length, mut one) = (0, at);
    while one < at + count {
        length += tokens[one].len();
        one += 1;
    }
    length
}

/// How long tokens are as a text.
pub(in crate::emit) const fn length(tokens: &[&str]) -> usize {
    let (mut length, mut at) = (0, 0);
    while at < tokens.len() {
        let count = together(tokens, at);
        let long = long(tokens, at, count);
        length += head_of(long) + long;
        at += count;
    }
    length
}

/// Tokens as a text.
#[expect(clippy::indexing_slicing, reason = "while compiling")]
pub(in crate::emit) const fn encoded<const LENGTH: usize>(tokens: &[&str]) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    let (mut to, mut at) = (0, 0);
    while at < tokens.len() {
        let count = together(tokens, at);
        let long = long(tokens, at, count);
        bytes[to] = Kind::of(tokens[at]) as u8;
        if head_of(long) == 2 {
            bytes[to + 1] = digit(long, 0);
        } else {
            bytes[to + 1] = LONG;
            let mut place = 0;
            while place < DIGITS {
                bytes[to + 2 + place] = digit(long, place);
                place += 1;
            }
        }
        to += head_of(long);
        let end = at + count;
        while at < end {
            let token = tokens[at].as_bytes();
            let mut byte = 0;
            while byte < token.len() {
                bytes[to + byte] = token[byte];
                byte += 1;
            }
            to += token.len();
            at += 1;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_their_numbers() {
        for (at, kind) in KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, at);
        }
    }

    const LONG_LITERAL: &str = "\"a literal that is so long that its length does not fit into a byte: it has more than a \
        hundred and twenty-seven characters, which is rare\"";

    const TOKENS: &[&str] = &["fn", "a", "::", "b", "::", "<", "::", "c", LONG_LITERAL, "é"];

    #[test]
    fn what_goes_in_comes_out() {
        let long = "x".repeat(100_000);
        let texts = ["", "a", &long[..126], &long[..127], &long[..128], "é", &long];
        let mut text = String::new();
        for token in texts {
            push(&mut text, Kind::Word, token);
        }
        let mut rest = text.as_str();
        for token in texts {
            let (kind, found, after) = first(rest).unwrap();
            assert_eq!((kind, found), (Kind::Word, token));
            rest = after;
        }
        assert_eq!(first(rest), None);
    }

    #[test]
    fn paths_that_begin_with_a_name_are_one_token() {
        let run = encoded::<{ length(TOKENS) }>(TOKENS);
        let mut pushed = String::new();
        for token in ["fn", "a::b", "::", "<", "::", "c", LONG_LITERAL, "é"] {
            push(&mut pushed, Kind::of(token), token);
        }
        assert_eq!(std::str::from_utf8(&run), Ok(pushed.as_str()));
    }
}
