//! Creating, updating and deleting.

#![cfg(test)]

use std::time::Duration;

use db::{Client, Colour, Db, Person, r#box, made, mine, seat, shelf, thing};
use zmodel_macros::zmodel;
use zmodel_runtime::client::Unguarded;
use zmodel_runtime::model::Patch;
use zmodel_runtime::{Json, Result};
use zmodel_tests::database::{Database, here};

/// Things, and what is made of defaults.
#[zmodel("schemas/data.zmodel")]
pub mod db {}

struct Four {
    all: Client<Unguarded>,
    ann: Client,
    bob: Client,
    guest: Client,
}

async fn clients() -> Result<Four> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let user = |id: &str| db.auth(Person { id: id.to_owned() });
    Ok(Four { all: db.unguarded("arrange"), ann: user("ann"), bob: user("bob"), guest: db.anonymous() })
}

async fn defaults_fill_what_is_not_given() -> Result<()> {
    let Four { ann, guest, .. } = clients().await?;
    let start = chrono_now();
    let first = ann.made().create(made::New::default()).await?;
    let second = ann.made().create(made::New::default()).await?;
    assert!(first.cuid.starts_with('c') && first.cuid.len() >= 25, "{}", first.cuid);
    assert_eq!(first.cuid2.len(), 24);
    assert_eq!((first.uuid.len(), first.uuid.as_bytes()[14]), (36, b'4'));
    assert_eq!((first.uuid7.len(), first.uuid7.as_bytes()[14]), (36, b'7'));
    assert_eq!((first.nano.len(), first.nano9.len(), first.ulid.len()), (21, 9, 26));
    for (a, b) in [
        (&first.cuid, &second.cuid),
        (&first.uuid, &second.uuid),
        (&first.nano9, &second.nano9),
        (&first.ulid, &second.ulid),
    ] {
        assert_ne!(a, b);
    }
    assert!(first.now >= start && first.touched >= start);
    assert_eq!((&*first.text, first.number, first.colour), ("a 'quoted' \"text\"", -7, Colour::Blue));
    assert_eq!(first.json, serde_json::json!({"a": [1]}));
    assert_eq!(first.by_id.as_deref(), Some("ann"));
    // What is given wins, and a visitor has no id to give.
    assert_eq!(ann.made().create(made::New::default()).set(|m| m.by_id, "zed").await?.by_id.as_deref(), Some("zed"));
    assert_eq!(ann.made().create(made::New::default()).set(|m| m.by_id, None::<String>).await?.by_id, None);
    assert_eq!(guest.made().create(made::New::default()).await?.by_id, None);
    let refused = guest.mine().create(mine::New { id: 1 }).await.unwrap_err();
    assert!(matches!(refused, zmodel_runtime::Error::Invalid { .. }), "{refused}");
    Ok(())
}

/// Now, as precise as the database keeps it.
fn chrono_now() -> zmodel_runtime::DateTime {
    let millis = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    zmodel_runtime::DateTime::from_timestamp_millis(millis.try_into().unwrap()).unwrap()
}

async fn an_update_moves_the_time_of_the_last_change_and_nothing_else() -> Result<()> {
    let Four { ann, .. } = clients().await?;
    let made = ann.made().create(made::New::default()).await?;
    tokio::time::sleep(Duration::from_millis(3)).await;
    let changed = ann.made().update(&made.cuid).set(|m| m.number, 8).await?;
    assert!(changed.touched > made.touched);
    assert_eq!(changed, db::Made { number: 8, touched: changed.touched, ..made.clone() });
    // Nothing set, nothing touched.
    assert_eq!(ann.made().update(&made.cuid).await?, changed);
    assert_eq!(ann.made().update(&made.cuid).set(|m| m.touched, made.now).await?.touched, made.now);
    Ok(())
}

async fn numbers_are_given_out_in_order() -> Result<()> {
    let Four { ann, .. } = clients().await?;
    let new = |name: &str| thing::New { name: name.to_owned() };
    let first = ann.thing().create(new("a")).await?.id;
    let second = ann.thing().create(new("b")).await?.id;
    ann.thing().delete(second).await?;
    // A number is not given out twice.
    assert!(ann.thing().create(new("c")).await?.id > second && second > first);
    assert_eq!(ann.thing().create(new("d")).set(|t| t.id, 70).await?.id, 70);
    // PostgreSQL goes on counting where it was; SQLite from the highest number.
    let next = if here() == Database::Postgres { 4 } else { 71 };
    assert_eq!(ann.thing().create(new("e")).await?.id, next);
    Ok(())
}

async fn rows_are_found_by_every_unique_key() -> Result<()> {
    let Four { ann, .. } = clients().await?;
    let new = |row, number, code: &str| seat::New { row, number, hall: "h".into(), code: code.into() };
    for (row, number, code) in [(1, 1, "a"), (1, 2, "b"), (2, 1, "c")] {
        ann.seat().create(new(row, number, code)).await?;
    }
    let by_id = |row, number| seat::Key::RowNumber { row, number };
    let by_code = |code: &str| seat::Key::HallCode { hall: "h".into(), code: code.into() };
    assert_eq!(ann.seat().find_unique(by_id(1, 2)).await?.map(|seat| seat.code).as_deref(), Some("b"));
    assert_eq!(ann.seat().find_unique(by_code("c")).await?.map(|seat| seat.row), Some(2));
    assert_eq!(ann.seat().find_unique(by_id(2, 2)).await?, None);
    assert!(ann.seat().update(by_code("b")).set(|s| s.taken, true).await?.taken);
    assert_eq!(ann.seat().count().filter(|s| s.taken.eq(true)).await?, 1);
    // A row can get another key, and is given back under it.
    assert_eq!(ann.seat().update(by_id(1, 1)).set(|s| s.row, 9).await?.row, 9);
    assert_eq!(ann.seat().delete(by_id(9, 1)).await?.code, "a");
    assert!(ann.seat().create(new(1, 2, "z")).await.unwrap_err().is_unique_violation());
    assert!(ann.seat().create(new(5, 5, "b")).await.unwrap_err().is_unique_violation());
    assert!(ann.seat().update(by_id(2, 1)).set(|s| s.code, "b").await.unwrap_err().is_unique_violation());
    assert_eq!(ann.seat().count().await?, 2);
    Ok(())
}

async fn when_holds_or_nothing_happens() -> Result<()> {
    let Four { ann, .. } = clients().await?;
    ann.mine().create(mine::New { id: 1 }).await?;
    let update = || ann.mine().update(1).set(|m| m.note, "new");
    assert!(update().when(|m| m.note.eq("other")).await.unwrap_err().is_not_found());
    assert!(update().when(|m| m.note.eq("")).when(|m| m.id.eq(2)).await.unwrap_err().is_not_found());
    assert_eq!(update().when(|m| m.note.eq("") | m.note.eq("x")).await?.note, "new");
    assert!(ann.mine().delete(1).when(|m| m.note.eq("")).await.unwrap_err().is_not_found());
    assert_eq!(ann.mine().delete(1).when(|m| m.note.eq("new")).await?.id, 1);
    Ok(())
}

async fn a_patch_tells_absent_from_null() -> Result<()> {
    let Four { ann, .. } = clients().await?;
    ann.mine().create(mine::New { id: 1 }).set(|m| m.note, "n").set(|m| m.data, serde_json::json!(1)).await?;
    let patch = |body: Json| serde_json::from_value::<mine::Changes>(body);
    let note = ann.mine().update(1).patch(patch(serde_json::json!({"note": "m"})).unwrap()).await?;
    assert_eq!((&*note.note, note.data), ("m", Some(serde_json::json!(1))));
    let nulled = ann.mine().update(1).patch(patch(serde_json::json!({"data": null})).unwrap()).await?;
    assert_eq!((&*nulled.note, nulled.data), ("m", None));
    let some = ann.mine().update(1).patch(patch(serde_json::json!({"data": {"a": null}})).unwrap()).await?;
    assert_eq!(some.data, Some(serde_json::json!({"a": null})));
    assert_eq!(ann.mine().update(1).patch(patch(serde_json::json!({})).unwrap()).await?, some);
    assert!(patch(serde_json::json!({"note": null})).is_err());
    assert!(patch(serde_json::json!({"nota": "x"})).is_err());
    // The last word counts.
    let changes = mine::Changes { note: Patch::Set("patched".into()), ..Default::default() };
    assert_eq!(ann.mine().update(1).set(|m| m.note, "set").patch(changes).await?.note, "patched");
    Ok(())
}

async fn missing_hidden_and_refused_rows_look_the_same() -> Result<()> {
    let Four { all, ann, bob, guest } = clients().await?;
    ann.mine().create(mine::New { id: 1 }).set(|m| m.note, "locked").await?;
    let before = all.mine().find_many().await?;
    let mut answers = Vec::new();
    for (who, id) in [(&ann, 1), (&ann, 2), (&bob, 1), (&bob, 2), (&guest, 1), (&guest, 2)] {
        answers.push(who.mine().delete(id).await.unwrap_err().to_string());
        answers.push(who.mine().delete(id).when(|m| m.note.eq("locked")).await.unwrap_err().to_string());
        if (id, who.mine().count().await?) != (1, 1) {
            answers.push(who.mine().update(id).set(|m| m.note, "x").await.unwrap_err().to_string());
            answers.push(
                who.mine().update(id).when(|m| m.note.eq("locked")).set(|m| m.note, "x").await.unwrap_err().to_string(),
            );
            answers.push(who.mine().update(id).await.unwrap_err().to_string());
            answers.push(who.mine().find_unique_or_err(id).await.unwrap_err().to_string());
            // A constraint that the write would violate is not reached.
            answers.push(who.mine().update(id).set(|m| m.id, 1).await.unwrap_err().to_string());
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(all.mine().find_many().await?, before);
    Ok(())
}

async fn a_write_that_cannot_be_read_back_says_so_and_stays() -> Result<()> {
    let Four { all, ann, bob, .. } = clients().await?;
    let made = bob.mine().create(mine::New { id: 1 }).set(|m| m.owner, "ann").await.unwrap_err();
    assert!(made.is_unreadable() && !made.is_denied(), "{made}");
    assert_eq!(ann.mine().find_unique(1).await?.map(|mine| mine.id), Some(1));
    let given = ann.mine().update(1).set(|m| m.owner, "bob").await.unwrap_err();
    assert!(given.is_unreadable(), "{given}");
    assert_eq!(bob.mine().count().await?, 1);
    let refused = bob.mine().create(mine::New { id: 2 }).set(|m| m.owner, "nobody").await.unwrap_err();
    assert!(refused.is_denied() && !refused.is_unreadable());
    // What is refused leaves no trace, whether or not a constraint would have stopped it too.
    assert!(bob.mine().create(mine::New { id: 1 }).set(|m| m.owner, "nobody").await.unwrap_err().is_denied());
    assert_eq!(all.mine().count().await?, 1);
    Ok(())
}

async fn foreign_keys_hold_and_cascade() -> Result<()> {
    let Four { all, guest, .. } = clients().await?;
    let new = thing::New { name: "t".into() };
    let dangling = guest.thing().create(new.clone()).set(|t| t.box_id, 7).await.unwrap_err();
    assert!(dangling.is_foreign_key_violation(), "{dangling}");
    assert_eq!(all.thing().count().await?, 0);
    guest.shelf().create(shelf::New { id: 1, label: "s".into() }).await?;
    guest.r#box().create(r#box::New { id: 1, label: "b".into() }).set(|b| b.shelf_id, 1).await?;
    let thing = guest.thing().create(new).set(|t| t.box_id, 1).include(|t| t.r#box.include(|b| b.shelf)).await?;
    assert_eq!(thing.rel.and_then(|of| of.rel).map(|shelf| shelf.id), Some(1));
    assert!(guest.thing().update(thing.row.id).set(|t| t.box_id, 9).await.unwrap_err().is_foreign_key_violation());
    guest.shelf().delete(1).await?;
    assert_eq!(guest.r#box().find_unique_or_err(1).await?.shelf_id, None);
    guest.r#box().delete(1).await?;
    assert_eq!(all.thing().count().await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_and_readers_of_a_file_do_not_lose_anything() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::connect(&format!("sqlite:{}", folder.path().join("many.db").display())).await?;
    db.create_tables().await?;
    let mut tasks = Vec::new();
    for task in 0..32 {
        // Half of them read back in a transaction, half write in one statement.
        let client = db.auth(Person { id: format!("user{task}") });
        tasks.push(tokio::spawn(async move {
            for at in 0..5 {
                let id = task * 100 + at;
                client.mine().create(mine::New { id }).await?;
                client.mine().update(id).set(|m| m.note, format!("{at}")).await?;
                let thing = client.thing().create(thing::New { name: format!("{id}") }).await?;
                client.thing().update(thing.id).set(|t| t.small, at).await?;
                assert_eq!(client.mine().count().await?, u64::try_from(at + 1).unwrap());
            }
            client.mine().delete(task * 100).await
        }));
    }
    for task in tasks {
        task.await.unwrap()?;
    }
    let all = db.unguarded("count");
    assert_eq!((all.mine().count().await?, all.thing().count().await?), (32 * 4, 32 * 5));
    assert_eq!(all.mine().count().filter(|m| m.note.eq("4")).await?, 32);
    Ok(())
}

async fn a_call_that_is_dropped_leaves_no_transaction_behind() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    for url in ["sqlite::memory:".to_owned(), format!("sqlite:{}", folder.path().join("dropped.db").display())] {
        let db = Db::connect(&url).await?;
        db.create_tables().await?;
        let ann = db.auth(Person { id: "ann".into() });
        let mut done = 0;
        for id in 0..300 {
            // Dropped at another point each time: before it began, in its transaction, or not at all.
            let patience = async {
                for _ in 0..id * 3 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::select! {
                biased;
                () = patience => {}
                made = ann.mine().create(mine::New { id }) => done += u64::from(made.is_ok()),
            }
        }
        assert!(done < 300);
        // Every connection can write, and what was reported as done is there.
        let mut again = Vec::new();
        for id in 1000..1016 {
            let ann = ann.clone();
            again.push(tokio::spawn(async move { ann.mine().create(mine::New { id }).await.map(drop) }));
        }
        for task in again {
            tokio::time::timeout(Duration::from_secs(20), task).await.unwrap().unwrap()?;
        }
        let count = ann.mine().count().await?;
        assert!((done + 16..=316).contains(&count), "{done} {count}");
    }
    Ok(())
}

zmodel_tests::on_each_database!(
    defaults_fill_what_is_not_given,
    an_update_moves_the_time_of_the_last_change_and_nothing_else,
    numbers_are_given_out_in_order,
    rows_are_found_by_every_unique_key,
    when_holds_or_nothing_happens,
    a_patch_tells_absent_from_null,
    missing_hidden_and_refused_rows_look_the_same,
    a_write_that_cannot_be_read_back_says_so_and_stays,
    foreign_keys_hold_and_cascade,
    a_call_that_is_dropped_leaves_no_transaction_behind,
);
