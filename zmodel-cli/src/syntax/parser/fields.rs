//! The members of models and enums, types and parameters.

use nom::Parser;
use nom::combinator::opt;
use nom::multi::many0;

use super::attributes::field_attribute;
use super::expr::expression;
use super::input::{Res, Tokens, keyword, kind, miss, name};
use super::lists::{PARAMETERS, list};
use super::recovery::{close, starts_member_line};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast;
use crate::syntax::token::Kind;

/// The words that mean something of their own in an expression: nothing with such a name could be referred to.
pub(super) const RESERVED: &[&str] = &["this", "null", "true", "false", "_"];

/// `NameOrType`, which may be a keyword
pub(super) fn member_name(input: Tokens<'_>) -> Res<'_, ast::Name> {
    let (rest, name) = name(input)?;
    report_reserved(input, &name, RESERVED);
    Ok((rest, name))
}

/// Reports a name that is one of `reserved`.
pub(super) fn report_reserved(input: Tokens<'_>, name: &ast::Name, reserved: &[&str]) {
    if reserved.contains(&name.text.as_str()) {
        let message = format!("`{}` is a reserved word and cannot be a name", name.text);
        input.report(Diagnostic::error("reserved-word", name.span, message).help("choose another name"));
    }
}

/// `field = NameOrType fieldParams? fieldType fieldAttr*`
pub(super) fn field(input: Tokens<'_>) -> Res<'_, ast::Field> {
    let (rest, name) = member_name(input)?;
    let before = rest;
    let (rest, params) = opt(list(PARAMETERS, param)).parse(rest)?;
    if params.as_ref().is_some_and(Vec::is_empty) {
        let found =
            Diagnostic::error("unexpected-token", before.span_to(rest), "there is no parameter in the brackets");
        before.report(found.help("remove the brackets, or write a parameter as in `near(place: String)`"));
    }
    let rest = if rest.is(Kind::Colon) || rest.is(Kind::Equals) {
        let asked = if params.is_some() { "(…)" } else { "" };
        let ty = if rest.kind(1) == Some(Kind::Word) { rest.text(1) } else { "Int" };
        let help = format!("write `{}{asked} {ty}`", name.text);
        rest.expected_with("a type", |diagnostic| Diagnostic { help: vec![help], ..diagnostic });
        rest.skip(1)
    } else {
        rest
    };
    let (rest, ty) = if starts_member_line(rest) { miss() } else { type_ref(rest) }.unwrap_or_else(|_| {
        rest.expected(&format!("a type for field `{}`", name.text));
        (rest, missing_type(rest))
    });
    if ty.name.text == "Unsupported" && ty.unsupported.is_none() {
        let message = "`Unsupported` needs the type of the database";
        let diagnostic = Diagnostic::error("unexpected-token", ty.name.span, message);
        rest.report(diagnostic.help("write it as in `Unsupported(\"point\")`"));
    }
    let (rest, attributes) = many0(field_attribute).parse(rest)?;
    let (docs, span) = (input.docs_to(rest), input.span_to(rest));
    Ok((rest, ast::Field { docs, name, params: params.unwrap_or_default(), ty, attributes, span }))
}

/// `enumMember = NameOrType fieldAttr*`
pub(super) fn enum_member(input: Tokens<'_>) -> Res<'_, ast::EnumMember> {
    let (rest, (name, attributes)) = (member_name, many0(field_attribute)).parse(input)?;
    let (docs, span) = (input.docs_to(rest), input.span_to(rest));
    Ok((rest, ast::EnumMember { docs, name, attributes, span }))
}

/// `param = Name ':' paramType '?'?`
pub(super) fn param(input: Tokens<'_>) -> Res<'_, ast::Param> {
    let (rest, (name, ty)) = (member_name, required_type).parse(input)?;
    let (docs, span) = (input.docs_to(rest), input.span_to(rest));
    Ok((rest, ast::Param { docs, name, ty, span }))
}

/// `':' type`, which must stand here
pub(super) fn required_type(input: Tokens<'_>) -> Res<'_, ast::TypeRef> {
    let (rest, colon) = opt(kind(Kind::Colon)).parse(input)?;
    if colon.is_none() {
        rest.expected("`:` and a type");
        if rest.on_new_line(0) {
            return Ok((rest, missing_type(rest)));
        }
    }
    type_ref(rest).or_else(|_: nom::Err<_>| {
        rest.expected("a type");
        Ok((rest, missing_type(rest)))
    })
}

/// `type = ( 'Unsupported' '(' literal ')' | NameOrType ) ( '[' ']' )? '?'?`
fn type_ref(input: Tokens<'_>) -> Res<'_, ast::TypeRef> {
    let (rest, name) = match unsupported(input) {
        Ok((rest, (name, literal))) => (rest, (name, Some(literal))),
        Err(_) => name.map(|name| (name, None)).parse(input)?,
    };
    let (name, unsupported) = name;
    let (rest, list) = opt(brackets).parse(rest)?;
    let (rest, optional) = opt(kind(Kind::Question)).parse(rest)?;
    let end = match (optional, brackets(rest)) {
        (Some(question), Ok((end, ()))) => {
            let message = "the items of a list cannot be optional";
            let diagnostic = Diagnostic::error("optional-list-item", rest.span_to(end), message);
            let diagnostic = diagnostic.help(format!("write `{}[]`: a list can be empty", name.text));
            rest.report(diagnostic.removing("the `?`", question.span));
            end
        }
        _ => rest,
    };
    let list = list.is_some() || end.at() != rest.at();
    let span = input.span_to(end);
    Ok((end, ast::TypeRef { name, unsupported, list, optional: optional.is_some(), span }))
}

/// `'Unsupported' '(' literal ')'`
fn unsupported(input: Tokens<'_>) -> Res<'_, (ast::Name, ast::Expr)> {
    keyword("Unsupported")(input)?;
    let (rest, (name, open)) = (name, kind(Kind::LeftParen)).parse(input)?;
    let (rest, literal) = expression(rest)?;
    Ok((close(rest, Kind::RightParen, open.span), (name, literal)))
}

/// `'[' ']'`
fn brackets(input: Tokens<'_>) -> Res<'_, ()> {
    let (rest, _) = kind(Kind::LeftBracket)(input)?;
    if rest.is(Kind::RightBracket) {
        return Ok((rest.skip(1), ()));
    }
    rest.expected("`]`");
    Ok((if rest.kind(1) == Some(Kind::RightBracket) { rest.skip(2) } else { rest }, ()))
}

/// What stands for a type that was left out.
fn missing_type(input: Tokens<'_>) -> ast::TypeRef {
    let span = input.gap();
    let name = ast::Name { text: String::new(), span };
    ast::TypeRef { name, unsupported: None, list: false, optional: false, span }
}
