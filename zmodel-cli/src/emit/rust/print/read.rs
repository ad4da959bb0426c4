//! What the printer has to know of each token.

use super::super::TokenStream;
use super::super::token::{self, Kind};
use crate::emit::short::Short;

/// A token.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Whether there is a space before it, unless it starts a line.
    pub(super) spaced: bool,
    /// Whether it is between `<` and `>`.
    pub(super) angled: bool,
    /// Where its text is in that of all; a comma that is left out in a line has none.
    pub(super) start: usize,
    pub(super) end: usize,
    /// In which column it would start if everything were in one line.
    pub(super) column: usize,
    /// For an opening bracket, the position of the closing one.
    pub(super) close: usize,
}

/// All tokens, and everything in one line.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) tokens: Vec<Token>,
    pub(super) text: String,
}

/// More than fits into a line: the length of what cannot be in one.
const NEVER: usize = 1_000;

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

/// Reads tokens, and puts short paths in the place of long ones.
pub(super) fn read(tokens: &TokenStream, short: &[Short]) -> Line {
    let mut rest = tokens.0.as_str();
    // A token and what stands before it take about so much.
    let mut line = Line { tokens: Vec::with_capacity(rest.len() / 5), text: String::with_capacity(rest.len()) };
    // The first stands for the whole text.
    let mut open: Vec<Open> = vec![Open::default()];
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
        let inside = open.last_mut();
        let angled = inside.as_ref().is_some_and(|bracket| bracket.angles > 0);
        let mut spaced = match (before.opens(), &inside) {
            (true, Some(bracket)) => kind != Kind::Close && bracket.padded,
            _ => before.spaced(kind),
        };
        let mut tall = false;
        match (kind, inside) {
            (Kind::Paren | Kind::Bracket | Kind::Brace, _) => {
                let padded = kind == Kind::Brace && before != Kind::Path;
                let call = matches!(before, Kind::Word | Kind::Greater | Kind::TwoGreater | Kind::Bang);
                open.push(Open { at, padded, loose: kind != Kind::Paren || call, ..Open::default() });
            }
            (Kind::Close, Some(bracket)) => {
                if let Some(token) = line.tokens.get_mut(bracket.at) {
                    token.close = at;
                }
                if !before.opens() {
                    spaced = bracket.padded;
                }
                if before == Kind::Comma
                    && bracket.loose
                    && let Some(comma) = line.tokens.last_mut()
                {
                    line.text.pop();
                    comma.end = comma.start;
                }
                tall = bracket.tall;
                open.pop();
            }
            (Kind::Less, Some(bracket)) => bracket.angles += 1,
            (Kind::Greater, Some(bracket)) => bracket.angles = bracket.angles.saturating_sub(1),
            (Kind::TwoGreater, Some(bracket)) => bracket.angles = bracket.angles.saturating_sub(2),
            (Kind::Semicolon, Some(bracket)) => bracket.tall |= bracket.padded,
            (Kind::Hash | Kind::Arrow, Some(bracket)) => bracket.tall = true,
            _ => {}
        }
        if tall {
            longer += NEVER;
        }
        if spaced {
            line.text.push(' ');
        }
        let start = line.text.len();
        line.text.push_str(word);
        line.text.push_str(more);
        let (end, column) = (line.text.len(), start + longer);
        line.tokens.push(Token { kind, spaced, angled, start, end, column, close: 0 });
        before = kind;
    }
    line
}

/// What a token is after the one before it.
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
