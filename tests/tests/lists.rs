//! Rules about lists: written down, brought by the caller, or kept in a field.

#![cfg(test)]

use std::borrow::Cow;

use db::{Db, Kind, Org, Person, note, owner};
use zmodel_macros::zmodel;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::plan::Find;
use zmodel_runtime::schema::Schema;
use zmodel_runtime::session::Session;
use zmodel_runtime::value::{ContextValue, IntoContext};
use zmodel_runtime::{Decimal, Result, Value};
use zmodel_tests::database::{self, Either};
use zmodel_tests::rules::with_rules;

/// Notes with lists.
#[zmodel("schemas/lists.zmodel")]
pub mod db {}

const RULES: &str = include_str!("../schemas/lists.zmodel");

/// The schema with `rules` in the place of those of `Note`.
fn schema(rules: &str) -> Cow<'static, Schema> {
    with_rules(RULES, rules)
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// Three notes; 2 has nothing in its lists, and neither owner nor title.
async fn notes() -> Result<Either> {
    let driver = database::driver().await?;
    let db = Db::new(driver.clone());
    db.create_tables().await?;
    let all = db.unguarded("arrange");
    all.owner().create(owner::New { id: 1 }).set(|owner| owner.tags, texts(&["a"])).await?;
    all.owner().create(owner::New { id: 3 }).await?;
    let day = "2020-02-03T00:00:00Z".parse::<zmodel_runtime::DateTime>().unwrap();
    let new = all.note().create(note::New { id: 1 }).set(|n| n.tags, texts(&["a", "b"])).set(|n| n.numbers, vec![1, 2]);
    let new = new.set(|n| n.prices, vec![decimal("1.10")]).set(|n| n.kinds, vec![Kind::Plain]).set(|n| n.title, "a");
    new.set(|n| n.level, 1).set(|n| n.owner_id, 1).set(|n| n.days, vec![day]).await?;
    all.note().create(note::New { id: 2 }).set(|n| n.level, 2).await?;
    let new = all.note().create(note::New { id: 3 }).set(|n| n.tags, texts(&["c"])).set(|n| n.numbers, vec![3]);
    let new = new.set(|n| n.prices, vec![decimal("2"), decimal("10")]).set(|n| n.title, "x").set(|n| n.owner_id, 3);
    new.set(|n| n.kinds, vec![Kind::Plain, Kind::Secret]).await?;
    Ok(driver)
}

/// Brings something of everything.
fn ann() -> Caller {
    let org = |id: i32, roles: &[&str]| Org { id, roles: texts(roles) };
    Caller::user(Person {
        id: "ann".into(),
        tags: Some(texts(&["a", "c"])),
        kinds: vec![Kind::Secret],
        price: Some(decimal("10.0")),
        orgs: vec![org(1, &["admin"]), org(3, &[])],
    })
}

/// Brings nothing but an id and empty lists.
fn bare() -> Caller {
    Caller::user(Person { id: "bob".into(), tags: None, kinds: Vec::new(), price: None, orgs: Vec::new() })
}

async fn visible(driver: &Either, rule: &str, caller: Caller) -> Result<Vec<i64>> {
    let schema = schema(&format!("@@allow('read', {rule})"));
    let (note, _) = schema.find_model("Note").unwrap();
    let session = Session::new(Engine::new(schema, driver.clone()), caller);
    let rows = session.find(&Find::new(note), false).await?;
    let ids = rows.cells.chunks(rows.width.max(1)).map(|row| if let Value::Int(id) = row[0] { id } else { -1 });
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Rule; what Ann sees, and what somebody sees who brings nothing.
type Case<'a> = (&'a str, &'a [i64], &'a [i64]);

const fn same<'a>(rule: &'a str, ids: &'a [i64]) -> Case<'a> {
    (rule, ids, ids)
}

async fn check(cases: &[Case<'_>]) -> Result<()> {
    let driver = notes().await?;
    for (rule, by_ann, by_bare) in cases {
        let seen = [visible(&driver, rule, ann()).await?, visible(&driver, rule, bare()).await?];
        assert_eq!(seen, [by_ann.to_vec(), by_bare.to_vec()], "{rule}");
    }
    Ok(())
}

const ALL: &[i64] = &[1, 2, 3];
const NONE: &[i64] = &[];

async fn lists_in_fields() -> Result<()> {
    check(&[
        same("has(tags, 'a')", &[1]),
        same("'a' in tags", &[1]),
        same("'A' in tags", NONE),
        same("!('a' in tags)", &[2, 3]),
        // Where the title is null nothing is known, unless the list is empty: nothing is in it.
        same("title in tags", &[1]),
        same("!(title in tags)", &[2, 3]),
        same("level in numbers", &[1]),
        same("!(level in numbers)", &[2]),
        same("has(numbers, 2.0)", &[1]),
        same("has(prices, 1.1)", &[1]),
        same("has(prices, 10)", &[3]),
        same("PLAIN in kinds", &[1, 3]),
        same("has(kinds, SECRET)", &[3]),
        same("has(kinds, 'SECRET')", &[3]),
        same("isEmpty(tags)", &[2]),
        same("!isEmpty(tags)", &[1, 3]),
        same("hasSome(tags, ['b', 'c'])", &[1, 3]),
        same("hasEvery(tags, ['b', 'a'])", &[1]),
        same("hasSome(tags, [])", NONE),
        same("hasEvery(tags, [])", ALL),
        same("hasEvery(tags, [title, 'b'])", &[1]),
        // Through a relation that leads nowhere nothing is known.
        same("has(owner.tags, 'a')", &[1]),
        same("!has(owner.tags, 'a')", &[3]),
        same("isEmpty(owner.tags)", &[3]),
        same("!isEmpty(owner.tags)", &[1]),
        same("hasSome(tags, owner.tags)", &[1]),
        same("!hasSome(tags, owner.tags)", &[3]),
        same("hasEvery(tags, owner.tags)", &[1, 3]),
        same("!hasEvery(owner.tags, tags)", &[1, 3]),
        same("hasEvery(['a', 'b', 'z'], tags)", &[1, 2]),
        same("hasSome(['b', 'z'], tags)", &[1]),
        same("hasEvery(owner.tags, [])", &[1, 3]),
        same("!hasSome(owner.tags, [])", &[1, 3]),
        same("owner.notes?[has(tags, this.title)]", &[1]),
    ])
    .await
}

async fn lists_that_the_caller_brings() -> Result<()> {
    check(&[
        ("has(auth().tags, title)", &[1], NONE),
        ("!has(auth().tags, title)", &[3], NONE),
        ("hasSome(auth().tags, tags)", &[1, 3], NONE),
        ("!hasSome(auth().tags, tags)", &[2], NONE),
        ("hasEvery(auth().tags, tags)", &[2, 3], NONE),
        ("!hasEvery(auth().tags, tags)", &[1], NONE),
        ("hasEvery(tags, auth().tags)", NONE, NONE),
        ("hasSome(tags, auth().tags)", &[1, 3], NONE),
        ("hasSome(auth().tags, ['a'])", ALL, NONE),
        ("hasEvery(auth().tags, ['a', 'b'])", NONE, NONE),
        ("hasEvery(auth().tags, [])", ALL, NONE),
        ("isEmpty(auth().tags)", NONE, NONE),
        ("!isEmpty(auth().tags)", ALL, NONE),
        ("isEmpty(auth().orgs)", NONE, ALL),
        ("hasSome(kinds, auth().kinds)", &[3], NONE),
        ("hasEvery(kinds, auth().kinds)", &[3], ALL),
        ("has(prices, auth().price)", &[3], NONE),
        ("!has(prices, auth().price)", &[1, 2], &[2]),
        ("auth().orgs?[id == this.id && has(roles, 'admin')]", &[1], NONE),
        ("auth().orgs?[id == this.id && isEmpty(roles)]", &[3], NONE),
        ("auth().orgs![id == this.id || has(roles, 'admin')]", &[3], ALL),
        ("isEmpty(owner.notes)", NONE, NONE),
    ])
    .await
}

/// Brings a list of which an element is missing. Neither JSON nor generated types can do that, but a context that somebody
/// makes himself can.
struct Gap;

impl IntoContext for Gap {
    fn into_context(self) -> ContextValue {
        let text = |text: &str| ContextValue::Scalar(Value::Text(text.into()));
        let tags = ContextValue::List(vec![ContextValue::Null, text("a")].into());
        let none = || ContextValue::List(Vec::new().into());
        ContextValue::Members(vec![text("gap"), tags, none(), ContextValue::Null, none()].into())
    }
}

/// What the missing element is equal to is unknown: to nothing for certain, and to anything perhaps.
async fn an_element_that_is_missing_is_unknown() -> Result<()> {
    let driver = notes().await?;
    for (rule, ids) in [
        ("has(auth().tags, title)", &[1][..]),
        ("!has(auth().tags, title)", NONE),
        ("has(auth().tags, 'a')", ALL),
        ("has(auth().tags, 'x')", NONE),
        ("!has(auth().tags, 'x')", NONE),
        ("hasSome(auth().tags, tags)", &[1]),
        ("!hasSome(auth().tags, tags)", &[2]),
        ("hasSome(tags, auth().tags)", &[1]),
        ("!hasSome(tags, auth().tags)", &[2]),
        ("hasEvery(auth().tags, tags)", &[2]),
        ("!hasEvery(auth().tags, tags)", NONE),
        ("hasEvery(tags, auth().tags)", NONE),
        ("!hasEvery(tags, auth().tags)", &[2, 3]),
        ("hasEvery([title, 'z'], auth().tags)", NONE),
        ("!hasEvery([title, 'z'], auth().tags)", &[3]),
        ("auth().tags == ['x', 'a']", NONE),
        ("auth().tags != ['x', 'a']", NONE),
        ("auth().tags != ['x', 'b']", ALL),
        ("tags == auth().tags", NONE),
        ("tags != auth().tags", NONE),
    ] {
        assert_eq!(visible(&driver, rule, Caller::user(Gap)).await?, ids, "{rule}");
    }
    Ok(())
}

async fn a_new_row_is_asked_for_the_lists_it_would_have() -> Result<()> {
    let driver = notes().await?;
    let rules = "@@allow('create', hasEvery(auth().tags, tags) && !isEmpty(numbers)) @@allow('read', true)";
    let schema = schema(rules);
    let (note, model) = schema.find_model("Note").unwrap();
    let field = |name: &str| {
        let at = model.fields.iter().position(|field| field.name == name).unwrap();
        zmodel_runtime::schema::FieldId(u16::try_from(at).unwrap())
    };
    let session = Session::new(Engine::new(schema.clone(), driver), ann());
    let list = |tags: &[&str]| Value::List(tags.iter().map(|tag| Value::Text((*tag).to_owned())).collect());
    for (id, tags, numbers, may) in [
        (11, list(&["a"]), vec![Value::Int(1)], true),
        (12, list(&["a", "b"]), vec![Value::Int(1)], false),
        (13, list(&["a"]), vec![], false),
        (14, list(&[]), vec![Value::Int(1)], true),
    ] {
        let mut values =
            vec![(field("id"), Value::Int(id)), (field("tags"), tags), (field("numbers"), Value::List(numbers))];
        for empty in ["prices", "days", "kinds"] {
            values.push((field(empty), Value::List(Vec::new())));
        }
        let made = session
            .create(zmodel_runtime::plan::Create {
                model: note,
                new: zmodel_runtime::plan::New { values, nested: Vec::new() },
                includes: Vec::new(),
            })
            .await;
        assert_eq!(made.is_ok(), may, "{id}: {made:?}");
    }
    Ok(())
}

async fn lists_are_the_same_if_they_have_the_same_items_in_the_same_order() -> Result<()> {
    check(&[
        same("tags == ['a', 'b']", &[1]),
        same("tags == ['b', 'a']", NONE),
        same("tags != ['a', 'b']", &[2, 3]),
        same("tags == []", &[2]),
        same("numbers == [1.0, 2]", &[1]),
        same("prices == [1.1]", &[1]),
        same("kinds == [PLAIN, SECRET]", &[3]),
        same("kinds == ['PLAIN']", &[1]),
        same("tags == owner.tags", NONE),
        // Through a relation that leads nowhere nothing is known.
        same("tags != owner.tags", &[1, 3]),
        same("owner.notes == owner.notes", ALL),
        same("['a', title] == ['a', 'x']", &[3]),
        same("tags == [title, 'b']", &[1]),
        same("[title] == tags", NONE),
        same("tags != [title, 'b']", &[2, 3]),
        same("numbers == [level, 2.0]", &[1]),
        same("prices == [1.1, level]", NONE),
        ("auth().tags == [title, 'c']", &[1], NONE),
        ("tags == auth().tags", NONE, NONE),
        ("tags != auth().tags", ALL, NONE),
        ("owner.notes?[this.kinds == auth().kinds]", NONE, NONE),
        ("kinds != auth().kinds", ALL, &[1, 3]),
        ("auth().tags == ['a', 'c']", ALL, NONE),
    ])
    .await
}

async fn every_item_of_a_list_is_one_of_some_fields() -> Result<()> {
    check(&[
        same("hasEvery([title, 'b', 'x'], tags)", &[1, 2]),
        same("hasEvery([title, 'c'], tags)", &[2, 3]),
        same("hasEvery([level, 2], numbers)", &[1, 2]),
        same("!hasEvery([title, 'c'], tags)", &[1]),
        // Whether a title that is missing is one of them is unknown, unless there is nothing to look for.
        same("hasEvery([title], tags)", &[2]),
        ("hasEvery([title, 'c'], auth().tags)", &[1], NONE),
    ])
    .await
}

zmodel_tests::on_each_database!(
    every_item_of_a_list_is_one_of_some_fields,
    lists_in_fields,
    lists_that_the_caller_brings,
    an_element_that_is_missing_is_unknown,
    a_new_row_is_asked_for_the_lists_it_would_have,
    lists_are_the_same_if_they_have_the_same_items_in_the_same_order,
);
