//! `datasource`, `generator` and `plugin` blocks.

use super::body::{body, declared_name};
use super::expr::expression;
use super::input::{Res, Tokens, kind, name};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{self, Expr, ExprKind};
use crate::syntax::token::Kind;

/// `datasource = 'datasource' Name '{' configField* '}'`
pub(super) fn datasource(input: Tokens<'_>) -> Res<'_, Option<ast::Item>> {
    block(input, "datasource", is_config_value, ast::Item::Datasource)
}

/// `generator = 'generator' Name '{' configField* '}'`
pub(super) fn generator(input: Tokens<'_>) -> Res<'_, Option<ast::Item>> {
    block(input, "generator", is_config_value, ast::Item::Generator)
}

/// `plugin = 'plugin' Name '{' pluginField* '}'`
pub(super) fn plugin(input: Tokens<'_>) -> Res<'_, Option<ast::Item>> {
    block(input, "plugin", is_plugin_value, ast::Item::Plugin)
}

fn block<'a>(
    input: Tokens<'a>,
    what: &str,
    accepts: fn(&ExprKind) -> bool,
    item: fn(ast::Config) -> ast::Item,
) -> Res<'a, Option<ast::Item>> {
    let (rest, name) = declared_name(input.skip(1), what);
    let member = |input| entry(input, what, accepts);
    let (rest, opened, entries) = body(rest, what, name.as_ref(), "a `key = value` line", member);
    let entries = entries.into_iter().flatten().collect();
    let (docs, span) = (input.docs_before(opened, rest), input.span_to(rest));
    Ok((rest, name.map(|name| item(ast::Config { docs, name, entries, span }))))
}

/// `configField = Name '=' value`; nothing if there is no `=`
fn entry<'a>(input: Tokens<'a>, what: &str, accepts: fn(&ExprKind) -> bool) -> Res<'a, Option<ast::ConfigEntry>> {
    let (rest, key) = name(input)?;
    let rest = if let Ok((rest, _)) = kind(Kind::Equals)(rest) {
        rest
    } else {
        rest.expected("`=` and a value");
        let rest = if rest.is(Kind::Colon) { rest.skip(1) } else { rest };
        if rest.is_empty() || rest.on_new_line(0) || rest.is(Kind::RightBrace) {
            return Ok((rest, None));
        }
        rest
    };
    let (rest, value) = expression(rest)?;
    if !accepts(&value.kind) {
        rest.report(refused(rest, what, &value));
    }
    Ok((rest, Some(ast::ConfigEntry { key, value, span: input.span_to(rest) })))
}

/// `configValue = literal | call | configArray`
fn is_config_value(kind: &ExprKind) -> bool {
    match kind {
        ExprKind::Call(..) => true,
        // `[postgis(version: "3"), pg_trgm]`
        ExprKind::Array(items) => items
            .iter()
            .all(|item| is_literal(&item.kind) || matches!(item.kind, ExprKind::Reference(..) | ExprKind::Call(..))),
        other => is_literal(other),
    }
}

/// `literal | array | object`
fn is_plugin_value(kind: &ExprKind) -> bool {
    is_literal(kind) || matches!(kind, ExprKind::Array(_) | ExprKind::Object(_))
}

fn is_literal(kind: &ExprKind) -> bool {
    matches!(kind, ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Error)
}

fn refused(input: Tokens<'_>, what: &str, value: &Expr) -> Diagnostic {
    let diagnostic = Diagnostic::error("invalid-option-value", value.span, format!("a {what} cannot have this value"));
    match &value.kind {
        ExprKind::Reference(name, args) if args.is_empty() => {
            let quoted = format!("\"{}\"", name.text);
            diagnostic.help(format!("write `{quoted}`")).replacing(&quoted)
        }
        ExprKind::Call(name, _) => diagnostic.help(format!("`{}(…)` works in a `datasource` only", name.text)),
        _ => diagnostic.help(format!("`{}` is not a literal", input.text_of(value.span).escape_debug())),
    }
}
