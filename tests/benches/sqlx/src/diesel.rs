//! Diesel, which is synchronous: one connection, where it is asked for. The crate says which database.

use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use harness::{Rival, Show, data, shown};

use crate::{Database, insert_tasks, snapshot};

diesel::table! {
    users (id) {
        id -> Integer,
        name -> Text,
        email -> Text,
    }
}

diesel::table! {
    posts (id) {
        id -> Integer,
        created_at -> crate::Moment,
        title -> Text,
        body -> Text,
        published -> Bool,
        views -> Integer,
        author_id -> Integer,
    }
}

diesel::table! {
    comments (id) {
        id -> Integer,
        created_at -> crate::Moment,
        text -> Text,
        approved -> Bool,
        post_id -> Integer,
    }
}

diesel::table! {
    attachments (id) {
        id -> Integer,
        name -> Text,
        size -> Integer,
        post_id -> Integer,
    }
}

diesel::table! {
    tasks (id) {
        id -> Integer,
        title -> Text,
        priority -> Integer,
        done -> Bool,
        batch -> Integer,
        owner_id -> Integer,
    }
}

diesel::table! {
    tags (id) {
        id -> Integer,
        name -> Text,
        uses -> Integer,
        owner_id -> Integer,
    }
}

diesel::joinable!(posts -> users (author_id));
diesel::joinable!(comments -> posts (post_id));
diesel::joinable!(attachments -> posts (post_id));
diesel::allow_tables_to_appear_in_same_query!(users, posts, comments, attachments);

#[derive(Queryable, Selectable, Identifiable)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    name: String,
    email: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = posts, belongs_to(User, foreign_key = author_id))]
struct Post {
    id: i32,
    created_at: DateTime<Utc>,
    title: String,
    body: String,
    published: bool,
    views: i32,
    author_id: i32,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = comments, belongs_to(Post))]
struct Comment {
    id: i32,
    created_at: DateTime<Utc>,
    text: String,
    approved: bool,
    post_id: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = attachments)]
struct Attachment {
    id: i32,
    name: String,
    size: i32,
    post_id: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tags)]
struct Tag {
    id: i32,
    name: String,
    uses: i32,
    owner_id: i32,
}

#[derive(Insertable)]
#[diesel(table_name = posts)]
struct NewPost {
    created_at: DateTime<Utc>,
    title: String,
    body: String,
    published: bool,
    views: i32,
    author_id: i32,
}

#[derive(Insertable)]
#[diesel(table_name = comments)]
struct NewComment {
    created_at: DateTime<Utc>,
    text: String,
    approved: bool,
    post_id: i32,
}

#[derive(Insertable)]
#[diesel(table_name = tasks)]
pub(crate) struct NewTask {
    title: String,
    priority: i32,
    done: bool,
    batch: i32,
    owner_id: i32,
}

#[derive(Insertable)]
#[diesel(table_name = tags)]
struct NewTag {
    name: String,
    uses: i32,
    owner_id: i32,
}

shown!(User: id, name, email);
shown!(Post: id, created_at, title, body, published, views, author_id);
shown!(Comment: id, created_at, text, approved, post_id);
shown!(Attachment: id, name, size, post_id);
shown!(Tag: id, name, uses, owner_id);

pub(crate) struct Diesel(pub(crate) Mutex<Database>);

/// The rule about posts.
macro_rules! seen {
    () => {
        posts::published.eq(true).or(posts::author_id.eq(data::ME))
    };
}

fn users(connection: &mut Database) -> Vec<User> {
    let users = users::table.filter(users::id.gt(data::AFTER_USER)).order(users::id).limit(data::PAGE.into());
    users.select(User::as_select()).load(connection).unwrap()
}

fn posts_of(connection: &mut Database, users: &[User]) -> Vec<Post> {
    let posts = Post::belonging_to(users).filter(seen!()).order(posts::id);
    posts.select(Post::as_select()).load(connection).unwrap()
}

fn comments_of(connection: &mut Database, post: &Post) -> Vec<Comment> {
    let comments = Comment::belonging_to(post).filter(comments::approved.eq(true)).order(comments::id);
    comments.select(Comment::as_select()).load(connection).unwrap()
}

fn post(connection: &mut Database, id: i32) -> Option<Post> {
    let post = posts::table.find(id).filter(seen!()).select(Post::as_select());
    post.first(connection).optional().unwrap()
}

fn first(connection: &mut Database, views: i32) -> Option<Post> {
    let post = posts::table.filter(posts::views.ge(views)).filter(seen!()).order(posts::id);
    post.select(Post::as_select()).first(connection).optional().unwrap()
}

fn insert_post(connection: &mut Database, n: i32) -> Post {
    let new = NewPost {
        created_at: data::moment(n),
        title: data::title(n),
        body: data::body(n),
        published: false,
        views: 0,
        author_id: data::ME,
    };
    diesel::insert_into(posts::table).values(new).returning(Post::as_returning()).get_result(connection).unwrap()
}

fn insert_comment(connection: &mut Database, post: i32, n: i32, text: String, approved: bool) -> Comment {
    let new = NewComment { created_at: data::moment(n), text, approved, post_id: post };
    diesel::insert_into(comments::table).values(new).returning(Comment::as_returning()).get_result(connection).unwrap()
}

fn update_post(connection: &mut Database, id: i32, title: &str) -> Option<Post> {
    let post = diesel::update(posts::table.find(id).filter(posts::author_id.eq(data::ME))).set(posts::title.eq(title));
    post.returning(Post::as_returning()).get_result(connection).optional().unwrap()
}

fn update_comment(connection: &mut Database, id: i32, post: i32, text: &str) {
    let mine = posts::table.filter(posts::id.eq(comments::post_id)).filter(posts::author_id.eq(data::ME));
    let comment = comments::table.find(id).filter(comments::post_id.eq(post)).filter(diesel::dsl::exists(mine));
    assert_eq!(diesel::update(comment).set(comments::text.eq(text)).execute(connection).unwrap(), 1);
}

impl Diesel {
    fn connection(&self) -> MutexGuard<'_, Database> {
        self.0.lock().unwrap()
    }

    fn snapshot<T>(&self, work: impl FnOnce(&mut Database) -> T) -> T {
        snapshot(&mut self.connection(), |connection| Ok(work(connection))).unwrap()
    }

    fn within<T>(&self, work: impl FnOnce(&mut Database) -> T) -> T {
        self.connection().transaction::<_, diesel::result::Error, _>(|connection| Ok(work(connection))).unwrap()
    }
}

impl Rival for Diesel {
    async fn find_unique(&self, id: i32) -> impl Show + Send {
        post(&mut self.connection(), id)
    }

    async fn list(&self) -> impl Show + Send {
        let posts = posts::table.filter(posts::views.ge(data::LEAST)).filter(seen!()).order(posts::id.desc());
        let posts = posts.limit(data::PAGE.into()).offset(data::PAGE.into()).select(Post::as_select());
        posts.load(&mut *self.connection()).unwrap()
    }

    async fn nested(&self) -> impl Show + Send {
        self.snapshot(|connection| {
            let users = users(connection);
            let posts = posts_of(connection, &users);
            let comments = Comment::belonging_to(&posts).filter(comments::approved.eq(true)).order(comments::id);
            let comments: Vec<Comment> = comments.select(Comment::as_select()).load(connection).unwrap();
            let comments = comments.grouped_by(&posts);
            let posts: Vec<(Post, Vec<Comment>)> = posts.into_iter().zip(comments).collect();
            let posts = posts.grouped_by(&users);
            users.into_iter().zip(posts).collect::<Vec<_>>()
        })
    }

    async fn count(&self) -> impl Show + Send {
        let posts = posts::table.filter(posts::views.ge(data::LEAST)).filter(seen!());
        posts.count().get_result::<i64>(&mut *self.connection()).unwrap()
    }

    async fn relation_rule(&self) -> impl Show + Send {
        let post = posts::table.filter(posts::id.eq(attachments::post_id)).filter(seen!());
        let attachments =
            attachments::table.filter(attachments::size.ge(data::LEAST)).filter(diesel::dsl::exists(post));
        let attachments = attachments.order(attachments::id).limit(data::PAGE.into()).select(Attachment::as_select());
        attachments.load(&mut *self.connection()).unwrap()
    }

    async fn find_many(&self) -> impl Show + Send {
        users::table.order(users::id).select(User::as_select()).load(&mut *self.connection()).unwrap()
    }

    async fn one_level(&self) -> impl Show + Send {
        self.snapshot(|connection| {
            let users = users(connection);
            let posts = posts_of(connection, &users).grouped_by(&users);
            users.into_iter().zip(posts).collect::<Vec<_>>()
        })
    }

    async fn find_first(&self, views: i32) -> impl Show + Send {
        first(&mut self.connection(), views)
    }

    async fn find_first_nested(&self, views: i32) -> impl Show + Send {
        self.snapshot(|connection| {
            first(connection, views).map(|post| {
                let comments = comments_of(connection, &post);
                (post, comments)
            })
        })
    }

    async fn find_unique_nested(&self, id: i32) -> impl Show + Send {
        self.snapshot(|connection| {
            post(connection, id).map(|post| {
                let comments = comments_of(connection, &post);
                (post, comments)
            })
        })
    }

    async fn create(&self, n: i32) -> (i32, impl Show + Send) {
        let post = insert_post(&mut self.connection(), n);
        (post.id, post)
    }

    async fn create_nested(&self, n: i32) -> impl Show + Send {
        self.within(|connection| {
            let post = insert_post(connection, n);
            let comments = (0..3).map(|c| insert_comment(connection, post.id, n, data::title(c), true));
            let comments: Vec<Comment> = comments.collect();
            (post, comments)
        })
    }

    async fn update(&self, id: i32, title: String) -> impl Show + Send {
        update_post(&mut self.connection(), id, &title).unwrap()
    }

    async fn update_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
        self.within(|connection| {
            let post = update_post(connection, id, &title).unwrap();
            update_comment(connection, comment, id, &title);
            post
        })
    }

    async fn upsert(&self, name: String) -> impl Show + Send {
        use diesel::query_dsl::methods::FilterDsl;
        let tag = diesel::insert_into(tags::table)
            .values(NewTag { name, uses: 1, owner_id: data::ME })
            .on_conflict(tags::name)
            .do_update()
            .set(tags::uses.eq(tags::uses + 1));
        let tag = FilterDsl::filter(tag, tags::owner_id.eq(data::ME));
        tag.returning(Tag::as_returning()).get_result(&mut *self.connection()).unwrap()
    }

    async fn upsert_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
        self.within(|connection| {
            if let Some(post) = update_post(connection, id, &title) {
                update_comment(connection, comment, id, &title);
                return post;
            }
            let post = insert_post(connection, id);
            insert_comment(connection, post.id, id, title, false);
            post
        })
    }

    async fn update_many(&self, priority: i32) -> impl Show + Send {
        let tasks = tasks::table.filter(tasks::batch.eq(0)).filter(tasks::owner_id.eq(data::ME));
        diesel::update(tasks).set(tasks::priority.eq(priority)).execute(&mut *self.connection()).unwrap()
    }

    async fn create_many(&self, many: i32) -> impl Show + Send {
        let new = |n| NewTask { title: data::title(n), priority: 0, done: false, batch: 1, owner_id: data::ME };
        let tasks: Vec<NewTask> = (0..many).map(new).collect();
        insert_tasks(&mut self.connection(), tasks)
    }

    async fn delete(&self, id: i32) -> impl Show + Send {
        let post = posts::table.find(id).filter(posts::author_id.eq(data::ME));
        assert_eq!(diesel::delete(post).execute(&mut *self.connection()).unwrap(), 1);
    }

    async fn clear(&self) {
        diesel::delete(tasks::table.filter(tasks::batch.eq(1))).execute(&mut *self.connection()).unwrap();
    }

    async fn long(&self) -> impl Show + Send {
        let nowhere = format!("%{}%", data::NOWHERE);
        let comments = comments::table.filter(comments::approved.eq(true)).filter(comments::text.like(nowhere));
        comments.count().get_result::<i64>(&mut *self.connection()).unwrap()
    }
}
