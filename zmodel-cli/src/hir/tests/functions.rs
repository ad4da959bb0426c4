//! Functions that a schema declares, and what is reported about them.

use crate::testing::codes;

/// What is wrong with a call, besides that no code can be generated for it.
#[test]
fn functions_of_the_schema() {
    let schema = |rule: &str| {
        let found = codes(&format!(
            "function old(n: Int, role: Role?): Boolean {{}} @@@expressionContext([AccessPolicy])
             function score(n: Int): Int {{}} @@@expressionContext([AccessPolicy])
             function friends(n: Int): A[] {{}} @@@expressionContext([AccessPolicy])
             function bare(n: Int): Boolean {{}}
             enum Role {{ ADMIN USER }}
             model A {{ id Int @id n Int role Role @@allow('read', {rule}) }}"
        ));
        let (unsupported, rest): (Vec<&str>, Vec<&str>) =
            found.into_iter().partition(|code| *code == "function-without-body");
        (unsupported.len(), rest)
    };
    for (rule, calls, expected) in [
        ("old(n)", 1, ""),
        ("old(n, role) && old(1, ADMIN)", 2, ""),
        ("score(n) > 3", 1, ""),
        ("friends(n)?[n == this.n]", 1, ""),
        ("old('x')", 0, "wrong-argument-type"),
        ("old()", 0, "missing-argument"),
        ("score(n)", 1, "not-a-condition"),
        ("score(n) == 'x'", 1, "type-mismatch"),
        ("old(n, auth())", 0, "no-auth"),
        ("friends(n)?[x == 1]", 1, "unknown-name"),
        ("friends(n).n == 1", 1, "no-members"),
        ("bare(n)", 0, "wrong-context"),
    ] {
        let expected: Vec<&str> = Some(expected).into_iter().filter(|code| !code.is_empty()).collect();
        assert_eq!(schema(rule), (calls, expected), "{rule}");
    }
}

/// A function with a body stands for it.
#[test]
fn functions_that_say_what_they_do() {
    for (functions, rule, expected) in [
        ("function f(a: A): Boolean { a.n == 1 }", "f(this)", ""),
        ("function f(n: Int): Boolean { n == 1 }", "f(n) && !f(id)", ""),
        ("function f(n: Int?): Boolean { n == null }", "f(nn) && f(n)", ""),
        ("function f(n: Int): Boolean { n == null }", "true", "never-null"),
        ("function f(n: Int?): Boolean { n == null }", "f(1)", ""),
        ("function f(n: Int?): Boolean { n == 1 }", "f()", ""),
        ("function f(n: Int?): Boolean { n == null || n > 1 }", "f(null)", ""),
        ("function f(n: Int): Boolean { n == 1 }", "f(null)", "wrong-argument-type"),
        ("function f(a: A?): Boolean { a.up.n == 1 || a.below?[n == 1] || check(a) || a == null }", "f()", ""),
        ("function f(l: Int[]?): Boolean { has(l, 1) || isEmpty(l) || l == [1] || hasSome(l, [1]) }", "f(null)", ""),
        ("function f(a: A): Boolean { check(a, 'delete') }", "f(up)", ""),
        ("function f(a: A): Boolean { check(a, 'read') }", "f(this)", "wrong-argument"),
        ("function f(n: Int?): Boolean { n == 1 }", "f(null)", ""),
        ("function f(a: A?): Boolean { a != null }", "f(up)", ""),
        ("function f(role: Role): Boolean { role == ADMIN }", "f(role) || f(USER)", ""),
        ("function f(role: Role): Boolean { role == ADMIN }", "f(n)", "wrong-argument-type"),
        ("function f(all: Int[]): Boolean { 1 in all }", "f([n, 2])", ""),
        ("function f(all: A[]): Boolean { all?[n == 1] }", "f(below) && below?[f(below)]", ""),
        ("function f(all: A[]): Boolean { all?[n == 1] }", "f(this)", "wrong-argument-type"),
        ("function f(a: A): A { a.up }", "f(f(this)).n == 1", ""),
        ("function f(a: A): Boolean { a.below?[b, b.n == a.n] }", "up.below?[f(this) && f(up)]", ""),
        ("function f(a: A): Boolean { a.below?[n == m] }", "true", "unknown-name"),
        ("function f(n: Int): Float { n }", "f(n) > 0.5", ""),
        ("function f(a: Any): Any { a }", "f(n) == 1", ""),
        ("function f(n: Int): Int { n == 1 }", "true", "type-mismatch"),
        ("function f(n: Int): Boolean { n && true }", "true", "wrong-operand"),
        ("function f(n: Int, n: Int): Boolean { n == 1 }", "true", "duplicate-name"),
        ("function f(): Boolean { auth() != null }", "true", "no-auth"),
        ("function f(s: String): Boolean { length(s) > 1 }", "true", ""),
        ("function f(n: Int): Boolean { g(n) } function g(n: Int): Boolean {}", "true", ""),
        (
            "function f(n: Int): Boolean { g(n) } function g(n: Int): Boolean {} @@@expressionContext([AccessPolicy])",
            "f(n)",
            "function-without-body",
        ),
        ("function f(n: Int): Boolean { f(n) }", "true", "function-circle"),
        ("function f(n: Int): Boolean { n == 1 }", "f(f)", "unknown-name"),
    ] {
        let schema = format!(
            "{functions} enum Role {{ ADMIN USER }}
             model A {{ id Int @id n Int nn Int? role Role upId Int? up A? @relation('t', fields: [upId], references: [id])
               below A[] @relation('t') @@allow('read', {rule}) }}"
        );
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        assert_eq!(codes(&schema), expected, "{functions} {rule}");
    }
}

/// What functions come to has an end, however they call each other.
#[test]
fn functions_that_come_to_too_much() {
    // Each calls the next one twice.
    let chain = (0..40).fold(String::new(), |text, at| {
        let next = at + 1;
        text + &format!("function f{at}(n: Boolean): Boolean {{ f{next}(n) && f{next}(n) }}\n")
    });
    let last = "function f40(n: Boolean): Boolean { n }";
    let model = "model A { id Int @id b Boolean @@allow('read', f30(b)) }";
    let found = codes(&format!("{chain} {last} {model}"));
    assert!(!found.is_empty() && found.iter().all(|code| *code == "expression-too-long"), "{found:?}");
    let nested = format!("{}b{}", "f(".repeat(24), ")".repeat(24));
    let doubling = "function f(n: Boolean): Boolean { n && n }";
    let model = format!("model A {{ id Int @id b Boolean @@allow('read', {nested}) }}");
    assert_eq!(codes(&format!("{doubling} {model}")), ["expression-too-long"]);
}
