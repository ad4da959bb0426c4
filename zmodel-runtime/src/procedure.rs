//! Procedures: what an application does for those who call it by name.
//!
//! A schema declares them, `mutation procedure signUp(email: String, name: String?): User`, and generated code has a trait
//! `Procedures` with a method for each. The application gives its implementation to the database; what it is given there
//! is the client of whoever calls, so every rule holds in it, and a transaction that the call is part of goes on in it.
//!
//! ```ignore
//! struct App;
//!
//! impl Procedures for App {
//!     async fn sign_up(&self, client: Client, email: String, name: Option<String>) -> Result<User> {
//!         client.user().create(user::New { email }).set(|user| user.name, name).await
//!     }
//! }
//!
//! let db = Db::connect("sqlite:app.db").await?.with_procedures(App);
//! let user = db.anonymous().procedures().sign_up("ann@example.org".into(), None).await?;
//! let same = db.anonymous().call_procedure("signUp", &json!({ "args": { "email": "bob@example.org" } })).await?;
//! ```
//!
//! - Arguments are checked before the implementation sees them, those of a typed call as well: what the types of the
//!   schema ask of their members, in structures too.
//! - What must be done beyond the caller's rights is done with another client, one of a `Db` that the implementation
//!   keeps: `self.db.unguarded("why")`. So a client without rules calls no procedure; it has no such method.
//! - [Hooks](crate::hooks) are told of the call, and can refuse it, and then of what is done in it.
//! - A procedure is no transaction by itself. `client.in_transaction(..)` makes one.
//! - What goes wrong besides the database is [`Error::failed`], of which a caller over the network learns nothing, or
//!   [`Error::refused`], whose words are for the caller.

use crate::driver::BoxFuture;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::row::read_list;
use crate::schema::ProcedureId;
use crate::session::Session;
use crate::value::{FieldValue, Value};

/// The procedures of a schema, without their types; generated code makes one of the application's implementation.
pub trait Implementation: Send + Sync + 'static {
    /// Does what a procedure is for. The session is that of who calls; never one without rules.
    fn call(&self, session: Session, procedure: ProcedureId, arguments: Arguments) -> BoxFuture<'_, Result<Value>>;
}

/// What a procedure is given; for generated code.
#[derive(Debug)]
pub struct Arguments(std::vec::IntoIter<Value>);

impl Arguments {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    /// The next one.
    ///
    /// # Errors
    /// There is none, or it is no `T`.
    pub fn take<T: FieldValue>(&mut self) -> Result<T> {
        given(self.0.next().ok_or_else(unknown)?)
    }
}

/// A value that was passed, as what it is; for generated code.
///
/// # Errors
/// It is no `T`.
pub fn given<T: FieldValue>(value: Value) -> Result<T> {
    T::from_value(value)
        .map_err(|expected| Error::internal(format!("a procedure passes something that is not {expected}")))
}

/// A row that was passed: its fields that are read, in order; for generated code.
///
/// # Errors
/// It is no row of `M`.
pub fn row<M: Model>(value: Value) -> Result<M, &'static str> {
    let Value::List(cells) = value else { return Err("a row") };
    read_list(cells, M::decode).map_err(|_| "a row of the declared model")
}

/// The error for a procedure that the implementation does not know; for generated code.
#[must_use]
pub fn unknown() -> Error {
    Error::internal("the procedures were generated from another schema")
}
