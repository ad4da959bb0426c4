//! toasty. Its `include` knows no condition, so the rule asks for a query a level.

use harness::{Counting, Rival, Show, data, shown};
use jiff::Timestamp;
use toasty::{Db, Executor};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Debug, toasty::Model)]
struct User {
    #[key]
    #[auto]
    id: i32,
    name: String,
    #[unique]
    email: String,
}

#[derive(Debug, toasty::Model)]
struct Post {
    #[key]
    #[auto]
    id: i32,
    created_at: Timestamp,
    title: String,
    body: String,
    published: bool,
    views: i32,
    #[index]
    author_id: i32,
}

#[derive(Debug, toasty::Model)]
struct Comment {
    #[key]
    #[auto]
    id: i32,
    created_at: Timestamp,
    text: String,
    approved: bool,
    #[index]
    post_id: i32,
    #[belongs_to(key = post_id, references = id)]
    post: toasty::Deferred<Post>,
}

#[derive(Debug, toasty::Model)]
struct Attachment {
    #[key]
    #[auto]
    id: i32,
    name: String,
    size: i32,
    #[index]
    post_id: i32,
    #[belongs_to(key = post_id, references = id)]
    post: toasty::Deferred<Post>,
}

#[derive(Debug, toasty::Model)]
struct Task {
    #[key]
    #[auto]
    id: i32,
    title: String,
    priority: i32,
    done: bool,
    batch: i32,
    #[index]
    owner_id: i32,
}

#[derive(Debug, toasty::Model)]
struct Tag {
    #[key]
    #[auto]
    id: i32,
    #[unique]
    name: String,
    uses: i32,
    owner_id: i32,
}

shown!(User: id, name, email);
shown!(Post: id, created_at, title, body, published, views, author_id);
shown!(Comment: id, created_at, text, approved, post_id);
shown!(Attachment: id, name, size, post_id);
shown!(Tag: id, name, uses, owner_id);

struct Toasty(Db);

/// The rule about posts.
fn seen() -> toasty::stmt::Expr<bool> {
    Post::fields().published().eq(true).or(Post::fields().author_id().eq(data::ME))
}

fn moment(n: i32) -> Timestamp {
    Timestamp::from_millisecond(data::moment(n).timestamp_millis()).unwrap()
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

async fn users(on: &mut dyn Executor) -> Vec<User> {
    let users = User::filter(User::fields().id().gt(data::AFTER_USER)).order_by(User::fields().id().asc());
    users.limit(data::PAGE as usize).exec(on).await.unwrap()
}

async fn posts_of(on: &mut dyn Executor, users: &[User]) -> Vec<Post> {
    let ids: Vec<i32> = users.iter().map(|user| user.id).collect();
    let posts = Post::filter(Post::fields().author_id().in_list(ids).and(seen()));
    posts.order_by((Post::fields().author_id().asc(), Post::fields().id().asc())).exec(on).await.unwrap()
}

async fn comments_of(on: &mut dyn Executor, posts: impl Iterator<Item = i32>) -> Vec<Comment> {
    let ids: Vec<i32> = posts.collect();
    let comments = Comment::filter(Comment::fields().post_id().in_list(ids).and(Comment::fields().approved().eq(true)));
    comments.order_by((Comment::fields().post_id().asc(), Comment::fields().id().asc())).exec(on).await.unwrap()
}

async fn post(on: &mut dyn Executor, id: i32) -> Option<Post> {
    Post::filter(Post::fields().id().eq(id).and(seen())).first().exec(on).await.unwrap()
}

async fn first(on: &mut dyn Executor, views: i32) -> Option<Post> {
    let posts = Post::filter(Post::fields().views().ge(views).and(seen()));
    posts.order_by(Post::fields().id().asc()).first().exec(on).await.unwrap()
}

async fn insert_post(on: &mut dyn Executor, n: i32) -> Post {
    let post = toasty::create!(Post {
        created_at: moment(n),
        title: data::title(n),
        body: data::body(n),
        published: false,
        views: 0,
        author_id: data::ME,
    });
    post.exec(on).await.unwrap()
}

async fn insert_comment(on: &mut dyn Executor, post: i32, n: i32, text: String, approved: bool) -> Comment {
    let comment = toasty::create!(Comment { created_at: moment(n), text: text, approved: approved, post_id: post });
    comment.exec(on).await.unwrap()
}

async fn update_post(on: &mut dyn Executor, id: i32, title: &str) -> Option<Post> {
    let mine = || Post::filter(Post::fields().id().eq(id).and(Post::fields().author_id().eq(data::ME)));
    mine().update().title(title).exec(on).await.unwrap();
    mine().first().exec(on).await.unwrap()
}

async fn update_comment(on: &mut dyn Executor, id: i32, post: i32, text: &str) {
    let fields = Comment::fields();
    let comment =
        fields.id().eq(id).and(fields.post_id().eq(post)).and(Comment::fields().post().author_id().eq(data::ME));
    Comment::filter(comment).update().text(text).exec(on).await.unwrap();
}

impl Rival for Toasty {
    async fn find_unique(&self, id: i32) -> impl Show + Send {
        post(&mut self.0.clone(), id).await
    }

    async fn list(&self) -> impl Show + Send {
        let posts = Post::filter(Post::fields().views().ge(data::LEAST).and(seen()));
        let posts = posts.order_by(Post::fields().id().desc()).limit(data::PAGE as usize).offset(data::PAGE as usize);
        posts.exec(&mut self.0.clone()).await.unwrap()
    }

    async fn nested(&self) -> impl Show + Send {
        let mut db = self.0.clone();
        let mut snapshot = db.transaction().await.unwrap();
        let users = users(&mut snapshot).await;
        let posts = posts_of(&mut snapshot, &users).await;
        let comments = comments_of(&mut snapshot, posts.iter().map(|post| post.id)).await;
        snapshot.commit().await.unwrap();
        let posts = grouped(posts, comments, |post| post.id, |comment| comment.post_id);
        grouped(users, posts, |user| user.id, |post| post.0.author_id)
    }

    async fn count(&self) -> impl Show + Send {
        let posts = Post::filter(Post::fields().views().ge(data::LEAST).and(seen()));
        posts.count().exec(&mut self.0.clone()).await.unwrap()
    }

    async fn relation_rule(&self) -> impl Show + Send {
        let post = Attachment::fields().post();
        let rule = post.published().eq(true).or(Attachment::fields().post().author_id().eq(data::ME));
        let attachments = Attachment::filter(Attachment::fields().size().ge(data::LEAST).and(rule));
        let attachments = attachments.order_by(Attachment::fields().id().asc()).limit(data::PAGE as usize);
        attachments.exec(&mut self.0.clone()).await.unwrap()
    }

    async fn find_many(&self) -> impl Show + Send {
        User::all().order_by(User::fields().id().asc()).exec(&mut self.0.clone()).await.unwrap()
    }

    async fn one_level(&self) -> impl Show + Send {
        let mut db = self.0.clone();
        let mut snapshot = db.transaction().await.unwrap();
        let users = users(&mut snapshot).await;
        let posts = posts_of(&mut snapshot, &users).await;
        snapshot.commit().await.unwrap();
        grouped(users, posts, |user| user.id, |post| post.author_id)
    }

    async fn find_first(&self, views: i32) -> impl Show + Send {
        first(&mut self.0.clone(), views).await
    }

    async fn find_first_nested(&self, views: i32) -> impl Show + Send {
        let mut db = self.0.clone();
        let mut snapshot = db.transaction().await.unwrap();
        let post = first(&mut snapshot, views).await?;
        let comments = comments_of(&mut snapshot, [post.id].into_iter()).await;
        snapshot.commit().await.unwrap();
        Some((post, comments))
    }

    async fn find_unique_nested(&self, id: i32) -> impl Show + Send {
        let mut db = self.0.clone();
        let mut snapshot = db.transaction().await.unwrap();
        let post = post(&mut snapshot, id).await?;
        let comments = comments_of(&mut snapshot, [post.id].into_iter()).await;
        snapshot.commit().await.unwrap();
        Some((post, comments))
    }

    async fn create(&self, n: i32) -> (i32, impl Show + Send) {
        let post = insert_post(&mut self.0.clone(), n).await;
        (post.id, post)
    }

    async fn create_nested(&self, n: i32) -> impl Show + Send {
        let mut db = self.0.clone();
        let mut transaction = db.transaction().await.unwrap();
        let post = insert_post(&mut transaction, n).await;
        let mut comments = Vec::with_capacity(3);
        for c in 0..3 {
            comments.push(insert_comment(&mut transaction, post.id, n, data::title(c), true).await);
        }
        transaction.commit().await.unwrap();
        (post, comments)
    }

    async fn update(&self, id: i32, title: String) -> impl Show + Send {
        update_post(&mut self.0.clone(), id, &title).await.unwrap()
    }

    async fn update_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
        let mut db = self.0.clone();
        let mut transaction = db.transaction().await.unwrap();
        let post = update_post(&mut transaction, id, &title).await.unwrap();
        update_comment(&mut transaction, comment, id, &title).await;
        transaction.commit().await.unwrap();
        post
    }

    async fn upsert(&self, name: String) -> impl Show + Send {
        let tag = Tag::upsert_by_name(name)
            .on_create(|tag| tag.uses(1).owner_id(data::ME))
            .on_update(|tag| tag.uses(toasty::stmt::increment()));
        tag.exec(&mut self.0.clone()).await.unwrap()
    }

    async fn upsert_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
        let mut db = self.0.clone();
        let mut transaction = db.transaction().await.unwrap();
        let post = if let Some(post) = update_post(&mut transaction, id, &title).await {
            update_comment(&mut transaction, comment, id, &title).await;
            post
        } else {
            let post = insert_post(&mut transaction, id).await;
            insert_comment(&mut transaction, post.id, id, title, false).await;
            post
        };
        transaction.commit().await.unwrap();
        post
    }

    async fn update_many(&self, priority: i32) -> impl Show + Send {
        let mine = Task::fields().batch().eq(0).and(Task::fields().owner_id().eq(data::ME));
        Task::filter(mine).update().priority(priority).exec(&mut self.0.clone()).await.unwrap();
        // It does not say how many they were.
        data::TASKS
    }

    async fn create_many(&self, many: i32) -> impl Show + Send {
        let mut db = self.0.clone();
        let mut transaction = db.transaction().await.unwrap();
        // As many rows a statement as it can have parameters.
        let all: Vec<i32> = (0..many).collect();
        let mut made = 0;
        for part in all.chunks(5_000) {
            let mut tasks = Task::create_many();
            for n in part {
                let task = Task::create().title(data::title(*n)).priority(0).done(false);
                tasks = tasks.item(task.batch(1).owner_id(data::ME));
            }
            made += tasks.exec(&mut transaction).await.unwrap().len();
        }
        transaction.commit().await.unwrap();
        made
    }

    async fn delete(&self, id: i32) -> impl Show + Send {
        let mine = Post::fields().id().eq(id).and(Post::fields().author_id().eq(data::ME));
        Post::filter(mine).delete().exec(&mut self.0.clone()).await.unwrap();
    }

    async fn clear(&self) {
        Task::filter(Task::fields().batch().eq(1)).delete().exec(&mut self.0.clone()).await.unwrap();
    }

    async fn long(&self) -> impl Show + Send {
        let text = Comment::fields().text().like(format!("%{}%", data::NOWHERE));
        let comments = Comment::filter(Comment::fields().approved().eq(true).and(text));
        comments.count().exec(&mut self.0.clone()).await.unwrap()
    }
}

fn main() {
    harness::serve(|path| async move {
        let models = toasty::models!(crate::*);
        if path.starts_with("postgres") {
            return Toasty(Db::builder().models(models).connect(&path).await.unwrap());
        }
        // One connection, since a setting holds for the connection that it was made on.
        let db = Db::builder().models(models).max_pool_size(1).connect(&format!("sqlite:{path}")).await.unwrap();
        for setting in ["PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON"] {
            toasty::sql::statement(setting).exec(&mut db.clone()).await.unwrap();
        }
        toasty::sql::query("PRAGMA journal_mode = WAL").exec(&mut db.clone()).await.unwrap();
        Toasty(db)
    });
}
