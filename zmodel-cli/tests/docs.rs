//! `zmodel docs` as a command: which files it writes, and which it leaves alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const SCHEMA: &str = "datasource db { provider = 'sqlite' }
model Post {
  id Int @id
  @@allow('read', id > 3)
}
";

fn docs(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zmodel"));
    command.arg("docs").args(args).current_dir(folder).env("NO_COLOR", "1").output().unwrap()
}

fn with_schema() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("schema.zmodel"), SCHEMA).unwrap();
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn it_writes_what_is_asked_for_and_removes_what_it_wrote_before() {
    let folder = with_schema();
    let out = folder.path().join("docs/schema");
    assert!(docs(folder.path(), &["--format", "both"]).status.success());
    assert_eq!(names(&out), ["README.md", "index.html"]);
    assert!(docs(folder.path(), &["--format", "both", "--check"]).status.success());
    assert!(!docs(folder.path(), &["--check"]).status.success(), "the Markdown would be removed");
    let again = docs(folder.path(), &[]);
    assert_eq!(String::from_utf8(again.stdout).unwrap(), "docs/schema: 1 file, 1 changed\n");
    assert_eq!(names(&out), ["index.html"]);
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("id is more than 3"));
}

#[test]
fn check_tells_when_the_schema_has_changed_and_writes_nothing() {
    let folder = with_schema();
    assert!(!docs(folder.path(), &["--check"]).status.success());
    assert!(!folder.path().join("docs").exists());
    assert!(docs(folder.path(), &[]).status.success());
    fs::write(folder.path().join("schema.zmodel"), SCHEMA.replace("> 3", "> 4")).unwrap();
    let page = folder.path().join("docs/schema/index.html");
    let before = fs::read_to_string(&page).unwrap();
    let checked = docs(folder.path(), &["--check"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(String::from_utf8(checked.stderr).unwrap().contains("not what `zmodel docs` would write"));
    assert_eq!(fs::read_to_string(&page).unwrap(), before);
}

#[test]
fn files_of_others_are_left_alone() {
    let folder = with_schema();
    let out = folder.path().join("docs/schema");
    fs::create_dir_all(&out).unwrap();
    fs::write(out.join("index.html"), "<p>mine</p>").unwrap();
    fs::write(out.join("notes.md"), "mine").unwrap();
    let refused = docs(folder.path(), &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("was not written by zmodel"));
    assert_eq!(fs::read_to_string(out.join("index.html")).unwrap(), "<p>mine</p>");
    assert!(docs(folder.path(), &["--format", "markdown"]).status.success());
    assert_eq!(names(&out), ["README.md", "index.html", "notes.md"]);
}

#[test]
fn a_wrong_schema_has_no_book() {
    let folder = with_schema();
    fs::write(folder.path().join("schema.zmodel"), "model Post { id Sting @id }").unwrap();
    assert_eq!(docs(folder.path(), &[]).status.code(), Some(1));
    assert!(!folder.path().join("docs").exists());
}
