//! A schema compiled by the macro: a relation from a table to itself, in a rule and in a query.

/// What the macro makes of `schema.zmodel`.
#[zmodel_macros::zmodel("schema.zmodel")]
pub mod db {}

use db::{Caller, Db, person};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "this is a program for a terminal")]
async fn main() -> zmodel_runtime::Result<()> {
    let db = Db::connect("sqlite::memory:").await?;
    db.create_tables().await?;
    let everybody = db.unguarded("the first people of the family");
    for (name, parent) in [("Ann", None), ("Bob", Some("Ann")), ("Cid", Some("Bob")), ("Dot", Some("Cid"))] {
        let new = person::New { name: name.to_owned() };
        everybody.person().create(new).set(|person| person.parent_id, parent).await?;
    }
    for name in ["Ann", "Bob", "Eve"] {
        let client = db.auth(Caller { name: name.to_owned() });
        let family = client
            .person()
            .find_many()
            .include(|person| (person.children, person.parent))
            .order_by(|person| person.name.asc())
            .await?;
        println!("{name} sees {} of the family:", family.len());
        for person in family {
            let (children, parent) = &person.rel;
            let parent = parent.as_ref().map_or("-", |parent| &parent.name);
            println!("  {} ({} children in sight, child of {parent})", person.name, children.len());
        }
    }
    Ok(())
}
