//! After any changes a file that follows them is what it would be if it were read for the first time.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use super::*;

/// What people write and paste, and what turns the meaning of everything after it around.
const PIECES: &[&str] = &[
    "",
    "x",
    " ",
    "\n",
    "\n\n",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "'",
    ",",
    ".",
    "?",
    ":",
    "=",
    "@",
    "@@",
    "/",
    "/*",
    "*/",
    "//",
    "/// About it.\n",
    " /// About it.",
    "é",
    "\u{2028}",
    "\\",
    "1",
    "model",
    "type",
    "enum",
    "with A",
    " extends B, C",
    "import \"a\"\n",
    "import",
    "mutation ",
    "function f(): Int {",
    "abstract ",
    "model M {\n  id Int @id\n}\n",
    "enum E { A B }",
    "type T with U { a String? }\n",
    "name String @default('x')",
    "@@allow('read', a == b && c?[d])\n",
    "!((((((((",
];

/// A change: where it begins and how much it removes, in thousandths of the text, and what it puts in.
type Edit = (usize, usize, &'static str);

fn edit() -> impl Strategy<Value = Edit> {
    // Most changes are small.
    let removed = prop_oneof![5 => Just(0), 3 => Just(1), 2 => 0..20usize, 1 => 0..1000usize];
    (0..1001usize, removed, select(PIECES))
}

fn edited(text: &str, (start, removed, piece): Edit) -> String {
    let place = |thousandths: usize| text.floor_char_boundary((text.len() * thousandths.min(1000)).div_ceil(1000));
    // A single thousandth is a single character.
    let start = place(start);
    let end = match removed {
        1 => text[start..].chars().next().map_or(start, |c| start + c.len_utf8()),
        removed => place(start * 1000 / text.len().max(1) + removed).max(start),
    };
    [&text[..start], piece, &text[end..]].concat()
}

/// Everything that a tool sees of a file: its tree, and what is found in it, also when it is resolved and checked.
fn seen(tree: &File, mut found: Diagnostics) -> (Diagnostics, crate::hir::Schema) {
    let schema = crate::hir::resolve(std::slice::from_ref(tree), &mut found);
    crate::check::check(&schema, &mut found);
    (found, schema)
}

fn follows(start: &str, edits: &[Edit]) -> Result<(), TestCaseError> {
    let file = FileId(0);
    let mut text = start.to_owned();
    let mut kept = Edited::new(file);
    kept.change("", &text);
    for edit in edits {
        let after = edited(&text, *edit);
        kept.change(&text, &after);
        text = after;
        let mut fresh = Edited::new(file);
        fresh.change("", &text);
        prop_assert_eq!(&kept, &fresh, "{}", text);
        let mut diagnostics = Diagnostics::default();
        let tree = parse(file, &text, &mut diagnostics);
        prop_assert_eq!(&**kept.tree(), &tree);
        diagnostics.sort();
        let mut found = Diagnostics::default();
        kept.found().for_each(|one| found.push(one.clone()));
        found.sort();
        prop_assert_eq!(&found, &diagnostics);
        prop_assert_eq!(seen(kept.tree(), found), seen(&tree, diagnostics));
    }
    Ok(())
}

fn check_all(start: &str, cases: u32) {
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    runner.run(&vec(edit(), 1..12), |edits| follows(start, &edits)).unwrap();
}

#[test]
fn of_a_file_with_everything() {
    check_all(EVERYTHING, 150);
}

#[test]
fn of_a_small_file() {
    check_all("import 'a'\n\n/// A.\nmodel A { id Int @id } // a\n\nenum B { C D }\ntype E {\n  f 'g\n}\n", 600);
}

#[test]
fn of_an_empty_file() {
    check_all("", 600);
}

#[test]
fn only_what_is_near_a_change_is_read_again() {
    let models: Vec<_> = (0..100).map(|at| format!("model M{at} {{\n  id Int @id\n}}\n\n")).collect();
    let mut text = models.concat();
    let mut kept = Edited::new(FileId(0));
    kept.change("", &text);
    let name = |tree: &File, at: usize| match &tree.items[at] {
        Item::Model(model) => model.name.text.as_ptr(),
        _ => panic!("no model"),
    };
    let before: Vec<_> = (0..100).map(|at| name(kept.tree(), at)).collect();
    let after = text.replace("M50 {", "M50 {\n  other String");
    kept.change(&text, &after);
    text = after;
    let again: Vec<_> = (0..100).filter(|at| name(kept.tree(), *at) != before[*at]).collect();
    assert!(again.contains(&50) && again.len() < 4, "{again:?}");
    assert_eq!(**kept.tree(), parse_well(&text));
}
