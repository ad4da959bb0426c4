//! What is special to one type, or to some of them.

use serde_json::json;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::driver::{Driver as _, Query, QueryKind};
use zmodel_runtime::json::{self, Operation};
use zmodel_runtime::session::Session;
use zmodel_runtime::value::Value;
use zmodel_tests::database::{self, Database, driver_of, here, offers, whole_url};

use super::{call, engine, engine_on, found, ids, open};

async fn what_a_column_cannot_hold_is_told() {
    let types = [
        ("String @db.Uuid", "zzz", "v: must be a UUID", true),
        ("String @db.Inet", "10.0.0.1/33", "v: must be an IP address", true),
        ("String @db.Bit(3)", "01x", "v: must be exactly 3 bits", true),
        ("String @db.VarBit", "x", "v: must be bits", true),
        ("String @db.Char", "ab", "v: must have at most 1 characters", false),
        ("String @db.VarChar(2)", "abc", "v: must have at most 2 characters", false),
    ];
    for (typed, wrong, message, formed) in types {
        let (ty, native) = typed.split_once(' ').unwrap();
        let engine = engine(&format!(
            "type Me {{ id Int @id  v {ty}?  @@auth }}
             model R {{ id Int @id  v {ty}? {native}  vs {ty}[] {native}
               @@allow('create', true)  @@allow('read', v == auth().v) }}"
        ))
        .await;
        let all = Session::new(engine.clone(), Caller::Unguarded("test"));
        let refused = all.call("R", Operation::Create, &json!({ "data": { "id": 1, "v": wrong } })).await.unwrap_err();
        assert!(refused.is_validation() && refused.to_string().contains(message), "{typed}: {refused}");
        let refused = all.call("R", Operation::Create, &json!({ "data": { "id": 1, "vs": [wrong] } })).await;
        assert!(refused.unwrap_err().is_validation(), "{typed}");
        // Who looks for it finds nothing, or is told what is wrong.
        let auth = json!({ "id": 1, "v": wrong });
        let me = Session::new(engine.clone(), json::caller(engine.schema(), &auth).unwrap());
        for outcome in [
            all.call("R", Operation::Count, &json!({ "where": { "v": wrong } })).await,
            all.call("R", Operation::Count, &json!({ "where": { "vs": { "has": wrong } } })).await,
            me.call("R", Operation::Count, &json!({})).await,
        ] {
            match outcome {
                Ok(count) => assert_eq!(count, 0, "{typed}"),
                Err(error) => {
                    let message = error.to_string();
                    assert!(
                        message.starts_with("a value has not the form that the type of its column has ("),
                        "{message}"
                    );
                    assert!(formed && here() == Database::Postgres, "{typed}: {message}");
                }
            }
        }
    }
}

async fn what_a_document_cannot_be_is_told() {
    if here() != Database::Postgres {
        return;
    }
    let session = open("model R { id Int @id  v String? @db.Xml  @@allow('all', true) }").await;
    let refused = session.call("R", Operation::Create, &json!({ "data": { "id": 1, "v": "<a" } })).await.unwrap_err();
    assert_eq!(refused.to_string(), "a value has not the form that the type of its column has");
}

/// An address is what it is, and has a mask only where the mask says something.
async fn addresses_have_their_masks() {
    if here() != Database::Postgres {
        return;
    }
    let session = open("model R { id Int @id  v String? @db.Inet  vs String[] @db.Inet  @@allow('all', true) }").await;
    for (id, written, read) in [
        (1, "10.0.0.1/32", "10.0.0.1"),
        (2, "10.0.0.2/24", "10.0.0.2/24"),
        (3, "::1/128", "::1"),
        (4, "FE80::0:1/64", "fe80::1/64"),
        (5, "0.0.0.0/0", "0.0.0.0/0"),
    ] {
        let args = json!({ "data": { "id": id, "v": written, "vs": [written] } });
        let row = call(&session, "R", Operation::Create, args).await;
        assert_eq!(row, json!({ "id": id, "v": read, "vs": [read] }));
    }
    for (condition, wanted) in [
        (json!("10.0.0.1"), json!([1])),
        (json!("fe80::1/64"), json!([4])),
        (json!({ "endsWith": "0.1" }), json!([1])),
        (json!({ "contains": "/" }), json!([2, 4, 5])),
        (json!({ "equals": "10.0.0.1", "mode": "insensitive" }), json!([1])),
        (json!({ "gt": "10.0.0.0/8" }), json!([1, 2, 3, 4])),
    ] {
        assert_eq!(found(&session, json!({ "v": condition })).await, wanted, "{condition}");
    }
}

/// A time of the day in its zone is read as the same time without one.
async fn times_have_their_zones() {
    if here() != Database::Postgres {
        return;
    }
    let driver = database::driver().await.unwrap();
    let model = "model R { id Int @id  v DateTime? @db.Timetz  w DateTime? @db.Time  @@allow('all', true) }";
    let engine = engine_on(driver.clone(), model).await;
    let text = r#"INSERT INTO "R" ("id", "v", "w") VALUES (1, '01:30:00+02', '24:00:00')"#;
    let query = Query { text: text.into(), values: Vec::new(), kind: QueryKind::Write };
    driver.run(query).await.unwrap();
    let session = Session::new(engine, Caller::Unguarded("test"));
    let row = call(&session, "R", Operation::FindFirst, json!({})).await;
    assert_eq!(row["v"], "1970-01-01T23:30:00.000Z");
    // Of an instant the day does not count.
    let args = json!({ "data": { "id": 2, "v": "2024-05-05T10:00:00.000Z", "w": "2024-05-05T10:00:00.000Z" } });
    let row = call(&session, "R", Operation::Create, args).await;
    assert_eq!(row, json!({ "id": 2, "v": "1970-01-01T10:00:00.000Z", "w": "1970-01-01T10:00:00.000Z" }));
    assert_eq!(found(&session, json!({ "v": "1970-01-01T10:00:00.000Z" })).await, json!([2]));
}

/// What is shorter than its column is filled with blanks there, which count for nothing.
async fn texts_are_filled_with_blanks() {
    let session = open("model R { id Int @id  v String @db.Char(3) @unique  @@allow('all', true) }").await;
    let row = call(&session, "R", Operation::Create, json!({ "data": { "id": 1, "v": "a" } })).await;
    assert_eq!(row["v"], if here() == Database::Postgres { "a  " } else { "a" });
    assert_eq!(found(&session, json!({ "v": "a" })).await, json!([1]));
    assert_eq!(found(&session, json!({ "v": { "endsWith": "a" } })).await, json!([1]));
    assert_eq!(call(&session, "R", Operation::FindUnique, json!({ "where": { "v": "a" } })).await["id"], 1);
    let measured = call(&session, "R", Operation::Aggregate, json!({ "_min": { "v": true } })).await;
    assert_eq!(measured["_min"]["v"], row["v"]);
}

/// PostgreSQL by itself does not say whether two documents are the same.
async fn documents_are_told_apart() {
    let session = open("model R { id Int @id  v Json? @db.Json  @@allow('all', true) }").await;
    let data = json!([{ "id": 1, "v": { "a": 1 } }, { "id": 2, "v": { "a": 1 } }, { "id": 3, "v": [1] }]);
    call(&session, "R", Operation::CreateMany, json!({ "data": data })).await;
    let args = json!({ "distinct": ["v"], "orderBy": { "id": "asc" } });
    assert_eq!(ids(&call(&session, "R", Operation::FindMany, args).await), json!([1, 3]));
}

/// Members of an enum are in the order in which they are declared, also where one stands for a group.
async fn groups_are_in_the_order_of_their_members() {
    let models = "enum Size { SMALL LARGE }  model R { id Int @id  size Size  @@allow('all', true) }";
    let session = open(models).await;
    let data = json!([{ "id": 1, "size": "LARGE" }, { "id": 2, "size": "SMALL" }]);
    call(&session, "R", Operation::CreateMany, json!({ "data": data })).await;
    let declared = if here() == Database::Postgres { json!([2, 1]) } else { json!([1, 2]) };
    let rows = call(&session, "R", Operation::FindMany, json!({ "orderBy": { "size": "asc" } })).await;
    assert_eq!(ids(&rows), declared);
    let args = json!({ "by": ["id"], "_max": { "size": true }, "orderBy": { "_max": { "size": "asc" } } });
    let groups = call(&session, "R", Operation::GroupBy, args).await;
    assert_eq!((ids(&groups), &groups[0]["_max"]["size"]), (declared, &rows[0]["size"]));
}

/// An extension is made where a field needs it, and nowhere else.
async fn no_extension_is_made_for_nothing() {
    if here() != Database::Postgres {
        return;
    }
    let driver = driver_of(&whole_url().await).await.unwrap();
    engine_on(driver.clone(), "model R { id Int @id  v String @db.VarChar(3)  @@allow('all', true) }").await;
    let text = "SELECT extname::text FROM pg_extension";
    let rows = driver.run(Query { text: text.into(), values: Vec::new(), kind: QueryKind::Read }).await.unwrap();
    assert_eq!(rows.cells, [Value::Text("plpgsql".to_owned())]);
}

/// What counts up is of the type that the schema names.
async fn ids_are_counted_in_their_types() {
    if here() != Database::Postgres {
        return;
    }
    let driver = database::driver().await.unwrap();
    let models = "
        model S { id Int @id @default(autoincrement()) @db.SmallInt  @@allow('all', true) }
        model I { id Int @id @default(autoincrement()) @db.Integer  @@allow('all', true) }
        model B { id BigInt @id @default(autoincrement())  @@allow('all', true) }";
    let session = Session::new(engine_on(driver.clone(), models).await, Caller::Unguarded("test"));
    for (model, most, fits) in
        [("S", "32767", true), ("S", "32768", false), ("I", "2147483647", true), ("B", "9223372036854775807", true)]
    {
        let text = format!("INSERT INTO \"{model}\" (\"id\") VALUES ({most})");
        let query = Query { text: text.into(), values: Vec::new(), kind: QueryKind::Write };
        assert_eq!(driver.run(query).await.is_ok(), fits, "{model}: {most}");
        let id = &call(&session, model, Operation::Create, json!({ "data": {} })).await["id"];
        assert!(id.as_i64().or_else(|| id.as_str()?.parse().ok()) > Some(0), "{model}: {id}");
    }
}

/// What PostgreSQL has and nobody can read is an error, in a row and in rows inside of it, and says so.
async fn what_cannot_be_read_is_an_error_wherever_it_stands() {
    if here() != Database::Postgres {
        return;
    }
    let driver = database::driver().await.unwrap();
    let models = "
        model A { id Int @id  bs B[]  @@allow('all', true) }
        model B { id Int @id  at DateTime?  much Decimal?  aId Int  a A @relation(fields: [aId], references: [id])
                  @@allow('all', true) }";
    let session = Session::new(engine_on(driver.clone(), models).await, Caller::Unguarded("test"));
    call(&session, "A", Operation::Create, json!({ "data": { "id": 1, "bs": { "create": { "id": 2 } } } })).await;
    let with_bs = json!({ "include": { "bs": true } });
    for (column, value) in [("at", "'infinity'"), ("much", "'NaN'")] {
        let change = |value: &str| Query {
            text: format!("UPDATE \"B\" SET \"{column}\" = {value}").into(),
            values: Vec::new(),
            kind: QueryKind::Write,
        };
        driver.run(change(value)).await.unwrap();
        for (model, args) in [("B", &json!({})), ("A", &with_bs)] {
            let error = session.call(model, Operation::FindMany, args).await.unwrap_err();
            let source = std::error::Error::source(&error).map_or_else(String::new, ToString::to_string);
            assert!(source.contains("is damaged, or is out of the range that can be read"), "{model}: {error:?}");
        }
        driver.run(change("NULL")).await.unwrap();
        let rows = call(&session, "A", Operation::FindMany, with_bs.clone()).await;
        assert_eq!(rows, json!([{ "id": 1, "bs": [{ "id": 2, "at": null, "much": null, "aId": 1 }] }]));
    }
}

/// To a column of `citext` small letters are large ones; rules still tell them apart.
async fn letters_are_the_same_to_a_column_that_says_so() {
    if here() != Database::Postgres {
        return;
    }
    let driver = driver_of(&whole_url().await).await.unwrap();
    if !offers(&driver, &["citext"]).await.unwrap() {
        return;
    }
    let models = "
        type Me { id Int @id  v String?  @@auth }
        model R { id Int @id  v String @db.Citext @unique  vs String[] @db.Citext
          up R? @relation('up', fields: [upId], references: [id])  upId Int?  below R[] @relation('up')
          @@allow('create', true)  @@allow('read', v == auth().v) }";
    let engine = engine_on(driver, models).await;
    let session = Session::new(engine.clone(), Caller::Unguarded("test"));
    for (id, v) in [(1, "b"), (2, "A"), (3, "C")] {
        call(&session, "R", Operation::Create, json!({ "data": { "id": id, "v": v, "vs": [v, "x"], "upId": 1 } }))
            .await;
    }
    let args = json!({ "where": { "id": 1 }, "select": { "below": { "orderBy": { "id": "asc" } } } });
    let above = call(&session, "R", Operation::FindFirst, args).await;
    assert_eq!((&above["below"][1]["v"], &above["below"][1]["vs"]), (&json!("A"), &json!(["A", "x"])));
    let taken = session.call("R", Operation::Create, &json!({ "data": { "id": 4, "v": "a" } })).await;
    assert!(taken.unwrap_err().is_unique_violation());
    assert_eq!(call(&session, "R", Operation::FindUnique, json!({ "where": { "v": "B" } })).await["id"], 1);
    assert_eq!(found(&session, json!({ "v": { "in": ["B", "c"] } })).await, json!([1, 3]));
    assert_eq!(found(&session, json!({ "vs": { "has": "c" } })).await, json!([3]));
    assert_eq!(found(&session, json!({ "v": { "contains": "a" } })).await, json!([]));
    let ordered = call(&session, "R", Operation::FindMany, json!({ "orderBy": { "v": "asc" } })).await;
    assert_eq!(ids(&ordered), json!([2, 1, 3]));
    let args = json!({ "_min": { "v": true }, "_max": { "v": true } });
    let measured = call(&session, "R", Operation::Aggregate, args).await;
    assert_eq!(measured, json!({ "_min": { "v": "A" }, "_max": { "v": "C" } }));
    for (v, seen) in [("b", 1), ("B", 0)] {
        let auth = json!({ "id": 1, "v": v });
        let me = Session::new(engine.clone(), json::caller(engine.schema(), &auth).unwrap());
        assert_eq!(me.call("R", Operation::Count, &json!({})).await.unwrap(), seen, "{v}");
    }
}

/// What PostgreSQL cannot do is an error of the schema.
#[test]
fn what_no_column_can_do_is_refused() {
    for (model, message) in [
        (
            "id Int @id  v String @db.Xml @unique",
            "PostgreSQL has no order of `xml`, so `v` can be in no key and no index",
        ),
        ("v String @db.Xml @id", "PostgreSQL has no order of `xml`, so `v` can be in no key and no index"),
        (
            "id Int @id  v Json @db.Json  @@index([v])",
            "PostgreSQL has no order of `json`, so `v` can be in no key and no index",
        ),
        ("id Int @id  v Boolean @db.Bit(1)", "in PostgreSQL `Bit` is for a `String`, not for a `Boolean`"),
        ("id Int @id  v Bytes @db.Bit(8)", "in PostgreSQL `Bit` is for a `String`, not for a `Bytes`"),
        ("id Int @id  v Float @db.Money", "in PostgreSQL `Money` is for a `Decimal`, not for a `Float`"),
        ("id Int @id  v Float[] @db.Decimal(4, 2)", "in PostgreSQL `Decimal` is for a `Decimal`, not for a `Float[]`"),
        ("id Int @id  v Decimal @db.Real", "in PostgreSQL `Real` is for a `Float`, not for a `Decimal`"),
        ("id Int @id  v String @db.TinyText", "PostgreSQL has no type `TinyText`"),
    ] {
        let text = format!(
            "datasource db {{ provider = 'postgresql' url = env('DATABASE_URL') }}
             model R {{ {model}  @@allow('all', true) }}"
        );
        let compiled = zmodel_cli::compile_schema("natives.zmodel".as_ref(), &|_| Ok(text.clone()));
        let found: Vec<_> = compiled.diagnostics.iter().map(|found| (found.code, &*found.message)).collect();
        assert_eq!(found, [("wrong-native-type", message)], "{model}");
    }
}

zmodel_tests::on_each_database!(
    what_a_column_cannot_hold_is_told,
    what_a_document_cannot_be_is_told,
    addresses_have_their_masks,
    times_have_their_zones,
    texts_are_filled_with_blanks,
    documents_are_told_apart,
    groups_are_in_the_order_of_their_members,
    no_extension_is_made_for_nothing,
    ids_are_counted_in_their_types,
    what_cannot_be_read_is_an_error_wherever_it_stands,
    letters_are_the_same_to_a_column_that_says_so,
);
