//! The data, the same for every rival, and what is asked of it.

use chrono::{DateTime, TimeZone, Utc};

/// Who asks: the author of posts 1 to 12 and the owner of the tasks of batch 0.
pub const ME: i32 = 1;
/// How many users there are.
pub const USERS: i32 = 1_000;
/// How many posts each has; the last two are drafts, which only he may see.
pub const POSTS: i32 = 12;
/// How many of them are published.
pub const PUBLISHED: i32 = 10;
/// How many comments each post has; the last is not approved, and nobody may see it.
pub const COMMENTS: i32 = 6;
/// How many of them are approved.
pub const APPROVED: i32 = 5;
/// How many tasks are in batch 0.
pub const TASKS: i32 = 1_000;
/// How many rows `create_many` makes, in batch 1.
pub const MANY: i32 = 10_000;
/// How many tags there are.
pub const TAGS: i32 = 1_000;

/// Posts and attachments are listed from this many views or bytes on.
pub const LEAST: i32 = 500;
/// How long a list is.
pub const PAGE: i32 = 100;
/// The users whose posts are read: those after this one, a [`PAGE`] of them.
pub const AFTER_USER: i32 = 100;
/// What the long statement looks for, in vain.
pub const NOWHERE: &str = "nowhere to be found";

/// A moment that depends on `n`.
pub fn moment(n: i32) -> DateTime<Utc> {
    Utc.timestamp_millis_opt(1_700_000_000_000 + i64::from(n) * 61_007).single().expect("a moment")
}

/// How a moment is written in the database.
pub fn moment_text(n: i32) -> String {
    moment(n).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// How often the post with this id was looked at.
pub fn views(id: i32) -> i32 {
    id.wrapping_mul(7_919).rem_euclid(1_000)
}

/// The title of a post.
pub fn title(n: i32) -> String {
    format!("What happened on day {n}, and why it matters")
}

/// The text of a post: 200 characters.
pub fn body(n: i32) -> String {
    format!("{n:06} It was a \"day\" like any other, until somebody changed the schema. ").repeat(3)[..200].to_owned()
}

/// A post that somebody can see, another for each `n`.
pub fn some_post(n: u64) -> i32 {
    let user = (n * 37 % USERS as u64) as i32;
    user * POSTS + (n % PUBLISHED as u64) as i32 + 1
}

/// A post of [`ME`], another for each `n`.
pub fn my_post(n: u64) -> i32 {
    (n % POSTS as u64) as i32 + 1
}

/// The first comment of a post.
pub fn first_comment(post: i32) -> i32 {
    (post - 1) * COMMENTS + 1
}

/// The name of a tag: every other `n` one that is there.
pub fn tag(n: u64) -> String {
    if n % 2 == 0 { format!("tag-{}", n % TAGS as u64 + 1) } else { format!("new-{n}") }
}
