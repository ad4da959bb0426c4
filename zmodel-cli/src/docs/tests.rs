//! What the book says.

use zmodel_runtime::schema::Operation;

use super::words::Words;
use super::{html, markdown};
use crate::diagnostic::Severity;
use crate::testing::{check, check_whole};

const WORLD: &str = "
enum Role { ADMIN MEMBER }
type Seat { team Int role Role? }
type Caller { id String name String? role Role? admin Boolean? teams Int[] seats Seat[] boss Boss? @@auth }
type Boss { id String }
model User { id String @id name String? posts Post[] }
model Comment { id Int @id text String likes Int post Post @relation(fields: [postId], references: [id]) postId Int }
model Post {
  id Int @id
  title String
  summary String?
  published Boolean
  views Int
  since DateTime
  role Role
  author User? @relation(fields: [authorId], references: [id])
  authorId String?
  comments Comment[]
  RULE
}
";

/// The words for the first rule of a model.
#[track_caller]
fn of_rule(rule: &str) -> String {
    let checked = check(&WORLD.replace("RULE", rule));
    assert!(!checked.diagnostics.has_errors(), "{rule}: {:?}", checked.diagnostics);
    let model = checked.schema.models.iter().find(|model| model.name.text == "Post").unwrap();
    let rule = model.rules.first().unwrap();
    let after = rule.operations.contains(Operation::PostUpdate);
    Words::new(&checked.schema, &checked.sources, "Post", after).condition(&rule.condition)
}

#[track_caller]
fn says(condition: &str, words: &str) {
    assert_eq!(of_rule(&format!("@@allow('read', {condition})")), words, "{condition}");
}

#[test]
fn who_the_caller_is() {
    says("auth() != null", "the caller is signed in");
    says("auth() == null", "the caller is not signed in");
    says("null == auth()", "the caller is not signed in");
    says("!(auth() != null)", "the caller is not signed in");
    says("auth().id == authorId", "authorId is the caller’s id");
    says("authorId == auth().id", "authorId is the caller’s id");
    says("auth().id != authorId", "authorId is not the caller’s id");
    says("auth().admin", "the caller’s admin is true");
    says("!auth().admin", "the caller’s admin is false");
    says("auth().boss.id == authorId", "authorId is the caller’s boss’s id");
    says("auth().name == null", "the caller’s name is empty");
    says("auth().role == ADMIN", "the caller’s role is ADMIN");
}

#[test]
fn comparisons() {
    says("true", "always");
    says("false", "never");
    says("!true", "never");
    says("published", "published is true");
    says("!published", "published is false");
    says("!(!published)", "published is true");
    says("views > 3", "views is more than 3");
    says("views >= 3", "views is at least 3");
    says("views < 3", "views is less than 3");
    says("views <= 3", "views is at most 3");
    says("!(views < 3)", "views is at least 3");
    says("!(views <= 3)", "views is more than 3");
    says("title == 'a'", "title is “a”");
    says("!(title == 'a')", "title is not “a”");
    says("since < now()", "since is before now");
    says("since <= now()", "since is not after now");
    says("since > now()", "since is after now");
    says("since >= now()", "since is not before now");
    says("this.title == title", "title is title");
}

#[test]
fn nulls_and_relations() {
    says("summary == null", "summary is empty");
    says("summary != null", "summary is not empty");
    says("!(summary != null)", "summary is empty");
    says("author == null", "author is missing");
    says("author != null", "author is there");
    says("author.name == 'x'", "author’s name is “x”");
    says("author.name == null", "author’s name is empty");
}

#[test]
fn joined() {
    says("published && views > 3 && views < 9", "published is true and views is more than 3 and views is less than 9");
    says("published || views > 3", "published is true or views is more than 3");
    says("published && (views > 3 || views == 0)", "published is true and (views is more than 3 or views is 0)");
    says("(published && views > 3) || views == 0", "(published is true and views is more than 3) or views is 0");
    says("!(published && views > 3)", "it is not the case that (published is true and views is more than 3)");
}

#[test]
fn lists_and_texts() {
    says("title in ['a', 'b', 'c']", "title is one of “a”, “b” or “c”");
    says("title in ['a']", "title is one of “a”");
    says("!(title in ['a', 'b'])", "title is none of “a” or “b”");
    says("views in auth().teams", "views is in the caller’s teams");
    says("!(views in auth().teams)", "views is not in the caller’s teams");
    says("has(auth().teams, 3)", "3 is in the caller’s teams");
    says("hasSome(auth().teams, [1, 2])", "the caller’s teams has at least one of 1 or 2");
    says("!hasSome(auth().teams, [1, 2])", "the caller’s teams has none of 1 or 2");
    says("hasEvery(auth().teams, [1, 2])", "the caller’s teams has all of 1 or 2");
    says("isEmpty(auth().teams)", "the caller’s teams is empty");
    says("!isEmpty(auth().teams)", "the caller’s teams is not empty");
    says("contains(title, 'x')", "title contains “x”");
    says("!contains(title, 'x')", "title does not contain “x”");
    says("startsWith(title, 'x', true)", "title starts with “x”, whether in upper or lower case");
    says("endsWith(title, auth().name)", "title ends with the caller’s name");
}

#[test]
fn predicates() {
    says("comments?[text == 'x']", "for at least one of comments: (text is “x”)");
    says("comments![text == 'x']", "for every one of comments, or if there are none: (text is “x”)");
    says("comments^[text == 'x']", "for none of comments: (text is “x”)");
    says("!(comments?[text == 'x'])", "for none of comments: (text is “x”)");
    says("!(comments![text == 'x'])", "not for every one of comments: (text is “x”)");
    says("comments?[true]", "there are comments");
    says("comments^[true]", "there are no comments");
    says("isEmpty(comments)", "there are no comments");
    says("comments?[likes > this.views]", "for at least one of comments: (likes is more than this Post’s views)");
    says("comments?[c, c.text == 'x']", "for at least one of comments: (text is “x”)");
    says(
        "author.posts?[comments?[text == this.title]]",
        "for at least one of author’s posts: (for at least one of comments: (text is this Post’s title))",
    );
    says(
        "auth().seats?[team == this.views && role == ADMIN]",
        "for at least one of the caller’s seats: (team is this Post’s views and role is ADMIN)",
    );
}

#[test]
fn rules_of_others_and_of_the_moment() {
    says("check(author)", "the rules say that the caller may do the same to author");
    says("check(author, 'read')", "the rules say that the caller may read author");
    says("!check(author, 'update')", "the rules say that the caller may not update author");
    says("currentModel() == 'Post'", "the name of the model is “Post”");
    says("currentOperation('upper') == 'READ'", "the name of the operation in upper case is “READ”");
}

#[test]
fn states_of_an_update() {
    assert_eq!(of_rule("@@deny('post-update', before().views > views)"), "views before the update is more than views");
    assert_eq!(of_rule("@@deny('update', future().views < views)"), "views after the update is less than views");
}

#[test]
fn nothing_is_allowed_that_no_rule_allows() {
    let page = |rules: &str| {
        let checked = check(&format!("model Post {{ id Int @id\n {rules} }}"));
        assert!(!checked.diagnostics.has_errors(), "{rules}");
        markdown(&checked.schema, &checked.sources).unwrap()
    };
    let none = page("");
    for operation in ["Create", "Read", "Update", "Delete"] {
        assert!(none.contains(&format!("- **{operation}**: Nobody: no rule allows it.")), "{none}");
    }
    assert!(!none.contains("Everybody"), "{none}");
    let only_denied = page("@@deny('read', id > 3)");
    assert!(only_denied.contains("- **Read**: Nobody: no rule allows it."), "{only_denied}");
    let denied = page("@@allow('all', true)\n @@deny('read', true)");
    assert!(denied.contains("- **Read**: Nobody: a rule always denies it."), "{denied}");
    assert!(denied.contains("- **Update**: Everybody, signed in or not"), "{denied}");
    let never = page("@@allow('read', false)");
    assert!(never.contains("- **Read**: Nobody: the rules that allow it never apply."), "{never}");
    let after = page("@@allow('all', true)\n @@allow('post-update', id > 3)");
    assert!(after.contains("- **Leave behind by an update**: A row:\n  - if id is more than 3"), "{after}");
}

const RICH: &str = include_str!("tests/rich.zmodel");

#[test]
fn a_rich_schema() {
    let checked = check_whole(RICH);
    let mut wrong = checked.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    assert_eq!(wrong.next(), None);
    let version = env!("CARGO_PKG_VERSION");
    let plain = |text: String| text.replace(version, "VERSION");
    insta::assert_snapshot!("rich.md", plain(markdown(&checked.schema, &checked.sources).unwrap()));
    insta::assert_snapshot!("rich.html", plain(html(&checked.schema, &checked.sources).unwrap()));
}

#[test]
fn no_text_of_a_schema_becomes_markup() {
    let evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'--></style></svg>&amp;|`**_[a](javascript:x)";
    let quoted = evil.replace('\\', "\\\\").replace('"', "\\\"");
    let checked = check_whole(&format!(
        "datasource db {{ provider = 'sqlite' url = \"file:{quoted}\" }}
/// {evil}
model Post {{
  /// {evil}
  id Int @id
  /// | # {evil}
  title String @default(\"{quoted}\") @map(\"{quoted}\")
  kind Kind
  @@map(\"{quoted}\")
  @@index([title], map: \"{quoted}\")
  @@allow('read', title == \"{quoted}\")
  @@deny('read', contains(title, \"``` {quoted}\"))
}}
/// {evil}
enum Kind {{
  /// {evil}
  A @map(\"{quoted}\")
}}"
    ));
    assert!(checked.diagnostics.iter().all(|found| found.code != "unexpected-token"), "{:?}", checked.diagnostics);
    let html = html(&checked.schema, &checked.sources).unwrap();
    assert!(html.contains("onerror"), "the text itself is there");
    for markup in ["<script", "<img", "-->\n</style", "</svg>&amp;", "\"'--"] {
        assert!(!html.contains(markup), "{markup}");
    }
    assert_eq!(html.matches("</style>").count(), 1);
    let markdown = markdown(&checked.schema, &checked.sources).unwrap();
    let mut outside_code = String::new();
    // Between fences of backticks everything is text.
    let mut rest = markdown.as_str();
    while let Some(at) = rest.find('`') {
        let (before, ticks) = rest.split_at(at);
        outside_code.push_str(before);
        let length = ticks.len() - ticks.trim_start_matches('`').len();
        if before.ends_with('\\') {
            rest = &ticks[1..];
            continue;
        }
        let (fence, inside) = ticks.split_at(length);
        let mut end = 0;
        loop {
            let found = inside[end..].find(fence).unwrap() + end;
            let run = inside[found..].len() - inside[found..].trim_start_matches('`').len();
            end = found + run;
            if run == length {
                break;
            }
        }
        rest = &inside[end..];
    }
    outside_code.push_str(rest);
    assert!(outside_code.contains("onerror"), "the text itself is there");
    for markup in ["<script", "<img", "**\\_[", "[a](", " \\| # "] {
        assert!(!outside_code.contains(markup), "{markup}: {outside_code}");
    }
}

#[test]
fn a_url_in_the_schema_is_not_told() {
    let checked = check_whole("datasource db { provider = 'postgresql' url = 'postgresql://a:secret@host/x' }");
    for text in [html(&checked.schema, &checked.sources), markdown(&checked.schema, &checked.sources)] {
        assert!(!text.unwrap().contains("secret"));
    }
}

#[test]
fn a_large_schema_has_a_picture_around_each_table() {
    use std::fmt::Write as _;

    let schema = |models: usize| {
        let mut text = "model Hub { id Int @id".to_owned();
        for at in 1..models {
            let _ = write!(text, " s{at} Spoke{at}[]");
        }
        text.push_str(" @@allow('all', true) } ");
        for at in 1..models {
            let _ = write!(
                text,
                "model Spoke{at} {{ id Int @id hubId Int hub Hub @relation(fields: [hubId], references: [id])
                   @@allow('all', true) }} "
            );
        }
        let checked = check(&text);
        let (page, text) = (html(&checked.schema, &checked.sources), markdown(&checked.schema, &checked.sources));
        (page.unwrap(), text.unwrap())
    };
    let pictures = |page: &str| page.matches("aria-label=\"Tables and their relations\"").count();
    let (page, text) = schema(24);
    assert!(page.contains("<h2 id=\"diagram\">") && text.contains("erDiagram"));
    assert_eq!(pictures(&page), 1);
    let (page, text) = schema(25);
    assert!(!page.contains("id=\"diagram\"") && !text.contains("erDiagram"));
    assert_eq!(pictures(&page), 25);
    assert!(page.contains("14 more tables refer to it."));
    // A spoke shows itself and the hub.
    let (_, spoke) = page.split_once("aria-label=\"The tables around Spoke7\"").unwrap();
    let (spoke, _) = spoke.split_once("</svg>").unwrap();
    assert_eq!(spoke.matches("class=\"box\"").count(), 2);
    assert_eq!(spoke.matches("class=\"line\"").count(), 1);
}
