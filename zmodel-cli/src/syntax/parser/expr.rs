//! Expressions, loosest first. All binary operators associate to the left, and `&&` binds no tighter than `||`.
//!
//! A function of this module is named after what it reads when there is no operator of its level.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};

use super::MAX_OPERATORS;
use super::attributes::argument;
use super::input::{Res, Tokens, kind, miss, name, token_if};
use super::lists::{ARGUMENTS, ARRAY, OBJECT, list};
use super::recovery::{close, nested, starts_member_line};
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
    binary(input, 1)
}

/// `operand ( operator operand )*`, with operators of the level `loosest` and tighter.
///
/// One function for all levels, because each function between two brackets costs stack; and a loop over the operands,
/// because a chain of them may be long.
fn binary(input: Tokens<'_>, loosest: u8) -> Res<'_, Expr> {
    let (mut rest, mut left) = predicate(input)?;
    while let Ok((next, (op, level))) = operator(rest) {
        if level < loosest {
            break;
        }
        if let (true, Some(token)) = (rest.at() == input.at(), rest.nth(0)) {
            // There is nothing before the operator; the tree begins with it.
            left.span = Span { end: token.span.start, ..token.span };
        }
        let counted = count_operator(rest);
        let (next, right) = binary(next, level + 1)?;
        rest = next;
        let kind = if counted { ExprKind::Binary(op, Box::new(left), Box::new(right)) } else { left.kind };
        left = Expr { kind, span: input.span_to(rest) };
    }
    Ok((rest, left))
}

/// An operator with two operands, and its level: the higher, the tighter.
///
/// ```text
/// 1  '&&' | '||'
/// 2  '==' | '!='
/// 3  '<' | '<=' | '>' | '>='
/// 4  'in'
/// ```
fn operator(input: Tokens<'_>) -> Res<'_, (BinaryOp, u8)> {
    let operator = match input.kind(0) {
        Some(Kind::AndAnd) => (BinaryOp::And, 1),
        Some(Kind::OrOr) => (BinaryOp::Or, 1),
        Some(Kind::EqualsEquals) => (BinaryOp::Eq, 2),
        Some(Kind::BangEquals) => (BinaryOp::Ne, 2),
        Some(Kind::Less) => (BinaryOp::Lt, 3),
        Some(Kind::LessEquals) => (BinaryOp::Le, 3),
        Some(Kind::Greater) => (BinaryOp::Gt, 3),
        Some(Kind::GreaterEquals) => (BinaryOp::Ge, 3),
        Some(Kind::Word) if input.text(0) == "in" => (BinaryOp::In, 4),
        _ => return miss(),
    };
    Ok((input.skip(1), operator))
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
    if rest.at() == input.at() {
        return Ok((rest, collection));
    }
    while let Ok((next, (quantifier, open))) = quantifier(rest) {
        let counted = count_operator(rest);
        let (next, (binding, condition)) = nested(next, bound_condition, |span| (None, error(span)))?;
        rest = close(next, Kind::RightBracket, open);
        if matches!(collection.kind, ExprKind::Not(_)) {
            report_negated(input, collection.span, rest);
        }
        let (operand, condition) = (Box::new(collection), Box::new(condition));
        let kind = ExprKind::Predicate { quantifier, collection: operand, binding, condition };
        let kind = if counted { kind } else { ExprKind::Error };
        collection = Expr { kind, span: input.span_to(rest) };
        rest = skip_dereference(rest);
    }
    Ok((rest, collection))
}

/// `( Name ',' )? expression`
fn bound_condition(input: Tokens<'_>) -> Res<'_, (Option<ast::Name>, Expr)> {
    let (rest, binding) = match input.kind(1) {
        Some(Kind::Comma) => opt(binding).parse(input)?,
        _ => (input, None),
    };
    let (rest, condition) = inner(rest)?;
    Ok((rest, (binding, condition)))
}

/// `!posts?[c]` negates `posts`; `negated` is what is negated, and `rest` the place after the predicate.
fn report_negated(input: Tokens<'_>, negated: Span, rest: Tokens<'_>) {
    let positive = input.skip(1).span_to(rest);
    let predicate = input.text_of(positive);
    let message = "`!` binds tighter than a collection predicate";
    let diagnostic = Diagnostic::error("negated-collection", negated, message);
    let parentheses = vec![
        (Span { end: positive.start, ..positive }, "(".to_owned()),
        (Span { start: positive.end, ..positive }, ")".to_owned()),
    ];
    input.report(diagnostic.help(format!("write `!({predicate})`")).fix("add parentheses", parentheses));
}

/// `posts?[c].name` has no meaning; what is after the predicate is reported.
fn skip_dereference(input: Tokens<'_>) -> Tokens<'_> {
    let Ok((rest, _)) = (kind_dot, name).parse(input) else { return input };
    let message = "a collection predicate is true or false and has no fields";
    input.report(Diagnostic::error("unexpected-token", input.span_to(rest), message));
    rest
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
    if rest.at() == input.at() {
        return Ok((rest, operand));
    }
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
        Some(Kind::LeftParen) => nested(input, paren, ExprKind::from_error),
        Some(Kind::LeftBracket) => nested(input, array, ExprKind::from_error),
        Some(Kind::LeftBrace) => nested(input, object, ExprKind::from_error),
        Some(Kind::Bang) => nested(input, not, ExprKind::from_error),
        Some(Kind::Word) if input.kind(1) == Some(Kind::LeftParen) => nested(input, call, ExprKind::from_error),
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
    let (rest, open) = kind(Kind::LeftParen)(input)?;
    let (rest, operand) = inner(rest)?;
    Ok((close(rest, Kind::RightParen, open.span), ExprKind::Paren(Box::new(operand))))
}

/// `'!' member`
fn not(input: Tokens<'_>) -> Res<'_, ExprKind> {
    let (rest, _) = kind(Kind::Bang)(input)?;
    let (rest, operand) = member(rest)?;
    Ok((rest, ExprKind::Not(Box::new(operand))))
}

/// `array = '[' ( expression % ',' )? ']'`
fn array(input: Tokens<'_>) -> Res<'_, ExprKind> {
    let (rest, items) = list(ARRAY, inner)(input)?;
    Ok((rest, ExprKind::Array(items)))
}

/// `object = '{' ( ( (Name | STRING) ':' expression ) % ',' ','? )? '}'`
fn object(input: Tokens<'_>) -> Res<'_, ExprKind> {
    let (rest, entries) = list(OBJECT, entry)(input)?;
    Ok((rest, ExprKind::Object(entries.into_iter().flatten().collect())))
}

/// `call = Name '(' ( expression % ',' )? ')'`, `reference = NameOrType '(' ( (ID ':' expression) % ',' ) ')'`
fn call(input: Tokens<'_>) -> Res<'_, ExprKind> {
    let (rest, name) = name(input)?;
    let (rest, args) = list(ARGUMENTS, |input| argument(input, inner))(rest)?;
    let labelled = args.first().is_some_and(|arg| arg.label.is_some());
    if let Some(odd) = args.iter().find(|arg| arg.label.is_some() != labelled) {
        let message = format!("either all arguments of `{}` have names or none has", name.text);
        let found = Diagnostic::error("mixed-arguments", odd.span, message);
        input.report(found.help("write a name and a `:` before each, or before none"));
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
