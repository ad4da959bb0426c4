//! Every kind of field, and views: what was written is what is read.

#![cfg(test)]

use std::borrow::Cow;

use serde_json::json;
use zmodel_macros::zmodel;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::driver::sqlite::Sqlite;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::plan::{self, Assign, Filter, Removal};
use zmodel_runtime::session::Session;
use zmodel_runtime::{DateTime, Decimal, Result, Value};

/// A model of every kind of field, and views.
#[zmodel("schemas/kinds.zmodel")]
pub mod db {}

use db::{Address, Color, Db, Strict, Thing, part, thing};

async fn database() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    Ok(db)
}

fn address(street: &str) -> Address {
    Address {
        street: street.to_owned(),
        city: None,
        since: Some(DateTime::UNIX_EPOCH),
        colors: vec![Color::Green],
        before: Some(Box::new(Address {
            street: "first".to_owned(),
            city: Some("Delft".to_owned()),
            since: None,
            colors: Vec::new(),
            before: None,
        })),
    }
}

async fn lists_and_documents_are_read_as_they_were_written() -> Result<()> {
    let client = database().await?.anonymous();
    let empty = client.thing().create(thing::New { id: 1 }).await?;
    assert_eq!((empty.names.len(), &*empty.numbers, &*empty.colors), (0, &[1, 2][..], &[Color::Green][..]));
    assert_eq!((empty.home.is_none(), empty.others.len()), (true, 0));
    let written = client
        .thing()
        .create(thing::New { id: 2 })
        .set(|t| t.names, vec!["a".to_owned(), "\"b\",\\".to_owned()])
        .set(|t| t.prices, vec![Decimal::new(1050, 2), Decimal::MAX])
        .set(|t| t.days, vec![DateTime::UNIX_EPOCH])
        .set(|t| t.sizes, vec![0.1, -1e300, 3.0, f64::INFINITY])
        .set(|t| t.ids, vec![i64::MAX])
        .set(|t| t.flags, vec![true, false])
        .set(|t| t.parts, vec![vec![0, 255], Vec::new()])
        .set(|t| t.papers, vec![json!("text"), json!(null), json!({ "a": [1] })])
        .set(|t| t.home, Some(address("Main")))
        .set(|t| t.others, vec![address("A"), address("B")])
        .set(|t| t.strict, Some(Strict { level: 3 }))
        .await?;
    let read = client.thing().find_unique_or_err(2).await?;
    assert_eq!(read, written);
    assert_eq!(read.names, ["a", "\"b\",\\"]);
    assert_eq!(read.sizes, [0.1, -1e300, 3.0, f64::INFINITY]);
    assert_eq!(read.parts, [vec![0, 255], Vec::new()]);
    assert_eq!(read.papers, [json!("text"), json!(null), json!({ "a": [1] })]);
    assert_eq!(read.home, Some(address("Main")));
    assert_eq!(read.others, [address("A"), address("B")]);
    Ok(())
}

async fn they_are_the_same_inside_related_rows() -> Result<()> {
    let client = database().await?.anonymous();
    let made = client
        .thing()
        .create(thing::New { id: 1 })
        .set(|t| t.names, vec!["a".to_owned()])
        .set(|t| t.papers, vec![json!({ "a": "b" })])
        .set(|t| t.home, Some(address("Main")))
        .await?;
    client.part().create(part::New { id: 1 }).await?;
    let parts = client.part().find_many().include(|p| p.thing).await?;
    let things: Vec<Option<Thing>> = parts.into_iter().map(|part| part.rel).collect();
    assert_eq!(things, [Some(made)]);
    Ok(())
}

async fn a_change_replaces_a_list() -> Result<()> {
    let client = database().await?.anonymous();
    client.thing().create(thing::New { id: 1 }).set(|t| t.ids, vec![1, 2]).await?;
    let changed = client.thing().update(1).set(|t| t.ids, vec![3]).await?;
    assert_eq!(changed.ids, [3]);
    Ok(())
}

async fn a_hidden_field_is_filled_and_known_to_the_rules() -> Result<()> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().display().to_string();
    let db = Db::connect(&format!("sqlite:{path}")).await?;
    db.create_tables().await?;
    let client = db.anonymous();
    client.thing().create(thing::New { id: 1 }).await?;
    client.thing().create(thing::New { id: 2 }).await?;
    let direct = rusqlite::Connection::open(&path).expect("the same file");
    let secret: i64 = direct.query_row("SELECT secret FROM Thing WHERE id = 1", [], |row| row.get(0)).expect("a row");
    assert_eq!(secret, 7);
    direct.execute("UPDATE Thing SET secret = 8 WHERE id = 2", []).expect("an update");
    let seen: Vec<i32> = client.thing().find_many().await?.iter().map(|thing| thing.id).collect();
    assert_eq!(seen, [1]);
    Ok(())
}

async fn views_are_read_under_their_rules() -> Result<()> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().display().to_string();
    let db = Db::connect(&format!("sqlite:{path}")).await?;
    db.create_tables().await?;
    let direct = rusqlite::Connection::open(&path).expect("the same file");
    direct
        .execute_batch(
            "CREATE VIEW Total AS SELECT name, count(*) AS count FROM Thing GROUP BY name;
             CREATE VIEW Loose AS SELECT count(*) AS count FROM Thing",
        )
        .expect("views");
    let client = db.anonymous();
    for (id, name) in [(1, "a"), (2, "a"), (3, "b")] {
        client.thing().create(thing::New { id }).set(|t| t.name, name).await?;
    }
    let totals = client.total().find_many().await?;
    assert_eq!(totals.iter().map(|total| (total.name.as_deref(), total.count)).collect::<Vec<_>>(), [(Some("a"), 2)]);
    assert!(client.total().find_unique("b").await?.is_none());
    assert_eq!(client.loose().find_first_or_err().await?.count, 3);
    // Neither a client nor a plan made by hand writes one.
    let text = include_str!("../schemas/kinds.zmodel");
    let schema = zmodel_cli::compile("kinds.zmodel".as_ref(), &|_| Ok(text.to_owned())).schema.expect("it is right");
    let model = schema.find_model("Total").expect("a view").0;
    let field = |name: &str| schema.find_model("Total").unwrap().1.visible_field(name).unwrap().0;
    let (name, count) = (field("name"), field("count"));
    let session = Session::new(Engine::new(Cow::Owned(schema), Sqlite::open(&path)?), Caller::Anonymous);
    let (filter, limit) = (Filter::Constant(true), None);
    let rows = vec![vec![(name, Value::Text("c".into())), (count, Value::Int(1))]];
    let values = vec![(name, Assign::Set(Value::Text("c".into())))];
    let refused = [
        session.create_many(plan::CreateMany { model, rows, skip_duplicates: false }).await,
        session.update_many(plan::UpdateMany { model, filter: filter.clone(), values, limit }).await,
        session.delete_many(&plan::DeleteMany { model, filter, limit, removal: Removal::Usual }).await,
    ];
    for outcome in refused {
        assert_eq!(outcome.unwrap_err().to_string(), "`Total` is a view, which cannot be written");
    }
    Ok(())
}

zmodel_tests::on_each_database!(
    lists_and_documents_are_read_as_they_were_written,
    they_are_the_same_inside_related_rows,
    a_change_replaces_a_list,
    a_hidden_field_is_filled_and_known_to_the_rules,
    views_are_read_under_their_rules,
);
