//! What a filter can ask of fields, lists and documents.

use serde_json::json;
use zmodel_runtime::filter::Filter;
use zmodel_runtime::{Json, Result};

use super::db::{self, Client, post};
use super::{blog, decimal, ids, texts};

type OfPost = fn(post::Fields) -> Filter<db::Post>;

async fn filtered(guest: &Client, cases: &[(&str, OfPost, &[i32])]) -> Result<()> {
    for (what, filter, expected) in cases {
        let found = guest.post().find_many().filter(filter).order_by(|p| p.id.asc()).await?;
        assert_eq!(ids(&found), *expected, "{what}");
        assert_eq!(guest.post().exists().filter(filter).await?, !expected.is_empty(), "exists, {what}");
    }
    Ok(())
}

#[tokio::test]
async fn fields_are_compared_with_fields() -> Result<()> {
    let (_, guest) = blog().await?;
    filtered(
        &guest,
        &[
            ("less", |p| p.changed.lt(p.made), &[3]),
            ("equal", |p| p.changed.eq(p.made), &[2]),
            ("not less; unknown where NULL", |p| !p.made.lt(p.changed), &[2, 3]),
            ("texts", |p| p.note.eq(p.title), &[2]),
            ("between fields", |p| p.made.between(p.made, p.changed), &[1, 2]),
        ],
    )
    .await
}

#[tokio::test]
async fn lists_are_filtered_by_what_is_in_them() -> Result<()> {
    let (_, guest) = blog().await?;
    filtered(
        &guest,
        &[
            ("has", |p| p.tags.has("b"), &[1, 2]),
            ("has not", |p| !p.tags.has("a"), &[2, 3, 4, 5]),
            ("has some", |p| p.tags.has_some(["a", "x"]), &[1]),
            ("has every", |p| p.tags.has_every(["b", "a"]), &[1]),
            ("has every of none", |p| p.tags.has_every(Vec::<String>::new()), &[1, 2, 3, 4, 5]),
            ("has some of none", |p| p.tags.has_some(Vec::<String>::new()), &[]),
            ("is empty", |p| p.tags.is_empty(), &[3, 4, 5]),
            ("is not empty", |p| !p.tags.is_empty(), &[1, 2]),
            ("equal", |p| p.tags.eq(texts(&["b"])), &[2]),
            ("bytes", |p| p.marks.has(vec![0, 255]), &[1]),
            ("bytes, several", |p| p.marks.has_every([vec![1], vec![0, 255]]), &[1]),
            ("exact numbers", |p| p.costs.has(decimal("1.50")), &[1]),
        ],
    )
    .await
}

#[tokio::test]
async fn json_is_filtered_by_paths() -> Result<()> {
    let (_, guest) = blog().await?;
    filtered(
        &guest,
        &[
            ("number", |p| p.data.at("n").eq(1), &[1]),
            ("number, another way to write it", |p| p.data.at("n").eq(1.0), &[1]),
            ("number order", |p| p.data.at("n").gt(1), &[2]),
            ("a text is no number", |p| p.data.value().eq(1), &[]),
            ("a text", |p| p.data.value().eq("1"), &[4, 5]),
            ("not", |p| p.data.at("n").ne(1), &[2]),
            ("text", |p| p.data.at("s").eq("Text \"q\""), &[1]),
            ("contains", |p| p.data.at("s").contains("\"q"), &[1]),
            ("starts with", |p| p.data.at("s").starts_with("text"), &[]),
            ("starts with, any case", |p| p.data.at("s").ignore_case().starts_with("text"), &[1]),
            ("ends with", |p| p.data.at("s").ends_with("er"), &[2]),
            ("any of", |p| p.data.at("n").any_of([json!(2.5), json!("x")]), &[2]),
            ("element", |p| p.data.at("deep").at("list").at(1).eq("two"), &[1]),
            ("element from the end", |p| p.data.at("deep").at("list").at(-1).at("k").eq(true), &[1]),
            ("null is a value", |p| p.data.at("deep").at("list").at(2).eq(Json::Null), &[1]),
            ("absent", |p| p.data.at("deep").is_absent(), &[3, 4, 5]),
            ("present", |p| p.data.at("n").is_present(), &[1, 2]),
            ("element of a list", |p| p.data.at(0).eq(1), &[3]),
            ("has", |p| p.data.value().has(2), &[3]),
            ("has null", |p| p.data.at("deep").at("list").has(Json::Null), &[1]),
            ("has an object", |p| p.data.at("deep").at("list").has(json!({"k": true})), &[1]),
            ("has every", |p| p.data.value().has_every([3, 1]), &[3]),
            ("has some", |p| p.data.value().has_some([7, 1]), &[3]),
            ("empty list", |p| p.data.at("deep").at("list").is_empty(), &[2]),
            ("the whole", |p| p.data.value().eq(json!([1, 2, 3])), &[3]),
            ("json null, database null", |p| p.extra.value().eq(Json::Null), &[2]),
            ("database null", |p| p.extra.is_null(), &[1, 4, 5]),
            ("some element", |p| p.data.value().some(|e| e.clone().gt(2) & e.lt(4)), &[3]),
            ("every element", |p| p.data.value().every(|e| e.gte(1)), &[1, 2, 3, 4, 5]),
            ("no element", |p| p.data.at("deep").at("list").none(|e| e.eq("two")), &[2]),
        ],
    )
    .await?;
    // A value that is no list has no elements, and a key cannot break out of its path.
    for key in ["a\"b", "n\\", "\n"] {
        assert!(guest.post().find_many().filter(|p| p.data.at(key).eq(1)).await.is_err(), "{key}");
    }
    for key in ["$.n", "'", "[0]", "0", "", "*", "n.n"] {
        assert!(guest.post().find_many().filter(|p| p.data.at(key).is_present()).await?.is_empty(), "{key}");
    }
    Ok(())
}

#[tokio::test]
async fn typed_json_is_filtered_by_its_members() -> Result<()> {
    let (_, guest) = blog().await?;
    filtered(
        &guest,
        &[
            ("member", |p| p.size.at("width").gte(20), &[2]),
            ("member that is null", |p| p.size.at("label").eq(Json::Null), &[2]),
            ("list in it", |p| p.size.at("colors").has("red"), &[1]),
            ("no document", |p| p.size.is_null(), &[3, 4, 5]),
            ("some", |p| p.sizes.value().some(|s| s.at("width").eq(2)), &[1, 2]),
            (
                "some, two conditions",
                |p| p.sizes.value().some(|s| s.clone().at("width").eq(2) & s.at("label").eq("x")),
                &[1],
            ),
            (
                "some with a list in it",
                |p| p.sizes.value().some(|s| s.at("colors").some(|c| c.starts_with("gr"))),
                &[2],
            ),
            ("every", |p| p.sizes.value().every(|s| s.at("width").gt(1)), &[2, 3, 4, 5]),
            ("none", |p| p.sizes.value().none(|s| s.at("width").eq(1)), &[2, 3, 4, 5]),
            ("empty", |p| p.sizes.value().is_empty(), &[3, 4, 5]),
        ],
    )
    .await
}

#[tokio::test]
async fn what_is_no_json_is_no_error_that_tells_of_a_row() -> Result<()> {
    let (all, guest) = blog().await?;
    all.sql("UPDATE Post SET data = '{', sizes = 'x' WHERE id = 4").execute().await?;
    filtered(
        &guest,
        &[
            ("member", |p| p.data.at("n").eq(1), &[1]),
            ("member of what is none", |p| p.data.at("n").ne(1), &[2]),
            ("elements", |p| p.sizes.value().some(|s| s.at("width").eq(1)), &[1]),
        ],
    )
    .await
}
