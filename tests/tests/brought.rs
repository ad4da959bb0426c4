//! Rules about lists and structures that the caller brings along.

#![cfg(test)]

use zmodel_macros::zmodel;
use zmodel_runtime::Result;

/// Teams, members and posts.
#[zmodel("schemas/brought.zmodel")]
pub mod db {}

use db::{Client, Db, MembershipContext, TeamContext, UserContext, membership, post, team, user};

/// Ann and Bob, teams 1 and 2, and posts: 11 and 12 by Ann, 21 and 22 by Bob, each in the team of its last digit.
async fn database() -> Result<Db> {
    let db = Db::connect(&zmodel_tests::database::url().await).await?;
    db.create_tables().await?;
    let all = db.unguarded("arrange");
    for id in ["ann", "bob", "cat"] {
        all.user().create(user::New { id: id.to_owned() }).await?;
    }
    for id in [1, 2] {
        all.team().create(team::New { id }).await?;
        let new = membership::New { user_id: "ann".to_owned(), team_id: id, role: "member".to_owned() };
        all.membership().create(new).await?;
    }
    for (id, author) in [(11, "ann"), (12, "ann"), (21, "bob"), (22, "bob")] {
        all.post().create(post::New { id, author_id: author.to_owned(), team_id: id % 10 }).await?;
    }
    Ok(db)
}

fn somebody(id: &str) -> UserContext {
    UserContext { id: id.to_owned(), name: None, manager_id: None, manager: None, memberships: None }
}

fn member(team: i32, role: &str, closed: Option<bool>) -> MembershipContext {
    let about = closed.map(|closed| TeamContext { id: team, closed: Some(closed) });
    MembershipContext { user_id: "ann".to_owned(), team_id: team, role: Some(role.to_owned()), team: about }
}

/// Ann, with what she brings.
fn ann(db: &Db, memberships: Option<Vec<MembershipContext>>) -> Client {
    db.auth(UserContext { memberships, ..somebody("ann") })
}

async fn posts(client: &Client) -> Result<Vec<i32>> {
    Ok(client.post().find_many().order_by(|post| post.id.asc()).await?.iter().map(|post| post.id).collect())
}

async fn an_element_for_which_the_condition_holds_is_enough() -> Result<()> {
    let db = database().await?;
    let with = |list: Vec<MembershipContext>| ann(&db, Some(list));
    assert_eq!(posts(&with(vec![member(1, "admin", None)])).await?, [11, 21]);
    assert_eq!(posts(&with(vec![member(1, "member", None)])).await?, [11]);
    assert_eq!(posts(&with(vec![member(1, "member", None), member(2, "admin", None)])).await?, [11, 12, 22]);
    assert_eq!(with(vec![member(2, "", None)]).team().count().await?, 1);
    assert_eq!(posts(&with(vec![])).await?, [0; 0]);
    Ok(())
}

async fn what_the_caller_does_not_bring_is_unknown() -> Result<()> {
    let db = database().await?;
    // A row of the database is not enough: the rule asks what the caller brings.
    assert_eq!(posts(&ann(&db, None)).await?, [0; 0]);
    assert_eq!(ann(&db, None).team().count().await?, 0);
    assert_eq!(posts(&db.anonymous()).await?, [0; 0]);
    // With one element that says nothing, `^` is unknown, and the deny fires.
    let silent = MembershipContext { role: None, ..member(2, "", None) };
    assert_eq!(posts(&ann(&db, Some(vec![member(1, "admin", None), silent.clone()]))).await?, [0; 0]);
    assert_eq!(posts(&ann(&db, Some(vec![member(1, "admin", None), member(2, "probation", None)]))).await?, [0; 0]);
    // Every element must be an admin: of no element that is true, of a silent one unknown, and of no list too.
    let deletes = |client: Client| async move { client.post().delete(11).await.map_err(|error| error.is_not_found()) };
    assert_eq!(deletes(ann(&db, None)).await.err(), Some(true));
    assert_eq!(deletes(ann(&db, Some(vec![silent]))).await.err(), Some(true));
    assert_eq!(deletes(ann(&db, Some(vec![member(1, "admin", None), member(2, "x", None)]))).await.err(), Some(true));
    assert!(deletes(ann(&db, Some(vec![member(1, "admin", None), member(2, "admin", None)]))).await.is_ok());
    Ok(())
}

async fn structures_inside_structures() -> Result<()> {
    let db = database().await?;
    let creates = |id: i32, membership: MembershipContext| {
        let client = ann(&db, Some(vec![membership]));
        async move {
            client.post().create(post::New { id, author_id: "ann".to_owned(), team_id: 1 }).await.map(|post| post.id)
        }
    };
    assert_eq!(creates(31, member(1, "", Some(false))).await?, 31);
    assert!(creates(32, member(1, "", Some(true))).await.unwrap_err().is_denied());
    assert!(creates(32, member(1, "", None)).await.unwrap_err().is_denied());
    assert!(creates(32, member(2, "", Some(false))).await.unwrap_err().is_denied());
    // A structure that can hold another of its kind.
    let boss = UserContext { manager: Some(Box::new(somebody("cat"))), ..somebody("bob") };
    let seen = |who: UserContext| {
        let client = db.auth(who);
        async move {
            let rows = client.user().find_many().order_by(|user| user.id.asc()).await?;
            Result::<Vec<String>>::Ok(rows.into_iter().map(|user| user.id).collect())
        }
    };
    assert_eq!(seen(UserContext { manager: Some(Box::new(boss)), ..somebody("ann") }).await?, ["ann", "bob", "cat"]);
    assert_eq!(seen(somebody("ann")).await?, ["ann"]);
    // A row of the table brings its own fields, and nothing related.
    let row = db.unguarded("look").user().find_unique_or_err("ann").await?;
    assert_eq!(UserContext::from(&row), UserContext { name: Some(String::new()), ..somebody("ann") });
    Ok(())
}

zmodel_tests::on_each_database!(
    an_element_for_which_the_condition_holds_is_enough,
    what_the_caller_does_not_bring_is_unknown,
    structures_inside_structures,
);
