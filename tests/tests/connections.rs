//! The connections to PostgreSQL: what a server that does not answer, a pool without a free one, a connection that was cut
//! and a statement that nobody waits for any more come to.

#![cfg(test)]

use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use zmodel_runtime::error::DatabaseErrorKind;
use zmodel_runtime::{Error, Result};
use zmodel_tests::blog::{Db, User, post};
use zmodel_tests::database::url;

/// A database with so many connections at most, which wait for each other for a second.
async fn open(connections: u32) -> Result<Db> {
    let url = url().await.replace("connection_limit=4", &format!("connection_limit={connections}&pool_timeout=1"));
    let db = Db::connect(&url).await?;
    db.create_tables().await?;
    db.auth(ann()).post().create(post::New { title: "one".into(), author_id: "ann".into() }).await?;
    Ok(db)
}

fn ann() -> User {
    User { id: "ann".into() }
}

/// How many posts there are, if that can be told soon.
async fn counted(db: &Db) -> u64 {
    let counted = timeout(Duration::from_secs(2), db.auth(ann()).post().count().into_future()).await;
    counted.expect("it waits for what nobody waits for").unwrap()
}

#[track_caller]
fn database(error: Error) -> (DatabaseErrorKind, String) {
    match error {
        Error::Database(error) => (error.kind, error.source.to_string()),
        error => panic!("{error}"),
    }
}

async fn a_server_that_does_not_answer_is_given_up() {
    // It takes calls, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let start = Instant::now();
    let url = format!("postgresql://postgres@{address}/x?connect_timeout=1&sslmode=disable");
    let (kind, text) = database(Db::connect(&url).await.unwrap_err());
    assert_eq!(kind, DatabaseErrorKind::Connection, "{text}");
    assert!(text.contains("`connect_timeout`"), "{text}");
    assert!(start.elapsed() < Duration::from_secs(30));
}

async fn a_pool_without_a_free_connection_says_so() -> Result<()> {
    let db = open(1).await?;
    let ann = db.auth(ann());
    let transaction = ann.begin().await?;
    let (kind, text) = database(ann.post().count().await.unwrap_err());
    assert_eq!(kind, DatabaseErrorKind::Busy, "{text}");
    assert!(text.contains("`pool_timeout`"), "{text}");
    transaction.commit().await?;
    assert_eq!(counted(&db).await, 1);
    Ok(())
}

async fn a_connection_that_was_cut_is_replaced() -> Result<()> {
    let (db, other) = (open(1).await?, open(1).await?);
    let (all, other) = (db.unguarded("test"), other.unguarded("test"));
    let [(id,)]: [(i64,); 1] = all.sql("SELECT pg_backend_pid()::bigint").fetch().await?.try_into().unwrap();
    other.sql("SELECT pg_terminate_backend($1::int)").bind(i32::try_from(id).unwrap()).execute().await?;
    sleep(Duration::from_millis(200)).await;
    assert_eq!(counted(&db).await, 1);
    Ok(())
}

/// Whoever comes next does not get the connection on which it still runs.
async fn a_statement_that_nobody_waits_for_holds_up_nobody() -> Result<()> {
    let db = open(2).await?;
    let all = db.unguarded("test");
    let slow = all.sql("SELECT pg_sleep(5)").execute();
    assert!(timeout(Duration::from_millis(200), slow).await.is_err());
    assert_eq!(counted(&db).await, 1);
    Ok(())
}

async fn a_transaction_that_nobody_waits_for_holds_up_nobody() -> Result<()> {
    let db = open(2).await?;
    let slow = async {
        let transaction = db.unguarded("test").begin().await?;
        transaction.post().update_many().set(|post| post.title, "two").await?;
        transaction.sql("SELECT pg_sleep(3)").execute().await
    };
    assert!(timeout(Duration::from_millis(200), slow).await.is_err());
    assert_eq!(counted(&db).await, 1);
    // Nothing else is said on that connection, and still it is rolled back: the row is free again.
    let ann = db.auth(ann());
    let update = ann.post().update_many().set(|post| post.title, "three").into_future();
    assert_eq!(timeout(Duration::from_secs(10), update).await.expect("the row is locked")?, 1);
    Ok(())
}

zmodel_tests::on_postgres!(
    a_server_that_does_not_answer_is_given_up,
    a_pool_without_a_free_connection_says_so,
    a_connection_that_was_cut_is_replaced,
    a_statement_that_nobody_waits_for_holds_up_nobody,
    a_transaction_that_nobody_waits_for_holds_up_nobody,
);
