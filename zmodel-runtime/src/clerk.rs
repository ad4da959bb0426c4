//! Sign-in with [Clerk](https://clerk.com): from a session token to the user that access rules call `auth()`.
//!
//! ```text
//! Authorization: Bearer <token>
//!   → verify::ClerkVerifier   signature, parties, times                  feature `clerk`
//!   → Verified                the session, and all claims                feature `engine`
//!   → FromClerk               the context struct generated from the schema
//!   → SignIn                  a database client that acts for that user
//! ```
//!
//! With axum, [`axum`](crate::axum) does all of it in a layer and an extractor (feature `axum`).
//!
//! Invariant: nobody is taken for somebody else, and nobody for nobody. A credential that cannot be used is refused,
//! never ignored, and a claim that a field needs is present and of its type, or there is no user at all.
//!
//! # The context struct
//!
//! The compiler writes this for the `@@auth` type of a schema:
//!
//! ```
//! use zmodel_runtime::clerk::claims::{ClaimError, FromClerk, Reader, Source};
//! use zmodel_runtime::clerk::Verified;
//!
//! struct User { id: String, role: Option<String>, tags: Vec<String> }
//!
//! impl FromClerk for User {
//!     fn from_clerk(verified: &Verified) -> Result<Self, ClaimError> {
//!         let claims = Reader::new(verified);
//!         Ok(Self {
//!             id: claims.required("id", Source::Subject)?,
//!             role: claims.optional("role", Source::Path("metadata.role"))?,
//!             tags: claims.required_list("tags", Source::Named("tags"))?,
//!         })
//!     }
//! }
//!
//! # use serde_json::json;
//! # let serde_json::Value::Object(claims) = json!({ "sub": "user_1", "metadata": { "role": "editor" }, "tags": [] })
//! #     else { unreachable!() };
//! let user = User::from_clerk(&Verified::from_claims(claims)?)?;
//! assert_eq!((user.id.as_str(), user.role.as_deref()), ("user_1", Some("editor")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Testing
//!
//! Most tests need no token: build the context struct itself, or go through [`Verified::from_claims`]. To test the
//! whole way, sign with a key of your own and hand its public half to the verifier:
//!
//! ```text
//! let pair  = ring::signature::RsaKeyPair::from_pkcs8(&std::fs::read("test-key.pk8")?)?;
//! let input = format!("{}.{}", base64url(r#"{"alg":"RS256","typ":"JWT"}"#), base64url(claims));
//! let mut signature = vec![0; pair.public().modulus_len()];
//! pair.sign(&ring::signature::RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)?;
//! let token = format!("{input}.{}", base64url(signature));
//! ```
//!
//! This crate mints no tokens. Those that Clerk's Backend API mints for tests have no `azp`, so a verifier for them
//! is built with [`any_party`](verify::Builder).

pub mod claims;
pub mod session;
#[cfg(feature = "clerk")]
pub mod verify;

pub use self::claims::{ClaimError, FromClerk, SignIn};
pub use self::session::{
    ActiveOrg, Actor, Check, ClaimsVersion, ClerkSession, Entitlement, FactorLevel, MalformedClaims, Reverification,
    Scope, SessionStatus, Verified,
};
#[cfg(feature = "clerk")]
pub use self::verify::{AuthError, ClerkVerifier, Reason};
