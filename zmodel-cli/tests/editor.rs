//! The language server in a real editor: Neovim's own client drives it over stdio, as `editor/drive.lua` says.
//!
//! Where there is no `nvim` this says so and does nothing.

#![cfg(test)]

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

const SCHEMA: &str = "datasource db { provider = \"sqlite\" }
model User {
  id Int @id
  /// What others call them.
  name String
  posts Post[]
  @@allow('all', true)
}
model Post {
  id Int @id
  title Strin
  author User @relation(fields: [authorId], references: [id])
  authorId Int
  @@allow('read', author.name != 'nobody' && title != '')
}
";

const AFTER: &str = "datasource db {
  provider = \"sqlite\"
}

model User {
  id    Int    @id
  /// What others call them.
  name  String
  posts Post[]
  @@allow('all', true)
}

model Post {
  id       Int    @id
  heading  String
  author   User   @relation(fields: [authorId], references: [id])
  authorId Int
  @@allow('read', author.name != 'nobody' && heading != '')
}";

fn main() {
    let name = "a_schema_is_mended_and_renamed_and_laid_out_in_neovim";
    if Command::new("nvim").arg("--version").output().is_err() {
        println!("test {name} ... skipped: there is no `nvim`");
        return;
    }
    let steps = steps();
    let said = |step: &str| {
        let found = steps.iter().find(|one| one["step"] == step);
        &found.unwrap_or_else(|| panic!("no `{step}` in {steps:#?}"))["what"]
    };
    assert_eq!(said("mistake"), &json!([{ "line": 11, "code": "unknown-type", "severity": 1 }]));
    let hover = said("hover").as_str().expect("a text");
    assert!(hover.contains("User.name: String") && hover.contains("What others call them."), "{hover}");
    assert_eq!(said("definition"), 2);
    let renamed = said("renamed").as_str().expect("a text");
    assert!(renamed.contains("heading String") && renamed.contains("heading != ''"), "{renamed}");
    assert_eq!(said("formatted").as_str().expect("a text"), AFTER);
    assert_eq!(said("stopped"), true);
    println!("test {name} ... ok");
}

/// What the editor says after each step.
fn steps() -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = folder.path().join("schema.zmodel");
    std::fs::write(&schema, SCHEMA).expect("the schema");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/editor/drive.lua");
    let run = Command::new("nvim")
        .args(["--headless", "--clean", "-n", "-c"])
        .arg(format!("luafile {}", script.display()))
        .env("ZMODEL", env!("CARGO_BIN_EXE_zmodel"))
        .env("SCHEMA", &schema)
        .output()
        .expect("nvim");
    let (said, complained) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{said}\n{complained}");
    said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
