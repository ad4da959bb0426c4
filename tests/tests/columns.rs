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

/// A row with a value in every column that says something of `n`.
fn broad(id: i32, n: u8) -> serde_json::Value {
    json!({
        "id": id, "letter": format!("a{n}"), "uuid": format!("6b1f6c1e-6a3e-4a8f-9d55-0000000000{n:02}"),
        "day": format!("2024-02-{n:02}T00:00:00.000Z"), "moment": format!("2024-02-29T12:00:{n:02}.123Z"),
        "time": format!("2024-02-29T12:00:{n:02}.456Z"), "real": f64::from(n) + 0.5, "double": f64::from(n) / 3.0,
        "price": format!("{n}.25"), "exact": format!("{n}.000001"), "small": n, "big": i64::MAX - i64::from(n),
        "flag": n.is_multiple_of(2), "text": { "n": n }, "json": [n, null], "bytes": if n > 6 { "/wA=" } else { "AAE=" },
        "level": if n.is_multiple_of(2) { "LOW" } else { "HIGH" }, "net": format!("10.0.0.{n}"),
        "bits": format!("{n:b}"), "page": format!("<a>{n}</a>"), "clock": format!("1970-01-01T12:00:{n:02}.789Z"),
        "money": format!("{n}.5"), "oid": n,
    })
}

async fn many_rows_hold_what_one_holds() -> Result<()> {
    let client = client().await?;
    for n in 1..=12 {
        client.call("broad", Operation::Create, &json!({ "data": broad(n.into(), n) })).await?;
    }
    let many: Vec<_> = (1..=12).map(|n| broad(100 + i32::from(n), n)).collect();
    // Some have nothing where others have something.
    let few = json!([{ "id": 200, "flag": true }, { "id": 201, "letter": "x" }, { "id": 202 }]);
    for data in [json!(many), few] {
        let count = data.as_array().unwrap().len();
        let made = client.call("broad", Operation::CreateMany, &json!({ "data": data })).await?;
        assert_eq!(made["count"], json!(count));
    }
    let rows = client.broad().find_many().order_by(|row| row.id.asc()).await?;
    assert_eq!(rows.len(), 27);
    let fourth = &rows[3];
    assert_eq!((fourth.net.as_deref(), fourth.bits.as_deref()), (Some("10.0.0.4"), Some("100")));
    assert_eq!((fourth.page.as_deref(), fourth.oid), (Some("<a>4</a>"), Some(4)));
    assert_eq!(fourth.money, Some("4.50".parse().unwrap()));
    assert_eq!(fourth.clock.unwrap().to_rfc3339(), "1970-01-01T12:00:04.789+00:00");
    for at in 0..12 {
        assert_eq!(db::Broad { id: rows[at].id, ..rows[at + 12].clone() }, rows[at]);
    }
    assert_eq!((rows[24].flag, &rows[24].letter, rows[25].flag), (Some(true), &None, None));
    Ok(())
}

zmodel_tests::on_each_database!(
    what_a_column_has_no_place_for_is_said_before_the_database_is_asked,
    many_rows_hold_what_one_holds,
);
