//! What the printer has to know of each token.

use super::super::TokenStream;
use super::super::token::{self, Kind};
use crate::emit::short::Short;

/// A token. The numbers are small since there are so many of them.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Whether there is a space before it, unless it starts a line.
    pub(super) spaced: bool,
    /// Whether it is between `<` and `>`.
    pub(super) angled: bool,
    /// Where its text is in that of all; a comma that is left out in a line has none.
    pub(super) start: u32,
    pub(super) end: u32,
    /// In which column it would start if everything were in one line.
    pub(super) column: u32,
    /// For an opening bracket, the position of the closing one.
    pub(super) close: u32,
}

/// All tokens, and everything in one line.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) tokens: Vec<Token>,
    pub(super) text: String,
}

/// More than fits into a line: the length of what cannot be in one.
const NEVER: u32 = 1_000;

/// A bracket that is open.
#[derive(Default)]
struct Open {
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

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Reads tokens, and puts short paths in the place of long ones.
pub(super) fn read(tokens: &TokenStream, short: &[Short]) -> Line {
    let mut rest = tokens.0.as_str();
    // A token and what stands before it take about so much.
    let mut line = Line { tokens: Vec::with_capacity(rest.len() / 5), text: String::with_capacity(rest.len()) };
    // The innermost bracket, and those around it; the outermost stands for the whole text.
    let (mut inside, mut around) = (Open::default(), Vec::new());
    let mut before = Kind::End;
    let mut in_params = false;
    // How much longer than the text everything is taken to be.
    let mut longer = 0;
    while let Some((kind, mut word, after)) = token::first(rest) {
        let (mut kind, mut more) = (in_context(kind, before, &mut in_params), "");
        rest = after;
        if kind == Kind::Path
            && let Some(found) = shortened(after, short)
        {
            kind = Kind::Word;
            (word, more, rest) = found;
        }
        let at = line.tokens.len();
        let angled = inside.angles > 0;
        let mut spaced = if before.opens() { kind != Kind::Close && inside.padded } else { before.spaced(kind) };
        match kind {
            Kind::Paren | Kind::Bracket | Kind::Brace => {
                let padded = kind == Kind::Brace && before != Kind::Path;
                let call = matches!(before, Kind::Word | Kind::Greater | Kind::TwoGreater | Kind::Bang);
                let opened = Open { at, padded, loose: kind != Kind::Paren || call, ..Open::default() };
                around.push(std::mem::replace(&mut inside, opened));
            }
            Kind::Close => {
                let closed = std::mem::replace(&mut inside, around.pop().unwrap_or_default());
                if let Some(token) = line.tokens.get_mut(closed.at) {
                    token.close = small(at);
                }
                if !before.opens() {
                    spaced = closed.padded;
                }
                if before == Kind::Comma
                    && closed.loose
                    && let Some(comma) = line.tokens.last_mut()
                {
                    line.text.pop();
                    comma.end = comma.start;
                }
                if closed.tall {
                    longer += NEVER;
                }
            }
            Kind::Less => inside.angles += 1,
            Kind::Greater => inside.angles = inside.angles.saturating_sub(1),
            Kind::TwoGreater => inside.angles = inside.angles.saturating_sub(2),
            Kind::Semicolon => inside.tall |= inside.padded,
            Kind::Hash | Kind::Arrow => inside.tall = true,
            _ => {}
        }
        if spaced {
            line.text.push(' ');
        }
        let start = small(line.text.len());
        line.text.push_str(word);
        if !more.is_empty() {
            line.text.push_str(more);
        }
        let end = small(line.text.len());
        line.tokens.push(Token { kind, spaced, angled, start, end, column: start + longer, close: 0 });
        before = kind;
    }
    line
}

/// What a token is after the one before it.
#[inline]
fn in_context(kind: Kind, before: Kind, in_params: &mut bool) -> Kind {
    if !matches!(kind, Kind::And | Kind::Sign | Kind::Bar | Kind::TwoBars) {
        return kind;
    }
    let value = matches!(before, Kind::Word | Kind::Close | Kind::Question);
    match kind {
        Kind::Bar if *in_params => {
            *in_params = false;
            Kind::Params
        }
        Kind::Bar if !value => {
            *in_params = true;
            Kind::Prefix
        }
        Kind::TwoBars if !value => Kind::Params,
        Kind::And | Kind::Sign if !value => Kind::Prefix,
        Kind::Sign => Kind::Binary,
        _ => Kind::Joint,
    }
}

/// What stands for the path that begins with the `::` before `rest`: a short path and what of the long one follows it.
/// Then what comes after both.
fn shortened<'t>(rest: &'t str, short: &[Short]) -> Option<(&'static str, &'t str, &'t str)> {
    let (Kind::Word, path, rest) = token::first(rest)? else { return None };
    if !path.starts_with("std::") {
        return None;
    }
    short.iter().find_map(|(long, short)| {
        let more = path.strip_prefix(long)?;
        let whole = more.is_empty();
        // `vec` is a macro and the module of `Vec`; the macro is the whole path.
        let usable = match *short {
            "vec" => whole && !matches!(token::first(rest), Some((Kind::Path, ..))),
            _ => whole || more.starts_with("::"),
        };
        usable.then_some((*short, more, rest))
    })
}
