//! A walk through the rules, in a terminal: three people, and every query with its SQL.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};
use zmodel_runtime::Error;
use zmodel_runtime::clerk::FromClerk;

use crate::db::{Client, Db, Post, User, post};
use crate::people::People;
use crate::{Failure, say};

/// Whom the tokens of the tour are for.
const ADDRESS: &str = "http://tour.invalid";

/// Walks through sign-in, create, publish and a forbidden change. Fails if a rule does not do what it says.
pub(crate) async fn run() -> Result<(), Failure> {
    let printer = Registry::default().with(Printer);
    let _on = tracing::subscriber::set_default(printer);
    let people = People::demo(ADDRESS)?;
    let db = Db::connect("sqlite::memory:").await?;
    db.create_tables().await?;

    say("A tour of the blog, with a database in memory. Every query is shown with the SQL that ran.\n");
    say("Ann and Bob sign in, each with a session token; it is verified, and its claims fill `auth()`.");
    let (ann, bob) = (sign_in(&db, &people, "user_ann")?, sign_in(&db, &people, "user_bob")?);
    let visitor = db.anonymous();
    say("  A visitor comes without a token.");

    step("Ann writes a draft");
    let draft = ann.post().create(new("On rules", "user_ann")).await?;
    result(&format!("created {:?}, published: {}", draft.title, draft.published));

    step("Bob looks for posts, and does not see the draft");
    expect(&titles(&bob).await?, &[])?;

    step("Bob writes a post in Ann's name");
    refused(bob.post().create(new("Ann says", "user_ann")).await, Error::is_denied)?;

    step("Bob changes Ann's draft, whose id he has guessed");
    let stolen = bob.post().update(&draft.id).set(|post| post.title, "On theft").await;
    refused(stolen, Error::is_not_found)?;

    step("Ann publishes it");
    let published = ann.post().update(&draft.id).set(|post| post.published, true).await?;
    result(&format!("{:?}, published: {}", published.title, published.published));

    step("Now Bob sees it");
    expect(&titles(&bob).await?, &["On rules"])?;

    step("Bob, who can read it, deletes it");
    refused(bob.post().delete(&draft.id).await, Error::is_not_found)?;

    step("The visitor sees nothing: both rules ask for somebody who is signed in, so the database is not even asked");
    expect(&titles(&visitor).await?, &[])?;

    step("Ann deletes it");
    let deleted = ann.post().delete(&draft.id).await?;
    result(&format!("deleted {:?}", deleted.title));

    say("\nEvery rule did what the schema says.");
    Ok(())
}

fn sign_in(db: &Db, people: &People, id: &str) -> Result<Client, Failure> {
    let token = people.token(id)?.ok_or("there is no such person")?;
    let verified = people.verifier().verify(&token)?;
    let user = User::from_clerk(&verified)?;
    say(&format!("  {} … is {}", token.chars().take(24).collect::<String>(), user.id));
    Ok(db.auth(user))
}

fn new(title: &str, author: &str) -> post::New {
    post::New { title: title.to_owned(), author_id: author.to_owned() }
}

async fn titles(client: &Client) -> Result<Vec<String>, Failure> {
    let posts: Vec<Post> = client.post().find_many().order_by(|post| post.created_at.desc()).await?;
    Ok(posts.into_iter().map(|post| post.title).collect())
}

fn step(text: &str) {
    say(&format!("\n{text}."));
}

fn result(text: &str) {
    say(&format!("  → {text}"));
}

fn expect(found: &[String], expected: &[&str]) -> Result<(), Failure> {
    result(&format!("{found:?}"));
    if found == expected { Ok(()) } else { Err(format!("expected {expected:?}").into()) }
}

fn refused<T: fmt::Debug>(
    outcome: zmodel_runtime::Result<T>,
    as_expected: impl Fn(&Error) -> bool,
) -> Result<(), Failure> {
    match outcome {
        Err(error) if as_expected(&error) => {
            result(&format!("refused: {error}"));
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(done) => Err(format!("this should have been refused: {done:?}").into()),
    }
}

/// Prints the queries that zmodel traces.
struct Printer;

impl<S: tracing::Subscriber> Layer<S> for Printer {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "zmodel::query" {
            return;
        }
        let mut query = Query::default();
        event.record(&mut query);
        match query.sql {
            Some(sql) => say(&format!("  {sql}")),
            None => say("  (no SQL: the rules are decided by who is asking)"),
        }
    }
}

#[derive(Default)]
struct Query {
    sql: Option<String>,
}

impl Visit for Query {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "sql" {
            self.sql = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
