//! Every construct, and the tree it gives.

use super::*;
use crate::syntax::ast::{AttributeKind, ModelKind};

#[test]
fn everything_parses() {
    let tree = parse_well(EVERYTHING);
    assert_eq!(
        tree.imports.iter().map(|import| import.path.text.as_str()).collect::<Vec<_>>(),
        ["./user", "shared/base"]
    );
    assert_eq!(tree.items.len(), 17);
}

#[test]
fn precedence() {
    let cases = [
        ("a || b && c", "((a Or b) And c)"),
        ("a && b || c", "((a And b) Or c)"),
        ("a || (b && c)", "(a Or paren (b And c))"),
        ("n < 3 == a", "((n Lt 3) Eq a)"),
        ("a == n < 3", "(a Eq (n Lt 3))"),
        ("n in [1] == a", "((n In [1]) Eq a)"),
        ("a != b == c", "((a Ne b) Eq c)"),
        ("!a == b", "(!a Eq b)"),
        ("!a.b", "!a.b"),
        ("!!a", "!!a"),
        ("!x in [y]", "(!x In [y])"),
        ("!(author.posts?[a])", "!paren author.posts?[a]"),
        ("author.posts?[p, p.n == this.n && a]", "author.posts?[p -> ((p.n Eq this.n) And a)]"),
        ("a.b?[c]![d]", "a.b?[c]![d]"),
        ("x ! [y]", "x![y]"),
        ("x^[y] > 1 && z", "((x^[y] Gt 1) And z)"),
        ("n>-1", "(n Gt -1)"),
        ("n >= +1.50", "(n Ge +1.50)"),
        ("(author).role", "paren author.role"),
        ("auth().posts.id <= 1", "(auth().posts.id Le 1)"),
        ("in in model", "(in In model)"),
        ("inX in trueModel", "(inX In trueModel)"),
        ("nullable == null", "(nullable Eq null)"),
        ("thisX == this", "(thisX Eq this)"),
        ("check(author, 'read')", "check(author, \"read\")"),
        ("uuid(version: 4)", "uuid{version: 4}"),
        ("{a: 1, 'b c': [],}", "<a=1><b c=[]>"),
        ("String == type.enum", "(String Eq type.enum)"),
    ];
    for (text, expected) in cases {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn strings() {
    let cases = [
        (r#""a""#, "a"),
        (r#"'"'"#, "\""),
        (r#""\"\\\'""#, "\"\\'"),
        (r#""\b\f\n\r\t\v\0""#, "\u{8}\u{c}\n\r\t\u{b}\0"),
        (r#""\u0041\x\d""#, "u0041xd"),
        ("\"a\nb\"", "a\nb"),
        ("''", ""),
        ("'// no comment'", "// no comment"),
        ("'žluťoučký'", "žluťoučký"),
    ];
    for (text, expected) in cases {
        assert_eq!(shape(text), format!("{expected:?}"), "{text}");
    }
}

#[test]
fn blanks() {
    parse_well("\u{feff}model\u{a0}A\u{2028}{\u{3000}id\tInt\r\n@id\u{feff}}");
    parse_well("");
    parse_well(" // nothing");
}

#[test]
fn well_formed() {
    let cases = [
        "model A { x Int[]? }",
        "model A { x Int @@ignore }",
        "view V { id Int @id }",
        "type T with T { a Int }",
        "enum E { @@map('x') }",
        "enum E { with procedure mutation Void Undefined FieldReference extends generator import }",
        "model A { procedure Int function String with B abstract Int mutation C import D }",
        "model A { type Foo\n model Bar\n function Unsupported('x')\n enum E @id\n }",
        "model import { a view }",
        "model A with B, C D { }",
        "model A extends B, C { }",
        "model A { id Int @id /// x\n}",
        "/// before an import\nimport 'a'\n/// at the end",
        "model A { id Int\n/// between\n@id\n@@index([/// inside\n id]) }",
        "model A { _a Int a1 Int }",
        "function f(): Int[] { }",
        "attribute @a() attribute @@b.c() attribute @@@d(_ in: ContextType[]?)",
    ];
    for text in cases {
        parse_well(text);
    }
}

#[test]
fn documentation_goes_to_what_it_stands_before_or_beside() {
    let tree = parse_well(EVERYTHING);
    let mut found = Vec::new();
    let mut note = |name: &str, docs: &[String]| {
        if !docs.is_empty() {
            found.push(format!("{name}: {}", docs.join(" / ")));
        }
    };
    for item in &tree.items {
        match item {
            Item::Datasource(config) => note(&config.name.text, &config.docs),
            Item::Model(model) => {
                note(&model.name.text, &model.docs);
                model.fields.iter().for_each(|field| note(&field.name.text, &field.docs));
            }
            Item::Enum(decl) => {
                note(&decl.name.text, &decl.docs);
                decl.members.iter().for_each(|member| note(&member.name.text, &member.docs));
            }
            Item::Procedure(procedure) => {
                note(&procedure.name.text, &procedure.docs);
                procedure.params.iter().for_each(|param| note(&param.name.text, &param.docs));
            }
            _ => {}
        }
    }
    assert_eq!(
        found,
        [
            "db: The database.",
            "Role: Who may do what. / Two lines.",
            "ADMIN: Everything.",
            "USER: the default",
            "email: A person.",
            "signUp: Signs a user up.",
            "email: the address",
        ]
    );
}

#[test]
fn documentation_beside_belongs_to_its_line() {
    let tree = parse_well(
        "function f(a: Int, /// of a\n  /// of b\n  b: Int): Int {}\nmodel M {\n  a Int /// a\n  /// b\n  b Int\n}",
    );
    let (Some(Item::Function(function)), Some(Item::Model(model))) = (tree.items.first(), tree.items.get(1)) else {
        panic!("two items")
    };
    assert_eq!(function.params[0].docs, ["of a"]);
    assert_eq!(function.params[1].docs, ["of b"]);
    assert_eq!(model.fields[0].docs, ["a"]);
    assert_eq!(model.fields[1].docs, ["b"]);
}

#[test]
fn a_model_as_a_tree() {
    let text = "abstract model A extends B, C with D { x T[]? @a.b(1, n: 2) @@m }";
    let tree = parse_well(text);
    let Some(Item::Model(model)) = tree.items.first() else { panic!("no model") };
    assert_eq!(model.kind, ModelKind::Abstract);
    assert_eq!(model.extends.iter().map(|name| name.text.as_str()).collect::<Vec<_>>(), ["B", "C"]);
    assert_eq!(model.mixins.iter().map(|name| name.text.as_str()).collect::<Vec<_>>(), ["D"]);
    assert_eq!(model.span, Span::new(FileId(0), 0, 65));
    let field = &model.fields[0];
    assert!(field.ty.list && field.ty.optional);
    assert_eq!((field.attributes[0].kind, field.attributes[0].name.text.as_str()), (AttributeKind::Field, "a.b"));
    assert_eq!(field.attributes[0].args[1].label.as_ref().map(|name| name.text.as_str()), Some("n"));
    assert_eq!((model.attributes[0].kind, model.attributes[0].name.text.as_str()), (AttributeKind::Model, "m"));
}
