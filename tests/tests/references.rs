//! References that the engine keeps, and not the database: `relationMode = "prisma"`.

#![cfg(test)]

use serde_json::json;
use zmodel_macros::zmodel;
use zmodel_runtime::json::Operation;
use zmodel_runtime::{Error, Result};

/// Rows that refer to others, in every way that there is.
#[zmodel("schemas/references.zmodel")]
pub mod db {}

use db::{Client, Db, Person, asset, coding, guard, idle, image, label, leaf, note, root, show, spare, video};

async fn database() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let all = db.unguarded("setting up");
    for (id, code) in [(1, "one"), (2, "two")] {
        all.root().create(root::New { id, code: code.into() }).set(|root| root.owner, id).await?;
    }
    Ok(db)
}

fn user(db: &Db, id: i32) -> Client {
    db.auth(Person { id })
}

/// A tree of leaves on the first root, one of them on the second.
async fn leaves(client: &Client) -> Result<()> {
    for (id, root_id, up) in [(1, 1, None), (2, 2, Some(1)), (3, 2, Some(2)), (4, 2, None)] {
        client.leaf().create(leaf::New { id, root_id }).set(|leaf| leaf.up_id, up).await?;
    }
    Ok(())
}

async fn there_are_no_foreign_keys() -> Result<()> {
    let db = database().await?;
    // Nothing looks whether there is what is referred to, and a row without it can be read.
    let leaf = db.anonymous().leaf().create(leaf::New { id: 1, root_id: 99 }).include(|leaf| (leaf.root,)).await?;
    assert_eq!(leaf.rel.0, None);
    let found = db.anonymous().leaf().find_many().filter(|leaf| leaf.root.is(|root| root.id.gt(0))).await?;
    assert_eq!(found, []);
    Ok(())
}

async fn what_cascades_goes_with_it() -> Result<()> {
    let db = database().await?;
    let (ann, all) = (user(&db, 1), db.unguarded("look"));
    leaves(&ann).await?;
    // Nobody may delete a leaf, and nobody is asked.
    assert!(ann.leaf().delete(4).await.unwrap_err().is_not_found());
    // The whole tree goes, also what is on another root; the rules are still asked about the root itself.
    assert!(ann.root().delete(2).await.unwrap_err().is_not_found());
    assert_eq!(all.leaf().count().await?, 4);
    assert_eq!(ann.root().delete(1).await?.code, "one");
    assert_eq!(all.leaf().find_many().await?.iter().map(|leaf| leaf.id).collect::<Vec<_>>(), [4]);
    assert_eq!(all.root().delete_many().await?, 1);
    assert_eq!(all.leaf().count().await?, 0);
    Ok(())
}

async fn the_rules_see_what_was_there() -> Result<()> {
    let db = database().await?;
    let bob = user(&db, 7);
    bob.leaf().create(leaf::New { id: 1, root_id: 1 }).set(|leaf| leaf.kind, "key").await?;
    // The leaf that allows it goes with the root.
    let deleted = bob.root().delete_many().returning().await?;
    assert_eq!(deleted.iter().map(|root| root.id).collect::<Vec<_>>(), [1]);
    assert_eq!(db.unguarded("look").leaf().count().await?, 0);
    Ok(())
}

async fn what_refuses_undoes_everything() -> Result<()> {
    let db = database().await?;
    let (ann, all) = (user(&db, 1), db.unguarded("look"));
    leaves(&ann).await?;
    ann.guard().create(guard::New { id: 1, root_id: 1 }).await?;
    let refused = ann.root().delete(1).await.unwrap_err();
    assert!(refused.is_foreign_key_violation(), "{refused}");
    assert!(refused.to_string().contains("Guard.root"), "{refused}");
    assert!(ann.root().update(1).set(|root| root.id, 9).await.unwrap_err().is_foreign_key_violation());
    assert!(all.root().delete_many().await.unwrap_err().is_foreign_key_violation());
    assert_eq!((all.root().count().await?, all.leaf().count().await?), (2, 4));
    // Another field changes nothing about it.
    assert_eq!(ann.root().update(1).set(|root| root.owner, 3).set(|root| root.id, 1).await?.owner, 3);
    ann.guard().delete(1).await?;
    ann.idle().create(idle::New { id: 1, root_id: 1 }).await?;
    assert!(all.root().delete(1).await.unwrap_err().is_foreign_key_violation());
    assert!(ann.root().update(1).set(|root| root.id, 9).await.unwrap_err().is_foreign_key_violation());
    ann.idle().delete(1).await?;
    all.root().delete(1).await?;
    Ok(())
}

async fn what_is_left_behind_refers_to_nothing() -> Result<()> {
    let db = database().await?;
    let (ann, all) = (user(&db, 1), db.unguarded("look"));
    for id in 1..=2 {
        ann.spare().create(spare::New { id }).set(|spare| spare.root_id, id).await?;
    }
    let before = all.spare().find_unique_or_err(1).await?;
    ann.root().delete(1).await?;
    // It is not an update of anybody: the time of the last one stays.
    assert_eq!(all.spare().find_unique_or_err(1).await?, db::Spare { root_id: None, ..before });
    assert_eq!(all.spare().find_unique_or_err(2).await?.root_id, Some(2));
    ann.root().update(2).set(|root| root.id, 20).await?;
    assert_eq!(all.spare().find_unique_or_err(2).await?.root_id, None);
    Ok(())
}

async fn what_refers_follows_a_new_key() -> Result<()> {
    let db = database().await?;
    let (ann, all) = (user(&db, 1), db.unguarded("look"));
    leaves(&ann).await?;
    for at in 1..=2 {
        ann.coding().create(coding::New { code: "one".into(), at }).await?;
        ann.note().create(note::New { id: at }).set(|note| note.code, "one").set(|note| note.at, at).await?;
    }
    assert_eq!(ann.root().update(1).set(|root| root.id, 10).set(|root| root.code, "ten").await?.id, 10);
    let roots: Vec<i32> =
        all.leaf().find_many().order_by(|leaf| leaf.id.asc()).await?.iter().map(|l| l.root_id).collect();
    assert_eq!(roots, [10, 2, 2, 2]);
    // Further along: what refers by a key that has a part of this one.
    let codes: Vec<_> = all.note().find_many().order_by(|note| note.id.asc()).await?;
    assert_eq!(codes.iter().map(|note| note.code.as_deref()).collect::<Vec<_>>(), [Some("ten"), Some("ten")]);
    assert_eq!(all.coding().count().filter(|coding| coding.code.eq("ten")).await?, 2);
    // By an upsert as well, and in many rows.
    ann.root()
        .upsert(10, root::New { id: 0, code: String::new() }, |root| root.set(|root| root.code, "eleven"))
        .await?;
    assert_eq!(all.note().count().filter(|note| note.code.eq("eleven")).await?, 2);
    ann.root().update_many().filter(|root| root.id.eq(10)).set(|root| root.code, "twelve").await?;
    assert_eq!(all.note().count().filter(|note| note.code.eq("twelve")).await?, 2);
    // A delete takes the codings, and the notes refer to nothing.
    all.root().delete(10).await?;
    assert_eq!((all.coding().count().await?, all.note().count().filter(|note| note.code.is_null()).await?), (0, 2));
    Ok(())
}

async fn links_go_with_either_end() -> Result<()> {
    let db = database().await?;
    let (ann, all) = (user(&db, 1), db.unguarded("look"));
    for id in 1..=2 {
        ann.label().create(label::New { id }).along(|label| label.roots, |roots| roots.connect(1).connect(2)).await?;
    }
    ann.label().update(1).set(|label| label.id, 5).await?;
    assert_eq!(all.label().count().filter(|label| label.roots.some(|root| root.id.eq(1))).await?, 2);
    ann.root().delete(1).await?;
    // A row that comes later with the same key is linked to nothing.
    ann.root().create(root::New { id: 1, code: "again".into() }).await?;
    assert_eq!(all.label().count().filter(|label| label.roots.some(|root| root.id.eq(1))).await?, 0);
    assert_eq!(all.root().count().filter(|root| root.labels.some(|label| label.id.gt(0))).await?, 1);
    ann.label().delete(5).await?;
    ann.label().create(label::New { id: 5 }).await?;
    assert_eq!(all.root().count().filter(|root| root.labels.some(|label| label.id.eq(5))).await?, 0);
    Ok(())
}

async fn a_row_in_several_tables_goes_from_all_of_them() -> Result<()> {
    let db = database().await?;
    let (ann, all) = (user(&db, 1), db.unguarded("look"));
    for id in 1..=2 {
        ann.video().create(video::New { id, url: format!("v{id}") }).await?;
        ann.show().create(show::New { id, video_id: id }).await?;
        ann.r#use().create(db::r#use::New { id }).set(|of| of.asset_id, id).await?;
    }
    ann.image().create(image::New { id: 3 }).await?;
    // By either of its models.
    ann.asset().delete(1).await?;
    ann.video().delete(2).await?;
    assert_eq!(all.show().count().await?, 0);
    assert_eq!(all.r#use().count().filter(|of| of.asset_id.is_null()).await?, 2);
    assert_eq!((all.asset().count().await?, all.video().count().await?), (1, 0));
    // Nothing of it is left for another row with its id.
    ann.image().create(image::New { id: 1 }).await?;
    ann.asset().delete_many().await?;
    ann.video().create(video::New { id: 1, url: "new".into() }).await?;
    assert_eq!(all.video().find_unique_or_err(1).await?.url, "new");
    assert_eq!(asset::Key::from(1), asset::Key::from(1));
    Ok(())
}

async fn nested_writes_and_json_do_the_same() -> Result<()> {
    let db = database().await?;
    let (ann, all) = (user(&db, 1), db.unguarded("look"));
    leaves(&ann).await?;
    ann.guard().create(guard::New { id: 1, root_id: 2 }).await?;
    let delete = json!({ "where": { "id": 2 } });
    let refused = all.call("root", Operation::Delete, &delete).await.unwrap_err();
    assert!(refused.is_foreign_key_violation(), "{refused}");
    all.call("root", Operation::Delete, &json!({ "where": { "id": 1 } })).await?;
    assert_eq!(all.leaf().count().await?, 1);
    let nested = json!({ "where": { "id": 1 }, "data": { "root": { "update": { "id": 30 } } } });
    ann.guard().delete(1).await?;
    ann.idle().create(idle::New { id: 1, root_id: 2 }).await?;
    assert!(all.call("idle", Operation::Update, &nested).await.unwrap_err().is_foreign_key_violation());
    // A transaction of several calls can go on after one that was refused.
    ann.in_transaction(async |tx| {
        assert!(tx.root().delete(2).await.is_err());
        tx.idle().delete(1).await?;
        Ok::<_, Error>(())
    })
    .await?;
    assert_eq!((all.root().count().await?, all.idle().count().await?), (1, 0));
    Ok(())
}

zmodel_tests::on_each_database!(
    there_are_no_foreign_keys,
    what_cascades_goes_with_it,
    the_rules_see_what_was_there,
    what_refuses_undoes_everything,
    what_is_left_behind_refers_to_nothing,
    what_refers_follows_a_new_key,
    links_go_with_either_end,
    a_row_in_several_tables_goes_from_all_of_them,
    nested_writes_and_json_do_the_same,
);
