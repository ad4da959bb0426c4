//! `zmodel check` as a command: what it prints, and what it ends with.

#![expect(clippy::expect_used, reason = "what the tests stand on")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const FINE: &str = "datasource db { provider = 'sqlite' }
model Post {
  id Int @id
  @@allow('read', true)
}
";

const WRONG: &str = "datasource db { provider = 'sqlite' }
model Post {
  id Int @id
  title Sting
}
";

fn zmodel(folder: &Path, args: &[&str], input: Option<&str>) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zmodel"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command");
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(input.unwrap_or_default().as_bytes()).expect("written");
    drop(stdin);
    child.wait_with_output().expect("its output")
}

fn written(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("schema.zmodel"), text).expect("a file");
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn it_ends_with_what_it_found() {
    let fine = zmodel(written(FINE).path(), &["check"], None);
    assert_eq!((fine.status.code(), text(&fine.stdout).as_str()), (Some(0), "schema.zmodel: no errors\n"));
    let wrong = zmodel(written(WRONG).path(), &["check"], None);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("1 error, 1 warning; no code would be generated"), "{wrong:?}");
    let missing = zmodel(written(FINE).path(), &["check", "other.zmodel"], None);
    assert_eq!(missing.status.code(), Some(2), "{missing:?}");
    let usage = zmodel(written(FINE).path(), &["check", "--format", "xml"], None);
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn every_file_is_checked() {
    let folder = written(FINE);
    std::fs::write(folder.path().join("other.zmodel"), WRONG).expect("a file");
    let both = zmodel(folder.path(), &["check", "schema.zmodel", "other.zmodel"], None);
    assert_eq!(both.status.code(), Some(1));
    assert_eq!(text(&both.stdout), "schema.zmodel: no errors\n");
    assert!(text(&both.stderr).contains("other.zmodel:4:9"), "{both:?}");
}

#[test]
fn standard_input_is_a_schema_with_a_name() {
    let folder = written(FINE);
    let schema = "import 'schema'\nmodel Tag { id Int @id @@allow('read', true) }";
    let found = zmodel(folder.path(), &["check", "--stdin", "--stdin-name", "more.zmodel"], Some(schema));
    assert_eq!(found.status.code(), Some(0), "{found:?}");
    let found = zmodel(folder.path(), &["check", "--stdin"], Some(WRONG));
    assert_eq!(found.status.code(), Some(1));
    assert!(text(&found.stderr).contains("--> schema.zmodel:4:9"), "{found:?}");
}

#[test]
fn json_is_one_object_a_line() {
    let found = zmodel(written(WRONG).path(), &["check", "--format", "json"], None);
    let lines: Vec<serde_json::Value> =
        text(&found.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let unknown = lines.iter().find(|found| found["code"] == "unknown-type").expect("the finding");
    assert_eq!(lines.len(), 2);
    assert_eq!(unknown["severity"], "error");
    assert_eq!(unknown["place"]["line"], 4);
    assert_eq!((&unknown["place"]["column"], &unknown["place"]["endColumn"]), (&9.into(), &14.into()));
    assert_eq!(unknown["fixes"][0]["edits"][0]["text"], "String");
}

#[test]
fn github_shows_findings_beside_the_lines() {
    let found = zmodel(written(WRONG).path(), &["check", "--format", "github"], None);
    let expected = "::error file=schema.zmodel,line=4,col=9,endLine=4,endColumn=14,title=unknown-type::\
                    there is no type `Sting`%0Ahelp: did you mean `String`?";
    assert!(text(&found.stdout).lines().any(|line| line == expected), "{}", text(&found.stdout));
}

#[test]
fn warnings_can_be_denied_and_left_out() {
    let folder = written("datasource db { provider = 'sqlite' }\nmodel Post { id Int @id }");
    let code = |args: &[&str]| zmodel(folder.path(), &[&["check"], args].concat(), None).status.code();
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--deny", "no-rules"]), Some(1));
    assert_eq!(code(&["--deny", "warnings"]), Some(1));
    assert_eq!(code(&["--deny", "deny-null"]), Some(0));
    assert_eq!(code(&["--deny", "warnings", "--allow", "no-rules"]), Some(0));
}

#[test]
fn what_is_denied_or_left_out_is_a_code() {
    let folder = written(FINE);
    for (flag, code, said) in [
        ("--deny", "no-rule", "did you mean `no-rules`?"),
        ("--allow", "no-rule", "did you mean `no-rules`?"),
        ("--allow", "warnings", "there is no such code"),
        ("--deny", "x", "`zmodel explain` lists them"),
    ] {
        for command in ["check", "generate"] {
            let found = zmodel(folder.path(), &[command, flag, code], None);
            assert_eq!(found.status.code(), Some(2), "{command} {flag} {code}");
            assert!(text(&found.stderr).contains(said), "{command} {flag} {code}: {found:?}");
        }
    }
}

#[test]
fn nothing_is_generated_where_a_warning_is_denied() {
    let folder = written("datasource db { provider = 'sqlite' }\nmodel Post { id Int @id }");
    let denied = zmodel(folder.path(), &["generate", "--deny", "no-rules"], None);
    assert_eq!(denied.status.code(), Some(1));
    assert!(text(&denied.stderr).contains("1 error; nothing was written"), "{denied:?}");
    assert!(!folder.path().join("src").exists());
    let warned = zmodel(folder.path(), &["generate"], None);
    assert!(text(&warned.stderr).ends_with("1 warning\nfor more: zmodel explain no-rules\n"), "{warned:?}");
    let silent = zmodel(folder.path(), &["generate", "--deny", "warnings", "--allow", "no-rules"], None);
    assert_eq!((silent.status.code(), text(&silent.stderr).as_str()), (Some(0), ""));
}

#[test]
fn codes_are_explained() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = zmodel(folder.path(), &["explain", "no-rules"], None);
    assert_eq!(page.status.code(), Some(0));
    assert_eq!(text(&page.stdout), include_str!("../src/explain/no-rules.md"));
    let list = text(&zmodel(folder.path(), &["explain"], None).stdout);
    assert_eq!(list.lines().count(), zmodel_cli::explain::PAGES.len());
    let line = list.lines().find(|line| line.starts_with("no-rules ")).expect("the code");
    assert!(line.ends_with("  nobody can use a model, because no rule allows anything"), "{line}");
    let near = zmodel(folder.path(), &["explain", "no-rule"], None);
    assert_eq!(near.status.code(), Some(2));
    assert_eq!(text(&near.stderr), "error: there is no code `no-rule`\nhelp: did you mean `no-rules`?\n");
    let far = zmodel(folder.path(), &["explain", "x"], None);
    assert_eq!(text(&far.stderr), "error: there is no code `x`\nhelp: `zmodel explain` lists them\n");
}
