//! What each form of a rule means: rule in, visible rows out.

#![cfg(test)]

use std::borrow::Cow;

use db::{Db, Kind, Org, Person, note, user};
use zmodel_macros::zmodel;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::plan::Find;
use zmodel_runtime::schema::{ModelId, Schema};
use zmodel_runtime::session::Session;
use zmodel_runtime::{Result, Value};
use zmodel_tests::database::{self, Either};
use zmodel_tests::rules::with_rules;

/// Notes and their authors.
#[zmodel("schemas/rules.zmodel")]
pub mod db {}

const RULES: &str = include_str!("../schemas/rules.zmodel");

/// The schema with `rules` in the place of those of `Note`.
fn schema(rules: &str) -> Cow<'static, Schema> {
    with_rules(RULES, rules)
}

/// Five notes.
///
/// | id | author | slug | title   | kind   | level | price | due  | open  | parent |
/// |----|--------|------|---------|--------|-------|-------|------|-------|--------|
/// | 1  | ann    | acme | Alpha   | PLAIN  | 1     | 9     | past | true  |        |
/// | 2  | bob    | acme | 100%    | SECRET | 2     | 10    | soon | false | 1      |
/// | 3  | (no name) | zeta | a_b  | PLAIN  | 3     | 1.1   | soon | true  | 2      |
/// | 4  |        | ann  | ALPHA   |        |       |       |      |       | 1      |
/// | 5  |        |      |         |        |       |       |      |       |        |
async fn notes() -> Result<Either> {
    let driver = database::driver().await?;
    let db = Db::new(driver.clone());
    db.create_tables().await?;
    let all = db.unguarded("arrange");
    for (id, name) in [("ann", Some("Ann")), ("bob", Some("Bob")), ("cat", None)] {
        all.user().create(user::New { id: id.into() }).set(|user| user.name, name).await?;
    }
    let due = |text: &str| text.parse::<zmodel_runtime::DateTime>().unwrap();
    let full = [
        (1, "ann", "acme", "Alpha", Kind::Plain, 1, "9", "2001-01-01T00:00:00Z", true, None),
        (2, "bob", "acme", "100%", Kind::Secret, 2, "10", "2999-01-01T00:00:00Z", false, Some(1)),
        (3, "cat", "zeta", "a_b", Kind::Plain, 3, "1.10", "2999-01-02T00:00:00Z", true, Some(2)),
    ];
    for (id, author, slug, title, kind, level, price, at, open, parent) in full {
        let new = all.note().create(note::New { id });
        let new = new.set(|n| n.author_id, author).set(|n| n.slug, slug).set(|n| n.title, title).set(|n| n.kind, kind);
        let new = new.set(|n| n.level, level).set(|n| n.price, price.parse::<zmodel_runtime::Decimal>().unwrap());
        new.set(|n| n.due, due(at)).set(|n| n.open, open).set(|n| n.parent_id, parent).await?;
    }
    let new = all.note().create(note::New { id: 4 }).set(|n| n.slug, "ann").set(|n| n.title, "ALPHA");
    new.set(|n| n.parent_id, 1).await?;
    all.note().create(note::New { id: 5 }).await?;
    Ok(driver)
}

/// Signed in with everything.
fn ann() -> Caller {
    let org = Org { slug: "acme".into(), role: Some("admin".into()) };
    let teams = vec!["acme".to_owned(), "zeta".to_owned()];
    Caller::user(Person { id: "ann".into(), org: Some(org), level: Some(2), kind: Some(Kind::Secret), teams })
}

/// Signed in with an id and nothing else.
fn bare() -> Caller {
    Caller::user(Person { id: "bob".into(), org: None, level: None, kind: None, teams: Vec::new() })
}

async fn visible(driver: &Either, rules: &str, caller: Caller) -> Result<Vec<i64>> {
    let schema = schema(rules);
    let (note, _) = schema.find_model("Note").unwrap();
    let session = Session::new(Engine::new(schema, driver.clone()), caller);
    let rows = session.find(&Find::new(note), false).await?;
    let ids = rows.cells.chunks(rows.width.max(1)).map(|row| if let Value::Int(id) = row[0] { id } else { -1 });
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Rule; what Ann, somebody who brings an id alone, and a visitor see.
type Case<'a> = (&'a str, &'a [i64], &'a [i64], &'a [i64]);

/// Everybody sees the same.
const fn same<'a>(rule: &'a str, ids: &'a [i64]) -> Case<'a> {
    (rule, ids, ids, ids)
}

async fn check(cases: &[Case<'_>]) -> Result<()> {
    let driver = notes().await?;
    for (rules, by_ann, by_bare, by_visitor) in cases {
        // A rule alone is an allow; the rest is written out.
        let text = if rules.starts_with("@@") { (*rules).to_owned() } else { format!("@@allow('read', {rules})") };
        let seen = [
            visible(&driver, &text, ann()).await?,
            visible(&driver, &text, bare()).await?,
            visible(&driver, &text, Caller::Anonymous).await?,
        ];
        assert_eq!(seen, [by_ann.to_vec(), by_bare.to_vec(), by_visitor.to_vec()], "{rules}");
    }
    Ok(())
}

const ALL: &[i64] = &[1, 2, 3, 4, 5];
const NONE: &[i64] = &[];

async fn rules_combine_closed_by_default_and_deny_beats_allow() -> Result<()> {
    check(&[
        ("@@deny('read', false)", NONE, NONE, NONE),
        ("@@allow('all', true)", ALL, ALL, ALL),
        ("@@allow('update', true)", NONE, NONE, NONE),
        ("@@allow(' update , read', true)", ALL, ALL, ALL),
        ("@@allow('read', id == 1) @@allow('read', id == 2)", &[1, 2], &[1, 2], &[1, 2]),
        ("@@deny('all', id == 1) @@allow('all', true)", &[2, 3, 4, 5], &[2, 3, 4, 5], &[2, 3, 4, 5]),
        ("@@allow('read', id < 3) @@deny('read', id == 2) @@allow('read', id == 2)", &[1], &[1], &[1]),
        ("@@allow('read', true) @@deny('update', true)", ALL, ALL, ALL),
        ("@@allow('read', true) @@deny('read', id > 1) @@deny('read', id < 1)", &[1], &[1], &[1]),
        // `&&` and `||` share one level and are read from the left.
        ("id == 1 || id == 2 && id == 2", &[2], &[2], &[2]),
        ("id == 1 || (id == 2 && id == 2)", &[1, 2], &[1, 2], &[1, 2]),
        ("1 > 0", ALL, ALL, ALL),
        ("0 > 1", NONE, NONE, NONE),
    ])
    .await
}

async fn operators_compare_values_of_every_kind() -> Result<()> {
    let one: &[i64] = &[1];
    check(&[
        same("level == 1", one),
        same("level != 1", &[2, 3]),
        same("level < 2", one),
        same("level <= 2", &[1, 2]),
        same("level > 2", &[3]),
        same("level >= 2", &[2, 3]),
        same("2 > level", one),
        same("level > 1.5", &[2, 3]),
        same("level == id", &[1, 2, 3]),
        same("open", &[1, 3]),
        same("!open", &[2]),
        same("open == false", &[2]),
        same("open == (id == 1)", &[1, 2]),
        same("slug == 'acme'", &[1, 2]),
        same("slug == 'ACME'", NONE),
        same("slug != 'acme'", &[3, 4]),
        same("kind == PLAIN", &[1, 3]),
        // A mapped member is meant by its name in the schema.
        same("kind == SECRET", &[2]),
        same("kind == 'SECRET'", &[2]),
        same("kind != SECRET", &[1, 3]),
        same("kind in [PLAIN, SECRET]", &[1, 2, 3]),
        same("level in [1, 3, 9]", &[1, 3]),
        same("slug in []", NONE),
        same("!(slug in [])", ALL),
        same("slug in ['acme', title]", &[1, 2]),
        same("due > now()", &[2, 3]),
        same("due <= now()", one),
    ])
    .await
}

async fn texts_are_found_literally() -> Result<()> {
    check(&[
        same("contains(title, 'lph')", &[1]),
        same("contains(title, 'LPH')", &[4]),
        same("contains(title, 'LPH', true)", &[1, 4]),
        same("contains(title, '%')", &[2]),
        same("contains(title, '_')", &[3]),
        same("contains(title, '')", &[1, 2, 3, 4]),
        same("startsWith(title, 'A')", &[1, 4]),
        same("startsWith(title, 'a', true)", &[1, 3, 4]),
        same("startsWith(title, '')", &[1, 2, 3, 4]),
        same("startsWith(title, 'Alphabet')", NONE),
        same("endsWith(title, '0%')", &[2]),
        same("endsWith(title, '_b')", &[3]),
        same("endsWith(title, 'HA', true)", &[1, 4]),
        same("endsWith(title, '')", &[1, 2, 3, 4]),
        same("endsWith(title, 'an Alpha')", NONE),
        same("contains('Alpha Beta', title)", &[1]),
        // A caller's value is looked for the same way; a missing one is found nowhere.
        ("contains(title, auth().org.slug)", NONE, NONE, NONE),
        ("contains(slug, auth().org.slug)", &[1, 2], NONE, NONE),
        ("!contains(slug, auth().org.slug)", &[3, 4], NONE, NONE),
    ])
    .await
}

async fn the_caller_is_compared_member_by_member() -> Result<()> {
    check(&[
        ("auth() == null", NONE, NONE, ALL),
        ("auth() != null", ALL, ALL, NONE),
        ("auth().id == authorId", &[1], &[2], NONE),
        // Neither somebody without the member nor a visitor is the owner of what has none.
        ("auth().org.slug == slug", &[1, 2], NONE, NONE),
        ("auth().org.role == 'admin'", ALL, NONE, NONE),
        ("auth().org.role != 'admin'", NONE, NONE, NONE),
        ("auth().org.slug == null", NONE, ALL, ALL),
        ("auth().level == null", NONE, ALL, ALL),
        ("auth().level >= level", &[1, 2], NONE, NONE),
        ("auth().kind == kind", &[2], NONE, NONE),
        ("auth().kind == SECRET", ALL, NONE, NONE),
        ("slug in auth().teams", &[1, 2, 3], NONE, NONE),
        ("!(slug in auth().teams)", &[4], ALL, NONE),
        ("'acme' in auth().teams", ALL, NONE, NONE),
    ])
    .await
}

async fn relations_are_followed_to_the_right_row() -> Result<()> {
    check(&[
        same("author.name == 'Bob'", &[2]),
        same("author == null", &[4, 5]),
        same("author != null", &[1, 2, 3]),
        same("author.name == null", &[3, 4, 5]),
        same("parent == null", &[1, 5]),
        same("parent.parent == null", &[1, 2, 4, 5]),
        same("parent.parent.id == 1", &[3]),
        same("parent.author.name == 'Ann'", &[2, 4]),
        same("parent.slug == slug", &[2]),
        same("parent.slug == this.slug", &[2]),
        same("parent.parent.open == this.open", &[3]),
        ("parent.authorId == auth().id", &[2, 4], &[3], NONE),
    ])
    .await
}

async fn collections_are_asked_with_the_outer_row_in_sight() -> Result<()> {
    check(&[
        same("children?[true]", &[1, 2]),
        same("children^[true]", &[3, 4, 5]),
        same("children![false]", &[3, 4, 5]),
        same("children?[slug == this.slug]", &[1]),
        same("children![id > this.id]", ALL),
        same("children^[id == 2]", &[2, 3, 4, 5]),
        same("children?[c, c.id == 2 && c.parent.id == this.id]", &[1]),
        same("children?[c, c.children?[d, d.parentId == c.id && d.parent.parentId == this.id]]", &[1]),
        same("children?[c, c.children?[c, c.id == 3]]", &[1]),
        same("parent.children?[id == 4]", &[2, 4]),
        same("parent.children?[id != this.id]", &[2, 4]),
        same("author.notes?[n, n.id == this.id]", &[1, 2, 3]),
        same("author.notes?[children?[id == 4]]", &[1]),
        ("children?[authorId == auth().id]", NONE, &[1], NONE),
    ])
    .await
}

/// Rows about which each rule is unknown.
async fn an_unknown_neither_allows_nor_lets_through() -> Result<()> {
    // A condition; where it is certainly true; where it is certainly false, for Ann.
    let conditions: &[(&str, &[i64], &[i64])] = &[
        ("level == 1", &[1], &[2, 3]),
        ("level != 1", &[2, 3], &[1]),
        ("level > 1", &[2, 3], &[1]),
        ("level == level", &[1, 2, 3], NONE),
        ("level == parentId", NONE, &[2, 3]),
        ("open", &[1, 3], &[2]),
        ("open == open", &[1, 2, 3], NONE),
        ("contains(title, 'A')", &[1, 4], &[2, 3]),
        ("contains('A', title)", NONE, &[1, 2, 3, 4]),
        ("slug in ['acme', title]", &[1, 2], &[3, 4]),
        ("id in [1, level]", &[1, 2, 3], NONE),
        ("slug in auth().teams", &[1, 2, 3], &[4]),
        ("author.name == 'Ann'", &[1], &[2]),
        ("parent.level == 1", &[2, 4], &[3]),
        ("parent.parent.level == 1", &[3], NONE),
        ("author == null", &[4, 5], &[1, 2, 3]),
        ("level == null", &[4, 5], &[1, 2, 3]),
        ("parent.level == null", &[1, 5], &[2, 3, 4]),
        ("level == 1 && id == 4", NONE, &[1, 2, 3, 5]),
        ("level == 1 || id == 4", &[1, 4], &[2, 3]),
        ("children?[level == 2]", &[1], &[2, 3, 4, 5]),
        ("children?[level == 9]", NONE, &[2, 3, 4, 5]),
        ("children![level == 2]", &[3, 4, 5], &[2]),
        ("children![level == 3]", &[2, 3, 4, 5], &[1]),
        ("children^[level == 2]", &[2, 3, 4, 5], &[1]),
        ("children^[level == 9]", &[2, 3, 4, 5], NONE),
        ("parent.children?[level == 2]", &[2, 4], &[3]),
        ("parent.children^[level == 3]", NONE, &[3]),
        ("parent.children![id > 0]", &[2, 3, 4], NONE),
        ("auth().level == level", &[2], &[1, 3]),
    ];
    let mut cases = Vec::new();
    for (condition, yes, no) in conditions {
        let without = |some: &[i64]| ALL.iter().copied().filter(|id| !some.contains(id)).collect::<Vec<_>>();
        cases.push((format!("@@allow('read', {condition})"), yes.to_vec()));
        cases.push((format!("@@allow('read', !({condition}))"), no.to_vec()));
        cases.push((format!("@@allow('read', !(!({condition})))"), yes.to_vec()));
        cases.push((format!("@@allow('read', ({condition}) && true)"), yes.to_vec()));
        cases.push((format!("@@allow('read', ({condition}) || !({condition}))"), [*yes, *no].concat()));
        cases.push((format!("@@allow('read', true) @@deny('read', {condition})"), no.to_vec()));
        cases.push((format!("@@allow('read', true) @@deny('read', !({condition}))"), yes.to_vec()));
        cases.push((
            format!("@@allow('read', true) @@deny('read', ({condition}) && !({condition}))"),
            without(&without(&[*yes, *no].concat())),
        ));
    }
    let driver = notes().await?;
    for (rules, mut expected) in cases {
        expected.sort_unstable();
        assert_eq!(visible(&driver, &rules, ann()).await?, expected, "{rules}");
    }
    Ok(())
}

async fn what_the_caller_does_not_bring_is_unknown() -> Result<()> {
    for condition in [
        "auth().level == 1",
        "auth().level != 1",
        "auth().level < level",
        "auth().org.slug == slug",
        "auth().org.slug == auth().org.role",
        "auth().kind == kind",
        "auth().kind != SECRET",
        "slug in [auth().org.slug]",
        "contains(slug, auth().org.slug)",
        "children?[level == auth().level] || level == auth().level",
    ] {
        let driver = notes().await?;
        for caller in [bare, || Caller::Anonymous] {
            for rules in [
                format!("@@allow('read', {condition})"),
                format!("@@allow('read', !({condition}))"),
                format!("@@allow('read', true) @@deny('read', {condition})"),
                format!("@@allow('read', true) @@deny('read', !({condition}))"),
            ] {
                assert_eq!(visible(&driver, &rules, caller()).await?, [0; 0], "{rules}");
            }
        }
    }
    Ok(())
}

async fn a_new_row_is_judged_by_its_own_values_and_its_relations() -> Result<()> {
    let driver = notes().await?;
    // A rule; the level and parent of the new row; whether Ann may create it.
    for (rule, level, parent, may) in [
        ("true", None, None, true),
        ("level == 1", Some(1), None, true),
        ("level == 1", None, None, false),
        ("level != 1", None, None, false),
        ("!(level == 1)", None, None, false),
        ("level == null", None, None, true),
        ("parent == null", None, None, true),
        ("parent == null", None, Some(1), false),
        ("parent.level == 1", None, Some(1), true),
        ("parent.level == 1", None, Some(2), false),
        ("parent.level != 1", None, None, false),
        ("parent.level != 1", None, Some(4), false),
        ("parent.parent.level == level", Some(1), Some(2), true),
        ("parent.children?[level == this.level]", Some(2), Some(1), true),
        ("parent.children?[level == this.level]", Some(7), Some(1), false),
        ("parent.children^[level == this.level]", Some(7), Some(1), false),
        ("parent.children^[level == this.level]", Some(7), Some(2), true),
        ("parent.children![level == 2]", Some(7), None, false),
        ("parent.authorId == auth().id", None, Some(1), true),
        ("parent.authorId == auth().id", None, Some(2), false),
        ("due > now()", None, None, false),
    ] {
        for (rules, expected) in [
            (format!("@@allow('create', {rule}) @@allow('read', true)"), may),
            (format!("@@allow('all', true) @@deny('create', !({rule}))"), may),
        ] {
            let schema = schema(&rules);
            let (model, note) = schema.find_model("Note").unwrap();
            let field = |name: &str| note.fields.iter().position(|field| field.name == name).unwrap();
            let field = |name| zmodel_runtime::schema::FieldId(u16::try_from(field(name)).unwrap());
            let int = |value: Option<i64>| value.map_or(Value::Null, Value::Int);
            let values =
                vec![(field("id"), Value::Int(9)), (field("level"), int(level)), (field("parentId"), int(parent))];
            let create = zmodel_runtime::plan::Create {
                model,
                new: zmodel_runtime::plan::New { values, nested: Vec::new() },
                includes: Vec::new(),
            };
            let made = Session::new(Engine::new(schema, driver.clone()), ann()).create(create).await;
            let all = Db::new(driver.clone()).unguarded("look and clean up");
            let there = all.note().find_unique(9).await?.is_some();
            assert_eq!((made.is_ok(), there), (expected, expected), "{rules} {level:?} {parent:?}");
            match made {
                Ok(_) => drop(all.note().delete(9).await?),
                Err(error) => assert!(error.is_denied(), "{rules}: {error}"),
            }
        }
    }
    Ok(())
}

/// Nobody may read what is asked for in the end, so the database is not asked.
#[tokio::test]
async fn rules_check_any_number_of_others() -> Result<()> {
    let checks = ["check(one)"; 70].join(" || ");
    let text = format!(
        "datasource db {{ provider = 'sqlite' }}
         model Many {{ id Int @id  oneId Int  one One @relation(fields: [oneId], references: [id])
                       @@allow('read', {checks}) }}
         model One {{ id Int @id  many Many[] }}"
    );
    let schema = zmodel_cli::compile("checks.zmodel".as_ref(), &|_| Ok(text.clone())).schema.unwrap();
    let session = Session::new(Engine::new(Cow::Owned(schema), database::driver().await?), Caller::Anonymous);
    assert!(session.find(&Find::new(ModelId(0)), false).await?.is_empty());
    Ok(())
}

zmodel_tests::on_each_database!(
    rules_combine_closed_by_default_and_deny_beats_allow,
    operators_compare_values_of_every_kind,
    texts_are_found_literally,
    the_caller_is_compared_member_by_member,
    relations_are_followed_to_the_right_row,
    collections_are_asked_with_the_outer_row_in_sight,
    an_unknown_neither_allows_nor_lets_through,
    what_the_caller_does_not_bring_is_unknown,
    a_new_row_is_judged_by_its_own_values_and_its_relations,
);
