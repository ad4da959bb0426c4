//! Diesel on SQLite.

use std::sync::Mutex;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use harness::Counting;

#[path = "../diesel.rs"]
mod rival;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Database = SqliteConnection;
type Moment = diesel::sql_types::TimestamptzSqlite;

fn snapshot<T>(connection: &mut Database, work: impl FnOnce(&mut Database) -> QueryResult<T>) -> QueryResult<T> {
    connection.transaction(work)
}

fn insert_tasks(connection: &mut Database, tasks: Vec<rival::NewTask>) -> usize {
    diesel::insert_into(rival::tasks::table).values(tasks).execute(connection).unwrap()
}

fn main() {
    harness::serve(|path| async move {
        let mut connection = SqliteConnection::establish(&path).unwrap();
        let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON";
        connection.batch_execute(pragmas).unwrap();
        rival::Diesel(Mutex::new(connection))
    });
}
