//! Many rows with few statements, and rows that are there or not.

#![cfg(test)]

use std::borrow::Cow;

use db::{Client, Db, Item, User, gate, item, pile, shelf, sign, step, stone, ware};
use serde_json::{Value as Json, json};
use zmodel_macros::zmodel;
use zmodel_runtime::Result;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::client::Unguarded;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::json::Operation;
use zmodel_runtime::session::Session;
use zmodel_runtime::upsert::UpsertMany;
use zmodel_tests::database::{Database, driver, here};
use zmodel_tests::heard::{Heard, Said};

/// Things of somebody, in shelves, and steps that follow each other.
#[zmodel("schemas/many.zmodel")]
pub mod db {}

struct Three {
    all: Client<Unguarded>,
    ann: Client,
    bob: Client,
    said: Said,
}

impl Three {
    /// How many statements there were since the last time.
    fn statements(&self) -> usize {
        self.said.take().len()
    }

    /// What they were.
    fn texts(&self) -> Vec<String> {
        self.said.take().iter().map(|query| query.text.to_string()).collect()
    }
}

async fn clients() -> Result<Three> {
    let said = Said::default();
    let db = Db::new(Heard::new(driver().await?, &said));
    db.create_tables().await?;
    said.take();
    let user = |id: &str| db.auth(User { id: id.into() });
    Ok(Three { all: db.unguarded("arrange"), ann: user("ann"), bob: user("bob"), said })
}

fn things(owner: &str, count: usize) -> impl Iterator<Item = item::New> {
    (0..count).map(move |at| item::New { owner: owner.into(), name: format!("{at:05}") })
}

fn wares(shelf: i32, ids: impl IntoIterator<Item = i32>) -> Vec<ware::New> {
    ids.into_iter().map(|id| ware::New { id, shelf_id: shelf, price: id }).collect()
}

async fn shelves(all: &Client<Unguarded>) -> Result<()> {
    let new = |id, owner: &str| shelf::New { id, owner: owner.into() };
    all.shelf().create_many([new(1, "ann"), new(2, "bob")]).await.map(drop)
}

async fn ten_thousand_rows_take_few_statements() -> Result<()> {
    let three = clients().await?;
    assert_eq!(three.ann.item().create_many(things("ann", 10_000)).await?, 10_000);
    let statements = three.statements();
    assert!(statements < 50, "{statements}");
    assert_eq!(three.all.item().count().await?, 10_000);
    Ok(())
}

async fn rows_come_back_in_the_order_of_their_writing() -> Result<()> {
    let three = clients().await?;
    let rows = three.ann.item().create_many(things("ann", 1_000)).returning().await?;
    assert!(rows.iter().zip(things("ann", 1_000)).all(|(row, new)| row.name == new.name));
    assert!(rows.is_sorted_by_key(|row| row.id));
    let statements = three.statements();
    assert!(statements < 30, "{statements}");
    let changed = three.ann.item().update_many().increment(|item| item.price, 2).limit(300).returning().await?;
    assert_eq!((changed.len(), changed.iter().all(|row| row.price == 2)), (300, true));
    Ok(())
}

async fn one_row_of_somebody_else_is_enough_to_refuse_all() -> Result<()> {
    let three = clients().await?;
    let rows = || things("ann", 300).chain(things("bob", 1));
    assert!(three.ann.item().create_many(rows()).await.unwrap_err().is_denied());
    assert!(three.ann.item().create_many(rows()).skip_duplicates().await.unwrap_err().is_denied());
    assert_eq!(three.all.item().count().await?, 0);
    Ok(())
}

async fn rows_are_left_out_that_are_there() -> Result<()> {
    let three = clients().await?;
    three.ann.item().create_many(things("ann", 10)).await?;
    let made = three.ann.item().create_many(things("ann", 12)).skip_duplicates().returning().await?;
    assert_eq!(made.into_iter().map(|row| row.name).collect::<Vec<_>>(), ["00010", "00011"]);
    assert!(three.ann.item().create_many(things("ann", 14)).await.unwrap_err().is_unique_violation());
    assert_eq!(three.all.item().count().await?, 12);
    Ok(())
}

async fn rules_that_look_at_other_rows_are_asked_for_each() -> Result<()> {
    let three = clients().await?;
    shelves(&three.all).await?;
    three.statements();
    assert_eq!(three.ann.ware().create_many(wares(1, 1..=100)).await?, 100);
    let statements = three.statements();
    assert!(statements <= 4, "{statements}");
    let mut mixed = wares(1, 101..=110);
    mixed.extend(wares(2, 111..=111));
    assert!(three.ann.ware().create_many(mixed.clone()).await.unwrap_err().is_denied());
    assert!(three.ann.ware().create_many(mixed).skip_duplicates().await.unwrap_err().is_denied());
    // A row that is there already is of no concern where another one is refused; and is, where none is.
    let mut taken = wares(2, 111..=111);
    taken.extend(wares(1, 1..=2));
    assert!(three.ann.ware().create_many(taken).await.unwrap_err().is_denied());
    assert!(three.ann.ware().create_many(wares(1, 100..=101)).await.unwrap_err().is_unique_violation());
    assert_eq!(three.ann.ware().create_many(wares(1, 99..=102)).skip_duplicates().await?, 2);
    assert_eq!(three.all.ware().delete_many().filter(|ware| ware.id.gt(100)).await?, 2);
    // Left out as a duplicate, whether or not it may be there, as one by one.
    assert_eq!(three.ann.ware().create_many(wares(1, 90..=105)).skip_duplicates().await?, 5);
    assert_eq!(three.all.ware().count().await?, 105);
    Ok(())
}

async fn a_row_sees_those_before_it() -> Result<()> {
    let three = clients().await?;
    let new = |id, last: i32| zmodel_runtime::model::Values::from(step::New { id }).with(step_last(), Some(last));
    three.all.step().create(step::New { id: 0 }).await?;
    assert_eq!(three.ann.step().create_many([new(1, 0), new(2, 1), new(3, 2)]).await?, 3);
    assert!(three.ann.step().create_many([new(6, 5), new(5, 4), new(4, 3)]).await.is_err());
    Ok(())
}

fn step_last() -> zmodel_runtime::field::Field<db::Step, Option<i32>> {
    <db::Step as zmodel_runtime::model::Model>::FIELDS.last_id
}

async fn what_rows_were_before_is_asked_for_many_at_once() -> Result<()> {
    let three = clients().await?;
    shelves(&three.all).await?;
    three.ann.ware().create_many(wares(1, 1..=200)).await?;
    three.bob.ware().create_many(wares(2, 201..=210)).await?;
    three.statements();
    assert_eq!(three.ann.ware().update_many().increment(|ware| ware.price, 1).await?, 200);
    let statements = three.statements();
    assert!(statements <= 4, "{statements}");
    // One price would fall.
    let fallen = three.ann.ware().update_many().set(|ware| ware.price, 200).await;
    assert!(fallen.unwrap_err().is_denied());
    let moved = three.ann.ware().update_many().set(|ware| ware.shelf_id, 2).await;
    assert!(moved.unwrap_err().is_denied());
    assert_eq!(three.ann.ware().update_many().set(|ware| ware.price, 201).await?, 200);
    assert_eq!(three.all.ware().count().filter(|ware| ware.price.eq(201)).await?, 201);
    Ok(())
}

async fn deleted_rows_come_back() -> Result<()> {
    let three = clients().await?;
    shelves(&three.all).await?;
    three.ann.item().create_many(things("ann", 300)).await?;
    three.bob.item().create_many(things("bob", 3)).await?;
    three.statements();
    let deleted = three.ann.item().delete_many().filter(|item| item.name.lt("00150")).returning().await?;
    assert_eq!((deleted.len(), three.statements()), (150, 1));
    assert_eq!(three.all.item().count().await?, 153);
    three.ann.ware().create_many(wares(1, 1..=5)).await?;
    assert_eq!(three.ann.ware().delete_many().limit(2).returning().await?.len(), 2);
    let args = json!({ "where": { "price": { "gt": 2 } }, "select": { "price": true }, "limit": 9 });
    let mut prices = three.ann.call("ware", Operation::DeleteManyAndReturn, &args).await?;
    prices.as_array_mut().unwrap().sort_by_key(|row| row["price"].as_i64());
    assert_eq!(prices.as_array().unwrap().len() as u64 + three.all.ware().count().await?, 3);
    // What was hidden is deleted, and not told.
    three.all.ware().create(ware::New { id: 9, shelf_id: 1, price: 9 }).set(|ware| ware.hidden, true).await?;
    assert!(three.ann.ware().delete_many().returning().await.unwrap_err().is_unreadable());
    assert_eq!(three.all.ware().count().await?, 0);
    Ok(())
}

async fn an_upsert_is_one_statement_where_the_rules_permit() -> Result<()> {
    let three = clients().await?;
    let key = || item::Key::OwnerName { owner: "ann".into(), name: "x".into() };
    let new = || item::New { owner: "ann".into(), name: "x".into() };
    for price in 1..=3 {
        three.statements();
        let row = three
            .ann
            .item()
            .upsert(key(), zmodel_runtime::draft::Draft::from(new()).set(|item| item.price, 1), |item| {
                item.increment(|i| i.price, 1)
            })
            .await?;
        assert_eq!((row.price, three.statements()), (price, 1));
    }
    // There is a row, and it is not his: the violation of its key is all he hears.
    let bobs = three.bob.item().upsert(key(), new(), |item| item.set(|i| i.price, 9)).await;
    assert!(bobs.unwrap_err().is_denied());
    let key = || item::Key::Id(1);
    let bobs = three
        .bob
        .item()
        .upsert(
            key(),
            zmodel_runtime::draft::Draft::from(item::New { owner: "bob".into(), name: "y".into() }).set(|i| i.id, 1),
            |item| item.set(|i| i.price, 9),
        )
        .await;
    assert!(bobs.unwrap_err().is_unique_violation());
    assert_eq!(three.all.item().find_unique_or_err(1).await?.price, 3);
    // Another unique value of the new row is taken: of no concern to who only changes the one that is there.
    three.ann.item().create(item::New { owner: "ann".into(), name: "z".into() }).await?;
    let draft =
        zmodel_runtime::draft::Draft::from(item::New { owner: "ann".into(), name: "z".into() }).set(|i| i.id, 1);
    assert_eq!(three.ann.item().upsert(1, draft, |item| item.set(|i| i.price, 5)).await?.price, 5);
    Ok(())
}

async fn one_row_is_written_and_read_back_with_one_statement() -> Result<()> {
    let three = clients().await?;
    let shelf = |id, owner: &str| shelf::New { id, owner: owner.into() };
    assert_eq!(three.ann.shelf().create(shelf(1, "ann")).await?.id, 1);
    let ware = |id| ware::New { id, shelf_id: 1, price: 1 };
    assert_eq!(three.ann.ware().create(ware(1)).await?.price, 1);
    assert_eq!(three.statements(), 2);
    // What is hidden is written, and not told.
    let hidden = three.ann.ware().create(ware(2)).set(|ware| ware.hidden, true).await;
    assert!(hidden.unwrap_err().is_unreadable());
    assert!(three.bob.ware().create(ware(3)).await.unwrap_err().is_denied());
    assert_eq!(three.statements(), 2);
    assert_eq!(three.all.ware().count().await?, 2);
    three.all.ware().delete_many().await?;
    three.statements();
    // Who gives a thing away sees it no more.
    let given = three.ann.shelf().update(1).set(|shelf| shelf.owner, "bob").await;
    assert!(given.unwrap_err().is_unreadable());
    let taken = three.bob.shelf().update(1).set(|shelf| shelf.owner, "bob").await?;
    assert_eq!((&*taken.owner, three.statements()), ("bob", 2));
    assert!(three.ann.shelf().delete(1).await.unwrap_err().is_not_found());
    assert_eq!((three.bob.shelf().delete(1).await?.id, three.statements()), (1, 2));
    Ok(())
}

async fn a_row_whose_sight_other_rows_decide_is_read_back_with_one_statement() -> Result<()> {
    let three = clients().await?;
    shelves(&three.all).await?;
    let sign = |id, shelf_id| sign::New { id, shelf_id, text: "sold".into() };
    three.statements();
    assert_eq!(three.ann.sign().create(sign(1, 1)).await?.text, "sold");
    assert!(three.ann.sign().create(sign(2, 2)).await.unwrap_err().is_unreadable());
    assert_eq!(three.ann.sign().update(1).set(|sign| sign.text, "new").await?.text, "new");
    assert_eq!(three.statements(), 3);
    // What could change what the rules look at is looked at by itself.
    assert_eq!(three.ann.sign().update(1).set(|sign| sign.id, 3).await?.id, 3);
    assert_eq!(three.ann.sign().delete(3).await?.text, "new");
    Ok(())
}

async fn a_row_is_seen_as_it_was_before_the_delete_that_takes_others_along() -> Result<()> {
    let three = clients().await?;
    three.all.pile().create_many([pile::New { id: 1 }, pile::New { id: 2 }]).await?;
    three.ann.stone().create(stone::New { id: 1, pile_id: 1 }).await?;
    assert_eq!(three.ann.pile().delete(1).await?.id, 1);
    assert!(three.ann.pile().delete(2).await.unwrap_err().is_unreadable());
    assert_eq!((three.all.pile().count().await?, three.all.stone().count().await?), (0, 0));
    Ok(())
}

async fn what_the_rules_decide_is_not_asked_of_the_database() -> Result<()> {
    let three = clients().await?;
    let locked = three.ann.shelf().find_many().filter(|shelf| shelf.locks.some(|lock| lock.id.gt(0)));
    assert_eq!(locked.await?.len(), 0);
    assert_eq!(three.ann.lock().find_many().await?.len(), 0);
    assert!(!three.ann.lock().exists().filter(|lock| lock.id.eq(1)).await?);
    assert!(!three.ann.item().exists().filter(|item| item.id.any_of::<i32>([])).await?);
    assert_eq!(three.ann.item().count().filter(|item| item.id.any_of::<i32>([])).await?, 0);
    assert_eq!(three.statements(), 0);
    Ok(())
}

async fn rules_about_the_row_alone_stand_in_the_statement_that_writes_it() -> Result<()> {
    let three = clients().await?;
    shelves(&three.all).await?;
    three.ann.item().create_many(things("ann", 3)).await?;
    three.ann.ware().create_many(wares(1, 1..4)).await?;
    three.texts();
    three.ann.item().update_many().filter(|item| item.id.eq(1)).set(|item| item.price, 7).await?;
    three.ann.item().delete_many().filter(|item| item.id.eq(1)).await?;
    for text in three.texts() {
        assert!(!text.contains("SELECT"), "{text}");
    }
    // Rules that look at other rows, or a limit: PostgreSQL chooses the rows first, and locks them.
    three.ann.ware().delete_many().filter(|ware| ware.id.eq(1)).await?;
    three.ann.item().update_many().set(|item| item.price, 8).limit(1).await?;
    let [others, limited] = &three.texts()[..] else { panic!("two statements") };
    let (chosen, update, delete) = match here() {
        Database::Sqlite => (false, "LIMIT ? )", "\"Ware\".\"id\" = ?"),
        Database::Postgres => (true, "FOR NO KEY UPDATE)", "FOR UPDATE)"),
    };
    assert_eq!(others.contains("\"id\" IN (SELECT"), chosen, "{others}");
    assert!(others.ends_with(delete) && limited.ends_with(update), "{others}\n{limited}");
    Ok(())
}

async fn upserts_see_what_became_of_those_before_them() -> Result<()> {
    let three = clients().await?;
    let gate = |id: i32, last_id: Option<i32>| gate::New { id, open: true }.draft().set(|gate| gate.last_id, last_id);
    three.all.gate().upsert_many().row(1, gate(1, None), |it| it).row(2, gate(2, Some(1)), |it| it).await?;
    let shut =
        |id, last| three.ann.gate().upsert_many().row(id, gate(id, last), |gate| gate.set(|gate| gate.open, false));
    let outwards = shut(1, None).row(2, gate(2, Some(1)), |gate| gate.set(|gate| gate.open, false));
    assert!(outwards.await.is_err());
    assert_eq!(three.all.gate().count().filter(|gate| gate.open.eq(false)).await?, 0);
    three.statements();
    let inwards = shut(2, Some(1)).row(1, gate(1, None), |gate| gate.set(|gate| gate.open, false));
    assert_eq!((inwards.await?, three.statements()), (2, 2));
    // A single one looks at nothing that it changes.
    let single = three.ann.gate().upsert(3, gate(3, None), |gate| gate.set(|gate| gate.open, false));
    assert_eq!((single.await?.open, three.statements()), (true, 1));
    Ok(())
}

async fn upserts_that_differ_are_made_one_by_one() -> Result<()> {
    let three = clients().await?;
    let new = |name: &str| item::New { owner: "ann".into(), name: name.into() }.draft();
    let key = |name: &str| item::Key::OwnerName { owner: "ann".into(), name: name.into() };
    let after = |new| three.ann.item().upsert_many().row(key("a"), new, |it| it.set(|it| it.price, 5));
    let first = || after(new("a"));
    for turn in 0..2 {
        // One gives its id, is found by that, changes something else, or is like the first.
        let pairs = [
            first().row(key("b"), new("b").set(|it| it.id, 7), |it| it.set(|it| it.price, 5)),
            after(new("a").set(|it| it.id, 1)).row(7, new("b").set(|it| it.id, 7), |it| it.set(|it| it.price, 5)),
            first().row(key("b"), new("b"), |it| it.set(|it| it.note, "changed")),
            first().row(key("b"), new("b"), |it| it.set(|it| it.price, 5)),
        ];
        for (at, pair) in pairs.into_iter().enumerate() {
            three.statements();
            assert_eq!((pair.await?, three.statements() == 1), (2, at == 3), "{turn} {at}");
        }
        let rows = three.ann.item().find_many().order_by(|it| it.name.asc()).await?;
        let rows: Vec<(i32, Option<&str>)> = rows.iter().map(|row| (row.price, row.note.as_deref())).collect();
        assert_eq!(rows, [(5, None), (5, Some("changed"))]);
    }
    // The same value, for another field.
    let several = three.ann.item().upsert_many().row(key("a"), new("a"), |it| it.set(|it| it.note, "c"));
    assert_eq!(several.row(key("b"), new("b"), |it| it.set(|it| it.name, "c")).await?, 2);
    let rows = three.ann.item().find_many().order_by(|it| it.name.asc()).await?;
    let rows: Vec<(&str, Option<&str>)> = rows.iter().map(|row| (&*row.name, row.note.as_deref())).collect();
    assert_eq!(rows, [("a", Some("c")), ("c", Some("changed"))]);
    Ok(())
}

async fn rows_of_many_fields_go_into_more_statements() -> Result<()> {
    const FIELDS: usize = 140;
    let fields: Vec<String> = (0..FIELDS).map(|at| format!("f{at} Int")).collect();
    let fields = fields.join("\n");
    let schema = format!(
        "datasource db {{ provider = 'sqlite' }}\nmodel Wide {{\n  id Int @id\n{fields}\n@@allow('all', true)\n}}"
    );
    let compiled = zmodel_cli::compile_schema("wide.zmodel".as_ref(), &|_| Ok(schema.clone()));
    let schema = compiled.schema.clone().expect("it is right");
    let engine = Engine::new(Cow::Owned(schema), driver().await?);
    engine.create_tables().await?;
    let session = Session::new(engine, Caller::Anonymous);
    let row = |id: i32| {
        let fields = (0..FIELDS).map(|at| (format!("f{at}"), id.into()));
        Json::Object(fields.chain([("id".to_owned(), id.into())]).collect())
    };
    let rows: Vec<Json> = (0..1_000).map(row).collect();
    let made = session.call("wide", Operation::CreateMany, &json!({ "data": rows })).await?;
    assert_eq!(made, json!({ "count": 1_000 }));
    Ok(())
}

async fn many_rows_are_written_with_one_statement() -> Result<()> {
    let three = clients().await?;
    three.ann.item().create_many(things("ann", 20)).await?;
    three.bob.item().create_many(things("bob", 3)).await?;
    three.statements();
    assert_eq!(three.ann.item().update_many().set(|item| item.price, 5).await?, 20);
    assert_eq!(three.ann.item().update_many().set(|item| item.price, 6).limit(7).await?, 7);
    assert_eq!(three.ann.item().update_many().filter(|item| item.price.eq(9)).set(|item| item.price, 1).await?, 0);
    assert_eq!(three.ann.item().delete_many().filter(|item| item.price.eq(6)).await?, 7);
    assert_eq!(three.statements(), 4);
    assert_eq!(three.all.item().count().await?, 16);
    Ok(())
}

async fn rows_along_a_relation_are_inserted_together() -> Result<()> {
    let three = clients().await?;
    let ware = |id| ware::New { id, shelf_id: zmodel_runtime::Parent, price: 1 };
    let new = shelf::New { id: 1, owner: "ann".into() };
    three.ann.shelf().create(new).along(|shelf| shelf.wares, |wares| wares.create([1, 2, 3].map(ware))).await?;
    let statements = three.statements();
    assert!(here() == Database::Postgres || statements == 3, "{statements}");
    assert_eq!(three.ann.ware().count().filter(|ware| ware.shelf_id.eq(1)).await?, 3);
    Ok(())
}

async fn upserts_of_many_rows_are_all_done_or_none() -> Result<()> {
    let three = clients().await?;
    let new = |owner: &str, name: &str| item::New { owner: owner.into(), name: name.into() };
    let key = |name: &str| item::Key::OwnerName { owner: "ann".into(), name: name.into() };
    three.ann.item().create(new("ann", "b")).await?;
    let rows = three
        .ann
        .item()
        .upsert_many()
        .row(key("a"), new("ann", "a"), |item| item.set(|i| i.price, 7))
        .row(key("b"), new("ann", "b"), |item| item.set(|i| i.price, 7))
        .returning()
        .await?;
    let rows: Vec<(&str, i32)> = rows.iter().map(|row| (&*row.name, row.price)).collect();
    assert_eq!(rows, [("a", 0), ("b", 7)]);
    let refused = three
        .ann
        .item()
        .upsert_many()
        .row(key("c"), new("ann", "c"), |item| item)
        .row(key("d"), new("bob", "d"), |item| item)
        .await;
    assert!(refused.unwrap_err().is_denied());
    assert_eq!(three.all.item().count().await?, 2);
    let row = |name: &str| {
        json!({ "where": { "owner_name": { "owner": "ann", "name": name } },
        "create": { "owner": "ann", "name": name }, "update": { "price": { "increment": 1 } } })
    };
    let args = json!({ "data": [row("b"), row("e")] });
    assert_eq!(three.ann.call("item", Operation::UpsertMany, &args).await?, json!({ "count": 2 }));
    let args = json!({ "data": [row("b"), row("e")], "select": { "price": true } });
    let prices = three.ann.call("item", Operation::UpsertManyAndReturn, &args).await?;
    assert_eq!(prices, json!([{ "price": 9 }, { "price": 1 }]));
    Ok(())
}

fn upserts<'c>(client: &'c Client, names: &[String], price: fn(usize) -> i32) -> UpsertMany<'c, Item> {
    let mut upsert = client.item().upsert_many();
    for (at, name) in names.iter().enumerate() {
        let (key, new) = (
            item::Key::OwnerName { owner: "ann".into(), name: name.clone() },
            item::New { owner: "ann".into(), name: name.clone() },
        );
        upsert = upsert.row(key, new.draft().set(|i| i.price, price(at)), |i| i.set(|i| i.price, price(at)));
    }
    upsert
}

async fn upserts_of_many_rows_are_few_statements_where_the_rules_permit() -> Result<()> {
    let three = clients().await?;
    let key = |name: &str| item::Key::OwnerName { owner: "ann".into(), name: name.into() };
    let names: Vec<String> = (0..40).map(|at| format!("{at:02}")).collect();
    let price: fn(usize) -> i32 = |at| i32::try_from(at).unwrap_or_default();
    // Each to what the new row has; 32 and 8 rows.
    assert_eq!((upserts(&three.ann, &names, price).await?, three.statements()), (40, 2));
    assert_eq!((upserts(&three.ann, &names, |_| 7).await?, three.statements()), (40, 2));
    let rows = upserts(&three.ann, &names, price).returning().await?;
    assert!(rows.iter().zip(&names).enumerate().all(|(at, (row, name))| (row.price, &row.name) == (price(at), name)));
    // All alike.
    let mut again = three.ann.item().upsert_many();
    for name in &names {
        again = again
            .row(key(name), item::New { owner: "ann".into(), name: name.clone() }, |i| i.increment(|i| i.price, 1));
    }
    three.statements();
    assert_eq!((again.await?, three.statements()), (40, 2));
    // Somebody else may not change them; and of what he may create, nothing stays.
    let by_id = |id: i32| item::New { owner: "bob".into(), name: format!("b{id}") }.draft().set(|item| item.id, id);
    let first = three.all.item().find_first_or_err().order_by(|item| item.id.asc()).await?.id;
    let bobs = three.bob.item().upsert_many();
    let bobs = bobs.row(900, by_id(900), |i| i.set(|i| i.price, 0)).row(first, by_id(first), |i| i.set(|i| i.price, 0));
    assert!(bobs.await.unwrap_err().is_unique_violation());
    assert_eq!((three.all.item().count().await?, three.all.item().count().filter(|i| i.price.eq(0)).await?), (40, 0));
    // A row that comes twice is there the second time.
    let twice = three.ann.item().upsert_many();
    let new = || item::New { owner: "ann".into(), name: "twice".into() };
    let twice = twice.row(key("twice"), new(), |i| i.increment(|i| i.price, 5));
    assert_eq!(twice.row(key("twice"), new(), |i| i.increment(|i| i.price, 5)).await?, 2);
    assert_eq!(three.all.item().find_unique_or_err(key("twice")).await?.price, 5);
    Ok(())
}

async fn a_row_that_is_upserted_twice_is_given_twice() -> Result<()> {
    let three = clients().await?;
    let key = |name: &str| item::Key::OwnerName { owner: "ann".into(), name: name.into() };
    let new = |name: &str| item::New { owner: "ann".into(), name: name.into() };
    let several = three.ann.item().upsert_many();
    let several = several.row(key("a"), new("a"), |i| i.increment(|i| i.price, 5));
    let several = several.row(key("b"), new("b"), |i| i.increment(|i| i.price, 1));
    let rows = several.row(key("a"), new("a"), |i| i.increment(|i| i.price, 5)).returning().await?;
    // As it is in the end, once for each time that it was asked for.
    let rows: Vec<(&str, i32)> = rows.iter().map(|row| (&*row.name, row.price)).collect();
    assert_eq!(rows, [("a", 5), ("b", 0), ("a", 5)]);
    let row = json!({ "where": { "owner_name": { "owner": "ann", "name": "b" } },
        "create": { "owner": "ann", "name": "b" }, "update": { "price": { "increment": 2 } } });
    let args = json!({ "data": [row, row], "select": { "price": true } });
    let prices = three.ann.call("item", Operation::UpsertManyAndReturn, &args).await?;
    assert_eq!(prices, json!([{ "price": 4 }, { "price": 4 }]));
    Ok(())
}

async fn a_row_whose_key_a_later_upsert_changes_is_given_by_its_last_key() -> Result<()> {
    let three = clients().await?;
    let new =
        |id: i32, name: &str| item::New { owner: "ann".into(), name: name.into() }.draft().set(|item| item.id, id);
    three.ann.item().create(item::New { owner: "ann".into(), name: "a".into() }).set(|item| item.id, 1).await?;
    let several = three.ann.item().upsert_many();
    let several = several.row(1, new(1, "a"), |i| i.set(|i| i.price, 5));
    let several = several.row(2, new(2, "b"), |i| i.set(|i| i.price, 5));
    let several = several.row(1, new(1, "a"), |i| i.set(|i| i.id, 9));
    let several = several.row(9, new(9, "a"), |i| i.set(|i| i.id, 10).increment(|i| i.price, 1));
    // Another row has the key that was left.
    let rows = several.row(1, new(1, "c"), |i| i.set(|i| i.price, 7)).returning().await?;
    let rows: Vec<(i32, &str, i32)> = rows.iter().map(|row| (row.id, &*row.name, row.price)).collect();
    assert_eq!(rows, [(10, "a", 6), (2, "b", 0), (10, "a", 6), (10, "a", 6), (1, "c", 0)]);
    let several = three.ann.item().upsert_many().row(10, new(10, "a"), |i| i.set(|i| i.price, 1));
    assert_eq!(several.row(10, new(10, "a"), |i| i.set(|i| i.id, 11)).await?, 2);
    assert_eq!(three.all.item().find_unique_or_err(11).await?.price, 1);
    Ok(())
}

zmodel_tests::on_each_database!(
    a_row_whose_key_a_later_upsert_changes_is_given_by_its_last_key,
    ten_thousand_rows_take_few_statements,
    rows_come_back_in_the_order_of_their_writing,
    one_row_of_somebody_else_is_enough_to_refuse_all,
    rows_are_left_out_that_are_there,
    rules_that_look_at_other_rows_are_asked_for_each,
    a_row_sees_those_before_it,
    what_rows_were_before_is_asked_for_many_at_once,
    deleted_rows_come_back,
    an_upsert_is_one_statement_where_the_rules_permit,
    one_row_is_written_and_read_back_with_one_statement,
    many_rows_are_written_with_one_statement,
    rows_along_a_relation_are_inserted_together,
    upserts_of_many_rows_are_all_done_or_none,
    upserts_of_many_rows_are_few_statements_where_the_rules_permit,
    a_row_that_is_upserted_twice_is_given_twice,
    a_row_whose_sight_other_rows_decide_is_read_back_with_one_statement,
    a_row_is_seen_as_it_was_before_the_delete_that_takes_others_along,
    what_the_rules_decide_is_not_asked_of_the_database,
    rules_about_the_row_alone_stand_in_the_statement_that_writes_it,
    upserts_see_what_became_of_those_before_them,
    upserts_that_differ_are_made_one_by_one,
    rows_of_many_fields_go_into_more_statements,
);
