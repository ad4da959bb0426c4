//! Callers that are at work at the same time: with SQLite threads on one file, with PostgreSQL several connections.

#![cfg(test)]

use std::future::Future;

use db::{Client, Db, User, counter, line, member, paper};
use tokio::task::JoinSet;
use zmodel_macros::zmodel;
use zmodel_runtime::client::Unguarded;
use zmodel_runtime::transaction::Isolation;
use zmodel_runtime::{Error, Parent, Result};
use zmodel_tests::database::{Database, driver, run};

/// Counters for everybody, and papers for their members.
#[zmodel("schemas/races.zmodel")]
pub mod db {}

const CALLERS: i32 = 6;
const ROUNDS: i32 = 15;

/// Does the same as many callers at once, and gives what each of them got.
async fn all_at_once<T, F>(work: impl Fn(i32) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for caller in 0..CALLERS {
        tasks.spawn(work(caller));
    }
    tasks.join_all().await
}

fn counter(name: &str) -> counter::New {
    counter::New { name: name.into() }
}

/// A paper with one member.
async fn paper(db: &Db) -> Result<Client> {
    let all = db.unguarded("arrange");
    all.paper().create(paper::New { id: 1, title: "one".into() }).await?;
    all.member().create(member::New { user_id: "ann".into(), paper_id: 1 }).await?;
    Ok(db.auth(User { id: "ann".into() }))
}

async fn upserts_of_one_key_count_every_time(db: Db) -> Result<()> {
    let counted = all_at_once(|_| {
        let client = db.anonymous();
        async move {
            for _ in 0..ROUNDS {
                let new = counter("all").draft().set(|c| c.count, 1);
                client.counter().upsert("all", new, |c| c.increment(|c| c.count, 1)).await?;
            }
            Ok::<_, Error>(())
        }
    });
    counted.await.into_iter().collect::<Result<()>>()?;
    assert_eq!(db.anonymous().counter().find_unique_or_err("all").await?.count, CALLERS * ROUNDS);
    Ok(())
}

async fn upserts_in_several_steps_make_one_row(db: Db) -> Result<()> {
    for round in 0..ROUNDS {
        let made = all_at_once(|caller| {
            let client = db.unguarded("as one who may do everything");
            let new = paper::New { id: round, title: format!("{round}") }
                .draft()
                .along(|paper| paper.lines, |lines| lines.create([line::New { text: "new".into(), paper_id: Parent }]));
            async move {
                let edit = |paper: zmodel_runtime::edit::Edit<db::Paper>| {
                    paper.increment(|paper| paper.version, 1).along(
                        |paper| paper.lines,
                        |lines| lines.create([line::New { text: caller.to_string(), paper_id: Parent }]),
                    )
                };
                client.paper().upsert(round, new, edit).await.map(drop)
            }
        });
        made.await.into_iter().collect::<Result<()>>()?;
    }
    let papers = db.unguarded("look").paper().find_many().include(|paper| (paper.lines,)).await?;
    assert_eq!(i32::try_from(papers.len()).unwrap(), ROUNDS);
    for paper in papers {
        assert_eq!((paper.version, i32::try_from(paper.rel.0.len()).unwrap()), (CALLERS - 1, CALLERS), "{paper:?}");
    }
    Ok(())
}

async fn a_unique_value_has_one_owner(db: Db) -> Result<()> {
    for round in 0..ROUNDS {
        let made = all_at_once(|_| {
            let client = db.anonymous();
            async move { client.counter().create(counter(&round.to_string())).await }
        });
        let (made, taken): (Vec<_>, Vec<_>) = made.await.into_iter().partition(Result::is_ok);
        assert_eq!(made.len(), 1);
        assert!(taken.into_iter().all(|refused| refused.unwrap_err().is_unique_violation()));
    }
    Ok(())
}

async fn who_changes_what_he_has_seen_wins_alone(db: Db) -> Result<()> {
    db.anonymous().counter().create(counter("one")).await?;
    for seen in 0..ROUNDS {
        let changed = all_at_once(|_| {
            let client = db.anonymous();
            async move { client.counter().update("one").when(|c| c.count.eq(seen)).set(|c| c.count, seen + 1).await }
        });
        let (changed, late): (Vec<_>, Vec<_>) = changed.await.into_iter().partition(Result::is_ok);
        assert_eq!(changed.len(), 1);
        assert!(late.into_iter().all(|late| late.unwrap_err().is_not_found()));
    }
    Ok(())
}

async fn what_is_read_in_a_serializable_transaction_is_still_so_when_it_is_written(db: Db) -> Result<()> {
    db.anonymous().counter().create(counter("one")).await?;
    let done = all_at_once(|_| {
        let client = db.anonymous();
        async move {
            for _ in 0..ROUNDS {
                let begin = client.begin().isolation(Isolation::Serializable);
                let count = |tx: Client| async move {
                    let seen = tx.counter().find_unique_or_err("one").await?.count;
                    tokio::task::yield_now().await;
                    tx.counter().update("one").set(|c| c.count, seen + 1).await
                };
                begin.retry(1_000, count).await?;
            }
            Ok::<_, Error>(())
        }
    });
    done.await.into_iter().collect::<Result<()>>()?;
    assert_eq!(db.anonymous().counter().find_unique_or_err("one").await?.count, CALLERS * ROUNDS);
    Ok(())
}

async fn rows_of_one_call_come_together(db: Db) -> Result<()> {
    let made = all_at_once(|caller| {
        let client = db.anonymous();
        // The last one is everybody's, so that one caller succeeds.
        let names = (0..300).map(move |at| counter(&format!("{caller}-{at}"))).chain([counter("last")]);
        async move { client.counter().create_many(names).await }
    });
    let made = made.await.into_iter().flatten().count();
    assert_eq!((made, db.anonymous().counter().count().await?), (1, 301));
    Ok(())
}

async fn a_rule_compares_with_what_was_there_at_that_moment(db: Db) -> Result<()> {
    let ann = paper(&db).await?;
    for version in 1..=ROUNDS {
        // All of them write the same version, and it must rise.
        let written = all_at_once(|_| {
            let ann = ann.clone();
            async move { ann.paper().update(1).set(|paper| paper.version, version).await }
        });
        let (written, refused): (Vec<_>, Vec<_>) = written.await.into_iter().partition(Result::is_ok);
        assert_eq!(written.len(), 1);
        assert!(refused.into_iter().all(|refused| refused.unwrap_err().is_denied()));
    }
    Ok(())
}

/// There is what was `written` (0 for versions, 1 for lines, and how many) and what was there when the right was taken
/// away, which is the same; then it is cleared away.
async fn nothing_was_added(db: &Db, (version, lines): (i32, u64), written: &[(i32, i32)]) -> Result<()> {
    let of = |kind: i32| written.iter().filter(|(what, _)| *what == kind).map(|(_, count)| *count).sum::<i32>();
    let look = db.unguarded("look");
    assert_eq!(look.paper().find_unique_or_err(1).await?.version, version);
    assert_eq!((look.line().count().await?, of(0), of(1)), (lines, version, i32::try_from(lines).unwrap()));
    assert!(version > 0 || lines > 0, "the race did not begin before it was over");
    look.line().delete_many().await?;
    look.paper().delete(1).await?;
    Ok(())
}

/// Somebody loses his right while he writes. What he has written then was written before.
async fn nobody_writes_after_his_right_is_gone(db: Db) -> Result<()> {
    for _ in 0..5 {
        let ann = paper(&db).await?;
        let all = db.unguarded("admin");
        let revoked = tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(15)).await;
            let tx = all.begin().await?;
            tx.member().delete_many().await?;
            // From here on nobody else writes: this is what he had done by then.
            let version = tx.paper().find_unique_or_err(1).await?.version;
            let lines = tx.line().count().await?;
            tx.commit().await?;
            Ok::<_, Error>((version, lines))
        });
        let written = all_at_once(|caller| {
            let ann = ann.clone();
            async move {
                let mut written = 0;
                loop {
                    let outcome = if caller % 2 == 0 {
                        ann.paper().update(1).increment(|paper| paper.version, 1).await.map(drop)
                    } else {
                        ann.line().create(line::New { text: "x".into(), paper_id: 1 }).await.map(drop)
                    };
                    match outcome {
                        Ok(()) => written += 1,
                        Err(error) if error.is_denied() || error.is_not_found() => return (caller % 2, written),
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        });
        let written = written.await;
        nothing_was_added(&db, revoked.await.unwrap()?, &written).await?;
    }
    Ok(())
}

/// With several connections it takes the strictest isolation for that: what a rule asks of other rows is then as true at
/// the end of a transaction as it was when it was asked.
async fn nobody_writes_after_his_right_is_gone_in_serializable_transactions(db: Db) -> Result<()> {
    const OFTEN: u32 = 10_000;
    for _ in 0..3 {
        let ann = paper(&db).await?;
        let all = db.unguarded("admin");
        let revoked = tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
            let revoke = |tx: Client<Unguarded>| async move {
                tx.member().delete_many().await?;
                Ok::<_, Error>((tx.paper().find_unique_or_err(1).await?.version, tx.line().count().await?))
            };
            all.begin().isolation(Isolation::Serializable).retry(OFTEN, revoke).await
        });
        let written = all_at_once(|caller| {
            let ann = ann.clone();
            async move {
                let mut written = 0;
                loop {
                    let write = |tx: Client| async move {
                        if caller % 2 == 0 {
                            tx.paper().update(1).increment(|paper| paper.version, 1).await.map(drop)
                        } else {
                            tx.line().create(line::New { text: "x".into(), paper_id: 1 }).await.map(drop)
                        }
                    };
                    match ann.begin().isolation(Isolation::Serializable).retry(OFTEN, write).await {
                        Ok(()) => written += 1,
                        Err(error) if error.is_denied() || error.is_not_found() => return (caller % 2, written),
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        });
        let written = written.await;
        nothing_was_added(&db, revoked.await.unwrap()?, &written).await?;
    }
    Ok(())
}

macro_rules! on_threads {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_sqlite() -> super::Result<()> {
                let folder = tempfile::tempdir().unwrap();
                let db = super::Db::connect(&format!("sqlite:{}", folder.path().join("races.db").display())).await?;
                db.create_tables().await?;
                super::$name(db).await
            }
        }
    )+};
}

macro_rules! on_connections {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn on_postgres() {
                super::super::run(super::super::Database::Postgres, || async {
                    let db = super::super::Db::new(super::super::driver().await?);
                    db.create_tables().await?;
                    super::super::$name(db).await
                });
            }
        }
    )+};
}

on_threads!(
    upserts_of_one_key_count_every_time,
    upserts_in_several_steps_make_one_row,
    a_unique_value_has_one_owner,
    who_changes_what_he_has_seen_wins_alone,
    what_is_read_in_a_serializable_transaction_is_still_so_when_it_is_written,
    rows_of_one_call_come_together,
    a_rule_compares_with_what_was_there_at_that_moment,
    nobody_writes_after_his_right_is_gone,
);

mod connections {
    // Whose right is taken while his statement runs can still finish it there, if nobody asks for more isolation.
    on_connections!(
        upserts_of_one_key_count_every_time,
        upserts_in_several_steps_make_one_row,
        a_unique_value_has_one_owner,
        who_changes_what_he_has_seen_wins_alone,
        what_is_read_in_a_serializable_transaction_is_still_so_when_it_is_written,
        rows_of_one_call_come_together,
        a_rule_compares_with_what_was_there_at_that_moment,
        nobody_writes_after_his_right_is_gone_in_serializable_transactions,
    );
}
