//! `zmodel why`, as somebody types it.

#![cfg(test)]

use std::path::Path;
use std::process::{Command, Output};

const SCHEMA: &str = "
datasource db {
  provider = 'sqlite'
  url      = 'file:x.db'
}

model User {
  id   String  @id
  role String?
  @@ignore
}

model Post {
  id        Int       @id
  published Boolean
  notes     String?   @allow('read', auth().role == 'admin')
  authorId  String?
  comments  Comment[]

  @@allow('read', published && comments?[approved])
  @@allow('all', auth().id == authorId)
  @@deny('delete', published)
}

model Comment {
  id       Int     @id
  approved Boolean
  post     Post    @relation(fields: [postId], references: [id])
  postId   Int

  @@allow('read', check(post, 'update'))
  @@allow('create', auth().id == post.authorId)
}
";

fn why(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zmodel")).current_dir(folder).arg("why").args(args).output().unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schema.zmodel"), SCHEMA).unwrap();
    folder
}

fn said(args: &[&str]) -> String {
    let folder = folder();
    let output = why(folder.path(), args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn rules_come_down_to_what_depends_on_the_row() {
    let text = said(&["--auth", r#"{"id": "ann"}"#, "post", "read"]);
    let (words, sql) = text.split_once("in SQL, how many these are:\n").unwrap();
    assert_eq!(
        words,
        "read of Post
  allow if published && comments?[approved]   (schema.zmodel:20:3)
    for this caller: published and there is a Comment with (id = Comment.postId and Comment.approved)
  allow if auth().id == authorId   (schema.zmodel:21:3)
    for this caller: \"ann\" = authorId
allowed where (published and there is a Comment with (id = Comment.postId and Comment.approved)) or \"ann\" = authorId
`notes` is never shown
"
    );
    assert!(sql.starts_with("SELECT COUNT(*)") && sql.ends_with("  1: \"ann\"\n"), "{sql}");
}

#[test]
fn what_the_caller_decides_is_decided() {
    let text = said(&["--anonymous", "Post", "delete"]);
    assert!(text.contains("for this caller: never\n"), "{text}");
    assert!(text.ends_with("allowed for no row\n"), "{text}");
    let text = said(&["--auth", r#"{"id": "ann", "role": "admin"}"#, "Post", "read"]);
    assert!(text.contains("`notes` is always shown\n"), "{text}");
}

#[test]
fn an_operation_of_a_client_is_the_one_that_rules_are_about() {
    let named = |name| said(&["--auth", r#"{"id": "ann"}"#, "post", name]);
    for (of_client, of_rules) in [("findMany", "read"), ("groupBy", "read"), ("updateMany", "update")] {
        assert_eq!(named(of_client), named(of_rules));
    }
}

#[test]
fn every_operation_and_what_rules_check_of_others() {
    let text = said(&["--auth", r#"{"id": "ann"}"#, "Post"]);
    for operation in ["create", "read", "update", "delete", "post-update"] {
        assert!(text.contains(&format!("{operation} of Post\n")), "{text}");
    }
    assert!(text.contains("allowed where \"ann\" = authorId and not (published)\n"), "{text}");
    let text = said(&["--auth", r#"{"id": "ann"}"#, "Comment", "read"]);
    assert!(text.contains("there is a Post with (postId = Post.id and \"ann\" = Post.authorId)"), "{text}");
}

#[test]
fn a_question_that_makes_no_sense() {
    let folder = folder();
    for (args, said) in [
        (["--anonymous", "Pots", "read"], "there is no model `Pots`; there are Post, Comment"),
        (["--auth={}", "Post", "read"], "who is signed in has no complete id"),
        (["--auth={", "Post", "read"], "`--auth` is not JSON"),
    ] {
        let output = why(folder.path(), &args);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(said), "{output:?}");
    }
}

#[test]
fn sql_is_that_of_the_database_that_was_asked_for() {
    let text = said(&["--auth", r#"{"id": "ann"}"#, "--sql", "postgresql", "post", "read"]);
    assert!(text.contains("$1 = "), "{text}");
    let text = said(&["--auth", r#"{"id": "ann"}"#, "post", "read"]);
    assert!(text.contains("? =") && !text.contains('$'), "{text}");
}

#[test]
fn a_new_row_is_judged_by_its_values() {
    let ann = r#"{"id": "ann"}"#;
    let of = |args: &[&str]| said(&[&["--auth", ann, "post", "create", "--data"], args].concat());
    let text = of(&[r#"{"id": 1, "published": true, "authorId": "ann"}"#]);
    assert!(text.starts_with("create of Post\n") && text.ends_with("this row is allowed\n"), "{text}");
    let text = of(&[r#"{"id": 1, "published": true, "authorId": "bob"}"#]);
    assert!(text.ends_with("this row is not allowed\n"), "{text}");

    let args = ["--auth", ann, "comment", "create", "--data", r#"{"id": 1, "approved": true, "postId": 7}"#];
    let text = said(&args);
    let (words, sql) = text.split_once("in SQL, whether it is:\n").unwrap();
    assert!(
        words.ends_with("this row is allowed if there is a Post with (7 = Post.id and \"ann\" = Post.authorId)\n"),
        "{words}"
    );
    assert!(sql.starts_with("SELECT") && sql.ends_with("  1: 7\n  2: \"ann\"\n"), "{sql}");
}

#[test]
fn values_that_no_create_could_take_are_refused() {
    let folder = folder();
    for (args, expected) in [
        (["post", "create", "--data", "{"], "`--data` is not JSON"),
        (["post", "create", "--data", r#"{"id": 1}"#], "`published` is missing"),
        (["post", "update", "--data", r#"{"id": 1}"#], "goes with `create`"),
    ] {
        let output = why(folder.path(), &[&["--anonymous"][..], &args].concat());
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn tables_are_named_where_the_schema_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let schema = "datasource db { provider = 'postgresql' schemas = ['a', 'b'] defaultSchema = 'a' }
        model Post { id Int @id comments Comment[] @@allow('read', comments?[approved]) }
        model Comment {
          id Int @id approved Boolean post Post @relation(fields: [postId], references: [id]) postId Int
          @@schema('b') @@allow('read', true)
        }";
    std::fs::write(folder.path().join("schema.zmodel"), schema).unwrap();
    for (sql, post, comment) in
        [("postgresql", "\"a\".\"Post\"", "\"b\".\"Comment\""), ("sqlite", "\"a.Post\"", "\"b.Comment\"")]
    {
        let output = why(folder.path(), &["--anonymous", "--sql", sql, "post", "read"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(post) && text.contains(comment), "{text}");
    }
}

#[test]
fn structures_are_spoken_of_by_their_parts_and_rows_of_one_model_by_number() {
    let folder = tempfile::tempdir().unwrap();
    let schema = "datasource db { provider = 'sqlite' url = 'file:x.db' }
        type Spot { city String far Spot? }
        model Trip {
          id Int @id spot Spot @json data Json notes Json[] stops Stop[]
          @@allow('read', spot.far.city == 'Rome' && data == 'x' && data != 5 && hasSome(notes, ['x']))
          @@deny('read', stops?[open && after?[open]] && stops?[!open])
        }
        model Stop {
          id Int @id open Boolean trip Trip @relation(fields: [tripId], references: [id]) tripId Int
          before Stop? @relation('way', fields: [beforeId], references: [id]) beforeId Int? after Stop[] @relation('way')
          @@allow('read', true)
        }";
    std::fs::write(folder.path().join("schema.zmodel"), schema).unwrap();
    let output = why(folder.path(), &["--anonymous", "trip", "read"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let said: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("for this caller: ")).collect();
    assert_eq!(
        said,
        [
            "spot.far.city = \"Rome\" and data = \"x\" and not ((data = 5, or null)) and notes has an item that = \"x\"",
            "there is a Stop with (id = Stop.tripId and Stop.open \
             and there is a Stop 2 with (Stop.id = Stop 2.beforeId and Stop 2.open)) \
             and there is a Stop 3 with (id = Stop 3.tripId and not (Stop 3.open))",
        ]
    );
}
