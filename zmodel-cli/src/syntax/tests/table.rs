//! A table of mistakes and where they are, and what documents what.

use crate::diagnostic::Diagnostics;
use crate::source::{FileId, SourceMap};
use crate::syntax::ast::{File, Item, Model};
use crate::syntax::parse;

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

#[test]
fn a_predicate_cannot_be_dereferenced() {
    assert_eq!(found("model A { @@allow('read', posts?[a].b) }"), ["1:36 unexpected-token"]);
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
    let model = model("model type { model Int in String with Boolean type type @id\n enum Int[]\n import Int? }");
    let names: Vec<_> = model.fields.iter().map(|field| field.name.text.as_str()).collect();
    assert_eq!(names, ["model", "in", "with", "type", "enum", "import"]);
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
        ("model A { id Int? [] }", vec!["1:19 optional-list-item"]),
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
        ("model A { id Int\n\nmodel B { id Int }", vec!["1:17 missing-closing-brace"]),
        ("model { id Int }", vec!["1:7 unexpected-token"]),
        ("modle A { id Int }\nmodel B { id Int }", vec!["1:1 unexpected-token"]),
        ("model A { @@allow('read', !posts?[x]) }", vec!["1:27 negated-collection"]),
        ("model A { id Int } }", vec!["1:20 unexpected-token"]),
        ("datasource db { provider }", vec!["1:26 unexpected-token"]),
        ("procedure p(): User?", vec!["1:16 optional-return-type"]),
    ] {
        assert_eq!(found(text), expected, "{text}");
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
