//! What a statement leaves to the client of related rows: their order, and what they share with the row that they belong to.

#![cfg(test)]

use db::{Client, Db, Parcel, Shelf, Thing, day, label, parcel, shelf, thing, visit};
use serde_json::json;
use zmodel_macros::zmodel;
use zmodel_runtime::include::With;
use zmodel_runtime::json::Operation;
use zmodel_runtime::{DateTime, Result};

/// Shelves with parcels of things.
#[zmodel("schemas/left_to_client.zmodel")]
pub mod db {}

const SHELVES: i32 = 3;
/// The code of a shelf is its number after this.
const CODE: i64 = 1_000_000_000_000;

/// Shelves with parcels that were put there in no order at all, and of which some were changed afterwards, so that they do not
/// lie in the order of their ids either.
async fn filled() -> Result<Client> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let all = db.unguarded("arrange");
    for id in 1..=SHELVES {
        let new = all.shelf().create(shelf::New { id, code: CODE + i64::from(id) });
        new.set(|s| s.above_id, (id > 1).then_some(id - 1)).await?;
        for n in 1..=2 {
            let new = label::New { id: id * 2 + n, text: format!("{n}"), code: CODE + i64::from(id) };
            all.label().create(new).await?;
        }
    }
    for n in 0..36 {
        // Each number below 37 once.
        let id = n * 23 % 37 + 1;
        let packed: DateTime = format!("20{:02}-01-01T00:00:00Z", 10 + id * 7 % 31).parse().unwrap();
        let new = parcel::New {
            id,
            shelf_id: id % SHELVES + 1,
            sealed: id % 4 == 0,
            packed,
            label: format!("{}", id * 5 % 8),
        };
        let new = all.parcel().create(new).set(|b| b.weight, (id % 5 > 0).then_some(id * 11 % 6 - 3));
        let new = new.set(|b| b.count, (id % 3 > 0).then_some(i64::from(id * 13 % 7) - (1 << 40)));
        new.set(|b| b.opened, (id % 2 > 0).then_some(packed)).await?;
        for m in 0..3 {
            let new = thing::New { id: id * 10 + m, parcel_id: id, size: (m * 2 + id) % 3 };
            all.thing().create(new).await?;
        }
    }
    for id in [7, 21, 3, 30] {
        all.parcel().update(id).set(|b| b.label, "x".repeat(200)).await?;
    }
    Ok(db.anonymous())
}

/// What each shelf includes in an order is what a read of its own finds in that order, also in a transaction and in JSON.
macro_rules! same_as_alone {
    ($guest:expr, $($order:expr, $json:tt;)*) => {$(
        let guest = $guest;
        let shelves = guest.shelf().find_many().order_by(|s| s.id.asc()).include(|s| s.parcels.order_by($order)).await?;
        let within = guest.in_transaction(|tx| async move {
            let find = tx.shelf().find_many().order_by(|s| s.id.asc()).include(|s| s.parcels.order_by($order));
            find.await
        });
        assert_eq!(within.await?, shelves);
        let args = json!({ "orderBy": { "id": "asc" }, "include": { "parcels": { "orderBy": $json } } });
        let called = guest.call("Shelf", Operation::FindMany, &args).await?;
        assert_eq!(shelves.len(), SHELVES as usize);
        for (at, With { row, rel }) in shelves.iter().enumerate() {
            let alone = guest.parcel().find_many().filter(|b| b.shelf_id.eq(row.id)).order_by($order).await?;
            assert_eq!(*rel, alone, "{}", stringify!($order));
            let called = called[at]["parcels"].as_array().unwrap().iter();
            let called: Vec<_> = called.map(|one| (one["id"].clone(), one["shelfId"].clone())).collect();
            let expected: Vec<_> = rel.iter().map(|one| (json!(one.id), json!(row.id))).collect();
            assert_eq!(called, expected, "{}", stringify!($order));
        }
    )*};
}

async fn included_rows_are_in_the_order_that_a_read_of_its_own_has() -> Result<()> {
    let guest = &filled().await?;
    same_as_alone! { guest,
        |b| b.id.asc(), { "id": "asc" };
        |b| b.id.desc(), { "id": "desc" };
        |b| b.packed.desc().then(b.id.asc()), [{ "packed": "desc" }, { "id": "asc" }];
        |b| b.sealed.desc().then(b.packed.asc()).then(b.id.asc()), [{ "sealed": "desc" }, { "packed": "asc" }, { "id": "asc" }];
        |b| b.opened.asc().then(b.id.desc()), [{ "opened": "asc" }, { "id": "desc" }];
        |b| b.opened.desc().nulls_first().then(b.id.desc()), [{ "opened": { "sort": "desc", "nulls": "first" } }, { "id": "desc" }];
        |b| b.count.desc().then(b.id.asc()), [{ "count": "desc" }, { "id": "asc" }];
        |b| b.count.asc().nulls_last().then(b.id.asc()), [{ "count": { "sort": "asc", "nulls": "last" } }, { "id": "asc" }];
        |b| b.weight.asc().then(b.id.asc()), [{ "weight": "asc" }, { "id": "asc" }];
        |b| b.weight.desc().nulls_last().then(b.id.desc()), [{ "weight": { "sort": "desc", "nulls": "last" } }, { "id": "desc" }];
        |b| b.label.asc().then(b.id.asc()), [{ "label": "asc" }, { "id": "asc" }];
        |b| b.shelf_id.desc().then(b.count.desc()).then(b.id.asc()), [{ "shelfId": "desc" }, { "count": "desc" }, { "id": "asc" }];
        |b| b.shelf.order_by(|s| s.id.asc()).then(b.id.desc()), [{ "shelf": { "id": "asc" } }, { "id": "desc" }];
    }
    Ok(())
}

async fn each_level_has_an_order_of_its_own() -> Result<()> {
    let guest = filled().await?;
    let shelves = guest.shelf().find_many().order_by(|s| s.id.desc()).include(|s| {
        let parcels = s.parcels.order_by(|b| b.packed.desc().then(b.id.asc()));
        parcels.include(|b| (b.shelf, b.things.count(), b.things.order_by(|t| t.size.desc().then(t.id.asc()))))
    });
    let shelves = shelves.await?;
    let things = |of: i32| {
        let find = guest.thing().find_many().filter(move |t| t.parcel_id.eq(of));
        find.order_by(|t| t.size.desc().then(t.id.asc()))
    };
    assert!(shelves.is_sorted_by(|one, other| one.id > other.id));
    for With { row, rel } in &shelves {
        assert!(rel.is_sorted_by(|one, other| (other.packed, one.id) <= (one.packed, other.id)), "{row:?}");
        for With { row, rel: (there, count, inside) } in rel {
            assert_eq!((there.id, *count), (row.shelf_id, 3));
            assert_eq!(*inside, things(row.id).await?);
        }
    }
    // Where the parcels are cut off by their order, the things in them are in theirs.
    let first = guest.shelf().find_many().order_by(|s| s.id.asc()).include(|s| {
        let parcels = s.parcels.order_by(|b| b.id.desc()).take(2);
        parcels.include(|b| b.things.order_by(|t| t.id.desc()))
    });
    let found: Vec<Vec<(i32, Vec<i32>)>> = first.await?.into_iter().map(nested_ids).collect();
    let of = |id: i32| (id, vec![id * 10 + 2, id * 10 + 1, id * 10]);
    assert_eq!(found, [[36, 33].map(of), [37, 34].map(of), [35, 32].map(of)]);
    Ok(())
}

fn nested_ids(shelf: With<Shelf, Vec<With<Parcel, Vec<Thing>>>>) -> Vec<(i32, Vec<i32>)> {
    let things = |of: Vec<Thing>| of.into_iter().map(|one| one.id).collect();
    shelf.rel.into_iter().map(|one| (one.row.id, things(one.rel))).collect()
}

/// The key that leads to related rows is not sent with each of them, and stands in each of them.
async fn what_related_rows_share_is_in_each_of_them() -> Result<()> {
    let guest = filled().await?;
    let all = || guest.shelf().find_many().order_by(|s| s.id.asc());
    let found = all().include(|s| (s.labels, s.below, s.parcels.include(|b| (b.shelf, b.things)))).await?;
    for With { row, rel: (labels, below, parcels) } in &found {
        // Nobody sees to which shelf the labels of the last one belong, so nobody sees that they belong to it.
        let codes = if row.id < SHELVES { vec![Some(row.code); 2] } else { Vec::new() };
        assert_eq!(labels.iter().map(|label| label.code).collect::<Vec<_>>(), codes);
        assert_eq!(
            below.iter().map(|shelf| shelf.above_id).collect::<Vec<_>>(),
            vec![Some(row.id); usize::from(row.id < SHELVES)]
        );
        for With { row: parcel, rel: (shelf, things) } in parcels {
            assert_eq!((parcel.shelf_id, shelf), (row.id, row));
            assert_eq!(things.iter().map(|thing| thing.parcel_id).collect::<Vec<_>>(), [parcel.id; 3]);
        }
    }
    // Where the key itself is read, and where it is not.
    let keys = all().include(|s| (s.parcels.select::<ShelfOfParcel>(), s.parcels.select::<Words>().take(1))).await?;
    for With { row, rel: (parcels, one) } in &keys {
        assert_eq!(*parcels, vec![ShelfOfParcel { shelf_id: row.id }; parcels.len()]);
        assert!(parcels.len() > 10 && one.len() == 1);
    }
    let numbers = guest.shelf().find_many().select::<Number>().include(|s| s.parcels).await?;
    assert!(
        numbers.iter().all(|With { row, rel }| rel.iter().all(|parcel| i64::from(parcel.shelf_id) + CODE == row.code))
    );
    // A key that is no whole number is sent.
    let at = "2024-02-03T04:05:06Z".parse().unwrap();
    guest.day().create(day::New { at }).await?;
    guest.visit().create(visit::New { id: 1, at }).await?;
    let days = guest.day().find_many().include(|d| d.visits.order_by(|v| v.id.asc())).await?;
    assert_eq!(days[0].rel.iter().map(|visit| visit.at).collect::<Vec<_>>(), [at]);
    // What has the same value as another cell of its own is not what leads there.
    let same = guest.parcel().find_many().select::<ShelfOfParcel>();
    let same = same.include(|b| b.things.filter(|t| t.size.eq(t.parcel_id))).await?;
    let found: Vec<(i32, i32, i32)> = same
        .into_iter()
        .flat_map(|one| one.rel.into_iter().map(move |t| (one.row.shelf_id, t.parcel_id, t.size)))
        .collect();
    assert_eq!(found, [(2, 1, 1), (3, 2, 2)]);
    // A key that is not sent is named in the condition alone.
    let parcels = || guest.parcel().find_many();
    let text = parcels().include(|b| b.things).explain().await?.sql.unwrap().text;
    assert_eq!(text.matches("\"parcelId\"").count(), 1, "{text}");
    let text = parcels().select::<Words>().include(|b| b.things).explain().await?.sql.unwrap().text;
    assert_eq!(text.matches("\"parcelId\"").count(), 2, "{text}");
    Ok(())
}

#[derive(Debug, Clone, PartialEq, zmodel_macros::Select)]
#[zmodel(db::Parcel)]
struct ShelfOfParcel {
    shelf_id: i32,
}

/// A shelf without its key.
#[derive(Debug, PartialEq, zmodel_macros::Select)]
#[zmodel(db::Shelf)]
struct Number {
    code: i64,
}

/// A part of a row that has not what the order is by.
#[derive(Debug, zmodel_macros::Select)]
#[zmodel(db::Parcel)]
struct Words {
    label: String,
}

/// The statement asks for an order where it says which rows there are, where the values are read in another form or not
/// read at all; and for none where the client knows as much.
async fn a_statement_asks_for_an_order_where_the_client_cannot_tell() -> Result<()> {
    let guest = filled().await?;
    let all = || guest.shelf().find_many();
    let orders =
        |explained: zmodel_runtime::explain::Explained| explained.sql.unwrap().text.matches("ORDER BY").count();
    assert_eq!(orders(all().include(|s| s.parcels.order_by(|b| b.id.asc())).explain().await?), 0);
    assert_eq!(
        orders(
            all()
                .include(|s| s.parcels.order_by(|b| b.packed.asc().then(b.count.desc()).then(b.sealed.asc())))
                .explain()
                .await?
        ),
        0
    );
    assert_eq!(orders(all().order_by(|s| s.id.asc()).include(|s| s.parcels).explain().await?), 1);
    assert!(orders(all().include(|s| s.parcels.order_by(|b| b.id.asc()).take(2)).explain().await?) > 0);
    assert!(orders(all().include(|s| s.parcels.order_by(|b| b.id.asc()).skip(2)).explain().await?) > 0);
    assert!(orders(all().include(|s| s.parcels.order_by(|b| b.id.asc()).distinct(|b| b.label)).explain().await?) > 0);
    assert!(orders(all().include(|s| s.parcels.order_by(|b| b.label.asc())).explain().await?) > 0);
    assert!(orders(all().include(|s| s.parcels.order_by(|b| b.id.asc().then(b.label.asc()))).explain().await?) > 0);
    assert!(orders(all().include(|s| s.parcels.order_by(|b| b.things.count().asc())).explain().await?) > 0);
    let labels = || all().order_by(|s| s.id.asc()).include(|s| s.parcels.order_by(|b| b.id.asc()).select::<Words>());
    assert!(orders(labels().explain().await?) > 1);
    let found: Vec<String> = labels().await?.remove(1).rel.into_iter().map(|one| one.label).collect();
    let whole = guest.parcel().find_many().filter(|b| b.shelf_id.eq(2)).order_by(|b| b.id.asc()).await?;
    assert_eq!(found, whole.into_iter().map(|one| one.label).collect::<Vec<_>>());
    Ok(())
}

zmodel_tests::on_each_database!(
    included_rows_are_in_the_order_that_a_read_of_its_own_has,
    each_level_has_an_order_of_its_own,
    a_statement_asks_for_an_order_where_the_client_cannot_tell,
    what_related_rows_share_is_in_each_of_them,
);
