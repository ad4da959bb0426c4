//! What the application adds to every call, and what the world around sees of it.

#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::{Db, comment, post, tag, user};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event as Traced, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use zmodel_macros::zmodel;
use zmodel_runtime::hooks::{BoxFuture, Event, Hook, Outcome};
use zmodel_runtime::json::Operation as Call;
use zmodel_runtime::schema::Operation;
use zmodel_runtime::{Error, Parent, Result};

/// Users, their posts, and what hangs on them.
#[zmodel("schemas/nested.zmodel")]
pub mod db {}

/// Writes down what it is told.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn note(&self, when: &str, event: &Event<'_>) {
        let operation = event.operation.map_or("raw", Operation::name);
        let nested = if event.nested { " nested" } else { "" };
        let within = if event.in_transaction { " within" } else { "" };
        self.0.lock().unwrap().push(format!("{when} {} {operation}{nested}{within}", event.model));
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Hook for Diary {
    fn before<'a>(&'a self, event: &'a Event<'a>) -> BoxFuture<'a, Result<()>> {
        self.note("before", event);
        Box::pin(async { Ok(()) })
    }

    fn after(&self, event: &Event<'_>, outcome: &Outcome<'_>) {
        let ended = outcome.error.map_or("ok", Error::kind);
        self.note(&format!("{ended}:{}", outcome.rows), event);
    }

    fn committed(&self, event: &Event<'_>) {
        self.note("committed", event);
    }
}

/// Refuses one thing.
struct No(&'static str, Operation);

impl Hook for No {
    fn before<'a>(&'a self, event: &'a Event<'a>) -> BoxFuture<'a, Result<()>> {
        let refused = event.model == self.0 && event.operation == Some(self.1);
        Box::pin(async move { if refused { Err(Error::refused("not on a Sunday")) } else { Ok(()) } })
    }
}

async fn open() -> Result<(Db, Diary)> {
    let diary = Diary::default();
    let db = Db::new(zmodel_tests::database::driver().await?).hook(diary.clone());
    db.create_tables().await?;
    Ok((db, diary))
}

fn ann() -> user::New {
    user::New { id: 1, name: "Ann".into() }
}

fn first() -> post::New {
    post::New { id: 1, title: "First".into(), author_id: 1 }
}

async fn a_hook_is_told_of_every_call() -> Result<()> {
    let (db, diary) = open().await?;
    let client = db.anonymous();
    client.user().create(ann()).await?;
    assert_eq!(diary.take(), ["before User create", "ok:1 User create", "committed User create"]);
    client
        .post()
        .create(first())
        .along(|post| post.comments, |c| c.create([comment::New { text: "hi".into(), post_id: Parent }]))
        .include(|post| (post.author,))
        .await?;
    assert_eq!(
        diary.take(),
        [
            "before Post create",
            "before Comment create nested",
            "before User read nested",
            "ok:1 Post create",
            "committed Post create",
            "committed Comment create nested",
        ]
    );
    client.post().find_many().filter(|post| post.comments.some(|c| c.text.eq("hi"))).await?;
    assert_eq!(diary.take(), ["before Post read", "before Comment read nested", "ok:1 Post read"]);
    // A call that fails is over, and nothing of it is permanent.
    assert!(client.user().create(ann()).await.unwrap_err().is_unique_violation());
    assert_eq!(diary.take(), ["before User create", "database:0 User create"]);
    client.call("tag", Call::Count, &json!({})).await?;
    assert_eq!(diary.take(), ["before Tag read", "ok:0 Tag read"]);
    db.unguarded("look").sql("SELECT 1").execute().await?;
    assert_eq!(diary.take()[0], "before  raw");
    Ok(())
}

async fn it_is_told_of_what_is_committed_alone() -> Result<()> {
    let (db, diary) = open().await?;
    let client = db.anonymous();
    let tag = |id: i32| tag::New { id, name: id.to_string() };
    let committed = || {
        let mut all = diary.take();
        all.retain(|line| line.starts_with("committed"));
        all.len()
    };
    let tx = client.begin().await?;
    tx.tag().create(tag(1)).await?;
    let part = tx.begin().await?;
    part.tag().create(tag(2)).await?;
    part.commit().await?;
    let undone = tx.begin().await?;
    undone.tag().create(tag(3)).await?;
    let inner = undone.begin().await?;
    inner.tag().create(tag(4)).await?;
    inner.commit().await?;
    drop(undone);
    assert!(tx.tag().create(tag(1)).await.is_err());
    assert_eq!(committed(), 0);
    tx.commit().await?;
    assert_eq!(committed(), 2);
    let dropped = client.begin().await?;
    dropped.tag().create(tag(5)).await?;
    drop(dropped);
    assert_eq!(committed(), 0);
    Ok(())
}

async fn what_a_hook_refuses_is_not_done_however_it_is_asked_for() -> Result<()> {
    let (db, _) = open().await?;
    let db = db.hook(No("Comment", Operation::Create)).hook(No("Tag", Operation::Read));
    let client = db.anonymous();
    client.user().create(ann()).await?;
    let nested = client
        .post()
        .create(first())
        .along(|post| post.comments, |c| c.create([comment::New { text: "hi".into(), post_id: Parent }]))
        .await
        .unwrap_err();
    assert!(nested.is_refused() && nested.to_string() == "not on a Sunday", "{nested}");
    let json = json!({ "data": { "text": "hi", "post": { "create": { "id": 1, "title": "x", "authorId": 1 } } } });
    assert!(client.call("comment", Call::Create, &json).await.unwrap_err().is_refused());
    assert_eq!(client.post().count().await?, 0);
    client.post().create(first()).await?;
    assert!(client.post().find_many().include(|post| post.tags).await.unwrap_err().is_refused());
    assert!(client.post().count().filter(|post| post.tags.none(|tag| tag.id.eq(1))).await.unwrap_err().is_refused());
    assert!(client.post().find_many().order_by(|post| post.tags.count().asc()).await.unwrap_err().is_refused());
    // It adds to the rules, and takes nothing from them.
    let refused = client.post().update(1).set(|post| post.title, "bad").await.unwrap_err();
    assert!(refused.is_denied());
    Ok(())
}

zmodel_tests::on_each_database!(
    a_hook_is_told_of_every_call,
    it_is_told_of_what_is_committed_alone,
    what_a_hook_refuses_is_not_done_however_it_is_asked_for,
);

/// Keeps what spans and events say.
#[derive(Clone, Default)]
struct Seen {
    spans: Arc<Mutex<BTreeMap<u64, BTreeMap<String, String>>>>,
    events: Arc<Mutex<Vec<BTreeMap<String, String>>>>,
}

struct Fields<'a>(&'a mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S> for Seen {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let mut spans = self.spans.lock().unwrap();
        let fields = spans.entry(id.into_u64()).or_default();
        fields.insert("target".into(), attributes.metadata().target().into());
        attributes.record(&mut Fields(fields));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut Fields(self.spans.lock().unwrap().entry(id.into_u64()).or_default()));
    }

    fn on_event(&self, event: &Traced<'_>, _: Context<'_, S>) {
        let mut fields = BTreeMap::from([("target".to_owned(), event.metadata().target().to_owned())]);
        event.record(&mut Fields(&mut fields));
        self.events.lock().unwrap().push(fields);
    }
}

#[tokio::test]
async fn a_span_says_what_a_call_was_and_never_a_value() -> Result<()> {
    let (db, _) = open().await?;
    let db = db.log_slower_than(Duration::ZERO);
    let seen = Seen::default();
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(seen.clone()));
    let client = db.anonymous();
    client.user().create(user::New { id: 77_001, name: "Secretive".into() }).await?;
    client.user().find_many().filter(|user| user.name.eq("Secretive")).await?;
    assert!(client.user().create(user::New { id: 77_001, name: "Secretive".into() }).await.is_err());
    drop(guard);
    let spans = seen.spans.lock().unwrap();
    let calls: Vec<_> = spans.values().filter(|span| span["target"] == "zmodel::call").collect();
    let told = |span: &BTreeMap<String, String>| {
        (span["model"].clone(), span["operation"].clone(), span["rows"].clone(), span["failed"].clone())
    };
    let text = |parts: (&str, &str, &str, &str)| {
        (format!("{:?}", parts.0), format!("{:?}", parts.1), parts.2.to_owned(), parts.3.to_owned())
    };
    assert_eq!(told(calls[0]), text(("User", "create", "1", "false")));
    assert_eq!(told(calls[1]), text(("User", "read", "1", "false")));
    assert_eq!(told(calls[2]), text(("User", "create", "0", "true")));
    assert!(calls.iter().all(|span| span["micros"].parse::<u64>().is_ok()));
    let events = seen.events.lock().unwrap();
    let slow: Vec<_> = events.iter().filter(|event| event["target"] == "zmodel::slow").collect();
    assert_eq!(slow.len(), 3);
    assert!(slow[1]["sql"].contains("SELECT"), "{:?}", slow[1]);
    let all = format!("{spans:?} {events:?}");
    assert!(!all.contains("Secretive") && !all.contains("77001"), "{all}");
    Ok(())
}

#[test]
fn calls_are_counted() {
    let recorder = DebuggingRecorder::new();
    let snapshots = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let (db, _) = open().await.unwrap();
            let client = db.anonymous();
            client.user().create(ann()).await.unwrap();
            client.user().create(ann()).await.unwrap_err();
            client.user().find_many().await.unwrap();
            client.user().find_many().await.unwrap();
        });
    });
    let mut counted = BTreeMap::new();
    for (key, _, _, value) in snapshots.snapshot().into_vec() {
        let (_, key) = key.into_parts();
        let labels: Vec<&str> = key.labels().map(metrics::Label::value).collect();
        match value {
            DebugValue::Counter(count) => {
                counted.insert(format!("{} {}", key.name(), labels.join(" ")), count);
            }
            DebugValue::Histogram(times) => {
                counted.insert(format!("{} {}", key.name(), labels.join(" ")), times.len() as u64);
            }
            DebugValue::Gauge(_) => {}
        }
    }
    let expected = ["create database", "create ok", "read ok"].into_iter().zip([1, 1, 2]);
    let names = ["zmodel_call_duration_seconds", "zmodel_calls_total"];
    let expected = expected.flat_map(|(what, count)| names.map(|name| (format!("{name} User {what}"), count)));
    assert_eq!(counted, expected.collect());
}
