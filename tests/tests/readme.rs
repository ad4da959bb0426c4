//! The README stays true.

const README: &str = include_str!("../../README.md");

#[test]
fn the_schema_in_the_readme_is_the_one_its_code_is_compiled_with() {
    let (_, after) = README.split_once("<!-- schema -->\n```text\n").unwrap();
    let (schema, _) = after.split_once("```").unwrap();
    assert_eq!(schema, include_str!("../schema.zmodel"));
}

#[test]
fn the_tour_is_short() {
    let (_, after) = README.split_once("```rust\n").unwrap();
    let (code, _) = after.split_once("```").unwrap();
    let lines = code.lines().count() + include_str!("../schema.zmodel").lines().count();
    assert!(lines <= 60, "{lines} lines");
}
