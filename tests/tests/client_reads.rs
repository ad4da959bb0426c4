//! What a client can read, operation by operation: each test is a row of the list of what Prisma's client can do.

#![cfg(test)]

use db::{Client, Db, Size, author, comment, post, seat};
use serde_json::json;
use zmodel_macros::zmodel;
use zmodel_runtime::aggregate::rows;
use zmodel_runtime::client::Unguarded;
use zmodel_runtime::page::{Cursor, Page};
use zmodel_runtime::{DateTime, Decimal, Json, Result};

#[path = "client_reads/filters.rs"]
mod filters;
#[path = "client_reads/selects.rs"]
mod selects;

/// Authors, posts, comments.
#[zmodel("schemas/client_reads.zmodel")]
pub mod db {}

type Find<'a> = zmodel_runtime::find::Find<'a, db::Post>;

async fn open() -> Result<(Client<Unguarded>, Client)> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    Ok((db.unguarded("arrange"), db.anonymous()))
}

fn day(day: u32) -> DateTime {
    format!("2024-01-{day:02}T00:00:00Z").parse().unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// Ann (1) wrote posts 1 and 2, Bob (2) wrote 3, Eve (3), who is hidden, wrote 4; nobody wrote 5.
async fn blog() -> Result<(Client<Unguarded>, Client)> {
    let (all, guest) = open().await?;
    for (id, name) in [(1, "Ann"), (2, "Bob"), (3, "Eve")] {
        all.author().create(author::New { id, name: name.into() }).set(|a| a.hidden, id == 3).await?;
    }
    let size = |width, label: Option<&str>, colors: &[&str]| Size {
        width,
        label: label.map(str::to_owned),
        colors: texts(colors),
    };
    for (id, of) in [(1, Some(1)), (2, Some(1)), (3, Some(2)), (4, Some(3)), (5, None)] {
        let new = all.post().create(post::New { id, title: format!("post {id}"), made: day(10) });
        let new = new.set(|p| p.author_id, of).set(|p| p.views, id * 10).set(|p| p.score, f64::from(id) / 2.0);
        let new = new.set(|p| p.likes, i64::from(id) << 40).set(|p| p.price, decimal(&format!("{id}.10")));
        let new = match id {
            1 => new
                .set(|p| p.tags, texts(&["a", "b"]))
                .set(|p| p.marks, vec![vec![0, 255], vec![1]])
                .set(|p| p.costs, vec![decimal("1.5"), decimal("2")])
                .set(|p| p.changed, day(11))
                .set(|p| p.note, "first")
                .set(|p| p.data, json!({"n": 1, "s": "Text \"q\"", "deep": {"list": [1, "two", null, {"k": true}]}}))
                .set(|p| p.size, size(10, Some("small"), &["red", "blue"]))
                .set(|p| p.sizes, vec![size(1, None, &[]), size(2, Some("x"), &["red"])]),
            2 => new
                .set(|p| p.tags, texts(&["b"]))
                .set(|p| p.changed, day(10))
                .set(|p| p.note, "post 2")
                .set(|p| p.data, json!({"n": 2.5, "s": "other", "deep": {"list": []}}))
                .set(|p| p.extra, Json::Null)
                .set(|p| p.size, size(20, None, &[]))
                .set(|p| p.sizes, vec![size(2, None, &["green"])]),
            3 => new.set(|p| p.changed, day(9)).set(|p| p.data, json!([1, 2, 3])).set(|p| p.extra, json!("x")),
            _ => new.set(|p| p.data, json!("1")),
        };
        new.await?;
    }
    for (id, post, shown) in [(1, 1, true), (2, 1, false), (3, 2, true), (4, 2, true), (5, 3, true)] {
        let new = all.comment().create(comment::New { id, text: format!("comment {id}"), post_id: post });
        new.set(|c| c.shown, shown).await?;
    }
    Ok((all, guest))
}

fn ids(posts: &[db::Post]) -> Vec<i32> {
    posts.iter().map(|post| post.id).collect()
}

async fn exists_knows_visible_rows_only() -> Result<()> {
    let (all, guest) = blog().await?;
    assert!(guest.author().exists().await?);
    assert!(!guest.author().exists().filter(|a| a.name.eq("Eve")).await?);
    assert!(all.author().exists().filter_some(Some("Eve"), |a, name| a.name.eq(name)).await?);
    assert!(guest.author().exists().filter_some(None::<&str>, |a, name| a.name.eq(name)).await?);
    Ok(())
}

async fn a_compound_key_finds_its_row() -> Result<()> {
    let (all, guest) = open().await?;
    for number in 1..=3 {
        all.seat().create(seat::New { row: 1, number }).await?;
    }
    let key = seat::Key::RowNumber { row: 1, number: 2 };
    assert_eq!(guest.seat().find_unique_or_err(key.clone()).await?.number, 2);
    let from = guest.seat().find_many().cursor(key).await?;
    assert_eq!(from.iter().map(|seat| seat.number).collect::<Vec<_>>(), [2, 3]);
    Ok(())
}

async fn orders_are_by_fields_nulls_relations_and_counts() -> Result<()> {
    let (_, guest) = blog().await?;
    let find = || guest.post().find_many();
    assert_eq!(ids(&find().order_by(|p| p.changed.asc().nulls_last().then(p.id.desc())).await?), [3, 2, 1, 5, 4]);
    assert_eq!(ids(&find().order_by(|p| p.changed.desc().nulls_first().then(p.id.asc())).await?), [4, 5, 1, 2, 3]);
    // Eve is hidden, so her post has no author to order by.
    let by_author = find().order_by(|p| p.author.order_by(|a| a.name.desc().nulls_first()).then(p.id.asc()));
    assert_eq!(ids(&by_author.await?), [4, 5, 3, 1, 2]);
    // The comment that is hidden does not count.
    let by_count = find().order_by(|p| p.comments.count().desc().then(p.id.desc()));
    assert_eq!(ids(&by_count.await?), [2, 3, 1, 5, 4]);
    let some = find().order_by(|p| p.comments.count().filter(|c| c.id.lt(4)).asc().then(p.id.asc()));
    assert_eq!(ids(&some.await?), [3, 4, 5, 1, 2]);
    let comments = guest.comment().find_many();
    let through = comments.order_by(|c| c.post.order_by(|p| p.author.order_by(|a| a.name.desc())).then(c.id.asc()));
    assert_eq!(through.await?.iter().map(|c| c.id).collect::<Vec<_>>(), [5, 1, 3, 4]);
    Ok(())
}

async fn take_skip_last_cursor_and_distinct_pick_rows() -> Result<()> {
    let (_, guest) = blog().await?;
    let find = || guest.post().find_many().order_by(|p| p.id.asc());
    assert_eq!(ids(&find().take_last(2).await?), [4, 5]);
    assert_eq!(ids(&find().take_last(2).skip(1).await?), [3, 4]);
    assert_eq!(ids(&guest.post().find_many().take_last(2).await?), [4, 5]);
    assert_eq!(ids(&find().cursor(3).await?), [3, 4, 5]);
    assert_eq!(ids(&find().cursor(3).skip(1).take(1).await?), [4]);
    assert_eq!(ids(&find().cursor(3).take_last(2).await?), [2, 3]);
    assert!(find().cursor(9).await?.is_empty());
    assert_eq!(ids(&find().distinct(|p| p.author_id).await?), [1, 3, 4, 5]);
    assert_eq!(ids(&find().distinct(|p| (p.author_id, p.made)).skip(1).take(2).await?), [3, 4]);
    assert_eq!(ids(&guest.post().find_many().order_by(|p| p.id.desc()).distinct(|p| p.author_id).await?), [5, 4, 3, 2]);
    Ok(())
}

async fn pages_go_forth_and_back_whatever_the_order() -> Result<()> {
    let (all, guest) = blog().await?;
    for id in 6..=11 {
        let new = all.post().create(post::New { id, title: "same".into(), made: day(1) });
        new.set(|p| p.changed, (id % 3 == 0).then(|| day(5))).set(|p| p.author_id, Some(id % 2 + 1)).await?;
    }
    let orders: &[fn(Find<'_>) -> Find<'_>] = &[
        |find| find,
        |find| find.order_by(|p| p.title.asc()),
        |find| find.order_by(|p| p.changed.desc().nulls_last().then(p.price.asc())),
        |find| find.order_by(|p| p.changed.asc()),
        |find| find.order_by(|p| p.author.order_by(|a| a.name.asc()).then(p.score.desc())),
        |find| find.order_by(|p| p.comments.count().desc().then(p.likes.asc())),
    ];
    for (at, order) in orders.iter().enumerate() {
        let whole: Page<db::Post> = order(guest.post().find_many()).page().await?;
        assert_eq!((whole.items.len(), whole.next.is_none(), whole.prev.is_none()), (11, true, true));
        let (mut cursor, mut seen, mut pages) = (None, Vec::new(), Vec::new());
        loop {
            let page = order(guest.post().find_many()).after(cursor.clone()).take(4).page().await?;
            assert_eq!(page.prev.is_some(), cursor.is_some(), "order {at}");
            seen.extend(page.items.iter().map(|post| post.id));
            pages.push(page.clone());
            // A cursor survives being written down.
            cursor = page.next.map(|next| next.to_string().parse().unwrap());
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, ids(&whole.items), "order {at}");
        let last = pages.pop().unwrap();
        let before = order(guest.post().find_many()).before(last.prev).take(4).page().await?;
        assert_eq!(before.items, pages[1].items, "order {at}");
        assert_eq!((&before.next, &before.prev), (&pages[1].next, &pages[1].prev));
        let first = order(guest.post().find_many()).before(before.prev).take(4).page().await?;
        assert_eq!((&first.items, first.prev), (&pages[0].items, None), "order {at}");
    }
    Ok(())
}

async fn a_cursor_needs_no_row_and_fits_its_order_alone() -> Result<()> {
    let (all, guest) = blog().await?;
    let page = guest.post().find_many().order_by(|p| p.title.asc()).take(2).page().await?;
    all.comment().delete(3).await?;
    all.comment().delete(4).await?;
    all.post().delete(2).await?;
    let after = guest.post().find_many().order_by(|p| p.title.asc()).after(page.next.clone()).take(1).page().await?;
    assert_eq!(ids(&after.items), [3]);
    let other = guest.post().find_many().order_by(|p| p.title.desc()).after(page.next).page().await;
    assert!(other.unwrap_err().to_string().contains("another order"));
    for text in ["", "x", "W10", "!!"] {
        assert!(text.parse::<Cursor>().is_err(), "{text}");
    }
    let written = serde_json::to_value(&after).unwrap();
    assert_eq!(serde_json::from_value::<Page<db::Post>>(written).unwrap(), after);
    Ok(())
}

async fn a_page_of_distinct_rows_repeats_none() -> Result<()> {
    let (_, guest) = blog().await?;
    let find = || guest.post().find_many().order_by(|p| p.id.asc()).distinct(|p| p.author_id);
    let first = find().take(2).page().await?;
    let second = find().after(first.next.clone()).take(2).page().await?;
    assert_eq!((ids(&first.items), ids(&second.items)), (vec![1, 3], vec![4, 5]));
    Ok(())
}

async fn a_stream_reads_every_row_once() -> Result<()> {
    let (all, guest) = open().await?;
    for id in 0..600 {
        all.author().create(author::New { id, name: format!("{}", id % 7) }).set(|a| a.hidden, id % 10 == 0).await?;
    }
    let mut stream = guest.author().find_many().order_by(|a| a.name.desc()).include(|a| a.posts.count()).stream();
    let mut seen = Vec::new();
    while let Some(author) = stream.next().await? {
        seen.push(author.id);
    }
    let whole = guest.author().find_many().order_by(|a| a.name.desc().then(a.id.asc())).await?;
    assert_eq!(seen, whole.iter().map(|author| author.id).collect::<Vec<_>>());
    assert_eq!(seen.len(), 540);
    for (take, expected) in [(0, 0), (1, 1), (256, 256), (300, 300), (9999, 535)] {
        let mut stream = guest.author().find_many().skip(5).take(take).stream();
        let mut count = 0;
        while stream.next().await?.is_some() {
            count += 1;
        }
        assert_eq!(count, expected, "take {take}");
    }
    assert!(guest.author().find_many().take_last(1).stream().next().await.is_err());
    Ok(())
}

async fn includes_have_windows_counts_and_conditions_of_their_own() -> Result<()> {
    let (_, guest) = blog().await?;
    let found = guest
        .author()
        .find_many()
        .order_by(|a| a.id.asc())
        .include(|a| {
            (
                a.posts.order_by(|p| p.id.asc()).take_last(1).include(|p| p.comments.count()),
                a.posts.count(),
                a.posts.count().filter(|p| p.views.gt(10)),
                a.posts.distinct(|p| p.made).order_by(|p| p.id.desc()),
                a.posts.order_by(|p| p.id.asc()).cursor(2),
            )
        })
        .await?;
    let [ann, bob] = found.as_slice() else { panic!("{found:?}") };
    let (last, count, some, distinct, from) = &ann.rel;
    assert_eq!((last[0].id, last[0].rel, last.len()), (2, 2, 1));
    assert_eq!((*count, *some), (2, 1));
    assert_eq!(ids(distinct), [2]);
    assert_eq!(ids(from), [2]);
    assert_eq!((bob.rel.1, ids(&bob.rel.4)), (1, vec![3]));
    let posts = guest.post().find_many().order_by(|p| p.id.asc());
    let posts = posts.include(|p| p.author.filter(|a| a.name.eq("Ann"))).await?;
    let authors: Vec<Option<&str>> = posts.iter().map(|p| p.rel.as_ref().map(|a| &*a.name)).collect();
    assert_eq!(authors, [Some("Ann"), Some("Ann"), None, None, None]);
    Ok(())
}

async fn aggregates_are_exact_and_of_visible_rows() -> Result<()> {
    let (all, guest) = blog().await?;
    let said = guest
        .post()
        .aggregate(|p| {
            (rows(), p.note.count(), p.views.sum(), p.views.avg(), p.likes.sum(), p.price.sum(), p.price.avg())
        })
        .await?;
    let likes: i64 = (1..=5).map(|id| id << 40).sum();
    assert_eq!(said, (5, 2, Some(150), Some(30.0), Some(likes), Some(decimal("15.5")), Some(decimal("3.1"))));
    let (low, high, first, last) =
        guest.post().aggregate(|p| (p.price.min(), p.price.max(), p.changed.min(), p.title.max())).await?;
    assert_eq!((low, high), (Some(decimal("1.1")), Some(decimal("5.1"))));
    assert_eq!((first, last.as_deref()), (Some(day(9)), Some("post 5")));
    let of_some = guest.post().aggregate(|p| p.score.sum()).order_by(|p| p.id.asc()).take_last(2).await?;
    assert_eq!(of_some, Some(4.5));
    let none = guest.post().aggregate(|p| (rows(), p.views.sum(), p.title.min())).filter(|p| p.id.gt(9)).await?;
    assert_eq!(none, (0, None, None));
    let authors = |client: &Client| {
        let client = client.clone();
        async move { client.author().aggregate(|a| (rows(), a.id.max(), a.email.count(), a.email.max())).await }
    };
    assert_eq!(authors(&guest).await?, (2, Some(2), 0, None));
    assert_eq!(all.author().aggregate(|a| (rows(), a.id.max())).await?, (3, Some(3)));
    // A decimal sums as a decimal, and numbers are ordered as numbers.
    all.post().create(post::New { id: 9, title: "x".into(), made: day(1) }).set(|p| p.price, decimal("10")).await?;
    assert_eq!(guest.post().aggregate(|p| p.price.max()).await?, Some(decimal("10")));
    Ok(())
}

async fn groups_have_conditions_orders_and_limits() -> Result<()> {
    let (_, guest) = blog().await?;
    let groups = || guest.post().group_by(|p| p.author_id).measure(|p| (rows(), p.views.sum()));
    let by_sum = groups().order_by(|p| p.views.sum().desc()).await?;
    let expected = [(Some(5), (1, Some(50))), (Some(4), (1, Some(40)))];
    assert_eq!(by_sum.len(), 4);
    assert_eq!(by_sum.iter().map(|(_, (_, sum))| *sum).collect::<Vec<_>>(), [50, 40, 30, 30].map(Some));
    assert_eq!(by_sum[0], (None, expected[0].1));
    assert_eq!(by_sum[1], (Some(3), expected[1].1));
    let several = groups().having(|_| rows().gt(1)).await?;
    assert_eq!(several, [(Some(1), (2, Some(30)))]);
    let either = groups().having(|p| rows().gt(1) | p.views.sum().gte(50) & !p.title.min().contains("x"));
    assert_eq!(either.order_by(|p| p.author_id.asc().nulls_last()).await?.len(), 2);
    let last = groups().order_by(|p| p.author_id.asc().nulls_first()).take_last(2).await?;
    assert_eq!(last.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [Some(2), Some(3)]);
    let skipped =
        groups().filter(|p| p.author_id.is_not_null()).order_by(|p| p.author_id.desc()).skip(1).take(1).await?;
    assert_eq!(skipped, [(Some(2), (1, Some(30)))]);
    let pairs = guest.post().group_by(|p| (p.made, p.author_id)).order_by(|p| p.author_id.asc().nulls_first()).await?;
    assert_eq!(pairs.len(), 4);
    assert_eq!(pairs[0], ((day(10), None), ()));
    assert!(groups().order_by(|p| p.title.asc()).await.is_err());
    assert!(groups().order_by(|p| p.comments.count().asc()).await.is_err());
    // Ann sees her own address, nobody sees another's: hidden values are one group.
    let mails = guest.author().group_by(|a| a.email).measure(|_| rows()).await?;
    assert_eq!(mails, [(None, 2)]);
    Ok(())
}

async fn hidden_rows_and_fields_change_no_order_page_or_summary() -> Result<()> {
    let mut answers = Vec::new();
    for other in [false, true] {
        let (all, guest) = blog().await?;
        if other {
            all.author().update(3).set(|a| a.name, "Aaron").await?;
            all.author().update(1).set(|a| a.email, "zz").await?;
            all.author().create(author::New { id: 4, name: "More".into() }).set(|a| a.hidden, true).await?;
            for id in 6..9 {
                let new = all.comment().create(comment::New { id, text: "more".into(), post_id: 3 });
                new.set(|c| c.shown, false).await?;
            }
        }
        let authors = || guest.author().find_many();
        let posts = || guest.post().find_many();
        answers.push((
            ids(&posts().order_by(|p| p.author.order_by(|a| a.name.asc()).then(p.id.asc())).await?),
            ids(&posts().order_by(|p| p.author.order_by(|a| a.email.asc()).then(p.id.asc())).await?),
            posts().order_by(|p| p.comments.count().desc()).take(2).page().await?.next.map(|next| next.to_string()),
            authors().order_by(|a| a.email.desc().then(a.id.asc())).take(1).page().await?,
            authors().distinct(|a| a.email).order_by(|a| a.id.asc()).await?,
            authors().cursor(3).await?,
            authors().take_last(1).await?,
            guest.author().aggregate(|a| (rows(), a.email.max(), a.email.count(), a.name.min())).await?,
            guest.author().group_by(|a| a.email).measure(|a| a.id.sum()).having(|a| a.email.max().eq("zz")).await?,
            posts().include(|p| p.comments.count()).order_by(|p| p.id.asc()).await?,
            guest.author().exists().filter(|a| a.name.eq("Aaron") | a.email.eq("zz")).await?,
        ));
    }
    assert_eq!(answers.pop(), answers.pop());
    Ok(())
}

zmodel_tests::on_each_database!(
    exists_knows_visible_rows_only,
    a_compound_key_finds_its_row,
    orders_are_by_fields_nulls_relations_and_counts,
    take_skip_last_cursor_and_distinct_pick_rows,
    pages_go_forth_and_back_whatever_the_order,
    a_cursor_needs_no_row_and_fits_its_order_alone,
    a_page_of_distinct_rows_repeats_none,
    a_stream_reads_every_row_once,
    includes_have_windows_counts_and_conditions_of_their_own,
    aggregates_are_exact_and_of_visible_rows,
    groups_have_conditions_orders_and_limits,
    hidden_rows_and_fields_change_no_order_page_or_summary,
);
