//! Mistakes in queries, each with what rustc says to it.

use zmodel_tests::blog::{Client, Db, User, post};
use zmodel_runtime::model::Model as _;
use zmodel_tests::{secrets, shop};

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

async fn secrets(client: &secrets::Client) -> zmodel_runtime::Result<()> {
    // What is encrypted or hashed is not compared, and a password is not read.
    client.user().find_many().filter(|user| user.phone.eq("1")).await?;
    client.user().find_many().order_by(|user| user.phone.asc()).await?;
    client.user().find_many().filter(|user| user.password.is_null()).await?;
    let _ = client.user().find_first_or_err().await?.password;
    // Only a password is verified.
    client.user().verify_password("ann", |user| user.phone, "1").await?;
    // The keys are missing.
    secrets::Db::connect("sqlite::memory:").await?;
    Ok(())
}

fn main() {
    let _ = User { id: 1 };
}
