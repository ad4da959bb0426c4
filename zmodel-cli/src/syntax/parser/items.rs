//! Declarations.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::preceded;

use super::super::ast::{
    AttributeDecl, AttributeKind, AttributeParam, Config, ConfigEntry, Enum, EnumMember, ExprKind, File, Function,
    Import, Item, Model, ModelKind, Name, Param, Procedure,
};
use super::super::token::{Kind, Tokens};
use super::attributes::{attributes, list};
use super::expr::expr;
use super::members::{body, type_ref};
use super::recovery::{to_item, to_member};
use super::{Res, expect_mark, expect_name, keyword, mark, name, span, string};
use crate::diagnostic::Diagnostic;

/// `schema = import* declaration* EOF`
pub(in super::super) fn file(mut i: Tokens<'_>) -> File {
    let mut file = File::default();
    while !i.is_end() {
        if let Ok((rest, import)) = import(i) {
            if !file.items.is_empty() {
                let message = "an import stands after a declaration";
                i.report(
                    Diagnostic::error("import-after-declaration", import.span, message)
                        .help("move it to the top of the file"),
                );
            }
            file.imports.push(import);
            i = rest;
        } else if let Ok((rest, item)) = item(i) {
            file.items.push(item);
            i = rest;
        } else {
            let token = i.peek(0);
            match token.kind {
                Kind::Unknown | Kind::OpenString => i.expected("a declaration"),
                _ => i.report(
                    Diagnostic::error(
                        "unexpected-token",
                        token.span,
                        format!("expected a declaration, but found `{}`", i.text(token)),
                    )
                    .help("a schema has `model`, `enum`, `type`, `datasource`, `generator` and `plugin` blocks"),
                ),
            }
            i = to_item(i);
        }
    }
    file
}

/// `import = 'import' STRING ';'?`
fn import(i: Tokens<'_>) -> Res<'_, Import> {
    let (rest, path) = preceded(keyword("import"), string).parse(i)?;
    let (rest, _) = opt(mark(";")).parse(rest)?;
    Ok((rest, Import { path, span: span(i, rest) }))
}

/// `declaration = datasource | generator | plugin | model | view | typeDef | enum | function | attribute | procedure`
fn item(i: Tokens<'_>) -> Res<'_, Item> {
    alt((
        config("datasource").map(Item::Datasource),
        config("generator").map(Item::Generator),
        config("plugin").map(Item::Plugin),
        model.map(Item::Model),
        enumeration.map(Item::Enum),
        function.map(Item::Function),
        procedure.map(Item::Procedure),
        attribute.map(Item::Attribute),
    ))
    .parse(i)
}

/// `datasource = 'datasource' Name '{' configField* '}'`, and likewise `generator` and `plugin`.
fn config<'a>(word: &'static str) -> impl Parser<Tokens<'a>, Output = Config, Error = ()> {
    move |i: Tokens<'a>| {
        let (rest, _) = keyword(word).parse(i)?;
        let docs = i.docs();
        let (rest, name) = expect_name(rest, "a name");
        let mut entries = Vec::new();
        let rest = body(rest, |i| {
            let (rest, key) = super::name(i)?;
            let rest = expect_mark(rest, "=");
            let (rest, value) = expr(rest);
            if value.kind == ExprKind::Error {
                return Ok((to_member(rest), ()));
            }
            entries.push(ConfigEntry { key, value, span: span(i, rest) });
            Ok((rest, ()))
        });
        Ok((rest, Config { docs, name, entries, span: span(i, rest) }))
    }
}

/// `model = 'abstract'? 'model' Name with? extends? '{' ( field | modelAttr )* '}'`, `view`, `typeDef`
fn model(i: Tokens<'_>) -> Res<'_, Model> {
    let (rest, kind) = alt((
        (keyword("abstract"), keyword("model")).map(|_| ModelKind::Abstract),
        keyword("model").map(|_| ModelKind::Model),
        keyword("view").map(|_| ModelKind::View),
        keyword("type").map(|_| ModelKind::Type),
    ))
    .parse(i)?;
    let docs = i.docs();
    let (mut rest, name) = expect_name(rest, "a name");
    let (mut extends, mut mixins) = (Vec::new(), Vec::new());
    loop {
        if let Ok((after, _)) = keyword("extends").parse(rest) {
            rest = names(after, &mut extends);
        } else if let Ok((after, _)) = keyword("with").parse(rest) {
            rest = names(after, &mut mixins);
        } else {
            break;
        }
    }
    let (mut fields, mut members) = (Vec::new(), Vec::new());
    let rest = body(rest, |i| {
        if let Ok((rest, attribute)) = super::attributes::attribute(2)(i) {
            members.push(attribute);
            return Ok((rest, ()));
        }
        let (rest, field) = super::members::field(i)?;
        fields.push(field);
        Ok((rest, ()))
    });
    Ok((rest, Model { kind, docs, name, extends, mixins, fields, attributes: members, span: span(i, rest) }))
}

/// `Name ( ','? Name )*`, up to the brace or the other clause.
fn names<'a>(i: Tokens<'a>, list: &mut Vec<Name>) -> Tokens<'a> {
    let (mut i, first) = expect_name(i, "a name");
    list.push(first);
    loop {
        let (after_comma, comma) = opt(mark(",")).parse(i).unwrap_or((i, None));
        let next = after_comma.peek(0);
        let clause = comma.is_none() && (after_comma.is_word(0, "with") || after_comma.is_word(0, "extends"));
        if next.kind != Kind::Word || clause {
            return i;
        }
        let (rest, name) = expect_name(after_comma, "a name");
        list.push(name);
        if rest.at == after_comma.at {
            return rest;
        }
        i = rest;
    }
}

/// `enum = 'enum' Name '{' ( enumMember | modelAttr )+ '}'`
fn enumeration(i: Tokens<'_>) -> Res<'_, Enum> {
    let (rest, _) = keyword("enum").parse(i)?;
    let docs = i.docs();
    let (rest, name) = expect_name(rest, "a name");
    let (mut members, mut attributes) = (Vec::new(), Vec::new());
    let open = rest;
    let rest = body(rest, |i| {
        if let Ok((rest, attribute)) = super::attributes::attribute(2)(i) {
            attributes.push(attribute);
            return Ok((rest, ()));
        }
        let (rest, member) = enum_member(i)?;
        members.push(member);
        Ok((rest, ()))
    });
    if members.is_empty() && attributes.is_empty() {
        let message = format!("the enum `{}` has no member", name.text);
        open.report(Diagnostic::error("empty-enum", name.span, message).help("add a member, or remove the enum"));
    }
    Ok((rest, Enum { docs, name, members, attributes, span: span(i, rest) }))
}

/// `enumMember = NameOrType fieldAttr*`
fn enum_member(i: Tokens<'_>) -> Res<'_, EnumMember> {
    let (rest, name) = name(i)?;
    let mut docs = i.docs();
    let (rest, attributes) = attributes(1)(rest)?;
    docs.extend(rest.trailing_docs());
    Ok((rest, EnumMember { docs, name, attributes, span: span(i, rest) }))
}

/// `function = 'function' Name '(' ( param % ',' )? ')' ':' paramType '{' expression? '}' internalAttr*`
fn function(i: Tokens<'_>) -> Res<'_, Function> {
    let (rest, _) = keyword("function").parse(i)?;
    let docs = i.docs();
    let (rest, name) = expect_name(rest, "a name");
    let (rest, params) = params(rest);
    let rest = expect_mark(rest, ":");
    let (rest, returns) = type_ref(rest);
    let mut rest = expect_mark(rest, "{");
    let mut value = None;
    if !rest.is_mark(0, "}") && !rest.is_end() {
        let (after, parsed) = expr(rest);
        (rest, value) = (after, Some(parsed));
    }
    let rest = expect_mark(rest, "}");
    let (rest, attributes) = attributes(3)(rest)?;
    Ok((rest, Function { docs, name, params, returns, body: value, attributes, span: span(i, rest) }))
}

/// `procedure = 'mutation'? 'procedure' Name '(' ( param % ',' )? ')' ':' paramType internalAttr*`
fn procedure(i: Tokens<'_>) -> Res<'_, Procedure> {
    let (rest, mutation) = opt(keyword("mutation")).parse(i)?;
    let (rest, _) = keyword("procedure").parse(rest)?;
    let docs = i.docs();
    let (rest, name) = expect_name(rest, "a name");
    let (rest, params) = params(rest);
    let rest = expect_mark(rest, ":");
    let (rest, returns) = type_ref(rest);
    let (rest, attributes) = attributes(3)(rest)?;
    let mutation = mutation.is_some();
    Ok((rest, Procedure { docs, mutation, name, params, returns, attributes, span: span(i, rest) }))
}

/// `'(' ( param % ',' )? ')'`, `param = Name ':' paramType '?'?`
pub(super) fn params(i: Tokens<'_>) -> (Tokens<'_>, Vec<Param>) {
    list(i, "(", ")", |i| {
        let docs = i.docs();
        let (rest, name) = expect_name_on_any_line(i, "a parameter");
        let rest = expect_mark(rest, ":");
        let (rest, ty) = type_ref(rest);
        (rest, Param { docs, name, ty, span: span(i, rest) })
    })
}

/// `attribute = 'attribute' ATTR '(' ( attrParam % ',' )? ')' internalAttr*`
fn attribute(i: Tokens<'_>) -> Res<'_, AttributeDecl> {
    let (rest, _) = keyword("attribute").parse(i)?;
    let Kind::Attribute(ats) = rest.peek(0).kind else { return Err(nom::Err::Error(())) };
    let docs = i.docs();
    let (kind, name) = attribute_name(rest, ats);
    let (rest, params) = list(rest.next(), "(", ")", attribute_param);
    let (rest, attributes) = attributes(3)(rest)?;
    Ok((rest, AttributeDecl { docs, kind, name, params, attributes, span: span(i, rest) }))
}

/// `attrParam = '_'? Name ':' attrParamType internalAttr*`
fn attribute_param(i: Tokens<'_>) -> (Tokens<'_>, AttributeParam) {
    let docs = i.docs();
    let marker = i.is_word(0, "_") && i.peek(1).kind == Kind::Word;
    // `_name` is one word to the lexer; the marker may or may not have a space after it.
    let start = if marker { i.next() } else { i };
    let (rest, mut name) = expect_name_on_any_line(start, "a parameter");
    let mut positional = marker;
    let plain = name.text.strip_prefix('_').filter(|plain| !marker && !plain.is_empty()).map(str::to_owned);
    if let Some(plain) = plain {
        name.text = plain;
        positional = true;
    }
    let rest = expect_mark(rest, ":");
    let (rest, ty) = type_ref(rest);
    let (rest, attributes) = attributes(3)(rest).unwrap_or((rest, Vec::new()));
    (rest, AttributeParam { docs, positional, name, ty, attributes, span: span(i, rest) })
}

/// The name of an attribute token, without its `@`s.
pub(super) fn attribute_name(i: Tokens<'_>, ats: u8) -> (AttributeKind, Name) {
    let token = i.peek(0);
    let text = i.text(token).trim_start_matches('@').to_owned();
    let kind = match ats {
        1 => AttributeKind::Field,
        2 => AttributeKind::Model,
        _ => AttributeKind::Internal,
    };
    (kind, Name { text, span: token.span })
}

/// In a list a name may start a line.
fn expect_name_on_any_line<'a>(i: Tokens<'a>, what: &str) -> (Tokens<'a>, Name) {
    name(i).unwrap_or_else(|_| expect_name(i, what))
}
