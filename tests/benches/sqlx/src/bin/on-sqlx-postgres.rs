//! sqlx on PostgreSQL.

use harness::Counting;
use sqlx::postgres::PgPool;

#[path = "../sqlx.rs"]
mod rival;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Database = sqlx::Postgres;

const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Is one of some ids.
macro_rules! among {
    () => {
        "= ANY($1)"
    };
}
use among;

macro_rules! contains {
    () => {
        "strpos(text, $1) > 0"
    };
}
use contains;

fn ids(ids: impl Iterator<Item = i32>) -> Vec<i32> {
    ids.collect()
}

fn main() {
    harness::serve(|url| async move { rival::Sqlx(PgPool::connect(&url).await.unwrap()) });
}
