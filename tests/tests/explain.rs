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
