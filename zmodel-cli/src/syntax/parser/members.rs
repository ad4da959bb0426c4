//! Bodies, fields and types.

use nom::Parser;
use nom::combinator::opt;

use super::super::ast::{Field, Name, TypeRef};
use super::super::token::{Kind, Tokens};
use super::attributes::attributes;
use super::expr::expr;
use super::recovery::{starts_item, to_member};
use super::{Res, expect_mark, mark, name, span};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// `'{' member* '}'`, where `member` parses one of them.
pub(super) fn body<'a>(i: Tokens<'a>, mut member: impl FnMut(Tokens<'a>) -> Res<'a, ()>) -> Tokens<'a> {
    let open = i.peek(0);
    let Ok((mut i, _)) = mark("{").parse(i) else {
        i.expected("`{`");
        return i;
    };
    loop {
        if let Ok((rest, _)) = mark("}").parse(i) {
            return rest;
        }
        if i.is_end() || starts_item(i) {
            i.report(
                Diagnostic::error("missing-closing-brace", open.span, "this `{` is never closed")
                    .label("opened here")
                    .help("close it with `}`"),
            );
            return i;
        }
        match member(i) {
            Ok((rest, ())) if rest.at > i.at => i = rest,
            _ => {
                unexpected(i);
                i = to_member(i);
            }
        }
    }
}

fn unexpected(i: Tokens<'_>) {
    let token = i.peek(0);
    match token.kind {
        Kind::Mark(",") => i.report(
            Diagnostic::error("unexpected-token", token.span, "there is no comma between the members of a block")
                .help("remove it"),
        ),
        Kind::Attribute(1) => {
            let text = i.text(token);
            i.report(
                Diagnostic::error("unexpected-token", token.span, format!("`{text}` belongs to no field"))
                    .help(format!("put it after a field, or write `@{text}` for the whole block")),
            );
        }
        _ => i.expected("a field, an attribute or `}`"),
    }
}

/// `field = NameOrType fieldParams? fieldType fieldAttr*`
pub(super) fn field(i: Tokens<'_>) -> Res<'_, Field> {
    let (mut rest, name) = name(i)?;
    let mut docs = i.docs();
    let mut params = Vec::new();
    if rest.is_mark(0, "(") {
        (rest, params) = super::items::params(rest);
    }
    let (rest, ty) = type_ref(rest);
    let (rest, attributes) = attributes(1)(rest)?;
    docs.extend(rest.trailing_docs());
    let field = Field { docs, name, params, ty, attributes, span: span(i, rest) };
    // What cannot follow a field is reported here once, and the rest of the line is left out.
    let next = rest.peek(0);
    let follows = matches!(next.kind, Kind::Word | Kind::Attribute(2) | Kind::End | Kind::Mark("}"));
    if follows || next.on_new_line {
        return Ok((rest, field));
    }
    match next.kind {
        Kind::Mark("[") if field.ty.optional => rest.report(
            Diagnostic::error("unexpected-token", next.span, "a list cannot have optional elements")
                .help(format!("write `{}[]`", field.ty.name.text)),
        ),
        Kind::Mark(",") => unexpected(rest),
        _ => rest.expected("an attribute or the next field"),
    }
    Ok((to_member(rest), field))
}

/// `fieldType = ( builtin | 'Unsupported' '(' literal ')' | Name ) ( '[' ']' )? '?'?`
pub(super) fn type_ref(i: Tokens<'_>) -> (Tokens<'_>, TypeRef) {
    let Some((mut rest, name)) = name(i).ok().filter(|_| !i.peek(0).on_new_line) else {
        i.expected("a type");
        let at = i.before().map_or(i.peek(0).span.start, |before| before.span.end);
        let span = Span { start: at, end: at, ..i.peek(0).span };
        let name = Name { text: String::new(), span };
        return (i, TypeRef { name, unsupported: None, list: false, optional: false, span });
    };
    let mut unsupported = None;
    if name.text == "Unsupported" && rest.is_mark(0, "(") {
        let (after, value) = expr(rest.next());
        (rest, unsupported) = (expect_mark(after, ")"), Some(value));
    }
    let (rest, list) = opt((mark("["), mark("]"))).parse(rest).unwrap_or((rest, None));
    let (rest, optional) = opt(mark("?")).parse(rest).unwrap_or((rest, None));
    let (list, optional) = (list.is_some(), optional.is_some());
    (rest, TypeRef { name, unsupported, list, optional, span: span(i, rest) })
}
