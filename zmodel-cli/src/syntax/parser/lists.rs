//! Lists in brackets.

use nom::Parser;

use super::input::{Miss, Res, Tokens, kind};
use super::recovery::{AT_ARGUMENT, skip_to};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
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
            match after_item(list, open.span, rest) {
                Next::Item(next) => rest = next,
                Next::End(next) => return Ok((next, items)),
            }
        }
    }
}

/// What comes after an item.
enum Next<'a> {
    /// Another item, here.
    Item(Tokens<'a>),
    /// What comes after the list.
    End(Tokens<'a>),
}

/// `','`, with an item after it, or `','? close`; what stands before it is reported and skipped.
fn after_item(list: List, open: Span, mut input: Tokens<'_>) -> Next<'_> {
    if !input.is(Kind::Comma) && !input.is(list.close) {
        // After an item, a line of one word is the next member, and the list was not closed.
        let one_word =
            input.is(Kind::Word) && input.on_new_line(0) && input.kind(1).is_none_or(|_| input.on_new_line(1));
        let stay = AT_ARGUMENT(input, 0) || one_word && input.text(0) != "in";
        let end = if stay { input } else { skip_to(input, AT_ARGUMENT) };
        let closed = end.is(Kind::Comma) || end.is(list.close);
        input.expected_with(&format!("`,` or {}", list.close.describe()), |diagnostic| {
            if closed { diagnostic } else { diagnostic.related(open, "this is not closed") }
        });
        input = end;
    }
    let (after_comma, comma) = match kind(Kind::Comma)(input) {
        Ok((rest, comma)) => (rest, Some(comma)),
        Err(_) => (input, None),
    };
    match (comma, kind(list.close)(after_comma)) {
        (Some(_), Err(_)) => Next::Item(after_comma),
        (None, Err(_)) => Next::End(input),
        (None, Ok((rest, _))) => Next::End(rest),
        (Some(comma), Ok((rest, _))) => {
            if !list.trailing_comma && input.may_report() {
                let message = format!("a `,` before {} makes no sense", list.close.describe());
                input.report(
                    Diagnostic::error("trailing-comma", comma.span, message)
                        .help("remove it")
                        .removing("the comma", comma.span),
                );
            }
            Next::End(rest)
        }
    }
}
