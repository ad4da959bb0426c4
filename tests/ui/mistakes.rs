//! Mistakes in queries, each with what rustc says to it.

use zmodel_tests::blog::{Client, Db, User, post};
use zmodel_runtime::model::Model as _;
use zmodel_tests::shop;

async fn blog(db: &Db, client: &Client) -> zmodel_runtime::Result<()> {
    // A required field is missing.
    client.post().create(post::New { title: "x".into() }).await?;
    // A value of the wrong type.
    client.post().find_many().filter(|post| post.published.eq("yes")).await?;
    // A comparison that the type does not have.
    client.post().find_many().filter(|post| post.published.contains("x")).await?;
    client.post().find_many().filter(|post| post.published.lt(true)).await?;
    // NULL for a required field.
    client.post().update("id").set(|post| post.title, None::<String>).await?;
    // Nobody said who is asking.
    db.post().find_many().await?;
    // A client without rules where one with rules is asked for.
    let unguarded: Client = db.unguarded("because");
    // The context has no table.
    client.user().find_many().await?;
    Ok(())
}

async fn shop(client: &shop::Client) -> zmodel_runtime::Result<()> {
    // A field of another model.
    client.line().find_many().filter(|_| shop::product::Product::FIELDS.name.eq("x")).await?;
    // A relation that was not included.
    let lines = client.line().find_many().await?;
    let _ = &lines[0].product;
    // Something that is no relation.
    client.line().find_many().include(|line| line.amount).await?;
    Ok(())
}

fn main() {
    let _ = User { id: 1 };
}
