//! Computed fields: what the database computes from a row, as the application says.

#![cfg(test)]

use serde_json::{Value as Json, json};
use zmodel_macros::{Select, zmodel};
use zmodel_runtime::computed::{count, related, sum, value, when, when_expr};
use zmodel_runtime::json::Operation;
use zmodel_runtime::{Bytes, DateTime, Decimal, Result};

/// People and posts, of which some fields are computed.
#[zmodel("schemas/computed.zmodel")]
pub mod db {}

use db::{Client, Computed, Db, Kind, Post, Provided, Spot, User, UserContext, film, part, place, post, user};

const COMPUTED: Computed = Computed {
    user_full: |u| {
        let between = when_expr(u.last.is_null(), "").otherwise_expr(" ");
        u.first.expr().then(between).then(u.last.expr().or(""))
    },
    user_kind: |u| when(u.age.gte(18), Kind::Adult).otherwise(Kind::Child),
    user_open: |u| count(u.posts, |p| p.open.eq(true)),
    user_likes: |u| sum(u.posts, |p| p.likes, |p| p.open.eq(true)),
    user_double: |u| u.salary.expr() * 2 - 1 + u.age,
    user_rate: |_| value::<User, f64>(1.0) / 4.0,
    post_by: |p| related(p.author, |u| u.first),
    post_shouted: |p| p.title.expr().upper(),
    post_weight: |p| p.price.expr(),
    post_score: |p| p.likes.expr() * 2,
    asset_label: |a| a.title.expr().then("!"),
    asset_names: |a| when_expr(a.title.eq("plain"), a.tags).otherwise(vec!["none".to_owned()]),
    asset_seen: |a| a.notes.expr(),
    asset_kinds: |a| when(a.title.eq("plain"), vec![Kind::Child, Kind::Adult]).otherwise(Vec::new()),
    asset_extra: |a| when(a.title.eq("plain"), Some(json!({ "n": [1] }))).otherwise(None),
    asset_raw: |a| when(a.title.eq("plain"), Bytes::from(vec![1, 2])).otherwise(Bytes::from(vec![0])),
    asset_flag: |a| when(a.title.eq("plain"), true).otherwise(false),
    asset_since: |_| value("2024-05-31T12:00:00Z".parse::<DateTime>().unwrap_or_default()),
    asset_parts: |a| count(a.bits, |b| b.id.gt(1)),
    place_near: |p| p.spot.expr(),
    place_all: |p| when(p.id.gt(2), vec![here()]).otherwise_expr(p.spots),
};

fn here() -> Spot {
    Spot { x: 1, name: Some("here".into()) }
}

async fn database() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await, Provided { computed: COMPUTED }).await?;
    db.create_tables().await?;
    let all = db.unguarded("setting up");
    for (id, first, last, age) in [(1, "Ann", Some("Lee"), 30), (2, "Bob", None, 10), (3, "hidden", Some("man"), 40)] {
        all.user().create(user::New { id, first: first.into() }).set(|u| u.last, last).set(|u| u.age, age).await?;
    }
    for (id, author_id, open, likes) in [(1, 1, true, 3), (2, 1, true, 4), (3, 1, false, 5), (4, 2, false, 6)] {
        let new = all.post().create(post::New { id, title: format!("p{id}"), author_id });
        new.set(|p| p.open, open).set(|p| p.likes, likes).await?;
    }
    Ok(db)
}

fn as_user(db: &Db, row: &User) -> Client {
    db.auth(UserContext::from(row))
}

/// A part of a user.
#[derive(Debug, Select)]
#[zmodel(User)]
struct Named {
    full: Option<String>,
    posts: Vec<Titled>,
}

/// A part of a post.
#[derive(Debug, Select)]
#[zmodel(Post)]
struct Titled {
    shouted: String,
    by: Option<String>,
}

async fn computed_fields_are_read_like_any_other() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("reading");
    let users = all.user().find_many().order_by(|u| u.id.asc()).include(|u| (u.posts,)).await?;
    let shown: Vec<_> = users.iter().map(|u| (u.full.as_deref(), u.kind, u.open, u.likes, u.double, u.rate)).collect();
    assert_eq!(
        shown,
        [
            (Some("Ann Lee"), Some(Kind::Adult), Some(2), Some(7), Some(229), Some(0.25)),
            (Some("Bob"), Some(Kind::Child), Some(0), None, Some(209), Some(0.25)),
            (Some("hidden man"), Some(Kind::Adult), Some(0), None, Some(239), Some(0.25)),
        ]
    );
    let posts: Vec<_> = users[0].rel.0.iter().map(|p| (&*p.shouted, p.by.as_deref(), p.weight)).collect();
    let one = Decimal::ONE;
    assert_eq!(posts, [("P1", Some("Ann"), one), ("P2", Some("Ann"), one), ("P3", Some("Ann"), one)]);
    let part: Named = all.user().find_unique_or_err(2).select().await?;
    assert_eq!(
        (part.full.as_deref(), &*part.posts[0].shouted, part.posts[0].by.as_deref()),
        (Some("Bob"), "P4", Some("Bob"))
    );
    // What a write gives back is computed from what it has left.
    let made = all.post().create(post::New { id: 9, title: "new".into(), author_id: 2 }).await?;
    assert_eq!((&*made.shouted, made.by.as_deref()), ("NEW", Some("Bob")));
    assert_eq!(all.user().update(2).set(|u| u.last, "Ray").await?.full.as_deref(), Some("Bob Ray"));
    Ok(())
}

async fn computed_fields_filter_order_group_and_summarize() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("reading");
    let ids = |users: Vec<User>| users.iter().map(|user| user.id).collect::<Vec<_>>();
    assert_eq!(ids(all.user().find_many().filter(|u| u.kind.eq(Kind::Child)).await?), [2]);
    assert_eq!(ids(all.user().find_many().filter(|u| u.full.contains("n L") | u.open.eq(0)).await?), [1, 2, 3]);
    assert_eq!(ids(all.user().find_many().order_by(|u| u.full.desc()).await?), [3, 2, 1]);
    assert_eq!(ids(all.user().find_many().order_by(|u| u.double.desc()).take(1).await?), [3]);
    assert_eq!(ids(all.user().find_many().filter(|u| u.posts.some(|p| p.shouted.eq("P4"))).await?), [2]);
    let kinds = all.user().group_by(|u| u.kind).measure(|u| u.double.max()).order_by(|u| u.double.max().asc()).await?;
    assert_eq!(kinds, [(Some(Kind::Child), Some(209)), (Some(Kind::Adult), Some(239))]);
    assert_eq!(all.user().aggregate(|u| (u.open.sum(), u.full.min())).await?, (Some(2), Some("Ann Lee".into())));
    let distinct = all.user().find_many().distinct(|u| u.kind).order_by(|u| u.id.asc()).await?;
    assert_eq!(ids(distinct), [1, 2]);
    let page = all.user().find_many().order_by(|u| u.full.asc()).take(2).page().await?;
    let rest = all.user().find_many().order_by(|u| u.full.asc()).take(2).after(page.next).page().await?;
    assert_eq!(ids(rest.items), [3]);
    assert_eq!(all.user().update_many().filter(|u| u.kind.eq(Kind::Child)).set(|u| u.age, 11).await?, 1);
    assert_eq!(all.post().delete_many().filter(|p| p.by.eq("Bob")).await?, 1);
    Ok(())
}

async fn rules_look_at_computed_fields_and_those_see_what_the_caller_sees() -> Result<()> {
    let db = database().await?;
    let rows = db.unguarded("who is who").user().find_many().order_by(|u| u.id.asc()).await?;
    let (ann, bob, nobody) = (as_user(&db, &rows[0]), as_user(&db, &rows[1]), db.anonymous());
    // The rule about the name leaves one out.
    assert_eq!((ann.user().count().await?, nobody.user().count().await?), (2, 2));
    // The salary is for ann alone, and so is what is computed from it.
    let shown = ann.user().find_many().order_by(|u| u.id.asc()).await?;
    assert_eq!(shown.iter().map(|u| (u.salary, u.double)).collect::<Vec<_>>(), [(Some(100), Some(229)), (None, None)]);
    assert_eq!(bob.user().count().filter(|u| u.double.gt(0)).await?, 1);
    assert_eq!(nobody.user().count().filter(|u| u.double.lt(1000)).await?, 0);
    // A rule sees all of a row: who has much has posts that everybody sees.
    assert_eq!(nobody.post().count().await?, 4);
    db.unguarded("less").user().update_many().set(|u| u.salary, 10).await?;
    assert_eq!(nobody.post().count().await?, 2);
    // What is counted for a caller is what he sees; what is counted for a rule is all there is.
    db.unguarded("one more").post().update(3).set(|p| p.open, true).await?;
    db.unguarded("closed")
        .post()
        .create(post::New { id: 5, title: "x".into(), author_id: 1 })
        .set(|p| p.open, false)
        .await?;
    assert_eq!(nobody.post().count().await?, 4);
    // An exact number is compared as one, and so is the deny that looks at it.
    db.unguarded("dear").post().update(1).set(|p| p.price, Decimal::new(501, 2)).await?;
    assert_eq!(nobody.post().count().await?, 3);
    assert_eq!(nobody.user().find_unique_or_err(1).await?.open, Some(2));
    db.unguarded("no").post().update(2).set(|p| p.title, "no").await?;
    assert!(nobody.post().update(2).set(|p| p.likes, 1).await.unwrap_err().is_not_found());
    Ok(())
}

/// PostgreSQL fails where a number becomes too large. That it would for a row that is hidden is nothing to learn from a filter.
async fn what_cannot_be_computed_of_a_hidden_row_is_not_asked() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("arrange");
    all.user().create(user::New { id: 4, first: "Cat".into() }).set(|u| u.salary, 1).set(|u| u.age, 1).await?;
    // One is hidden by what stands in it, the other by its author.
    all.post().create(post::New { id: 8, title: "x".into(), author_id: 2 }).set(|p| p.price, Decimal::TEN).await?;
    all.post().create(post::New { id: 9, title: "x".into(), author_id: 4 }).set(|p| p.open, false).await?;
    all.post().update_many().filter(|p| p.id.gt(7)).set(|p| p.likes, i32::MAX).await?;
    assert!(all.post().find_many().filter(|p| p.score.gt(6)).await.is_err());
    let nobody = db.anonymous();
    assert_eq!(nobody.post().count().filter(|p| p.score.gt(6)).await?, 3);
    assert_eq!(nobody.post().count().filter(|p| p.score.gt(6) & p.id.gt(0)).await?, 3);
    assert_eq!(nobody.post().find_many().filter(|p| !p.score.gt(6)).await?.len(), 1);
    assert_eq!(nobody.post().find_many().order_by(|p| p.score.desc()).await?.len(), 4);
    Ok(())
}

async fn computed_fields_are_not_written_and_json_calls_know_them() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("calling");
    let args = json!({ "where": { "full": { "startsWith": "A" } }, "select": { "full": true, "open": true } });
    assert_eq!(all.call("user", Operation::FindMany, &args).await?, json!([{ "full": "Ann Lee", "open": 2 }]));
    let args = json!({ "orderBy": { "shouted": "desc" }, "select": { "id": true, "weight": true }, "take": 1 });
    assert_eq!(all.call("post", Operation::FindMany, &args).await?, json!([{ "id": 4, "weight": "1" }]));
    for (operation, args) in [
        (Operation::Create, json!({ "data": { "id": 7, "title": "a", "authorId": 1, "shouted": "A" } })),
        (Operation::Update, json!({ "where": { "id": 1 }, "data": { "shouted": "A" } })),
        (Operation::UpdateMany, json!({ "data": { "by": null } })),
    ] {
        let refused = all.call("post", operation, &args).await.unwrap_err().to_string();
        assert!(refused.contains("computed"), "{refused}");
    }
    let refused = all.post().update(1).set(|p| p.shouted, "A").await.unwrap_err().to_string();
    assert!(refused.contains("computed"), "{refused}");
    let made =
        all.call("post", Operation::Create, &json!({ "data": { "id": 7, "title": "a", "authorId": 1 } })).await?;
    assert_eq!(made["shouted"], json!("A"));
    let _: Json = made;
    Ok(())
}

async fn an_expression_that_looks_at_another_is_refused_where_the_client_is_made() {
    let computed = Computed { post_by: |p| p.shouted.expr().maybe(), ..COMPUTED };
    let refused =
        Db::connect(&zmodel_tests::database::url().await, Provided { computed }).await.unwrap_err().to_string();
    assert_eq!(refused, "`Post.by` cannot be computed from `shouted`, which is computed itself or a secret");
}

async fn values_of_every_kind_are_computed_and_inherited() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("arrange");
    for (id, title) in [(1, "plain"), (2, "secret"), (3, "hidden"), (4, "cut")] {
        let new = all.film().create(film::New { id, title: title.into(), length: 90 });
        new.set(|f| f.tags, vec!["x".to_owned()]).set(|f| f.notes, vec!["note".to_owned()]).await?;
    }
    for id in 1..=3 {
        all.part().create(part::New { id, asset_id: 1 }).await?;
    }
    let me = db.anonymous();
    let films = me.film().find_many().order_by(|f| f.id.asc()).await?;
    let labels: Vec<_> = films.iter().map(|f| (f.id, f.label.as_deref())).collect();
    assert_eq!(labels, [(1, Some("plain!")), (2, Some("secret!")), (4, Some("cut!"))]);
    let (film, asset) = (&films[0], me.asset().find_unique_or_err(1).await?);
    assert_eq!(film.names.as_deref(), Some(&["x".to_owned()][..]));
    assert_eq!(film.kinds.as_deref(), Some(&[Kind::Child, Kind::Adult][..]));
    assert_eq!((film.extra.clone(), film.raw.clone()), (Some(json!({ "n": [1] })), Some(Bytes::from(vec![1, 2]))));
    assert_eq!(
        (film.flag, film.parts, film.since.map(|at| at.timestamp())),
        (Some(true), Some(2), Some(1_717_156_800))
    );
    assert_eq!((&film.names, &film.extra, film.flag), (&asset.names, &asset.extra, asset.flag));
    // What is computed from a hidden field is hidden.
    assert_eq!((film.seen.clone(), films[1].seen.clone()), (Some(vec!["note".to_owned()]), None));
    assert_eq!((films[1].names.clone(), films[1].extra.clone()), (Some(vec!["none".to_owned()]), None));
    // They are asked about like columns.
    for (filter, found) in [
        (json!({ "names": { "has": "x" } }), 1),
        (json!({ "names": { "hasSome": ["none", "y"] } }), 2),
        (json!({ "names": { "equals": ["x"] } }), 1),
        (json!({ "kinds": { "has": "ADULT" } }), 1),
        (json!({ "kinds": { "isEmpty": true } }), 2),
        (json!({ "extra": { "path": "$.n", "array_contains": 1 } }), 1),
        (json!({ "raw": "AQI=" }), 1),
        (json!({ "flag": false }), 2),
        (json!({ "since": { "gt": "2024-01-01T00:00:00Z" } }), 3),
    ] {
        let counted = me.call("film", Operation::Count, &json!({ "where": filter })).await?;
        assert_eq!(counted, json!(found), "{filter}");
    }
    assert_eq!(me.film().find_many().order_by(|f| f.label.desc()).take(1).await?[0].id, 2);
    assert_eq!(me.film().update(1).set(|f| f.title, "other").await?.label.as_deref(), Some("other!"));
    // A rule asks about a list that is computed.
    all.film().update(1).set(|f| f.title, "plain").set(|f| f.tags, vec!["cut".to_owned()]).await?;
    assert_eq!((me.film().count().await?, me.asset().count().await?), (2, 3));
    Ok(())
}

async fn structures_are_computed_too() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("setting up");
    let far = Spot { x: -1, name: None };
    for (id, spot) in [(1, Some(here())), (2, Some(here())), (3, Some(here())), (4, Some(far.clone())), (5, None)] {
        all.place().create(place::New { id }).set(|p| p.spot, spot).await?;
    }
    all.place().update(2).set(|p| p.spots, vec![far.clone(), here()]).await?;
    let found = db.anonymous().place().find_many().order_by(|p| p.id.asc()).await?;
    assert_eq!(
        found.iter().map(|p| (p.id, p.near.clone())).collect::<Vec<_>>(),
        [(2, Some(here())), (3, Some(here()))]
    );
    assert_eq!(found.iter().map(|p| p.all.clone()).collect::<Vec<_>>(), [vec![far, here()], vec![here()]]);
    let filtered = all.place().find_many().filter(|p| p.near.is(|s| s.x.lt(0))).await?;
    assert_eq!(filtered.iter().map(|p| p.id).collect::<Vec<_>>(), [4]);
    let shown = json!({ "where": { "id": 3 }, "select": { "near": true, "all": true } });
    let shown = all.call("place", Operation::FindUnique, &shown).await?;
    assert_eq!(shown, json!({ "near": { "x": 1, "name": "here" }, "all": [{ "x": 1, "name": "here" }] }));
    Ok(())
}

zmodel_tests::on_each_database!(
    structures_are_computed_too,
    values_of_every_kind_are_computed_and_inherited,
    computed_fields_are_read_like_any_other,
    computed_fields_filter_order_group_and_summarize,
    rules_look_at_computed_fields_and_those_see_what_the_caller_sees,
    what_cannot_be_computed_of_a_hidden_row_is_not_asked,
    computed_fields_are_not_written_and_json_calls_know_them,
    an_expression_that_looks_at_another_is_refused_where_the_client_is_made,
);
