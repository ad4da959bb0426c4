//! The verdict on small schemas, accept or refuse, beside that of ZenStack 3.9.4.
//!
//! `verdicts/*.txt` hold the cases. A file starts with a schema after `@ prelude`, and each further line is a case:
//! `@ verdict rows [differs:reason] : text`. The text takes the place of `$` in the prelude. `verdict` is what the
//! published compiler of ZenStack 3.9.4 (npm `@zenstackhq/language` and its policy plugin) says of the whole: it was
//! asked once, and its answer written down. `rows` names what the case shows: the kinds of mistakes by the letters that
//! `ROWS` lists, or `-` for something that is fine. Where this compiler differs on purpose, `differs:` names the
//! reason, which `zmodel_cli::differences` explains.

#![expect(clippy::expect_used, clippy::panic, reason = "what the tests stand on")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use zmodel_cli::check;
use zmodel_cli::diagnostic::Severity;

const FILES: &[(&str, &str)] = &[
    ("attributes", include_str!("verdicts/attributes.txt")),
    ("datasources", include_str!("verdicts/datasources.txt")),
    ("defaults", include_str!("verdicts/defaults.txt")),
    ("expressions", include_str!("verdicts/expressions.txt")),
    ("features", include_str!("verdicts/features.txt")),
    ("fields", include_str!("verdicts/fields.txt")),
    ("functions", include_str!("verdicts/functions.txt")),
    ("imports", include_str!("verdicts/imports.txt")),
    ("natives", include_str!("verdicts/natives.txt")),
    ("operators", include_str!("verdicts/operators.txt")),
    ("relations", include_str!("verdicts/relations.txt")),
    ("rules", include_str!("verdicts/rules.txt")),
    ("shapes", include_str!("verdicts/shapes.txt")),
    ("words", include_str!("verdicts/words.txt")),
];

struct Case<'a> {
    place: String,
    accept: bool,
    rows: Vec<&'a str>,
    differs: Option<&'a str>,
    /// By path, without `.zmodel`.
    files: BTreeMap<&'a str, String>,
    text: &'a str,
}

/// How many cases show something.
#[derive(Debug, Default)]
struct Count {
    accepted: usize,
    refused: usize,
}

/// What the cases must show.
struct Row {
    name: &'static str,
    wants: &'static str,
}

fn rows() -> Vec<Row> {
    let lines = include_str!("verdicts/rows.txt").lines();
    let lines = lines.filter(|line| !line.starts_with(['#', '@']));
    lines
        .map(|line| {
            let (head, _) = line.split_once(" : ").expect("what the row is");
            let (name, wants) = head.split_once(' ').expect("what the row wants");
            assert!(["accept", "refuse", "both", "elsewhere"].contains(&wants), "{line}");
            Row { name, wants }
        })
        .collect()
}

fn cases() -> Vec<Case<'static>> {
    let mut cases = Vec::new();
    for (name, file) in FILES {
        let mut prelude = String::new();
        for (number, line) in (1..).zip(file.lines()) {
            let Some(case) = line.strip_prefix("@ ") else {
                prelude.push_str(line);
                prelude.push('\n');
                continue;
            };
            if case == "prelude" {
                prelude.clear();
                continue;
            }
            let (head, text) = case.split_once(" : ").expect("a text after ` : `");
            let mut words = head.split(' ');
            let accept = match words.next() {
                Some("accept") => true,
                Some("refuse") => false,
                other => panic!("{name}:{number}: {other:?} is no verdict"),
            };
            let rows = words.next().expect("rows").split(',').collect();
            let differs = words.next().map(|word| word.strip_prefix("differs:").expect("`differs:`"));
            let mut parts = text.split(" ### ");
            let main = prelude.replace('$', parts.next().unwrap_or_default());
            let parts = parts.map(|part| part.split_once(" : ").expect("a file after ` ### `"));
            let parts = parts.map(|(name, text)| (name, text.to_owned()));
            let files = parts.chain([("schema", main)]).map(|(name, text)| (name, text.replace('¶', "\n"))).collect();
            cases.push(Case { place: format!("{name}.txt:{number}"), accept, rows, differs, files, text });
        }
    }
    cases
}

/// The codes of the errors in a schema.
fn errors(files: &BTreeMap<&str, String>) -> Vec<&'static str> {
    let read = |path: &Path| {
        let name = path.to_string_lossy();
        let text = name.strip_suffix(".zmodel").and_then(|name| files.get(name));
        text.cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
    };
    let checked = check(Path::new("schema.zmodel"), &read);
    let errors = checked.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| found.code).collect()
}

#[test]
fn verdicts_are_those_of_zenstack_but_for_the_listed_differences() {
    let cases = cases();
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        let found = errors(&case.files);
        for row in &case.rows {
            let count = counts.entry(row).or_default();
            *if found.is_empty() { &mut count.accepted } else { &mut count.refused } += 1;
        }
        let same = found.is_empty() == case.accept;
        match case.differs {
            None if !same => wrong.push(format!("{} {found:?}: {}", case.place, case.text)),
            Some(_) if same => wrong.push(format!("{} is no difference any more: {}", case.place, case.text)),
            Some(reason) => *reasons.entry(reason).or_default() += 1,
            None => {}
        }
    }
    println!("{} schemas; by what they show:", cases.len());
    println!("  {:28} accepted refused", "");
    for (row, count) in &counts {
        println!("  {row:28} {:8} {:7}", count.accepted, count.refused);
    }
    println!("different on purpose:");
    for (reason, count) in &reasons {
        println!("  {reason:28} {count:8}");
    }
    for Row { name, wants } in rows() {
        let count = counts.remove(name).unwrap_or_default();
        let shown = match wants {
            "accept" => count.accepted > 0,
            "refuse" => count.refused > 0,
            "both" => count.accepted > 0 && count.refused > 0,
            _ => true,
        };
        if !shown {
            wrong.push(format!("{name} must be shown by a case ({wants}): {count:?}"));
        }
    }
    counts.remove("-");
    wrong.extend(counts.keys().map(|row| format!("no row is called {row}")));
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    let listed = include_str!("../src/differences.md").lines();
    let listed: BTreeSet<&str> = listed.filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`')).collect();
    assert_eq!(reasons.into_keys().collect::<BTreeSet<_>>(), listed, "the reasons in src/differences.md");
}

/// What is accepted and no code can be generated for: what a function without a body does nothing says, and `search()` is
/// for one database only.
const LATER: [&str; 2] = ["function-without-body", "wrong-provider"];

#[test]
fn code_is_generated_for_what_is_accepted_but_for_what_is_said_here() {
    let mut refused = Vec::new();
    for case in cases() {
        let read = |path: &Path| {
            let name = path.to_string_lossy();
            let text = name.strip_suffix(".zmodel").and_then(|name| case.files.get(name));
            text.cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
        };
        let compiled = zmodel_cli::compile(Path::new("schema.zmodel"), &read);
        let errors = compiled.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let later: Vec<_> = errors.map(|found| found.code).collect();
        // A check of the same schema finds all of them but this.
        if self::errors(&case.files).is_empty() && !later.iter().all(|code| LATER.contains(code)) {
            refused.push(format!("{} {later:?}: {}", case.place, case.text));
        }
        assert_eq!(compiled.code.is_some(), later.is_empty(), "{}: {}", case.place, case.text);
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
