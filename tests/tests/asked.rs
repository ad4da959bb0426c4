//! Computed fields with parameters: each use of one says with what it is asked.

#![cfg(test)]
#![expect(clippy::redundant_closure_for_method_calls, reason = "as people write conditions")]

use serde_json::{Value as Json, json};
use zmodel_macros::zmodel;
use zmodel_runtime::aggregate::rows;
use zmodel_runtime::computed::{count, value, when, when_expr};
use zmodel_runtime::json::Operation;
use zmodel_runtime::{Bytes, DateTime, Decimal, Result};

/// Shops at places on a line, of which much depends on who asks.
#[zmodel("schemas/asked.zmodel")]
pub mod db {}

use db::{Computed, Db, Point, Provided, Shop, Unit, User, boss, r#box, shop, visit};

const COMPUTED: Computed = Computed {
    shop_away: |s, from, unit| {
        let meters = when_expr(s.x.gte(from), s.x.expr() - from).otherwise_expr(value::<Shop, i32>(from) - s.x);
        if unit == Some(Unit::Kilometer) { meters * 1000 } else { meters }
    },
    shop_near: |s, from, most| when(s.x.between(from.x - most, from.x + most), true).otherwise(false),
    shop_called: |s, names, who| {
        let known = when_expr(s.name.any_of(names), s.name).otherwise("?");
        match who {
            Some(who) => value::<Shop, String>(who).then(": ").then(known),
            None => known,
        }
    },
    shop_cost: |s, times| when_expr(s.id.gte(0), s.price).otherwise(Decimal::from(times)),
    shop_visited: |s, since| count(s.visits, |v| v.at.gte(since)),
    shop_kept: |s, ty| if ty { s.tags.expr() } else { value::<Shop, Vec<String>>(Vec::<String>::new()) },
    shop_unit: |s, other| when(s.x.gt(10), if other { Unit::Meter } else { Unit::Kilometer }).otherwise(Unit::Meter),
    shop_made: |s, raw, any| if any == json!([1]) { when(s.id.eq(1), Some(raw)).otherwise(None) } else { value(None) },
    shop_secret: |s, key| s.name.expr().then(key),
    boss_many: |b, least| count(b.shops, |s| s.x.gte(least)),
    thing_bigger: |t, than| when(t.size.gt(than), true).otherwise(false),
};

async fn database() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await, Provided { computed: COMPUTED }).await?;
    db.create_tables().await?;
    let all = db.unguarded("setting up");
    all.boss().create(boss::New { id: 1 }).await?;
    for (id, name, x, boss_id) in
        [(1, "a", 5, Some(1)), (2, "b", 20, Some(1)), (3, "c", 30, None), (4, "hidden", 7, Some(1))]
    {
        let new = all.shop().create(shop::New { id, name: name.into(), x }).set(|s| s.boss_id, boss_id);
        new.set(|s| s.tags, vec![name.to_owned()]).set(|s| s.price, Decimal::new(i64::from(id) * 10, 1)).await?;
    }
    for (id, day, open) in [(1, 1, true), (2, 5, true), (3, 9, false)] {
        all.visit().create(visit::New { id, at: on(day), open, shop_id: 1 }).await?;
    }
    for (id, size) in [(1, 1), (2, 9)] {
        all.r#box().create(r#box::New { id, size, lid: "l".into() }).await?;
    }
    Ok(db)
}

fn on(day: u8) -> DateTime {
    format!("2024-05-0{day}T12:00:00Z").parse().unwrap_or_default()
}

fn ids(shops: &[Shop]) -> Vec<i32> {
    shops.iter().map(|shop| shop.id).collect()
}

async fn each_use_says_with_what_it_is_asked() -> Result<()> {
    let db = database().await?;
    let me = db.auth(User { id: 1 });
    let found = me.shop().find_many().order_by(|s| s.away(25, None).asc().then(s.id.desc())).await?;
    assert_eq!(ids(&found), [3, 2, 1]);
    let found = me.shop().find_many().filter(|s| s.away(18, None).is(|away| away.lt(3))).await?;
    assert_eq!(ids(&found), [2]);
    // Several at once, each with arguments of its own.
    let found = me
        .shop()
        .find_many()
        .filter(|s| s.away(5, None).is(|away| away.gt(0)) & !s.away(30, None).is(|away| away.eq(0) | away.gt(100)))
        .order_by(|s| s.away(0, None).desc())
        .include(|s| (s.away(19, Some(Unit::Kilometer)), s.boss, s.away(19, None), s.visits.count()))
        .await?;
    let shown: Vec<_> =
        found.iter().map(|s| (s.id, s.rel.0, s.rel.1.as_ref().map(|b| b.id), s.rel.2, s.rel.3)).collect();
    assert_eq!(shown, [(2, Some(1000), Some(1), Some(1), 0)]);
    // The condition can look at other fields too, and at related rows.
    let either =
        me.shop().find_many().filter(|s| s.away(2, None).is(|away| away.eq(s.id) | s.visits.some(|v| v.id.eq(1))));
    assert_eq!(ids(&either.await?), [1]);
    // In what is included, and in an order by it.
    let boss = me.boss().find_unique_or_err(1).include(|b| {
        let shops = b.shops.filter(|s| s.away(0, None).is(|away| away.gt(0))).order_by(|s| s.away(21, None).asc());
        (b.many(10), shops.include(|s| (s.away(21, None), s.kept(true), s.cost(1))), b.many(0))
    });
    let boss = boss.await?;
    assert_eq!((boss.rel.0, boss.rel.2), (1, 2));
    let shops: Vec<_> = boss.rel.1.iter().map(|s| (s.id, s.rel.0, s.rel.1.clone(), s.rel.2)).collect();
    let expected = |id, away, name: &str| (id, Some(away), Some(vec![name.to_owned()]), Some(Decimal::from(id)));
    assert_eq!(shops, [expected(2, 1, "b"), expected(1, 16, "a")]);
    let by_boss =
        me.shop().find_many().order_by(|s| s.boss.order_by(|b| b.many(0).desc()).nulls_last().then(s.id.asc()));
    assert_eq!(ids(&by_boss.await?), [1, 2, 3]);
    // A page remembers where it stopped, the last rows are the last ones.
    let page = me.shop().find_many().order_by(|s| s.away(25, None).asc()).take(2).page().await?;
    assert_eq!(ids(&page.items), [2, 3]);
    let rest = me.shop().find_many().order_by(|s| s.away(25, None).asc()).take(2).after(page.next).page().await?;
    assert_eq!(ids(&rest.items), [1]);
    let last =
        me.shop().find_many().order_by(|s| s.away(0, None).asc()).take_last(2).include(|s| (s.away(0, None),)).await?;
    assert_eq!(last.iter().map(|s| (s.id, s.rel.0)).collect::<Vec<_>>(), [(2, Some(20)), (3, Some(30))]);
    // What a write brings along.
    let made = me.shop().create(shop::New { id: 9, name: "n".into(), x: 1 }).include(|s| (s.away(4, None),)).await?;
    assert_eq!(made.rel.0, Some(3));
    let gone = me.shop().delete_many().filter(|s| s.away(1, None).is(|away| away.eq(0))).await?;
    assert_eq!(gone, 1);
    Ok(())
}

async fn arguments_and_results_are_of_every_kind() -> Result<()> {
    let db = database().await?;
    let me = db.auth(User { id: 1 });
    let shop = me.shop().find_unique_or_err(1);
    let shop = shop.include(|s| {
        (
            s.near(Point { x: 4, y: 0 }, 1),
            s.called(vec!["a".into()], None),
            s.called(vec![], Some("it's".into())),
            s.visited(on(4)),
            s.kept(false),
            s.unit(true),
            s.made(Bytes::from(vec![1, 2]), json!([1])),
            s.secret("!".into()),
        )
    });
    let shop = shop.await?;
    let (near, called, other, visited, kept, unit, made, secret) = shop.rel;
    assert_eq!((near, called.as_deref(), other.as_deref()), (Some(true), Some("a"), Some("it's: ?")));
    assert_eq!((visited, kept, unit), (Some(1), Some(vec![]), Some(Unit::Meter)));
    assert_eq!((made, secret.as_deref()), (Some(Bytes::from(vec![1, 2])), Some("a!")));
    let count = me.shop().count().filter(|s| s.unit(false).is(|unit| unit.eq(Unit::Kilometer))).await?;
    assert_eq!(count, 2);
    let count = me.shop().count().filter(|s| s.cost(1).is(|cost| cost.gt(Decimal::new(15, 1)))).await?;
    assert_eq!(count, 2);
    let found = me.shop().find_many().filter(|s| s.kept(true).is(|kept| kept.has("b"))).await?;
    assert_eq!(ids(&found), [2]);
    let found = me
        .shop()
        .find_many()
        .filter(|s| s.made(Bytes::from(vec![7]), json!([1])).is(|made| made.is_not_null()))
        .await?;
    assert_eq!(ids(&found), [1]);
    let found =
        me.shop().find_many().filter(|s| s.called(vec!["a".into()], None).is(|called| called.contains("a"))).await?;
    assert_eq!(ids(&found), [1]);
    let found = me.shop().find_many().filter(|s| s.near(Point { x: 20, y: 0 }, 0).is(|near| near.eq(true))).await?;
    assert_eq!(ids(&found), [2]);
    // What the schema asks of the members of a structure it asks here too.
    let refused =
        me.shop().count().filter(|s| s.near(Point { x: -1, y: 0 }, 1).is(|near| near.eq(true))).await.unwrap_err();
    assert!(refused.to_string().contains("from"), "{refused}");
    // What extends a delegate has it as well.
    let boxes = me
        .r#box()
        .find_many()
        .filter(|b| b.bigger(5).is(|bigger| bigger.eq(true)))
        .include(|b| (b.bigger(10),))
        .await?;
    assert_eq!(boxes.iter().map(|b| (b.id, b.rel.0)).collect::<Vec<_>>(), [(2, false)]);
    assert_eq!(me.thing().count().filter(|t| t.bigger(0).is(|bigger| bigger.eq(true))).await?, 2);
    Ok(())
}

async fn they_are_measured_and_grouped_with_one_set_of_arguments() -> Result<()> {
    let db = database().await?;
    let me = db.auth(User { id: 1 });
    let away =
        me.shop().aggregate(|s| (s.away(10, None).of(|a| a.max()), s.away(10, None).of(|a| a.sum()), rows())).await?;
    assert_eq!(away, (Some(20), Some(35), 3));
    let two = me.shop().aggregate(|s| (s.away(10, None).of(|a| a.max()), s.away(11, None).of(|a| a.max()))).await;
    assert!(two.unwrap_err().to_string().contains("one set of arguments"));
    let units = me.shop().group_by(|s| s.unit(false)).measure(|s| (rows(), s.away(0, None).of(|a| a.max())));
    let units = units.having(|s| s.away(0, None).of(|a| a.max().gt(5))).order_by(|s| s.unit(false).asc()).await?;
    assert_eq!(units, [(Some(Unit::Kilometer), (2, Some(30)))]);
    let far = me.shop().group_by(|s| s.unit(false)).order_by(|s| s.away(0, None).of(|a| a.max().desc())).await?;
    assert_eq!(far, [(Some(Unit::Kilometer), ()), (Some(Unit::Meter), ())]);
    let none = me.shop().find_many().distinct(|s| s.away(1, None)).await.unwrap_err();
    assert!(none.to_string().contains("none are given"), "{none}");
    Ok(())
}

async fn many(client: &db::Client) -> Result<i32> {
    Ok(client.boss().find_unique_or_err(1).include(|b| (b.many(0),)).await?.rel.0)
}

async fn they_see_what_the_caller_sees() -> Result<()> {
    let db = database().await?;
    let nobody = db.anonymous();
    // `x` is not for nobody, and so is nothing that is computed from it.
    let found = nobody.shop().find_many().order_by(|s| s.id.asc()).include(|s| (s.away(1, None), s.cost(1))).await?;
    assert_eq!(found.iter().map(|s| (s.x, s.rel.0, s.rel.1)).collect::<Vec<_>>()[0], (None, None, Some(Decimal::ONE)));
    assert_eq!(nobody.shop().count().filter(|s| s.away(1, None).is(|away| away.gte(0))).await?, 0);
    assert_eq!(nobody.shop().aggregate(|s| s.away(1, None).of(|a| a.count())).await?, 0);
    // Related rows are those in sight, and those of which the condition can be seen.
    let visited = nobody.shop().find_unique_or_err(1).include(|s| (s.visited(on(1)),)).await?;
    let all = db.unguarded("all of it").shop().find_unique_or_err(1).include(|s| (s.visited(on(1)),)).await?;
    assert_eq!((all.rel.0, visited.rel.0), (Some(3), Some(2)));
    let counts = (many(&db.auth(User { id: 1 })).await?, many(&nobody).await?);
    assert_eq!(counts, (2, 0));
    Ok(())
}

async fn calls_in_json_give_arguments_too() -> Result<()> {
    let db = database().await?;
    let me = db.auth(User { id: 1 });
    let away = |from: i32| json!({ "args": { "from": from } });
    let with = |from: i32, key: &str, value: Json| {
        let mut asked = away(from);
        asked[key] = value;
        asked
    };
    let args = json!({
        "where": { "away": with(5, "gt", json!(0)) },
        "orderBy": { "away": with(0, "sort", json!("desc")) },
        "select": { "id": true, "away": { "args": { "from": 19, "unit": "KILOMETER" } }, "boss": { "select": { "many": { "args": { "least": 6 } } } } },
    });
    let expected = json!([{ "id": 3, "away": 11000, "boss": null }, { "id": 2, "away": 1000, "boss": { "many": 1 } }]);
    assert_eq!(me.call("shop", Operation::FindMany, &args).await?, expected);
    let args = json!({ "where": { "id": 1 }, "include": { "away": away(6), "cost": { "args": { "times": 2 } } } });
    let shown = me.call("shop", Operation::FindUnique, &args).await?;
    assert_eq!((&shown["away"], &shown["cost"], &shown["name"]), (&json!(1), &json!("1"), &json!("a")));
    assert!(shown.get("near").is_none(), "{shown}");
    let args = json!({ "_max": { "away": away(10) }, "_count": { "away": away(10) } });
    let expected = json!({ "_count": { "away": 3 }, "_max": { "away": 20 } });
    assert_eq!(me.call("shop", Operation::Aggregate, &args).await?, expected);
    let unit = json!({ "field": "unit", "args": { "other": false } });
    let args = json!({
        "by": [unit], "_count": { "_all": true }, "_max": { "away": away(0) },
        "having": { "away": with(0, "_max", json!({ "gt": 5 })) }, "orderBy": { "unit": { "args": { "other": false }, "sort": "asc" } },
    });
    let expected = json!([{ "unit": "KILOMETER", "_count": { "_all": 2 }, "_max": { "away": 30 } }]);
    assert_eq!(me.call("shop", Operation::GroupBy, &args).await?, expected);
    let called = json!({ "where": { "called": { "args": { "names": ["a"] }, "startsWith": "a" } } });
    assert_eq!(me.call("shop", Operation::Count, &called).await?, json!(1));
    for (args, said) in [
        (json!({ "where": { "away": { "gt": 1 } } }), "args"),
        (json!({ "where": { "away": { "args": {}, "gt": 1 } } }), "from"),
        (json!({ "where": { "away": { "args": { "from": "x" }, "gt": 1 } } }), "whole number"),
        (json!({ "where": { "away": { "args": { "from": 1, "fro": 1 }, "gt": 1 } } }), "fro"),
        (json!({ "where": { "away": 1 } }), "object"),
        (json!({ "select": { "away": true } }), "object"),
        (json!({ "select": { "away": { "args": { "from": 1 }, "gt": 1 } } }), "gt"),
        (json!({ "select": { "secret": { "args": { "key": "" } } } }), "@omit"),
        (json!({ "omit": { "away": true } }), "arguments"),
        (json!({ "distinct": ["away"] }), "arguments"),
        (json!({ "orderBy": { "away": "asc" } }), "object"),
        (
            json!({ "where": { "near": { "args": { "from": { "x": -1, "y": 0 }, "most": 1 }, "equals": true } } }),
            "from",
        ),
    ] {
        let refused = me.call("shop", Operation::FindMany, &args).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{args}: {refused}");
    }
    let data = json!({ "data": { "id": 8, "name": "x", "x": 1, "away": 1 } });
    let refused = me.call("shop", Operation::Create, &data).await.unwrap_err().to_string();
    assert!(refused.contains("computed"), "{refused}");
    Ok(())
}

async fn an_expression_that_looks_at_another_is_refused_where_it_is_asked() -> Result<()> {
    let computed =
        Computed { thing_bigger: |t, _| when(t.bigger(1).is(|b| b.eq(true)), true).otherwise(false), ..COMPUTED };
    let db = Db::connect(&zmodel_tests::database::url().await, Provided { computed }).await?;
    db.create_tables().await?;
    let refused = db.anonymous().thing().count().filter(|t| t.bigger(1).is(|b| b.eq(true))).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`Thing.bigger` cannot be computed from `bigger`, which is computed itself or a secret"
    );
    Ok(())
}

zmodel_tests::on_each_database!(
    each_use_says_with_what_it_is_asked,
    arguments_and_results_are_of_every_kind,
    they_are_measured_and_grouped_with_one_set_of_arguments,
    they_see_what_the_caller_sees,
    calls_in_json_give_arguments_too,
    an_expression_that_looks_at_another_is_refused_where_it_is_asked,
);
