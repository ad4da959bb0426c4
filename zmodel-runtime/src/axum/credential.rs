//! What the layer makes of a request's headers.

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::clerk::{ClerkVerifier, Reason, Verified};

/// Who sent a request. As an extractor it needs the [`ClerkLayer`](super::ClerkLayer) and rejects nobody.
#[derive(Debug, Clone)]
pub enum ClerkAuth {
    /// Somebody, with a token that was verified.
    SignedIn(Arc<Verified>),
    /// Nobody: there was no credential.
    Anonymous,
    /// Somebody whose credential is not accepted. This is not [`Anonymous`](Self::Anonymous).
    Refused(Refusal),
}

impl ClerkAuth {
    /// The session, if somebody is signed in.
    pub fn verified(&self) -> Option<&Verified> {
        match self {
            Self::SignedIn(verified) => Some(verified),
            Self::Anonymous | Self::Refused(_) => None,
        }
    }

    pub(super) fn read(verifier: &ClerkVerifier, headers: &HeaderMap) -> Self {
        let refusal = match bearer(headers) {
            Ok(None) => return Self::Anonymous,
            Ok(Some(token)) => match verifier.verify(token) {
                Ok(session) => return Self::SignedIn(Arc::new(session)),
                Err(error) => {
                    let claim = error.malformed.map(|malformed| malformed.claim());
                    tracing::debug!(reason = %error.reason, claim, "token refused");
                    Refusal::Token(error.reason)
                }
            },
            Err(refusal) => {
                tracing::debug!(reason = %refusal, "credential refused");
                refusal
            }
        };
        Self::Refused(refusal)
    }
}

/// Why a credential is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The token was refused, or is not even text.
    Token(Reason),
    /// The `Authorization` header is of another scheme than `Bearer`, or of none.
    Scheme,
    /// There are several `Authorization` headers, and no telling which one counts.
    Several,
}

impl Refusal {
    /// A name for it: the [`Reason`]'s, `unsupported-scheme` or `several-authorization-headers`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token(reason) => reason.as_str(),
            Self::Scheme => "unsupported-scheme",
            Self::Several => "several-authorization-headers",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refusal::Several);
    }
    let text = value.to_str().map_err(|_| Refusal::Token(Reason::TokenInvalid))?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if scheme.eq_ignore_ascii_case("bearer") { Ok(Some(token)) } else { Err(Refusal::Scheme) }
}
