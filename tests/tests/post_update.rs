//! Rules about what an update leaves behind.

#![cfg(test)]

use zmodel_macros::zmodel;
use zmodel_runtime::{Error, Result};

/// Notes that cannot be given away.
#[zmodel("schemas/post_update.zmodel")]
pub mod db {}

use db::{Client, Db, User, folder, note};

async fn ann() -> Result<(Db, Client, i32)> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let ann = db.auth(User { id: "ann".to_owned() });
    ann.folder().create(folder::New { id: 1, owner_id: "ann".to_owned() }).await?;
    ann.folder().create(folder::New { id: 2, owner_id: "bob".to_owned() }).await?;
    let note = ann.note().create(note::New { owner_id: "ann".to_owned() }).await?;
    Ok((db, ann, note.id))
}

async fn an_update_that_the_rules_do_not_accept_leaves_everything_as_it_was() -> Result<()> {
    let (db, ann, id) = ann().await?;
    assert_eq!(ann.note().update(id).set(|note| note.text, "fine").await?.text, "fine");
    let given_away = ann.note().update(id).set(|note| note.owner_id, "bob").await;
    assert!(given_away.unwrap_err().is_denied());
    assert!(ann.note().update(id).set(|note| note.folder_id, 2).await.unwrap_err().is_denied());
    assert!(ann.note().update(id).set(|note| note.text, "forbidden").await.unwrap_err().is_denied());
    let left = db.unguarded("look").note().find_unique_or_err(id).await?;
    assert_eq!((left.owner_id.as_str(), left.text.as_str(), left.folder_id), ("ann", "fine", None));
    assert_eq!(ann.note().update(id).set(|note| note.folder_id, 1).await?.folder_id, Some(1));
    Ok(())
}

async fn a_deny_alone_accepts_the_rest_and_all_does_not_mean_post_update() -> Result<()> {
    let (_, ann, _) = ann().await?;
    assert_eq!(ann.folder().update(1).set(|folder| folder.owner_id, "eve").await?.owner_id, "eve");
    assert!(ann.folder().update(1).set(|folder| folder.owner_id, "nobody").await.unwrap_err().is_denied());
    assert_eq!(ann.folder().find_unique_or_err(1).await?.owner_id, "eve");
    Ok(())
}

async fn somebody_elses_note_is_not_found_whatever_it_would_become() -> Result<()> {
    let (db, _, id) = ann().await?;
    let bob = db.auth(User { id: "bob".to_owned() });
    for owner in ["bob", "eve"] {
        assert!(bob.note().update(id).set(|note| note.owner_id, owner).await.unwrap_err().is_not_found());
    }
    // Program code that no rule applies to is not held to these either.
    let moved = db.unguarded("move").note().update(id).set(|note| note.owner_id, "bob").await?;
    assert_eq!(moved.owner_id, "bob");
    Ok(())
}

async fn who_is_denied_hears_where_the_rules_are_and_nothing_of_the_row() -> Result<()> {
    let (db, ann, id) = ann().await?;
    let forbidden = ann.note().update(id).set(|note| note.text, "forbidden").await.unwrap_err();
    let given_away = ann.note().update(id).set(|note| note.owner_id, "bob").await.unwrap_err();
    // All rules about it are named, whichever of them refused.
    let text = "the rules of `Note` do not allow this update (post_update.zmodel:18, 19, 20)";
    assert_eq!((forbidden.to_string(), given_away.to_string()), (text.to_owned(), text.to_owned()));
    let nobody = db.anonymous().note().create(note::New { owner_id: "ann".to_owned() }).await.unwrap_err();
    assert_eq!(nobody.to_string(), "the rules of `Note` do not allow this create (post_update.zmodel:18)");
    let Error::Denied(denied) = nobody else { panic!("{nobody}") };
    assert_eq!((denied.rules.len(), denied.summary()), (1, "the rules of `Note` do not allow this create".to_owned()));
    Ok(())
}

zmodel_tests::on_each_database!(
    who_is_denied_hears_where_the_rules_are_and_nothing_of_the_row,
    an_update_that_the_rules_do_not_accept_leaves_everything_as_it_was,
    a_deny_alone_accepts_the_rest_and_all_does_not_mean_post_update,
    somebody_elses_note_is_not_found_whatever_it_would_become,
);
