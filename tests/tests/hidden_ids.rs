//! Rows whose ids are hidden, by a rule or by `@omit`: they are read, written and given back like others, without the id.

#![cfg(test)]

use serde_json::json;
use zmodel_macros::zmodel;
use zmodel_runtime::Result;
use zmodel_runtime::json::Operation;

/// Ids that not everybody sees.
#[zmodel("schemas/hidden_ids.zmodel")]
pub mod db {}

use db::{Client, Db, Person, book, cover, doc, hush, note, part, seat, tag};

async fn database() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    Ok(db)
}

fn user(db: &Db, id: i32) -> Client {
    db.auth(Person { id })
}

fn new(owner: i32, slug: &str) -> doc::New {
    doc::New { owner, title: format!("title of {slug}"), slug: slug.into() }
}

/// Two documents of the first user, one of the second.
async fn docs(db: &Db) -> Result<()> {
    let all = db.unguarded("arrange");
    for (owner, slug) in [(1, "a"), (1, "b"), (2, "c")] {
        all.doc().create(new(owner, slug)).await?;
    }
    Ok(())
}

async fn a_row_is_written_and_given_back_without_its_id() -> Result<()> {
    let db = database().await?;
    let (ann, bob) = (user(&db, 1), user(&db, 2));
    assert_eq!(ann.doc().create(new(1, "mine")).await?.id, Some(1));
    let hidden = bob.doc().create(new(1, "yours")).await?;
    assert_eq!((hidden.id, &*hidden.slug), (None, "yours"));
    // By another key, alone and in many.
    let by_slug = |slug: &str| doc::Key::Slug(slug.into());
    let changed = bob.doc().update(by_slug("yours")).set(|d| d.title, "changed").await?;
    assert_eq!((changed.id, &*changed.title), (None, "changed"));
    let all = bob.doc().update_many().set(|d| d.version, 2).returning().await?;
    assert_eq!(all.iter().map(|d| (d.id, d.version)).collect::<Vec<_>>(), [(None, 2), (None, 2)]);
    assert!(bob.doc().update(by_slug("yours")).set(|d| d.version, 1).await.unwrap_err().is_denied());
    let made = bob.doc().create_many([new(1, "x"), new(2, "y")]).returning().await?;
    assert_eq!(made.iter().map(|d| d.id.is_some()).collect::<Vec<_>>(), [false, true]);
    let upserted = bob.doc().upsert(by_slug("x"), new(1, "x"), |d| d.set(|d| d.title, "again")).await?;
    assert_eq!((upserted.id, &*upserted.title), (None, "again"));
    let deleted = bob.doc().delete(by_slug("x")).await?;
    assert_eq!((deleted.id, &*deleted.slug), (None, "x"));
    assert_eq!(bob.doc().delete_many().filter(|d| d.slug.ne("y")).returning().await?.len(), 2);
    assert_eq!(db.unguarded("look").doc().count().await?, 1);
    Ok(())
}

async fn who_cannot_see_an_id_does_not_find_a_row_by_it() -> Result<()> {
    let db = database().await?;
    docs(&db).await?;
    let (ann, bob) = (user(&db, 1), user(&db, 2));
    assert_eq!(ann.doc().find_unique(1).await?.map(|d| d.slug).as_deref(), Some("a"));
    assert_eq!(bob.doc().find_unique(1).await?, None);
    assert!(bob.doc().update(1).set(|d| d.title, "x").await.unwrap_err().is_not_found());
    assert!(bob.doc().delete(1).await.unwrap_err().is_not_found());
    assert_eq!(bob.doc().update_many().filter(|d| d.id.lt(3)).set(|d| d.title, "x").await?, 0);
    assert_eq!(bob.doc().count().filter(|d| d.id.gt(0)).await?, 1);
    assert_eq!(ann.doc().count().filter(|d| d.id.gt(0)).await?, 2);
    assert_eq!(bob.doc().count().await?, 3);
    Ok(())
}

async fn along_relations_the_engine_knows_the_row() -> Result<()> {
    let db = database().await?;
    docs(&db).await?;
    let (bob, all) = (user(&db, 2), db.unguarded("look"));
    let by_slug = |slug: &str| doc::Key::Slug(slug.into());
    bob.tag().create(tag::New { id: 1 }).along(|t| t.docs, |docs| docs.connect(by_slug("a"))).await?;
    let new = part::New { id: 1, text: "p".into(), doc_id: zmodel_runtime::Parent };
    bob.doc().update(by_slug("a")).along(|d| d.parts, |parts| parts.create([new])).await?;
    bob.doc().update(by_slug("b")).along(|d| d.tags, |tags| tags.connect(1)).set(|d| d.title, "both").await?;
    assert_eq!(all.part().find_unique_or_err(1).await?.doc_id, 1);
    assert_eq!(all.doc().count().filter(|d| d.tags.some(|t| t.id.eq(1))).await?, 2);
    bob.doc().update(by_slug("b")).along(|d| d.tags, |tags| tags.disconnect(1)).await?;
    assert_eq!(all.doc().count().filter(|d| d.tags.some(|t| t.id.eq(1))).await?, 1);
    // For the caller nothing belongs to what he cannot tell apart.
    let found = bob.doc().find_unique(by_slug("a")).include(|d| (d.parts,)).await?.unwrap();
    assert_eq!((found.id, found.rel.0.len()), (None, 0));
    let found = user(&db, 1).doc().find_unique(by_slug("a")).include(|d| (d.parts,)).await?.unwrap();
    assert_eq!((found.id, found.rel.0.len()), (Some(1), 1));
    Ok(())
}

async fn whoever_has_the_place_of_one_makes_way() -> Result<()> {
    let db = database().await?;
    let (all, bob) = (db.unguarded("arrange"), user(&db, 2));
    all.book().create(book::New { id: 1 }).await?;
    for (id, name) in [(1, "old"), (2, "new")] {
        all.cover().create(cover::New { id, owner: 1, name: name.into() }).await?;
    }
    for name in ["old", "new", "new"] {
        let connect = json!({ "where": { "id": 1 }, "data": { "cover": { "connect": { "name": name } } } });
        bob.call("book", Operation::Update, &connect).await?;
        let covers = bob.cover().find_many().filter(|cover| cover.book_id.eq(1)).await?;
        assert_eq!(covers.iter().map(|cover| (cover.id, &*cover.name)).collect::<Vec<_>>(), [(None, name)]);
    }
    Ok(())
}

async fn a_part_of_an_id_can_be_hidden() -> Result<()> {
    let db = database().await?;
    let bob = user(&db, 2);
    let new = |hall: &str, row| seat::New { hall: hall.into(), row };
    let made = bob.seat().create(new("h", 1)).set(|s| s.secret, true).await?;
    assert_eq!((made.hall, made.row), (None, 1));
    assert_eq!(bob.seat().create(new("h", 2)).await?.hall.as_deref(), Some("h"));
    let all = bob.seat().update_many().set(|s| s.taken, 3).returning().await?;
    assert_eq!(
        all.iter().map(|s| (s.hall.as_deref(), s.row, s.taken)).collect::<Vec<_>>(),
        [(None, 1, 3), (Some("h"), 2, 3)]
    );
    let limited = bob.seat().update_many().filter(|s| s.row.eq(1)).limit(1).set(|s| s.taken, 4).await?;
    assert_eq!(limited, 1);
    let key = |row| seat::Key::HallRow { hall: "h".into(), row };
    assert!(bob.seat().update(key(1)).set(|s| s.taken, 5).await.unwrap_err().is_not_found());
    assert_eq!(bob.seat().update(key(2)).set(|s| s.taken, 5).await?.taken, 5);
    assert_eq!(bob.seat().delete_many().await?, 2);
    Ok(())
}

async fn an_id_can_be_omitted() -> Result<()> {
    let db = database().await?;
    let (bob, all) = (user(&db, 2), db.unguarded("look"));
    let by_name = |name: &str| hush::Key::Name(name.into());
    let new = |name: &str| hush::New { name: name.into() };
    assert_eq!(bob.hush().create(new("a")).await?, db::Hush { name: "a".into() });
    bob.hush().create_many([new("b"), new("c")]).returning().await?;
    bob.note().create(note::New { id: 1 }).along(|n| n.hush, |hush| hush.connect(by_name("a"))).await?;
    bob.hush().update(by_name("b")).along(|h| h.notes, |notes| notes.create([note::New { id: 2 }])).await?;
    let found = bob.hush().find_many().order_by(|h| h.name.asc()).include(|h| (h.notes,)).await?;
    let notes: Vec<Vec<i32>> = found.iter().map(|h| h.rel.0.iter().map(|n| n.id).collect()).collect();
    assert_eq!(notes, [vec![1], vec![2], vec![]]);
    bob.note().update(1).along(|n| n.hush, |hush| hush.update(|h| h.set(|h| h.name, "z"))).await?;
    bob.note().update(2).along(|n| n.hush, zmodel_runtime::along::OneWrites::disconnect).await?;
    assert_eq!(all.hush().count().filter(|h| h.name.eq("z")).await?, 1);
    assert_eq!(all.note().count().filter(|n| n.hush.is(|h| h.name.ne(""))).await?, 1);
    let upserted = bob.hush().upsert(by_name("c"), new("c"), |h| h.set(|h| h.name, "d")).await?;
    assert_eq!(upserted.name, "d");
    assert_eq!(bob.hush().delete(by_name("d")).await?.name, "d");
    Ok(())
}

async fn json_shows_null() -> Result<()> {
    let db = database().await?;
    docs(&db).await?;
    let bob = user(&db, 2);
    let found = bob
        .call("doc", Operation::FindMany, &json!({ "select": { "id": true }, "orderBy": { "slug": "asc" } }))
        .await?;
    assert_eq!(found, json!([{ "id": null }, { "id": null }, { "id": 3 }]));
    let updated =
        json!({ "where": { "slug": "a" }, "data": { "title": "t", "parts": { "create": { "id": 1, "text": "x" } } } });
    let updated = bob.call("doc", Operation::Update, &updated).await?;
    assert_eq!((&updated["id"], &updated["title"]), (&json!(null), &json!("t")));
    let made = bob.call("hush", Operation::Create, &json!({ "data": { "name": "n" } })).await?;
    assert_eq!(made, json!({ "name": "n" }));
    Ok(())
}

zmodel_tests::on_each_database!(
    a_row_is_written_and_given_back_without_its_id,
    who_cannot_see_an_id_does_not_find_a_row_by_it,
    along_relations_the_engine_knows_the_row,
    whoever_has_the_place_of_one_makes_way,
    a_part_of_an_id_can_be_hidden,
    an_id_can_be_omitted,
    json_shows_null,
);
