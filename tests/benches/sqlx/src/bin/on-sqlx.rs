//! sqlx on SQLite.

use std::str::FromStr;

use harness::Counting;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};

#[path = "../sqlx.rs"]
mod rival;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Database = sqlx::Sqlite;

const SNAPSHOT: &str = "BEGIN";

/// Is one of some ids.
macro_rules! among {
    () => {
        "IN (SELECT value FROM json_each($1))"
    };
}
use among;

macro_rules! contains {
    () => {
        "instr(text, $1) > 0"
    };
}
use contains;

fn ids(ids: impl Iterator<Item = i32>) -> String {
    format!("[{}]", ids.map(|id| id.to_string()).collect::<Vec<_>>().join(","))
}

fn main() {
    harness::serve(|path| async move {
        let options = SqliteConnectOptions::from_str(&path).unwrap();
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal);
        rival::Sqlx(SqlitePool::connect_with(options.foreign_keys(true)).await.unwrap())
    });
}
