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
    ("datasources", include_str!("verdicts/datasources.txt")),
    ("expressions", include_str!("verdicts/expressions.txt")),
    ("fields", include_str!("verdicts/fields.txt")),
    ("relations", include_str!("verdicts/relations.txt")),
    ("rules", include_str!("verdicts/rules.txt")),
];

struct Case<'a> {
    place: String,
    accept: bool,
    rows: Vec<&'a str>,
    differs: Option<&'a str>,
    schema: String,
    text: &'a str,
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
            let schema = prelude.replace('$', text);
            cases.push(Case { place: format!("{name}.txt:{number}"), accept, rows, differs, schema, text });
        }
    }
    cases
}

/// The codes of the errors in a schema.
fn errors(schema: &str) -> Vec<&'static str> {
    let read = |path: &Path| match path.file_name() {
        Some(name) if name == "schema.zmodel" => Ok(schema.to_owned()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    let checked = check(Path::new("schema.zmodel"), &read);
    let errors = checked.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    errors.map(|found| found.code).collect()
}

#[test]
fn verdicts_are_those_of_zenstack_but_for_the_listed_differences() {
    let cases = cases();
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        for row in &case.rows {
            *counts.entry(row).or_default() += 1;
        }
        let found = errors(&case.schema);
        let same = found.is_empty() == case.accept;
        match case.differs {
            None if !same => wrong.push(format!("{} {found:?}: {}", case.place, case.text)),
            Some(_) if same => wrong.push(format!("{} is no difference any more: {}", case.place, case.text)),
            Some(reason) => *reasons.entry(reason).or_default() += 1,
            None => {}
        }
    }
    println!("{} schemas; by what they show:", cases.len());
    for (row, count) in &counts {
        println!("  {row:5} {count}");
    }
    println!("different on purpose:");
    for (reason, count) in &reasons {
        println!("  {reason:24} {count}");
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    let listed = include_str!("../src/differences.md").lines();
    let listed: BTreeSet<&str> = listed.filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`')).collect();
    assert_eq!(reasons.into_keys().collect::<BTreeSet<_>>(), listed, "the reasons in src/differences.md");
}
