//! Rows as structs of one's own, and SQL of one's own.

use zmodel_macros::Select;
use zmodel_runtime::Result;

use super::{blog, db};

/// A part of a post.
#[derive(Debug, PartialEq, Select)]
#[zmodel(db::Post)]
struct Card {
    author: Option<Writer>,
    id: i32,
    #[zmodel(from = title)]
    headline: String,
    comments: u64,
    note: Option<String>,
    #[zmodel(from = comments)]
    all_comments: Vec<db::Comment>,
}

/// A part of an author.
#[derive(Debug, PartialEq, Select)]
#[zmodel(db::Author)]
struct Writer {
    name: String,
    email: Option<String>,
    posts: Vec<Title>,
}

/// The least of a post.
#[derive(Debug, PartialEq, Select)]
#[zmodel(db::Post)]
struct Title {
    title: String,
}

/// Nothing of an author but his posts.
#[derive(Debug, PartialEq, Select)]
#[zmodel(db::Author)]
struct Posts {
    posts: Vec<Title>,
}

#[tokio::test]
async fn a_struct_of_ones_own_reads_what_it_holds() -> Result<()> {
    let (_, guest) = blog().await?;
    let cards: Vec<Card> = guest.post().find_many().order_by(|p| p.id.asc()).select().await?;
    let title = |id: i32| Title { title: format!("post {id}") };
    assert_eq!(cards[0].author, Some(Writer { name: "Ann".into(), email: None, posts: vec![title(1), title(2)] }));
    assert_eq!((&*cards[0].headline, cards[0].comments, cards[0].all_comments.len()), ("post 1", 1, 1));
    assert_eq!((cards[0].note.as_deref(), cards[3].author.as_ref(), cards[3].comments), (Some("first"), None, 0));
    let one = guest.post().find_unique_or_err(2).select::<Title>().await?;
    assert_eq!(one, title(2));
    let posts = guest.author().find_first().filter(|a| a.id.eq(2)).select::<Posts>().await?;
    assert_eq!(posts, Some(Posts { posts: vec![title(3)] }));
    // A part, with relations that have windows of their own; and parts inside them.
    let found = guest.author().find_many().order_by(|a| a.id.asc()).select::<Posts>();
    let found =
        found.include(|a| (a.posts.order_by(|p| p.id.desc()).take(1).select::<Title>(), a.posts.count())).await?;
    assert_eq!((&found[0].row.posts.len(), &found[0].rel), (&2, &(vec![title(2)], 2)));
    let nested = guest.author().find_many().order_by(|a| a.id.asc());
    let nested = nested.include(|a| a.posts.select::<Title>().include(|p| (p.comments, p.author.select::<Writer>())));
    let nested = nested.await?;
    assert_eq!(nested[1].rel[0].row, title(3));
    assert_eq!(nested[1].rel[0].rel.0.len(), 1);
    assert_eq!(nested[1].rel[0].rel.1.as_ref().map(|name| &*name.name), Some("Bob"));
    let page = guest.post().find_many().order_by(|p| p.views.desc()).select::<Title>().take(2).page().await?;
    assert_eq!(page.items, [title(5), title(4)]);
    let mut stream = guest.post().find_many().select::<Title>().stream();
    assert_eq!(stream.next().await?, Some(title(1)));
    Ok(())
}

#[tokio::test]
async fn sql_of_ones_own_runs_unguarded_alone() -> Result<()> {
    let (all, guest) = blog().await?;
    let found: Vec<(i64, Option<String>)> =
        all.sql("SELECT id, note FROM Post WHERE views > ? AND id < ? ORDER BY id").bind(0).bind(3i64).fetch().await?;
    assert_eq!(found, [(1, Some("first".to_owned())), (2, Some("post 2".to_owned()))]);
    all.sql("UPDATE Post SET title = ? WHERE id = 1").bind("'; DROP TABLE Post; --".to_owned()).execute().await?;
    assert_eq!(guest.post().find_unique_or_err(1).await?.title, "'; DROP TABLE Post; --");
    assert!(all.sql("SELECT id, note FROM Post").fetch::<(i64,)>().await.is_err());
    assert!(all.sql("SELECT note FROM Post").fetch::<(String,)>().await.is_err());
    let transaction = all.begin().await?;
    transaction.sql("DELETE FROM Comment").execute().await?;
    assert_eq!(transaction.sql("SELECT count(*) FROM Comment").fetch::<(i64,)>().await?, [(0,)]);
    drop(transaction);
    assert_eq!(all.sql("SELECT count(*) FROM Comment").fetch::<(i64,)>().await?, [(5,)]);
    Ok(())
}

#[tokio::test]
async fn a_session_with_rules_runs_no_sql() -> Result<()> {
    use zmodel_runtime::caller::Caller;
    use zmodel_runtime::driver::sqlite::Sqlite;
    let engine = zmodel_runtime::engine::Engine::new(
        std::borrow::Cow::Owned(
            zmodel_cli::compile("client_reads.zmodel".as_ref(), &|_| {
                Ok(include_str!("../../schemas/client_reads.zmodel").to_owned())
            })
            .schema
            .unwrap(),
        ),
        Sqlite::open("sqlite::memory:")?,
    );
    let session = zmodel_runtime::session::Session::new(engine.clone(), Caller::Anonymous);
    assert!(zmodel_runtime::raw::Sql::new(&session, "SELECT 1").execute().await.is_err());
    let session = zmodel_runtime::session::Session::new(engine, Caller::Unguarded("test"));
    zmodel_runtime::raw::Sql::new(&session, "SELECT 1").execute().await
}
