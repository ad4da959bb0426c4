//! Filters, orders, limits and includes.

#![cfg(test)]

use db::{Client, Colour, Db, Shelf, Thing, r#box, shelf, thing};
use zmodel_macros::zmodel;
use zmodel_runtime::client::Unguarded;
use zmodel_runtime::filter::Filter;
use zmodel_runtime::{DateTime, Decimal, Json, Result};

/// Things, boxes, shelves.
#[zmodel("schemas/data.zmodel")]
pub mod db {}

type OfThing = fn(thing::Fields) -> Filter<Thing>;
type OfShelf = fn(shelf::Fields) -> Filter<Shelf>;

async fn open() -> Result<(Client<Unguarded>, Client)> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    Ok((db.unguarded("arrange"), db.anonymous()))
}

fn named(name: &str) -> thing::New {
    thing::New { name: name.to_owned() }
}

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

/// Three things: `a` is full, `b` is full, `c` has what it must have.
async fn things() -> Result<Client> {
    let (all, guest) = open().await?;
    let new = all.thing().create(named("a")).set(|t| t.text, "100% of_it").set(|t| t.flag, true).set(|t| t.maybe, true);
    let new = new
        .set(|t| t.small, -1)
        .set(|t| t.big, i64::MAX)
        .set(|t| t.ratio, 0.1)
        .set(|t| t.at, at("2020-01-01T00:00:00Z"));
    let new = new.set(|t| t.json, serde_json::json!({"k": [1, null]})).set(|t| t.bytes, vec![0, 255]);
    new.set(|t| t.hue, Colour::Blue).await?;
    let new = all.thing().create(named("b")).set(|t| t.text, "It's \"B\"").set(|t| t.maybe, false).set(|t| t.small, 5);
    let new = new.set(|t| t.big, i64::MIN).set(|t| t.ratio, 1e300).set(|t| t.at, at("2020-01-01T00:00:00.001Z"));
    new.set(|t| t.bytes, vec![1]).set(|t| t.hue, Colour::Red).set(|t| t.colour, Colour::Red).await?;
    all.thing().create(named("c")).set(|t| t.at, at("2021-01-01T00:00:00Z")).await?;
    Ok(guest)
}

async fn filters_find_values_of_every_type() -> Result<()> {
    let guest = things().await?;
    let cases: &[(&str, OfThing, &str)] = &[
        ("text", |t| t.text.eq("100% of_it"), "a"),
        ("text ne", |t| t.text.ne("100% of_it"), "b"),
        ("text none", |t| t.text.eq(None::<String>), "c"),
        ("text some", |t| t.text.ne(None::<String>), "ab"),
        ("is null", |t| t.text.is_null(), "c"),
        ("is not null", |t| t.text.is_not_null(), "ab"),
        ("flag", |t| t.flag.eq(true), "a"),
        ("maybe", |t| t.maybe.eq(false), "b"),
        ("int", |t| t.small.gt(-1), "bc"),
        ("between", |t| t.small.between(-1, 0), "ac"),
        ("bigint", |t| t.big.eq(i64::MAX), "a"),
        ("bigint order", |t| t.big.lt(0), "b"),
        ("float", |t| t.ratio.eq(0.1), "a"),
        ("float order", |t| t.ratio.gte(0.1), "ab"),
        ("instant", |t| t.at.gt(at("2020-01-01T00:00:00Z")), "bc"),
        ("instant in another zone", |t| t.at.eq(at("2020-01-01T01:00:00+01:00")), "a"),
        ("json", |t| t.json.eq(serde_json::json!({"k": [1, null]})), "a"),
        ("bytes", |t| t.bytes.eq(vec![0, 255]), "a"),
        ("bytes order", |t| t.bytes.gt(vec![0, 255]), "b"),
        ("enum", |t| t.colour.eq(Colour::Blue), "ac"),
        ("optional enum", |t| t.hue.eq(Colour::Blue), "a"),
        ("optional enum ne", |t| t.hue.ne(Colour::Blue), "b"),
        ("any of", |t| t.name.any_of(["a", "c", "x"]), "ac"),
        ("any of optional", |t| t.text.any_of(["100% of_it"]), "a"),
        ("any of nothing", |t| t.name.any_of(Vec::<String>::new()), ""),
        ("none of", |t| t.name.none_of(["a", "c"]), "b"),
        ("none of, with nulls in the column", |t| t.text.none_of(["100% of_it"]), "b"),
        ("none of nothing", |t| t.text.none_of(Vec::<String>::new()), "abc"),
        ("contains %", |t| t.text.contains("%"), "a"),
        ("contains _", |t| t.text.contains("f_i"), "a"),
        ("contains quotes", |t| t.text.contains("'s \"B\""), "b"),
        ("contains nothing", |t| t.text.contains(""), "ab"),
        ("starts with", |t| t.text.starts_with("It"), "b"),
        ("starts with, case", |t| t.text.starts_with("it"), ""),
        ("ends with", |t| t.text.ends_with("_it"), "a"),
        ("ignore case", |t| t.text.ignore_case().starts_with("IT"), "b"),
        ("ignore case contains", |t| t.text.ignore_case().contains("OF_"), "a"),
        ("ignore case ends", |t| t.text.ignore_case().ends_with("\"b\""), "b"),
        ("ignore case eq", |t| t.name.ignore_case().eq("A"), "a"),
        ("and binds tighter than or", |t| t.name.eq("a") | t.name.eq("b") & t.name.eq("c"), "a"),
        ("parentheses", |t| (t.name.eq("a") | t.name.eq("b")) & t.name.eq("b"), "b"),
        ("not binds tightest", |t| !t.name.eq("a") & !t.name.eq("b"), "c"),
        ("not or", |t| !(t.name.eq("a") | t.name.eq("b")), "c"),
        ("not unknown", |t| !t.text.eq("x"), "ab"),
        ("all", |_| Filter::all(), "abc"),
        ("none", |_| Filter::none(), ""),
        ("not none", |_| !Filter::none(), "abc"),
    ];
    for (what, filter, expected) in cases {
        let found = guest.thing().find_many().filter(filter).order_by(|t| t.name.asc()).await?;
        let names: String = found.into_iter().map(|thing| thing.name).collect();
        assert_eq!(names, *expected, "{what}");
        let count = guest.thing().count().filter(filter).await?;
        assert_eq!(count, expected.len() as u64, "count, {what}");
    }
    Ok(())
}

async fn orders_and_limits_pick_the_rows_they_name() -> Result<()> {
    let guest = things().await?;
    let names = |found: Vec<Thing>| found.into_iter().map(|thing| thing.name).collect::<String>();
    let find = || guest.thing().find_many();
    assert_eq!(names(find().order_by(|t| t.big.desc()).await?), "acb");
    assert_eq!(names(find().order_by(|t| t.colour.asc().then(t.name.desc())).await?), "bca");
    assert_eq!(names(find().order_by(|t| t.name.asc()).take(2).await?), "ab");
    assert_eq!(names(find().order_by(|t| t.name.asc()).skip(2).await?), "c");
    assert_eq!(names(find().order_by(|t| t.name.asc()).skip(1).take(1).await?), "b");
    assert_eq!(names(find().take(0).await?), "");
    assert_eq!(names(find().order_by(|t| t.name.asc()).skip(u32::MAX).await?), "");
    assert_eq!(guest.thing().count().take(2).await?, 2);
    assert_eq!(guest.thing().count().skip(1).await?, 2);
    let first = guest.thing().find_first().order_by(|t| t.name.desc()).await?;
    assert_eq!(first.map(|thing| thing.name).as_deref(), Some("c"));
    assert!(guest.thing().find_first_or_err().filter(|t| t.name.eq("z")).await.unwrap_err().is_not_found());
    assert!(guest.thing().find_unique_or_err(99).await.unwrap_err().is_not_found());
    Ok(())
}

/// Shelf 1 holds boxes 1 (visible) and 2 (hidden); box 3 is hidden and on no shelf; box 4 is empty.
async fn shelves(all: &Client<Unguarded>) -> Result<()> {
    all.shelf().create(shelf::New { id: 1, label: "top".into() }).await?;
    all.shelf().create(shelf::New { id: 2, label: "bottom".into() }).await?;
    for (id, hidden, shelf) in [(1, false, Some(1)), (2, true, Some(1)), (3, true, None), (4, false, Some(2))] {
        let new = all.r#box().create(r#box::New { id, label: format!("box {id}") });
        new.set(|b| b.hidden, hidden).set(|b| b.shelf_id, shelf).await?;
    }
    for (name, of) in [("a", 1), ("b", 1), ("c", 1), ("d", 2), ("e", 3)] {
        all.thing().create(named(name)).set(|t| t.box_id, of).await?;
    }
    all.thing().create(named("f")).await?;
    Ok(())
}

async fn relation_filters_see_visible_rows_only() -> Result<()> {
    let (all, guest) = open().await?;
    shelves(&all).await?;
    let cases: &[(&str, OfShelf, &[i32])] = &[
        ("some", |s| s.boxes.some(|b| b.label.eq("box 1")), &[1]),
        ("some hidden", |s| s.boxes.some(|b| b.label.eq("box 2")), &[]),
        ("every", |s| s.boxes.every(|b| b.label.eq("box 1")), &[1]),
        ("none", |s| s.boxes.none(|b| b.label.eq("box 2")), &[1, 2]),
        ("not some", |s| !s.boxes.some(|b| b.label.eq("box 1")), &[2]),
        ("two steps", |s| s.boxes.some(|b| b.things.some(|t| t.name.eq("a"))), &[1]),
        ("back again", |s| s.boxes.some(|b| b.shelf.is(|s| s.label.eq("bottom"))), &[2]),
    ];
    for (what, filter, expected) in cases {
        let found = guest.shelf().find_many().filter(filter).order_by(|s| s.id.asc()).await?;
        assert_eq!(found.iter().map(|shelf| shelf.id).collect::<Vec<_>>(), *expected, "{what}");
    }
    let cases: &[(&str, OfThing, &str)] = &[
        ("is", |t| t.r#box.is(|b| b.id.gt(0)), "abc"),
        ("is not", |t| t.r#box.is_not(|b| b.id.eq(2)), "abcdef"),
        ("is not, of a visible one", |t| t.r#box.is_not(|b| b.id.eq(1)), "def"),
        ("is none", |t| t.r#box.is_none(), "def"),
        ("is some", |t| t.r#box.is_some(), "abc"),
        ("not is", |t| !t.r#box.is(|b| b.id.eq(2)), "abcdef"),
    ];
    for (what, filter, expected) in cases {
        let found = guest.thing().find_many().filter(filter).order_by(|t| t.name.asc()).await?;
        assert_eq!(found.into_iter().map(|thing| thing.name).collect::<String>(), *expected, "{what}");
    }
    Ok(())
}

async fn includes_nest_with_their_own_filters_orders_and_limits() -> Result<()> {
    let (all, guest) = open().await?;
    shelves(&all).await?;
    let found = guest
        .shelf()
        .find_many()
        .order_by(|s| s.id.asc())
        .include(|s| {
            s.boxes.include(|b| {
                let things = b.things.filter(|t| t.name.ne("b")).order_by(|t| t.name.desc()).skip(0).take(2);
                (
                    things.include(|t| t.r#box.include(|b| (b.shelf,))),
                    b.shelf,
                    b.things.order_by(|t| t.name.asc()).skip(1).take(1),
                )
            })
        })
        .await?;
    let [top, bottom] = found.as_slice() else { panic!("{found:?}") };
    let [visible] = top.rel.as_slice() else { panic!("{top:?}") };
    assert_eq!(visible.id, 1);
    let (things, shelf, second) = &visible.rel;
    assert_eq!(things.iter().map(|thing| &*thing.name).collect::<Vec<_>>(), ["c", "a"]);
    let around = things[0].rel.as_ref().unwrap();
    assert_eq!((around.id, around.rel.0.as_ref()), (1, shelf.as_ref()));
    assert_eq!(second.iter().map(|thing| &*thing.name).collect::<Vec<_>>(), ["b"]);
    assert_eq!(bottom.rel.len(), 1);
    assert!(bottom.rel[0].rel.0.is_empty());
    let hidden = guest.thing().find_first().filter(|t| t.name.eq("d")).include(|t| t.r#box).await?.unwrap();
    assert_eq!((hidden.box_id, hidden.rel), (Some(2), None));
    Ok(())
}

async fn values_survive_being_included() -> Result<()> {
    let (all, guest) = open().await?;
    all.r#box().create(r#box::New { id: 1, label: "values".into() }).await?;
    let texts =
        ["", "'\"\\/", "é ß 語 🦀", "\u{1}\u{8}\t\n\r\u{1f}\u{7f}", "[1]", "{\"a\":1}", "null", "1e3", "\u{2028}"];
    let numbers = [
        0.1,
        1e300,
        -1e-300,
        5e-324,
        f64::MAX,
        f64::MIN_POSITIVE,
        1.0 / 3.0,
        0.3,
        123_456_789.123_456_79,
        9_007_199_254_740_993.0,
    ];
    let decimals = [
        "0",
        "1.1",
        "-0.0000000000000000000000000001",
        "7922816251426433759354395033",
        "79228162514264337593543950335",
        "1.234567890123456789012345678",
    ];
    let jsons = [
        serde_json::json!(null),
        serde_json::json!("x"),
        serde_json::json!({"a": [1.5, "'", i64::MAX]}),
        serde_json::json!([]),
    ];
    let bigs = [0, i64::MAX, i64::MIN, 9_007_199_254_740_993, -1];
    for at in 0..10 {
        let new = all.thing().create(named(texts[at % texts.len()])).set(|t| t.box_id, 1);
        let new = new
            .set(|t| t.text, texts[at % texts.len()])
            .set(|t| t.ratio, numbers[at])
            .set(|t| t.big, bigs[at % bigs.len()]);
        let new = new.set(|t| t.price, decimals[at % decimals.len()].parse::<Decimal>().unwrap());
        let new = new.set(|t| t.json, jsons[at % jsons.len()].clone());
        let new = new.set(|t| t.jsons, (at % 2 == 0).then(|| jsons[at % jsons.len()].clone()));
        let bytes: Vec<u8> = (0..=255).skip(at).collect();
        new.set(|t| t.bytes, (at % 3 != 0).then_some(bytes)).set(|t| t.small, i32::MIN).await?;
    }
    let direct = guest.thing().find_many().order_by(|t| t.id.asc()).await?;
    let (included, ordered) =
        guest.r#box().find_unique_or_err(1).include(|b| (b.things, b.things.order_by(|t| t.id.asc()))).await?.rel;
    assert_eq!(ordered, direct);
    assert_eq!(included.len(), direct.len());
    for (at, thing) in direct.iter().enumerate() {
        assert!(included.contains(thing), "{thing:?}");
        assert_eq!(thing.text.as_deref(), Some(texts[at % texts.len()]));
        assert_eq!(thing.ratio.to_bits(), numbers[at].to_bits());
        assert_eq!(thing.price, decimals[at % decimals.len()].parse::<Decimal>().unwrap());
        assert_eq!(thing.json, jsons[at % jsons.len()]);
        assert_eq!(thing.jsons.is_some(), at % 2 == 0);
    }
    Ok(())
}

async fn hidden_rows_change_no_answer() -> Result<()> {
    let mut answers = Vec::new();
    for extra in [false, true] {
        let (all, guest) = open().await?;
        shelves(&all).await?;
        if extra {
            for id in 10..20 {
                let new = all.r#box().create(r#box::New { id, label: format!("box {}", id % 5) });
                new.set(|b| b.hidden, true).set(|b| b.shelf_id, 1 + id % 2).await?;
            }
            all.r#box().update(3).set(|b| b.label, "another").set(|b| b.shelf_id, 2).await?;
        }
        let boxes = || guest.r#box().find_many().order_by(|b| b.id.asc());
        answers.push((
            boxes().await?,
            boxes().filter(|b| !b.label.eq("box 1")).await?,
            boxes().skip(1).take(1).await?,
            guest.r#box().count().await?,
            guest.r#box().count().filter(|b| b.label.contains("1") | b.hidden.eq(true)).await?,
            guest.r#box().find_unique(3).await?,
            guest
                .shelf()
                .find_many()
                .order_by(|s| s.id.asc())
                .include(|s| (s.boxes.order_by(|b| b.label.desc()).take(2), s.boxes.order_by(|b| b.id.asc()).skip(1)))
                .await?,
            guest
                .shelf()
                .find_many()
                .filter(|s| {
                    s.boxes.some(|b| b.label.ne("x"))
                        & s.boxes.every(|b| b.id.lt(5))
                        & !s.boxes.some(|b| b.hidden.eq(true))
                })
                .order_by(|s| s.id.asc())
                .await?,
            guest
                .r#box()
                .update(3)
                .when(|b| b.label.eq("another"))
                .set(|b| b.label, "seen")
                .await
                .unwrap_err()
                .to_string(),
        ));
    }
    let with = answers.pop().unwrap();
    assert_eq!(answers.pop().unwrap(), with);
    Ok(())
}

async fn json_null_is_not_the_absence_of_json() -> Result<()> {
    let (all, guest) = open().await?;
    all.thing().create(named("null")).set(|t| t.jsons, Json::Null).await?;
    all.thing().create(named("absent")).set(|t| t.jsons, None::<Json>).await?;
    let found = guest.thing().find_many().filter(|t| t.jsons.is_null()).await?;
    assert_eq!(found.iter().map(|thing| &*thing.name).collect::<Vec<_>>(), ["absent"]);
    let found = guest.thing().find_many().filter(|t| t.jsons.eq(Json::Null)).await?;
    assert_eq!(
        found.iter().map(|thing| (&*thing.name, &thing.jsons)).collect::<Vec<_>>(),
        [("null", &Some(Json::Null))]
    );
    Ok(())
}

zmodel_tests::on_each_database!(
    filters_find_values_of_every_type,
    orders_and_limits_pick_the_rows_they_name,
    relation_filters_see_visible_rows_only,
    includes_nest_with_their_own_filters_orders_and_limits,
    values_survive_being_included,
    hidden_rows_change_no_answer,
    json_null_is_not_the_absence_of_json,
);
