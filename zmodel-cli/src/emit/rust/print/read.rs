//! What the printer has to know of each token.

/// What a token is, as far as spaces are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a literal, a lifetime.
    Word,
    /// A keyword that is no value: `let`, but not `self`.
    Keyword,
    /// `(`, `[`, `{`
    Open,
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
    /// `>`, `>>`
    Greater,
    /// Between two things.
    Binary,
    /// Before a thing: `&x`, or the first `|` of a closure.
    Prefix,
    /// The last `|` of the parameters of a closure.
    Params,
    /// `..`
    Range,
    /// There is no token.
    End,
}

/// A token.
#[derive(Debug)]
pub(super) struct Token<'t> {
    pub(super) text: &'t str,
    pub(super) kind: Kind,
    /// Whether there is a space before it, unless it starts a line.
    pub(super) spaced: bool,
    /// Whether it is between `<` and `>`.
    pub(super) angled: bool,
    /// A comma that is left out where all is in one line.
    pub(super) dropped: bool,
    /// In which column it would start if everything were in one line.
    pub(super) column: u32,
    /// For an opening bracket, the position of the closing one.
    pub(super) close: u32,
}

/// More than fits into a line: the length of what cannot be in one.
const NEVER: u32 = 1_000;

/// A bracket that is open.
#[derive(Default)]
struct Bracket {
    at: usize,
    /// How many `<` are open inside it.
    angles: usize,
    /// What is inside it cannot be in one line.
    tall: bool,
    /// There is space inside it: it is a brace, but not that of a list of imports.
    padded: bool,
    /// It is that of a call or a list, where a comma at the end says nothing.
    loose: bool,
}

/// Reads tokens.
pub(super) struct Reader<'s> {
    short: &'s [(&'static [&'static str], &'static str)],
}

impl<'s> Reader<'s> {
    pub(super) const fn new(short: &'s [(&'static [&'static str], &'static str)]) -> Self {
        Self { short }
    }

    /// `text` has one token a line.
    pub(super) fn read<'t>(&self, text: &'t str) -> Vec<Token<'t>> {
        let mut tokens: Vec<Token<'t>> = Vec::with_capacity(text.len() / 5);
        // The first stands for the whole text.
        let mut open: Vec<Bracket> = vec![Bracket::default()];
        let mut column = 0;
        let mut in_params = false;
        let mut rest = text;
        while let Some((mut word, after)) = first_line(rest) {
            rest = after;
            if word == "::"
                && let Some((short, after)) = self.shortened(after)
            {
                (word, rest) = (short, after);
            }
            let before = tokens.last().map_or(Kind::End, |token| token.kind);
            let before_text = tokens.last().map_or("", |token| token.text);
            let kind = kind(word, before, &mut in_params);
            let mut spaced = spaced(before, before_text, kind, word);
            if before == Kind::Open {
                spaced = kind != Kind::Close && open.last().is_some_and(|bracket| bracket.padded);
            }
            let inside = open.last_mut();
            let angled = inside.as_ref().is_some_and(|bracket| bracket.angles > 0);
            match (kind, inside) {
                (Kind::Open, _) => {
                    let padded = word == "{" && before != Kind::Path;
                    let loose = word != "(" || matches!(before, Kind::Word | Kind::Greater | Kind::Bang);
                    open.push(Bracket { at: tokens.len(), padded, loose, ..Bracket::default() });
                }
                (Kind::Close, Some(bracket)) => {
                    let at = tokens.len();
                    if let Some(token) = tokens.get_mut(bracket.at) {
                        token.close = u32::try_from(at).unwrap_or(u32::MAX);
                    }
                    if before != Kind::Open {
                        spaced = bracket.padded;
                    }
                    if before == Kind::Comma
                        && bracket.loose
                        && let Some(comma) = tokens.last_mut()
                    {
                        comma.dropped = true;
                        column -= 1;
                    }
                    if bracket.tall {
                        column += NEVER;
                    }
                    open.pop();
                }
                (Kind::Less, Some(bracket)) => bracket.angles += 1,
                (Kind::Greater, Some(bracket)) => bracket.angles = bracket.angles.saturating_sub(word.len()),
                (Kind::Semicolon, Some(bracket)) => bracket.tall |= bracket.padded,
                (Kind::Hash, Some(bracket)) => bracket.tall = true,
                (Kind::Binary, Some(bracket)) => bracket.tall |= word == "=>",
                _ => {}
            }
            column += u32::from(spaced);
            let start = column;
            column += u32::try_from(word.len()).unwrap_or(NEVER);
            tokens.push(Token { text: word, kind, spaced, angled, dropped: false, column: start, close: 0 });
        }
        tokens
    }

    /// What stands for the path that begins with the `::` before `rest`, and what comes after it.
    fn shortened<'t>(&self, rest: &'t str) -> Option<(&'static str, &'t str)> {
        if !rest.starts_with("std\n") {
            return None;
        }
        self.short.iter().find_map(|(path, short)| {
            let mut after = rest;
            for (at, name) in path.iter().enumerate() {
                if at > 0 {
                    after = after.strip_prefix("::\n")?;
                }
                after = after.strip_prefix(name)?.strip_prefix('\n')?;
            }
            // `vec` is a macro and the module of `Vec`; the macro is the whole path.
            let whole = *short != "vec" || !after.starts_with("::");
            whole.then_some((*short, after))
        })
    }
}

/// A token and what comes after it. Tokens are so short that a search made for long texts takes longer.
fn first_line(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| byte == b'\n')?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

fn kind(word: &str, before: Kind, in_params: &mut bool) -> Kind {
    let value = matches!(before, Kind::Word | Kind::Close | Kind::Question);
    // Patterns of bytes, since each pattern of text would be a comparison.
    match word.as_bytes() {
        [b'a'..=b'z', ..] if is_keyword(word.as_bytes()) => Kind::Keyword,
        [b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'"' | b'\'' | 0x80.., ..] => Kind::Word,
        [b'(' | b'[' | b'{'] => Kind::Open,
        [b')' | b']' | b'}'] => Kind::Close,
        [b','] => Kind::Comma,
        [b';'] => Kind::Semicolon,
        [b':'] => Kind::Colon,
        [b':', b':'] => Kind::Path,
        [b'.'] => Kind::Dot,
        [b'?'] => Kind::Question,
        [b'!'] => Kind::Bang,
        [b'#'] => Kind::Hash,
        [b'<'] => Kind::Less,
        [b'>'] | [b'>', b'>'] => Kind::Greater,
        [b'.', b'.'] | [b'.', b'.', b'='] => Kind::Range,
        [b'|'] if *in_params => {
            *in_params = false;
            Kind::Params
        }
        [b'|'] if !value => {
            *in_params = true;
            Kind::Prefix
        }
        [b'|', b'|'] if !value => Kind::Params,
        [b'&' | b'*' | b'-'] | [b'&', b'&'] if !value => Kind::Prefix,
        _ => Kind::Binary,
    }
}

fn is_keyword(word: &[u8]) -> bool {
    matches!(
        word,
        b"as"
            | b"async"
            | b"const"
            | b"dyn"
            | b"else"
            | b"enum"
            | b"fn"
            | b"for"
            | b"if"
            | b"impl"
            | b"in"
            | b"let"
            | b"loop"
            | b"match"
            | b"mod"
            | b"move"
            | b"mut"
            | b"pub"
            | b"ref"
            | b"return"
            | b"static"
            | b"struct"
            | b"trait"
            | b"type"
            | b"unsafe"
            | b"use"
            | b"where"
            | b"while"
    )
}

/// Whether a space is between two tokens, neither of them at the inner side of a bracket.
fn spaced(before: Kind, before_text: &str, kind: Kind, word: &str) -> bool {
    match (before, kind) {
        (Kind::End | Kind::Prefix | Kind::Hash | Kind::Dot | Kind::Path | Kind::Bang | Kind::Less | Kind::Open, _)
        | (
            _,
            Kind::Comma
            | Kind::Semicolon
            | Kind::Question
            | Kind::Dot
            | Kind::Colon
            | Kind::Params
            | Kind::Greater
            | Kind::Close,
        )
        | (Kind::Word | Kind::Greater | Kind::Close, Kind::Path | Kind::Less)
        | (Kind::Word, Kind::Bang) => false,
        (_, Kind::Binary) | (Kind::Binary | Kind::Comma | Kind::Semicolon | Kind::Colon | Kind::Params, _) => true,
        (Kind::Range, _) | (_, Kind::Range) => false,
        (Kind::Keyword, Kind::Less) => !matches!(before_text, "impl" | "fn" | "for"),
        (_, Kind::Open) => match word {
            "{" => true,
            _ => before == Kind::Keyword && !matches!(before_text, "pub" | "fn"),
        },
        _ => true,
    }
}
