//! Mistakes about procedures, each with what rustc says to it.

use zmodel_tests::blog;
use zmodel_tests::procedures::{Client, Db, Procedures};

/// Implements none of them.
struct Nothing;

impl Procedures for Nothing {}

async fn calls(db: &Db, client: &Client, blog: blog::Db) -> zmodel_runtime::Result<()> {
    // A value of the wrong type.
    client.procedures().sign_up(1, None).await?;
    // One argument too few.
    client.procedures().twice().await?;
    // A procedure acts for somebody, so nobody without rules calls one.
    db.unguarded("because").procedures();
    db.procedures();
    // A schema without procedures.
    blog.with_procedures(Nothing);
    Ok(())
}

fn main() {}
