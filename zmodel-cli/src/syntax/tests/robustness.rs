//! No text makes the parser fail, hang or exhaust the stack, and no node lies outside the file.

use super::*;
use crate::syntax::ast::{Attribute, Config, Model, Name, Param, TypeRef};

/// Parses anything and checks what holds for any tree.
#[track_caller]
fn survive(text: &str) -> (File, Diagnostics) {
    let (tree, diagnostics) = parse_text(text);
    let end = u32::try_from(text.len()).unwrap();
    let whole = Span::new(FileId(0), 0, end);
    for import in &tree.imports {
        inside(import.span, whole);
        inside(import.path.span, import.span);
    }
    tree.items.iter().for_each(|item| check_item(item, whole));
    for diagnostic in &diagnostics {
        let spans = diagnostic.span.into_iter().chain(diagnostic.related.iter().map(|(span, _)| *span));
        for span in spans {
            inside(span, whole);
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostic:?}");
        }
    }
    (tree, diagnostics)
}

#[test]
fn every_prefix() {
    for (end, _) in EVERYTHING.char_indices() {
        survive(&EVERYTHING[..end]);
    }
}

#[test]
fn every_suffix() {
    for (start, _) in EVERYTHING.char_indices() {
        survive(&EVERYTHING[start..]);
    }
}

#[test]
fn every_byte_replaced() {
    let replacements = [
        "", "{", "}", "(", ")", "[", "]", "\"", "'", ",", ".", "!", "@", "?", "\n", "/", "*", "x", " ", "é", "\\", "=",
    ];
    let mut text = String::with_capacity(EVERYTHING.len() + 1);
    for (at, replaced) in EVERYTHING.char_indices() {
        // All of them at every place would take minutes; each is seen at every kind of place this way.
        for replacement in replacements.iter().skip(at % 22).step_by(22) {
            text.clear();
            text.push_str(&EVERYTHING[..at]);
            text.push_str(replacement);
            text.push_str(&EVERYTHING[at + replaced.len_utf8()..]);
            survive(&text);
        }
    }
}

#[test]
fn deep_nesting_is_one_mistake() {
    let pairs =
        [("(", ")"), ("[", "]"), ("{a:", "}"), ("!", ""), ("f(", ")"), ("f(a:", ")"), ("x?[", "]"), ("x?[y, ", "]")];
    for (open, close) in pairs {
        for depth in [200, 10_000] {
            let closed = in_rule(&format!("{}a{}", open.repeat(depth), close.repeat(depth)));
            let (_, diagnostics) = survive(&closed);
            assert_eq!(codes(&diagnostics), ["nesting-too-deep"], "{open}");
            let (_, diagnostics) = survive(&format!("model A {{ x Int @default({}", open.repeat(depth)));
            assert_eq!(codes(&diagnostics), ["nesting-too-deep"], "{open}");
        }
        let fine = in_rule(&format!("{}a{}", open.repeat(50), close.repeat(50)));
        assert!(survive(&fine).1.is_empty(), "{open}");
    }
}

#[test]
fn long_chains_are_one_mistake() {
    for link in [" || a", " && a", " == a", " < a", " in a", ".a", "?[a]"] {
        let (_, diagnostics) = survive(&in_rule(&format!("a{}", link.repeat(10_000))));
        assert_eq!(codes(&diagnostics), ["expression-too-long"], "{link}");
        let (_, diagnostics) = survive(&in_rule(&format!("a{}", link.repeat(parser::MAX_OPERATORS as usize))));
        assert!(diagnostics.is_empty(), "{link}");
    }
}

#[test]
fn long_flat_things_are_fine() {
    let items = "'x', ".repeat(20_000);
    assert!(survive(&in_rule(&format!("a in [{items}'x']"))).1.is_empty());
    let fields = "  x Int @id @default(1)\n".repeat(10_000);
    assert!(survive(&format!("model A {{\n{fields}}}\n")).1.is_empty());
}

#[test]
fn noise() {
    for piece in [
        "\"",
        "'",
        "/*",
        "{",
        "}",
        "@",
        "\0",
        "é",
        "model ",
        "model A {",
        "@@a(",
        "`",
        "\\\n",
        "///\n",
        "a ",
        "= ",
        "x Int,",
    ] {
        let repeated = piece.repeat(5_000);
        survive(&repeated);
        survive(&format!("model A {{ {repeated}"));
    }
}

fn codes(diagnostics: &Diagnostics) -> Vec<&'static str> {
    diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[track_caller]
fn inside(span: Span, parent: Span) {
    let ordered = parent.start <= span.start && span.start <= span.end && span.end <= parent.end;
    assert!(ordered, "{span:?} is not in {parent:?}");
}

fn check_item(item: &Item, whole: Span) {
    match item {
        Item::Datasource(config) | Item::Generator(config) | Item::Plugin(config) => check_config(config, whole),
        Item::Model(model) => check_model(model, whole),
        Item::Enum(decl) => {
            inside(decl.span, whole);
            inside(decl.name.span, decl.span);
            for member in &decl.members {
                inside(member.span, decl.span);
                inside(member.name.span, member.span);
                check_attributes(&member.attributes, member.span);
            }
            check_attributes(&decl.attributes, decl.span);
        }
        Item::Function(function) => {
            inside(function.span, whole);
            check_signature(&function.name, &function.params, &function.returns, function.span);
            function.body.iter().for_each(|body| check_expr(body, function.span));
            check_attributes(&function.attributes, function.span);
        }
        Item::Procedure(procedure) => {
            inside(procedure.span, whole);
            check_signature(&procedure.name, &procedure.params, &procedure.returns, procedure.span);
            check_attributes(&procedure.attributes, procedure.span);
        }
        Item::Attribute(decl) => {
            inside(decl.span, whole);
            inside(decl.name.span, decl.span);
            for param in &decl.params {
                inside(param.span, decl.span);
                inside(param.name.span, param.span);
                check_type(&param.ty, param.span);
                check_attributes(&param.attributes, param.span);
            }
            check_attributes(&decl.attributes, decl.span);
        }
    }
}

fn check_config(config: &Config, whole: Span) {
    inside(config.span, whole);
    inside(config.name.span, config.span);
    for entry in &config.entries {
        inside(entry.span, config.span);
        inside(entry.key.span, entry.span);
        check_expr(&entry.value, entry.span);
    }
}

fn check_model(model: &Model, whole: Span) {
    inside(model.span, whole);
    for name in model.extends.iter().chain(&model.mixins).chain([&model.name]) {
        inside(name.span, model.span);
    }
    for field in &model.fields {
        inside(field.span, model.span);
        check_signature(&field.name, &field.params, &field.ty, field.span);
        check_attributes(&field.attributes, field.span);
    }
    check_attributes(&model.attributes, model.span);
}

fn check_signature(name: &Name, params: &[Param], ty: &TypeRef, parent: Span) {
    inside(name.span, parent);
    for param in params {
        inside(param.span, parent);
        inside(param.name.span, param.span);
        check_type(&param.ty, param.span);
    }
    check_type(ty, parent);
}

fn check_type(ty: &TypeRef, parent: Span) {
    inside(ty.span, parent);
    inside(ty.name.span, ty.span);
    ty.unsupported.iter().for_each(|literal| check_expr(literal, ty.span));
}

fn check_attributes(attributes: &[Attribute], parent: Span) {
    for attribute in attributes {
        inside(attribute.span, parent);
        inside(attribute.name.span, attribute.span);
        check_args(&attribute.args, attribute.span);
    }
}

fn check_args(args: &[Arg], parent: Span) {
    for arg in args {
        inside(arg.span, parent);
        arg.label.iter().for_each(|label| inside(label.span, arg.span));
        check_expr(&arg.value, arg.span);
    }
}

fn check_expr(expr: &Expr, parent: Span) {
    inside(expr.span, parent);
    let within = |part: &Expr| check_expr(part, expr.span);
    match &expr.kind {
        ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Null
        | ExprKind::This
        | ExprKind::Error => {}
        ExprKind::Reference(name, args) => {
            inside(name.span, expr.span);
            check_args(args, expr.span);
        }
        ExprKind::Member(operand, name) => {
            within(operand);
            inside(name.span, expr.span);
        }
        ExprKind::Call(name, args) => {
            inside(name.span, expr.span);
            args.iter().for_each(within);
        }
        ExprKind::Array(items) => items.iter().for_each(within),
        ExprKind::Object(entries) => {
            for (key, value) in entries {
                inside(key.span, expr.span);
                within(value);
            }
        }
        ExprKind::Not(operand) | ExprKind::Paren(operand) => within(operand),
        ExprKind::Binary(_, left, right) => {
            within(left);
            within(right);
        }
        ExprKind::Predicate { collection, binding, condition, .. } => {
            within(collection);
            if let Some(name) = binding {
                inside(name.span, expr.span);
            }
            within(condition);
        }
    }
}
