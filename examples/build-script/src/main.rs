//! A schema compiled by a build script.

/// What the build script made of `schema.zmodel`.
pub mod db {
    include!(concat!(env!("OUT_DIR"), "/db.rs"));
}

use db::{Db, Reader, Team, note};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "this is a program for a terminal")]
async fn main() -> zmodel_runtime::Result<()> {
    let db = Db::connect("sqlite::memory:").await?;
    db.create_tables().await?;
    let ann = db.auth(Reader { id: 1, team: Some(Team::Red) });
    let bob = db.auth(Reader { id: 2, team: Some(Team::Red) });
    let eve = db.auth(Reader { id: 3, team: None });

    let new = note::New { text: "Ship it".to_owned(), team: Team::Red };
    let shipped = ann.note().create(new).set(|note| note.pinned, true).await?;
    println!("Ann wrote {:?} for {}", shipped.text, shipped.team);
    println!("Bob sees {}, Eve sees {}", bob.note().count().await?, eve.note().count().await?);
    match ann.note().delete(shipped.id).await {
        Ok(_) => println!("deleted"),
        Err(error) => println!("Ann cannot delete what is pinned: {error}"),
    }
    Ok(())
}
