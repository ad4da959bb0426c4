//! Models that extend a delegate: their rows lie in several tables and are one row all the same.

#![cfg(test)]

use db::{Client, Db, Kind, User, UserContext, clip, film, image, note, user};
use serde_json::json;
use zmodel_macros::zmodel;
use zmodel_runtime::Result;
use zmodel_runtime::aggregate::rows;
use zmodel_runtime::json::Operation;

/// Assets of several kinds.
#[zmodel("schemas/delegates.zmodel")]
pub mod db {}

fn new_film(title: &str, length: i32, studio: &str) -> film::New {
    let slug = title.to_lowercase();
    film::New { title: title.into(), slug, owner_id: 1, length, studio: studio.into() }
}

/// Two users; of the first a film (1) and an image (2).
async fn open() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let all = db.unguarded("arrange");
    for id in [1, 2] {
        all.user().create(user::New { id }).await?;
    }
    all.film().create(new_film("Rain", 90, "pawn")).set(|film| film.secret, "ending").await?;
    all.image().create(image::New { title: "Sun".into(), slug: "sun".into(), owner_id: 1, width: 10 }).await?;
    Ok(db)
}

fn by(db: &Db, id: i32) -> Client {
    db.auth(UserContext::from(&User { id }))
}

async fn a_row_is_read_as_one_through_every_model_that_it_belongs_to() -> Result<()> {
    let db = open().await?;
    let ann = by(&db, 1);
    let film = ann.film().find_unique_or_err(film::Key::Slug("rain".into())).await?;
    assert_eq!((film.id, film.kind, film.format.as_str()), (1, Kind::Video, "film"));
    assert_eq!((film.title.as_str(), film.length, film.studio.as_str()), ("Rain", 90, "pawn"));
    let assets = ann.asset().find_many().order_by(|asset| asset.id.asc()).await?;
    assert_eq!(assets.iter().map(|asset| asset.kind).collect::<Vec<_>>(), [Kind::Video, Kind::Image]);
    assert_eq!(ann.video().count().await?, 1);
    assert_eq!(ann.image().find_many().filter(|image| image.title.eq("Sun") & image.width.lt(11)).await?.len(), 1);
    // Untyped, a row of the delegate shows what it has besides.
    let all = ann.call("asset", Operation::FindMany, &json!({ "orderBy": { "id": "asc" } })).await?;
    assert_eq!((&all[0]["studio"], &all[0]["length"], &all[1]["width"]), (&json!("pawn"), &json!(90), &json!(10)));
    assert_eq!(all[1].get("studio"), None);
    Ok(())
}

async fn relations_of_the_delegate_are_those_of_its_rows() -> Result<()> {
    let db = open().await?;
    let ann = by(&db, 1);
    ann.note().create(note::New { id: 7, asset_id: 1, text: "good".into() }).await?;
    ann.clip().create(clip::New { id: 8, video_id: 1 }).await?;
    let film = ann.film().find_first_or_err().include(|film| (film.owner, film.notes, film.clips)).await?;
    assert_eq!((film.rel.0.id, film.rel.1.len(), film.rel.2[0].id), (1, 1, 8));
    let user = ann.user().find_unique_or_err(1).include(|user| user.assets.order_by(|asset| asset.id.desc())).await?;
    assert_eq!(user.rel.iter().map(|asset| asset.id).collect::<Vec<_>>(), [2, 1]);
    let loved = ann.film().find_many().filter(|film| film.notes.some(|note| note.text.eq("good"))).await?;
    assert_eq!(loved.len(), 1);
    let found = ann.clip().find_many().filter(|clip| clip.video.is(|video| video.title.eq("Rain"))).await?;
    assert_eq!(found.len(), 1);
    Ok(())
}

async fn fields_of_every_part_change_in_one_update() -> Result<()> {
    let db = open().await?;
    let ann = by(&db, 1);
    let film = ann.film().update(1).set(|film| film.title, "Storm").set(|film| film.length, 95).await?;
    assert_eq!((film.title.as_str(), film.length, film.studio.as_str()), ("Storm", 95, "pawn"));
    let film = ann.film().update(1).set(|film| film.studio, "rook").await?;
    assert_eq!((film.title.as_str(), film.studio.as_str()), ("Storm", "rook"));
    assert_eq!(ann.asset().update(2).set(|asset| asset.title, "Moon").await?.title, "Moon");
    let refused = ann.image().update(2).set(|image| image.title, "Big").set(|image| image.width, 2000).await;
    assert!(refused.unwrap_err().is_denied());
    assert_eq!(ann.image().find_unique_or_err(2).await?.title, "Moon");
    Ok(())
}

async fn the_rules_of_the_row_hold_through_every_door() -> Result<()> {
    let db = open().await?;
    let (ann, bob, all) = (by(&db, 1), by(&db, 2), db.unguarded("test"));
    assert!(bob.film().update(1).set(|film| film.title, "x").await.unwrap_err().is_not_found());
    assert!(bob.asset().delete(1).await.unwrap_err().is_not_found());
    // A rule on the field holds wherever the field is inherited to.
    assert_eq!(bob.film().find_unique_or_err(1).await?.secret, None);
    assert_eq!(bob.asset().find_unique_or_err(1).await?.secret, None);
    assert_eq!(ann.film().find_unique_or_err(1).await?.secret.as_deref(), Some("ending"));
    assert_eq!(bob.film().find_many().filter(|film| film.secret.eq("ending")).await?.len(), 0);
    // What the model denies that extends the delegate is denied through the delegate as well.
    all.film().update(1).set(|film| film.length, 101).await?;
    assert!(ann.asset().update(1).set(|asset| asset.title, "x").await.unwrap_err().is_not_found());
    assert!(ann.video().update(1).set(|video| video.title, "x").await.unwrap_err().is_not_found());
    all.film().update(1).set(|film| film.length, 1).set(|film| film.studio, "kept").await?;
    ann.asset().update(1).set(|asset| asset.title, "y").await?;
    assert!(ann.asset().delete(1).await.unwrap_err().is_not_found());
    assert!(ann.video().delete(1).await.unwrap_err().is_not_found());
    let deleted = ann.call("asset", Operation::DeleteMany, &json!({})).await?;
    assert_eq!(deleted, json!({ "count": 1 }));
    Ok(())
}

async fn a_row_goes_with_all_its_parts_and_is_made_with_all_or_none() -> Result<()> {
    let db = open().await?;
    let (ann, all) = (by(&db, 1), db.unguarded("test"));
    // The studio is taken, and the other parts are undone.
    assert!(all.film().create(new_film("Snow", 1, "pawn")).await.unwrap_err().is_unique_violation());
    assert_eq!(all.asset().count().await?, 2);
    ann.film().delete(1).await?;
    assert_eq!((all.asset().count().await?, all.video().count().await?, all.film().count().await?), (1, 0, 0));
    let bare = json!({ "data": { "title": "x", "slug": "x", "ownerId": 1 } });
    assert!(all.call("asset", Operation::Create, &bare).await.unwrap_err().to_string().contains("delegate"));
    let tagged = json!({ "data": { "title": "x", "slug": "x", "ownerId": 1, "width": 1, "kind": "Video" } });
    assert!(all.call("image", Operation::Create, &tagged).await.is_err());
    Ok(())
}

async fn windows_pages_and_summaries_are_of_whole_rows() -> Result<()> {
    let db = open().await?;
    let ann = by(&db, 1);
    db.unguarded("arrange").film().create(new_film("Snow", 120, "rook")).await?;
    let films = || ann.film().find_many().order_by(|film| film.title.desc());
    assert_eq!(films().take_last(1).await?[0].studio, "pawn");
    assert_eq!(films().distinct(|film| (film.owner_id, film.format)).await?.len(), 1);
    let page = films().take(1).page().await?;
    assert_eq!((page.items[0].length, page.items[0].title.as_str()), (120, "Snow"));
    let next = films().after(page.next).take(1).page().await?;
    assert_eq!((next.items[0].length, next.next), (90, None));
    let said = ann.film().aggregate(|film| (rows(), film.length.sum(), film.title.max(), film.secret.count())).await?;
    assert_eq!(said, (2, Some(210), Some("Snow".into()), 1));
    let groups = ann.film().group_by(|film| (film.owner_id, film.format)).measure(|film| film.length.max()).await?;
    assert_eq!(groups, [((1, "film".to_owned()), Some(120))]);
    let users = ann.user().find_many().order_by(|user| user.assets.count().desc());
    let users = users.include(|user| user.assets.order_by(|asset| asset.title.asc()).take_last(2)).await?;
    let titles: Vec<&str> = users[0].rel.iter().map(|asset| asset.title.as_str()).collect();
    assert_eq!((titles, users[1].rel.len()), (vec!["Snow", "Sun"], 0));
    // To another the secret is not there: neither to count nor to order by.
    let said = by(&db, 2).film().aggregate(|film| (rows(), film.secret.count(), film.secret.max())).await?;
    assert_eq!(said, (2, 0, None));
    Ok(())
}

zmodel_tests::on_each_database!(
    a_row_is_read_as_one_through_every_model_that_it_belongs_to,
    relations_of_the_delegate_are_those_of_its_rows,
    fields_of_every_part_change_in_one_update,
    the_rules_of_the_row_hold_through_every_door,
    a_row_goes_with_all_its_parts_and_is_made_with_all_or_none,
    windows_pages_and_summaries_are_of_whole_rows,
);
