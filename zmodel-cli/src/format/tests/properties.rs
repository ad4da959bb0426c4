//! Schemas made at random, with blanks and comments at random: nothing is lost, and twice is once.

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use super::super::{Parsed, format};
use super::rendered;
use crate::source::FileId;

/// Tokens that belong together.
type Tokens = Vec<String>;

fn tokens(text: &str) -> Tokens {
    text.split(' ').filter(|token| !token.is_empty()).map(str::to_owned).collect()
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = Tokens> + Clone {
    select(texts).prop_map(|text| vec![text.to_owned()])
}

/// `before`, the items with a comma between them, and `after`.
fn listed(before: &str, items: &[Tokens], after: &str) -> Tokens {
    [tokens(before), items.join(&",".to_owned()), tokens(after)].concat()
}

/// What each of `parts` gives, one after the other.
macro_rules! all {
    ($($part:expr),+ $(,)?) => {
        vec![$($part.boxed()),+].prop_map(|parts: Vec<Tokens>| parts.concat())
    };
}

fn literal(text: &'static str) -> Just<Tokens> {
    Just(tokens(text))
}

fn maybe(strategy: impl Strategy<Value = Tokens> + 'static) -> BoxedStrategy<Tokens> {
    prop_oneof![Just(Vec::new()), strategy].boxed()
}

fn some(strategy: impl Strategy<Value = Tokens>, most: usize) -> impl Strategy<Value = Vec<Tokens>> {
    vec(strategy, 0..=most)
}

fn name() -> impl Strategy<Value = Tokens> + Clone {
    one_of(&[
        "a",
        "b",
        "id",
        "type",
        "model",
        "in_",
        "longer_name",
        "a_very_long_name_that_fills_a_good_part_of_a_line",
    ])
}

fn string() -> impl Strategy<Value = Tokens> + Clone {
    one_of(&["''", "\"x\"", "'a // b'", "\"/* \\\" \"", "'é\\'  '", "'two\nlines'", "'win\r\ndows   '"])
}

fn member() -> impl Strategy<Value = Tokens> {
    prop_oneof![
        name(),
        all![name(), literal("."), name()],
        all![literal("auth ( ) ."), name()],
        one_of(&["this", "null", "true", "false", "1", "-2.50", "+3"]),
        string(),
    ]
}

fn expression() -> BoxedStrategy<Tokens> {
    let leaf = member().boxed();
    leaf.prop_recursive(4, 24, 4, |inner| {
        let operator = one_of(&["&&", "||", "&&", "||", "==", "!=", "<", ">=", "in"]);
        let quantifier = one_of(&["? [", "! [", "^ [", "? [ x ,", "! [ y ,"]);
        let quantifier = quantifier.prop_map(|text| tokens(&text.concat()));
        let labelled = all![name(), literal(":"), inner.clone()];
        let object = (some(labelled.clone(), 3), any::<bool>()).prop_map(|(entries, comma)| {
            let close = if comma && !entries.is_empty() { ", }" } else { "}" };
            listed("{", &entries, close)
        });
        prop_oneof![
            3 => all![inner.clone(), operator, inner.clone()],
            1 => all![literal("("), inner.clone(), literal(")")],
            1 => all![literal("! ("), inner.clone(), literal(")")],
            1 => all![literal("!"), name()],
            2 => all![name(), quantifier, inner.clone(), literal("]")],
            1 => some(inner.clone(), 4).prop_map(|items| listed("[", &items, "]")),
            1 => some(inner.clone(), 3).prop_map(|items| listed("call (", &items, ")")),
            1 => vec(labelled, 1..3).prop_map(|items| listed("title (", &items, ")")),
            1 => object,
        ]
    })
    .boxed()
}

fn arguments() -> BoxedStrategy<Tokens> {
    let argument = prop_oneof![3 => expression(), 1 => all![name(), literal(":"), expression()], 1 => string()];
    maybe(some(argument, 3).prop_map(|items| listed("(", &items, ")")))
}

fn attributes(names: &'static [&'static str], most: usize) -> impl Strategy<Value = Tokens> {
    some(all![one_of(names), arguments()], most).prop_map(|found| found.concat())
}

fn type_name() -> impl Strategy<Value = Tokens> {
    let plain = one_of(&["Int", "String", "Post", "Boolean"]);
    let unsupported = all![literal("Unsupported ("), string(), literal(")")];
    let suffix = one_of(&["", "[ ]", "?", "[ ] ?"]).prop_map(|text| tokens(&text.concat()));
    all![prop_oneof![4 => plain, 1 => unsupported], suffix]
}

fn param() -> impl Strategy<Value = Tokens> {
    all![name(), literal(":"), type_name()]
}

fn params() -> impl Strategy<Value = Tokens> {
    some(param(), 3).prop_map(|items| listed("(", &items, ")"))
}

fn member_of_model() -> impl Strategy<Value = Tokens> {
    let field = all![name(), type_name(), attributes(&["@id", "@x", "@db.VarChar"], 3)];
    let params = vec(param(), 1..3).prop_map(|items| listed("(", &items, ")"));
    let computed = all![name(), params, type_name(), attributes(&["@computed"], 1)];
    prop_oneof![4 => field, 1 => computed, 2 => model_attribute()]
}

fn model_attribute() -> impl Strategy<Value = Tokens> {
    all![one_of(&["@@allow", "@@index", "@@a.b"]), arguments()]
}

fn declaration() -> BoxedStrategy<Tokens> {
    let body = |members: Vec<Tokens>| [tokens("{"), members.concat(), tokens("}")].concat();
    let head =
        one_of(&["model A", "abstract model A", "type A", "model A extends B", "model A with B , C D extends E"]);
    let head = head.prop_map(|text| tokens(&text.concat()));
    let internal = || attributes(&["@@@once", "@@@on"], 2);
    let member = prop_oneof![all![name(), attributes(&["@map", "@x"], 2)], model_attribute()];
    let value = prop_oneof![
        string(),
        literal("env ( 'X' )"),
        some(string(), 3).prop_map(|items| listed("[", &items, "]")),
        literal("[ a , b ( version : '3' ) ]"),
    ];
    let param = all![maybe(literal("_")), name(), literal(":"), type_name(), internal()];
    let signature = || all![params(), literal(": Int"), maybe(literal("[ ]"))];
    prop_oneof![
        4 => all![head, some(member_of_model(), 5).prop_map(body)],
        1 => all![literal("enum E"), vec(member, 1..5).prop_map(body)],
        1 => all![literal("datasource db"), some(all![name(), literal("="), value], 3).prop_map(body)],
        1 => all![literal("attribute @x"), some(param, 3).prop_map(|items| listed("(", &items, ")")), internal()],
        1 => all![literal("function f"), signature(), maybe(expression()).prop_map(|body| [tokens("{"), body, tokens("}")].concat()), internal()],
        1 => all![maybe(literal("mutation")), literal("procedure p"), signature(), internal()],
    ]
    .boxed()
}

/// What may stand between tokens.
const BLANKS: &[&str] = &[
    " ",
    " ",
    " ",
    " ",
    "",
    "",
    "  \t ",
    "\n",
    "\n\n\n",
    "\r\n",
    "\u{a0}",
    " \u{feff}\n",
    " // c\n",
    " // c  \r\n",
    "\n// above\n",
    "\n\n// above\n\n",
    "/* c */",
    " /* c */ /* d */ ",
    "\n/* c */ ",
    "\n/* c */\n",
    " /* a\n   b */",
    "\n    /**\n * star\n     */\n",
    " /// doc\n",
    "\n/// doc\n",
    "//\n",
];

/// The tokens with blanks between them; where two would become one, there is a space.
fn written(tokens: &[String], blanks: &[&str]) -> String {
    let mut text = String::new();
    for (token, blank) in tokens.iter().zip(blanks.iter().cycle()) {
        let apart = |c: char| "(){}[],:;".contains(c);
        if blank.is_empty() && !text.ends_with(apart) && !token.starts_with(apart) {
            text.push(' ');
        }
        text.push_str(blank);
        text.push_str(token);
    }
    text + blanks.first().copied().unwrap_or("")
}

fn schema() -> impl Strategy<Value = String> {
    let import = all![literal("import"), string(), maybe(literal(";"))];
    let whole =
        (some(import, 2), some(declaration(), 3)).prop_map(|(imports, items)| [imports, items].concat().concat());
    whole.prop_flat_map(|tokens| {
        let blanks = prop_oneof![vec(select(&BLANKS[..12]), tokens.len() + 1), vec(select(BLANKS), tokens.len() + 1)];
        blanks.prop_map(move |blanks| written(&tokens, &blanks))
    })
}

#[test]
fn nothing_is_lost_and_the_second_time_changes_nothing() {
    // `PROPTEST_CASES` in the environment makes more of them.
    let default = ProptestConfig::default();
    let cases = default.cases.max(400);
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..default });
    let understood = Cell::new(0);
    let outcome = runner.run(&schema(), |text| {
        // A line break can make a text that no longer parses, such as one between the words of a field.
        let Ok(before) = Parsed::new(FileId(0), &text) else {
            prop_assert!(format(FileId(0), &text).is_err());
            return Ok(());
        };
        understood.set(understood.get() + 1);
        let once = format(FileId(0), &text).map_err(|found| TestCaseError::fail(rendered(&text, &found)))?;
        let after = Parsed::new(FileId(0), &once).map_err(|found| TestCaseError::fail(rendered(&once, &found)))?;
        prop_assert!(before.same(&after), "{once}");
        prop_assert_eq!(format(FileId(0), &once), Ok(once));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let understood = understood.get();
    assert!(understood * 2 > cases, "only {understood} of {cases} schemas parse");
}
