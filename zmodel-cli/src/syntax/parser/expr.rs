//! Expressions, loosest first. All binary operators associate to the left, and `&&` binds no tighter than `||`.
//!
//! A function of this module is named after what it reads when there is no operator of its level.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};

use super::attributes::argument;
use super::input::{Res, Tokens, keyword, kind, miss, name, token_if};
use super::lists::{ARGUMENTS, ARRAY, OBJECT, list};
use super::recovery::{close, nested, starts_member_line};
use super::{MAX_OPERATORS, input::Miss};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp, Expr, ExprKind, Quantifier};
use crate::syntax::lexer::unquote;
use crate::syntax::token::Kind;

/// `expression`, with nothing around it: always there, if only as [`ExprKind::Error`].
pub(super) fn expression(input: Tokens<'_>) -> Res<'_, Expr> {
    input.state.operators.set(0);
    inner(input)
}

/// `expression = equality ( ('&&' | '||') equality )*`
fn inner(input: Tokens<'_>) -> Res<'_, Expr> {
    let operator = alt((value(BinaryOp::And, kind(Kind::AndAnd)), value(BinaryOp::Or, kind(Kind::OrOr))));
    chain(input, equality, operator)
}

/// `equality = comparison ( ('==' | '!=') comparison )*`
fn equality(input: Tokens<'_>) -> Res<'_, Expr> {
    let operator = alt((value(BinaryOp::Eq, kind(Kind::EqualsEquals)), value(BinaryOp::Ne, kind(Kind::BangEquals))));
    chain(input, comparison, operator)
}

/// `comparison = inExpr ( ('<' | '>' | '<=' | '>=') inExpr )*`
fn comparison(input: Tokens<'_>) -> Res<'_, Expr> {
    let operator = alt((
        value(BinaryOp::Lt, kind(Kind::Less)),
        value(BinaryOp::Le, kind(Kind::LessEquals)),
        value(BinaryOp::Gt, kind(Kind::Greater)),
        value(BinaryOp::Ge, kind(Kind::GreaterEquals)),
    ));
    chain(input, membership, operator)
}

/// `inExpr = predicate ( 'in' predicate )*`
fn membership(input: Tokens<'_>) -> Res<'_, Expr> {
    chain(input, predicate, value(BinaryOp::In, keyword("in")))
}

/// `operand ( operator operand )*`, without recursion
fn chain<'a>(
    input: Tokens<'a>,
    operand: fn(Tokens<'a>) -> Res<'a, Expr>,
    mut operator: impl Parser<Tokens<'a>, Output = BinaryOp, Error = Miss>,
) -> Res<'a, Expr> {
    let (mut rest, mut left) = operand(input)?;
    while let Ok((next, op)) = operator.parse(rest) {
        let counted = count_operator(rest);
        let (next, right) = operand(next)?;
        rest = next;
        let kind = if counted { ExprKind::Binary(op, Box::new(left), Box::new(right)) } else { left.kind };
        left = Expr { kind, span: input.span_to(rest) };
    }
    Ok((rest, left))
}

/// Whether the expression may have the operator that stands here; reports the first it may not have.
fn count_operator(input: Tokens<'_>) -> bool {
    let count = input.state.operators.get().saturating_add(1);
    input.state.operators.set(count);
    if let (true, Some(token)) = (count == MAX_OPERATORS + 1, input.nth(0)) {
        let message = format!("an expression cannot have more than {MAX_OPERATORS} operators");
        let help = "compare with a list (`in [a, b]`), or write several rules";
        input.report(Diagnostic::error("expression-too-long", token.span, message).help(help));
    }
    count <= MAX_OPERATORS
}

/// `predicate = member ( ('?' | '!' | '^') '[' ( Name ',' )? expression ']' )*`
fn predicate(input: Tokens<'_>) -> Res<'_, Expr> {
    let (mut rest, mut collection) = member(input)?;
    while let Ok((next, (quantifier, open))) = quantifier(rest) {
        let counted = count_operator(rest);
        let (next, (binding, condition)) = nested((opt(binding), inner), |span| (None, error(span))).parse(next)?;
        rest = close(next, Kind::RightBracket, open);
        let span = input.span_to(rest);
        if matches!(collection.kind, ExprKind::Not(_)) {
            let inner = input.text_of(input.skip(1).span_to(rest));
            let message = "`!` binds tighter than a collection predicate";
            let diagnostic = Diagnostic::error("negated-collection", collection.span, message);
            input.report(diagnostic.help(format!("write `!({inner})`")));
        }
        let (collection_box, condition) = (Box::new(collection), Box::new(condition));
        let kind = ExprKind::Predicate { quantifier, collection: collection_box, binding, condition };
        collection = if counted { Expr { kind, span } } else { error(span) };
        if let Ok((next, _)) = (kind_dot, name).parse(rest) {
            let message = "a collection predicate is true or false and has no fields";
            rest.report(Diagnostic::error("unexpected-token", rest.span_to(next), message));
            rest = next;
        }
    }
    Ok((rest, collection))
}

/// `('?' | '!' | '^') '['`
fn quantifier(input: Tokens<'_>) -> Res<'_, (Quantifier, Span)> {
    let sign = alt((
        value(Quantifier::Some, kind(Kind::Question)),
        value(Quantifier::Every, kind(Kind::Bang)),
        value(Quantifier::None, kind(Kind::Caret)),
    ));
    (sign, kind(Kind::LeftBracket)).map(|(quantifier, open)| (quantifier, open.span)).parse(input)
}

/// `Name ','`
fn binding(input: Tokens<'_>) -> Res<'_, ast::Name> {
    (name, kind(Kind::Comma)).map(|(name, _)| name).parse(input)
}

fn kind_dot(input: Tokens<'_>) -> Res<'_, ()> {
    value((), kind(Kind::Dot)).parse(input)
}

/// `member = primary ( '.' NameOrType )*`
fn member(input: Tokens<'_>) -> Res<'_, Expr> {
    let (mut rest, mut operand) = primary(input)?;
    while let Ok((next, ())) = kind_dot(rest) {
        let counted = count_operator(rest);
        let Ok((next, name)) = name(next) else {
            next.expected("the name of a field");
            return Ok((next, error(input.span_to(next))));
        };
        rest = next;
        let kind = if counted { ExprKind::Member(Box::new(operand), name) } else { operand.kind };
        operand = Expr { kind, span: input.span_to(rest) };
    }
    Ok((rest, operand))
}

/// `primary = '(' expression ')' | 'this' | 'null' | literal | '!' member | call | array | reference | object`
fn primary(input: Tokens<'_>) -> Res<'_, Expr> {
    if starts_member_line(input) {
        return missing(input);
    }
    let parsed = match input.kind(0) {
        Some(Kind::LeftParen) => nested(paren, ExprKind::from_error).parse(input),
        Some(Kind::LeftBracket) => nested(list(ARRAY, inner).map(ExprKind::Array), ExprKind::from_error).parse(input),
        Some(Kind::LeftBrace) => {
            let entries = list(OBJECT, entry).map(|entries| ExprKind::Object(entries.into_iter().flatten().collect()));
            nested(entries, ExprKind::from_error).parse(input)
        }
        Some(Kind::Bang) => nested(not, ExprKind::from_error).parse(input),
        Some(Kind::Word) if input.kind(1) == Some(Kind::LeftParen) => nested(call, ExprKind::from_error).parse(input),
        _ => atom(input),
    };
    match parsed {
        Ok((rest, kind)) => Ok((rest, Expr { kind, span: input.span_to(rest) })),
        Err(_) => missing(input),
    }
}

fn missing(input: Tokens<'_>) -> Res<'_, Expr> {
    input.expected("an expression");
    Ok((input, error(input.gap())))
}

const fn error(span: Span) -> Expr {
    Expr { kind: ExprKind::Error, span }
}

impl ExprKind {
    const fn from_error(_: Span) -> Self {
        Self::Error
    }
}

/// `literal | 'this' | 'null' | NameOrType`
fn atom(input: Tokens<'_>) -> Res<'_, ExprKind> {
    let (rest, token) = token_if(|_| true)(input)?;
    let text = input.text_of(token.span);
    let kind = match token.kind {
        Kind::Number => ExprKind::Number(text.to_owned()),
        Kind::String => ExprKind::String(unquote(text)),
        Kind::OpenString => ExprKind::Error,
        Kind::Word => match text {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            "this" => ExprKind::This,
            _ => ExprKind::Reference(ast::Name { text: text.to_owned(), span: token.span }, Vec::new()),
        },
        _ => return miss(),
    };
    Ok((rest, kind))
}

/// `'(' expression ')'`
fn paren(input: Tokens<'_>) -> Res<'_, ExprKind> {
    let (rest, (open, operand)) = (kind(Kind::LeftParen), inner).parse(input)?;
    Ok((close(rest, Kind::RightParen, open.span), ExprKind::Paren(Box::new(operand))))
}

/// `'!' member`
fn not(input: Tokens<'_>) -> Res<'_, ExprKind> {
    (kind(Kind::Bang), member).map(|(_, operand)| ExprKind::Not(Box::new(operand))).parse(input)
}

/// `call = Name '(' ( expression % ',' )? ')'`, `reference = NameOrType '(' ( (ID ':' expression) % ',' ) ')'`
fn call(input: Tokens<'_>) -> Res<'_, ExprKind> {
    let (rest, (name, args)) = (name, list(ARGUMENTS, |input| argument(input, inner))).parse(input)?;
    let labelled = args.first().is_some_and(|arg| arg.label.is_some());
    if let Some(odd) = args.iter().find(|arg| arg.label.is_some() != labelled) {
        let message = format!("either all arguments of `{}` have names or none has", name.text);
        input.report(Diagnostic::error("mixed-arguments", odd.span, message));
    }
    let kind = if labelled {
        ExprKind::Reference(name, args)
    } else {
        ExprKind::Call(name, args.into_iter().map(|arg| arg.value).collect())
    };
    Ok((rest, kind))
}

/// `(Name | STRING) ':' expression`; nothing if the value is missing
fn entry(input: Tokens<'_>) -> Res<'_, Option<(ast::Name, Expr)>> {
    let (rest, key) = token_if(|token| matches!(token.kind, Kind::Word | Kind::String))(input)?;
    let text = input.text_of(key.span);
    let text = if key.kind == Kind::String { unquote(text) } else { text.to_owned() };
    let Ok((rest, _)) = kind(Kind::Colon)(rest) else {
        rest.expected("`:` and a value");
        return Ok((rest, None));
    };
    let (rest, value) = inner(rest)?;
    Ok((rest, Some((ast::Name { text, span: key.span }, value))))
}
