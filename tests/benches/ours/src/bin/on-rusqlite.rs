//! rusqlite, written by hand, where it is asked for: the floor.

use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use harness::{Counting, Rival, Show, data, shown};
use rusqlite::{Connection, OptionalExtension, Row, params};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct User {
    id: i32,
    name: String,
    email: String,
}

struct Post {
    id: i32,
    created_at: DateTime<Utc>,
    title: String,
    body: String,
    published: bool,
    views: i32,
    author_id: i32,
}

struct Comment {
    id: i32,
    created_at: DateTime<Utc>,
    text: String,
    approved: bool,
    post_id: i32,
}

struct Attachment {
    id: i32,
    name: String,
    size: i32,
    post_id: i32,
}

struct Tag {
    id: i32,
    name: String,
    uses: i32,
    owner_id: i32,
}

shown!(User: id, name, email);
shown!(Post: id, created_at, title, body, published, views, author_id);
shown!(Comment: id, created_at, text, approved, post_id);
shown!(Attachment: id, name, size, post_id);
shown!(Tag: id, name, uses, owner_id);

impl User {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, name: row.get(1)?, email: row.get(2)? })
    }
}

impl Post {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            created_at: row.get(1)?,
            title: row.get(2)?,
            body: row.get(3)?,
            published: row.get(4)?,
            views: row.get(5)?,
            author_id: row.get(6)?,
        })
    }
}

impl Comment {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            created_at: row.get(1)?,
            text: row.get(2)?,
            approved: row.get(3)?,
            post_id: row.get(4)?,
        })
    }
}

impl Attachment {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, name: row.get(1)?, size: row.get(2)?, post_id: row.get(3)? })
    }
}

impl Tag {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, name: row.get(1)?, uses: row.get(2)?, owner_id: row.get(3)? })
    }
}

struct Rusqlite(Mutex<Connection>);

const POST: &str = "id, created_at, title, body, published, views, author_id";
const COMMENT: &str = "id, created_at, text, approved, post_id";

/// A constant text of SQL.
macro_rules! sql {
    ($name:ident, $($arg:tt)*) => {{
        static $name: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| format!($($arg)*));
        &*$name
    }};
}

/// Children beside their parents, both in the order of the parents' ids.
fn grouped<P, C>(
    parents: Vec<P>,
    children: Vec<C>,
    key: impl Fn(&P) -> i32,
    parent: impl Fn(&C) -> i32,
) -> Vec<(P, Vec<C>)> {
    let mut children = children.into_iter().peekable();
    let of = |at: P| {
        let id = key(&at);
        let mut list = Vec::new();
        while let Some(child) = children.next_if(|child| parent(child) == id) {
            list.push(child);
        }
        (at, list)
    };
    parents.into_iter().map(of).collect()
}

impl Rusqlite {
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap()
    }

    fn users(connection: &Connection) -> Vec<User> {
        let mut users =
            connection.prepare_cached("SELECT id, name, email FROM users WHERE id > ? ORDER BY id LIMIT ?").unwrap();
        users.query_map([data::AFTER_USER, data::PAGE], User::read).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn posts_of(connection: &Connection, users: &[User]) -> Vec<Post> {
        let ids = users.iter().map(|user| user.id.to_string()).collect::<Vec<_>>().join(",");
        let mut posts = connection
            .prepare_cached(sql!(
                TEXT,
                "SELECT {POST} FROM posts WHERE author_id IN (SELECT value FROM json_each(?)) \
                 AND (published OR author_id = ?) ORDER BY author_id, id"
            ))
            .unwrap();
        posts.query_map(params![format!("[{ids}]"), data::ME], Post::read).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn comments_of(connection: &Connection, post: i32) -> Vec<Comment> {
        let mut comments = connection
            .prepare_cached(sql!(TEXT, "SELECT {COMMENT} FROM comments WHERE post_id = ? AND approved ORDER BY id"))
            .unwrap();
        comments.query_map([post], Comment::read).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn post(connection: &Connection, id: i32) -> Option<Post> {
        let mut post = connection
            .prepare_cached(sql!(TEXT, "SELECT {POST} FROM posts WHERE id = ? AND (published OR author_id = ?)"))
            .unwrap();
        post.query_row([id, data::ME], Post::read).optional().unwrap()
    }

    fn first(connection: &Connection, views: i32) -> Option<Post> {
        let mut post = connection
            .prepare_cached(sql!(
                TEXT,
                "SELECT {POST} FROM posts WHERE views >= ? AND (published OR author_id = ?) ORDER BY id LIMIT 1"
            ))
            .unwrap();
        post.query_row([views, data::ME], Post::read).optional().unwrap()
    }

    fn insert_post(connection: &Connection, n: i32) -> Post {
        let mut post = connection
            .prepare_cached(sql!(
                TEXT,
                "INSERT INTO posts (created_at, title, body, published, views, author_id) \
                 VALUES (?, ?, ?, FALSE, 0, ?) RETURNING {POST}"
            ))
            .unwrap();
        let values = params![data::moment_text(n), data::title(n), data::body(n), data::ME];
        post.query_row(values, Post::read).unwrap()
    }

    fn insert_comment(connection: &Connection, post: i32, n: i32, text: String, approved: bool) -> Comment {
        let mut comment = connection
            .prepare_cached(sql!(
                TEXT,
                "INSERT INTO comments (created_at, text, approved, post_id) VALUES (?, ?, ?, ?) RETURNING {COMMENT}"
            ))
            .unwrap();
        comment.query_row(params![data::moment_text(n), text, approved, post], Comment::read).unwrap()
    }

    fn update_post(connection: &Connection, id: i32, title: &str) -> Option<Post> {
        let mut post = connection
            .prepare_cached(sql!(TEXT, "UPDATE posts SET title = ? WHERE id = ? AND author_id = ? RETURNING {POST}"))
            .unwrap();
        post.query_row(params![title, id, data::ME], Post::read).optional().unwrap()
    }

    fn update_comment(connection: &Connection, id: i32, post: i32, text: &str) {
        let mut comment = connection
            .prepare_cached(
                "UPDATE comments SET text = ? WHERE id = ? AND post_id = ? \
                 AND EXISTS (SELECT 1 FROM posts WHERE posts.id = post_id AND author_id = ?)",
            )
            .unwrap();
        assert_eq!(comment.execute(params![text, id, post, data::ME]).unwrap(), 1);
    }
}

impl Rival for Rusqlite {
    async fn find_unique(&self, id: i32) -> impl Show + Send {
        Self::post(&self.connection(), id)
    }

    async fn list(&self) -> impl Show + Send {
        let connection = self.connection();
        let mut posts = connection
            .prepare_cached(sql!(
                TEXT,
                "SELECT {POST} FROM posts WHERE views >= ? AND (published OR author_id = ?) \
                 ORDER BY id DESC LIMIT ? OFFSET ?"
            ))
            .unwrap();
        let values = [data::LEAST, data::ME, data::PAGE, data::PAGE];
        posts.query_map(values, Post::read).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    }

    async fn nested(&self) -> impl Show + Send {
        let mut connection = self.connection();
        let snapshot = connection.transaction().unwrap();
        let users = Self::users(&snapshot);
        let posts = Self::posts_of(&snapshot, &users);
        let ids = posts.iter().map(|post| post.id.to_string()).collect::<Vec<_>>().join(",");
        let comments: Vec<Comment> = snapshot
            .prepare_cached(sql!(
                TEXT,
                "SELECT {COMMENT} FROM comments WHERE post_id IN (SELECT value FROM json_each(?)) AND approved \
                 ORDER BY post_id, id"
            ))
            .unwrap()
            .query_map([format!("[{ids}]")], Comment::read)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let posts = grouped(posts, comments, |post| post.id, |comment| comment.post_id);
        grouped(users, posts, |user| user.id, |post| post.0.author_id)
    }

    async fn count(&self) -> impl Show + Send {
        let connection = self.connection();
        let mut count = connection
            .prepare_cached("SELECT count(*) FROM posts WHERE views >= ? AND (published OR author_id = ?)")
            .unwrap();
        count.query_row([data::LEAST, data::ME], |row| row.get::<_, i64>(0)).unwrap()
    }

    async fn relation_rule(&self) -> impl Show + Send {
        let connection = self.connection();
        let mut attachments = connection
            .prepare_cached(
                "SELECT id, name, size, post_id FROM attachments WHERE size >= ? AND EXISTS (SELECT 1 FROM posts \
                 WHERE posts.id = post_id AND (published OR author_id = ?)) ORDER BY id LIMIT ?",
            )
            .unwrap();
        let values = [data::LEAST, data::ME, data::PAGE];
        attachments.query_map(values, Attachment::read).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    }

    async fn find_many(&self) -> impl Show + Send {
        let connection = self.connection();
        let mut users = connection.prepare_cached("SELECT id, name, email FROM users ORDER BY id").unwrap();
        users.query_map([], User::read).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    }

    async fn one_level(&self) -> impl Show + Send {
        let mut connection = self.connection();
        let snapshot = connection.transaction().unwrap();
        let users = Self::users(&snapshot);
        let posts = Self::posts_of(&snapshot, &users);
        grouped(users, posts, |user| user.id, |post| post.author_id)
    }

    async fn find_first(&self, views: i32) -> impl Show + Send {
        Self::first(&self.connection(), views)
    }

    async fn find_first_nested(&self, views: i32) -> impl Show + Send {
        let mut connection = self.connection();
        let snapshot = connection.transaction().unwrap();
        let post = Self::first(&snapshot, views);
        post.map(|post| {
            let comments = Self::comments_of(&snapshot, post.id);
            (post, comments)
        })
    }

    async fn find_unique_nested(&self, id: i32) -> impl Show + Send {
        let mut connection = self.connection();
        let snapshot = connection.transaction().unwrap();
        let post = Self::post(&snapshot, id);
        post.map(|post| {
            let comments = Self::comments_of(&snapshot, post.id);
            (post, comments)
        })
    }

    async fn create(&self, n: i32) -> (i32, impl Show + Send) {
        let post = Self::insert_post(&self.connection(), n);
        (post.id, post)
    }

    async fn create_nested(&self, n: i32) -> impl Show + Send {
        let mut connection = self.connection();
        let transaction = connection.transaction().unwrap();
        let post = Self::insert_post(&transaction, n);
        let comments = (0..3).map(|c| Self::insert_comment(&transaction, post.id, n, data::title(c), true));
        let comments: Vec<Comment> = comments.collect();
        transaction.commit().unwrap();
        (post, comments)
    }

    async fn update(&self, id: i32, title: String) -> impl Show + Send {
        Self::update_post(&self.connection(), id, &title).unwrap()
    }

    async fn update_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
        let mut connection = self.connection();
        let transaction = connection.transaction().unwrap();
        let post = Self::update_post(&transaction, id, &title).unwrap();
        Self::update_comment(&transaction, comment, id, &title);
        transaction.commit().unwrap();
        post
    }

    async fn upsert(&self, name: String) -> impl Show + Send {
        let connection = self.connection();
        let mut tag = connection
            .prepare_cached(
                "INSERT INTO tags (name, uses, owner_id) VALUES (?1, 1, ?2) \
                 ON CONFLICT (name) DO UPDATE SET uses = uses + 1 WHERE owner_id = ?2 RETURNING id, name, uses, owner_id",
            )
            .unwrap();
        tag.query_row(params![name, data::ME], Tag::read).unwrap()
    }

    async fn upsert_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
        let mut connection = self.connection();
        let transaction = connection.transaction().unwrap();
        let post = if let Some(post) = Self::update_post(&transaction, id, &title) {
            Self::update_comment(&transaction, comment, id, &title);
            post
        } else {
            let post = Self::insert_post(&transaction, id);
            Self::insert_comment(&transaction, post.id, id, title, false);
            post
        };
        transaction.commit().unwrap();
        post
    }

    async fn update_many(&self, priority: i32) -> impl Show + Send {
        let connection = self.connection();
        let mut tasks =
            connection.prepare_cached("UPDATE tasks SET priority = ? WHERE batch = 0 AND owner_id = ?").unwrap();
        tasks.execute([priority, data::ME]).unwrap()
    }

    async fn create_many(&self, many: i32) -> impl Show + Send {
        let mut connection = self.connection();
        let transaction = connection.transaction().unwrap();
        let mut task = transaction
            .prepare_cached("INSERT INTO tasks (title, priority, done, batch, owner_id) VALUES (?, 0, FALSE, 1, ?)")
            .unwrap();
        let made: usize = (0..many).map(|n| task.execute(params![data::title(n), data::ME]).unwrap()).sum();
        drop(task);
        transaction.commit().unwrap();
        made
    }

    async fn delete(&self, id: i32) -> impl Show + Send {
        let connection = self.connection();
        let mut post = connection.prepare_cached("DELETE FROM posts WHERE id = ? AND author_id = ?").unwrap();
        assert_eq!(post.execute([id, data::ME]).unwrap(), 1);
    }

    async fn clear(&self) {
        self.connection().execute("DELETE FROM tasks WHERE batch = 1", []).unwrap();
    }

    async fn long(&self) -> impl Show + Send {
        let connection = self.connection();
        let mut count =
            connection.prepare_cached("SELECT count(*) FROM comments WHERE approved AND instr(text, ?) > 0").unwrap();
        count.query_row([data::NOWHERE], |row| row.get::<_, i64>(0)).unwrap()
    }
}

fn main() {
    harness::serve(|path| async move {
        let connection = Connection::open(path).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection.pragma_update(None, "synchronous", "NORMAL").unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        // As zmodel's driver does: a table of some megabytes is not read again for each walk through it.
        if std::env::var_os("AS_IT_COMES").is_none() {
            connection.pragma_update(None, "cache_size", -16_384).unwrap();
        }
        // Otherwise SQLite prepares a statement anew for each value of a LIMIT.
        connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).unwrap();
        connection.set_prepared_statement_cache_capacity(64);
        Rusqlite(Mutex::new(connection))
    });
}
