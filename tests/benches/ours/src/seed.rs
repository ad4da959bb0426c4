//! Filling the database.

use std::path::Path;

use harness::data::{self, ME};
use rusqlite::{Connection, params};

/// Makes the tables as zmodel makes them, and the rows.
pub(crate) fn seed(path: &Path) -> rusqlite::Result<()> {
    let url = format!("sqlite:{}", path.display());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let db = crate::db::Db::connect(&url).await.expect("a new database");
        db.create_tables().await.expect("its tables");
    });
    let mut connection = Connection::open(path)?;
    let transaction = connection.transaction()?;
    {
        let mut users = transaction.prepare("INSERT INTO users (id, name, email) VALUES (?, ?, ?)")?;
        let mut posts = transaction.prepare(
            "INSERT INTO posts (id, created_at, title, body, published, views, author_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?;
        let mut comments = transaction
            .prepare("INSERT INTO comments (id, created_at, text, approved, post_id) VALUES (?, ?, ?, ?, ?)")?;
        let mut attachments =
            transaction.prepare("INSERT INTO attachments (id, name, size, post_id) VALUES (?, ?, ?, ?)")?;
        for user in 1..=data::USERS {
            users.execute(params![user, format!("User {user}"), format!("user{user}@example.org")])?;
            for at in 0..data::POSTS {
                let id = (user - 1) * data::POSTS + at + 1;
                let (moment, published) = (data::moment_text(id), at < data::PUBLISHED);
                posts.execute(params![
                    id,
                    moment,
                    data::title(id),
                    data::body(id),
                    published,
                    data::views(id),
                    user
                ])?;
                attachments.execute(params![id, format!("picture-{id}.png"), data::views(id + 7), id])?;
                for at in 0..data::COMMENTS {
                    let comment = (id - 1) * data::COMMENTS + at + 1;
                    let text = format!("Comment {comment}: I could not agree more with what was said");
                    comments.execute(params![comment, moment, text, at < data::APPROVED, id])?;
                }
            }
        }
        let mut tasks = transaction
            .prepare("INSERT INTO tasks (title, priority, done, batch, owner_id) VALUES (?, 0, FALSE, 0, ?)")?;
        for task in 0..data::TASKS * 5 {
            tasks.execute(params![data::title(task), if task % 5 == 0 { ME } else { ME + 1 }])?;
        }
        let mut tags = transaction.prepare("INSERT INTO tags (name, uses, owner_id) VALUES (?, 1, ?)")?;
        for tag in 1..=data::TAGS {
            tags.execute(params![format!("tag-{tag}"), ME])?;
        }
    }
    transaction.commit()?;
    connection.execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")
}
