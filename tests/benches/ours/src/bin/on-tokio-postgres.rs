//! tokio-postgres, written by hand, on the pool that is used with it: the floor on PostgreSQL.

use chrono::{DateTime, Utc};
use deadpool_postgres::{Manager, Object, Pool};
use harness::{Counting, Rival, Show, data, shown};
use tokio_postgres::types::ToSql;
use tokio_postgres::{NoTls, Row};

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

fn user(row: &Row) -> User {
    User { id: row.get(0), name: row.get(1), email: row.get(2) }
}

fn post(row: &Row) -> Post {
    Post {
        id: row.get(0),
        created_at: row.get(1),
        title: row.get(2),
        body: row.get(3),
        published: row.get(4),
        views: row.get(5),
        author_id: row.get(6),
    }
}

fn comment(row: &Row) -> Comment {
    Comment { id: row.get(0), created_at: row.get(1), text: row.get(2), approved: row.get(3), post_id: row.get(4) }
}

fn attachment(row: &Row) -> Attachment {
    Attachment { id: row.get(0), name: row.get(1), size: row.get(2), post_id: row.get(3) }
}

fn tag(row: &Row) -> Tag {
    Tag { id: row.get(0), name: row.get(1), uses: row.get(2), owner_id: row.get(3) }
}

type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

async fn rows(client: &Object, text: &str, values: Values<'_>) -> Vec<Row> {
    let statement = client.prepare_cached(text).await.unwrap();
    client.query(&statement, values).await.unwrap()
}

async fn row(client: &Object, text: &str, values: Values<'_>) -> Option<Row> {
    let statement = client.prepare_cached(text).await.unwrap();
    client.query_opt(&statement, values).await.unwrap()
}

async fn execute(client: &Object, text: &str, values: Values<'_>) -> u64 {
    let statement = client.prepare_cached(text).await.unwrap();
    client.execute(&statement, values).await.unwrap()
}

async fn command(client: &Object, text: &str) {
    client.batch_execute(text).await.unwrap();
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

/// So that what is read is of one moment.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

struct Floor(Pool);

impl Floor {
    async fn client(&self) -> Object {
        self.0.get().await.unwrap()
    }
}

async fn users(client: &Object) -> Vec<User> {
    let text = "SELECT id, name, email FROM users WHERE id > $1 ORDER BY id LIMIT $2";
    rows(client, text, &[&data::AFTER_USER, &i64::from(data::PAGE)]).await.iter().map(user).collect()
}

async fn posts_of(client: &Object, users: &[User]) -> Vec<Post> {
    let text = "SELECT id, created_at, title, body, published, views, author_id FROM posts \
                WHERE author_id = ANY($1) AND (published OR author_id = $2) ORDER BY author_id, id";
    let ids: Vec<i32> = users.iter().map(|user| user.id).collect();
    rows(client, text, &[&ids, &data::ME]).await.iter().map(post).collect()
}

async fn comments_of(client: &Object, ids: Vec<i32>) -> Vec<Comment> {
    let text = "SELECT id, created_at, text, approved, post_id FROM comments \
                WHERE post_id = ANY($1) AND approved ORDER BY post_id, id";
    rows(client, text, &[&ids]).await.iter().map(comment).collect()
}

async fn find_post(client: &Object, id: i32) -> Option<Post> {
    let text = "SELECT id, created_at, title, body, published, views, author_id FROM posts \
                WHERE id = $1 AND (published OR author_id = $2)";
    row(client, text, &[&id, &data::ME]).await.as_ref().map(post)
}

async fn first(client: &Object, views: i32) -> Option<Post> {
    let text = "SELECT id, created_at, title, body, published, views, author_id FROM posts \
                WHERE views >= $1 AND (published OR author_id = $2) ORDER BY id LIMIT 1";
    row(client, text, &[&views, &data::ME]).await.as_ref().map(post)
}

async fn insert_post(client: &Object, n: i32) -> Post {
    let text = "INSERT INTO posts (created_at, title, body, published, views, author_id) \
                VALUES ($1, $2, $3, FALSE, 0, $4) \
                RETURNING id, created_at, title, body, published, views, author_id";
    let values: Values<'_> = &[&data::moment(n), &data::title(n), &data::body(n), &data::ME];
    post(&row(client, text, values).await.unwrap())
}

async fn insert_comment(client: &Object, post: i32, n: i32, text: String, approved: bool) -> Comment {
    let insert = "INSERT INTO comments (created_at, text, approved, post_id) VALUES ($1, $2, $3, $4) \
                  RETURNING id, created_at, text, approved, post_id";
    comment(&row(client, insert, &[&data::moment(n), &text, &approved, &post]).await.unwrap())
}

async fn update_post(client: &Object, id: i32, title: &str) -> Option<Post> {
    let text = "UPDATE posts SET title = $1 WHERE id = $2 AND author_id = $3 \
                RETURNING id, created_at, title, body, published, views, author_id";
    row(client, text, &[&title, &id, &data::ME]).await.as_ref().map(post)
}

async fn update_comment(client: &Object, id: i32, post: i32, text: &str) {
    let update = "UPDATE comments SET text = $1 WHERE id = $2 AND post_id = $3 \
                  AND EXISTS (SELECT 1 FROM posts WHERE posts.id = post_id AND author_id = $4)";
    assert_eq!(execute(client, update, &[&text, &id, &post, &data::ME]).await, 1);
}

impl Rival for Floor {
    async fn find_unique(&self, id: i32) -> impl Show + Send {
        find_post(&self.client().await, id).await
    }

    async fn list(&self) -> impl Show + Send {
        let text = "SELECT id, created_at, title, body, published, views, author_id FROM posts \
                    WHERE views >= $1 AND (published OR author_id = $2) ORDER BY id DESC LIMIT $3 OFFSET $4";
        let page = i64::from(data::PAGE);
        let found = rows(&self.client().await, text, &[&data::LEAST, &data::ME, &page, &page]).await;
        found.iter().map(post).collect::<Vec<_>>()
    }

    async fn nested(&self) -> impl Show + Send {
        let client = self.client().await;
        command(&client, SNAPSHOT).await;
        let users = users(&client).await;
        let posts = posts_of(&client, &users).await;
        let comments = comments_of(&client, posts.iter().map(|post| post.id).collect()).await;
        command(&client, "COMMIT").await;
        let posts = grouped(posts, comments, |post| post.id, |comment| comment.post_id);
        grouped(users, posts, |user| user.id, |post| post.0.author_id)
    }

    async fn count(&self) -> impl Show + Send {
        let text = "SELECT count(*) FROM posts WHERE views >= $1 AND (published OR author_id = $2)";
        let found = row(&self.client().await, text, &[&data::LEAST, &data::ME]).await.unwrap();
        found.get::<_, i64>(0)
    }

    async fn relation_rule(&self) -> impl Show + Send {
        let text = "SELECT id, name, size, post_id FROM attachments WHERE size >= $1 AND EXISTS (SELECT 1 FROM posts \
                    WHERE posts.id = post_id AND (published OR author_id = $2)) ORDER BY id LIMIT $3";
        let values: Values<'_> = &[&data::LEAST, &data::ME, &i64::from(data::PAGE)];
        rows(&self.client().await, text, values).await.iter().map(attachment).collect::<Vec<_>>()
    }

    async fn find_many(&self) -> impl Show + Send {
        let text = "SELECT id, name, email FROM users ORDER BY id";
        rows(&self.client().await, text, &[]).await.iter().map(user).collect::<Vec<_>>()
    }

    async fn one_level(&self) -> impl Show + Send {
        let client = self.client().await;
        command(&client, SNAPSHOT).await;
        let users = users(&client).await;
        let posts = posts_of(&client, &users).await;
        command(&client, "COMMIT").await;
        grouped(users, posts, |user| user.id, |post| post.author_id)
    }

    async fn find_first(&self, views: i32) -> impl Show + Send {
        first(&self.client().await, views).await
    }

    async fn find_first_nested(&self, views: i32) -> impl Show + Send {
        let client = self.client().await;
        command(&client, SNAPSHOT).await;
        let post = first(&client, views).await;
        let comments = match &post {
            Some(post) => comments_of(&client, vec![post.id]).await,
            None => Vec::new(),
        };
        command(&client, "COMMIT").await;
        post.map(|post| (post, comments))
    }

    async fn find_unique_nested(&self, id: i32) -> impl Show + Send {
        let client = self.client().await;
        command(&client, SNAPSHOT).await;
        let post = find_post(&client, id).await;
        let comments = match &post {
            Some(post) => comments_of(&client, vec![post.id]).await,
            None => Vec::new(),
        };
        command(&client, "COMMIT").await;
        post.map(|post| (post, comments))
    }

    async fn create(&self, n: i32) -> (i32, impl Show + Send) {
        let post = insert_post(&self.client().await, n).await;
        (post.id, post)
    }

    async fn create_nested(&self, n: i32) -> impl Show + Send {
        let client = self.client().await;
        command(&client, "BEGIN").await;
        let post = insert_post(&client, n).await;
        let mut comments = Vec::with_capacity(3);
        for c in 0..3 {
            comments.push(insert_comment(&client, post.id, n, data::title(c), true).await);
        }
        command(&client, "COMMIT").await;
        (post, comments)
    }

    async fn update(&self, id: i32, title: String) -> impl Show + Send {
        update_post(&self.client().await, id, &title).await.unwrap()
    }

    async fn update_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
        let client = self.client().await;
        command(&client, "BEGIN").await;
        let post = update_post(&client, id, &title).await.unwrap();
        update_comment(&client, comment, id, &title).await;
        command(&client, "COMMIT").await;
        post
    }

    async fn upsert(&self, name: String) -> impl Show + Send {
        let text = "INSERT INTO tags (name, uses, owner_id) VALUES ($1, 1, $2) \
                    ON CONFLICT (name) DO UPDATE SET uses = tags.uses + 1 WHERE tags.owner_id = $2 \
                    RETURNING id, name, uses, owner_id";
        tag(&row(&self.client().await, text, &[&name, &data::ME]).await.unwrap())
    }

    async fn upsert_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
        let client = self.client().await;
        command(&client, "BEGIN").await;
        let post = if let Some(post) = update_post(&client, id, &title).await {
            update_comment(&client, comment, id, &title).await;
            post
        } else {
            let post = insert_post(&client, id).await;
            insert_comment(&client, post.id, id, title, false).await;
            post
        };
        command(&client, "COMMIT").await;
        post
    }

    async fn update_many(&self, priority: i32) -> impl Show + Send {
        let text = "UPDATE tasks SET priority = $1 WHERE batch = 0 AND owner_id = $2";
        execute(&self.client().await, text, &[&priority, &data::ME]).await
    }

    async fn create_many(&self, many: i32) -> impl Show + Send {
        let text = "INSERT INTO tasks (title, priority, done, batch, owner_id) \
                    SELECT title, 0, FALSE, 1, $2 FROM unnest($1::text[]) AS title";
        let titles: Vec<String> = (0..many).map(data::title).collect();
        execute(&self.client().await, text, &[&titles, &data::ME]).await
    }

    async fn delete(&self, id: i32) -> impl Show + Send {
        let text = "DELETE FROM posts WHERE id = $1 AND author_id = $2";
        assert_eq!(execute(&self.client().await, text, &[&id, &data::ME]).await, 1);
    }

    async fn clear(&self) {
        execute(&self.client().await, "DELETE FROM tasks WHERE batch = 1", &[]).await;
    }

    async fn long(&self) -> impl Show + Send {
        let text = "SELECT count(*) FROM comments WHERE approved AND strpos(text, $1) > 0";
        row(&self.client().await, text, &[&data::NOWHERE]).await.unwrap().get::<_, i64>(0)
    }
}

fn main() {
    harness::serve(|url| async move {
        let manager = Manager::new(url.parse().unwrap(), NoTls);
        // As many connections as zmodel has.
        let most = std::thread::available_parallelism().map_or(4, |n| n.get()) * 2 + 1;
        Floor(Pool::builder(manager).max_size(most).build().unwrap())
    });
}
