//! Lists in brackets.

use nom::Parser;

use super::input::{Miss, Res, Tokens, kind};
use super::recovery::{AT_ARGUMENT, skip_to};
use crate::diagnostic::Diagnostic;
use crate::syntax::token::Kind;

/// A kind of list.
#[derive(Clone, Copy)]
pub(super) struct List {
    open: Kind,
    close: Kind,
    /// What its items are, for messages.
    what: &'static str,
    trailing_comma: bool,
}

/// `(a, b)`, with arguments.
pub(super) const ARGUMENTS: List =
    List { open: Kind::LeftParen, close: Kind::RightParen, what: "an argument", trailing_comma: false };

/// `(a: Int, b: Int)`
pub(super) const PARAMETERS: List = List { what: "a parameter", ..ARGUMENTS };

/// `[a, b]`
pub(super) const ARRAY: List =
    List { open: Kind::LeftBracket, close: Kind::RightBracket, what: "an item", trailing_comma: false };

/// `{ a: 1, b: 2 }`
pub(super) const OBJECT: List =
    List { open: Kind::LeftBrace, close: Kind::RightBrace, what: "a key", trailing_comma: true };

/// `open (item % ',')? close`; for an object, `open (item % ',' ','?)? close`
///
/// Every round of the loop ends with a `,` consumed or with the end of the list, so it ends.
pub(super) fn list<'a, T>(
    list: List,
    mut item: impl Parser<Tokens<'a>, Output = T, Error = Miss>,
) -> impl FnMut(Tokens<'a>) -> Res<'a, Vec<T>> {
    move |input| {
        let (mut rest, open) = kind(list.open)(input)?;
        let mut items = Vec::new();
        if let Ok((rest, _)) = kind(list.close)(rest) {
            return Ok((rest, items));
        }
        loop {
            match item.parse(rest) {
                Ok((next, found)) => {
                    items.push(found);
                    rest = next;
                }
                Err(_) => rest.expected(list.what),
            }
            if !rest.is(Kind::Comma) && !rest.is(list.close) {
                let end = if AT_ARGUMENT(rest, 0) { rest } else { skip_to(rest, AT_ARGUMENT) };
                let closed = end.is(Kind::Comma) || end.is(list.close);
                rest.expected_with(&format!("`,` or {}", list.close.describe()), |diagnostic| {
                    if closed { diagnostic } else { diagnostic.related(open.span, "this is not closed") }
                });
                rest = end;
                if !closed {
                    return Ok((rest, items));
                }
            }
            if let Ok((next, _)) = kind(list.close)(rest) {
                return Ok((next, items));
            }
            if let Ok((next, comma)) = kind(Kind::Comma)(rest) {
                rest = next;
                if let Ok((next, _)) = kind(list.close)(rest) {
                    if !list.trailing_comma {
                        let message = format!("a `,` before {} makes no sense", list.close.describe());
                        rest.report(Diagnostic::error("trailing-comma", comma.span, message).help("remove it"));
                    }
                    return Ok((next, items));
                }
            }
        }
    }
}
