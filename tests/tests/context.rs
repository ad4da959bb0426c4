//! What a caller brings is what the rules see, whatever it is made of.

#![cfg(test)]

use zmodel_macros::zmodel;
use zmodel_runtime::Result;

/// A context with a part that is a model without a table.
#[zmodel("schemas/context.zmodel")]
pub mod db {}

use db::{Caller, Db, Org, draft, line, note};

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

async fn a_relation_to_a_model_without_a_table_is_its_key() -> Result<()> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let of = |org: &str| {
        let org = Some(Org { id: org.to_owned() });
        db.auth(Caller { id: "ann".to_owned(), org, role: String::new(), banned: "no".to_owned() })
    };
    let new = |id: i32, author: &str| draft::New { id, author_id: author.to_owned() };
    let (acme, nobody) = (of("acme"), db.anonymous());
    nobody.draft().create(new(1, "ann")).await?;
    assert!(nobody.draft().create(new(2, "bob")).await.unwrap_err().is_denied());
    assert!(nobody.draft().create(new(2, "ann")).set(|d| d.org_id, "acme").await.unwrap_err().is_denied());
    assert!(acme.draft().create(new(2, "bob")).set(|d| d.org_id, "other").await.unwrap_err().is_denied());
    acme.draft().create(new(2, "bob")).set(|d| d.org_id, "acme").set(|d| d.editor_id, "eve").await?;
    let spied = acme.draft().create(new(3, "bob")).set(|d| d.org_id, "acme").set(|d| d.editor_id, "spy").await;
    assert!(spied.unwrap_err().is_unreadable());
    for (client, drafts, lines) in [(&acme, 2, 1), (&of("other"), 1, 0), (&nobody, 1, 0)] {
        if drafts == 2 {
            for id in 1..3 {
                let line = client.line().create(line::New { id, draft_id: id }).await;
                assert_eq!(line.is_ok(), id == 2);
            }
        }
        assert_eq!((client.draft().count().await?, client.line().count().await?), (drafts, lines));
    }
    Ok(())
}

zmodel_tests::on_each_database!(
    a_member_after_a_part_without_a_table_is_the_one_that_a_rule_names,
    a_relation_to_a_model_without_a_table_is_its_key
);
