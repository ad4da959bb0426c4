//! Queries that say how they would run.

#![cfg(test)]

use db::Db;
use zmodel_macros::zmodel;
use zmodel_runtime::Result;

/// The schema of the blog.
#[zmodel("schema.zmodel")]
pub mod db {}

async fn a_read_shows_its_statement_its_values_and_the_plan_of_the_database() -> Result<()> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let explained = db.anonymous().post().find_many().filter(|post| post.title.eq("a")).explain().await?;
    let sql = explained.sql.clone().unwrap();
    assert!(sql.text.starts_with("SELECT ") && sql.text.contains("\"published\""), "{}", sql.text);
    assert_eq!(sql.params, ["\"a\""]);
    assert!(
        explained.plan.iter().any(|step| ["SCAN", "SEARCH", "Scan"].iter().any(|word| step.contains(word))),
        "{explained}"
    );
    assert_eq!(db.anonymous().post().count().await?, 0);
    Ok(())
}

/// Notes of organizations.
#[zmodel("schemas/tenants.zmodel")]
pub mod tenants {}

/// An unknown counts as false in this rule, and need not be said to where NULL does so by itself.
#[tokio::test]
async fn a_rule_about_a_column_that_can_be_null_leaves_it_to_its_index() -> Result<()> {
    let db = tenants::Db::connect("sqlite::memory:").await?;
    db.create_tables().await?;
    let user = db.auth(tenants::Caller { id: 1, org: Some(7) });
    let explained = user.note().find_many().explain().await?;
    assert!(explained.plan.iter().any(|step| step.contains("USING INDEX Note_org_idx (org=?)")), "{explained}");
    // What is quickly told is asked before what needs another table.
    let text = explained.sql.unwrap().text;
    assert!(text.contains("\"closed\" OR EXISTS("), "{text}");
    let explained = user.sheet().find_many().explain().await?;
    let text = explained.sql.unwrap().text;
    let (_, asked) = text.split_once(" WHERE ").unwrap();
    let places = ["\"open\"", "\"size\" =", "EXISTS("].map(|part| asked.find(part));
    assert!(places.is_sorted() && places[0].is_some(), "{text}");
    Ok(())
}

/// A key that leads to another row is looked up by an index, also if the schema names none.
#[tokio::test]
async fn rows_that_refer_to_others_are_found_by_an_index() -> Result<()> {
    let db = Db::connect("sqlite::memory:").await?;
    db.create_tables().await?;
    let explained = db.unguarded("plan").comment().find_many().filter(|c| c.post_id.eq("a")).explain().await?;
    let index = "USING INDEX Comment_post_fkey_idx (postId=?)";
    assert!(explained.plan.iter().any(|step| step.contains(index)), "{explained}");
    Ok(())
}

async fn one_statement_for_whatever_is_included() -> Result<()> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let guest = db.anonymous();
    let posts = guest.post().find_many().include(|post| (post.comments.order_by(|c| c.id.asc()).take(2),));
    let sql = posts.explain().await?.sql.clone().unwrap();
    assert!(
        sql.text.contains("\"Post\"") && sql.text.contains("\"Comment\"") && !sql.text.contains(';'),
        "{}",
        sql.text
    );
    Ok(())
}

zmodel_tests::on_each_database!(
    a_read_shows_its_statement_its_values_and_the_plan_of_the_database,
    one_statement_for_whatever_is_included,
);
