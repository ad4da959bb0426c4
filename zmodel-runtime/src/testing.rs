//! For the tests of an application: a database of their own, rows to begin with, and a line for each rule.
//!
//! ```ignore
//! let db = Db::new(testing::sqlite()?);
//! db.create_tables().await?;
//! testing::fixtures(&db.unguarded("fixtures"), &json!({ "Post": [{ "id": 1, "title": "Hi", "authorId": "ann" }] })).await?;
//!
//! assert_allowed!(db.auth(ann()).post().update(1).set(|post| post.title, "Hello"));
//! assert_denied!(db.auth(bob()).post().update(1).set(|post| post.title, "Mine"));
//! assert_denied!(db.anonymous().post().find_unique(1));
//! ```

use serde_json::Value as Json;

use crate::client::HasSession;
use crate::error::{Error, Result};
use crate::json::{Operation, Request};

#[cfg(feature = "postgres")]
mod postgres;

#[cfg(feature = "postgres")]
pub use postgres::{Postgres, postgres};

/// An empty database in memory, which is gone with the last client of it: `Db::new(testing::sqlite()?)`.
///
/// # Errors
/// There is no memory for it.
#[cfg(feature = "sqlite")]
pub fn sqlite() -> Result<crate::driver::sqlite::Sqlite> {
    Ok(crate::driver::sqlite::Sqlite::open("sqlite::memory:")?)
}

/// Inserts rows to begin with, all or none: an object with a list of rows for each model, as
/// [`create`](Operation::Create) takes them, in the order in which they are made. The client is best one that no rule
/// applies to.
///
/// # Errors
/// [`Error::Input`] if it is no such object; otherwise those of the first row that cannot be made.
pub async fn fixtures(client: &impl HasSession, rows: &Json) -> Result<()> {
    let Json::Object(models) = rows else {
        return Err(Error::invalid("fixtures are an object with a list for each model"));
    };
    let mut requests = Vec::new();
    for (model, rows) in models {
        let Json::Array(rows) = rows else {
            return Err(Error::invalid(format!("the fixtures of `{model}` are not a list of rows")));
        };
        requests.extend(rows.iter().map(|row| Request {
            model: model.clone(),
            operation: Operation::Create,
            args: serde_json::json!({ "data": row }),
        }));
    }
    client.session().answer_all(&requests).await.map(drop)
}

/// Asserts that the rules let a caller do something, and gives what it gives: `assert_allowed!(ann.post().delete(1))`.
///
/// A read is allowed if it finds something. What is done is done; a [`transaction`](crate::transaction) around it, which is
/// dropped, undoes it.
#[macro_export]
macro_rules! assert_allowed {
    ($call:expr $(,)?) => {{
        #[allow(unused_imports, clippy::allow_attributes, reason = "what it gives decides which one is used")]
        use $crate::testing::{AlwaysSomething as _, PerhapsNothing as _};
        let outcome = $crate::testing::Probe(::std::future::IntoFuture::into_future($call).await);
        let found = (&outcome).found();
        $crate::testing::allowed(outcome, found, ::core::stringify!($call))
    }};
}

/// Asserts that the rules do not let a caller do something, or show him nothing: `assert_denied!(bob.post().delete(1))`.
///
/// A row that may not be changed looks like one that is not there; so make sure that it is there.
#[macro_export]
macro_rules! assert_denied {
    ($call:expr $(,)?) => {{
        #[allow(unused_imports, clippy::allow_attributes, reason = "what it gives decides which one is used")]
        use $crate::testing::{AlwaysSomething as _, PerhapsNothing as _};
        let outcome = $crate::testing::Probe(::std::future::IntoFuture::into_future($call).await);
        let found = (&outcome).found();
        $crate::testing::denied(outcome, found, ::core::stringify!($call))
    }};
}

pub use crate::{assert_allowed, assert_denied};

/// The outcome of a call, of which the macros want to know whether it is something.
#[doc(hidden)]
#[derive(Debug)]
pub struct Probe<T>(pub Result<T>);

/// Outcomes that can be nothing.
#[doc(hidden)]
pub trait PerhapsNothing {
    fn found(&self) -> bool;
}

impl<T> PerhapsNothing for Probe<Option<T>> {
    fn found(&self) -> bool {
        self.0.as_ref().is_ok_and(Option::is_some)
    }
}

impl<T> PerhapsNothing for Probe<Vec<T>> {
    fn found(&self) -> bool {
        self.0.as_ref().is_ok_and(|list| !list.is_empty())
    }
}

impl PerhapsNothing for Probe<u64> {
    fn found(&self) -> bool {
        self.0.as_ref().is_ok_and(|count| *count > 0)
    }
}

impl PerhapsNothing for Probe<bool> {
    fn found(&self) -> bool {
        self.0.as_ref().is_ok_and(|found| *found)
    }
}

impl PerhapsNothing for Probe<Json> {
    fn found(&self) -> bool {
        self.0.as_ref().is_ok_and(|json| match json {
            Json::Null => false,
            Json::Bool(found) => *found,
            Json::Number(count) => count.as_u64() != Some(0),
            Json::Array(rows) => !rows.is_empty(),
            Json::Object(members) => members.len() != 1 || members.get("count").and_then(Json::as_u64) != Some(0),
            Json::String(_) => true,
        })
    }
}

/// All other outcomes.
#[doc(hidden)]
pub trait AlwaysSomething {
    fn found(&self) -> bool;
}

impl<T> AlwaysSomething for &Probe<T> {
    fn found(&self) -> bool {
        self.0.is_ok()
    }
}

#[doc(hidden)]
#[track_caller]
#[expect(clippy::panic, reason = "this is how a test fails")]
pub fn allowed<T>(Probe(outcome): Probe<T>, found: bool, call: &str) -> T {
    match outcome {
        Ok(given) if found => given,
        Ok(_) => panic!("`{call}` should be allowed, and finds nothing"),
        Err(error) => panic!("`{call}` should be allowed: {error}"),
    }
}

#[doc(hidden)]
#[track_caller]
#[expect(clippy::panic, reason = "this is how a test fails")]
pub fn denied<T>(Probe(outcome): Probe<T>, found: bool, call: &str) {
    match outcome {
        Ok(_) if found => panic!("`{call}` should be denied, and is done"),
        Ok(_) => {}
        Err(error) if error.is_denied() || error.is_not_found() => {}
        Err(error) => panic!("`{call}` should be denied, and fails otherwise: {error}"),
    }
}
