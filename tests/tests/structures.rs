//! Structures that fields keep as JSON: what is asked of them on writes, and how rules and filters look into them.

#![cfg(test)]

use serde_json::{Value as Json, json};
use zmodel_macros::zmodel;
use zmodel_runtime::error::Problem;
use zmodel_runtime::json::Operation;
use zmodel_runtime::{DateTime, Decimal, Error, Result};
use zmodel_tests::database::{Database, here};

/// People and what is known of them.
#[zmodel("schemas/structures.zmodel")]
pub mod db {}

use db::{Address, Client, Db, Level, Line, Profile, User, noted, person, related, seen};

async fn database() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    Ok(db)
}

fn address(street: &str, zip: Option<&str>) -> Address {
    Address { street: street.to_owned(), zip: zip.map(str::to_owned) }
}

fn profile(age: i32) -> Profile {
    Profile {
        age,
        open: true,
        level: Level::High,
        since: DateTime::UNIX_EPOCH,
        score: None,
        tags: Vec::new(),
        levels: Vec::new(),
        home: None,
        others: Vec::new(),
    }
}

fn line(name: &str, price: i64) -> Line {
    Line { name: name.to_owned(), price: Decimal::new(price, 0), count: 1 }
}

fn problems(error: Error) -> Vec<(String, &'static str)> {
    let Error::Validation(error) = error else { return vec![(error.to_string(), "")] };
    error.problems.into_iter().map(|Problem { path, code, .. }| (path, code)).collect()
}

fn at(path: &str, code: &'static str) -> (String, &'static str) {
    (path.to_owned(), code)
}

fn new(id: i32, profile: Profile) -> person::New {
    person::New { id, profile }
}

async fn what_a_structure_asks_of_its_members_is_asked_on_writes() -> Result<()> {
    let client = database().await?.anonymous();
    let given = Profile {
        tags: vec!["A".to_owned()],
        home: Some(address("  Main  ", None)),
        others: vec![address("B", Some("x")), address("nowhere", None)],
        ..profile(0)
    };
    let refused = client.person().create(new(1, given)).set(|p| p.lines, vec![line("a", 1), line("b", 0)]).await;
    assert_eq!(
        problems(refused.unwrap_err()),
        [
            at("profile.others[0].street", "length"),
            at("profile.others[0].zip", "regex"),
            at("profile.others[1].zip", "validate"),
            at("profile", "validate"),
            at("lines[1].price", "gt"),
        ]
    );
    let too_old = client.person().create(new(1, profile(200))).await.unwrap_err();
    assert_eq!(problems(too_old), [at("", "validate")]);
    let given = Profile { tags: vec!["ABC".to_owned()], home: Some(address("  Main  ", None)), ..profile(20) };
    let made = client.person().create(new(1, given)).set(|p| p.lines, vec![line("key", 1)]).await?;
    assert_eq!((&*made.profile.tags, made.profile.home), (&["abc".to_owned()][..], Some(address("Main", None))));
    let refused = client.person().update(1).set(|p| p.profile, profile(-1)).await.unwrap_err();
    assert_eq!(problems(refused), [at("profile", "validate")]);
    Ok(())
}

async fn json_calls_bring_structures_that_are_what_the_schema_says() -> Result<()> {
    let db = database().await?;
    let client = db.anonymous();
    let create = |profile: Json, lines: Json| {
        let data = json!({ "data": { "id": 1, "profile": profile, "lines": lines } });
        let client = &client;
        async move { client.call("person", Operation::Create, &data).await }
    };
    let wrong = json!({ "age": "x", "level": "h", "since": "yesterday", "score": true, "tags": "a", "levels": ["LOW", "l"], "more": 1 });
    let refused = create(wrong, json!([{ "name": "a", "price": "1", "count": 1 }, 3])).await.unwrap_err();
    assert_eq!(
        problems(refused),
        [
            at("profile.age", "type"),
            at("profile.open", "type"),
            at("profile.level", "type"),
            at("profile.since", "type"),
            at("profile.score", "type"),
            at("profile.tags", "type"),
            at("profile.levels[1]", "type"),
            at("profile.more", "unknown"),
            at("lines[1]", "type"),
        ]
    );
    // A time and a number have one form in the database, whatever they are given as.
    let right = json!({ "age": 20, "open": true, "level": "LOW", "since": "2024-05-31", "tags": [" X"] });
    let made = create(right, json!([{ "name": "a", "price": 1.50, "count": 1 }])).await?;
    assert_eq!(made["profile"]["since"], json!("2024-05-31T00:00:00.000Z"));
    assert_eq!(made["lines"][0]["price"], json!("1.5"));
    let read = db.unguarded("reading it typed").person().find_unique_or_err(1).await?;
    assert_eq!(
        (read.profile.level, read.profile.others.len(), read.lines[0].price),
        (Level::Low, 0, Decimal::new(15, 1))
    );
    Ok(())
}

async fn rules_look_into_structures_before_and_after_they_are_written() -> Result<()> {
    let db = database().await?;
    let client = db.anonymous();
    // Before the row is there.
    assert!(client.person().create(new(1, profile(10))).await.unwrap_err().is_denied());
    let dear = client.person().create(new(1, profile(20))).set(|p| p.lines, vec![line("a", 1001)]).await;
    assert!(dear.unwrap_err().is_denied());
    client.person().create(new(1, profile(20))).set(|p| p.lines, vec![line("a", 1000)]).await?;
    // In the database: what is missing is not equal to anything.
    assert!(client.person().update(1).set(|p| p.owner, "x").await.unwrap_err().is_not_found());
    let main = Profile { home: Some(address("Main", None)), ..profile(20) };
    db.unguarded("moving").person().update(1).set(|p| p.profile, main.clone()).await?;
    client.person().update(1).set(|p| p.owner, "x").await?;
    // Beside what it was before.
    let younger = client.person().update(1).set(|p| p.profile, Profile { age: 19, ..main.clone() }).await;
    assert!(younger.unwrap_err().is_denied());
    let hidden = client.person().update(1).set(|p| p.profile, Profile { age: 21, open: false, ..main }).await;
    assert!(hidden.unwrap_err().is_unreadable());
    let x = db.auth(User { id: "x".into(), age: None, level: None, mark: None });
    let closed = Profile { age: 22, open: false, home: Some(address("Main", None)), ..profile(0) };
    x.person().update(1).set(|p| p.profile, closed).set(|p| p.lines, vec![line("key", 1)]).await?;
    assert_eq!((client.person().count().await?, x.person().count().await?), (0, 1));
    // By an item of a list.
    let gone = Profile { age: 22, tags: vec!["gone".into()], ..profile(0) };
    x.person().update(1).set(|p| p.profile, gone).set(|p| p.home, address("Else", None)).await?;
    x.person().delete(1).await?;
    Ok(())
}

async fn each_way_to_look_into_a_structure_is_what_it_says() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("setting up");
    let a = || address("A", Some("1"));
    let rows = [
        ("age", Profile { ..profile(40) }),
        ("age", Profile { ..profile(30) }),
        ("level", Profile { ..profile(1) }),
        ("level", Profile { level: Level::Low, ..profile(1) }),
        ("since", Profile { ..profile(1) }),
        ("since", Profile { since: DateTime::from_timestamp(9_999_999_999, 0).unwrap_or_default(), ..profile(1) }),
        ("score", Profile { score: Some(2.0), ..profile(1) }),
        ("score", Profile { score: Some(1.5), ..profile(1) }),
        ("score", Profile { score: None, ..profile(1) }),
        ("some", Profile { others: vec![address("B", None), a()], ..profile(1) }),
        ("some", Profile { others: vec![address("A", None)], ..profile(1) }),
        ("some", Profile { ..profile(1) }),
        ("every", Profile { others: vec![a(), a()], ..profile(1) }),
        ("every", Profile { ..profile(1) }),
        ("every", Profile { others: vec![a(), address("B", None)], ..profile(1) }),
        ("none", Profile { others: vec![a()], ..profile(1) }),
        ("none", Profile { others: vec![a(), address("B", None)], ..profile(1) }),
        ("has", Profile { tags: vec!["y".into(), "x".into()], ..profile(1) }),
        ("has", Profile { tags: vec!["y".into()], ..profile(1) }),
        ("empty", Profile { ..profile(1) }),
        ("empty", Profile { tags: vec!["y".into()], ..profile(1) }),
        ("null", Profile { ..profile(1) }),
        ("related", Profile { ..profile(50) }),
        ("related", Profile { ..profile(51) }),
        ("listed", Profile { levels: vec![Level::High], ..profile(1) }),
        ("listed", Profile { levels: vec![Level::Low, Level::High], ..profile(1) }),
        ("listed", Profile { levels: vec![Level::Low], ..profile(1) }),
        ("share", Profile { levels: vec![Level::High, Level::Low], ..profile(1) }),
        ("share", Profile { levels: vec![Level::Low], ..profile(1) }),
    ];
    let mut id = 0;
    for (what, profile) in rows {
        id += 1;
        // As it is, without what is asked of a street.
        all.seen().create(seen::New { id, what: what.into() }).await?;
        let document = serde_json::to_value(&profile).unwrap();
        all.sql(r#"UPDATE "Seen" SET profile = $1 WHERE id = $2"#).bind(document).bind(id).execute().await?;
        if what == "related" {
            let home = Some(address("Main", None));
            let profile = Profile { home, ..self::profile(1) };
            all.related().create(related::New { id, profile, seen_id: id }).await?;
        }
    }
    // Where there is no structure, or something else, nothing is certain.
    for what in ["age", "level", "some", "every", "none", "has", "empty", "null", "listed", "share"] {
        id += 1;
        all.seen().create(seen::New { id, what: what.into() }).await?;
        id += 1;
        all.seen().create(seen::New { id, what: what.into() }).await?;
        // PostgreSQL takes nothing that is no JSON.
        let something_else = match here() {
            Database::Sqlite => r#"UPDATE "Seen" SET profile = '[7' WHERE id = $1"#,
            Database::Postgres => r#"UPDATE "Seen" SET profile = '[7]' WHERE id = $1"#,
        };
        all.sql(something_else).bind(id).execute().await?;
    }
    let user = db.auth(User { id: "u".into(), age: Some(35), level: Some(Level::High), mark: None });
    let found = user.seen().find_many().select::<Id>().order_by(|s| s.id.asc()).await?;
    let found: Vec<i32> = found.iter().map(|seen| seen.id).collect();
    // The deny about the level hides whatever has none: that is row 4, and every row without a structure.
    assert_eq!(found, [1, 3, 5, 7, 10, 13, 14, 16, 18, 20, 23, 25, 28]);
    assert_eq!(db.anonymous().seen().count().await?, 10);
    Ok(())
}

async fn a_rule_asks_whether_json_is_the_same() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("arrange");
    let none = || Json::Null;
    let rows = [
        ("text", json!("x"), none(), true),
        ("text", json!("y"), none(), false),
        ("text", json!(["x"]), none(), false),
        ("text", none(), none(), false),
        ("number", json!(1), none(), true),
        ("number", json!(1.0), none(), true),
        ("number", json!("1"), none(), false),
        ("fraction", json!(1.5), none(), true),
        ("flag", json!(true), none(), true),
        ("flag", json!("true"), none(), false),
        ("not", json!({ "x": 1 }), none(), true),
        ("not", json!("x"), none(), false),
        // Of nothing it is not known whether it is the same.
        ("not", none(), none(), false),
        ("fields", json!({ "a": [1, "b"] }), json!({ "a": [1, "b"] }), true),
        ("fields", json!({ "a": [1, "b"] }), json!({ "a": ["b", 1] }), false),
        ("fields", none(), none(), false),
        ("differ", json!(1), json!(2), true),
        ("differ", json!(1), json!(1), false),
        ("differ", json!(1), none(), false),
        ("caller", json!({ "k": "v" }), none(), true),
        ("caller", json!({ "k": "w" }), none(), false),
        ("id", json!("u"), none(), true),
        ("denied", json!("y"), none(), true),
        ("denied", json!("x"), none(), false),
        // In doubt it is denied.
        ("denied", none(), none(), false),
    ];
    let mut seen = Vec::new();
    for (id, (what, note, other, found)) in (1..).zip(rows) {
        let optional = |json: Json| Some(json).filter(|json| !json.is_null());
        let new = all.noted().create(noted::New { id, what: what.into() });
        new.set(|n| n.note, optional(note)).set(|n| n.other, optional(other)).await?;
        if found {
            seen.push(id);
        }
    }
    all.noted().create(noted::New { id: 100, what: "above".into() }).set(|n| n.up_id, 1).await?;
    all.noted().create(noted::New { id: 101, what: "above".into() }).set(|n| n.up_id, 2).await?;
    seen.push(100);
    let mark = Some(json!({ "k": "v" }));
    let user = db.auth(User { id: "u".into(), age: None, level: None, mark });
    let ids: Vec<i32> = user.noted().find_many().order_by(|n| n.id.asc()).await?.iter().map(|n| n.id).collect();
    assert_eq!(ids, seen);
    assert_eq!(db.anonymous().noted().count().await?, u64::try_from(seen.len()).unwrap() - 2);
    let create =
        |id, note: Json| user.noted().create(noted::New { id, what: "text".into() }).set(|n| n.note, Some(note));
    assert!(create(200, json!("refused")).await.unwrap_err().is_denied());
    assert_eq!(create(200, json!("x")).await?.id, 200);
    Ok(())
}

/// The id of a row.
#[derive(Debug, zmodel_macros::Select)]
#[zmodel(db::Seen)]
struct Id {
    id: i32,
}

async fn three() -> Result<Client> {
    let db = database().await?;
    let client = db.anonymous();
    let first = Profile {
        score: Some(0.5),
        tags: vec!["x".into(), "y".into()],
        levels: vec![Level::High],
        home: Some(address("Main", Some("1"))),
        others: vec![address("AA", None), address("BB", Some("2"))],
        ..profile(20)
    };
    client.person().create(new(1, first)).set(|p| p.lines, vec![line("a", 1), line("b", 7)]).await?;
    let second = Profile { level: Level::Low, tags: vec!["x".into()], ..profile(30) };
    client.person().create(new(2, second)).set(|p| p.home, address("Side", None)).await?;
    client.person().create(new(3, Profile { home: Some(address("main", None)), ..profile(40) })).await?;
    Ok(client)
}

async fn filters_name_the_members_of_structures() -> Result<()> {
    let client = three().await?;
    macro_rules! found {
        (|$p:ident| $filter:expr) => {{
            let rows = client.person().find_many().filter(|$p| $filter).order_by(|p| p.id.asc()).await?;
            rows.iter().map(|person| person.id).collect::<Vec<_>>()
        }};
    }
    assert_eq!(found!(|p| p.profile.is(|m| m.age.gte(30))), [2, 3]);
    assert_eq!(found!(|p| p.profile.is(|m| m.age.between(20, 30) & m.open.eq(true))), [1, 2]);
    assert_eq!(found!(|p| p.profile.is(|m| m.level.eq(Level::Low) | m.score.gt(0.1))), [1, 2]);
    assert_eq!(found!(|p| p.profile.is_not(|m| m.level.any_of([Level::Low]))), [1, 3]);
    assert_eq!(found!(|p| p.profile.is(|m| m.since.lt(DateTime::from_timestamp(1, 0).unwrap_or_default()))), [1, 2, 3]);
    assert_eq!(found!(|p| p.profile.is(|m| m.score.is_null())), [2, 3]);
    assert_eq!(found!(|p| p.profile.is(|m| m.score.ne(0.7))), [1]);
    assert_eq!(found!(|p| p.profile.is(|m| m.home.is(|h| h.street.ignore_case().contains("MAIN")))), [1, 3]);
    assert_eq!(found!(|p| p.profile.is(|m| m.home.is(|h| h.zip.is_null()))), [2, 3]);
    assert_eq!(found!(|p| p.profile.is(|m| m.home.is_null())), [2]);
    assert_eq!(found!(|p| p.profile.is(|m| m.tags.has("x") & !m.tags.has_every(["x", "y"]))), [2]);
    assert_eq!(found!(|p| p.profile.is(|m| m.tags.is_empty())), [3]);
    assert_eq!(found!(|p| p.profile.is(|m| m.levels.has_some([Level::High]))), [1]);
    assert_eq!(found!(|p| p.profile.is(|m| m.others.some(|o| o.street.eq("BB") & o.zip.eq("2")))), [1]);
    assert_eq!(found!(|p| p.profile.is(|m| m.others.every(|o| o.zip.is_not_null()))), [2, 3]);
    assert_eq!(found!(|p| p.home.is(|h| h.street.starts_with("S"))), [2]);
    assert_eq!(found!(|p| p.home.is_null()), [1, 3]);
    assert_eq!(found!(|p| p.lines.some(|l| l.price.eq(Decimal::new(7, 0)))), [1]);
    assert_eq!(found!(|p| p.lines.none(|l| l.name.eq("a"))), [2, 3]);
    Ok(())
}

async fn json_filters_name_the_members_of_structures() -> Result<()> {
    let client = three().await?;
    let ids = |filter: Json| {
        let args = json!({ "where": filter, "select": { "id": true }, "orderBy": { "id": "asc" } });
        let client = &client;
        async move {
            let rows = client.call("person", Operation::FindMany, &args).await.map_err(|error| error.to_string())?;
            let ids = rows.as_array().into_iter().flatten().filter_map(|row| row["id"].as_i64());
            Ok::<Vec<i64>, String>(ids.collect())
        }
    };
    for (filter, expected) in [
        (json!({ "profile": { "age": 20 } }), vec![1]),
        (json!({ "profile": { "age": { "gt": 20 }, "level": "HIGH" } }), vec![3]),
        (json!({ "profile": { "level": { "in": ["LOW"] } } }), vec![2]),
        (json!({ "profile": { "home": { "street": { "contains": "main", "mode": "insensitive" } } } }), vec![1, 3]),
        (json!({ "profile": { "home": { "is": { "street": "Main" } } } }), vec![1]),
        (json!({ "profile": { "isNot": { "age": 20 } } }), vec![2, 3]),
        (json!({ "profile": { "home": null } }), vec![2]),
        (json!({ "profile": { "score": { "not": null } } }), vec![1]),
        (json!({ "profile": { "OR": [{ "age": 20 }, { "age": 40 }], "NOT": { "age": 40 } } }), vec![1]),
        (json!({ "profile": { "tags": { "hasEvery": ["x", "y"] } } }), vec![1]),
        (json!({ "profile": { "tags": { "isEmpty": true } } }), vec![3]),
        (json!({ "profile": { "others": { "some": { "zip": "2" } } } }), vec![1]),
        (json!({ "lines": { "every": { "name": { "startsWith": "a" } } } }), vec![2, 3]),
        (json!({ "lines": { "none": { "price": "7" } } }), vec![2, 3]),
        (json!({ "home": { "is": null } }), vec![1, 3]),
        (json!({ "home": null }), vec![1, 3]),
        (json!({ "home": { "isNot": null } }), vec![2]),
        // Plain JSON still works.
        (json!({ "profile": { "path": "$.age", "gt": 20 } }), vec![2, 3]),
    ] {
        assert_eq!(ids(filter.clone()).await, Ok(expected), "{filter}");
    }
    for (filter, says) in [
        (json!({ "profile": { "ages": 1 } }), "where.profile.ages: there is no `ages` here; did you mean `age`?"),
        (json!({ "profile": { "age": "x" } }), "where.profile.age"),
        (json!({ "profile": { "age": { "contains": "x" } } }), "where.profile.age.contains"),
        (json!({ "profile": { "level": "h" } }), "where.profile.level"),
        (json!({ "profile": { "open": null } }), "`open` is never null"),
        (json!({ "lines": { "name": "a" } }), "where.lines.name"),
    ] {
        let message = ids(filter.clone()).await.unwrap_err();
        assert!(message.contains(says), "{filter}: {message}");
    }
    Ok(())
}

zmodel_tests::on_each_database!(
    what_a_structure_asks_of_its_members_is_asked_on_writes,
    json_calls_bring_structures_that_are_what_the_schema_says,
    rules_look_into_structures_before_and_after_they_are_written,
    each_way_to_look_into_a_structure_is_what_it_says,
    a_rule_asks_whether_json_is_the_same,
    filters_name_the_members_of_structures,
    json_filters_name_the_members_of_structures,
);
