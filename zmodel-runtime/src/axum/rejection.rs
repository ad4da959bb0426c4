//! The answers to requests that are not let through.

use axum_core::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};

use super::credential::Refusal;
use super::layer::vary;
use crate::clerk::{ClaimError, Reason};

/// Why an extractor does not let a request through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// Nobody is signed in: 401.
    #[error("nobody is signed in")]
    SignInRequired,
    /// The credential is not accepted: 401 with its reason, 400 where it is ambiguous, and 503 where it is the server
    /// that cannot judge it.
    #[error("the credential is not accepted: {0}")]
    Refused(Refusal),
    /// The token is good, but says too little about the user, or says it in the wrong form: 403 with the JSON
    /// `{"code":"claims"}`. Which claim goes to the log only.
    #[error(transparent)]
    Claims(#[from] ClaimError),
    /// A mistake in the application: 500.
    #[error("`ClerkLayer` is missing: add `.layer(ClerkLayer::new(verifier))` to the router, after its routes")]
    MissingLayer,
}

impl Rejection {
    /// The status of the response.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Refused(Refusal::Several) => StatusCode::BAD_REQUEST,
            Self::Refused(Refusal::Token(Reason::UnexpectedError)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::SignInRequired | Self::Refused(_) => StatusCode::UNAUTHORIZED,
            Self::Claims(_) => StatusCode::FORBIDDEN,
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        vary(&mut headers);
        let challenge = match self {
            Self::SignInRequired => Some("Bearer".to_owned()),
            Self::Refused(Refusal::Several) => Some(r#"Bearer error="invalid_request""#.to_owned()),
            Self::Refused(refusal) if self.status() == StatusCode::UNAUTHORIZED => {
                Some(format!(r#"Bearer error="invalid_token", error_description="{refusal}""#))
            }
            _ => None,
        };
        if let Some(challenge) = challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        headers
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let (status, headers) = (self.status(), self.headers());
        match self {
            Self::Claims(error) => {
                tracing::warn!(field = error.field(), claim = error.path(), fault = %error.fault(), "claims do not make a user");
                (status, headers, [(CONTENT_TYPE, "application/json")], r#"{"code":"claims"}"#).into_response()
            }
            Self::MissingLayer => {
                tracing::error!("{self}");
                (status, headers, self.to_string()).into_response()
            }
            Self::SignInRequired | Self::Refused(_) => (status, headers).into_response(),
        }
    }
}
