//! Writes at their edges: a great many rows, and a row inside that could be taken for the row around it.

#![cfg(test)]

use db::{Client, Db, node};
use serde_json::{Value as Json, json};
use zmodel_macros::zmodel;
use zmodel_runtime::json::Operation;
use zmodel_runtime::{Error, Result};

/// Nodes of a tree, and counters.
#[zmodel("schemas/edges.zmodel")]
pub mod db {}

async fn open() -> Result<(Db, Client)> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let client = db.anonymous();
    Ok((db, client))
}

/// Nodes 1 (open) and 2 (locked), and node 3 below node 2.
async fn tree() -> Result<(Db, Client)> {
    let (db, client) = open().await?;
    let data = json!([{ "name": "a" }, { "name": "b", "locked": true }, { "name": "c", "parentId": 2 }]);
    client.call("node", Operation::CreateMany, &json!({ "data": data })).await?;
    Ok((db, client))
}

async fn nodes(client: &Client) -> Result<Json> {
    let args = json!({ "orderBy": { "id": "asc" }, "select": { "name": true, "parentId": true } });
    client.call("node", Operation::FindMany, &args).await
}

async fn a_row_that_is_missing_inside_an_upsert_is_not_the_row_to_make() -> Result<()> {
    let (_, client) = tree().await?;
    let before = nodes(&client).await?;
    let inside = [
        json!({ "children": { "delete": { "id": 3 } } }),
        json!({ "children": { "create": { "name": "left" }, "connect": { "id": 99 } } }),
        json!({ "parent": { "create": { "name": "left" } }, "children": { "update": { "where": { "id": 3 }, "data": {} } } }),
        json!({ "name": "z", "children": { "connect": { "id": 2 } } }),
    ];
    for update in inside {
        let args = json!({ "where": { "name": "a" }, "create": { "name": "new" }, "update": update });
        let outcome = client.call("node", Operation::Upsert, &args).await;
        assert!(outcome.unwrap_err().is_not_found(), "{args}");
        assert_eq!(nodes(&client).await?, before, "{args}");
    }
    Ok(())
}

async fn what_an_upsert_does_along_relations_is_for_a_row_that_it_can_change() -> Result<()> {
    let (_, client) = tree().await?;
    // Nobody changes node 2, so a new row is made, and nothing else is done.
    let update = json!({ "name": "z", "parent": { "create": { "name": "left" } }, "children": { "deleteMany": {} } });
    let args = json!({ "where": { "name": "b" }, "create": { "name": "new" }, "update": update });
    client.call("node", Operation::Upsert, &args).await?;
    let row = |name: &str, parent: Option<i32>| json!({ "name": name, "parentId": parent });
    assert_eq!(nodes(&client).await?, json!([row("a", None), row("b", None), row("c", Some(2)), row("new", None)]));
    // The rows below it have their own rules.
    let update = json!({ "children": { "update": { "where": { "name": "c" }, "data": { "name": "d" } } } });
    let args = json!({ "where": { "name": "b" }, "create": { "name": "never" }, "update": update });
    client.call("node", Operation::Upsert, &args).await?;
    assert_eq!(nodes(&client).await?, json!([row("a", None), row("b", None), row("d", Some(2)), row("new", None)]));
    Ok(())
}

async fn a_key_is_given_by_itself_or_by_its_relation() -> Result<()> {
    let (_, client) = tree().await?;
    let before = nodes(&client).await?;
    let new = || node::New { name: "n".into() }.draft().set(|node| node.parent_id, 1);
    let created = client
        .node()
        .create(node::New { name: "n".into() })
        .set(|node| node.parent_id, 1)
        .along(|n| n.parent, |p| p.connect(2));
    let updated = client.node().update(1).set(|node| node.parent_id, 3).along(|n| n.parent, |p| p.connect(2));
    let inside = client.node().update(1).along(|n| n.children, |c| c.create([new()]));
    for outcome in [created.await, updated.await, inside.await] {
        assert!(matches!(outcome, Err(Error::Invalid { .. })), "{outcome:?}");
    }
    assert_eq!(nodes(&client).await?, before);
    Ok(())
}

async fn a_great_many_rows_are_changed_in_one_call() -> Result<()> {
    const ROWS: usize = 1500;
    let (_, client) = open().await?;
    let cells: Vec<Json> = (0..ROWS).map(|at| json!({ "row": at / 40, "col": at % 40 })).collect();
    let circles = vec![json!({ "radius": 1 }); ROWS];
    for (model, data) in
        [("counter", vec![json!({}); ROWS]), ("cell", cells), ("step", vec![json!({}); ROWS]), ("circle", circles)]
    {
        let made = client.call(model, Operation::CreateMany, &json!({ "data": data })).await?;
        assert_eq!(made, json!({ "count": ROWS }), "{model}");
        let add = |by: i32| json!({ "data": { "count": { "increment": by } } });
        let changed = client.call(model, Operation::UpdateMany, &add(5)).await?;
        assert_eq!(changed, json!({ "count": ROWS }), "{model}");
        // One row that the rules do not accept, and none is changed.
        let limited = json!({ "data": { "count": { "increment": 0 } }, "limit": 1 });
        let refused = if model == "step" { limited } else { add(1) };
        let outcome = client.call(model, Operation::UpdateMany, &refused).await;
        assert!(outcome.unwrap_err().is_denied(), "{model}");
        let kept = client.call(model, Operation::Count, &json!({ "where": { "count": 5 } })).await?;
        assert_eq!(kept, json!(ROWS), "{model}");
    }
    Ok(())
}

async fn a_query_has_as_many_values_as_every_database_takes() -> Result<()> {
    let (_, client) = tree().await?;
    let any_of = |values: usize| json!({ "where": { "id": { "in": vec![1; values] } } });
    assert_eq!(client.call("node", Operation::Count, &any_of(32_766)).await?, json!(1));
    let more = client.call("node", Operation::Count, &any_of(32_767)).await.unwrap_err();
    assert_eq!(more.to_string(), "a query with 32767 values is too large; ask in parts");
    Ok(())
}

zmodel_tests::on_each_database!(
    a_row_that_is_missing_inside_an_upsert_is_not_the_row_to_make,
    what_an_upsert_does_along_relations_is_for_a_row_that_it_can_change,
    a_key_is_given_by_itself_or_by_its_relation,
    a_great_many_rows_are_changed_in_one_call,
    a_query_has_as_many_values_as_every_database_takes,
);
