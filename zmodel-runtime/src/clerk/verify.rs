//! Verifying Clerk's session tokens, without a network.
//!
//! ```no_run
//! use zmodel_runtime::clerk::verify::{ClerkVerifier, ConfigError};
//!
//! # fn run(pem: &str, token: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = ClerkVerifier::builder()
//!     .pem(pem)
//!     .publishable_key("pk_live_Y2xlcmsuZXhhbXBsZS5jb20k")
//!     .authorized_parties(["https://example.com"])
//!     .build()?;
//!
//! let verified = verifier.verify(token)?;
//! println!("{}", verified.session.user_id);
//! # Ok(()) }
//! ```
//!
//! Without authorized parties there is no verifier: that is a compile error, because a token that was minted for
//! another of your sites would be accepted here.
//!
//! ```compile_fail
//! # use zmodel_runtime::clerk::verify::ClerkVerifier;
//! let verifier = ClerkVerifier::builder().pem("…").build();
//! ```
//!
//! # What is checked, in this order
//!
//! The names are Clerk's, so that searching logs and Clerk's documentation finds the same things.
//!
//! | check | [`Reason`] |
//! |-|-|
//! | at most 8 KiB of ASCII with two dots; base64url without padding; JSON | `token-invalid` |
//! | a session token: no other `cat`, no access token, no machine | `token-type-mismatch` |
//! | no `crit`; `typ` absent or `JWT` | `token-invalid` |
//! | `alg` is `RS256` | `token-invalid-algorithm` |
//! | the signature fits one of the keys | `token-invalid-signature` |
//! | `sub` is a string and not empty | `token-verification-failed` |
//! | `aud` is one of the audiences, where any are set | `token-verification-failed` |
//! | `azp` is an authorized party | `token-invalid-authorized-parties` |
//! | `iss` is an issuer, where any are set or a publishable key is known | `token-invalid-issuer` |
//! | `exp`, `nbf` and `iat` are dates, in time | `token-verification-failed`, `token-expired`, `token-not-active-yet`, `token-iat-in-the-future` |
//! | the other claims that Clerk defines have the types that Clerk gives them | `token-verification-failed` |
//! | the session is not pending | `session-pending` |
//!
//! The signature is judged before any claim that could tell a forger how the verifier is set up.
//!
//! # Where this is stricter than Clerk's own libraries
//!
//! An empty `sub`; a configured audience that the token does not carry, or not as strings; dates that are no dates;
//! any `crit`; padding; RS384 and RS512; template and machine tokens in every entry point. Keys that can never work
//! fail when the verifier is built, not with every token. Not accepted yet: keys fetched by `kid`, cookies.

mod builder;
mod clock;
mod der;
mod keys;
mod publishable_key;
mod reason;
mod token;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

pub use self::builder::{Builder, ConfigError, PartiesChosen, PartiesOpen};
pub use self::clock::{Clock, SystemClock};
pub use self::keys::KeyError;
use self::keys::KeyRing;
pub use self::publishable_key::{PublishableKey, PublishableKeyError};
pub use self::reason::{AuthError, Reason};
use self::token::Token;
use super::session::{NumericDate, Verified};

/// Verifies session tokens. Cheap to clone, and meant to be shared.
#[derive(Clone)]
pub struct ClerkVerifier(Arc<Settings>);

/// Everything a verifier was built with.
struct Settings {
    keys: KeyRing,
    /// `None` accepts any party.
    authorized_parties: Option<Vec<String>>,
    /// `None` accepts any issuer.
    issuers: Option<Vec<String>>,
    /// `None` does not look at the audience.
    audiences: Option<Vec<String>>,
    clock_skew: Duration,
    accept_pending: bool,
    clock: Box<dyn Clock>,
}

impl ClerkVerifier {
    /// Starts a verifier.
    pub fn builder() -> Builder<PartiesOpen> {
        Builder::new()
    }

    /// A verifier from the environment:
    ///
    /// | variable | |
    /// |-|-|
    /// | `CLERK_JWT_KEY` | the public key(s), see [`Builder::pem`]; required |
    /// | `CLERK_AUTHORIZED_PARTIES` | origins with commas between them, or `*` for [any](Builder::any_party); required |
    /// | `CLERK_PUBLISHABLE_KEY` | names the issuer, see [`Builder::publishable_key`]; optional |
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when a variable is missing or cannot be used.
    pub fn from_env() -> Result<Self, ConfigError> {
        let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        Self::from_variables(variable)
    }

    /// A verifier from variables that are not in the environment; `variable` looks one up by the name that it has in
    /// [`from_env`](Self::from_env). An empty one counts as missing.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when a variable is missing or cannot be used.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let mut builder = Self::builder();
        if let Some(pem) = variable("CLERK_JWT_KEY") {
            builder = builder.pem(pem);
        }
        if let Some(key) = variable("CLERK_PUBLISHABLE_KEY") {
            builder = builder.publishable_key(key.trim());
        }
        let parties = variable("CLERK_AUTHORIZED_PARTIES").ok_or(ConfigError::NoAuthorizedParties)?;
        match parties.trim() {
            "*" => builder.any_party().build(),
            parties => builder.authorized_parties(parties.split(',').map(str::trim)).build(),
        }
    }

    /// Verifies a session token, without any scheme in front.
    ///
    /// # Errors
    ///
    /// [`AuthError`] with the first check that failed.
    pub fn verify(&self, token: &str) -> Result<Verified, AuthError> {
        let settings = &*self.0;
        let token = Token::parse(token)?;
        token.check_class()?;
        token.check_header()?;
        settings.keys.verify(token.signed(), token.signature())?;

        let claims = token.into_claims()?;
        settings.check_audience(&claims)?;
        settings.check_party(&claims)?;
        settings.check_issuer(&claims)?;
        settings.check_times(&claims)?;

        let verified = Verified::from_claims(claims).map_err(AuthError::malformed)?;
        if verified.session.is_pending() && !settings.accept_pending {
            return Err(Reason::SessionPending.into());
        }
        Ok(verified)
    }
}

impl Settings {
    fn check_audience(&self, claims: &Map<String, Value>) -> Result<(), Reason> {
        let Some(audiences) = &self.audiences else { return Ok(()) };
        let is_ours = |value: &str| audiences.iter().any(|audience| audience == value);
        let accepted = match claims.get("aud") {
            Some(Value::String(audience)) => is_ours(audience),
            Some(Value::Array(items)) => {
                items.iter().all(Value::is_string) && items.iter().filter_map(Value::as_str).any(is_ours)
            }
            _ => false,
        };
        accepted.then_some(()).ok_or(Reason::TokenVerificationFailed)
    }

    fn check_party(&self, claims: &Map<String, Value>) -> Result<(), Reason> {
        let accepted = is_one_of(claims.get("azp"), self.authorized_parties.as_deref());
        accepted.then_some(()).ok_or(Reason::TokenInvalidAuthorizedParties)
    }

    fn check_issuer(&self, claims: &Map<String, Value>) -> Result<(), Reason> {
        let accepted = is_one_of(claims.get("iss"), self.issuers.as_deref());
        accepted.then_some(()).ok_or(Reason::TokenInvalidIssuer)
    }

    fn check_times(&self, claims: &Map<String, Value>) -> Result<(), Reason> {
        let now = millis(self.clock.now()).ok_or(Reason::UnexpectedError)?;
        let skew = i128::try_from(self.clock_skew.as_millis()).unwrap_or(i128::MAX);
        let date = |name: &str| -> Result<Option<i128>, Reason> {
            match claims.get(name) {
                None => Ok(None),
                Some(value) => {
                    let date = NumericDate::read(value).ok_or(Reason::TokenVerificationFailed)?;
                    Ok(Some(i128::from(date.millis())))
                }
            }
        };
        let is_early = |date: i128| date > now.saturating_add(skew);

        let expires = date("exp")?.ok_or(Reason::TokenVerificationFailed)?;
        if expires <= now.saturating_sub(skew) {
            return Err(Reason::TokenExpired);
        }
        if date("nbf")?.is_some_and(is_early) {
            return Err(Reason::TokenNotActiveYet);
        }
        if date("iat")?.is_some_and(is_early) {
            return Err(Reason::TokenIatInTheFuture);
        }
        Ok(())
    }
}

/// Exact text: Clerk's libraries compare origins and issuers so, and so must everybody.
fn is_one_of(claim: Option<&Value>, accepted: Option<&[String]>) -> bool {
    match accepted {
        None => true,
        Some(accepted) => claim.and_then(Value::as_str).is_some_and(|claim| accepted.iter().any(|one| one == claim)),
    }
}

/// Milliseconds since 1970; `None` for a clock that is set before it.
fn millis(now: SystemTime) -> Option<i128> {
    i128::try_from(now.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

impl fmt::Debug for ClerkVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClerkVerifier")
            .field("keys", &self.0.keys.len())
            .field("authorized_parties", &self.0.authorized_parties)
            .field("issuers", &self.0.issuers)
            .field("audiences", &self.0.audiences)
            .field("clock_skew", &self.0.clock_skew)
            .finish_non_exhaustive()
    }
}
