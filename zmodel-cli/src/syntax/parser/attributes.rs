//! Uses of attributes, and their declarations.

use nom::Parser;
use nom::combinator::opt;
use nom::multi::many0;

use super::expr::expression;
use super::fields::required_type;
use super::input::{Res, Tokens, keyword, kind, name};
use super::lists::{ARGUMENTS, PARAMETERS, list};
use crate::syntax::ast;
use crate::syntax::token::{Kind, Token};

/// `fieldAttr = FIELD_ATTR args?`
pub(super) fn field_attribute(input: Tokens<'_>) -> Res<'_, ast::Attribute> {
    attribute(input, Kind::FieldAttribute, ast::AttributeKind::Field)
}

/// `modelAttr = MODEL_ATTR args?`
pub(super) fn model_attribute(input: Tokens<'_>) -> Res<'_, ast::Attribute> {
    attribute(input, Kind::ModelAttribute, ast::AttributeKind::Model)
}

/// `internalAttr = INTERNAL_ATTR args?`
pub(super) fn internal_attribute(input: Tokens<'_>) -> Res<'_, ast::Attribute> {
    attribute(input, Kind::InternalAttribute, ast::AttributeKind::Internal)
}

/// `args = '(' ( ( (Name ':')? expression ) % ',' )? ')'`
fn attribute(input: Tokens<'_>, token: Kind, sort: ast::AttributeKind) -> Res<'_, ast::Attribute> {
    let (rest, token) = kind(token)(input)?;
    let (rest, args) = opt(list(ARGUMENTS, |input| argument(input, expression))).parse(rest)?;
    let name = attribute_name(input, token);
    Ok((rest, ast::Attribute { kind: sort, name, args: args.unwrap_or_default(), span: input.span_to(rest) }))
}

fn attribute_name(input: Tokens<'_>, token: Token) -> ast::Name {
    ast::Name { text: input.text_of(token.span).trim_start_matches('@').to_owned(), span: token.span }
}

/// `(Name ':')? value`
pub(super) fn argument<'a>(
    input: Tokens<'a>,
    mut value: impl FnMut(Tokens<'a>) -> Res<'a, ast::Expr>,
) -> Res<'a, ast::Arg> {
    let (rest, label) = match input.kind(1) {
        Some(Kind::Colon) => opt((name, kind(Kind::Colon))).parse(input)?,
        _ => (input, None),
    };
    let (rest, mut value) = value(rest)?;
    if !rest.is(Kind::Comma) && !rest.is(Kind::RightParen) {
        // What follows is no part of it, so it is not what was meant: nobody should judge it any further.
        value.kind = ast::ExprKind::Error;
    }
    Ok((rest, ast::Arg { label: label.map(|(name, _)| name), value, span: input.span_to(rest) }))
}

/// `attribute = 'attribute' ATTR '(' ( attrParam % ',' )? ')' internalAttr*`
pub(super) fn declaration(input: Tokens<'_>) -> Res<'_, Option<ast::Item>> {
    let rest = input.skip(1);
    let sorts = [
        (Kind::FieldAttribute, ast::AttributeKind::Field),
        (Kind::ModelAttribute, ast::AttributeKind::Model),
        (Kind::InternalAttribute, ast::AttributeKind::Internal),
    ];
    let found = sorts.into_iter().find(|(kind, _)| rest.is(*kind)).zip(rest.nth(0));
    let Some(((_, sort), token)) = found else {
        rest.expected_with("the name of an attribute", |diagnostic| diagnostic.help("it starts with `@`"));
        return Ok((rest, None));
    };
    let name = attribute_name(input, token);
    let named = rest.skip(1);
    let (rest, params) = opt(list(PARAMETERS, parameter)).parse(named)?;
    if params.is_none() {
        rest.expected_with("`(`", |diagnostic| diagnostic.help("write `()` after the name if there are no parameters"));
    }
    let (rest, attributes) = many0(internal_attribute).parse(rest)?;
    let params = params.unwrap_or_default();
    let (docs, span) = (input.docs_before(named, rest), input.span_to(rest));
    Ok((rest, Some(ast::Item::Attribute(ast::AttributeDecl { docs, kind: sort, name, params, attributes, span }))))
}

/// `attrParam = '_'? Name ':' attrParamType internalAttr*`
fn parameter(input: Tokens<'_>) -> Res<'_, ast::AttributeParam> {
    let (rest, positional) = opt(keyword("_")).parse(input)?;
    let (rest, mut name) = name(rest)?;
    let mut positional = positional.is_some();
    // `_name` is taken for `_ name`.
    if let (false, Some(plain)) = (positional, name.text.strip_prefix('_').filter(|plain| !plain.is_empty())) {
        name.text = plain.to_owned();
        positional = true;
    }
    let (rest, ty) = required_type(rest)?;
    let (rest, attributes) = many0(internal_attribute).parse(rest)?;
    let (docs, span) = (input.docs_to(rest), input.span_to(rest));
    Ok((rest, ast::AttributeParam { docs, positional, name, ty, attributes, span }))
}
