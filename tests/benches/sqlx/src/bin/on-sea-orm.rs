//! SeaORM, on a pool of sqlx.

use harness::{Counting, Rival, Show, data, shown};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, Database, DatabaseConnection, EntityTrait, ExprTrait, LoaderTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, SqlxSqliteConnector, TransactionTrait,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

mod user {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub email: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::post::Entity")]
        Post,
    }

    impl Related<super::post::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Post.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod post {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "posts")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub created_at: DateTimeUtc,
        pub title: String,
        pub body: String,
        pub published: bool,
        pub views: i32,
        pub author_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::user::Entity", from = "Column::AuthorId", to = "super::user::Column::Id")]
        User,
        #[sea_orm(has_many = "super::comment::Entity")]
        Comment,
    }

    impl Related<super::user::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::User.def()
        }
    }

    impl Related<super::comment::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Comment.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod comment {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "comments")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub created_at: DateTimeUtc,
        pub text: String,
        pub approved: bool,
        pub post_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::post::Entity", from = "Column::PostId", to = "super::post::Column::Id")]
        Post,
    }

    impl Related<super::post::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Post.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod attachment {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "attachments")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub size: i32,
        pub post_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod task {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tasks")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        pub priority: i32,
        pub done: bool,
        pub batch: i32,
        pub owner_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod tag {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tags")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub name: String,
        pub uses: i32,
        pub owner_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

shown!(user::Model: id, name, email);
shown!(post::Model: id, created_at, title, body, published, views, author_id);
shown!(comment::Model: id, created_at, text, approved, post_id);
shown!(attachment::Model: id, name, size, post_id);
shown!(tag::Model: id, name, uses, owner_id);

struct SeaOrm(DatabaseConnection);

/// The rule about posts.
fn seen() -> Condition {
    Condition::any().add(post::Column::Published.eq(true)).add(post::Column::AuthorId.eq(data::ME))
}

async fn users(on: &impl ConnectionTrait) -> Vec<user::Model> {
    let users = user::Entity::find().filter(user::Column::Id.gt(data::AFTER_USER)).order_by_asc(user::Column::Id);
    users.limit(data::PAGE as u64).all(on).await.unwrap()
}

async fn posts_of(on: &impl ConnectionTrait, users: &Vec<user::Model>) -> Vec<Vec<post::Model>> {
    let posts = post::Entity::find().filter(seen()).order_by_asc(post::Column::Id);
    users.load_many(posts, on).await.unwrap()
}

async fn comments_of(on: &impl ConnectionTrait, posts: &Vec<post::Model>) -> Vec<Vec<comment::Model>> {
    let comments = comment::Entity::find().filter(comment::Column::Approved.eq(true));
    posts.load_many(comments.order_by_asc(comment::Column::Id), on).await.unwrap()
}

async fn with_comments(
    on: &impl ConnectionTrait,
    post: Option<post::Model>,
) -> Option<(post::Model, Vec<comment::Model>)> {
    let posts = vec![post?];
    let comments = comments_of(on, &posts).await;
    posts.into_iter().zip(comments).next()
}

async fn post(on: &impl ConnectionTrait, id: i32) -> Option<post::Model> {
    post::Entity::find_by_id(id).filter(seen()).one(on).await.unwrap()
}

async fn first(on: &impl ConnectionTrait, views: i32) -> Option<post::Model> {
    let posts = post::Entity::find().filter(post::Column::Views.gte(views)).filter(seen());
    posts.order_by_asc(post::Column::Id).one(on).await.unwrap()
}

async fn insert_post(on: &impl ConnectionTrait, n: i32) -> post::Model {
    let new = post::ActiveModel {
        created_at: Set(data::moment(n)),
        title: Set(data::title(n)),
        body: Set(data::body(n)),
        published: Set(false),
        views: Set(0),
        author_id: Set(data::ME),
        ..Default::default()
    };
    post::Entity::insert(new).exec_with_returning(on).await.unwrap()
}

async fn insert_comment(on: &impl ConnectionTrait, post: i32, n: i32, text: String, approved: bool) -> comment::Model {
    let new = comment::ActiveModel {
        created_at: Set(data::moment(n)),
        text: Set(text),
        approved: Set(approved),
        post_id: Set(post),
        ..Default::default()
    };
    comment::Entity::insert(new).exec_with_returning(on).await.unwrap()
}

async fn update_post(on: &impl ConnectionTrait, id: i32, title: &str) -> Option<post::Model> {
    let post = post::Entity::update_many().col_expr(post::Column::Title, Expr::value(title.to_owned()));
    let post = post.filter(post::Column::Id.eq(id)).filter(post::Column::AuthorId.eq(data::ME));
    post.exec_with_returning(on).await.unwrap().into_iter().next()
}

async fn update_comment(on: &impl ConnectionTrait, id: i32, post: i32, text: &str) {
    let mine = Query::select()
        .expr(Expr::val(1))
        .from(post::Entity)
        .and_where(Expr::col((post::Entity, post::Column::Id)).equals((comment::Entity, comment::Column::PostId)))
        .and_where(post::Column::AuthorId.eq(data::ME))
        .to_owned();
    let comment = comment::Entity::update_many().col_expr(comment::Column::Text, Expr::value(text.to_owned()));
    let comment = comment.filter(comment::Column::Id.eq(id)).filter(comment::Column::PostId.eq(post));
    assert_eq!(comment.filter(Expr::exists(mine)).exec(on).await.unwrap().rows_affected, 1);
}

impl Rival for SeaOrm {
    async fn find_unique(&self, id: i32) -> impl Show + Send {
        post(&self.0, id).await
    }

    async fn list(&self) -> impl Show + Send {
        let posts = post::Entity::find().filter(post::Column::Views.gte(data::LEAST)).filter(seen());
        let posts = posts.order_by_desc(post::Column::Id).offset(data::PAGE as u64).limit(data::PAGE as u64);
        posts.all(&self.0).await.unwrap()
    }

    async fn nested(&self) -> impl Show + Send {
        let snapshot = self.0.begin().await.unwrap();
        let users = users(&snapshot).await;
        let posts = posts_of(&snapshot, &users).await;
        let lengths: Vec<usize> = posts.iter().map(Vec::len).collect();
        let posts: Vec<post::Model> = posts.into_iter().flatten().collect();
        let comments = comments_of(&snapshot, &posts).await;
        snapshot.commit().await.unwrap();
        let mut posts = posts.into_iter().zip(comments);
        let of = |(user, length)| (user, posts.by_ref().take(length).collect::<Vec<_>>());
        users.into_iter().zip(lengths).map(of).collect::<Vec<_>>()
    }

    async fn count(&self) -> impl Show + Send {
        post::Entity::find().filter(post::Column::Views.gte(data::LEAST)).filter(seen()).count(&self.0).await.unwrap()
    }

    async fn relation_rule(&self) -> impl Show + Send {
        let post = Query::select()
            .expr(Expr::val(1))
            .from(post::Entity)
            .and_where(
                Expr::col((post::Entity, post::Column::Id)).equals((attachment::Entity, attachment::Column::PostId)),
            )
            .cond_where(seen())
            .to_owned();
        let attachments = attachment::Entity::find().filter(attachment::Column::Size.gte(data::LEAST));
        let attachments = attachments.filter(Expr::exists(post)).order_by_asc(attachment::Column::Id);
        attachments.limit(data::PAGE as u64).all(&self.0).await.unwrap()
    }

    async fn find_many(&self) -> impl Show + Send {
        user::Entity::find().order_by_asc(user::Column::Id).all(&self.0).await.unwrap()
    }

    async fn one_level(&self) -> impl Show + Send {
        let snapshot = self.0.begin().await.unwrap();
        let users = users(&snapshot).await;
        let posts = posts_of(&snapshot, &users).await;
        snapshot.commit().await.unwrap();
        users.into_iter().zip(posts).collect::<Vec<_>>()
    }

    async fn find_first(&self, views: i32) -> impl Show + Send {
        first(&self.0, views).await
    }

    async fn find_first_nested(&self, views: i32) -> impl Show + Send {
        let snapshot = self.0.begin().await.unwrap();
        let post = first(&snapshot, views).await;
        let post = with_comments(&snapshot, post).await;
        snapshot.commit().await.unwrap();
        post
    }

    async fn find_unique_nested(&self, id: i32) -> impl Show + Send {
        let snapshot = self.0.begin().await.unwrap();
        let post = post(&snapshot, id).await;
        let post = with_comments(&snapshot, post).await;
        snapshot.commit().await.unwrap();
        post
    }

    async fn create(&self, n: i32) -> (i32, impl Show + Send) {
        let post = insert_post(&self.0, n).await;
        (post.id, post)
    }

    async fn create_nested(&self, n: i32) -> impl Show + Send {
        let transaction = self.0.begin().await.unwrap();
        let post = insert_post(&transaction, n).await;
        let mut comments = Vec::with_capacity(3);
        for c in 0..3 {
            comments.push(insert_comment(&transaction, post.id, n, data::title(c), true).await);
        }
        transaction.commit().await.unwrap();
        (post, comments)
    }

    async fn update(&self, id: i32, title: String) -> impl Show + Send {
        update_post(&self.0, id, &title).await.unwrap()
    }

    async fn update_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
        let transaction = self.0.begin().await.unwrap();
        let post = update_post(&transaction, id, &title).await.unwrap();
        update_comment(&transaction, comment, id, &title).await;
        transaction.commit().await.unwrap();
        post
    }

    async fn upsert(&self, name: String) -> impl Show + Send {
        let new = tag::ActiveModel { name: Set(name), uses: Set(1), owner_id: Set(data::ME), ..Default::default() };
        let uses = Expr::col((tag::Entity, tag::Column::Uses)).add(1);
        let conflict = OnConflict::column(tag::Column::Name)
            .value(tag::Column::Uses, uses)
            .action_and_where(Expr::col((tag::Entity, tag::Column::OwnerId)).eq(data::ME))
            .to_owned();
        tag::Entity::insert(new).on_conflict(conflict).exec_with_returning(&self.0).await.unwrap()
    }

    async fn upsert_nested(&self, id: i32, comment: i32, title: String) -> impl Show + Send {
        let transaction = self.0.begin().await.unwrap();
        let post = if let Some(post) = update_post(&transaction, id, &title).await {
            update_comment(&transaction, comment, id, &title).await;
            post
        } else {
            let post = insert_post(&transaction, id).await;
            insert_comment(&transaction, post.id, id, title, false).await;
            post
        };
        transaction.commit().await.unwrap();
        post
    }

    async fn update_many(&self, priority: i32) -> impl Show + Send {
        let tasks = task::Entity::update_many().col_expr(task::Column::Priority, Expr::value(priority));
        let tasks = tasks.filter(task::Column::Batch.eq(0)).filter(task::Column::OwnerId.eq(data::ME));
        tasks.exec(&self.0).await.unwrap().rows_affected
    }

    async fn create_many(&self, many: i32) -> impl Show + Send {
        let transaction = self.0.begin().await.unwrap();
        let mut made = 0;
        // As many rows a statement as it can have parameters.
        let all: Vec<i32> = (0..many).collect();
        for part in all.chunks(6_000) {
            let new = |n: &i32| task::ActiveModel {
                title: Set(data::title(*n)),
                priority: Set(0),
                done: Set(false),
                batch: Set(1),
                owner_id: Set(data::ME),
                ..Default::default()
            };
            made += task::Entity::insert_many(part.iter().map(new)).exec_without_returning(&transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
        made
    }

    async fn delete(&self, id: i32) -> impl Show + Send {
        let post = post::Entity::delete_many().filter(post::Column::Id.eq(id));
        let deleted = post.filter(post::Column::AuthorId.eq(data::ME)).exec(&self.0).await.unwrap();
        assert_eq!(deleted.rows_affected, 1);
    }

    async fn clear(&self) {
        task::Entity::delete_many().filter(task::Column::Batch.eq(1)).exec(&self.0).await.unwrap();
    }

    async fn long(&self) -> impl Show + Send {
        let comments = comment::Entity::find().filter(comment::Column::Approved.eq(true));
        comments.filter(comment::Column::Text.contains(data::NOWHERE)).count(&self.0).await.unwrap()
    }
}

fn main() {
    harness::serve(|path| async move {
        if path.starts_with("postgres") {
            return SeaOrm(Database::connect(path).await.unwrap());
        }
        let options = SqliteConnectOptions::new().filename(path).foreign_keys(true);
        let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Normal);
        // The pool that sqlx makes of its own accord.
        let pool = SqlitePoolOptions::new().connect_with(options).await.unwrap();
        SeaOrm(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
    });
}
