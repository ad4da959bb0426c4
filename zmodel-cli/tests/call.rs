//! `zmodel call`, as somebody types it.

#![cfg(test)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value as Json, json};

const SCHEMA: &str = r#"
datasource db {
  provider = "sqlite"
  url      = "file:x.db"
}

model User {
  id String @id
  @@ignore
}

model Post {
  id      Int       @id
  title   String
  price   Decimal?
  at      DateTime  @default("2024-05-31T12:00:00Z")
  ownerId String
  tags    Tag[]

  @@allow('read', true)
  @@allow('create,update,delete', auth().id == ownerId)
}

model Tag {
  id     Int  @id
  post   Post @relation(fields: [postId], references: [id])
  postId Int

  @@allow('all', true)
}
"#;

fn zmodel(folder: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zmodel"))
        .current_dir(folder)
        .args(["call", "--database", "sqlite:app.db", "--create-tables"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schema.zmodel"), SCHEMA).unwrap();
    folder
}

fn printed(output: &Output) -> Json {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn one_call() {
    let folder = folder();
    let data = r#"{"data": {"id": 1, "title": "a", "price": "1.50", "ownerId": "ann", "tags": {"create": {"id": 9}}}}"#;
    let made = zmodel(folder.path(), &["--auth", r#"{"id": "ann"}"#, "post", "create", data], "");
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let post = json!({ "id": 1, "title": "a", "price": { "$decimal": "1.5" }, "ownerId": "ann",
        "at": { "$date": "2024-05-31T12:00:00.000Z" } });
    assert_eq!(printed(&made), json!({ "ok": post }));
    let read = zmodel(folder.path(), &["--anonymous", "Post", "findMany", r#"{"select": {"tags": true}}"#], "");
    assert_eq!(printed(&read), json!({ "ok": [{ "tags": [{ "id": 9, "postId": 1 }] }] }));
    let refused = zmodel(folder.path(), &["--anonymous", "post", "delete", r#"{"where": {"id": 1}}"#], "");
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(printed(&refused)["error"]["kind"], "not-found");
    let all = zmodel(folder.path(), &["--unguarded", "a look", "post", "count"], "");
    assert_eq!(printed(&all), json!({ "ok": 1 }));
}

#[test]
fn a_line_for_each_call() {
    let folder = folder();
    let lines = [
        json!({ "auth": "raw", "model": "Post", "op": "createMany", "args": { "data": [
            { "id": 1, "title": "a", "ownerId": "ann" }, { "id": 2, "title": "b", "ownerId": "bob" } ] } }),
        json!({ "auth": { "id": "bob" }, "model": "Post", "op": "updateMany", "args": { "data": { "title": "c" } } }),
        json!({ "auth": null, "model": "Post", "op": "findMany", "args": { "where": { "titel": "c" } } }),
        json!({ "auth": {}, "model": "Post", "op": "findMany" }),
        json!({ "model": "Post", "op": "findmany" }),
        json!({ "model": "Post", "op": "create", "args": { "data": { "id": 1, "title": "x", "ownerId": "y" } } }),
        json!({ "auth": { "id": "y" }, "model": "Post", "op": "create",
            "args": { "data": { "id": 1, "title": "x", "ownerId": "y" } } }),
    ];
    let lines: Vec<String> = lines.iter().map(Json::to_string).collect();
    let input = lines.join("\n") + "\nno json\n";
    let output = zmodel(folder.path(), &["--stdin"], &input);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let outcomes: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(outcomes.len(), 8);
    assert_eq!(outcomes[0], json!({ "ok": { "count": 2 } }));
    assert_eq!(outcomes[1], json!({ "ok": { "count": 1 } }));
    assert_eq!(outcomes[2]["error"]["path"], "where.titel");
    assert_eq!(
        outcomes[2]["error"]["message"],
        "findMany of `Post`: where.titel: there is no `titel` here; did you mean `title`?"
    );
    for (at, kind) in [(3, "invalid-input"), (4, "invalid-input"), (7, "invalid-input")] {
        assert_eq!(outcomes[at]["error"]["kind"], kind);
    }
    let denied = &outcomes[5]["error"];
    assert_eq!((&denied["kind"], &denied["policyReason"]), (&json!("rejected-by-policy"), &json!("no-access")));
    let taken = &outcomes[6]["error"];
    assert_eq!(
        (&taken["kind"], &taken["dbErrorCode"]),
        (&json!("db-query-error"), &json!("SQLITE_CONSTRAINT_PRIMARYKEY"))
    );
}

/// The program has what a procedure does, so the command can only look at the arguments.
#[test]
fn a_procedure_is_for_the_program_to_do() {
    let folder = folder();
    std::fs::write(folder.path().join("schema.zmodel"), format!("{SCHEMA} procedure hello(name: String): String"))
        .unwrap();
    let hello = |args: &str| {
        let output = zmodel(folder.path(), &["--anonymous", "$procs", "hello", args], "");
        assert_eq!(output.status.code(), Some(1));
        printed(&output)["error"]["message"].clone()
    };
    assert_eq!(
        hello(r#"{"args": {"name": "Ann"}}"#),
        "the procedure `hello` has no implementation; give the application's to `Db::with_procedures`"
    );
    assert_eq!(hello("{}"), "$procs.hello: missing procedure arguments");
}

#[test]
fn what_cannot_be_called_says_why() {
    let folder = folder();
    let nobody = zmodel(folder.path(), &["post", "findMany"], "");
    assert_eq!(nobody.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("--anonymous"));
    let output = zmodel(folder.path(), &["--anonymous", "post", "findMany", "{"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("ARGS is not JSON"));
    std::fs::write(folder.path().join("schema.zmodel"), "model Post {").unwrap();
    let broken = zmodel(folder.path(), &["--anonymous", "post", "findMany"], "");
    assert_eq!(broken.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("nothing was called"));
}
