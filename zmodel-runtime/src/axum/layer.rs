//! The layer.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue, VARY};
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::credential::ClerkAuth;
use crate::clerk::ClerkVerifier;

/// Reads the credential of every request once, for the extractors. It rejects nothing itself.
///
/// Puts an `Arc<`[`ClerkAuth`]`>` into the request's extensions, and `Authorization` into the `Vary` of every response, so
/// that no cache hands one user what another was answered.
#[derive(Debug, Clone)]
pub struct ClerkLayer {
    verifier: ClerkVerifier,
}

impl ClerkLayer {
    /// A layer that accepts what `verifier` accepts.
    pub const fn new(verifier: ClerkVerifier) -> Self {
        Self { verifier }
    }
}

impl<S> Layer<S> for ClerkLayer {
    type Service = ClerkService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ClerkService { inner, verifier: self.verifier.clone() }
    }
}

/// The service that a [`ClerkLayer`] wraps around another.
#[derive(Debug, Clone)]
pub struct ClerkService<S> {
    inner: S,
    verifier: ClerkVerifier,
}

impl<S, B, R> Service<Request<B>> for ClerkService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let auth = ClerkAuth::read(&self.verifier, request.headers());
        request.extensions_mut().insert(Arc::new(auth));
        ResponseFuture { inner: Box::pin(self.inner.call(request)) }
    }
}

/// The response to a request that went through a [`ClerkService`].
pub struct ResponseFuture<F> {
    inner: Pin<Box<F>>,
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.inner.as_mut().poll(cx).map_ok(|mut response| {
            vary(response.headers_mut());
            response
        })
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// Says that the response depends on who asks, unless it already does.
pub(super) fn vary(headers: &mut HeaderMap) {
    let says_so = headers.get_all(VARY).iter().filter_map(|value| value.to_str().ok()).any(|names| {
        names.split(',').map(str::trim).any(|name| name == "*" || name.eq_ignore_ascii_case(AUTHORIZATION.as_str()))
    });
    if !says_so {
        headers.append(VARY, HeaderValue::from_static("Authorization"));
    }
}
