//! Procedures: what the application does for who calls it by name, typed and in JSON.

#![cfg(test)]

use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use zmodel_runtime::caller::Caller;
use zmodel_runtime::client::HasSession as _;
use zmodel_runtime::hooks::{BoxFuture, Event, Hook, Outcome};
use zmodel_runtime::{Bytes, DateTime, Decimal, Error, Result};
use zmodel_tests::procedures::{
    Address, Bundle, Client, Db, Entry, Greeting, Member, MemberContext, Procedures, Tally, Tone, entry, member,
};

/// The application. What goes beyond the caller's rights it does with a database of its own.
struct App {
    db: Db,
}

impl Procedures for App {
    async fn sign_up(&self, client: Client, id: String, name: Option<String>) -> Result<Member> {
        if id == "root" {
            return Err(Error::refused("this name is taken"));
        }
        client.member().create(member::New { id, name: name.unwrap_or_else(|| "nobody".into()) }).await
    }

    async fn feed(&self, client: Client, words: Vec<String>, limit: Option<i32>) -> Result<Vec<Entry>> {
        let mut posts = client.entry().find_many().order_by(|post| post.id.asc()).await?;
        posts.retain(|post| words.iter().all(|word| post.title.contains(word)));
        posts.truncate(limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(0)));
        Ok(posts)
    }

    async fn greet(&self, _: Client, greeting: Greeting, more: Option<Vec<Greeting>>) -> Result<Vec<String>> {
        let all = std::iter::once(greeting).chain(more.unwrap_or_default());
        Ok(all.map(|one| vec![one.word; usize::try_from(one.times).unwrap_or(0)].join(" ")).collect())
    }

    async fn echo(
        &self,
        _: Client,
        yes: bool,
        big: i64,
        float: f64,
        exact: Decimal,
        time: DateTime,
        json: Json,
        bytes: Bytes,
        tone: Tone,
        tones: Vec<Tone>,
        any: Json,
    ) -> Result<Json> {
        let names: Vec<&str> = tones.iter().map(|tone| tone.as_str()).collect();
        Ok(json!([yes, big, float, exact.to_string(), time.timestamp_millis(), json, bytes, tone.as_str(), names, any]))
    }

    async fn tally(&self, client: Client) -> Result<Tally> {
        let posts = i32::try_from(client.entry().count().await?).unwrap_or(i32::MAX);
        Ok(Tally { posts, since: DateTime::UNIX_EPOCH })
    }

    async fn double(&self, _: Client, decimal: Decimal, bytes: Vec<Bytes>) -> Result<Vec<Decimal>> {
        Ok(vec![decimal * Decimal::TWO, bytes.concat().len().into()])
    }

    async fn rename(&self, _: Client, user: Member, others: Option<Vec<Member>>) -> Result<Vec<Member>> {
        let all = std::iter::once(user).chain(others.unwrap_or_default());
        Ok(all.map(|user| Member { name: user.name.to_uppercase(), ..user }).collect())
    }

    async fn publish(&self, client: Client, titles: Vec<String>) -> Result<()> {
        let Caller::User(_) = client.session().caller() else { return Err(Error::refused("sign in first")) };
        client
            .in_transaction(|tx| async move {
                for title in titles {
                    tx.entry().create(entry::New { title, author_id: "ann".into() }).await?;
                }
                Ok(())
            })
            .await
    }

    async fn twice(&self, client: Client, title: String) -> Result<i32> {
        client.procedures().publish(vec![title.clone(), title]).await?;
        // Beyond what the caller sees.
        let all = self.db.unguarded("counting for everybody").entry().count().await?;
        Ok(i32::try_from(all).unwrap_or(i32::MAX))
    }

    async fn fail(&self, _: Client, how: Tone) -> Result<()> {
        match how {
            Tone::Plain => Err(Error::refused("not like that")),
            Tone::Loud => Err(Error::failed("the mail server at 10.0.0.7 is down")),
        }
    }

    async fn optional(&self, _: Client, tone: Option<Tone>, at: Option<DateTime>) -> Result<Tone> {
        Ok(if at.is_some() { Tone::Loud } else { tone.unwrap_or(Tone::Plain) })
    }

    async fn nothing(&self, _: Client, options: Json) -> Result<()> {
        if options == json!({ "fine": true }) { Ok(()) } else { Err(Error::refused(options.to_string())) }
    }

    async fn bundle(&self, _: Client, bundle: Bundle, more: Option<Vec<Bundle>>) -> Result<Bundle> {
        let inner = more.and_then(|mut more| more.pop()).map(Box::new);
        Ok(Bundle { title: bundle.title.to_uppercase(), inner, ..bundle })
    }
}

async fn bare() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    Ok(db)
}

async fn database() -> Result<Db> {
    let db = bare().await?;
    Ok(db.clone().with_procedures(App { db }))
}

fn ann(db: &Db) -> Client {
    db.auth(MemberContext { id: "ann".into(), name: None, salary: None })
}

async fn posts() -> Result<Db> {
    let db = database().await?;
    let all = db.unguarded("arrange");
    for id in ["ann", "bob"] {
        all.member().create(member::New { id: id.into(), name: id.into() }).await?;
    }
    for (title, author_id, hidden) in [("one", "ann", false), ("two", "ann", true), ("three", "bob", true)] {
        let new = entry::New { title: title.into(), author_id: author_id.into() };
        all.entry().create(new).set(|post| post.hidden, hidden).set(|post| post.tone, Tone::Loud).await?;
    }
    Ok(db)
}

fn titles(posts: &[Entry]) -> Vec<&str> {
    posts.iter().map(|post| post.title.as_str()).collect()
}

/// What is passed is typed, and the rules hold in the client that the implementation is given.
async fn a_procedure_acts_for_who_calls_it() -> Result<()> {
    let db = posts().await?;
    let made = db.anonymous().procedures().sign_up("cid".into(), None).await?;
    // Who did not sign in sees no salary.
    assert_eq!((made.id.as_str(), made.name.as_str(), made.salary), ("cid", "nobody", None));
    assert_eq!(titles(&db.anonymous().procedures().feed(Vec::new(), None).await?), ["one"]);
    assert_eq!(titles(&ann(&db).procedures().feed(Vec::new(), None).await?), ["one", "two"]);
    assert_eq!(titles(&ann(&db).procedures().feed(vec!["o".into(), "w".into()], Some(5)).await?), ["two"]);
    assert_eq!(ann(&db).procedures().tally().await?, Tally { posts: 2, since: DateTime::UNIX_EPOCH });
    // Nobody writes in somebody else's name, also not by a procedure.
    let bob = db.auth(MemberContext { id: "bob".into(), name: None, salary: None });
    assert!(bob.procedures().publish(vec!["x".into()]).await.unwrap_err().is_denied());
    assert!(db.anonymous().procedures().publish(Vec::new()).await.unwrap_err().is_refused());
    Ok(())
}

/// A procedure can do more for the caller than he could himself, and call others; it is part of his transaction.
async fn procedures_call_each_other_within_the_transaction_of_the_caller() -> Result<()> {
    let db = posts().await?;
    let client = ann(&db);
    client.procedures().publish(vec!["a".into(), "b".into()]).await?;
    assert_eq!(client.entry().count().await?, 4);
    let tx = client.begin().await?;
    tx.procedures().publish(vec!["c".into()]).await?;
    assert_eq!(tx.entry().count().await?, 5);
    drop(tx);
    assert_eq!(client.entry().count().await?, 4);
    assert_eq!(client.procedures().twice("d".into()).await?, 7);
    Ok(())
}

async fn every_kind_of_value_is_passed_as_it_is() -> Result<()> {
    let db = posts().await?;
    let calls = db.anonymous();
    let calls = calls.procedures();
    let echoed = calls
        .echo(
            true,
            i64::MAX,
            f64::INFINITY,
            Decimal::new(-150, 2),
            DateTime::UNIX_EPOCH,
            json!({ "a": [null] }),
            vec![0, 255],
            Tone::Loud,
            vec![Tone::Plain, Tone::Loud],
            Json::Null,
        )
        .await?;
    assert_eq!(
        echoed,
        json!([true, i64::MAX, null, "-1.5", 0, { "a": [null] }, [0, 255], "LOUD", ["PLAIN", "LOUD"], null])
    );
    assert_eq!(
        calls.double(Decimal::new(15, 1), vec![vec![1], vec![2, 3]]).await?,
        [Decimal::from(3), Decimal::from(3)]
    );
    let greeting = |word: &str, times| Greeting { word: word.into(), times, tones: vec![Tone::Loud], to: None };
    // What a structure asks of its members is asked here too, and what it makes of them is what is passed.
    assert_eq!(calls.greet(greeting(" hi ", 2), Some(vec![greeting("ho", 1)])).await?, ["hi hi", "ho"]);
    let nowhere = Greeting { to: Some(Address { street: "x".into() }), ..greeting("hi", 0) };
    let Error::Validation(refused) = calls.greet(greeting("hi", 1), Some(vec![nowhere])).await.unwrap_err() else {
        panic!("it must be refused")
    };
    let places: Vec<(&str, &str)> = refused.problems.iter().map(|it| (it.path.as_str(), it.code)).collect();
    assert_eq!(refused.model, "$procs.greet");
    assert_eq!(places, [("more[0].times", "gt"), ("more[0].to.street", "length")]);
    assert_eq!(calls.optional(None, None).await?, Tone::Plain);
    assert_eq!(calls.optional(Some(Tone::Plain), Some(DateTime::UNIX_EPOCH)).await?, Tone::Loud);
    // Rows, with what is hidden, and a structure inside.
    let home = Some(Address { street: "Main".into() });
    let user = Member { id: "x".into(), name: "x".into(), salary: Some(Decimal::ONE), home };
    let hidden = Member { salary: None, home: None, ..user.clone() };
    let renamed = calls.rename(user.clone(), Some(vec![hidden.clone()])).await?;
    assert_eq!(renamed, [Member { name: "X".into(), ..user }, Member { name: "X".into(), ..hidden }]);
    Ok(())
}

async fn the_same_in_json() -> Result<()> {
    let db = posts().await?;
    let client = ann(&db);
    let call = |name: &'static str, args: Json| {
        let client = client.clone();
        async move { client.call_procedure(name, &json!({ "args": args })).await }
    };
    let made = call("signUp", json!({ "id": "dan", "name": "Dan" })).await?;
    assert_eq!(made, json!({ "id": "dan", "name": "Dan", "salary": null, "home": null }));
    let feed = call("feed", json!({ "words": ["one"] })).await?;
    assert_eq!(feed, json!([{ "id": 1, "title": "one", "hidden": false, "tone": "LOUD", "authorId": "ann" }]));
    assert_eq!(
        client.call_procedure("tally", &Json::Null).await?,
        json!({ "posts": 2, "since": "1970-01-01T00:00:00.000Z" })
    );
    assert_eq!(call("tally", json!({})).await?["posts"], 2);
    assert_eq!(call("publish", json!({ "titles": [] })).await?, Json::Null);
    assert_eq!(call("double", json!({ "decimal": "1.50", "bytes": ["AQI="] })).await?, json!(["3", "2"]));
    assert_eq!(client.call_procedure("optional", &json!({})).await?, "PLAIN");
    assert_eq!(call("optional", json!({ "tone": "LOUD", "at": null })).await?, "LOUD");
    assert_eq!(call("greet", json!({ "greeting": { "word": "hi ", "times": 1 } })).await?, json!(["hi"]));
    let user = json!({ "id": "x", "name": "x", "home": { "street": "Main" } });
    assert_eq!(
        call("rename", json!({ "user": user })).await?,
        json!([{ "id": "x", "name": "X", "salary": null, "home": { "street": "Main" } }])
    );
    let echo = json!({
        "yes": true, "big": "7", "float": 0.5, "exact": 1.5, "time": "1970-01-01", "json": { "x": null }, "bytes": "AP8=", "tone": "LOUD", "tones": ["PLAIN"],
        "any": [1],
    });
    assert_eq!(
        call("echo", echo).await?,
        json!([true, 7, 0.5, "1.5", 0, { "x": null }, [0, 255], "LOUD", ["PLAIN"], [1]])
    );
    // What JSON cannot tell is kept for who can.
    let tally = client.session().answer_procedure("double", &json!({ "args": { "decimal": 1, "bytes": [] } })).await?;
    assert_eq!(tally.into_tagged(), json!([{ "$decimal": "2" }, { "$decimal": "0" }]));
    Ok(())
}

/// In the words of ZenStack where the arguments as a whole are wrong, and with the place where one of them is.
async fn what_is_wrong_with_a_call_in_json() -> Result<()> {
    let db = database().await?;
    let client = db.anonymous();
    for (name, payload, expected) in [
        ("", json!({}), "$procs.: missing procedure name"),
        ("signup", json!({}), "$procs.signup: unknown procedure: signup"),
        ("signUp", Json::Null, "$procs.signUp: missing procedure arguments"),
        ("signUp", json!({}), "$procs.signUp: missing procedure arguments"),
        ("signUp", json!([]), "$procs.signUp: procedure payload must be an object"),
        ("signUp", json!({ "args": 1 }), "$procs.signUp: procedure `args` must be an object"),
        ("signUp", json!({ "args": null }), "$procs.signUp: procedure `args` must be an object"),
        ("signUp", json!({ "args": {} }), "$procs.signUp: missing procedure argument: id"),
        ("signUp", json!({ "args": { "id": "x", "nam": "y" } }), "$procs.signUp: unknown procedure argument: nam"),
        ("tally", json!({ "args": { "x": 1 } }), "$procs.tally: procedure does not accept arguments"),
        ("tally", json!(1), "$procs.tally: procedure does not accept arguments"),
        ("tally", json!({ "x": 1 }), "x: there is no `x` here; known are args"),
        ("optional", json!({ "tone": "LOUD" }), "tone: there is no `tone` here; known are args"),
        ("signUp", json!({ "args": { "id": 1 } }), "args.id: expected a text, found a number"),
        ("signUp", json!({ "args": { "id": null } }), "args.id: expected a text, found null"),
        ("feed", json!({ "args": { "words": "x" } }), "args.words: expected a list, found a text"),
        ("feed", json!({ "args": { "words": ["x", 1] } }), "args.words[1]: expected a text, found a number"),
        (
            "feed",
            json!({ "args": { "words": [], "limit": 1.5 } }),
            "args.limit: expected a whole number, found a number",
        ),
        ("fail", json!({ "args": { "how": "loud" } }), "args.how: there is no `loud` here; did you mean `LOUD`?"),
        ("greet", json!({ "args": { "greeting": [] } }), "args.greeting: expected an object, found a list"),
        ("rename", json!({ "args": { "user": { "id": "x" } } }), "args.user.name: is missing"),
        (
            "rename",
            json!({ "args": { "user": { "id": "x", "name": "x", "password": "y" } } }),
            "args.user.password: there is no `password` here; known are home, id, name, salary",
        ),
        (
            "rename",
            json!({ "args": { "user": { "id": "x", "name": "x" }, "others": [{ "id": 1 }] } }),
            "args.others[0].id: expected a text, found a number",
        ),
        (
            "greet",
            json!({ "args": { "greeting": { "word": "", "tones": ["x"] } } }),
            "values for `$procs.greet` cannot be used: greeting.word: must have 1 to 10 characters; \
             greeting.times: is missing; greeting.tones[0]: must be a member of `Tone`",
        ),
        (
            "rename",
            json!({ "args": { "user": { "id": "x", "name": "x", "home": { "street": 1 } } } }),
            "values for `$procs.rename` cannot be used: user.home.street: must be a text",
        ),
    ] {
        let refused = client.call_procedure(name, &payload).await.unwrap_err();
        assert_eq!(refused.to_string(), expected, "{name} {payload}");
        assert_eq!(refused.kind(), "invalid", "{name} {payload}");
    }
    Ok(())
}

async fn without_an_implementation_or_without_rules_nothing_is_called() -> Result<()> {
    let db = bare().await?;
    let refused = db.anonymous().procedures().tally().await.unwrap_err();
    let text = "the procedure `tally` has no implementation; give the application's to `Db::with_procedures`";
    assert_eq!(refused.to_string(), text);
    let db = database().await?;
    let unguarded = db.unguarded("it has no `procedures()`, and a session has none either");
    let refused = unguarded.session().call_procedure("tally", &Json::Null).await.unwrap_err();
    let text = "the procedure `tally` cannot be called without rules: say who calls it";
    assert_eq!(refused.to_string(), text);
    Ok(())
}

async fn what_an_application_says_reaches_the_caller_and_what_fails_in_it_does_not() -> Result<()> {
    let db = database().await?;
    let client = db.anonymous();
    let refused = client.procedures().fail(Tone::Plain).await.unwrap_err();
    assert!(refused.is_refused());
    assert_eq!(zmodel_runtime::json::failure(&refused), json!({ "kind": "refused", "message": "not like that" }));
    let failed = client.procedures().fail(Tone::Loud).await.unwrap_err();
    assert_eq!((failed.kind(), failed.to_string().as_str()), ("failed", "the mail server at 10.0.0.7 is down"));
    assert_eq!(zmodel_runtime::json::failure(&failed), json!({ "kind": "failed", "message": "the procedure failed" }));
    Ok(())
}

/// Writes down what it is told, and refuses one procedure.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn note(&self, when: &str, event: &Event<'_>) {
        let operation = event.operation.map_or("", zmodel_runtime::schema::Operation::name);
        let procedure = event.procedure.map(|it| format!("{}{}", it.name, if it.mutation { "!" } else { "" }));
        let within = if event.in_transaction { " within" } else { "" };
        self.0.lock().unwrap().push(format!(
            "{when} {}{}{operation}{within}",
            procedure.unwrap_or_default(),
            event.model
        ));
    }
}

impl Hook for Diary {
    fn before<'a>(&'a self, event: &'a Event<'a>) -> BoxFuture<'a, Result<()>> {
        self.note("before", event);
        let refused = event.procedure.is_some_and(|procedure| procedure.name == "fail");
        Box::pin(async move { if refused { Err(Error::refused("not on a Sunday")) } else { Ok(()) } })
    }

    fn after(&self, event: &Event<'_>, outcome: &Outcome<'_>) {
        self.note(outcome.error.map_or("after", Error::kind), event);
    }

    fn committed(&self, event: &Event<'_>) {
        self.note("committed", event);
    }
}

async fn hooks_are_told_of_a_procedure_and_of_what_it_does() -> Result<()> {
    let diary = Diary::default();
    let db = posts().await?.hook(diary.clone());
    let take = || std::mem::take(&mut *diary.0.lock().unwrap());
    ann(&db).procedures().publish(vec!["x".into()]).await?;
    assert_eq!(
        take(),
        [
            "before publish!",
            "before Entrycreate within",
            "after Entrycreate within",
            "committed Entrycreate within",
            "after publish!",
        ]
    );
    db.anonymous().call_procedure("tally", &Json::Null).await?;
    assert_eq!(take(), ["before tally", "before Entryread", "after Entryread", "after tally"]);
    // What a hook refuses is not done: the implementation would have said something else.
    let refused = db.anonymous().procedures().fail(Tone::Loud).await.unwrap_err();
    assert_eq!(refused.to_string(), "not on a Sunday");
    assert_eq!(take(), ["before fail", "refused fail"]);
    Ok(())
}

async fn rows_in_structures_and_nothing_at_all_are_passed_too() -> Result<()> {
    let db = database().await?;
    let nobody = db.anonymous();
    nobody.procedures().nothing(json!({ "fine": true })).await?;
    assert_eq!(
        nobody.call_procedure("nothing", &json!({ "args": { "options": { "fine": true } } })).await?,
        Json::Null
    );
    let entry = json!({ "id": 1, "title": "one" });
    let plain = json!({ "title": "a", "entry": entry, "members": [{ "id": "ann" }] });
    let given = json!({ "args": { "bundle": plain, "more": [plain] } });
    let found = nobody.call_procedure("bundle", &given).await?;
    assert_eq!(
        (&found["title"], &found["entry"], &found["inner"]["members"]),
        (&json!("A"), &entry, &json!([{ "id": "ann" }]))
    );
    let bundle = Bundle { title: "b".into(), entry: entry.clone(), members: vec![], inner: None };
    let made = nobody.procedures().bundle(bundle.clone(), None).await?;
    assert_eq!(made, Bundle { title: "B".into(), ..bundle });
    Ok(())
}

zmodel_tests::on_each_database!(
    rows_in_structures_and_nothing_at_all_are_passed_too,
    a_procedure_acts_for_who_calls_it,
    procedures_call_each_other_within_the_transaction_of_the_caller,
    every_kind_of_value_is_passed_as_it_is,
    the_same_in_json,
    what_is_wrong_with_a_call_in_json,
    without_an_implementation_or_without_rules_nothing_is_called,
    what_an_application_says_reaches_the_caller_and_what_fails_in_it_does_not,
    hooks_are_told_of_a_procedure_and_of_what_it_does
);
