//! Keys, and what they make of a text.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead as _, Generate as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::error::{Error, Result};

/// What every encrypted text begins with, so that another way to encrypt can be told apart.
const HEAD: &str = "zm1";
/// How long a nonce is. It is so long that one made at random is new.
const NONCE: usize = 24;

/// A key for fields marked `@encrypted`, with a name that is kept beside each text that it has encrypted.
#[derive(Clone)]
pub struct Key {
    name: String,
    cipher: XChaCha20Poly1305,
}

/// Says which key it is, and not what it is.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Key {
    /// A key of 32 random bytes, such as `openssl rand` makes. Its name consists of letters, digits, `-` and `_`; it
    /// is no secret, and stays with the key for as long as anything is encrypted with it.
    ///
    /// # Errors
    /// The name is empty, longer than 32 characters, or has others in it.
    pub fn new(name: &str, bytes: &[u8; 32]) -> Result<Self> {
        let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name.len() > 32 || !name.chars().all(known) {
            return Err(Error::invalid("the name of a key has 1 to 32 letters, digits, `-` or `_`"));
        }
        Ok(Self { name: name.to_owned(), cipher: XChaCha20Poly1305::new(bytes.into()) })
    }

    /// The same from base64, as `openssl rand -base64 32` writes it.
    ///
    /// # Errors
    /// Those of [`Key::new`]; and the text is not 32 bytes in base64.
    pub fn from_base64(name: &str, text: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let bytes = bytes.ok_or_else(|| Error::invalid("a key is a text in base64 that stands for 32 bytes"))?;
        Self::new(name, &bytes)
    }

    /// What is encrypted together with its key's name, so that neither can be changed by itself.
    fn head(&self) -> String {
        format!("{HEAD}:{}:", self.name)
    }
}

/// The keys for fields marked `@encrypted`: the first encrypts, and each decrypts what it has encrypted.
///
/// To change the key, put the new one first and keep the old one after it. Rows get the new key when the field is
/// written the next time; the old one can go when there is no text left that has its name.
#[derive(Debug, Clone)]
pub struct Keys {
    first: Key,
    others: Vec<Key>,
}

impl Keys {
    /// One key.
    #[must_use]
    pub const fn new(key: Key) -> Self {
        Self { first: key, others: Vec::new() }
    }

    /// With a key that was the first one before: it decrypts, and encrypts nothing any more.
    ///
    /// # Errors
    /// There is a key with this name already.
    pub fn and_old(mut self, key: Key) -> Result<Self> {
        if self.named(&key.name).is_some() {
            return Err(Error::invalid(format!("there are two keys named `{}`", key.name)));
        }
        self.others.push(key);
        Ok(self)
    }

    fn named(&self, name: &str) -> Option<&Key> {
        std::iter::once(&self.first).chain(&self.others).find(|key| key.name == name)
    }

    /// Encrypts a text.
    pub(crate) fn encrypt(&self, text: &str) -> Result<String> {
        let failed = |_| Error::internal("a text cannot be encrypted");
        let head = self.first.head();
        let nonce = XNonce::try_generate().map_err(|_| Error::internal("the system gives no random numbers"))?;
        let payload = Payload { msg: text.as_bytes(), aad: head.as_bytes() };
        let cipher = self.first.cipher.encrypt(&nonce, payload).map_err(failed)?;
        Ok(head + &URL_SAFE_NO_PAD.encode([nonce.as_slice(), &cipher].concat()))
    }

    /// Decrypts a text; none if it was not encrypted with one of the keys, or is not what it was.
    pub(crate) fn decrypt(&self, text: &str) -> Option<String> {
        let (name, body) = parts(text)?;
        let key = self.named(name)?;
        let bytes = URL_SAFE_NO_PAD.decode(body).ok()?;
        let (nonce, cipher) = bytes.split_at_checked(NONCE)?;
        let head = key.head();
        let payload = Payload { msg: cipher, aad: head.as_bytes() };
        let plain = key.cipher.decrypt(&XNonce::try_from(nonce).ok()?, payload).ok()?;
        String::from_utf8(plain).ok()
    }
}

/// The name of the key and what it has encrypted.
fn parts(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(HEAD)?.strip_prefix(':')?.split_once(':')
}

pub(super) fn is_cipher(text: &str) -> bool {
    parts(text).is_some_and(|(_, body)| body.len() > NONCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::new(Key::new("new", &[1; 32]).unwrap()).and_old(Key::new("old", &[2; 32]).unwrap()).unwrap()
    }

    #[test]
    fn a_text_comes_back_and_never_looks_the_same() {
        let (one, other) = (keys().encrypt("secret").unwrap(), keys().encrypt("secret").unwrap());
        assert!(one.starts_with("zm1:new:") && one != other, "{one}");
        assert_eq!(keys().decrypt(&one).as_deref(), Some("secret"));
        let old = Keys::new(Key::new("old", &[2; 32]).unwrap()).encrypt("").unwrap();
        assert_eq!(keys().decrypt(&old).as_deref(), Some(""));
    }

    #[test]
    fn what_was_changed_or_has_another_key_is_nothing() {
        let text = keys().encrypt("secret").unwrap();
        let last = if text.ends_with('A') { "B" } else { "A" };
        let changed = format!("{}{last}", &text[..text.len() - 1]);
        let renamed = text.replace("zm1:new", "zm1:old");
        let same_name = Keys::new(Key::new("new", &[3; 32]).unwrap());
        assert_eq!(same_name.decrypt(&text), None);
        for wrong in [changed.as_str(), &renamed, "secret", "zm1:new:", "zm1:new:AAAA", ""] {
            assert_eq!(keys().decrypt(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn keys_have_names_of_their_own_and_are_not_shown() {
        assert!(keys().and_old(Key::new("new", &[4; 32]).unwrap()).is_err());
        assert!(Key::new("a:b", &[1; 32]).is_err());
        assert!(Key::from_base64("a", "c2hvcnQ=").is_err());
        assert_eq!(
            format!("{:?}", Keys::new(Key::from_base64("k", &STANDARD.encode([7; 32])).unwrap())),
            "Keys { first: Key { name: \"k\", .. }, others: [] }"
        );
    }
}
