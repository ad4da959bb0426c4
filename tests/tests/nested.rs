//! Writes along relations, and writes of many rows.

#![cfg(test)]
#![expect(clippy::redundant_closure_for_method_calls, reason = "as one would write it")]

use db::{Client, Db, comment, post, profile, tag, user};
use serde_json::json;
use zmodel_macros::zmodel;
use zmodel_runtime::client::Unguarded;
use zmodel_runtime::json::Operation;
use zmodel_runtime::{Parent, Related, Result};

/// Users, their posts, and what hangs on them.
#[zmodel("schemas/nested.zmodel")]
pub mod db {}

async fn open() -> Result<(Db, Client)> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let client = db.anonymous();
    client.user().create(user::New { id: 1, name: "Ann".into() }).await?;
    Ok((db, client))
}

fn comment(text: &str) -> comment::New<Parent> {
    comment::New { text: text.into(), post_id: Parent }
}

async fn texts(all: &Client<Unguarded>) -> Result<Vec<String>> {
    let comments = all.comment().find_many().order_by(|comment| comment.id.asc()).await?;
    Ok(comments.into_iter().map(|comment| comment.text).collect())
}

/// Post 1 with three comments, two tags and the tag that nobody may touch.
async fn arranged() -> Result<(Db, Client)> {
    let (db, client) = open().await?;
    client
        .tag()
        .create_many([tag::New { id: 1, name: "one".into() }, tag::New { id: 9, name: "locked".into() }])
        .await?;
    let new = post::New { id: 1, title: "First".into(), author_id: 1 };
    client
        .post()
        .create(new)
        .along(|post| post.comments, |comments| comments.create(["a", "b", "c"].map(comment)))
        .along(|post| post.tags, |tags| tags.connect(1).create([tag::New { id: 2, name: "two".into() }]))
        .await?;
    Ok((db, client))
}

async fn rows_are_made_with_what_hangs_on_them() -> Result<()> {
    let (db, client) = arranged().await?;
    let post = client.post().find_unique_or_err(1).include(|post| (post.comments, post.tags)).await?;
    assert_eq!((post.rel.0.len(), post.rel.1.len()), (3, 2));
    // Three levels in one call.
    let draft = post::New { id: 3, title: "Deep".into(), author_id: Parent }
        .draft()
        .set(|post| post.views, 7)
        .along(|post| post.comments, |comments| comments.create([comment("deep")]));
    let bob = client
        .user()
        .create(user::New { id: 2, name: "Bob".into() })
        .along(|user| user.profile, |profile| profile.create(profile::New { id: 1, bio: "hi".into() }))
        .along(|user| user.posts, |posts| posts.create([draft]))
        .include(|user| (user.profile, user.posts.include(|post| post.comments)))
        .await?;
    assert_eq!(bob.rel.0.unwrap().user_id, Some(2));
    assert_eq!((bob.rel.1[0].row.views, bob.rel.1[0].rel[0].text.as_str()), (7, "deep"));
    // One that the rules refuse, and nothing is left of the rest.
    let new = post::New { id: 4, title: "Spam".into(), author_id: 1 };
    let refused = client.post().create(new).along(|p| p.comments, |c| c.create(["fine", "spam"].map(comment))).await;
    assert!(refused.unwrap_err().is_denied());
    assert_eq!(client.post().count().await?, 2);
    assert_eq!(texts(&db.unguarded("look")).await?, ["a", "b", "c", "deep"]);
    Ok(())
}

async fn related_rows_are_changed_made_and_deleted() -> Result<()> {
    let (db, client) = arranged().await?;
    let all = db.unguarded("look");
    client
        .post()
        .update(1)
        .set(|post| post.title, "Second")
        .along(
            |post| post.comments,
            |comments| {
                comments
                    .update(1, |comment| comment.set(|c| c.text, "A"))
                    .upsert(77, comment("new"), |comment| comment.set(|c| c.text, "never"))
                    .delete(2)
                    .update_many(|comment| comment.text.eq("c"), |comment| comment.set(|c| c.text, "C"))
            },
        )
        .await?;
    assert_eq!(texts(&all).await?, ["A", "C", "new"]);
    client.post().update(1).along(|p| p.comments, |c| c.delete_many(|c| c.text.any_of(["A", "C"]))).await?;
    assert_eq!(texts(&all).await?, ["new"]);
    // A row of another post is none of this one.
    all.post().create(post::New { id: 2, title: "Other".into(), author_id: 1 }).await?;
    let other = client.post().update(2).along(|p| p.comments, |c| c.delete(4)).await;
    assert!(other.unwrap_err().is_not_found());
    // What is refused in the end is undone from the start.
    let bad = client.post().update(1).set(|p| p.title, "bad").along(|p| p.comments, |c| c.create([comment("x")])).await;
    assert!(bad.unwrap_err().is_denied());
    assert_eq!(texts(&all).await?, ["new"]);
    Ok(())
}

async fn keys_are_set_moved_and_taken_away() -> Result<()> {
    let (db, client) = arranged().await?;
    client.profile().create_many([1, 2].map(|id| profile::New { id, bio: "b".into() })).await?;
    let profile = |id| client.profile().find_unique_or_err(id);
    client.user().update(1).along(|user| user.profile, |profile| profile.connect(1)).await?;
    assert_eq!(profile(1).await?.user_id, Some(1));
    // There is place for one: whoever had it makes way.
    client.user().update(1).along(|user| user.profile, |profile| profile.connect(2)).await?;
    assert_eq!((profile(1).await?.user_id, profile(2).await?.user_id), (None, Some(1)));
    client.profile().update(2).along(|profile| profile.user, |user| user.disconnect()).await?;
    assert_eq!(profile(2).await?.user_id, None);
    let new = user::New { id: 5, name: "Eve".into() };
    client.profile().update(2).along(|profile| profile.user, |user| user.create(new)).await?;
    assert_eq!(profile(2).await?.user_id, Some(5));
    client.user().update(5).along(|user| user.profile, |it| it.update(|it| it.set(|it| it.bio, "changed"))).await?;
    assert_eq!(profile(2).await?.bio, "changed");
    client.user().update(5).along(|user| user.profile, |it| it.delete()).await?;
    assert_eq!(db.unguarded("look").profile().count().await?, 1);
    // A row that must refer to something cannot be let go.
    let lost = client.user().update(1).along(|user| user.posts, |posts| posts.disconnect(1)).await;
    assert!(lost.unwrap_err().to_string().contains("needs what it refers to"));
    Ok(())
}

async fn links_need_the_consent_of_both_ends() -> Result<()> {
    let (db, client) = arranged().await?;
    let tags = || async {
        let post = client.post().find_unique_or_err(1).include(|post| post.tags.order_by(|tag| tag.id.asc())).await?;
        Ok::<Vec<i32>, zmodel_runtime::Error>(post.rel.into_iter().map(|tag| tag.id).collect())
    };
    assert!(client.post().update(1).along(|p| p.tags, |t| t.connect(9)).await.unwrap_err().is_denied());
    client.post().update(1).along(|p| p.tags, |t| t.disconnect(1).connect(2)).await?;
    assert_eq!(tags().await?, [2]);
    client.post().update(1).along(|p| p.tags, |t| t.set([1])).await?;
    assert_eq!(tags().await?, [1]);
    let named = |name: &str| tag::Key::Name(name.into());
    client
        .post()
        .update(1)
        .along(
            |p| p.tags,
            |t| {
                t.connect_or_create(named("two"), tag::New { id: 7, name: "two".into() })
                    .connect_or_create(named("three"), tag::New { id: 3, name: "three".into() })
            },
        )
        .await?;
    assert_eq!(tags().await?, [1, 2, 3]);
    // Nobody links or unlinks what may not be updated.
    db.unguarded("arrange").post().update(1).set(|post| post.views, 100).await?;
    assert!(client.post().update(1).along(|p| p.tags, |t| t.disconnect(1)).await.unwrap_err().is_denied());
    assert!(client.tag().update(1).along(|t| t.posts, |p| p.set([0; 0])).await.unwrap_err().is_denied());
    assert_eq!(tags().await?, [1, 2, 3]);
    Ok(())
}

async fn many_rows_at_once() -> Result<()> {
    let (db, client) = open().await?;
    let new = |id| post::New { id, title: format!("p{id}"), author_id: 1 };
    assert_eq!(client.post().create_many((1..=4).map(new)).await?, 4);
    assert!(client.post().create_many([new(5), new(1)]).await.unwrap_err().is_unique_violation());
    assert_eq!(client.post().create_many([new(5), new(1)]).skip_duplicates().await?, 1);
    assert_eq!(client.post().create_many([new(6)]).returning().await?[0].title, "p6");
    db.unguarded("arrange").post().update_many().filter(|p| p.id.gt(4)).set(|p| p.views, 100).await?;
    // Those that may not be changed are left, and do not use up the limit.
    assert_eq!(client.post().update_many().set(|p| p.views, 5).await?, 4);
    assert_eq!(client.post().update_many().increment(|p| p.views, 2).limit(2).await?, 2);
    let views = client.post().find_many().order_by(|p| p.id.asc()).await?;
    assert_eq!(views.iter().filter(|p| p.views == 7).count(), 2);
    assert!(client.post().update_many().set(|p| p.title, "bad").await.unwrap_err().is_denied());
    assert_eq!(client.post().count().filter(|p| p.title.eq("bad")).await?, 0);
    let changed = client.post().update_many().filter(|p| p.id.eq(1)).set(|p| p.title, "x").returning().await?;
    assert_eq!(changed[0].title, "x");
    assert_eq!(client.post().delete_many().filter(|p| p.id.gt(2)).limit(1).await?, 1);
    assert_eq!(client.post().delete_many().await?, 5);
    Ok(())
}

async fn the_database_calculates() -> Result<()> {
    let (_, client) = arranged().await?;
    let half = "0.5".parse::<zmodel_runtime::Decimal>().unwrap();
    let post = client.post().update(1).increment(|p| p.views, 3).increment(|p| p.price, half).await?;
    assert_eq!((post.views, post.price.to_string()), (3, "1.6".to_owned()));
    let post = client.post().update(1).multiply(|p| p.views, 7).divide(|p| p.price, half).await?;
    assert_eq!((post.views, post.price.to_string()), (21, "3.2".to_owned()));
    let post = client.post().update(1).decrement(|p| p.views, 1).push(|p| p.words, ["a".to_owned()]).await?;
    assert_eq!((post.views, post.words), (20, vec!["a".to_owned()]));
    let post = client.post().update(1).push(|p| p.words, ["b".to_owned(), "c".to_owned()]).await?;
    assert_eq!(post.words, ["a", "b", "c"]);
    assert!(client.post().update(1).multiply(|p| p.views, i32::MAX).await.is_err());
    Ok(())
}

async fn a_row_is_changed_or_made() -> Result<()> {
    let (_, client) = arranged().await?;
    let new = |id| post::New { id, title: "new".into(), author_id: 1 };
    let post = client.post().upsert(1, new(1), |post| post.increment(|p| p.views, 1)).await?;
    assert_eq!((post.title.as_str(), post.views), ("First", 1));
    let post = client.post().upsert(2, new(2), |post| post.increment(|p| p.views, 1)).include(|p| p.tags).await?;
    assert_eq!((post.title.as_str(), post.views, post.rel.len()), ("new", 0, 0));
    let taken = client.post().upsert(1, new(1), |post| post.set(|p| p.views, 1)).when(|p| p.views.eq(50)).await;
    assert!(taken.unwrap_err().is_unique_violation());
    Ok(())
}

async fn a_row_does_not_change_where_only_the_other_one_does() -> Result<()> {
    let (db, client) = arranged().await?;
    db.unguarded("arrange").post().update(1).set(|post| post.views, 100).await?;
    let upsert = json!({ "upsert": { "create": { "id": 2, "name": "Bob" }, "update": { "name": "Anna" } } });
    let args = json!({ "where": { "id": 1 }, "data": { "author": upsert }, "include": { "author": true } });
    let post = client.call("post", Operation::Update, &args).await?;
    assert_eq!(post["author"]["name"], "Anna");
    // Nothing at all changes where no field is given a value.
    let args = json!({ "where": { "id": 1 }, "data": { "comments": { "updateMany": { "data": {} } } } });
    assert_eq!(client.call("post", Operation::Update, &args).await?["views"], 100);
    Ok(())
}

async fn a_required_key_is_given_by_what_is_done_along_it() -> Result<()> {
    let (db, client) = open().await?;
    let all = db.unguarded("look");
    let new = |id, title: &str| post::New { id, title: title.into(), author_id: Related }.draft();
    // Three rows, each of which refers to the next.
    let comment = client
        .comment()
        .create_draft(comment::New { text: "up".into(), post_id: Related }.draft().along(
            |comment| comment.post,
            |post| {
                post.create(
                    new(1, "Made")
                        .along(|post| post.author, |author| author.create(user::New { id: 2, name: "Bob".into() })),
                )
            },
        ))
        .include(|comment| (comment.post.include(|post| post.author),))
        .await?;
    assert_eq!(comment.rel.0.rel.name, "Bob");
    client.post().create_draft(new(2, "Linked").along(|post| post.author, |author| author.connect(2))).await?;
    let found =
        |id| new(id, "Found").along(|p| p.author, |a| a.connect_or_create(3, user::New { id: 3, name: "Cy".into() }));
    for id in [3, 4] {
        client.post().create_draft(found(id)).await?;
    }
    assert_eq!(all.post().count().filter(|post| post.author_id.eq(3)).await?, 2);
    // Nobody gives the key; a row that is not there gives none.
    let nobody = client.post().create_draft(new(5, "Lost")).await.unwrap_err();
    assert_eq!(nobody.to_string(), "`Post.authorId` has no value; give one, or create or connect its `author`");
    let missing = client.post().create_draft(new(5, "Lost").along(|p| p.author, |a| a.connect(99))).await;
    assert!(missing.unwrap_err().is_not_found());
    assert_eq!(all.post().count().await?, 4);
    Ok(())
}

async fn related_rows_are_made_at_once_and_changed_under_a_condition() -> Result<()> {
    let (db, client) = arranged().await?;
    let all = db.unguarded("look");
    let row = |id, title: &str| post::New { id, title: title.into(), author_id: Parent };
    client.user().update(1).along(|u| u.posts, |posts| posts.create_many((2..300).map(|id| row(id, "many")))).await?;
    assert_eq!(all.post().count().filter(|post| post.author_id.eq(1)).await?, 299);
    let again =
        client.user().update(1).along(|u| u.posts, |posts| posts.create_many([row(2, "x"), row(300, "y")])).await;
    assert!(again.unwrap_err().is_unique_violation());
    client.user().update(1).along(|u| u.posts, |posts| posts.create_missing([row(2, "x"), row(300, "y")])).await?;
    assert_eq!(all.post().count().await?, 300);
    client
        .user()
        .update(1)
        .along(
            |u| u.posts,
            |posts| posts.update_at_most(3, |p| p.title.eq("many"), |post| post.set(|p| p.title, "few")),
        )
        .await?;
    assert_eq!(all.post().count().filter(|post| post.title.eq("few")).await?, 3);
    // Along a relation to one row.
    let bio = |text: &'static str| move |profile: zmodel_runtime::edit::Edit<db::Profile>| profile.set(|p| p.bio, text);
    let of_ann = || client.user().update(1);
    of_ann().along(|u| u.profile, |p| p.create(profile::New { id: 1, bio: "a".into() })).await?;
    of_ann().along(|u| u.profile, |p| p.update_if(|p| p.bio.eq("a"), bio("b"))).await?;
    let missed = of_ann().along(|u| u.profile, |p| p.update_if(|p| p.bio.eq("a"), bio("c"))).await;
    assert!(missed.unwrap_err().is_not_found());
    let new = || profile::New { id: 2, bio: "new".into() };
    of_ann().along(|u| u.profile, |p| p.upsert_if(|p| p.bio.eq("b"), new(), bio("d"))).await?;
    of_ann().along(|u| u.profile, |p| p.disconnect_if(|p| p.bio.eq("b"))).await?;
    assert_eq!(all.profile().find_unique_or_err(1).await?.user_id, Some(1));
    let kept = of_ann().along(|u| u.profile, |p| p.delete_if(|p| p.bio.eq("b"))).await;
    assert!(kept.unwrap_err().is_not_found());
    of_ann().along(|u| u.profile, |p| p.disconnect_if(|p| p.bio.eq("d"))).await?;
    assert_eq!(all.profile().find_unique_or_err(1).await?.user_id, None);
    of_ann().along(|u| u.profile, |p| p.connect(1)).await?;
    of_ann().along(|u| u.profile, |p| p.delete_if(|p| p.bio.eq("d"))).await?;
    assert_eq!(all.profile().count().await?, 0);
    Ok(())
}

zmodel_tests::on_each_database!(
    a_required_key_is_given_by_what_is_done_along_it,
    related_rows_are_made_at_once_and_changed_under_a_condition,
    rows_are_made_with_what_hangs_on_them,
    related_rows_are_changed_made_and_deleted,
    keys_are_set_moved_and_taken_away,
    links_need_the_consent_of_both_ends,
    many_rows_at_once,
    the_database_calculates,
    a_row_is_changed_or_made,
    a_row_does_not_change_where_only_the_other_one_does,
);
