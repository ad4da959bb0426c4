//! Who may do what with a post, a line each.

use serde_json::json;
use zmodel_runtime::testing::{self, assert_allowed, assert_denied};

use crate::db::{Db, User, post};

/// A draft and a published post of Ann's.
async fn blog() -> zmodel_runtime::Result<Db> {
    let db = Db::new(testing::sqlite()?);
    db.create_tables().await?;
    let posts = json!({ "Post": [
        { "id": "draft", "title": "Soon", "authorId": "ann" },
        { "id": "post", "title": "Hello", "authorId": "ann", "published": true },
    ] });
    testing::fixtures(&db.unguarded("fixtures"), &posts).await?;
    Ok(db)
}

#[tokio::test]
async fn everybody_who_is_signed_in_reads_what_is_published() -> zmodel_runtime::Result<()> {
    let db = blog().await?;
    let [ann, bob] = ["ann", "bob"].map(|id| db.auth(User { id: id.into() }));
    assert_allowed!(bob.post().find_unique("post"));
    assert_denied!(bob.post().find_unique("draft"));
    assert_allowed!(ann.post().find_unique("draft"));
    assert_denied!(db.anonymous().post().find_many());
    Ok(())
}

#[tokio::test]
async fn the_author_alone_writes() -> zmodel_runtime::Result<()> {
    let db = blog().await?;
    let [ann, bob] = ["ann", "bob"].map(|id| db.auth(User { id: id.into() }));
    let new = |author: &str| post::New { title: "New".into(), author_id: author.into() };
    assert_allowed!(ann.post().create(new("ann")));
    assert_denied!(ann.post().create(new("bob")));
    assert_denied!(bob.post().update("post").set(|post| post.title, "Mine"));
    assert_denied!(bob.post().delete_many());
    assert_allowed!(ann.post().delete("draft"));
    Ok(())
}
