//! One construct after the other.

use super::{format, formatted};
use crate::source::FileId;

#[track_caller]
fn becomes(text: &str, expected: &str) {
    assert_eq!(formatted(text), expected);
}

/// What stands in a model, laid out.
#[track_caller]
fn member(text: &str, expected: &str) {
    let inside: String = expected.lines().map(|line| format!("  {line}").trim_end().to_owned() + "\n").collect();
    becomes(&format!("model A {{\n{text}\n}}"), &format!("model A {{\n{inside}}}\n"));
}

/// A condition, laid out.
#[track_caller]
fn condition(text: &str, expected: &str) {
    member(&format!("@@allow('read', {text})"), &format!("@@allow('read', {expected})"));
}

#[test]
fn comments_stay_where_they_are() {
    insta::assert_snapshot!(formatted(include_str!("comments.zmodel")));
}

#[test]
fn every_construct_has_its_layout() {
    insta::assert_snapshot!(formatted(include_str!("../../syntax/tests/everything.zmodel")));
}

#[test]
fn names_types_and_attributes_stand_in_columns_between_blank_lines() {
    member(
        "a Int @id\n// in between\nlonger  String? @x  @y\nlist Int[]\n\n\n\nb  Int  @x",
        "a      Int     @id\n// in between\nlonger String? @x @y\nlist   Int[]\n\nb Int @x",
    );
}

#[test]
fn a_model_attribute_ends_the_columns() {
    member("a Int\n@@x\nlonger Int", "a Int\n@@x\nlonger Int");
}

#[test]
fn a_blank_line_before_attributes_is_the_authors() {
    member("a Int\n@@x\n@@y", "a Int\n@@x\n@@y");
    member("\n\na Int\n\n\n@@x\n\n@@y\n\n", "a Int\n\n@@x\n\n@@y");
}

#[test]
fn a_computed_field_with_parameters_stands_for_itself() {
    member("a Int @x\nlabel( p:Int , q : String[]? ) Boolean @x", "a Int @x\nlabel(p: Int, q: String[]?) Boolean @x");
}

#[test]
fn attributes_stay_on_their_lines() {
    member("a Int @x\n@y   @z\nbb Int\n@w", "a  Int @x\n  @y @z\nbb Int\n  @w");
}

#[test]
fn options_and_enum_members_stand_in_columns() {
    becomes(
        "datasource db{provider='sqlite'\nurl  =env( 'X' )\n\nextensions=[a,b( version :'1' )]}\nenum E{A@map('a') BB @x\nC}",
        "datasource db {\n  provider = 'sqlite'\n  url      = env('X')\n\n  extensions = [a, b(version: '1')]\n}\n\nenum E {\n  A  @map('a')\n  BB @x\n  C\n}\n",
    );
}

#[test]
fn between_declarations_is_one_blank_line() {
    becomes(
        "model A {}enum E{A}\n\n\n\nview V { a Int }\n",
        "model A {}\n\nenum E {\n  A\n}\n\nview V {\n  a Int\n}\n",
    );
    becomes(
        "// file\n\n\n/* a */\nmodel A {} // a\n// b\n\n// b too\nmodel B {}\n// end",
        "// file\n\n/* a */\nmodel A {} // a\n\n// b\n\n// b too\nmodel B {}\n// end\n",
    );
}

#[test]
fn declarations_of_a_line_may_stand_together() {
    becomes(
        "attribute @a()\nattribute @@b(_ x:Int,y:String?)@@@once\n\n\nfunction f():Int{}\nmodel A {}\nprocedure p( ):Int",
        "attribute @a()\nattribute @@b(_ x: Int, y: String?) @@@once\n\nfunction f(): Int {}\n\nmodel A {}\n\nprocedure p(): Int\n",
    );
}

#[test]
fn imports_stand_together() {
    becomes(
        "import 'a';import  \"b\"\n\n\nimport 'c' ;model A {}",
        "import 'a';\nimport \"b\"\n\nimport 'c';\n\nmodel A {}\n",
    );
}

#[test]
fn heads_are_on_one_line() {
    becomes(
        "abstract\nmodel A extends B,C\nwith D , E F\n{\n}\nmutation  procedure p(a:Int):B",
        "abstract model A extends B, C with D, E F {}\n\nmutation procedure p(a: Int): B\n",
    );
}

#[test]
fn operators_have_spaces_and_brackets_have_none() {
    condition("a&&b||c==d  && e!=1", "a && b || c == d && e != 1");
    condition("n>-1&&n in[ 1,2 ]", "n > -1 && n in [1, 2]");
    condition("! a&&!( b . c )", "!a && !(b.c)");
    condition("xs ? [ a ] && ys![y,y.a<=+1.50] && zs ^[true]", "xs?[a] && ys![y, y.a <= +1.50] && zs^[true]");
    condition("contains( a,'x' )&&f( )==null", "contains(a, 'x') && f() == null");
    member("@@meta('k',{a:1,'b c':[],d:{},})", "@@meta('k', { a: 1, 'b c': [], d: {}, })");
    member("a Unsupported( \"x  y\" )[]", "a Unsupported(\"x  y\")[]");
}

#[test]
fn parentheses_are_as_they_were() {
    condition("((a))||(b&&(c))", "((a)) || (b && (c))");
}

#[test]
fn strings_and_numbers_are_as_they_were() {
    member("a String @x(\"a\\\"'  é\",'\\d',+01.50)", "a String @x(\"a\\\"'  é\", '\\d', +01.50)");
    becomes("model A {@@x('a\n   b\r\n',  c)}", "model A {\n  @@x('a\n   b\r\n', c)\n}\n");
}

#[test]
fn a_condition_that_does_not_fit_has_an_operand_on_each_line() {
    let long = "organisation.members?[user.id == auth().id]";
    condition(
        &format!("{long}&&({long}||{long}&&{long})||!published"),
        &format!("\n  {long}\n  && (\n    {long}\n    || {long}\n    && {long}\n  )\n  || !published\n"),
    );
}

#[test]
fn line_breaks_in_a_condition_are_kept() {
    member("@@allow('read', a\n&& b&&c)", "@@allow('read',\n  a\n  && b\n  && c\n)");
    member("@@allow('read', a&&\n b&&c)", "@@allow('read',\n  a &&\n  b &&\n  c\n)");
    member("@@allow(\n'read', a)", "@@allow('read', a)");
    member("@@allow('read',\na)", "@@allow('read',\n  a\n)");
    member("@@x(xs?[p,\na])", "@@x(\n  xs?[p,\n    a\n  ]\n)");
}

#[test]
fn arguments_that_do_not_fit_have_a_line_each() {
    let name = "a_rather_long_name_of_a_field";
    member(
        &format!("a A @relation('x',fields:[{name}],references:[{name}],onDelete:Cascade,onUpdate:SetNull)"),
        &format!(
            "a A @relation('x',\n  fields: [{name}],\n  references: [{name}],\n  onDelete: Cascade,\n  onUpdate: SetNull\n)"
        ),
    );
    member(
        &format!("@@index([{name},{name},{name},{name}])"),
        &format!("@@index([\n  {name},\n  {name},\n  {name},\n  {name}\n])"),
    );
}

#[test]
fn comments_in_odd_places_stay_there() {
    member(
        "a /* 1 */ Int /* 2 */ [ /* 3 */ ] /* 4 */ ? /* 5 */ @x /* 6 */",
        "a /* 1 */ Int /* 2 */[/* 3 */] /* 4 */? /* 5 */ @x /* 6 */",
    );
    member(
        "a // 1\nInt // 2\n@x\n// 3\n/* 4 */ @y(b && // 5\nc)\n// 6",
        "a // 1\n  Int // 2\n  @x\n  // 3\n  /* 4 */ @y(\n    b && // 5\n    c\n  )\n// 6",
    );
    member("@@x( /* 1 */ a /* 2 */ , /* 3 */ b /* 4 */ )", "@@x(/* 1 */ a /* 2 */, /* 3 */ b /* 4 */)");
    member("@@x(a, // 1\nb // 2\n// 3\n)", "@@x(\n  a, // 1\n  b // 2\n  // 3\n)");
    member(
        "@@x(! /* 1 */ a /* 2 */ . /* 3 */ b == /* 4 */ c // 5\n)",
        "@@x(\n  !/* 1 */ a /* 2 */. /* 3 */ b == /* 4 */ c // 5\n)",
    );
    member("@@x /* 1 */ ( // 2\n)", "@@x /* 1 */( // 2\n)");
    member("@@x('a', // 1\n[b])", "@@x('a', // 1\n[b])");
}

#[test]
fn line_endings_stay() {
    becomes(
        "model A {\r\n\r\n a   Int // x\r\n /*\r\n  * y */\n b Int }\n",
        "model A {\r\n  a Int // x\r\n  /*\r\n   * y */\r\n  b Int\r\n}\r\n",
    );
    becomes("model A {\n a   Int // x\r\n}", "model A {\n  a Int // x\n}\n");
    becomes("\u{feff}model A {\u{a0}\u{feff}}", "\u{feff}model A {}\n");
}

#[test]
fn names_after_a_comment_of_several_lines_are_names() {
    becomes("model A with /* a\n b */ C\nextends E { }\n", "model A with /* a\n b */ C extends E {}\n");
    becomes("model A with B , /* a\n b */ C\nD { }\n", "model A with B, /* a\n b */ C D {}\n");
}

#[test]
fn an_empty_file_stays_empty() {
    for (text, expected) in
        [("", ""), (" \n\n", ""), ("\u{feff}\n", "\u{feff}"), ("\n\n// a\n\n\n\n/* b */", "// a\n\n/* b */\n")]
    {
        assert_eq!(format(FileId(0), text).as_deref(), Ok(expected));
    }
}
