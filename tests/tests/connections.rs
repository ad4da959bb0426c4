//! The connections to PostgreSQL: what a server that does not answer, a pool without a free one, a connection that was cut
//! and a statement that nobody waits for any more come to.

#![cfg(test)]

use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use zmodel_runtime::driver::{Answer, Driver as _, Query, QueryKind, Transaction};
use zmodel_runtime::error::{DatabaseError, DatabaseErrorKind};
use zmodel_runtime::{Error, Result, Value};
use zmodel_tests::blog::{Db, User, post};
use zmodel_tests::database::{Either, driver_of, url};

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

fn query(text: &str, kind: QueryKind) -> Query {
    Query { text: text.into(), values: Vec::new(), kind }
}

/// A table of one column, and one connection to it.
async fn numbers() -> Result<Either, DatabaseError> {
    let driver = driver_of(&url().await.replace("connection_limit=4", "connection_limit=1&pool_timeout=1")).await?;
    driver.run(query("CREATE TABLE numbers (number int4 PRIMARY KEY)", QueryKind::Definition)).await?;
    Ok(driver)
}

/// The statement that puts a number there.
fn insert(number: i32) -> Query {
    query(&format!("INSERT INTO numbers VALUES ({number})"), QueryKind::Write)
}

async fn all_numbers(driver: &Either) -> Result<Vec<Value>, DatabaseError> {
    Ok(driver.run(query("SELECT number FROM numbers ORDER BY number", QueryKind::Read)).await?.cells)
}

/// A transaction that has put 1 there, and has sent 2 or, so that it fails, once more 1.
async fn sent(driver: &Either, fails: bool) -> Result<(Box<dyn Transaction>, Answer), DatabaseError> {
    let mut transaction = driver.begin().await?;
    transaction.run(insert(1)).await?;
    let answer = transaction.send(insert(if fails { 1 } else { 2 })).await;
    assert!(matches!(answer, Answer::Coming(_)), "it was waited for");
    Ok((transaction, answer))
}

/// What a rule has to say may be in it.
async fn what_nobody_has_looked_at_is_not_committed() -> Result<(), DatabaseError> {
    let driver = numbers().await?;
    for (fails, kept, more) in (0..8).map(|bits| (bits & 1 > 0, bits & 2 > 0, bits & 4 > 0)) {
        let (transaction, answer) = sent(&driver, fails).await?;
        let kept = kept.then_some(answer);
        let outcome = if more { transaction.finish(insert(3)).await.map(drop) } else { transaction.commit().await };
        assert!(outcome.is_err(), "it was committed: {fails} {kept:?} {more}");
        // Also where the transaction is over before it is looked at.
        if let Some(answer) = kept {
            assert_eq!(answer.wait().await.is_err(), fails);
        }
        assert_eq!(all_numbers(&driver).await?, []);
    }
    Ok(())
}

async fn what_somebody_has_looked_at_is_committed_if_it_went_well() -> Result<(), DatabaseError> {
    let driver = numbers().await?;
    let (transaction, answer) = sent(&driver, true).await?;
    answer.wait().await.unwrap_err();
    transaction.commit().await.unwrap_err();
    assert_eq!(all_numbers(&driver).await?, []);
    let (transaction, answer) = sent(&driver, false).await?;
    answer.wait().await?;
    transaction.finish(insert(3)).await?;
    assert_eq!(all_numbers(&driver).await?, [1, 2, 3].map(Value::Int));
    Ok(())
}

async fn what_nobody_has_looked_at_can_be_undone_by_itself() -> Result<(), DatabaseError> {
    for fails in [true, false] {
        let driver = numbers().await?;
        let mut transaction = driver.begin().await?;
        transaction.run(insert(1)).await?;
        transaction.run(query("SAVEPOINT part", QueryKind::Command)).await?;
        drop(transaction.send(insert(if fails { 1 } else { 2 })).await);
        transaction.run(query("ROLLBACK TO part", QueryKind::Undo)).await?;
        transaction.run(insert(3)).await?;
        transaction.commit().await?;
        assert_eq!(all_numbers(&driver).await?, [1, 3].map(Value::Int));
    }
    Ok(())
}

zmodel_tests::on_postgres!(
    what_nobody_has_looked_at_is_not_committed,
    what_somebody_has_looked_at_is_committed_if_it_went_well,
    what_nobody_has_looked_at_can_be_undone_by_itself,
    a_server_that_does_not_answer_is_given_up,
    a_pool_without_a_free_connection_says_so,
    a_connection_that_was_cut_is_replaced,
    a_statement_that_nobody_waits_for_holds_up_nobody,
    a_transaction_that_nobody_waits_for_holds_up_nobody,
);
