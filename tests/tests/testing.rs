//! What an application tests its rules with.

#![cfg(test)]

use serde_json::json;
use zmodel_runtime::driver::postgres::Postgres;
use zmodel_runtime::driver::{Driver as _, Query, QueryKind};
use zmodel_runtime::json::Operation;
use zmodel_runtime::testing::{self, assert_allowed, assert_denied};
use zmodel_runtime::{Error, Result};
use zmodel_tests::blog::{Client, Db, User, post};
use zmodel_tests::database::Database;

async fn blog() -> Result<(Db, Client, Client)> {
    let db = Db::new(testing::sqlite()?);
    db.create_tables().await?;
    let posts = json!({ "Post": [{ "id": "draft", "title": "Soon", "authorId": "ann" }] });
    testing::fixtures(&db.unguarded("fixtures"), &posts).await?;
    let [ann, bob] = ["ann", "bob"].map(|id| db.auth(User { id: id.into() }));
    Ok((db, ann, bob))
}

fn new(id: &str) -> post::New {
    post::New { title: id.into(), author_id: id.into() }
}

#[tokio::test]
async fn a_rule_is_tested_in_a_line() -> Result<()> {
    let (db, ann, bob) = blog().await?;
    assert_allowed!(ann.post().find_unique("draft"));
    assert_allowed!(ann.post().count());
    assert_allowed!(ann.post().exists());
    assert_eq!(assert_allowed!(ann.post().update("draft").set(|post| post.title, "Now")).title, "Now");
    assert_allowed!(ann.call("post", Operation::Count, &json!({})));
    assert_denied!(bob.post().find_unique("draft"));
    assert_denied!(bob.post().find_unique_or_err("draft"));
    assert_denied!(bob.post().find_many());
    assert_denied!(bob.post().count());
    assert_denied!(bob.post().exists());
    assert_denied!(bob.post().update("draft").set(|post| post.title, "Mine"));
    assert_denied!(bob.post().delete_many());
    assert_denied!(bob.post().create(new("ann")));
    assert_denied!(bob.call("post", Operation::DeleteMany, &json!({})));
    assert_denied!(db.anonymous().call("post", Operation::FindFirst, &json!({})));
    Ok(())
}

/// How an assertion fails.
async fn failure(work: impl Future<Output = ()> + Send + 'static) -> String {
    let panic = tokio::spawn(work).await.unwrap_err().into_panic();
    *panic.downcast::<String>().unwrap()
}

#[tokio::test]
async fn an_assertion_that_does_not_hold_fails_and_says_why() -> Result<()> {
    let (_, ann, bob) = blog().await?;
    let client = bob.clone();
    let hidden = failure(async move { drop(assert_allowed!(client.post().find_unique("draft"))) }).await;
    assert_eq!(hidden, "`client.post().find_unique(\"draft\")` should be allowed, and finds nothing");
    let client = bob.clone();
    let refused = failure(async move { drop(assert_allowed!(client.post().create(new("ann")))) }).await;
    assert!(
        refused.starts_with("`client.post().create(new(\"ann\"))` should be allowed: the rules of `Post`"),
        "{refused}"
    );
    let client = ann.clone();
    let done = failure(async move { assert_denied!(client.post().delete("draft")) }).await;
    assert_eq!(done, "`client.post().delete(\"draft\")` should be denied, and is done");
    // Something else is wrong: then nothing is known of the rules.
    let client = ann.clone();
    let args = json!({ "data": { "nothing": 1 } });
    let wrong = failure(async move { assert_denied!(client.call("post", Operation::Create, &args)) }).await;
    assert!(wrong.contains("should be denied, and fails otherwise"), "{wrong}");
    Ok(())
}

#[tokio::test]
async fn fixtures_are_made_all_or_none() -> Result<()> {
    let (db, ..) = blog().await?;
    let all = db.unguarded("fixtures");
    let twice =
        json!({ "Post": [{ "id": "a", "title": "a", "authorId": "a" }, { "id": "a", "title": "b", "authorId": "b" }] });
    assert!(testing::fixtures(&all, &twice).await.unwrap_err().is_unique_violation());
    assert_eq!(all.post().count().await?, 1);
    for wrong in [json!([]), json!({ "Post": {} })] {
        assert!(matches!(testing::fixtures(&all, &wrong).await, Err(Error::Invalid { .. })));
    }
    Ok(())
}

/// How many schemas of tests this one has left on the server.
async fn left(url: &str, name: &str) -> Result<usize> {
    let server = Postgres::connect(url).await?;
    let text = format!("SELECT nspname::text FROM pg_namespace WHERE nspname = '{name}'");
    let rows = server.run(Query { text: text.into(), values: Vec::new(), kind: QueryKind::Read }).await?;
    Ok(rows.cells.len())
}

#[test]
fn a_database_in_postgresql_is_gone_with_the_last_client_of_it() {
    zmodel_tests::database::run(Database::Postgres, async || -> Result<()> {
        let url = zmodel_tests::database::server().await.unwrap();
        let driver = testing::postgres(&url).await?;
        let name = driver.schema().to_owned();
        let db = Db::new(driver);
        db.create_tables().await?;
        let posts = json!({ "Post": [{ "id": "draft", "title": "Soon", "authorId": "ann" }] });
        testing::fixtures(&db.unguarded("fixtures"), &posts).await?;
        let ann = db.auth(User { id: "ann".into() });

        let other = Db::new(testing::postgres(&url).await?);
        other.create_tables().await?;
        assert_denied!(other.auth(User { id: "ann".into() }).post().find_many());

        drop(db);
        assert_allowed!(ann.post().find_unique("draft"));
        assert_eq!(left(&url, &name).await?, 1);
        drop(ann);
        assert_eq!(left(&url, &name).await?, 0);
        Ok(())
    });
}

#[test]
fn a_database_of_a_test_is_not_in_a_schema_that_others_have() {
    zmodel_tests::database::run(Database::Postgres, async || {
        let url = zmodel_tests::database::url().await;
        assert!(matches!(testing::postgres(&url).await, Err(Error::Invalid { .. })));
    });
}
