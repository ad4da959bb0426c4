//! Statements of SQLite run where they are asked for while that holds up nobody.

#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use db::{Db, post};
use zmodel_macros::zmodel;
use zmodel_runtime::driver::sqlite::{Run, Sqlite};
use zmodel_runtime::driver::{Driver as _, Query, QueryKind};
use zmodel_runtime::{Result, Value};

/// Posts with a unique title, which nobody but the program writes.
#[zmodel("schemas/transactions.zmodel")]
pub mod db {}

fn new(id: i32) -> post::New {
    post::New { id, title: format!("What happened on day {id}: {}", "nothing much, ".repeat(60)) }
}

/// How many turns another task had while so many posts were looked through, after this had been quick a few times.
async fn turns(run: Run) -> Result<u64> {
    let db = Db::new(Sqlite::open_with("sqlite::memory:", run)?);
    db.create_tables().await?;
    let all = db.unguarded("test");
    all.post().create_many((1..8).map(new)).await?;
    let count = || async {
        let posts = all.post().count().filter(|post| post.title.contains("day 7"));
        posts.filter(|post| !post.title.contains("wonder") & !post.title.contains("scandal")).await
    };
    for _ in 0..8 {
        assert_eq!(count().await?, 1);
    }
    all.post().create_many((8..6_000).map(new)).await?;
    let (turns, done) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
    let other = tokio::spawn({
        let (turns, done) = (Arc::clone(&turns), Arc::clone(&done));
        async move {
            while !done.load(Ordering::Relaxed) {
                turns.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        }
    });
    let counted = count().await?;
    done.store(true, Ordering::Relaxed);
    let turns = turns.load(Ordering::Relaxed);
    let _ = other.await;
    assert_eq!(counted, (1..6_000).filter(|id: &i32| id.to_string().starts_with('7')).count() as u64);
    Ok(turns)
}

#[tokio::test]
async fn what_turns_out_to_be_long_is_run_elsewhere() -> Result<()> {
    assert_eq!(turns(Run::Here).await?, 0);
    assert!(turns(Run::ByPace).await? > 0);
    assert!(turns(Run::Elsewhere).await? > 0);
    Ok(())
}

#[tokio::test]
async fn rows_that_were_read_before_a_statement_was_stopped_are_read_once() -> Result<()> {
    let db = Db::new(Sqlite::open("sqlite::memory:")?);
    db.create_tables().await?;
    let all = db.unguarded("test");
    let ids = async || -> Result<Vec<i32>> {
        let posts = all.post().find_many().order_by(|post| post.id.asc()).await?;
        Ok(posts.into_iter().map(|post| post.id).collect())
    };
    let last = async || {
        all.post().find_first().order_by(|post| post.id.desc()).filter(|post| post.title.contains("day 3:")).await
    };
    all.post().create_many((1..8).map(new)).await?;
    for _ in 0..8 {
        assert_eq!(ids().await?, (1..8).collect::<Vec<_>>());
        assert_eq!(last().await?.map(|post| post.id), Some(3));
    }
    all.post().create_many((8..20_000).map(new)).await?;
    assert_eq!(ids().await?, (1..20_000).collect::<Vec<_>>());
    assert_eq!(last().await?.map(|post| post.id), Some(3));
    Ok(())
}

#[tokio::test]
async fn a_write_that_waits_for_another_program_holds_up_nobody() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posts");
    let db = Db::connect(&format!("sqlite:{}", path.display())).await?;
    db.create_tables().await?;
    let all = db.unguarded("test");
    for id in 1..20 {
        all.post().create(new(id)).await?;
        all.in_transaction(async |tx| tx.post().update(id).set(|post| post.title, format!("changed {id}")).await)
            .await?;
    }
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // There is one thread: were it held up, the other program would never be done.
    let (one, two) = (all.clone(), all.clone());
    let create = tokio::spawn(async move { one.post().create(new(20)).await });
    let change = tokio::spawn(async move {
        two.in_transaction(async |tx| tx.post().update(1).set(|post| post.title, "changed").await).await
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!create.is_finished() && !change.is_finished());
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(create.await.unwrap()?.id, 20);
    assert_eq!(change.await.unwrap()?.title, "changed");
    Ok(())
}

#[tokio::test]
async fn the_log_does_not_grow_without_end() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("posts");
    let db = Db::connect(&format!("sqlite:{}", path.display())).await?;
    db.create_tables().await?;
    let all = db.unguarded("test");
    for id in 1..3_000 {
        all.post().create(new(id)).await?;
    }
    let log = std::fs::metadata(folder.path().join("posts-wal")).unwrap().len();
    assert!(log > 0, "it is kept in write-ahead mode");
    // A page is 4 KiB, and each post writes at least two of them.
    assert!(log < 2_500 * 4_096, "{log}");
    assert_eq!(all.post().count().await?, 2_999);
    Ok(())
}

#[tokio::test]
async fn a_connection_keeps_sixteen_megabytes_of_what_it_reads() -> Result<()> {
    let file = tempfile::NamedTempFile::new().unwrap();
    let sqlite = Sqlite::open(&file.path().display().to_string())?;
    let text = "SELECT cache_size FROM pragma_cache_size";
    let rows = sqlite.run(Query { text: text.into(), values: Vec::new(), kind: QueryKind::Read }).await?;
    assert_eq!(rows.cells, [Value::Int(-16 * 1024)]);
    Ok(())
}
