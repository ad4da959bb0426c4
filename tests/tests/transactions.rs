//! Several calls that are all done or not at all.

#![cfg(test)]

use std::time::Duration;

use db::{Client, Db, post};
use tokio::time::timeout;
use zmodel_macros::zmodel;
use zmodel_runtime::client::Unguarded;
use zmodel_runtime::json::{Operation, Request};
use zmodel_runtime::transaction::Isolation;
use zmodel_runtime::{Error, Json, Result};
use zmodel_tests::database::{Database, here};

/// Posts with a unique title, which nobody but the program writes.
#[zmodel("schemas/transactions.zmodel")]
pub mod db {}

async fn open() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    Ok(db)
}

async fn titles(all: &Client<Unguarded>) -> Result<Vec<String>> {
    let posts = all.post().find_many().order_by(|post| post.id.asc()).await?;
    Ok(posts.into_iter().map(|post| post.title).collect())
}

fn new(id: i32, title: &str) -> post::New {
    post::New { id, title: title.into() }
}

async fn what_is_committed_stays_and_what_is_dropped_does_not() -> Result<()> {
    let all = open().await?.unguarded("test");
    let kept = all.begin().await?;
    kept.post().create(new(1, "a")).await?;
    assert_eq!(titles(&kept).await?, ["a"]);
    kept.commit().await?;
    let dropped = all.begin().await?;
    dropped.post().create(new(2, "b")).await?;
    drop(dropped);
    let undone = all.begin().await?;
    undone.post().create(new(3, "c")).await?;
    undone.rollback().await;
    assert_eq!(titles(&all).await?, ["a"]);
    Ok(())
}

async fn a_closure_is_kept_if_it_ends_well() -> Result<()> {
    let all = open().await?.unguarded("test");
    let title =
        all.in_transaction(|tx| async move { Ok::<_, Error>(tx.post().create(new(1, "a")).await?.title) }).await?;
    assert_eq!(title, "a");
    let failed = all
        .in_transaction(|tx| async move {
            tx.post().create(new(2, "b")).await?;
            tx.post().create(new(3, "b")).await.map(drop)
        })
        .await;
    assert!(failed.unwrap_err().is_unique_violation());
    assert_eq!(titles(&all).await?, ["a"]);
    Ok(())
}

async fn a_call_that_fails_inside_leaves_nothing_and_spares_the_others() -> Result<()> {
    let all = open().await?.unguarded("test");
    let tx = all.begin().await?;
    tx.post().create(new(1, "a")).await?;
    // Two rows in one call; the second one is refused.
    let rows = serde_json::json!({ "data": [{ "id": 2, "title": "b" }, { "id": 3, "title": "a" }] });
    assert!(tx.call("post", Operation::CreateMany, &rows).await.unwrap_err().is_unique_violation());
    assert_eq!(titles(&tx).await?, ["a"]);
    tx.post().create(new(4, "d")).await?;
    tx.commit().await?;
    assert_eq!(titles(&all).await?, ["a", "d"]);
    Ok(())
}

async fn a_part_can_be_undone_by_itself() -> Result<()> {
    let all = open().await?.unguarded("test");
    let tx = all.begin().await?;
    tx.post().create(new(1, "a")).await?;
    let part = tx.begin().await?;
    part.post().create(new(2, "b")).await?;
    let inner = part.begin().await?;
    inner.post().create(new(3, "c")).await?;
    inner.commit().await?;
    assert_eq!(titles(&part).await?, ["a", "b", "c"]);
    drop(part);
    tx.post().create(new(4, "d")).await?;
    let part = tx.begin().await?;
    part.post().create(new(5, "e")).await?;
    part.commit().await?;
    tx.commit().await?;
    assert_eq!(titles(&all).await?, ["a", "d", "e"]);
    Ok(())
}

async fn the_rules_hold_inside_as_well() -> Result<()> {
    let db = open().await?;
    let nobody = db.anonymous().begin().await?;
    assert!(nobody.post().create(new(1, "a")).await.unwrap_err().is_denied());
    nobody.commit().await?;
    assert_eq!(titles(&db.unguarded("test")).await?.len(), 0);
    Ok(())
}

async fn a_client_of_a_transaction_that_is_over_does_nothing() -> Result<()> {
    let all = open().await?.unguarded("test");
    let tx = all.begin().await?;
    let left = (*tx).clone();
    tx.commit().await?;
    assert!(left.post().create(new(1, "a")).await.is_err());
    assert_eq!(titles(&all).await?.len(), 0);
    Ok(())
}

async fn a_transaction_that_is_given_up_is_over_for_everybody() -> Result<()> {
    let all = open().await?.unguarded("test");
    let tx = all.begin().await?;
    let left = (*tx).clone();
    drop(tx);
    // It is in nobody's way any more, though somebody still has a client of it.
    let next = timeout(Duration::from_secs(5), all.begin()).await.unwrap()?;
    next.post().create(new(1, "a")).await?;
    next.commit().await?;
    assert!(left.post().create(new(2, "b")).await.is_err());
    assert!(left.begin().await.is_err());
    assert_eq!(titles(&all).await?, ["a"]);
    Ok(())
}

async fn work_that_takes_too_long_is_undone() -> Result<()> {
    let all = open().await?.unguarded("test");
    let work = all.in_transaction(|tx| async move {
        tx.post().create(new(1, "a")).await?;
        std::future::pending::<()>().await;
        Ok::<_, Error>(())
    });
    assert!(timeout(Duration::from_millis(100), work).await.is_err());
    assert_eq!(titles(&all).await?.len(), 0);
    all.post().create(new(2, "b")).await?;
    Ok(())
}

async fn a_transaction_can_be_told_how_isolated_it_is() -> Result<()> {
    let all = open().await?.unguarded("test");
    let levels =
        [Isolation::ReadUncommitted, Isolation::ReadCommitted, Isolation::RepeatableRead, Isolation::Serializable];
    for (id, isolation) in (1..).zip(levels) {
        let tx = all.begin().isolation(isolation).await?;
        let seen = tx.post().count().await?;
        let other = timeout(Duration::from_millis(200), all.post().create(new(-id, "other"))).await;
        if here() == Database::Postgres {
            // Nobody waits; who has a snapshot since his first read does not see what came after it.
            other.unwrap()?;
            let snapshot = matches!(isolation, Isolation::RepeatableRead | Isolation::Serializable);
            assert_eq!(tx.post().count().await? == seen, snapshot, "{isolation:?}");
            all.post().delete(-id).await?;
        } else {
            assert!(other.is_err(), "{isolation:?}");
        }
        tx.post().create(new(id, &id.to_string())).await?;
        // A part of it is as isolated as the whole.
        assert!(matches!(tx.begin().isolation(isolation).await, Err(Error::Invalid { .. })));
        tx.commit().await?;
    }
    assert_eq!(titles(&all).await?, ["1", "2", "3", "4"]);
    Ok(())
}

async fn a_transaction_whose_time_is_up_is_undone_whoever_holds_it() -> Result<()> {
    let all = open().await?.unguarded("test");
    let tx = all.begin().timeout(Duration::from_millis(50)).await?;
    tx.post().create(new(1, "a")).await?;
    // It is in nobody's way any more, though it is still held.
    timeout(Duration::from_secs(5), all.post().create(new(2, "b"))).await.unwrap()?;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let late = tx.post().create(new(3, "c")).await.unwrap_err();
    assert!(late.is_timeout(), "{late}");
    assert_eq!(late.to_string(), "the transaction took too long and is undone");
    assert!(tx.commit().await.unwrap_err().is_timeout());
    assert_eq!(titles(&all).await?, ["b"]);
    Ok(())
}

async fn work_and_waiting_have_the_same_time() -> Result<()> {
    let all = open().await?.unguarded("test");
    let short = || all.begin().timeout(Duration::from_millis(50));
    let work = short().run(|tx| async move {
        tx.post().create(new(1, "a")).await?;
        std::future::pending::<()>().await;
        Ok::<_, Error>(())
    });
    assert!(timeout(Duration::from_secs(5), work).await.unwrap().unwrap_err().is_timeout());
    if here() == Database::Sqlite {
        let other = all.begin().await?;
        assert!(short().await.unwrap_err().is_timeout());
        drop(other);
    }
    short().run(|tx| async move { tx.post().create(new(2, "b")).await }).await?;
    assert_eq!(titles(&all).await?, ["b"]);
    Ok(())
}

async fn calls_with_json_are_made_together_or_not_at_all() -> Result<()> {
    let db = open().await?;
    let all = db.unguarded("test");
    let create = |id: i32, title: &str| Request {
        model: "post".into(),
        operation: Operation::Create,
        args: serde_json::json!({ "data": { "id": id, "title": title } }),
    };
    let count = || Request { model: "Post".into(), operation: Operation::Count, args: Json::Null };
    let answers = all.call_all(&[create(1, "a"), count(), create(2, "b"), count()]).await?;
    assert_eq!((&answers[1], &answers[3]), (&1.into(), &2.into()));
    assert_eq!(answers[2]["title"], "b");
    assert!(all.call_all(&[create(3, "c"), create(4, "a")]).await.unwrap_err().is_unique_violation());
    assert!(db.anonymous().call_all(&[count(), create(5, "e")]).await.unwrap_err().is_denied());
    // Inside a transaction it is a part that is undone by itself.
    let tx = all.begin().await?;
    tx.call_all(&[create(6, "f")]).await?;
    assert!(tx.call_all(&[create(7, "g"), create(8, "f")]).await.is_err());
    tx.commit().await?;
    assert_eq!(titles(&all).await?, ["a", "b", "f"]);
    Ok(())
}

zmodel_tests::on_each_database!(
    what_is_committed_stays_and_what_is_dropped_does_not,
    a_closure_is_kept_if_it_ends_well,
    a_call_that_fails_inside_leaves_nothing_and_spares_the_others,
    a_part_can_be_undone_by_itself,
    the_rules_hold_inside_as_well,
    a_client_of_a_transaction_that_is_over_does_nothing,
    a_transaction_that_is_given_up_is_over_for_everybody,
    work_that_takes_too_long_is_undone,
    a_transaction_can_be_told_how_isolated_it_is,
    a_transaction_whose_time_is_up_is_undone_whoever_holds_it,
    work_and_waiting_have_the_same_time,
    calls_with_json_are_made_together_or_not_at_all,
);
