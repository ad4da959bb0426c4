//! Expressions.
//!
//! From loose to tight: `&&` and `||` (one level, left to right), `==` `!=`, `<` `<=` `>` `>=`, `in`, collection
//! predicates, `.`, and the prefix `!`, whose operand is a member.

use nom::Parser;
use nom::branch::alt;

use super::super::ast::{BinaryOp, Expr, ExprKind, Name, Quantifier};
use super::super::lexer::unquote;
use super::super::token::{Kind, Tokens};
use super::attributes::{arg, list};
use super::recovery::to_member;
use super::{expect_mark, expect_name, keyword, mark, name, span};
use crate::diagnostic::Diagnostic;

/// Brackets nested deeper than this are refused.
const DEEPEST: u32 = 64;
/// An expression with more operators than this is refused: later stages walk it recursively.
const HEAVIEST: u32 = 500;

/// `expression = equality ( ('&&' | '||') equality )*`
pub(super) fn expr(i: Tokens<'_>) -> (Tokens<'_>, Expr) {
    let sink = i.sink;
    let depth = sink.depth.get();
    if depth == 0 {
        sink.weight.set(0);
    }
    if depth >= DEEPEST {
        return refuse(i, "nesting-too-deep", "brackets are nested too deep here");
    }
    sink.depth.set(depth + 1);
    let parsed = level(i, LEVELS);
    sink.depth.set(depth);
    parsed
}

/// One more operator, or a refusal.
fn weigh(i: Tokens<'_>) -> bool {
    let weight = i.sink.weight.get() + 1;
    i.sink.weight.set(weight);
    weight <= HEAVIEST
}

fn refuse<'a>(i: Tokens<'a>, code: &'static str, message: &str) -> (Tokens<'a>, Expr) {
    let at = i.peek(0).span;
    i.report(Diagnostic::error(code, at, message).help("split the rule into several"));
    // Whatever is left of it follows from this.
    let rest = to_member(i);
    i.sink.last.set(Some(rest.at));
    (rest, Expr { kind: ExprKind::Error, span: at })
}

/// The levels of binary operators, loosest first.
const LEVELS: &[&[(&str, BinaryOp)]] = &[
    &[("&&", BinaryOp::And), ("||", BinaryOp::Or)],
    &[("==", BinaryOp::Eq), ("!=", BinaryOp::Ne)],
    &[("<=", BinaryOp::Le), (">=", BinaryOp::Ge), ("<", BinaryOp::Lt), (">", BinaryOp::Gt)],
    &[("in", BinaryOp::In)],
];

/// `level = next ( operator next )*`, from left to right.
fn level<'a>(i: Tokens<'a>, levels: &[&[(&str, BinaryOp)]]) -> (Tokens<'a>, Expr) {
    let Some((operators, tighter)) = levels.split_first() else { return predicate(i) };
    let (mut rest, mut left) = level(i, tighter);
    loop {
        let here = |(text, _): &&(&str, BinaryOp)| rest.is_mark(0, text) || (*text == "in" && is_in(rest));
        let Some((_, operator)) = operators.iter().find(here) else { return (rest, left) };
        if !weigh(rest) {
            return refuse(rest, "expression-too-long", "this expression has too many operators");
        }
        let (after, right) = level(rest.next(), tighter);
        let span = span(i, after);
        left = Expr { kind: ExprKind::Binary(*operator, Box::new(left), Box::new(right)), span };
        rest = after;
    }
}

/// `in` is a legal name of a field too: on a new line, it starts the next one.
fn is_in(i: Tokens<'_>) -> bool {
    i.is_word(0, "in") && !i.peek(0).on_new_line
}

/// `predicate = member ( ('?' | '!' | '^') '[' ( Name ',' )? expression ']' )*`
fn predicate(i: Tokens<'_>) -> (Tokens<'_>, Expr) {
    let (mut rest, mut left) = member(i);
    loop {
        let quantifier = match rest.peek(0).kind {
            Kind::Mark("?") => Quantifier::Some,
            Kind::Mark("!") => Quantifier::Every,
            Kind::Mark("^") => Quantifier::None,
            _ => return (rest, left),
        };
        if !rest.is_mark(1, "[") {
            return (rest, left);
        }
        if !weigh(rest) {
            return refuse(rest, "expression-too-long", "this expression has too many operators");
        }
        if let ExprKind::Not(_) = &left.kind {
            let message = "`!` before a collection negates the collection, not the predicate";
            rest.report(
                Diagnostic::error("negated-collection", left.span, message)
                    .help("put the predicate into parentheses: `!(posts?[published])`"),
            );
        }
        let inside = rest.next().next();
        let (inside, binding) = binding(inside);
        let (after, condition) = expr(inside);
        let after = expect_mark(after, "]");
        let (collection, condition) = (Box::new(left), Box::new(condition));
        left = Expr { kind: ExprKind::Predicate { quantifier, collection, binding, condition }, span: span(i, after) };
        if after.at <= rest.at {
            return (after, left);
        }
        rest = after;
    }
}

fn binding(i: Tokens<'_>) -> (Tokens<'_>, Option<Name>) {
    match (name, mark(",")).parse(i) {
        Ok((rest, (name, _))) => (rest, Some(name)),
        Err(_) => (i, None),
    }
}

/// `member = primary ( '.' NameOrType )*`
fn member(i: Tokens<'_>) -> (Tokens<'_>, Expr) {
    let (mut rest, mut operand) = primary(i);
    while let Ok((after, _)) = mark(".").parse(rest) {
        if !weigh(rest) {
            return refuse(rest, "expression-too-long", "this expression has too many operators");
        }
        let (after, name) = expect_name(after, "the name of a member");
        operand = Expr { kind: ExprKind::Member(Box::new(operand), name), span: span(i, after) };
        rest = after;
    }
    (rest, operand)
}

/// `primary = '(' expression ')' | 'this' | 'null' | literal | '!' member | call | array | reference | object`
fn primary(i: Tokens<'_>) -> (Tokens<'_>, Expr) {
    let token = i.peek(0);
    let (rest, kind) = match token.kind {
        Kind::Number => (i.next(), ExprKind::Number(i.text(token).to_owned())),
        Kind::String => (i.next(), ExprKind::String(unquote(i.text(token)))),
        Kind::Word => word(i),
        Kind::Mark("!") => {
            if !weigh(i) {
                return refuse(i, "expression-too-long", "this expression has too many operators");
            }
            // `!!!…` nests without brackets.
            let depth = i.sink.depth.get();
            if depth >= DEEPEST {
                return refuse(i, "nesting-too-deep", "`!` is repeated too often here");
            }
            i.sink.depth.set(depth + 1);
            let (rest, operand) = member(i.next());
            i.sink.depth.set(depth);
            (rest, ExprKind::Not(Box::new(operand)))
        }
        Kind::Mark("(") => {
            let (rest, inner) = expr(i.next());
            let kind = if inner.kind == ExprKind::Error { ExprKind::Error } else { ExprKind::Paren(Box::new(inner)) };
            (expect_mark(rest, ")"), kind)
        }
        Kind::Mark("[") => {
            let (rest, elements) = list(i, "[", "]", expr);
            (rest, ExprKind::Array(elements))
        }
        Kind::Mark("{") => object(i),
        _ => {
            i.expected("an expression");
            return (i, Expr { kind: ExprKind::Error, span: token.span });
        }
    };
    (rest, Expr { kind, span: span(i, rest) })
}

/// What starts with a word: a keyword, a call, or a reference.
fn word(i: Tokens<'_>) -> (Tokens<'_>, ExprKind) {
    let keyword = alt((
        keyword("true").map(|_| ExprKind::Bool(true)),
        keyword("false").map(|_| ExprKind::Bool(false)),
        keyword("null").map(|_| ExprKind::Null),
        keyword("this").map(|_| ExprKind::This),
    ))
    .parse(i);
    if let Ok(parsed) = keyword {
        return parsed;
    }
    let Ok((rest, name)) = name(i) else { return (i, ExprKind::Error) };
    // A bracket on the next line is not ours.
    if !rest.is_mark(0, "(") || rest.peek(0).on_new_line {
        return (rest, ExprKind::Reference(name, Vec::new()));
    }
    if rest.peek(1).kind == Kind::Word && rest.is_mark(2, ":") {
        let (rest, args) = list(rest, "(", ")", arg);
        return (rest, ExprKind::Reference(name, args));
    }
    let (rest, args) = list(rest, "(", ")", expr);
    (rest, ExprKind::Call(name, args))
}

/// `object = '{' ( ( (Name | STRING) ':' expression ) % ',' ','? )? '}'`
fn object(i: Tokens<'_>) -> (Tokens<'_>, ExprKind) {
    let mut entries = Vec::new();
    let mut rest = i.next();
    while !rest.is_mark(0, "}") && !rest.is_end() {
        let start = rest;
        let key = alt((name, super::string.map(|key| Name { text: key.text, span: key.span }))).parse(rest);
        let Ok((after, key)) = key else {
            rest.expected("a key");
            break;
        };
        let (after, value) = expr(expect_mark(after, ":"));
        entries.push((key, value));
        rest = after;
        match mark(",").parse(rest) {
            Ok((after, _)) => rest = after,
            Err(_) => break,
        }
        if rest.at <= start.at {
            break;
        }
    }
    (expect_mark(rest, "}"), ExprKind::Object(entries))
}
