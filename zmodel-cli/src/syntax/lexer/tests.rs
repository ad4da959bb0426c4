use super::*;

/// The tokens of a text, and where they begin a line.
fn kinds(text: &str) -> Vec<(Kind, &str, bool)> {
    let lexed = lex(FileId(0), text, &mut Diagnostics::default());
    let written = |span: Span| &text[span.start as usize..span.end as usize];
    lexed.tokens.iter().map(|token| (token.kind, written(token.span), token.on_new_line)).collect()
}

#[test]
fn tokens() {
    use Kind::{
        Bang, BangEquals, Colon, Dot, EqualsEquals, FieldAttribute, InternalAttribute, Less, LessEquals,
        ModelAttribute, Number, OpenString, Question, String, Unknown, Word,
    };
    let cases: &[(&str, &[(Kind, &str)])] = &[
        ("a_1 _", &[(Word, "a_1"), (Word, "_")]),
        (
            "1.5 -2 +3.0 1e5 .5",
            &[
                (Number, "1.5"),
                (Number, "-2"),
                (Number, "+3.0"),
                (Number, "1"),
                (Word, "e5"),
                (Dot, "."),
                (Number, "5"),
            ],
        ),
        ("n>-1", &[(Word, "n"), (Kind::Greater, ">"), (Number, "-1")]),
        (
            "@db.VarChar @@a @@@b.c.",
            &[(FieldAttribute, "@db.VarChar"), (ModelAttribute, "@@a"), (InternalAttribute, "@@@b.c"), (Dot, ".")],
        ),
        ("@ id", &[(Unknown, "@"), (Word, "id")]),
        (
            "a!=b!c ! =",
            &[(Word, "a"), (BangEquals, "!="), (Word, "b"), (Bang, "!"), (Word, "c"), (Bang, "!"), (Kind::Equals, "=")],
        ),
        ("<= < ==? :", &[(LessEquals, "<="), (Less, "<"), (EqualsEquals, "=="), (Question, "?"), (Colon, ":")]),
        (r#""a\"b" 'c"d'"#, &[(String, r#""a\"b""#), (String, "'c\"d'")]),
        ("\"a\nb\" c", &[(String, "\"a\nb\""), (Word, "c")]),
        ("\"a\\\nb\"", &[(OpenString, "\"a\\"), (Word, "b"), (OpenString, "\"")]),
        ("'a)\n'b'", &[(OpenString, "'a)"), (String, "'b'")]),
        ("naïve $ é", &[(Word, "naïve"), (Unknown, "$"), (Word, "é")]),
        ("\0", &[(Unknown, "\0")]),
        ("a /* b", &[(Word, "a"), (Unknown, "/* b")]),
    ];
    for (text, expected) in cases {
        let found: Vec<_> = kinds(text).into_iter().map(|(kind, written, _)| (kind, written)).collect();
        assert_eq!(found, *expected, "{text}");
    }
}

#[test]
fn lines() {
    let on_new_line: Vec<_> = kinds("a b\nc /* x\n */ d // e\r\nf").into_iter().map(|(.., new)| new).collect();
    assert_eq!(on_new_line, [true, false, true, true, true]);
}

#[test]
fn comments_are_kept_with_the_token_they_stand_before() {
    let lexed = lex(FileId(0), "/// a\nb // c\n/* d */ e /// f", &mut Diagnostics::default());
    let found: Vec<_> = lexed.comments.iter().map(|c| (c.kind, c.before, c.on_new_line)).collect();
    assert_eq!(
        found,
        [
            (CommentKind::Doc, 0, true),
            (CommentKind::Line, 1, false),
            (CommentKind::Block, 1, true),
            (CommentKind::Doc, 2, false),
        ]
    );
}
