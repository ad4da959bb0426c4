//! Diesel on PostgreSQL.

use std::sync::Mutex;

use diesel::prelude::*;
use harness::Counting;

#[path = "../diesel.rs"]
mod rival;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Database = PgConnection;
type Moment = diesel::sql_types::Timestamptz;

fn snapshot<T>(connection: &mut Database, work: impl FnOnce(&mut Database) -> QueryResult<T>) -> QueryResult<T> {
    connection.build_transaction().repeatable_read().read_only().run(work)
}

/// As many rows a statement as it can have parameters.
fn insert_tasks(connection: &mut Database, tasks: Vec<rival::NewTask>) -> usize {
    let insert = |connection: &mut Database| {
        let parts = tasks.chunks(10_000);
        let made = parts.map(|part| diesel::insert_into(rival::tasks::table).values(part).execute(connection));
        made.sum::<QueryResult<usize>>()
    };
    connection.transaction(insert).unwrap()
}

fn main() {
    harness::serve(|url| async move { rival::Diesel(Mutex::new(PgConnection::establish(&url).unwrap())) });
}
