//! What is proposed where; `|` is the cursor. None of these texts is whole.

use std::str::FromStr;

use lsp_types::{CompletionTextEdit, Uri};

use super::*;
use crate::lsp::text::Encoding;

const REST: &str = "
enum Role { USER ADMIN }
enum Color { RED }
type Address { street String city String }
type Stamped { createdAt DateTime @default(now()) }
abstract model Owned { ownerId Int }
/// Who writes.
model User with Stamped { id Int @id role Role posts Post[] address Address? @json }
model Comment { id Int @id text String post Post @relation(fields: [postId], references: [id]) postId Int }
function mine(user: User): Boolean { true }
attribute @own(_ what: String)
";

fn proposed(text: &str, snippets: bool) -> Vec<CompletionItem> {
    let text = text.to_owned() + REST;
    let offset = u32::try_from(text.find('|').unwrap()).unwrap();
    let mut workspace = Workspace::new(Files::new(Encoding::Utf16));
    let uri = Uri::from_str("file:///schema.zmodel").unwrap();
    let file = workspace.files.open(uri, 1, text.replacen('|', "", 1)).unwrap();
    complete(&workspace, Span::new(file, offset, offset), snippets)
}

fn labels(text: &str) -> Vec<String> {
    proposed(text, false).into_iter().map(|item| item.label).collect()
}

/// Whether all these are proposed, and none of those.
fn check(text: &str, these: &[&str], not_those: &[&str]) {
    let found = labels(text);
    for label in these {
        assert!(found.iter().any(|one| one == label), "{text}: no {label} in {found:?}");
    }
    for label in not_those {
        assert!(found.iter().all(|one| one != label), "{text}: {label} in {found:?}");
    }
}

/// What is inserted for a proposal, and the length of what it replaces.
fn inserted(text: &str, label: &str) -> (String, u32) {
    let item = proposed(text, true).into_iter().find(|item| item.label == label).unwrap();
    let Some(CompletionTextEdit::Edit(edit)) = item.text_edit else { panic!("no edit") };
    (edit.new_text, edit.range.end.character - edit.range.start.character)
}

#[test]
fn types_of_fields() {
    for text in ["model Post { author | }", "model Post {\n  author U|\n", "model Post {\n id Int @id author |"] {
        check(text, &["String", "Int", "User", "Role", "Address"], &["Owned", "@id", "mine"]);
    }
    check("function f(a: |", &["String", "User"], &["Unsupported"]);
    check("procedure f(a: Int): |", &["String", "User"], &[]);
    check("model Post with |", &["Address", "Stamped"], &["User", "Owned"]);
    check("model Post extends O|", &["Owned", "User"], &["Address"]);
    check("model Post |", &["with", "extends"], &[]);
}

#[test]
fn attributes_that_fit() {
    check(
        "model Post { id Int |",
        &["@id", "@default", "@own", "@db.SmallInt"],
        &["@relation", "@db.Text", "@@id", "@@@once"],
    );
    check("model Post { name String @|", &["@id", "@db.Text", "@email"], &["@relation", "@db.SmallInt"]);
    check("model Post { name String @db.|", &["@db.Text"], &["@db.SmallInt"]);
    check("model Post { author User @re|", &["@relation"], &["@db.Text", "@email"]);
    check("model Post { role Role @|", &["@default", "@map"], &["@relation", "@email"]);
    check("model Post {\n id Int @id\n @@|\n", &["@@allow", "@@id", "@@index"], &["@id"]);
    check("model Post {\n id Int @id\n |", &["@@allow"], &["@id", "String"]);
    check("enum Kind { A @|", &["@map"], &["@id"]);
    check("enum Kind { A\n @@|", &["@@map"], &["@@allow"]);
    check("model Post { id Int @@@|", &[], &["@@@once"]);
    // All of the word is replaced.
    assert_eq!(inserted("model Post { name String @db.Va|r", "@db.VarChar"), ("@db.VarChar".to_owned(), 7));
    assert_eq!(inserted("model Post {\n @@al|", "@@allow"), ("@@allow('$1', $2)".to_owned(), 4));
    assert_eq!(inserted("model Post { x Int @|", "@default"), ("@default($1)".to_owned(), 1));
}

#[test]
fn relations() {
    let relation = "@relation(fields: [${1:authorId}], references: [${2:id}])";
    assert_eq!(inserted("model Post { author User @rel|", "@relation").0, relation);
    assert_eq!(inserted("model Post { comments Comment[] @|", "@relation").0, "@relation('$1')");
    let plain = proposed("model Post { author User @|", false);
    let plain = plain.into_iter().find(|item| item.label == "@relation").and_then(|item| item.text_edit).unwrap();
    let CompletionTextEdit::Edit(plain) = plain else { panic!("no edit") };
    assert_eq!(plain.new_text, "@relation(fields: [authorId], references: [id])");
    let post = "model Post { authorId Int author User @relation(";
    check(&format!("{post}|"), &["fields:", "references:", "onDelete:", "name:"], &["authorId"]);
    check(&format!("{post}fields: [authorId], |)"), &["references:", "onDelete:"], &["fields:"]);
    check(&format!("{post}fields: [|"), &["authorId"], &["author", "role", "fields:"]);
    check(
        &format!("{post}fields: [authorId], references: [|])"),
        &["id", "createdAt"],
        &["authorId", "posts", "address:"],
    );
    check(&format!("{post}onDelete: |"), &["Cascade", "SetNull"], &["authorId"]);
}

#[test]
fn arguments() {
    check("model Post { a Int b User\n @@index([|", &["a"], &["b", "fields"]);
    check("model Post { a Int\n @@unique([a], |)", &["name:", "map:"], &["a", "fields:"]);
    check("model Post { a Int\n @@index([a], type: |)", &["BTree"], &["a"]);
    check("model Post { x Role @default(|", &["USER", "ADMIN"], &["RED", "now()"]);
    check(
        "model Post { x String @default(|",
        &["uuid()", "cuid()", "auth()"],
        &["now()", "autoincrement()", "contains()"],
    );
    check("model Post { x Int @default(a|", &["autoincrement()"], &["uuid()"]);
    check("model Post { x DateTime @default(|)", &["now()"], &["uuid()"]);
    check("model Post { x Boolean @default(|)", &["true", "false"], &[]);
    check("model Post { x Int @default(auth().|)", &["id", "role"], &["auth()"]);
}

#[test]
fn rules() {
    let rule =
        |rest: &str| format!("model Post {{ id Int @id kind Role author User comments Comment[]\n @@allow({rest}");
    check(&rule("'|"), &["create", "read", "post-update", "all"], &["id"]);
    check(&rule("'create, up|date', true)"), &["update"], &[]);
    assert_eq!(inserted(&rule("'create, up|da, read', true)"), "update"), ("update".to_owned(), 4));
    for text in [rule("'read', |"), rule("'read', kind == USER && |)"), rule("'read', !(|")] {
        let these = ["auth()", "now()", "contains()", "mine()", "kind", "author", "comments", "this", "null", "RED"];
        check(&text, &these, &["uuid()", "isEmail()", "text", "env()"]);
    }
    check(&rule("'read', author.|"), &["role", "posts", "createdAt"], &["kind", "auth()"]);
    check(&rule("'read', this.author.posts?[author.r|])"), &["role"], &["kind"]);
    check(&rule("'read', auth().|)"), &["role", "id"], &["kind"]);
    check(&rule("'read', auth().address.|)"), &["street"], &["role"]);
    check(&rule("'read', comments?[|"), &["text", "post", "this"], &["kind", "author"]);
    check(&rule("'read', comments?[c, |"), &["text", "c"], &["kind"]);
    check(&rule("'read', comments?[c, c.|"), &["text", "post"], &["kind"]);
    check(&rule("'read', comments![post.comments^[x, this.|]"), &["kind", "author"], &["text"]);
    check(&rule("'read', future().|"), &["kind"], &[]);
    check(&rule("'read', kind.|"), &[], &["USER", "kind"]);
    // Members of the enum that is compared with come first.
    assert_eq!(labels(&rule("'read', kind == |"))[..2], ["ADMIN", "USER"]);
    assert_eq!(labels(&rule("'read', auth().role in [|"))[..2], ["ADMIN", "USER"]);
    check("model Post { id Int\n @@validate(|", &["isEmail()", "id"], &["auth()"]);
    assert_eq!(inserted(&rule("'read', con|"), "contains()").0, "contains(${1:field}, ${2:search})");
}

#[test]
fn bodies_of_functions() {
    let body = |rest: &str| {
        format!(
            "function f(post: Post, n: Int, role: Role?): Boolean {{ {rest}\nmodel Post {{ id Int @id author User }}"
        )
    };
    check(&body("| }"), &["post", "n", "role", "auth()", "contains()", "USER", "null"], &["id", "author", "this"]);
    check(&body("post.| }"), &["id", "author"], &["post", "n"]);
    check(&body("post.author.| }"), &["role", "posts"], &["author"]);
    check(&body("contains(post.author.name, |) }"), &["post", "n"], &["this"]);
    check(&body("post.author.posts?[p, | }"), &["author", "p", "post", "n"], &["this"]);
    check(&body("post.author.posts?[p, p.| }"), &["author"], &["post"]);
}

#[test]
fn declarations_and_settings() {
    check("|", &["model", "enum", "datasource", "import"], &["@id"]);
    check("mo|", &["model"], &[]);
    check("datasource db { | }", &["provider", "url"], &["model"]);
    check("datasource db {\n provider = |", &["\"sqlite\"", "\"mysql\""], &["env()"]);
    check("datasource db {\n provider = \"|", &["sqlite", "postgresql"], &[]);
    check("datasource db {\n url = |", &["env()"], &["\"sqlite\""]);
    check("generator client { |", &["provider", "output"], &["url"]);
    assert_eq!(labels("// |"), [""; 0]);
    assert_eq!(labels("model A { x Int // |"), [""; 0]);
    assert_eq!(labels("model A { x String @map('|"), [""; 0]);
}

#[test]
fn no_place_is_too_strange() {
    let text = "model Post { id Int @id(map: 'x') k Role @default(USER) @@allow('read,all', a?[c, c.b!(x) in [y].z()) } ||| /* é";
    for at in 0..=text.len() {
        if text.is_char_boundary(at) {
            let _ = labels(&format!("{}|{}", &text[..at].replace('|', "&"), &text[at..].replace('|', "&")));
            let _ = labels(&format!("{}|", &text[..at].replace('|', "&")));
        }
    }
}
