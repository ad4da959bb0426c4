//! Passwords: hashed with Argon2id, and verified also where version 2 of ZenStack has hashed them with bcrypt.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// A hash takes 19 MiB of memory and a core, so only so many are made at once.
static PLACES: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)));

/// Compared with where there is no hash, so that it takes as long.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| made("").ok());

/// Hashes a password, on a thread where that may take its time.
pub(crate) async fn hash(password: String) -> Result<String> {
    apart(move || made(&password)).await
}

/// Whether a password is the one that a hash was made of. Without a hash it is not, which takes as long to find out.
pub(crate) async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    apart(move || {
        let known = hash.is_some();
        let Some(hash) = hash.or_else(|| NOBODY.clone()) else { return Ok(false) };
        let fits = if is_bcrypt(&hash) {
            bcrypt::verify(password, &hash).unwrap_or(false)
        } else {
            let parsed = PasswordHash::new(&hash);
            parsed.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        };
        Ok(known && fits)
    })
    .await
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let stopped = || Error::internal("a password was not looked at to the end");
    let _place = PLACES.acquire().await.map_err(|_| stopped())?;
    tokio::task::spawn_blocking(work).await.map_err(|_| stopped())?
}

fn made(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|_| Error::internal("a password cannot be hashed"))?.to_string())
}

fn is_bcrypt(hash: &str) -> bool {
    ["$2a$", "$2b$", "$2x$", "$2y$"].iter().any(|head| hash.starts_with(head))
}

pub(super) fn is_hash(text: &str) -> bool {
    text.starts_with("$argon2id$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passwords_are_known_again_also_by_the_hashes_of_version_2() {
        let hash = hash("hunter2".to_owned()).await.unwrap();
        assert!(is_hash(&hash) && !hash.contains("hunter2"), "{hash}");
        let bcrypt = bcrypt::hash("hunter2", 4).unwrap();
        for hash in [hash, bcrypt] {
            assert!(verify("hunter2".to_owned(), Some(hash.clone())).await.unwrap());
            assert!(!verify("Hunter2".to_owned(), Some(hash)).await.unwrap());
        }
        for hash in [None, Some(String::new()), Some("hunter2".to_owned()), Some("$2b$".to_owned())] {
            assert!(!verify("hunter2".to_owned(), hash).await.unwrap());
        }
        assert!(!verify(String::new(), None).await.unwrap());
    }
}
