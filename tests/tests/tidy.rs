//! Invariants of the source, read from the source.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// Every Rust file of the runtime, by its path from `src`.
fn runtime() -> Vec<(String, String)> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, files) } else { files.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../zmodel-runtime/src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    assert!(files.len() > 50, "the source is somewhere else");
    let named = files.into_iter().map(|path| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        (name, fs::read_to_string(&path).unwrap())
    });
    named.collect()
}

/// The files that have `text` in them.
fn having(text: &str) -> Vec<String> {
    let mut names: Vec<String> =
        runtime().into_iter().filter(|(_, t)| t.contains(text)).map(|(name, _)| name).collect();
    names.sort();
    names
}

#[test]
fn sql_is_made_in_the_guard_and_in_sql_alone() {
    let makers = having("sea_query");
    assert!(makers.iter().all(|name| name.starts_with("guard/") || name.starts_with("sql")), "{makers:?}");
}

#[test]
fn a_table_is_opened_at_the_door_and_nowhere_else() {
    // A link table has no rules of its own, and is only joined to what is open already.
    assert_eq!(
        having("clippy::disallowed_methods"),
        [
            "guard/query/link.rs",
            "guard/query/source.rs",
            "guard/query/source/change.rs",
            "guard/query/source/insert.rs"
        ]
    );
    assert_eq!(having("InsideARule(())"), ["guard/query/rule.rs"]);
    // A source is made with its rules; what is beside this file only uses it.
    for constructor in ["Source::new(", "Source::plain(", "Self { model, purpose, "] {
        assert_eq!(having(constructor), ["guard/query/source.rs"]);
    }
    assert_eq!(having(".table.reference()"), ["guard/query/link.rs", "guard/query/source.rs", "guard/query/tables.rs"]);
    assert_eq!(having(".table.name"), ["guard/query/tables.rs"]);
    assert_eq!(having(".table.column("), ["guard/query/source/written.rs"]);
}

#[test]
fn text_of_sql_is_written_where_a_dialect_is_and_never_from_a_value() {
    assert_eq!(
        having("Expr::cust"),
        [
            "guard/query/source/insert.rs",
            "guard/query/tables.rs",
            "sql/postgres.rs",
            "sql/predicate.rs",
            "sql/read.rs",
            "sql/sqlite.rs"
        ]
    );
    for (name, text) in runtime() {
        for line in text.lines().filter(|line| line.contains("Expr::cust") && line.contains("format!")) {
            let fixed = ["{DECIMAL}", "{IN_JSON}"].iter().any(|constant| line.contains(constant))
                || (name == "guard/query/tables.rs" && line.contains("({expression})"));
            assert!(fixed, "{name}: {line}");
        }
    }
}
