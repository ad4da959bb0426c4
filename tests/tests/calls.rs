//! Rules that ask about their own use, and about the rules of other models.

#![cfg(test)]

use zmodel_macros::zmodel;
use zmodel_runtime::Result;

/// Folders, and what is in them.
#[zmodel("schemas/calls.zmodel")]
pub mod db {}

use db::{Client, Db, User, doc, file, folder, memo, note};

async fn database() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    Ok(db)
}

fn user(db: &Db, id: &str) -> Client {
    db.auth(User { id: id.to_owned(), model: None, operation: None })
}

async fn a_rule_knows_the_model_that_inherits_it_and_the_operation_it_is_asked_about() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("arrange");
    all.doc().create(doc::New { id: 1 }).await?;
    all.memo().create(memo::New { id: 1 }).await?;
    let with = |model: &str, operation: &str| {
        db.auth(User { id: "ann".to_owned(), model: Some(model.to_owned()), operation: Some(operation.to_owned()) })
    };
    let reader = with("Doc", "READ");
    assert_eq!((reader.doc().count().await?, reader.memo().count().await?), (1, 0));
    assert!(reader.doc().create(doc::New { id: 2 }).await.unwrap_err().is_denied());
    assert!(reader.doc().update(1).set(|doc| doc.text, "x").await.unwrap_err().is_not_found());
    assert!(reader.doc().delete(1).await.unwrap_err().is_not_found());
    // The casing is part of what is compared.
    assert_eq!(with("Doc", "read").doc().count().await?, 0);
    assert_eq!(with("doc", "READ").doc().count().await?, 0);
    // What may be written need not be readable.
    assert!(with("Memo", "CREATE").memo().create(memo::New { id: 2 }).await.unwrap_err().is_unreadable());
    assert!(with("Memo", "UPDATE").memo().update(1).set(|memo| memo.text, "x").await.unwrap_err().is_unreadable());
    assert!(with("Memo", "DELETE").memo().delete(2).await.unwrap_err().is_unreadable());
    let memos = all.memo().find_many().await?;
    assert_eq!(memos.iter().map(|memo| (memo.id, memo.text.as_str())).collect::<Vec<_>>(), [(1, "x")]);
    assert_eq!((db.anonymous().doc().count().await?, db.anonymous().memo().count().await?), (0, 0));
    Ok(())
}

/// Folders 1 (Ann's), 2 (Bob's, public), 3 (Bob's, inside Ann's), each with a file of its number; file 9 has no folder.
async fn folders() -> Result<Db> {
    let db = database().await?;
    let all = db.unguarded("arrange");
    for (id, owner, public, parent) in [(1, "ann", false, None), (2, "bob", true, None), (3, "bob", false, Some(1))] {
        let new = all.folder().create(folder::New { id, owner_id: owner.to_owned() });
        new.set(|folder| folder.public, public).set(|folder| folder.parent_id, parent).await?;
    }
    for (id, folder) in [(1, Some(1)), (2, Some(2)), (3, Some(3)), (9, None)] {
        all.file().create(file::New { id }).set(|file| file.folder_id, folder).await?;
        all.note().create(note::New { id }).set(|note| note.folder_id, folder).await?;
    }
    Ok(db)
}

async fn files(client: &Client) -> Result<Vec<i32>> {
    Ok(client.file().find_many().order_by(|file| file.id.asc()).await?.iter().map(|file| file.id).collect())
}

async fn the_rules_of_a_related_row_decide() -> Result<()> {
    let db = folders().await?;
    let (ann, bob, visitor) = (user(&db, "ann"), user(&db, "bob"), db.anonymous());
    // Without a folder nothing is known, so nothing is allowed.
    assert_eq!(files(&ann).await?, [1, 2]);
    assert_eq!(files(&bob).await?, [2, 3]);
    assert_eq!(files(&visitor).await?, [2]);
    // The operation at hand is asked about: reading does not mean updating.
    assert!(ann.file().update(2).set(|file| file.name, "x").await.unwrap_err().is_not_found());
    assert_eq!(bob.file().update(2).set(|file| file.name, "x").await?.name, "x");
    // The named one is, if one is named.
    assert!(ann.file().create(file::New { id: 10 }).set(|file| file.folder_id, 2).await.unwrap_err().is_denied());
    assert!(ann.file().create(file::New { id: 10 }).await.unwrap_err().is_denied());
    ann.file().create(file::New { id: 10 }).set(|file| file.folder_id, 1).await?;
    // After an update too.
    assert!(ann.file().update(10).set(|file| file.folder_id, 2).await.unwrap_err().is_denied());
    assert!(ann.file().update(10).set(|file| file.folder_id, None).await.unwrap_err().is_denied());
    assert_eq!(db.unguarded("look").file().find_unique_or_err(10).await?.folder_id, Some(1));
    Ok(())
}

async fn what_is_not_known_neither_allows_nor_spares() -> Result<()> {
    let db = folders().await?;
    let (ann, bob) = (user(&db, "ann"), user(&db, "bob"));
    let notes = |client: Client| async move {
        let notes = client.note().find_many().order_by(|note| note.id.asc()).await?;
        Result::<Vec<i32>>::Ok(notes.iter().map(|note| note.id).collect())
    };
    // The note without a folder is nobody's: `!unknown` is unknown.
    assert_eq!(notes(ann.clone()).await?, [3]);
    assert_eq!(notes(bob.clone()).await?, [1]);
    assert_eq!(notes(db.anonymous()).await?, [1, 3]);
    // The deny about the parent of a folder fires where there is no parent.
    assert!(bob.folder().delete(2).await.unwrap_err().is_not_found());
    db.unguarded("arrange").file().delete(3).await?;
    db.unguarded("arrange").note().delete(3).await?;
    // Bob may not update Ann's folder, so the deny does not fire, and his own folder can go.
    assert_eq!(bob.folder().delete(3).await?.id, 3);
    Ok(())
}

zmodel_tests::on_each_database!(
    a_rule_knows_the_model_that_inherits_it_and_the_operation_it_is_asked_about,
    the_rules_of_a_related_row_decide,
    what_is_not_known_neither_allows_nor_spares,
);
