//! The braces of a declaration and what they have in common.

use nom::Parser;

use super::fields::{RESERVED, report_reserved};
use super::input::{Miss, Tokens, kind, name};
use super::items::misplaced_attribute;
use super::recovery::{AT_MEMBER, skip_to, starts_declaration};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast;
use crate::syntax::token::Kind;

/// The names of the types that are built in; no declaration can have one of them.
pub const BUILTIN_TYPES: &[&str] = &[
    "String",
    "Boolean",
    "Int",
    "BigInt",
    "Float",
    "Decimal",
    "DateTime",
    "Json",
    "Bytes",
    "Null",
    "Object",
    "Any",
    "Void",
    "Undefined",
    "Unsupported",
    "FieldReference",
    "TransitiveFieldReference",
    "ContextType",
];

/// The name of a declaration: reported if it is missing or reserved.
pub(super) fn declared_name<'a>(input: Tokens<'a>, what: &str) -> (Tokens<'a>, Option<ast::Name>) {
    if let (Ok((rest, name)), false) = (name(input), input.on_new_line(0) && starts_declaration(input)) {
        report_reserved(input, &name, RESERVED);
        report_reserved(input, &name, BUILTIN_TYPES);
        return (rest, Some(name));
    }
    input.expected(&format!("the name of the {what}"));
    (input, None)
}

/// `'{' member* '}'`: the place after it, the place after its `{`, and the members.
///
/// Every round of the loop consumes a token or ends the body, so it ends.
pub(super) fn body<'a, T>(
    input: Tokens<'a>,
    what: &str,
    name: Option<&ast::Name>,
    members: &str,
    mut member: impl Parser<Tokens<'a>, Output = T, Error = Miss>,
) -> (Tokens<'a>, Tokens<'a>, Vec<T>) {
    let mut found = Vec::new();
    let start = open(input);
    let mut rest = start;
    let no_body = start.at() == input.at() && (!start.on_new_line(0) || starts_declaration(start));
    if no_body || start.is_empty() && start.previous().is_none_or(|token| token.kind != Kind::LeftBrace) {
        return (rest, start, found);
    }
    loop {
        if let Ok((next, _)) = kind(Kind::RightBrace)(rest) {
            return (next, start, found);
        }
        if rest.is_empty() || rest.on_new_line(0) && starts_declaration(rest) {
            if let (Some(brace), true) = (start.previous().filter(|t| t.kind == Kind::LeftBrace), rest.may_report()) {
                let named = name.map_or_else(|| format!("this {what}"), |name| format!("{what} `{}`", name.text));
                let message = format!("{named} has no closing `}}`");
                let diagnostic = Diagnostic::error("missing-closing-brace", rest.gap(), message);
                rest.report(diagnostic.label("expected `}` after this").related(brace.span, "this is not closed"));
            }
            return (rest, start, found);
        }
        rest = if let Ok((next, member)) = member.parse(rest) {
            found.push(member);
            next
        } else if let Ok((next, ())) = misplaced_attribute(rest) {
            next
        } else if rest.is(Kind::Comma) {
            rest.unexpected_with(members, |diagnostic| diagnostic.help("remove it: nothing stands between members"));
            rest.skip(1)
        } else {
            rest.unexpected(members);
            skip_to(rest, AT_MEMBER)
        };
    }
}

/// After the `{`. If it is missing, that is reported, and what follows on its line is skipped.
fn open(input: Tokens<'_>) -> Tokens<'_> {
    if !input.is(Kind::LeftBrace) {
        input.expected("`{`");
    }
    let mut rest = input;
    loop {
        match rest.kind(0) {
            Some(Kind::LeftBrace) => return rest.skip(1),
            Some(_) if !rest.on_new_line(0) => rest = rest.skip(1),
            _ => return rest,
        }
    }
}
