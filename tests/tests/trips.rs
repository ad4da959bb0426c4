//! How many times a call waits for PostgreSQL: a network in between counts how often the program speaks again after the
//! server has answered.

#![cfg(test)]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use db::{Client, Db, comment, post, tag, user};
use serde_json::json;
use zmodel_macros::zmodel;
use zmodel_runtime::client::Unguarded;
use zmodel_runtime::json::{Operation, Request};
use zmodel_runtime::{Parent, Result};
use zmodel_tests::database::url;

/// Users, their posts, and what hangs on them.
#[zmodel("schemas/nested.zmodel")]
pub mod db {}

/// What was said over a connection.
#[derive(Debug, Default)]
struct Talk {
    trips: AtomicUsize,
    /// Whether it is the program that spoke last.
    asking: AtomicBool,
    /// Whether the next `BEGIN` reaches the server as something that it does not know.
    garbles: AtomicBool,
    /// Whether what the server says arrives byte by byte.
    drips: AtomicBool,
}

impl Talk {
    /// How many round trips there were since the last time.
    fn trips(&self) -> usize {
        self.trips.swap(0, Ordering::SeqCst)
    }
}

/// The same database, at another address, where what is said is heard.
fn overheard(url: &str) -> (String, Arc<Talk>) {
    let (before, rest) = url.split_once('@').unwrap();
    let (server, after) = rest.split_once('/').unwrap();
    let (server, talk) = (server.to_owned(), Arc::<Talk>::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::clone(&talk);
    thread::spawn(move || {
        for program in listener.incoming() {
            let (program, server) = (program.unwrap(), TcpStream::connect(&server).unwrap());
            program.set_nodelay(true).unwrap();
            server.set_nodelay(true).unwrap();
            let (asked, answered) = (Arc::clone(&heard), Arc::clone(&heard));
            let (from, to) = (program.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || {
                pass_on(
                    from,
                    to,
                    || false,
                    |said| {
                        if !asked.asking.swap(true, Ordering::SeqCst) {
                            asked.trips.fetch_add(1, Ordering::SeqCst);
                        }
                        if let Some(at) = said.windows(6).position(|word| word == b"BEGIN\0")
                            && asked.garbles.swap(false, Ordering::SeqCst)
                        {
                            said[at] = b'X';
                        }
                    },
                );
            });
            thread::spawn(move || {
                let drips = || answered.drips.load(Ordering::SeqCst);
                pass_on(server, program, drips, |_| answered.asking.store(false, Ordering::SeqCst));
            });
        }
    });
    // One connection, without TLS, which speaks first when it closes.
    let joint = if after.contains('?') { '&' } else { '?' };
    let after = after.replace("connection_limit=4", "connection_limit=1");
    (format!("{before}@{address}/{after}{joint}sslmode=disable"), talk)
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, drips: impl Fn() -> bool, heard: impl Fn(&mut [u8])) {
    let mut bytes = [0; 16_384];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let said = &mut bytes[..count];
        heard(said);
        let parts = said.chunks(if drips() { 1 } else { count });
        let passed = parts.into_iter().try_for_each(|part| {
            // Long enough for a byte to be read before the next one comes.
            thread::sleep(if part.len() < count { Duration::from_micros(200) } else { Duration::ZERO });
            to.write_all(part)
        });
        if passed.is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

struct Overheard {
    client: Client,
    all: Client<Unguarded>,
    talk: Arc<Talk>,
}

async fn open() -> Result<Overheard> {
    let (url, talk) = overheard(&url().await);
    let db = Db::connect(&url).await?;
    db.create_tables().await?;
    let (client, all) = (db.anonymous(), db.unguarded("test"));
    client.user().create(user::New { id: 1, name: "Ann".into() }).await?;
    Ok(Overheard { client, all, talk })
}

fn comments<const N: usize>() -> [comment::New<Parent>; N] {
    [(); N].map(|()| comment::New { text: "text".into(), post_id: Parent })
}

fn new(id: i32) -> post::New {
    post::New { id, title: format!("Post {id}"), author_id: 1 }
}

impl Overheard {
    /// How many round trips `work` takes when its statements are prepared already; it is given another number each time.
    async fn trips<T>(&self, work: impl AsyncFn(i32) -> Result<T>) -> Result<usize> {
        work(1).await?;
        self.talk.trips();
        work(2).await?;
        Ok(self.talk.trips())
    }

    /// Two posts with a comment each.
    async fn arranged(&self) -> Result<()> {
        for id in [1, 2] {
            self.client.post().create(new(id)).along(|post| post.comments, |c| c.create(comments::<1>())).await?;
        }
        Ok(())
    }
}

/// An answer that comes in many parts waits for nobody, whoever is waited for.
async fn an_answer_can_come_in_many_parts() -> Result<()> {
    let over = open().await?;
    over.talk.drips.store(true, Ordering::SeqCst);
    let work = async {
        let posts = || over.client.post();
        for id in [1, 2] {
            posts().create(new(id)).along(|post| post.comments, |c| c.create(comments::<3>())).await?;
            // The same once more is refused, while other statements are on their way.
            let again = posts().create(new(id)).along(|post| post.comments, |c| c.create(comments::<3>())).await;
            assert!(again.is_err());
        }
        Ok((over.client.post().count().await?, over.client.comment().count().await?))
    };
    let counts: Result<_> = tokio::time::timeout(Duration::from_secs(30), work).await.expect("an answer");
    assert_eq!(counts?, (2, 6));
    Ok(())
}

async fn a_row_with_what_hangs_on_it_takes_as_few_as_it_can() -> Result<()> {
    let over = open().await?;
    let posts = || over.client.post();
    assert_eq!(over.trips(async |id| posts().create(new(id)).await).await?, 1);
    over.all.post().delete_many().await?;
    // The key is known before the row is there: BEGIN, both inserts, then the look with the COMMIT.
    let along = async |id| posts().create(new(id)).along(|post| post.comments, |c| c.create(comments::<3>())).await;
    assert_eq!(over.trips(along).await?, 3);
    over.all.post().delete_many().await?;
    // Its author is connected: seen, and referred to, without waiting for him.
    let connect = async |id: i32| {
        let data = json!({ "id": id, "title": "x", "author": { "connect": { "id": 1 } }, "comments": { "create": { "text": "y" } } });
        over.client.call("post", Operation::Create, &json!({ "data": data })).await
    };
    assert_eq!(over.trips(connect).await?, 3);
    // The database makes the key of a comment, and what hangs on it waits for that.
    let upwards = async |id: i32| {
        let data = json!({ "text": "z", "post": { "create": { "id": id + 10, "title": "x", "authorId": 1 } } });
        over.client.call("comment", Operation::Create, &json!({ "data": data })).await
    };
    assert_eq!(over.trips(upwards).await?, 3);
    Ok(())
}

async fn a_change_of_a_row_and_of_what_hangs_on_it_takes_as_few_as_it_can() -> Result<()> {
    let over = open().await?;
    over.arranged().await?;
    let ids: Vec<i32> = over.all.comment().find_many().await?.into_iter().map(|comment| comment.id).collect();
    let comment_of = |post: i32| ids[usize::try_from(post).unwrap() - 1];
    // Seen, both updates, and the question whether the post is acceptable; then the look with the COMMIT.
    let update = async |id| {
        let post = over.client.post().update(id).set(|post| post.title, "new");
        post.along(|post| post.comments, |c| c.update(comment_of(id), |c| c.set(|c| c.text, "new"))).await
    };
    assert_eq!(over.trips(update).await?, 3);
    // Whether there is one decides what is done.
    let upsert = async |id| {
        let draft = new(id).draft().along(|post| post.comments, |c| c.create(comments::<1>()));
        let post = over.client.post().upsert(id, draft, |post| {
            let post = post.set(|post| post.title, "new");
            post.along(|post| post.comments, |c| c.update(comment_of(id), |c| c.set(|c| c.text, "new")))
        });
        post.await
    };
    assert_eq!(over.trips(upsert).await?, 4);
    // What the rules say of the row afterwards is asked with the update.
    let plain = async |id| over.client.post().update(id).set(|post| post.title, "newer").await;
    assert_eq!(over.trips(plain).await?, 3);
    // A comment moves, and is seen before.
    let connect = async |id| {
        let data = json!({ "comments": { "connect": [{ "id": ids[0] }, { "id": ids[1] }] } });
        over.client.call("post", Operation::Update, &json!({ "where": { "id": id }, "data": data })).await
    };
    assert_eq!(over.trips(connect).await?, 3);
    Ok(())
}

async fn queries_of_a_batch_go_together() -> Result<()> {
    let over = open().await?;
    let Overheard { client, .. } = &over;
    let batch = async |id| {
        let tag = |id: i32| tag::New { id, name: id.to_string() };
        client
            .batch((
                client.tag().create(tag(id * 10)),
                client.tag().create(tag(id * 10 + 1)),
                client.tag().count(),
                client.tag().find_many().order_by(|tag| tag.id.asc()),
                client.tag().update_many().filter(|tag| tag.id.eq(id * 10)).set(|tag| tag.name, format!("new {id}")),
                client.tag().find_unique_or_err(id * 10),
            ))
            .await
    };
    let (_, _, count, found, changed, last) = batch(0).await?;
    assert_eq!((count, found.len(), changed, &*last.name), (2, 2, 1, "new 0"));
    // BEGIN, all of them, and the COMMIT.
    assert_eq!(over.trips(batch).await?, 3);
    let list = async |id| client.batch([id, id + 1, id + 2].map(|id| client.tag().find_unique(id))).await;
    assert_eq!(over.trips(list).await?, 3);
    let request = |id: i32| Request {
        model: "tag".into(),
        operation: Operation::Create,
        args: json!({ "data": { "id": id, "name": format!("json {id}") } }),
    };
    let requests = async |id| client.call_all(&[request(id * 10 + 50), request(id * 10 + 51)]).await;
    assert_eq!(over.trips(requests).await?, 3);
    // One that takes several steps stands between the others.
    let post = |id| client.post().create(new(id)).along(|post| post.comments, |c| c.create(comments::<2>()));
    let mixed = async |id| client.batch((client.post().count(), post(id + 20), client.comment().count())).await;
    assert_eq!(mixed(0).await?.2, 2);
    assert!(over.trips(mixed).await? <= 5);
    Ok(())
}

/// New rows are one statement, which is known after the first time, however many they are.
async fn many_new_rows_take_as_much_as_a_few() -> Result<()> {
    let over = open().await?;
    let tags = async |times: i32| {
        let data = (0..times * 3).map(|at| json!({ "id": times * 100 + at, "name": format!("{times} {at}") }));
        over.client.call("tag", Operation::CreateMany, &json!({ "data": data.collect::<Vec<_>>() })).await
    };
    // BEGIN, the rows, and the COMMIT.
    assert_eq!(over.trips(tags).await?, 3);
    assert_eq!(over.client.tag().count().await?, 9);
    Ok(())
}

async fn what_is_said_of_a_transaction_takes_none() -> Result<()> {
    let over = open().await?;
    let tag = |id: i32| tag::New { id, name: id.to_string() };
    let two = async |id: i32| {
        let tx = over.client.begin().await?;
        tx.tag().create(tag(id * 10)).await?;
        let part = tx.begin().await?;
        part.tag().create(tag(id * 10 + 1)).await?;
        part.commit().await?;
        tx.commit().await
    };
    assert_eq!(over.trips(two).await?, 4);
    Ok(())
}

/// Should BEGIN alone be refused, what comes after it would be there for good.
async fn a_transaction_that_did_not_begin_changes_nothing() -> Result<()> {
    let over = open().await?;
    let garble = || over.talk.garbles.store(true, Ordering::SeqCst);
    let posts = async || over.all.post().count().await;
    garble();
    let nested = over.client.post().create(new(1)).along(|post| post.comments, |c| c.create(comments::<2>()));
    assert!(nested.await.is_err());
    assert_eq!(posts().await?, 0);

    // Somebody goes on in spite of the error.
    for reads in [true, false] {
        garble();
        let tx = over.client.begin().await?;
        let first = if reads { tx.post().count().await.err() } else { tx.post().create(new(1)).await.err() };
        assert!(first.is_some());
        assert!(tx.post().create(new(2)).await.is_err());
        let along = tx.post().create(new(3)).along(|post| post.comments, |c| c.create(comments::<2>()));
        assert!(along.await.is_err());
        assert!(tx.commit().await.is_err());
        assert_eq!(posts().await?, 0);
    }
    assert!(!over.talk.garbles.load(Ordering::SeqCst));

    // The connection is as good as before.
    over.client.post().create(new(1)).along(|post| post.comments, |c| c.create(comments::<2>())).await?;
    assert_eq!(posts().await?, 1);
    Ok(())
}

zmodel_tests::on_postgres!(
    a_transaction_that_did_not_begin_changes_nothing,
    a_row_with_what_hangs_on_it_takes_as_few_as_it_can,
    a_change_of_a_row_and_of_what_hangs_on_it_takes_as_few_as_it_can,
    many_new_rows_take_as_much_as_a_few,
    queries_of_a_batch_go_together,
    what_is_said_of_a_transaction_takes_none,
    an_answer_can_come_in_many_parts,
);
