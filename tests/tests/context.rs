//! What a caller brings is what the rules see, whatever it is made of.

#![cfg(test)]

use zmodel_macros::zmodel;
use zmodel_runtime::Result;

/// A context with a part that is a model without a table.
#[zmodel("schemas/context.zmodel")]
pub mod db {}

use db::{Caller, Db, Org, note};

async fn a_member_after_a_part_without_a_table_is_the_one_that_a_rule_names() -> Result<()> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let caller = |org: Option<&str>, role: &str, banned: &str| {
        let org = org.map(|id| Org { id: id.to_owned() });
        db.auth(Caller { id: "ann".to_owned(), org, role: role.to_owned(), banned: banned.to_owned() })
    };
    let new = || note::New { org_id: "acme".to_owned() };
    caller(Some("acme"), "writer", "no").note().create(new()).await?;
    // The value of one member is never taken for another's.
    assert!(caller(Some("acme"), "reader", "writer").note().create(new()).await.unwrap_err().is_denied());
    assert!(caller(Some("acme"), "writer", "yes").note().create(new()).await.unwrap_err().is_denied());
    for (org, role, banned, seen) in [
        (Some("acme"), "x", "no", 1),
        (Some("other"), "acme", "acme", 0),
        (None, "acme", "acme", 0),
        (Some("acme"), "yes", "no", 1),
        (Some("acme"), "x", "yes", 0),
    ] {
        assert_eq!(caller(org, role, banned).note().count().await?, seen, "{org:?} {role} {banned}");
    }
    Ok(())
}

zmodel_tests::on_each_database!(a_member_after_a_part_without_a_table_is_the_one_that_a_rule_names,);
