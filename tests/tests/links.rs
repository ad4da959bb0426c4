//! Models that have many of each other, linked by a table that no model describes.

#![expect(clippy::expect_used, reason = "what the tests stand on")]

use zmodel_macros::zmodel;
use zmodel_runtime::Result;
use zmodel_runtime::filter::Filter;
use zmodel_runtime::include::With;

/// Posts with tags, and posts related to posts.
#[zmodel("schemas/links.zmodel")]
pub mod db {}

use db::{Db, Post, Tag, User, post, tag};

/// Post 1 has the tags `open` and `shut`, post 2 has `shut`, post 3 has none; post 1 is related to 2 and 3.
async fn database() -> Result<(Db, tempfile::NamedTempFile)> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().display().to_string();
    let db = Db::connect(&format!("sqlite:{path}")).await?;
    db.create_tables().await?;
    let all = db.unguarded("test data");
    for id in 1..=3 {
        all.post().create(post::New { id, title: format!("post {id}") }).await?;
    }
    for (name, public) in [("open", true), ("shut", false)] {
        all.tag().create(tag::New { name: name.to_owned(), public }).await?;
    }
    let direct = rusqlite::Connection::open(&path).expect("the same file");
    // The columns are in the order in which Prisma makes them.
    direct
        .execute_batch(
            "INSERT INTO _PostToTag VALUES (1, 'open'), (1, 'shut'), (2, 'shut');
             INSERT INTO _Related (A, B) VALUES (1, 2), (1, 3);",
        )
        .expect("links");
    Ok((db, file))
}

fn ids(posts: &[Post]) -> Vec<i32> {
    posts.iter().map(|post| post.id).collect()
}

#[tokio::test]
async fn a_rule_looks_through_the_links() -> Result<()> {
    let (db, _file) = database().await?;
    assert_eq!(ids(&db.anonymous().post().find_many().await?), [1]);
    assert_eq!(ids(&db.auth(User { id: 2 }).post().find_many().await?), [1, 2]);
    Ok(())
}

#[tokio::test]
async fn what_is_included_is_linked_and_in_sight() -> Result<()> {
    let (db, _file) = database().await?;
    let names = |row: &With<Post, Vec<Tag>>| row.rel.iter().map(|tag| tag.name.clone()).collect::<Vec<_>>();
    let read = |id: i32| {
        let client = if id == 0 { db.anonymous() } else { db.auth(User { id }) };
        async move { client.post().find_unique_or_err(1).include(|post| post.tags.order_by(|tag| tag.name.asc())).await }
    };
    assert_eq!(names(&read(0).await?), ["open"]);
    assert_eq!(names(&read(2).await?), ["open", "shut"]);
    let back = db.auth(User { id: 2 }).tag().find_unique_or_err("shut").include(|tag| tag.posts).await?;
    assert_eq!(ids(&back.rel), [1, 2]);
    let all = db.unguarded("limits");
    let first = all.post().find_unique_or_err(1);
    let first = first.include(|post| post.tags.order_by(|tag| tag.name.desc()).take(1)).await?;
    assert_eq!(names(&first), ["shut"]);
    Ok(())
}

#[tokio::test]
async fn conditions_on_linked_rows_see_what_the_caller_sees() -> Result<()> {
    let (db, _file) = database().await?;
    let shut = |client: db::Client| async move {
        client.post().find_many().filter(|post| post.tags.some(|tag| tag.name.eq("shut"))).await
    };
    assert_eq!(ids(&shut(db.anonymous()).await?), [0; 0]);
    assert_eq!(ids(&shut(db.auth(User { id: 1 })).await?), [1]);
    let none = db.unguarded("all").post().find_many().filter(|post| post.tags.none(|_| Filter::all())).await?;
    assert_eq!(ids(&none), [3]);
    Ok(())
}

#[tokio::test]
async fn a_model_can_have_many_of_itself() -> Result<()> {
    let (db, _file) = database().await?;
    let all = db.unguarded("all");
    let one = all.post().find_unique_or_err(1).include(|post| (post.backs, post.related)).await?;
    assert_eq!((ids(&one.rel.0), ids(&one.rel.1)), (vec![2, 3], vec![]));
    let two = all.post().find_unique_or_err(2).include(|post| (post.backs, post.related)).await?;
    assert_eq!((ids(&two.rel.0), ids(&two.rel.1)), (vec![], vec![1]));
    Ok(())
}

#[tokio::test]
async fn links_go_with_the_rows_they_link() -> Result<()> {
    let (db, _file) = database().await?;
    let all = db.unguarded("all");
    all.post().delete(1).await?;
    let tags = all.tag().find_many().filter(|tag| tag.posts.some(|_| Filter::all())).await?;
    assert_eq!(tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["shut"]);
    Ok(())
}
