//! What a verified session token says: who is signed in, in which organisation, and with which rights.
//!
//! Clerk has minted two layouts of the same facts (version 1 and, since April 2025, version 2). Both become one
//! [`ClerkSession`] here, so that nothing behind it has to know which one a token used.
//!
//! Invariant: what cannot be read is refused. A claim of the wrong type is never taken for an absent one, because a
//! rule may grant to "no organisation" or "not impersonated".

mod check;
mod decode;
mod numeric_date;
mod permissions;

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

pub use self::check::{Check, FactorLevel, Reverification};
pub use self::decode::MalformedClaims;
#[cfg(feature = "clerk")]
pub(crate) use self::numeric_date::NumericDate;

/// A session whose token has been verified, with every claim of that token.
///
/// `Debug` prints the names of the claims, never their values; the token itself is not kept.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Verified {
    /// What the claims mean.
    pub session: ClerkSession,
    /// The claims as they were signed, custom claims included.
    pub claims: Map<String, Value>,
}

impl Verified {
    /// Reads the claims of a session token **without verifying anything**: it trusts the caller.
    ///
    /// The verifier calls it after it has checked the signature and the times. Call it yourself in tests, to sign
    /// somebody in without a token; never with claims that came from a request.
    ///
    /// # Errors
    ///
    /// [`MalformedClaims`] when `sub` is missing or empty, or a claim that Clerk defines has another type than Clerk
    /// gives it.
    ///
    /// ```
    /// use serde_json::json;
    /// use zmodel_runtime::clerk::Verified;
    ///
    /// let serde_json::Value::Object(claims) = json!({
    ///     "sub": "user_1",
    ///     "v": 2,
    ///     "fea": "o:dashboard",
    ///     "o": { "id": "org_1", "rol": "admin", "per": "manage,read", "fpm": "2" },
    /// }) else { unreachable!() };
    ///
    /// let verified = Verified::from_claims(claims)?;
    /// let org = verified.session.org.as_ref().unwrap();
    /// assert_eq!(org.role.as_deref(), Some("org:admin"));
    /// assert_eq!(org.permissions, ["org:dashboard:read"]);
    /// # Ok::<(), zmodel_runtime::clerk::MalformedClaims>(())
    /// ```
    pub fn from_claims(claims: Map<String, Value>) -> Result<Self, MalformedClaims> {
        let session = decode::session(&claims)?;
        Ok(Self { session, claims })
    }

    /// Whether the session satisfies `check`; see [`ClerkSession::has`].
    pub fn has(&self, check: &Check) -> bool {
        self.session.has(check)
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("claims", &self.claims.keys().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// Which of Clerk's two claim layouts a token used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimsVersion {
    /// Flat `org_*` claims; anything whose `v` is not the number 2.
    V1,
    /// The compact `o`, `fea` and `pla` claims (`"v": 2`).
    V2,
}

/// Who is signed in.
///
/// `Debug` prints the identifiers, which are personal data in some jurisdictions; do not log it lightly.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClerkSession {
    /// The user's id, `user_…` (`sub`). Never empty.
    pub user_id: String,
    /// The session's id, `sess_…` (`sid`); absent in tokens that belong to no session.
    pub session_id: Option<String>,
    /// Whether the session is complete (`sts`); absent on instances that do not say.
    pub status: Option<SessionStatus>,
    /// The organisation the user is working in, if any.
    pub org: Option<ActiveOrg>,
    /// Who really sits at the keyboard, when the user is being impersonated (`act`).
    pub actor: Option<Actor>,
    /// Minutes since the first and the second factor were verified, −1 for a factor that is not set up (`fva`).
    /// `None` when the token does not say, or not in that form.
    pub factor_age: Option<[i64; 2]>,
    /// The features of the user's and the organisation's plan (`fea`), in the token's order.
    pub features: Vec<Entitlement>,
    /// The plan of the user or the organisation (`pla`); Clerk puts one.
    pub plans: Vec<Entitlement>,
    /// When the token ends (`exp`); `None` only without that claim, or beyond the year 262142.
    pub expires_at: Option<DateTime<Utc>>,
    /// The layout these facts were read from.
    pub version: ClaimsVersion,
}

impl ClerkSession {
    /// Whether everything that `check` asks for holds. A check that asks for nothing does not hold.
    pub fn has(&self, check: &Check) -> bool {
        check.holds(self)
    }

    /// Whether the user still has to finish something before being fully signed in (choose an organisation, reset a
    /// password, set up a second factor).
    pub fn is_pending(&self) -> bool {
        self.status == Some(SessionStatus::Pending)
    }
}

/// The status of a session (`sts`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionStatus {
    /// Signed in.
    Active,
    /// Signed in, with tasks still open.
    Pending,
    /// A status that this version does not know. Clerk counts it as active.
    Other(Box<str>),
}

impl SessionStatus {
    /// The claim's own text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Other(text) => text,
        }
    }
}

/// The organisation that is active in the session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActiveOrg {
    /// The organisation's id, `org_…`. Never empty.
    pub id: String,
    /// Its slug, where the instance uses slugs.
    pub slug: Option<String>,
    /// The user's role in it, with its prefix: `org:admin`.
    pub role: Option<String>,
    /// The user's custom permissions in it, `org:feature:permission`. Clerk's system permissions are never in a token.
    pub permissions: Vec<String>,
}

/// The impersonator behind a session (`act`, RFC 8693).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Actor {
    /// The impersonator's id (`act.sub`). Never empty.
    pub id: String,
    /// The impersonator's own session (`act.sid`).
    pub session_id: Option<String>,
    /// Who vouches for the impersonator (`act.iss`).
    pub issuer: Option<String>,
    /// What kind of actor it is, such as `agent` (`act.type`).
    pub kind: Option<String>,
}

/// A feature or a plan, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entitlement {
    /// Whose it is.
    pub scope: Scope,
    /// Its slug.
    pub name: String,
}

/// Whose feature or plan an [`Entitlement`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The user's (`u:`).
    User,
    /// The active organisation's (`o:`).
    Org,
    /// Both (`uo:` or `ou:`).
    Both,
}

impl Scope {
    /// Whether the organisation has it.
    pub const fn includes_org(self) -> bool {
        matches!(self, Self::Org | Self::Both)
    }

    /// Whether the user has it.
    pub const fn includes_user(self) -> bool {
        matches!(self, Self::User | Self::Both)
    }
}
