//! sqlx, with its pool. The crate says which database.

use chrono::{DateTime, Utc};
use harness::{Rival, Show, data, shown};
use sqlx::{Executor, FromRow, QueryBuilder};

use crate::{Database, SNAPSHOT, among, contains, ids};

type Connection = <Database as sqlx::Database>::Connection;

#[derive(FromRow)]
struct User {
    id: i32,
    name: String,
    email: String,
}

#[derive(FromRow)]
struct Post {
    id: i32,
    created_at: DateTime<Utc>,
    title: String,
    body: String,
    published: bool,
    views: i32,
    author_id: i32,
}

#[derive(FromRow)]
struct Comment {
    id: i32,
    created_at: DateTime<Utc>,
    text: String,
    approved: bool,
    post_id: i32,
}

#[derive(FromRow)]
struct Attachment {
    id: i32,
    name: String,
    size: i32,
    post_id: i32,
}

#[derive(FromRow)]
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

pub(crate) struct Sqlx(pub(crate) sqlx::Pool<Database>);

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

async fn users(connection: &mut Connection) -> Vec<User> {
    let users = sqlx::query_as("SELECT id, name, email FROM users WHERE id > $1 ORDER BY id LIMIT $2");
    users.bind(data::AFTER_USER).bind(data::PAGE).fetch_all(connection).await.unwrap()
}

async fn posts_of(connection: &mut Connection, users: &[User]) -> Vec<Post> {
    let posts = sqlx::query_as(concat!(
        "SELECT id, created_at, title, body, published, views, author_id FROM posts WHERE author_id ",
        among!(),
        " AND (published OR author_id = $2) ORDER BY author_id, id"
    ));
    posts.bind(ids(users.iter().map(|user| user.id))).bind(data::ME).fetch_all(connection).await.unwrap()
}

async fn comments_of(connection: &mut Connection, post: i32) -> Vec<Comment> {
    let comments = sqlx::query_as(
        "SELECT id, created_at, text, approved, post_id FROM comments WHERE post_id = $1 AND approved ORDER BY id",
    );
    comments.bind(post).fetch_all(connection).await.unwrap()
}

async fn post<'a>(on: impl Executor<'a, Database = Database>, id: i32) -> Option<Post> {
    let post = sqlx::query_as(
        "SELECT id, created_at, title, body, published, views, author_id FROM posts \
         WHERE id = $1 AND (published OR author_id = $2)",
    );
    post.bind(id).bind(data::ME).fetch_optional(on).await.unwrap()
}

async fn first<'a>(on: impl Executor<'a, Database = Database>, views: i32) -> Option<Post> {
    let post = sqlx::query_as(
        "SELECT id, created_at, title, body, published, views, author_id FROM posts \
         WHERE views >= $1 AND (published OR author_id = $2) ORDER BY id LIMIT 1",
    );
    post.bind(views).bind(data::ME).fetch_optional(on).await.unwrap()
}

async fn insert_post<'a>(on: impl Executor<'a, Database = Database>, n: i32) -> Post {
    let post = sqlx::query_as(
        "INSERT INTO posts (created_at, title, body, published, views, author_id) VALUES ($1, $2, $3, FALSE, 0, $4) \
         RETURNING id, created_at, title, body, published, views, author_id",
    );
    let post = post.bind(data::moment(n)).bind(data::title(n)).bind(data::body(n)).bind(data::ME);
    post.fetch_one(on).await.unwrap()
}

async fn insert_comment(connection: &mut Connection, post: i32, n: i32, text: String, approved: bool) -> Comment {
    let comment = sqlx::query_as(
        "INSERT INTO comments (created_at, text, approved, post_id) VALUES ($1, $2, $3, $4) \
         RETURNING id, created_at, text, approved, post_id",
    );
    comment.bind(data::moment(n)).bind(text).bind(approved).bind(post).fetch_one(connection).await.unwrap()
}

async fn update_post<'a>(on: impl Executor<'a, Database = Database>, id: i32, title: &str) -> Option<Post> {
    let post = sqlx::query_as(
        "UPDATE posts SET title = $1 WHERE id = $2 AND author_id = $3 \
         RETURNING id, created_at, title, body, published, views, author_id",
    );
    post.bind(title.to_owned()).bind(id).bind(data::ME).fetch_optional(on).await.unwrap()
}

async fn update_comment(connection: &mut Connection, id: i32, post: i32, text: &str) {
    let comment = sqlx::query(
        "UPDATE comments SET text = $1 WHERE id = $2 AND post_id = $3 \
         AND EXISTS (SELECT 1 FROM posts WHERE posts.id = post_id AND author_id = $4)",
    );
    let comment = comment.bind(text.to_owned()).bind(id).bind(post).bind(data::ME);
    assert_eq!(comment.execute(connection).await.unwrap().rows_affected(), 1);
}

impl Rival for Sqlx {
    async fn find_unique(&self, id: i32) -> impl Show + Send {
        post(&self.0, id).await
    }

    async fn list(&self) -> impl Show + Send {
        let posts = sqlx::query_as::<_, Post>(
            "SELECT id, created_at, title, body, published, views, author_id FROM posts \
             WHERE views >= $1 AND (published OR author_id = $2) ORDER BY id DESC LIMIT $3 OFFSET $4",
        );
        let posts = posts.bind(data::LEAST).bind(data::ME).bind(data::PAGE).bind(data::PAGE);
        posts.fetch_all(&self.0).await.unwrap()
    }

    async fn nested(&self) -> impl Show + Send {
        let mut snapshot = self.0.begin_with(SNAPSHOT).await.unwrap();
        let users = users(&mut snapshot).await;
        let posts = posts_of(&mut snapshot, &users).await;
        let comments = sqlx::query_as::<_, Comment>(concat!(
            "SELECT id, created_at, text, approved, post_id FROM comments WHERE post_id ",
            among!(),
            " AND approved ORDER BY post_id, id"
        ));
        let comments = comments.bind(ids(posts.iter().map(|post| post.id))).fetch_all(&mut *snapshot).await.unwrap();
        snapshot.commit().await.unwrap();
        let posts = grouped(posts, comments, |post| post.id, |comment| comment.post_id);
        grouped(users, posts, |user| user.id, |post| post.0.author_id)
    }

    async fn count(&self) -> impl Show + Send {
        let count = sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM posts WHERE views >= $1 AND (published OR author_id = $2)",
        );
        count.bind(data::LEAST).bind(data::ME).fetch_one(&self.0).await.unwrap()
    }

    async fn relation_rule(&self) -> impl Show + Send {
        let attachments = sqlx::query_as::<_, Attachment>(
            "SELECT id, name, size, post_id FROM attachments WHERE size >= $1 AND EXISTS (SELECT 1 FROM posts \
             WHERE posts.id = post_id AND (published OR author_id = $2)) ORDER BY id LIMIT $3",
        );
        attachments.bind(data::LEAST).bind(data::ME).bind(data::PAGE).fetch_all(&self.0).await.unwrap()
    }

    async fn find_many(&self) -> impl Show + Send {
        sqlx::query_as::<_, User>("SELECT id, name, email FROM users ORDER BY id").fetch_all(&self.0).await.unwrap()
    }

    async fn one_level(&self) -> impl Show + Send {
        let mut snapshot = self.0.begin_with(SNAPSHOT).await.unwrap();
        let users = users(&mut snapshot).await;
        let posts = posts_of(&mut snapshot, &users).await;
        snapshot.commit().await.unwrap();
        grouped(users, posts, |user| user.id, |post| post.author_id)
    }

    async fn find_first(&self, views: i32) -> impl Show + Send {
        first(&self.0, views).await
    }

    async fn find_first_nested(&self, views: i32) -> impl Show + Send {
        let mut snapshot = self.0.begin_with(SNAPSHOT).await.unwrap();
        let Some(post) = first(&mut *snapshot, views).await else { return None };
        let comments = comments_of(&mut snapshot, post.id).await;
        snapshot.commit().await.unwrap();
        Some((post, comments))
    }

    async fn find_unique_nested(&self, id: i32) -> impl Show + Send {
        let mut snapshot = self.0.begin_with(SNAPSHOT).await.unwrap();
        let Some(post) = post(&mut *snapshot, id).await else { return None };
        let comments = comments_of(&mut snapshot, post.id).await;
        snapshot.commit().await.unwrap();
        Some((post, comments))
    }

    async fn create(&self, n: i32) -> (i32, impl Show + Send) {
        let post = insert_post(&self.0, n).await;
        (post.id, post)
    }

    async fn create_nested(&self, n: i32) -> impl Show + Send {
        let mut transaction = self.0.begin().await.unwrap();
        let post = insert_post(&mut *transaction, n).await;
        let mut comments = Vec::with_capacity(3);
        for c in 0..3 {
            comments.push(insert_comment(&mut transaction, post.id, n, data::title(c), true).await);
        }
        transaction.commit().await.unwrap();
        (post, comments)
    }

    async fn update(&self, id: i32, title: String) -> impl Show + Send {
        update_post(&self.0, id, &title).await.unwrap()
    }

    async fn update_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
        let mut transaction = self.0.begin().await.unwrap();
        let post = update_post(&mut *transaction, id, &title).await.unwrap();
        update_comment(&mut transaction, comment, id, &title).await;
        transaction.commit().await.unwrap();
        post
    }

    async fn upsert(&self, name: String) -> impl Show + Send {
        let tag = sqlx::query_as::<_, Tag>(
            "INSERT INTO tags (name, uses, owner_id) VALUES ($1, 1, $2) \
             ON CONFLICT (name) DO UPDATE SET uses = tags.uses + 1 WHERE tags.owner_id = $2 RETURNING id, name, uses, owner_id",
        );
        tag.bind(name).bind(data::ME).fetch_one(&self.0).await.unwrap()
    }

    async fn upsert_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
        let mut transaction = self.0.begin().await.unwrap();
        let post = if let Some(post) = update_post(&mut *transaction, id, &title).await {
            update_comment(&mut transaction, comment, id, &title).await;
            post
        } else {
            let post = insert_post(&mut *transaction, id).await;
            insert_comment(&mut transaction, post.id, id, title, false).await;
            post
        };
        transaction.commit().await.unwrap();
        post
    }

    async fn update_many(&self, priority: i32) -> impl Show + Send {
        let tasks = sqlx::query("UPDATE tasks SET priority = $1 WHERE batch = 0 AND owner_id = $2");
        tasks.bind(priority).bind(data::ME).execute(&self.0).await.unwrap().rows_affected()
    }

    async fn create_many(&self, many: i32) -> impl Show + Send {
        let mut transaction = self.0.begin().await.unwrap();
        let mut made = 0;
        // As many rows a statement as it can have parameters.
        let all: Vec<i32> = (0..many).collect();
        for part in all.chunks(10_000) {
            let mut tasks =
                QueryBuilder::<Database>::new("INSERT INTO tasks (title, priority, done, batch, owner_id) ");
            tasks.push_values(part, |mut row, n| {
                row.push_bind(data::title(*n)).push("0").push("FALSE").push("1").push_bind(data::ME);
            });
            made += tasks.build().persistent(false).execute(&mut *transaction).await.unwrap().rows_affected();
        }
        transaction.commit().await.unwrap();
        made
    }

    async fn delete(&self, id: i32) -> impl Show + Send {
        let post = sqlx::query("DELETE FROM posts WHERE id = $1 AND author_id = $2");
        assert_eq!(post.bind(id).bind(data::ME).execute(&self.0).await.unwrap().rows_affected(), 1);
    }

    async fn clear(&self) {
        sqlx::query("DELETE FROM tasks WHERE batch = 1").execute(&self.0).await.unwrap();
    }

    async fn long(&self) -> impl Show + Send {
        let count =
            sqlx::query_scalar::<_, i64>(concat!("SELECT count(*) FROM comments WHERE approved AND ", contains!()));
        count.bind(data::NOWHERE).fetch_one(&self.0).await.unwrap()
    }
}
