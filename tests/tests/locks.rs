//! Two callers at once: what one does while the other waits for a row.

#![cfg(test)]

use std::time::Duration;

use zmodel_runtime::Result;
use zmodel_tests::blog::{Db, User, post};

async fn open() -> Result<(Db, post::Post)> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let mine = post::New { title: "mine".into(), author_id: "ann".into() };
    let post = db.auth(ann()).post().create(mine).await?;
    Ok((db, post))
}

fn ann() -> User {
    User { id: "ann".into() }
}

/// Gives the post away, and meanwhile does `work`, which has to wait for the row.
async fn given_away_meanwhile<T: Send + 'static>(
    db: &Db,
    post: &post::Post,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<Result<T>> {
    let all = db.unguarded("giving it away");
    let away = all.begin().await?;
    away.post().update(&post.id).set(|post| post.author_id, "bob").await?;
    let waiting = tokio::spawn(work);
    tokio::time::sleep(Duration::from_millis(200)).await;
    away.commit().await?;
    Ok(waiting.await.unwrap())
}

async fn an_update_that_had_to_wait_asks_the_rules_again() -> Result<()> {
    let (db, post) = open().await?;
    let (ann, id) = (db.auth(ann()), post.id.clone());
    let outcome =
        given_away_meanwhile(&db, &post, async move { ann.post().update(&id).set(|p| p.title, "hers").await }).await?;
    assert!(outcome.unwrap_err().is_not_found());
    let left = db.unguarded("looking").post().find_unique_or_err(&post.id).await?;
    assert_eq!((&*left.title, &*left.author_id), ("mine", "bob"));
    Ok(())
}

async fn many_rows_are_asked_about_again_as_well() -> Result<()> {
    let (db, post) = open().await?;
    let ann = db.auth(ann());
    let outcome =
        given_away_meanwhile(&db, &post, async move { ann.post().update_many().set(|p| p.title, "hers").await })
            .await?;
    assert_eq!(outcome?, 0);
    Ok(())
}

async fn a_deletion_that_had_to_wait_asks_the_rules_again() -> Result<()> {
    let (db, post) = open().await?;
    let (ann, id) = (db.auth(ann()), post.id.clone());
    let outcome = given_away_meanwhile(&db, &post, async move { ann.post().delete(&id).await }).await?;
    assert!(outcome.unwrap_err().is_not_found());
    assert_eq!(db.unguarded("looking").post().count().await?, 1);
    Ok(())
}

zmodel_tests::on_each_database!(
    an_update_that_had_to_wait_asks_the_rules_again,
    many_rows_are_asked_about_again_as_well,
    a_deletion_that_had_to_wait_asks_the_rules_again,
);
