//! zmodel. With `UNGUARDED` no rule applies, and the reads carry the rule as a condition written by hand instead; `RUN` says
//! where statements on SQLite run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use db::{Attachment, Caller, Client, Comment, Db, Post, Tag, User, comment, post, tag, task};
use harness::{Counting, Rival, Show, data, shown};
use zmodel_runtime::Parent;
use zmodel_runtime::client::{Guarded, Unguarded};
use zmodel_runtime::driver::postgres::Postgres;
use zmodel_runtime::driver::sqlite::{Run, Sqlite};
use zmodel_runtime::driver::{Answer, BoxFuture, Driver, Query, Reader, Rows, Transaction};
use zmodel_runtime::error::DatabaseError;
use zmodel_runtime::include::With;
use zmodel_runtime::schema::Provider;

#[zmodel_macros::zmodel("schema.zmodel")]
mod db {}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

shown!(User: id, name, email);
shown!(Post: id, created_at, title, body, published, views, author_id);
shown!(Comment: id, created_at, text, approved, post_id);
shown!(Attachment: id, name, size, post_id);
shown!(Tag: id, name, uses, owner_id);

/// A row with what was brought along.
struct Brought<A, B>(With<A, B>);

impl<A: Show, B: Show> Show for Brought<A, B> {
    fn show(&self, out: &mut String) {
        self.0.row.show(out);
        self.0.rel.show(out);
    }
}

/// The driver, counting how often somebody waits for it.
#[derive(Debug)]
struct Counted(Box<dyn Driver>, Arc<Waits>);

/// How often somebody waited. What is sent over a network without waiting is answered with the next thing.
#[derive(Debug, Default)]
struct Waits {
    count: AtomicU64,
    unanswered: AtomicBool,
}

impl Waits {
    fn wait(&self) {
        self.unanswered.store(false, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
    }
}

impl Driver for Counted {
    fn provider(&self) -> Provider {
        self.0.provider()
    }

    fn run(&self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        self.1.wait();
        self.0.run(query)
    }

    fn read<'a>(&'a self, query: Query, reader: &'a mut dyn Reader) -> BoxFuture<'a, zmodel_runtime::Result<u64>> {
        self.1.wait();
        self.0.read(query, reader)
    }

    fn begin(&self) -> BoxFuture<'_, Result<Box<dyn Transaction>, DatabaseError>> {
        // Over a network it begins with its first statement.
        let at_once = self.0.provider() == Provider::Sqlite;
        if at_once {
            self.1.wait();
        }
        Box::pin(async move {
            let inner = self.0.begin().await?;
            Ok(Box::new(CountedTransaction { inner, waits: Arc::clone(&self.1), at_once }) as Box<dyn Transaction>)
        })
    }
}

struct CountedTransaction {
    inner: Box<dyn Transaction>,
    waits: Arc<Waits>,
    /// Whether each statement is answered before the next one.
    at_once: bool,
}

impl Transaction for CountedTransaction {
    fn run(&mut self, query: Query) -> BoxFuture<'_, Result<Rows, DatabaseError>> {
        self.waits.wait();
        self.inner.run(query)
    }

    fn send(&mut self, query: Query) -> BoxFuture<'_, Answer> {
        if self.at_once {
            self.waits.wait();
            return self.inner.send(query);
        }
        self.waits.unanswered.store(true, Ordering::Relaxed);
        let waits = Arc::clone(&self.waits);
        Box::pin(async move {
            match self.inner.send(query).await {
                Answer::Coming(outcome) => Answer::Coming(Box::pin(async move {
                    let outcome = outcome.await;
                    if waits.unanswered.swap(false, Ordering::Relaxed) {
                        waits.count.fetch_add(1, Ordering::Relaxed);
                    }
                    outcome
                })),
                known => known,
            }
        })
    }

    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), DatabaseError>> {
        self.waits.wait();
        self.inner.commit()
    }

    fn finish(self: Box<Self>, last: Query) -> BoxFuture<'static, Result<Rows, DatabaseError>> {
        self.waits.wait();
        if self.at_once {
            self.waits.wait();
        }
        self.inner.finish(last)
    }
}

struct Zmodel<G> {
    client: Client<G>,
    requests: Option<Arc<Waits>>,
}

fn new_post(n: i32) -> post::New {
    post::New { title: data::title(n), body: data::body(n), author_id: data::ME }
}

macro_rules! rival {
    ($guard:ty, [$($post:tt)*], [$($comment:tt)*], [$($attachment:tt)*], [$($task:tt)*]) => {
        impl Rival for Zmodel<$guard> {
            async fn find_unique(&self, id: i32) -> impl Show + Send {
                self.client.post().find_unique(id) $($post)*.await.unwrap()
            }

            async fn list(&self) -> impl Show + Send {
                let posts = self.client.post().find_many().filter(|p| p.views.gte(data::LEAST));
                posts $($post)*.order_by(|p| p.id.desc()).skip(data::PAGE as u32).take(data::PAGE as u32).await.unwrap()
            }

            async fn nested(&self) -> impl Show + Send {
                let users = self
                    .client
                    .user()
                    .find_many()
                    .filter(|u| u.id.gt(data::AFTER_USER))
                    .order_by(|u| u.id.asc())
                    .take(data::PAGE as u32)
                    .include(|u| {
                        u.posts.order_by(|p| p.id.asc()) $($post)*.include(|p| p.comments.order_by(|c| c.id.asc()) $($comment)*)
                    })
                    .await
                    .unwrap();
                users.into_iter().map(|u| (u.row, u.rel.into_iter().map(Brought).collect::<Vec<_>>())).collect::<Vec<_>>()
            }

            async fn count(&self) -> impl Show + Send {
                self.client.post().count().filter(|p| p.views.gte(data::LEAST)) $($post)*.await.unwrap()
            }

            async fn relation_rule(&self) -> impl Show + Send {
                let attachments = self.client.attachment().find_many().filter(|a| a.size.gte(data::LEAST));
                attachments $($attachment)*.order_by(|a| a.id.asc()).take(data::PAGE as u32).await.unwrap()
            }

            async fn find_many(&self) -> impl Show + Send {
                self.client.user().find_many().order_by(|u| u.id.asc()).await.unwrap()
            }

            async fn one_level(&self) -> impl Show + Send {
                let users = self
                    .client
                    .user()
                    .find_many()
                    .filter(|u| u.id.gt(data::AFTER_USER))
                    .order_by(|u| u.id.asc())
                    .take(data::PAGE as u32)
                    .include(|u| u.posts.order_by(|p| p.id.asc()) $($post)*)
                    .await
                    .unwrap();
                users.into_iter().map(Brought).collect::<Vec<_>>()
            }

            async fn find_first(&self, views: i32) -> impl Show + Send {
                let posts = self.client.post().find_first().filter(|p| p.views.gte(views));
                posts $($post)*.order_by(|p| p.id.asc()).await.unwrap()
            }

            async fn find_first_nested(&self, views: i32) -> impl Show + Send {
                let posts = self.client.post().find_first().filter(|p| p.views.gte(views));
                let posts = posts $($post)*.order_by(|p| p.id.asc());
                posts.include(|p| p.comments.order_by(|c| c.id.asc()) $($comment)*).await.unwrap().map(Brought)
            }

            async fn find_unique_nested(&self, id: i32) -> impl Show + Send {
                let posts = self.client.post().find_unique(id) $($post)*;
                posts.include(|p| p.comments.order_by(|c| c.id.asc()) $($comment)*).await.unwrap().map(Brought)
            }

            async fn create(&self, n: i32) -> (i32, impl Show + Send) {
                let post = self.client.post().create(new_post(n)).set(|p| p.created_at, data::moment(n)).await.unwrap();
                (post.id, post)
            }

            async fn create_nested(&self, n: i32) -> impl Show + Send {
                let comments = [0, 1, 2].map(|c| {
                    comment::New { text: data::title(c), post_id: Parent }
                        .draft()
                        .set(|c| c.approved, true)
                        .set(|c| c.created_at, data::moment(n))
                });
                let post = self.client.post().create(new_post(n)).set(|p| p.created_at, data::moment(n));
                let post = post.along(|p| p.comments, |c| c.create(comments));
                Brought(post.include(|p| p.comments.order_by(|c| c.id.asc())).await.unwrap())
            }

            async fn update(&self, id: i32, title: String) -> impl Show + Send {
                self.client.post().update(id).set(|p| p.title, title).await.unwrap()
            }

            async fn update_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
                let post = self.client.post().update(id).set(|p| p.title, title.clone());
                post.along(|p| p.comments, |c| c.update(comment, |c| c.set(|c| c.text, title))).await.unwrap()
            }

            async fn upsert(&self, name: String) -> impl Show + Send {
                let new = tag::New { name: name.clone(), owner_id: data::ME };
                self.client.tag().upsert(tag::Key::Name(name), new, |t| t.increment(|t| t.uses, 1)).await.unwrap()
            }

            async fn upsert_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
                let new = new_post(id).draft();
                let new = new.along(|p| p.comments, |c| c.create([comment::New { text: title.clone(), post_id: Parent }]));
                let post = self.client.post().upsert(id, new, |p| {
                    p.set(|p| p.title, title.clone())
                        .along(|p| p.comments, |c| c.update(comment, |c| c.set(|c| c.text, title.clone())))
                });
                post.await.unwrap()
            }

            async fn update_many(&self, priority: i32) -> impl Show + Send {
                let tasks = self.client.task().update_many().filter(|t| t.batch.eq(0));
                tasks $($task)* .set(|t| t.priority, priority).await.unwrap()
            }

            async fn create_many(&self, many: i32) -> impl Show + Send {
                let new = |n| task::New { title: data::title(n), batch: 1, owner_id: data::ME };
                self.client.task().create_many((0..many).map(new)).await.unwrap()
            }

            async fn delete(&self, id: i32) -> impl Show + Send {
                self.client.post().delete(id).await.unwrap();
            }

            async fn clear(&self) {
                self.client.task().delete_many().filter(|t| t.batch.eq(1)).await.unwrap();
            }

            async fn long(&self) -> impl Show + Send {
                self.client.comment().count().filter(|c| c.text.contains(data::NOWHERE)).await.unwrap()
            }

            fn requests(&self) -> Option<u64> {
                self.requests.as_ref().map(|requests| requests.count.load(Ordering::Relaxed))
            }
        }
    };
}

rival!(Guarded, [], [], [], []);
rival!(
    Unguarded,
    [.filter(|p| p.published.eq(true) | p.author_id.eq(data::ME))],
    [.filter(|c| c.approved.eq(true))],
    [.filter(|a| a.post.is(|p| p.published.eq(true) | p.author_id.eq(data::ME)))],
    [.filter(|t| t.owner_id.eq(data::ME))]
);

/// The database at a URL of PostgreSQL, or in a file.
async fn open(at: &str) -> (Db, Arc<Waits>) {
    let driver: Box<dyn Driver> = if at.starts_with("postgres") {
        Box::new(Postgres::connect(at).await.unwrap())
    } else {
        let run = match std::env::var("RUN").as_deref() {
            Ok("here") => Run::Here,
            Ok("elsewhere") => Run::Elsewhere,
            _ => Run::ByPace,
        };
        Box::new(Sqlite::open_with(at, run).unwrap())
    };
    let requests = Arc::<Waits>::default();
    (Db::new(Counted(driver, Arc::clone(&requests))), requests)
}

fn main() {
    if std::env::var_os("UNGUARDED").is_some() {
        harness::serve(|at| async move {
            let (db, requests) = open(&at).await;
            Zmodel { client: db.unguarded("a rule written by hand"), requests: Some(requests) }
        });
    } else {
        harness::serve(|at| async move {
            let (db, requests) = open(&at).await;
            Zmodel { client: db.auth(Caller { id: data::ME }), requests: Some(requests) }
        });
    }
}
