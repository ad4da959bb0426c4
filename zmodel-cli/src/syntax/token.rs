//! The pieces a file is made of.

use crate::source::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A name or a keyword: which one, its place decides.
    Word,
    /// `1`, `-1.5`
    Number,
    /// A string literal.
    String,
    /// A string literal without an end; goes to the end of its line. Already reported.
    OpenString,
    /// `@id`, `@db.VarChar`
    FieldAttribute,
    /// `@@index`
    ModelAttribute,
    /// `@@@once`
    InternalAttribute,
    /// `{`
    LeftBrace,
    /// `}`
    RightBrace,
    /// `[`
    LeftBracket,
    /// `]`
    RightBracket,
    /// `(`
    LeftParen,
    /// `)`
    RightParen,
    /// `:`
    Colon,
    /// `;`
    Semicolon,
    /// `,`
    Comma,
    /// `.`
    Dot,
    /// `=`
    Equals,
    /// `?`
    Question,
    /// `!`
    Bang,
    /// `^`
    Caret,
    /// `==`
    EqualsEquals,
    /// `!=`
    BangEquals,
    /// `<`
    Less,
    /// `<=`
    LessEquals,
    /// `>`
    Greater,
    /// `>=`
    GreaterEquals,
    /// `&&`
    AndAnd,
    /// `||`
    OrOr,
    /// What starts no token. Already reported.
    Unknown,
}

impl Kind {
    /// The punctuation that a text begins with, and its length.
    pub(super) const fn punctuation(text: &[u8]) -> Option<(usize, Self)> {
        let two = match text {
            [b'=', b'=', ..] => Self::EqualsEquals,
            [b'!', b'=', ..] => Self::BangEquals,
            [b'<', b'=', ..] => Self::LessEquals,
            [b'>', b'=', ..] => Self::GreaterEquals,
            [b'&', b'&', ..] => Self::AndAnd,
            [b'|', b'|', ..] => Self::OrOr,
            [one, ..] => return Self::sign(*one),
            [] => return None,
        };
        Some((2, two))
    }

    const fn sign(one: u8) -> Option<(usize, Self)> {
        let kind = match one {
            b'{' => Self::LeftBrace,
            b'}' => Self::RightBrace,
            b'[' => Self::LeftBracket,
            b']' => Self::RightBracket,
            b'(' => Self::LeftParen,
            b')' => Self::RightParen,
            b':' => Self::Colon,
            b';' => Self::Semicolon,
            b',' => Self::Comma,
            b'.' => Self::Dot,
            b'=' => Self::Equals,
            b'?' => Self::Question,
            b'!' => Self::Bang,
            b'^' => Self::Caret,
            b'<' => Self::Less,
            b'>' => Self::Greater,
            _ => return None,
        };
        Some((1, kind))
    }

    /// How a message names it.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Word => "a name",
            Self::Number => "a number",
            Self::String | Self::OpenString => "a string",
            Self::FieldAttribute => "a field attribute",
            Self::ModelAttribute => "a model attribute",
            Self::InternalAttribute => "an attribute",
            Self::LeftBrace => "`{`",
            Self::RightBrace => "`}`",
            Self::LeftBracket => "`[`",
            Self::RightBracket => "`]`",
            Self::LeftParen => "`(`",
            Self::RightParen => "`)`",
            Self::Colon => "`:`",
            Self::Equals => "`=`",
            _ => "an operator",
        }
    }

    /// Whether it opens a pair of brackets.
    pub(super) const fn opens(self) -> bool {
        matches!(self, Self::LeftBrace | Self::LeftBracket | Self::LeftParen)
    }

    /// Whether it closes a pair of brackets.
    pub(super) const fn closes(self) -> bool {
        matches!(self, Self::RightBrace | Self::RightBracket | Self::RightParen)
    }

    /// Whether the lexer has reported it.
    pub(super) const fn is_reported(self) -> bool {
        matches!(self, Self::OpenString | Self::Unknown)
    }
}

/// A token: blanks and comments are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
    /// Whether it is the first of its line.
    pub on_new_line: bool,
}

/// What a comment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommentKind {
    /// `/// …`
    Doc,
    /// `// …`
    Line,
    /// `/* … */`
    Block,
}

/// A comment, kept apart from the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// What it is.
    pub kind: CommentKind,
    /// Where it stands.
    pub span: Span,
    /// Whether nothing stands before it on its line.
    pub on_new_line: bool,
    /// The position of the next token in the list of tokens; its length after the last one.
    pub before: usize,
}
