//! Hooks: what an application adds to every call.
//!
//! A [`Hook`] is given to a database where it is opened, and is told of every call of every client of it: before, when it
//! can refuse; after; and, of writes, once they are committed. It is told who asks and what is done with which model. It
//! changes nothing, and sees no row: the rules hold whatever it does, and what it refuses is refused besides.
//!
//! ```ignore
//! struct ReadOnly(AtomicBool);
//!
//! impl Hook for ReadOnly {
//!     fn before<'a>(&'a self, event: &'a Event<'a>) -> BoxFuture<'a, Result<()>> {
//!         let refused = self.0.load(Relaxed) && event.operation != Some(Operation::Read);
//!         Box::pin(async move { if refused { Err(Error::refused("maintenance")) } else { Ok(()) } })
//!     }
//! }
//!
//! let db = Db::connect("sqlite:blog.db").await?.hook(ReadOnly(AtomicBool::new(false)));
//! ```

use std::future::ready;
use std::time::Duration;

pub use crate::driver::BoxFuture;

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::schema::{Operation, Procedure};

/// Something that is told of every call.
pub trait Hook: Send + Sync + 'static {
    /// Before a call: an error refuses it, and nothing is done. It is asked once about the call itself, and once about
    /// each model that the call touches besides: rows brought along, written along relations, or looked at by conditions.
    ///
    /// [`Error::refused`] is the error for it. What it does with the database it does by a client of its own; inside a
    /// transaction with SQLite, a write by another client waits for that transaction, and so forever.
    fn before<'a>(&'a self, event: &'a Event<'a>) -> BoxFuture<'a, Result<()>> {
        let _ = event;
        Box::pin(ready(Ok(())))
    }

    /// After a call, however it ended.
    fn after(&self, event: &Event<'_>, outcome: &Outcome<'_>) {
        let _ = (event, outcome);
    }

    /// After a call that wrote, once that is permanent: at once, or when the transaction around it is committed. Of what
    /// is undone it is told nothing. It is told of the call, and of what the call may have written along relations.
    fn committed(&self, event: &Event<'_>) {
        let _ = event;
    }
}

/// What is done.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Event<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// The model, as the schema calls it; empty for SQL that the application writes itself, and for a procedure.
    pub model: &'a str,
    /// What is done with it; nothing is known of SQL that the application writes itself, or of a procedure. An upsert is an
    /// [update](Operation::Update) that is also announced as a [create](Operation::Create).
    pub operation: Option<Operation>,
    /// The procedure that is called: its name, and whether it is said to change something. What it does with the
    /// database are calls of their own, of which hooks are told too; it is never [committed](Hook::committed) itself.
    pub procedure: Option<&'a Procedure>,
    /// Whether it is a part of a call that is about another row.
    pub nested: bool,
    /// Whether it is part of a transaction of several calls.
    pub in_transaction: bool,
}

/// How a call ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome<'a> {
    /// How many rows it gave, or wrote, or counted; of a procedure, none.
    pub rows: u64,
    /// How long it took.
    pub time: Duration,
    /// Why it failed, if it did.
    pub error: Option<&'a Error>,
}
