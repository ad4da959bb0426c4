//! Rows that are marked instead of deleted: `@deletedAt`.

#![cfg(test)]

use serde_json::json;
use zmodel_macros::{Select, zmodel};
use zmodel_runtime::aggregate::rows;
use zmodel_runtime::computed::count;
use zmodel_runtime::json::Operation;
use zmodel_runtime::{Error, Result};

/// Most of it stays when it is deleted.
#[zmodel("schemas/soft_delete.zmodel")]
pub mod db {}

use db::{
    Author, Client, Computed, Db, Person, Post, Provided, asset, author, ban, comment, group, image, member, note,
    post, profile, tag, video,
};

/// Two authors, of whom the second is deleted; three posts of the first, of which the third is deleted; and so on.
async fn database() -> Result<Db> {
    let computed = Computed { author_open: |author| count(author.posts, |post| post.id.gt(0)) };
    let db = Db::connect(&zmodel_tests::database::url().await, Provided { computed }).await?;
    db.create_tables().await?;
    let all = db.unguarded("setting up");
    for (id, name) in [(1, "ann"), (2, "bob")] {
        all.author().create(author::New { id, name: name.into() }).await?;
    }
    for id in 1..=3 {
        all.post().create(post::New { id, title: format!("p{id}"), owner: 1, author_id: 1 }).await?;
    }
    all.post().create(post::New { id: 4, title: "p4".into(), owner: 2, author_id: 2 }).await?;
    for id in 1..=3 {
        let new = all.comment().create(comment::New { id, text: format!("c{id}") });
        new.set(|comment| comment.post_id, 1).await?;
    }
    for id in 1..=2 {
        all.tag().create(tag::New { id }).along(|tag| tag.posts, |posts| posts.connect(1)).await?;
    }
    all.profile().create(profile::New { id: 1 }).set(|profile| profile.author_id, 1).await?;
    all.author().delete(2).await?;
    all.post().delete(3).await?;
    all.comment().delete(3).await?;
    all.tag().delete(2).await?;
    Ok(db)
}

fn user(db: &Db, id: i32) -> Client {
    db.auth(Person { id, admin: None })
}

fn admin(db: &Db) -> Client {
    db.auth(Person { id: 9, admin: Some(true) })
}

async fn reads_do_not_see_deleted_rows() -> Result<()> {
    let db = database().await?;
    for client in [db.anonymous(), user(&db, 1), admin(&db)] {
        let ids: Vec<i32> = client.post().find_many().order_by(|p| p.id.asc()).await?.iter().map(|p| p.id).collect();
        assert_eq!(ids, [1, 2, 4]);
        assert!(client.post().find_unique(3).await?.is_none());
        assert!(client.author().find_unique(author::Key::Name("bob".into())).await?.is_none());
        assert!(client.post().find_first().filter(|p| p.title.eq("p3")).await?.is_none());
        assert!(client.post().find_first_or_err().filter(|p| p.title.eq("p3")).await.unwrap_err().is_not_found());
        assert_eq!(client.post().count().await?, 3);
        assert!(!client.post().exists().filter(|p| p.id.eq(3)).await?);
        assert_eq!(client.post().aggregate(|p| (rows(), p.id.max())).await?, (3, Some(4)));
        let groups =
            client.post().group_by(|p| p.author_id).measure(|_| rows()).order_by(|p| p.author_id.asc()).await?;
        assert_eq!(groups, [(1, 2), (2, 1)]);
        // From a row that is not there leads no way.
        assert_eq!(client.post().find_many().cursor(3).await?.len(), 0);
        // Deleted or not is no question where all that is seen is not.
        assert_eq!(client.post().find_many().filter(|p| p.removed.is_not_null()).await?.len(), 0);
    }
    Ok(())
}

/// A post and what is near it.
#[derive(Debug, Select)]
#[zmodel(Post)]
struct Near {
    id: i32,
    author: Option<Named>,
    comments: u64,
    tags: Vec<db::Tag>,
}

/// An author.
#[derive(Debug, Select)]
#[zmodel(Author)]
struct Named {
    open: i32,
}

async fn relations_do_not_lead_to_deleted_rows() -> Result<()> {
    let db = database().await?;
    let client = db.anonymous();
    let near = client.post().find_many().order_by(|p| p.id.asc()).select::<Near>().await?;
    let shown: Vec<_> =
        near.iter().map(|p| (p.id, p.author.as_ref().map(|a| a.open), p.comments, p.tags.len())).collect();
    assert_eq!(shown, [(1, Some(2), 2, 1), (2, Some(2), 0, 0), (4, None, 0, 0)]);
    // A relation that must be there is an `Option` all the same.
    let posts = client.post().find_many().order_by(|p| p.id.asc()).include(|p| (p.author, p.comments)).await?;
    let authors: Vec<Option<&str>> = posts.iter().map(|p| p.rel.0.as_ref().map(|a| &*a.name)).collect();
    assert_eq!(authors, [Some("ann"), Some("ann"), None]);
    assert_eq!(posts[0].rel.1.len(), 2);
    let ids = async |filter: fn(post::Fields) -> zmodel_runtime::filter::Filter<Post>| {
        let posts = client.post().find_many().filter(filter).order_by(|p| p.id.asc()).await?;
        Ok::<_, Error>(posts.into_iter().map(|post| post.id).collect::<Vec<_>>())
    };
    assert_eq!(ids(|p| p.comments.some(|c| c.text.eq("c3"))).await?, [0; 0]);
    assert_eq!(ids(|p| p.comments.every(|c| c.text.ne("c3"))).await?, [1, 2, 4]);
    assert_eq!(ids(|p| p.comments.none(|c| c.text.eq("c3"))).await?, [1, 2, 4]);
    assert_eq!(ids(|p| p.tags.some(|t| t.id.eq(2))).await?, [0; 0]);
    assert_eq!(ids(|p| p.author.is(|a| a.name.eq("bob"))).await?, [0; 0]);
    assert_eq!(ids(|p| p.author.is_none()).await?, [4]);
    // An order looks at what is there.
    let by_author = client.post().find_many().order_by(|p| p.author.order_by(|a| a.name.asc().nulls_first()));
    assert_eq!(by_author.await?.first().map(|p| p.id), Some(4));
    let by_count = client.post().find_many().order_by(|p| p.comments.count().desc().then(p.id.asc())).await?;
    assert_eq!(by_count.iter().map(|p| p.id).collect::<Vec<_>>(), [1, 2, 4]);
    // JSON sees the same.
    let shown = client
        .call(
            "Author",
            Operation::FindMany,
            &json!({ "include": { "posts": true, "_count": true }, "omit": { "open": true } }),
        )
        .await?;
    assert_eq!(shown[0]["_count"]["posts"], 2);
    assert_eq!(shown[0]["posts"].as_array().map(Vec::len), Some(2));
    assert_eq!(shown.as_array().map(Vec::len), Some(1));
    Ok(())
}

async fn a_delete_marks_the_row_and_gives_it_as_it_was() -> Result<()> {
    let db = database().await?;
    let (client, all) = (user(&db, 1), db.unguarded("looking").with_deleted());
    let deleted = client.post().delete(1).await?;
    assert_eq!((deleted.id, deleted.removed), (1, None));
    let kept = all.post().find_unique_or_err(1).await?;
    assert!(kept.removed.is_some());
    // It is no update.
    assert_eq!(kept.updated_at, deleted.updated_at);
    // Once is enough.
    assert!(client.post().delete(1).await.unwrap_err().is_not_found());
    assert!(client.with_deleted().post().delete(1).await.unwrap_err().is_not_found());
    assert_eq!(all.post().find_unique_or_err(1).await?.removed, kept.removed);
    // Many, with and without a look at them.
    assert_eq!(client.post().delete_many().filter(|p| p.id.gt(0)).await?, 1);
    assert_eq!((client.post().count().await?, all.post().count().await?), (1, 4));
    let gone = client.comment().delete_many().limit(1).returning().await?;
    assert_eq!((gone.len(), client.comment().count().await?), (1, 1));
    assert_eq!(all.comment().count().await?, 3);
    // What is related stays as it is.
    assert_eq!(all.comment().count().filter(|c| c.post_id.eq(1)).await?, 3);
    let json =
        client.call("Tag", Operation::Delete, &json!({ "where": { "id": 1 }, "include": { "posts": true } })).await?;
    assert_eq!(json, json!({ "id": 1, "deletedAt": null, "posts": [] }));
    assert_eq!(client.call("Comment", Operation::DeleteMany, &json!({})).await?, json!({ "count": 1 }));
    assert_eq!((client.tag().count().await?, all.tag().count().await?), (0, 2));
    Ok(())
}

async fn nested_deletes_mark_too() -> Result<()> {
    let db = database().await?;
    let (client, all) = (admin(&db), db.unguarded("looking").with_deleted());
    client.post().update(1).along(|p| p.comments, |c| c.delete(1)).await?;
    client.post().update(1).along(|p| p.comments, |c| c.delete_many(|c| c.text.eq("c2"))).await?;
    client.post().update(1).along(|p| p.tags, |t| t.delete(1)).await?;
    assert_eq!((client.comment().count().await?, client.tag().count().await?), (0, 0));
    assert_eq!((all.comment().count().await?, all.tag().count().await?), (3, 2));
    // What refers to it refers to it still.
    client
        .call("Profile", Operation::Update, &json!({ "where": { "id": 1 }, "data": { "author": { "delete": true } } }))
        .await?;
    assert_eq!((client.author().count().await?, all.author().count().await?), (0, 2));
    assert_eq!(client.profile().find_unique_or_err(1).await?.author_id, Some(1));
    let gone = json!({ "where": { "id": 1 }, "data": { "comments": { "delete": { "id": 1 } } } });
    assert!(client.call("Post", Operation::Update, &gone).await.unwrap_err().is_not_found());
    Ok(())
}

async fn writes_do_not_reach_deleted_rows() -> Result<()> {
    let db = database().await?;
    let client = admin(&db);
    assert!(client.post().update(3).set(|p| p.title, "x").await.unwrap_err().is_not_found());
    assert_eq!(client.post().update_many().set(|p| p.title, "x").await?, 3);
    let nested = client.post().update(1).along(|p| p.comments, |c| c.update(3, |c| c.set(|c| c.text, "x")));
    assert!(nested.await.unwrap_err().is_not_found());
    assert!(client.post().update(2).along(|p| p.comments, |c| c.connect(3)).await.unwrap_err().is_not_found());
    assert!(client.post().update(2).along(|p| p.tags, |t| t.connect(2)).await.unwrap_err().is_not_found());
    assert!(client.post().update(2).along(|p| p.author, |a| a.connect(2)).await.unwrap_err().is_not_found());
    client.post().update(1).along(|p| p.comments, |c| c.set([1])).await?;
    let all = db.unguarded("looking").with_deleted();
    assert_eq!(all.comment().find_unique_or_err(3).await?.post_id, Some(1), "what is not seen is not let go");
    // A deleted row keeps its unique values, and an upsert does not find it.
    assert!(client.author().create(author::New { id: 3, name: "bob".into() }).await.unwrap_err().is_unique_violation());
    assert!(client.author().create(author::New { id: 2, name: "eve".into() }).await.unwrap_err().is_unique_violation());
    let new = || author::New { id: 3, name: "bob".into() };
    let upsert = client.author().upsert(author::Key::Name("bob".into()), new(), |a| a.set(|a| a.name, "x"));
    assert!(upsert.await.unwrap_err().is_unique_violation());
    let upsert = client.tag().upsert(2, tag::New { id: 2 }, |t| t.set(|t| t.id, 5));
    assert!(upsert.await.unwrap_err().is_unique_violation());
    let many = client.author().upsert_many().row(author::Key::Name("bob".into()), new(), |a| a.set(|a| a.name, "x"));
    assert!(many.await.unwrap_err().is_unique_violation());
    assert_eq!(client.author().create_many([new()]).skip_duplicates().await?, 0);
    let or_new = client.post().update(1).along(|p| p.tags, |t| t.connect_or_create(2, tag::New { id: 2 }));
    assert!(or_new.await.unwrap_err().is_unique_violation());
    assert_eq!((all.author().count().await?, all.tag().count().await?), (2, 2));
    Ok(())
}

async fn nobody_gives_the_time_of_a_delete() -> Result<()> {
    let db = database().await?;
    let client = admin(&db);
    let now = zmodel_runtime::DateTime::default();
    let new = post::New { id: 9, title: "x".into(), owner: 1, author_id: 1 };
    assert!(matches!(client.post().create(new).set(|p| p.removed, now).await, Err(Error::Invalid { .. })));
    assert!(matches!(client.post().update(1).set(|p| p.removed, now).await, Err(Error::Invalid { .. })));
    assert!(matches!(client.post().update_many().set(|p| p.removed, None).await, Err(Error::Invalid { .. })));
    let given = json!({ "where": { "id": 1 }, "data": { "removed": null } });
    assert!(matches!(client.call("Post", Operation::Update, &given).await, Err(Error::Input(_))));
    let given = json!({ "data": { "id": 5, "deletedAt": "2026-01-01T00:00:00Z" } });
    assert!(matches!(client.call("Tag", Operation::Create, &given).await, Err(Error::Input(_))));
    Ok(())
}

async fn the_delete_rules_decide_who_deletes() -> Result<()> {
    let db = database().await?;
    // Who may update a post and change no mark may not delete it; who may not update it may.
    let (ann, bob) = (user(&db, 1), user(&db, 2));
    assert!(bob.post().delete(1).await.unwrap_err().is_not_found());
    assert_eq!(bob.post().delete_many().await?, 1);
    assert!(db.anonymous().post().delete(1).await.unwrap_err().is_not_found());
    ann.post().delete(1).await?;
    // A row that can be deleted and not be read.
    let all = db.unguarded("arranging");
    all.post().update(2).set(|p| p.title, "hidden").await?;
    assert!(ann.post().delete(2).await.unwrap_err().is_unreadable());
    assert_eq!(all.post().count().await?, 0);
    Ok(())
}

async fn to_a_rule_deleted_rows_are_not_there() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("arranging");
    for id in 1..=3 {
        all.group().create(group::New { id }).await?;
        all.member().create(member::New { id, user: 1, group_id: id }).await?;
    }
    all.ban().create(ban::New { id: 2, user: 1, group_id: 2 }).await?;
    all.group().create(group::New { id: 7 }).await?;
    let ann = user(&db, 1);
    let seen = async |client: &Client| -> Result<Vec<i32>> {
        Ok(client.group().find_many().order_by(|g| g.id.asc()).await?.into_iter().map(|g| g.id).collect())
    };
    assert_eq!(seen(&ann).await?, [1, 3]);
    // Nobody reads what he was a member of; and who was banned once is banned no more.
    all.member().delete(1).await?;
    all.ban().delete(2).await?;
    assert_eq!(seen(&ann).await?, [2, 3]);
    // Also where deleted rows are seen.
    assert_eq!(seen(&ann.with_deleted()).await?, [2, 3]);
    all.group().delete(3).await?;
    assert_eq!((seen(&ann).await?, seen(&ann.with_deleted()).await?), (vec![2], vec![2, 3]));
    // A relation of a new row that leads to a deleted one leads nowhere.
    assert!(ann.note().create(note::New { id: 1 }).set(|n| n.group_id, 3).await.unwrap_err().is_denied());
    ann.note().create(note::New { id: 1 }).set(|n| n.group_id, 2).await?;
    // What cannot be known denies.
    all.note().create(note::New { id: 2 }).set(|n| n.group_id, 7).await?;
    all.group().delete(7).await?;
    assert!(ann.note().find_unique(2).await?.is_none());
    assert!(ann.with_deleted().note().find_unique(2).await?.is_none());
    Ok(())
}

async fn who_asks_sees_deleted_rows_under_the_same_rules() -> Result<()> {
    let db = database().await?;
    let client = db.anonymous().with_deleted();
    assert_eq!(client.post().count().await?, 4);
    let posts = client.post().find_many().order_by(|p| p.id.asc()).include(|p| (p.author, p.comments)).await?;
    assert!(posts.iter().all(|post| post.rel.0.is_some()));
    assert_eq!(posts[0].rel.1.len(), 3);
    assert_eq!(client.author().find_unique_or_err(1).await?.open, 3);
    assert_eq!(client.post().find_many().filter(|p| p.removed.is_not_null()).await?.len(), 1);
    assert_eq!(client.post().find_many().filter(|p| p.comments.some(|c| c.text.eq("c3"))).await?.len(), 1);
    let json = client.call("Post", Operation::FindMany, &json!({ "include": { "_count": true } })).await?;
    assert_eq!(json.as_array().map(Vec::len), Some(4));
    assert_eq!(json[0]["_count"], json!({ "comments": 3, "tags": 2 }));
    // The rules are the same.
    db.unguarded("arranging").with_deleted().post().update(3).set(|p| p.title, "hidden").await?;
    assert_eq!(client.post().count().await?, 3);
    assert!(client.post().update(3).set(|p| p.title, "x").await.unwrap_err().is_not_found());
    // In a transaction as well.
    let count = client.in_transaction(async |tx| tx.post().count().await).await?;
    assert_eq!(count, 3);
    assert_eq!(db.anonymous().post().count().await?, 3);
    Ok(())
}

async fn a_restore_takes_a_delete_back() -> Result<()> {
    let db = database().await?;
    let (ann, admin) = (user(&db, 1), admin(&db));
    // He may delete it, and may update it, but not its mark.
    assert!(ann.post().restore(3).await.unwrap_err().is_not_found());
    // It is not deleted.
    assert!(admin.post().restore(1).await.unwrap_err().is_not_found());
    assert!(admin.post().restore(3).when(|p| p.title.eq("x")).await.unwrap_err().is_not_found());
    let restored = admin.post().restore(3).when(|p| p.title.eq("p3")).await?;
    assert_eq!((restored.id, restored.removed), (3, None));
    assert_eq!(ann.post().count().await?, 4);
    assert!(admin.post().restore(3).await.unwrap_err().is_not_found());
    // What becomes of it is looked at, and it was marked before.
    let all = db.unguarded("arranging");
    all.post().update(2).set(|p| p.title, "frozen").await?;
    admin.post().update(2).set(|p| p.owner, 5).await?;
    admin.post().delete_many().await?;
    assert!(admin.post().restore(2).await.unwrap_err().is_denied());
    assert!(admin.post().restore_many().await.unwrap_err().is_denied());
    assert_eq!(admin.post().count().await?, 0);
    assert_eq!(admin.post().restore_many().filter(|p| p.title.ne("frozen")).limit(2).await?, 2);
    let rest = admin.post().restore_many().filter(|p| p.title.ne("frozen")).returning().await?;
    assert_eq!((rest.len(), rest[0].removed), (1, None));
    assert_eq!(ann.post().restore_many().await?, 0);
    // Its relations are as they were.
    assert_eq!(ann.comment().count().filter(|c| c.post.is_some()).await?, 2);
    all.comment().restore(3).await?;
    assert_eq!(ann.comment().count().filter(|c| c.post.is_some()).await?, 3);
    Ok(())
}

async fn for_good_is_for_good() -> Result<()> {
    let db = database().await?;
    let (ann, bob, all) = (user(&db, 1), user(&db, 2), db.unguarded("looking").with_deleted());
    // By the same rules.
    assert!(bob.post().delete(3).for_good().await.unwrap_err().is_not_found());
    let gone = ann.post().delete(3).for_good().await?;
    assert!(gone.removed.is_some());
    assert_eq!(all.post().count().await?, 3);
    // A row that is not marked goes the same way, and the database sees to what refers to it.
    ann.post().delete(1).for_good().await?;
    assert_eq!((all.post().count().await?, all.comment().count().await?), (2, 0));
    // Old ones alone, and all.
    ann.post().delete(2).await?;
    assert_eq!(ann.post().delete_many().for_good().filter(|p| p.removed.is_not_null()).await?, 1);
    assert_eq!(all.post().count().await?, 1);
    let gone = all.tag().delete_many().for_good().returning().await?;
    assert_eq!((gone.len(), all.tag().count().await?), (2, 0));
    Ok(())
}

async fn a_row_in_several_tables_is_marked_as_one() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("arranging");
    for (id, locked) in [(1, false), (2, true), (3, false)] {
        let new = video::New { id, slug: format!("v{id}"), length: 1 };
        all.video().create(new).set(|v| v.locked, locked).await?;
    }
    all.image().create(image::New { id: 4, slug: "i".into(), width: 1 }).await?;
    let (client, seeing) = (db.anonymous(), db.anonymous().with_deleted());
    // By either model; and the rules of the part are asked.
    assert_eq!(client.video().delete(1).await?.deleted_at, None);
    assert!(client.asset().delete(2).await.unwrap_err().is_not_found());
    assert_eq!(client.asset().delete_many().filter(|a| a.id.gt(0)).await?, 2);
    assert_eq!(
        (client.asset().count().await?, client.video().count().await?, client.image().count().await?),
        (1, 1, 0)
    );
    assert_eq!(
        (seeing.asset().count().await?, seeing.video().count().await?, seeing.image().count().await?),
        (4, 3, 1)
    );
    assert!(client.asset().update(1).set(|a| a.slug, "x").await.unwrap_err().is_not_found());
    assert!(client.video().update(1).set(|v| v.length, 2).await.unwrap_err().is_not_found());
    assert!(seeing.video().update(1).set(|v| v.length, 2).await.is_ok());
    let taken = video::New { id: 9, slug: "i".into(), length: 1 };
    assert!(client.video().create(taken).await.unwrap_err().is_unique_violation());
    // A part that is locked is so when the row is deleted.
    all.with_deleted().video().update(3).set(|v| v.locked, true).await?;
    assert!(client.asset().restore(3).await.unwrap_err().is_not_found());
    assert!(client.video().restore(3).await.unwrap_err().is_not_found());
    assert!(client.asset().delete(3).for_good().await.unwrap_err().is_not_found());
    assert!(seeing.asset().update(3).set(|a| a.slug, "x").await.unwrap_err().is_not_found());
    assert_eq!(client.video().restore(1).await?.length, 2);
    assert_eq!(client.asset().restore_many().await?, 1);
    assert_eq!(client.image().count().await?, 1);
    client.asset().delete(asset::Key::Slug("i".into())).for_good().await?;
    assert_eq!(seeing.image().count().await?, 0);
    Ok(())
}

async fn a_transaction_sees_its_own_deletes() -> Result<()> {
    let db = database().await?;
    let client = admin(&db);
    let undone: Result<()> = client
        .in_transaction(async |tx| {
            tx.post().delete(1).await?;
            assert!(tx.post().find_unique(1).await?.is_none());
            tx.post().restore(3).await?;
            assert_eq!(tx.post().count().await?, 3);
            Err(Error::NotFound { model: "enough".to_owned() })
        })
        .await;
    assert!(undone.is_err());
    assert!(client.post().find_unique(1).await?.is_some());
    assert!(client.post().find_unique(3).await?.is_none());
    Ok(())
}

zmodel_tests::on_each_database!(
    reads_do_not_see_deleted_rows,
    relations_do_not_lead_to_deleted_rows,
    a_delete_marks_the_row_and_gives_it_as_it_was,
    nested_deletes_mark_too,
    writes_do_not_reach_deleted_rows,
    nobody_gives_the_time_of_a_delete,
    the_delete_rules_decide_who_deletes,
    to_a_rule_deleted_rows_are_not_there,
    who_asks_sees_deleted_rows_under_the_same_rules,
    a_restore_takes_a_delete_back,
    for_good_is_for_good,
    a_row_in_several_tables_is_marked_as_one,
    a_transaction_sees_its_own_deletes,
);
