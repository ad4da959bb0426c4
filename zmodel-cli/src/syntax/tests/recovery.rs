//! Mistakes: each is said once, at its place, and costs nothing else.

use super::*;

#[test]
fn five_mistakes() {
    let text = "\
datasource db {
  provider = sqlite
  url = env('DATABASE_URL')
}

enum Role { ADMIN, USER }

model User {
  id Int @id @default(autoincrement(
  role Role @default(USER)
  name
  @@allow('read', auth() ==)

model Post {
  id Int @id
}
";
    let (tree, _) = parse_text(text);
    assert_eq!(tree.items.len(), 4);
    let Some(Item::Model(user)) = tree.items.get(2) else { panic!("no model") };
    assert_eq!(user.fields.iter().map(|field| field.name.text.as_str()).collect::<Vec<_>>(), ["id", "role", "name"]);
    insta::assert_snapshot!(rendered(text));
}

#[test]
fn each_mistake_once() {
    let member = [
        ("x Int?[]", "optional-list-item", "[]"),
        ("x: Int", "unexpected-token", ":"),
        ("x = Int", "unexpected-token", "="),
        ("x Int, y Int", "unexpected-token", ","),
        ("this Int", "reserved-word", "this"),
        ("x Int @ id", "unknown-character", "@"),
        ("x Int @default(1.5e5)", "unexpected-token", "e5"),
        ("x Int @default(.5)", "unexpected-token", "."),
        ("x Int @a([1, 2,])", "trailing-comma", ","),
        ("x Int @a(1,)", "trailing-comma", ","),
        ("x Int @a(1 2)", "unexpected-token", "2"),
        ("x Int @a(1]", "unexpected-token", "]"),
        ("x Int @a([1)", "unexpected-token", ")"),
        ("x Int @a(x: )", "unexpected-token", ")"),
        ("x Int @a(,)", "unexpected-token", ","),
        ("x Int @a((1, 2), 3)", "unexpected-token", ","),
        ("x Int @a(f(1, b: 2))", "mixed-arguments", "b: 2"),
        ("x Int @a({ a 1, b: 2 })", "unexpected-token", "1"),
        ("x Int @a({ 1: 2 })", "unexpected-token", "1"),
        ("x Int @@@once", "misplaced-attribute", "@@@once"),
        ("@id", "misplaced-attribute", "@id"),
        ("x Unsupported", "unexpected-token", "Unsupported"),
        ("x Int[3]", "unexpected-token", "3"),
        ("x $Int @id", "unknown-character", "$"),
        ("x naïve", "unknown-character", "naïve"),
        ("x Int ) ] y", "unexpected-token", ")"),
        ("5 x", "unexpected-token", "5"),
        ("x Int @a('b", "unterminated-string", "'b"),
        ("# a remark", "unknown-character", "#"),
        ("x Int @a(\"b)\n  y String @a(\"c\")", "unterminated-string", "\"b)"),
        ("@@allow('read', a b\n    || c)", "unexpected-token", "b"),
    ];
    for (text, code, place) in member {
        let whole = format!("model A {{\n  {text}\n  last Int\n}}\nmodel B {{ x Int }}\n");
        assert_eq!(complaints(&whole), [(code, place)], "{whole}{}", rendered(&whole));
        let (tree, _) = parse_text(&whole);
        assert_eq!(tree.items.len(), 2, "{whole}");
        let Some(Item::Model(model)) = tree.items.first() else { panic!("{whole}") };
        assert!(model.fields.iter().any(|field| field.name.text == "last"), "{whole}");
    }
    let expression = [
        ("n + 1 > 2", "unknown-character", "+"),
        ("n +1", "unexpected-token", "+1"),
        ("a ? b : c", "unexpected-token", "?"),
        ("n > 1e5", "unexpected-token", "e5"),
        ("a = b", "unexpected-token", "="),
        ("a === b", "unexpected-token", "="),
        ("a and b", "unexpected-token", "and"),
        ("a & b", "unknown-character", "&"),
        ("!author.posts?[a]", "negated-collection", "!author.posts"),
        ("posts?[a].b", "unexpected-token", ".b"),
        ("posts?[a b]", "unexpected-token", "b"),
        ("posts?[]", "unexpected-token", "]"),
        ("a.", "unexpected-token", ")"),
        ("a.1", "unexpected-token", "1"),
        ("a && ", "unexpected-token", ")"),
        ("(a", "unexpected-token", "\n"),
    ];
    for (text, code, place) in expression {
        let whole = in_rule(text);
        let found = complaints(&whole);
        if place == "\n" {
            assert_eq!(found.len(), 1, "{text}: {found:?}");
        } else {
            assert_eq!(found, [(code, place)], "{text}");
        }
    }
    let top = [
        ("model A { } import 'x'", "import-after-declaration", "import 'x'"),
        ("model A { } }", "unexpected-token", "}"),
        ("modle A { x Int }", "unexpected-token", "modle"),
        ("foo { x Int }", "unexpected-token", "foo"),
        ("model String { }", "reserved-word", "String"),
        ("model { x Int }", "unexpected-token", "{"),
        ("model A x Int }", "unexpected-token", "x"),
        ("view V with T { }", "unexpected-token", "T"),
        ("type V extends T { }", "unexpected-token", "T"),
        ("model A with B, { }", "unexpected-token", "{"),
        ("model A extends { }", "unexpected-token", "{"),
        ("enum E { }", "empty-enum", "E"),
        ("enum E { 1 }", "unexpected-token", "1"),
        ("plugin p { x = env('x') }", "invalid-option-value", "env('x')"),
        ("datasource p { x = y }", "invalid-option-value", "y"),
        ("datasource p { x: 'y' }", "unexpected-token", ":"),
        ("procedure p(): User?", "optional-return-type", "User?"),
        ("procedure p() User", "unexpected-token", "User"),
        ("procedure p(a Int): User", "unexpected-token", "Int"),
        ("function f(): Int", "unexpected-token", ""),
        ("attribute x()", "unexpected-token", "x"),
        ("attribute @x", "unexpected-token", ""),
        ("import x", "unexpected-token", "x"),
        ("mutation p()", "unexpected-token", "p"),
        ("abstract A { }", "unexpected-token", "A"),
        ("/* no end", "unterminated-comment", "/*"),
        ("model A {", "missing-closing-brace", ""),
        ("model A { x Int\nmodel B { y Int }", "missing-closing-brace", ""),
        ("model A\nmodel B { y Int }", "unexpected-token", ""),
        ("model A\n  x Int\n}", "unexpected-token", ""),
        ("model my-model { x Int }", "unknown-character", "-"),
        ("model A { x }", "unexpected-token", "}"),
        ("model A { x\n}", "unexpected-token", ""),
        ("model", "unexpected-token", ""),
    ];
    for (text, code, place) in top {
        let whole = format!("{text}\n\nmodel Last {{ x Int }}\n");
        let whole = if text.starts_with("/*") || text.ends_with('{') { text.to_owned() } else { whole };
        assert_eq!(complaints(&whole), [(code, place)], "{whole}\n{}", rendered(&whole));
        if whole != text {
            let (tree, _) = parse_text(&whole);
            assert!(matches!(tree.items.last(), Some(Item::Model(model)) if model.name.text == "Last"), "{whole}");
        }
    }
}

#[test]
fn help() {
    let cases = [
        ("model A { @@allow('read', !posts?[c]) }", "write `!(posts?[c])`"),
        ("modle A { }", "did you mean `model`?"),
        ("model A { x: Int }", "write `x Int`"),
        ("datasource a { provider = sqlite }", "write `\"sqlite\"`"),
        ("model A { x Int?[] }", "write `Int[]`: a list can be empty"),
    ];
    for (text, help) in cases {
        let (_, diagnostics) = parse_text(text);
        let found: Vec<_> = diagnostics.iter().flat_map(|diagnostic| &diagnostic.help).collect();
        assert_eq!(found, [help], "{text}");
    }
}
