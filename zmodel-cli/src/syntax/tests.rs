//! Conformance, precedence, recovery and robustness of the whole parser.

use std::fmt::Write as _;

use super::ast::{Arg, Expr, ExprKind, File, Item, Quantifier};
use super::*;
use crate::diagnostic::render;
use crate::source::{SourceMap, Span};

mod constructs;
mod edits;
mod recovery;
mod robustness;
mod table;

/// Uses every construct.
const EVERYTHING: &str = include_str!("tests/everything.zmodel");

fn parse_text(text: &str) -> (File, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let tree = parse(FileId(0), text, &mut diagnostics);
    diagnostics.sort();
    (tree, diagnostics)
}

/// The codes of what is wrong with a text, and the text underlined.
fn complaints(text: &str) -> Vec<(&'static str, &str)> {
    let (_, diagnostics) = parse_text(text);
    let stretch = |span: Option<Span>| span.map_or("", |span| &text[span.start as usize..span.end as usize]);
    diagnostics.iter().map(|diagnostic| (diagnostic.code, stretch(diagnostic.span))).collect()
}

#[track_caller]
fn parse_well(text: &str) -> File {
    let (tree, diagnostics) = parse_text(text);
    assert!(diagnostics.is_empty(), "{text}\n{}", rendered(text));
    tree
}

/// What is wrong with a text, as the command shows it.
fn rendered(text: &str) -> String {
    let mut sources = SourceMap::new();
    sources.add("schema.zmodel", text);
    render::text(&sources, &parse_text(text).1, false)
}

/// The tree of an expression with all its brackets.
#[track_caller]
fn shape(expression: &str) -> String {
    let tree = parse_well(&in_rule(expression));
    let Some(Item::Model(model)) = tree.items.first() else { panic!("no model") };
    show(&model.attributes[0].args[1].value)
}

fn in_rule(expression: &str) -> String {
    format!("model Post {{\n  @@allow('read', {expression})\n}}\n")
}

fn show(expr: &Expr) -> String {
    let all = |list: &[Expr]| list.iter().map(show).collect::<Vec<_>>().join(", ");
    let labelled = |list: &[Arg]| {
        let one = |arg: &Arg| format!("{}: {}", arg.label.as_ref().map_or("", |name| &name.text), show(&arg.value));
        list.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    match &expr.kind {
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(text) => text.clone(),
        ExprKind::String(text) => format!("{text:?}"),
        ExprKind::Null => "null".to_owned(),
        ExprKind::This => "this".to_owned(),
        ExprKind::Reference(name, args) if args.is_empty() => name.text.clone(),
        ExprKind::Reference(name, args) => format!("{}{{{}}}", name.text, labelled(args)),
        ExprKind::Member(operand, name) => format!("{}.{}", show(operand), name.text),
        ExprKind::Call(name, args) => format!("{}({})", name.text, all(args)),
        ExprKind::Array(items) => format!("[{}]", all(items)),
        ExprKind::Object(entries) => entries.iter().fold(String::new(), |mut text, (key, value)| {
            let _ = write!(text, "<{}={}>", key.text, show(value));
            text
        }),
        ExprKind::Not(operand) => format!("!{}", show(operand)),
        ExprKind::Binary(op, left, right) => format!("({} {op:?} {})", show(left), show(right)),
        ExprKind::Predicate { quantifier, collection, binding, condition } => {
            let sign = match quantifier {
                Quantifier::Some => '?',
                Quantifier::Every => '!',
                Quantifier::None => '^',
            };
            let binding = binding.as_ref().map(|name| format!("{} -> ", name.text)).unwrap_or_default();
            format!("{}{sign}[{binding}{}]", show(collection), show(condition))
        }
        ExprKind::Paren(operand) => format!("paren {}", show(operand)),
        ExprKind::Error => "error".to_owned(),
    }
}
