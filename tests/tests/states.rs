//! Rules that compare a row with what an update makes of it.

#![cfg(test)]

use zmodel_macros::zmodel;
use zmodel_runtime::{DateTime, Decimal, Result};

/// Tasks and letters.
#[zmodel("schemas/states.zmodel")]
pub mod db {}

use db::{Client, Db, Stage, User, draft, folder, letter, task};

async fn database() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let all = db.unguarded("arrange");
    for (id, owner) in [(1, "ann"), (2, "bob")] {
        all.folder().create(folder::New { id, owner_id: owner.to_owned() }).await?;
    }
    Ok(db)
}

fn user(db: &Db, id: &str) -> Client {
    db.auth(User { id: id.to_owned() })
}

fn day(text: &str) -> DateTime {
    format!("{text}T00:00:00Z").parse().unwrap()
}

async fn task(db: &Db) -> Result<Client> {
    let all = db.unguarded("arrange");
    let new = all.task().create(task::New { id: 1, owner_id: "ann".to_owned() });
    let new = new.set(|task| task.level, 3).set(|task| task.price, Decimal::new(950, 2));
    new.set(|task| task.due, day("2020-02-03")).set(|task| task.tags, vec!["a".to_owned()]).await?;
    Ok(user(db, "ann"))
}

async fn what_was_decides_what_may_become() -> Result<()> {
    let db = database().await?;
    let ann = task(&db).await?;
    let update = || ann.task().update(1);
    assert_eq!(update().set(|task| task.level, 3).await?.level, Some(3));
    assert_eq!(update().set(|task| task.level, 4).await?.level, Some(4));
    assert!(update().set(|task| task.level, 2).await.unwrap_err().is_denied());
    assert!(update().set(|task| task.level, None).await.unwrap_err().is_denied());
    assert!(update().set(|task| task.owner_id, "bob").await.unwrap_err().is_denied());
    // A Decimal, an instant, a member of an enum and a list are compared as what they are.
    assert!(update().set(|task| task.price, Decimal::new(94, 1)).await.unwrap_err().is_denied());
    assert_eq!(update().set(|task| task.price, Decimal::from(10)).await?.price, Some(Decimal::from(10)));
    assert!(update().set(|task| task.due, day("2020-02-02")).await.unwrap_err().is_denied());
    assert_eq!(update().set(|task| task.due, day("2020-11-02")).await?.due, Some(day("2020-11-02")));
    assert_eq!(update().set(|task| task.stage, Stage::Done).await?.stage, Stage::Done);
    assert!(update().set(|task| task.stage, Stage::Open).await.unwrap_err().is_denied());
    assert!(update().set(|task| task.tags, Vec::new()).await.unwrap_err().is_denied());
    assert_eq!(update().set(|task| task.tags, vec!["b".to_owned(), "a".to_owned()]).await?.tags.len(), 2);
    // A deny about a value that was not there fires: what is unknown goes against the caller.
    db.unguarded("arrange").task().update(1).set(|task| task.price, None).await?;
    assert!(update().set(|task| task.level, 9).await.unwrap_err().is_denied());
    Ok(())
}

async fn a_refused_update_leaves_everything_and_tells_strangers_nothing() -> Result<()> {
    let db = database().await?;
    let ann = task(&db).await?;
    assert!(ann.task().update(1).set(|task| task.level, 2).set(|task| task.folder_id, 1).await.is_err());
    let left = db.unguarded("look").task().find_unique_or_err(1).await?;
    assert_eq!((left.level, left.folder_id), (Some(3), None));
    let bob = user(&db, "bob");
    assert!(bob.task().update(1).set(|task| task.level, 9).await.unwrap_err().is_not_found());
    assert!(bob.task().update(2).set(|task| task.level, 9).await.unwrap_err().is_not_found());
    // Related rows are those that the row has now.
    db.unguarded("arrange").task().update(1).set(|task| task.level, 7).await?;
    assert!(
        ann.task().update(1).set(|task| task.level, 1).set(|task| task.folder_id, 2).await.unwrap_err().is_denied()
    );
    assert_eq!(ann.task().update(1).set(|task| task.level, 1).set(|task| task.folder_id, 1).await?.level, Some(1));
    Ok(())
}

async fn future_turns_the_rules_of_its_kind() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("arrange");
    for (id, owner, level, folder, sealed) in [
        (1, "ann", None, None, false),
        (2, "bob", Some(7), None, false),
        (3, "bob", None, Some(1), false),
        (4, "ann", None, None, true),
    ] {
        let new = all.letter().create(letter::New { id, owner_id: owner.to_owned() });
        new.set(|l| l.level, level).set(|l| l.folder_id, folder).set(|l| l.sealed, sealed).await?;
    }
    let (ann, bob) = (user(&db, "ann"), user(&db, "bob"));
    // Her own, as long as it stays hers.
    assert_eq!(ann.letter().update(1).set(|l| l.level, 1).await?.level, Some(1));
    assert!(ann.letter().update(1).set(|l| l.owner_id, "bob").await.unwrap_err().is_denied());
    // Nothing that he could write makes it right, so he hears what he would hear of a letter that is not there.
    assert!(bob.letter().update(1).set(|l| l.level, 7).await.unwrap_err().is_not_found());
    // The level that counts is the one before.
    assert_eq!(ann.letter().update(2).set(|l| l.level, 1).await?.level, Some(1));
    assert!(ann.letter().update(2).set(|l| l.level, 7).await.unwrap_err().is_not_found());
    // Related rows are those of the row as it was.
    assert_eq!(ann.letter().update(3).set(|l| l.folder_id, 2).await?.folder_id, Some(2));
    assert!(bob.letter().update(1).set(|l| l.folder_id, 2).await.unwrap_err().is_not_found());
    // The denies do not say `future()`, so they are asked before.
    assert!(ann.letter().update(4).set(|l| l.sealed, false).await.unwrap_err().is_not_found());
    // The rest of `all` is as ever.
    assert!(ann.letter().delete(1).await.unwrap_err().is_not_found());
    assert_eq!(bob.letter().delete(3).await?.id, 3);
    Ok(())
}

async fn a_deny_about_the_future() -> Result<()> {
    let db = database().await?;
    let all = db.unguarded("arrange");
    all.draft().create(draft::New { id: 1 }).set(|d| d.letter_id, 5).await?;
    let ann = user(&db, "ann");
    assert_eq!(ann.draft().update(1).set(|d| d.folder_id, 1).await?.folder_id, Some(1));
    assert!(ann.draft().update(1).set(|d| d.letter_id, 6).await.unwrap_err().is_denied());
    assert!(ann.draft().update(1).set(|d| d.letter_id, None).await.unwrap_err().is_denied());
    assert_eq!(all.draft().find_unique_or_err(1).await?.letter_id, Some(5));
    Ok(())
}

zmodel_tests::on_each_database!(
    what_was_decides_what_may_become,
    a_refused_update_leaves_everything_and_tells_strangers_nothing,
    future_turns_the_rules_of_its_kind,
    a_deny_about_the_future,
);
