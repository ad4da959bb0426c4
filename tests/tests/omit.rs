//! Fields that rows are read without: all but those that a struct has, and those marked `@omit`.

#![cfg(test)]

use serde_json::json;
use zmodel_macros::{Select, zmodel};
use zmodel_runtime::Result;
use zmodel_runtime::json::Operation;

/// Accounts and their keys.
#[zmodel("schemas/omit.zmodel")]
pub mod db {}

use db::{Account, Client, Db, Person, account, pass};

/// An account without its owner, and with what it omits.
#[derive(Debug, PartialEq, Select)]
#[zmodel(Account)]
struct Told {
    token: String,
    hint: Option<String>,
    passes: Vec<Named>,
}

/// A key with what it omits.
#[derive(Debug, PartialEq, Select)]
#[zmodel(db::Pass)]
struct Named {
    id: i32,
    secret: Option<String>,
}

async fn database() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let all = db.unguarded("setting up");
    all.account().create(account::New { id: 1, owner: 1, token: "t".into(), hint: "h".into() }).await?;
    for (id, secret) in [(1, Some("s")), (2, None), (3, Some("hidden"))] {
        all.pass().create(pass::New { id, account_id: 1 }).set(|pass| pass.secret, secret).await?;
    }
    Ok(db)
}

fn user(db: &Db, id: i32) -> Client {
    db.auth(Person { id })
}

async fn a_struct_that_names_an_omitted_field_has_it_under_the_rules() -> Result<()> {
    let db = database().await?;
    // The struct of the model is without it.
    let Account { id, owner } = user(&db, 1).account().find_unique_or_err(1).await?;
    assert_eq!((id, owner), (1, 1));
    let told = |hint: Option<&str>| Told {
        token: "t".into(),
        hint: hint.map(str::to_owned),
        passes: vec![Named { id: 1, secret: Some("s".into()) }, Named { id: 2, secret: None }],
    };
    let read = async |client: &Client| client.account().find_unique_or_err(1).select::<Told>().await;
    assert_eq!(read(&user(&db, 1)).await?, told(Some("h")));
    assert_eq!(read(&user(&db, 2)).await?, told(None));
    assert_eq!(read(&db.anonymous()).await?, told(None));
    // In a page and a stream as well.
    let page = user(&db, 1).pass().find_many().order_by(|pass| pass.id.asc()).take(1).select::<Named>().page().await?;
    assert_eq!(page.items, [Named { id: 1, secret: Some("s".into()) }]);
    // With what a write does, in one transaction.
    let ann = user(&db, 1);
    let (_, told) = ann
        .batch((
            ann.pass().update(2).set(|pass| pass.secret, "new"),
            ann.pass().find_unique_or_err(2).select::<Named>(),
        ))
        .await?;
    assert_eq!(told.secret.as_deref(), Some("new"));
    Ok(())
}

async fn json_never_shows_it() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("asking");
    for args in [
        json!({ "select": { "token": true } }),
        json!({ "omit": { "token": false } }),
        json!({ "include": { "passes": { "select": { "secret": true } } } }),
    ] {
        assert!(all.call("Account", Operation::FindMany, &args).await.is_err(), "{args}");
    }
    let shown = all.call("Account", Operation::FindMany, &json!({ "omit": { "owner": true } })).await?;
    assert_eq!(shown, json!([{ "id": 1 }]));
    Ok(())
}

zmodel_tests::on_each_database!(a_struct_that_names_an_omitted_field_has_it_under_the_rules, json_never_shows_it);
