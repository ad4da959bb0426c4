//! The extractors.

use std::sync::Arc;

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::credential::ClerkAuth;
use super::rejection::Rejection;
use crate::clerk::{FromClerk, SignIn};

/// The user who is signed in; rejects a request without one.
///
/// `Option<Auth<T>>` is [`MaybeAuth<T>`].
#[derive(Debug, Clone, Copy)]
pub struct Auth<T>(pub T);

/// The user who is signed in, or nobody when there was no credential. A credential that is not accepted is rejected,
/// as is a session that is still pending.
#[derive(Debug, Clone, Copy)]
pub struct MaybeAuth<T>(pub Option<T>);

/// The database acting for the user who is signed in; rejects a request without one. `D` is taken from the state.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn<D: SignIn>(pub D::Client);

/// The database acting for the user who is signed in, or for nobody when there was no credential; rejects what
/// [`MaybeAuth`] rejects. `D` is taken from the state.
#[derive(Debug, Clone, Copy)]
pub struct MaybeSignedIn<D: SignIn>(pub D::Client);

impl<S: Sync> FromRequestParts<S> for ClerkAuth {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Arc<Self>>().map(|auth| auth.as_ref().clone()).ok_or(Rejection::MissingLayer)
    }
}

impl<S: Sync, T: FromClerk> FromRequestParts<S> for Auth<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        required(parts).map(Self)
    }
}

impl<S: Sync, T: FromClerk> OptionalFromRequestParts<S> for Auth<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(user(parts)?.map(Self))
    }
}

impl<S: Sync, T: FromClerk> FromRequestParts<S> for MaybeAuth<T> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        user(parts).map(Self)
    }
}

impl<S: Sync, D: SignIn + FromRef<S>> FromRequestParts<S> for SignedIn<D> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let user = required(parts)?;
        Ok(Self(D::from_ref(state).auth(user)))
    }
}

impl<S: Sync, D: SignIn + FromRef<S>> FromRequestParts<S> for MaybeSignedIn<D> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let user = user(parts)?;
        let database = D::from_ref(state);
        Ok(Self(match user {
            Some(user) => database.auth(user),
            None => database.anonymous(),
        }))
    }
}

/// The user; `None` for a request without a credential, and only for that.
fn user<T: FromClerk>(parts: &Parts) -> Result<Option<T>, Rejection> {
    match parts.extensions.get::<Arc<ClerkAuth>>().map(AsRef::as_ref) {
        None => Err(Rejection::MissingLayer),
        Some(ClerkAuth::Anonymous) => Ok(None),
        Some(ClerkAuth::Refused(refusal)) => Err(Rejection::Refused(*refusal)),
        Some(ClerkAuth::SignedIn(verified)) => Ok(Some(T::from_clerk(verified)?)),
    }
}

fn required<T: FromClerk>(parts: &Parts) -> Result<T, Rejection> {
    user(parts)?.ok_or(Rejection::SignInRequired)
}
