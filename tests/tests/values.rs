//! What is asked of values: validation attributes, transformations and `@@validate`.

#![cfg(test)]

use serde_json::json;
use zmodel_macros::zmodel;
use zmodel_runtime::error::Problem;
use zmodel_runtime::json::Operation;
use zmodel_runtime::{Error, Result};

/// Teams and players, and what is asked of their values.
#[zmodel("schemas/values.zmodel")]
pub mod db {}

use db::{Client, Db, Kept, Level, closed, kept, player, team};

async fn client() -> Result<Client> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    Ok(db.anonymous())
}

fn problems(error: Error) -> Vec<(String, &'static str, String)> {
    assert!(error.is_validation(), "{error}");
    let Error::Validation(error) = error else { return Vec::new() };
    error.problems.into_iter().map(|Problem { path, code, message }| (path, code, message)).collect()
}

fn codes(error: Error) -> Vec<(String, &'static str)> {
    problems(error).into_iter().map(|(path, code, _)| (path, code)).collect()
}

fn at(path: &str, code: &'static str) -> (String, &'static str) {
    (path.to_owned(), code)
}

async fn values_take_the_steps_of_their_fields_in_order() -> Result<()> {
    let client = client().await?;
    let team = client.team().create(team::New { id: 1, name: "  The A  ".into() });
    let team = team.set(|t| t.tags, vec!["TA".to_owned(), "tb".to_owned()]).await?;
    assert_eq!((&*team.name, team.tags), ("The A", vec!["ta".to_owned(), "tb".to_owned()]));
    // The blanks are taken away before the letters are counted.
    let short = client.team().create(team::New { id: 2, name: "   a   ".into() }).await.unwrap_err();
    assert_eq!(problems(short), [("name".to_owned(), "length", "a name has 2 to 10 letters".to_owned())]);
    // The length is that of the list, everything else is about its items.
    let tags = client.team().update(1).set(|t| t.tags, vec!["t".to_owned(), "x".to_owned(), "T".to_owned()]);
    assert_eq!(codes(tags.await.unwrap_err()), [at("tags[1]", "startsWith"), at("tags", "length")]);
    let updated = client.team().update(1).set(|t| t.name, " B team ").await?;
    assert_eq!(updated.name, "B team");
    Ok(())
}

async fn one_error_names_everything_that_is_wrong_and_nothing_is_written() -> Result<()> {
    let client = client().await?;
    let data = json!({
        "id": 1, "name": "x", "tags": ["T", "u"],
        "players": { "create": [
            { "name": "fine" },
            { "name": "y", "email": "nobody", "points": 100, "price": "0.1" },
        ] },
    });
    let refused = client.call("Team", Operation::Create, &json!({ "data": data })).await.unwrap_err();
    let message = refused.to_string();
    assert!(message.contains("players.create[1].points: must be less than 100"), "{message}");
    assert!(!message.contains("nobody"), "{message}");
    assert_eq!(
        codes(refused),
        [
            at("name", "length"),
            at("tags[1]", "startsWith"),
            at("players.create[1].name", "length"),
            at("players.create[1].email", "email"),
            at("players.create[1].points", "lt"),
            at("players.create[1].price", "gt"),
        ]
    );
    assert_eq!((client.team().count().await?, client.player().count().await?), (0, 0));
    let rows = json!([{ "name": "fine", "email": "a@b.co" }, { "name": "fine", "email": "a@b" }]);
    let refused = client.call("Player", Operation::CreateMany, &json!({ "data": rows })).await.unwrap_err();
    assert_eq!(codes(refused), [at("[1].email", "email")]);
    assert_eq!(client.player().count().await?, 0);
    Ok(())
}

async fn a_row_is_judged_as_a_whole() -> Result<()> {
    let client = client().await?;
    let new = || player::New { name: "Ann".into() };
    let nobody = client.player().create(new()).await.unwrap_err();
    assert_eq!(problems(nobody), [(String::new(), "validate", "a player has a team or an address".to_owned())]);
    let ann = client.player().create(new()).set(|p| p.email, "ann@x.io").await?;
    // What is not given counts as its default.
    let high = client.player().create(new()).set(|p| p.email, "a@x.io").set(|p| p.level, Level::High);
    let high = problems(high.await.unwrap_err());
    assert_eq!(high, [(String::new(), "validate", "must satisfy `level != HIGH || points > 10`".to_owned())]);
    let day = |day: i64| zmodel_runtime::DateTime::from_timestamp(day * 86_400, 0).unwrap();
    let dates = client.player().update(ann.id).set(|p| p.from, day(2)).set(|p| p.to, day(1)).await.unwrap_err();
    assert_eq!(codes(dates), [at("to", "validate")]);
    // An update is judged by what it gives; what it leaves alone is not looked at.
    assert_eq!(client.player().update(ann.id).set(|p| p.level, Level::High).await?.level, Level::High);
    assert!(client.player().update(ann.id).set(|p| p.to, day(1)).await?.from.is_none());
    // What an attribute asks of a value is not asked of a computed one.
    let more = json!({ "where": { "id": ann.id }, "data": { "points": { "increment": 500 } } });
    assert_eq!(client.call("Player", Operation::Update, &more).await?["points"], json!(500));
    // A foreign key that a relation gives is not missing.
    let nested = json!({ "data": { "id": 1, "name": "Team", "players": { "create": { "name": "Bob" } } } });
    client.call("Team", Operation::Create, &nested).await?;
    let connected = json!({ "data": { "name": "Cid", "team": { "connect": { "id": 1 } } } });
    client.call("Player", Operation::Create, &connected).await?;
    assert_eq!(client.player().count().filter(|p| p.team_id.eq(1)).await?, 2);
    Ok(())
}

async fn values_are_checked_before_rules_and_for_everybody() -> Result<()> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let wrong = || closed::New { id: 1, name: "x".into() };
    assert!(db.anonymous().closed().create(wrong()).await.unwrap_err().is_validation());
    assert!(db.unguarded("no rules").closed().create(wrong()).await.unwrap_err().is_validation());
    let right = closed::New { id: 1, name: "right".into() };
    assert!(db.anonymous().closed().create(right).await.unwrap_err().is_denied());
    Ok(())
}

async fn a_pattern_cannot_be_made_to_take_forever() -> Result<()> {
    let client = client().await?;
    let start = std::time::Instant::now();
    let long = format!("{}!", "a".repeat(5000));
    let new = client.player().create(player::New { name: "Ann".into() }).set(|p| p.email, "a@x.io");
    assert_eq!(codes(new.set(|p| p.code, long).await.unwrap_err()), [at("code", "regex")]);
    assert!(start.elapsed() < std::time::Duration::from_secs(2), "{:?}", start.elapsed());
    Ok(())
}

async fn identifiers_have_their_format_and_bytes_their_default() -> Result<()> {
    let client = client().await?;
    let kept = client.kept().create(kept::New { secret: "s".into() }).await?;
    // Every field but the one that is omitted.
    let Kept { id, nano, ulid, raw, views, title, touched: _, made } = kept;
    assert!(id.starts_with("k_") && id.len() == 26, "{id}");
    let parts: Vec<&str> = nano.splitn(2, '-').collect();
    let [literal, twice] = parts.as_slice() else { return Err(Error::Invalid { message: nano }) };
    assert_eq!((*literal, twice.len(), twice.get(..5)), ("%s", 11, twice.get(6..)));
    assert!(ulid.starts_with('u') && ulid.len() == 27, "{ulid}");
    assert_eq!((&*raw, views, &*title, made), (&b"hi"[..], 0, "", None));
    Ok(())
}

async fn an_update_of_ignored_fields_alone_is_no_change() -> Result<()> {
    let client = client().await?;
    let kept = client.kept().create(kept::New { secret: "s".into() }).await?;
    tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    let seen = client.kept().update(&*kept.id).set(|k| k.views, 1).await?;
    assert_eq!((seen.views, seen.touched), (1, kept.touched));
    let changed = client.kept().update(&*kept.id).set(|k| k.views, 2).set(|k| k.title, "t").await?;
    assert!(changed.touched > kept.touched);
    Ok(())
}

async fn an_omitted_field_is_written_and_asked_about_and_never_shown() -> Result<()> {
    let client = client().await?;
    let kept = client.kept().create(kept::New { secret: "s".into() }).await?;
    assert_eq!(client.kept().count().filter(|k| k.secret.eq("s")).await?, 1);
    let changed = client.kept().update(&*kept.id).set(|k| k.secret, "t").await?;
    assert_eq!(changed.id, kept.id);
    assert_eq!(client.kept().find_many().filter(|k| k.secret.eq("t")).await?.len(), 1);
    assert_eq!(client.kept().find_many().order_by(|k| k.secret.desc()).await?.len(), 1);
    let shown = client.call("Kept", Operation::FindMany, &json!({})).await?;
    assert!(shown[0].get("title").is_some() && shown[0].get("secret").is_none(), "{shown}");
    for args in [json!({ "select": { "secret": true } }), json!({ "omit": { "secret": false } })] {
        let refused = client.call("Kept", Operation::FindMany, &args).await.unwrap_err();
        assert!(matches!(refused, Error::Input(_)), "{refused}");
    }
    // The fields around it stay in their places, also in related rows.
    client.team().create(team::New { id: 1, name: "Team".into() }).await?;
    let ann = client.player().create(player::New { name: "Ann".into() }).set(|p| p.team_id, 1).set(|p| p.pin, "1234");
    let ann = ann.set(|p| p.email, "ann@x.io").await?;
    let teams = client.team().find_many().include(|t| (t.players,)).await?;
    assert_eq!(teams[0].rel.0, [ann]);
    assert!(!format!("{teams:?}").contains("1234"));
    Ok(())
}

zmodel_tests::on_each_database!(
    values_take_the_steps_of_their_fields_in_order,
    one_error_names_everything_that_is_wrong_and_nothing_is_written,
    a_row_is_judged_as_a_whole,
    values_are_checked_before_rules_and_for_everybody,
    a_pattern_cannot_be_made_to_take_forever,
    identifiers_have_their_format_and_bytes_their_default,
    an_update_of_ignored_fields_alone_is_no_change,
    an_omitted_field_is_written_and_asked_about_and_never_shown,
);
