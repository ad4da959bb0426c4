//! Sign-in for [axum](https://docs.rs/axum): a layer that reads the credential, and extractors that hand a handler
//! the user, or the database acting for that user.
//!
//! ```no_run
//! use axum::{Router, extract::FromRef, routing::get};
//! use zmodel_runtime::axum::{ClerkLayer, MaybeSignedIn, SignedIn};
//! use zmodel_runtime::clerk::{ClerkVerifier, SignIn, Verified};
//!
//! // What the compiler generates from a schema:
//! #[derive(Clone)]
//! struct Db;
//! struct Client(Option<Verified>);
//!
//! impl SignIn for Db {
//!     type User = Verified;
//!     type Client = Client;
//!     fn auth(&self, user: Verified) -> Client { Client(Some(user)) }
//!     fn anonymous(&self) -> Client { Client(None) }
//! }
//!
//! async fn mine(SignedIn(client): SignedIn<Db>) -> String {
//!     client.0.map_or_else(String::new, |user| user.session.user_id)
//! }
//!
//! async fn front_page(MaybeSignedIn(client): MaybeSignedIn<Db>) -> &'static str {
//!     if client.0.is_some() { "welcome back" } else { "welcome" }
//! }
//!
//! # fn router() -> Result<Router, Box<dyn std::error::Error>> {
//! let verifier = ClerkVerifier::from_env()?;
//! let router = Router::new()
//!     .route("/mine", get(mine))
//!     .route("/", get(front_page))
//!     .layer(ClerkLayer::new(verifier))
//!     .with_state(Db);
//! # Ok(router) }
//! ```
//!
//! The layer by itself protects nothing: what a handler takes is what it requires.
//!
//! | credential | [`Auth`], [`SignedIn`] | [`MaybeAuth`], [`MaybeSignedIn`], `Option<Auth<_>>` |
//! |-|-|-|
//! | a good token | the user | the user |
//! | none | 401 | nobody |
//! | a bad token, a pending session, another scheme | 401 | 401 |
//! | a good token without a claim that the user needs | 403 | 403 |
//! | several `Authorization` headers | 400 | 400 |
//!
//! Invariant: nobody means that there was no credential. An expired session does not quietly see the public view, and
//! a user who has not finished signing in is not a stranger: rules may grant to strangers what they deny to users.
//!
//! The credential is `Authorization: Bearer <token>` and nothing else. Cookies are not read: they carry the
//! organisation of whichever tab was active last, and need protection against forged requests.

mod answer;
mod credential;
mod extract;
mod layer;
mod rejection;

pub use self::credential::{ClerkAuth, Refusal};
pub use self::extract::{Auth, MaybeAuth, MaybeSignedIn, SignedIn};
pub use self::layer::{ClerkLayer, ClerkService, ResponseFuture};
pub use self::rejection::Rejection;
