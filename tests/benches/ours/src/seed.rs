//! Filling the database.

use std::path::Path;
use std::pin::pin;

use bytes::Bytes;
use futures_util::SinkExt;
use harness::data::{self, ME};
use rusqlite::{Connection, params};
use tokio_postgres::NoTls;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

/// Makes the tables as zmodel makes them.
async fn tables(url: &str) {
    let db = crate::db::Db::connect(url).await.expect("a new database");
    db.create_tables().await.expect("its tables");
}

/// The tables and the rows in a file.
pub(crate) fn sqlite(path: &Path) -> rusqlite::Result<()> {
    runtime().block_on(tables(&format!("sqlite:{}", path.display())));
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

/// The tables and the rows in an empty database.
pub(crate) fn postgres(url: &str) -> Result<(), tokio_postgres::Error> {
    runtime().block_on(async {
        tables(url).await;
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        // Rivals want to know that it is UTC.
        let instants = "ALTER TABLE posts ALTER created_at TYPE timestamptz(3); \
                        ALTER TABLE comments ALTER created_at TYPE timestamptz(3)";
        client.batch_execute(instants).await?;
        let mut texts: [Vec<String>; 6] = Default::default();
        let [users, posts, comments, attachments, tasks, tags] = &mut texts;
        for user in 1..=data::USERS {
            users.push(format!("{user}\tUser {user}\tuser{user}@example.org\n"));
            for at in 0..data::POSTS {
                let id = (user - 1) * data::POSTS + at + 1;
                let (moment, published, views) = (data::moment_text(id), at < data::PUBLISHED, data::views(id));
                let (title, body) = (data::title(id), data::body(id));
                posts.push(format!("{id}\t{moment}\t{title}\t{body}\t{published}\t{views}\t{user}\n"));
                attachments.push(format!("{id}\tpicture-{id}.png\t{}\t{id}\n", data::views(id + 7)));
                for at in 0..data::COMMENTS {
                    let comment = (id - 1) * data::COMMENTS + at + 1;
                    let text = format!("Comment {comment}: I could not agree more with what was said");
                    comments.push(format!("{comment}\t{moment}\t{text}\t{}\t{id}\n", at < data::APPROVED));
                }
            }
        }
        for task in 0..data::TASKS * 5 {
            let owner = if task % 5 == 0 { ME } else { ME + 1 };
            tasks.push(format!("{}\t{}\t0\tf\t0\t{owner}\n", task + 1, data::title(task)));
        }
        for tag in 1..=data::TAGS {
            tags.push(format!("{tag}\ttag-{tag}\t1\t{ME}\n"));
        }
        let tables = [
            "users (id, name, email)",
            "posts (id, created_at, title, body, published, views, author_id)",
            "comments (id, created_at, text, approved, post_id)",
            "attachments (id, name, size, post_id)",
            "tasks (id, title, priority, done, batch, owner_id)",
            "tags (id, name, uses, owner_id)",
        ];
        for (table, text) in tables.into_iter().zip(texts) {
            let mut sink = pin!(client.copy_in::<_, Bytes>(&format!("COPY {table} FROM STDIN")).await?);
            sink.send(Bytes::from(text.concat())).await?;
            sink.close().await?;
            let name = table.split(' ').next().unwrap_or_default();
            let counted = format!("SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}");
            client.batch_execute(&counted).await?;
        }
        client.batch_execute("VACUUM ANALYZE").await
    })
}
