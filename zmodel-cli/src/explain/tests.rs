//! The pages are about the codes that there are, and their examples show what they say.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{PAGES, Page};
use crate::diagnostic::Diagnostics;
use crate::{check, compile_schema};

/// Codes that no short schema has.
const WITHOUT_EXAMPLES: &[&str] = &["expression-too-long", "internal-error", "too-many", "unreadable-schema"];

/// The schema below a heading, with a datasource after it if it is about something else.
fn example(page: &Page, heading: &str) -> Option<String> {
    let (_, below) = page.text.split_once(&format!("\n## {heading}\n"))?;
    let (schema, _) = below.split_once("```zmodel\n")?.1.split_once("```")?;
    let about_it = page.code == "no-datasource" || schema.contains("datasource");
    let datasource = if about_it { "" } else { "datasource db {\n  provider = \"sqlite\"\n}\n" };
    Some(format!("{schema}\n{datasource}"))
}

/// The codes of what is found in a schema.
fn codes(code: &str, schema: &str) -> BTreeSet<&'static str> {
    let read = |path: &Path| match path.to_str() {
        Some("schema.zmodel") => Ok(schema.to_owned()),
        Some("user.zmodel") => Ok(String::new()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    let path = Path::new("schema.zmodel");
    let found: Diagnostics = match code {
        // What is well written is for the generator to refuse.
        "function-without-body" => compile_schema(path, &read).diagnostics,
        _ => check(path, &read).diagnostics,
    };
    found.iter().map(|found| found.code).collect()
}

#[test]
fn what_is_shown_as_wrong_has_the_finding_and_what_is_shown_as_right_has_none() {
    let mut wrong = Vec::new();
    for page in PAGES.iter().filter(|page| !WITHOUT_EXAMPLES.contains(&page.code)) {
        let (Some(bad), Some(good)) = (example(page, "Wrong"), example(page, "Right")) else {
            wrong.push(format!("{}: no examples", page.code));
            continue;
        };
        let found = codes(page.code, &bad);
        if found != BTreeSet::from([page.code]) {
            wrong.push(format!("{}: the wrong one has {found:?}", page.code));
        }
        let found = codes(page.code, &good);
        if !found.is_empty() {
            wrong.push(format!("{}: the right one has {found:?}", page.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_fix_makes_of_the_wrong_schema_has_no_finding() {
    let mut fixes = 0;
    for page in PAGES.iter().filter(|page| !WITHOUT_EXAMPLES.contains(&page.code)) {
        let schema = example(page, "Wrong").unwrap();
        let checked = check(Path::new("schema.zmodel"), &|_| Ok(schema.clone()));
        for fix in checked.diagnostics.iter().flat_map(|found| &found.fixes) {
            let mut fixed = schema.clone();
            for (span, text) in fix.edits.iter().rev() {
                fixed.replace_range(span.start as usize..span.end as usize, text);
            }
            assert_eq!(codes(page.code, &fixed), BTreeSet::new(), "{}: {}\n{fixed}", page.code, fix.title);
            fixes += 1;
        }
    }
    assert!(fixes > 30, "{fixes}");
}

#[test]
fn findings_say_what_to_do_next() {
    // What the schema says itself, and a message that is an order already.
    let exempt = ["deprecated", "wrong-argument-type"];
    for page in PAGES.iter().filter(|page| !WITHOUT_EXAMPLES.contains(&page.code) && !exempt.contains(&page.code)) {
        let schema = example(page, "Wrong").unwrap();
        let checked = compile_schema(Path::new("schema.zmodel"), &|_| Ok(schema.clone()));
        for found in &checked.diagnostics {
            assert!(!found.help.is_empty() || found.label.is_some(), "{}: {}", found.code, found.message);
        }
    }
}

#[test]
fn pages_have_a_title_and_are_in_order() {
    for page in PAGES {
        assert!(page.text.starts_with(&format!("# `{}`: ", page.code)), "{}", page.code);
        assert!(!page.title().ends_with('.'), "{}", page.code);
        assert_eq!(example(page, "Wrong").is_none(), WITHOUT_EXAMPLES.contains(&page.code), "{}", page.code);
    }
    assert!(PAGES.is_sorted_by(|a, b| a.code < b.code));
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let mut found = BTreeSet::new();
    in_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let pages: BTreeSet<String> = PAGES.iter().map(|page| page.code.to_owned()).collect();
    assert_eq!(found, pages);
}

/// The codes that findings are made with in the files of a folder, tests left out.
fn in_sources(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            in_sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for made in ["Diagnostic::error(", "Diagnostic::warning(", "Diagnostic::global("] {
                for rest in code.split(made).skip(1) {
                    let name = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                    found.insert(name.unwrap_or_else(|| panic!("{}: {rest:.60}", path.display())).to_owned());
                }
            }
        }
    }
}
