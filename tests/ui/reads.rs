//! Mistakes in reads, each with what rustc says to it.

use zmodel_macros::Select;
use zmodel_tests::blog::{Client, Post};
use zmodel_tests::shop;

/// A field has another type than the model's.
#[derive(Select)]
#[zmodel(Post)]
struct Wrong {
    title: i32,
}

/// The model has no such field.
#[derive(Select)]
#[zmodel(Post)]
struct Missing {
    headline: String,
}

/// Nobody said of which model it is a part.
#[derive(Select)]
struct Nowhere {
    title: String,
}

/// Reads nothing from the database.
struct Plain {
    title: String,
}

async fn blog(client: &Client) -> zmodel_runtime::Result<()> {
    // A sum of texts.
    client.post().aggregate(|post| post.title.sum()).await?;
    // The highest of what has no order.
    client.post().aggregate(|post| post.published.max()).await?;
    // SQL under rules.
    client.sql("SELECT 1").execute().await?;
    // A struct that says nothing of a model.
    client.post().find_many().select::<Plain>().await?;
    // A field and another one of another type.
    client.post().find_many().filter(|post| post.title.eq(post.published)).await?;
    // The last of one row.
    client.post().find_first().take_last(2).await?;
    // A path into what is no document.
    client.post().find_many().filter(|post| post.title.at("x").eq(1)).await?;
    Ok(())
}

async fn shop(client: &shop::Client) -> zmodel_runtime::Result<()> {
    // A field of another model.
    client.line().find_many().filter(|line| line.amount.eq(<shop::product::Product as zmodel_runtime::model::Model>::FIELDS.name)).await?;
    // A part of another model.
    client.line().find_many().select::<shop::product::Product>().await?;
    // Groups by a relation.
    client.line().group_by(|line| line.product).await?;
    Ok(())
}

fn main() {}
