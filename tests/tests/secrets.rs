//! Fields that the database must not know: `@password` and `@encrypted`.

#![cfg(test)]

use serde_json::{Value as Json, json};
use zmodel_macros::Select;
use zmodel_runtime::json::Operation;
use zmodel_runtime::secret::{Key, Keys};
use zmodel_runtime::{Error, Result};
use zmodel_tests::database::{Database, here};
use zmodel_tests::secrets::{self as db, Client, Db, Letter, Provided, User, UserContext, letter, note, user};

fn keys() -> Result<Keys> {
    Ok(Keys::new(Key::new("k1", &[1; 32])?))
}

async fn open(url: &str, keys: Keys) -> Result<Db> {
    let db = Db::connect(url, Provided { keys }).await?;
    db.create_tables().await?;
    Ok(db)
}

async fn memory() -> Result<Db> {
    open(&zmodel_tests::database::url().await, keys()?).await
}

fn as_user(db: &Db, id: &str) -> Client {
    db.auth(UserContext { id: id.into(), hint: None })
}

async fn add(db: &Db, id: &str) -> Result<User> {
    let client = db.anonymous();
    let new = client.user().create(user::New { id: id.into(), phone: format!("+{id}") });
    let new = new.set(|u| u.password, "correct horse").set(|u| u.email, "Ann@Example.com").set(|u| u.pin, "1234");
    new.set(|u| u.codes, vec!["a".to_owned(), "b".to_owned()]).set(|u| u.hint, "h").set(|u| u.note, "mine").await
}

/// What the database has in a column.
async fn stored(db: &Db, sql: &'static str) -> Result<Vec<Option<String>>> {
    let rows: Vec<(Option<String>,)> = db.unguarded("looking at the table").sql(sql).fetch().await?;
    Ok(rows.into_iter().map(|(text,)| text).collect())
}

async fn the_database_holds_a_hash_or_a_cipher_and_the_client_what_was_given() -> Result<()> {
    let db = memory().await?;
    let ann = add(&db, "ann").await?;
    assert_eq!((&*ann.phone, ann.email.as_deref()), ("+ann", Some("ann@example.com")));
    assert_eq!(ann.codes, ["a", "b"]);
    // The note is for ann alone, and she was not signed in.
    assert_eq!(ann.note, None);
    let found = as_user(&db, "ann").user().find_unique_or_err("ann").await?;
    assert_eq!(found.note.as_deref(), Some("mine"));
    let first_code = match here() {
        Database::Sqlite => r#"SELECT json_extract("codes", '$[1]') FROM "User""#,
        Database::Postgres => r#"SELECT "codes"[1] FROM "User""#,
    };
    for (column, sql) in [
        ("phone", r#"SELECT "phone" FROM "User""#),
        ("email", r#"SELECT "email" FROM "User""#),
        ("note", r#"SELECT "note" FROM "User""#),
        ("codes", first_code),
    ] {
        let text = stored(&db, sql).await?.swap_remove(0).unwrap_or_default();
        assert!(text.starts_with("zm1:k1:") && text.len() > 60, "{column}: {text}");
    }
    let hash = stored(&db, r#"SELECT "password" FROM "User""#).await?.swap_remove(0).unwrap_or_default();
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    // Another row with the same values has others in the table.
    let same = add(&db, "bob").await?;
    assert_eq!(same.codes, ann.codes);
    let emails = stored(&db, r#"SELECT DISTINCT "email" FROM "User""#).await?;
    assert_eq!(emails.len(), 2);
    Ok(())
}

async fn a_password_is_verified_and_the_rules_say_by_whom() -> Result<()> {
    let db = memory().await?;
    add(&db, "ann").await?;
    assert!(add(&db, "hidden").await.unwrap_err().is_unreadable());
    let (anonymous, program) = (db.anonymous(), db.unguarded("sign-in"));
    let verify = |id: &'static str, password| anonymous.user().verify_password(id, |u| u.password, password);
    assert!(verify("ann", "correct horse").await?);
    assert!(!verify("ann", "Correct horse").await?);
    assert!(!verify("nobody", "correct horse").await?);
    // A row that the caller does not see has no password for him.
    assert!(!verify("hidden", "correct horse").await?);
    assert!(program.user().verify_password("hidden", |u| u.password, "correct horse").await?);
    // Neither has one whose field a rule hides.
    assert!(!anonymous.user().verify_password("ann", |u| u.pin, "1234").await?);
    assert!(as_user(&db, "ann").user().verify_password("ann", |u| u.pin, "1234").await?);
    // A new one takes the place of the old one; without one there is nothing to fit.
    as_user(&db, "ann").user().update("ann").set(|u| u.password, "battery staple").await?;
    assert!(!verify("ann", "correct horse").await? && verify("ann", "battery staple").await?);
    let changes = user::Changes { password: None.into(), ..Default::default() };
    as_user(&db, "ann").user().update("ann").patch(changes).await?;
    assert!(!verify("ann", "battery staple").await? && !verify("ann", "").await?);
    Ok(())
}

async fn values_are_validated_before_they_are_sealed() -> Result<()> {
    let db = memory().await?;
    let codes = |error: Error| match error {
        Error::Validation(error) => error.problems.into_iter().map(|problem| problem.code).collect(),
        other => vec![if other.is_not_found() { "not found" } else { "another error" }],
    };
    let client = db.anonymous();
    let new = || client.user().create(user::New { id: "ann".into(), phone: "1".into() });
    assert_eq!(codes(new().set(|u| u.password, "short").await.unwrap_err()), ["length"]);
    assert_eq!(codes(new().set(|u| u.password, "password").await.unwrap_err()), ["validate"]);
    assert_eq!(codes(new().set(|u| u.email, "nobody").await.unwrap_err()), ["email"]);
    // A text that looks sealed is sealed like any other.
    let forged = new().set(|u| u.password, "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA").await?;
    assert_eq!(forged.phone, "1");
    let hash = stored(&db, r#"SELECT "password" FROM "User""#).await?.swap_remove(0).unwrap_or_default();
    assert!(hash.starts_with("$argon2id$") && !hash.contains("c2FsdHNhbHQ$aGFzaA"), "{hash}");
    Ok(())
}

/// A part of a user.
#[derive(Debug, Select)]
#[zmodel(User)]
struct Card {
    notes: Vec<db::Note>,
    phone: String,
    note: Option<String>,
}

async fn related_rows_parts_of_rows_and_pages_are_decrypted_too() -> Result<()> {
    let db = memory().await?;
    add(&db, "ann").await?;
    let ann = as_user(&db, "ann");
    for id in 1..4 {
        ann.note().create(note::New { id, text: format!("note {id}"), user_id: "ann".into() }).await?;
    }
    let made = ann.user().update("ann").set(|u| u.phone, "2").along(
        |u| u.notes,
        |notes| notes.create([note::New { id: 4, text: "note 4".into(), user_id: zmodel_runtime::Parent }]),
    );
    assert_eq!(made.await?.phone, "2");
    let found = ann.note().find_many().include(|n| (n.user,)).order_by(|n| n.id.asc()).await?;
    let texts: Vec<&str> = found.iter().map(|note| &*note.text).collect();
    assert_eq!(texts, ["note 1", "note 2", "note 3", "note 4"]);
    assert_eq!(found[0].rel.0.as_ref().map(|user| (&*user.phone, user.note.as_deref())), Some(("2", Some("mine"))));
    let card: Card = ann.user().find_unique_or_err("ann").select().await?;
    assert_eq!((&*card.phone, card.note.as_deref(), card.notes.len()), ("2", Some("mine"), 4));
    assert!(card.notes.iter().any(|note| note.text == "note 4"));
    let page = ann.note().find_many().order_by(|n| n.id.desc()).take(2).page().await?;
    assert_eq!(page.items.iter().map(|note| &*note.text).collect::<Vec<_>>(), ["note 4", "note 3"]);
    let many = ann.note().update_many().set(|n| n.text, "all").returning().await?;
    assert!(many.len() == 4 && many.iter().all(|note| note.text == "all"));
    let gone = ann.note().delete(1).await?;
    assert_eq!(gone.text, "all");
    let letter: Letter = ann.letter().create(letter::New { id: 1, tag: "t".into(), body: "b".into() }).await?;
    assert_eq!((&*letter.tag, &*letter.body), ("t", "b"));
    assert_eq!(ann.letter().update(1).set(|l| l.tag, "u").await?.tag, "u");
    let item = ann.call("item", Operation::FindFirst, &Json::Null).await?;
    assert_eq!(item, json!({ "id": 1, "kind": "Letter", "tag": "u", "body": "b" }));
    Ok(())
}

async fn json_calls_read_and_write_secrets_and_cannot_ask_about_them() -> Result<()> {
    let db = memory().await?;
    let data = json!({ "id": "ann", "phone": "1", "password": "correct horse", "codes": ["x"], "note": "n" });
    let made = db.anonymous().call("user", Operation::Create, &json!({ "data": data })).await?;
    let shown = json!({ "id": "ann", "phone": "1", "email": null, "codes": ["x"], "note": null });
    assert_eq!(made, shown);
    let notes = json!({ "data": { "notes": { "create": { "id": 1, "text": "t" } } }, "where": { "id": "ann" } });
    as_user(&db, "ann").call("user", Operation::Update, &notes).await?;
    let args = json!({ "select": { "phone": true, "notes": { "select": { "text": true } } } });
    let read = as_user(&db, "ann").call("user", Operation::FindMany, &args).await?;
    assert_eq!(read, json!([{ "phone": "1", "notes": [{ "text": "t" }] }]));
    for (operation, args, says) in [
        (Operation::FindMany, json!({ "where": { "password": "x" } }), "`@password`"),
        (Operation::FindMany, json!({ "where": { "password": { "startsWith": "$" } } }), "`@password`"),
        (Operation::FindMany, json!({ "where": { "password": null } }), "`@password`"),
        (Operation::FindMany, json!({ "where": { "NOT": { "phone": { "contains": "z" } } } }), "`@encrypted`"),
        (Operation::FindMany, json!({ "where": { "notes": { "some": { "text": "t" } } } }), "`@encrypted`"),
        (Operation::FindMany, json!({ "select": { "password": true } }), "`@password`"),
        (Operation::FindMany, json!({ "omit": { "password": false } }), "`@password`"),
        (Operation::FindMany, json!({ "orderBy": { "password": "asc" } }), "secret"),
        (Operation::FindMany, json!({ "orderBy": { "phone": "asc" } }), "secret"),
        (Operation::FindMany, json!({ "distinct": ["phone"] }), "secret"),
        (Operation::GroupBy, json!({ "by": ["phone"] }), "secret"),
        (Operation::GroupBy, json!({ "by": ["id"], "having": { "phone": { "gt": "1" } } }), ""),
        (Operation::Aggregate, json!({ "_min": { "phone": true } }), "secret"),
        (Operation::Aggregate, json!({ "_count": { "password": true } }), ""),
        (Operation::UpdateMany, json!({ "where": { "phone": "1" }, "data": { "phone": "2" } }), "`@encrypted`"),
        (Operation::DeleteMany, json!({ "where": { "phone": "1" } }), "`@encrypted`"),
    ] {
        let refused = as_user(&db, "ann").call("user", operation, &args).await;
        let message = refused.map_err(|error| error.to_string()).unwrap_err();
        assert!(message.contains(says), "{operation} {args}: {message}");
    }
    Ok(())
}

async fn keys_are_changed_and_what_has_no_key_is_an_error() -> Result<()> {
    let folder = tempfile::tempdir().map_err(|error| Error::Invalid { message: error.to_string() })?;
    let url = format!("sqlite:{}", folder.path().join("secrets.db").display());
    let (old, new) = (Key::new("k1", &[1; 32])?, Key::new("k2", &[2; 32])?);
    let before = open(&url, Keys::new(old.clone())).await?;
    add(&before, "ann").await?;
    let both = open(&url, Keys::new(new.clone()).and_old(old)?).await?;
    assert_eq!(both.anonymous().user().find_unique_or_err("ann").await?.phone, "+ann");
    let ann = as_user(&both, "ann");
    ann.user().update("ann").set(|u| u.phone, "+new").await?;
    let phones = stored(&both, r#"SELECT "phone" FROM "User""#).await?;
    assert!(phones[0].as_deref().is_some_and(|text| text.starts_with("zm1:k2:")), "{phones:?}");
    assert_eq!(ann.user().find_unique_or_err("ann").await?.phone, "+new");
    let alone = open(&url, Keys::new(new)).await?;
    let refused = alone.anonymous().user().find_unique("ann").await.unwrap_err();
    assert!(matches!(&refused, Error::Decode { field, .. } if field == "email"), "{refused}");
    Ok(())
}

async fn many_rows_and_upserts_are_sealed_as_well() -> Result<()> {
    let db = memory().await?;
    let all = db.unguarded("arrange");
    let new = |id: &str| {
        let new = user::New { id: id.into(), phone: format!("+{id}") };
        json!({ "id": new.id, "phone": new.phone, "password": "correct horse", "email": "a@b.nl", "pin": "1234" })
    };
    all.call("user", Operation::CreateMany, &json!({ "data": [new("a"), new("b"), new("c")] })).await?;
    let upsert = json!({ "where": { "id": "d" }, "create": new("d"), "update": { "phone": "+1" } });
    all.call("user", Operation::Upsert, &upsert).await?;
    all.call("user", Operation::Upsert, &upsert).await?;
    let phones = stored(&db, r#"SELECT "phone" FROM "User""#).await?;
    assert_eq!(phones.len(), 4);
    for phone in phones {
        assert!(phone.as_deref().is_some_and(|phone| phone.starts_with("zm1:k1:")), "{phone:?}");
    }
    for hash in stored(&db, r#"SELECT "password" FROM "User""#).await? {
        assert!(hash.as_deref().is_some_and(|hash| hash.starts_with("$argon2id$")), "{hash:?}");
    }
    let read = all.user().find_unique_or_err("d").await?;
    assert_eq!(read.phone, "+1");
    Ok(())
}

zmodel_tests::on_each_database!(
    many_rows_and_upserts_are_sealed_as_well,
    the_database_holds_a_hash_or_a_cipher_and_the_client_what_was_given,
    a_password_is_verified_and_the_rules_say_by_whom,
    values_are_validated_before_they_are_sealed,
    related_rows_parts_of_rows_and_pages_are_decrypted_too,
    json_calls_read_and_write_secrets_and_cannot_ask_about_them,
    keys_are_changed_and_what_has_no_key_is_an_error,
);
