//! Searches that PostgreSQL makes in texts.

#![cfg(test)]

use db::{Article, Db, article, note, topic};
use serde_json::{Value as Json, json};
use zmodel_macros::zmodel;
use zmodel_runtime::Result;
use zmodel_runtime::json::Operation;
use zmodel_runtime::search::{FullText, Fuzzy};
use zmodel_tests::database::{Database, driver_of, here, offers, whole_url};

/// Articles that can be searched, of which somebody must not find everything.
#[zmodel("schemas/search.zmodel")]
pub mod db {}

/// None where PostgreSQL does not offer what is tested.
async fn open() -> Result<Option<Db>> {
    let driver = driver_of(&whole_url().await).await?;
    if here() == Database::Postgres && !offers(&driver, &["pg_trgm", "unaccent"]).await? {
        return Ok(None);
    }
    let db = Db::new(driver);
    db.create_tables().await?;
    let all = db.unguarded("arrange");
    all.topic().create(topic::New { id: 1, name: "Animals".into() }).await?;
    for (id, title, body, author, secret, hidden) in [
        (1, "The cat sat", "A fat cat sat on a mat and ate a rat", "José Álvarez", false, false),
        (2, "A dog's life", "Dogs chase cats; a dog sleeps", "Jon Snow", false, false),
        (3, "Nothing", "A cat, in secret", "Jonathan", true, false),
        (4, "Cats that nobody sees", "cat cat cat", "Jon", false, true),
        (5, "The weather", "Rain", "Rainer Maria", false, false),
    ] {
        let new = all.article().create(article::New { id, title: title.into() }).set(|a| a.body, body);
        new.set(|a| a.author, author)
            .set(|a| a.secret, secret)
            .set(|a| a.hidden, hidden)
            .set(|a| a.topic_id, 1)
            .await?;
    }
    all.article().create(article::New { id: 6, title: "Empty".into() }).await?;
    Ok(Some(db))
}

fn ids(rows: &[Article]) -> Vec<i32> {
    rows.iter().map(|row| row.id).collect()
}

async fn by(db: &Db, filter: Json) -> Vec<i64> {
    let args = json!({ "where": filter, "orderBy": { "id": "asc" }, "select": { "id": true } });
    let found = db.anonymous().call("article", Operation::FindMany, &args).await.unwrap();
    found.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

async fn ordered(db: &Db, order: Json) -> Vec<i64> {
    let args = json!({ "orderBy": [order, { "id": "asc" }], "select": { "id": true } });
    let found = db.anonymous().call("article", Operation::FindMany, &args).await.unwrap();
    found.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

async fn words_are_found_in_what_the_caller_sees() -> Result<()> {
    let Some(db) = open().await? else { return Ok(()) };
    let me = db.anonymous();
    if here() == Database::Sqlite {
        for refused in [
            me.article().find_many().filter(|a| a.body.full_text("cat")).await.unwrap_err(),
            me.article().find_many().order_by(|a| a.title.full_text_relevance("cat").desc()).await.unwrap_err(),
        ] {
            assert_eq!(refused.to_string(), "SQLite has no full-text search; PostgreSQL has it");
        }
        let args = json!({ "where": { "body": { "fts": { "search": "cat" } } } });
        let refused = me.call("article", Operation::FindMany, &args).await.unwrap_err();
        assert_eq!((refused.kind(), refused.to_string().contains("SQLite has no full-text search")), ("invalid", true));
        return Ok(());
    }
    let found = me.article().find_many().filter(|a| a.body.full_text(FullText::new("cat").config("english")));
    // Nothing of the third, whose text is hidden, nor of the fourth, which is hidden as a whole.
    assert_eq!(ids(&found.order_by(|a| a.id.asc()).await?), [1, 2]);
    assert_eq!(by(&db, json!({ "body": { "fts": { "search": "cat", "config": "english" } } })).await, [1, 2]);
    assert_eq!(by(&db, json!({ "body": { "fts": { "search": "cat", "config": "simple" } } })).await, [1]);
    assert_eq!(
        by(&db, json!({ "body": { "fts": { "search": "fat <-> cat", "config": "pg_catalog.simple" } } })).await,
        [1]
    );
    assert_eq!(by(&db, json!({ "NOT": { "body": { "fts": { "search": "cat", "config": "english" } } } })).await, [5]);
    assert_eq!(by(&db, json!({ "body": { "not": { "fts": { "search": "ca:*", "config": "simple" } } } })).await, [5]);
    assert_eq!(
        by(&db, json!({ "title": { "fts": { "search": "cat & sat | weather", "config": "simple" } } })).await,
        [1, 5]
    );
    // As somebody types it, nothing means anything but its words.
    let typed = me.article().find_many().filter(|a| a.body.full_text(FullText::words("ate & 'rat").config("simple")));
    assert_eq!(ids(&typed.await?), [1]);
    let related = me.topic().count().filter(|t| t.articles.some(|a| a.body.full_text("secret"))).await?;
    assert_eq!((related, me.topic().count().filter(|t| t.articles.some(|a| a.body.full_text("rain"))).await?), (0, 1));
    Ok(())
}

async fn what_is_no_search_is_an_error_whoever_asks() -> Result<()> {
    let Some(db) = open().await? else { return Ok(()) };
    let me = db.anonymous();
    for (filter, said) in [
        (json!({ "body": { "fts": { "search": "cat dog" } } }), "words with `&`"),
        (json!({ "body": { "fts": { "search": "" } } }), "an empty text"),
        (json!({ "body": { "fts": { "query": "cat" } } }), "query"),
        (json!({ "author": { "fts": { "search": "cat" } } }), "fts"),
        (json!({ "plain": { "fuzzy": { "search": "cat" } } }), "fuzzy"),
        (json!({ "title": { "fuzzy": { "search": "cat", "mode": "best" } } }), "strictWord"),
        (json!({ "title": { "fuzzy": { "search": "cat", "threshold": 2 } } }), "from 0 to 1"),
    ] {
        let refused = me.call("article", Operation::FindMany, &json!({ "where": filter })).await.unwrap_err();
        assert!(refused.kind() == "invalid" && refused.to_string().contains(said), "{refused}");
    }
    for (order, said) in [
        (json!({ "_ftsRelevance": { "fields": ["author"], "search": "a", "sort": "asc" } }), "searched so"),
        (json!({ "_ftsRelevance": { "fields": [], "search": "a", "sort": "asc" } }), "a list of fields"),
        (json!({ "_ftsRelevance": { "fields": ["body"], "search": "a" } }), "`sort` is missing"),
        (json!({ "_fuzzyRelevance": { "fields": ["body"], "search": "a", "sort": "asc" } }), "searched so"),
    ] {
        let refused = me.call("article", Operation::FindMany, &json!({ "orderBy": order })).await.unwrap_err();
        assert!(refused.kind() == "invalid" && refused.to_string().contains(said), "{refused}");
    }
    let refused = me.article().count().filter(|a| a.plain.full_text("cat")).await.unwrap_err().to_string();
    assert_eq!(refused, "`Article.plain` is no text that is marked `@fullText`");
    let refused = me.article().count().filter(|a| a.title.fuzzy(Fuzzy::new("x").threshold(1.5))).await.unwrap_err();
    assert_eq!(refused.kind(), "invalid");
    if here() == Database::Postgres {
        // It would be an error of the database only where that comes to a row, seen or not.
        assert_eq!(
            by(&db, json!({ "id": 4, "body": { "fts": { "search": "cat", "config": "nowhere" } } })).await,
            [0; 0]
        );
        assert_eq!(
            by(&db, json!({ "id": 1, "body": { "fts": { "search": "cat", "config": "nowhere" } } })).await,
            [0; 0]
        );
    }
    Ok(())
}

async fn orders_by_relevance_see_what_the_caller_sees() -> Result<()> {
    let Some(db) = open().await? else { return Ok(()) };
    let me = db.anonymous();
    if here() == Database::Sqlite {
        let order = json!({ "_fuzzyRelevance": { "fields": ["title"], "search": "cat", "sort": "desc" } });
        let refused = me.call("article", Operation::FindMany, &json!({ "orderBy": order })).await.unwrap_err();
        assert!(refused.to_string().contains("SQLite has no fuzzy search"), "{refused}");
        return Ok(());
    }
    let best = me.article().find_many();
    let words = || FullText::new("cat | dog").config("english");
    let best = best.order_by(|a| a.title.full_text_relevance(words()).and(a.body).desc().then(a.id.asc()));
    assert_eq!(ids(&best.take(3).await?), [2, 1, 3]);
    let order =
        |sort| json!({ "_ftsRelevance": { "fields": ["body"], "search": "cat", "config": "english", "sort": sort } });
    // What is hidden fits as little as what is not there.
    assert_eq!(ordered(&db, order("desc")).await, [1, 2, 3, 5, 6]);
    assert_eq!(ordered(&db, order("asc")).await, [3, 5, 6, 1, 2]);
    let order = json!({ "_fuzzyRelevance": { "fields": ["author"], "search": "jon", "mode": "word", "sort": "desc" } });
    assert_eq!(ordered(&db, order).await[0], 2);
    let order = json!({ "_fuzzyRelevance": { "fields": ["author", "title"], "search": "rain", "sort": "desc" } });
    assert_eq!(ordered(&db, order).await[0], 5);
    let page = || me.article().find_many().order_by(|a| a.body.full_text_relevance(words()).desc()).take(2);
    let first = page().page().await?;
    let second = page().after(first.next).page().await?;
    let third = page().after(second.next).page().await?;
    let all = [first.items, second.items, third.items].concat();
    assert_eq!(ids(&all), [2, 1, 3, 5, 6]);
    let by_topic = me
        .article()
        .find_many()
        .order_by(|a| a.topic.order_by(|t| t.name.fuzzy_relevance("animal").desc().nulls_last()));
    assert_eq!(by_topic.await?.last().unwrap().id, 6);
    Ok(())
}

async fn what_is_similar_is_found_in_what_the_caller_sees() -> Result<()> {
    let Some(db) = open().await? else { return Ok(()) };
    let me = db.anonymous();
    let near = || me.article().find_many().order_by(|a| a.id.asc());
    if here() == Database::Sqlite {
        let refused = near().filter(|a| a.title.fuzzy("cat")).await.unwrap_err();
        assert_eq!(refused.to_string(), "SQLite has no fuzzy search; PostgreSQL has it");
        return Ok(());
    }
    assert_eq!(ids(&near().filter(|a| a.author.fuzzy("jon snou")).await?), [2]);
    assert_eq!(ids(&near().filter(|a| a.author.fuzzy(Fuzzy::new("jonat").word())).await?), [0; 0]);
    assert_eq!(ids(&near().filter(|a| a.author.fuzzy(Fuzzy::new("jose alvarez").unaccent())).await?), [1]);
    assert_eq!(ids(&near().filter(|a| a.author.fuzzy(Fuzzy::new("jose alvarez").threshold(0.9))).await?), [0; 0]);
    assert_eq!(ids(&near().filter(|a| a.author.fuzzy(Fuzzy::new("snow").strict_word().threshold(0.9))).await?), [2]);
    assert_eq!(
        by(&db, json!({ "author": { "fuzzy": { "search": "jose", "mode": "word", "unaccent": true } } })).await,
        [1]
    );
    assert_eq!(by(&db, json!({ "author": { "fuzzy": { "search": "JON SNOW", "threshold": 0.99 } } })).await, [2]);
    assert_eq!(me.article().update_many().filter(|a| a.title.fuzzy("the weather")).set(|a| a.plain, "x").await?, 1);
    Ok(())
}

async fn a_rule_searches_as_in_version_2() -> Result<()> {
    let Some(db) = open().await? else { return Ok(()) };
    let all = db.unguarded("arrange");
    for (id, text) in [(1, "open"), (2, "open secret"), (3, "a public trade secret"), (4, "closed")] {
        all.note().create(note::New { id }).set(|n| n.text, text).await?;
    }
    // Of one that says nothing nothing is known.
    all.note().create(note::New { id: 5 }).await?;
    let read = db.anonymous().note().find_many().order_by(|n| n.id.asc()).await;
    match here() {
        Database::Sqlite => assert!(read.unwrap_err().to_string().contains("SQLite has no full-text search")),
        Database::Postgres => assert_eq!(read?.iter().map(|note| note.id).collect::<Vec<_>>(), [1, 3]),
    }
    Ok(())
}

zmodel_tests::on_each_database!(
    words_are_found_in_what_the_caller_sees,
    what_is_no_search_is_an_error_whoever_asks,
    orders_by_relevance_see_what_the_caller_sees,
    what_is_similar_is_found_in_what_the_caller_sees,
    a_rule_searches_as_in_version_2,
);
