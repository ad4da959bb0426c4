//! Why a token is refused.

use std::fmt;

use crate::clerk::session::MalformedClaims;

/// A token was refused. It says why, and nothing of what the token said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
#[non_exhaustive]
pub struct AuthError {
    /// The first check that failed.
    pub reason: Reason,
    /// The claim that was not as Clerk writes it, if that is why.
    #[source]
    pub malformed: Option<MalformedClaims>,
}

impl AuthError {
    pub(super) const fn malformed(malformed: MalformedClaims) -> Self {
        Self { reason: Reason::TokenVerificationFailed, malformed: Some(malformed) }
    }
}

impl From<Reason> for AuthError {
    fn from(reason: Reason) -> Self {
        Self { reason, malformed: None }
    }
}

/// The check that a token failed. The names are Clerk's; only `session-pending` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It is no token: too long, or its form is wrong.
    TokenInvalid,
    /// It is a token, but not of a session.
    TokenTypeMismatch,
    /// It is signed with anything but RS256.
    TokenInvalidAlgorithm,
    /// The signature fits none of the keys.
    TokenInvalidSignature,
    /// A claim is missing, or not of its type.
    TokenVerificationFailed,
    /// It was minted for a site that is no authorized party.
    TokenInvalidAuthorizedParties,
    /// It was minted by another instance.
    TokenInvalidIssuer,
    /// Its time is over.
    TokenExpired,
    /// Its time has not begun.
    TokenNotActiveYet,
    /// It claims to have been minted later than now.
    TokenIatInTheFuture,
    /// The token is right, but the user has not finished signing in.
    SessionPending,
    /// Nothing is wrong with the token: it cannot be judged here, because the clock stands before 1970.
    UnexpectedError,
}

impl Reason {
    /// The name, as Clerk's libraries spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TokenInvalid => "token-invalid",
            Self::TokenTypeMismatch => "token-type-mismatch",
            Self::TokenInvalidAlgorithm => "token-invalid-algorithm",
            Self::TokenInvalidSignature => "token-invalid-signature",
            Self::TokenVerificationFailed => "token-verification-failed",
            Self::TokenInvalidAuthorizedParties => "token-invalid-authorized-parties",
            Self::TokenInvalidIssuer => "token-invalid-issuer",
            Self::TokenExpired => "token-expired",
            Self::TokenNotActiveYet => "token-not-active-yet",
            Self::TokenIatInTheFuture => "token-iat-in-the-future",
            Self::SessionPending => "session-pending",
            Self::UnexpectedError => "unexpected-error",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
