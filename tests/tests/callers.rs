//! Many callers of one engine: what the rules came to for one of them is never another's.

#![cfg(test)]

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use db::{Db, Kind, Org, Person, note, user};
use zmodel_macros::zmodel;
use zmodel_runtime::caller::Caller;
use zmodel_runtime::engine::Engine;
use zmodel_runtime::plan::{Assign, Changes, Count, Filter, Find, Include, Key, Update, UpdateMany};
use zmodel_runtime::schema::{Comparison, FieldId, Quantifier, Schema};
use zmodel_runtime::session::Session;
use zmodel_runtime::{DateTime, Decimal, Result, Value};
use zmodel_tests::database::{self, Either};
use zmodel_tests::rules::with_rules;

/// Notes of people with much about them that rules can ask.
#[zmodel("schemas/callers.zmodel")]
pub mod db {}

const RULES: &str = include_str!("../schemas/callers.zmodel");

/// Rules of which some conditions fall away and others become parameters, depending on who asks.
const CASES: [&str; 18] = [
    "@@allow('read', auth().id == authorId)",
    "@@allow('read', auth() != null) @@deny('read', auth().id == authorId)",
    "@@allow('read', auth() == null)",
    "@@allow('read', level < auth().level)",
    "@@allow('read', auth().level > 1) @@allow('read', auth().level == level)",
    "@@allow('read', auth().org.role == 'admin') @@allow('read', auth().org.slug == slug)",
    "@@allow('read', auth().org.role == 'admin' && auth().org.slug == slug)",
    "@@allow('read', auth().kind == kind)",
    "@@allow('read', auth().kind == SECRET || kind == PLAIN)",
    "@@allow('read', slug in auth().teams)",
    "@@allow('read', auth().id in [authorId, slug])",
    "@@allow('read', price >= auth().level)",
    "@@allow('read', true) @@deny('read', auth().level != level)",
    "@@allow('read', author.id == auth().id || parent.author.id == auth().id)",
    "@@allow('read', children?[authorId == auth().id])",
    // What is given up on the way leaves no parameter behind.
    "@@allow('read', (auth().id == authorId || auth().level > 1) && slug == 'acme')",
    "@@allow('read', (level == auth().level && auth().kind == SECRET) || (auth().org.slug == slug && level == 1))",
    "@@allow('read', startsWith(slug, auth().org.slug) && auth().id != authorId)",
];

fn schema(rules: &str) -> Cow<'static, Schema> {
    with_rules(RULES, rules)
}

/// Notes of two authors and of none, with a value for everything and with none.
async fn notes() -> Result<Either> {
    let driver = database::driver().await?;
    let db = Db::new(driver.clone());
    db.create_tables().await?;
    let all = db.unguarded("arrange");
    for id in ["ann", "bob"] {
        all.user().create(user::New { id: id.into() }).await?;
    }
    let mut id = 0;
    for author in [Some("ann"), Some("bob"), None] {
        for (slug, level, kind) in [
            (Some("acme"), Some(1), Some(Kind::Plain)),
            (Some("zeta"), Some(2), Some(Kind::Secret)),
            (Some("bob"), Some(3), None),
            (None, None, Some(Kind::Secret)),
        ] {
            id += 1;
            let new = all.note().create(note::New { id }).set(|n| n.author_id, author).set(|n| n.slug, slug);
            let new = new.set(|n| n.level, level).set(|n| n.kind, kind).set(|n| n.price, level.map(Decimal::from));
            new.set(|n| n.parent_id, (id > 2).then_some(id / 3)).await?;
        }
    }
    Ok(driver)
}

fn ann() -> Person {
    Person { id: "ann".into(), org: None, level: None, kind: None, until: None, teams: Vec::new() }
}

fn callers() -> Vec<Caller> {
    let mut callers = vec![Caller::Anonymous, Caller::Unguarded("a test")];
    let orgs = [None, Some(("acme", None)), Some(("acme", Some("admin"))), Some(("zeta", Some("member")))];
    for id in ["ann", "bob"] {
        for org in orgs {
            for (level, kind) in [(None, None), (Some(1), Some(Kind::Plain)), (Some(2), Some(Kind::Secret))] {
                let org = org.map(|(slug, role)| Org { slug: slug.into(), role: role.map(str::to_owned) });
                let teams =
                    level.map(|level| if level == 1 { "acme" } else { "zeta" }.to_owned()).into_iter().collect();
                callers.push(Caller::user(Person { id: id.into(), org, level, kind, until: None, teams }));
            }
        }
    }
    callers
}

async fn visible(session: &Session) -> Result<Vec<Value>> {
    let (note, _) = session.schema().find_model("Note").unwrap();
    // The id is the first field.
    let find = Find { fields: Some(vec![FieldId(0)]), ..Find::new(note) };
    let mut ids = session.find(&find, false).await?.cells;
    ids.sort_by_key(|id| if let Value::Int(id) = id { *id } else { -1 });
    let count = session.count(&Count { find }).await?;
    assert_eq!(count, ids.len() as u64);
    Ok(ids)
}

/// The notes with a child that a caller may read, and how many such children they have: the same table at several places
/// of a statement.
async fn parents(session: &Session) -> Result<Vec<Value>> {
    let (model, note) = session.schema().find_model("Note").unwrap();
    let children = note.find_relation("children").unwrap().0;
    let find = Find {
        filter: Filter::Related(children, Quantifier::Some, Box::new(Filter::Constant(true))),
        fields: Some(vec![FieldId(0)]),
        includes: vec![Include::Count(children, Find::new(model))],
        ..Find::new(model)
    };
    let rows = session.find(&find, false).await?;
    let mut rows: Vec<&[Value]> = rows.cells.chunks(rows.width.max(1)).collect();
    rows.sort_by_key(|row| if let Value::Int(id) = row[0] { id } else { -1 });
    Ok(rows.concat())
}

/// Changes that leave every note as it is.
fn nothing_new(session: &Session) -> Vec<(FieldId, Assign)> {
    let (_, note) = session.schema().find_model("Note").unwrap();
    let due = (0..).zip(note.fields.iter()).find(|(_, field)| field.name == "due").unwrap().0;
    vec![(FieldId(due), Assign::Set(Value::Null))]
}

/// The notes that a caller may change.
async fn changed(session: &Session) -> Result<Vec<Value>> {
    let (model, _) = session.schema().find_model("Note").unwrap();
    let (filter, values) = (Filter::Constant(true), nothing_new(session));
    let rows = session.update_many_and_return(UpdateMany { model, filter, values, limit: None }, Vec::new()).await?;
    let mut ids: Vec<Value> = rows.cells.chunks(rows.width.max(1)).map(|row| row[0].clone()).collect();
    ids.sort_by_key(|id| if let Value::Int(id) = id { *id } else { -1 });
    Ok(ids)
}

/// What comes of a change of some notes, one after the other.
async fn accepted(session: &Session) -> Result<Vec<Value>> {
    let (model, _) = session.schema().find_model("Note").unwrap();
    let mut all = Vec::new();
    for id in [1, 6, 11] {
        let key = Key { unique: Filter::Compare(Comparison::Equal, FieldId(0), Value::Int(id)), when: None };
        let changes = Changes { values: nothing_new(session), nested: Vec::new() };
        let updated = session.update(Update { model, key, changes, includes: Vec::new() }).await;
        all.push(updated.map_or_else(|error| Value::Text(error.to_string()), |rows| rows.cells[0].clone()));
    }
    Ok(all)
}

/// Callers of one engine get what each of them gets of an engine of his own. The rules are the cases, about `operation`,
/// and `others`.
async fn same_for_each(
    operation: &str,
    others: &str,
    steps: &[usize],
    ask: impl AsyncFn(&Session) -> Result<Vec<Value>>,
) -> Result<()> {
    let driver = notes().await?;
    let callers = callers();
    for case in CASES {
        let rules = format!("{} {others}", case.replace("'read'", operation));
        let engine = || Engine::new(schema(&rules), driver.clone());
        let mut alone = Vec::new();
        for caller in &callers {
            alone.push(ask(&Session::new(engine(), caller.clone())).await?);
        }
        assert!(alone.iter().any(|ids| *ids != alone[0]), "{rules}: everybody gets the same");
        // In another order each time, somebody else first, and a second time after everybody has asked.
        for step in steps {
            let shared = engine();
            for at in (1..=2 * callers.len()).map(|at| at * step % callers.len()) {
                let given = ask(&Session::new(shared.clone(), callers[at].clone())).await?;
                assert_eq!(given, alone[at], "{rules}: {at}");
            }
        }
    }
    Ok(())
}

async fn who_asks_before_changes_nothing() -> Result<()> {
    same_for_each("'read'", "", &[1, 25, 7, 11], visible).await?;
    same_for_each("'read'", "", &[1, 7], parents).await
}

async fn who_changes_rows_before_changes_nothing_for_others() -> Result<()> {
    same_for_each("'update'", "@@allow('read', true)", &[1, 7], changed).await?;
    same_for_each("'post-update'", "@@allow('read,update', true)", &[1, 7], accepted).await?;
    same_for_each("'read'", "@@allow('update', true)", &[1, 7], accepted).await
}

/// There are more kinds of callers than anything is kept for.
async fn however_many_kinds_of_callers_there_are() -> Result<()> {
    let driver = notes().await?;
    let rules = "@@allow('read', auth().org.slug == 'team5') @@allow('read', auth().level == level)";
    let engine = Engine::new(schema(rules), driver);
    for round in 0..2 {
        for team in 0..80 {
            let org = Some(Org { slug: format!("team{team}"), role: None });
            let caller = Caller::user(Person { org, level: Some(team % 3 + 1), ..ann() });
            let seen = visible(&Session::new(engine.clone(), caller)).await?;
            assert_eq!(seen.len(), if team == 5 { 12 } else { 3 }, "{round} {team}");
        }
    }
    Ok(())
}

/// What is allowed until a time is not allowed after it, although it was asked before.
async fn time_goes_on() -> Result<()> {
    let driver = notes().await?;
    let all = Db::new(driver.clone()).unguarded("arrange");
    for (rules, number) in [
        ("@@allow('read', due > now())", 1),
        ("@@allow('read', !(due <= now()))", 1),
        ("@@allow('read', now() < due)", 1),
        ("@@allow('read', auth().until > now())", 12),
    ] {
        let due = DateTime::from(SystemTime::now() + Duration::from_millis(1500));
        all.note().update(1).set(|note| note.due, due).await?;
        let caller = Caller::user(Person { until: Some(due), ..ann() });
        let session = Session::new(Engine::new(schema(rules), driver.clone()), caller);
        let before = visible(&session).await?;
        tokio::time::sleep(Duration::from_millis(1600)).await;
        assert_eq!((before.len(), visible(&session).await?.len()), (number, 0), "{rules}");
    }
    Ok(())
}

zmodel_tests::on_each_database!(
    who_asks_before_changes_nothing,
    who_changes_rows_before_changes_nothing_for_others,
    however_many_kinds_of_callers_there_are,
    time_goes_on,
);
