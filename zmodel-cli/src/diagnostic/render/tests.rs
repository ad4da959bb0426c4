use super::*;

fn post() -> (SourceMap, FileId) {
    let mut sources = SourceMap::new();
    let file = sources.add("schema.zmodel", "model Post {\n  author Usr\n}\n");
    (sources, file)
}

#[test]
fn a_finding_shows_its_place_and_the_way_out() {
    let (mut sources, file) = post();
    let other = sources.add("user.zmodel", "model User { }\n");
    let diagnostic = Diagnostic::error("unknown-type", Span::new(file, 22, 25), "there is no type `Usr`")
        .label("not declared")
        .related(Span::new(file, 6, 10), "in this model")
        .related(Span::new(other, 6, 10), "similar")
        .help("did you mean `User`?");
    insta::assert_snapshot!(plain_one(&sources, &diagnostic), @r"
    there is no type `Usr`
     --> schema.zmodel:2:10
      |
    1 | model Post {
      |       ---- in this model
    2 |   author Usr
      |          ^^^ not declared
      |
     ::: user.zmodel:1:7
      |
    1 | model User { }
      |       ---- similar
      |
      = help: did you mean `User`?
    ");
    let mut all = Diagnostics::default();
    all.push(diagnostic);
    all.push(Diagnostic::warning("odd", Span::new(file, 24, 24), "odd"));
    all.push(Diagnostic::global("no-datasource", "the schema has no datasource").help("add one"));
    insta::assert_snapshot!(text(&sources, &all, false), @r"
    error[unknown-type]: there is no type `Usr`
     --> schema.zmodel:2:10
      |
    1 | model Post {
      |       ---- in this model
    2 |   author Usr
      |          ^^^ not declared
      |
     ::: user.zmodel:1:7
      |
    1 | model User { }
      |       ---- similar
      |
      = help: did you mean `User`?

    warning[odd]: odd
     --> schema.zmodel:2:12
      |
    2 |   author Usr
      |            ^

    error[no-datasource]: the schema has no datasource
     |
     = help: add one
    ");
    assert!(text(&sources, &all, true).contains("\u{1b}["));
}

#[test]
fn a_finding_without_a_place_is_its_message() {
    let diagnostic = Diagnostic::global("no-datasource", "the schema has no datasource");
    assert_eq!(plain_one(&SourceMap::new(), &diagnostic), "the schema has no datasource");
}

#[test]
fn a_place_that_does_not_exist_is_no_reason_to_panic() {
    let mut sources = SourceMap::new();
    let file = sources.add("schema.zmodel", "é");
    for (start, end) in [(0, 1), (1, 2), (1, 1), (5, 9), (2, 0)] {
        let shown = plain_one(&sources, &Diagnostic::error("x", Span::new(file, start, end), "x"));
        assert!(shown.contains("--> schema.zmodel:1:"), "{shown}");
    }
    assert_eq!(plain_one(&sources, &Diagnostic::error("x", Span::new(FileId(7), 0, 1), "x")), "x");
}

#[test]
fn a_schema_cannot_speak_to_the_terminal() {
    let (sources, file) = post();
    let sly = "\u{1b}[31mred";
    let diagnostic = Diagnostic::error("x", Span::new(file, 0, 1), sly).label(sly).related(Span::new(file, 2, 3), sly);
    let mut all = Diagnostics::default();
    all.push(diagnostic.help(sly));
    assert!(!text(&sources, &all, false).contains('\u{1b}'));
    assert!(all.iter().all(|diagnostic| !plain_one(&sources, diagnostic).contains('\u{1b}')));
}
