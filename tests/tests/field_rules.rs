//! Rules on fields: who sees a value, and who may change it.

#![cfg(test)]

use zmodel_macros::zmodel;
use zmodel_runtime::{Decimal, Result};

/// People with secrets.
#[zmodel("schemas/field_rules.zmodel")]
pub mod db {}

use db::{Caller, Client, Db, Person, person, team};

/// Teams 1 and 2; persons 1 of Ann in team 1, 2 of Bob in team 2 and 3 of Bob, closed, in team 1.
async fn database() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let all = db.unguarded("arrange");
    for (id, name) in [(1, "one"), (2, "two")] {
        all.team().create(team::New { id, name: name.to_owned() }).await?;
    }
    for (id, owner, team, closed) in [(1, "ann", 1, Some(false)), (2, "bob", 2, None), (3, "bob", 1, Some(true))] {
        let new = person::New { id, owner_id: owner.to_owned(), email: format!("{id}@x.org") };
        let new = all.person().create(new).set(|p| p.secret, format!("s{id}")).set(|p| p.closed, closed);
        let new = new.set(|p| p.tags, vec![format!("t{id}")]).set(|p| p.wage, Decimal::from(id * 100));
        new.set(|p| p.team_id, team).await?;
    }
    Ok(db)
}

fn user(db: &Db, id: &str) -> Client {
    db.auth(Caller { id: id.to_owned(), admin: false })
}

fn admin(db: &Db) -> Client {
    db.auth(Caller { id: "root".to_owned(), admin: true })
}

async fn people(client: &Client) -> Result<Vec<Person>> {
    client.person().find_many().order_by(|person| person.id.asc()).await
}

fn ids(people: &[Person]) -> Vec<i32> {
    people.iter().map(|person| person.id).collect()
}

async fn a_value_is_nothing_to_who_may_not_see_it() -> Result<()> {
    let db = database().await?;
    let seen = |client: Client| async move {
        let rows = people(&client).await?;
        let emails: Vec<Option<String>> = rows.iter().map(|person| person.email.clone()).collect();
        let secrets: Vec<Option<String>> = rows.iter().map(|person| person.secret.clone()).collect();
        let tags: Vec<bool> = rows.iter().map(|person| person.tags.is_some()).collect();
        Result::<_>::Ok((emails, secrets, tags))
    };
    let some = |text: &str| Some(text.to_owned());
    // A deny about something that is not known hides; so does an allow.
    assert_eq!(
        seen(user(&db, "ann")).await?,
        (vec![some("1@x.org"), None, None], vec![some("s1"), None, None], vec![true, false, false])
    );
    assert_eq!(seen(user(&db, "bob")).await?.0, [None, None, None]);
    assert_eq!(seen(user(&db, "bob")).await?.1, [None, some("s2"), some("s3")]);
    assert_eq!(seen(admin(&db)).await?.0, [some("1@x.org"), None, None]);
    assert_eq!(seen(admin(&db)).await?.1, [some("s1"), some("s2"), some("s3")]);
    assert_eq!(
        seen(db.anonymous()).await?,
        (vec![None, None, None], vec![None, None, None], vec![false, false, false])
    );
    assert_eq!(db.unguarded("look").person().find_many().await?.iter().filter(|p| p.email.is_some()).count(), 3);
    Ok(())
}

async fn no_question_about_a_row_tells_what_is_hidden_in_it() -> Result<()> {
    let db = database().await?;
    let ann = user(&db, "ann");
    let find = |email: &str| ann.person().find_many().filter(|p| p.email.eq(email));
    assert_eq!(ids(&find("1@x.org").await?), [1]);
    assert_eq!(ids(&find("2@x.org").await?), [0; 0]);
    // Neither does what is not so.
    assert_eq!(ids(&ann.person().find_many().filter(|p| !p.email.eq("2@x.org")).await?), [1]);
    assert_eq!(ids(&ann.person().find_many().filter(|p| !p.secret.eq("s2")).await?), [1]);
    assert_eq!(ids(&ann.person().find_many().filter(|p| p.email.contains("@")).await?), [1]);
    assert_eq!(ids(&ann.person().find_many().filter(|p| p.wage.gt(Decimal::from(0))).await?), [0; 0]);
    assert_eq!(ids(&ann.person().find_many().filter(|p| p.secret.is_null()).order_by(|p| p.id.asc()).await?), [2, 3]);
    assert_eq!(ann.person().count().filter(|p| p.email.contains("x")).await?, 1);
    assert_eq!(ann.person().count().filter(|p| p.secret.gte("s2")).await?, 0);
    // A key that is hidden finds nothing.
    assert!(ann.person().find_unique(person::Key::Email("2@x.org".to_owned())).await?.is_none());
    assert!(ann.person().find_unique(person::Key::Email("1@x.org".to_owned())).await?.is_some());
    // The order is that of what is seen: all the hidden ones are alike.
    let by_email = ann.person().find_many().order_by(|p| p.email.desc()).order_by(|p| p.id.asc()).await?;
    assert_eq!(ids(&by_email), [1, 2, 3]);
    let by_wage = ann.person().find_many().order_by(|p| p.wage.desc()).order_by(|p| p.id.asc()).await?;
    assert_eq!(ids(&by_wage), [1, 2, 3]);
    Ok(())
}

async fn a_hidden_foreign_key_hides_the_relation_from_both_ends() -> Result<()> {
    let db = database().await?;
    let ann = user(&db, "ann");
    let rows = ann.person().find_many().include(|p| p.team).order_by(|p| p.id.asc()).await?;
    let teams: Vec<(Option<i32>, Option<i32>)> =
        rows.iter().map(|row| (row.team_id, row.rel.as_ref().map(|team| team.id))).collect();
    assert_eq!(teams, [(Some(1), Some(1)), (None, None), (None, None)]);
    let found = ann.person().find_many().filter(|p| p.team.is(|team| team.name.eq("two"))).await?;
    assert_eq!(ids(&found), [0; 0]);
    let found = ann.team().find_many().filter(|team| team.people.some(|p| p.id.eq(2))).await?;
    assert!(found.is_empty());
    let found = ann.team().find_many().filter(|team| team.people.some(|p| p.email.contains("@"))).await?;
    assert_eq!(found.iter().map(|team| team.id).collect::<Vec<_>>(), [1]);
    let found = ann.team().find_many().include(|team| team.people).order_by(|team| team.id.asc()).await?;
    assert_eq!(found.iter().map(|team| ids(&team.rel)).collect::<Vec<_>>(), [vec![1], vec![]]);
    assert_eq!(found[0].rel[0].email.as_deref(), Some("1@x.org"));
    // Inside the included rows too.
    let found = user(&db, "bob").team().find_many().include(|team| team.people).order_by(|team| team.id.asc()).await?;
    let inside: Vec<(i32, Option<String>)> =
        found.iter().flat_map(|team| team.rel.iter().map(|p| (p.id, p.email.clone()))).collect();
    assert_eq!(inside, [(3, None), (2, None)]);
    Ok(())
}

async fn writes_give_back_and_find_only_what_is_seen() -> Result<()> {
    let db = database().await?;
    let ann = user(&db, "ann");
    let new = person::New { id: 4, owner_id: "bob".to_owned(), email: "4@x.org".to_owned() };
    let made = ann.person().create(new).set(|p| p.secret, "mine").await?;
    assert_eq!((made.email, made.secret, made.tags), (None, None, None));
    let mine = ann.person().update(1).set(|p| p.name, "Ann").await?;
    assert_eq!((mine.email.as_deref(), mine.wage), (Some("1@x.org"), None));
    // Neither a key nor a condition of a write tells what is hidden.
    let by = |email: &str| ann.person().delete(person::Key::Email(email.to_owned()));
    assert!(by("2@x.org").await.unwrap_err().is_not_found());
    assert!(by("9@x.org").await.unwrap_err().is_not_found());
    assert!(ann.person().delete(2).when(|p| p.secret.eq("s2")).await.unwrap_err().is_not_found());
    assert!(ann.person().delete(2).when(|p| p.secret.is_null()).await.is_ok());
    let gone = by("1@x.org").await?;
    assert_eq!((gone.email.as_deref(), gone.secret.as_deref(), gone.wage), (Some("1@x.org"), Some("s1"), None));
    Ok(())
}

async fn a_change_needs_the_consent_of_every_field() -> Result<()> {
    let db = database().await?;
    let (ann, bob, root) = (user(&db, "ann"), user(&db, "bob"), admin(&db));
    // Whose row it is may change it, but not this field of it.
    assert!(ann.person().update(1).set(|p| p.level, 2).await.unwrap_err().is_denied());
    assert!(ann.person().update(1).set(|p| p.name, "x").set(|p| p.level, 2).await.unwrap_err().is_denied());
    assert!(ann.person().update(1).set(|p| p.wage, Decimal::from(1)).await.unwrap_err().is_denied());
    assert_eq!(db.unguarded("look").person().find_unique_or_err(1).await?.name, "");
    assert_eq!(ann.person().update(1).set(|p| p.name, "x").await?.name, "x");
    // Who may not change the row hears nothing of its fields, and an admin is no owner.
    assert!(bob.person().update(1).set(|p| p.level, 2).await.unwrap_err().is_not_found());
    assert!(bob.person().update(99).set(|p| p.level, 2).await.unwrap_err().is_not_found());
    assert!(root.person().update(1).set(|p| p.level, 2).await.unwrap_err().is_not_found());
    let owner = db.auth(Caller { id: "ann".to_owned(), admin: true });
    assert_eq!(owner.person().update(1).set(|p| p.level, 2).await?.level, 2);
    // A deny about something that is not known fires.
    let owner = db.auth(Caller { id: "bob".to_owned(), admin: true });
    assert!(owner.person().update(2).set(|p| p.level, 2).await.unwrap_err().is_denied());
    Ok(())
}

async fn an_override_opens_the_row_for_its_fields_alone() -> Result<()> {
    let db = database().await?;
    let (ann, root) = (user(&db, "ann"), admin(&db));
    let clerk = db.auth(Caller { id: "clerk".to_owned(), admin: true });
    assert_eq!(root.person().update(1).set(|p| p.note, "seen").await?.note, "seen");
    // With another field beside it the rules of the model count again.
    assert!(root.person().update(1).set(|p| p.note, "x").set(|p| p.name, "x").await.unwrap_err().is_not_found());
    assert!(root.person().update(1).set(|p| p.note, "x").set(|p| p.memo, "x").await.unwrap_err().is_not_found());
    assert_eq!(clerk.person().update(1).set(|p| p.note, "x").set(|p| p.memo, "y").await?.memo, "y");
    // It is an allow of the field as well, so the owner needs it now.
    assert!(ann.person().update(1).set(|p| p.note, "x").await.unwrap_err().is_denied());
    // A deny of the field beats it.
    db.unguarded("arrange").person().update(1).set(|p| p.name, "frozen").await?;
    assert!(clerk.person().update(1).set(|p| p.memo, "z").await.unwrap_err().is_not_found());
    Ok(())
}

/// Whether a sum fits tells of what was there; so nobody calculates with what he may not see.
async fn no_calculation_tells_of_a_number_that_is_hidden() -> Result<()> {
    use std::borrow::Cow;

    use serde_json::json;
    use zmodel_runtime::caller::Caller;
    use zmodel_runtime::engine::Engine;
    use zmodel_runtime::json::Operation;
    use zmodel_runtime::session::Session;

    let schema = "datasource db { provider = 'sqlite' url = 'file:x' }
        model Purse {
          id Int @id
          coins Int @allow('read', id == 2)
          shown Int
          @@allow('all', true)
        }";
    let compiled = zmodel_cli::compile_schema("purse.zmodel".as_ref(), &|_| Ok(schema.to_owned()));
    let engine = Engine::connect(Cow::Owned(compiled.schema.unwrap()), "sqlite::memory:").await?;
    engine.create_tables().await?;
    let session = Session::new(engine, Caller::Anonymous);
    let rows = json!({ "data": [{ "id": 1, "coins": 7, "shown": 7 }, { "id": 2, "coins": 7, "shown": 7 }] });
    session.call("purse", Operation::CreateMany, &rows).await?;
    for by in [1, i32::MAX] {
        let calculate = json!({ "where": { "id": 1 }, "data": { "coins": { "increment": by } } });
        assert!(session.call("purse", Operation::Update, &calculate).await.unwrap_err().is_not_found());
        let all = json!({ "where": { "id": 1 }, "data": { "coins": { "multiply": by } } });
        assert_eq!(session.call("purse", Operation::UpdateMany, &all).await?, json!({ "count": 0 }));
    }
    let own = json!({ "where": { "id": 2 }, "data": { "coins": { "increment": 1 }, "shown": { "decrement": 1 } } });
    assert_eq!(session.call("purse", Operation::Update, &own).await?["coins"], 8);
    // What is set does not depend on what was there.
    let set = json!({ "where": { "id": 1 }, "data": { "coins": 9, "shown": { "increment": 1 } } });
    assert_eq!(session.call("purse", Operation::Update, &set).await?, json!({ "id": 1, "coins": null, "shown": 8 }));
    Ok(())
}

zmodel_tests::on_each_database!(
    a_value_is_nothing_to_who_may_not_see_it,
    no_question_about_a_row_tells_what_is_hidden_in_it,
    a_hidden_foreign_key_hides_the_relation_from_both_ends,
    writes_give_back_and_find_only_what_is_seen,
    a_change_needs_the_consent_of_every_field,
    an_override_opens_the_row_for_its_fields_alone,
    no_calculation_tells_of_a_number_that_is_hidden,
);
