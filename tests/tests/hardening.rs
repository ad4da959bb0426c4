//! Ways around the rules that were once open, or looked open.

#![cfg(test)]

use zmodel_macros::zmodel;
use zmodel_runtime::{DateTime, Decimal, Error, Result};

/// A model for each of them.
#[zmodel("schemas/hardening.zmodel")]
pub mod db {}

use db::{Client, Db, address, fine, job, measure, node, notice, price};

async fn anybody() -> Result<(Db, Client)> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let client = db.anonymous();
    Ok((db, client))
}

fn is_invalid<T>(outcome: &Result<T>) -> bool {
    matches!(outcome, Err(Error::Invalid { .. }))
}

async fn what_the_database_fills_is_not_null_to_a_create_rule() -> Result<()> {
    let (_, client) = anybody().await?;
    assert!(client.job().create(job::New { id: 1 }).await.unwrap_err().is_denied());
    let given = client.job().create(job::New { id: 2 }).set(|job| job.state, None::<String>).await?;
    assert_eq!(given.state, None);
    Ok(())
}

async fn a_new_row_that_refers_to_itself_has_a_parent() -> Result<()> {
    let (_, client) = anybody().await?;
    client.node().create(node::New { id: 1 }).await?;
    for parent in [1, 5] {
        let child = client.node().create(node::New { id: 5 }).set(|node| node.parent_id, parent);
        assert!(child.await.unwrap_err().is_denied(), "{parent}");
    }
    Ok(())
}

async fn decimals_are_compared_and_ordered_as_numbers() -> Result<()> {
    let (db, client) = anybody().await?;
    for (id, amount) in [(1, "9"), (2, "10"), (3, "1.50"), (4, "9.51")] {
        let amount = amount.parse::<Decimal>().unwrap();
        db.unguarded("arrange").price().create(price::New { id, amount }).await?;
    }
    let seen = client.price().find_many().order_by(|price| price.amount.desc()).await?;
    assert_eq!(seen.iter().map(|price| price.id).collect::<Vec<_>>(), [2, 4, 3]);
    let amount = "1.500".parse::<Decimal>().unwrap();
    assert_eq!(client.price().count().filter(|price| price.amount.any_of([amount])).await?, 1);
    assert_eq!(client.price().count().filter(|price| price.amount.lt(Decimal::from(10))).await?, 2);
    for (id, amount) in [(1, "0.000001"), (2, "0.00002"), (3, "1")] {
        let amount = amount.parse::<Decimal>().unwrap();
        db.unguarded("arrange").fine().create(fine::New { id, amount }).await?;
    }
    assert_eq!(client.fine().find_many().await?.iter().map(|fine| fine.id).collect::<Vec<_>>(), [1]);
    let denied = client.price().create(price::New { id: 9, amount: Decimal::from(9) }).await;
    assert!(denied.unwrap_err().is_denied());
    Ok(())
}

async fn a_value_that_the_database_would_order_otherwise_is_refused() -> Result<()> {
    let (_, client) = anybody().await?;
    let far: DateTime = serde_json::from_str("\"+10000-01-01T00:00:00Z\"").unwrap();
    assert!(is_invalid(&client.notice().create(notice::New { at: far }).await));
    assert!(is_invalid(&client.notice().update(1).set(|notice| notice.at, far).await));
    assert!(is_invalid(&client.notice().find_many().filter(|notice| notice.at.lt(far)).await));
    let hidden = address::New { email: "a@corp.com\0".to_owned() };
    assert!(is_invalid(&client.address().create(hidden).await));
    assert!(is_invalid(&client.measure().create(measure::New { value: f64::NAN }).await));
    Ok(())
}

async fn many_conditions_are_one_query_and_too_many_are_refused() -> Result<()> {
    use zmodel_runtime::filter::Filter;
    let (_, client) = anybody().await?;
    client.node().create(node::New { id: 4999 }).await?;
    let any = |fields: node::Fields| (0..5000).fold(Filter::none(), |filter, id| filter | fields.id.eq(id));
    assert_eq!(client.node().count().filter(any).await?, 1);
    assert!(is_invalid(&client.node().count().filter(|node| node.id.any_of(0..40_000)).await));
    assert_eq!(client.node().count().filter(|node| node.id.any_of(0..30_000)).await?, 1);
    Ok(())
}

async fn a_url_that_would_open_another_database_is_refused() {
    for url in ["sqlite:", "sqlite://", "sqlite:x.db?mode=ro", "file:./dev.db?connection_limit=1", "postgres://x", "x"]
    {
        assert!(Db::connect(url).await.is_err(), "{url}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn readers_do_not_wait_for_writers() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("busy.db").display());
    let db = Db::connect(&url).await?;
    db.create_tables().await?;
    // Somebody else holds the database, so our writers queue.
    let other = rusqlite::Connection::open(folder.path().join("busy.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let client = db.anonymous();
    let writers: Vec<_> = (0..40)
        .map(|id| {
            let client = client.clone();
            tokio::spawn(async move { client.node().create(node::New { id }).await })
        })
        .collect();
    tokio::task::yield_now().await;
    for _ in 0..100 {
        assert_eq!(client.node().count().await?, 0);
    }
    // The writers were waiting all the while.
    assert!(writers.iter().all(|writer| !writer.is_finished()));
    other.execute_batch("COMMIT").unwrap();
    for writer in writers {
        writer.await.unwrap()?;
    }
    assert_eq!(client.node().count().await?, 40);
    Ok(())
}

#[test]
fn a_client_shows_nothing_of_its_caller() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let db = runtime.block_on(Db::connect("sqlite::memory:")).unwrap();
    let client = db.auth(db::Caller { id: "secret".to_owned(), since: None });
    assert!(!format!("{client:?}").contains("secret"));
}

zmodel_tests::on_each_database!(
    what_the_database_fills_is_not_null_to_a_create_rule,
    a_new_row_that_refers_to_itself_has_a_parent,
    decimals_are_compared_and_ordered_as_numbers,
    a_value_that_the_database_would_order_otherwise_is_refused,
    many_conditions_are_one_query_and_too_many_are_refused,
    a_url_that_would_open_another_database_is_refused,
);
