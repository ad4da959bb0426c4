//! Typed batches: several queries in one transaction.

#![cfg(test)]

use db::{Client, Db, Item, User, item, shelf, ware};
use zmodel_macros::zmodel;
use zmodel_runtime::aggregate::rows;
use zmodel_runtime::client::Unguarded;
use zmodel_runtime::{Error, Result};

/// Things of somebody, in shelves.
#[zmodel("schemas/many.zmodel")]
pub mod db {}

struct Two {
    db: Db,
    all: Client<Unguarded>,
    ann: Client,
}

async fn clients() -> Result<Two> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let ann = db.auth(User { id: "ann".into() });
    Ok(Two { all: db.unguarded("arrange"), ann, db })
}

fn thing(owner: &str, name: &str) -> item::New {
    item::New { owner: owner.into(), name: name.into() }
}

fn key(name: &str) -> item::Key {
    item::Key::OwnerName { owner: "ann".into(), name: name.into() }
}

async fn each_gives_its_own_in_order() -> Result<()> {
    let Two { ann, .. } = clients().await?;
    let items = || ann.item();
    // Each sees what those before it have done.
    let (none, first, one, two, found, missing, changed) = ann
        .batch((
            items().count(),
            items().create(thing("ann", "a")),
            items().count(),
            items().create_many([thing("ann", "b"), thing("ann", "c")]).returning(),
            items().find_many().order_by(|item| item.name.desc()).take(2),
            items().find_unique(key("x")),
            items().update(key("a")).set(|item| item.price, 5),
        ))
        .await?;
    assert_eq!((none, &*first.name, one, two.len()), (0, "a", 1, 2));
    assert_eq!(found.iter().map(|item| &*item.name).collect::<Vec<_>>(), ["c", "b"]);
    assert_eq!((missing, changed.price), (None, 5));
    let (summary, groups, there, upserted, updated, gone, deleted) = ann
        .batch((
            items().aggregate(|item| (rows(), item.price.max())),
            items().group_by(|item| item.owner).measure(|_| rows()),
            items().exists().filter(|item| item.name.eq("a")),
            items().upsert(key("d"), thing("ann", "d"), |item| item.set(|i| i.price, 1)),
            items().update_many().set(|item| item.price, 2),
            items().delete(key("d")),
            items().delete_many(),
        ))
        .await?;
    assert_eq!((summary, groups, there), ((3, Some(5)), vec![("ann".to_owned(), 3)], true));
    assert_eq!((&*upserted.name, updated, gone.price, deleted), ("d", 4, 2, 3));
    Ok(())
}

async fn queries_of_one_kind_are_a_list() -> Result<()> {
    let Two { ann, .. } = clients().await?;
    let queries: Vec<_> = ["a", "b", "c"].into_iter().map(|name| ann.item().create(thing("ann", name))).collect();
    let made: Vec<Item> = ann.batch(queries).await?;
    assert_eq!(made.iter().map(|item| &*item.name).collect::<Vec<_>>(), ["a", "b", "c"]);
    let [one, two] = ann.batch(["a", "x"].map(|name| ann.item().find_unique(key(name)))).await?;
    assert_eq!((one.map(|item| item.name).as_deref(), two), (Some("a"), None));
    let nothing: Vec<_> = (0..0).map(|_| ann.item().count()).collect();
    assert_eq!(ann.batch(nothing).await?, [0_u64; 0]);
    Ok(())
}

async fn all_are_done_or_none() -> Result<()> {
    let Two { all, ann, .. } = clients().await?;
    let items = || ann.item();
    let made = |name| items().create(thing("ann", name));
    // The database refuses one; the rules do; it is not there.
    assert!(ann.batch((made("a"), made("b"), made("a"))).await.unwrap_err().is_unique_violation());
    assert!(ann.batch((made("a"), items().create(thing("bob", "b")))).await.unwrap_err().is_denied());
    assert!(ann.batch((made("a"), items().update(key("x")).set(|i| i.price, 1))).await.unwrap_err().is_not_found());
    assert!(ann.batch((made("a"), items().find_unique_or_err(key("x")))).await.unwrap_err().is_not_found());
    // Whichever fails first, wherever it fails, and whatever fails after it.
    let (missing, hers) = (|| items().update(key("x")).set(|i| i.price, 1), || items().create(thing("bob", "b")));
    assert!(ann.batch((missing(), made("a"), made("a"))).await.unwrap_err().is_not_found());
    assert!(ann.batch((made("a"), made("a"), missing())).await.unwrap_err().is_unique_violation());
    assert!(ann.batch((made("a"), missing(), hers())).await.unwrap_err().is_not_found());
    assert!(ann.batch((made("a"), hers(), missing(), made("a"))).await.unwrap_err().is_denied());
    assert!(ann.batch(["a", "b", "a", "b"].map(made)).await.unwrap_err().is_unique_violation());
    let several = items().create_many([thing("ann", "a"), thing("ann", "b")]);
    assert!(ann.batch((several, made("b"), hers())).await.unwrap_err().is_unique_violation());
    assert_eq!(all.item().count().await?, 0);
    // More than are on their way at the same time.
    let many = (0..300).map(|at| items().create(thing("ann", &format!("{at:03}"))));
    let rows = ann.batch(many.collect::<Vec<_>>()).await?;
    assert!(rows.iter().enumerate().all(|(at, row)| row.name == format!("{at:03}")));
    assert_eq!(ann.batch((items().delete_many(),)).await?, (300,));
    // In a transaction it is a part of it, which can fail by itself.
    let tx = ann.begin().await?;
    tx.item().create(thing("ann", "kept")).await?;
    let inside = |name: &str| tx.item().create(thing("ann", name));
    assert!(tx.batch((inside("a"), inside("kept"))).await.unwrap_err().is_unique_violation());
    tx.batch((inside("b"), inside("c"))).await?;
    tx.commit().await?;
    assert_eq!(all.item().count().await?, 3);
    Ok(())
}

async fn each_is_asked_by_who_asks() -> Result<()> {
    let Two { all, ann, .. } = clients().await?;
    all.shelf().create_many([("ann", 1), ("bob", 2)].map(|(owner, id)| shelf::New { id, owner: owner.into() })).await?;
    let ware = |id, shelf_id| ware::New { id, shelf_id, price: 1 };
    // The batch of one caller gives another no more than he has.
    let (hers, every) = all.batch((ann.shelf().count(), all.shelf().count())).await?;
    assert_eq!((hers, every), (1, 2));
    let (hers, every) = ann.batch((ann.shelf().count(), all.shelf().count())).await?;
    assert_eq!((hers, every), (1, 2));
    assert!(all.batch((ann.ware().create(ware(1, 2)),)).await.unwrap_err().is_denied());
    assert!(all.batch((all.ware().create(ware(1, 2)), ann.ware().delete(1))).await.unwrap_err().is_not_found());
    assert_eq!(all.ware().count().await?, 0);
    Ok(())
}

async fn what_belongs_elsewhere_is_refused() -> Result<()> {
    let (here, there) = (clients().await?, clients().await?);
    let (ann, other) = (&here.ann, &there.ann);
    let refused = ann.batch((ann.item().create(thing("ann", "a")), other.item().count())).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
    // A query of a transaction in a batch outside of it, and the other way round.
    {
        let tx = ann.begin().await?;
        assert!(matches!(tx.batch((ann.item().count(),)).await, Err(Error::Invalid { .. })));
        tx.rollback().await;
    }
    assert_eq!(here.all.item().count().await?, 0);
    assert_eq!(here.db.anonymous().batch((ann.item().count(),)).await?, (0,));
    Ok(())
}

zmodel_tests::on_each_database!(
    each_gives_its_own_in_order,
    queries_of_one_kind_are_a_list,
    all_are_done_or_none,
    each_is_asked_by_who_asks,
    what_belongs_elsewhere_is_refused,
);
