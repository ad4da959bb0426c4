//! Declarations.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::multi::many0;

use super::Part;
use super::attributes::{self, field_attribute, internal_attribute, model_attribute};
use super::body::{body, declared_name};
use super::config;
use super::expr::expression;
use super::fields::{enum_member, field, param, required_type};
use super::input::{Res, Tokens, keyword, kind, miss, name};
use super::lists::{PARAMETERS, list};
use super::recovery::{AT_ITEM, DECLARATIONS, close, skip_to, starts_declaration, starts_member_line};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{self, ModelKind};
use crate::syntax::lexer::unquote;
use crate::syntax::token::Kind;

/// `schema = import* declaration* EOF`: one of these, or what is none. `declared` says whether there was a declaration.
///
/// At least one token is read.
pub(super) fn part(input: Tokens<'_>, declared: bool) -> (Tokens<'_>, Option<Part>) {
    if let Ok((rest, import)) = import(input) {
        if let (Some(import), true) = (&import, declared) {
            let message = "imports come before all declarations";
            let diagnostic = Diagnostic::error("import-after-declaration", import.span, message);
            rest.report(diagnostic.help("move it to the top of the file"));
        }
        return (rest, import.map(Part::Import));
    }
    if let Ok((rest, item)) = declaration(input, input.text(0)) {
        return (rest, item.map(Part::Item));
    }
    if let Some(meant) = misspelt(input) {
        input.unexpected_with("a declaration", |diagnostic| diagnostic.did_you_mean(meant));
        let (rest, item) = declaration(input, meant).unwrap_or((input.skip(1), None));
        return (rest, item.map(Part::Item));
    }
    input.unexpected("a declaration");
    (if input.is(Kind::RightBrace) { input.skip(1) } else { skip_to(input, AT_ITEM) }, None)
}

/// The keyword that a word with a name after it may stand for.
fn misspelt(input: Tokens<'_>) -> Option<&'static str> {
    let word = input.text(0);
    let distance = |other: &str| {
        // Two words are close if they begin and end alike and little is left between.
        let start = word.chars().zip(other.chars()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
        let end = word.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
        let longer = word.chars().count().max(other.chars().count());
        longer.saturating_sub(start + end)
    };
    let named = input.is(Kind::Word) && input.kind(1) == Some(Kind::Word);
    DECLARATIONS.iter().copied().filter(|_| named).find(|other| distance(other) <= 2)
}

/// `import = 'import' STRING ';'?`; nothing if the path is missing
fn import(input: Tokens<'_>) -> Res<'_, Option<ast::Import>> {
    let (rest, _) = keyword("import")(input)?;
    let Ok((rest, path)) = kind(Kind::String)(rest) else {
        let open = rest.is(Kind::OpenString) && !rest.on_new_line(0);
        rest.expected_with("the path of a file", |diagnostic| diagnostic.help("write it as in `import \"./user\"`"));
        return Ok((if open { rest.skip(1) } else { rest }, None));
    };
    let path = ast::Str { text: unquote(input.text_of(path.span)), span: path.span };
    let (rest, _) = opt(kind(Kind::Semicolon)).parse(rest)?;
    Ok((rest, Some(ast::Import { path, span: input.span_to(rest) })))
}

/// `declaration = datasource | generator | plugin | model | view | typeDef | enum | function | attribute | procedure`
///
/// `word` is the keyword that stands here, or what it was meant to be. Nothing if the declaration has no name.
fn declaration<'a>(input: Tokens<'a>, word: &str) -> Res<'a, Option<ast::Item>> {
    if !input.is(Kind::Word) {
        return miss();
    }
    match word {
        "datasource" => config::datasource(input),
        "generator" => config::generator(input),
        "plugin" => config::plugin(input),
        "model" => model(input, input.skip(1), ModelKind::Model),
        "abstract" => {
            let (rest, found) = second_keyword(input, "model");
            if found { model(input, rest, ModelKind::Abstract) } else { Ok((rest, None)) }
        }
        "view" => model(input, input.skip(1), ModelKind::View),
        "type" => model(input, input.skip(1), ModelKind::Type),
        "enum" => enumeration(input),
        "function" => function(input),
        "attribute" => attributes::declaration(input),
        "procedure" => procedure(input, input.skip(1), false),
        "mutation" => {
            let (rest, found) = second_keyword(input, "procedure");
            if found { procedure(input, rest, true) } else { Ok((rest, None)) }
        }
        _ => miss(),
    }
}

/// After the keyword that must follow the first one; before the next declaration if it does not, which is reported.
fn second_keyword<'a>(input: Tokens<'a>, word: &'static str) -> (Tokens<'a>, bool) {
    if let Ok((rest, _)) = keyword(word)(input.skip(1)) {
        return (rest, true);
    }
    input.skip(1).expected(&format!("`{word}`"));
    (skip_to(input, AT_ITEM), false)
}

/// `model = 'abstract'? 'model' Name (with | extends)* '{' ( field | modelAttr )* '}'`, and the same for `view` and
/// `type`
fn model<'a>(input: Tokens<'a>, rest: Tokens<'a>, sort: ModelKind) -> Res<'a, Option<ast::Item>> {
    let what = match sort {
        ModelKind::Model | ModelKind::Abstract => "model",
        ModelKind::View => "view",
        ModelKind::Type => "type",
    };
    let (rest, name) = declared_name(rest, what);
    let (rest, clauses) = many0(alt((
        (keyword("extends"), names).map(|(_, names)| (names, Vec::new())),
        (keyword("with"), names).map(|(_, names)| (Vec::new(), names)),
    )))
    .parse(rest)?;
    let mut extends = Vec::new();
    let mut mixins = Vec::new();
    for (bases, others) in clauses {
        extends.extend(bases);
        mixins.extend(others);
    }
    let refused = match sort {
        ModelKind::Model | ModelKind::Abstract => None,
        ModelKind::View => extends.first().or(mixins.first()),
        ModelKind::Type => extends.first(),
    };
    if let Some(refused) = refused {
        let (word, help) = match sort {
            ModelKind::Type => ("extends", "a type takes the fields of others by `with`"),
            _ if extends.is_empty() => ("with", "write the fields out"),
            _ => ("extends", "write the fields out"),
        };
        let message = format!("a {what} cannot have `{word}`");
        rest.report(Diagnostic::error("unexpected-token", refused.span, message).help(help));
    }
    let member = alt((field.map(|field| (Some(field), None)), model_attribute.map(|a| (None, Some(a)))));
    let (rest, opened, members) = body(rest, what, name.as_ref(), "a field or a `@@` attribute", member);
    let (fields, attributes): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let fields = fields.into_iter().flatten().collect();
    let attributes = attributes.into_iter().flatten().collect();
    let (docs, span) = (input.docs_before(opened, rest), input.span_to(rest));
    let closed = rest.previous().is_some_and(|token| token.kind == Kind::RightBrace);
    let model =
        name.map(|name| ast::Model { kind: sort, docs, name, extends, mixins, fields, attributes, closed, span });
    Ok((rest, model.map(ast::Item::Model)))
}

/// `Name ( ','? Name )*`
fn names(input: Tokens<'_>) -> Res<'_, Vec<ast::Name>> {
    let (mut rest, mut found) = (input, Vec::new());
    loop {
        let comma = rest.is(Kind::Comma) && !found.is_empty();
        let next = if comma { rest.skip(1) } else { rest };
        let Ok((next, name)) = listed_name(next) else {
            if comma || found.is_empty() {
                next.expected("a name");
            }
            return Ok((next, found));
        };
        found.push(name);
        rest = next;
    }
}

/// A name, if neither the next clause nor a forgotten `{` is there instead.
fn listed_name(input: Tokens<'_>) -> Res<'_, ast::Name> {
    let clause = matches!(input.text(0), "extends" | "with") && input.kind(1) == Some(Kind::Word);
    if clause || starts_member_line(input) && !leads_to_body(input) { miss() } else { name(input) }
}

/// Whether nothing but names stands between here and a `{`: then no `{` was forgotten before.
fn leads_to_body(input: Tokens<'_>) -> bool {
    // No list is so long that it would be worth looking further.
    let after = (0..256).map(|n| input.skip(n)).find(|rest| {
        let named = rest.is(Kind::Word) || rest.is(Kind::Comma);
        !named || rest.on_new_line(0) && starts_declaration(*rest)
    });
    after.is_some_and(|rest| rest.is(Kind::LeftBrace))
}

/// `enum = 'enum' Name '{' ( enumMember | modelAttr )+ '}'`
fn enumeration(input: Tokens<'_>) -> Res<'_, Option<ast::Item>> {
    let (rest, name) = declared_name(input.skip(1), "enum");
    let reports = rest.report_count();
    let member = alt((enum_member.map(|member| (Some(member), None)), model_attribute.map(|a| (None, Some(a)))));
    let (rest, opened, members) = body(rest, "enum", name.as_ref(), "a member or a `@@` attribute", member);
    if let (true, Some(name)) = (members.is_empty() && rest.report_count() == reports, &name) {
        let message = format!("enum `{}` has no members", name.text);
        let found = Diagnostic::error("empty-enum", name.span, message);
        rest.report(found.help("write at least one member, each on a line of its own"));
    }
    let (members, attributes): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let members = members.into_iter().flatten().collect();
    let attributes = attributes.into_iter().flatten().collect();
    let (docs, span) = (input.docs_before(opened, rest), input.span_to(rest));
    Ok((rest, name.map(|name| ast::Item::Enum(ast::Enum { docs, name, members, attributes, span }))))
}

/// `function = 'function' Name '(' ( param % ',' )? ')' ':' paramType '{' expression? '}' internalAttr*`
fn function(input: Tokens<'_>) -> Res<'_, Option<ast::Item>> {
    let (rest, name) = declared_name(input.skip(1), "function");
    let named = rest;
    let (rest, (params, returns)) = signature(rest)?;
    let (rest, body) = match kind(Kind::LeftBrace)(rest) {
        Ok((rest, open)) if rest.is(Kind::RightBrace) => (close(rest, Kind::RightBrace, open.span), None),
        Ok((rest, open)) => {
            let (rest, body) = expression(rest)?;
            (close(rest, Kind::RightBrace, open.span), Some(body))
        }
        Err(_) => {
            rest.expected_with("`{`", |diagnostic| diagnostic.help("a function ends in `{}`"));
            (rest, None)
        }
    };
    let (rest, attributes) = many0(internal_attribute).parse(rest)?;
    let (docs, span) = (input.docs_before(named, rest), input.span_to(rest));
    let function = name.map(|name| ast::Function { docs, name, params, returns, body, attributes, span });
    Ok((rest, function.map(ast::Item::Function)))
}

/// `procedure = 'mutation'? 'procedure' Name '(' ( param % ',' )? ')' ':' paramType internalAttr*`
fn procedure<'a>(input: Tokens<'a>, rest: Tokens<'a>, mutation: bool) -> Res<'a, Option<ast::Item>> {
    let (rest, name) = declared_name(rest, "procedure");
    let named = rest;
    let (rest, (params, returns)) = signature(rest)?;
    let (rest, attributes) = many0(internal_attribute).parse(rest)?;
    let (docs, span) = (input.docs_before(named, rest), input.span_to(rest));
    let procedure = name.map(|name| ast::Procedure { docs, mutation, name, params, returns, attributes, span });
    Ok((rest, procedure.map(ast::Item::Procedure)))
}

/// `'(' ( param % ',' )? ')' ':' paramType`
fn signature(input: Tokens<'_>) -> Res<'_, (Vec<ast::Param>, ast::TypeRef)> {
    let (rest, params) = opt(list(PARAMETERS, param)).parse(input)?;
    if params.is_none() {
        rest.expected("`(`");
    }
    let (rest, returns) = required_type(rest)?;
    if returns.optional {
        let diagnostic = Diagnostic::error("optional-return-type", returns.span, "what is returned cannot be optional");
        rest.report(diagnostic.help("remove the `?`").removing("the `?`", returns.span.last()));
    }
    Ok((rest, (params.unwrap_or_default(), returns)))
}

/// An attribute where none can stand: reported and dropped.
pub(super) fn misplaced_attribute(input: Tokens<'_>) -> Res<'_, ()> {
    let (rest, attribute) = alt((field_attribute, internal_attribute)).parse(input)?;
    let written = input.text_of(attribute.name.span);
    let (message, help) = match attribute.kind {
        ast::AttributeKind::Internal => (
            format!("`{written}` can stand only on functions and on declarations of attributes"),
            format!("write `@{0}` on a field, or `@@{0}` in a model", attribute.name.text),
        ),
        _ => (
            format!("`{written}` stands on no field"),
            format!("write it after the type of a field, or `@{written}` for the model"),
        ),
    };
    input.report(Diagnostic::error("misplaced-attribute", attribute.name.span, message).help(help));
    Ok((rest, ()))
}
