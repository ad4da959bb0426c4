//! Fields that the database must not know: passwords, and texts that are encrypted.
//!
//! A field marked `@password` keeps a hash, which nobody reads: not the client, not a rule. Whether a password is the
//! right one is asked with `verify_password`. A field marked `@encrypted` keeps a cipher: it is encrypted on its way to
//! the database and decrypted on its way back, with the [`Keys`] that the application gives.
//!
//! ```text
//! let db = Db::connect(url, Provided { keys }).await?; // the first of several keys encrypts, each decrypts
//! db.unguarded("sign-in").user().verify_password(id, |u| u.password, "…").await?;
//! ```
//!
//! Neither can be compared, ordered or grouped by, and no rule can look into one.
//!
//! Invariant: what goes into such a field goes through `Session::seal`; the guard refuses what has not.

use std::fmt;

use crate::field::Operand;
use crate::value::Value;

mod keys;
mod password;

pub use keys::{Key, Keys};
pub(crate) use password::{hash, verify};

use crate::schema::Secret;

/// What a field holds that the database must not know: it can be written, and not be compared.
pub struct Sealed<T>(std::marker::PhantomData<fn() -> T>);

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

impl<T, V: Operand<T>> Operand<Sealed<T>> for V {
    fn into_operand(self) -> Value {
        self.into_operand()
    }
}

/// Whether a text can be what such a field keeps.
pub(crate) fn is_sealed(secret: Secret, text: &str) -> bool {
    match secret {
        Secret::Password => password::is_hash(text),
        Secret::Encrypted => keys::is_cipher(text),
    }
}
