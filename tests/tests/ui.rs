//! What must not compile, and what rustc says to it.

#[test]
fn mistakes_in_queries_are_errors_that_a_person_can_act_on() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
}
