//! Writes are all done or not at all, wherever the database fails, and wherever whoever waits for them gives up.

#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use db::{Client, Db};
use serde_json::{Value as Json, json};
use tokio::sync::Notify;
use zmodel_macros::zmodel;
use zmodel_runtime::client::Unguarded;
use zmodel_runtime::driver::{Answer, BoxFuture, Driver, Query, QueryKind, Rows, Transaction};
use zmodel_runtime::error::{DatabaseError, DatabaseErrorKind};
use zmodel_runtime::json::Operation;
use zmodel_runtime::schema::Provider;
use zmodel_runtime::{Error, Result};
use zmodel_tests::database::{Database, Either, driver, here};

/// Everything that a write can touch.
#[zmodel("schemas/faults.zmodel")]
pub mod db {}

/// What happens to a request to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It fails, and nothing was done.
    Fails,
    /// Something was done, or not, and the answer is that it failed.
    IsLost,
    /// Somebody else's transaction is in the way.
    Busy,
    /// There is never an answer.
    Hangs,
}

/// Which request of a driver goes wrong.
#[derive(Debug)]
struct Plan {
    fault: Fault,
    /// Requests until then; 0 for none that goes wrong.
    left: AtomicUsize,
    hanging: Notify,
}

impl Plan {
    /// How the next request goes wrong, if it does.
    async fn next(&self) -> Option<Fault> {
        let counted = self.left.try_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if counted != Ok(1) {
            return None;
        }
        if self.fault == Fault::Hangs {
            self.hanging.notify_one();
            std::future::pending::<()>().await;
        }
        Some(self.fault)
    }

    /// What is asked of the database instead, or the error that it gives without being asked; both if it is asked, and
    /// gives the error.
    async fn instead_of(&self, query: Query) -> (Option<Query>, Result<(), DatabaseError>) {
        match self.next().await {
            None => (Some(query), Ok(())),
            Some(Fault::IsLost) => (Some(query), Err(planned(DatabaseErrorKind::Connection))),
            Some(Fault::Busy) => (None, Err(planned(DatabaseErrorKind::Busy))),
            // PostgreSQL takes no more statements then. Without a savepoint nothing could be kept.
            Some(_) if here() == Database::Postgres && !matches!(query.kind, QueryKind::Command | QueryKind::Undo) => {
                (Some(Query { text: "SELECT 1 / 0".into(), values: Vec::new(), kind: query.kind }), Ok(()))
            }
            Some(_) => (None, Err(planned(DatabaseErrorKind::Other))),
        }
    }
}

fn planned(kind: DatabaseErrorKind) -> DatabaseError {
    DatabaseError { kind, code: None, constraint: None, source: std::io::Error::other("planned").into() }
}

/// A driver of which one request goes wrong.
#[derive(Debug)]
struct Faulty {
    driver: Either,
    plan: Arc<Plan>,
}

impl Driver for Faulty {
    fn provider(&self) -> Provider {
        self.driver.provider()
    }

    fn run(&self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        Box::pin(async move {
            let (query, answer) = self.plan.instead_of(query).await;
            let rows = if let Some(query) = query { self.driver.run(query).await? } else { Rows::default() };
            answer.map(|()| rows)
        })
    }

    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, DatabaseError>> {
        Box::pin(async move {
            if let Some(fault) = self.plan.next().await {
                return Err(planned(if fault == Fault::Busy {
                    DatabaseErrorKind::Busy
                } else {
                    DatabaseErrorKind::Other
                }));
            }
            let transaction = self.driver.begin().await?;
            Ok(Box::new(FaultyTransaction { transaction, plan: Arc::clone(&self.plan) }) as Box<dyn Transaction>)
        })
    }
}

struct FaultyTransaction {
    transaction: Box<dyn Transaction>,
    plan: Arc<Plan>,
}

impl Transaction for FaultyTransaction {
    fn run(&mut self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        Box::pin(async move {
            let (query, answer) = self.plan.instead_of(query).await;
            let rows = if let Some(query) = query { self.transaction.run(query).await? } else { Rows::default() };
            answer.map(|()| rows)
        })
    }

    fn send(&mut self, query: Query) -> BoxFuture<'_, Answer> {
        Box::pin(async move {
            let (query, answer) = self.plan.instead_of(query).await;
            let sent = if let Some(query) = query { Some(self.transaction.send(query).await) } else { None };
            Answer::Coming(Box::pin(async move {
                let rows = if let Some(sent) = sent { sent.wait().await? } else { Rows::default() };
                answer.map(|()| rows)
            }))
        })
    }

    fn attempt(&mut self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        Box::pin(async move {
            let (query, answer) = self.plan.instead_of(query).await;
            let rows = if let Some(query) = query { self.transaction.attempt(query).await? } else { Rows::default() };
            answer.map(|()| rows)
        })
    }

    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), DatabaseError>> {
        Box::pin(async move {
            let commit = Query { text: "".into(), values: Vec::new(), kind: QueryKind::Command };
            let (query, answer) = self.plan.instead_of(commit).await;
            match query {
                Some(query) if query.text.is_empty() => self.transaction.commit().await?,
                Some(_) => return Err(planned(DatabaseErrorKind::Other)),
                None => {}
            }
            answer
        })
    }

    fn finish(self: Box<Self>, last: Query) -> BoxFuture<'static, Result<Rows, DatabaseError>> {
        Box::pin(async move {
            let (query, answer) = self.plan.instead_of(last).await;
            let rows = if let Some(query) = query { self.transaction.finish(query).await? } else { Rows::default() };
            answer.map(|()| rows)
        })
    }
}

/// A database with some rows, and what will go wrong there once it is said when.
async fn arranged(fault: Fault) -> Result<(Db, Arc<Plan>)> {
    let plan = Arc::new(Plan { fault, left: AtomicUsize::new(0), hanging: Notify::new() });
    let db = Db::new(Faulty { driver: driver().await?, plan: Arc::clone(&plan) });
    db.create_tables().await?;
    let all = db.unguarded("arrange");
    let rows = [
        ("user", json!([{ "id": 1, "name": "Ann" }, { "id": 2, "name": "Bob" }])),
        ("profile", json!([{ "id": 1, "bio": "a", "userId": 1 }, { "id": 2, "bio": "b" }])),
        ("post", json!([{ "id": 1, "title": "one", "authorId": 1 }, { "id": 2, "title": "two", "views": 7 }])),
        ("comment", json!([{ "text": "x", "postId": 1 }, { "text": "y", "postId": 1 }, { "text": "z", "postId": 2 }])),
        ("tag", json!([{ "id": 1, "name": "t" }, { "id": 2, "name": "u" }, { "id": 3, "name": "v" }])),
        ("video", json!([{ "title": "film", "ownerId": 1, "seconds": 3 }])),
    ];
    for (model, data) in rows {
        all.call(model, Operation::CreateMany, &json!({ "data": data })).await?;
    }
    let linked = json!({ "where": { "id": 1 }, "data": { "tags": { "connect": [{ "id": 1 }, { "id": 2 }] } } });
    all.call("post", Operation::Update, &linked).await?;
    Ok((db, plan))
}

/// All rows of all tables.
async fn everything(all: &Client<Unguarded>) -> Result<Vec<Json>> {
    let mut tables = Vec::new();
    for model in ["user", "profile", "post", "comment", "tag", "asset", "video"] {
        let mut args = json!({ "orderBy": { "id": "asc" } });
        if model == "post" {
            args["include"] = json!({ "tags": { "orderBy": { "id": "asc" } } });
        }
        tables.push(all.call(model, Operation::FindMany, &args).await?);
    }
    Ok(tables)
}

/// Operations on models with their arguments.
type Calls = Vec<(&'static str, Operation, Json)>;

/// Calls that need many steps, and some that need one.
fn calls() -> Calls {
    [creates(), updates(), others()].concat()
}

fn creates() -> Calls {
    vec![
        (
            "post",
            Operation::Create,
            json!({
                "data": {
                    "id": 9,
                    "title": "new",
                    "author": { "create": { "id": 9, "name": "Eve", "profile": { "connect": { "id": 1 } } } },
                    "comments": { "create": [{ "text": "1" }], "createMany": { "data": [{ "text": "2" }, { "text": "3" }] } },
                    "tags": {
                        "connect": { "id": 3 },
                        "connectOrCreate": [
                            { "where": { "id": 1 }, "create": { "id": 1, "name": "never" } },
                            { "where": { "id": 8 }, "create": { "id": 8, "name": "w" } },
                        ],
                    },
                },
                "include": { "comments": true },
            }),
        ),
        ("post", Operation::Create, json!({ "data": { "id": 9, "title": "new" } })),
        ("post", Operation::CreateMany, json!({ "data": [{ "id": 8, "title": "a" }, { "id": 9, "title": "b" }] })),
        (
            "post",
            Operation::CreateManyAndReturn,
            json!({ "data": [{ "id": 1, "title": "left out" }, { "id": 9, "title": "b" }], "skipDuplicates": true }),
        ),
    ]
}

fn updates() -> Calls {
    vec![
        (
            "post",
            Operation::Update,
            json!({
                "where": { "id": 1 },
                "data": {
                    "views": { "increment": 3 },
                    "author": { "disconnect": true },
                    "comments": {
                        "update": { "where": { "id": 1 }, "data": { "text": "changed" } },
                        "upsert": {
                            "where": { "id": 77 },
                            "create": { "text": "made" },
                            "update": { "text": "never" },
                        },
                        "delete": { "id": 2 },
                        "create": { "text": "more" },
                    },
                    "tags": { "set": [{ "id": 3 }], "create": { "id": 4, "name": "w" } },
                },
            }),
        ),
        ("post", Operation::Update, json!({ "where": { "id": 2 }, "data": { "views": 8 } })),
        ("tag", Operation::Update, json!({ "where": { "id": 2 }, "data": { "name": "changed" } })),
        (
            "user",
            Operation::Update,
            json!({
                "where": { "id": 2 },
                "data": {
                    "profile": { "connect": { "id": 1 } },
                    "posts": {
                        "connect": { "id": 1 },
                        "updateMany": { "where": {}, "data": { "views": 50 } },
                        "deleteMany": { "title": "two" },
                    },
                },
            }),
        ),
        (
            "user",
            Operation::Update,
            json!({ "where": { "id": 1 }, "data": { "profile": { "delete": true }, "posts": { "set": [{ "id": 2 }] } } }),
        ),
        ("post", Operation::UpdateMany, json!({ "where": {}, "data": { "views": { "increment": 1 } } })),
        ("post", Operation::UpdateManyAndReturn, json!({ "where": {}, "data": { "views": 60 }, "limit": 1 })),
    ]
}

fn others() -> Calls {
    vec![
        (
            "user",
            Operation::Upsert,
            json!({
                "where": { "id": 1 },
                "create": { "id": 1, "name": "never" },
                "update": { "name": "Anna", "posts": { "create": { "id": 9, "title": "p" } } },
            }),
        ),
        (
            "user",
            Operation::Upsert,
            json!({
                "where": { "id": 7 },
                "create": { "id": 7, "name": "Joe", "posts": { "connect": { "id": 1 } } },
                "update": { "name": "never" },
            }),
        ),
        ("post", Operation::Delete, json!({ "where": { "id": 1 }, "include": { "comments": true } })),
        ("tag", Operation::Delete, json!({ "where": { "id": 1 } })),
        ("comment", Operation::DeleteMany, json!({ "where": { "text": { "not": "y" } }, "limit": 1 })),
        (
            "video",
            Operation::Create,
            json!({ "data": { "title": "t", "seconds": 1, "owner": { "connect": { "id": 1 } } } }),
        ),
        ("video", Operation::Update, json!({ "where": { "id": 1 }, "data": { "title": "t", "seconds": 4 } })),
        ("asset", Operation::Delete, json!({ "where": { "id": 1 } })),
    ]
}

/// A call; none if it never ends.
async fn attempt(client: &Client, plan: &Plan, call: &(&str, Operation, Json)) -> Option<Result<Json>> {
    let (model, operation, args) = call;
    tokio::select! {
        outcome = client.call(model, *operation, args) => Some(outcome),
        () = plan.hanging.notified() => None,
    }
}

/// Lets every request of every call go wrong in turn. Says how many did.
async fn every_request_goes_wrong(fault: Fault, inside: bool) -> Result<usize> {
    let mut faults = 0;
    for call in calls() {
        // What leaves nothing leaves the same rows for the next attempt.
        let (db, plan) = arranged(fault).await?;
        let all = db.unguarded("look");
        let before = everything(&all).await?;
        for at in 1.. {
            let tx = if inside { Some(db.anonymous().begin().await?) } else { None };
            plan.left.store(at, Ordering::SeqCst);
            let outcome = match &tx {
                Some(tx) => attempt(tx, &plan, &call).await,
                None => attempt(&db.anonymous(), &plan, &call).await,
            };
            // What is left of the plan is not for the commit.
            let went_wrong = plan.left.swap(0, Ordering::SeqCst) == 0;
            if let Some(tx) = tx {
                tx.commit().await?;
            }
            let after = everything(&all).await?;
            if !went_wrong {
                assert!(matches!(outcome, Some(Ok(_))), "{call:?}: {outcome:?}");
                assert_ne!(after, before, "{call:?} does nothing");
                break;
            }
            match outcome {
                None => {}
                // What failed first, and not what could not be done after it.
                Some(Err(Error::Database(error))) => {
                    assert_ne!(error.code.as_deref(), Some("25P02"), "{call:?} at {at}");
                }
                other => panic!("{call:?} at {at}: {other:?}"),
            }
            assert_eq!(after, before, "{call:?} at {at}");
            faults += 1;
        }
    }
    Ok(faults)
}

async fn a_call_of_which_a_request_fails_leaves_nothing() -> Result<()> {
    assert!(every_request_goes_wrong(Fault::Fails, false).await? > 100);
    Ok(())
}

async fn a_call_that_is_given_up_leaves_nothing() -> Result<()> {
    assert!(every_request_goes_wrong(Fault::Hangs, false).await? > 100);
    Ok(())
}

async fn a_call_that_goes_wrong_in_a_transaction_leaves_nothing_in_what_is_committed() -> Result<()> {
    assert!(every_request_goes_wrong(Fault::Fails, true).await? > 100);
    assert!(every_request_goes_wrong(Fault::Hangs, true).await? > 100);
    Ok(())
}

/// Whoever is told that the database has gone does not know whether it was in the middle or at the end; but it was one of
/// them.
async fn a_call_whose_answer_is_lost_is_done_or_not() -> Result<()> {
    let (mut all_of_it, mut nothing) = (0, 0);
    for call in calls() {
        let (db, _) = arranged(Fault::IsLost).await?;
        let before = everything(&db.unguarded("look")).await?;
        db.anonymous().call(call.0, call.1, &call.2).await?;
        let done = everything(&db.unguarded("look")).await?;
        for at in 1.. {
            let (db, plan) = arranged(Fault::IsLost).await?;
            plan.left.store(at, Ordering::SeqCst);
            let outcome = attempt(&db.anonymous(), &plan, &call).await;
            if plan.left.swap(0, Ordering::SeqCst) != 0 {
                break;
            }
            assert!(matches!(outcome, Some(Err(Error::Database(_)))), "{call:?} at {at}: {outcome:?}");
            let after = everything(&db.unguarded("look")).await?;
            assert!(after == before || after == done, "{call:?} at {at}");
            if after == done { all_of_it += 1 } else { nothing += 1 }
        }
    }
    assert!(all_of_it >= calls().len() && nothing > 100, "{all_of_it} {nothing}");
    Ok(())
}

#[test]
fn what_is_lost_on_sqlite() {
    zmodel_tests::database::run(Database::Sqlite, a_call_whose_answer_is_lost_is_done_or_not);
}

zmodel_tests::on_each_database!(
    a_call_of_which_a_request_fails_leaves_nothing,
    a_call_that_is_given_up_leaves_nothing,
    a_call_that_goes_wrong_in_a_transaction_leaves_nothing_in_what_is_committed,
);

/// Makes a user with a post in a transaction whose request `at` goes wrong; how often it was tried, and how it ended.
async fn tried(fault: Fault, at: usize, retries: u32) -> Result<(usize, Result<()>, Vec<Json>)> {
    let (db, plan) = arranged(fault).await?;
    let attempts = AtomicUsize::new(0);
    plan.left.store(at, Ordering::SeqCst);
    let outcome = db
        .anonymous()
        .retry_in_transaction(retries, |tx| {
            attempts.fetch_add(1, Ordering::SeqCst);
            async move {
                tx.user().create(db::user::New { id: 5, name: "Zoe".into() }).await?;
                let data = json!({ "id": 5, "title": "z", "author": { "connect": { "id": 5 } } });
                tx.call("post", Operation::Create, &json!({ "data": data })).await.map(drop)
            }
        })
        .await;
    plan.left.store(0, Ordering::SeqCst);
    Ok((attempts.into_inner(), outcome, everything(&db.unguarded("look")).await?))
}

#[tokio::test]
async fn a_transaction_is_tried_again_if_another_one_is_in_the_way() -> Result<()> {
    let (db, _) = arranged(Fault::Busy).await?;
    let before = everything(&db.unguarded("look")).await?;
    let (attempts, outcome, done) = tried(Fault::Busy, 0, 1).await?;
    assert!(attempts == 1 && outcome.is_ok() && done != before);
    for at in 1..=5 {
        let (attempts, outcome, after) = tried(Fault::Busy, at, 1).await?;
        // What begins the transaction comes before the work.
        assert_eq!(attempts, if at == 1 { 1 } else { 2 }, "{at}");
        assert!(outcome.is_ok() && after == done, "{at}");
        let (attempts, outcome, after) = tried(Fault::Busy, at, 0).await?;
        assert!(attempts <= 1 && outcome.unwrap_err().is_busy() && after == before, "{at}");
        let (attempts, outcome, after) = tried(Fault::Fails, at, 9).await?;
        assert!(attempts <= 1 && !outcome.unwrap_err().is_busy() && after == before, "{at}");
    }
    Ok(())
}
