//! Fields whose columns have a type of PostgreSQL: each does what a field without one does. On SQLite they do so as well,
//! in columns that know nothing of such types.
//!
//! Each test takes every type of [`TYPES`] in turn. What is special to one has a test of its own.

#![cfg(test)]

use std::borrow::Cow;

use serde_json::{Value as Json, json};
use zmodel_runtime::caller::Caller;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::json::{self, Operation};
use zmodel_runtime::session::Session;
use zmodel_tests::database::{self, Either};

#[path = "natives/special.rs"]
mod special;

/// A type of a field with one of a column, and three values of it in their order.
type Typed = (&'static str, [&'static str; 3]);

const TYPES: &[Typed] = &[
    ("String @db.Text", [r#""a""#, r#""b""#, r#""c""#]),
    ("String @db.VarChar(5)", [r#""a""#, r#""b""#, r#""c""#]),
    ("String @db.Char", [r#""a""#, r#""b""#, r#""c""#]),
    ("String @db.Char(2)", [r#""a1""#, r#""b1""#, r#""c1""#]),
    (
        "String @db.Uuid",
        [
            r#""6b1f6c1e-6a3e-4a8f-9d55-000000000001""#,
            r#""6b1f6c1e-6a3e-4a8f-9d55-000000000002""#,
            r#""6b1f6c1e-6a3e-4a8f-9d55-000000000003""#,
        ],
    ),
    ("String @db.Inet", [r#""10.0.0.1""#, r#""10.0.0.2""#, r#""::1""#]),
    ("String @db.Bit", [r#""0""#, r#""1""#, r#""1""#]),
    ("String @db.Bit(3)", [r#""001""#, r#""010""#, r#""111""#]),
    ("String @db.VarBit", [r#""0""#, r#""01""#, r#""1""#]),
    ("String @db.VarBit(9)", [r#""000000001""#, r#""01""#, r#""1""#]),
    ("String @db.Xml", [r#""<a>1</a>""#, r#""<b/>""#, r#""c""#]),
    ("Boolean @db.Boolean", ["false", "true", "true"]),
    ("Int @db.Int", ["-1", "2", "2147483647"]),
    ("Int @db.Integer", ["-1", "2", "2147483647"]),
    ("Int @db.SmallInt", ["-1", "2", "32767"]),
    ("Int @db.Oid", ["0", "2", "2147483647"]),
    ("BigInt @db.BigInt", ["-1", "2", "9223372036854775807"]),
    ("Float @db.DoublePrecision", ["-0.1", "0.1", "1e300"]),
    ("Float @db.Real", ["-0.1", "0.1", "16777216"]),
    ("Decimal @db.Decimal(10, 2)", [r#""-0.1""#, r#""0.25""#, r#""12345678.5""#]),
    ("Decimal @db.Money", [r#""-0.1""#, r#""0.25""#, r#""12345678.5""#]),
    (
        "DateTime @db.Timestamp",
        [r#""1969-12-31T23:59:59.999Z""#, r#""2024-02-29T12:00:00.000Z""#, r#""2024-02-29T12:00:00.001Z""#],
    ),
    (
        "DateTime @db.Timestamp(0)",
        [r#""1969-12-31T23:59:59.000Z""#, r#""2024-02-29T12:00:00.000Z""#, r#""2024-02-29T12:00:01.000Z""#],
    ),
    (
        "DateTime @db.Timestamptz(6)",
        [r#""1969-12-31T23:59:59.999Z""#, r#""2024-02-29T12:00:00.000Z""#, r#""2024-02-29T12:00:00.001Z""#],
    ),
    (
        "DateTime @db.Date",
        [r#""1969-12-31T00:00:00.000Z""#, r#""2024-02-29T00:00:00.000Z""#, r#""2024-03-01T00:00:00.000Z""#],
    ),
    (
        "DateTime @db.Time",
        [r#""1970-01-01T00:00:00.000Z""#, r#""1970-01-01T12:00:00.000Z""#, r#""1970-01-01T23:59:59.999Z""#],
    ),
    (
        "DateTime @db.Timetz",
        [r#""1970-01-01T00:00:00.000Z""#, r#""1970-01-01T12:00:00.000Z""#, r#""1970-01-01T23:59:59.999Z""#],
    ),
    (
        "DateTime @db.Timetz(3)",
        [r#""1970-01-01T00:00:00.000Z""#, r#""1970-01-01T12:00:00.000Z""#, r#""1970-01-01T23:59:59.999Z""#],
    ),
    ("Json @db.Json", [r#"{"a":[1]}"#, r#"{"b":2}"#, r#""x""#]),
    ("Json @db.JsonB", [r#"{"a":[1]}"#, r#"{"b":2}"#, r#""x""#]),
    ("Bytes @db.ByteA", [r#""AQ==""#, r#""Ag==""#, r#""/w==""#]),
];

/// A type in turn.
struct Case {
    typed: &'static str,
    /// The type of the field alone, and that of its column.
    ty: &'static str,
    native: &'static str,
    values: [Json; 3],
}

impl Case {
    fn is(&self, types: &[&str]) -> bool {
        types.contains(&self.ty)
    }

    /// Whether a key or an index can be made of it.
    fn can_be_key(&self) -> bool {
        !self.is(&["Json"]) && self.native != "@db.Xml"
    }

    /// A value as a rule writes it.
    fn literal(&self, at: usize) -> String {
        match &self.values[at] {
            Json::String(text) if self.ty == "Decimal" => text.clone(),
            Json::String(text) => format!("'{text}'"),
            other => other.to_string(),
        }
    }
}

fn cases() -> impl Iterator<Item = Case> {
    TYPES.iter().map(|(typed, values)| {
        let (ty, native) = typed.split_once(' ').unwrap();
        Case { typed, ty, native, values: values.map(|value| serde_json::from_str(value).unwrap()) }
    })
}

async fn engine(models: &str) -> Engine {
    engine_on(database::driver().await.unwrap(), models).await
}

async fn engine_on(driver: Either, models: &str) -> Engine {
    let text = format!("datasource db {{ provider = 'postgresql' url = env('DATABASE_URL') }}\n{models}");
    let compiled = zmodel_cli::compile_schema("natives.zmodel".as_ref(), &|_| Ok(text.clone()));
    let found: Vec<_> = compiled.diagnostics.iter().map(|found| found.message.clone()).collect();
    let schema = compiled.schema.unwrap_or_else(|| panic!("{found:?}\n{text}"));
    let engine = Engine::new(Cow::Owned(schema), driver);
    engine.create_tables().await.unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    engine
}

async fn open(models: &str) -> Session {
    Session::new(engine(models).await, Caller::Unguarded("test"))
}

async fn call(session: &Session, model: &str, operation: Operation, args: Json) -> Json {
    let outcome = session.call(model, operation, &args).await;
    plain(outcome.unwrap_or_else(|error| panic!("{model} {operation:?} {args}: {error:?}")))
}

/// A result without the marks that say of which type a value is.
fn plain(json: Json) -> Json {
    match json {
        Json::Object(members) if members.len() == 1 && members.keys().all(|key| key.starts_with('$')) => {
            members.into_iter().next().unwrap().1
        }
        Json::Object(members) => members.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        Json::Array(items) => items.into_iter().map(plain).collect(),
        other => other,
    }
}

/// The ids of the rows of `R` that satisfy a condition.
async fn found(session: &Session, condition: Json) -> Json {
    let args = json!({ "where": condition, "orderBy": { "id": "asc" }, "select": { "id": true } });
    ids(&call(session, "R", Operation::FindMany, args).await)
}

fn ids(rows: &Json) -> Json {
    rows.as_array().unwrap().iter().map(|row| row["id"].clone()).collect()
}

/// Rows 1 to 3 of `R` with the three values in `v`, and a fourth with none.
async fn rows(session: &Session, case: &Case) {
    let mut data: Vec<_> = (1..).zip(&case.values).map(|(id, value)| json!({ "id": id, "v": value })).collect();
    data.push(json!({ "id": 4 }));
    call(session, "R", Operation::CreateMany, json!({ "data": data })).await;
}

async fn what_is_written_is_read() {
    for case in cases() {
        let Case { typed, values: [one, two, three], .. } = &case;
        let (ty, native) = (case.ty, case.native);
        let session = open(&format!(
            "model R {{ id Int @id  v {ty}? {native}  ks K[]  @@allow('all', true) }}
             model K {{ id Int @id  v {ty} {native}  r R @relation(fields: [rId], references: [id])  rId Int  @@allow('all', true) }}"
        ))
        .await;
        let args = json!({ "data": { "id": 1, "v": one, "ks": { "create": [{ "id": 1, "v": two }] } } });
        assert_eq!(call(&session, "R", Operation::Create, args).await, json!({ "id": 1, "v": one }), "{typed}");
        let args = json!({ "data": { "id": 2 } });
        assert_eq!(call(&session, "R", Operation::Create, args).await["v"], json!(null), "{typed}");
        let args = json!({ "data": [{ "id": 3, "v": three }, { "id": 4, "v": one }] });
        call(&session, "R", Operation::CreateMany, args).await;
        let args = json!({ "orderBy": { "id": "asc" }, "include": { "ks": { "include": { "r": true } } } });
        let first = json!([{ "id": 1, "v": two, "rId": 1, "r": { "id": 1, "v": one } }]);
        let all = json!([
            { "id": 1, "v": one, "ks": first },
            { "id": 2, "v": null, "ks": [] },
            { "id": 3, "v": three, "ks": [] },
            { "id": 4, "v": one, "ks": [] },
        ]);
        assert_eq!(call(&session, "R", Operation::FindMany, args).await, all, "{typed}");
        let args = json!({ "where": { "id": 1 }, "data": { "v": two } });
        assert_eq!(call(&session, "R", Operation::Update, args).await["v"], *two, "{typed}");
        let args = json!({ "where": { "id": 1 }, "data": { "v": three } });
        assert_eq!(call(&session, "R", Operation::UpdateManyAndReturn, args).await[0]["v"], *three, "{typed}");
        for id in [1, 5] {
            let args = json!({ "where": { "id": id }, "create": { "id": id, "v": two }, "update": { "v": one } });
            let wanted = if id == 1 { one } else { two };
            assert_eq!(call(&session, "R", Operation::Upsert, args).await["v"], *wanted, "{typed}");
        }
        let args = json!({ "where": { "id": 5 } });
        assert_eq!(call(&session, "R", Operation::Delete, args).await["v"], *two, "{typed}");
    }
}

async fn filters_compare_what_is_read() {
    for case in cases() {
        let Case { typed, values: [one, two, three], ty, native } = &case;
        let session = open(&format!(
            "model R {{ id Int @id  v {ty}? {native}  w {ty}? {native}  ks K[]  @@allow('all', true) }}
             model K {{ id Int @id  v {ty}? {native}  r R @relation(fields: [rId], references: [id])  rId Int  @@allow('all', true) }}"
        ))
        .await;
        rows(&session, &case).await;
        call(&session, "K", Operation::Create, json!({ "data": { "id": 1, "rId": 2, "v": one } })).await;
        assert_eq!(found(&session, json!({ "v": { "equals": one } })).await, json!([1]), "{typed}");
        assert_eq!(found(&session, json!({ "v": { "not": one } })).await, json!([2, 3]), "{typed}");
        let condition = json!({ "ks": { "some": { "v": { "equals": one } } } });
        assert_eq!(found(&session, condition).await, json!([2]), "{typed}");
        if !case.is(&["Json"]) {
            assert_eq!(found(&session, json!({ "v": null })).await, json!([4]), "{typed}");
        }
        if !case.is(&["Json", "Boolean"]) {
            assert_eq!(found(&session, json!({ "v": { "in": [one, three] } })).await[0], json!(1), "{typed}");
            assert_eq!(found(&session, json!({ "v": { "notIn": [two, three] } })).await, json!([1]), "{typed}");
        }
        if !case.is(&["Json", "Boolean", "Bytes"]) {
            assert_eq!(found(&session, json!({ "v": { "gt": one } })).await, json!([2, 3]), "{typed}");
            assert_eq!(found(&session, json!({ "v": { "lt": two } })).await, json!([1]), "{typed}");
            assert_eq!(found(&session, json!({ "v": { "gte": one, "lt": two } })).await, json!([1]), "{typed}");
        }
        if let (true, Some(text)) = (case.is(&["String"]), two.as_str()) {
            let end = &text[text.len() - 1..];
            for (condition, all) in [
                (json!({ "contains": text }), false),
                (json!({ "startsWith": text }), false),
                (json!({ "endsWith": text }), false),
                (json!({ "endsWith": end }), true),
                (json!({ "equals": text.to_uppercase(), "mode": "insensitive" }), false),
                (json!({ "startsWith": text.to_uppercase(), "mode": "insensitive" }), false),
            ] {
                let rows = found(&session, json!({ "v": condition })).await;
                let rows = rows.as_array().unwrap();
                assert!(rows.contains(&json!(2)), "{typed}: {condition}");
                assert!(all || *typed == "String @db.Bit" || rows.len() == 1 || end == "1", "{typed}: {condition}");
            }
        }
    }
}

async fn rows_are_ordered_grouped_and_measured() {
    for case in cases().filter(|case| !case.is(&["Json"])) {
        let Case { typed, values: [one, two, three], ty, native } = &case;
        let session = open(&format!("model R {{ id Int @id  v {ty}? {native}  g Int?  @@allow('all', true) }}")).await;
        rows(&session, &case).await;
        let args = json!({ "orderBy": [{ "v": { "sort": "desc", "nulls": "last" } }, { "id": "desc" }] });
        let ordered = call(&session, "R", Operation::FindMany, args).await;
        assert_eq!(ids(&ordered), json!([3, 2, 1, 4]), "{typed}");
        let order = json!([{ "v": { "sort": "asc", "nulls": "last" } }, { "id": "asc" }]);
        let args = json!({ "orderBy": order, "cursor": { "id": 2 } });
        assert_eq!(ids(&call(&session, "R", Operation::FindMany, args).await), json!([2, 3, 4]), "{typed}");
        let args = json!({ "orderBy": order, "cursor": { "id": 2 }, "take": -2 });
        assert_eq!(ids(&call(&session, "R", Operation::FindMany, args).await), json!([1, 2]), "{typed}");
        // One more with the first value.
        call(&session, "R", Operation::Create, json!({ "data": { "id": 5, "v": one, "g": 1 } })).await;
        let args = json!({ "distinct": ["v"], "orderBy": { "id": "asc" } });
        let distinct = call(&session, "R", Operation::FindMany, args).await;
        assert_eq!(ids(&distinct), if two == three { json!([1, 2, 4]) } else { json!([1, 2, 3, 4]) }, "{typed}");
        assert_eq!(distinct[0]["v"], *one, "{typed}");
        let args = json!({ "by": ["v"], "_count": { "_all": true }, "having": { "v": { "not": null } } });
        let mut groups = call(&session, "R", Operation::GroupBy, args).await;
        let groups = groups.as_array_mut().unwrap();
        groups.sort_by_key(|group| case.values.iter().position(|value| group["v"] == *value));
        assert_eq!(groups[0], json!({ "v": one, "_count": { "_all": 2 } }), "{typed}");
        assert_eq!(groups.len(), if two == three { 2 } else { 3 }, "{typed}");
        let args = json!({ "by": ["v"], "_count": { "_all": true }, "having": { "v": one } });
        let groups = call(&session, "R", Operation::GroupBy, args).await;
        assert_eq!(groups, json!([{ "v": one, "_count": { "_all": 2 } }]), "{typed}");
        let args = json!({ "_min": { "v": true }, "_max": { "v": true }, "_count": { "v": true } });
        let measured = call(&session, "R", Operation::Aggregate, args).await;
        let wanted = json!({ "_min": { "v": one }, "_max": { "v": three }, "_count": { "v": 4 } });
        assert_eq!(measured, wanted, "{typed}");
        let args = json!({ "by": ["g"], "_min": { "v": true }, "orderBy": { "_max": { "v": "asc" } } });
        let groups = call(&session, "R", Operation::GroupBy, args).await;
        assert_eq!(groups.as_array().unwrap().len(), 2, "{typed}");
    }
}

async fn numbers_are_calculated_with() {
    for case in cases().filter(|case| case.is(&["Int", "BigInt", "Float", "Decimal"])) {
        let Case { typed, ty, native, .. } = &case;
        let session =
            open(&format!("model R {{ id Int @id  v {ty}? {native}  vs {ty}[] {native}  @@allow('all', true) }}"))
                .await;
        let data = json!([{ "id": 1, "v": 8 }, { "id": 2, "v": 4 }, { "id": 3 }]);
        call(&session, "R", Operation::CreateMany, json!({ "data": data })).await;
        let number = |json: &Json| json.as_f64().or_else(|| json.as_str()?.parse().ok()).unwrap();
        for (word, by, becomes) in
            [("increment", 3, 11.0), ("decrement", 1, 10.0), ("multiply", 2, 20.0), ("divide", 5, 4.0), ("set", 8, 8.0)]
        {
            let args = json!({ "where": { "id": 1 }, "data": { "v": { word: by } } });
            let row = call(&session, "R", Operation::Update, args).await;
            assert!((number(&row["v"]) - becomes).abs() < 1e-6, "{typed}: {row}");
        }
        let args = json!({ "data": { "v": { "increment": 1 } } });
        call(&session, "R", Operation::UpdateMany, args).await;
        let measured = json!({ "_sum": { "v": true }, "_avg": { "v": true } });
        let measured = call(&session, "R", Operation::Aggregate, measured).await;
        assert!((number(&measured["_sum"]["v"]) - 14.0).abs() < 1e-6, "{typed}: {measured}");
        assert!((number(&measured["_avg"]["v"]) - 7.0).abs() < 1e-6, "{typed}: {measured}");
        let having = json!({ "by": ["v"], "having": { "v": { "_sum": { "gt": 6 } } } });
        assert_eq!(call(&session, "R", Operation::GroupBy, having).await.as_array().unwrap().len(), 1, "{typed}");
        // What no column of the type holds is compared as well.
        assert_eq!(found(&session, json!({ "v": { "gt": -5 } })).await, json!([1, 2]), "{typed}");
        if !case.is(&["Int", "BigInt"]) {
            assert_eq!(found(&session, json!({ "v": { "gt": 5.5 } })).await, json!([1]), "{typed}");
            assert_eq!(found(&session, json!({ "v": { "lt": 1e12 } })).await, json!([1, 2]), "{typed}");
            let args = json!({ "where": { "id": 1 }, "data": { "v": { "increment": 0.5 } } });
            assert!((number(&call(&session, "R", Operation::Update, args).await["v"]) - 9.5).abs() < 1e-6, "{typed}");
        }
    }
}

async fn rows_are_told_apart_by_keys() {
    for case in cases().filter(|case| case.can_be_key() && !case.is(&["Boolean", "Bytes"])) {
        let Case { typed, values: [one, two, _], ty, native } = &case;
        let id = !case.is(&["Float"]);
        let related = format!(
            "model I {{ v {ty} {native} @id  n Int?  rs J[]  @@allow('all', true) }}
             model J {{ id Int @id  iv {ty} {native}  i I @relation(fields: [iv], references: [v])  @@allow('all', true) }}"
        );
        let session = open(&format!(
            "model R {{ id Int @id  v {ty} {native} @unique  n Int?  @@allow('all', true) }}\n{}",
            if id { &related } else { "" }
        ))
        .await;
        call(&session, "R", Operation::Create, json!({ "data": { "id": 1, "v": one } })).await;
        let taken = session.call("R", Operation::Create, &json!({ "data": { "id": 2, "v": one } })).await;
        assert!(taken.unwrap_err().is_unique_violation(), "{typed}");
        let key = json!({ "where": { "v": one } });
        let row = |id: i32, value: &Json, n: Json| json!({ "id": id, "v": value, "n": n });
        assert_eq!(call(&session, "R", Operation::FindUnique, key.clone()).await, row(1, one, json!(null)), "{typed}");
        for (value, wanted) in [(one, row(1, one, json!(5))), (two, row(3, two, json!(null)))] {
            let args = json!({ "where": { "v": value }, "create": { "id": 3, "v": value }, "update": { "n": 5 } });
            assert_eq!(call(&session, "R", Operation::Upsert, args).await, wanted, "{typed}");
        }
        let args = json!({ "where": { "v": one }, "create": { "id": 4, "v": one }, "update": { "n": 6 } });
        let many = call(&session, "R", Operation::UpsertMany, json!({ "data": [args] })).await;
        assert_eq!(many, json!({ "count": 1 }), "{typed}");
        assert_eq!(call(&session, "R", Operation::Delete, key.clone()).await, row(1, one, json!(6)), "{typed}");
        if !id {
            continue;
        }
        let args = json!({ "data": { "v": one, "rs": { "create": [{ "id": 1 }] } } });
        call(&session, "I", Operation::Create, args).await;
        let args = json!({ "where": { "v": one }, "data": { "n": 1 }, "include": { "rs": true } });
        let wanted = json!({ "v": one, "n": 1, "rs": [{ "id": 1, "iv": one }] });
        assert_eq!(call(&session, "I", Operation::Update, args).await, wanted, "{typed}");
        let args = json!({ "data": { "id": 2, "i": { "connect": { "v": one } } }, "include": { "i": true } });
        let wanted = json!({ "id": 2, "iv": one, "i": { "v": one, "n": 1 } });
        assert_eq!(call(&session, "J", Operation::Create, args).await, wanted, "{typed}");
        let args = json!({ "cursor": { "v": one }, "include": { "_count": true } });
        let found = call(&session, "I", Operation::FindMany, args).await;
        assert_eq!(found, json!([{ "v": one, "n": 1, "_count": { "rs": 2 } }]), "{typed}");
    }
}

async fn rules_compare_what_is_read() {
    for case in cases().filter(|case| !case.is(&["Json", "Bytes"])) {
        let Case { typed, values: [one, two, three], ty, native } = &case;
        let written = if case.is(&["DateTime"]) { "true".to_owned() } else { format!("v == {}", case.literal(1)) };
        let rules = [
            written.as_str(),
            "v == auth().v",
            "v != auth().v",
            "v in auth().vs",
            "v == w",
            "!(v != auth().v)",
            if case.is(&["String", "Boolean"]) { "true" } else { "v > auth().v" },
        ];
        let models: Vec<String> = (0..)
            .zip(rules)
            .map(|(at, rule)| {
                format!(
                    "model M{at} {{ id Int @id  v {ty}? {native}  w {ty}? {native}
                       @@allow('create', true)  @@allow('read', {rule}) }}\n"
                )
            })
            .collect();
        let engine =
            engine(&format!("type Me {{ id Int @id  v {ty}?  vs {ty}[]  @@auth }}\n{}", models.concat())).await;
        let all = Session::new(engine.clone(), Caller::Unguarded("arrange"));
        let auth = json!({ "id": 1, "v": two, "vs": [one, two] });
        let me = Session::new(engine.clone(), json::caller(engine.schema(), &auth).unwrap());
        let several = two == three;
        for (at, rule) in rules.iter().enumerate() {
            let model = format!("M{at}");
            let mut data: Vec<_> =
                (1..).zip(&case.values).map(|(id, value)| json!({ "id": id, "v": value, "w": two })).collect();
            data.push(json!({ "id": 4 }));
            call(&all, &model, Operation::CreateMany, json!({ "data": data })).await;
            let args = json!({ "orderBy": { "id": "asc" }, "select": { "id": true } });
            let seen = ids(&call(&me, &model, Operation::FindMany, args).await);
            let wanted = match *rule {
                "true" => json!([1, 2, 3, 4]),
                "v != auth().v" if several => json!([1]),
                "v != auth().v" => json!([1, 3]),
                "v in auth().vs" if several => json!([1, 2, 3]),
                "v in auth().vs" => json!([1, 2]),
                "v > auth().v" => json!([3]),
                _ if several => json!([2, 3]),
                _ => json!([2]),
            };
            assert_eq!(seen, wanted, "{typed}: {rule}");
        }
    }
}

async fn lists_hold_them() {
    for case in cases() {
        let Case { typed, values: [one, two, three], ty, native } = &case;
        let session = open(&format!(
            "model R {{ id Int @id  v {ty}[] {native}  ks K[]  @@allow('all', true) }}
             model K {{ id Int @id  v {ty}[] {native}  r R? @relation(fields: [rId], references: [id])  rId Int?  @@allow('all', true) }}"
        ))
        .await;
        let args = json!({ "data": { "id": 1, "v": [one, two, three], "ks": { "create": { "id": 1, "v": [two] } } } });
        let row = call(&session, "R", Operation::Create, args).await;
        assert_eq!(row, json!({ "id": 1, "v": [one, two, three] }), "{typed}");
        let args = json!({ "data": [{ "id": 2, "v": [] }, { "id": 3, "v": [one] }] });
        call(&session, "R", Operation::CreateMany, args).await;
        let args = json!({ "where": { "id": 2 }, "data": { "v": { "push": two } } });
        assert_eq!(call(&session, "R", Operation::Update, args).await["v"], json!([two]), "{typed}");
        let args = json!({ "where": { "id": 2 }, "data": { "v": { "set": [two, one] } } });
        assert_eq!(call(&session, "R", Operation::Update, args).await["v"], json!([two, one]), "{typed}");
        let args = json!({ "where": { "id": 1 }, "include": { "ks": true } });
        let read = call(&session, "R", Operation::FindUnique, args).await;
        assert_eq!((&read["v"][2], &read["ks"][0]["v"]), (three, &json!([two])), "{typed}");
        for (condition, wanted) in [
            (json!({ "has": one }), json!([1, 2, 3])),
            (json!({ "hasSome": [two] }), json!([1, 2])),
            (json!({ "hasEvery": [one, two] }), json!([1, 2])),
            (json!({ "isEmpty": false }), json!([1, 2, 3])),
            (json!({ "equals": [one] }), json!([3])),
        ] {
            if case.is(&["Json"]) && condition.get("isEmpty").is_none() {
                continue;
            }
            assert_eq!(found(&session, json!({ "v": condition })).await, wanted, "{typed}: {condition}");
        }
    }
}

zmodel_tests::on_each_database!(
    what_is_written_is_read,
    filters_compare_what_is_read,
    rows_are_ordered_grouped_and_measured,
    numbers_are_calculated_with,
    rows_are_told_apart_by_keys,
    rules_compare_what_is_read,
    lists_hold_them,
);
