//! The schema of the seed, by the macro.

#![cfg(test)]

use zmodel_macros::zmodel;
use zmodel_runtime::Result;

/// The blog.
#[zmodel("schemas/blog.zmodel")]
pub mod db {}

use db::{Client, Db, User, post};

async fn three() -> Result<(Client, Client, Client)> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let user = |id: &str| db.auth(User { id: id.to_owned() });
    Ok((user("ann"), user("bob"), db.anonymous()))
}

fn new(title: &str, author_id: &str) -> post::New {
    post::New { title: title.to_owned(), author_id: author_id.to_owned() }
}

async fn an_author_does_everything_and_others_read_what_is_published() -> Result<()> {
    let (ann, bob, visitor) = three().await?;
    let draft = ann.post().create(new("Draft", "ann")).await?;
    assert!(!draft.published);
    assert_eq!(bob.post().find_many().await?, []);
    assert_eq!(bob.post().find_unique(&draft.id).await?, None);
    let public = ann.post().update(&draft.id).set(|post| post.published, true).await?;
    assert!(public.updated_at >= draft.updated_at);
    assert_eq!(bob.post().find_many().await?, std::slice::from_ref(&public));
    assert_eq!(visitor.post().count().await?, 0);
    assert!(bob.post().update(&draft.id).set(|post| post.title, "Mine").await.unwrap_err().is_not_found());
    assert!(bob.post().delete(&draft.id).await.unwrap_err().is_not_found());
    assert!(bob.post().create(new("Ann says", "ann")).await.unwrap_err().is_denied());
    assert!(visitor.post().create(new("Nobody says", "ann")).await.unwrap_err().is_denied());
    assert_eq!(ann.post().delete(&draft.id).await?, public);
    Ok(())
}

zmodel_tests::on_each_database!(an_author_does_everything_and_others_read_what_is_published,);
