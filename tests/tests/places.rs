//! Tables in schemas of PostgreSQL that the schema names.

#![cfg(test)]

use db::{Db, Grade, Level, book, item, kind, owner, team, tool, user};
use serde_json::json;
use zmodel_macros::zmodel;
use zmodel_runtime::driver::{Driver, Query, QueryKind};
use zmodel_runtime::json::Operation;
use zmodel_runtime::{Result, Value};
use zmodel_tests::database::{Database, Either, driver_of, here, whole_url};

/// People, what they have, and what kinds there are of it.
#[zmodel("schemas/places.zmodel")]
pub mod db {}

async fn open() -> Result<(Db, Either)> {
    let driver = driver_of(&whole_url().await).await?;
    let db = Db::new(driver.clone());
    db.create_tables().await?;
    // Everything is there already.
    db.create_tables().await?;
    let all = db.unguarded("arrange");
    for (id, level) in [(1, Level::High), (2, Level::Low)] {
        let new = all.user().create(user::New { id, email: format!("{id}@x") });
        new.set(|u| u.level, level).set(|u| u.past, vec![Level::Low, level]).await?;
    }
    Ok((db, driver))
}

async fn names(driver: &Either, question: &str) -> Result<Vec<String>> {
    let query = Query { text: question.into(), values: Vec::new(), kind: QueryKind::Read };
    let rows = driver.run(query).await?;
    Ok(rows.cells.into_iter().map(|cell| if let Value::Text(text) = cell { text } else { String::new() }).collect())
}

async fn a_table_is_where_the_schema_says() -> Result<()> {
    let (_, driver) = open().await?;
    match here() {
        Database::Postgres => {
            let all = "SELECT (table_schema || '.' || table_name)::text FROM information_schema.tables
                WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1";
            let places = [
                "crew.Thing",
                "crew.Tool",
                "crew.User",
                "odd \"place\".Item",
                "odd \"place\".Team",
                "odd \"place\"._TeamToUser",
                "stock.Book",
                "stock.Item",
                "stock._ItemToKind",
            ];
            assert_eq!(names(&driver, all).await?, places);
            let types = "SELECT (n.nspname || '.' || t.typname)::text FROM pg_type t JOIN pg_namespace n
                ON n.oid = t.typnamespace WHERE t.typtype = 'e' ORDER BY 1";
            assert_eq!(names(&driver, types).await?, ["crew.Level", "stock.Level"]);
        }
        Database::Sqlite => {
            let all = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";
            let places = [
                "crew.Thing",
                "crew.Tool",
                "crew.User",
                "odd \"place\".Item",
                "odd \"place\".Team",
                "odd \"place\"._TeamToUser",
                "stock.Book",
                "stock.Item",
                "stock._ItemToKind",
            ];
            assert_eq!(names(&driver, all).await?, places);
        }
    }
    Ok(())
}

async fn rows_are_written_and_read_across_schemas() -> Result<()> {
    let (db, _) = open().await?;
    let all = db.anonymous();
    all.kind().create_many([kind::New { id: 1, name: "a".into() }, kind::New { id: 2, name: "b".into() }]).await?;
    // A link lies between the two, and an enum of each schema beside the other.
    let args = json!({ "data": {
        "name": "saw", "grade": "LOW", "user": { "connect": { "id": 1 } },
        "kinds": { "connect": [{ "name": "a" }], "create": [{ "id": 3, "name": "c" }] },
    }, "include": { "kinds": { "orderBy": { "id": "asc" } }, "user": true } });
    let made = all.call("item", Operation::Create, &args).await?;
    assert_eq!((&made["kinds"][1]["name"], &made["user"]["level"]), (&json!("c"), &json!("HIGH")));
    assert_eq!(made["user"]["past"], json!(["LOW", "HIGH"]));
    all.item().create(item::New { name: "axe".into() }).set(|i| i.user_id, 2).await?;
    let found = all.item().find_many().filter(|i| i.user.is(|u| u.level.eq(Level::High)) & i.grade.eq(Grade::Low));
    let found = found.include(|i| (i.user, i.kinds)).await?;
    assert_eq!((found.len(), &*found[0].name, found[0].rel.1.len()), (1, "saw", 2));
    assert_eq!(all.user().count().filter(|u| u.past.has(Level::High)).await?, 1);
    // The rules look into the other schema.
    assert_eq!(all.item().update_many().set(|i| i.grade, Grade::Top).await?, 1);
    assert!(all.item().delete(item::Key::Name("axe".into())).await.unwrap_err().is_not_found());
    let saw = item::New { name: "saw".into() };
    let saw = all.item().upsert(item::Key::Name("saw".into()), saw, |edit| edit.set(|i| i.grade, Grade::Low)).await?;
    assert_eq!(saw.grade, Grade::Low);
    all.team().create(team::New { id: 1 }).await?;
    all.call(
        "team",
        Operation::Update,
        &json!({ "where": { "id": 1 }, "data": { "users": { "set": [{ "id": 2 }] } } }),
    )
    .await?;
    assert_eq!(all.user().find_many().filter(|u| u.teams.some(|t| t.id.eq(1))).await?.len(), 1);
    // A foreign key leads across.
    let unknown = all.item().create(item::New { name: "x".into() }).set(|i| i.user_id, 9).await.unwrap_err();
    assert!(unknown.is_foreign_key_violation(), "{unknown}");
    db.unguarded("away").user().delete(1).await?;
    assert_eq!(all.item().count().await?, 1);
    Ok(())
}

async fn a_delegate_and_what_extends_it_are_in_schemas_of_their_own() -> Result<()> {
    let (db, _) = open().await?;
    let all = db.anonymous();
    all.tool().create(tool::New { id: 1, user_id: 1, edge: 5 }).await?;
    let book = all.book().create(book::New { id: 2, user_id: 2, pages: 100 }).set(|b| b.note, "n").await?;
    assert_eq!((book.kind.as_str(), book.note.as_deref()), ("Book", Some("n")));
    assert_eq!(all.book().update(book::Key::Pages(100)).set(|b| b.note, "m").set(|b| b.pages, 9).await?.pages, 9);
    assert_eq!(all.thing().find_many().order_by(|t| t.note.asc().nulls_last()).await?[0].note.as_deref(), Some("m"));
    assert_eq!(all.user().find_many().filter(|u| u.things.some(|t| t.kind.eq("Tool"))).await?.len(), 1);
    all.thing().delete(2).await?;
    assert_eq!((all.book().count().await?, all.tool().count().await?), (0, 1));
    Ok(())
}

async fn a_view_is_read_in_its_schema() -> Result<()> {
    let (db, driver) = open().await?;
    let all = db.unguarded("arrange");
    all.item().create(item::New { name: "saw".into() }).set(|i| i.user_id, 2).await?;
    let (view, users, items) = match here() {
        Database::Postgres => ("crew.\"Owner\"", "crew.\"User\"", "stock.\"Item\""),
        Database::Sqlite => ("\"crew.Owner\"", "\"crew.User\"", "\"stock.Item\""),
    };
    let count = "CAST(count(i.id) AS integer)";
    let text = format!(
        "CREATE VIEW {view} AS SELECT u.email, {count} AS items FROM {users} u LEFT JOIN {items} i ON i.\"userId\" = u.id GROUP BY u.email"
    );
    driver.run(Query { text: text.into(), values: Vec::new(), kind: QueryKind::Definition }).await?;
    let seen = db.anonymous().owner().find_many().await?;
    assert_eq!(seen.iter().map(|o| (o.email.as_str(), o.items)).collect::<Vec<_>>(), [("2@x", 1)]);
    assert!(db.anonymous().owner().find_unique(owner::Key::Email("1@x".into())).await?.is_none());
    Ok(())
}

#[test]
fn a_test_that_shares_a_database_makes_nothing_outside_of_its_schema() {
    zmodel_tests::database::run(Database::Postgres, async || -> Result<()> {
        let url = whole_url().await;
        let driver = zmodel_runtime::testing::postgres(&url).await?;
        let (here, db) = (driver.schema().to_owned(), Db::new(driver));
        db.create_tables().await?;
        let all = db.unguarded("arrange");
        let past = vec![Level::High];
        all.user().create(user::New { id: 1, email: "a".into() }).set(|u| u.past, past).await?;
        all.item().create(item::New { name: "saw".into() }).set(|i| i.user_id, 1).await?;
        assert_eq!(all.item().count().filter(|i| i.user.is(|u| u.past.has(Level::High))).await?, 1);
        let Either::Postgres(server) = driver_of(&url).await? else { panic!("it is PostgreSQL") };
        let places = "SELECT DISTINCT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'";
        assert_eq!(names(&Either::Postgres(server), places).await?, [here]);
        Ok(())
    });
}

zmodel_tests::on_each_database!(
    a_table_is_where_the_schema_says,
    rows_are_written_and_read_across_schemas,
    a_delegate_and_what_extends_it_are_in_schemas_of_their_own,
    a_view_is_read_in_its_schema,
);
