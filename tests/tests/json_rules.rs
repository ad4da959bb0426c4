//! What a rule makes of `Json` values, of values that only the database knows, and of lists of rows.

#![cfg(test)]

use std::borrow::Cow;

use serde_json::{Value, json};
use zmodel_runtime::Result;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::json::Operation;
use zmodel_runtime::session::Session;
use zmodel_tests::database::{self, Either};

const SCHEMA: &str = r#"
datasource db { provider = "sqlite" }

type Address { note Json  town String  seal Bytes? }
type Person { id Int @id  mark Json?  kin Person[]?  seal Bytes?  @@auth }
enum Kind { BIG SMALL @map("little") }

model Box {
  id    Int    @id
  notes Note[]
  twins Note[] @relation("twins")
  point Unsupported("text")?
  @@allow('all', true)
}

model Note {
  id     Int       @id
  j      Json?
  k      Json?
  many   Json[]
  n      Int?
  f      Float?
  d      Decimal?
  s      String?
  a      Boolean?
  at     DateTime?
  kind   Kind?
  tags   String[]
  home   Address?  @json
  boxId  Int?
  box    Box?      @relation(fields: [boxId], references: [id])
  twinId Int?
  twin   Box?      @relation("twins", fields: [twinId], references: [id])
  here   Unsupported("text")?
  there  Unsupported("text")?
  RULES
}
"#;

/// An engine for the schema with these rules about notes.
fn engine(driver: &Either, rules: &str) -> Engine {
    let text = SCHEMA.replace("RULES", rules);
    let compiled = zmodel_cli::compile("notes.zmodel".as_ref(), &|_| Ok(text.clone()));
    let found = compiled.diagnostics.iter().map(|found| found.message.clone()).collect::<Vec<_>>();
    let schema = compiled.schema.unwrap_or_else(|| panic!("{rules}: {found:?}"));
    Engine::new(Cow::Owned(schema), driver.clone())
}

/// One note for each kind of value.
async fn notes() -> Result<Either> {
    let driver = database::driver().await?;
    let engine = engine(&driver, "@@allow('all', true)");
    engine.create_tables().await?;
    let all = Session::new(engine, Caller::Unguarded("arrange"));
    for id in 1..=2 {
        all.call("box", Operation::Create, &json!({ "data": { "id": id } })).await?;
    }
    let rows = json!([
        { "id": 1, "j": true, "a": true, "boxId": 1, "twinId": 1 },
        { "id": 2, "j": false, "a": true, "boxId": 1, "twinId": 1 },
        { "id": 3, "j": 2, "n": 2, "f": 2.0, "d": "2", "boxId": 2, "many": [2, "x", { "x": 1 }, [1], true] },
        { "id": 4, "j": 2.5, "n": 2, "f": 2.5, "d": "2.50" },
        { "id": 5, "j": "axb", "s": "axb", "tags": ["axb", "c"], "k": "x" },
        { "id": 6, "j": { "x": 1 }, "s": "x", "n": 1, "k": { "x": 1 } },
        { "id": 7, "j": "2020-01-02T00:00:00Z", "at": "2020-01-02T00:00:00Z", "s": "true" },
        { "id": 8, "j": "SMALL", "kind": "SMALL", "home": { "note": 7, "town": "Delft", "seal": [1, 2] } },
        { "id": 9, "n": 1, "s": "x" },
    ]);
    for row in rows.as_array().unwrap() {
        all.call("note", Operation::Create, &json!({ "data": row })).await?;
    }
    Ok(driver)
}

async fn visible(driver: &Either, rules: &str, caller: &Value) -> Result<Vec<i64>> {
    let engine = engine(driver, rules);
    let caller = zmodel_runtime::json::caller(engine.schema(), caller)?;
    let session = Session::new(engine, caller);
    let found = session.call("note", Operation::FindMany, &json!({ "orderBy": { "id": "asc" } })).await?;
    Ok(found.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect())
}

/// A condition; the notes of which it is certainly true; those of which it is certainly false. Of the others a deny fires and
/// an allow does not.
type Case<'a> = (&'a str, &'a [i64], &'a [i64]);

async fn check(caller: Value, cases: &[Case<'_>]) -> Result<()> {
    let driver = notes().await?;
    for (condition, certain, out) in cases {
        let allow = visible(&driver, &format!("@@allow('read', {condition})"), &caller).await?;
        let deny = format!("@@allow('read', true) @@deny('read', {condition})");
        let deny = visible(&driver, &deny, &caller).await?;
        assert_eq!((allow.as_slice(), deny.as_slice()), (*certain, *out), "{condition}");
    }
    Ok(())
}

const NONE: &[i64] = &[];

async fn json_counts_as_a_value_of_the_type_that_is_asked_for() -> Result<()> {
    check(
        json!(null),
        &[
            ("j", &[1], &[2]),
            ("j && a", &[1], &[2]),
            ("!(j || false)", &[2], &[1]),
            ("j == a", &[1], &[2]),
            ("j > 2", &[4], &[3]),
            ("j <= 2.5", &[3, 4], NONE),
            ("j < j", NONE, &[3, 4]),
            ("n >= j", &[3], &[4]),
            ("j == n", &[3], NONE),
            ("j == f", &[3, 4], NONE),
            ("d == j", &[3, 4], NONE),
            ("j != s", &[7], &[5]),
            ("j == at", &[7], NONE),
            ("j == kind", &[8], NONE),
            ("j == SMALL", &[8], NONE),
            ("contains(j, 'x')", &[5], &[7, 8]),
            ("contains(s, k)", &[5], NONE),
            ("home.note > 6", &[8], NONE),
            ("home.note in [1, 7]", &[8], NONE),
        ],
    )
    .await
}

async fn json_is_looked_for_in_lists() -> Result<()> {
    check(
        json!(null),
        &[
            ("j in [1, 2, 'axb']", &[3, 5], &[1, 2, 4, 6, 7, 8]),
            ("j in [k, 2.5]", &[4, 6], &[5]),
            ("s in [j, 'x']", &[5, 6, 9], &[7]),
            ("j in []", NONE, &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
            // A list that is empty holds nothing, whatever is looked for.
            ("j in tags", &[5], &[1, 2, 3, 4, 6, 7, 8, 9]),
            ("has(tags, j)", &[5], &[1, 2, 3, 4, 6, 7, 8, 9]),
            ("hasSome(tags, [j])", &[5], &[1, 2, 3, 4, 6, 7, 8, 9]),
            ("hasEvery(tags, [j, 'c'])", &[5], &[1, 2, 3, 4, 6, 7, 8, 9]),
        ],
    )
    .await
}

async fn a_list_of_json_is_looked_into() -> Result<()> {
    let others: &[i64] = &[1, 2, 4, 5, 6, 7, 8, 9];
    check(
        json!({ "id": 1, "mark": { "x": 1 } }),
        &[
            ("has(many, 'x')", &[3], others),
            ("has(many, 2.0)", &[3], others),
            ("true in many", &[3], others),
            ("has(many, 'X')", NONE, &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
            ("j in many", &[3], others),
            ("has(many, auth().mark)", &[3], others),
            ("hasSome(many, ['y', 'x'])", &[3], others),
            ("hasEvery(many, ['y', 'x'])", NONE, &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
            ("isEmpty(many)", others, &[3]),
        ],
    )
    .await
}

async fn json_that_the_caller_brings_counts_alike() -> Result<()> {
    let number = json!({ "id": 1, "mark": 2 });
    check(
        number,
        &[
            ("auth().mark > n", &[6, 9], &[3, 4]),
            ("auth().mark == n", &[3, 4], &[6, 9]),
            ("auth().mark == s", NONE, NONE),
            ("auth().mark", NONE, NONE),
            ("j == auth().mark", &[3], &[1, 2, 4, 5, 6, 7, 8]),
            ("auth().mark in [n, f]", &[3, 4], &[]),
        ],
    )
    .await?;
    check(json!({ "id": 1, "mark": "x" }), &[("auth().mark == s", &[6, 9], &[5, 7]), ("auth().mark > n", NONE, NONE)])
        .await
}

async fn a_flag_can_be_a_field() -> Result<()> {
    check(
        json!(null),
        &[
            ("contains(s, 'X', true)", &[5, 6, 9], &[7]),
            ("contains(s, 'X', j)", NONE, &[7]),
            ("contains('AB', 'b', a)", &[1, 2], NONE),
            ("contains('AB', 'b', j)", &[1], &[2]),
        ],
    )
    .await
}

async fn rows_are_compared_one_by_one() -> Result<()> {
    check(
        json!(null),
        &[
            ("box.notes == box.twins", &[1, 2], &[3]),
            ("box.notes != box.twins", &[3], &[1, 2]),
            ("box.notes == box.notes", &[1, 2, 3, 4, 5, 6, 7, 8, 9], NONE),
            ("this.box == twin", &[1, 2], NONE),
            ("box.notes?[box == this.twin]", &[1, 2], NONE),
        ],
    )
    .await
}

async fn what_only_the_database_knows_is_compared_with_its_like() -> Result<()> {
    // Nobody has given them a value.
    check(
        json!(null),
        &[
            ("here == there", NONE, NONE),
            ("here == null", &[1, 2, 3, 4, 5, 6, 7, 8, 9], NONE),
            ("here != box.point", NONE, NONE),
        ],
    )
    .await
}

async fn bytes_inside_a_structure_are_compared_with_known_ones() -> Result<()> {
    check(
        json!({ "id": 1, "seal": "AQI=" }),
        &[
            ("home.seal == auth().seal", &[8], NONE),
            ("home.seal != auth().seal", NONE, &[8]),
            ("home.seal == home.seal", &[8], NONE),
            ("home.seal == null", &[1, 2, 3, 4, 5, 6, 7, 9], &[8]),
        ],
    )
    .await?;
    check(json!({ "id": 1, "seal": "AQM=" }), &[("home.seal == auth().seal", NONE, &[8])]).await?;
    let driver = notes().await?;
    let rules = "@@allow('read', true) @@allow('create', home.seal == auth().seal)";
    let engine = engine(&driver, rules);
    let caller = zmodel_runtime::json::caller(engine.schema(), &json!({ "id": 1, "seal": "AQI=" }))?;
    let session = Session::new(engine, caller);
    for (id, seal, may) in [(31, json!([1, 2]), true), (32, json!([1, 3]), false), (33, json!(null), false)] {
        let home = json!({ "note": 1, "town": "x", "seal": seal });
        let made = session.call("note", Operation::Create, &json!({ "data": { "id": id, "home": home } })).await;
        assert_eq!(made.is_ok(), may, "{seal}: {made:?}");
    }
    Ok(())
}

async fn a_new_row_is_judged_by_its_json() -> Result<()> {
    let driver = notes().await?;
    let session = |rule: &str| {
        let rules = format!("@@allow('read', true) @@allow('create', {rule})");
        Session::new(engine(&driver, &rules), Caller::Anonymous)
    };
    for (id, rule, j, may) in [
        (21, "j", json!(true), true),
        (22, "j", json!(1), false),
        (23, "j > 1", json!(2), true),
        (24, "j > 1", json!("2"), false),
        (25, "j == s", json!("x"), true),
        (26, "j in [1, 'x']", json!("x"), true),
        (27, "j in [1, 'x']", json!("y"), false),
        (28, "contains(j, 'y')", json!({ "y": 1 }), false),
        (29, "hasEvery([s, 'a'], tags) && tags == [s, 'a']", json!(1), true),
        (30, "hasEvery([s], tags)", json!(1), false),
    ] {
        let data = json!({ "data": { "id": id, "j": j, "s": "x", "tags": ["x", "a"] } });
        let made = session(rule).call("note", Operation::Create, &data).await;
        assert_eq!(made.is_ok(), may, "{rule} {j}: {made:?}");
    }
    Ok(())
}

zmodel_tests::on_each_database!(
    json_counts_as_a_value_of_the_type_that_is_asked_for,
    json_is_looked_for_in_lists,
    a_list_of_json_is_looked_into,
    json_that_the_caller_brings_counts_alike,
    a_flag_can_be_a_field,
    rows_are_compared_one_by_one,
    what_only_the_database_knows_is_compared_with_its_like,
    bytes_inside_a_structure_are_compared_with_known_ones,
    a_new_row_is_judged_by_its_json,
);
