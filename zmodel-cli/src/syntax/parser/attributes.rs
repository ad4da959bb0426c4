//! Uses of attributes, and lists in brackets.

use nom::Parser;
use nom::combinator::opt;
use nom::multi::many0;

use super::super::ast::{Arg, Attribute, ExprKind};
use super::super::token::{Kind, Tokens};
use super::expr::expr;
use super::items::attribute_name;
use super::recovery::{starts_item, to_argument};
use super::{Res, mark, name, satisfy, span};
use crate::diagnostic::Diagnostic;

/// `fieldAttr*`, `internalAttr*`
pub(super) fn attributes<'a>(ats: u8) -> impl Fn(Tokens<'a>) -> Res<'a, Vec<Attribute>> {
    move |i| many0(attribute(ats)).parse(i)
}

/// `fieldAttr = FIELD_ATTR args?`, and likewise for two and three `@`s.
pub(super) fn attribute<'a>(ats: u8) -> impl Fn(Tokens<'a>) -> Res<'a, Attribute> {
    move |i| {
        let (mut rest, _) = satisfy(|i| i.peek(0).kind == Kind::Attribute(ats)).parse(i)?;
        let (kind, name) = attribute_name(i, ats);
        let mut args = Vec::new();
        if rest.is_mark(0, "(") && !rest.peek(0).on_new_line {
            (rest, args) = list(rest, "(", ")", arg);
        }
        Ok((rest, Attribute { kind, name, args, span: span(i, rest) }))
    }
}

/// `(Name ':')? expression`
pub(super) fn arg(i: Tokens<'_>) -> (Tokens<'_>, Arg) {
    let (rest, label) = opt((name, mark(":")).map(|(name, _)| name)).parse(i).unwrap_or((i, None));
    let (rest, mut value) = expr(rest);
    // Something follows that is no part of it: what was read is not what was meant, and is not judged any further.
    if !rest.is_mark(0, ",") && !rest.is_mark(0, ")") {
        value.kind = ExprKind::Error;
    }
    (rest, Arg { label, value, span: span(i, rest) })
}

/// `open ( element % ',' )? close`, which may go over several lines.
pub(super) fn list<'a, T>(
    i: Tokens<'a>,
    open: &'static str,
    close: &'static str,
    element: impl Fn(Tokens<'a>) -> (Tokens<'a>, T),
) -> (Tokens<'a>, Vec<T>) {
    let mut elements = Vec::new();
    let Ok((mut i, _)) = mark(open).parse(i) else {
        i.expected(&format!("`{open}`"));
        return (i, elements);
    };
    if let Ok((rest, _)) = mark(close).parse(i) {
        return (rest, elements);
    }
    loop {
        let start = i.at;
        let (rest, parsed) = element(i);
        i = rest;
        if i.at > start {
            elements.push(parsed);
        }
        if !i.is_mark(0, ",") && !i.is_mark(0, close) {
            i.expected(&format!("`,` or `{close}`"));
            i = to_argument(i, close);
        }
        if let Ok((rest, _)) = mark(close).parse(i) {
            return (rest, elements);
        }
        // A colon that stopped the recovery stands where a comma should.
        let separator = i.is_mark(0, ",") || (i.is_mark(0, ":") && i.at > start);
        if !separator || starts_item(i) {
            return (i, elements);
        }
        i = i.next();
        if let Ok((rest, _)) = mark(close).parse(i) {
            let comma = i.before().map_or(i.peek(0).span, |token| token.span);
            let message = "a comma stands before the end of the list";
            i.report(Diagnostic::error("trailing-comma", comma, message).help("remove it"));
            return (rest, elements);
        }
    }
}
