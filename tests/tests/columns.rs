//! What columns have place for, in the words of a database.

#![cfg(test)]

use db::{Client, Db, narrow};
use serde_json::json;
use zmodel_macros::zmodel;
use zmodel_runtime::json::Operation;
use zmodel_runtime::{Error, Result};

/// Columns that hold no more than they have place for. The same holds on a database that has no such types.
#[zmodel("schemas/columns.zmodel")]
pub mod db {}

async fn client() -> Result<Client> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    Ok(db.anonymous())
}

fn problems(error: &Error) -> Vec<(String, &'static str, String)> {
    let Error::Validation(error) = error else { panic!("{error}") };
    error.problems.iter().map(|problem| (problem.path.clone(), problem.code, problem.message.clone())).collect()
}

async fn what_a_column_has_no_place_for_is_said_before_the_database_is_asked() -> Result<()> {
    let client = client().await?;
    let wide = client
        .narrow()
        .create(narrow::New { id: 1 })
        .set(|n| n.code, " abcd ")
        .set(|n| n.small, 40_000)
        .set(|n| n.price, "123.4".parse::<zmodel_runtime::Decimal>().unwrap());
    assert_eq!(
        problems(&wide.await.unwrap_err()),
        [
            ("code".to_owned(), "length", "must have at most 3 characters".to_owned()),
            ("small".to_owned(), "lte", "must be at most 32767".to_owned()),
            ("price".to_owned(), "range", "must have at most 2 digits before the point".to_owned()),
        ]
    );
    let fits = client.narrow().create(narrow::New { id: 1 }).set(|n| n.code, " äöü ").await?;
    assert_eq!(fits.code.as_deref(), Some("äöü"));
    let longer = client.narrow().update_many().set(|n| n.code, "abcd").await.unwrap_err();
    assert_eq!(problems(&longer)[0].1, "length");
    // With JSON it is the same, and what JSON can say besides is an error of the same kind.
    for (data, message) in [
        (json!({ "id": 2, "code": "abcd" }), "code: must have at most 3 characters"),
        (json!({ "id": 2, "small": 40_000 }), "small: must be at most 32767"),
        (json!({ "id": 2, "count": 3_000_000_000_u32 }), "count"),
        (json!({ "id": 2, "level": "NONE" }), "level"),
        (json!({ "id": 2, "price": "1e99" }), "price"),
        (json!({ "id": 2, "count": 1.5 }), "count"),
    ] {
        let error = client.call("narrow", Operation::Create, &json!({ "data": data })).await.unwrap_err();
        assert_eq!(error.kind(), "invalid", "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
    Ok(())
}

zmodel_tests::on_each_database!(what_a_column_has_no_place_for_is_said_before_the_database_is_asked);
